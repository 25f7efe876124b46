package expect

import (
	"context"
	"fmt"

	"github.com/netvet/netvet/policy/reach"
)

// Report is what a run found.
type Report struct {
	Results  []Result  // in the order of the tests
	Coverage *Coverage // nil if it was not asked for
}

// Result is what became of one test.
type Result struct {
	Test        *Test
	Connections int // pairs of peers that were asked about
	Failures    []Failure
}

// Failure is a connection that is not as it should be.
type Failure struct {
	From, To reach.Peer
	Ports    reach.Ports // those that are wrong

	// Explanation is why, for the first of the ports. It is given for the first failures of a test alone; nil for others.
	Explanation *reach.Explanation
}

// explained is for how many failures of a test it is said why: more tell nothing new.
const explained = 3

// Passed tells whether everything is as the test expects.
func (r Result) Passed() bool { return len(r.Failures) == 0 }

// Failed counts the tests that failed.
func (r *Report) Failed() (n int) {
	for _, result := range r.Results {
		if !result.Passed() {
			n++
		}
	}
	return n
}

// Run puts the tests to the resources. The error is the context's.
func (s *Suite) Run(ctx context.Context) (*Report, error) {
	report := &Report{}
	for _, t := range s.Tests {
		result := Result{Test: t}
		for p := range t.pairs {
			if result.Connections%1024 == 0 && ctx.Err() != nil {
				return nil, fmt.Errorf("test connections: %w", context.Cause(ctx))
			}
			result.Connections++
			wrong := t.wrong(s.Reach, p)
			if wrong.IsEmpty() {
				continue
			}
			f := Failure{From: p.from, To: p.to, Ports: wrong}
			if len(result.Failures) < explained {
				f.Explanation = s.explain(t, p, wrong)
			}
			result.Failures = append(result.Failures, f)
		}
		report.Results = append(report.Results, result)
	}
	return report, nil
}

// explain says why the first of the ports is not as the test expects.
func (s *Suite) explain(t *Test, p pair, wrong reach.Ports) *reach.Explanation {
	protocol, port := first(wrong)
	bad := func(p pair) bool { return t.wrong(s.Reach, p).Contains(protocol, port) }
	// Of addresses that are answered differently, it has to be one that fails.
	for _, r := range []*reach.Range{&p.from.Addresses, &p.to.Addresses} {
		for r.IsValid() && r.First != r.Last {
			answer := s.Reach.Between(p.from, p.to)
			if answer.All.Contains(protocol, port) == answer.Some.Contains(protocol, port) {
				break
			}
			low, high := halves(*r)
			if *r = low; !bad(p) {
				*r = high
			}
		}
	}
	var chosen *reach.Explanation
	for e := range s.Reach.Explanations(p.from, p.to, protocol, port, t.asked) {
		switch failed := e.Allowed == (t.Verb == Deny); {
		case chosen == nil:
			chosen = e
		case chosen.Allowed == e.Allowed:
		case failed:
			e.Partial = true
			chosen = e
		default:
			chosen.Partial = true
		}
	}
	return chosen
}

func first(ports reach.Ports) (reach.Protocol, int) {
	for _, protocol := range protocols {
		if list := ports.Of(protocol); len(list) > 0 {
			return protocol, list[0].First
		}
	}
	return reach.TCP, 0
}

var protocols = []reach.Protocol{reach.TCP, reach.UDP, reach.SCTP}
