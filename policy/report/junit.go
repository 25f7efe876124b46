package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
)

// JUnitOptions say what a failure is.
type JUnitOptions struct {
	FileOptions

	// FailLevel is the least severity of findings that fail; the others are skipped tests. Zero stands for errors.
	FailLevel policy.Severity
}

type (
	junitSuites struct {
		XMLName xml.Name      `xml:"testsuites"`
		Name    string        `xml:"name,attr"`
		Suites  []*junitSuite `xml:"testsuite"`
		junitCounts
	}
	junitSuite struct {
		Name  string      `xml:"name,attr"`
		Cases []junitCase `xml:"testcase"`
		junitCounts
	}
	junitCounts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
	junitCase struct {
		Name    string       `xml:"name,attr"`
		Class   string       `xml:"classname,attr"`
		File    string       `xml:"file,attr,omitempty"`
		Line    int          `xml:"line,attr,omitempty"`
		Skipped *junitResult `xml:"skipped"`
		Error   *junitResult `xml:"error"`
		Failure *junitResult `xml:"failure"`
	}
	junitResult struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Body    string `xml:",cdata"`
	}
)

// JUnit writes the report as JUnit XML: a suite for each file, a test case for each finding, of the class of its rule. Findings below the fail
// level and suppressed ones are skipped tests; documents that could not be read are errors. A clean report is one test that passes, as readers
// of JUnit take none for a fault.
func JUnit(w io.Writer, r *lint.Report, o JUnitOptions) error {
	j := junitSuites{Name: "netvet"}
	var t text
	for _, e := range entriesOf(r) {
		file := Harmless(o.name(e.span.File))
		c := junitCase{File: file, Line: e.span.Start.Line}
		if f := e.finding; f != nil {
			c.Name, c.Class = Harmless(subject(f))+" ("+file+")", "netvet."+f.Rule.ID
			o.result(&c, e, &t)
		} else {
			c.Name, c.Class = file+" can be read", "netvet.unread"
			c.Error = &junitResult{Message: Harmless(e.err.Err.Error()), Type: "unread", Body: junitBody(e, &t)}
		}
		j.add(file, c)
	}
	if len(j.Suites) == 0 {
		j.add("netvet", junitCase{Name: "no findings" + inFiles(r.Summary), Class: "netvet"})
	}
	content, err := xml.MarshalIndent(j, "", "  ")
	if err != nil {
		return fmt.Errorf("make JUnit report: %w", err)
	}
	return write(w, "JUnit report", xml.Header+string(content)+"\n")
}

func (o JUnitOptions) result(c *junitCase, e entry, t *text) {
	switch f := e.finding; {
	case f.Suppressed != "":
		c.Skipped = &junitResult{Message: Harmless("suppressed: " + f.Suppressed)}
	case f.Severity <= cmp.Or(o.FailLevel, policy.Error):
		c.Failure = &junitResult{Message: Harmless(f.Message), Type: f.Severity.String(), Body: junitBody(e, t)}
	default:
		c.Skipped = &junitResult{Message: Harmless(f.Severity.String() + ": " + f.Message)}
	}
}

// add puts a test case into the suite of its file. Files come in order.
func (j *junitSuites) add(file string, c junitCase) {
	if n := len(j.Suites); n == 0 || j.Suites[n-1].Name != file {
		j.Suites = append(j.Suites, &junitSuite{Name: file})
	}
	suite := j.Suites[len(j.Suites)-1]
	suite.Cases = append(suite.Cases, c)
	j.count(c)
	suite.count(c)
}

func (n *junitCounts) count(c junitCase) {
	n.Tests++
	switch {
	case c.Failure != nil:
		n.Failures++
	case c.Error != nil:
		n.Errors++
	case c.Skipped != nil:
		n.Skipped++
	}
}

// junitBody is what the text report says of an entry alone. The text goes on where it was in the file.
func junitBody(e entry, t *text) string {
	*t = text{at: t.at, explained: map[string]bool{}}
	if e.finding != nil {
		t.finding(e.finding)
	} else {
		t.unread(e.err)
	}
	return "\n" + strings.TrimRight(t.b.String(), "\n") + "\n"
}
