package reach

import (
	"cmp"
	"encoding/binary"
	"iter"
	"maps"
	"slices"
	"strings"
)

// Diff is what differs between two sets of resources. It is immutable and safe for concurrent use.
type Diff struct {
	Before, After *Reach

	// Added and Removed are workloads that only one of the two has, by identity. All their connections are gained, or lost.
	Added, Removed []*Workload

	joint  []*joint
	blocks []changed
}

// Change is a connection that one of the two sets allows and the other does not.
type Change struct {
	Gained bool // else lost
	Connection
}

// joint is workloads that neither set tells apart.
type joint struct {
	before, after []int // classes; empty if the set has not got them
	workloads     []*Workload
}

// changed is sources that gain or lose the same ports to the same destinations.
type changed struct {
	gained bool
	from   set // joints
	to     set
	ports  Ports
}

// Compare finds the connections gained and lost from one set to another. Workloads are the same if their namespace, name and kind are; a port
// counts for a workload if some pod of it has it. Pairs that neither set tells apart are compared once.
func Compare(before, after *Reach) *Diff {
	d := &Diff{Before: before, After: after}
	d.join()
	old, now := d.table(before), d.table(after)
	sources := map[string]*changed{} // from: those with the same rows
	var keys []string
	for j := range d.joint {
		key := rowKey(old.ofJoint[j], now.ofJoint[j])
		if sources[key] == nil {
			sources[key] = &changed{}
			keys = append(keys, key)
		}
		sources[key].from.add(j)
	}
	for _, key := range keys {
		from := sources[key].from
		was, is := old.row(from.least()), now.row(from.least())
		for _, b := range beyond(is, was) {
			d.blocks = append(d.blocks, changed{true, from, b.peers, b.ports})
		}
		for _, b := range beyond(was, is) {
			d.blocks = append(d.blocks, changed{false, from, b.peers, b.ports})
		}
	}
	return d
}

// beyond gives what is in a and not in b. The peers of each are disjoint.
func beyond[S collection[S]](a, b []band[S]) (more []band[S]) {
	for _, x := range a {
		rest := x.peers
		for _, y := range b {
			if !y.peers.meets(x.peers) {
				continue
			}
			if ports := x.ports.Minus(y.ports); !ports.IsEmpty() {
				more = append(more, band[S]{x.peers.and(y.peers), ports})
			}
			rest = rest.minus(y.peers)
		}
		if !rest.empty() {
			more = append(more, band[S]{rest, x.ports})
		}
	}
	return equalPorts(more)
}

// join gathers workloads with the same classes in both sets.
func (d *Diff) join() {
	type pair struct{ before, after *Workload }
	pairs := map[string]pair{}
	for _, w := range d.Before.workloads {
		pairs[w.String()] = pair{before: w}
	}
	for _, w := range d.After.workloads {
		pairs[w.String()] = pair{pairs[w.String()].before, w}
	}
	at := map[string]*joint{}
	for _, id := range slices.Sorted(maps.Keys(pairs)) {
		p := pairs[id]
		j := joint{before: classesOf(p.before), after: classesOf(p.after)}
		w := p.after
		switch {
		case p.after == nil:
			w = p.before
			d.Removed = append(d.Removed, w)
		case p.before == nil:
			d.Added = append(d.Added, w)
		}
		key := string(appendInts(appendInts(nil, j.before), j.after))
		if at[key] == nil {
			at[key] = &j
			d.joint = append(d.joint, &j)
		}
		at[key].workloads = append(at[key].workloads, w)
	}
}

func classesOf(w *Workload) (classes []int) {
	if w == nil {
		return nil
	}
	for _, pod := range representatives(w) {
		classes = append(classes, pod.class)
	}
	slices.Sort(classes)
	return classes
}

func appendInts(key []byte, list []int) []byte {
	key = binary.AppendUvarint(key, uint64(len(list)))
	for _, n := range list {
		key = binary.AppendUvarint(key, uint64(n))
	}
	return key
}

func rowKey(a, b []int) string { return string(appendInts(appendInts(nil, a), b)) }

// jointTable is the blocks of one set among joints.
type jointTable struct {
	blocks  []block
	ofJoint [][]int
}

func (d *Diff) table(r *Reach) (t jointTable) {
	joints := make([][]int, len(r.classes))
	for i, j := range d.joint {
		classes := j.before
		if r == d.After {
			classes = j.after
		}
		for _, class := range classes {
			joints[class] = append(joints[class], i)
		}
	}
	among := func(classes set) (s set) {
		for class := range classes.all() {
			for _, j := range joints[class] {
				s.add(j)
			}
		}
		return s
	}
	t.ofJoint = make([][]int, len(d.joint))
	for b := range r.blocks {
		b = block{among(b.from), among(b.to), b.ports}
		for j := range b.from.all() {
			t.ofJoint[j] = append(t.ofJoint[j], len(t.blocks))
		}
		t.blocks = append(t.blocks, b)
	}
	return t
}

func (t jointTable) row(j int) []band[set] {
	var row []band[set]
	for _, i := range t.ofJoint[j] {
		row = append(row, band[set]{t.blocks[i].to, t.blocks[i].ports})
	}
	return disjoint(row)
}

// Changes gives the connections gained and lost, sorted by source, then destination, what is gained first. A workload to itself is
// a connection between different pods of it.
func (d *Diff) Changes() iter.Seq[Change] {
	return func(yield func(Change) bool) {
		for _, c := range d.changes() {
			if !yield(c) {
				return
			}
		}
	}
}

// IsEmpty tells whether the same connections are allowed.
func (d *Diff) IsEmpty() bool {
	for range d.Changes() {
		return false
	}
	return true
}

func (d *Diff) changes() (changes []Change) {
	for _, b := range d.blocks {
		for i := range b.from.all() {
			for _, from := range d.joint[i].workloads {
				for j := range b.to.all() {
					for _, to := range d.joint[j].workloads {
						if from != to {
							changes = append(changes, Change{b.gained, Connection{From: Peer{Workload: from}, To: Peer{Workload: to}, Ports: b.ports}})
						}
					}
				}
			}
		}
	}
	changes = append(changes, d.own()...)
	changes = append(changes, d.external(Ingress)...)
	changes = append(changes, d.external(Egress)...)
	slices.SortFunc(changes, func(a, b Change) int {
		gained := 0
		if a.Gained != b.Gained {
			gained = 1
			if a.Gained {
				gained = -1
			}
		}
		return cmp.Or(a.From.compare(b.From), a.To.compare(b.To), gained)
	})
	return changes
}

// own compares workloads with themselves: what counts is whether different pods reach each other, not whether pods like them would.
func (d *Diff) own() (changes []Change) {
	for _, j := range d.joint {
		for _, w := range j.workloads {
			was, is := d.itself(d.Before, w), d.itself(d.After, w)
			for _, c := range []Change{{true, Connection{Ports: is.Minus(was)}}, {false, Connection{Ports: was.Minus(is)}}} {
				if !c.Ports.IsEmpty() {
					c.From, c.To = Peer{Workload: w}, Peer{Workload: w}
					changes = append(changes, c)
				}
			}
		}
	}
	return changes
}

func (d *Diff) itself(r *Reach, w *Workload) Ports {
	own := r.counterpart(Peer{Workload: w})
	if own.Workload == nil || own.Workload.bare {
		return Ports{}
	}
	return r.Between(own, own).Some
}

// external compares what is open to and from the outside.
func (d *Diff) external(direction Direction) (changes []Change) {
	for _, j := range d.joint {
		was, is := d.Before.outside(j.before, direction), d.After.outside(j.after, direction)
		for _, gained := range []bool{true, false} {
			more := beyond(is, was)
			if !gained {
				more = beyond(was, is)
			}
			for _, b := range more {
				for _, span := range b.peers {
					for _, w := range j.workloads {
						c := Change{gained, Connection{From: Peer{Addresses: span}, To: Peer{Workload: w}, Ports: b.ports}}
						if direction == Egress {
							c.From, c.To = c.To, c.From
						}
						changes = append(changes, c)
					}
				}
			}
		}
	}
	return changes
}

func (r *Reach) outside(classes []int, direction Direction) []band[addresses] {
	s := r.ingress
	if direction == Egress {
		s = r.egress
	}
	if len(classes) == 1 {
		return s.profile(classes[0]).bands().addresses
	}
	var all []band[addresses]
	for _, class := range classes {
		all = append(all, s.profile(class).bands().addresses...)
	}
	return disjoint(all)
}

// compare sorts workloads before addresses.
func (p Peer) compare(q Peer) int {
	switch {
	case p.Workload != nil && q.Workload != nil:
		v, w := p.Workload, q.Workload
		return cmp.Or(strings.Compare(v.Namespace, w.Namespace), strings.Compare(v.Name, w.Name), strings.Compare(v.Kind, w.Kind))
	case p.Workload != nil:
		return -1
	case q.Workload != nil:
		return 1
	}
	return p.Addresses.compare(q.Addresses)
}

// counterpart is the same peer in this set, or the zero Peer.
func (r *Reach) counterpart(p Peer) Peer {
	if p.Workload == nil {
		return p
	}
	i, found := slices.BinarySearchFunc(r.workloads, p, func(w *Workload, p Peer) int { return Peer{Workload: w}.compare(p) })
	if !found {
		return Peer{}
	}
	return Peer{Workload: r.workloads[i]}
}

// Cause is why one side of a connection changed.
type Cause struct {
	Direction Direction

	// Rules are, for a connection gained, those that admit it now, and for one lost, those that admitted it before.
	Rules []Rule

	// Policies are, for a connection gained, those that isolated before where none does now, and for one lost, those that isolate now where
	// none did.
	Policies []*Policy
}

// Causes says which rules and policies are responsible for a change, of its first port. There is none for workloads added or removed, and
// where pods changed so that other peers match, the rules are those that match.
func (d *Diff) Causes(c Change) (causes []Cause) {
	protocol, port := c.Ports.first()
	was, is := d.Before.pair(c.Connection), d.After.pair(c.Connection)
	if was == nil || is == nil {
		return nil
	}
	old, now := d.Before.Explain(was.From, was.To, protocol, port), d.After.Explain(is.From, is.To, protocol, port)
	if !c.Gained {
		old, now = now, old
	}
	// From here on, old is where the connection is blocked.
	for _, v := range [][2]Verdict{{old.Egress, now.Egress}, {old.Ingress, now.Ingress}} {
		blocked, admitted := v[0], v[1]
		switch {
		case blocked.Admits || !admitted.Admits:
		case len(admitted.Isolating) == 0:
			causes = append(causes, Cause{Direction: blocked.Direction, Policies: blocked.Isolating})
		default:
			causes = append(causes, Cause{Direction: blocked.Direction, Rules: admitted.Admitting()})
		}
	}
	return causes
}

// pair gives a connection's peers in this set, or nil if it has not got both.
func (r *Reach) pair(c Connection) *Connection {
	c.From, c.To = r.counterpart(c.From), r.counterpart(c.To)
	if c.From == (Peer{}) || c.To == (Peer{}) {
		return nil
	}
	return &c
}

// first is the lowest port of the first protocol that has any.
func (p Ports) first() (Protocol, int) {
	for protocol, list := range p.by {
		if len(list) > 0 {
			return Protocol(protocol), list[0].First
		}
	}
	return TCP, 0
}
