package reach

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"slices"
	"strings"
)

// Reason says of ports from one peer to another whether they are open, and by which policies and rules. Addresses may be several ranges.
type Reason struct {
	From, To []Peer
	Ports    Ports
	Allowed  bool

	// Partial is true if it holds for some pods of the workloads alone: policies tell them apart.
	Partial bool

	Egress, Ingress Grounds
}

// Grounds is what one side of a connection has to say.
type Grounds struct {
	// Exempt says why policies do not concern this side, or is "".
	Exempt string

	// Isolating are the policies that select the pod in the direction. Without any, everything is admitted.
	Isolating []*Policy

	// Rules are those that admit the ports.
	Rules []Rule
}

// Admits tells whether the side admits the ports.
func (g Grounds) Admits() bool { return len(g.Isolating) == 0 || len(g.Rules) > 0 }

// Reasons says of every pair why which ports are open or closed: first to workloads, then to addresses. Nil stands for all workloads and addresses. A
// workload to itself is different pods of it.
//
// There are as many as pairs, though each kind of pair is worked out once.
func (r *Reach) Reasons(from, to []Peer) iter.Seq[Reason] {
	if from == nil {
		from = r.everyPeer()
	}
	if to == nil {
		to = r.everyPeer()
	}
	return func(yield func(Reason) bool) {
		x := reasoner{r, map[[2]int][]slot{}}
		for _, destinations := range []func(Peer) bool{Peer.isWorkload, Peer.isOutside} {
			for _, source := range from {
				for _, destination := range to {
					if !destinations(destination) || source.Workload == nil && destination.Workload == nil ||
						source.Workload != nil && source.Workload == destination.Workload && source.Workload.bare {
						continue
					}
					for _, reason := range x.between(source, destination) {
						if !yield(reason) {
							return
						}
					}
				}
			}
		}
	}
}

func (p Peer) isWorkload() bool { return p.Workload != nil }
func (p Peer) isOutside() bool  { return p.Workload == nil }

func (r *Reach) everyPeer() (peers []Peer) {
	for _, w := range r.workloads {
		peers = append(peers, Peer{Workload: w})
	}
	return append(peers, peersAt(everyAddress())...)
}

// slot is ports that the same rules admit.
type slot struct {
	ports           Ports
	egress, ingress Grounds
}

func (c slot) key() string {
	return fmt.Sprint(c.ports.key(), c.egress, c.ingress) // policies and rules print as names, which are unique
}

// reasoner remembers what there is between classes.
type reasoner struct {
	*Reach
	known map[[2]int][]slot
}

// stated is a slot, and for which pairs of pods, or pods and ranges, it holds.
type stated struct {
	slot
	pairs  int
	ranges map[*Pod][]Range
}

// between gives the reasons of a pair of peers, the same of several ranges or pods together.
func (x reasoner) between(from, to Peer) (reasons []Reason) {
	own, outside, s := from.Workload, to, x.egress
	if own == nil {
		own, outside, s = to.Workload, from, x.ingress
	}
	var all []*stated
	at := map[string]*stated{}
	pairs := 0
	add := func(e ends, pod *Pod, part Range) {
		pairs++
		for _, c := range x.slots(e) {
			key := c.key()
			f := at[key]
			if f == nil {
				f = &stated{slot: c, ranges: map[*Pod][]Range{}}
				at[key] = f
				all = append(all, f)
			}
			f.pairs++
			f.ranges[pod] = append(f.ranges[pod], part)
		}
	}
	if outside.Workload == nil {
		for _, pod := range representatives(own) {
			for _, part := range s.profile(pod.class).parts(outside.Addresses) {
				e := ends{from: pod, toAddress: part.First}
				if from.Workload == nil {
					e = ends{fromAddress: part.First, to: pod}
				}
				add(e, pod, part)
			}
		}
		for _, f := range all {
			var every []Range
			for _, ranges := range f.ranges {
				every = append(every, ranges...)
			}
			reason := f.reason(from, to)
			ranges := unite(every)
			for _, pod := range representatives(own) {
				reason.Partial = reason.Partial || !slices.Equal(unite(slices.Clone(f.ranges[pod])), ranges)
			}
			if from.Workload == nil {
				reason.From = peersAt(ranges)
			} else {
				reason.To = peersAt(ranges)
			}
			reasons = append(reasons, reason)
		}
		return reasons
	}
	if len(from.Workload.Pods) == 1 && len(to.Workload.Pods) == 1 {
		for e := range x.ends(from, to) {
			for _, c := range x.slots(e) {
				reasons = append(reasons, c.reason(from, to))
			}
		}
		return reasons
	}
	for e := range x.ends(from, to) {
		add(e, nil, Range{})
	}
	for _, f := range all {
		reason := f.reason(from, to)
		reason.Partial = f.pairs < pairs
		reasons = append(reasons, reason)
	}
	return reasons
}

func (c slot) reason(from, to Peer) Reason {
	return Reason{[]Peer{from}, []Peer{to}, c.ports, c.egress.Admits() && c.ingress.Admits(), false, c.egress, c.ingress}
}

// parts cuts a range where the addresses of rules begin and end.
func (p *profile) parts(whole Range) (parts []Range) {
	starts := []netip.Addr{whole.First}
	for _, rule := range p.rules {
		for _, r := range rule.addresses {
			for _, a := range []netip.Addr{r.First, r.Last.Next()} {
				if whole.Contains(a) {
					starts = append(starts, a)
				}
			}
		}
	}
	slices.SortFunc(starts, netip.Addr.Compare)
	starts = slices.Compact(starts)
	for i, first := range starts {
		last := whole.Last
		if i+1 < len(starts) {
			last = starts[i+1].Prev()
		}
		parts = append(parts, Range{first, last})
	}
	return parts
}

// slots cuts all ports by the rules that admit them.
func (x reasoner) slots(e ends) []slot {
	key := [2]int{-1, -1}
	if e.from != nil && e.to != nil {
		key = [2]int{e.from.class, e.to.class}
		if known, found := x.known[key]; found {
			return known
		}
	}
	whole := slot{ports: everyPort}
	out := x.ground(x.egress, e.from, &whole.egress)
	in := x.ground(x.ingress, e.to, &whole.ingress)
	slots := []slot{whole}
	for _, rule := range out {
		if ports := rule.toward(e); !ports.IsEmpty() {
			slots = split(slots, ports, func(c *slot) *Grounds { return &c.egress }, rule.Rule)
		}
	}
	for _, rule := range in {
		if ports := rule.toward(e); !ports.IsEmpty() {
			slots = split(slots, ports, func(c *slot) *Grounds { return &c.ingress }, rule.Rule)
		}
	}
	slices.SortStableFunc(slots, func(a, b slot) int { // what is open first
		open := func(c slot) int {
			if c.egress.Admits() && c.ingress.Admits() {
				return 0
			}
			return 1
		}
		return open(a) - open(b)
	})
	if key[0] >= 0 {
		x.known[key] = slots
	}
	return slots
}

// ground says whether policies isolate a pod, and gives their rules.
func (x reasoner) ground(s *side, pod *Pod, g *Grounds) []*admission {
	switch {
	case pod == nil:
		g.Exempt = outsideCluster
		return nil
	case pod.exempt:
		g.Exempt = onNode
		return nil
	}
	p := s.profile(pod.class)
	g.Isolating = p.policies
	return p.rules
}

// toward gives the ports that a rule admits between a pair.
func (a *admission) toward(e ends) Ports {
	other, address := e.from, e.fromAddress
	if a.Direction == Egress {
		other, address = e.to, e.toAddress
	}
	if other != nil && !a.pods.has(other.class) || other == nil && !a.addresses.has(address) {
		return Ports{}
	}
	if e.to == nil || e.to.exempt {
		return a.numbers
	}
	return a.numbers.Union(resolve(a.names, e.to.named))
}

// split cuts slots in what a rule admits and what it does not.
func split(slots []slot, ports Ports, side func(*slot) *Grounds, rule Rule) (parts []slot) {
	for _, c := range slots {
		common := c.ports.Intersect(ports)
		if common.IsEmpty() {
			parts = append(parts, c)
			continue
		}
		with := c
		with.ports = common
		g := side(&with)
		g.Rules = append(slices.Clone(g.Rules), rule)
		parts = append(parts, with)
		if c.ports = c.ports.Minus(common); !c.ports.IsEmpty() {
			parts = append(parts, c)
		}
	}
	return parts
}

// String says it in a few words, with places.
func (g Grounds) String() string {
	switch {
	case g.Exempt != "":
		return g.Exempt
	case len(g.Isolating) == 0:
		return "no policy isolates it"
	case len(g.Rules) > 0:
		return strings.Join(placed(g.Rules), ", ")
	}
	return "isolated by " + strings.Join(placed(g.Isolating), ", ")
}

func (r Reason) verdict() string {
	if r.Allowed {
		return "allowed"
	}
	return "blocked"
}

func (r Reason) texts() []string {
	ports := r.Ports.String()
	if r.Partial {
		ports += " (some pods)"
	}
	return []string{peersText(r.From), peersText(r.To), ports, r.verdict(), r.Egress.String(), r.Ingress.String()}
}

func peersText(peers []Peer) string {
	if peers[0].Workload != nil {
		return peers[0].String() // one, as a reason has
	}
	var all addresses
	for _, p := range peers {
		all = append(all, p.Addresses)
	}
	return all.String()
}

// ReasonsText writes a table for reading.
func ReasonsText(w io.Writer, reasons iter.Seq[Reason]) error {
	lines := [][]string{{"FROM", "TO", "PORTS", "VERDICT", "EGRESS", "INGRESS"}}
	for r := range reasons {
		lines = append(lines, r.texts())
	}
	return write(w, "table of reasons", columns(lines))
}

// ReasonsMarkdown writes the same as a Markdown table.
func ReasonsMarkdown(w io.Writer, reasons iter.Seq[Reason]) error {
	var b strings.Builder
	b.WriteString("| From | To | Ports | Verdict | Egress | Ingress |\n|---|---|---|---|---|---|\n")
	for r := range reasons {
		for _, text := range r.texts() {
			b.WriteString("| " + cell(text) + " ")
		}
		b.WriteString("|\n")
	}
	return write(w, "Markdown table of reasons", b.String())
}

// ReasonsCSV writes a line for each pair of peers or ranges: from, to, ports, verdict, egress, ingress.
func ReasonsCSV(w io.Writer, reasons iter.Seq[Reason]) error {
	out := csv.NewWriter(w)
	fail := func(err error) error { return fmt.Errorf("write CSV of reasons: %w", err) }
	if err := out.Write([]string{"from", "to", "ports", "verdict", "egress", "ingress"}); err != nil {
		return fail(err)
	}
	for r := range reasons {
		texts := r.texts()
		for _, from := range r.From {
			for _, to := range r.To {
				if err := out.Write(append([]string{from.String(), to.String()}, texts[2:]...)); err != nil {
					return fail(err)
				}
			}
		}
	}
	if out.Flush(); out.Error() != nil {
		return fail(out.Error())
	}
	return nil
}

// ReasonsJSON writes {"version": 1, "reasons": [{"from": [ids], "to": [ids], "ports", "allowed", "partial", "egress", "ingress"}]}, indented. Each side has
// "admits", "exempt", "isolatedBy" (policies and their places) and "rules" that admit the ports.
func ReasonsJSON(w io.Writer, reasons iter.Seq[Reason]) error {
	type grounds struct {
		Admits    bool         `json:"admits"`
		Exempt    string       `json:"exempt,omitempty"`
		Isolating []jsonSource `json:"isolatedBy"`
		Rules     []jsonSource `json:"rules"`
	}
	type reason struct {
		From    []string `json:"from"`
		To      []string `json:"to"`
		Ports   Ports    `json:"ports"`
		Allowed bool     `json:"allowed"`
		Partial bool     `json:"partial,omitempty"`
		Egress  grounds  `json:"egress"`
		Ingress grounds  `json:"ingress"`
	}
	report := struct {
		Version int      `json:"version"`
		Reasons []reason `json:"reasons"`
	}{1, []reason{}}
	ids := func(peers []Peer) (ids []string) {
		for _, p := range peers {
			ids = append(ids, p.String())
		}
		return ids
	}
	side := func(g Grounds) grounds {
		return grounds{g.Admits(), g.Exempt, append([]jsonSource{}, policiesOf(g.Isolating)...), append([]jsonSource{}, rulesOf(g.Rules)...)}
	}
	for r := range reasons {
		report.Reasons = append(report.Reasons, reason{ids(r.From), ids(r.To), r.Ports, r.Allowed, r.Partial, side(r.Egress), side(r.Ingress)})
	}
	return writeJSON(w, "JSON of reasons", report)
}
