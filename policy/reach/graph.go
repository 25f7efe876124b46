package reach

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// graph is the connections as nodes and edges. Addresses that a workload reaches, or is reached from, on the same ports are one node.
type graph struct {
	nodes []string // labels
	at    map[string]int
	boxes []box
	outer []int // nodes that stand in no namespace
	edges []edge
}

// box is the nodes of a namespace.
type box struct {
	namespace string
	nodes     []int
}

type edge struct {
	from, to int
	label    string
	style    style
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
		g.edges = append(g.edges, edge{g.node(l.text[0]), g.node(l.text[1]), l.text[2], kept})
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

// node finds a workload or makes a node of addresses.
func (g *graph) node(id string) int {
	if n, found := g.at[id]; found {
		return n
	}
	n := g.add(id, strings.ReplaceAll(id, ", ", "\n"))
	g.outer = append(g.outer, n)
	return n
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
	var b strings.Builder
	b.WriteString("digraph reach {\n  rankdir=LR\n  node [shape=box, style=rounded, fontname=sans]\n  edge [fontname=sans, fontsize=10]\n")
	for i, x := range g.boxes {
		fmt.Fprintf(&b, "  subgraph cluster_%d {\n    label=%s\n", i, quoted(x.namespace))
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
		fmt.Fprintf(&b, "  n%d -> n%d [label=%s%s]\n", e.from, e.to, quoted(e.label), looks[e.style])
	}
	b.WriteString("}\n")
	return b.String()
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
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for i, x := range g.boxes {
		fmt.Fprintf(&b, "  subgraph s%d[%s]\n", i, entities(x.namespace))
		for _, n := range x.nodes {
			fmt.Fprintf(&b, "    n%d[%s]\n", n, entities(g.nodes[n]))
		}
		b.WriteString("  end\n")
	}
	for _, n := range g.outer {
		fmt.Fprintf(&b, "  n%d([%s])\n", n, entities(g.nodes[n]))
	}
	var gains, losses []string
	for i, e := range g.edges {
		arrow := "-->"
		switch e.style {
		case gained:
			gains = append(gains, strconv.Itoa(i))
		case lost:
			arrow = "-.->"
			losses = append(losses, strconv.Itoa(i))
		}
		fmt.Fprintf(&b, "  n%d %s|%s| n%d\n", e.from, arrow, entities(e.label), e.to)
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
