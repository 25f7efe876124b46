package lint_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/bundle/gatekeeper"
	"github.com/netvet/netvet/policy"
)

// writeConstraints writes all templates and constraints into a file.
func writeConstraints(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "constraints.yaml")
	out, err := os.Create(file)
	require.NoError(t, err)
	made, err := gatekeeper.Generate(policy.Default(), gatekeeper.Options{})
	require.NoError(t, err)
	require.NoError(t, made.Stream(out))
	require.NoError(t, out.Close())
	return file
}

// gatorSays gives what `gator test` says; it tells of no files, and of severities what constraints do about them.
func gatorSays(t *testing.T, gator stock, files ...string) verdict {
	t.Helper()
	args := []string{"test", "-o", "json"}
	for _, file := range files {
		args = append(args, "-f", file)
	}
	output, status := gator.run(t, nil, args...)
	var results []struct {
		Msg        string
		Constraint struct{ Kind string }
		Metadata   struct{ Details result }

		EnforcementAction string
	}
	require.NoError(t, json.Unmarshal(output, &results), "%s", output)
	rules := map[string]string{}
	for _, rule := range policy.Default().Rules() {
		rules[gatekeeper.Kind(rule)] = rule.ID
	}
	denied := false
	v := verdict{}
	for _, r := range results {
		denied = denied || r.EnforcementAction == "deny"
		details := r.Metadata.Details
		v[said{rules[r.Constraint.Kind], actionSeverity[r.EnforcementAction], "", object(details.Resource), pointer(details.Path), r.Msg}] = true
	}
	require.Equal(t, denied, status == 1)
	return v
}

var actionSeverity = map[string]string{"deny": "error", "warn": "warning", "dryrun": "note"}
