package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
	report        reportFlags
	config        configFlags
	input         inputFlags
	source        ruleSource
	live          liveFlags
	baseline      string
	writeBaseline string
}

func (p *program) lintCommand() *cobra.Command {
	o := new(lintOptions)
	cmd := &cobra.Command{
		Use:   "lint PATH...",
		Short: "Judge manifests, or a cluster",
		Long: `Judge the NetworkPolicies in files, in directories (every .yaml, .yml and .json
below them), on standard input (-), or in a cluster (--context, -A).

Give it the manifests of Namespaces, workloads and Services, too: the more it
sees, the more it can tell.

` + inputHelp + `

` + configHelp + ` ` + p.name + ` config shows them.

A baseline holds findings that are there today, so that only new ones count:
--write-baseline writes it, --baseline compares with it, and tells of entries
that are to be taken out.

The exit status is 0 if no finding reaches the fail level, 1 if one does, and 2
if netvet could not do its job. That includes documents that it could not read:
it judges the others all the same. An interrupt gives 130.

` + outputHelp,
		Example: p.examples(
			"%s lint manifests/", "judge every manifest below a directory",
			"kustomize build overlays/prod | %s lint -", "judge what a tool prints",
			"%s lint --context prod --namespace shop", "judge a namespace of a cluster",
			"%s lint -A", "judge all of the cluster that kubectl talks to",
			"git diff --name-only main | %s lint --files-from -", "judge what a branch changes",
			"%s lint 'apps/*/netpol.yaml' --exclude vendor/", "judge what a pattern means",
			"%s lint -f sarif -o netvet.sarif -f text manifests/", "write a report for a program, and one for reading",
			"%s lint -l warning -d default-deny-missing,missing-dns manifests/", "fail on warnings, too, and leave two rules out",
			"%s lint --platform eks --severity missing-dns=note manifests/", "say where the manifests run, and think less of a rule",
			"%s lint --write-baseline netvet-baseline.yaml manifests/", "live with what is there today",
			"%s lint --baseline netvet-baseline.yaml manifests/", "tell only of what is new",
			"%s lint -b oci://registry.example.com/netvet:v1 --verification-key public.pem manifests/", "judge by the rules of a signed bundle",
		),
		Args: func(cmd *cobra.Command, args []string) error {
			if o.live.given() {
				return o.live.check(append(args, o.input.lists()...))
			}
			return o.input.any(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.lint(cmd.Context(), args, o) },
	}
	flags := cmd.Flags()
	o.report.define(cmd)
	o.config.define(cmd, &o.report.failLevel)
	o.input.define(cmd)
	o.source.define(cmd)
	o.live.define(cmd)
	flags.StringVar(&o.baseline, "baseline", "", "tell only of findings that are not in this `FILE`")
	flags.StringVar(&o.writeBaseline, "write-baseline", "", "record the findings in this `FILE`, for --baseline")
	return cmd
}

func (p *program) lint(ctx context.Context, paths []string, o *lintOptions) error {
	if err := o.report.check(paths); err != nil {
		return err
	}
	rules, err := o.source.rules(ctx)
	if err != nil {
		return err
	}
	list, err := o.input.list(ctx, p.in)
	if err != nil {
		return err
	}
	sources := slices.Concat(paths, manifestsOf(list))
	if o.live.given() {
		sources = []string{"-"}
	}
	config, err := o.config.read(rules, sources)
	if err != nil {
		return p.configError(err, rules)
	}
	if config.Baseline, err = o.readBaseline(config); err != nil {
		return err
	}
	config.Exists = func(file string) bool {
		_, err := os.Stat(file)
		return !errors.Is(err, fs.ErrNotExist)
	}
	options, err := o.input.options(config)
	if err != nil {
		return err
	}
	options.Stdin, options.Listed = p.in, list
	o.report.failLevel.value = or(config.FailLevel, o.report.failLevel.value)

	o.report.explain = p.explaining(o.source)

	progress := p.startProgress(paths)
	defer progress.stop()
	progress.says("reading")

	// Reading and compiling need nothing of each other.
	var linter *lint.Linter
	var compileErr error
	var compiled sync.WaitGroup
	compiled.Go(func() { linter, compileErr = lint.New(ctx, rules, config) })
	set, err := o.load(ctx, rules, paths, options)
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
	p.leftOut(set, options)
	if o.writeBaseline != "" && len(set.Errors) == 0 {
		if err := p.record(found, o.writeBaseline); err != nil {
			return err
		}
	}
	if !o.report.toReader() {
		p.notices(found.Notices)
	}
	if err := p.print(found, o.report); err != nil {
		return err
	}
	if o.writeBaseline != "" && len(set.Errors) > 0 {
		return fmt.Errorf("%s was not written, since not everything could be read; the report says what and why", o.writeBaseline)
	}
	return o.report.verdict(found)
}

// load reads files, or the cluster that is named.
func (o *lintOptions) load(ctx context.Context, rules *policy.Policy, paths []string, options manifest.Options) (*manifest.Set, error) {
	if o.live.given() {
		return o.live.load(ctx, rules.Rules(), o.config.namespace)
	}
	return manifest.Load(ctx, paths, options)
}

// defineParameters is for the commands that set parameters of the rules.
func defineParameters(cmd *cobra.Command, settings *[]string) {
	cmd.Flags().StringArrayVarP(settings, "param", "p", nil, "set a parameter of the rules, as `NAME=VALUE`; the value is YAML")
	completeBy(cmd, "param", completeParameters)
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
