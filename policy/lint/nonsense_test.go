package lint_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
)

// Objects that hold whatever rules look at.
const sensible = `[
	{
		"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "web", "namespace": "shop", "annotations": {"a": "b"}},
		"spec": {
			"podSelector": {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "In", "values": ["front"]}]},
			"policyTypes": ["Ingress", "Egress"],
			"ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"name": "kube-system"}}}], "ports": [{"port": 53, "endPort": 54, "protocol": "UDP"}]}],
			"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}], "ports": [{"port": "dns"}]}]
		}
	},
	{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": {"name": "web", "namespace": "shop", "ownerReferences": [{"kind": "App", "name": "web", "controller": true}]},
		"spec": {"template": {"metadata": {"labels": {"app": "web"}, "annotations": {"a": "b"}}, "spec": {
			"dnsPolicy": "Default",
			"containers": [{"name": "web", "ports": [{"name": "http", "containerPort": 80}], "livenessProbe": {"httpGet": {"port": "http"}}}],
			"initContainers": [{"name": "proxy", "restartPolicy": "Always"}]
		}}}
	},
	{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "shop"}}},
	{
		"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
		"spec": {"type": "LoadBalancer", "clusterIP": "10.0.0.1", "selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}
	}
]`

// nonsense gives objects with one value each that is out of place, and values that are no objects at all.
func nonsense(t *testing.T) []any {
	t.Helper()
	var strange []any
	require.NoError(t, json.Unmarshal([]byte(`[null, false, true, 7, 0.5, "text", "", [], [null], ["text"], [[]], {}, {"": null}, {"text": ["text"]}]`), &strange))
	var examples []any
	require.NoError(t, json.Unmarshal([]byte(sensible), &examples))
	all := append([]any{}, strange...)
	for _, example := range examples {
		all = append(all, example)
		for _, value := range strange {
			replaced(example, value, func(changed any) { all = append(all, changed) })
		}
	}
	return all
}

// replaced gives the value once with each part of it replaced by another.
func replaced(value, by any, give func(any)) {
	switch value := value.(type) {
	case map[string]any:
		for key, member := range value {
			with := func(changed any) {
				copied := maps.Clone(value)
				copied[key] = changed
				give(copied)
			}
			with(by)
			replaced(member, by, with)
		}
	case []any:
		for i, member := range value {
			with := func(changed any) {
				copied := slices.Clone(value)
				copied[i] = changed
				give(copied)
			}
			with(by)
			replaced(member, by, with)
		}
	}
}

// No input makes a rule fail, in any host: the API server tells of nonsense, and the other objects are judged.
func TestNonsenseIsNoRunTimeError(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	objects := nonsense(t)
	var combined []any
	for _, object := range objects {
		combined = append(combined, map[string]any{"path": "a.yaml", "contents": object})
	}
	query := prepareFindings(t, inmem.New())
	ask := func(input any) {
		t.Helper()
		results, err := query.Eval(t.Context(), rego.EvalInput(input))
		require.NoError(t, err)
		require.Len(t, results, 1, "undefined")
	}
	ask(map[string]any{"resources": objects})
	ask(combined)
	ask(map[string]any{"apiVersion": "v1", "kind": "List", "items": objects})
	for _, object := range objects {
		ask(object)
		ask(map[string]any{"resources": []any{object}})
		ask(map[string]any{"review": map[string]any{"object": object, "namespace": "shop", "namespaceObject": object}})
		ask(map[string]any{"request": map[string]any{"object": object, "operation": object, "namespace": object}})
		ask(map[string]any{"review": object, "parameters": object})
	}
}

// The same in a cluster that holds nothing but nonsense.
func TestNonsenseInTheInventoryIsNoRunTimeError(t *testing.T) {
	objects := nonsense(t)
	names := map[string]any{}
	for i, object := range objects {
		names[fmt.Sprint("object-", i)] = object
	}
	var examples []any
	require.NoError(t, json.Unmarshal([]byte(sensible), &examples))
	query := prepareFindings(t, inmem.NewFromObject(map[string]any{"inventory": map[string]any{
		"cluster":   map[string]any{"v1": map[string]any{"Namespace": names}},
		"namespace": map[string]any{"shop": map[string]any{"networking.k8s.io/v1": map[string]any{"NetworkPolicy": names}, "v1": map[string]any{"Pod": names}}},
	}}))
	for _, object := range examples {
		_, err := query.Eval(t.Context(), rego.EvalInput(map[string]any{"review": map[string]any{"object": object}}))
		require.NoError(t, err)
	}
}

func prepareFindings(t *testing.T, store storage.Store) rego.PreparedEvalQuery {
	t.Helper()
	options := []func(*rego.Rego){rego.Query("data.netvet.findings"), rego.Store(store)}
	for name, source := range policy.Default().Sources() {
		options = append(options, rego.ParsedModule(parseAnnotated(t, name, source)))
	}
	prepared, err := rego.New(options...).PrepareForEval(t.Context())
	require.NoError(t, err)
	return prepared
}
