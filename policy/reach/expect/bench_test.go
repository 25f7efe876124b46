package expect_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
	"github.com/netvet/netvet/policy/reach/expect"
)

// Benchmark pins and tests 1,000 workloads under 1,100 policies in 100 namespaces: each reached by a neighbour and by one other namespace.
func Benchmark(b *testing.B) {
	type object = map[string]any
	var objects []map[string]any
	policy := func(namespace, name string, spec object) {
		metadata := object{"name": name, "namespace": namespace}
		objects = append(objects, object{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec})
	}
	app := func(i int) object { return object{"matchLabels": object{"app": fmt.Sprint("w", i%10)}} }
	for n := range 100 {
		namespace := fmt.Sprint("ns", n)
		policy(namespace, "deny", object{"podSelector": object{}, "policyTypes": []string{"Ingress", "Egress"}})
		for w := range 10 {
			objects = append(objects, object{
				"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{"name": fmt.Sprint("w", w), "namespace": namespace},
				"spec": object{"template": object{"metadata": object{"labels": app(w)["matchLabels"]}}},
			})
			other := object{"matchLabels": object{"kubernetes.io/metadata.name": fmt.Sprint("ns", (n+7*w)%100)}}
			policy(namespace, fmt.Sprint("p", w), object{
				"podSelector": app(w), "policyTypes": []string{"Ingress", "Egress"},
				"ingress": []any{
					object{"from": []any{object{"podSelector": app(w + 1)}}, "ports": []any{object{"port": 8080}}},
					object{"from": []any{object{"namespaceSelector": other}}, "ports": []any{object{"port": 9090}}},
				},
				"egress": []any{object{"to": []any{object{"namespaceSelector": object{}}}}},
			})
		}
	}
	resources := manifest.Objects("bench", objects...).Resources
	var text bytes.Buffer
	b.Run("pin", func(b *testing.B) {
		for b.Loop() {
			text.Reset()
			require.NoError(b, expect.Pin(b.Context(), &text, "today", resources, reach.Options{}))
		}
	})
	documents := manifest.Decode("today.yaml", text.Bytes(), manifest.Options{}).Resources
	b.Run("run", func(b *testing.B) {
		for b.Loop() {
			suite, wrong, err := expect.New(b.Context(), resources, documents, reach.Options{})
			require.NoError(b, err)
			require.Empty(b, wrong)
			report, err := suite.Run(b.Context())
			require.NoError(b, err)
			require.NoError(b, suite.Cover(b.Context(), report))
			require.Zero(b, report.Failed())
		}
	})
}
