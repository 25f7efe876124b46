package reach_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy/reach"
)

// The reasons of random clusters say of every port of every pair what Between says, by the rules that Explain names.
func TestReasonsAgree(t *testing.T) {
	seen := map[bool]int{}
	for seed := range uint64(40) {
		d := &drawn{bytesOf(seed+300, 5000)}
		n, _ := d.clusterOf(8, 8)
		r := reachOf(t, n)
		type pair struct{ from, to reach.Peer }
		open, total := map[pair]reach.Ports{}, map[pair]reach.Ports{}
		for reason := range r.Reasons(nil, nil) {
			require.False(t, reason.Ports.IsEmpty())
			require.Equal(t, reason.Allowed, reason.Egress.Admits() && reason.Ingress.Admits())
			for _, from := range reason.From {
				for _, to := range reason.To {
					p := pair{from, to}
					total[p] = total[p].Union(reason.Ports)
					answer := r.Between(from, to)
					seen[reason.Allowed]++
					if !reason.Partial {
						agrees(t, r, from, to, reason)
					}
					if reason.Allowed {
						open[p] = open[p].Union(reason.Ports)
						require.True(t, reason.Ports.Minus(answer.Some).IsEmpty(), "seed %d: %s to %s on %s is not open", seed, from, to, reason.Ports)
					} else if !reason.Partial {
						require.True(t, reason.Ports.Intersect(answer.Some).IsEmpty(), "seed %d: %s to %s on %s is open", seed, from, to, reason.Ports)
					}
				}
			}
		}
		for c := range r.Connections() {
			if c.From.Workload != nil && c.To.Workload != nil {
				require.True(t, open[pair{c.From, c.To}].Equal(c.Ports), "seed %d: %s to %s", seed, c.From, c.To)
			}
		}
		for p := range total {
			if p.from.Workload != nil && p.to.Workload != nil {
				require.True(t, total[p].IsAll(), "seed %d: %s to %s: %s", seed, p.from, p.to, total[p])
			}
		}
	}
	assert.NotZero(t, seen[true])
	assert.NotZero(t, seen[false])
}

func agrees(t *testing.T, r *reach.Reach, from, to reach.Peer, reason reach.Reason) {
	t.Helper()
	for _, protocol := range []reach.Protocol{reach.TCP, reach.UDP, reach.SCTP} {
		for _, interval := range reason.Ports.Of(protocol) {
			e := r.Explain(from, to, protocol, interval.First)
			require.Equal(t, reason.Allowed, e.Allowed)
			for _, side := range []struct {
				grounds reach.Grounds
				verdict reach.Verdict
			}{{reason.Egress, e.Egress}, {reason.Ingress, e.Ingress}} {
				require.Equal(t, side.verdict.Exempt, side.grounds.Exempt)
				require.Equal(t, side.verdict.Isolating, side.grounds.Isolating)
				require.Equal(t, side.verdict.Admitting(), side.grounds.Rules, "%s to %s on %s %s", from, to, protocol, interval)
			}
		}
	}
}
