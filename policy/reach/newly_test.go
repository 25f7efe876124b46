package reach_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/netvet/netvet/policy/reach"
)

func ExampleDiff_Exposed() {
	before := decode(bakery)
	after := decode(bakery + `
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: metrics, namespace: bakery}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 9090}]}]
`)
	for _, e := range reach.Compare(before, after).Exposed(reach.Ingress) {
		fmt.Println(e.Workload, e.Audience, e.Ports, e.Rules)
	}
	// Output:
	// bakery/counter[Deployment] all namespaces TCP 9090 [bakery/metrics ingress[0]]
	// bakery/oven[Deployment] all namespaces TCP 9090 [bakery/metrics ingress[0]]
}

func TestNewlyExposed(t *testing.T) {
	const bare = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: a}
spec: {template: {metadata: {labels: {app: app}}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: b}
---
apiVersion: v1
kind: Namespace
metadata: {name: c}
`
	admit := func(rules string) string {
		return bare + `
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: app, namespace: a}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress: ` + rules
	}
	in := func(names string) string {
		return "{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [" + names + "]}]}}"
	}
	for name, c := range map[string]struct {
		before, after string
		want          []string
	}{
		"isolation ends": {admit("[]"), bare, []string{"world all []", "all namespaces all []"}},
		"nothing new":    {admit("[{}]"), admit("[{}]"), nil},
		"isolation begins": {
			bare, admit("[{ports: [{port: 80}]}]"), nil,
		},
		"another port": {
			admit("[{ports: [{port: 80}]}]"), admit("[{ports: [{port: 80}, {port: 81}]}]"),
			[]string{"world TCP 81 []", "all namespaces TCP 81 []"},
		},
		"fewer namespaces": {admit("[{from: [{namespaceSelector: {}}]}]"), admit("[{from: [" + in("b") + "]}]"), nil},
		"more namespaces": {
			admit("[{from: [" + in("b") + "]}]"), admit("[{from: [" + in("b, c") + "]}]"),
			[]string{"unlabelled pods all [c]"},
		},
		"more of the world": {
			admit("[{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [198.51.100.0/24]}}]}]"),
			admit("[{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]"), nil,
		},
		"namespaces that gain alike, and one that gains less": {
			admit("[{from: [" + in("c") + "], ports: [{port: 80}]}]"),
			admit("[{from: [" + in("a, b, c") + "], ports: [{port: 80}, {port: 81}]}]"),
			[]string{"unlabelled pods TCP 80-81 [a b]", "unlabelled pods TCP 81 [c]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, e := range reach.Compare(decode(c.before), decode(c.after)).Exposed(reach.Ingress) {
				got = append(got, fmt.Sprint(e.Audience, " ", e.Ports, " ", e.Namespaces))
			}
			slices.Sort(got)
			slices.Sort(c.want)
			assert.Equal(t, c.want, got)
		})
	}
}
