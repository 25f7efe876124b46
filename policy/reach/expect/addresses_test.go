package expect

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy/reach"
)

// Small ranges at the ends of the address space and across a byte, held to a look at each address.
func TestSubtract(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, base := range []string{"0.0.0.0", "10.0.0.250", "255.255.255.240", "::fffa", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0"} {
		var addresses []netip.Addr
		for a := netip.MustParseAddr(base); len(addresses) < 16; a = a.Next() {
			addresses = append(addresses, a)
		}
		some := func() reach.Range {
			i := random.IntN(len(addresses))
			return reach.Range{First: addresses[i], Last: addresses[i+random.IntN(len(addresses)-i)]}
		}
		for range 2000 {
			whole, out := some(), []reach.Range{some(), some(), some()}
			parts := subtract(whole, out)
			for _, a := range addresses {
				want := whole.Contains(a) && !out[0].Contains(a) && !out[1].Contains(a) && !out[2].Contains(a)
				n := 0
				for _, part := range parts {
					require.True(t, part.IsValid(), "%v minus %v gives %v", whole, out, parts)
					if part.Contains(a) {
						n++
					}
				}
				require.Equal(t, want, n == 1, "%v minus %v gives %v, not right about %s", whole, out, parts, a)
				require.LessOrEqual(t, n, 1)
			}
		}
	}
}

func TestSubtractKeepsFamiliesApart(t *testing.T) {
	assert.Equal(t, world[:1], subtract(world[0], world[1:]))
	assert.Equal(t, world[1:], subtract(world[1], world[:1]))
	assert.Empty(t, subtract(world[0], world))
	assert.Empty(t, subtract(world[1], world))
}

func TestHalves(t *testing.T) {
	for _, text := range []string{"0.0.0.0/0", "::/0", "10.0.0.255-10.0.1.0", "192.0.2.0/24", "ffff::-ffff::2"} {
		r, err := reach.ParseRange(text)
		require.NoError(t, err)
		low, high := halves(r)
		assert.Equal(t, r.First, low.First)
		assert.Equal(t, r.Last, high.Last)
		assert.Equal(t, low.Last.Next(), high.First)
		assert.True(t, low.IsValid() && high.IsValid(), text)
	}
	r, err := reach.ParseRange("0.0.0.0/0")
	require.NoError(t, err)
	low, _ := halves(r)
	assert.Equal(t, "0.0.0.0/1", low.String())
}
