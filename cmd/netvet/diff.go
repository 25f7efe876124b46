package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netvet/netvet/policy/reach"
)

// diffOptions are the flags of `netvet diff`.
type diffOptions struct {
	cluster
	format choice
	output string
	failOn choices
	with   []string
	steps  bool
}

func (p *program) diffCommand() *cobra.Command {
	o := diffOptions{
		format: choice{value: "text", among: []string{"text", "json", "markdown", "mermaid", "dot"}},
		failOn: choices{among: []string{"gained", "lost", "exposed"}},
	}
	cmd := &cobra.Command{
		Use:   "diff OLD NEW...",
		Short: "Tell which connections a change opens and cuts, and why",
		Long: `Tell which connections the NetworkPolicies in NEW allow and those in OLD do not
(+), and the other way round (-), by workload, with the rules and policies that
are responsible. OLD and NEW are files, directories (every .yaml, .yml and .json
below them), standard input (-), or what a git revision has: HEAD~1:manifests is
a file or directory from the top of the repository, HEAD~1:./manifests one from
here.

Both have to hold all that belongs together: Namespaces and workloads, too, unless
--with names what they have in common. A workload is the same in both if its
namespace, name and kind are.

With --steps, NEW is applied on top of OLD, as kubectl apply does, one
NetworkPolicy after the other: in the order of the paths, of the names in a
directory, and of the text. What each step opens and cuts is told, and which
later step opens again what one cuts. Whatever else NEW holds comes first, and
nothing is deleted.

The exit status is 0, but 1 if there is something that --fail-on names: exposed
is what is open to the world, to all namespaces or to pods without labels in NEW
and was not in OLD. With --steps a single step is enough. It is 2 if netvet could not read all of both: it compares
the rest all the same. An interrupt gives 130.`,
		Example: p.examples(
			"%s diff before/ after/", "print what a change opens and cuts",
			"%s diff HEAD:manifests manifests", "compare with the last commit",
			"%s diff --fail-on lost,exposed origin/main:manifests manifests", "fail if a branch cuts a connection, or opens a workload to everyone",
			"kubectl get netpol,pods,ns,svc -A -o json | %s diff - manifests/", "compare a cluster with manifests",
			"kubectl get deploy,sts,ds,ns -A -o json > cluster.json; %s diff --with cluster.json HEAD:policies policies", "compare policies that stand alone",
			"%s diff --steps --fail-on lost cluster.yaml allow/ deny.yaml", "find the step that cuts a connection, if only until a later one",
			"%s diff -f markdown -o comment.md before/ after/", "write a table for a pull request",
		),
		Args: func(cmd *cobra.Command, args []string) error {
			stdin := 0
			for _, arg := range slices.Concat(args, o.with) {
				if arg == "-" {
					stdin++
				}
			}
			switch help := cmd.CommandPath() + " --help shows examples"; {
			case o.steps && len(args) < 2:
				return fmt.Errorf("want what there is, OLD, and what is applied to it, NEW (%s)", help)
			case !o.steps && len(args) > 2:
				return fmt.Errorf("want two files or directories, OLD and NEW, not %d; with --steps there may be more that are applied (%s)", len(args), help)
			case len(args) != 2 && !o.steps:
				return fmt.Errorf("want two files or directories, OLD and NEW, not %d (%s)", len(args), help)
			case stdin > 1:
				return errors.New("standard input is either OLD or NEW, not both: name a file or directory for the other")
			case slices.Contains(o.with, "-"):
				return errors.New("--with is read for OLD and for NEW, which standard input cannot be: name a file or directory")
			}
			if formats := []string{"text", "json", "markdown"}; o.steps && !slices.Contains(formats, o.format.value) {
				return fmt.Errorf("--steps has no format %s: want -f %s", o.format.value, enumerate(formats))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.steps {
				err = p.steps(cmd.Context(), args[0], args[1:], o)
			} else {
				err = p.diff(cmd.Context(), args[0], args[1], o)
			}
			if errors.Is(err, errNoWorkload) {
				err = fmt.Errorf("%w; --with PATH adds what is in both OLD and NEW", err)
			}
			return err
		},
	}
	flags := cmd.Flags()
	o.format.define(flags, "format", "f", "the format of the report")
	flags.StringVarP(&o.output, "output", "o", "", "write the report to `FILE` instead of standard output")
	flags.StringArrayVar(&o.with, "with", nil, "a `PATH` that belongs to both OLD and NEW, such as the workloads; repeat it for several")
	flags.BoolVar(&o.steps, "steps", false, "apply NEW on top of OLD, one policy after the other, and tell what each does")
	flags.Var(&o.failOn, "fail-on", "what makes the exit status 1; repeat it or separate several by commas")

	complete(cmd, "format", o.format.among)
	complete(cmd, "fail-on", o.failOn.among)
	o.define(cmd, "objects")
	return cmd
}

func (p *program) diff(ctx context.Context, oldPath, newPath string, o diffOptions) error {
	before, err := p.connectivity(ctx, slices.Concat(o.with, []string{oldPath}), o.options())
	if err != nil {
		return err
	}
	after, err := p.connectivity(ctx, slices.Concat(o.with, []string{newPath}), o.options())
	if err != nil {
		return err
	}
	d := reach.Compare(before.Reach, after.Reach)
	if err := deliver(p, o.output, d, map[string]func(io.Writer, *reach.Diff) error{
		"text": reach.DiffText, "json": reach.DiffJSON, "markdown": reach.DiffMarkdown, "mermaid": reach.DiffMermaid, "dot": reach.DiffDOT,
	}[o.format.value]); err != nil {
		return err
	}
	read := p.caveats(before, after)
	verdict := p.judge(d, o.failOn)
	if !read {
		return errUnread
	}
	return verdict
}

// steps applies policies one by one.
func (p *program) steps(ctx context.Context, oldPath string, newPaths []string, o diffOptions) error {
	old, err := p.load(ctx, slices.Concat(o.with, []string{oldPath}))
	if err != nil {
		return err
	}
	applied, err := p.load(ctx, newPaths)
	if err != nil {
		return err
	}
	rollout, err := reach.Apply(ctx, old.Resources, applied.Resources, o.options())
	if err != nil {
		return err
	}
	found := connectivity{rollout.Whole.After, together(old, applied)}
	switch {
	case len(found.Workloads()) == 0:
		return p.noWorkload(found, slices.Concat(o.with, []string{oldPath}, newPaths))
	case len(rollout.Steps) == 0 && len(applied.Errors) == 0:
		return fmt.Errorf("nothing to apply: there is no Kubernetes object in %s", enumerate(newPaths))
	}
	if err := deliver(p, o.output, rollout, map[string]func(io.Writer, *reach.Rollout) error{
		"text": reach.RolloutText, "json": reach.RolloutJSON, "markdown": reach.RolloutMarkdown,
	}[o.format.value]); err != nil {
		return err
	}
	read := p.caveats(found)
	var verdict error
	for _, s := range rollout.Steps {
		if err := p.judge(s.Diff, o.failOn); err != nil {
			verdict = err
		}
	}
	if !read {
		return errUnread
	}
	return verdict
}

// judge gives nil if the changes hold nothing that makes the status 1. Other than connections gained and lost, what is newly exposed is not
// in the report, so it is said.
func (p *program) judge(d *reach.Diff, on choices) (verdict error) {
	for c := range d.Changes() {
		if c.Gained && on.has("gained") || !c.Gained && on.has("lost") {
			verdict = errFindings
			break
		}
	}
	if !on.has("exposed") {
		return verdict
	}
	exposures := slices.Concat(d.Exposed(reach.Ingress), d.Exposed(reach.Egress))
	if len(exposures) == 0 {
		return verdict
	}
	var table strings.Builder
	if err := reach.ExposedText(&table, exposures); err != nil {
		return err
	}
	p.complain("newly exposed:\n" + table.String())
	return errFindings
}
