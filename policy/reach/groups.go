package reach

import (
	"cmp"
	"iter"
	"slices"
)

// Group is sources that all reach the same destinations on the same ports. A workload that stands on both sides is meant to reach itself
// only if it has several pods.
type Group struct {
	From, To []Peer
	Ports    Ports
}

// block is classes that all reach the same classes on the same ports.
type block struct {
	from, to set
	ports    Ports
}

// blocks gives every pair of classes between which a port is open in just one block. No pair is looked at that the profiles do not tell apart.
func (r *Reach) blocks(yield func(block) bool) {
	toward := r.toward()
	for _, destination := range r.ingress.profiles {
		if destination.members.empty() {
			continue
		}
		for _, in := range destination.bands().pods {
			for source, from := range r.sources(in.peers, destination, toward) {
				for _, out := range source.bands().pods {
					if !out.peers.meets(destination.members) {
						continue
					}
					ports := in.ports.Intersect(out.ports)
					if !ports.IsEmpty() && !yield(block{from, out.peers.and(destination.members), ports}) {
						return
					}
				}
			}
		}
	}
}

// toward lists, for each profile of destinations, the profiles of sources whose egress admits one of them. Those that admit
// nearly everything are kept apart.
type toward struct {
	wide   []int32
	narrow map[*profile][]int32
}

func (r *Reach) toward() toward {
	t := toward{narrow: map[*profile][]int32{}}
	for i, source := range r.egress.profiles {
		if source.members.empty() {
			continue
		}
		var reached set
		for _, band := range source.bands().pods {
			reached = reached.or(band.peers)
		}
		if reached.count() > len(r.classes)/2 {
			t.wide = append(t.wide, int32(i))
			continue
		}
		for class := range reached.all() {
			destination := r.ingress.profile(class)
			list := t.narrow[destination]
			if len(list) == 0 || list[len(list)-1] != int32(i) {
				t.narrow[destination] = append(list, int32(i))
			}
		}
	}
	return t
}

// sources splits the admitted classes by their profile of egress, and leaves out profiles that do not admit the destination. It asks
// the classes or the profiles, whichever are fewer.
func (r *Reach) sources(admitted set, destination *profile, t toward) iter.Seq2[*profile, set] {
	return func(yield func(*profile, set) bool) {
		candidates := t.narrow[destination]
		if admitted.count() < len(candidates)+len(t.wide) {
			for rest := admitted.and(r.real); !rest.empty(); {
				source := r.egress.profile(rest.least())
				if !yield(source, rest.and(source.members)) {
					return
				}
				rest = rest.minus(source.members)
			}
			return
		}
		for _, list := range [][]int32{t.wide, candidates} {
			for _, i := range list {
				source := r.egress.profiles[i]
				if from := admitted.and(source.members); !from.empty() && !yield(source, from) {
					return
				}
			}
		}
	}
}

// Groups gives all connections as groups, each pair of pods that reach each other in just one: first those between workloads, then from
// addresses outside the cluster, then to such. A workload of pods that policies tell apart may stand in several. The order is always the same.
func (r *Reach) Groups() iter.Seq[Group] {
	return func(yield func(Group) bool) {
		for b := range r.blocks {
			if !yield(Group{r.peersOf(b.from), r.peersOf(b.to), b.ports}) {
				return
			}
		}
		for _, s := range []*side{r.ingress, r.egress} {
			for _, p := range s.profiles {
				if p.members.empty() {
					continue
				}
				workloads := r.peersOf(p.members)
				for _, band := range p.bands().addresses {
					group := Group{peersAt(band.peers), workloads, band.ports}
					if s == r.egress {
						group.From, group.To = group.To, group.From
					}
					if !yield(group) {
						return
					}
				}
			}
		}
	}
}

// peersOf gives the workloads that have pods of the classes, sorted.
func (r *Reach) peersOf(classes set) []Peer {
	var workloads []*Workload
	for class := range classes.all() {
		for _, pod := range r.classes[class].pods {
			workloads = append(workloads, pod.workload)
		}
	}
	slices.SortFunc(workloads, func(a, b *Workload) int { return cmp.Compare(a.index, b.index) })
	workloads = slices.Compact(workloads)
	peers := make([]Peer, len(workloads))
	for i, w := range workloads {
		peers[i].Workload = w
	}
	return peers
}

func peersAt(ranges addresses) []Peer {
	peers := make([]Peer, len(ranges))
	for i, r := range ranges {
		peers[i].Addresses = r
	}
	return peers
}

// Connection is what one peer may open to another.
type Connection struct {
	From, To Peer
	Ports    Ports

	// Partial is true if the ports are not open from every pod of the one to every pod of the other: policies tell their pods apart.
	Partial bool
}

// Connections gives all connections, peer by peer: sorted by source, then destination, workloads before addresses. Adjacent addresses that
// no policy tells apart for the workload are one range. A workload to itself is a connection between different pods of it.
//
// Rows are made as they are asked for; what they are made from is as large as [Reach.Groups].
func (r *Reach) Connections() iter.Seq[Connection] {
	return func(yield func(Connection) bool) {
		rows := r.rows()
		for _, w := range r.workloads {
			if !rows.from(w, yield) {
				return
			}
			for _, c := range r.external(w, r.egress) {
				if !yield(Connection{Peer{Workload: w}, c.peer, c.Some, !c.All.Equal(c.Some)}) {
					return
				}
			}
		}
		for _, c := range r.admitted() {
			if !yield(c) {
				return
			}
		}
	}
}

// rows finds blocks by source, and holds the row in the making.
type rows struct {
	*Reach
	blocks  []block
	ofClass [][]int32
	ports   []Ports // of the row, by destination's workload
	open    []bool
	touched []int
}

func (r *Reach) rows() *rows {
	t := &rows{
		Reach:   r,
		ofClass: make([][]int32, len(r.classes)),
		ports:   make([]Ports, len(r.workloads)),
		open:    make([]bool, len(r.workloads)),
	}
	for b := range r.blocks {
		for class := range b.from.all() {
			t.ofClass[class] = append(t.ofClass[class], int32(len(t.blocks)))
		}
		t.blocks = append(t.blocks, b)
	}
	return t
}

func (t *rows) from(w *Workload, yield func(Connection) bool) bool {
	sources := representatives(w)
	for _, source := range sources {
		for _, i := range t.ofClass[source.class] {
			b := &t.blocks[i]
			for class := range b.to.all() {
				for _, pod := range t.classes[class].pods {
					t.touch(pod.workload.index, b.ports)
				}
			}
		}
	}
	defer t.clear()
	slices.Sort(t.touched)
	for _, i := range t.touched {
		to := t.workloads[i]
		if to == w && w.bare {
			continue
		}
		c := Connection{Peer{Workload: w}, Peer{Workload: to}, t.ports[i], false}
		if len(w.Pods) > 1 || len(to.Pods) > 1 {
			answer := t.Between(c.From, c.To)
			c.Ports, c.Partial = answer.Some, !answer.All.Equal(answer.Some)
		}
		if !c.Ports.IsEmpty() && !yield(c) {
			return false
		}
	}
	return true
}

func (t *rows) touch(i int, ports Ports) {
	if t.open[i] {
		return
	}
	t.open[i] = true
	t.ports[i] = ports
	t.touched = append(t.touched, i)
}

func (t *rows) clear() {
	for _, i := range t.touched {
		t.open[i] = false
	}
	t.touched = t.touched[:0]
}

// outside is addresses that a workload's pods reach, or are reached from.
type outside struct {
	peer Peer
	Answer
}

// external gives what is open between a workload and the outside, by range.
func (r *Reach) external(w *Workload, s *side) (open []outside) {
	pods := representatives(w)
	if len(pods) == 1 {
		for _, band := range s.profile(pods[0].class).bands().addresses {
			for _, span := range band.peers {
				open = append(open, outside{Peer{Addresses: span}, Answer{band.ports, band.ports}})
			}
		}
	} else {
		open = r.overlaid(pods, s)
	}
	slices.SortFunc(open, func(a, b outside) int { return a.peer.Addresses.compare(b.peer.Addresses) })
	return open
}

// overlaid is external for pods that policies tell apart.
func (r *Reach) overlaid(pods []*Pod, s *side) (open []outside) {
	var some []band[addresses]
	for _, pod := range pods {
		some = append(some, s.profile(pod.class).bands().addresses...)
	}
	for _, band := range disjoint(some) {
		for _, span := range band.peers {
			all := band.ports
			for _, pod := range pods {
				own := s.profile(pod.class).bands()
				for _, a := range own.firsts(span) {
					all = all.Intersect(own.toAddress(a))
				}
			}
			open = append(open, outside{Peer{Addresses: span}, Answer{all, band.ports}})
		}
	}
	return open
}

// admitted gives the connections from outside the cluster.
func (r *Reach) admitted() (connections []Connection) {
	for _, w := range r.workloads {
		for _, c := range r.external(w, r.ingress) {
			connections = append(connections, Connection{c.peer, Peer{Workload: w}, c.Some, !c.All.Equal(c.Some)})
		}
	}
	slices.SortStableFunc(connections, func(a, b Connection) int { return a.From.Addresses.compare(b.From.Addresses) })
	return connections
}
