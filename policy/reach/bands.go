package reach

// collection is a set of pods' classes, or of addresses.
type collection[S any] interface {
	and(S) S
	or(S) S
	minus(S) S
	meets(S) bool
	empty() bool
}

// band is peers to which the same ports are open.
type band[S collection[S]] struct {
	peers S
	ports Ports
}

// disjoint turns what rules admit, one by one, into bands without a common peer, in which the ports add up. Bands have different ports,
// so there are no more of them than the peers can be told apart by.
func disjoint[S collection[S]](admitted []band[S]) (bands []band[S]) {
	for _, a := range equalPorts(admitted) {
		rest := a.peers
		for i, n := 0, len(bands); i < n && !rest.empty(); i++ {
			b := bands[i]
			if !b.peers.meets(rest) {
				continue
			}
			rest = rest.minus(b.peers)
			union := b.ports.Union(a.ports)
			if union.Equal(b.ports) {
				continue
			}
			common := b.peers.and(a.peers)
			bands[i].peers = b.peers.minus(common)
			bands = append(bands, band[S]{common, union})
		}
		if !rest.empty() {
			bands = append(bands, band[S]{rest, a.ports})
		}
	}
	return equalPorts(bands)
}

// equalPorts joins bands with the same ports and drops those that say nothing.
func equalPorts[S collection[S]](bands []band[S]) (joined []band[S]) {
	at := map[string]int{}
	for _, b := range bands {
		if b.peers.empty() || b.ports.IsEmpty() {
			continue
		}
		key := b.ports.key()
		i, found := at[key]
		if !found {
			i = len(joined)
			at[key] = i
			joined = append(joined, band[S]{ports: b.ports})
		}
		joined[i].peers = joined[i].peers.or(b.peers)
	}
	return joined
}
