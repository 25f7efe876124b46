package reach_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy/reach"
)

func TestParseRange(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.1":              "10.0.0.1/32",
		"10.1.2.3/8":            "10.0.0.0/8",
		"10.0.0.0-10.0.0.255":   "10.0.0.0/24",
		"10.0.0.1-10.0.0.2":     "10.0.0.1-10.0.0.2",
		"10.0.0.0-10.0.0.2":     "10.0.0.0-10.0.0.2",
		"0.0.0.0/0":             "0.0.0.0/0",
		"::/0":                  "::/0",
		"FD00::1":               "fd00::1/128",
		"fd00::-fd00::ffff":     "fd00::/112",
		"10.0.0.2-10.0.0.1":     "",
		"10.0.0.1-::1":          "",
		"::ffff:10.0.0.0/104":   "",
		"fe80::1%eth0":          "",
		"10.0.0.0/33":           "",
		"010.0.0.1":             "",
		"web":                   "",
		"shop/web":              "",
		"10.0.0.1-10.0.0.2-3":   "",
		"10.0.0.0/8-10.0.0.0/9": "",
	} {
		r, err := reach.ParseRange(text)
		if want == "" {
			require.ErrorContains(t, err, "addresses \""+text+"\": ")
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, r.String())
		again, err := reach.ParseRange(r.String())
		require.NoError(t, err)
		require.Equal(t, r, again)
	}
	require.False(t, reach.Range{}.IsValid())
	require.Equal(t, "no address", reach.Range{}.String())
}
