package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/netvet/netvet/bundle/gatekeeper"
	"github.com/netvet/netvet/policy"
)

// gatekeeperOptions are the flags of `netvet gatekeeper`.
type gatekeeperOptions struct {
	output            string
	severity          choice
	action            string
	namespaces        []string
	excluded          []string
	namespaceSelector string
	match             string
	parameters        []string
	source            ruleSource
}

func (p *program) gatekeeperCommand() *cobra.Command {
	o := gatekeeperOptions{severity: choice{value: "note", among: []string{"error", "warning", "note"}}}
	cmd := &cobra.Command{
		Use:   "gatekeeper [RULE...]",
		Short: "Make Gatekeeper enforce the rules",
		Long: `Write what Gatekeeper enforces the rules by: a ConstraintTemplate and Constraints for
each rule, and a SyncSet with what the rules look at. They go to standard output,
or with -o into a directory, with kustomizations that install all or a severity,
and suites for gator verify. Rules about the source text stay with netvet lint:
at admission the API server has filled in defaults.

Without --enforcement-action it goes by severity: errors of rules that need the
one object alone deny; other errors, and warnings, warn, since objects come in
any order; notes are audited. Roll out gradually: dryrun, then warn, then the
default. An action for some enforcement points is ACTION@POINT.

Gatekeeper makes a kind of each template. Wait for that before you apply
constraints:

  kubectl apply -k gatekeeper/templates
  kubectl wait --for=jsonpath='{.status.created}'=true \
    constrainttemplates -l app.kubernetes.io/part-of=netvet
  kubectl apply -k gatekeeper/

Rego of version 1 needs Gatekeeper 3.19 or newer. gator verify gatekeeper/...
tests what was written.`,
		Example: p.examples(
			"%s gatekeeper -o gatekeeper/", "write templates, constraints, the SyncSet and suites",
			"%s gatekeeper --enforcement-action dryrun or-peers missing-dns", "print what audits by two rules, for kubectl apply -f -",
			"%s gatekeeper --enforcement-action deny@validation.gatekeeper.sh,dryrun@audit.gatekeeper.sh -o gatekeeper/", "deny at admission, audit in silence",
		),
		ValidArgsFunction: func(_ *cobra.Command, given []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return slices.DeleteFunc(describedRules(), func(rule string) bool {
				id, _, _ := strings.Cut(rule, "\t")
				return slices.Contains(given, id)
			}), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.gatekeeper(cmd.Context(), args, o) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.output, "output", "o", "", "write files into this `DIRECTORY`; what was there stays, but for files of the same name")
	flags.Var(&o.severity, "severity", "leave out rules that are slighter: error, warning or note")
	flags.StringVar(&o.action, "enforcement-action", "", "what all constraints do: deny, warn, dryrun, or `ACTION@POINT` for each enforcement point")
	flags.StringSliceVar(&o.namespaces, "namespaces", nil, "judge these `NAMESPACES` only; * stands for any ending")
	flags.StringSliceVar(&o.excluded, "exclude-namespaces", nil, "do not judge these `NAMESPACES`")
	flags.StringVar(&o.namespaceSelector, "namespace-selector", "", "judge namespaces with these labels only, as `KEY=VALUE,...`")
	flags.StringVar(&o.match, "match", "", "lay this YAML `FILE` over each constraint's match")
	defineParameters(cmd, &o.parameters)
	o.source.define(cmd)
	complete(cmd, "severity", o.severity.among)
	complete(cmd, "enforcement-action", []string{"deny", "warn", "dryrun"})
	for _, flag := range []string{"namespaces", "exclude-namespaces", "namespace-selector"} {
		completeBy(cmd, flag, cobra.NoFileCompletions)
	}
	return cmd
}

func (p *program) gatekeeper(ctx context.Context, ids []string, o gatekeeperOptions) error {
	options, err := o.options(ids)
	if err != nil {
		return err
	}
	rules, err := o.source.rules(ctx)
	if err != nil {
		return err
	}
	for name := range options.Parameters {
		if _, declared := rules.Parameters()[name]; !declared {
			return p.configError(&policy.UnknownParameterError{Name: name}, rules)
		}
	}
	made, err := gatekeeper.Generate(rules, options)
	if unknown, ok := errors.AsType[*gatekeeper.UnknownRuleError](err); ok {
		return fmt.Errorf("%w%s; %s rules lists the rules", err, didYouMean(unknown.ID, idsOf(rules.Rules())), p.name)
	}
	if err != nil {
		return err
	}
	if o.output == "" {
		return made.Stream(p.out)
	}
	files, err := made.Files(ctx)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := filepath.Join(o.output, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(file, files[name], 0o666); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.err, "wrote %d templates, %d constraints and their suites to %s\n", len(made.Templates), len(made.Constraints), o.output)
	return nil
}

func (o gatekeeperOptions) options(ids []string) (made gatekeeper.Options, err error) {
	made = gatekeeper.Options{Rules: ids, Match: map[string]any{}}
	if made.Severity, err = policy.ParseSeverity(o.severity.value); err != nil {
		return made, err
	}
	if made.Parameters, err = parameterValues(o.parameters); err != nil {
		return made, err
	}
	if o.match != "" {
		text, err := os.ReadFile(o.match)
		if err != nil {
			return made, err
		}
		if err := yaml.UnmarshalStrict(text, &made.Match); err != nil {
			return made, fmt.Errorf("%s: want the mapping that stands below spec.match: %w", o.match, err)
		}
	}
	if len(o.namespaces) > 0 {
		made.Match["namespaces"] = o.namespaces
	}
	if len(o.excluded) > 0 {
		made.Match["excludedNamespaces"] = o.excluded
	}
	if o.namespaceSelector != "" {
		labels := map[string]any{}
		for pair := range strings.SplitSeq(o.namespaceSelector, ",") {
			key, value, found := strings.Cut(pair, "=")
			if !found || key == "" {
				return made, fmt.Errorf("namespace selector %q: want KEY=VALUE; --match takes every kind of selector", o.namespaceSelector)
			}
			labels[key] = value
		}
		made.Match["namespaceSelector"] = map[string]any{"matchLabels": labels}
	}
	made.Action = o.action
	if strings.Contains(o.action, "@") {
		made.Action = "scoped"
		for pair := range strings.SplitSeq(o.action, ",") {
			action, point, _ := strings.Cut(pair, "@")
			if i := slices.IndexFunc(made.Scoped, func(s gatekeeper.ScopedAction) bool { return s.Action == action }); i >= 0 {
				made.Scoped[i].Points = append(made.Scoped[i].Points, point)
				continue
			}
			made.Scoped = append(made.Scoped, gatekeeper.ScopedAction{Action: action, Points: []string{point}})
		}
	}
	return made, nil
}
