package reach_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy/reach"
)

// TestPortsAreSets compares with sets of numbers.
func TestPortsAreSets(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	draw := func() (reach.Ports, map[int]bool) {
		var intervals []reach.Interval
		in := map[int]bool{}
		for range random.IntN(5) {
			first := random.IntN(30) - 2
			i := reach.Interval{First: first, Last: first + random.IntN(8) - 1}
			intervals = append(intervals, i)
			for n := max(i.First, 1); n <= i.Last; n++ {
				in[n] = true
			}
		}
		return reach.PortsOf(reach.UDP, intervals...), in
	}
	for range 3000 {
		p, inP := draw()
		q, inQ := draw()
		union, both, less := p.Union(q), p.Intersect(q), p.Minus(q)
		same := true
		for n := range 45 {
			require.Equal(t, inP[n], p.Contains(reach.UDP, n), "%s %d", p, n)
			require.Equal(t, inP[n] || inQ[n], union.Contains(reach.UDP, n), "%s or %s: %d", p, q, n)
			require.Equal(t, inP[n] && inQ[n], both.Contains(reach.UDP, n), "%s and %s: %d", p, q, n)
			require.Equal(t, inP[n] && !inQ[n], less.Contains(reach.UDP, n), "%s less %s: %d", p, q, n)
			same = same && inP[n] == inQ[n]
		}
		require.Equal(t, same, p.Equal(q))
		require.True(t, less.Union(both).Equal(p), "%s and %s", p, q)
		require.True(t, reach.AllPorts().Minus(p).Intersect(p).IsEmpty())
		require.True(t, reach.AllPorts().Minus(p).Union(p).IsAll())
	}
}

func TestPortsInWords(t *testing.T) {
	p := reach.PortsOf(reach.TCP, reach.Interval{First: 9010, Last: 9000}, reach.Interval{First: 80, Last: 80}, reach.Interval{First: 81, Last: 90},
		reach.Interval{First: 65535, Last: 70000}).Union(reach.PortsOf(reach.SCTP, reach.Interval{First: 7, Last: 7}))
	require.Equal(t, "TCP 80-90,65535; SCTP 7", p.String())
	data, err := json.Marshal(p)
	require.NoError(t, err)
	require.JSONEq(t, `{"TCP": ["80-90", "65535"], "SCTP": ["7"]}`, string(data))
	require.Equal(t, "none", reach.Ports{}.String())
	require.Equal(t, "all", reach.AllPorts().String())
	most := reach.AllPorts().Minus(reach.PortsOf(reach.TCP, reach.Interval{First: 80, Last: 90}))
	require.Equal(t, "all but TCP 80-90", most.String(), "the shorter way")
	require.Equal(t, "all but TCP 1-65535", most.Minus(reach.PortsOf(reach.TCP, reach.Interval{First: 1, Last: 65535})).String())
	require.Equal(t, []reach.Interval{{First: 80, Last: 90}, {First: 65535, Last: 65535}}, p.Of(reach.TCP))
}

func TestParsePort(t *testing.T) {
	for text, want := range map[string]string{
		"8080/tcp": "TCP 8080", "53/UDP": "UDP 53", "80": "TCP 80", "65535/sctp": "SCTP 65535",
		"0":       `port "0": want a number from 1 to 65535`,
		"65536":   `port "65536": want a number from 1 to 65535`,
		"http":    `port "http": want a number from 1 to 65535`,
		"80/icmp": `port "80/icmp": unknown protocol "icmp": want TCP, UDP or SCTP`,
	} {
		protocol, port, err := reach.ParsePort(text)
		got := reach.PortsOf(protocol, reach.Interval{First: port, Last: port}).String()
		if err != nil {
			got = err.Error()
		}
		require.Equal(t, want, got)
	}
}
