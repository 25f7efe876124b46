package gatekeeper_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
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

// TestSparingSaysTheSame: reviewing a policy, rules trust what the API server has read, and look into the inventory for what they need. Mistrusting the
// one and reading all of the other gives the same findings: of each policy in a rule's fixtures, beside the others.
func TestSparingSaysTheSame(t *testing.T) {
	sparing, thorough := bothWays(t)
	told := 0
	for _, rule := range policy.Default().Rules() {
		if rule.Scope == policy.Source {
			continue
		}
		for _, fixture := range []string{rule.Bad, rule.Good} {
			objects := placed(manifest.Decode("fixture.yaml", []byte(fixture), manifest.Options{}))
			store := inventory(append(objects, elsewhere))
			for _, o := range objects {
				if o["kind"] == "NetworkPolicy" {
					told += saySame(t, sparing, thorough, store, o, rule)
				}
			}
		}
	}
	assert.NotZero(t, told)
}

// TestSparingSaysTheSameOfRandomClusters has every rule review each policy of generated clusters, NETVET_CLUSTERS of them, or 4.
func TestSparingSaysTheSameOfRandomClusters(t *testing.T) {
	sparing, thorough := bothWays(t)
	clusters := uint64(4)
	if text := os.Getenv("NETVET_CLUSTERS"); text != "" {
		var err error
		clusters, err = strconv.ParseUint(text, 10, 32)
		require.NoError(t, err)
	}
	told := map[string]int{}
	for seed := range clusters {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			objects := dice{rand.New(rand.NewPCG(seed, 20)), t}.cluster()
			store := inventory(objects)
			for _, o := range objects {
				if o["kind"] != "NetworkPolicy" {
					continue
				}
				for _, rule := range policy.Default().Rules() {
					if rule.Scope != policy.Source && slices.Contains(rule.Kinds, "NetworkPolicy") {
						if n := saySame(t, sparing, thorough, store, o, rule); n > 0 {
							told[rule.ID] += n
						}
					}
				}
			}
			if t.Failed() {
				text, err := json.Marshal(objects)
				require.NoError(t, err)
				t.Logf("%s", text)
			}
		})
	}
	t.Logf("findings by rule: %v", told)
	assert.Greater(t, len(told), 15, "rules that found something")
}

// bothWays compiles the rules as they are, and so that they take no short cut at admission.
func bothWays(t *testing.T) (sparing, thorough *ast.Compiler) {
	t.Helper()
	sources := maps.Clone(policy.Default().Sources())
	sparing = compileAll(t, sources)
	for _, way := range []struct{ library, head string }{
		{"host", "sparing if {"},
		{"host", "decoded := input.review.object if {"},
		{"host", "is_decoded(i) if {"},
		{"networkpolicy", "all := _under_review if {"},
	} {
		file := fmt.Sprintf("lib/netvet/%[1]s/%[1]s.rego", way.library)
		changed := strings.Replace(sources[file], "\n"+way.head+"\n", "\n"+way.head+"\n\tfalse\n", 1)
		require.NotEqual(t, sources[file], changed, way.head)
		sources[file] = changed
	}
	return sparing, compileAll(t, sources)
}

// saySame has the rule review the policy both ways, and returns the number of findings.
func saySame(t *testing.T, sparing, thorough *ast.Compiler, store storage.Store, o map[string]any, rule *policy.Rule) int {
	t.Helper()
	looksAround := rule.Scope.WantsOthers() || len(rule.Needs) > 0
	review := map[string]any{"review": map[string]any{"object": o}, "parameters": map[string]any{"inventory": looksAround}}
	query := rego.Query(fmt.Sprintf("data.%s.violation", rule.Package))
	want, got := violationsOf(t, thorough, store, review, query), violationsOf(t, sparing, store, review, query)
	assert.Equal(t, want, got, "%s: %v/%v", rule.ID, at(o, "metadata", "namespace"), at(o, "metadata", "name"))
	return len(want.([]any))
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
