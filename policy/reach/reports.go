package reach

import (
	"fmt"
	"io"
	"strings"
)

// ExposedText writes what is open to more than is named, for reading.
func ExposedText(w io.Writer, exposures []Exposure) error {
	lines := [][]string{{"WORKLOAD", "DIRECTION", "OPEN TO", "PORTS", "BECAUSE"}}
	for _, e := range exposures {
		lines = append(lines, []string{e.Workload.String(), string(e.Direction), e.audience(), e.Ports.String(), e.because()})
	}
	return write(w, "table of exposures", columns(lines))
}

// ExposedMarkdown writes the same as a Markdown table.
func ExposedMarkdown(w io.Writer, exposures []Exposure) error {
	var b strings.Builder
	b.WriteString("| Workload | Direction | Open to | Ports | Because |\n|---|---|---|---|---|\n")
	for _, e := range exposures {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n",
			cell(e.Workload.String()), e.Direction, cell(e.audience()), cell(e.Ports.String()), cell(e.because()))
	}
	return write(w, "Markdown table of exposures", b.String())
}

func (e Exposure) audience() string {
	text := string(e.Audience)
	if len(e.Namespaces) > 0 {
		text += " in " + strings.Join(e.Namespaces, ", ")
	}
	var published []string
	for _, p := range e.Published {
		published = append(published, p.String())
	}
	if len(published) > 0 {
		text += ", by " + strings.Join(published, ", ")
	}
	return text
}

func (e Exposure) because() string {
	if len(e.Rules) == 0 {
		return "no policy isolates it"
	}
	return strings.Join(placed(e.Rules), ", ")
}

// ExposedJSON writes {"version": 1, "exposures": [{"workload", "direction", "to", "ports", "addresses", "namespaces", "rules", "published"}]}.
func ExposedJSON(w io.Writer, exposures []Exposure) error {
	type exposure struct {
		Workload   string       `json:"workload"`
		Direction  Direction    `json:"direction"`
		To         Audience     `json:"to"`
		Ports      Ports        `json:"ports"`
		Addresses  []string     `json:"addresses,omitempty"`
		Namespaces []string     `json:"namespaces,omitempty"`
		Rules      []jsonSource `json:"rules"`
		Published  []string     `json:"published,omitempty"`
	}
	report := struct {
		Version   int        `json:"version"`
		Exposures []exposure `json:"exposures"`
	}{1, []exposure{}}
	for _, e := range exposures {
		x := exposure{e.Workload.String(), e.Direction, e.Audience, e.Ports, nil, e.Namespaces, append([]jsonSource{}, rulesOf(e.Rules)...), nil}
		for _, r := range e.Addresses {
			x.Addresses = append(x.Addresses, r.String())
		}
		for _, p := range e.Published {
			x.Published = append(x.Published, p.String())
		}
		report.Exposures = append(report.Exposures, x)
	}
	return writeJSON(w, "JSON of exposures", report)
}

type jsonVerdict struct {
	Direction Direction    `json:"direction"`
	Admits    bool         `json:"admits"`
	Exempt    string       `json:"exempt,omitempty"`
	Isolating []jsonSource `json:"isolatedBy"`
	Rules     []jsonTrial  `json:"rules"`
}

type jsonTrial struct {
	jsonSource
	Admits bool     `json:"admits"`
	Peers  []string `json:"peers,omitempty"`
	Ports  string   `json:"ports,omitempty"`
}

// ExplanationJSON writes {"version": 1, "from", "to", "source", "destination", "protocol", "port", "allowed", "egress", "ingress"}. Each side has
// "admits", "isolatedBy" (policies and their places) and "rules"; a rule's "peers" say why each does not match, "" if it does.
func ExplanationJSON(w io.Writer, e *Explanation) error {
	return writeJSON(w, "JSON of an explanation", struct {
		Version     int          `json:"version"`
		From        string       `json:"from"`
		To          string       `json:"to"`
		Source      string       `json:"source"`
		Destination string       `json:"destination"`
		Protocol    Protocol     `json:"protocol"`
		Port        int          `json:"port"`
		PortName    string       `json:"portName,omitempty"`
		Allowed     bool         `json:"allowed"`
		Partial     bool         `json:"partial,omitempty"`
		Self        bool         `json:"self,omitempty"`
		Egress      *jsonVerdict `json:"egress,omitempty"`
		Ingress     *jsonVerdict `json:"ingress,omitempty"`
	}{1, e.From.String(), e.To.String(), e.Source.String(), e.Destination.String(), e.Protocol, e.Port, e.PortName, e.Allowed, e.Partial, e.Self,
		e.Egress.json(), e.Ingress.json()})
}

func (v Verdict) json() *jsonVerdict {
	j := &jsonVerdict{v.Direction, v.Admits, v.Exempt, append([]jsonSource{}, policiesOf(v.Isolating)...), []jsonTrial{}}
	for _, t := range v.Trials {
		j.Rules = append(j.Rules, jsonTrial{sourceOf(t.Rule.Policy, t.Rule.Path().String(), t.Span()), t.Admits(), t.Peers, t.Ports})
	}
	return j
}
