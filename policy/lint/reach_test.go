package lint_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
)

// connectivity asks the libraries what package reach works out, in lines: the policies that isolate each pod, and the sampled ports that are
// open from each pod or address to each other.
const connectivity = `package connectivity

import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.peer
import data.lib.netvet.port
import data.lib.netvet.selection
import data.lib.netvet.workload

lines contains sprintf("%s %s: %s", [pod.name, direction, concat(" ", sort(names))]) if {
	some i, pod in workload.all
	some direction, _ in networkpolicy.directions
	names := {networkpolicy.all[k].name | some k in selection.isolators(groups(i), direction)}
}

lines contains sprintf("%s to %s: %s", [from, to, concat(" ", sort(ways(source, destination)))]) if {
	some from, source in ends
	some to, destination in ends
	{source, destination} & object.keys(workload.all) != set()
}

# Pods are numbers, addresses strings.
ends := object.union({pod.name: i | some i, pod in workload.all}, {address: address | some address in input.addresses})

exempt := {i | some i in workload.host_network; not input.options.HostNetworkIsolated}

groups(i) := set() if i in exempt

groups(i) := selection.selecting(workload.all[i].namespace, workload.all[i].labels) if not i in exempt

# A pod reaches itself, but the pods of other workloads are several.
ways(source, destination) := samples if {
	source == destination
	workload.all[source].kind == "Pod"
} else := side(source, "Egress", destination, destination) & side(destination, "Ingress", source, destination)

samples := {sprintf("%d/%s", [number, protocol]) | some protocol in ["TCP", "UDP", "SCTP"]; some number in input.numbers}

# The ports at the destination that the pod's policies admit, from or to the other.
side(pod, direction, other, destination) := union({admitted(rule.ports, names(destination)) |
	some k in selection.isolators(groups(pod), direction)
	some rule in networkpolicy.all[k].rules[direction]
	matches(rule.peers, networkpolicy.all[k].namespace, other)
}) if {
	workload.all[pod]
	count(selection.isolators(groups(pod), direction)) > 0
} else := samples

admitted(ports, container_ports) := {sprintf("%d/%s", [number, protocol]) |
	some protocol in ["TCP", "UDP", "SCTP"]
	some number in input.numbers
	port.admits(ports, protocol, number, container_ports)
}

names(end) := workload.container_ports(end) if {
	workload.all[end]
	not end in exempt
} else := []

matches([], _, _)

matches(peers, policy_namespace, i) if {
	pod := workload.all[i]
	not i in exempt
	seen := {"namespace": pod.namespace, "namespace_labels": namespace.labels(pod.namespace), "labels": pod.labels}
	some entry in peers
	peer.admits_pod(entry, policy_namespace, seen)
}

matches(peers, _, address) if {
	is_string(address)
	some entry in peers
	peer.admits_address(entry, address)
}
`

// The edges of what random policies name.
var (
	sampledPorts     = []int{1, 53, 80, 81, 443, 8080, 65535}
	sampledAddresses = strings.Fields("10.1.2.3 10.1.2.4 10.1.3.0 10.9.0.1 192.0.2.1 255.255.255.255 fd00:1::5 fd00:2::1 2001:db8::1 ::")
)

// What the libraries tell the rules of who reaches whom is what package reach tells the user. Left out are pods of a visible controller, for
// which its template speaks in the libraries alone, and blocks that match pods by their addresses, which only package reach knows.
func TestRulesKnowWhoReachesWhom(t *testing.T) {
	t.Parallel()
	clusters := uint64(400)
	if testing.Short() {
		clusters = 30
	}
	query := prepareConnectivity(t)
	states := map[bool]int{}
	for seed := range clusters {
		r := &randomness{rand.New(rand.NewPCG(seed, 11)), seed%2 == 0}
		options := reach.Options{HostNetworkIsolated: r.one(4), IPBlocksMissPods: r.one(2), DefaultNamespace: pick(r, "default", "shop")}
		resources := r.cluster(options)
		got := libraryLines(t, query, resources, options, r.tidy)
		want := reachLines(t, resources, options, states)
		differing := slices.DeleteFunc(slices.Clone(want), func(line string) bool { _, found := slices.BinarySearch(got, line); return found })
		if len(differing) > 0 || len(got) != len(want) {
			t.Errorf("seed %d, %+v: the libraries do not say %q\n%s", seed, options, differing[:min(3, len(differing))], document(t, resources))
		}
	}
	assert.NotZero(t, states[true], "nothing is open")
	assert.NotZero(t, states[false], "nothing is blocked")
}

func prepareConnectivity(t *testing.T) rego.PreparedEvalQuery {
	t.Helper()
	options := []func(*rego.Rego){
		rego.Query("data.connectivity.lines"), rego.StrictBuiltinErrors(true), rego.Module("connectivity.rego", connectivity),
	}
	for name, source := range policy.Default().Sources() {
		if strings.HasPrefix(name, "lib/") {
			options = append(options, rego.Module(name, source))
		}
	}
	prepared, err := rego.New(options...).PrepareForEval(t.Context())
	require.NoError(t, err)
	return prepared
}

func libraryLines(t *testing.T, query rego.PreparedEvalQuery, resources []*manifest.Resource, options reach.Options, regular bool) (lines []string) {
	t.Helper()
	results, err := query.Eval(t.Context(), rego.EvalInput(map[string]any{
		"resources": objects(resources), "regular": regular, "parameters": fields{"namespace": options.DefaultNamespace},
		"options": options, "numbers": sampledPorts, "addresses": sampledAddresses,
	}))
	require.NoError(t, err)
	for _, line := range results[0].Expressions[0].Value.([]any) {
		lines = append(lines, line.(string))
	}
	slices.Sort(lines)
	return lines
}

// reachLines counts what is open and what is not.
func reachLines(t *testing.T, resources []*manifest.Resource, options reach.Options, states map[bool]int) (lines []string) {
	t.Helper()
	r, err := reach.New(t.Context(), resources, options)
	require.NoError(t, err)
	peers := map[string]reach.Peer{}
	for _, address := range sampledAddresses {
		found, err := r.Find(address)
		require.NoError(t, err)
		peers[address] = found[0]
	}
	outside := peers[sampledAddresses[0]]
	for _, w := range r.Workloads() {
		p := reach.Peer{Workload: w}
		peers[w.Name] = p
		lines = append(lines,
			isolationLine(w, r.Explain(outside, p, reach.TCP, 80).Ingress),
			isolationLine(w, r.Explain(p, outside, reach.TCP, 80).Egress))
	}
	for from, source := range peers {
		for to, destination := range peers {
			if source.Workload == nil && destination.Workload == nil {
				continue
			}
			ports := r.Between(source, destination)
			require.True(t, ports.All.Equal(ports.Some), "%s to %s: %v though either is one", from, to, ports)
			open := []string{}
			for _, protocol := range []reach.Protocol{reach.TCP, reach.UDP, reach.SCTP} {
				for _, number := range sampledPorts {
					is := ports.All.Contains(protocol, number)
					states[is]++
					if is {
						open = append(open, fmt.Sprintf("%d/%s", number, protocol))
					}
				}
			}
			slices.Sort(open)
			lines = append(lines, fmt.Sprintf("%s to %s: %s", from, to, strings.Join(open, " ")))
		}
	}
	slices.Sort(lines)
	return lines
}

func isolationLine(w *reach.Workload, v reach.Verdict) string {
	names := []string{}
	for _, p := range v.Isolating {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return fmt.Sprintf("%s %s: %s", w.Name, v.Direction, strings.Join(names, " "))
}

func objects(resources []*manifest.Resource) (list []any) {
	for _, r := range resources {
		list = append(list, r.Object)
	}
	return list
}

func document(t *testing.T, resources []*manifest.Resource) string {
	t.Helper()
	text, err := json.Marshal(objects(resources))
	require.NoError(t, err)
	return string(text)
}

// randomness makes clusters. Tidy ones hold what the API server takes, or refuses for its value alone.
type randomness struct {
	*rand.Rand
	tidy bool
}

type fields = map[string]any

func pick[T any](r *randomness, of ...T) T { return of[r.IntN(len(of))] }

// one is true one time in n.
func (r *randomness) one(n int) bool { return r.IntN(n) == 0 }

// odd gives the value, or now and then one that is out of place.
func (r *randomness) odd(v any) any {
	if r.tidy || !r.one(30) {
		return v
	}
	return pick[any](r, nil, nil, nil, "", "a", true, int64(80), 1.5, []any{}, []any{nil}, []any{"a"}, []any{v}, fields{}, fields{"a": "a"}, fields{"": nil})
}

// put sets the value, leaves it out, or makes it null.
func (r *randomness) put(o fields, key string, v any) {
	switch {
	case r.one(8):
	case !r.tidy && r.one(12):
		o[key] = nil
	default:
		o[key] = r.odd(v)
	}
}

func (r *randomness) items(most int, item func() any) any {
	list := []any{}
	for range r.IntN(most + 1) {
		list = append(list, r.odd(item()))
	}
	return list
}

func (r *randomness) cluster(options reach.Options) (resources []*manifest.Resource) {
	add := func(apiVersion, kind string, metadata fields, more fields) {
		object := fields{"apiVersion": apiVersion, "kind": kind, "metadata": metadata}
		maps.Copy(object, more)
		id := manifest.ID{APIVersion: apiVersion, Kind: kind, Name: metadata["name"].(string)}
		id.Namespace, _ = metadata["namespace"].(string)
		resources = append(resources, &manifest.Resource{ID: id, Object: object})
	}
	for _, name := range []string{"shop", "bank", "default"} {
		for r.one(2) { // of two objects for one namespace, the later counts
			labels := r.labels()
			if r.one(5) {
				labels["kubernetes.io/metadata.name"] = "another"
			}
			add("v1", "Namespace", fields{"name": name, "labels": labels}, nil)
		}
	}
	for i := range 2 + r.IntN(4) {
		template := r.template()
		switch metadata := r.metadata(fmt.Sprint("pod", i)); r.IntN(4) {
		case 0:
			add("apps/v1", "Deployment", metadata, fields{"spec": fields{"template": template}})
		case 1:
			add("batch/v1", "CronJob", metadata, fields{"spec": fields{"jobTemplate": fields{"spec": fields{"template": template}}}})
		default:
			labels, _ := template["metadata"].(fields)
			maps.Copy(metadata, labels)
			pod := fields{"spec": template["spec"]}
			if options.IPBlocksMissPods && r.one(2) {
				pod["status"] = fields{"podIP": pick(r, sampledAddresses...)}
			}
			add("v1", "Pod", metadata, pod)
		}
	}
	for i := range r.IntN(6) {
		if r.one(4) { // of two policies of one namespace and name, the later counts
			i = r.IntN(i + 1)
		}
		add("networking.k8s.io/v1", "NetworkPolicy", r.metadata(fmt.Sprint("policy", i)), fields{"spec": r.odd(r.policy())})
	}
	return resources
}

func (r *randomness) metadata(name string) fields {
	m := fields{"name": name}
	if ns := pick[any](r, "shop", "shop", "bank", "away", "", nil); ns != nil || r.one(2) {
		m["namespace"] = ns
	}
	return m
}

func (r *randomness) labels() fields {
	labels := fields{}
	for _, key := range []string{"app", "tier"} {
		if !r.one(3) {
			labels[key] = pick(r, "a", "b", "")
			if !r.tidy && r.one(15) {
				labels[key] = nil
			}
		}
	}
	return labels
}

func (r *randomness) template() fields {
	ports := []any{}
	for r.one(2) {
		p := fields{"containerPort": int64(pick(r, 53, 80, 443, 8080))}
		r.put(p, "name", pick(r, "http", "dns"))
		if r.one(2) {
			p["protocol"] = pick(r, "TCP", "UDP", "SCTP", "tcp")
		}
		ports = append(ports, p)
	}
	containers := []any{fields{"name": "main"}, fields{"name": "second", "ports": nil}}
	initial := []any{fields{"name": "init", "ports": []any{fields{"name": "http", "containerPort": int64(81)}}}}
	if r.one(5) {
		initial = append(initial, fields{"name": "sidecar", "restartPolicy": "Always", "ports": ports})
	} else {
		containers[0].(fields)["ports"] = ports
	}
	spec := fields{"containers": containers, "initContainers": initial}
	if r.one(6) {
		spec["hostNetwork"] = true
	}
	template := fields{"spec": spec}
	if !r.one(8) {
		template["metadata"] = fields{"labels": r.labels()}
	}
	return template
}

func (r *randomness) policy() fields {
	spec := fields{}
	r.put(spec, "podSelector", r.selector())
	if r.one(2) {
		spec["policyTypes"] = r.odd(r.items(2, func() any { return pick[any](r, "Ingress", "Egress") }))
	}
	r.put(spec, "ingress", r.items(3, func() any { return r.rule("from") }))
	r.put(spec, "egress", r.items(3, func() any { return r.rule("to") }))
	return spec
}

func (r *randomness) rule(peers string) any {
	rule := fields{}
	if !r.one(3) {
		r.put(rule, peers, r.items(2, r.peer))
	}
	r.put(rule, "ports", r.items(3, r.port))
	return rule
}

func (r *randomness) peer() any {
	p := fields{}
	switch r.IntN(4) {
	case 0:
		wide, narrow := pick(r, "0.0.0.0/0", "10.0.0.0/8"), []string{"10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "10.1.2.9/24"}
		if r.one(3) {
			wide, narrow = pick(r, "::/0", "fd00::/8"), []string{"fd00:1::/32", "fd00:1::5/128", "fd00::/8"}
		}
		if r.one(4) {
			wide, narrow = r.block(), append(narrow, r.block())
		}
		block := fields{}
		r.put(block, "cidr", wide)
		if r.one(2) {
			block["except"] = r.odd(r.items(2, func() any { return pick(r, narrow...) }))
		}
		p["ipBlock"] = r.odd(block)
		if r.one(20) {
			r.put(p, "podSelector", r.selector())
		}
	case 1:
		r.put(p, "podSelector", r.selector())
	case 2:
		r.put(p, "namespaceSelector", r.selector())
	default:
		r.put(p, "podSelector", r.selector())
		r.put(p, "namespaceSelector", r.selector())
	}
	return p
}

func (r *randomness) block() string {
	return pick(r, "0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "10.1.2.9/24", "128.0.0.0/1",
		"::/0", "fd00::/8", "fd00:1::/32", "fd00:1::5/128", "::ffff:10.1.2.0/120", "10.0.0/8", "10.0.0.0/08", "10.1.2.3", "fe80::1%a/64")
}

func (r *randomness) port() any {
	if !r.tidy && r.one(10) {
		return nil
	}
	p := fields{}
	r.put(p, "protocol", pick(r, "TCP", "TCP", "TCP", "UDP", "UDP", "SCTP", "tcp", ""))
	switch r.IntN(5) {
	case 0:
		r.put(p, "port", int64(pick(r, 53, 80, 443, 8080, 65535, 1, 0)))
	case 1, 2:
		r.put(p, "port", pick(r, "http", "http", "http", "dns", "dns", "dns", "80", "Http", "-a", "a--b", ""))
	case 3:
		r.put(p, "port", int64(pick(r, 79, 80, 1, 8000)))
		r.put(p, "endPort", int64(pick(r, 80, 443, 65535, 3, 70000)))
	}
	return p
}

func (r *randomness) selector() any {
	s := fields{}
	switch r.IntN(4) { // else little is selected, and less admitted
	case 0:
		return s
	case 1:
		return fields{"matchLabels": fields{pick(r, "app", "tier"): pick(r, "a", "b")}}
	}
	if r.one(2) {
		labels := r.labels()
		for key, value := range labels {
			labels[key] = r.odd(value)
		}
		r.put(s, "matchLabels", labels)
	}
	var expressions []any
	for r.one(3) {
		e := fields{}
		r.put(e, "key", pick(r, "app", "tier", "app", "kubernetes.io/metadata.name"))
		r.put(e, "operator", pick(r, "In", "In", "NotIn", "NotIn", "Exists", "DoesNotExist"))
		if op := e["operator"]; op == "In" || op == "NotIn" || r.one(20) {
			e["values"] = r.odd(r.items(3, func() any { return pick(r, "a", "b", "", "shop", "bank", "default") }))
		}
		expressions = append(expressions, r.odd(e))
	}
	if expressions != nil {
		r.put(s, "matchExpressions", expressions)
	}
	return s
}
