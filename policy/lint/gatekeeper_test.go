package lint_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
)

// Every rule that needs no source text is legal for Gatekeeper, and says there nothing that netvet does not say.
func TestStockGatekeeperAgrees(t *testing.T) {
	gator := findStock(t, "gator")
	rules := policy.Default().Rules()
	require.NotEmpty(t, rules)
	for _, rule := range rules {
		if rule.Scope == policy.Source {
			continue
		}
		t.Run(rule.ID, func(t *testing.T) {
			folder := "netvet/rules/" + strings.ReplaceAll(rule.ID, "-", "_")
			template := writeTemplate(t, folder+"/rule.rego")
			folder = "policy/" + folder

			good := gatekeeperSays(t, gator, template, folder+"/good.yaml")
			assert.Empty(t, good)

			bad := gatekeeperSays(t, gator, template, folder+"/bad.yaml")
			want := map[violation]bool{}
			for finding := range netvetSays(t, read(t, folder+"/bad.yaml")) {
				if finding.Rule == rule.ID {
					want[violation{finding.Object, finding.Path, finding.Message}] = true
				}
			}
			assert.Subset(t, want, bad)
			assert.NotEmpty(t, bad)
		})
	}
}

// violation is what Gatekeeper can tell of a finding.
type violation struct{ Object, Path, Message string }

func gatekeeperSays(t *testing.T, gator stock, files ...string) map[violation]bool {
	t.Helper()
	args := []string{"test", "-o", "json"}
	for _, file := range files {
		args = append(args, "-f", file)
	}
	output, status := gator.run(t, nil, args...)
	var results []struct {
		Msg      string
		Metadata struct {
			Details struct {
				Resource manifest.ID
				Path     manifest.Path
			}
		}
	}
	require.NoError(t, json.Unmarshal(output, &results), "%s", output)
	require.Equal(t, len(results) > 0, status == 1)
	violations := map[violation]bool{}
	for _, r := range results {
		violations[violation{object(r.Metadata.Details.Resource), pointer(r.Metadata.Details.Path), r.Msg}] = true
	}
	return violations
}

// writeTemplate writes the ConstraintTemplate of a rule, and a Constraint on everything, in JSON: YAML readers take it, and it needs no care for tabs.
func writeTemplate(t *testing.T, rule string) (file string) {
	t.Helper()
	const kind = "NetvetRule"
	sources := policy.Default().Sources()
	var libraries []string
	for _, module := range closure(t, rule)[1:] {
		libraries = append(libraries, sources[module.Package.Location.File])
	}
	template := map[string]any{
		"apiVersion": "templates.gatekeeper.sh/v1",
		"kind":       "ConstraintTemplate",
		"metadata":   map[string]any{"name": strings.ToLower(kind)},
		"spec": map[string]any{
			"crd": map[string]any{"spec": map[string]any{"names": map[string]any{"kind": kind}}},
			"targets": []any{map[string]any{
				"target": "admission.k8s.gatekeeper.sh",
				"code": []any{map[string]any{
					"engine": "Rego",
					"source": map[string]any{"version": "v1", "rego": sources[rule], "libs": libraries},
				}},
			}},
		},
	}
	constraint := map[string]any{
		"apiVersion": "constraints.gatekeeper.sh/v1beta1",
		"kind":       kind,
		"metadata":   map[string]any{"name": "everything"},
	}
	file = filepath.Join(t.TempDir(), "template.yaml")
	var text []byte
	for _, document := range []any{template, constraint} {
		encoded, err := json.Marshal(document)
		require.NoError(t, err)
		text = append(append(text, "---\n"...), encoded...)
		text = append(text, '\n')
	}
	require.NoError(t, os.WriteFile(file, text, 0o600))
	return file
}
