// Package reach works out which connections the NetworkPolicies among Kubernetes resources allow, and why.
//
// A connection is allowed if the source's egress and the destination's ingress both admit it. Pods that no policy isolates in a direction
// admit everything in it; what isolates is the union of the rules of all policies that select the pod. Rules are applied to the pods'
// own addresses and ports, as practically every network plugin does: Services and Ingresses open nothing by themselves.
//
// Where the API leaves room, most plugins decide:
//   - A pod always reaches itself, and its own node reaches it (the kubelet's probes); nodes are no peers here.
//   - Pods in their node's network (hostNetwork) are not isolated, and selectors do not match them, unless [Options] says otherwise.
//   - An ipBlock matches pods whose status tells their address, unless [Options] says otherwise.
//   - Protocols other than TCP, UDP and SCTP are left out.
//
// Pods that policies cannot tell apart are treated as one, so that the cost grows with what differs.
package reach

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/netvet/netvet/policy/manifest"
)

// Options say what the resources leave open. The zero value is what most clusters do.
type Options struct {
	// DefaultNamespace is that of objects which name none. "" means default.
	DefaultNamespace string

	// IPBlocksMissPods is true where an ipBlock never matches a pod's own address, as with Cilium.
	// Otherwise it matches the pods whose status gives an address in the block, and those in the network of such a node.
	IPBlocksMissPods bool

	// HostNetworkIsolated is true where policies concern pods in their node's network as they do others. Most plugins cannot tell such a pod
	// from its node: they do not isolate it, no selector matches it, and nothing knows the names of its ports.
	HostNetworkIsolated bool
}

// Reach is which connections a set of resources allows. It is immutable and safe for concurrent use.
type Reach struct {
	*cluster
	ingress, egress *side
}

// cluster is what is independent of single rules.
type cluster struct {
	*universe
	options   Options
	workloads []*Workload
	policies  []*Policy
	published map[*Workload][]Publication
	problems  []Problem
}

// New works out what the resources allow: NetworkPolicies (networking.k8s.io), Namespaces, Pods and the workloads that make them,
// Services and Ingresses. Others are ignored. Of two objects with one name, the later counts, as if both were applied.
//
// What the API server would refuse is no error but in [Reach.Problems]. The error is the context's.
func New(ctx context.Context, resources []*manifest.Resource, options Options) (*Reach, error) {
	if options.DefaultNamespace == "" {
		options.DefaultNamespace = "default"
	}
	c := &cluster{options: options}
	s := newSorter(&c.problems, options.DefaultNamespace)
	for i, r := range resources {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, stopped(ctx)
		}
		s.take(r)
	}
	c.workloads = workloadsOf(s.members)
	for _, w := range c.workloads {
		for _, pod := range w.Pods {
			pod.exempt = pod.HostNetwork && !options.HostNetworkIsolated
		}
	}
	c.policies = slices.SortedFunc(maps.Values(s.policies), comparePolicies)
	slices.SortStableFunc(c.problems, compareProblems)
	c.universe = newUniverse(c.workloads, c.policies, s.namespaces, options)
	c.published = publish(s.services, s.ingresses, c.workloads)
	if ctx.Err() != nil {
		return nil, stopped(ctx)
	}
	c.locate(c.policies)
	groups := c.groupsOf(c.policies)
	return &Reach{c, c.sideOf(Ingress, groups), c.sideOf(Egress, groups)}, nil
}

func stopped(ctx context.Context) error {
	return fmt.Errorf("work out what the policies allow: %w", context.Cause(ctx))
}

// sorter sorts resources by what they are for.
type sorter struct {
	problems         *[]Problem
	defaultNamespace string

	members    map[owner]member
	policies   map[owner]*Policy
	namespaces map[string]map[string]string // labels
	services   map[owner]node
	ingresses  map[owner]node
}

func newSorter(problems *[]Problem, defaultNamespace string) *sorter {
	return &sorter{
		problems, defaultNamespace,
		map[owner]member{}, map[owner]*Policy{}, map[string]map[string]string{}, map[owner]node{}, map[owner]node{},
	}
}

func (s *sorter) take(r *manifest.Resource) {
	n := node{reading: &reading{r, s.problems}, value: r.Object}
	namespace := r.ID.Namespace
	if namespace == "" {
		namespace = s.defaultNamespace
	}
	name := owner{namespace, r.ID.Kind, r.ID.Name}
	group, _, _ := strings.Cut(r.ID.APIVersion, "/")
	twice := false
	switch _, workload := templates[r.ID.Kind]; {
	case workload:
		_, twice = s.members[name]
		s.members[name] = readMember(n, namespace)
	case r.ID.Kind == "NetworkPolicy" && group == "networking.k8s.io":
		_, twice = s.policies[name]
		s.policies[name] = readPolicy(n, namespace)
	case r.ID.Kind == "Namespace" && r.ID.APIVersion == "v1":
		_, twice = s.namespaces[r.ID.Name]
		s.namespaces[r.ID.Name] = n.to("metadata", "labels").texts()
	case r.ID.Kind == "Service" && r.ID.APIVersion == "v1":
		s.services[name] = n
	case r.ID.Kind == "Ingress" && group == "networking.k8s.io":
		s.ingresses[name] = n
	}
	if twice {
		n.refuse("a second %s %s replaces the one before", r.ID.Kind, r.ID.Name)
	}
}

func compareProblems(a, b Problem) int {
	x, y := a.Span(), b.Span()
	return cmp.Or(strings.Compare(x.File, y.File), x.Start.Line-y.Start.Line, x.Start.Column-y.Start.Column, strings.Compare(a.Message, b.Message))
}

// Problems are what the API server would refuse, and objects that others replace, by file and line.
func (r *Reach) Problems() []Problem { return slices.Clone(r.problems) }

// Workloads are sorted by namespace, name and kind.
func (r *Reach) Workloads() []*Workload { return slices.Clone(r.workloads) }

// Policies are sorted by namespace and name.
func (r *Reach) Policies() []*Policy { return slices.Clone(r.policies) }

// Without is the same set but for one rule, which admits nothing any more; its policy goes on isolating. Only what the rule concerns is worked
// out anew. A rule of another set changes nothing.
func (r *Reach) Without(rule Rule) *Reach {
	sides := *r
	for _, s := range []**side{&sides.ingress, &sides.egress} {
		if (*s).direction == rule.Direction {
			*s = r.sideWithout(*s, rule)
		}
	}
	return &sides
}

func (r *Reach) sideWithout(s *side, rule Rule) *side {
	changed := &side{s.direction, slices.Clone(s.profiles), s.of}
	for i, p := range s.profiles {
		at := slices.IndexFunc(p.rules, func(a *admission) bool { return a.Rule == rule })
		if at < 0 {
			continue
		}
		q := r.newProfile(s.direction, p.policies, p.named)
		q.rules = slices.Delete(slices.Clone(p.rules), at, at+1)
		q.members = p.members
		changed.profiles[i] = q
	}
	return changed
}

// Peer is one end of a connection: a workload, or addresses outside the cluster. One of the two is set.
type Peer struct {
	Workload  *Workload
	Addresses Range
}

// String gives namespace/name[Kind], a block, or a range first-last.
func (p Peer) String() string {
	if p.Workload != nil {
		return p.Workload.String()
	}
	return p.Addresses.String()
}

// Answer says which ports are open between two peers that may be several pods or addresses each: All are open from each to each,
// Some from one of them to one.
type Answer struct{ All, Some Ports }

func (a *Answer) add(first bool, p Ports) {
	if first {
		a.All, a.Some = p, p
		return
	}
	a.All, a.Some = a.All.Intersect(p), a.Some.Union(p)
}

// Between gives the ports that are open from one peer to another. Workloads must be of this Reach.
//
// From a workload to itself, it answers for two different pods; a pod that has no controller is never two, and always reaches itself.
// Between addresses outside the cluster, NetworkPolicies restrict nothing.
func (r *Reach) Between(from, to Peer) (answer Answer) {
	first := true
	for ends := range r.ends(from, to) {
		answer.add(first, r.between(ends))
		first = false
	}
	return answer
}

// Allows tells whether a port is open from every pod or address of one peer to every one of the other.
func (r *Reach) Allows(from, to Peer, protocol Protocol, port int) bool {
	return r.Between(from, to).All.Contains(protocol, port)
}

// ends is a pair of pods or addresses. A pod is nil where the address is meant.
type ends struct {
	from, to               *Pod
	fromAddress, toAddress netip.Addr
	same                   bool // the one pod to itself
}

// ends gives pairs that represent all pods and addresses of both peers.
func (r *Reach) ends(from, to Peer) func(yield func(ends) bool) {
	return func(yield func(ends) bool) {
		if from.Workload == nil && to.Workload == nil {
			yield(ends{fromAddress: from.Addresses.First, toAddress: to.Addresses.First})
			return
		}
		if from.Workload != nil && to.Workload != nil {
			for pair := range pairs(from.Workload, to.Workload) {
				if !yield(pair) {
					return
				}
			}
			return
		}
		w := from.Workload
		side, span := r.egress, to.Addresses
		if w == nil {
			w, side, span = to.Workload, r.ingress, from.Addresses
		}
		for _, pod := range representatives(w) {
			for _, a := range side.profile(pod.class).bands().firsts(span) {
				e := ends{from: pod, toAddress: a}
				if from.Workload == nil {
					e = ends{fromAddress: a, to: pod}
				}
				if !yield(e) {
					return
				}
			}
		}
	}
}

// pairs gives different pods of two workloads, one pair for each pair of classes.
func pairs(from, to *Workload) func(yield func(ends) bool) {
	return func(yield func(ends) bool) {
		if from == to && from.bare {
			yield(ends{from: from.Pods[0], to: to.Pods[0], same: true})
			return
		}
		for _, source := range representatives(from) {
			for _, destination := range representatives(to) {
				if from == to && source == destination && len(from.Pods) > 1 && !twice(from, source.class) {
					continue // the only pod of its class: no pair
				}
				if !yield(ends{from: source, to: destination}) {
					return
				}
			}
		}
	}
}

func twice(w *Workload, class int) bool {
	n := 0
	for _, pod := range w.Pods {
		if pod.class == class {
			n++
		}
	}
	return n > 1
}

// representatives gives a pod of each class.
func representatives(w *Workload) []*Pod {
	if len(w.Pods) == 1 {
		return w.Pods
	}
	var pods []*Pod
	for _, pod := range w.Pods {
		if !slices.ContainsFunc(pods, func(p *Pod) bool { return p.class == pod.class }) {
			pods = append(pods, pod)
		}
	}
	return pods
}

// firsts gives an address of each part into which the bands cut a range.
func (b *bands) firsts(r Range) []netip.Addr {
	firsts := []netip.Addr{r.First}
	for _, band := range b.addresses {
		for _, part := range band.peers {
			for _, a := range []netip.Addr{part.First, part.Last.Next()} {
				if r.Contains(a) {
					firsts = append(firsts, a)
				}
			}
		}
	}
	slices.SortFunc(firsts, netip.Addr.Compare)
	return slices.Compact(firsts)
}

func (r *Reach) between(e ends) Ports {
	ports := everyPort
	if e.same {
		return ports
	}
	if e.from != nil {
		out := r.egress.profile(e.from.class).bands()
		if e.to != nil {
			ports = out.toPod(e.to.class)
		} else {
			ports = out.toAddress(e.toAddress)
		}
	}
	if e.to != nil {
		into := r.ingress.profile(e.to.class).bands()
		if e.from != nil {
			ports = ports.Intersect(into.toPod(e.from.class))
		} else {
			ports = ports.Intersect(into.toAddress(e.fromAddress))
		}
	}
	return ports
}

// Find gives the peers that a text names: addresses (10.0.0.1, 10.0.0.0/8, 10.0.0.0-10.0.0.9), or workloads as namespace/name[Kind],
// namespace/name, or name, which is in the default namespace. There may be several workloads of one name, and of different kinds.
func (r *Reach) Find(text string) ([]Peer, error) {
	if addresses, err := ParseRange(text); err == nil {
		return []Peer{{Addresses: addresses}}, nil
	}
	namespace, name, found := strings.Cut(text, "/")
	if !found {
		namespace, name = r.options.DefaultNamespace, text
	}
	name, kind, _ := strings.Cut(strings.TrimSuffix(name, "]"), "[")
	var peers []Peer
	for _, w := range r.workloads {
		if w.Namespace == namespace && w.Name == name && (kind == "" || strings.EqualFold(w.Kind, kind)) {
			peers = append(peers, Peer{Workload: w})
		}
	}
	if len(peers) == 0 {
		return nil, fmt.Errorf("find %q: no such workload, and no address or block", text)
	}
	return peers, nil
}
