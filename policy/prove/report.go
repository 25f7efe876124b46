package prove

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode"
)

// TextOptions say how Text writes.
type TextOptions struct {
	// Root stands before the names of files: where the file system is.
	Root string

	// Missed lists the lines that nothing exercises.
	Missed bool
}

// Text writes a line for each rule and library, what is wrong with those that failed, and the coverage.
func Text(w io.Writer, r *Report, o TextOptions) error {
	var b strings.Builder
	for _, result := range r.Rules {
		summary := fmt.Sprintf("%s expected, %s, %s", plural(result.Expected, "finding"), plural(result.Sound, "sound object"), plural(result.Tests, "Rego test"))
		result.write(&b, result.Name, summary, o)
	}
	for _, result := range r.Libraries {
		result.write(&b, path.Join(o.Root, result.Name), plural(result.Tests, "Rego test"), o)
	}
	lines, missed := 0, 0
	for _, c := range r.Coverage {
		lines += c.Lines
		missed += c.missed()
	}
	fmt.Fprintf(&b, "coverage: %d of %s exercised (%d%%)\n", lines-missed, plural(lines, "line"), r.Percent())
	for _, c := range r.Coverage {
		for _, m := range c.Missed {
			if o.Missed {
				fmt.Fprintf(&b, "  %s: no test and no manifest comes here\n", printable(path.Join(o.Root, c.File)+":"+m.String()))
			}
		}
	}
	fmt.Fprintf(&b, "%s, %d failed\n", r.counted(), r.Failed())
	return write(w, b.String())
}

func (r *Report) counted() string {
	switch text := plural(len(r.Rules), "rule"); len(r.Libraries) {
	case 0:
		return text
	case 1:
		return text + ", 1 library"
	default:
		return fmt.Sprintf("%s, %d libraries", text, len(r.Libraries))
	}
}

func (r *Result) write(b *strings.Builder, name, summary string, o TextOptions) {
	if len(r.Faults) == 0 {
		fmt.Fprintf(b, "ok   %s: %s\n", printable(name), summary)
		return
	}
	fmt.Fprintf(b, "FAIL %s\n", printable(name))
	for _, f := range r.Faults {
		place := path.Join(o.Root, f.File)
		if f.Line > 0 {
			place += fmt.Sprintf(":%d", f.Line)
		}
		for i, line := range strings.Split(place+": "+f.Message, "\n") {
			indent := "     "
			if i > 0 {
				indent = "       "
			}
			b.WriteString(indent + printable(line) + "\n")
		}
	}
}

// String gives "7" or "7-9".
func (r Range) String() string {
	if r.First == r.Last {
		return fmt.Sprint(r.First)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// JSON writes {"version": 1, "rules": […], "libraries": […], "coverage": {"lines", "exercised", "percent", "files"}, "summary": {"rules", "libraries",
// "failed"}}, indented. A rule or library has "name", "expected", "sound", "tests" and "faults", each with "file", "line" and "message"; a file of the
// coverage "file", "lines" and "missed", which are pairs of lines. Files are below the root. Fields may be added, not renamed.
func JSON(w io.Writer, r *Report) error {
	type fault struct {
		File    string `json:"file"`
		Line    int    `json:"line,omitempty"`
		Message string `json:"message"`
	}
	type folder struct {
		Name     string  `json:"name"`
		Expected int     `json:"expected"`
		Sound    int     `json:"sound"`
		Tests    int     `json:"tests"`
		Faults   []fault `json:"faults"`
	}
	type file struct {
		File   string   `json:"file"`
		Lines  int      `json:"lines"`
		Missed [][2]int `json:"missed"`
	}
	type coverage struct {
		Lines     int    `json:"lines"`
		Exercised int    `json:"exercised"`
		Percent   int    `json:"percent"`
		Files     []file `json:"files"`
	}
	type summary struct {
		Rules     int `json:"rules"`
		Libraries int `json:"libraries"`
		Failed    int `json:"failed"`
	}
	folders := func(results []*Result) []folder {
		list := []folder{}
		for _, result := range results {
			f := folder{result.Name, result.Expected, result.Sound, result.Tests, []fault{}}
			for _, wrong := range result.Faults {
				f.Faults = append(f.Faults, fault(wrong))
			}
			list = append(list, f)
		}
		return list
	}
	report := struct {
		Version   int      `json:"version"`
		Rules     []folder `json:"rules"`
		Libraries []folder `json:"libraries"`
		Coverage  coverage `json:"coverage"`
		Summary   summary  `json:"summary"`
	}{1, folders(r.Rules), folders(r.Libraries), coverage{Percent: r.Percent(), Files: []file{}}, summary{len(r.Rules), len(r.Libraries), r.Failed()}}
	for _, c := range r.Coverage {
		f := file{c.File, c.Lines, [][2]int{}}
		for _, m := range c.Missed {
			f.Missed = append(f.Missed, [2]int{m.First, m.Last})
		}
		report.Coverage.Lines += c.Lines
		report.Coverage.Exercised += c.Lines - c.missed()
		report.Coverage.Files = append(report.Coverage.Files, f)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(report); err != nil {
		return fmt.Errorf("write proof of rules: %w", err)
	}
	return write(w, b.String())
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

func write(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write proof of rules: %w", err)
	}
	return nil
}
