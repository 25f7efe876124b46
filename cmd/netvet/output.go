package main

import (
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/report"
)

// reportFlags say how a report is written, and what of it fails.
type reportFlags struct {
	format    choice
	output    string
	failLevel choice
}

func (o *reportFlags) define(cmd *cobra.Command) {
	o.format = choice{value: "text", among: []string{"text", "json"}}
	o.failLevel = choice{value: "error", among: []string{"error", "warning", "note", "none"}}
	flags := cmd.Flags()
	o.format.define(flags, "format", "f", "the format of the report")
	flags.StringVarP(&o.output, "output", "o", "", "write the report to `FILE` instead of standard output")
	o.failLevel.define(flags, "fail-level", "l", "the least severity that makes the exit status 1")
	complete(cmd, "format", o.format.among)
	complete(cmd, "fail-level", o.failLevel.among)
}

// print renders the report before it writes any of it, so that a failure leaves no half of a report.
func (p *program) print(r *lint.Report, o reportFlags) error {
	formats := map[string]func(io.Writer, *lint.Report) error{
		"text": func(w io.Writer, r *lint.Report) error { return report.Text(w, r, p.text(o.output != "")) },
		"json": report.JSON,
	}
	var b bytes.Buffer
	if err := formats[o.format.value](&b, r); err != nil {
		return err
	}
	if o.output == "" {
		_, err := p.out.Write(b.Bytes())
		return err
	}
	return os.WriteFile(o.output, b.Bytes(), 0o666)
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
