package lint_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const mutants = 4000

// TestStockAPIServer: the frozen verdicts are the API server's own, and netvet agrees with it on random mutants, too.
func TestStockAPIServer(t *testing.T) {
	policies := frozen(t)
	server := findStock(t, "apiserver")
	for i, verdict := range server.judges(t, policies) {
		want := fmt.Sprint(policies[i].Refused, policies[i].Fields)
		assert.Equal(t, want, fmt.Sprint(verdict.Refused, verdict.Fields), "line %s of %s: %s", policies[i].name, frozenVerdicts, verdict.Message)
	}

	random := mutate(t, mutants)
	accepted := 0
	random = server.judges(t, random)
	for _, policy := range random {
		if !policy.Refused {
			accepted++
		}
	}
	t.Logf("%d of %d mutants are accepted", accepted, len(random))
	assert.Greater(t, accepted, len(random)/10, "hardly a mutant is valid")
	assert.Less(t, accepted, len(random)*9/10, "hardly a mutant is not valid")
	assertAgrees(t, random)
}

// judges gives the policies with the server's verdicts.
func (s stock) judges(t *testing.T, policies []refusable) []refusable {
	t.Helper()
	var texts []string
	for _, policy := range policies {
		texts = append(texts, policy.text)
	}
	input, err := json.Marshal(texts)
	require.NoError(t, err)
	output, status := s.run(t, input)
	require.Zero(t, status)
	var verdicts []refusable
	require.NoError(t, json.Unmarshal(output, &verdicts))
	require.Len(t, verdicts, len(policies))
	for i := range verdicts {
		verdicts[i].name, verdicts[i].text = policies[i].name, policies[i].text
	}
	return verdicts
}

// What mutants are made of: policies that hold every field, and values and names of fields that may take the place of others.
const (
	mutable = `[
		{
			"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
			"metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web", "example.com/tier": "front"}, "annotations": {"Example.com/a": "b c"}},
			"spec": {
				"podSelector": {"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "tier", "operator": "In", "values": ["front", "back"]}]},
				"policyTypes": ["Ingress", "Egress"],
				"ingress": [{
					"from": [
						{"podSelector": {"matchLabels": {"app": "api"}}, "namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}},
						{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.2.3.4/32"]}}
					],
					"ports": [{"protocol": "TCP", "port": 80, "endPort": 90}, {"port": "http"}]
				}],
				"egress": [{"to": [{"ipBlock": {"cidr": "2001:db8::/32", "except": ["2001:db8:1::/48"]}}], "ports": [{"protocol": "UDP", "port": 53}]}, {}]
			}
		},
		{
			"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
			"metadata": {
				"generateName": "web-", "creationTimestamp": null, "generation": 1, "finalizers": ["example.com/a"],
				"ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "a", "controller": true}]
			},
			"spec": {"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}, {"namespaceSelector": {}}]}]}
		}
	]`
	mutations = `[
		null, true, false, 0, 1, 80, 443, 65535, 65536, -1, 2147483647, 2147483648, 80.5, "", "80", "443", "0", "web", "Web", "web api", "web-", "-web", "web.a", "web_a",
		"a/b", "a/b/c", "A/b", "http", "HTTP", "sixteen-letters-", "10.0.0.0/8", "10.0.0.1/8", "10.1.0.0/16", "10.1.2.3", "11.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "2001:db8::1/32",
		"2001:db8:1::/48", "::ffff:10.0.0.0/104", "010.0.0.0/8", "10.0.0.0/08", "TCP", "SCTP", "tcp", "Ingress", "Egress", "ingress", "In", "NotIn", "Exists", "DoesNotExist", "in",
		"2026-01-02T03:04:05Z", "v1", "apps/v1", "orphan", "foregroundDeletion", [], {}, [null], [""], ["web"], ["Ingress"], ["10.1.0.0/16"], [{}], {"app": "web"}, {"app": null}, {"a b": "c"},
		{"podSelector": {}}, {"namespaceSelector": null}, {"port": 80}, {"matchLabels": {"app": "web"}}, {"cidr": "10.0.0.0/8"}, {"key": "a", "operator": "Exists"}
	]`
)

// The names of fields, some that are none, and keys of labels. uid and resourceVersion are left out: with them, it is no source that is judged.
var mutableKeys = strings.Fields(`name generateName namespace labels annotations finalizers ownerReferences creationTimestamp deletionTimestamp generation
	managedFields selfLink podSelector policyTypes ingress egress from to ports protocol port endPort namespaceSelector ipBlock cidr except
	matchLabels matchExpressions key operator values spec metadata status policyType podselector end_port app example.com/tier a/b/c Example.com/a -a apiVersion kind controller`)

func mutate(t *testing.T, n int) (policies []refusable) {
	t.Helper()
	random := rand.New(rand.NewPCG(7, 11))
	for i := range n {
		var bases, values []any
		require.NoError(t, json.Unmarshal([]byte(mutable), &bases))
		require.NoError(t, json.Unmarshal([]byte(mutations), &values))
		object := bases[random.IntN(len(bases))].(map[string]any)
		for range 1 + random.IntN(2) {
			places := placesIn(object["metadata"], placesIn(object["spec"], nil))
			if len(places) == 0 {
				break
			}
			places[random.IntN(len(places))].change(random, values)
		}
		text, err := json.Marshal(object)
		require.NoError(t, err)
		policies = append(policies, refusable{name: fmt.Sprintf("mutant-%d.yaml", i), text: string(text)})
	}
	return policies
}

// place is a member of a mapping or an item of a list.
type place struct {
	mapping map[string]any
	key     string
	list    []any
	index   int
}

// placesIn lists the places in a value, sorted, so that a seed gives the same mutants every time.
func placesIn(value any, places []place) []place {
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			places = placesIn(value[key], append(places, place{mapping: value, key: key}))
		}
	case []any:
		for i, item := range value {
			places = placesIn(item, append(places, place{list: value, index: i}))
		}
	}
	return places
}

func (p place) change(random *rand.Rand, values []any) {
	value := values[random.IntN(len(values))]
	key := mutableKeys[random.IntN(len(mutableKeys))]
	kind := random.IntN(6)
	switch {
	case p.mapping == nil && kind > 3:
		p.list[p.index] = retouched(random, p.list[p.index])
	case p.mapping == nil:
		p.list[p.index] = value
	case kind == 0:
		delete(p.mapping, p.key)
	case kind == 1:
		p.mapping[key] = value
	case kind == 2:
		p.mapping[key] = p.mapping[p.key]
		delete(p.mapping, p.key)
	case kind == 3:
		p.mapping[p.key] = []any{p.mapping[p.key], p.mapping[p.key]}
	case kind == 4:
		p.mapping[p.key] = retouched(random, p.mapping[p.key])
	default:
		p.mapping[p.key] = value
	}
}

// retouched changes a letter of a text, doubles an item of a list, and adds to a number.
func retouched(random *rand.Rand, value any) any {
	const letters = "aZ09-_./: é"
	switch value := value.(type) {
	case string:
		runes := []rune(value)
		letter := []rune(letters)[random.IntN(len([]rune(letters)))]
		return string(slices.Insert(runes, random.IntN(len(runes)+1), letter))
	case []any:
		if len(value) > 0 {
			return append(slices.Clone(value), value[random.IntN(len(value))])
		}
	case float64:
		return value + float64(random.IntN(200000)-100000)
	}
	return value
}
