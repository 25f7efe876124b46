// Package gatekeeper makes of rules what Gatekeeper enforces them by: ConstraintTemplates, Constraints, a SyncSet, and suites for gator.
package gatekeeper

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"sigs.k8s.io/yaml"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
)

// Options says for which rules to make what, and what their constraints do.
type Options struct {
	// Rules names the rules, by ID; none stands for all that can judge what admission sees. Rules about the source text cannot.
	Rules []string

	// Severity leaves out rules that give nothing as grave; zero leaves out none.
	Severity policy.Severity

	// Action is the enforcementAction of all constraints: "deny", "warn", "dryrun" or "scoped". "" goes by severity: errors of rules that need the one
	// object alone deny, other errors and warnings warn, notes are audited.
	Action string

	// Scoped are the actions at each enforcement point, with the action "scoped".
	Scoped []ScopedAction

	// Match is laid over each constraint's spec.match, as Gatekeeper defines it: "namespaces", "excludedNamespaces", "namespaceSelector"…
	Match map[string]any

	// Parameters are the settings of rules by name. A constraint gets those that its rule reads.
	Parameters map[string]any
}

// ScopedAction is what a constraint does at some enforcement points, such as "validation.gatekeeper.sh" and "audit.gatekeeper.sh".
type ScopedAction struct {
	Action string
	Points []string
}

// Manifests are the objects that make Gatekeeper ask rules. Each slice is sorted by name.
type Manifests struct {
	Templates, Constraints []Manifest
	Sync                   *Manifest // nil where no rule looks at other objects

	rules []*rule
}

// Manifest is one object as YAML.
type Manifest struct {
	Name     string
	Severity policy.Severity // the gravest that a constraint tells of; of other objects zero
	Text     []byte
}

// rule is what is made of one rule.
type rule struct {
	*policy.Rule
	policy      *policy.Policy
	folder      string // of its sources
	template    Manifest
	constraints []constraint
}

// Generate makes the manifests. It fails on rules, parameters and actions that there are not, and on rules that review or look at a kind of which
// nobody knows where it is served.
func Generate(p *policy.Policy, o Options) (*Manifests, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	chosen, err := choose(p, o)
	if err != nil {
		return nil, err
	}
	m := &Manifests{}
	var synced []manifest.Kind
	for _, r := range chosen {
		made := &rule{Rule: r, policy: p, folder: strings.ReplaceAll(r.Package, ".", "/")}
		needs, err := made.needs()
		if err != nil {
			return nil, err
		}
		synced = append(synced, needs...)
		if made.template, err = made.makeTemplate(needs); err != nil {
			return nil, err
		}
		if made.constraints, err = made.makeConstraints(o); err != nil {
			return nil, err
		}
		m.rules = append(m.rules, made)
		m.Templates = append(m.Templates, made.template)
		for _, c := range made.constraints {
			m.Constraints = append(m.Constraints, c.manifest)
		}
	}
	if len(synced) > 0 {
		sync, err := makeSync(synced)
		if err != nil {
			return nil, err
		}
		m.Sync = &sync
	}
	return m, nil
}

func choose(p *policy.Policy, o Options) (chosen []*policy.Rule, err error) {
	for _, id := range o.Rules {
		switch r := p.Rule(id); {
		case r == nil:
			return nil, &UnknownRuleError{ID: id}
		case r.Scope == policy.Source:
			return nil, fmt.Errorf("rule %s judges the source text, which admission does not see: it is for netvet lint", id)
		}
	}
	for _, r := range p.Rules() {
		named := len(o.Rules) == 0 || slices.Contains(o.Rules, r.ID)
		if named && r.Scope != policy.Source && (o.Severity == 0 || r.Severity <= o.Severity) {
			chosen = append(chosen, r)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no rule of severity %s or graver among those named", o.Severity)
	}
	return chosen, nil
}

// UnknownRuleError names a rule that the policy does not have.
type UnknownRuleError struct{ ID string }

// Error names the rule.
func (e *UnknownRuleError) Error() string { return fmt.Sprintf("unknown rule %q", e.ID) }

// Stream writes all objects in an order in which they can be applied: the templates, what to synchronise, the constraints.
func (m *Manifests) Stream(w io.Writer) error {
	all := slices.Clone(m.Templates)
	if m.Sync != nil {
		all = append(all, *m.Sync)
	}
	for i, object := range append(all, m.Constraints...) {
		text := object.Text
		if i > 0 {
			text = append([]byte("---\n"), text...)
		}
		if _, err := w.Write(text); err != nil {
			return fmt.Errorf("write %s: %w", object.Name, err)
		}
	}
	return nil
}

// initialisms are written in capitals, as Kubernetes' own kinds have them.
var initialisms = map[string]string{"api": "API", "dns": "DNS", "ip": "IP", "ipv4": "IPv4", "ipv6": "IPv6"}

// Kind gives the kind of a rule's constraints: NetvetMissingDNS of missing-dns. The rules of others bear their own names: AcmeTeamLabel.
func Kind(r *policy.Rule) string {
	id := r.ID
	if strings.HasPrefix(r.Package, "netvet.") {
		id = "netvet-" + id
	}
	var kind strings.Builder
	for _, word := range strings.Split(id, "-") {
		if known := initialisms[word]; known != "" {
			kind.WriteString(known)
			continue
		}
		runes := []rune(word)
		runes[0] = unicode.ToUpper(runes[0])
		kind.WriteString(string(runes))
	}
	return kind.String()
}

// kindNamed looks a kind up that a rule names: of several groups the one that every cluster has.
func kindNamed(r *policy.Rule, name string) (manifest.Kind, error) {
	var found *manifest.Kind
	for _, kind := range manifest.Kinds() {
		if kind.Name == name && (found == nil || kind.BuiltIn) {
			found = &kind
		}
	}
	if found == nil {
		return manifest.Kind{}, fmt.Errorf("rule %s names the kind %s, of which nobody knows the API group", r.ID, name)
	}
	return *found, nil
}

// needs gives the kinds that have to be synchronised for the rule. What is not in every cluster is for its owner to add: Gatekeeper fails to watch
// what is not installed.
func (r *rule) needs() (needs []manifest.Kind, err error) {
	if !r.looksAround() {
		return nil, nil
	}
	names := slices.Clone(r.Needs)
	if r.Scope.WantsOthers() {
		names = append(names, "NetworkPolicy")
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		kind, err := kindNamed(r.Rule, name)
		if err != nil {
			return nil, err
		}
		if kind.BuiltIn {
			needs = append(needs, kind)
		}
	}
	return needs, nil
}

// looksAround says whether the rule looks at other objects than the one under review.
func (r *rule) looksAround() bool { return r.Scope.WantsOthers() || len(r.Needs) > 0 }

// labels are those of every object.
func labels(r *policy.Rule) map[string]any {
	all := map[string]any{"app.kubernetes.io/part-of": "netvet"}
	if r != nil {
		all["netvet.dev/category"] = r.Category
		all["netvet.dev/severity"] = r.Severity.String()
	}
	return all
}

func encode(name string, object map[string]any) (Manifest, error) {
	text, err := yaml.Marshal(object)
	if err != nil {
		return Manifest{}, fmt.Errorf("write %s: %w", name, err)
	}
	return Manifest{Name: name, Text: text}, nil
}
