package policy_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/stretchr/testify/require"
)

// benchmarkCalls evaluates call for every a and b of the input in one query, as rules do, and reports the time of one call.
func benchmarkCalls(b *testing.B, call string, as, bs []any) {
	b.Helper()
	query := prepare(b, fmt.Sprintf("n := count([true | some a in input.as; some b in input.bs; _ := {x | x := %s}])", call))
	input, err := ast.InterfaceToValue(map[string]any{"as": as, "bs": bs})
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		results, err := query.Eval(b.Context(), rego.EvalParsedInput(input))
		require.NoError(b, err)
		require.Equal(b, json.Number(fmt.Sprint(len(as)*len(bs))), results[0].Bindings["n"])
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(as)*len(bs)), "ns/call")
}

// hundred formats each text with 0 to 99 and decodes it.
func hundred(b *testing.B, text string) (values []any) {
	b.Helper()
	for i := range 100 {
		var value any
		require.NoError(b, json.Unmarshal(fmt.Appendf(nil, text, i), &value))
		values = append(values, value)
	}
	return values
}

var benchmarkSelectors = map[string]string{
	"labels":      `{"matchLabels": {"app": "app-%d"}}`,
	"two-labels":  `{"matchLabels": {"app": "app-%d", "tier": "front"}}`,
	"expressions": `{"matchExpressions": [{"key": "app", "operator": "In", "values": ["app-%d", "web"]}]}`,
	"everything":  `{"matchLabels": {}, "name": %d}`,
}

func BenchmarkSelectorMatches(b *testing.B) {
	labels := hundred(b, `{"app": "app-%d", "tier": "front", "release": "stable"}`)
	for name, text := range benchmarkSelectors {
		b.Run(name, func(b *testing.B) {
			benchmarkCalls(b, "data.lib.netvet.selector.matches(a, b)", hundred(b, text), labels)
		})
	}
}

func BenchmarkSelectorImplies(b *testing.B) {
	for name, text := range benchmarkSelectors {
		b.Run(name, func(b *testing.B) {
			benchmarkCalls(b, "data.lib.netvet.selector.implies(a, b)", hundred(b, text), hundred(b, benchmarkSelectors["labels"]))
		})
	}
}

func BenchmarkSelectorOverlaps(b *testing.B) {
	for name, text := range benchmarkSelectors {
		b.Run(name, func(b *testing.B) {
			benchmarkCalls(b, "data.lib.netvet.selector.overlaps(a, b)", hundred(b, text), hundred(b, benchmarkSelectors["labels"]))
		})
	}
}

// The first use of each selector.
func BenchmarkSelectorNormal(b *testing.B) {
	for name, text := range benchmarkSelectors {
		b.Run(name, func(b *testing.B) {
			benchmarkCalls(b, "data.lib.netvet.selector.normal(a)", hundred(b, text), []any{0})
		})
	}
}

func BenchmarkPortAdmits(b *testing.B) {
	for name, text := range map[string]string{
		"number":   `[{"port": 80%d}]`,
		"name":     `[{"port": "http-%d"}]`,
		"range":    `[{"protocol": "TCP", "port": 8000, "endPort": 81%02d}]`,
		"protocol": `[{"protocol": "TCP", "at": %d}]`,
		"other":    `[{"protocol": "UDP", "port": 80%d}]`,
	} {
		b.Run(name, func(b *testing.B) {
			benchmarkCalls(b, `data.lib.netvet.port.admits(a, "TCP", b, [{"name": "http-1", "containerPort": 8080}])`,
				hundred(b, text), hundred(b, "80%02d"))
		})
	}
}

func BenchmarkCIDRIncludes(b *testing.B) {
	for name, text := range map[string]string{"IPv4": `"10.0.%d.0/24"`, "IPv6": `"2001:db8:%d::/48"`} {
		b.Run(name, func(b *testing.B) {
			benchmarkCalls(b, "data.lib.netvet.cidr.includes(a, b)", hundred(b, text), hundred(b, `"10.0.%d.1"`))
		})
	}
}

func BenchmarkCIDRSubtract(b *testing.B) {
	for name, text := range map[string]string{
		"private":   `["10.%d.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]`,
		"addresses": `["10.0.%d.1", "172.16.0.1", "192.168.0.1"]`,
	} {
		b.Run(name, func(b *testing.B) {
			benchmarkCalls(b, "data.lib.netvet.cidr.subtract(b, a)", hundred(b, text), []any{"0.0.0.0/0"})
		})
	}
}

func BenchmarkPeerAdmitsPod(b *testing.B) {
	pods := hundred(b, `{"namespace": "shop", "namespace_labels": {"kubernetes.io/metadata.name": "shop", "team": "shop"}, "labels": {"app": "app-%d"}}`)
	for name, text := range map[string]string{
		"own-namespace":   `{"podSelector": {"matchLabels": {"app": "app-%d"}}}`,
		"namespaces":      `{"namespaceSelector": {"matchLabels": {"team": "team-%d"}}}`,
		"both":            `{"namespaceSelector": {"matchLabels": {"team": "shop"}}, "podSelector": {"matchLabels": {"app": "app-%d"}}}`,
		"other-namespace": `{"podSelector": {"matchLabels": {"app": "app-%d"}}, "at": "blog"}`,
	} {
		b.Run(name, func(b *testing.B) {
			benchmarkCalls(b, `data.lib.netvet.peer.admits_pod(a, object.get(a, "at", "shop"), b)`, hundred(b, text), pods)
		})
	}
}
