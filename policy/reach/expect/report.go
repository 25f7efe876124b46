package expect

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/netvet/netvet/policy/reach"
)

// Text writes a line for each test, what is wrong with those that failed and why, and the coverage if there is any.
func Text(w io.Writer, r *Report) error {
	var b strings.Builder
	for _, result := range r.Results {
		word := "ok  "
		if !result.Passed() {
			word = "FAIL"
		}
		fmt.Fprintf(&b, "%s %s: %s\n", word, printable(result.Test.Span.String()), printable(result.Test.Name))
		for _, line := range result.lines() {
			b.WriteString("     " + line + "\n")
		}
	}
	fmt.Fprintf(&b, "%s, %d failed\n", plural(len(r.Results), "test"), r.Failed())
	for _, line := range r.Coverage.lines() {
		b.WriteString(line + "\n")
	}
	return write(w, "results", b.String())
}

// lines say what is wrong.
func (r Result) lines() (lines []string) {
	for i, f := range r.Failures {
		if f.Explanation == nil {
			lines = append(lines, fmt.Sprintf("and %s as wrong", plural(len(r.Failures)-i, "other connection")))
			break
		}
		lines = append(lines, printable(f.summary(r.Test.Verb)))
		for line := range strings.Lines(f.Explanation.String()) {
			lines = append(lines, "  "+printable(strings.TrimRight(line, "\n")))
		}
	}
	return lines
}

// summary says what is wrong with one connection.
func (f Failure) summary(verb Verb) string {
	if verb == Allow {
		return fmt.Sprintf("%s does not reach %s on %s", f.From, f.To, portsText(f.Ports))
	}
	return fmt.Sprintf("%s reaches %s on %s", f.From, f.To, portsText(f.Ports))
}

func portsText(p reach.Ports) string {
	if p.IsAll() {
		return "all ports"
	}
	return p.String()
}

// lines are the summary, and the rules that no test exercises.
func (c *Coverage) lines() (lines []string) {
	if c == nil {
		return nil
	}
	if c.Rules == 0 {
		return []string{"coverage: there are no rules"}
	}
	lines = append(lines, fmt.Sprintf("coverage: %d of %s exercised (%d%%)", c.Rules-len(c.Unexercised), plural(c.Rules, "rule"), c.Percent()))
	for _, rule := range c.Unexercised {
		lines = append(lines, printable(fmt.Sprintf("  %s: no test fails without %s", rule.Span(), rule)))
	}
	return lines
}

// TAP writes the results as the Test Anything Protocol, version 14. Why a test failed is in its diagnostics.
func TAP(w io.Writer, r *Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "TAP version 14\n1..%d\n", len(r.Results))
	escape := strings.NewReplacer(`\`, `\\`, "#", `\#`)
	for i, result := range r.Results {
		word := "ok"
		if !result.Passed() {
			word = "not ok"
		}
		fmt.Fprintf(&b, "%s %d - %s\n", word, i+1, escape.Replace(printable(result.Test.Name)))
		if result.Passed() {
			continue
		}
		fmt.Fprintf(&b, "  ---\n  at: %s\n  message: |\n", strconv.Quote(result.Test.Span.String()))
		for _, line := range result.lines() {
			b.WriteString("    " + line + "\n")
		}
		b.WriteString("  ...\n")
	}
	for _, line := range r.Coverage.lines() {
		b.WriteString("# " + line + "\n")
	}
	return write(w, "TAP of results", b.String())
}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string           `xml:"name,attr"`
	File       string           `xml:"file,attr,omitempty"`
	Tests      int              `xml:"tests,attr"`
	Failures   int              `xml:"failures,attr"`
	Errors     int              `xml:"errors,attr"`
	Skipped    int              `xml:"skipped,attr"`
	Properties *junitProperties `xml:"properties"`
	Cases      []junitCase      `xml:"testcase"`
	Output     *junitText       `xml:"system-out"`
}

type junitProperties struct {
	List []junitProperty `xml:"property"`
}

// junitText is text of several lines.
type junitText struct {
	Text string `xml:",cdata"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Line    int           `xml:"line,attr,omitempty"`
	Failure *junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	junitText
}

// JUnit writes the results as JUnit's XML: a suite for each document. The coverage is a suite of its own, without test cases.
func JUnit(w io.Writer, r *Report) error {
	all := junitSuites{Tests: len(r.Results), Failures: r.Failed()}
	type key struct{ file, document string }
	at := map[key]int{}
	for _, result := range r.Results {
		t := result.Test
		k := key{t.Span.File, t.Document}
		i, known := at[k]
		if !known {
			i = len(all.Suites)
			at[k] = i
			all.Suites = append(all.Suites, junitSuite{Name: t.Document, File: t.Span.File})
		}
		s := &all.Suites[i]
		c := junitCase{Name: t.Name, Class: t.Document, File: t.Span.File, Line: t.Span.Start.Line}
		s.Tests++
		if !result.Passed() {
			s.Failures++
			c.Failure = &junitFailure{
				result.Failures[0].summary(t.Verb), string(t.Verb),
				junitText{printable(t.Span.String()) + "\n" + strings.Join(result.lines(), "\n")},
			}
		}
		s.Cases = append(s.Cases, c)
	}
	if c := r.Coverage; c != nil {
		all.Suites = append(all.Suites, junitSuite{
			Name: "coverage", Output: &junitText{strings.Join(c.lines(), "\n")},
			Properties: &junitProperties{[]junitProperty{
				{"coverage.rules", strconv.Itoa(c.Rules)}, {"coverage.percent", strconv.Itoa(c.Percent())},
			}},
		})
	}
	data, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit of results: %w", err)
	}
	return write(w, "JUnit of results", xml.Header+string(data)+"\n")
}

// JSON writes {"version": 1, "tests": […], "summary": {"tests", "passed", "failed"}, "coverage": {"rules", "exercised", "percent", "unexercised"}},
// indented. A test has "document", "name", "expect", "passed", "file", "line", "column", "connections" (how many were asked about) and "failures", each
// with "from", "to", "ports" and, for the first few, "explanation" as [reach.ExplanationJSON] writes it. Fields may be added, not renamed.
func JSON(w io.Writer, r *Report) error {
	type failure struct {
		From        string          `json:"from"`
		To          string          `json:"to"`
		Ports       reach.Ports     `json:"ports"`
		Explanation json.RawMessage `json:"explanation,omitempty"`
	}
	type test struct {
		Document    string    `json:"document"`
		Name        string    `json:"name"`
		Expect      Verb      `json:"expect"`
		Passed      bool      `json:"passed"`
		File        string    `json:"file"`
		Line        int       `json:"line,omitempty"`
		Column      int       `json:"column,omitempty"`
		Connections int       `json:"connections"`
		Failures    []failure `json:"failures"`
	}
	type rule struct {
		Policy string `json:"policy"`
		Path   string `json:"path"`
		File   string `json:"file"`
		Line   int    `json:"line,omitempty"`
		Column int    `json:"column,omitempty"`
	}
	type coverage struct {
		Rules       int    `json:"rules"`
		Exercised   int    `json:"exercised"`
		Percent     int    `json:"percent"`
		Unexercised []rule `json:"unexercised"`
	}
	type summary struct {
		Tests  int `json:"tests"`
		Passed int `json:"passed"`
		Failed int `json:"failed"`
	}
	report := struct {
		Version  int       `json:"version"`
		Tests    []test    `json:"tests"`
		Summary  summary   `json:"summary"`
		Coverage *coverage `json:"coverage,omitempty"`
	}{1, []test{}, summary{len(r.Results), len(r.Results) - r.Failed(), r.Failed()}, nil}
	for _, result := range r.Results {
		t := result.Test
		x := test{t.Document, t.Name, t.Verb, result.Passed(), t.Span.File, t.Span.Start.Line, t.Span.Start.Column, result.Connections, []failure{}}
		for _, f := range result.Failures {
			y := failure{f.From.String(), f.To.String(), f.Ports, nil}
			if f.Explanation != nil {
				var b bytes.Buffer
				if err := reach.ExplanationJSON(&b, f.Explanation); err != nil {
					return err
				}
				y.Explanation = b.Bytes()
			}
			x.Failures = append(x.Failures, y)
		}
		report.Tests = append(report.Tests, x)
	}
	if c := r.Coverage; c != nil {
		report.Coverage = &coverage{c.Rules, c.Rules - len(c.Unexercised), c.Percent(), []rule{}}
		for _, u := range c.Unexercised {
			at := u.Span()
			report.Coverage.Unexercised = append(report.Coverage.Unexercised,
				rule{u.Policy.String(), u.Path().String(), at.File, at.Start.Line, at.Start.Column})
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(report); err != nil {
		return fmt.Errorf("write JSON of results: %w", err)
	}
	return write(w, "JSON of results", b.String())
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// printable replaces characters that a terminal would obey.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

func write(w io.Writer, what, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return nil
}
