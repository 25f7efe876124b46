package reach

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"sync"
)

// profile is what all policies together say of some classes in one direction: which peers, on which ports.
// Classes that the same policies select share one.
type profile struct {
	isolated bool
	policies []*Policy    // those that isolate
	rules    []*admission // theirs
	named    []namedPort  // of the classes, if a rule of ingress asks for names
	members  set          // real classes

	// bands are worked out when first asked for. The peers of each list are disjoint.
	bands func() *bands
}

type bands struct {
	pods      []band[set]
	addresses []band[addresses]
}

// newProfile gives a profile without members.
func (u *universe) newProfile(d Direction, policies []*Policy, named []namedPort) *profile {
	p := &profile{isolated: len(policies) > 0, policies: policies, named: named}
	for _, policy := range policies {
		p.rules = append(p.rules, policy.rules[d]...)
	}
	p.bands = sync.OnceValue(func() *bands { return u.bandsOf(p, d) })
	return p
}

func (u *universe) bandsOf(p *profile, d Direction) *bands {
	if !p.isolated {
		return &bands{[]band[set]{{u.everything, everyPort}}, []band[addresses]{{everyAddress(), everyPort}}}
	}
	var pods []band[set]
	var external []band[addresses]
	for _, rule := range p.rules {
		ports := rule.numbers
		if d == Ingress {
			ports = ports.Union(resolve(rule.names, p.named))
		}
		pods = append(pods, band[set]{rule.pods, ports})
		external = append(external, band[addresses]{rule.addresses, ports})
		if d == Egress && len(rule.names) > 0 {
			pods = append(pods, u.resolved(rule)...)
		}
	}
	return &bands{disjoint(pods), disjoint(external)}
}

// resolve gives the numbers that container ports give to names.
func resolve(names []portName, named []namedPort) (ports Ports) {
	for _, port := range named {
		if slices.Contains(names, port.portName) {
			ports = ports.Union(PortsOf(port.protocol, Interval{port.number, port.number}))
		}
	}
	return ports
}

// resolved gives what the port names of an egress rule admit. Nothing outside the cluster, nor in a node's network, has a name for a port.
func (u *universe) resolved(rule *admission) (pods []band[set]) {
	for _, key := range u.namedKeys {
		classes := u.byNamed[key]
		if key == "" || !classes.meets(rule.pods) {
			continue
		}
		if ports := resolve(rule.names, u.classes[classes.least()].named); !ports.IsEmpty() {
			pods = append(pods, band[set]{classes.and(rule.pods), ports})
		}
	}
	return pods
}

func (b *bands) toPod(class int) Ports {
	for _, band := range b.pods {
		if band.peers.has(class) {
			return band.ports
		}
	}
	return Ports{}
}

func (b *bands) toAddress(a netip.Addr) Ports {
	for _, band := range b.addresses {
		if band.peers.has(a) {
			return band.ports
		}
	}
	return Ports{}
}

// side is the profiles of one direction.
type side struct {
	direction Direction
	profiles  []*profile
	of        []int32 // the profile of each class
}

func (s *side) profile(class int) *profile { return s.profiles[s.of[class]] }

// group is the policies of one namespace with one selector.
type group struct {
	policies []*Policy
	targets  set
	names    bool // a rule of ingress asks for port names
}

func (u *universe) groupsOf(policies []*Policy) (groups []*group) {
	at := map[[2]string]*group{}
	for _, p := range policies {
		key := [2]string{p.Namespace, p.selector.key()}
		g := at[key]
		if g == nil {
			g = &group{targets: u.labels.selected(p.selector, u.spans[p.Namespace].and(u.selectable))}
			at[key] = g
			groups = append(groups, g)
		}
		g.policies = append(g.policies, p)
		g.names = g.names || slices.ContainsFunc(p.rules[Ingress], func(a *admission) bool { return len(a.names) > 0 })
	}
	return groups
}

// sideOf gathers classes with the same isolating policies.
func (u *universe) sideOf(d Direction, groups []*group) *side {
	selecting := make([][]int32, len(u.classes))
	for i, g := range groups {
		if slices.ContainsFunc(g.policies, func(p *Policy) bool { return p.isolates[d] }) {
			for class := range g.targets.all() {
				selecting[class] = append(selecting[class], int32(i))
			}
		}
	}
	s := &side{direction: d, of: make([]int32, len(u.classes))}
	at := map[string]int32{}
	var key []byte
	for class, list := range selecting {
		key = key[:0]
		names := false
		for _, i := range list {
			key = binary.AppendUvarint(key, uint64(i)+1)
			names = names || d == Ingress && groups[i].names
		}
		var named []namedPort
		if names {
			named = u.classes[class].named
			key = append(append(key, 0), u.classes[class].namedKey...)
		}
		i, found := at[string(key)]
		if !found {
			var policies []*Policy
			for _, g := range list {
				for _, p := range groups[g].policies {
					if p.isolates[d] {
						policies = append(policies, p)
					}
				}
			}
			slices.SortFunc(policies, comparePolicies)
			i = int32(len(s.profiles))
			at[string(key)] = i
			s.profiles = append(s.profiles, u.newProfile(d, policies, named))
		}
		s.of[class] = i
		if u.real.has(class) {
			s.profiles[i].members.add(class)
		}
	}
	return s
}

// locate finds the pods and addresses that the rules' peers are.
func (u *universe) locate(policies []*Policy) {
	f := finder{u, map[string]set{}, map[string]set{}}
	for _, p := range policies {
		for _, rules := range p.rules {
			for _, rule := range rules {
				if rule.everyPeer {
					rule.pods, rule.addresses = u.everything, everyAddress()
				}
				for _, peer := range rule.peers {
					rule.pods = rule.pods.or(f.pods(peer, p.Namespace))
					rule.addresses = rule.addresses.or(peer.block)
				}
			}
		}
	}
}

// finder remembers what selectors select.
type finder struct {
	*universe
	namespaces map[string]set // classes, by the selector of namespaces
	peers      map[string]set
}

func (f finder) pods(p peer, namespace string) set {
	if p.refused {
		return set{}
	}
	if p.isBlock {
		return f.inBlock(p.block)
	}
	key, own := namespace, f.spans[namespace]
	if p.namespaces != nil {
		key = "\n" + p.namespaces.key()
		own = f.within(key, *p.namespaces)
	}
	key = strconv.Itoa(len(key)) + key + p.pods.key()
	found, known := f.peers[key]
	if !known {
		found = f.labels.selected(p.pods, own.and(f.selectable))
		f.peers[key] = found
	}
	return found
}

func (f finder) within(key string, s selector) set {
	found, known := f.namespaces[key]
	if !known {
		for i := range f.ofNames.selected(s, below(len(f.universe.namespaces))).all() {
			found = found.or(f.spans[f.universe.namespaces[i]])
		}
		f.namespaces[key] = found
	}
	return found
}

func (u *universe) inBlock(block addresses) (found set) {
	for _, r := range block {
		i, _ := slices.BinarySearchFunc(u.addresses, r.First, netip.Addr.Compare)
		for ; i < len(u.addresses) && r.Contains(u.addresses[i]); i++ {
			found = found.or(u.byAddress[u.addresses[i]])
		}
	}
	return found
}
