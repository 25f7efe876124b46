package expect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
)

// dnsPorts are those of the cluster's DNS.
var dnsPorts = reach.PortsOf(reach.TCP, reach.Interval{First: 53, Last: 53}).Union(reach.PortsOf(reach.UDP, reach.Interval{First: 53, Last: 53}))

// New reads the tests in documents, which are to be put to resources. Documents among the resources, and other objects among the documents, are left
// out.
//
// The list says what is wrong with documents, with its place, and what the API server would refuse among the resources, or what is there twice: tests of
// something else than what will run prove nothing. The Suite is nil if there is anything on the list. The error is the context's.
func New(ctx context.Context, resources, documents []*manifest.Resource, options reach.Options) (*Suite, []*manifest.Error, error) {
	if options.DefaultNamespace == "" {
		options.DefaultNamespace = "default"
	}
	subject, err := newSubject(ctx, resources, options)
	if err != nil {
		return nil, nil, err
	}
	s := &Suite{Reach: subject.reach}
	errs := subject.refused()
	for _, r := range documents {
		if !Is(r) {
			continue
		}
		d := &document{subject: subject, resource: r, namespace: r.ID.Namespace}
		if d.namespace == "" {
			d.namespace = options.DefaultNamespace
		}
		s.Tests = append(s.Tests, d.tests()...)
		slices.SortStableFunc(d.errors, func(a, b *manifest.Error) int {
			x, y := a.Span.Start, b.Span.Start
			return cmp.Or(x.Line-y.Line, x.Column-y.Column)
		})
		errs = append(errs, d.errors...)
	}
	if len(errs) > 0 {
		return nil, errs, nil
	}
	return s, nil, nil
}

// subject is what tests are put to.
type subject struct {
	reach     *reach.Reach
	workloads []*reach.Workload // without the DNS that is assumed
	dns       []reach.Peer
	assumed   *reach.Workload // nil if DNS is among the resources
	names     []string        // that workloads can be called, sorted
}

func newSubject(ctx context.Context, resources []*manifest.Resource, options reach.Options) (*subject, error) {
	resources = slices.DeleteFunc(slices.Clone(resources), Is)
	r, err := reach.New(ctx, resources, options)
	if err != nil {
		return nil, err
	}
	s := &subject{reach: r, workloads: r.Workloads()}
	if s.dns, err = s.findDNS(); err != nil {
		return nil, err
	}
	if len(s.dns) == 0 {
		// As kubeadm and most providers set it up.
		labels := map[string]any{"k8s-app": "kube-dns"}
		set := manifest.Objects("the DNS that is assumed", map[string]any{
			"apiVersion": "apps/v1", "kind": "Deployment",
			"metadata": map[string]any{"name": "kube-dns-assumed", "namespace": dnsNamespace},
			"spec":     map[string]any{"template": map[string]any{"metadata": map[string]any{"labels": labels}}},
		})
		if s.reach, err = reach.New(ctx, append(resources, set.Resources...), options); err != nil {
			return nil, err
		}
		if s.dns, err = s.findDNS(); err != nil {
			return nil, err
		}
		s.assumed = s.dns[0].Workload
		s.workloads = slices.DeleteFunc(s.reach.Workloads(), func(w *reach.Workload) bool { return w == s.assumed })
	}
	for _, w := range s.workloads {
		s.names = append(s.names, w.Namespace+"/"+w.Name, w.String())
	}
	slices.Sort(s.names)
	s.names = slices.Compact(s.names)
	return s, nil
}

const dnsNamespace = "kube-system"

func (s *subject) findDNS() (peers []reach.Peer, err error) {
	workloads, err := s.reach.Select(nil, matchLabels(map[string]any{"k8s-app": "kube-dns"}))
	for _, w := range workloads {
		if w.Namespace == dnsNamespace {
			peers = append(peers, reach.Peer{Workload: w})
		}
	}
	return peers, err
}

func matchLabels(labels map[string]any) map[string]any { return map[string]any{"matchLabels": labels} }

// refused is what the API server would not take, and what replaces something else.
func (s *subject) refused() (errs []*manifest.Error) {
	for _, p := range s.reach.Problems() {
		text := p.Message
		if len(p.Path) > 0 {
			text = p.Path.String() + ": " + text
		}
		errs = append(errs, &manifest.Error{Span: p.Span(), Err: errors.New(text + "; what is tested would not be what runs. Mend it first")})
	}
	return errs
}

// every is all workloads and addresses.
func (s *subject) every() []reach.Peer {
	var peers []reach.Peer
	for _, w := range s.workloads {
		peers = append(peers, reach.Peer{Workload: w})
	}
	for _, r := range world {
		peers = append(peers, reach.Peer{Addresses: r})
	}
	return peers
}

// document is a ConnectivityTest being read.
type document struct {
	*subject
	resource  *manifest.Resource
	namespace string
	errors    []*manifest.Error
}

func (d *document) fail(path manifest.Path, format string, args ...any) {
	d.errors = append(d.errors, &manifest.Error{Span: d.resource.Span(path), Err: fmt.Errorf(format, args...)})
}

// below is a path that shares nothing with others.
func below(path manifest.Path, step any) manifest.Path { return append(slices.Clone(path), step) }

func (d *document) name() string {
	if d.resource.ID.Namespace != "" {
		return d.resource.ID.Namespace + "/" + d.resource.ID.Name
	}
	return d.resource.ID.Name
}

func (d *document) tests() (tests []*Test) {
	object := d.resource.Object
	if d.resource.ID.APIVersion != APIVersion {
		d.fail(manifest.Path{"apiVersion"}, "this program knows no ConnectivityTest of %s; write apiVersion: %s", d.resource.ID.APIVersion, APIVersion)
		return nil
	}
	d.keys(nil, object, "apiVersion", "kind", "metadata", string(Allow), string(Deny))
	given := 0
	for _, verb := range []Verb{Allow, Deny} {
		value := object[string(verb)]
		items, ok := value.([]any)
		if !ok && value != nil {
			d.fail(manifest.Path{string(verb)}, "%s must be a list of tests; start each with a dash", verb)
			given++
		}
		for i, item := range items {
			given++
			if t := d.test(manifest.Path{string(verb), i}, item, verb); t != nil {
				tests = append(tests, t)
			}
		}
	}
	if given == 0 {
		d.fail(nil, "this ConnectivityTest tests nothing; list connections under allow or deny")
	}
	return tests
}

func (d *document) test(path manifest.Path, value any, verb Verb) *Test {
	object, ok := value.(map[string]any)
	if !ok {
		d.fail(path, "a test must be a mapping; write from, to and, if only some ports are meant, port")
		return nil
	}
	before := len(d.errors)
	if d.keys(path, object, "name", "from", "to", "port"); len(d.errors) > before {
		return nil
	}
	t := &Test{Document: d.name(), Verb: verb, Span: d.resource.Span(path)}
	from, to := below(path, "from"), below(path, "to")
	for _, key := range []string{"from", "to"} {
		if object[key] == nil {
			d.fail(below(path, key), "this test has no %q; name a workload, a selector, an address, dns or any", key)
		}
	}
	if len(d.errors) == before {
		t.From, t.To = d.peers(from, object["from"]), d.peers(to, object["to"])
	}
	port := "all ports"
	switch given, exists := object["port"]; {
	case exists:
		d.ports(t, below(path, "port"), given)
		port = describePorts(given)
	case isDNS(object["to"]):
		t.Ports = dnsPorts
		port = "TCP and UDP 53"
	default:
		t.Ports = reach.AllPorts()
	}
	if len(d.errors) == before {
		d.named(t, below(path, "port"))
	}
	if len(d.errors) > before {
		return nil
	}
	t.Name = fmt.Sprintf("%s %s to %s, %s", verb, describe(object["from"]), describe(object["to"]), port)
	if name, exists := object["name"]; exists {
		text, ok := name.(string)
		if !ok || text == "" {
			d.fail(below(path, "name"), "the name of a test must be text; quote it, or leave it out")
			return nil
		}
		t.Name = text
	}
	for range t.pairs {
		return t
	}
	d.fail(path, "this test tests nothing: between addresses outside the cluster, and from a single pod to itself, no policy decides; name another peer")
	return nil
}

// keys refuses keys of a mapping that are not among those that it may have.
func (d *document) keys(path manifest.Path, object map[string]any, known ...string) {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains(known, key) {
			d.fail(below(path, key), "%w", &UnknownError{"key", key, slices.Sorted(slices.Values(known)), "write " + strings.Join(known, ", ")})
		}
	}
}

// peers reads from, to or except.
func (d *document) peers(path manifest.Path, value any) []reach.Peer {
	var peers []reach.Peer
	switch value := value.(type) {
	case string:
		peers = d.called(path, value)
	case map[string]any:
		peers = d.selected(path, value)
	case []any:
		if len(value) == 0 {
			d.fail(path, "this list is empty, so that nothing is tested; name a workload, a selector, an address, dns or any")
		}
		for i, item := range value {
			if _, ok := item.([]any); ok {
				d.fail(below(path, i), "a list in a list; name the peers one below the other")
				continue
			}
			peers = append(peers, d.peers(below(path, i), item)...)
		}
	default:
		d.fail(path, "want a workload, a selector, an address, dns or any; a name that YAML takes for something else needs quotes")
	}
	var distinct []reach.Peer
	seen := map[reach.Peer]bool{}
	for _, p := range peers {
		if !seen[p] {
			seen[p] = true
			distinct = append(distinct, p)
		}
	}
	return distinct
}

// called gives the peers that a text names.
func (d *document) called(path manifest.Path, text string) []reach.Peer {
	switch text {
	case "any":
		return d.every()
	case "dns":
		return d.dns
	}
	if _, err := reach.ParseRange(text); err != nil && !strings.Contains(text, "/") {
		text = d.namespace + "/" + text
	}
	peers, err := d.reach.Find(text)
	if err != nil || peers[0].Workload != nil && peers[0].Workload == d.assumed {
		hint := "write namespace/name, an address or block, dns or any, or add the workload's manifest"
		d.fail(path, "%w", &UnknownError{"workload", text, d.names, hint})
		return nil
	}
	return peers
}

// selected gives the peers that a mapping stands for.
func (d *document) selected(path manifest.Path, object map[string]any) []reach.Peer {
	before := len(d.errors)
	d.keys(path, object, "namespace", "namespaces", "labels", "except")
	except, excepts := object["except"]
	_, byName := object["namespace"]
	_, byLabels := object["namespaces"]
	switch {
	case len(object) == 0:
		d.fail(path, "an empty selector; write any for everything, or labels: {} for all workloads of the namespace")
	case excepts && len(object) > 1:
		d.fail(path, "except stands alone: it means any but those; leave out the other keys")
	case byName && byLabels:
		d.fail(path, "namespace is a name, namespaces are labels; leave out one of them")
	}
	if len(d.errors) > before {
		return nil
	}
	if excepts {
		out := d.peers(below(path, "except"), except)
		peers := minus(d.every(), out)
		if len(peers) == 0 && len(d.errors) == before {
			d.fail(path, "nothing is left of any, so that nothing is tested; except less")
		}
		return peers
	}

	namespace, ok := d.namespace, true
	if byName {
		if namespace, ok = object["namespace"].(string); !ok || namespace == "" {
			d.fail(below(path, "namespace"), "namespace must be a name; quote it, or write namespaces: {} for all of them")
		}
	}
	namespaces, pods := d.labels(path, "namespaces", object), d.labels(path, "labels", object)
	if len(d.errors) > before {
		return nil
	}
	workloads, err := d.reach.Select(namespaces, pods)
	if err != nil {
		d.fail(path, "%w", err)
		return nil
	}
	var peers []reach.Peer
	for _, w := range workloads {
		if w != d.assumed && (byLabels || w.Namespace == namespace) {
			peers = append(peers, reach.Peer{Workload: w})
		}
	}
	if len(peers) == 0 {
		d.fail(path, "this selects no workload (%s), so that nothing is tested; correct the labels or the namespace, or add the workload's manifest", describe(object))
	}
	return peers
}

// labels reads a mapping of labels as the API's LabelSelector; nil if there is none.
func (d *document) labels(path manifest.Path, key string, object map[string]any) map[string]any {
	value, exists := object[key]
	if !exists {
		return nil
	}
	labels, ok := value.(map[string]any)
	if !ok {
		d.fail(below(path, key), "%s must be labels, as {app: web}; {} matches all", key)
		return nil
	}
	for _, label := range slices.Sorted(maps.Keys(labels)) {
		if _, ok := labels[label].(string); !ok {
			d.fail(below(below(path, key), label), "the value of a label must be text; quote it")
		}
	}
	return matchLabels(labels)
}

// ports reads port.
func (d *document) ports(t *Test, path manifest.Path, value any) {
	const want = "want a port from 1 to 65535, as 8080, 53/udp or 9000-9010/tcp, a name as http or dns/udp, a list of those, or {except: …}"
	switch value := value.(type) {
	case int64:
		if value < 1 || value > math.MaxUint16 {
			d.fail(path, "%d is no port; %s", value, want)
			return
		}
		t.Ports = t.Ports.Union(reach.PortsOf(reach.TCP, reach.Interval{First: int(value), Last: int(value)}))
	case string:
		if protocol, name, err := reach.ParsePortName(value); err == nil {
			t.Names = append(t.Names, PortName{protocol, name})
			return
		}
		ports, err := parsePorts(value)
		if err != nil {
			d.fail(path, "%q: %w; %s", value, err, want)
		}
		t.Ports = t.Ports.Union(ports)
	case []any:
		if len(value) == 0 {
			d.fail(path, "this list is empty, so that nothing is tested; %s, or leave port out, which means all ports", want)
		}
		for i, item := range value {
			if _, ok := item.(map[string]any); ok {
				d.fail(below(path, i), "except stands alone: it means all ports but those; leave out the other ports")
				continue
			}
			d.ports(t, below(path, i), item)
		}
	case map[string]any:
		before := len(d.errors)
		if d.keys(path, value, "except"); len(d.errors) > before {
			return
		}
		var out Test
		d.ports(&out, below(path, "except"), value["except"])
		t.Ports, t.Except = reach.AllPorts().Minus(out.Ports), out.Names
		if len(out.Except) > 0 {
			d.fail(path, "except within except; write the ports themselves")
		}
		if t.Ports.IsEmpty() && len(d.errors) == before {
			d.fail(path, "no port is left, so that nothing is tested; except less")
		}
	default:
		d.fail(path, "%s; leave port out for all ports", want)
	}
}

// named refuses names of ports that the destinations do not have: what is to be allowed has to be there, and of others, something has to be left.
func (d *document) named(t *Test, path manifest.Path) {
	const hint = "no container of the destination gives a port this name; write one of its names, or the number"
	for _, n := range slices.Concat(t.Names, t.Except) {
		var known []string
		var without *reach.Workload
		with := false
		for _, p := range t.To {
			if p.Workload == nil {
				continue
			}
			has := false
			for _, pod := range p.Workload.Pods {
				known = append(known, pod.PortNames()...)
				has = has || !pod.PortNamed(n.Protocol, n.Name).IsEmpty()
			}
			with = with || has
			if !has && without == nil {
				without = p.Workload
			}
		}
		switch slices.Sort(known); {
		case !with:
			d.fail(path, "%w", &UnknownError{n.Protocol.String() + " port", n.Name, slices.Compact(known), hint})
		case without != nil && t.Verb == Allow && len(t.Except) == 0:
			d.fail(path, "%s has no port %s, so that it cannot be allowed; name those that have it, or write the number", without, n)
		}
	}
}

// parsePorts reads 8080, 8080/tcp or 9000-9010/tcp.
func parsePorts(text string) (reach.Ports, error) {
	numbers, word, hasProtocol := strings.Cut(text, "/")
	protocol := reach.TCP
	if hasProtocol {
		var err error
		if protocol, err = reach.ParseProtocol(word); err != nil {
			return reach.Ports{}, err
		}
	}
	low, high, isRange := strings.Cut(numbers, "-")
	if !isRange {
		high = low
	}
	first, err := strconv.ParseUint(low, 10, 16)
	if err != nil {
		return reach.Ports{}, fmt.Errorf("%q is no port", low)
	}
	last, err := strconv.ParseUint(high, 10, 16)
	if err != nil {
		return reach.Ports{}, fmt.Errorf("%q is no port", high)
	}
	if first < 1 || first > last {
		return reach.Ports{}, fmt.Errorf("%s is no range of ports", numbers)
	}
	return reach.PortsOf(protocol, reach.Interval{First: int(first), Last: int(last)}), nil
}

func isDNS(value any) bool {
	if list, ok := value.([]any); ok {
		return len(list) > 0 && !slices.ContainsFunc(list, func(v any) bool { return v != "dns" })
	}
	return value == "dns"
}

// describe says in a few words what from or to says.
func describe(value any) string {
	switch value := value.(type) {
	case []any:
		const shown = 3
		var texts []string
		for _, item := range value[:min(len(value), shown)] {
			texts = append(texts, describe(item))
		}
		if more := len(value) - shown; more > 0 {
			return fmt.Sprintf("%s and %d more", strings.Join(texts, ", "), more)
		}
		return strings.Join(texts, ", ")
	case map[string]any:
		if except, ok := value["except"]; ok {
			return "any but " + describe(except)
		}
		text := "workloads"
		if labels, ok := value["labels"].(map[string]any); ok && len(labels) > 0 {
			text += " with " + describeLabels(labels)
		}
		if name, ok := value["namespace"].(string); ok {
			text += " in " + name
		}
		if labels, ok := value["namespaces"].(map[string]any); ok && len(labels) > 0 {
			text += " in namespaces with " + describeLabels(labels)
		} else if ok {
			text += " in all namespaces"
		}
		return text
	}
	return fmt.Sprint(value)
}

func describeLabels(labels map[string]any) string {
	var texts []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		texts = append(texts, fmt.Sprintf("%s=%v", key, labels[key]))
	}
	return strings.Join(texts, ",")
}

func describePorts(value any) string {
	switch value := value.(type) {
	case []any:
		return "ports " + describe(value)
	case map[string]any:
		return "all ports but " + describe(value["except"])
	}
	return fmt.Sprintf("port %v", value)
}
