package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/report"
)

// formats are those of the report.
var formats = []string{"text", "json", "sarif", "junit", "github", "gitlab", "markdown"}

// outputHelp tells of the formats, and where they go.
const outputHelp = `Formats:
  text      for reading
  json      one object; policy/report/schema.json describes it
  sarif     SARIF 2.1.0, for code scanning
  junit     JUnit XML, for CI servers
  github    annotations of GitHub Actions
  gitlab    a code quality report of GitLab
  markdown  a summary for a pull request

-o takes the format named before it; a format without -o goes to standard output,
where one can go. A clean report is one line of text.`

// reportFlags say how a report is written, and what of it fails.
type reportFlags struct {
	outputs   []output
	failLevel choice
	explain   func(*policy.Rule) string // gives the command that does
}

// output is a format and where it goes: a file, or standard output if that is "" or "-". Either may be unset while flags are read.
type output struct{ format, file string }

func (o output) toFile() bool { return o.file != "" && o.file != "-" }

// toReader tells whether standard output gets text, which says all there is to say.
func (o *reportFlags) toReader() bool {
	return slices.ContainsFunc(o.outputs, func(out output) bool { return out.format == "text" && !out.toFile() })
}

// formatFlag starts an output.
type formatFlag struct{ flags *reportFlags }

func (f formatFlag) String() string { return "" }
func (f formatFlag) Type() string   { return "FORMAT" }

func (f formatFlag) Set(word string) error {
	if strings.Contains(word, ",") {
		return errors.New("for several formats repeat it, as in -f sarif -o out.sarif -f text")
	}
	if !slices.Contains(formats, word) {
		return fmt.Errorf("want %s%s", enumerate(formats), didYouMean(word, formats))
	}
	// A file that was named before any format is the first format's.
	if first := f.flags.outputs; len(first) == 1 && first[0].format == "" {
		first[0].format = word
		return nil
	}
	f.flags.outputs = append(f.flags.outputs, output{format: word})
	return nil
}

// fileFlag says where the output goes that the -f before it starts.
type fileFlag struct{ flags *reportFlags }

func (f fileFlag) String() string { return "" }
func (f fileFlag) Type() string   { return "FILE" }

func (f fileFlag) Set(name string) error {
	if name == "" {
		return errors.New("want the name of a file, or - for standard output")
	}
	if len(f.flags.outputs) == 0 {
		f.flags.outputs = append(f.flags.outputs, output{})
	}
	last := &f.flags.outputs[len(f.flags.outputs)-1]
	if last.file != "" {
		return fmt.Errorf("%s goes to %s already; say the format of each file before it, as in -f sarif -o out.sarif -f text -o out.txt", or(last.format, "the report"), last.file)
	}
	last.file = name
	return nil
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func (o *reportFlags) define(cmd *cobra.Command) {
	o.failLevel = choice{value: "error", among: []string{"error", "warning", "note", "none"}}
	flags := cmd.Flags()
	flags.VarP(formatFlag{o}, "format", "f", "write the report as `FORMAT` (default text); repeat it for several")
	flags.VarP(fileFlag{o}, "output", "o", "write the format named before to `FILE` instead of standard output")
	o.failLevel.define(flags, "fail-level", "l", "the least severity that makes the exit status 1")
	complete(cmd, "format", formats)
	complete(cmd, "fail-level", o.failLevel.among)
}

// formatOfSuffix tells which formats files of a suffix are expected to hold.
var formatOfSuffix = map[string]string{".sarif": "sarif", ".json": "json", ".xml": "junit", ".md": "markdown"}

// check completes the outputs, and refuses those that would overwrite one another or what is judged.
func (o *reportFlags) check(paths []string) error {
	if len(o.outputs) == 0 {
		o.outputs = []output{{}}
	}
	places := map[string]string{}
	for i := range o.outputs {
		out := &o.outputs[i]
		if out.format == "" {
			if likely := formatOfSuffix[strings.ToLower(filepath.Ext(out.file))]; likely != "" {
				return fmt.Errorf("-o %s without a format would hold text; name the format before it, as in -f %s -o %s", out.file, likely, out.file)
			}
			out.format = "text"
		}
		place := "-"
		if out.toFile() {
			place = filepath.Clean(out.file)
			if slices.ContainsFunc(paths, func(path string) bool { return sameFile(path, out.file) }) {
				return fmt.Errorf("-o %s would overwrite a manifest that is to be judged", out.file)
			}
		}
		if other, taken := places[place]; taken && place == "-" {
			return fmt.Errorf("%s and %s would both go to standard output; give one a file, as in -f %s -o FILE", other, out.format, out.format)
		} else if taken {
			return fmt.Errorf("%s and %s would both go to %s; give each a file of its own", other, out.format, out.file)
		}
		places[place] = out.format
	}
	return nil
}

// sameFile says whether both names are of one regular file.
func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil || !first.Mode().IsRegular() {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// print renders all formats before it writes any, so that a failure leaves no half of a report. Standard output comes last.
func (p *program) print(r *lint.Report, o reportFlags) error {
	rendered := make([]bytes.Buffer, len(o.outputs))
	for i, out := range o.outputs {
		if err := p.render(&rendered[i], r, out, o); err != nil {
			return err
		}
	}
	for i, out := range o.outputs {
		if !out.toFile() {
			continue
		}
		if err := os.WriteFile(out.file, rendered[i].Bytes(), 0o666); err != nil {
			return err
		}
	}
	for i, out := range o.outputs {
		if out.toFile() {
			continue
		}
		if _, err := p.out.Write(rendered[i].Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) render(w io.Writer, r *lint.Report, out output, o reportFlags) error {
	switch out.format {
	case "json":
		return report.JSON(w, r)
	case "sarif":
		return report.SARIF(w, r, checkout())
	case "junit":
		level, _ := policy.ParseSeverity(o.failLevel.value) // none stands for errors, as the zero value does
		return report.JUnit(w, r, report.JUnitOptions{FileOptions: checkout(), FailLevel: level})
	case "github":
		return report.GitHub(w, r, checkout())
	case "gitlab":
		return report.GitLab(w, r, checkout())
	case "markdown":
		return report.Markdown(w, r, checkout())
	default:
		options := p.text(out.toFile())
		options.Explain = o.explain
		return report.Text(w, r, options)
	}
}

// checkout is the repository around the working folder, from whose root CI takes the names of files; without one, the working folder.
func checkout() report.FileOptions {
	folder, err := os.Getwd()
	if err != nil {
		return report.FileOptions{}
	}
	for root := folder; ; root = filepath.Dir(root) {
		if _, err := os.Lstat(filepath.Join(root, ".git")); err == nil {
			return report.FileOptions{Root: root, Folder: folder}
		}
		if root == filepath.Dir(root) {
			return report.FileOptions{Root: folder, Folder: folder}
		}
	}
}

// verdict is nil for a clean report.
func (o reportFlags) verdict(r *lint.Report) error {
	if len(r.Errors) > 0 {
		return errors.New("not everything could be read; the report says what and why")
	}
	counts := map[string]int{
		"error":   r.Summary.Errors,
		"warning": r.Summary.Errors + r.Summary.Warnings,
		"note":    r.Summary.Errors + r.Summary.Warnings + r.Summary.Notes,
	}
	if counts[o.failLevel.value] > 0 {
		return errFindings
	}
	return nil
}
