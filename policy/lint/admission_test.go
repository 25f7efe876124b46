package lint_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/netvet/netvet/bundle/gatekeeper"
	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
)

// constraint is one of those that are generated, with the Rego of its template.
type constraint struct {
	name, action string
	rule         *policy.Rule
	parameters   any
	compiler     *ast.Compiler
}

func constraints(t *testing.T) (all []constraint) {
	t.Helper()
	made, err := gatekeeper.Generate(policy.Default(), gatekeeper.Options{})
	require.NoError(t, err)
	rules := map[string]*policy.Rule{}
	for _, rule := range policy.Default().Rules() {
		rules[gatekeeper.Kind(rule)] = rule
	}
	compilers := map[string]*ast.Compiler{}
	for _, m := range made.Templates {
		var template struct {
			Spec struct {
				Targets []struct {
					Code []struct {
						Source struct {
							Rego string
							Libs []string
						}
					}
				}
			}
		}
		require.NoError(t, yaml.Unmarshal(m.Text, &template))
		source := template.Spec.Targets[0].Code[0].Source
		modules := map[string]*ast.Module{}
		for i, text := range append(source.Libs, source.Rego) {
			name := fmt.Sprint(i)
			modules[name] = parseAnnotated(t, name, text)
		}
		compiler := ast.NewCompiler()
		compiler.Compile(modules)
		require.Empty(t, compiler.Errors)
		compilers[m.Name] = compiler
	}
	for _, m := range made.Constraints {
		var c struct {
			Kind string
			Spec struct {
				EnforcementAction string
				Parameters        any
			}
		}
		require.NoError(t, yaml.Unmarshal(m.Text, &c))
		all = append(all, constraint{m.Name, c.Spec.EnforcementAction, rules[c.Kind], c.Spec.Parameters, compilers[strings.ToLower(c.Kind)]})
	}
	return all
}

// review gives the paths and messages about a request, with other objects in the inventory.
func (c constraint) review(t *testing.T, request fields, others ...fields) (messages []string) {
	t.Helper()
	inventory := fields{}
	for _, other := range others {
		metadata := other["metadata"].(fields)
		steps := []any{"cluster", other["apiVersion"], other["kind"], metadata["name"]}
		if namespace, _ := metadata["namespace"].(string); namespace != "" {
			steps = []any{"namespace", namespace, other["apiVersion"], other["kind"], metadata["name"]}
		}
		at := inventory
		for _, step := range steps[:len(steps)-1] {
			below, _ := at[step.(string)].(fields)
			if below == nil {
				below = fields{}
				at[step.(string)] = below
			}
			at = below
		}
		at[fmt.Sprint(steps[len(steps)-1])] = other
	}
	input := fields{"review": request, "parameters": c.parameters}
	if c.parameters == nil {
		input["parameters"] = fields{}
	}
	store := inmem.NewFromObject(fields{"inventory": inventory})
	query := "data." + c.rule.Package + ".violation"
	results, err := rego.New(rego.Compiler(c.compiler), rego.Query(query), rego.Store(store), rego.Input(input)).Eval(t.Context())
	require.NoError(t, err)
	require.Len(t, results, 1)
	for _, violation := range results[0].Expressions[0].Value.([]any) {
		details := violation.(fields)["details"].(fields)
		messages = append(messages, fmt.Sprintf("%v: %s", details["path"], violation.(fields)["msg"]))
	}
	slices.Sort(messages)
	return messages
}

// creation is a request as Gatekeeper hands it over.
func creation(object fields) fields {
	metadata := object["metadata"].(fields)
	return fields{"operation": "CREATE", "object": object, "oldObject": nil, "name": metadata["name"], "namespace": metadata["namespace"], "dryRun": false}
}

func with(o fields, more fields) fields {
	o = maps.Clone(o)
	maps.Copy(o, more)
	return o
}

// clusterObjects are those of a set as a cluster keeps them: each in a namespace, one of a name.
func clusterObjects(resources []*manifest.Resource) (objects []fields) {
	seen := map[string]bool{}
	for _, r := range resources {
		o := maps.Clone(r.Object)
		metadata, _ := o["metadata"].(fields)
		metadata = maps.Clone(metadata)
		if metadata["namespace"] == nil && r.ID.Kind != "Namespace" {
			metadata["namespace"] = "sample"
		}
		o["metadata"] = metadata
		id := fmt.Sprint(r.ID.APIVersion, r.ID.Kind, metadata["namespace"], metadata["name"])
		if name, _ := metadata["name"].(string); name != "" && !seen[id] {
			objects = append(objects, o)
		}
		seen[id] = true
	}
	return objects
}

// elsewhere shows rules that policies are synchronised.
var elsewhere = fields{
	"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": fields{"name": "elsewhere", "namespace": "elsewhere"},
	"spec": fields{"podSelector": fields{}},
}

// TestAdmission: whatever is bad can be deleted, and is judged alike whether it is created, updated, tried or audited. What an update replaces is not in sight.
func TestAdmission(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	told, updated := 0, 0
	for _, c := range constraints(t) {
		objects := clusterObjects(manifest.Decode("bad.yaml", []byte(c.rule.Bad), manifest.Options{}).Resources)
		for i, object := range objects {
			if !slices.Contains(c.rule.Kinds, object["kind"].(string)) {
				continue
			}
			others := append(slices.Delete(slices.Clone(objects), i, i+1), elsewhere)
			created := creation(object)
			want := c.review(t, created, others...)
			told += len(want)
			name := fmt.Sprintf("%s: %s %v", c.name, object["kind"], created["name"])
			assert.Empty(t, c.review(t, with(created, fields{"operation": "DELETE", "oldObject": object}), append(others, object)...), "%s: deleted", name)

			// As it may have been before: for all pods, or of other labels.
			old := with(object, fields{"spec": fields{"podSelector": fields{}, "policyTypes": []any{"Ingress", "Egress"}, "egress": []any{fields{}}, "template": fields{}}})
			update := with(created, fields{"operation": "UPDATE", "oldObject": old})
			assert.Equal(t, want, c.review(t, update, append(others, old)...), "%s: updated", name)
			if len(want) != len(c.review(t, creation(old), others...)) {
				updated++
			}

			audit := maps.Clone(created)
			for _, field := range []string{"operation", "oldObject", "dryRun"} {
				delete(audit, field)
			}
			assert.Equal(t, want, c.review(t, audit, append(others, object)...), "%s: audited", name)
			assert.Equal(t, want, c.review(t, with(created, fields{"dryRun": true}), others...), "%s: tried", name)

			metadata := maps.Clone(object["metadata"].(fields))
			delete(metadata, "namespace")
			unplaced := with(created, fields{"object": with(object, fields{"metadata": metadata})})
			elsewise := slices.DeleteFunc(slices.Clone(want), func(m string) bool { return strings.HasPrefix(m, "[metadata namespace]: ") })
			assert.ElementsMatch(t, elsewise, c.review(t, unplaced, others...), "%s: without a namespace of its own", name)

			if object["kind"] == "Namespace" {
				continue // a new one is empty
			}
			metadata = maps.Clone(object["metadata"].(fields))
			metadata["generateName"] = metadata["name"]
			delete(metadata, "name")
			nameless := with(created, fields{"name": "", "object": with(object, fields{"metadata": metadata})})
			assert.Len(t, c.review(t, nameless, others...), len(want), "%s: named by the server", name)
		}
	}
	assert.NotZero(t, told)
	assert.NotZero(t, updated, "no update changes anything")
}

// TestAdmissionOrder: what a constraint denies it denies whatever else there is, so that no order of objects alone brings a refusal.
func TestAdmissionOrder(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	worlds := map[string][]*manifest.Resource{}
	files, err := filepath.Glob("../netvet/rules/dns_*/*.yaml")
	require.NoError(t, err)
	for _, file := range files {
		worlds[file] = read(t, file).Resources
	}
	for seed := range uint64(20) {
		r := &randomness{rand.New(rand.NewPCG(seed, 66)), true}
		worlds[fmt.Sprint("seed ", seed)] = r.world()
	}
	denials := 0
	for _, c := range constraints(t) {
		if c.action != "deny" {
			continue
		}
		for name, resources := range worlds {
			objects := clusterObjects(resources)
			order := rand.New(rand.NewPCG(uint64(len(objects)), 7))
			for range 3 {
				order.Shuffle(len(objects), func(i, k int) { objects[i], objects[k] = objects[k], objects[i] })
				for i, object := range objects {
					if !slices.Contains(c.rule.Kinds, object["kind"].(string)) {
						continue
					}
					if denied := c.review(t, creation(object), objects[:i]...); len(denied) > 0 {
						denials++
						assert.NotEmpty(t, c.review(t, creation(object)), "%s, %s: %s only after others", name, c.name, denied)
					}
				}
			}
		}
	}
	assert.NotZero(t, denials)
}

// TestAdmissionShowsTheNamespace: Gatekeeper hands over the labels of the namespace, which need not be synchronised.
func TestAdmissionShowsTheNamespace(t *testing.T) {
	inject := fields{"metadata": fields{"name": "shop", "labels": fields{"istio-injection": "enabled"}}, "spec": fields{"finalizers": []any{"kubernetes"}}}
	request := creation(fields{
		"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": fields{"name": "web", "namespace": "shop"},
		"spec": fields{"podSelector": fields{}, "policyTypes": []any{"Ingress"}, "ingress": []any{fields{"ports": []any{fields{"port": 15006}}}}},
	})
	asked := false
	for _, c := range constraints(t) {
		if c.rule.ID == "mesh-ports" {
			asked = true
			assert.Empty(t, c.review(t, with(request, fields{"namespaceObject": nil})))
			assert.Len(t, c.review(t, with(request, fields{"namespaceObject": inject})), 1)
		}
	}
	assert.True(t, asked)
}
