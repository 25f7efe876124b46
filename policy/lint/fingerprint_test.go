package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

func ExampleFinding_Fingerprint() {
	set := manifest.Decode("web.yaml", []byte(web), manifest.Options{})
	finding := lint.Finding{
		Rule:     policy.Default().Rule("missing-dns"),
		Resource: set.Resources[0],
		Path:     manifest.Path{"spec", "egress"},
	}
	fmt.Println(finding.Fingerprint())
	// Output: 1ce6510895c3a6672c0a46b2d2c011f2
}

func TestFingerprintSurvives(t *testing.T) {
	const peers = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  ingress:
    - from: [{podSelector: {matchLabels: {app: a}}}]
    - from:
        - podSelector: {matchLabels: {app: b}}
        - podSelector: {matchLabels: {app: c}}
`
	toB := manifest.Path{"spec", "ingress", 1, "from", 0, "podSelector"}
	of := func(rule, file, text string, path manifest.Path) string {
		set := manifest.Decode(file, []byte(text), manifest.Options{})
		require.Empty(t, set.Errors)
		return lint.Finding{Rule: &policy.Rule{ID: rule}, Resource: set.Resources[0], Path: path}.Fingerprint()
	}
	original := of("r", "a.yaml", peers, toB)
	assert.Regexp(t, "^[0-9a-f]{32}$", original)
	replaced := func(old, new string) string {
		require.Contains(t, peers, old)
		return strings.Replace(peers, old, new, 1)
	}

	for name, c := range map[string]struct {
		file, text string
		path       manifest.Path
	}{
		"lines that move":                  {"a.yaml", "# a comment\n\n" + peers, toB},
		"a file that is renamed":           {"b.yaml", peers, toB},
		"keys in another order":            {"a.yaml", replaced("{name: web, namespace: shop}", "{namespace: shop, name: web}"), toB},
		"another version of the group":     {"a.yaml", replaced("networking.k8s.io/v1", "networking.k8s.io/v1beta1"), toB},
		"labels of the object":             {"a.yaml", replaced("{name: web,", "{labels: {a: b}, name: web,"), toB},
		"a rule before it":                 {"a.yaml", replaced("  ingress:\n", "  ingress:\n    - from: [{podSelector: {}}]\n"), manifest.Path{"spec", "ingress", 2, "from", 0, "podSelector"}},
		"the rule's ports":                 {"a.yaml", replaced("    - from:\n", "    - ports: [{port: 80}]\n      from:\n"), toB},
		"a peer before it":                 {"a.yaml", replaced("    - from:\n", "    - from:\n        - podSelector: {}\n"), manifest.Path{"spec", "ingress", 1, "from", 1, "podSelector"}},
		"the same peer in another ingress": {"a.yaml", replaced("app: a", "app: b"), manifest.Path{"spec", "ingress", 0, "from", 0, "podSelector"}},
	} {
		assert.Equal(t, original, of("r", c.file, c.text, c.path), name)
	}

	for name, other := range map[string]string{
		"another rule":      of("s", "a.yaml", peers, toB),
		"another object":    of("r", "a.yaml", replaced("name: web", "name: api"), toB),
		"another namespace": of("r", "a.yaml", replaced("namespace: shop", "namespace: shops"), toB),
		"another kind":      of("r", "a.yaml", replaced("kind: NetworkPolicy", "kind: CalicoPolicy"), toB),
		"another group":     of("r", "a.yaml", replaced("networking.k8s.io/v1", "v1"), toB),
		"another peer":      of("r", "a.yaml", peers, manifest.Path{"spec", "ingress", 1, "from", 1, "podSelector"}),
		"an edited peer":    of("r", "a.yaml", replaced("app: b", "app: bb"), toB),
		"another key of it": of("r", "a.yaml", peers, manifest.Path{"spec", "ingress", 1, "from", 0}),
		"the whole object":  of("r", "a.yaml", peers, nil),
		"a missing item":    of("r", "a.yaml", peers, manifest.Path{"spec", "ingress", 1, "from", 7, "podSelector"}),
	} {
		assert.NotEqual(t, original, other, name)
	}
}
