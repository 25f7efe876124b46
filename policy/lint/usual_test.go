package lint

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy/manifest"
)

// Rego need not look at policies as people write them, nor at those of a cluster. That nothing else is taken for usual, TestAPIServerAgrees shows.
func TestUsual(t *testing.T) {
	set, err := manifest.Load(t.Context(), []string{"../../testdata/guide", "../netvet/rules/pod_not_isolated", "../netvet/rules/or_peers"}, manifest.Options{})
	require.NoError(t, err)
	require.Empty(t, set.Errors)
	const live = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: a.b-c, namespace: shop, uid: a, resourceVersion: "7", generation: 2, creationTimestamp: "2026-01-02T03:04:05Z", labels: {app.kubernetes.io/Name: "", a: B_c.d}, annotations: {example.com/a: "b c"}}
spec:
  podSelector: {matchExpressions: [{key: a, operator: In, values: [b, ""]}, {key: c, operator: Exists}]}
  policyTypes: [Egress, Ingress]
  ingress: [{from: [{ipBlock: {cidr: "2001:db8::/32", except: ["2001:db8:1::/48"]}}], ports: [{port: 1, endPort: 65535}, {protocol: UDP, port: http-1}]}]
`
	set.Resources = append(set.Resources, manifest.Decode("live.yaml", []byte(live), manifest.Options{}).Resources...)
	require.Greater(t, len(set.Resources), 40)
	assert.Equal(t, "[]", unusual(set.Resources).String())
}

func TestUnusual(t *testing.T) {
	set := manifest.Decode("a.yaml", []byte(`
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web}, spec: {}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web}, spec: {ingres: []}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ingres: []}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web}, spec: {podSelector: null}}
`), manifest.Options{})
	require.Empty(t, set.Errors)
	assert.Equal(t, "[1, 3]", unusual(set.Resources).String())
}
