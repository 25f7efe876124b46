package reach

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/netvet/netvet/policy/manifest"
)

// Step is one NetworkPolicy that is applied, and what changes by it.
type Step struct {
	*Diff

	// Policy is nil for the step that applies everything but policies.
	Policy *Policy

	// Replaced is the policy of that name which was there before, or nil.
	Replaced *Policy
}

// Rollout is steps one after the other. It is immutable and safe for concurrent use.
type Rollout struct {
	Steps []Step

	// Whole is what all of them change together.
	Whole *Diff
}

// Apply applies resources on top of others, as kubectl apply does: what has the name of something else replaces it, and nothing is deleted.
// Workloads, Namespaces and whatever else is no NetworkPolicy come first, in one step, then the policies one by one, in their order.
//
// The error is the context's.
func Apply(ctx context.Context, resources, applied []*manifest.Resource, options Options) (*Rollout, error) {
	now := &applier{options: options, at: map[owner]int{}}
	for _, r := range resources {
		now.put(r)
	}
	before, err := New(ctx, now.resources, options)
	if err != nil {
		return nil, err
	}
	rollout := &Rollout{}
	reached := before
	step := func(r *manifest.Resource) error {
		after, err := New(ctx, slices.Clone(now.resources), options)
		if err != nil {
			return err
		}
		s := Step{Diff: Compare(reached, after)}
		if r != nil {
			s.Policy, s.Replaced = after.policyOf(now.name(r)), reached.policyOf(now.name(r))
		}
		rollout.Steps = append(rollout.Steps, s)
		reached = after
		return nil
	}
	others := false
	for _, r := range applied {
		if !isPolicy(r) {
			now.put(r)
			others = true
		}
	}
	if others {
		if err := step(nil); err != nil {
			return nil, err
		}
	}
	for _, r := range applied {
		if isPolicy(r) {
			now.put(r)
			if err := step(r); err != nil {
				return nil, err
			}
		}
	}
	rollout.Whole = Compare(before, reached)
	return rollout, nil
}

// applier is what a cluster has.
type applier struct {
	options   Options
	resources []*manifest.Resource
	at        map[owner]int
}

func (a *applier) name(r *manifest.Resource) owner {
	namespace := r.ID.Namespace
	if namespace == "" {
		namespace = a.options.DefaultNamespace
	}
	if namespace == "" {
		namespace = defaultNamespace
	}
	group, _, _ := strings.Cut(r.ID.APIVersion, "/")
	return owner{namespace, group + " " + r.ID.Kind, r.ID.Name}
}

func (a *applier) put(r *manifest.Resource) {
	name := a.name(r)
	if i, found := a.at[name]; found && !r.ID.Generated() {
		a.resources[i] = r
		return
	}
	a.at[name] = len(a.resources)
	a.resources = append(a.resources, r)
}

func (r *Reach) policyOf(name owner) *Policy {
	i, found := slices.BinarySearchFunc(r.policies, &Policy{Namespace: name.namespace, Name: name.name}, comparePolicies)
	if !found {
		return nil
	}
	return r.policies[i]
}

// again is a part of a connection lost that a later step opens.
type again struct {
	Step      int    `json:"step"` // from 1
	Addresses string `json:"addresses,omitempty"`
	Ports     Ports  `json:"ports"`
}

// gains finds the connections that steps open, by their workloads.
type gains map[[2]string][]gain

type gain struct {
	step int
	Change
}

func (c Change) workloads() (names [2]string) {
	for i, p := range []Peer{c.From, c.To} {
		if p.Workload != nil {
			names[i] = p.String()
		}
	}
	return names
}

func (c Change) outside() addresses {
	for _, p := range []Peer{c.From, c.To} {
		if p.Workload == nil {
			return addresses{p.Addresses}
		}
	}
	return nil
}

func (o *Rollout) gains() gains {
	all := gains{}
	for i, s := range o.Steps {
		for c := range s.Changes() {
			if c.Gained {
				all[c.workloads()] = append(all[c.workloads()], gain{i + 1, c})
			}
		}
	}
	return all
}

// restore gives what later steps open again of a connection that a step loses.
func (all gains) restore(step int, c Change) []again {
	list := []again{}
	if c.Gained {
		return list
	}
	for _, g := range all[c.workloads()] {
		a := again{Step: g.step, Ports: c.Ports.Intersect(g.Ports)}
		if g.step <= step || a.Ports.IsEmpty() {
			continue
		}
		if outside := c.outside(); outside != nil {
			common := outside.and(g.outside())
			if common.empty() {
				continue
			}
			a.Addresses = common[0].String() // both are one range
		}
		list = append(list, a)
	}
	return list
}

// about says why a step changes a connection, and when it is open again.
func (o *Rollout) about(step int, all gains) func(line) []string {
	return func(l line) []string {
		texts := o.Steps[step-1].reasons(l)
		for _, c := range append([]Change{l.first}, l.more...) {
			for _, a := range all.restore(step, c) {
				what := a.Addresses
				if !a.Ports.Equal(c.Ports) {
					what += " " + a.Ports.String()
				}
				texts = append(texts, fmt.Sprintf("%s from step %d on", strings.TrimSpace(what+" open again"), a.Step))
			}
		}
		return texts
	}
}

// title says what a step applies.
func (s Step) title() string {
	if s.Policy == nil {
		return "all that is no NetworkPolicy"
	}
	text := fmt.Sprintf("%s (%s)", s.Policy, s.Policy.Span())
	if s.Replaced != nil {
		text += fmt.Sprintf(", in place of %s", s.Replaced.Span())
	}
	return text
}

// RolloutText writes what each step gains (+) and loses (-) and why, and when what was lost is back, for reading.
func RolloutText(w io.Writer, o *Rollout) error {
	var b strings.Builder
	all := o.gains()
	for i, s := range o.Steps {
		fmt.Fprintf(&b, "step %d: %s\n", i+1, printable(s.title()))
		b.WriteString(s.text(o.about(i+1, all)))
	}
	fmt.Fprintf(&b, "all steps together: %s\n", tally(linesOf(o.Whole.Changes())))
	return write(w, "steps", b.String())
}

// RolloutMarkdown writes the same as a table for each step.
func RolloutMarkdown(w io.Writer, o *Rollout) error {
	var b strings.Builder
	all := o.gains()
	for i, s := range o.Steps {
		fmt.Fprintf(&b, "**Step %d: %s**\n\n", i+1, cell(s.title()))
		if s.IsEmpty() {
			b.WriteString("Nothing changes.\n\n")
			continue
		}
		b.WriteString(s.markdown(o.about(i+1, all)) + "\n")
	}
	fmt.Fprintf(&b, "All steps together: %s.\n", tally(linesOf(o.Whole.Changes())))
	return write(w, "Markdown of steps", b.String())
}

// RolloutJSON writes {"version": 1, "steps": [{"applies", "replaces", "gained", "lost", "added", "removed"}], "whole": {"gained", …}}, indented. What
// is gained and lost is as [DiffJSON] gives it; "again" lists the later steps that open ports of a connection lost.
func RolloutJSON(w io.Writer, o *Rollout) error {
	type jsonLoss struct {
		jsonChange
		Again []again `json:"again"`
	}
	type jsonStep struct {
		Applies  *jsonSource  `json:"applies"` // null: all that is no NetworkPolicy
		Replaces *jsonSource  `json:"replaces,omitempty"`
		Gained   []jsonChange `json:"gained"`
		Lost     []jsonLoss   `json:"lost"`
		Added    []string     `json:"added"`
		Removed  []string     `json:"removed"`
	}
	report := struct {
		Version int        `json:"version"`
		Steps   []jsonStep `json:"steps"`
		Whole   jsonDiff   `json:"whole"`
	}{1, []jsonStep{}, o.Whole.json()}
	source := func(p *Policy) *jsonSource {
		if p == nil {
			return nil
		}
		s := sourceOf(p, "", p.Span())
		return &s
	}
	all := o.gains()
	for i, s := range o.Steps {
		d := s.json()
		step := jsonStep{source(s.Policy), source(s.Replaced), d.Gained, []jsonLoss{}, d.Added, d.Removed}
		for c := range s.Changes() {
			if c.Gained {
				continue
			}
			step.Lost = append(step.Lost, jsonLoss{d.Lost[len(step.Lost)], all.restore(i+1, c)})
		}
		report.Steps = append(report.Steps, step)
	}
	return writeJSON(w, "JSON of steps", report)
}
