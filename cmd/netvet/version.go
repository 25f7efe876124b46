package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/report"
)

func (p *program) versionCommand() *cobra.Command {
	format := choice{value: "text", among: []string{"text", "json"}}
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Tell the versions of netvet, its rules and what it is built with",
		Example: p.examples(
			"%s version", "tell the versions",
			"%s version -f json", "for a program to read",
		),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("%s takes no arguments, not %q", cmd.CommandPath(), args[0])
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v := struct {
				Version  string `json:"version"`
				Rules    int    `json:"rules"`
				OPA      string `json:"opa"`
				Go       string `json:"go"`
				Platform string `json:"platform"`
			}{
				report.Version(), len(policy.Default().Rules()), versionOf("github.com/open-policy-agent/opa"),
				runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH,
			}
			if format.value == "json" {
				encoder := json.NewEncoder(cmd.OutOrStdout())
				encoder.SetIndent("", "  ")
				return encoder.Encode(v)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "netvet %s\nrules  %d\nOPA    %s\nGo     %s %s\n", v.Version, v.Rules, v.OPA, v.Go, v.Platform)
			return err
		},
	}
	format.define(cmd.Flags(), "format", "f", "the format of the output")
	complete(cmd, "format", format.among)
	return cmd
}

// versionOf is the version of a module that this program is built with.
func versionOf(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == module {
				return m.Version
			}
		}
	}
	return "(unknown)"
}
