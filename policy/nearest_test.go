package policy_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/netvet/netvet/policy"
)

func ExampleNearest() {
	fmt.Println(policy.Nearest("or_peers", []string{"missing-dns", "or-peers"}))
	// Output: or-peers
}

func TestNearest(t *testing.T) {
	names := []string{"missing-dns", "or-peers", "lint", "completion", "failLevel", "sitting"}
	for word, want := range map[string]string{
		"mising-dns":  "missing-dns",
		"Missing-DNS": "missing-dns",
		"dns-missing": "",
		"or_peers":    "or-peers",
		"opeers":      "or-peers",
		"lnit":        "lint", // neighbours swapped
		"lin":         "lint",
		"ilnt":        "lint",
		"comp":        "completion",
		"fail-level":  "failLevel",
		"fail":        "failLevel",
		"kitten":      "",
		"sittign":     "sitting",
		"zzz":         "",
		"":            "",
	} {
		assert.Equal(t, want, policy.Nearest(word, names), word)
	}
}
