package expect

import (
	"context"
	"fmt"

	"github.com/netvet/netvet/policy/reach"
)

// Coverage is which rules the tests exercise: those without which a test would fail that passes.
type Coverage struct {
	Rules       int          // that have an effect: of directions that their policies isolate
	Unexercised []reach.Rule // by policy, ingress before egress
}

// Percent is the share of rules that are exercised, rounded down; 100 if there are no rules.
func (c *Coverage) Percent() int {
	if c.Rules == 0 {
		return 100
	}
	return (c.Rules - len(c.Unexercised)) * 100 / c.Rules
}

// check is a passed test of one pair.
type check struct {
	test *Test
	pair
}

// Cover finds out which rules the tests exercise, by leaving out one after the other, and adds it to the report of a run.
// The error is the context's.
func (s *Suite) Cover(ctx context.Context, report *Report) error {
	// Without a rule less is allowed, never more: only tests to allow can fail.
	sides := map[reach.Direction]map[*reach.Workload][]check{reach.Ingress: {}, reach.Egress: {}}
	for _, result := range report.Results {
		if result.Test.Verb != Allow || !result.Passed() {
			continue
		}
		for p := range result.Test.pairs {
			for direction, w := range map[reach.Direction]*reach.Workload{reach.Ingress: p.to.Workload, reach.Egress: p.from.Workload} {
				if w != nil {
					sides[direction][w] = append(sides[direction][w], check{result.Test, p})
				}
			}
		}
	}
	c := &Coverage{}
	for _, policy := range s.Reach.Policies() {
		selected, err := s.selected(policy)
		if err != nil {
			return err
		}
		for _, direction := range []reach.Direction{reach.Ingress, reach.Egress} {
			for _, rule := range policy.Rules(direction) {
				if err := ctx.Err(); err != nil {
					return fmt.Errorf("work out the coverage: %w", context.Cause(ctx))
				}
				c.Rules++
				if !s.exercised(rule, selected, sides[direction]) {
					c.Unexercised = append(c.Unexercised, rule)
				}
			}
		}
	}
	report.Coverage = c
	return nil
}

// selected gives the workloads that a policy is about.
func (s *Suite) selected(p *reach.Policy) (own []*reach.Workload, err error) {
	spec, _ := p.Resource.Object["spec"].(map[string]any)
	selector, _ := spec["podSelector"].(map[string]any)
	workloads, err := s.Reach.Select(nil, selector)
	for _, w := range workloads {
		if w.Namespace == p.Namespace {
			own = append(own, w)
		}
	}
	return own, err
}

func (s *Suite) exercised(rule reach.Rule, selected []*reach.Workload, checks map[*reach.Workload][]check) bool {
	var without *reach.Reach
	for _, w := range selected {
		for _, c := range checks[w] {
			if without == nil {
				without = s.Reach.Without(rule)
			}
			if !c.test.wrong(without, c.pair).IsEmpty() {
				return true
			}
		}
	}
	return false
}
