package policy_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/labels"
)

// A random cluster: policies by their selectors, pods by their labels, in two namespaces.
type cluster struct {
	namespaces []string
	policies   []any // selectors; policy i is the i-th resource
	pods       []labels.Set
	in         map[string][]int // policies and, after them, pods of each namespace
}

func randomCluster(seed int) cluster {
	r := rand.New(rand.NewPCG(1, uint64(seed)))
	c := cluster{namespaces: []string{"shop", "bank"}, in: map[string][]int{}}
	for range 25 {
		c.policies = append(c.policies, randomSelector(r, selectorKeys, selectorValues, 0.02))
	}
	for range 25 {
		c.pods = append(c.pods, pick(r, everyLabelSet...))
	}
	for i := range len(c.policies) + len(c.pods) {
		name := pick(r, c.namespaces...)
		c.in[name] = append(c.in[name], i)
	}
	return c
}

// resources gives the cluster's objects.
func (c cluster) resources() []any {
	objects := make([]any, len(c.policies)+len(c.pods))
	for name, members := range c.in {
		for _, i := range members {
			metadata := map[string]any{"name": fmt.Sprint(i), "namespace": name}
			if i < len(c.policies) {
				objects[i] = map[string]any{
					"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata,
					"spec": map[string]any{"podSelector": c.policies[i]},
				}
				continue
			}
			metadata["labels"] = c.pods[i-len(c.policies)]
			objects[i] = map[string]any{"apiVersion": "v1", "kind": "Pod", "metadata": metadata}
		}
	}
	return objects
}

// selector gives a policy's selector as the API server reads it: null is as absent, and selects every pod.
func (c cluster) selector(policy int) labels.Selector {
	if c.policies[policy] == nil {
		return labels.Everything()
	}
	return kubernetes(c.policies[policy])
}

// selected, selecting and wider answer by trying everything.

func (c cluster) selected(namespace string, policy int) []int {
	return c.where(namespace, func(i int) bool {
		return i >= len(c.policies) && c.selector(policy).Matches(c.pods[i-len(c.policies)])
	})
}

func (c cluster) selecting(namespace string, set labels.Set) []int {
	return c.where(namespace, func(i int) bool { return i < len(c.policies) && c.selector(i).Matches(set) })
}

func (c cluster) wider(namespace string, policy int) []int {
	return c.where(namespace, func(i int) bool {
		return i < len(c.policies) && !slices.ContainsFunc(everyLabelSet, func(set labels.Set) bool {
			return c.selector(policy).Matches(set) && !c.selector(i).Matches(set)
		})
	})
}

func (c cluster) where(namespace string, holds func(int) bool) []int {
	found := []int{}
	for _, i := range c.in[namespace] {
		if holds(i) {
			found = append(found, i)
		}
	}
	return found
}

// The indexes of package selection find what trying everything finds.
func TestSelectionFindsWhatTryingFinds(t *testing.T) {
	const query = `
pods := {i: sort(selection.pods(p.group)) | some i, p in networkpolicy.all}
wider := {i: sort({k | some key in groups; some k in selection.policies[key]}) | some i, p in networkpolicy.all; groups := selection.wider(p.group)}
selecting := {i: sort({k | some key in selection.selecting(pod.namespace, pod.labels); some k in selection.policies[key]}) | some i, pod in workload.all}
answers := {"pods": pods, "wider": wider, "selecting": selecting}`
	options := []func(*rego.Rego){
		rego.Query(query), rego.StrictBuiltinErrors(true),
		rego.Imports([]string{"data.lib.netvet.networkpolicy", "data.lib.netvet.selection", "data.lib.netvet.workload"}),
	}
	for _, module := range parse(t, ast.ParserOptions{}, slices.DeleteFunc(regoFiles(t, "lib"), isTest)...) {
		options = append(options, rego.ParsedModule(module))
	}
	prepared, err := rego.New(options...).PrepareForEval(t.Context())
	require.NoError(t, err)
	for seed := range 20 {
		c := randomCluster(seed)
		results, err := prepared.Eval(t.Context(), rego.EvalInput(map[string]any{"resources": c.resources()}))
		require.NoError(t, err)
		got := results[0].Bindings["answers"]
		want := map[string]map[string][]int{"pods": {}, "wider": {}, "selecting": {}}
		for name, members := range c.in {
			for _, i := range members {
				if i >= len(c.policies) {
					want["selecting"][fmt.Sprint(i)] = c.selecting(name, c.pods[i-len(c.policies)])
					continue
				}
				want["pods"][fmt.Sprint(i)] = c.selected(name, i)
				if slices.ContainsFunc(everyLabelSet, func(set labels.Set) bool { return c.selector(i).Matches(set) }) {
					want["wider"][fmt.Sprint(i)] = c.wider(name, i)
				}
			}
		}
		assert.JSONEq(t, document(want), document(got), "seed %d: %s", seed, document(c.resources()))
	}
}
