package reach

import (
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/netvet/netvet/policy/manifest"
)

// Explanation says, for one connection, what each side makes of it.
type Explanation struct {
	From, To Peer
	Protocol Protocol
	Port     int

	// PortName is what was asked for instead of a number, or "".
	PortName string

	// Source and Destination are the pod or address of each peer that is explained. If some pair of them is blocked, it is one of those.
	Source, Destination Endpoint

	Allowed bool

	// Partial is true if other pods or addresses of the peers are answered otherwise.
	Partial bool

	// Self is true for a pod to itself, which no policy restricts. The verdicts are then empty.
	Self bool

	Egress, Ingress Verdict
}

// Endpoint is a pod, or an address outside the cluster.
type Endpoint struct {
	Pod     *Pod
	Address netip.Addr
}

// String gives the pod's workload, and its name if that is not the workload's, or the address.
func (e Endpoint) String() string {
	switch {
	case e.Pod == nil:
		return e.Address.String()
	case e.Pod.Name == "" || e.Pod.Name == e.Pod.workload.Name:
		return e.Pod.workload.String()
	}
	return e.Pod.workload.String() + " (pod " + e.Pod.Name + ")"
}

// Workload is that of the pod, or nil.
func (e Endpoint) Workload() *Workload {
	if e.Pod == nil {
		return nil
	}
	return e.Pod.workload
}

// Verdict is what the policies of one side say.
type Verdict struct {
	Direction Direction
	Admits    bool

	// Exempt says why policies do not concern this side, or is "".
	Exempt string

	// Isolating are the policies that select the pod in the direction. Without any, everything is admitted.
	Isolating []*Policy

	// Trials are all rules of those policies. One that admits is enough.
	Trials []Trial
}

// Why policies do not concern one end of a connection.
const (
	outsideCluster = "it is outside the cluster"
	onNode         = "it is in its node's network, where policies do not isolate"
)

// Admitting are the rules that admit the connection.
func (v Verdict) Admitting() (rules []Rule) {
	for _, t := range v.Trials {
		if t.Admits() {
			rules = append(rules, t.Rule)
		}
	}
	return rules
}

// Trial is a rule held against the connection.
type Trial struct {
	Rule Rule

	// Peers is why each peer of the rule does not match, "" for those that do. A rule without peers matches every one.
	Peers []string

	// Ports is why the ports do not match, or "".
	Ports string
}

// Admits tells whether the rule admits the connection.
func (t Trial) Admits() bool { return t.Ports == "" && t.MatchesPeer() }

// MatchesPeer tells whether a peer matches, whatever the ports are.
func (t Trial) MatchesPeer() bool { return len(t.Peers) == 0 || slices.Contains(t.Peers, "") }

// Span is the place of the peer that matches, else of the rule.
func (t Trial) Span() manifest.Span {
	path := t.Rule.Path()
	if i := slices.Index(t.Peers, ""); i >= 0 {
		_, list := t.Rule.Direction.lists()
		path = append(path, list, i)
	}
	return t.Rule.Policy.Resource.Span(path)
}

// Explain says why a connection is allowed or blocked. It looks at the policies themselves, not at what was worked out from them.
func (r *Reach) Explain(from, to Peer, protocol Protocol, port int) *Explanation {
	return choose(r.Explanations(from, to, protocol, port, nil))
}

// choose gives the first that is blocked, else the first.
func choose(all iter.Seq[*Explanation]) (chosen *Explanation) {
	for e := range all {
		switch {
		case chosen == nil:
			chosen = e
		case chosen.Allowed == e.Allowed:
		case chosen.Allowed:
			e.Partial = true
			chosen = e
		default:
			chosen.Partial = true
		}
	}
	return chosen
}

// ExplainNamed is Explain for the port that each pod of the destination calls by a name. It is nil if none does.
func (r *Reach) ExplainNamed(from, to Peer, protocol Protocol, name string) *Explanation {
	asked := func(p *Pod) Ports {
		if p == nil {
			return Ports{}
		}
		return p.PortNamed(protocol, name)
	}
	var numbers Ports
	for _, part := range partsOf(to, asked) {
		numbers = numbers.Union(part.ports)
	}
	e := choose(func(yield func(*Explanation) bool) {
		for _, i := range numbers.by[protocol] {
			for port := i.First; port <= i.Last; port++ {
				for e := range r.Explanations(from, to, protocol, port, asked) {
					if !yield(e) {
						return
					}
				}
			}
		}
	})
	if e != nil {
		e.PortName = name
	}
	return e
}

// Explanations explains a connection from each kind of pod or address to each kind, where policies tell them apart. Only pods that are asked for the
// port count, unless asked is nil.
func (r *Reach) Explanations(from, to Peer, protocol Protocol, port int, asked func(*Pod) Ports) iter.Seq[*Explanation] {
	if asked == nil {
		asked = func(*Pod) Ports { return everyPort }
	}
	return func(yield func(*Explanation) bool) {
		for _, part := range partsOf(to, asked) {
			if !part.ports.Contains(protocol, port) {
				continue
			}
			for pair := range r.endsAt(from, to, part.pods) {
				e := r.explain(pair, protocol, port)
				e.From, e.To = from, to
				if !yield(e) {
					return
				}
			}
		}
	}
}

func (r *Reach) explain(pair ends, protocol Protocol, port int) *Explanation {
	e := &Explanation{
		Protocol:    protocol,
		Port:        port,
		Source:      Endpoint{pair.from, pair.fromAddress},
		Destination: Endpoint{pair.to, pair.toAddress},
		Self:        pair.same,
	}
	if e.Self {
		e.Egress, e.Ingress = Verdict{Direction: Egress, Admits: true}, Verdict{Direction: Ingress, Admits: true}
	} else {
		e.Egress = r.verdict(r.egress, e.Source, e.Destination, e.Destination, protocol, port)
		e.Ingress = r.verdict(r.ingress, e.Destination, e.Source, e.Destination, protocol, port)
	}
	e.Allowed = e.Egress.Admits && e.Ingress.Admits
	return e
}

// verdict asks the rules of one end's policies for the other end; ports are the destination's.
func (r *Reach) verdict(s *side, asked, other, destination Endpoint, protocol Protocol, port int) Verdict {
	v := Verdict{Direction: s.direction, Admits: true}
	switch {
	case asked.Pod == nil:
		v.Exempt = outsideCluster
		return v
	case asked.Pod.exempt:
		v.Exempt = onNode
		return v
	}
	p := s.profile(asked.Pod.class)
	if !p.isolated {
		return v
	}
	v.Isolating, v.Admits = p.policies, false
	for _, rule := range p.rules {
		t := Trial{Rule: rule.Rule, Ports: rule.refusesPort(destination, protocol, port)}
		if !rule.everyPeer {
			for _, peer := range rule.peers {
				t.Peers = append(t.Peers, r.refusesPeer(peer, rule.Policy.Namespace, other))
			}
		}
		v.Trials = append(v.Trials, t)
		v.Admits = v.Admits || t.Admits()
	}
	return v
}

// refusesPort says why the rule does not admit the port, or "".
func (a *admission) refusesPort(destination Endpoint, protocol Protocol, port int) string {
	if a.numbers.Contains(protocol, port) {
		return ""
	}
	var texts []string
	if !a.numbers.IsEmpty() {
		texts = append(texts, a.numbers.String())
	}
	for _, name := range a.names {
		if pod := destination.Pod; pod != nil && !pod.exempt && resolve([]portName{name}, pod.named).Contains(protocol, port) {
			return ""
		}
		texts = append(texts, name.protocol.String()+" "+name.name+called(destination, name))
	}
	if len(texts) == 0 {
		return "its ports are refused by the API server"
	}
	return "its ports are " + strings.Join(texts, "; ")
}

// called says which number the destination has for a name.
func called(destination Endpoint, name portName) string {
	if destination.Pod == nil || destination.Pod.exempt {
		return ", a name that nothing resolves there"
	}
	if ports := resolve([]portName{name}, destination.Pod.named); !ports.IsEmpty() {
		return " (" + strings.Join(texts(ports.by[name.protocol]), ",") + ")"
	}
	return ", a name that the pod has not"
}

// refusesPeer says why the peer does not match an endpoint, or "".
func (r *Reach) refusesPeer(p peer, namespace string, e Endpoint) string {
	switch {
	case p.refused:
		return "the API server refuses it"
	case p.isBlock:
		return r.refusesBlock(p.block, e)
	case e.Pod == nil:
		return "it selects pods, not addresses"
	case e.Pod.exempt:
		return "selectors do not match pods in their node's network"
	}
	own := e.Pod.workload.Namespace
	switch {
	case p.namespaces == nil && own != namespace:
		return fmt.Sprintf("without a namespaceSelector it looks in namespace %s only", namespace)
	case p.namespaces != nil && !p.namespaces.matches(r.namespaceLabels[own]):
		return fmt.Sprintf("namespace %s does not match %s", own, p.namespaces)
	case !p.pods.matches(e.Pod.Labels):
		return fmt.Sprintf("the pod's labels do not match %s", p.pods)
	}
	return ""
}

func (r *Reach) refusesBlock(block addresses, e Endpoint) string {
	switch {
	case e.Pod == nil && block.has(e.Address), e.Pod != nil && !r.options.IPBlocksMissPods && slices.ContainsFunc(e.Pod.Addresses, block.has):
		return ""
	case e.Pod == nil:
		return fmt.Sprintf("%s is not in the block", e.Address)
	case r.options.IPBlocksMissPods:
		return "an ipBlock matches no pods here"
	case len(e.Pod.Addresses) == 0:
		return "the pod's address, which an ipBlock might match, is not known"
	}
	return "the pod's address is not in the block"
}

// String says it step by step, over several lines.
func (e *Explanation) String() string {
	var b strings.Builder
	answer := "blocked"
	if e.Allowed {
		answer = "allowed"
	}
	port := fmt.Sprintf("%s %d", e.Protocol, e.Port)
	if e.PortName != "" {
		port += " (" + e.PortName + ")"
	}
	fmt.Fprintf(&b, "%s to %s, %s: %s\n", e.Source, e.Destination, port, answer)
	if e.Partial {
		b.WriteString("  Other pods or addresses of the two are answered otherwise.\n")
	}
	if e.Self {
		b.WriteString("  A pod always reaches itself.\n")
		return b.String()
	}
	e.Egress.describe(&b, e.Source, "destination")
	e.Ingress.describe(&b, e.Destination, "source")
	return b.String()
}

func (v Verdict) describe(b *strings.Builder, asked Endpoint, other string) {
	fmt.Fprintf(b, "  %s of %s: ", v.Direction, asked)
	switch {
	case v.Exempt != "":
		b.WriteString("admitted: " + v.Exempt + "\n")
		return
	case len(v.Isolating) == 0:
		b.WriteString("admitted: no policy isolates it\n")
		return
	case v.Admits:
		b.WriteString("admitted\n")
	default:
		b.WriteString("blocked: no rule admits it\n")
	}
	for _, p := range v.Isolating {
		fmt.Fprintf(b, "    isolated by %s (%s)", p, p.Span())
		if len(p.rules[v.Direction]) == 0 {
			b.WriteString(", which has no rules")
		}
		b.WriteByte('\n')
		for _, t := range v.Trials {
			if t.Rule.Policy == p {
				t.describe(b, other)
			}
		}
	}
}

func (t Trial) describe(b *strings.Builder, other string) {
	path := strings.TrimPrefix(t.Rule.Path().String(), "spec.")
	fmt.Fprintf(b, "      %s (%s): ", path, t.Span())
	switch {
	case t.Admits():
		b.WriteString("admits it\n")
		return
	case t.MatchesPeer():
		fmt.Fprintf(b, "admits the %s, but %s\n", other, t.Ports)
		return
	}
	fmt.Fprintf(b, "does not admit the %s\n", other)
	_, list := t.Rule.Direction.lists()
	for i, why := range t.Peers {
		fmt.Fprintf(b, "        %s[%d]: %s\n", list, i, why)
	}
}
