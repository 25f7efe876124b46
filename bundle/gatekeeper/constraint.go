package gatekeeper

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
)

// constraint is a Constraint with what its suite has to know.
type constraint struct {
	manifest   Manifest
	parameters map[string]any
}

var actions = []string{"deny", "warn", "dryrun", "scoped"}

func (o Options) check() error {
	if o.Action != "" && !slices.Contains(actions, o.Action) {
		return fmt.Errorf("unknown enforcement action %q: want one of %s", o.Action, strings.Join(actions, ", "))
	}
	if (o.Action == "scoped") != (len(o.Scoped) > 0) {
		return fmt.Errorf("the enforcement action scoped and actions at enforcement points go together")
	}
	for _, scoped := range o.Scoped {
		if !slices.Contains(actions[:3], scoped.Action) {
			return fmt.Errorf("unknown enforcement action %q: want one of %s", scoped.Action, strings.Join(actions[:3], ", "))
		}
		if len(scoped.Points) == 0 {
			return fmt.Errorf("the enforcement action %s is for no enforcement point", scoped.Action)
		}
	}
	return nil
}

// action is what a constraint does about findings of the severity.
func (r *rule) action(o Options, s policy.Severity) string {
	switch {
	case o.Action != "":
		return o.Action
	case s == policy.Note:
		return "dryrun"
	case s == policy.Error && !r.Scope.WantsOthers():
		return "deny"
	default: // objects come in any order: what depends on others never denies
		return "warn"
	}
}

// makeConstraints gives one for each action that the rule's severities call for. Notes of a rule that tells of graver faults are left to netvet lint.
func (r *rule) makeConstraints(o Options) (made []constraint, err error) {
	byAction := map[string][]policy.Severity{}
	var order []string
	for _, s := range r.gives() {
		if s == policy.Note && s != r.Severity {
			continue
		}
		action := r.action(o, s)
		if byAction[action] == nil {
			order = append(order, action)
		}
		byAction[action] = append(byAction[action], s)
	}
	for i, action := range order {
		name := strings.TrimPrefix(r.ID, "netvet-")
		if strings.HasPrefix(r.Package, "netvet.") {
			name = "netvet-" + name
		}
		if i > 0 {
			name += "-" + action
		}
		c, err := r.makeConstraint(o, name, action, byAction[action])
		if err != nil {
			return nil, err
		}
		made = append(made, c)
	}
	return made, nil
}

func (r *rule) makeConstraint(o Options, name, action string, severities []policy.Severity) (constraint, error) {
	parameters, err := r.settings(o, severities)
	if err != nil {
		return constraint{}, err
	}
	match, err := r.match()
	if err != nil {
		return constraint{}, err
	}
	maps.Copy(match, o.Match)
	spec := map[string]any{"enforcementAction": action, "match": match}
	if len(o.Scoped) > 0 {
		var scoped []any
		for _, s := range o.Scoped {
			var points []any
			for _, point := range s.Points {
				points = append(points, map[string]any{"name": point})
			}
			scoped = append(scoped, map[string]any{"action": s.Action, "enforcementPoints": points})
		}
		spec["scopedEnforcementActions"] = scoped
	}
	if len(parameters) > 0 {
		spec["parameters"] = parameters
	}
	m, err := encode(name, map[string]any{
		"apiVersion": "constraints.gatekeeper.sh/v1beta1",
		"kind":       Kind(r.Rule),
		"metadata":   map[string]any{"name": name, "labels": labels(r.Rule)},
		"spec":       spec,
	})
	m.Severity = severities[0]
	return constraint{manifest: m, parameters: parameters}, err
}

// settings are the constraint's parameters: those given that the rule reads, and what it sets by itself.
func (r *rule) settings(o Options, severities []policy.Severity) (map[string]any, error) {
	settings := map[string]any{}
	for name, value := range o.Parameters {
		parameter, reads := r.Parameters[name]
		if !reads {
			continue
		}
		if err := parameter.Check(value); err != nil {
			return nil, fmt.Errorf("parameter %s: %w", name, err)
		}
		settings[name] = value
	}
	if _, reads := r.Parameters[inventoryParameter]; reads && !r.looksAround() {
		settings[inventoryParameter] = false
	}
	if _, reads := r.Parameters[severitiesParameter]; reads && r.graded() {
		var names []any
		for _, s := range severities {
			names = append(names, s.String())
		}
		settings[severitiesParameter] = names
	}
	return settings, nil
}

// match gives the kinds that the rule reviews, a list for each API group.
func (r *rule) match() (map[string]any, error) {
	byGroup := map[string][]string{}
	for _, name := range r.Kinds {
		kind, err := kindNamed(r.Rule, name)
		if err != nil {
			return nil, err
		}
		byGroup[kind.Group] = append(byGroup[kind.Group], kind.Name)
	}
	var kinds []any
	for _, group := range slices.Sorted(maps.Keys(byGroup)) {
		slices.Sort(byGroup[group])
		kinds = append(kinds, map[string]any{"apiGroups": []string{group}, "kinds": slices.Compact(byGroup[group])})
	}
	return map[string]any{"kinds": kinds}, nil
}

// makeSync tells Gatekeeper to keep the kinds at hand for all rules.
func makeSync(kinds []manifest.Kind) (Manifest, error) {
	slices.SortFunc(kinds, func(a, b manifest.Kind) int { return strings.Compare(a.APIVersion()+a.Name, b.APIVersion()+b.Name) })
	var gvks []any
	for _, kind := range slices.Compact(kinds) {
		gvks = append(gvks, map[string]any{"group": kind.Group, "version": kind.Version, "kind": kind.Name})
	}
	return encode("netvet", map[string]any{
		"apiVersion": "syncset.gatekeeper.sh/v1alpha1",
		"kind":       "SyncSet",
		"metadata":   map[string]any{"name": "netvet", "labels": labels(nil)},
		"spec":       map[string]any{"gvks": gvks},
	})
}
