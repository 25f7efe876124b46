package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/report"
)

func (p *program) rulesCommand() *cobra.Command {
	format := choice{value: "table", among: []string{"table", "json", "markdown"}}
	cmd := &cobra.Command{
		Use:   "rules [RULE]",
		Short: "List the rules, or explain one",
		Long: `List the rules, or explain one: what goes wrong, what to write instead, and
manifests that are bad and good.

The severity is the gravest that the rule gives. The scope says what the rule
has to see: the one object, the policies of its namespace, workloads as well, or
the manifest as written, which a cluster does not return.`,
		Example: p.examples(
			"%s rules", "list the rules",
			"%s rules missing-dns", "explain a rule",
			"%s rules -f markdown > rules.md", "write a page of documentation",
		),
		Args:              atMostOneRule,
		ValidArgsFunction: completeRule,
		RunE: func(cmd *cobra.Command, args []string) error {
			known := policy.Default()
			if len(args) == 0 {
				return p.list(cmd.OutOrStdout(), known.Rules(), format.value)
			}
			rule := known.Rule(args[0])
			if rule == nil {
				return fmt.Errorf("unknown rule %q%s; %s rules lists the rules", args[0], didYouMean(args[0], idsOf(known.Rules())), p.name)
			}
			return p.explain(cmd.OutOrStdout(), rule, format.value)
		},
	}
	format.define(cmd.Flags(), "format", "f", "the format of the list or page")
	complete(cmd, "format", format.among)
	return cmd
}

func (p *program) list(w io.Writer, rules []*policy.Rule, format string) error {
	switch format {
	case "json":
		return report.RulesJSON(w, rules)
	case "markdown":
		return report.RulesMarkdown(w, rules)
	default:
		return report.Rules(w, rules, p.text(false))
	}
}

func (p *program) explain(w io.Writer, r *policy.Rule, format string) error {
	switch format {
	case "json":
		return report.RulesJSON(w, []*policy.Rule{r})
	case "markdown":
		return report.ExplainMarkdown(w, r)
	default:
		return report.Explain(w, r, p.text(false))
	}
}

func atMostOneRule(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("one rule is explained at a time, not %d; %s --help shows examples", len(args), cmd.CommandPath())
	}
	return nil
}

func idsOf(rules []*policy.Rule) []string {
	ids := make([]string, len(rules))
	for i, r := range rules {
		ids[i] = r.ID
	}
	return ids
}

func completeRule(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return describedRules(), cobra.ShellCompDirectiveNoFileComp
}

func describedRules() []cobra.Completion {
	var words []cobra.Completion
	for _, r := range policy.Default().Rules() {
		words = append(words, cobra.CompletionWithDesc(r.ID, r.Title))
	}
	return words
}
