package reach

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

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

// Try tells apart the ports for which each pod of the destination is asked, such as the one that it gives a name: those that are open from some pod
// or address to some pod that is asked for them, and those that are closed between some. For an address outside the cluster, the pod is nil.
func (r *Reach) Try(from, to Peer, asked func(*Pod) Ports) (open, closed Ports) {
	for _, part := range partsOf(to, asked) {
		for ends := range r.endsAt(from, to, part.pods) {
			ports := r.between(ends)
			open, closed = open.Union(part.ports.Intersect(ports)), closed.Union(part.ports.Minus(ports))
		}
	}
	return open, closed
}

// part is pods that are asked for the same ports, one of each class.
type part struct {
	pods  []*Pod
	ports Ports
}

func partsOf(to Peer, asked func(*Pod) Ports) (parts []part) {
	if to.Workload == nil {
		return []part{{ports: asked(nil)}}
	}
	for _, pod := range to.Workload.Pods {
		ports := asked(pod)
		i := slices.IndexFunc(parts, func(p part) bool { return p.ports.Equal(ports) })
		if i < 0 {
			i = len(parts)
			parts = append(parts, part{ports: ports})
		}
		if !slices.ContainsFunc(parts[i].pods, func(p *Pod) bool { return p.class == pod.class }) {
			parts[i].pods = append(parts[i].pods, pod)
		}
	}
	return parts
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
	var destinations []*Pod
	if to.Workload != nil {
		destinations = representatives(to.Workload)
	}
	return r.endsAt(from, to, destinations)
}

// endsAt gives pairs that represent all pods and addresses of the one and these pods of the other, if it is a workload.
func (r *Reach) endsAt(from, to Peer, destinations []*Pod) func(yield func(ends) bool) {
	return func(yield func(ends) bool) {
		if from.Workload == nil && to.Workload == nil {
			yield(ends{fromAddress: from.Addresses.First, toAddress: to.Addresses.First})
			return
		}
		if from.Workload != nil && to.Workload != nil {
			for pair := range pairs(from.Workload, to.Workload, destinations) {
				if !yield(pair) {
					return
				}
			}
			return
		}
		pods, side, span := destinations, r.ingress, from.Addresses
		if from.Workload != nil {
			pods, side, span = representatives(from.Workload), r.egress, to.Addresses
		}
		for _, pod := range pods {
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

// pairs gives different pods of two workloads, one pair for each pair of classes, with these pods of the second.
func pairs(from, to *Workload, destinations []*Pod) func(yield func(ends) bool) {
	return func(yield func(ends) bool) {
		if from == to && from.bare {
			yield(ends{from: from.Pods[0], to: to.Pods[0], same: true})
			return
		}
		for _, source := range representatives(from) {
			for _, destination := range destinations {
				if from == to && source.class == destination.class && len(from.Pods) > 1 && !twice(from, source.class) {
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
