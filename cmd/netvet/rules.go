package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/prove"
	"github.com/netvet/netvet/policy/report"
)

func (p *program) rulesCommand() *cobra.Command {
	format := choice{value: "table", among: []string{"table", "json", "markdown", "schema"}}
	var source ruleSource
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
			"%s rules -f schema > netvet.schema.json", "write a JSON Schema of .netvet.yaml, for editors",
			"%s rules --rules acme-policy acme-team-label", "explain a rule of your own",
		),
		Args:              atMostOneRule,
		ValidArgsFunction: completeRule,
		RunE: func(cmd *cobra.Command, args []string) error {
			known, err := source.rules(cmd.Context())
			if err != nil {
				return err
			}
			if format.value == "schema" {
				return configSchema(cmd.OutOrStdout(), known, args)
			}
			if len(args) == 0 {
				return p.list(cmd.OutOrStdout(), known.Rules(), format.value)
			}
			rule, former := known.Named(args[0])
			if former {
				p.note(fmt.Sprintf("rule %s is called %s now", args[0], rule.ID))
			}
			if rule == nil {
				return fmt.Errorf("unknown rule %q%s; %s rules lists the rules, your own with --rules DIRECTORY or -b BUNDLE",
					args[0], didYouMean(args[0], idsOf(known.Rules())), p.name)
			}
			return p.explain(cmd.OutOrStdout(), rule, format.value)
		},
	}
	format.define(cmd.Flags(), "format", "f", "the format of the list or page")
	complete(cmd, "format", format.among)
	source.define(cmd)
	cmd.AddCommand(p.rulesTestCommand())
	return cmd
}

func (p *program) rulesTestCommand() *cobra.Command {
	var output string
	var coverage bool
	var least int
	var bundled bundleFlags
	format := choice{value: "text", among: []string{"text", "json"}}
	cmd := &cobra.Command{
		Use:   "test DIRECTORY",
		Short: "Test rules of your own",
		Long: `Test the rules and libraries in a directory as netvet's own are tested.

A rule is a folder OWNER/rules/NAME, where OWNER is one word of yours, and called
OWNER-NAME, with - for _. It holds four files:

  rule.rego       package OWNER.rules.NAME: METADATA, its documentation, then
                  metadata := rego.metadata.chain() and violation
  rule_test.rego  package OWNER.rules.NAME_test: edge cases
  bad.yaml        manifests at fault; each line at fault ends in # want "message"
  good.yaml       near misses, of which nothing is to be said

Libraries are packages lib.OWNER.NOUN, with tests of theirs. Rules read resources
by netvet's libraries, lib.netvet.*, as rules that netvet rules lists do.

The test tells of files and documentation that are missing, findings that should
not be there or should, on their lines; Rego tests that fail; Rego that Gatekeeper
refuses or that the oldest of its releases does not know; parameters that are
read and not declared; fixes that do not mend. The coverage is of the Rego tests
and manifests together.

The exit status is 0 if nothing is wrong, 1 if something is, or the coverage is
below --min-coverage, and 2 if the rules could not be tested, as where they do
not compile.`,
		Example: p.examples(
			"%s rules test acme-policy", "test the rules below a directory",
			"%s rules test --coverage --min-coverage 100 acme-policy", "list the lines that nothing exercises, and fail if there are any",
		),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("want one directory of rules, not %d; %s --help tells what it holds", len(args), cmd.CommandPath())
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			source := ruleSource{bundle: bundled, own: args}
			rules, err := source.rules(cmd.Context())
			if err != nil {
				return err
			}
			proof, err := prove.Rules(cmd.Context(), rules, os.DirFS(args[0]))
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			err = deliver(p, output, proof, func(w io.Writer, proof *prove.Report) error {
				if format.value == "json" {
					return prove.JSON(w, proof)
				}
				return prove.Text(w, proof, prove.TextOptions{Root: args[0], Missed: coverage})
			})
			if err != nil {
				return err
			}
			if proof.Percent() < least {
				p.complain(fmt.Sprintf("%d%% of the lines exercised are less than --min-coverage %d", proof.Percent(), least))
				return errFindings
			}
			if proof.Failed() > 0 {
				return errFindings
			}
			return nil
		},
	}
	flags := cmd.Flags()
	format.define(flags, "format", "f", "the format of the report")
	flags.StringVarP(&output, "output", "o", "", "write the report to `FILE` instead of standard output")
	flags.BoolVar(&coverage, "coverage", false, "list the lines that nothing exercises")
	flags.IntVar(&least, "min-coverage", 0, "the least `PERCENT` of lines exercised that passes")
	flags.StringVarP(&bundled.location, "bundle", "b", "", "test them beside the rules of this `BUNDLE` instead of netvet's")
	bundled.define(cmd)
	complete(cmd, "format", format.among)
	completeBy(cmd, "min-coverage", cobra.NoFileCompletions)
	return cmd
}

// configSchema writes the schema of the configuration for the rules.
func configSchema(w io.Writer, rules *policy.Policy, args []string) error {
	if len(args) > 0 {
		return errors.New("the schema is that of the whole configuration: leave out the rule")
	}
	schema, err := lint.ConfigSchema(rules)
	if err != nil {
		return err
	}
	_, err = w.Write(schema)
	return err
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

// ruleSource says which rules are meant: netvet's or a bundle's, and the user's own.
type ruleSource struct {
	bundle bundleFlags
	own    []string // directories
}

func (s *ruleSource) define(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&s.bundle.location, "bundle", "b", "", "take the rules of this `BUNDLE`, a file, https:// or oci://, instead of netvet's")
	s.bundle.define(cmd)
	defineRules(cmd, &s.own)
}

func (s *ruleSource) rules(ctx context.Context) (*policy.Policy, error) {
	rules := policy.Default()
	if s.bundle.location == "" {
		if s.bundle.key.given() || s.bundle.skipVerify {
			return nil, errors.New("a key, or none, is for a bundle: name it with -b")
		}
	} else {
		b, _, err := s.bundle.read(ctx)
		if err != nil {
			return nil, err
		}
		rules = b.Policy
	}
	return joinRules(rules, s.own)
}

// explaining gives the commands that explain rules: those that do not come with netvet need to be named where they are.
func (p *program) explaining(s ruleSource) func(*policy.Rule) string {
	known := policy.Default()
	return func(r *policy.Rule) string {
		command := p.name + " rules"
		if s.bundle.location != "" {
			command += " -b " + shellWord(s.bundle.location)
		}
		if s.bundle.location != "" || known.Rule(r.ID) == nil {
			for _, directory := range s.own {
				command += " --rules " + shellWord(directory)
			}
		}
		return command + " " + r.ID
	}
}

var shellPlain = regexp.MustCompile(`^[\w./:@=+-]+$`)

// shellWord quotes what a shell would take apart.
func shellWord(text string) string {
	if shellPlain.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// defineRules is for the commands that take rules of the user's own.
func defineRules(cmd *cobra.Command, directories *[]string) {
	cmd.Flags().StringArrayVar(directories, "rules", nil, "add your own rules below this `DIRECTORY`; repeat it for several")
	completeDirectories(cmd, "rules")
}

// joinRules adds the user's own rules.
func joinRules(rules *policy.Policy, directories []string) (*policy.Policy, error) {
	for _, name := range directories {
		tree, err := directory(name)
		if err != nil {
			return nil, err
		}
		if rules, err = policy.Join(rules, tree); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return rules, nil
}

// openRules reads a whole policy.
func openRules(root string) (*policy.Policy, error) {
	tree, err := directory(root)
	if err != nil {
		return nil, err
	}
	rules, err := policy.Open(tree)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", root, err)
	}
	return rules, nil
}

func directory(name string) (fs.FS, error) {
	switch info, err := os.Stat(name); {
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, fmt.Errorf("%s is no directory", name)
	}
	return os.DirFS(name), nil
}
