package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
)

// reachOptions are the flags of `netvet reach`.
type reachOptions struct {
	cluster
	format   choice
	output   string
	from, to string
	port     string
	exposed  bool
	reasons  bool
}

func (p *program) reachCommand() *cobra.Command {
	o := reachOptions{format: choice{value: "text", among: []string{"text", "json", "csv", "markdown", "dot", "mermaid"}}}
	cmd := &cobra.Command{
		Use:   "reach PATH...",
		Short: "Tell which connections the policies allow, and why",
		Long: `Tell which connections the NetworkPolicies in files, in directories (every
.yaml, .yml and .json below them), or on standard input (-) allow.

By itself it prints a table of all connections between workloads, and to and
from addresses outside the cluster. --from, --to and --port leave in it what they
name. All three together ask a question, and the answer is explained step by
step: which policies isolate either side, and which rule admits the connection
or why none does. --reasons tells of every pair which rules admit what is open,
and which policies block the rest.

A workload is namespace/name, or namespace/name[Kind] where there are several of
that name; a name alone is in the namespace of --namespace. Addresses are
10.0.0.1, 10.0.0.0/8 or 10.0.0.0-10.0.0.9, IPv4 or IPv6. Services and Ingresses
open nothing by themselves.

The exit status is 0, but 1 if the connection asked about is blocked, or blocked
for some of the pods or addresses meant, and 2 if netvet could not answer. That
includes documents that it could not read: it tells what the others allow all
the same. An interrupt gives 130.`,
		Example: p.examples(
			"%s reach manifests/", "print all connections",
			"%s reach --from shop/web --to shop/api --port 8080/tcp manifests/", "ask whether a connection is allowed, and why",
			"%s reach --to shop/db --port 5432 manifests/", "print who reaches a port of a workload",
			"%s reach --reasons --to shop/db -f csv manifests/", "say for every pair which policies and rules admit or block it",
			"%s reach --exposed manifests/", "print what is open to the world, to all namespaces, or to pods without labels",
			"kubectl get netpol,pods,ns,svc,ing -A -o json | %s reach -f csv -", "tell what a cluster allows, for a spreadsheet",
			"%s reach -f dot -o reach.dot manifests/", "draw a graph for Graphviz",
		),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("nothing to read: name files or directories, or - for standard input (%s --help shows examples)", cmd.CommandPath())
			}
			return o.check(cmd)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.reach(cmd.Context(), args, o) },
	}
	flags := cmd.Flags()
	o.format.define(flags, "format", "f", "the format of the table; an answer comes as text or json, --reasons as text, json, csv or markdown, --exposed as text, json or markdown")
	flags.StringVarP(&o.output, "output", "o", "", "write to `FILE` instead of standard output")
	flags.StringVar(&o.from, "from", "", "only connections from this `PEER`: a workload or addresses")
	flags.StringVar(&o.to, "to", "", "only connections to this `PEER`")
	flags.StringVar(&o.port, "port", "", "only this `PORT`: 8080, which is TCP, 53/udp, or what the destination's pods call it: http, dns/udp")
	flags.BoolVar(&o.reasons, "reasons", false, "print for every pair of peers what is open and what is not, and because of which policies and rules")
	flags.BoolVar(&o.exposed, "exposed", false, "print what is open to the world, to all namespaces, or to pods without labels")

	complete(cmd, "format", o.format.among)
	o.define(cmd, "objects")
	for _, flag := range []string{"from", "to", "port"} {
		completeBy(cmd, flag, cobra.NoFileCompletions)
	}
	return cmd
}

// asks tells whether the flags name one connection.
func (o reachOptions) asks() bool { return o.from != "" && o.to != "" && o.port != "" }

// check refuses flags that do not go together, before anything is read.
func (o reachOptions) check(cmd *cobra.Command) error {
	for _, flag := range []string{"namespace", "from", "to", "port"} {
		// Such as a variable that is not set: it must not turn a question into a list, whose status is 0.
		if f := cmd.Flag(flag); f.Changed && f.Value.String() == "" {
			return fmt.Errorf("--%s is empty: give it a value, or leave it out", flag)
		}
	}
	what, formats := "", o.format.among
	switch {
	case o.exposed && (o.from != "" || o.to != "" || o.port != ""):
		return fmt.Errorf("--exposed is about all workloads: leave --from, --to and --port out (%s --help shows examples)", cmd.CommandPath())
	case o.exposed && o.reasons:
		return fmt.Errorf("--exposed gives its own reasons: leave --reasons out (%s --help shows examples)", cmd.CommandPath())
	case o.exposed:
		what, formats = "--exposed", []string{"text", "json", "markdown"}
	case o.asks():
		what, formats = "the answer for one connection", []string{"text", "json"}
	case o.reasons:
		what, formats = "--reasons", []string{"text", "json", "csv", "markdown"}
	}
	if !slices.Contains(formats, o.format.value) {
		return fmt.Errorf("%s has no format %s: want -f %s", what, o.format.value, enumerate(formats))
	}
	return nil
}

func (p *program) reach(ctx context.Context, paths []string, o reachOptions) error {
	found, err := p.connectivity(ctx, paths, o.options())
	if err != nil {
		return err
	}
	verdict, err := p.tell(found.Reach, o)
	if err != nil {
		return err
	}
	if !p.caveats(found) {
		return errUnread
	}
	return verdict
}

// tell writes what the flags ask for. The verdict makes the exit status.
func (p *program) tell(r *reach.Reach, o reachOptions) (verdict, err error) {
	if o.exposed {
		exposures := slices.Concat(r.Exposed(reach.Ingress), r.Exposed(reach.Egress))
		return nil, deliver(p, o.output, exposures, map[string]func(io.Writer, []reach.Exposure) error{
			"text": reach.ExposedText, "json": reach.ExposedJSON, "markdown": reach.ExposedMarkdown,
		}[o.format.value])
	}
	f, err := o.filter(r)
	if err != nil {
		return nil, err
	}
	if o.reasons && !o.asks() {
		return nil, deliver(p, o.output, f.reasons(r), map[string]func(io.Writer, iter.Seq[reach.Reason]) error{
			"text": reach.ReasonsText, "json": reach.ReasonsJSON, "csv": reach.ReasonsCSV, "markdown": reach.ReasonsMarkdown,
		}[o.format.value])
	}
	if !o.asks() {
		return nil, deliver(p, o.output, f.table(r), map[string]func(io.Writer, reach.Table) error{
			"text": reach.Text, "json": reach.JSON, "csv": reach.CSV, "markdown": reach.Markdown, "dot": reach.DOT, "mermaid": reach.Mermaid,
		}[o.format.value])
	}
	for i, peers := range [][]reach.Peer{f.from, f.to} {
		if len(peers) > 1 {
			return nil, fmt.Errorf("--%s names several workloads: want %s", []string{"from", "to"}[i], enumerate(textsOf(peers)))
		}
	}
	answer := f.explain(r)
	if !answer.Allowed {
		verdict = errFindings
	}
	return verdict, deliver(p, o.output, answer, map[string]func(io.Writer, *reach.Explanation) error{
		"text": func(w io.Writer, e *reach.Explanation) error { _, err := io.WriteString(w, e.String()); return err },
		"json": reach.ExplanationJSON,
	}[o.format.value])
}

// filter is what --from, --to and --port leave; nothing is left out by nil, 0 and "".
type filter struct {
	from, to []reach.Peer
	protocol reach.Protocol
	port     int
	portName string
}

// explain answers for one connection.
func (f filter) explain(r *reach.Reach) *reach.Explanation {
	if f.portName != "" {
		return r.ExplainNamed(f.from[0], f.to[0], f.protocol, f.portName)
	}
	return r.Explain(f.from[0], f.to[0], f.protocol, f.port)
}

// knownPort refuses the name of a port that no destination has.
func (f filter) knownPort(r *reach.Reach) error {
	if f.portName == "" {
		return nil
	}
	destinations := f.to
	if destinations == nil {
		for _, w := range r.Workloads() {
			destinations = append(destinations, reach.Peer{Workload: w})
		}
	}
	var names []string
	for _, peer := range destinations {
		if peer.Workload == nil {
			continue
		}
		for _, pod := range peer.Workload.Pods {
			if !pod.PortNamed(f.protocol, f.portName).IsEmpty() {
				return nil
			}
			names = append(names, pod.PortNames()...)
		}
	}
	return fmt.Errorf("--port: no container of the destination calls a %s port %q%s; write one of its names, or the number",
		f.protocol, f.portName, didYouMean(f.portName, names))
}

// asked gives the ports of a pod, or of an address if there is none, that are left.
func (f filter) asked(pod *reach.Pod) reach.Ports {
	switch {
	case f.portName != "" && pod != nil:
		return pod.PortNamed(f.protocol, f.portName)
	case f.portName != "":
		return reach.Ports{}
	case f.port != 0:
		return reach.PortsOf(f.protocol, reach.Interval{First: f.port, Last: f.port})
	}
	return reach.AllPorts()
}

func (o reachOptions) filter(r *reach.Reach) (f filter, err error) {
	if o.port != "" {
		if f.protocol, f.portName, err = reach.ParsePortName(o.port); err != nil {
			if f.protocol, f.port, err = reach.ParsePort(o.port); err != nil {
				return f, fmt.Errorf("--port: %w, as 8080 or 53/udp, or a name as http or dns/udp", err)
			}
		}
	}
	if f.from, err = o.find(r, "from", o.from); err != nil {
		return f, err
	}
	if f.to, err = o.find(r, "to", o.to); err != nil {
		return f, err
	}
	if !o.asks() && f.from != nil && f.to != nil && f.from[0].Workload == nil && f.to[0].Workload == nil {
		return f, errors.New("--from and --to are both outside the cluster, where no policy restricts anything: name a workload")
	}
	return f, f.knownPort(r)
}

// find gives the peers that a flag names, or an error with the names that are near.
func (o reachOptions) find(r *reach.Reach, flag, text string) ([]reach.Peer, error) {
	if text == "" {
		return nil, nil
	}
	peers, err := r.Find(text)
	if err == nil {
		return peers, nil
	}
	if _, bad := reach.ParseRange(text); bad != nil && strings.Trim(text, "0123456789abcdefABCDEF.:/-") == "" && strings.ContainsAny(text, ".:") {
		return nil, fmt.Errorf("--%s: %w", flag, bad)
	}
	wanted := text
	if !strings.Contains(text, "/") {
		wanted = o.namespace + "/" + text
	}
	return nil, fmt.Errorf("--%s: there is no workload %q%s; without --from, --to and --port all connections are listed",
		flag, wanted, nearWorkloads(wanted, r.Workloads()))
}

// nearWorkloads is a hint at those that namespace/name[Kind] was likely meant to be: of another kind, in another namespace, or spelt alike.
func nearWorkloads(wanted string, workloads []*reach.Workload) string {
	wanted, _, _ = strings.Cut(wanted, "[")
	var alike, elsewhere, names []string
	for _, w := range workloads {
		name := w.Namespace + "/" + w.Name
		names = append(names, name)
		switch {
		case name == wanted:
			alike = append(alike, strconv.Quote(w.String()))
		case strings.HasSuffix(wanted, "/"+w.Name):
			elsewhere = append(elsewhere, strconv.Quote(name))
		}
	}
	for _, list := range [][]string{alike, elsewhere} {
		if len(list) > 0 {
			return fmt.Sprintf(" (did you mean %s?)", enumerate(slices.Compact(list)))
		}
	}
	return didYouMean(wanted, names)
}

func textsOf(peers []reach.Peer) []string {
	texts := make([]string, len(peers))
	for i, peer := range peers {
		texts[i] = peer.String()
	}
	return texts
}

// reasons gives those that are left.
func (f filter) reasons(r *reach.Reach) iter.Seq[reach.Reason] {
	return func(yield func(reach.Reason) bool) {
		for reason := range r.Reasons(f.from, f.to) {
			if f.portName != "" {
				// One of several pods may call it by the name.
				var ports reach.Ports
				if w := reason.To[0].Workload; w != nil {
					for _, pod := range w.Pods {
						ports = ports.Union(f.asked(pod))
					}
				}
				reason.Ports = reason.Ports.Intersect(ports)
			} else {
				reason.Ports = reason.Ports.Intersect(f.asked(nil))
			}
			if !reason.Ports.IsEmpty() && !yield(reason) {
				return
			}
		}
	}
}

// table gives the connections that are left, and the workloads that have some or are named.
func (f filter) table(r *reach.Reach) reach.Table {
	if f.from == nil && f.to == nil && f.port == 0 && f.portName == "" {
		return r.Table()
	}
	shown := map[*reach.Workload]bool{}
	for _, peer := range slices.Concat(f.from, f.to) {
		shown[peer.Workload] = true
	}
	var connections []reach.Connection
	for c := range r.Connections() {
		var from, to bool
		c.From, from = within(c.From, f.from)
		c.To, to = within(c.To, f.to)
		if f.portName == "" {
			c.Ports = c.Ports.Intersect(f.asked(nil))
		} else {
			var closed reach.Ports
			c.Ports, closed = r.Try(c.From, c.To, f.asked)
			c.Partial = !closed.IsEmpty()
		}
		if from && to && !c.Ports.IsEmpty() {
			connections = append(connections, c)
			shown[c.From.Workload], shown[c.To.Workload] = true, true
		}
	}
	t := reach.Table{Connections: slices.Values(connections)}
	for _, w := range r.Workloads() {
		if shown[w] {
			t.Workloads = append(t.Workloads, w)
		}
	}
	return t
}

// within gives the part of a peer that is among others, and whether there is any.
func within(peer reach.Peer, others []reach.Peer) (reach.Peer, bool) {
	if others == nil || slices.Contains(others, peer) {
		return peer, true
	}
	if peer.Workload != nil || others[0].Workload != nil {
		return peer, false
	}
	part, other := peer.Addresses, others[0].Addresses // a text names workloads, or one range
	if part.First.Less(other.First) {
		part.First = other.First
	}
	if other.Last.Less(part.Last) {
		part.Last = other.Last
	}
	return reach.Peer{Addresses: part}, !part.Last.Less(part.First)
}

// connectivity is what the resources that were read allow.
type connectivity struct {
	*reach.Reach
	set *manifest.Set
}

// errUnread makes the exit status 2; what could not be read has been said.
var errUnread = errors.New("not everything could be read, so the answer is incomplete")

func (p *program) connectivity(ctx context.Context, paths []string, options reach.Options) (found connectivity, err error) {
	if found.set, err = p.load(ctx, paths); err != nil {
		return found, err
	}
	if found.Reach, err = reach.New(ctx, found.set.Resources, options); err != nil {
		return found, err
	}
	if len(found.Workloads()) == 0 {
		return found, p.noWorkload(found, paths)
	}
	return found, nil
}

// errNoWorkload says that there is nothing to tell of.
var errNoWorkload = errors.New("policies alone connect nothing, so name the manifests of Deployments, Pods and the like, too")

// noWorkload says why there is no answer.
func (p *program) noWorkload(found connectivity, paths []string) error {
	if !p.caveats(found) {
		return errUnread
	}
	return fmt.Errorf("no workload in %s: %w", enumerate(paths), errNoWorkload)
}

// caveats says, once, what stands against taking an answer for the whole truth. It is false if something could not be read.
func (p *program) caveats(found ...connectivity) bool {
	said := map[string]bool{}
	say := func(text string) {
		if !said[text] {
			p.complain(text)
		}
		said[text] = true
	}
	read := true
	for _, f := range found {
		for _, problem := range f.Problems() {
			say("warning: " + problem.String())
		}
		for _, r := range f.set.Resources {
			if unknownPolicy(r.ID) {
				say(fmt.Sprintf("warning: %s: %s %s is not taken into account; it may admit or deny what the NetworkPolicies do not",
					r.Span(nil), r.ID.Kind, strings.TrimPrefix(r.ID.Namespace+"/"+r.ID.Name, "/")))
			}
		}
		for _, e := range f.set.Errors {
			say(e.Error())
			read = false
		}
	}
	return read
}

// unknownPolicy tells whether an object is a policy of another API than NetworkPolicy's.
func unknownPolicy(id manifest.ID) bool {
	group, _, _ := strings.Cut(id.APIVersion, "/")
	return strings.HasSuffix(id.Kind, "NetworkPolicy") && group != "networking.k8s.io"
}

// deliver renders a report before it writes any of it, so that a failure leaves no half of a report.
func deliver[T any](p *program, file string, report T, render func(io.Writer, T) error) error {
	var b bytes.Buffer
	if err := render(&b, report); err != nil {
		return err
	}
	if file == "" {
		_, err := p.out.Write(b.Bytes())
		return err
	}
	return os.WriteFile(file, b.Bytes(), 0o666)
}
