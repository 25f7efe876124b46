package lint_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

// edited gives the text with the edits done.
func edited(t *testing.T, text string, edits []lint.Edit) string {
	t.Helper()
	lines := strings.SplitAfter(text, "\n")
	offset := func(p manifest.Position) int {
		n := 0
		for _, line := range lines[:p.Line-1] {
			n += len(line)
		}
		rest := text[n:]
		for range p.Column - 1 {
			_, size := utf8.DecodeRuneInString(rest)
			rest, n = rest[size:], n+size
		}
		return n
	}
	var b strings.Builder
	at := 0
	for _, edit := range edits {
		from := offset(edit.Span.Start)
		require.GreaterOrEqual(t, from, at, "edits overlap, or are in no order")
		b.WriteString(text[at:from] + edit.Text)
		at = offset(edit.Span.End)
	}
	return b.String() + text[at:]
}

func TestEdits(t *testing.T) {
	at := func(steps ...any) manifest.Path { return steps }
	peer := map[string]any{"podSelector": map[string]any{"matchLabels": map[string]any{"app": "web"}}}
	dns := map[string]any{"ports": []any{
		map[string]any{"protocol": "UDP", "port": int64(53)},
		map[string]any{"protocol": "TCP", "port": int64(53)},
	}}
	const head = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\n"
	for name, c := range map[string]struct {
		text, want string // "" for no edits
		fix        []lint.Operation
	}{
		"adds a key where it is usually written": {
			head + "spec:\n  podSelector: {} # all\n  # Why.\n  egress: []\n",
			head + "spec:\n  podSelector: {} # all\n  policyTypes: [Ingress, Egress]\n  # Why.\n  egress: []\n",
			[]lint.Operation{{"add", at("spec", "policyTypes"), []any{"Ingress", "Egress"}}},
		},
		"adds an item to a list in brackets": {
			head + "spec:\n  policyTypes: [ Ingress ] # so\n",
			head + "spec:\n  policyTypes: [ Ingress, Egress ] # so\n",
			[]lint.Operation{{"add", at("spec", "policyTypes", 1), "Egress"}},
		},
		"adds a rule as the others are indented": {
			head + "spec:\n    egress:\n    - to:\n      - podSelector: {}\n    podSelector: {}\n",
			head + "spec:\n    egress:\n    - to:\n      - podSelector: {}\n    - ports:\n      - protocol: UDP\n        port: 53\n      - protocol: TCP\n        port: 53\n    podSelector: {}\n",
			[]lint.Operation{{"add", at("spec", "egress", 1), dns}},
		},
		"adds a first item": {
			head + "spec:\n  egress:\n    # The first.\n    - to: []\n",
			head + "spec:\n  egress:\n    # The first.\n    - ports: []\n    - to: []\n",
			[]lint.Operation{{"add", at("spec", "egress", 0), map[string]any{"ports": []any{}}}},
		},
		"makes one item of two": {
			head + "spec:\n  egress:\n    - to:\n        - namespaceSelector: {} # one\n        - podSelector: # two\n            matchLabels: {app: web}\n      ports: []\n",
			head + "spec:\n  egress:\n    - to:\n        - namespaceSelector: {} # one\n          podSelector:\n            matchLabels:\n              app: web\n      ports: []\n",
			[]lint.Operation{{"remove", at("spec", "egress", 0, "to", 1), nil}, {"add", at("spec", "egress", 0, "to", 0, "podSelector"), peer["podSelector"]}},
		},
		"removes lines": {
			head + "spec:\n  podSelector: {}\n  ingress:\n    - {} # all\n    - from: []\n",
			head + "spec:\n  podSelector: {}\n  ingress:\n    - from: []\n",
			[]lint.Operation{{"remove", at("spec", "ingress", 0), nil}},
		},
		"removes the first key of an item": {
			head + "spec:\n  ingress:\n    - from: []\n      ports: []\n",
			head + "spec:\n  ingress:\n    - ports: []\n",
			[]lint.Operation{{"remove", at("spec", "ingress", 0, "from"), nil}},
		},
		"leaves empty brackets": {
			head + "spec:\n  ingress:\n    - {}\n  podSelector: {}",
			head + "spec:\n  ingress: []\n  podSelector: {}",
			[]lint.Operation{{"remove", at("spec", "ingress", 0), nil}},
		},
		"removes from brackets": {
			head + "spec: {podSelector: {}, ingress: [{}], egress: []}\n",
			head + "spec: {podSelector: {}, egress: []}\n",
			[]lint.Operation{{"remove", at("spec", "ingress"), nil}},
		},
		"replaces a scalar": {
			head + "spec:\n  egress:\n    - ports:\n        - port: 53 # DNS\n          protocol: TCP\n",
			head + "spec:\n  egress:\n    - ports:\n        - port: 53 # DNS\n          protocol: \"yes\"\n",
			[]lint.Operation{{"replace", at("spec", "egress", 0, "ports", 0, "protocol"), "yes"}},
		},
		"gives a key without a value one": {
			head + "spec:\n  podSelector: {}\n  ingress:\n",
			head + "spec:\n  podSelector: {}\n  ingress:\n    - from:\n        - podSelector:\n            matchLabels:\n              app: web\n",
			[]lint.Operation{{"replace", at("spec", "ingress"), []any{map[string]any{"from": []any{peer}}}}},
		},
		"counts characters": {
			head + "spec: {\"日本😀\": [Ingress]}\n",
			head + "spec: {\"日本😀\": [Ingress, Egress]}\n",
			[]lint.Operation{{"add", at("spec", "日本😀", 1), "Egress"}},
		},
		"writes JSON in JSON": {
			"{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"networking.k8s.io/v1\", \"kind\": \"NetworkPolicy\",\n \"metadata\": {\"name\": \"a\"}, \"spec\": {\"podSelector\": {}}}]}\n",
			"{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"networking.k8s.io/v1\", \"kind\": \"NetworkPolicy\",\n \"metadata\": {\"name\": \"a\"}, \"spec\": {\"podSelector\": {}, \"policyTypes\": [\"Egress\"]}}]}\n",
			[]lint.Operation{{"add", at("spec", "policyTypes"), []any{"Egress"}}},
		},
		"knows its place in a file": {
			"a: b\n---\n# A comment.\n" + head + "spec:\n  podSelector: {}\n---\n" + strings.ReplaceAll(head, "name: a", "name: b"),
			"a: b\n---\n# A comment.\n" + head + "spec:\n  podSelector: {}\n  policyTypes: [Egress]\n---\n" + strings.ReplaceAll(head, "name: a", "name: b"),
			[]lint.Operation{{"add", at("spec", "policyTypes"), []any{"Egress"}}},
		},
		"leaves anchors alone": {
			head + "spec:\n  podSelector: &web {matchLabels: {a: b}}\n  egress: [{to: [{podSelector: *web}]}]\n", "",
			[]lint.Operation{{"replace", at("spec", "egress", 0, "to", 0, "podSelector", "matchLabels", "a"), "c"}},
		},
		"replaces an alias": {
			head + "spec:\n  podSelector: &all {}\n  egress: [{to: [{podSelector: *all}]}]\n",
			head + "spec:\n  podSelector: &all {}\n  egress: [{to: [{podSelector: {matchLabels: {}}}]}]\n",
			[]lint.Operation{{"add", at("spec", "egress", 0, "to", 0, "podSelector", "matchLabels"), map[string]any{}}},
		},
		"has no place": {head, "", []lint.Operation{{"remove", at("spec"), nil}}},
		"has no fix":   {head, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			set := manifest.Decode("a.yaml", []byte(c.text), manifest.Options{})
			got := lint.Finding{Resource: set.Resources[0], Fix: c.fix}.Edits()
			if c.want == "" {
				assert.Empty(t, got)
				return
			}
			assert.Equal(t, c.want, edited(t, c.text, got))
		})
	}
	assert.Empty(t, lint.Finding{
		Resource: &manifest.Resource{Object: map[string]any{"a": "b"}}, Fix: []lint.Operation{{"remove", at("a"), nil}},
	}.Edits(), "an object of a cluster has no text")
}

// TestEditsDoWhatApplyDoes makes changes at random to the rules' fixtures, as they are written and as JSON.
func TestEditsDoWhatApplyDoes(t *testing.T) {
	files, err := filepath.Glob("../netvet/rules/*/*.yaml")
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(1, 2))
	tried := 0
	try := func(file string, text []byte) {
		set := manifest.Decode(file, text, manifest.Options{})
		for n := range 4 * len(set.Resources) {
			i := n % len(set.Resources)
			resource := set.Resources[i]
			fix := []lint.Operation{operationAtRandom(random, resource.Object)}
			wanted, err := lint.Apply(resource.Object, fix)
			require.NoError(t, err)
			if reflect.DeepEqual(wanted, resource.Object) || !readable(t, wanted) {
				continue
			}
			tried++
			edits := lint.Finding{Resource: resource, Fix: fix}.Edits()
			require.NotEmpty(t, edits, "%s: %v", resource.Span(nil), fix)
			again := manifest.Decode(file, []byte(edited(t, string(text), edits)), manifest.Options{})
			require.Len(t, again.Resources, len(set.Resources), "%v", fix)
			assert.Equal(t, wanted, again.Resources[i].Object, "%v", fix)
		}
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		try(file, text)
		items := []any{}
		for _, resource := range manifest.Decode(file, text, manifest.Options{}).Resources {
			items = append(items, resource.Object)
		}
		list := map[string]any{"apiVersion": "v1", "kind": "List", "items": items}
		text, err = json.MarshalIndent(list, "", "  ")
		require.NoError(t, err)
		try("list.json", text)
		text, err = json.Marshal(list)
		require.NoError(t, err)
		try("list.yaml", text)
	}
	assert.Greater(t, tried, 500)
}

// readable says whether the reader of manifests takes the object, which checks types.
func readable(t *testing.T, object map[string]any) bool {
	text, err := json.Marshal(object)
	require.NoError(t, err)
	set := manifest.Decode("a.json", text, manifest.Options{})
	return len(set.Errors) == 0 && len(set.Resources) == 1
}

// operationAtRandom changes something below spec, or a label.
func operationAtRandom(random *rand.Rand, object map[string]any) lint.Operation {
	values := []any{"web", int64(8080), []any{}, map[string]any{}, []any{"a", "true"}, map[string]any{"app": "web"}, []any{map[string]any{"port": int64(53)}}}
	value := values[random.IntN(len(values))]
	path, at := manifest.Path{"metadata"}, object["metadata"]
	if spec, has := object["spec"]; has && random.IntN(4) > 0 {
		path, at = manifest.Path{"spec"}, spec
	}
	for {
		var step, child any
		switch inner := at.(type) {
		case map[string]any:
			if len(inner) == 0 || random.IntN(6) == 0 {
				return lint.Operation{Op: "add", Path: append(path, "policyTypes"), Value: value}
			}
			key := slices.Sorted(maps.Keys(inner))[random.IntN(len(inner))]
			step, child = key, inner[key]
		case []any:
			if len(inner) == 0 || random.IntN(4) == 0 {
				return lint.Operation{Op: "add", Path: append(path, random.IntN(len(inner)+1)), Value: value}
			}
			i := random.IntN(len(inner))
			step, child = i, inner[i]
		default:
			return lint.Operation{Op: "replace", Path: path, Value: value}
		}
		path = append(path, step)
		if fmt.Sprint(path) != "[metadata name]" && random.IntN(5) == 0 {
			return lint.Operation{Op: "remove", Path: path}
		}
		at = child
	}
}

// FuzzEdits changes whatever can be read: edits are none, or make what is wanted, and nothing panics.
func FuzzEdits(f *testing.F) {
	files, err := filepath.Glob("../netvet/rules/*/bad.yaml")
	require.NoError(f, err)
	for i, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(string(text), uint64(i))
	}
	for i, text := range []string{
		"{apiVersion: v1, kind: A, metadata: {name: a}, spec: {a: [b, {c: d}], \"e\": 'f'}}",
		"apiVersion: v1\nkind: A\nmetadata: &a\n  name: a\nspec:\n- - a\n  - b: |\n      text\n    c: >-\n      folded\n- ? d\n  : e\n",
		"apiVersion: v1\r\nkind: A\r\nmetadata: {name: a}\r\nspec:\r\n  a:\r\n  b: ~\r\n",
		"# \u65e5\u672c\napiVersion: v1\nkind: A\nmetadata: {name: \"\U0001f600\"}\nspec: {\"\U0001f600\": {\"a\": 1}, <<: {x: y}}",
	} {
		f.Add(text, uint64(i))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		set := manifest.Decode("a.yaml", []byte(text), manifest.Options{})
		random := rand.New(rand.NewPCG(seed, 1))
		for i, resource := range set.Resources {
			fix := []lint.Operation{operationAtRandom(random, resource.Object)}
			edits := lint.Finding{Resource: resource, Fix: fix}.Edits()
			if len(edits) == 0 || strings.ContainsAny(text, "\r\ufeff") || !utf8.ValidString(text) {
				continue // lines are counted otherwise than edited does
			}
			wanted, err := lint.Apply(resource.Object, fix)
			require.NoError(t, err)
			again := manifest.Decode("a.yaml", []byte(edited(t, text, edits)), manifest.Options{})
			require.Greater(t, len(again.Resources), i)
			require.Equal(t, wanted, again.Resources[i].Object)
		}
	})
}
