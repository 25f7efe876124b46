package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/report"
)

// The exit statuses.
const (
	exitClean       = 0
	exitFindings    = 1
	exitFailure     = 2
	exitInterrupted = 130 // as shells report SIGINT
)

// errFindings makes the exit status 1; the report has said everything.
var errFindings = errors.New("findings at or above the fail level")

// widest is the longest line that still reads well.
const widest = 120

// program is one run of netvet: how it was called and its streams.
type program struct {
	name      string // what the user types: "netvet" or "kubectl netvet"
	completes bool   // kubectl asks for completions
	color     choice

	in       io.Reader
	out, err io.Writer
}

func newProgram(executable string) *program {
	p := &program{
		name:  "netvet",
		color: choice{value: "auto", among: []string{"auto", "always", "never"}},
	}
	// kubectl runs a plugin under its file name and drops its own; for completions it runs another program.
	file := filepath.Base(executable)
	p.completes = strings.HasPrefix(file, "kubectl_complete-")
	if p.completes || strings.HasPrefix(file, "kubectl-") {
		p.name = "kubectl netvet"
	}
	return p
}

// run carries out the command and gives the exit status.
func (p *program) run(ctx context.Context, args []string) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once

	root := p.root()
	if p.completes {
		args = slices.Concat([]string{cobra.ShellCompRequestCmd}, args)
	}
	root.SetArgs(args)
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitClean
	case errors.Is(err, errFindings):
		return exitFindings
	case errors.Is(err, syscall.EPIPE):
		return exitFailure // the reader of our output has gone: nobody to tell
	case ctx.Err() != nil:
		p.complain("interrupted")
		return exitInterrupted
	default:
		p.complain(err.Error())
		return exitFailure
	}
}

// complain tells of an error.
func (p *program) complain(message string) { p.say("netvet: ", message) }

// note tells of something that is no error.
func (p *program) note(message string) { p.say("netvet: note: ", message) }

// say writes to standard error; what follows the first line is indented.
func (p *program) say(first, message string) {
	message = strings.ReplaceAll(message, "\t", "    ")
	for i, line := range strings.Split(strings.TrimSpace(message), "\n") {
		lead := first
		if i > 0 {
			lead = "  "
		}
		fmt.Fprintln(p.err, lead+report.Harmless(line))
	}
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "netvet",
		Short: "Vet Kubernetes NetworkPolicies",
		Long: `netvet vets Kubernetes NetworkPolicies: it tells where they do something else
than they seem to say, open more than they should, or block what must work.`,
		Example: p.examples(
			"%s lint manifests/", "judge every manifest below a directory",
			"kubectl get netpol,pods,ns,svc -A -o json | %s lint -", "judge what a cluster has",
			"%s rules missing-dns", "explain a rule, with examples",
		),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return p.unknownCommand(cmd, args[0])
		},
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,

		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true}, // it has one of its own
		Annotations:       map[string]string{cobra.CommandDisplayNameAnnotation: p.name},
	}
	root.SetFlagErrorFunc(p.unknownFlag)
	root.SetUsageFunc(p.usage)
	p.color.define(root.PersistentFlags(), "color", "", "colour the output; auto: on a terminal, unless NO_COLOR is set")
	complete(root, "color", p.color.among)
	root.AddCommand(p.lintCommand(), p.reachCommand(), p.diffCommand(), p.rulesCommand(), p.configCommand(), p.bundleCommand(),
		p.gatekeeperCommand(), p.testCommand(), p.completionCommand(), p.versionCommand())
	return root
}

// usage is what follows the description in a command's help.
func (p *program) usage(cmd *cobra.Command) error {
	var b strings.Builder
	line := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		line = cmd.CommandPath() + " COMMAND"
		if strings.Contains(cmd.Use, " ") {
			line = cmd.UseLine() + "\n  " + line
		}
	}
	fmt.Fprintf(&b, "Usage:\n  %s\n", line)
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\nCommands:\n")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				fmt.Fprintf(&b, "  %-*s  %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	width := p.text(false).Width
	if cmd.HasAvailableFlags() {
		fmt.Fprintf(&b, "\nFlags:\n%s", cmd.Flags().FlagUsagesWrapped(width))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\n%s COMMAND --help tells more about a command.\n", cmd.CommandPath())
	}
	_, err := io.WriteString(cmd.OutOrStdout(), b.String())
	return err
}

// examples sets pairs of a command line and what it does; %s stands for the program.
func (p *program) examples(pairs ...string) string {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&b, "  # %s\n  %s\n", pairs[i+1], strings.ReplaceAll(pairs[i], "%s", p.name))
		if i+2 < len(pairs) {
			b.WriteByte('\n')
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

func (p *program) unknownCommand(root *cobra.Command, name string) error {
	if _, err := os.Stat(name); err == nil {
		return fmt.Errorf("unknown command %q; to judge that file or directory, run: %s lint %s", name, p.name, name)
	}
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return fmt.Errorf("unknown command %q%s; %s --help lists the commands", name, didYouMean(name, names), p.name)
}

func (p *program) unknownFlag(cmd *cobra.Command, err error) error {
	hint := ""
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok && len(unknown.GetSpecifiedShortnames()) == 0 {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if name := policy.Nearest(unknown.GetSpecifiedName(), names); name != "" {
			hint = fmt.Sprintf(" (did you mean --%s?)", name)
		}
	}
	return fmt.Errorf("%w%s; %s --help lists the flags", err, hint, cmd.CommandPath())
}

// text gives the settings for text on standard output, or in a file.
func (p *program) text(toFile bool) report.TextOptions {
	o := report.TextOptions{Program: p.name, Color: p.color.value == "always"}
	file, ok := p.out.(*os.File)
	if toFile || !ok || !term.IsTerminal(int(file.Fd())) {
		return o
	}
	if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
		o.Width = min(width, widest)
	}
	if p.color.value == "auto" {
		o.Color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	return o
}
