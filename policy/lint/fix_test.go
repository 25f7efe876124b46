package lint_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

func ExampleApply() {
	object := map[string]any{"spec": map[string]any{"policyTypes": []any{"Ingress"}}}
	mended, err := lint.Apply(object, []lint.Operation{
		{Op: "add", Path: manifest.Path{"spec", "policyTypes", 1}, Value: "Egress"},
	})
	fmt.Println(mended, err)
	fmt.Println(object)
	// Output:
	// map[spec:map[policyTypes:[Ingress Egress]]] <nil>
	// map[spec:map[policyTypes:[Ingress]]]
}

func TestApply(t *testing.T) {
	at := func(steps ...any) manifest.Path { return steps }
	for name, c := range map[string]struct {
		operations []lint.Operation
		want       map[string]any
		err        string
	}{
		"nothing":                 {nil, map[string]any{"list": []any{int64(1), int64(2)}, "map": map[string]any{"a": "b"}}, ""},
		"adds a key":              {[]lint.Operation{{"add", at("c"), "d"}}, map[string]any{"list": []any{int64(1), int64(2)}, "map": map[string]any{"a": "b"}, "c": "d"}, ""},
		"adds a key below":        {[]lint.Operation{{"add", at("map", "c"), "d"}}, map[string]any{"list": []any{int64(1), int64(2)}, "map": map[string]any{"a": "b", "c": "d"}}, ""},
		"adds over a key":         {[]lint.Operation{{"add", at("map", "a"), "d"}}, map[string]any{"list": []any{int64(1), int64(2)}, "map": map[string]any{"a": "d"}}, ""},
		"adds before an item":     {[]lint.Operation{{"add", at("list", 0), int64(0)}}, map[string]any{"list": []any{int64(0), int64(1), int64(2)}, "map": map[string]any{"a": "b"}}, ""},
		"adds a last item":        {[]lint.Operation{{"add", at("list", 2), int64(3)}}, map[string]any{"list": []any{int64(1), int64(2), int64(3)}, "map": map[string]any{"a": "b"}}, ""},
		"removes a key":           {[]lint.Operation{{"remove", at("map"), nil}}, map[string]any{"list": []any{int64(1), int64(2)}}, ""},
		"removes an item":         {[]lint.Operation{{"remove", at("list", 0), nil}}, map[string]any{"list": []any{int64(2)}, "map": map[string]any{"a": "b"}}, ""},
		"replaces an item":        {[]lint.Operation{{"replace", at("list", 1), nil}}, map[string]any{"list": []any{int64(1), nil}, "map": map[string]any{"a": "b"}}, ""},
		"one after the other":     {[]lint.Operation{{"remove", at("list", 0), nil}, {"remove", at("list", 0), nil}}, map[string]any{"list": []any{}, "map": map[string]any{"a": "b"}}, ""},
		"no such key":             {[]lint.Operation{{"remove", at("none"), nil}}, nil, "remove none: there is no none"},
		"no such parent":          {[]lint.Operation{{"add", at("none", "a"), 1}}, nil, "add none.a: there is no none"},
		"no such item":            {[]lint.Operation{{"replace", at("list", 2), 1}}, nil, "replace list[2]: there is no item 2"},
		"beyond the end":          {[]lint.Operation{{"add", at("list", 3), 1}}, nil, "add list[3]: there is no item 3"},
		"before the start":        {[]lint.Operation{{"add", at("list", -1), 1}}, nil, "add list[-1]: there is no item -1"},
		"a key of a list":         {[]lint.Operation{{"add", at("list", "a"), 1}}, nil, "add list.a: there is no item a"},
		"an item of a mapping":    {[]lint.Operation{{"replace", at("map", 0), 1}}, nil, "replace map[0]: there is no 0"},
		"below a scalar":          {[]lint.Operation{{"replace", at("map", "a", "b"), 1}}, nil, "replace map.a.b: there is no b"},
		"the object as a whole":   {[]lint.Operation{{"replace", at(), 1}}, nil, "replace : no place in an object"},
		"the second does not fit": {[]lint.Operation{{"remove", at("map"), nil}, {"remove", at("map"), nil}}, nil, "remove map: there is no map"},
	} {
		t.Run(name, func(t *testing.T) {
			object := map[string]any{"list": []any{int64(1), int64(2)}, "map": map[string]any{"a": "b"}}
			got, err := lint.Apply(object, c.operations)
			if c.err != "" {
				assert.EqualError(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
			assert.Equal(t, map[string]any{"list": []any{int64(1), int64(2)}, "map": map[string]any{"a": "b"}}, object, "the object itself stays as it is")
		})
	}
}

const fixRule = `violation contains finding.mended(finding.advised(finding.at(i, ["spec"], "wrong"), "so"), %s) if some i in networkpolicy.reviewed
`

func TestFindingsCarryTheirFix(t *testing.T) {
	set := manifest.Decode("web.yaml", []byte(plainPolicy), manifest.Options{})
	for operations, want := range map[string][]lint.Operation{
		`[]`: nil,
		`[{"op": "replace", "path": ["spec", "ingress", 0], "value": {"ports": [{"port": 1, "share": 0.5}]}}]`: {{
			Op: "replace", Path: manifest.Path{"spec", "ingress", 0},
			Value: map[string]any{"ports": []any{map[string]any{"port": int64(1), "share": 0.5}}},
		}},
	} {
		linter, err := lint.New(t.Context(), withRules(t, map[string]string{"fixes": fmt.Sprintf(fixRule, operations)}), lint.Config{})
		require.NoError(t, err)
		report, err := linter.Lint(t.Context(), set)
		require.NoError(t, err)
		require.Len(t, report.Findings, 1)
		assert.Equal(t, want, report.Findings[0].Fix)
		assert.Equal(t, "so", report.Findings[0].Remediation)
	}
}

func TestFixesThatAreNoneAreRefused(t *testing.T) {
	set := manifest.Decode("web.yaml", []byte(plainPolicy), manifest.Options{})
	for _, operations := range []string{`[{"op": "move", "path": ["spec"]}]`, `[{"op": "remove"}]`, `["remove"]`} {
		linter, err := lint.New(context.Background(), withRules(t, map[string]string{"fixes": fmt.Sprintf(fixRule, operations)}), lint.Config{})
		require.NoError(t, err)
		_, err = linter.Lint(t.Context(), set)
		assert.ErrorContains(t, err, "rule fixes: a fix that is no list of operations", operations)
	}
}

const plainPolicy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {}, ingress: [{}]}
`
