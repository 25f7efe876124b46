package reach

import (
	"math/big"
	"net/netip"
	"slices"
	"strings"
)

// Audience is whom a workload is open to.
type Audience string

// The audiences, from wide to narrow.
const (
	// World is most public addresses of IPv4 or IPv6, whether or not some are left out.
	World Audience = "world"

	// AllNamespaces is pods without labels in a namespace that nobody has seen: anybody who may make a namespace.
	AllNamespaces Audience = "all namespaces"

	// UnlabelledPods is pods without labels in namespaces that are known: whatever is started there.
	UnlabelledPods Audience = "unlabelled pods"
)

// Exposure is a workload that is open to peers which nobody has named.
type Exposure struct {
	Workload  *Workload
	Direction Direction // Ingress: they reach the workload; Egress: it reaches them
	Audience  Audience
	Ports     Ports

	// Addresses are those outside the cluster to which some of the ports are open, for World.
	Addresses []Range

	// Namespaces are those of UnlabelledPods, sorted.
	Namespaces []string

	// Rules are those that admit the audience. There is none if no policy isolates the workload.
	Rules []Rule

	// Published are the Services and Ingresses that hand connections from outside to the workload, for World and Ingress.
	Published []Publication
}

// Exposed gives what is open to more than is named, by workload and audience. What is open to all namespaces is not told again of
// the pods in each.
func (r *Reach) Exposed(d Direction) (exposures []Exposure) {
	s := r.ingress
	if d == Egress {
		s = r.egress
	}
	x := exposer{r, s, publicAddresses(), map[int][]Exposure{}}
	for _, w := range r.workloads {
		var of []Exposure
		for _, pod := range representatives(w) {
			of = join(of, x.class(pod.class))
		}
		for _, e := range of {
			e.Workload, e.Direction = w, d
			if e.Audience == World && d == Ingress {
				e.Published = slices.Clone(r.published[w])
			}
			exposures = append(exposures, e)
		}
	}
	return exposures
}

// join adds what another class of the same workload is open to.
func join(list, more []Exposure) []Exposure {
	for _, e := range more {
		i := slices.IndexFunc(list, func(o Exposure) bool {
			return o.Audience == e.Audience && slices.Equal(o.Namespaces, e.Namespaces)
		})
		if i < 0 {
			list = append(list, e)
			continue
		}
		list[i].Ports = list[i].Ports.Union(e.Ports)
		list[i].Addresses = unite(slices.Concat(list[i].Addresses, e.Addresses))
		for _, rule := range e.Rules {
			if !slices.Contains(list[i].Rules, rule) {
				list[i].Rules = append(list[i].Rules, rule)
			}
		}
	}
	return list
}

type exposer struct {
	*Reach
	*side
	public []addresses // of each family
	known  map[int][]Exposure
}

func (x exposer) class(class int) (exposures []Exposure) {
	if known, found := x.known[class]; found {
		return known
	}
	p := x.profile(class)
	if ports, open := x.world(p.bands().addresses); !ports.IsEmpty() {
		exposures = append(exposures, Exposure{Audience: World, Ports: ports, Addresses: open, Rules: p.admitting(ports, func(a *admission) bool {
			return a.addresses.meets(open)
		})})
	}
	everywhere := x.toward(class, elsewhere)
	if !everywhere.IsEmpty() {
		exposures = append(exposures, Exposure{Audience: AllNamespaces, Ports: everywhere, Rules: p.admitting(everywhere, func(a *admission) bool {
			return a.pods.has(x.unlabelled[elsewhere])
		})})
	}
	exposures = append(exposures, x.namespaceWise(class, everywhere)...)
	x.known[class] = exposures
	return exposures
}

// namespaceWise gives namespaces whose pods without labels have more than those elsewhere have; namespaces with the same ports together.
func (x exposer) namespaceWise(class int, everywhere Ports) (exposures []Exposure) {
	p := x.profile(class)
	for _, name := range x.universe.namespaces {
		ports := x.toward(class, name)
		if name == elsewhere || ports.Minus(everywhere).IsEmpty() {
			continue
		}
		i := slices.IndexFunc(exposures, func(e Exposure) bool { return e.Ports.Equal(ports) })
		if i < 0 {
			i = len(exposures)
			exposures = append(exposures, Exposure{Audience: UnlabelledPods, Ports: ports})
		}
		exposures[i].Namespaces = append(exposures[i].Namespaces, name)
	}
	for i, e := range exposures {
		exposures[i].Rules = p.admitting(e.Ports, func(a *admission) bool {
			return slices.ContainsFunc(e.Namespaces, func(name string) bool { return a.pods.has(x.unlabelled[name]) })
		})
	}
	return exposures
}

// toward gives the ports open between a class and pods without labels in a namespace.
func (x exposer) toward(class int, namespace string) Ports {
	from, to := x.unlabelled[namespace], class
	if x.direction == Egress {
		from, to = to, from
	}
	return x.egress.profile(from).bands().toPod(to).Intersect(x.ingress.profile(to).bands().toPod(from))
}

// admitting gives the rules with some of the ports and a peer that counts.
func (p *profile) admitting(ports Ports, counts func(*admission) bool) (rules []Rule) {
	for _, a := range p.rules {
		own := a.numbers.Union(resolve(a.names, p.named))
		if counts(a) && (len(a.names) > 0 || !own.Intersect(ports).IsEmpty()) {
			rules = append(rules, a.Rule)
		}
	}
	return rules
}

// world gives the ports that are open to most public addresses of a family, and to which addresses some of them are.
func (x exposer) world(bands []band[addresses]) (ports Ports, open addresses) {
	for _, b := range bands {
		var peers addresses
		for _, other := range bands {
			if b.ports.Minus(other.ports).IsEmpty() {
				peers = peers.or(other.peers)
			}
		}
		if x.mostlyPublic(peers) {
			ports = ports.Union(b.ports)
			open = open.or(peers)
		}
	}
	return ports, open
}

// privateBlocks are the ranges that are not the public internet: RFC 1918, RFC 6598, RFC 3927, RFC 4193 and RFC 4291.
const privateBlocks = "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 169.254.0.0/16 fc00::/7 fe80::/10"

func publicAddresses() (public []addresses) {
	var private []Range
	for _, text := range strings.Fields(privateBlocks) {
		private = append(private, rangeOf(netip.MustParsePrefix(text)))
	}
	for _, family := range everyAddress() {
		public = append(public, addresses{family}.minus(unite(private)))
	}
	return public
}

func (x exposer) mostlyPublic(s addresses) bool {
	return slices.ContainsFunc(x.public, func(public addresses) bool {
		return s.and(public).size().Cmp(new(big.Int).Rsh(public.size(), 1)) > 0
	})
}

// size counts addresses.
func (s addresses) size() *big.Int {
	total := new(big.Int)
	for _, r := range s {
		first, last := new(big.Int).SetBytes(r.First.AsSlice()), new(big.Int).SetBytes(r.Last.AsSlice())
		total.Add(total, last.Sub(last, first)).Add(total, big.NewInt(1))
	}
	return total
}
