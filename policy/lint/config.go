package lint

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
)

// Config says which rules speak, and how. Its zero value asks all rules of the policy, with their own severities and defaults.
// ReadConfig makes one of a .netvet.yaml, ConfigSchema describes that to editors.
type Config struct {
	// Enable names the rules to ask; none stands for all. Disable names rules to leave out, of these.
	Enable, Disable []string

	// Severity maps a rule's findings to another severity.
	Severity map[string]policy.Severity

	// Parameters are the settings of rules by name, as their annotations describe them.
	Parameters map[string]any

	// Namespace is where objects live that name no namespace; "" stands for "default".
	Namespace string

	// FailLevel is the least severity that makes Report.Failed true: "error", "warning", "note", or "none" for never; "" stands for "error".
	FailLevel string

	// Overrides change rules for some files. Where several concern a file, the later one wins.
	Overrides []Override

	// Waivers are findings that somebody lives with, for a reason.
	Waivers []Waiver

	// Baseline holds findings that are known already, or is nil.
	Baseline *Baseline

	// Exists tells whether a file of the baseline that was not read is there still; nil stands for yes. What the baseline knows of one that is gone
	// is to be taken out.
	Exists func(file string) bool

	// BaselineFile is where the baseline is to be read from, and Exclude are patterns of files that are not to be read, for
	// manifest.Options. Both count from Dir. The linter itself reads no files.
	BaselineFile string
	Exclude      []string

	// Dir is the directory from which patterns of files count; "" stands for the working directory.
	Dir string

	// Today is the day of the run, which ends waivers and is what rules about dates go by. It has to be set where a waiver expires.
	Today Date

	// Origins tell where values come from, by their keys in the file: "severity.or-peers", "disable.or-peers", "overrides.0.enable.or-peers".
	// They are for people: Effective returns them, and notices name them.
	Origins map[string]string

	// Parallel is the number of groups that the namespaces are dealt into, to be judged at the same time; 0 stands for one. Every group builds the
	// indexes that rules look into for itself, most of the work: two take half as much CPU time again, for a fifth less time at best, on cores that
	// are idle. The report does not depend on it.
	Parallel int

	// MaxPolicies is the number of NetworkPolicies that one run judges at most; 0 stands for 50,000, which take about 2 GB.
	MaxPolicies int
}

const defaultMaxPolicies = 50_000

// Override changes rules for the files that its patterns mean; manifest.NewMatcher tells how patterns are read.
type Override struct {
	Paths           []string
	Enable, Disable []string // rules to ask, and to leave out, whatever is said of them for all files
	Severity        map[string]policy.Severity
	Parameters      map[string]any // settings of rules, where those of all files do not hold for objects in these
}

// Over lays a configuration over another: what it sets wins, for all files, and the other gives the rest.
func (c Config) Over(base Config) Config {
	merged := base
	merged.Enable = base.Enable
	merged.Disable = without(base.Disable, c.Enable)
	if len(c.Enable) > 0 {
		merged.Enable = c.Enable
	}
	merged.Disable = append(merged.Disable, without(c.Disable, merged.Disable)...)
	merged.Severity = joined(base.Severity, c.Severity)
	merged.Parameters = joined(base.Parameters, c.Parameters)
	merged.Origins = joined(base.Origins, c.Origins)
	merged.Namespace = cmp.Or(c.Namespace, base.Namespace)
	merged.FailLevel = cmp.Or(c.FailLevel, base.FailLevel)
	merged.BaselineFile = cmp.Or(c.BaselineFile, base.BaselineFile)
	if c.Exists != nil {
		merged.Exists = c.Exists
	}
	merged.Baseline = cmp.Or(c.Baseline, base.Baseline)
	merged.Exclude = slices.Concat(base.Exclude, c.Exclude)
	merged.Waivers = slices.Concat(base.Waivers, c.Waivers)
	merged.Today = cmp.Or(c.Today, base.Today)
	merged.Parallel = cmp.Or(c.Parallel, base.Parallel)
	merged.MaxPolicies = cmp.Or(c.MaxPolicies, base.MaxPolicies)
	merged.Overrides = nil
	for _, o := range base.Overrides {
		o.Disable = without(o.Disable, c.Enable)
		o.Enable = without(o.Enable, c.Disable)
		if len(c.Enable) > 0 {
			o.Enable = slices.DeleteFunc(o.Enable, func(id string) bool { return !slices.Contains(c.Enable, id) })
		}
		o.Severity = maps.Clone(o.Severity)
		for id := range c.Severity {
			delete(o.Severity, id)
		}
		o.Parameters = maps.Clone(o.Parameters)
		for name := range c.Parameters {
			delete(o.Parameters, name)
		}
		merged.Overrides = append(merged.Overrides, o)
	}
	merged.Overrides = append(merged.Overrides, c.Overrides...)
	return merged
}

// without gives a copy of the list that lacks some of its items.
func without(list, items []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(item string) bool { return slices.Contains(items, item) })
}

func joined[V any](base, over map[string]V) map[string]V {
	all := maps.Clone(base)
	if all == nil {
		all = map[string]V{}
	}
	maps.Copy(all, over)
	return all
}

// resolved is a configuration whose rules and patterns were looked up.
type resolved struct {
	Config
	rules   []*policy.Rule
	paths   []*manifest.Matcher // of the overrides
	waived  []*manifest.Matcher // of the waivers; nil for all files
	notices []Notice
}

// resolve looks up rules, under their former names, too, and compiles patterns.
func (c Config) resolve(p *policy.Policy) (*resolved, error) {
	r := &resolved{Config: c, rules: p.Rules()}
	names := &names{policy: p, origins: joined(nil, c.Origins)}
	r.Enable = names.list("enable", c.Enable)
	r.Disable = names.list("disable", c.Disable)
	r.Severity = names.severities("severity", c.Severity)
	r.Overrides = slices.Clone(c.Overrides)
	for i := range r.Overrides {
		o, key := &r.Overrides[i], fmt.Sprintf("overrides.%d.", i)
		o.Enable = names.list(key+"enable", o.Enable)
		o.Disable = names.list(key+"disable", o.Disable)
		o.Severity = names.severities(key+"severity", o.Severity)
		if err := p.CheckParameters(o.Parameters); err != nil {
			return nil, fmt.Errorf("override %d: %w", i+1, err)
		}
		matcher, err := manifest.NewMatcher(c.Dir, o.Paths)
		if err != nil {
			return nil, fmt.Errorf("override %d: %w", i+1, err)
		}
		r.paths = append(r.paths, matcher)
	}
	r.Waivers = slices.Clone(c.Waivers)
	for i := range r.Waivers {
		w := &r.Waivers[i]
		w.Rule = names.current(fmt.Sprintf("waivers.%d.rule", i), w.Rule)
		if err := w.Expires.check(); err != nil {
			return nil, fmt.Errorf("waiver %d: %w", i+1, err)
		}
		if w.Expires != "" && c.Today == "" {
			return nil, fmt.Errorf("waiver %d expires, but Config.Today is not set", i+1)
		}
		var matcher *manifest.Matcher
		if len(w.Paths) > 0 {
			var err error
			if matcher, err = manifest.NewMatcher(c.Dir, w.Paths); err != nil {
				return nil, fmt.Errorf("waiver %d: %w", i+1, err)
			}
		}
		r.waived = append(r.waived, matcher)
	}
	if names.unknown != nil {
		return nil, names.unknown
	}
	if !slices.Contains(failLevels, cmp.Or(c.FailLevel, "error")) {
		return nil, fmt.Errorf("unknown fail level %q: want %s", c.FailLevel, strings.Join(failLevels, ", "))
	}
	if err := c.Today.check(); err != nil {
		return nil, fmt.Errorf("today: %w", err)
	}
	r.Origins = names.origins
	r.notices = names.notices
	return r, nil
}

var failLevels = []string{"error", "warning", "note", "none"}

// UnknownRuleError is a configuration that names a rule that the policy does not have.
type UnknownRuleError struct{ ID string }

// Error names the rule.
func (e *UnknownRuleError) Error() string { return fmt.Sprintf("unknown rule %q", e.ID) }

// names looks up the rules that a configuration names.
type names struct {
	policy  *policy.Policy
	origins map[string]string
	notices []Notice
	unknown *UnknownRuleError // the first
}

func (n *names) list(key string, ids []string) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = n.current(key+"."+id, id)
		n.origins[key+"."+list[i]] = n.origins[key+"."+id]
	}
	return list
}

func (n *names) severities(key string, of map[string]policy.Severity) map[string]policy.Severity {
	all := map[string]policy.Severity{}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		current := n.current(key+"."+id, id)
		if _, twice := of[current]; twice && current != id {
			continue // it is set under its present name, too, which wins
		}
		all[current] = of[id]
		n.origins[key+"."+current] = n.origins[key+"."+id]
	}
	return all
}

// current gives the present name of a rule.
func (n *names) current(key, id string) string {
	rule, former := n.policy.Named(id)
	if rule == nil {
		n.unknown = cmp.Or(n.unknown, &UnknownRuleError{ID: id})
		return id
	}
	if former {
		n.notices = append(n.notices, Notice{Place: n.origins[key], Message: renamed(id, rule.ID)})
	}
	if rule.Deprecated != "" {
		n.notices = append(n.notices, Notice{Place: n.origins[key], Message: fmt.Sprintf("rule %s is deprecated and will be removed: %s", rule.ID, rule.Deprecated)})
	}
	return rule.ID
}

func renamed(old, current string) string {
	return fmt.Sprintf("rule %s is called %s now; its old name will stop working", old, current)
}

// verdict is what the configuration says of one rule, for one file.
type verdict struct {
	on             bool
	severity       policy.Severity // 0 for the rule's own
	from, severely string          // where they come from; "" for nowhere
}

// of gives the verdict on a rule, given the overrides that concern a file.
func (r *resolved) of(id string, overrides []int) verdict {
	v := verdict{on: true}
	if len(r.Enable) > 0 {
		v.on = slices.Contains(r.Enable, id)
		v.from = cmp.Or(r.Origins["enable."+id], r.Origins["enable"])
	}
	if v.on && slices.Contains(r.Disable, id) {
		v.on, v.from = false, r.Origins["disable."+id]
	}
	if severity, ok := r.Severity[id]; ok {
		v.severity, v.severely = severity, r.Origins["severity."+id]
	}
	for _, i := range overrides {
		o, key := r.Overrides[i], fmt.Sprintf("overrides.%d.", i)
		if slices.Contains(o.Enable, id) {
			v.on, v.from = true, r.Origins[key+"enable."+id]
		}
		if slices.Contains(o.Disable, id) {
			v.on, v.from = false, r.Origins[key+"disable."+id]
		}
		if severity, ok := o.Severity[id]; ok {
			v.severity, v.severely = severity, r.Origins[key+"severity."+id]
		}
	}
	return v
}

// concerning gives the overrides for a file.
func (r *resolved) concerning(file string) []int {
	var all []int
	for i, paths := range r.paths {
		if paths.Match(file) {
			all = append(all, i)
		}
	}
	return all
}

// asked gives the rules that are asked about any file.
func (r *resolved) asked() map[string]*policy.Rule {
	all := map[string]*policy.Rule{}
	for _, rule := range r.rules {
		overridden := slices.ContainsFunc(r.Overrides, func(o Override) bool { return slices.Contains(o.Enable, rule.ID) })
		if overridden || r.of(rule.ID, nil).on {
			all[rule.ID] = rule
		}
	}
	return all
}

// Setting is one value of a configuration.
type Setting struct {
	Key    string // as in the file; a rule is rules.ID, with a severity or "off" as its value
	Value  any
	Origin string // where the value comes from: file:line:column, a flag, or "default"
}

// Effective gives all settings as they hold for a file; "" stands for one that no override concerns.
func (c Config) Effective(p *policy.Policy, file string) ([]Setting, error) {
	r, err := c.resolve(p)
	if err != nil {
		return nil, err
	}
	var settings []Setting
	add := func(key string, value any, origin string) {
		settings = append(settings, Setting{Key: key, Value: value, Origin: cmp.Or(origin, "default")})
	}
	add("failLevel", cmp.Or(c.FailLevel, "error"), r.Origins["failLevel"])
	add("namespace", cmp.Or(c.Namespace, defaultNamespace), r.Origins["namespace"])
	if c.BaselineFile != "" {
		add("baseline", c.BaselineFile, r.Origins["baseline"])
	}
	for i, pattern := range c.Exclude {
		add(fmt.Sprintf("exclude.%d", i), pattern, r.Origins["exclude."+pattern])
	}
	var overrides []int
	if file != "" {
		overrides = r.concerning(file)
	}
	declared := p.Parameters()
	parameter := func(key, name string) {
		value, origin := declared[name].Default, ""
		if given, set := c.Parameters[name]; set {
			value, origin = given, r.Origins[key]
		}
		for _, i := range overrides {
			if given, set := r.Overrides[i].Parameters[name]; set {
				value, origin = given, r.Origins[fmt.Sprintf("overrides.%d.%s", i, key)]
			}
		}
		add(key, value, origin)
	}
	if _, found := declared[platformParameter]; found {
		parameter(platformParameter, platformParameter)
	}
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		if name != platformParameter {
			parameter("parameters."+name, name)
		}
	}
	for _, rule := range r.rules {
		switch v := r.of(rule.ID, overrides); {
		case !v.on:
			add("rules."+rule.ID, "off", v.from)
		case v.severity != 0:
			add("rules."+rule.ID, v.severity.String(), v.severely)
		default:
			add("rules."+rule.ID, rule.Severity.String(), v.from)
		}
	}
	return settings, nil
}
