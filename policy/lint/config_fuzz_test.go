package lint_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
)

// What is read is either refused or can be used, and never ends the program.
func FuzzReadConfig(f *testing.F) {
	for _, seed := range []string{
		fullConfig, "", "{}", "- a", "&a [*a]", "a: &a\n  b: *a\n", "? *a\n: b", "{<<: {}}", "!!binary x", "%YAML 1.1\n---\n{}", "\ufeff{}", "exclude: [\"[a\"]", "\x00", "'", "a:\tb",
		"version: 1\nfindings:\n- {rule: a, fingerprint: 0123456789abcdef0123456789abcdef, file: b}\n",
	} {
		f.Add([]byte(seed))
	}
	p := policy.Default()
	f.Fuzz(func(t *testing.T, data []byte) {
		if config, err := lint.ReadConfig(".netvet.yaml", data, p); err == nil {
			config.Today = "2026-01-01"
			_, err := config.Effective(p, "a.yaml")
			require.NoError(t, err)
		}
		if baseline, err := lint.ReadBaseline("b.yaml", data); err == nil {
			text, err := baseline.YAML()
			require.NoError(t, err)
			again, err := lint.ReadBaseline("b.yaml", text)
			require.NoError(t, err, "%s", text)
			require.Len(t, again.Entries, len(baseline.Entries))
		}
	})
}
