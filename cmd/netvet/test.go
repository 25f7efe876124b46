package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach/expect"
)

// testOptions are the flags of `netvet test`.
type testOptions struct {
	cluster
	format   choice
	output   string
	tests    []string
	coverage bool
	pin      bool
}

func (p *program) testCommand() *cobra.Command {
	o := testOptions{format: choice{value: "text", among: []string{"text", "junit", "tap", "json"}}}
	cmd := &cobra.Command{
		Use:   "test PATH...",
		Short: "Test which connections the policies allow",
		Long: `Test which connections the NetworkPolicies in files, in directories (every .yaml,
.yml and .json below them), or on standard input (-) allow. Nothing is sent: what
the policies say is worked out.

Tests are documents of their own kind, among the manifests or where --tests says:

  apiVersion: netvet.dev/v1
  kind: ConnectivityTest
  metadata: {name: shop, namespace: shop}
  allow:
    - {from: web, to: api, port: 8080}
    - {from: {labels: {tier: backend}}, to: dns}
  deny:
    - {name: nobody but the API asks the database, from: {except: api}, to: db}
    - {from: any, to: 169.254.169.254, port: [80, 443]}

from and to are one of these, or a list of them:
  web, shop/web, "shop/web[Deployment]"   a workload
  192.0.2.1, 10.0.0.0/8                   addresses outside the cluster
  any                                     all workloads and addresses
  dns                                     the pods of the cluster's DNS
  {labels: {app: web}}                    workloads, by labels; namespace: NAME or
                                          namespaces: {team: a} says where
  {except: web}                           any but those
A port is 8080, which is TCP, 53/udp, 9000-9010/tcp, a name that the pods of to
give one, as http or dns/udp, a list of those, or {except: 8080}; without one,
all ports are meant, and port 53 where to is dns.

The DNS pods are those labelled k8s-app=kube-dns in kube-system; without their
manifests, such pods are assumed.

A test to allow passes if everything that it names is allowed, and one to deny if
nothing is. The exit status is 0 if all tests pass, 1 if some fail, and 2 if they
could not be run: a manifest or test could not be read, a name or selector stands
for nothing, or there are no tests. An interrupt gives 130.`,
		Example: p.examples(
			"%s test manifests/", "run the tests among the manifests",
			"kustomize build overlays/prod | %s test -t tests/ -", "test what a tool prints",
			"%s test --coverage manifests/", "find the rules that no test exercises",
			"%s test --init -o manifests/connectivity.yaml manifests/", "write tests that pin what is allowed now",
			"%s test -f junit -o report.xml manifests/", "write a report for CI",
		),
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return fmt.Errorf("nothing to test: name files or directories, or - for standard input (%s --help shows examples)", cmd.CommandPath())
			case !o.pin:
				return nil
			}
			for _, flag := range []string{"format", "tests", "coverage"} {
				if cmd.Flags().Changed(flag) {
					return fmt.Errorf("--init writes tests and runs none: leave --%s out", flag)
				}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return p.test(cmd.Context(), args, o) },
	}
	flags := cmd.Flags()
	o.format.define(flags, "format", "f", "the format of the report")
	flags.StringVarP(&o.output, "output", "o", "", "write to `FILE` instead of standard output")
	flags.StringArrayVarP(&o.tests, "tests", "t", nil, "read the tests from this `PATH` alone; repeat it for several")
	flags.BoolVar(&o.coverage, "coverage", false, "tell which rules could be removed without a test failing")
	flags.BoolVar(&o.pin, "init", false, "write tests that pin what is allowed now, and run none")

	complete(cmd, "format", o.format.among)
	o.define(cmd, "objects and tests")
	return cmd
}

// errUntested makes the exit status 2; what is wrong has been said.
var errUntested = errors.New("no test was run")

func (p *program) test(ctx context.Context, paths []string, o testOptions) error {
	options := o.options()
	resources, err := p.testInput(ctx, paths)
	if err != nil {
		return err
	}
	if o.pin {
		return deliver(p, o.output, resources, func(w io.Writer, resources []*manifest.Resource) error {
			return expect.Pin(ctx, w, "connectivity", resources, options)
		})
	}
	documents := resources
	if len(o.tests) > 0 {
		documents = nil
	}
	for _, path := range o.tests {
		more, err := p.testInput(ctx, []string{path})
		if err != nil {
			return err
		}
		// Each has to hold some: a test that is not run fails nothing.
		if !slices.ContainsFunc(more, expect.Is) {
			return p.noTests([]string{path})
		}
		documents = append(documents, more...)
	}
	if !slices.ContainsFunc(documents, expect.Is) {
		return p.noTests(paths)
	}
	suite, wrong, err := expect.New(ctx, resources, documents, options)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return p.untested(wrong)
	}
	report, err := suite.Run(ctx)
	if err != nil {
		return err
	}
	if o.coverage {
		if err := suite.Cover(ctx, report); err != nil {
			return err
		}
	}
	err = deliver(p, o.output, report, map[string]func(io.Writer, *expect.Report) error{
		"text": expect.Text, "junit": expect.JUnit, "tap": expect.TAP, "json": expect.JSON,
	}[o.format.value])
	if err == nil && report.Failed() > 0 {
		return errFindings
	}
	return err
}

func (p *program) noTests(paths []string) error {
	return fmt.Errorf("no tests in %s: %s test --help shows what one looks like, and --init writes some", enumerate(paths), p.name)
}

// testInput reads all of the paths, or says what could not be read: tests of a part prove nothing.
func (p *program) testInput(ctx context.Context, paths []string) ([]*manifest.Resource, error) {
	set, err := p.load(ctx, paths)
	if err != nil {
		return nil, err
	}
	wrong := set.Errors
	for _, s := range set.Skipped {
		// In directories the reader takes what has no metadata for the configuration of some program.
		if strings.Contains(s.Reason, " "+expect.Kind+" of netvet.dev/") {
			wrong = append(wrong, &manifest.Error{Span: s.Span, Err: fmt.Errorf("this %s has no metadata.name; add one", expect.Kind)})
		}
	}
	if len(wrong) > 0 {
		return nil, p.untested(wrong)
	}
	for _, r := range set.Resources {
		if unknownPolicy(r.ID) {
			p.complain(fmt.Sprintf("warning: %s: %s %s is not taken into account; it may admit or deny what the NetworkPolicies do not",
				r.Span(nil), r.ID.Kind, strings.TrimPrefix(r.ID.Namespace+"/"+r.ID.Name, "/")))
		}
	}
	return set.Resources, nil
}

// untested says why no test is run.
func (p *program) untested(wrong []*manifest.Error) error {
	for _, e := range wrong {
		text := e.Error()
		if unknown, ok := errors.AsType[*expect.UnknownError](e); ok {
			text = fmt.Sprintf("%s: unknown %s %q%s; %s", e.Span, unknown.What, unknown.Name, likely(unknown), unknown.Hint)
		}
		p.complain(text)
	}
	return errUntested
}

// likely proposes names that an unknown one was likely meant to be: in another namespace, or spelt alike.
func likely(unknown *expect.UnknownError) string {
	name, _, _ := strings.Cut(unknown.Name, "[")
	_, name, _ = strings.Cut(name, "/")
	var elsewhere []string
	for _, known := range unknown.Known {
		if strings.HasSuffix(known, "/"+name) && name != "" {
			elsewhere = append(elsewhere, fmt.Sprintf("%q", known))
		}
	}
	if len(elsewhere) > 0 {
		return fmt.Sprintf(" (did you mean %s?)", enumerate(elsewhere))
	}
	return didYouMean(unknown.Name, unknown.Known)
}
