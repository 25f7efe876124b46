package reach

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// graph is the connections as nodes and edges. Addresses that a workload reaches, or is reached from, on the same ports are one node.
type graph struct {
	nodes []string // labels
	at    map[string]int
	boxes []box
	outer []int // nodes of addresses
	edges []edge
}

// box is the nodes of a namespace.
type box struct {
	namespace string
	nodes     []int
	among     string // the ports on which each reaches each, if they are the same for all
}

func (x box) title() string {
	if x.among == "" {
		return x.namespace
	}
	return x.namespace + " (each reaches each: " + x.among + ")"
}

// edge leads from node to node; -1 is the first box, -2 the second.
type edge struct {
	from, to int
	label    string
	style    style
}

func (g *graph) isBox(end int) bool { return end < 0 }

// simplify says in a namespace's title what would be an edge between each two of its workloads, and gathers edges that leave or enter it.
func (g *graph) simplify() {
	home := map[int]int{}
	for i, x := range g.boxes {
		for _, n := range x.nodes {
			home[n] = -1 - i
		}
	}
	g.complete(home)
	g.gather(home)
}

// complete takes out the edges between all workloads of a namespace, if they are alike.
func (g *graph) complete(home map[int]int) {
	within := make([][]edge, len(g.boxes))
	inside := func(e edge) (box int, ok bool) {
		return -1 - home[e.from], home[e.from] < 0 && home[e.from] == home[e.to]
	}
	for _, e := range g.edges {
		if box, ok := inside(e); ok && e.from != e.to {
			within[box] = append(within[box], e)
		}
	}
	for i, x := range g.boxes {
		const fewest = 3 // two are clear as they are
		n := len(x.nodes)
		if n < fewest || len(within[i]) < n*(n-1) {
			continue
		}
		like := within[i][0]
		if like.style == kept && !slices.ContainsFunc(within[i], func(e edge) bool { return e.label != like.label || e.style != kept }) {
			g.boxes[i].among = like.label
		}
	}
	g.edges = slices.DeleteFunc(g.edges, func(e edge) bool {
		box, ok := inside(e)
		return ok && g.boxes[box].among == e.label
	})
}

// gather draws one edge from or to a namespace instead of the same one from or to each workload in it, unless the other end is there, too: that many
// edges hide the rest.
func (g *graph) gather(home map[int]int) {
	edges := g.edges
	for _, end := range []func(*edge) (*int, int){
		func(e *edge) (*int, int) { return &e.from, e.to },
		func(e *edge) (*int, int) { return &e.to, e.from },
	} {
		type bundle struct {
			box, other int
			label      string
			style      style
		}
		of := func(e edge) (bundle, bool) {
			own, other := end(&e)
			box := home[*own]
			if g.isBox(*own) || box == 0 || other == box || home[other] == box {
				return bundle{}, false
			}
			return bundle{box, other, e.label, e.style}, true
		}
		sizes := map[bundle]int{}
		for _, e := range edges {
			if b, ok := of(e); ok {
				sizes[b]++
			}
		}
		var fewer []edge
		drawn := map[bundle]bool{}
		for _, e := range edges {
			b, ok := of(e)
			if !ok || sizes[b] < 2 || sizes[b] < len(g.boxes[-1-b.box].nodes) {
				fewer = append(fewer, e)
				continue
			}
			if !drawn[b] {
				drawn[b] = true
				own, _ := end(&e)
				*own = b.box
				fewer = append(fewer, e)
			}
		}
		edges = fewer
	}
	g.edges = edges
}

// style tells a change from what is as it was.
type style int

const (
	kept style = iota
	gained
	lost
)

func (t Table) graph() *graph {
	g := &graph{at: map[string]int{}}
	for _, w := range t.Workloads {
		g.workload(w)
	}
	for _, l := range t.lines() {
		g.edge(l, kept)
	}
	return g
}

func (g *graph) workload(w *Workload) {
	id := w.String()
	if _, found := g.at[id]; found {
		return
	}
	n := g.add(id, w.Name+"\n"+w.Kind)
	if k := len(g.boxes); k == 0 || g.boxes[k-1].namespace != w.Namespace {
		g.boxes = append(g.boxes, box{namespace: w.Namespace})
	}
	last := &g.boxes[len(g.boxes)-1]
	last.nodes = append(last.nodes, n)
}

// edge draws a line. Addresses are one node where connections come from, and another where they go to: that keeps what is before and after workloads
// to its side.
func (g *graph) edge(l line, look style) {
	var ends [2]int
	for i, p := range []Peer{l.first.From, l.first.To} {
		id := l.text[i]
		if p.Workload == nil {
			id = []string{"from ", "to "}[i] + id
		}
		n, found := g.at[id]
		if !found {
			n = g.add(id, strings.NewReplacer(", ", "\n", "; ", "\n", " but ", " but\n").Replace(l.text[i]))
			g.outer = append(g.outer, n)
		}
		ends[i] = n
	}
	g.edges = append(g.edges, edge{ends[0], ends[1], l.text[2], look})
}

func (g *graph) add(id, label string) int {
	n := len(g.nodes)
	g.nodes = append(g.nodes, label)
	g.at[id] = n
	return n
}

// DOT writes the connections as a graph for Graphviz, with a cluster for each namespace.
func DOT(w io.Writer, t Table) error {
	return write(w, "DOT graph of connections", t.graph().dot())
}

func (g *graph) dot() string {
	g.simplify()
	var b strings.Builder
	b.WriteString("digraph reach {\n  rankdir=LR\n  compound=true\n  node [shape=box, style=rounded, fontname=sans]\n  edge [fontname=sans, fontsize=10]\n")
	for i, x := range g.boxes {
		fmt.Fprintf(&b, "  subgraph cluster_%d {\n    label=%s\n", i, quoted(x.title()))
		for _, n := range x.nodes {
			fmt.Fprintf(&b, "    n%d [label=%s]\n", n, quoted(g.nodes[n]))
		}
		b.WriteString("  }\n")
	}
	for _, n := range g.outer {
		fmt.Fprintf(&b, "  n%d [label=%s, shape=ellipse]\n", n, quoted(g.nodes[n]))
	}
	looks := map[style]string{gained: ", color=darkgreen, fontcolor=darkgreen", lost: ", color=red, fontcolor=red, style=dashed"}
	for _, e := range g.edges {
		from, tail := g.dotEnd(e.from, "ltail")
		to, head := g.dotEnd(e.to, "lhead")
		fmt.Fprintf(&b, "  n%d -> n%d [label=%s%s%s%s]\n", from, to, quoted(e.label), tail, head, looks[e.style])
	}
	b.WriteString("}\n")
	return b.String()
}

// dotEnd gives a node, and the attribute that ends an edge at its box if that is meant.
func (g *graph) dotEnd(end int, attribute string) (int, string) {
	if g.isBox(end) {
		return g.boxes[-1-end].nodes[0], fmt.Sprintf(", %s=cluster_%d", attribute, -1-end)
	}
	return end, ""
}

// quoted is a DOT string: only quotes and backslashes are special, and \n is a new line.
func quoted(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(printable(line))
	}
	return `"` + strings.Join(lines, `\n`) + `"`
}

// Mermaid writes the connections as a flowchart, which GitHub and GitLab draw in Markdown, with a subgraph for each namespace.
// Mermaid draws no more than 500 edges unless it is told to.
func Mermaid(w io.Writer, t Table) error {
	return write(w, "Mermaid flowchart of connections", t.graph().mermaid())
}

func (g *graph) mermaid() string {
	g.simplify()
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for i, x := range g.boxes {
		fmt.Fprintf(&b, "  subgraph s%d[%s]\n", i, entities(x.title()))
		for _, n := range x.nodes {
			fmt.Fprintf(&b, "    n%d[%s]\n", n, entities(g.nodes[n]))
		}
		b.WriteString("  end\n")
	}
	for _, n := range g.outer {
		fmt.Fprintf(&b, "  n%d([%s])\n", n, entities(g.nodes[n]))
	}
	var gains, losses []string
	name := func(end int) string {
		if g.isBox(end) {
			return fmt.Sprintf("s%d", -1-end)
		}
		return fmt.Sprintf("n%d", end)
	}
	for i, e := range g.edges {
		arrow := "-->"
		switch e.style {
		case gained:
			gains = append(gains, strconv.Itoa(i))
		case lost:
			arrow = "-.->"
			losses = append(losses, strconv.Itoa(i))
		}
		fmt.Fprintf(&b, "  %s %s|%s| %s\n", name(e.from), arrow, entities(e.label), name(e.to))
	}
	for _, l := range []struct {
		edges []string
		color string
	}{{gains, "green"}, {losses, "red"}} {
		if len(l.edges) > 0 {
			fmt.Fprintf(&b, "  linkStyle %s stroke:%s\n", strings.Join(l.edges, ","), l.color)
		}
	}
	return b.String()
}

// entities is a Mermaid string: what could end it, or be markup, is written as an entity.
func entities(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteString("<br/>")
		}
		for _, r := range printable(line) {
			if strings.ContainsRune("\"#&<>`\\|", r) {
				fmt.Fprintf(&b, "#%d;", r)
			} else {
				b.WriteRune(r)
			}
		}
	}
	b.WriteByte('"')
	return b.String()
}
