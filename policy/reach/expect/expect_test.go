package expect_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
	"github.com/netvet/netvet/policy/reach/expect"
)

const shop = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec: {template: {metadata: {labels: {app: api}}}}
---
apiVersion: v1
kind: Pod
metadata: {name: probe, namespace: ops, labels: {app: probe}}
---
apiVersion: v1
kind: Pod
metadata: {name: lonely, namespace: ops, labels: {app: lonely}}
---
apiVersion: v1
kind: Pod
metadata: {name: mixed-0, namespace: shop, labels: {app: mixed}, ownerReferences: [{kind: StatefulSet, name: mixed, controller: true}]}
---
apiVersion: v1
kind: Pod
metadata: {name: mixed-1, namespace: shop, labels: {app: mixed, open: "yes"}, ownerReferences: [{kind: StatefulSet, name: mixed, controller: true}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: ops, labels: {team: ops}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  policyTypes: [Ingress, Egress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: 8080}, {port: 9000, endPort: 9010}]
    - from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
      ports: [{port: 443}]
  egress:
    - to: [{ipBlock: {cidr: "2001:db8::/32"}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: mixed, namespace: shop}
spec:
  podSelector: {matchLabels: {app: mixed}}
  ingress:
    - from: [{podSelector: {matchLabels: {app: mixed}}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open, namespace: shop}
spec:
  podSelector: {matchLabels: {open: "yes"}}
  ingress:
    - ports: [{port: 80}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: lonely, namespace: ops}
spec: {podSelector: {matchLabels: {app: lonely}}}
`

func decode(t *testing.T, file, text string) []*manifest.Resource {
	t.Helper()
	set := manifest.Decode(file, []byte(text), manifest.Options{})
	require.Empty(t, set.Errors)
	return set.Resources
}

// document is a ConnectivityTest in namespace shop with one test.
func document(verb expect.Verb, test string) string {
	return "apiVersion: netvet.dev/v1\nkind: ConnectivityTest\nmetadata: {name: t, namespace: shop}\n" + string(verb) + ":\n  - " + test + "\n"
}

func run(t *testing.T, resources, documents []*manifest.Resource) *expect.Report {
	t.Helper()
	suite, wrong, err := expect.New(t.Context(), resources, documents, reach.Options{})
	require.NoError(t, err)
	require.Empty(t, wrong)
	report, err := suite.Run(t.Context())
	require.NoError(t, err)
	require.NoError(t, suite.Cover(t.Context(), report))
	return report
}

func TestWhatTestsMean(t *testing.T) {
	resources := decode(t, "shop.yaml", shop)
	for _, c := range []struct {
		test        string
		allow, deny bool // whether it passes
		connections int
	}{
		{"{from: web, to: api, port: 8080}", true, false, 1},
		{"{from: shop/web, to: 'api[Deployment]', port: 8080/tcp}", true, false, 1},
		{"{from: web, to: api, port: [8080, 9000-9010/tcp]}", true, false, 1},
		{"{from: web, to: api, port: [8080, 8081]}", false, false, 1},
		{"{from: web, to: api, port: 8080/udp}", false, true, 1},
		{"{from: web, to: api, port: {except: [8080, 9000-9010]}}", false, true, 1},
		{"{from: web, to: api}", false, false, 1},
		{"{from: ops/probe, to: api}", false, true, 1},
		{"{from: [web, ops/probe], to: api, port: 8080}", false, false, 2},
		{"{from: {except: web}, to: api, port: 8080}", false, true, 6}, // api, mixed, both pods of ops, both families
		{"{from: 10.0.0.0/16, to: api, port: 443}", true, false, 1},
		{"{from: 10.0.0.0/8, to: api, port: 443}", false, false, 1},
		{"{from: {except: [any, web]}, to: api}", false, false, 0}, // refused: nothing is left
		{"{from: api, to: '2001:db8::1'}", true, false, 1},
		{"{from: api, to: {except: 2001:db8::/32}}", false, true, 8}, // 5 workloads, IPv4, and IPv6 on both sides
		{"{from: api, to: dns}", false, true, 1},
		{"{from: web, to: dns}", true, false, 1},
		{"{from: api, to: api}", false, true, 1},
		{"{from: web, to: web}", true, false, 1},
		{"{from: web, to: mixed, port: 80}", false, false, 1}, // one of its pods only
		{"{from: mixed, to: mixed}", true, false, 1},
		{"{from: {labels: {app: web}}, to: api, port: 8080}", true, false, 1},
		{"{from: {labels: {}}, to: api, port: 8080}", false, false, 3},
		{"{from: {namespace: ops}, to: api}", false, true, 2},
		{"{from: {namespaces: {team: ops}}, to: api}", false, true, 2},
		{"{from: {namespaces: {}, labels: {app: web}}, to: api, port: 8080}", true, false, 1},
		{"{from: any, to: ops/lonely}", false, true, 6}, // without itself, which no policy denies
		{"{from: any, to: web, port: 80}", false, false, 7},
	} {
		for _, verb := range []expect.Verb{expect.Allow, expect.Deny} {
			suite, wrong, err := expect.New(t.Context(), resources, decode(t, "t.yaml", document(verb, c.test)), reach.Options{})
			require.NoError(t, err)
			if c.connections == 0 {
				assert.NotEmpty(t, wrong, c.test)
				continue
			}
			require.Empty(t, wrong, c.test)
			report, err := suite.Run(t.Context())
			require.NoError(t, err)
			require.Len(t, report.Results, 1)
			assert.Equal(t, c.connections, report.Results[0].Connections, c.test)
			assert.Equal(t, verb == expect.Allow && c.allow || verb == expect.Deny && c.deny, report.Results[0].Passed(), "%s %s", verb, c.test)
		}
	}
}

func TestWhatIsWrongWithTests(t *testing.T) {
	resources := decode(t, "shop.yaml", shop)
	for test, want := range map[string]string{
		"{form: web, to: api}":                            `t.yaml:5:6: unknown key "form"; write name, from, to, port`,
		"{to: api}":                                       `t.yaml:5:5: this test has no "from"; `,
		"{from: null}":                                    `t.yaml:5:5: this test has no "to"; |t.yaml:5:6: this test has no "from"; `,
		"{from: wbe, to: api}":                            `t.yaml:5:6: unknown workload "shop/wbe"; write namespace/name, `,
		"{from: web, to: 'api[Job]'}":                     `t.yaml:5:17: unknown workload "shop/api[Job]"; `,
		"{from: web, to: 300.0.0.1}":                      `t.yaml:5:17: unknown workload "shop/300.0.0.1"; `,
		"{from: web, to: kube-system/kube-dns-assumed}":   `t.yaml:5:17: unknown workload "kube-system/kube-dns-assumed"; `,
		"{from: web, to: {labels: {app: nobody}}}":        `t.yaml:5:17: this selects no workload (workloads with app=nobody), so that nothing is tested; `,
		"{from: web, to: {namespace: kube-system}}":       `t.yaml:5:17: this selects no workload (workloads in kube-system), so that nothing is tested; `,
		"{from: web, to: {labels: {app: 1}}}":             `t.yaml:5:31: the value of a label must be text; quote it`,
		"{from: web, to: {labels: web}}":                  `t.yaml:5:22: labels must be labels, as {app: web}; {} matches all`,
		"{from: web, to: {}}":                             `t.yaml:5:17: an empty selector; `,
		"{from: web, to: {except: web, labels: {}}}":      `t.yaml:5:17: except stands alone: `,
		"{from: web, to: {namespace: a, namespaces: {}}}": `t.yaml:5:17: namespace is a name, namespaces are labels; leave out one of them`,
		"{from: web, to: {namespace: 7}}":                 `t.yaml:5:22: namespace must be a name; `,
		"{from: web, to: {except: any}}":                  `t.yaml:5:17: nothing is left of any, so that nothing is tested; except less`,
		"{from: web, to: []}":                             `t.yaml:5:17: this list is empty, so that nothing is tested; `,
		"{from: web, to: [[api]]}":                        `t.yaml:5:22: a list in a list; `,
		"{from: web, to: 7}":                              `t.yaml:5:17: want a workload, `,
		"{from: web, to: api, port: 0}":                   `t.yaml:5:26: 0 is no port; want a port from 1 to 65535, `,
		"{from: web, to: api, port: 70000/tcp}":           `t.yaml:5:26: "70000/tcp": "70000" is no port; `,
		"{from: web, to: api, port: 9-8/tcp}":             `t.yaml:5:26: "9-8/tcp": 9-8 is no range of ports; `,
		"{from: web, to: api, port: 80/icmp}":             `t.yaml:5:26: "80/icmp": `,
		"{from: web, to: api, port: http}":                `t.yaml:5:26: unknown TCP port "http"; no container of the destination gives a port this name; `,
		"{from: web, to: 10.0.0.1, port: http}":           `t.yaml:5:31: unknown TCP port "http"; `,
		"{from: web, to: api, port: HTTP}":                `t.yaml:5:26: "HTTP": "HTTP" is no port; `,
		"{from: web, to: api, port: http/tpc}":            `t.yaml:5:26: "http/tpc": unknown protocol "tpc": want TCP, UDP or SCTP; `,
		"{from: web, to: api, port: [80, {except: 81}]}":  `t.yaml:5:37: except stands alone: `,
		"{from: web, to: api, port: []}":                  `t.yaml:5:26: this list is empty, so that nothing is tested; `,
		"{from: web, to: api, port: null}":                `t.yaml:5:26: want a port from 1 to 65535, `,
		"{from: web, to: api, port: {but: 80}}":           `t.yaml:5:33: unknown key "but"; write except`,
		"{from: 10.0.0.1, to: 10.0.0.2}":                  `t.yaml:5:5: this test tests nothing: `,
		"{from: ops/probe, to: ops/probe}":                `t.yaml:5:5: this test tests nothing: `,
		"{from: web, to: api, name: 7}":                   `t.yaml:5:26: the name of a test must be text; `,
		"{from: web, to: api, name: ''}":                  `t.yaml:5:26: the name of a test must be text; `,
		"web":                                             `t.yaml:5:5: a test must be a mapping; `,
		"{from: web, to: api, port: {except: [1-65535/tcp, 1-65535/udp, 1-65535/sctp]}}": `t.yaml:5:26: no port is left, so that nothing is tested; except less`,
	} {
		_, wrong, err := expect.New(t.Context(), resources, decode(t, "t.yaml", document(expect.Deny, test)), reach.Options{})
		require.NoError(t, err)
		var got []string
		for _, e := range wrong {
			got = append(got, e.Error())
		}
		wants := strings.Split(want, "|")
		if !assert.Len(t, got, len(wants), test) {
			t.Log(got)
			continue
		}
		for i := range wants {
			assert.True(t, strings.HasPrefix(got[i], wants[i]), "%s:\n%s", test, got[i])
		}
	}
}

func TestPortsByName(t *testing.T) {
	resources := decode(t, "ports.yaml", `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
---
apiVersion: v1
kind: Pod
metadata: {name: old, namespace: shop, labels: {app: db}, ownerReferences: [{kind: StatefulSet, name: db, controller: true}]}
spec: {containers: [{ports: [{name: sql, containerPort: 5432}, {name: sql-sctp, containerPort: 5432, protocol: SCTP}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: new, namespace: shop, labels: {app: db}, ownerReferences: [{kind: StatefulSet, name: db, controller: true}]}
spec: {containers: [{ports: [{name: sql, containerPort: 6432}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: cache, namespace: shop, labels: {app: cache}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: sql}]}]
`)
	for _, c := range []struct {
		test, passes string // which verbs; "" for an error
		want         string
	}{
		{"{from: web, to: db, port: sql}", "allow", "shop/web[Pod] reaches shop/db[StatefulSet] on TCP 5432,6432"},
		// By number it is not so: each pod has another one.
		{"{from: web, to: db, port: [5432, 6432]}", "", ""},
		{"{from: cache, to: db, port: sql}", "deny", "shop/cache[Pod] does not reach shop/db[StatefulSet] on TCP 5432,6432"},
		{"{from: web, to: db, port: {except: sql}}", "deny", ""},
		{"{from: web, to: db, port: sql-sctp/sctp}", "deny", "shop/web[Pod] does not reach shop/db[StatefulSet] on SCTP 5432"},
		{"{from: 10.0.0.1, to: db, port: sql}", "deny", ""},
		{"{from: cache, to: any, port: sql}", "deny", ""},
		{"{from: web, to: [db, cache], port: sql}", "", "shop/cache[Pod] has no port TCP sql, so that it cannot be allowed; "},
	} {
		for _, verb := range []expect.Verb{expect.Allow, expect.Deny} {
			suite, wrong, err := expect.New(t.Context(), resources, decode(t, "t.yaml", document(verb, c.test)), reach.Options{})
			require.NoError(t, err)
			if len(wrong) > 0 {
				assert.Equal(t, expect.Allow, verb, c.test)
				require.Len(t, wrong, 1)
				assert.ErrorContains(t, wrong[0], cmp.Or(c.want, " has no port TCP sql, so that it cannot be allowed; "), c.test)
				continue
			}
			report, err := suite.Run(t.Context())
			require.NoError(t, err)
			passed := report.Results[0].Passed()
			if c.want == "" || !strings.Contains(c.want, "cannot") {
				assert.Equal(t, c.passes == string(verb), passed, "%s %s", verb, c.test)
			}
			if !passed {
				e := report.Results[0].Failures[0].Explanation
				assert.Equal(t, verb == expect.Deny, e.Allowed, "the explanation of %s %s is of a pod that fails", verb, c.test)
			}
			var text bytes.Buffer
			require.NoError(t, expect.Text(&text, report))
			if !passed && c.want != "" && !strings.Contains(c.want, "cannot") {
				assert.Contains(t, text.String(), c.want, "%s %s", verb, c.test)
			}
		}
	}
}

func TestWhatIsWrongWithDocuments(t *testing.T) {
	const head = "kind: ConnectivityTest\nmetadata: {name: t}\n"
	for text, want := range map[string]string{
		"apiVersion: netvet.dev/v1\n" + head:                                                          "t.yaml:1:1: this ConnectivityTest tests nothing; list connections under allow or deny",
		"apiVersion: netvet.dev/v1\n" + head + "allow: []\n":                                          "t.yaml:1:1: this ConnectivityTest tests nothing; list connections under allow or deny",
		"apiVersion: netvet.dev/v1\n" + head + "allow: {from: a, to: b}\n":                            "t.yaml:4:1: allow must be a list of tests; start each with a dash",
		"apiVersion: netvet.dev/v1\n" + head + "allows: []\ndeny: [{from: shop/web, to: shop/api}]\n": `t.yaml:4:1: unknown key "allows"; write apiVersion, kind, metadata, allow, deny`,
		"apiVersion: netvet.dev/v9\n" + head + "allow: []\n":                                          "t.yaml:1:1: this program knows no ConnectivityTest of netvet.dev/v9; write apiVersion: netvet.dev/v1",
	} {
		suite, wrong, err := expect.New(t.Context(), decode(t, "shop.yaml", shop), decode(t, "t.yaml", text), reach.Options{})
		require.NoError(t, err)
		assert.Nil(t, suite)
		if assert.Len(t, wrong, 1, text) {
			assert.Equal(t, want, wrong[0].Error())
		}
	}
	unknown := &expect.UnknownError{}
	_, wrong, err := expect.New(t.Context(), decode(t, "shop.yaml", shop), decode(t, "t.yaml", document(expect.Deny, "{from: wbe, to: api}")), reach.Options{})
	require.NoError(t, err)
	require.True(t, errors.As(wrong[0], &unknown))
	assert.Contains(t, unknown.Known, "shop/web")
	assert.True(t, slices.IsSorted(unknown.Known))
}

func TestRefusedPoliciesAreNotTested(t *testing.T) {
	resources := decode(t, "p.yaml", shop+`
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: bad, namespace: shop}
spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: everywhere}}]}]}
`)
	_, wrong, err := expect.New(t.Context(), resources, decode(t, "t.yaml", document(expect.Deny, "{from: web, to: api, port: 1}")), reach.Options{})
	require.NoError(t, err)
	require.Len(t, wrong, 1)
	assert.Regexp(t, `^p\.yaml:\d+:\d+: spec\.ingress\[0\]\.from\[0\]\.ipBlock.*: want an IPv4 or IPv6 block .*Mend it first$`, wrong[0].Error())
	assert.ErrorContains(t, expect.Pin(t.Context(), io.Discard, "x", resources, reach.Options{}), "Mend it first")
}

func TestVisibleDNSIsMeant(t *testing.T) {
	resources := decode(t, "dns.yaml", shop+`
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system}
spec: {template: {metadata: {labels: {k8s-app: kube-dns}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: dns, namespace: kube-system}
spec: {podSelector: {}, ingress: [{ports: [{port: 53, protocol: UDP}]}]}
`)
	report := run(t, resources, decode(t, "t.yaml", document(expect.Allow, "{from: web, to: dns}")))
	require.Equal(t, 1, report.Failed())
	assert.Equal(t, "kube-system/coredns[Deployment]", report.Results[0].Failures[0].To.String())
	assert.Equal(t, "TCP 53", report.Results[0].Failures[0].Ports.String())
}

func TestFailuresAreExplainedByAnAddressThatFails(t *testing.T) {
	resources := decode(t, "shop.yaml", shop)
	for test, want := range map[string][2]string{
		"{from: 0.0.0.0/0, to: api, port: 443}":   {"0.0.0.0", "10.0.0.0"},
		"{from: 10.0.0.0/15, to: api, port: 443}": {"10.1.0.0", "10.0.0.0"},
	} {
		for i, verb := range []expect.Verb{expect.Allow, expect.Deny} {
			report := run(t, resources, decode(t, "t.yaml", document(verb, test)))
			require.Equal(t, 1, report.Failed())
			e := report.Results[0].Failures[0].Explanation
			assert.Equal(t, verb == expect.Deny, e.Allowed, "%s %s", verb, test)
			assert.Equal(t, want[i], e.Source.String(), "%s %s", verb, test)
		}
	}
}

func TestCoverageIsWhatTestsWouldMiss(t *testing.T) {
	resources := decode(t, "shop.yaml", shop)
	for test, want := range map[string]string{
		"{from: web, to: api, port: 8080}":          "shop/api ingress[1], shop/api egress[0], shop/mixed ingress[0], shop/open ingress[0]",
		"{from: api, to: '2001:db8::/32'}":          "shop/api ingress[0], shop/api ingress[1], shop/mixed ingress[0], shop/open ingress[0]",
		"{from: mixed, to: mixed, port: 80}":        "shop/api ingress[0], shop/api ingress[1], shop/api egress[0], shop/open ingress[0]",
		"{from: web, to: ops/probe}":                "shop/api ingress[0], shop/api ingress[1], shop/api egress[0], shop/mixed ingress[0], shop/open ingress[0]",
		"{from: [web, mixed], to: api, port: 8080}": "shop/api ingress[0], shop/api ingress[1], shop/api egress[0], shop/mixed ingress[0], shop/open ingress[0]", // it fails
	} {
		c := run(t, resources, decode(t, "t.yaml", document(expect.Allow, test))).Coverage
		assert.Equal(t, 5, c.Rules)
		var got []string
		for _, rule := range c.Unexercised {
			got = append(got, rule.String())
		}
		assert.Equal(t, want, strings.Join(got, ", "), test)
		assert.Equal(t, (5-len(got))*20, c.Percent())
	}
	assert.Equal(t, 100, (&expect.Coverage{}).Percent())
}

// sets gives the sets of resources that tests are pinned for.
func sets(t *testing.T) map[string][]*manifest.Resource {
	all := map[string][]*manifest.Resource{"shop": decode(t, "shop.yaml", shop)}
	for seed := range uint64(60) {
		all[fmt.Sprintf("random %d", seed)] = cluster(t, rand.New(rand.NewPCG(seed, 7)))
	}
	dirs, err := filepath.Glob("../../../testdata/guide/*")
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
		require.NoError(t, err)
		for _, file := range files {
			set, err := manifest.Load(t.Context(), []string{file}, manifest.Options{})
			require.NoError(t, err)
			if r, err := reach.New(t.Context(), set.Resources, reach.Options{}); err == nil && len(set.Errors)+len(r.Problems()) == 0 && len(r.Workloads()) > 0 {
				all[strings.TrimPrefix(file, "../../../testdata/guide/")] = set.Resources
			}
		}
	}
	return all
}

// cluster makes a few workloads and policies by chance.
func cluster(t *testing.T, random *rand.Rand) []*manifest.Resource {
	t.Helper()
	type object = map[string]any
	pick := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	namespace := func() string { return pick("a", "b") }
	selector := func() object {
		if random.IntN(3) == 0 {
			return object{}
		}
		return object{"matchLabels": object{pick("app", "tier"): pick("x", "y")}}
	}
	rule := func(list string) object {
		r := object{}
		if random.IntN(4) > 0 {
			peer := object{"podSelector": selector()}
			switch random.IntN(3) {
			case 0:
				peer["namespaceSelector"] = object{}
			case 1:
				peer = object{"ipBlock": object{"cidr": pick("10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "10.2.0.0/16")}}
			}
			r[list] = []any{peer}
		}
		if random.IntN(4) > 0 {
			r["ports"] = []any{object{"protocol": pick("TCP", "UDP"), "port": []int{53, 80, 443}[random.IntN(3)]}}
		}
		return r
	}
	var objects []map[string]any
	for i := range 6 {
		name, labels := fmt.Sprint("w", i), object{"app": pick("x", "y"), "tier": pick("x", "y")}
		metadata, spec := object{"name": name, "namespace": namespace()}, object{"hostNetwork": random.IntN(8) == 0}
		if random.IntN(3) == 0 {
			metadata["labels"] = labels
			objects = append(objects, object{"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
			continue
		}
		template := object{"metadata": object{"labels": labels}, "spec": spec}
		objects = append(objects, object{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": object{"template": template}})
	}
	for i := range 4 {
		spec := object{"podSelector": selector(), "policyTypes": []string{pick("Ingress", "Egress"), "Ingress"}}
		spec["ingress"], spec["egress"] = []any{rule("from"), rule("from")}, []any{rule("to")}
		metadata := object{"name": fmt.Sprint("p", i), "namespace": namespace()}
		objects = append(objects, object{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec})
	}
	set := manifest.Objects("random", objects...)
	require.Empty(t, set.Errors)
	return set.Resources
}

// Tests that pin what is allowed pass, fail once anything else is allowed, and exercise each rule that matters.
func TestPinnedTestsHoldAndCatchEveryChange(t *testing.T) {
	caught := 0
	for name, resources := range sets(t) {
		var text bytes.Buffer
		require.NoError(t, expect.Pin(t.Context(), &text, "today", resources, reach.Options{}))
		pinned := decode(t, "pinned.yaml", text.String())
		before := run(t, resources, pinned)
		if !assert.Zero(t, before.Failed(), name) {
			require.NoError(t, expect.Text(os.Stderr, before))
			continue
		}
		var again bytes.Buffer
		require.NoError(t, expect.Pin(t.Context(), &again, "today", append(resources, pinned...), reach.Options{}))
		assert.Equal(t, text.String(), again.String())

		now, err := reach.New(t.Context(), resources, reach.Options{})
		require.NoError(t, err)
		for _, rule := range before.Coverage.Unexercised {
			assert.True(t, reach.Compare(now, now.Without(rule)).IsEmpty(), "%s: %s", name, rule)
		}
		for i, r := range resources {
			if r.ID.Kind != "NetworkPolicy" || name == "shop" && r.ID.Name == "open" { // of that, it is said that it is not pinned
				continue
			}
			changed := slices.Delete(slices.Clone(resources), i, i+1)
			then, err := reach.New(t.Context(), changed, reach.Options{})
			require.NoError(t, err)
			if !reach.Compare(now, then).IsEmpty() {
				assert.NotZero(t, run(t, changed, pinned).Failed(), "%s without %s:\n%s", name, r.ID.Name, text.String())
				caught++
			}
		}
	}
	assert.Greater(t, caught, 100)
}

func TestPinSaysWhatItCannotPin(t *testing.T) {
	var text strings.Builder
	require.NoError(t, expect.Pin(t.Context(), &text, "today", decode(t, "shop.yaml", shop), reach.Options{}))
	assert.Contains(t, text.String(), "# Not pinned, since policies tell its pods apart: shop/web[Deployment] to shop/mixed[StatefulSet], TCP 80\n")
	assert.ErrorContains(t, expect.Pin(t.Context(), &text, "today", nil, reach.Options{}), "there is no workload")
}

func TestCancellation(t *testing.T) {
	resources, documents := decode(t, "shop.yaml", shop), decode(t, "t.yaml", document(expect.Deny, "{from: any, to: api}"))
	ctx, cancel := context.WithCancel(t.Context())
	suite, wrong, err := expect.New(ctx, resources, documents, reach.Options{})
	require.NoError(t, err)
	require.Empty(t, wrong)
	cancel()
	_, err = suite.Run(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, suite.Cover(ctx, &expect.Report{}), context.Canceled)
	_, _, err = expect.New(ctx, resources, documents, reach.Options{})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, expect.Pin(ctx, io.Discard, "x", resources, reach.Options{}), context.Canceled)
}

func TestReportsAgree(t *testing.T) {
	resources := decode(t, "shop.yaml", shop)
	report := run(t, resources, decode(t, "t.yaml", document(expect.Deny, "{from: any, to: web, name: \"a # <b> ]]> \\e[2J\"}\nallow:\n  - {from: web, to: api, port: 8080}")))
	require.Equal(t, 1, report.Failed())
	renders := map[string]func(io.Writer, *expect.Report) error{"text": expect.Text, "tap": expect.TAP, "junit": expect.JUnit, "json": expect.JSON}
	texts := map[string]string{}
	for format, render := range renders {
		var b strings.Builder
		require.NoError(t, render(&b, report))
		texts[format] = b.String()
		assert.NotContains(t, b.String(), "\x1b", format)
		assert.Error(t, render(broken{}, report), format)
	}
	assert.Contains(t, texts["text"], "and 3 other connections as wrong\n2 tests, 1 failed\ncoverage: 1 of 5 rules exercised (20%)\n")
	assert.Contains(t, texts["tap"], "TAP version 14\n1..2\nok 1 - allow web to api, port 8080\nnot ok 2 - a \\# <b> ]]>")

	var suites struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Line    int     `xml:"line,attr"`
				Failure *string `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal([]byte(texts["junit"]), &suites))
	assert.Equal(t, []int{2, 1, 2}, []int{suites.Tests, suites.Failures, len(suites.Suites)})
	assert.Equal(t, 7, suites.Suites[0].Cases[0].Line)
	assert.Nil(t, suites.Suites[0].Cases[0].Failure)
	assert.Contains(t, *suites.Suites[0].Cases[1].Failure, "admitted: no policy isolates it")

	var object struct {
		Tests []struct {
			Passed   bool
			Failures []struct{ Explanation *struct{ Allowed bool } }
		}
		Summary  struct{ Tests, Passed, Failed int }
		Coverage struct{ Rules, Exercised, Percent int }
	}
	require.NoError(t, json.Unmarshal([]byte(texts["json"]), &object))
	assert.Equal(t, struct{ Tests, Passed, Failed int }{2, 1, 1}, object.Summary)
	assert.Equal(t, struct{ Rules, Exercised, Percent int }{5, 1, 20}, object.Coverage)
	require.Len(t, object.Tests[1].Failures, 6)
	assert.True(t, object.Tests[1].Failures[0].Explanation.Allowed)
	assert.Nil(t, object.Tests[1].Failures[3].Explanation)
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
