package reach

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/netvet/netvet/policy/manifest"
)

// DiffText writes the connections gained (+) and lost (-) and why, for reading.
func DiffText(w io.Writer, d *Diff) error {
	return write(w, "connections gained and lost", d.text(d.reasons))
}

// text writes the changes, each with what there is to say about it.
func (d *Diff) text(about func(line) []string) string {
	all := linesOf(d.Changes())
	lines := make([][]string, len(all))
	for i, l := range all {
		lines[i] = append([]string{sign(l.first)}, l.text[:]...)
	}
	var b strings.Builder
	for i, text := range strings.SplitAfter(columns(lines), "\n")[:len(all)] {
		b.WriteString(text)
		for _, why := range about(all[i]) {
			b.WriteString("     " + printable(why) + "\n")
		}
	}
	b.WriteString(tally(all) + "\n")
	return b.String()
}

func tally(lines []line) string {
	gains := 0
	for _, l := range lines {
		if l.first.Gained {
			gains++
		}
	}
	return fmt.Sprintf("%s gained, %s lost", plural(gains, "connection"), plural(len(lines)-gains, "connection"))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func sign(c Change) string {
	if c.Gained {
		return "+"
	}
	return "-"
}

// DiffMarkdown writes the same as a table for a pull request.
func DiffMarkdown(w io.Writer, d *Diff) error {
	return write(w, "Markdown table of connections gained and lost", d.markdown(d.reasons))
}

func (d *Diff) markdown(about func(line) []string) string {
	var b strings.Builder
	b.WriteString("| | From | To | Ports | Because |\n|---|---|---|---|---|\n")
	for _, l := range linesOf(d.Changes()) {
		word := "lost"
		if l.first.Gained {
			word = "gained"
		}
		var because []string
		for _, why := range about(l) {
			because = append(because, cell(why))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", word, cell(l.text[0]), cell(l.text[1]), cell(l.text[2]), strings.Join(because, "<br>"))
	}
	return b.String()
}

// DiffMermaid writes the changes as a flowchart: what is gained in green, what is lost dashed and in red.
func DiffMermaid(w io.Writer, d *Diff) error {
	return write(w, "Mermaid flowchart of connections gained and lost", d.graph().mermaid())
}

// DiffDOT writes the changes as a graph for Graphviz: what is gained in green, what is lost dashed and in red.
func DiffDOT(w io.Writer, d *Diff) error {
	return write(w, "DOT graph of connections gained and lost", d.graph().dot())
}

// graph shows changes alone, among the workloads that they concern.
func (d *Diff) graph() *graph {
	g := &graph{at: map[string]int{}}
	lines := linesOf(d.Changes())
	var peers []Peer
	for _, l := range lines {
		for _, p := range []Peer{l.first.From, l.first.To} {
			if p.Workload != nil {
				peers = append(peers, p)
			}
		}
	}
	slices.SortFunc(peers, Peer.compare)
	for _, p := range peers {
		g.workload(p.Workload)
	}
	for _, l := range lines {
		look := lost
		if l.first.Gained {
			look = gained
		}
		g.edge(l, look)
	}
	return g
}

type jsonChange struct {
	jsonConnection
	Because []jsonCause `json:"because"`
}

type jsonCause struct {
	Direction Direction    `json:"direction"`
	Rules     []jsonSource `json:"rules,omitempty"`
	Policies  []jsonSource `json:"policies,omitempty"`
}

// jsonSource is a policy, or a rule of it, and its place.
type jsonSource struct {
	Policy string `json:"policy"`
	Path   string `json:"path,omitempty"`
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

func sourceOf(policy *Policy, path string, span manifest.Span) jsonSource {
	return jsonSource{policy.String(), path, span.File, span.Start.Line, span.Start.Column}
}

func rulesOf(rules []Rule) (sources []jsonSource) {
	for _, r := range rules {
		sources = append(sources, sourceOf(r.Policy, r.Path().String(), r.Span()))
	}
	return sources
}

func policiesOf(policies []*Policy) (sources []jsonSource) {
	for _, p := range policies {
		sources = append(sources, sourceOf(p, "", p.Span()))
	}
	return sources
}

// DiffJSON writes {"version": 1, "gained": […], "lost": […], "added": [ids], "removed": [ids]}, indented. Each connection has what
// [JSON] gives, and because: the rules that admit it now or did, and the policies that isolate now or did, by direction.
func DiffJSON(w io.Writer, d *Diff) error {
	return writeJSON(w, "JSON of connections gained and lost", struct {
		Version int `json:"version"`
		jsonDiff
	}{1, d.json()})
}

type jsonDiff struct {
	Gained  []jsonChange `json:"gained"`
	Lost    []jsonChange `json:"lost"`
	Added   []string     `json:"added"`
	Removed []string     `json:"removed"`
}

func (d *Diff) json() jsonDiff {
	report := jsonDiff{[]jsonChange{}, []jsonChange{}, ids(d.Added), ids(d.Removed)}
	for c := range d.Changes() {
		change := jsonChange{c.json(), []jsonCause{}}
		for _, cause := range d.Causes(c) {
			change.Because = append(change.Because, jsonCause{cause.Direction, rulesOf(cause.Rules), policiesOf(cause.Policies)})
		}
		if c.Gained {
			report.Gained = append(report.Gained, change)
		} else {
			report.Lost = append(report.Lost, change)
		}
	}
	return report
}

func ids(workloads []*Workload) []string {
	ids := []string{}
	for _, w := range workloads {
		ids = append(ids, w.String())
	}
	return ids
}

// reasons says why, a sentence for each cause.
func (d *Diff) reasons(l line) (reasons []string) {
	c := l.first
	for i, p := range []Peer{c.From, c.To} {
		switch {
		case p.Workload == nil, i == 1 && c.From == c.To:
		case slices.Contains(d.Added, p.Workload):
			reasons = append(reasons, p.String()+" is new")
		case slices.Contains(d.Removed, p.Workload):
			reasons = append(reasons, p.String()+" is gone")
		}
	}
	for _, cause := range d.Causes(c) {
		what, texts := "no longer isolated by", placed(cause.Policies)
		switch {
		case len(cause.Rules) > 0 && c.Gained:
			what, texts = "admitted by", placed(cause.Rules)
		case len(cause.Rules) > 0:
			what, texts = "no longer admitted by", placed(cause.Rules)
		case !c.Gained:
			what = "isolated by"
		}
		reasons = append(reasons, fmt.Sprintf("%s %s %s", cause.Direction, what, strings.Join(texts, ", ")))
	}
	return reasons
}

// placed names policies or rules with their places.
func placed[T interface {
	String() string
	Span() manifest.Span
}](list []T) (texts []string) {
	for _, x := range list {
		texts = append(texts, fmt.Sprintf("%s (%s)", x, x.Span()))
	}
	return texts
}
