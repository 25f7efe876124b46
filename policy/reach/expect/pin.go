package expect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
)

// Pin writes a ConnectivityTest of the name that says what the resources allow and deny now, so that any change of it fails a test. Workloads that
// are reached by the same peers share their tests. What only some pods of a workload may do cannot be said; a comment names it.
//
// The error is the context's, the writer's, or says that there is nothing to pin.
func Pin(ctx context.Context, w io.Writer, name string, resources []*manifest.Resource, options reach.Options) error {
	s, err := newSubject(ctx, resources, options)
	if err != nil {
		return err
	}
	if errs := s.refused(); len(errs) > 0 {
		return errs[0]
	}
	if len(s.workloads) == 0 {
		return errors.New("pin what is allowed: there is no workload; add the manifests of Deployments, Pods and the like")
	}
	p := newPinner(s)
	if err := p.read(ctx); err != nil {
		return err
	}
	p.inbound()
	p.outbound()
	var b strings.Builder
	fmt.Fprintf(&b, "# What the policies allow and deny, as netvet found it. Correct what is not meant.\napiVersion: %s\nkind: %s\nmetadata:\n  name: %s\n", APIVersion, Kind, scalar(name))
	for _, verb := range []Verb{Allow, Deny} {
		if len(p.tests[verb == Deny]) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s:\n%s", verb, strings.Join(p.tests[verb == Deny], ""))
	}
	for _, text := range p.unpinned {
		fmt.Fprintf(&b, "# Not pinned, since policies tell its pods apart: %s\n", printable(text))
	}
	return write(w, "tests", b.String())
}

// pinner makes tests of what is allowed.
type pinner struct {
	*subject
	all   []reach.Peer
	names map[*reach.Workload]string // as YAML, with the kind where it takes one
	size  map[string]int             // how many workloads a namespace has

	in, out  map[*reach.Workload][]entry // who reaches a workload; which addresses it reaches
	tests    map[bool][]string           // true for those to deny
	unpinned []string
}

// entry is the other end of connections: the ports open for all of its pods, and for some.
type entry struct {
	peer      reach.Peer
	all, some reach.Ports
}

func newPinner(s *subject) *pinner {
	p := &pinner{subject: s, all: s.every(), names: map[*reach.Workload]string{}, size: map[string]int{}}
	alike := map[string]int{}
	for _, w := range s.workloads {
		alike[w.Namespace+"/"+w.Name]++
		p.size[w.Namespace]++
	}
	for _, w := range s.workloads {
		name := w.Namespace + "/" + w.Name
		if alike[name] > 1 {
			name = w.String()
		}
		p.names[w] = scalar(name)
	}
	return p
}

func (p *pinner) read(ctx context.Context) error {
	p.in, p.out, p.tests = map[*reach.Workload][]entry{}, map[*reach.Workload][]entry{}, map[bool][]string{}
	n := 0
	for c := range p.reach.Connections() {
		if n++; n%1024 == 0 && ctx.Err() != nil {
			return fmt.Errorf("pin what is allowed: %w", context.Cause(ctx))
		}
		if c.From.Workload != nil && c.From.Workload == p.assumed {
			continue
		}
		e := entry{c.From, c.Ports, c.Ports}
		if c.Partial {
			answer := p.reach.Between(c.From, c.To)
			e.all, e.some = answer.All, answer.Some
		}
		w := c.To.Workload
		switch {
		case w == nil:
			e.peer = c.To
			p.out[c.From.Workload] = append(p.out[c.From.Workload], e)
		case w == p.assumed:
			if e.all, e.some = e.all.Intersect(dnsPorts), e.some.Intersect(dnsPorts); !e.some.IsEmpty() {
				p.in[w] = append(p.in[w], e)
			}
		default:
			p.in[w] = append(p.in[w], e)
		}
		if !e.all.Equal(e.some) {
			p.unpinned = append(p.unpinned, fmt.Sprintf("%s to %s, %s", c.From, c.To, e.some.Minus(e.all)))
		}
	}
	return nil
}

// completeBare adds each pod without controller to those by whom it is reached in the way most are. Tests leave it out; the texts become shorter.
func (p *pinner) completeBare() {
	for i, w := range p.workloads {
		row := p.in[w]
		if !isBare(w) || len(row) == 0 {
			continue
		}
		like, most := row[0], 0
		for _, same := range gather(row, func(e entry) string { return e.all.String() + " " + e.some.String() }) {
			if len(same) > most {
				like, most = same[0], len(same)
			}
		}
		at := slices.IndexFunc(row, func(e entry) bool { return e.peer.Workload == nil || slices.Index(p.workloads, e.peer.Workload) > i })
		if at < 0 {
			at = len(row)
		}
		p.in[w] = slices.Insert(row, at, entry{reach.Peer{Workload: w}, like.all, like.some})
	}
}

func reached(entries []entry) []reach.Peer {
	peers := make([]reach.Peer, len(entries))
	for i, e := range entries {
		peers[i] = e.peer
	}
	return peers
}

// inbound says who reaches each workload and who does not.
func (p *pinner) inbound() {
	p.completeBare()
	for _, group := range p.alike(p.workloads, p.in) {
		to := p.peersText(peersOf(group))
		every := p.all
		if len(group) == 1 && isBare(group[0]) {
			every = minus(every, peersOf(group))
		}
		p.say(p.in[group[0]], every, reach.AllPorts(), func(peers []reach.Peer) (string, string) { return p.peersText(peers), to })
	}
	if p.assumed != nil {
		workloads := slices.DeleteFunc(slices.Clone(p.all), func(peer reach.Peer) bool { return peer.Workload == nil })
		own := slices.DeleteFunc(slices.Clone(p.in[p.assumed]), func(e entry) bool { return e.peer.Workload == nil })
		p.say(own, workloads, dnsPorts, func(peers []reach.Peer) (string, string) { return p.peersText(peers), "dns" })
	}
}

// outbound says which addresses each workload reaches and which it does not.
func (p *pinner) outbound() {
	var outside []reach.Peer
	for _, r := range world {
		outside = append(outside, reach.Peer{Addresses: r})
	}
	for _, group := range p.alike(p.workloads, p.out) {
		from := p.peersText(peersOf(group))
		p.say(p.out[group[0]], outside, reach.AllPorts(), func(peers []reach.Peer) (string, string) { return from, p.peersText(peers) })
	}
}

// say writes the tests of one row: entries are the peers that are open, among all that there are.
func (p *pinner) say(entries []entry, among []reach.Peer, ports reach.Ports, ends func([]reach.Peer) (from, to string)) {
	test := func(deny bool, peers []reach.Peer, open reach.Ports) {
		if len(peers) == 0 || open.IsEmpty() {
			return
		}
		from, to := ends(peers)
		text := fmt.Sprintf("  - from: %s\n    to: %s\n", from, to)
		if !open.Equal(ports) {
			text += "    port: " + portList(open) + "\n"
		}
		p.tests[deny] = append(p.tests[deny], text)
	}
	for _, same := range gather(entries, func(e entry) string { return e.all.String() }) {
		test(false, reached(same), same[0].all)
	}
	for _, same := range gather(entries, func(e entry) string { return e.some.String() }) {
		test(true, reached(same), ports.Minus(same[0].some))
	}
	test(true, minus(among, reached(entries)), ports)
}

// gather puts entries of the same key together, in the order of the first ones.
func gather(entries []entry, keyOf func(entry) string) (all [][]entry) {
	at := map[string]int{}
	for _, e := range entries {
		key := keyOf(e)
		i, known := at[key]
		if !known {
			i = len(all)
			at[key] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], e)
	}
	return all
}

// alike puts workloads with the same entries together, in the order of the first ones.
func (p *pinner) alike(workloads []*reach.Workload, rows map[*reach.Workload][]entry) (groups [][]*reach.Workload) {
	at := map[string]int{}
	for _, w := range workloads {
		var key strings.Builder
		for _, e := range rows[w] {
			fmt.Fprintf(&key, "%s %s %s\n", e.peer, e.all, e.some)
		}
		i, known := at[key.String()]
		if !known {
			i = len(groups)
			at[key.String()] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], w)
	}
	return groups
}

func peersOf(workloads []*reach.Workload) []reach.Peer {
	peers := make([]reach.Peer, len(workloads))
	for i, w := range workloads {
		peers[i] = reach.Peer{Workload: w}
	}
	return peers
}

// peersText says peers in YAML: as any, any but a few, whole namespaces and single ones, whatever is shortest.
func (p *pinner) peersText(peers []reach.Peer) string {
	direct := p.listed(peers)
	rest := minus(p.all, peers)
	if len(rest) == 0 {
		return "any"
	}
	if out := p.listed(rest); len(out) < len(direct) {
		return "{except: " + flow(out) + "}"
	}
	return flow(direct)
}

// listed says peers one by one, or all workloads of a namespace that has several, or of all namespaces.
func (p *pinner) listed(peers []reach.Peer) (texts []string) {
	in, n := map[string]int{}, 0
	for _, peer := range peers {
		if w := peer.Workload; w != nil {
			in[w.Namespace]++
			n++
		}
	}
	if len(in) > 1 && n == len(p.workloads) {
		texts = append(texts, "{namespaces: {}}")
		peers = slices.DeleteFunc(slices.Clone(peers), func(peer reach.Peer) bool { return peer.Workload != nil })
	}
	whole := func(namespace string) bool { return in[namespace] > 1 && in[namespace] == p.size[namespace] }
	said := map[string]bool{}
	for _, peer := range peers {
		w := peer.Workload
		switch {
		case w == nil:
			texts = append(texts, scalar(peer.String()))
		case whole(w.Namespace):
			if !said[w.Namespace] {
				said[w.Namespace] = true
				texts = append(texts, "{namespace: "+scalar(w.Namespace)+"}")
			}
		default:
			texts = append(texts, p.names[w])
		}
	}
	return texts
}

// flow is a value, or a list of them.
func flow(texts []string) string {
	if len(texts) == 1 {
		return texts[0]
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// portList says ports, or those that are left out, whatever is shorter.
func portList(ports reach.Ports) string {
	texts, rest := portTexts(ports), portTexts(reach.AllPorts().Minus(ports))
	if len(rest) < len(texts) {
		return "{except: " + flow(rest) + "}"
	}
	return flow(texts)
}

func portTexts(ports reach.Ports) (texts []string) {
	for _, protocol := range protocols {
		for _, i := range ports.Of(protocol) {
			text := i.String()
			if protocol != reach.TCP || i.First != i.Last {
				text += "/" + strings.ToLower(protocol.String())
			}
			texts = append(texts, text)
		}
	}
	return texts
}

var plain = regexp.MustCompile(`^[a-z][a-z0-9./-]*$`)

// words are what YAML, in one version or another, takes for something else than text.
var words = []string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}

// scalar writes text in YAML, quoted where it has to be.
func scalar(text string) string {
	_, err := netip.ParsePrefix(text)
	if plain.MatchString(text) && !slices.Contains(words, text) || err == nil && !strings.Contains(text, ":") {
		return text
	}
	return strconv.Quote(text)
}
