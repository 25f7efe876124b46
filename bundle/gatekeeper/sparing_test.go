package gatekeeper_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
)

// TestSparingSaysTheSame: reviewing a policy, rules look into the inventory for what they need. Reading all of it gives the same findings: of each
// policy in a rule's fixtures, beside the others.
func TestSparingSaysTheSame(t *testing.T) {
	sources := maps.Clone(policy.Default().Sources())
	sparing := compileAll(t, sources)
	const file = "lib/netvet/host/host.rego"
	changed := strings.Replace(sources[file], "\nsparing if {\n", "\nsparing if {\n\tfalse\n", 1)
	require.NotEqual(t, sources[file], changed)
	sources[file] = changed
	thorough := compileAll(t, sources)

	told := 0
	for _, rule := range policy.Default().Rules() {
		if rule.Scope == policy.Source {
			continue
		}
		for _, fixture := range []string{rule.Bad, rule.Good} {
			objects := placed(manifest.Decode("fixture.yaml", []byte(fixture), manifest.Options{}))
			store := inventory(append(objects, elsewhere))
			for _, o := range objects {
				if o["kind"] != "NetworkPolicy" {
					continue
				}
				review := map[string]any{"review": map[string]any{"object": o}, "parameters": map[string]any{}}
				query := rego.Query(fmt.Sprintf("data.%s.violation", rule.Package))
				want, got := violationsOf(t, thorough, store, review, query), violationsOf(t, sparing, store, review, query)
				assert.Equal(t, want, got, "%s: %v", rule.ID, at(o, "metadata", "name"))
				told += len(want.([]any))
			}
		}
	}
	assert.NotZero(t, told)
}

func compileAll(t *testing.T, sources map[string]string) *ast.Compiler {
	t.Helper()
	modules := map[string]*ast.Module{}
	for name, source := range sources {
		modules[name] = ast.MustParseModule(source)
	}
	compiler := ast.NewCompiler()
	compiler.Compile(modules)
	require.False(t, compiler.Failed(), compiler.Errors)
	return compiler
}

var elsewhere = map[string]any{
	"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
	"metadata": map[string]any{"name": "elsewhere", "namespace": "elsewhere"}, "spec": map[string]any{"podSelector": map[string]any{}},
}

// placed gives the objects that have a name, each in a namespace.
func placed(set *manifest.Set) (objects []map[string]any) {
	for _, r := range set.Resources {
		metadata, _ := r.Object["metadata"].(map[string]any)
		if metadata["name"] == nil {
			continue
		}
		if metadata["namespace"] == nil && r.Object["kind"] != "Namespace" {
			o := maps.Clone(r.Object)
			metadata = maps.Clone(metadata)
			metadata["namespace"] = "default"
			o["metadata"] = metadata
			objects = append(objects, o)
			continue
		}
		objects = append(objects, r.Object)
	}
	return objects
}

// inventory is the store of Gatekeeper's driver that holds the objects.
func inventory(objects []map[string]any) storage.Store {
	namespaced, clustered := map[string]any{}, map[string]any{}
	for _, o := range objects {
		version, kind, name := o["apiVersion"].(string), o["kind"].(string), at(o, "metadata", "name").(string)
		if namespace, _ := at(o, "metadata", "namespace").(string); namespace != "" {
			put(namespaced, o, namespace, version, kind, name)
		} else {
			put(clustered, o, version, kind, name)
		}
	}
	data := map[string]any{"inventory": map[string]any{"namespace": namespaced, "cluster": clustered}}
	return inmem.NewFromObjectWithOpts(data, inmem.OptRoundTripOnWrite(false))
}

func put(tree map[string]any, value any, steps ...string) {
	for _, step := range steps[:len(steps)-1] {
		if tree[step] == nil {
			tree[step] = map[string]any{}
		}
		tree = tree[step].(map[string]any)
	}
	tree[steps[len(steps)-1]] = value
}

func violationsOf(t *testing.T, compiler *ast.Compiler, store storage.Store, input any, query func(*rego.Rego)) any {
	t.Helper()
	results, err := rego.New(rego.Compiler(compiler), rego.Store(store), rego.Input(input), query).Eval(t.Context())
	require.NoError(t, err)
	require.Len(t, results, 1)
	return results[0].Expressions[0].Value
}
