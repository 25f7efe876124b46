package reach_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
)

// everything prints whatever can be said of a cluster.
func everything(r, other *reach.Reach) string {
	var b bytes.Buffer
	d := reach.Compare(other, r)
	for _, err := range []error{
		reach.JSON(&b, r.Table()), reach.Mermaid(&b, r.Table()), reach.CSV(&b, r.Table()),
		reach.ExposedJSON(&b, r.Exposed(reach.Ingress)), reach.ExposedText(&b, r.Exposed(reach.Egress)),
		reach.DiffJSON(&b, d), reach.DiffText(&b, d),
	} {
		if err != nil {
			panic(err)
		}
	}
	for _, w := range r.Workloads() {
		b.WriteString(r.Explain(reach.Peer{Workload: w}, reach.Peer{Workload: r.Workloads()[0]}, reach.TCP, 80).String())
	}
	for group := range r.Groups() {
		fmt.Fprintln(&b, group)
	}
	for _, p := range r.Problems() {
		fmt.Fprintln(&b, p)
	}
	return b.String()
}

func TestManyMayAskAtOnce(t *testing.T) {
	d := &drawn{bytesOf(4, 5000)}
	n, _ := d.clusterOf(20, 12)
	want := everything(reachOf(t, n), reachOf(t, n.changed(d)))
	d = &drawn{bytesOf(4, 5000)}
	n, _ = d.clusterOf(20, 12)
	r, other := reachOf(t, n), reachOf(t, n.changed(d))
	var all sync.WaitGroup
	said := make([]string, 4)
	for i := range said {
		all.Go(func() { said[i] = everything(r, other) })
	}
	all.Wait()
	for _, text := range said {
		require.Equal(t, want, text)
	}
}

func TestOrderOfResourcesDoesNotMatter(t *testing.T) {
	d := &drawn{bytesOf(5, 5000)}
	n, _ := d.clusterOf(12, 10)
	r := reachOf(t, n)
	var want bytes.Buffer
	require.NoError(t, reach.JSON(&want, r.Table()))
	for seed := range uint64(10) {
		shuffled := naive{slices.Clone(n.objects), n.options}
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(shuffled.objects), func(i, j int) {
			shuffled.objects[i], shuffled.objects[j] = shuffled.objects[j], shuffled.objects[i]
		})
		var got bytes.Buffer
		require.NoError(t, reach.JSON(&got, reachOf(t, shuffled).Table()))
		require.Equal(t, want.String(), got.String())
	}
}

func TestNothing(t *testing.T) {
	r, err := reach.New(t.Context(), nil, reach.Options{})
	require.NoError(t, err)
	for c := range r.Connections() {
		t.Errorf("unexpected %v", c)
	}
	require.Empty(t, r.Exposed(reach.Ingress))
	require.True(t, reach.Compare(r, r).IsEmpty())
	_, err = r.Find("shop/web")
	require.EqualError(t, err, `find "shop/web": no such workload, and no address or block`)
	a := reach.Peer{Addresses: reach.Range{First: netip.MustParseAddr("10.0.0.1"), Last: netip.MustParseAddr("10.0.0.1")}}
	require.True(t, r.Allows(a, a, reach.TCP, 1), "policies restrict nothing between addresses outside")
	require.True(t, r.Explain(a, a, reach.TCP, 1).Allowed)
	var b bytes.Buffer
	require.NoError(t, reach.JSON(&b, r.Table()))
	require.JSONEq(t, `{"version": 1, "peers": [], "connections": []}`, b.String())
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	because := errors.New("the user went home")
	cancel(because)
	_, err := reach.New(ctx, []*manifest.Resource{{}}, reach.Options{})
	require.ErrorIs(t, err, because)
}

func TestSelectRefuses(t *testing.T) {
	r, err := reach.New(t.Context(), nil, reach.Options{})
	require.NoError(t, err)
	_, err = r.Select(nil, fields{"matchExpressions": []any{fields{"key": "a", "operator": "Is"}}})
	require.EqualError(t, err, "select workloads: podSelector.matchExpressions[0].operator: want In, NotIn, Exists or DoesNotExist")
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestReportsSayThatTheyCouldNotBeWritten(t *testing.T) {
	r := decode(bakery)
	d := reach.Compare(r, r)
	e := r.Explain(peer(r, "bakery/oven"), peer(r, "bakery/counter"), reach.TCP, 80)
	for i, err := range []error{
		reach.Text(full{}, r.Table()), reach.CSV(full{}, r.Table()), reach.Markdown(full{}, r.Table()), reach.JSON(full{}, r.Table()),
		reach.DOT(full{}, r.Table()), reach.Mermaid(full{}, r.Table()), reach.ExplanationJSON(full{}, e),
		reach.ExposedText(full{}, nil), reach.ExposedJSON(full{}, nil), reach.ExposedMarkdown(full{}, nil),
		reach.DiffText(full{}, d), reach.DiffJSON(full{}, d), reach.DiffMarkdown(full{}, d), reach.DiffMermaid(full{}, d), reach.DiffDOT(full{}, d),
	} {
		require.ErrorIs(t, err, io.ErrShortWrite, i)
		require.ErrorContains(t, err, "write ", i)
	}
}

func TestHostileNamesStayInTheirPlace(t *testing.T) {
	var b bytes.Buffer
	name := "a|b\"]\n<i>`\\[\x1b[31m#"
	r, err := reach.New(t.Context(), []*manifest.Resource{
		{ID: manifest.ID{Kind: "Pod", Name: name}, Object: fields{}},
		{ID: manifest.ID{Kind: "Pod", Name: "b"}, Object: fields{}},
	}, reach.Options{})
	require.NoError(t, err)
	only := reach.Table{Workloads: r.Workloads()[:1], Connections: func(func(reach.Connection) bool) {}}

	require.NoError(t, reach.DOT(&b, only))
	require.Contains(t, b.String(), `    n0 [label="a|b\"]\n<i>`+"`"+`\\[\\x1b[31m#\nPod"]`+"\n")
	b.Reset()
	require.NoError(t, reach.Mermaid(&b, only))
	require.Contains(t, b.String(), `    n0["a#124;b#34;]<br/>#60;i#62;#96;#92;[#92;x1b[31m#35;<br/>Pod"]`+"\n")
	b.Reset()
	require.NoError(t, reach.Text(&b, r.Table()))
	require.Contains(t, b.String(), `default/a|b"]\n<i>`)
	require.NotContains(t, b.String(), "\x1b")
	b.Reset()
	require.NoError(t, reach.Markdown(&b, r.Table()))
	require.Contains(t, b.String(), `a\|b"]\\n&lt;i>`)
}

func TestIterationMayStopAnywhere(t *testing.T) {
	d := &drawn{bytesOf(6, 5000)}
	n, _ := d.clusterOf(10, 8)
	r := reachOf(t, n)
	changes := reach.Compare(r, reachOf(t, n.changed(d)))
	stops := func(count func(most int) int) {
		t.Helper()
		whole := count(1 << 20)
		require.Greater(t, whole, 3)
		for most := range whole {
			require.Equal(t, most+1, count(most+1))
		}
	}
	stops(func(most int) (i int) {
		for range r.Groups() {
			if i++; i == most {
				break
			}
		}
		return i
	})
	stops(func(most int) (i int) {
		for range r.Connections() {
			if i++; i == most {
				break
			}
		}
		return i
	})
	stops(func(most int) (i int) {
		for range changes.Changes() {
			if i++; i == most {
				break
			}
		}
		return i
	})
	require.False(t, changes.IsEmpty())
}

// TestSpoiltObjects puts values of other types anywhere in objects: nothing may panic.
func TestSpoiltObjects(t *testing.T) {
	for seed := range uint64(300) {
		d := &drawn{bytesOf(seed+5e5, 5000)}
		n, _ := d.cluster()
		for _, o := range n.objects {
			for key, value := range o {
				if key != "kind" && key != "apiVersion" && key != "metadata" {
					o[key] = d.spoil(value)
				}
			}
			for key, value := range object(o["metadata"]) {
				if key != "name" && key != "namespace" {
					object(o["metadata"])[key] = d.spoil(value)
				}
			}
		}
		r := reachOf(t, n)
		require.Equal(t, everything(r, r), everything(r, r))
	}
}

// spoil replaces a value somewhere, now and then.
func (d *drawn) spoil(v any) any {
	if d.chance(5) {
		return one[any](d, nil, "text", int64(7), 1.5, true, []any{}, []any{nil, "a", int64(1)}, fields{}, fields{"from": "a", "port": fields{}})
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			v[key] = d.spoil(v[key])
		}
	case []any:
		for i := range v {
			v[i] = d.spoil(v[i])
		}
	}
	return v
}

// The reader of manifests lets no such value pass; other callers may.
func TestValuesThatAreNoListSelectNothing(t *testing.T) {
	in := func(values any) fields {
		return fields{"matchExpressions": []any{fields{"key": "app", "operator": "In", "values": values}}}
	}
	for _, c := range []struct {
		values any
		opens  bool
	}{{"web", true}, {fields{"a": "web"}, true}, {[]any{"web"}, false}} {
		r := reachOf(t, naive{objects: []fields{
			{"apiVersion": "v1", "kind": "Pod", "metadata": fields{"name": "web", "labels": fields{"app": "web"}}},
			{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": fields{"name": "web"}, "spec": fields{"podSelector": in(c.values)}},
		}})
		outside := reach.Peer{Addresses: reach.Range{First: probedAddresses[0], Last: probedAddresses[0]}}
		require.Equal(t, c.opens, r.Allows(outside, reach.Peer{Workload: r.Workloads()[0]}, reach.TCP, 80), c.values)
		require.Equal(t, c.opens, len(r.Problems()) > 0, c.values)
	}
}

func TestPoliciesSayWhatTheyIsolate(t *testing.T) {
	for _, p := range decode(bakery).Policies() {
		require.True(t, p.Isolates(reach.Ingress), p)
		require.True(t, p.Isolates(reach.Egress), p)
		for _, d := range []reach.Direction{reach.Ingress, reach.Egress} {
			for _, rule := range p.Rules(d) {
				require.Equal(t, "bakery.yaml", rule.Span().File)
				require.Greater(t, rule.Span().Start.Line, p.Span().Start.Line)
			}
		}
	}
}

// Objects that the API server is to name are never one and the same.
func TestGeneratedNamesAreApart(t *testing.T) {
	job := func(app string) map[string]any {
		return map[string]any{
			"apiVersion": "batch/v1", "kind": "Job", "metadata": map[string]any{"generateName": "import-", "namespace": "shop"},
			"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{"labels": map[string]any{"app": app}}}},
		}
	}
	deny := func(app string) map[string]any {
		return map[string]any{
			"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": map[string]any{"generateName": "deny-", "namespace": "shop"},
			"spec": map[string]any{"podSelector": map[string]any{"matchLabels": map[string]any{"app": app}}, "policyTypes": []any{"Ingress"}},
		}
	}
	set := manifest.Objects("cluster", job("orders"), job("prices"), deny("orders"), deny("prices"))
	require.Empty(t, set.Errors)

	r, err := reach.New(t.Context(), set.Resources, reach.Options{})
	require.NoError(t, err)
	require.Empty(t, r.Problems())
	var names []string
	for _, w := range r.Workloads() {
		names = append(names, w.String())
	}
	require.Equal(t, []string{"shop/import-*[Job]", "shop/import-*2[Job]"}, names)
	jobs := r.Workloads()
	for i, to := range jobs {
		require.False(t, r.Explain(reach.Peer{Workload: jobs[1-i]}, reach.Peer{Workload: to}, reach.TCP, 80).Allowed)
	}

	rollout, err := reach.Apply(t.Context(), set.Resources[:3], set.Resources[3:], reach.Options{})
	require.NoError(t, err)
	require.Equal(t, table(t, r), table(t, rollout.Whole.After))
}
