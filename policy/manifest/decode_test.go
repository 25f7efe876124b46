package manifest

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n"

// policy is the head of a NetworkPolicy; its spec goes on from line 6.
const policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: x\nspec:\n"

func errorsOf(set *Set) []string {
	texts := []string{}
	for _, e := range set.Errors {
		texts = append(texts, e.Error())
	}
	return texts
}

func namesOf(set *Set) []string {
	names := []string{}
	for _, r := range set.Resources {
		names = append(names, r.ID.Kind+"/"+r.ID.Name)
	}
	return names
}

func TestDecodeErrors(t *testing.T) {
	const template = `this is a template, not a manifest: %s has not been rendered. Render it first, for example with helm template, and read the result`
	for _, test := range []struct {
		name, text string
		errors     []string
		resources  []string
	}{
		{name: "objects glued together", text: pod + pod + pod + "---\n" + strings.Replace(pod, "a\n", "b\n", 1), resources: []string{"Pod/b"}, errors: []string{
			"a.yaml:5:1: this mapping has apiVersion again (first on line 1): three objects without --- lines between them; kubectl would keep only the last. Put --- on a line of its own before line 5",
			"a.yaml:9:1: this mapping has apiVersion again (first on line 1): three objects without --- lines between them; kubectl would keep only the last. Put --- on a line of its own before line 9",
		}},
		{name: "glued, kind first", text: "kind: Pod\napiVersion: v1\nmetadata: {name: a}\nkind: Pod\napiVersion: v1\nmetadata: {name: b}\n", errors: []string{
			"a.yaml:4:1: this mapping has kind again (first on line 1): two objects without a --- line between them; kubectl would keep only the last. Put --- on a line of its own before line 4",
		}},
		{name: "glued separator at a line's end", text: "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a---\n" + pod, errors: []string{
			"a.yaml:5:1: this mapping has apiVersion again (first on line 1): two objects without a --- line between them; kubectl would keep only the last. The --- at the end of line 4 does not count: put it on a line of its own",
		}},
		{name: "glued separator behind a bracket", text: "apiVersion: v1\nkind: Pod\nmetadata: {name: a}---\n" + pod, errors: []string{
			"a.yaml:3:20: this is no YAML: this --- separates no documents, since it does not stand at the start of a line. Put --- on a line of its own, without indentation",
		}},
		{name: "indented separator", text: pod + "    ---\n" + pod, errors: []string{
			"a.yaml:6:1: this mapping has apiVersion again (first on line 1): two objects without a --- line between them; kubectl would keep only the last. The --- on line 5 is indented and does not count: move it to the start of the line",
		}},
		{name: "separator glued to a line's start", text: pod + "---apiVersion: v1\nkind: Pod\n---\n" + pod, resources: []string{"Pod/a", "Pod/a"}, errors: []string{
			`a.yaml:5:1: "---apiVersion: v1" is no separator: kubectl refuses a line that starts with --- and goes on with anything but a comment, and reads nothing that follows. Put --- on a line of its own`,
		}},
		{name: "four dashes", text: pod + "----\n" + pod, resources: []string{"Pod/a"}, errors: []string{
			`a.yaml:5:1: "----" is no separator: kubectl refuses a line that starts with --- and goes on with anything but a comment, and reads nothing that follows. Put --- on a line of its own`,
		}},
		{name: "document after the document's end", text: pod + "...\n" + pod, errors: []string{
			"a.yaml:5:1: the document ends here, and kubectl drops what follows. Put --- on a line of its own before the next document",
		}},
		{name: "duplicate key", text: policy + "  podSelector: {}\n  ingress: []\n  podSelector: {a: b}\n", errors: []string{
			`a.yaml:8:3: the key "podSelector" is given twice in this mapping (first on line 6); kubectl would keep only the last. Remove one of them`,
		}},
		{name: "duplicate key that YAML spells otherwise", text: pod + "data:\n  \"1\": a\n  1: b\n", errors: []string{
			`a.yaml:7:3: the key "1" is given twice in this mapping (first on line 6); kubectl would keep only the last. Remove one of them`,
		}},
		{name: "duplicate key in JSON", text: `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "name": "b"}}`, errors: []string{
			`a.yaml:1:63: the key "name" is given twice in this mapping; kubectl would keep only the last. Remove one of them`,
		}},
		{name: "another version of YAML", text: "%YAML 1.2\n---\n" + pod, resources: []string{"Pod/a"}, errors: []string{
			"a.yaml:1:1: this is no YAML: kubectl reads YAML 1.1. Remove the line that names another version",
		}},
		{name: "comment without a space", text: pod + "data: {}#c\n", errors: []string{
			"a.yaml:5:9: this is no YAML: found a comment without preceding whitespace. Put a space before the #",
		}},
		{name: "bracket left open", text: pod + "data: {a: [\n", errors: []string{
			"a.yaml:6:1: this is no YAML: a value or closing bracket is missing before this place",
		}},
		{name: "tab", text: policy + "  podSelector:\n  \tmatchLabels: {}\n---\n" + pod, resources: []string{"Pod/a"}, errors: []string{
			"a.yaml:7:3: this line is indented with a tab, which YAML does not allow. Use spaces",
		}},
		{name: "template value", text: "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n", errors: []string{
			"a.yaml:4:9: " + fmt.Sprintf(template, `"{{ .Release.Name }}"`),
		}},
		{name: "template line", text: "{{- if .Values.on }}\n" + pod + "{{- end }}\n", errors: []string{
			"a.yaml:1:1: " + fmt.Sprintf(template, `"{{- if .Values.on }}"`),
		}},
		{name: "template inside a value", text: "apiVersion: v1\nkind: Pod\nmetadata:\n  # {{ no }}\n  name: \"a\"{{ .x }}\n", errors: []string{
			"a.yaml:5:12: " + fmt.Sprintf(template, `"{{ .x }}"`),
		}},
		{name: "quoted template in a name", text: "apiVersion: v1\nkind: Pod\nmetadata:\n  name: '{{ .x }}-y'\n", errors: []string{
			"a.yaml:4:3: " + fmt.Sprintf(template, `"{{ .x }}"`),
		}},
		{name: "quoted template in a selector", text: policy + "  podSelector:\n    matchLabels:\n      app: '{{ .x }}'\n", errors: []string{
			"a.yaml:8:7: " + fmt.Sprintf(template, `"{{ .x }}"`),
		}},
		{name: "expression in a name", text: "apiVersion: v1\nkind: Pod\nmetadata:\n  name: (join('-', [$a, 'b']))\n", errors: []string{
			`a.yaml:4:3: this is a template, not a manifest: "(join('-', [$a, 'b']))" is an expression of a test for Chainsaw. Read what the test applies, or leave it out with exclude`,
		}},
		{name: "expression in a selector", text: policy + "  podSelector:\n    matchLabels:\n      app: ($app)\n", errors: []string{
			`a.yaml:8:7: this is a template, not a manifest: "($app)" is an expression of a test for Chainsaw. Read what the test applies, or leave it out with exclude`,
		}},
		{name: "expression for a kind", text: "apiVersion: v1\nkind: ($kind)\nmetadata:\n  name: a\n", errors: []string{
			`a.yaml:2:1: this is a template, not a manifest: "($kind)" is an expression of a test for Chainsaw. Read what the test applies, or leave it out with exclude`,
		}},
		{name: "parentheses that are no expression", text: "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    summary: (none)\n", resources: []string{"Pod/a"}},
		{name: "braces that are no template", text: "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    summary: 'pod {{ $labels.pod }}'\n", resources: []string{"Pod/a"}},
		{name: "syntax error beside braces", text: pod + "data:\n  a: 'pod {{ $x }}'\n b: c\n", errors: []string{
			"a.yaml:7:2: this is no YAML: this does not go on with the mapping that starts on line 1. Mend the indentation, or quote the value before it",
		}},

		{name: "ingress as mapping", text: policy + "  ingress:\n    from: []\n", errors: []string{"a.yaml:6:3: spec.ingress must be a list, not a mapping; the API server refuses this. Put a dash before its first key"}},
		{name: "ingress as empty mapping", text: policy + "  ingress: {}\n", errors: []string{"a.yaml:6:3: spec.ingress must be a list, not a mapping; the API server refuses this. Start each item with a dash"}},
		{name: "rule as string", text: policy + "  egress: [all]\n", errors: []string{`a.yaml:6:12: spec.egress[0] must be a mapping, not the string "all"; the API server refuses this. Write keys and values`}},
		{name: "from as mapping", text: policy + "  ingress:\n  - from:\n      podSelector: {}\n", errors: []string{"a.yaml:7:5: spec.ingress[0].from must be a list, not a mapping; the API server refuses this. Put a dash before its first key"}},
		{name: "peer as string", text: policy + "  ingress:\n  - from:\n    - podSelector\n", errors: []string{`a.yaml:8:7: spec.ingress[0].from[0] must be a mapping, not the string "podSelector"; the API server refuses this. Write keys and values`}},
		{name: "selector as list", text: policy + "  podSelector:\n  - matchLabels: {}\n", errors: []string{"a.yaml:6:3: spec.podSelector must be a mapping, not a list; the API server refuses this. Remove the dash before its first key"}},
		{name: "labels that are no strings", text: policy + "  podSelector:\n    matchLabels:\n      a: yes\n      b: 1.10\n      c: null\n      d: 080\n      e: true\n", errors: []string{
			`a.yaml:8:7: spec.podSelector.matchLabels.a must be a string, not the boolean true, which is how YAML reads yes; the API server refuses this. Quote it: "yes"`,
			`a.yaml:9:7: spec.podSelector.matchLabels.b must be a string, not the number 1.10; the API server refuses this. Quote it: "1.10"`,
			`a.yaml:11:7: spec.podSelector.matchLabels.d must be a string, not the number 080; the API server refuses this. Quote it: "080"`,
			`a.yaml:12:7: spec.podSelector.matchLabels.e must be a string, not the boolean true; the API server refuses this. Quote it: "true"`,
		}},
		{name: "expressions", text: policy + "  podSelector:\n    matchExpressions:\n    - {key: a, operator: In, values: b}\n    - key: 1\n", errors: []string{
			`a.yaml:8:30: spec.podSelector.matchExpressions[0].values must be a list, not the string "b"; the API server refuses this. Write a list with one item: [b]`,
			`a.yaml:9:7: spec.podSelector.matchExpressions[1].key must be a string, not the number 1; the API server refuses this. Quote it: "1"`,
		}},
		{name: "policyTypes as string", text: policy + "  policyTypes: Ingress\n", errors: []string{`a.yaml:6:3: spec.policyTypes must be a list, not the string "Ingress"; the API server refuses this. Write a list with one item: [Ingress]`}},
		{name: "ports", text: policy + "  ingress:\n  - ports:\n    - {port: 80.5, endPort: \"9\", protocol: 6}\n    - 80\n    - {port: 99999999999}\n    - {port: 080, endPort: 0x51}\n", errors: []string{
			"a.yaml:8:8: spec.ingress[0].ports[0].port must be a whole number or a name, not the number 80.5; the API server refuses this. Write the number or the name of a port",
			`a.yaml:8:20: spec.ingress[0].ports[0].endPort must be a whole number, not the string "9"; the API server refuses this. Write the number without quotes`,
			`a.yaml:8:34: spec.ingress[0].ports[0].protocol must be a string, not the number 6; the API server refuses this. Quote it: "6"`,
			"a.yaml:9:7: spec.ingress[0].ports[1] must be a mapping, not the number 80; the API server refuses this. Write keys and values",
			"a.yaml:10:8: spec.ingress[0].ports[2].port must be a whole number or a name, not the number 99999999999; the API server refuses this. Write the number or the name of a port",
		}},
		{name: "ports as number", text: policy + "  ingress:\n  - ports: 80\n", errors: []string{"a.yaml:7:5: spec.ingress[0].ports must be a list, not the number 80; the API server refuses this. Write a list with one item: [80]"}},
		{name: "ipBlock", text: policy + "  egress:\n  - to:\n    - ipBlock: {cidr: 10, except: 10.0.0.0/8}\n    - ipBlock: 10.0.0.0/8\n", errors: []string{
			`a.yaml:8:17: spec.egress[0].to[0].ipBlock.cidr must be a string, not the number 10; the API server refuses this. Quote it: "10"`,
			`a.yaml:8:27: spec.egress[0].to[0].ipBlock.except must be a list, not the string "10.0.0.0/8"; the API server refuses this. Write a list with one item: [10.0.0.0/8]`,
			`a.yaml:9:7: spec.egress[0].to[1].ipBlock must be a mapping, not the string "10.0.0.0/8"; the API server refuses this. Write keys and values`,
		}},
		{name: "unknown fields and nulls", text: policy + "  podSelector:\n  ingress: ~\n  foo: [1]\n", resources: []string{"NetworkPolicy/x"}},
		{name: "metadata", text: "apiVersion: v1\nkind: Pod\nmetadata:\n  name: 12\n  namespace: on\n  labels:\n    a: yes\n  annotations: [a]\n", errors: []string{
			`a.yaml:4:3: metadata.name must be a string, not the number 12; the API server refuses this. Quote it: "12"`,
			`a.yaml:5:3: metadata.namespace must be a string, not the boolean true, which is how YAML reads on; the API server refuses this. Quote it: "on"`,
			`a.yaml:7:5: metadata.labels.a must be a string, not the boolean true, which is how YAML reads yes; the API server refuses this. Quote it: "yes"`,
			"a.yaml:8:3: metadata.annotations must be a mapping, not a list; the API server refuses this. Write keys and values",
		}},
		{name: "metadata as string", text: "apiVersion: v1\nkind: Pod\nmetadata: x\n", errors: []string{`a.yaml:3:1: metadata must be a mapping, not the string "x"; the API server refuses this. Write keys and values`}},
		{name: "labels of pods", text: "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  template:\n    metadata:\n      labels:\n        on: 1\n", errors: []string{
			`a.yaml:9:9: spec.template.metadata.labels.true must be a string, not the number 1; the API server refuses this. Quote it: "1"`,
		}},
		{name: "labels of a CronJob's pods", text: "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: a\nspec:\n  jobTemplate:\n    spec:\n      template:\n        metadata:\n          labels: x\n", errors: []string{
			`a.yaml:10:11: spec.jobTemplate.spec.template.metadata.labels must be a mapping, not the string "x"; the API server refuses this. Write keys and values`,
		}},
		{name: "apiVersion and kind", text: "apiVersion: 1\nkind: true\nmetadata:\n  name: a\n", errors: []string{
			"a.yaml:1:1: apiVersion must be a string, not the number 1; kubectl refuses this. Quote it, or write what is meant",
			"a.yaml:2:1: kind must be a string, not the boolean true; kubectl refuses this. Quote it, or write what is meant",
		}},
		{name: "empty kind", text: "apiVersion: v1\nkind: ''\nmetadata: {name: a}\n", errors: []string{"a.yaml:2:1: kind is empty; the API server refuses this. Give it a value"}},
		{name: "no name", text: "apiVersion: v1\nkind: Pod\nmetadata: {}\n---\napiVersion: v1\nkind: Pod\n", errors: []string{
			"a.yaml:3:1: this Pod has no metadata.name; the API server refuses it. Add one",
			"a.yaml:5:1: this Pod has no metadata.name; the API server refuses it. Add one",
		}},
		{name: "generateName", text: "apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n", resources: []string{"Pod/a-*"}},
		{name: "items", text: "apiVersion: v1\nkind: List\nitems:\n- a\n- {foo: bar}\n- apiVersion: v1\n  kind: Pod\n-\n- " + strings.ReplaceAll(strings.TrimSpace(pod), "\n", "\n  ") + "\n", resources: []string{"Pod/a"}, errors: []string{
			`a.yaml:4:3: items[0] of this List must be a mapping, not the string "a"`,
			"a.yaml:5:3: items[1] of this List is no Kubernetes object: it has no apiVersion and no kind",
			"a.yaml:6:3: this Pod has no metadata.name; the API server refuses it. Add one",
			"a.yaml:8:2: items[3] of this List must be a mapping, not null",
		}},
		{name: "items as string", text: "apiVersion: v1\nkind: List\nitems: x\n", errors: []string{`a.yaml:3:1: items of a List must be a list, not the string "x"`}},
		{name: "empty list", text: "apiVersion: v1\nkind: List\nitems: []\n"},

		{name: "empty file", text: "", errors: []string{"a.yaml:1:1: no Kubernetes object: the file is empty"}},
		{name: "comments alone", text: "# x\n---\n---\n# y\n", errors: []string{"a.yaml:1:1: no Kubernetes object: the file is empty"}},
		{name: "empty documents between", text: "---\n---\n# x\n---\n" + pod + "---\n", resources: []string{"Pod/a"}},
		{name: "values", text: pod + "---\nreplicas: 3\n", resources: []string{"Pod/a"}, errors: []string{"a.yaml:6:1: no Kubernetes object: it has no apiVersion and no kind"}},
		{name: "kind alone", text: "kind: Pod\nmetadata: {name: a}\n", errors: []string{"a.yaml:1:1: no Kubernetes object: it has a kind but no apiVersion, which says what kind is meant"}},
		{name: "list and text", text: "- a\n---\nhello\n", errors: []string{"a.yaml:1:1: no Kubernetes object: it is a list, not a mapping", "a.yaml:3:1: no Kubernetes object: it is a string, not a mapping"}},
		{name: "kustomization", text: "kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\n", errors: []string{"a.yaml:1:1: no Kubernetes object: it is a configuration of kustomize; build it first, for example with kustomize build, and read the result"}},
		{name: "patch", text: "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n$patch: delete\n", errors: []string{"a.yaml:1:1: no Kubernetes object: it is a strategic merge patch, which changes an object that stands elsewhere; apply it, for example with kustomize build, and read the result"}},
		{name: "patch of a spec", text: "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {$setElementOrder/containers: [{name: b}]}\n", errors: []string{"a.yaml:1:1: no Kubernetes object: it is a strategic merge patch, which changes an object that stands elsewhere; apply it, for example with kustomize build, and read the result"}},

		{name: "no UTF-8", text: "# é\na: é\xff\n---\n" + pod, resources: []string{"Pod/a"}, errors: []string{"a.yaml:2:5: the byte 0xff is no UTF-8; save the file as UTF-8"}},
		{name: "NUL", text: pod + "a: \x00\n", errors: []string{"a.yaml:5:4: a NUL byte stands here: the file is binary, damaged, or UTF-16 without a byte order mark. Save it as UTF-8"}},
		{name: "control character", text: "a: \x01\n", errors: []string{"a.yaml:1:4: the control character U+0001 may not stand in YAML or JSON; remove it, or write it as an escape in double quotes"}},
		{name: "byte order mark inside", text: "\ufeff" + pod + "---\n\ufeff" + pod, resources: []string{"Pod/a"}, errors: []string{"a.yaml:6:1: a byte order mark stands inside the file, as it does where files are joined; remove it"}},
		{name: "half a UTF-16 character", text: "\xff\xfea", errors: []string{"a.yaml: this file starts as UTF-16 but has an odd number of bytes; it is cut off or damaged. Save it as UTF-8"}},
		{name: "half a UTF-16 pair", text: "\xff\xfe\n\x00\x00\xd8", errors: []string{"a.yaml: this file starts as UTF-16, but line 2 holds half a character; it is damaged. Save it as UTF-8"}},
		{name: "UTF-32", text: "\xff\xfe\x00\x00a\x00\x00\x00", errors: []string{"a.yaml: this file is in UTF-32, which kubectl does not read; save it as UTF-8"}},

		{name: "open bracket", text: "a: [b\nc: d\n", errors: []string{"a.yaml:2:2: this is no YAML: a comma or closing bracket is missing in the collection that starts on line 1"}},
		{name: "two colons", text: "a: b: c\n", errors: []string{`a.yaml:1:5: this is no YAML: a second ": " stands in this entry. Quote the value, or mend the line break or indentation before it`}},
		{name: "open quote", text: "a: \"b\n", errors: []string{"a.yaml:2:1: this is no YAML: the text ends inside the quoted value that starts on line 1. Close the quote"}},
		{name: "reserved character", text: "é: @b\n", errors: []string{`a.yaml:1:4: this is no YAML: an unquoted value cannot start with "@". Quote the value`}},
		{name: "key after list", text: "- a\nb: c\n", errors: []string{"a.yaml:2:1: this is no YAML: this does not go on with the list that starts on line 1. Mend the indentation, or quote the value before it"}},
		{name: "no colon", text: "a: b\nc\nd: e\n", errors: []string{"a.yaml:3:1: this is no YAML: this line is neither a key with a colon nor part of the value before it. Add the colon, or mend the indentation"}},
		{name: "escape", text: "a: \"\\q\"\n", errors: []string{`a.yaml:1:5: this is no YAML: the escape after this backslash is unknown. Write \\ for a backslash, or use single quotes`}},
		{name: "alias without anchor", text: "a: *x\n", errors: []string{`a.yaml:1:4: this is no YAML: the alias "*x" has no anchor before it in this document. Write the value out, or quote it if it is text`}},
		{name: "alias of itself", text: "a: &x [*x]\n", errors: []string{"a.yaml:1:8: the alias *x stands inside the value that it repeats, which never ends"}},
		{name: "infinity", text: "a: [.inf]\n", errors: []string{"a.yaml:1:5: YAML reads .inf as a number that JSON does not have, so kubectl refuses it. Quote it if it is text"}},
		{name: "wrong tag", text: "a: b\nc: !!int x\n", errors: []string{"a.yaml:2:4: kubectl cannot read this document: cannot decode !!str `x` as a !!int"}},
		{name: "merge of a scalar", text: "a: b\n<<: c\n", errors: []string{"a.yaml:2:5: a merge key takes a mapping, or a list of mappings; kubectl refuses anything else. Quote << if it is text"}},
		{name: "merge of an alias of a list", text: "a: &x [{}]\nb:\n  <<: *x\n", errors: []string{"a.yaml:3:7: a merge key takes a mapping, or a list of mappings; kubectl refuses anything else. Quote << if it is text"}},
		{name: "mapping as key", text: "? {a: b}\n: c\n", errors: []string{"a.yaml:1:3: a list or mapping stands where a key is expected; keys are strings. If this is text, quote it"}},
		{name: "null as key", text: "~: c\n", errors: []string{`a.yaml:1:1: the key "~" is read as null or as a number that is too large; keys are strings. Quote it`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			set := Decode("a.yaml", []byte(test.text), Options{})
			assert.Equal(t, append([]string{}, test.errors...), errorsOf(set))
			assert.Equal(t, append([]string{}, test.resources...), namesOf(set))
			assert.Equal(t, 1, set.Files)
			assert.Empty(t, set.Skipped)
		})
	}
}

func TestDecodeJSONErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{"a" 1}`:              `a.json:1:6: this is no JSON: "1" stands where a ":" is missing after a key`,
		`{"a": 1 "b": 2}`:      `a.json:1:9: this is no JSON: "\"" stands where a "}" is missing at the end of an object`,
		`{"a": [1 2]}`:         `a.json:1:10: this is no JSON: "2" stands where a "]" is missing at the end of an array`,
		`{"a": "b`:             `a.json:1:7: this is no JSON: this string has no closing quote`,
		`{"a": tru}`:           `a.json:1:7: this is no JSON: "t" stands where a value is missing`,
		`{"a": 01}`:            `a.json:1:7: this is no JSON: "0" stands where a value is missing`,
		`{"a": 1e999}`:         `a.json:1:7: this is no JSON: the number 1e999 is too large`,
		`{"a": `:               `a.json:1:7: this is no JSON: the text ends where a value is missing`,
		`{"a": 1`:              `a.json:1:8: this is no JSON: the text ends where a "}" is missing at the end of an object`,
		"{\"a\": \"b\nc\"}":    `a.json:1:9: this is no JSON: a control character or line break stands in a string; write it as an escape such as \n`,
		`{"a": "\x"}`:          `a.json:1:7: this is no JSON: invalid character 'x' in string escape code`,
		`{"a": 1, }`:           `a.json:1:10: this is no JSON: "}" stands where a quoted key is missing`,
		`{"a": {{ .Values }}}`: `a.json:1:7: this is a template, not a manifest: "{{ .Values }}" has not been rendered. Render it first, for example with helm template, and read the result`,
	} {
		assert.Equal(t, []string{want}, errorsOf(Decode("a.json", []byte(text), Options{})), text)
	}
}

func TestDecodeJSON(t *testing.T) {
	set := Decode("a.json", []byte(`
{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "annotations": {"b": "\u00e9\ud83d\ude00\/\n"}},
 "x": [1, -2, 2.5, 1e3, 9223372036854775808, true, false, null, {}, []]}
{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}}
---
apiVersion: v1
kind: Pod
metadata: {name: c}
`), Options{})
	require.Empty(t, errorsOf(set))
	assert.Equal(t, []string{"Pod/a", "Pod/b", "Pod/c"}, namesOf(set))
	object := set.Resources[0].Object
	assert.Equal(t, []any{int64(1), int64(-2), 2.5, 1000.0, 9223372036854775808.0, true, false, nil, map[string]any{}, []any{}}, object["x"])
	assert.Equal(t, "é😀/\n", object["metadata"].(map[string]any)["annotations"].(map[string]any)["b"])
	assert.Equal(t, Span{"a.json", Position{2, 63}, Position{2, 109}}, set.Resources[0].Span(Path{"metadata", "annotations"}))
	assert.Equal(t, Span{"a.json", Position{3, 15}, Position{3, 18}}, set.Resources[0].Span(Path{"x", 2}))
	assert.Equal(t, Span{"a.json", Position{4, 1}, Position{4, 63}}, set.Resources[1].Span(nil))
}

func TestDecodeNumbers(t *testing.T) {
	for _, port := range []string{"80", "080", "0120", "0x50", "0o120", "8_0", "80.0", "8e1", "0b1010000", "+80"} {
		set := Decode("a.yaml", []byte(policy+"  ingress:\n  - ports:\n    - port: "+port+"\n"), Options{})
		require.Empty(t, errorsOf(set), port)
		spec := set.Resources[0].Object["spec"].(map[string]any)
		rule := spec["ingress"].([]any)[0].(map[string]any)
		assert.Equal(t, map[string]any{"port": int64(80)}, rule["ports"].([]any)[0], port)
	}
}

func TestDecodeLists(t *testing.T) {
	set := Decode("a.yaml", []byte(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicyList
metadata: {resourceVersion: "1"}
items:
- metadata:
    name: a
    namespace: b
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {name: c}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: PodList
  items:
  - metadata: {name: d}
---
apiVersion: example.com/v1
kind: AllowList
metadata: {name: e}
items: [f]
`), Options{})
	require.Empty(t, errorsOf(set))
	assert.Equal(t, []string{"NetworkPolicy/a", "NetworkPolicy/c", "Pod/d", "AllowList/e"}, namesOf(set))
	a := set.Resources[0]
	assert.Equal(t, ID{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy", Namespace: "b", Name: "a"}, a.ID)
	assert.Equal(t, "networking.k8s.io/v1", a.Object["apiVersion"])
	assert.Equal(t, Span{"a.yaml", Position{5, 3}, Position{7, 17}}, a.Span(Path{"kind"}), "what is inherited stands nowhere in the item")
	assert.Equal(t, Span{"a.yaml", Position{7, 5}, Position{7, 17}}, a.Span(Path{"metadata", "namespace"}))
	assert.Equal(t, Span{"a.yaml", Position{8, 3}, Position{10, 22}}, set.Resources[1].Span(nil))
	assert.Equal(t, Span{"a.yaml", Position{18, 16}, Position{18, 23}}, set.Resources[2].Span(Path{"metadata", "name"}))
}

func TestDecodeEncodings(t *testing.T) {
	text := "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  annotations:\n    ä😀: \"b\" # c\n    d: |\n      e\n      f\n"
	utf16Bytes := func(order binary.AppendByteOrder) []byte {
		data := order.AppendUint16(nil, 0xfeff)
		for _, unit := range utf16.Encode([]rune(text)) {
			data = order.AppendUint16(data, unit)
		}
		return data
	}
	for name, data := range map[string][]byte{
		"UTF-8":          []byte(text),
		"BOM":            []byte("\ufeff" + text),
		"UTF-16LE":       utf16Bytes(binary.LittleEndian),
		"UTF-16BE":       utf16Bytes(binary.BigEndian),
		"CRLF":           []byte(strings.ReplaceAll(text, "\n", "\r\n")),
		"CR":             []byte(strings.ReplaceAll(text, "\n", "\r")),
		"no final break": []byte(strings.TrimSuffix(text, "\n")),
	} {
		t.Run(name, func(t *testing.T) {
			set := Decode("a.yaml", data, Options{})
			require.Empty(t, errorsOf(set))
			r := set.Resources[0]
			assert.Equal(t, map[string]any{"ä😀": "b", "d": "e\nf\n"}, r.Object["metadata"].(map[string]any)["annotations"])
			assert.Equal(t, Span{"a.yaml", Position{6, 5}, Position{6, 12}}, r.Span(Path{"metadata", "annotations", "ä😀"}))
			assert.Equal(t, Span{"a.yaml", Position{7, 5}, Position{9, 8}}, r.Span(Path{"metadata", "annotations", "d"}))
			assert.Equal(t, []string{"    ä😀: \"b\" # c", "    d: |"}, r.Lines(6, 7))
			assert.Equal(t, []string{"      f"}, r.Lines(9, 20))
			assert.Empty(t, r.Lines(10, 20))
			assert.Len(t, r.Lines(-1, 100), 9)
		})
	}
}

func TestObjects(t *testing.T) {
	set := Objects("cluster",
		map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "a"}, "n": 1, "f": 1.5},
		map[string]any{"apiVersion": "v1", "kind": "List", "items": []map[string]any{{"apiVersion": "v1", "kind": "Pod", "metadata": map[string]string{"name": "b"}}}},
		map[string]any{"kind": "Pod"},
		map[string]any{"f": func() {}},
	)
	assert.Equal(t, []string{"Pod/a", "Pod/b"}, namesOf(set))
	assert.Equal(t, []string{
		"cluster: object 2: no Kubernetes object: it has a kind but no apiVersion, which says what kind is meant",
		"cluster: object 3: json: unsupported type: func()",
	}, errorsOf(set))
	assert.Equal(t, int64(1), set.Resources[0].Object["n"])
	assert.Equal(t, Span{File: "cluster"}, set.Resources[0].Span(Path{"metadata"}))
	assert.Equal(t, "cluster", set.Resources[0].Span(nil).String())
	assert.Empty(t, set.Resources[0].Lines(1, 1))
	assert.Equal(t, []string{"x: there are no objects"}, errorsOf(Objects("x")))
}

func TestPathString(t *testing.T) {
	assert.Equal(t, `spec.ingress[0].from[1].matchLabels["a.b/c"].d-e`, Path{"spec", "ingress", 0, "from", int64(1), "matchLabels", "a.b/c", "d-e"}.String())
	assert.Equal(t, "", Path{}.String())
}
