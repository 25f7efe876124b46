package report_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/report"
)

const apart = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  egress:
    - to:
        - namespaceSelector:
            matchLabels: {"😀": a} # the cluster's DNS
        - podSelector:
            matchLabels: {k8s-app: kube-dns}
      ports: [{port: 53}]
`

// mendable is a report whose findings have fixes.
func mendable(t testing.TB) *lint.Report {
	t.Helper()
	set := manifest.Decode("web.yaml", []byte(apart), manifest.Options{})
	require.Len(t, set.Resources, 1)
	resource := set.Resources[0]
	rule := &policy.Rule{
		ID: "or-peers", Title: "Two peers", Severity: policy.Error, Category: "correctness", Scope: policy.Object, Description: "Items are alternatives.",
		Remediation: "Make it one item:\n\n- namespaceSelector: {}\n  podSelector: {}\n\nIf both are meant, write the podSelector first.",
	}
	finding := func(rule *policy.Rule, message string, path manifest.Path, fix ...lint.Operation) lint.Finding {
		return lint.Finding{
			Rule: rule, Severity: rule.Severity, Message: message, Remediation: rule.Remediation,
			Resource: resource, Path: path, Span: resource.Span(path), Fix: fix,
		}
	}
	at := func(steps ...any) manifest.Path { return steps }
	types := lint.Operation{Op: "add", Path: at("spec", "policyTypes"), Value: []any{"Egress"}}
	return &lint.Report{
		Findings: []lint.Finding{
			finding(rule, "two peers, not one", at("spec", "egress", 0, "to", 1),
				lint.Operation{Op: "add", Path: at("spec", "egress", 0, "to", 0, "podSelector"), Value: map[string]any{"matchLabels": map[string]any{"k8s-app": "kube-dns"}}},
				lint.Operation{Op: "remove", Path: at("spec", "egress", 0, "to", 1)}),
			finding(rule, "and again", at("spec", "egress"), types),
			finding(allPorts, "no remedy, but a fix", at("spec", "egress"), lint.Operation{
				Op: "replace", Path: at("spec", "egress", 0, "ports", 0, "port"), Value: "dns~/",
			}),
		},
		Summary: lint.Summary{Files: 1, Objects: 1, Errors: 2, Notes: 1},
	}
}

func TestTextShowsTheLinesThatAFixChanges(t *testing.T) {
	assert.Equal(t, strings.TrimPrefix(`
web.yaml:6:3 error or-peers: and again
   6 |   egress:
     |   ^^^^^^^
   7 |     - to:
   8 |         - namespaceSelector:
   9 |             matchLabels: {"😀": a} # the cluster's DNS
     | (3 more lines)
  in    NetworkPolicy shop/web, spec.egress
  why   Items are alternatives.
  fix   Make it one item:
   5 |   podSelector: {}
     +   policyTypes: [Egress]
        If both are meant, write the podSelector first.
  docs  netvet rules or-peers

web.yaml:6:3 note all-ports: no remedy, but a fix
  fix   Write it so:
  11 |             matchLabels: {k8s-app: kube-dns}
  12 -       ports: [{port: 53}]
     +       ports: [{port: "dns~/"}]
  docs  netvet rules all-ports

web.yaml:10:11 error or-peers: two peers, not one
  10 |         - podSelector:
     |           ^^^^^^^^^^^^
  11 |             matchLabels: {k8s-app: kube-dns}
  in    NetworkPolicy shop/web, spec.egress[0].to[1]
  fix
   9 |             matchLabels: {"😀": a} # the cluster's DNS
  10 -         - podSelector:
  11 -             matchLabels: {k8s-app: kube-dns}
     +           podSelector:
     +             matchLabels:
     +               k8s-app: kube-dns

2 errors, 1 note in 1 file; 1 object
`, "\n"), text(t, mendable(t), report.TextOptions{Width: 80}))
}

func TestTextBoundsTheLinesOfAFix(t *testing.T) {
	r := mendable(t)
	value := map[string]any{}
	for i := range 80 {
		value[strings.Repeat("k", i+1)] = strings.Repeat("long ", 40)
	}
	r.Findings[1].Fix[0] = lint.Operation{Op: "add", Path: manifest.Path{"spec", "podSelector", "matchLabels"}, Value: value}
	got := text(t, r, report.TextOptions{Width: 80})
	assert.Contains(t, got, "     + (59 more lines)\n")
	for line := range strings.Lines(got) {
		assert.LessOrEqual(t, len(strings.TrimRight(line, "\n")), 80, line)
	}
}

func TestJSONGivesFixesAsPatches(t *testing.T) {
	var got struct {
		Findings []struct{ Fix []map[string]any }
	}
	document := written(t, "json", mendable(t))
	require.NoError(t, json.Unmarshal([]byte(document), &got))
	assert.True(t, conforms(t, []byte(document)))
	assert.Equal(t, []map[string]any{
		{"op": "add", "path": "/spec/egress/0/to/0/podSelector", "value": map[string]any{"matchLabels": map[string]any{"k8s-app": "kube-dns"}}},
		{"op": "remove", "path": "/spec/egress/0/to/1"},
	}, got.Findings[0].Fix)

	r := mendable(t)
	r.Findings[0].Fix = []lint.Operation{{Op: "add", Path: manifest.Path{"metadata", "labels", "a.b/c~d"}, Value: nil}}
	assert.Contains(t, written(t, "json", r), `"path": "/metadata/labels/a.b~1c~0d",
          "value": null`)
}

// TestSARIFFixesMend makes the replacements as a viewer does, in UTF-16.
func TestSARIFFixesMend(t *testing.T) {
	schema, err := os.ReadFile("testdata/sarif-schema-2.1.0.json")
	require.NoError(t, err)
	r := mendable(t)
	log := written(t, "sarif", r)
	require.Empty(t, agrees(t, log, schema))
	var read struct {
		Runs []struct {
			Results []struct {
				Fixes []struct {
					Description     struct{ Text string }
					ArtifactChanges []struct {
						ArtifactLocation struct{ URI string }
						Replacements     []struct {
							DeletedRegion   struct{ StartLine, StartColumn, EndLine, EndColumn int }
							InsertedContent struct{ Text string }
						}
					}
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(log), &read))
	for i, result := range read.Runs[0].Results {
		require.Len(t, result.Fixes, 1)
		require.Len(t, result.Fixes[0].ArtifactChanges, 1)
		change := result.Fixes[0].ArtifactChanges[0]
		assert.Equal(t, "web.yaml", change.ArtifactLocation.URI)
		assert.NotEmpty(t, result.Fixes[0].Description.Text)
		units := utf16.Encode([]rune(apart))
		offset := func(line, column int) int {
			at := 0
			for ; line > 1; line-- {
				at += slices.Index(units[at:], '\n') + 1
			}
			return at + column - 1
		}
		for _, edit := range slices.Backward(change.Replacements) {
			d := edit.DeletedRegion
			units = slices.Replace(units, offset(d.StartLine, d.StartColumn), offset(d.EndLine, d.EndColumn), utf16.Encode([]rune(edit.InsertedContent.Text))...)
		}
		wanted, err := lint.Apply(r.Findings[i].Resource.Object, r.Findings[i].Fix)
		require.NoError(t, err)
		set := manifest.Decode("web.yaml", []byte(string(utf16.Decode(units))), manifest.Options{})
		require.Empty(t, set.Errors)
		assert.Equal(t, wanted, set.Resources[0].Object)
	}
}
