package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

// lintOptions are the flags of `netvet lint`.
type lintOptions struct {
	report     reportFlags
	enable     []string
	disable    []string
	namespace  string
	parameters []string
	source     ruleSource
	live       liveFlags
}

func (p *program) lintCommand() *cobra.Command {
	var o lintOptions
	cmd := &cobra.Command{
		Use:   "lint PATH...",
		Short: "Judge manifests, or a cluster",
		Long: `Judge the NetworkPolicies in files, in directories (every .yaml, .yml and .json
below them), on standard input (-), or in a cluster (--context, -A).

Give it the manifests of Namespaces, workloads and Services, too: the more it
sees, the more it can tell.

The exit status is 0 if no finding reaches the fail level, 1 if one does, and 2
if netvet could not do its job. That includes documents that it could not read:
it judges the others all the same. An interrupt gives 130.

` + outputHelp,
		Example: p.examples(
			"%s lint manifests/", "judge every manifest below a directory",
			"kustomize build overlays/prod | %s lint -", "judge what a tool prints",
			"%s lint --context prod --namespace shop", "judge a namespace of a cluster",
			"%s lint -A", "judge all of the cluster that kubectl talks to",
			"%s lint -f sarif -o netvet.sarif -f text manifests/", "write a report for a program, and one for reading",
			"%s lint -l warning -d default-deny-missing,missing-dns manifests/", "fail on warnings, too, and leave two rules out",
			"%s lint -b oci://registry.example.com/netvet:v1 --verification-key public.pem manifests/", "judge by the rules of a signed bundle",
		),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && !o.live.given() {
				return fmt.Errorf("nothing to judge: name files or directories, - for standard input, or a cluster (%s --help shows examples)", cmd.CommandPath())
			}
			return o.live.check(args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.lint(cmd.Context(), args, o) },
	}
	flags := cmd.Flags()
	o.report.define(cmd)
	flags.StringSliceVarP(&o.enable, "enable", "e", nil, "ask only this `RULE`; repeat it or separate several by commas")
	flags.StringSliceVarP(&o.disable, "disable", "d", nil, "leave out this `RULE`; repeat it or separate several by commas")
	flags.StringVarP(&o.namespace, "namespace", "n", "", "the `NAMESPACE` of objects that name none, default without it; of a cluster the one to read")
	defineParameters(cmd, &o.parameters)

	o.source.define(cmd)
	o.live.define(cmd)

	completeBy(cmd, "enable", completeRules)
	completeBy(cmd, "disable", completeRules)
	completeBy(cmd, "namespace", cobra.NoFileCompletions)
	return cmd
}

func completeRules(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	listed := typed[:strings.LastIndex(typed, ",")+1]
	words := describedRules()
	for i := range words {
		words[i] = listed + words[i]
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

func (p *program) lint(ctx context.Context, paths []string, o lintOptions) error {
	if err := o.report.check(paths); err != nil {
		return err
	}
	config, err := o.config()
	if err != nil {
		return err
	}
	rules, err := o.source.rules(ctx)
	if err != nil {
		return err
	}

	progress := p.startProgress(paths)
	defer progress.stop()
	progress.says("reading")

	// Reading and compiling need nothing of each other.
	var linter *lint.Linter
	var compileErr error
	var compiled sync.WaitGroup
	compiled.Go(func() { linter, compileErr = lint.New(ctx, rules, config) })
	set, err := o.load(ctx, p, rules, paths)
	compiled.Wait()
	if err := cmp.Or(p.configError(compileErr, rules), err); err != nil {
		return err
	}
	progress.says("judging " + plural(len(set.Resources), "object"))
	found, err := linter.Lint(ctx, set)
	if err != nil {
		return err
	}
	progress.stop()
	if err := p.print(found, o.report); err != nil {
		return err
	}
	return o.report.verdict(found)
}

// load reads files, or the cluster that is named.
func (o lintOptions) load(ctx context.Context, p *program, rules *policy.Policy, paths []string) (*manifest.Set, error) {
	if o.live.given() {
		return o.live.load(ctx, rules.Rules(), o.namespace)
	}
	return manifest.Load(ctx, paths, manifest.Options{Stdin: p.in})
}

func (o lintOptions) config() (lint.Config, error) {
	settings, err := parameterValues(o.parameters)
	return lint.Config{Enable: o.enable, Disable: o.disable, Namespace: o.namespace, Parameters: settings}, err
}

// defineParameters is for the commands that set parameters of the rules.
func defineParameters(cmd *cobra.Command, settings *[]string) {
	cmd.Flags().StringArrayVarP(settings, "param", "p", nil, "set a parameter of the rules, as `NAME=VALUE`; the value is YAML")
	completeBy(cmd, "param", cobra.NoFileCompletions)
}

func parameterValues(settings []string) (map[string]any, error) {
	values := map[string]any{}
	for _, setting := range settings {
		name, text, found := strings.Cut(setting, "=")
		if !found || name == "" {
			return nil, fmt.Errorf("parameter %q: want NAME=VALUE", setting)
		}
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			return nil, fmt.Errorf("parameter %s: value %q is no YAML: %w", name, text, err)
		}
		values[name] = value
	}
	return values, nil
}

// configError adds the nearest name to an error about a name that nobody knows.
func (p *program) configError(err error, rules *policy.Policy) error {
	if unknown, ok := errors.AsType[*lint.UnknownRuleError](err); ok {
		return fmt.Errorf("%w%s; %s rules lists the rules", err, didYouMean(unknown.ID, idsOf(rules.Rules())), p.name)
	}
	if unknown, ok := errors.AsType[*policy.UnknownParameterError](err); ok {
		return fmt.Errorf("%w%s", err, didYouMean(unknown.Name, slices.Sorted(maps.Keys(rules.Parameters()))))
	}
	return err
}
