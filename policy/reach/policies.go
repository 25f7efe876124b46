package reach

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/netvet/netvet/policy/manifest"
)

// Direction is the side of a connection that a rule speaks of: Ingress is asked of the destination, Egress of the source.
type Direction string

// The directions, as the API spells policyTypes.
const (
	Ingress Direction = "Ingress"
	Egress  Direction = "Egress"
)

// lists names the fields of a direction: a policy's rules, and a rule's peers.
func (d Direction) lists() (rules, peers string) {
	if d == Ingress {
		return "ingress", "from"
	}
	return "egress", "to"
}

// Policy is a NetworkPolicy with the API server's defaults.
type Policy struct {
	Namespace string
	Name      string
	Resource  *manifest.Resource

	selector selector
	isolates map[Direction]bool
	rules    map[Direction][]*admission
}

// String gives namespace/name.
func (p *Policy) String() string { return p.Namespace + "/" + p.Name }

// Span is the place of the policy.
func (p *Policy) Span() manifest.Span { return p.Resource.Span(manifest.Path{"metadata", "name"}) }

// Isolates tells whether the policy isolates the pods that it selects in the direction: whatever no rule admits is blocked.
func (p *Policy) Isolates(d Direction) bool { return p.isolates[d] }

// Rules are those of a direction that the policy isolates, in the order written. The other direction's have no effect and are left out.
func (p *Policy) Rules(d Direction) []Rule {
	rules := make([]Rule, len(p.rules[d]))
	for i := range rules {
		rules[i] = Rule{p, d, i}
	}
	return rules
}

// Rule is an ingress or egress rule of a policy. Rules can be compared and be keys of maps.
type Rule struct {
	Policy    *Policy
	Direction Direction
	Index     int // in the policy's list of that direction, from 0
}

// Path leads to the rule in the policy's object.
func (r Rule) Path() manifest.Path {
	list, _ := r.Direction.lists()
	return manifest.Path{"spec", list, r.Index}
}

// Span is the place of the rule.
func (r Rule) Span() manifest.Span { return r.Policy.Resource.Span(r.Path()) }

// String names the policy and the rule: shop/web ingress[0].
func (r Rule) String() string {
	return r.Policy.String() + " " + strings.TrimPrefix(r.Path().String(), "spec.")
}

// admission is what one rule says.
type admission struct {
	Rule

	everyPeer bool
	peers     []peer
	numbers   Ports // what the rule's ports are without the names
	names     []portName

	// Filled in when the pods are known.
	pods      set
	addresses addresses
}

// portName is a port that each destination pod has its own number for.
type portName struct {
	protocol Protocol
	name     string
}

// peer is the API's NetworkPolicyPeer: either selectors or a block.
type peer struct {
	namespaces *selector // nil: the policy's own namespace
	pods       selector
	block      addresses
	isBlock    bool
	refused    bool
}

func readPolicy(n node, name owner) *Policy {
	p := &Policy{
		Namespace: name.namespace,
		Name:      name.name,
		Resource:  n.resource,
		isolates:  map[Direction]bool{},
		rules:     map[Direction][]*admission{},
	}
	spec := n.to("spec")
	if !spec.mapping() {
		spec.value = nil
	}
	p.selector = readSelector(spec.to("podSelector"))
	p.readTypes(spec)
	for _, d := range []Direction{Ingress, Egress} {
		list, _ := d.lists()
		if !p.isolates[d] {
			continue
		}
		for i, item := range spec.to(list).items() {
			p.rules[d] = append(p.rules[d], readRule(item, Rule{p, d, i}))
		}
	}
	return p
}

// readTypes applies the default: Ingress, and Egress where there is an egress rule.
func (p *Policy) readTypes(spec node) {
	types := spec.to("policyTypes").items()
	if len(types) == 0 {
		p.isolates[Ingress] = true
		p.isolates[Egress] = len(spec.to("egress").items()) > 0
	}
	for _, t := range types {
		if d := Direction(t.text()); d == Ingress || d == Egress {
			p.isolates[d] = true
		} else {
			t.refuse("want Ingress or Egress")
		}
	}
}

func readRule(n node, r Rule) *admission {
	a := &admission{Rule: r}
	if !n.mapping() {
		return a
	}
	_, list := r.Direction.lists()
	peers, ports := n.to(list).items(), n.to("ports").items()
	a.everyPeer = len(peers) == 0
	for _, item := range peers {
		a.peers = append(a.peers, readPeer(item))
	}
	if len(ports) == 0 {
		a.numbers = everyPort
	}
	var intervals [len(protocolNames)][]Interval
	for _, item := range ports {
		port, name, ok := readPort(item)
		switch {
		case ok && name.name != "":
			a.names = append(a.names, name)
		case ok:
			intervals[name.protocol] = append(intervals[name.protocol], port)
		}
	}
	for protocol, list := range intervals {
		a.numbers = a.numbers.Union(PortsOf(Protocol(protocol), list...))
	}
	return a
}

// readPort reads a NetworkPolicyPort: an interval, or a name, of a protocol.
func readPort(n node) (i Interval, name portName, ok bool) {
	if !n.mapping() {
		return i, name, false
	}
	protocol, port, end := n.to("protocol"), n.to("port"), n.to("endPort")
	if !protocol.absent() {
		at := slices.Index(protocolNames[:], protocol.text())
		if at < 0 {
			protocol.refuse("want TCP, UDP or SCTP")
			return i, name, false
		}
		name.protocol = Protocol(at)
	}
	first, isNumber := port.number()
	last, lastIsNumber := end.number()
	switch {
	case port.absent() && end.absent():
		return Interval{1, maxPort}, name, true
	case isNumber && (first < 1 || first > maxPort):
		port.refuse("want a port from 1 to %d", maxPort)
	case isNumber && end.absent():
		return Interval{first, first}, name, true
	case isNumber && lastIsNumber && first <= last && last <= maxPort:
		return Interval{first, last}, name, true
	case isNumber:
		end.refuse("want a port from %d to %d", first, maxPort)
	case !end.absent():
		end.refuse("an endPort needs a numeric port")
	case !isPortName(port.text()):
		port.refuse("want a number, or a name of up to 15 lower-case letters, digits and hyphens with a letter")
	default:
		name.name = port.text()
		return i, name, true
	}
	return i, name, false
}

// isPortName follows RFC 6335 as the API server does.
func isPortName(s string) bool {
	letter := false
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z':
			letter = true
		case c != '-' && (c < '0' || c > '9'):
			return false
		}
	}
	return letter && len(s) <= 15 && !strings.Contains(s, "--") && s[0] != '-' && s[len(s)-1] != '-'
}

func readPeer(n node) (p peer) {
	p.refused = true
	if !n.mapping() {
		return p
	}
	block, namespaces, pods := n.to("ipBlock"), n.to("namespaceSelector"), n.to("podSelector")
	switch {
	case block.absent() && namespaces.absent() && pods.absent():
		n.refuse("a peer needs a podSelector, a namespaceSelector or an ipBlock")
	case !block.absent() && (!namespaces.absent() || !pods.absent()):
		block.refuse("an ipBlock goes with no other selector")
	case !block.absent():
		p.isBlock = true
		p.block, p.refused = readBlock(block)
	default:
		p.refused = false
		p.pods = readSelector(pods)
		if !namespaces.absent() {
			s := readSelector(namespaces)
			p.namespaces = &s
		}
	}
	return p
}

func readBlock(n node) (block addresses, refused bool) {
	if !n.mapping() {
		return nil, true
	}
	whole, ok := readCIDR(n.to("cidr"))
	if !ok {
		return nil, true
	}
	block = addresses{whole}
	excepts := n.to("except")
	if !excepts.list() {
		excepts.refuse("want a list")
		return nil, true
	}
	for _, item := range excepts.items() {
		hole, ok := readCIDR(item)
		switch {
		case !ok:
			return nil, true
		case !whole.Contains(hole.First) || !whole.Contains(hole.Last):
			item.refuse("the exception is not within the block")
			return nil, true
		}
		block = block.minus(addresses{hole})
	}
	return block, false
}

// readCIDR masks off host bits, which older API servers let pass.
func readCIDR(n node) (Range, bool) {
	prefix, err := netip.ParsePrefix(n.text())
	if err != nil || prefix.Addr().Is4In6() {
		n.refuse("want an IPv4 or IPv6 block such as 10.0.0.0/8")
		return Range{}, false
	}
	return rangeOf(prefix), true
}

func comparePolicies(a, b *Policy) int {
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
}
