package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/report"
)

// configHelp tells where settings come from.
const configHelp = `Settings come from .netvet.yaml, the nearest one upwards from what is read, up to
the root of the repository; from the working directory for standard input. Flags
win over it.`

// configFlags are the settings of a run: a file, and what flags say over it.
type configFlags struct {
	flags *pflag.FlagSet

	file       string
	none       bool
	enable     []string
	disable    []string
	severity   []string
	platform   []string
	parameters []string
	namespace  string
	failLevel  *choice
}

func (f *configFlags) define(cmd *cobra.Command, failLevel *choice) {
	flags := cmd.Flags()
	f.flags, f.failLevel = flags, failLevel
	flags.StringVarP(&f.file, "config", "c", "", "take settings from this `FILE` instead of .netvet.yaml")
	flags.BoolVar(&f.none, "no-config", false, "take settings from no file")
	flags.StringSliceVarP(&f.enable, "enable", "e", nil, "ask only this `RULE`; repeat it or separate several by commas")
	flags.StringSliceVarP(&f.disable, "disable", "d", nil, "leave out this `RULE`; repeat it or separate several by commas")
	flags.StringSliceVar(&f.severity, "severity", nil, "give the findings of a rule another severity, as `RULE=SEVERITY`")
	flags.StringSliceVar(&f.platform, "platform", nil, "where the manifests run, such as eks or openshift: a `PLATFORM`; repeat it for several")
	flags.StringVarP(&f.namespace, "namespace", "n", "", "the `NAMESPACE` of objects that name none, default without it; of a cluster the one to read")
	defineParameters(cmd, &f.parameters)
	cmd.MarkFlagsMutuallyExclusive("config", "no-config")

	completeBy(cmd, "config", cobra.FixedCompletions([]cobra.Completion{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt))
	completeBy(cmd, "enable", completeRules)
	completeBy(cmd, "disable", completeRules)
	completeBy(cmd, "severity", completeSeverities)
	completeBy(cmd, "platform", completePlatforms)
	completeBy(cmd, "namespace", cobra.NoFileCompletions)
}

// read gives the settings for a run that reads the paths.
func (f *configFlags) read(rules *policy.Policy, paths []string) (lint.Config, error) {
	over, err := f.over(rules)
	if err != nil {
		return over, err
	}
	name, err := f.find(paths)
	if err != nil || name == "" {
		return over, err
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return over, fmt.Errorf("read configuration: %w", err)
	}
	file, err := lint.ReadConfig(name, data, rules)
	if err != nil {
		return over, fmt.Errorf("the configuration is not as it must be:\n%w", err)
	}
	return over.Over(file), nil
}

// over gives what the flags say.
func (f *configFlags) over(rules *policy.Policy) (lint.Config, error) {
	c := lint.Config{
		Enable: f.enable, Disable: f.disable, Severity: map[string]policy.Severity{}, Namespace: f.namespace,
		Today: lint.Date(time.Now().UTC().Format(time.DateOnly)), Origins: map[string]string{},
	}
	origin := func(key, flag string) { c.Origins[key] = "--" + flag }
	for flag, key := range map[string]string{"namespace": "namespace", "enable": "enable", "fail-level": "failLevel"} {
		if f.flags.Changed(flag) {
			origin(key, flag)
		}
	}
	if f.flags.Changed("fail-level") {
		c.FailLevel = f.failLevel.value
	}
	for _, id := range f.enable {
		origin("enable."+id, "enable")
	}
	for _, id := range f.disable {
		origin("disable."+id, "disable")
	}
	for _, setting := range f.severity {
		id, word, found := strings.Cut(setting, "=")
		if !found {
			return c, fmt.Errorf("--severity %s: want RULE=SEVERITY", setting)
		}
		severity, err := policy.ParseSeverity(word)
		if err != nil {
			return c, fmt.Errorf("--severity %s: %w%s", setting, err, didYouMean(word, []string{"error", "warning", "note"}))
		}
		c.Severity[id] = severity
		origin("severity."+id, "severity")
	}
	var err error
	if c.Parameters, err = parameterValues(f.parameters); err != nil {
		return c, err
	}
	for name := range c.Parameters {
		origin("parameters."+name, "param")
	}
	if _, twice := c.Parameters[platformParameter]; twice {
		if len(f.platform) > 0 {
			return c, errors.New("--platform and -p platform=… are the same setting: give one")
		}
		origin(platformParameter, "param")
	}
	if len(f.platform) > 0 {
		c.Parameters[platformParameter] = f.platform
		origin(platformParameter, "platform")
	}
	return c, valueError(rules.CheckParameters(c.Parameters))
}

// platformParameter is the parameter that --platform sets.
const platformParameter = "platform"

// valueError adds the nearest value to an error about one that there is not.
func valueError(err error) error {
	if unknown, ok := errors.AsType[*policy.UnknownValueError](err); ok {
		return fmt.Errorf("%w%s", err, didYouMean(unknown.Value, unknown.Enum))
	}
	return err
}

// find gives the name of the configuration for what is read, or "". All that is read has one: who would tell which of two is meant?
func (f *configFlags) find(paths []string) (string, error) {
	if f.file != "" || f.none {
		return f.file, nil
	}
	var name, first string
	searched := map[string]string{}
	for i, path := range paths {
		found, err := nearestConfig(startOf(path), searched)
		if err != nil {
			return "", err
		}
		switch {
		case i == 0:
			name, first = found, path
		case found != name:
			return "", fmt.Errorf("%s is configured by %s, but %s by %s, and one run has one configuration: choose it with -c, or run netvet for each",
				first, or(name, "nothing"), path, or(found, "nothing"))
		}
	}
	return name, nil
}

// startOf gives the directory from which a path's configuration is looked for.
func startOf(path string) string {
	if path == "-" {
		return "."
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return path
	}
	if i := strings.IndexAny(path, "*?["); i >= 0 {
		path = path[:i]
	}
	return filepath.Dir(path)
}

// nearestConfig looks for .netvet.yaml in a directory and those above it, up to the root of the repository.
func nearestConfig(dir string, searched map[string]string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("look for %s: %w", lint.ConfigFile, err)
	}
	if name, known := searched[dir]; known {
		return name, nil
	}
	name := ""
	switch _, err := os.Stat(filepath.Join(dir, lint.ConfigFile)); {
	case err == nil:
		name = fromHere(filepath.Join(dir, lint.ConfigFile))
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("look for %s: %w", lint.ConfigFile, err)
	default:
		_, err := os.Lstat(filepath.Join(dir, ".git"))
		if parent := filepath.Dir(dir); err != nil && parent != dir {
			if name, err = nearestConfig(parent, searched); err != nil {
				return "", err
			}
		}
	}
	searched[dir] = name
	return name, nil
}

// fromHere gives a path from the working directory.
func fromHere(path string) string {
	if here, err := os.Getwd(); err == nil {
		if relative, err := filepath.Rel(here, path); err == nil {
			return relative
		}
	}
	return path
}

// configError adds the nearest name to an error about a name that nobody knows.
func (p *program) configError(err error, rules *policy.Policy) error {
	if unknown, ok := errors.AsType[*lint.UnknownRuleError](err); ok {
		return fmt.Errorf("%w%s; %s rules lists the rules", err, didYouMean(unknown.ID, idsOf(rules.Rules())), p.name)
	}
	if unknown, ok := errors.AsType[*policy.UnknownParameterError](err); ok {
		return fmt.Errorf("%w%s", err, didYouMean(unknown.Name, namesOf(rules.Parameters())))
	}
	return err
}

func (p *program) configCommand() *cobra.Command {
	var settings configFlags
	var source ruleSource
	var exclude []string
	format := choice{value: "text", among: []string{"text", "json"}}
	failLevel := choice{value: "error", among: []string{"error", "warning", "note", "none"}}
	cmd := &cobra.Command{
		Use:   "config [PATH]",
		Short: "Show the settings, and where each comes from",
		Long: `Show the settings as they are in force, and where each comes from: a flag, a
place in the configuration, or the default. With the path of a manifest they are
those for that file; what differs for some files is left out otherwise.

` + configHelp + `

The file holds the keys that are shown here, and more; a JSON Schema for editors
describes all: ` + p.name + ` rules -f schema > netvet.schema.json, and in the
first line of .netvet.yaml:
# yaml-language-server: $schema=netvet.schema.json`,
		Example: p.examples(
			"%s config", "show the settings",
			"%s config manifests/staging/web.yaml", "show those for one file",
			"%s config -d missing-dns -f json", "see what a flag changes, as JSON",
		),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("settings are shown for one path at a time, not %d; %s --help shows examples", len(args), cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			rules, err := source.rules(cmd.Context())
			if err != nil {
				return err
			}
			path := "-"
			if len(args) > 0 {
				path = args[0]
			}
			c, err := settings.read(rules, []string{path})
			if err != nil {
				return p.configError(err, rules)
			}
			e := effective{Version: 1, Path: path}
			if path == "-" {
				e.Path = ""
			}
			if e.File, err = settings.find([]string{path}); err != nil {
				return err
			}
			if e.Settings, err = c.Effective(rules, e.Path); err != nil {
				return p.configError(err, rules)
			}
			if e.Excluded, err = excluded(e.Path, c, exclude); err != nil {
				return err
			}
			if format.value == "json" {
				return e.json(cmd.OutOrStdout())
			}
			return e.text(cmd.OutOrStdout())
		},
	}
	format.define(cmd.Flags(), "format", "f", "the format")
	complete(cmd, "format", format.among)
	settings.define(cmd, &failLevel)
	failLevel.define(cmd.Flags(), "fail-level", "l", "the least severity that makes the exit status 1")
	complete(cmd, "fail-level", failLevel.among)
	cmd.Flags().StringArrayVar(&exclude, "exclude", nil, "leave out files that this `PATTERN` means, as in .gitignore")
	completeBy(cmd, "exclude", cobra.NoFileCompletions)
	source.define(cmd)
	return cmd
}

// excluded tells whether a pattern leaves the path out.
func excluded(path string, c lint.Config, patterns []string) (bool, error) {
	inFile, err := manifest.NewMatcher(c.Dir, c.Exclude)
	if err != nil {
		return false, err
	}
	inFlags, err := manifest.NewMatcher("", patterns)
	if err != nil {
		return false, fmt.Errorf("--exclude: %w", err)
	}
	return path != "" && (inFile.Match(path) || inFlags.Match(path)), nil
}

// effective is what netvet config shows.
type effective struct {
	Version  int
	File     string
	Path     string
	Excluded bool
	Settings []lint.Setting
}

func (e effective) json(w io.Writer) error {
	type setting struct {
		Key    string `json:"key"`
		Value  any    `json:"value"`
		Origin string `json:"origin"`
	}
	document := struct {
		Version  int       `json:"version"`
		File     string    `json:"file"`
		Path     string    `json:"path"`
		Excluded bool      `json:"excluded"`
		Settings []setting `json:"settings"`
	}{e.Version, filepath.ToSlash(e.File), e.Path, e.Excluded, []setting{}}
	for _, s := range e.Settings {
		document.Settings = append(document.Settings, setting(s))
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document)
}

// text writes the settings as YAML, with a comment of where each comes from.
func (e effective) text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# configuration: %s\n", report.Harmless(or(filepath.ToSlash(e.File), "none")))
	if e.Path != "" {
		fmt.Fprintf(&b, "# for %s\n", report.Harmless(e.Path))
	}
	if e.Excluded {
		b.WriteString("# which is not read: a pattern excludes it\n")
	}
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	group := ""
	for _, s := range e.Settings {
		of, name, grouped := strings.Cut(s.Key, ".")
		if !grouped {
			name, of = of, ""
		}
		if of != group && of != "" {
			fmt.Fprintf(table, "%s:\n", of)
		}
		group = of
		value, err := json.Marshal(s.Value)
		if err != nil {
			return err
		}
		text := string(value)
		if word, isText := s.Value.(string); isText && plainWord(word) {
			text = word
		}
		lead := name + ": "
		switch {
		case of == "exclude":
			lead = "  - "
		case of != "":
			lead = "  " + lead
		}
		fmt.Fprintf(table, "%s%s\t# %s\n", lead, text, report.Harmless(s.Origin))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// plainWord tells whether a text needs no quotes in YAML.
func plainWord(text string) bool {
	for _, c := range text {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '.' && c != '/' && c != '_' {
			return false
		}
	}
	return text != "" && text[0] != '-' && text[0] != '.'
}
