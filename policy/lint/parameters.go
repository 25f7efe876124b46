package lint

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/netvet/netvet/policy"
)

// The parameter that says where objects live that name no namespace; it is every rule's.
const (
	namespaceParameter = "namespace"
	defaultNamespace   = "default"
)

// set checks the parameters against what the rules declare. A parameter of a rule that is not asked is no mistake.
func (l *Linter) set(p *policy.Policy, config Config) error {
	declared := map[string]policy.Parameter{}
	for _, rule := range p.Rules() {
		maps.Copy(declared, rule.Parameters)
	}
	values := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(config.Parameters)) {
		parameter, found := declared[name]
		if !found {
			return &UnknownParameterError{Name: name}
		}
		value := config.Parameters[name]
		if err := parameter.Check(value); err != nil {
			return fmt.Errorf("parameter %s: %w", name, err)
		}
		values[name] = value
	}
	l.namespace = cmp.Or(config.Namespace, defaultNamespace)
	values[namespaceParameter] = l.namespace
	value, err := ast.InterfaceToValue(values)
	if err != nil {
		return fmt.Errorf("parameters: %w", err)
	}
	l.parameters = ast.NewTerm(value)
	return nil
}

// UnknownParameterError is a configuration that sets a parameter that no rule reads.
type UnknownParameterError struct{ Name string }

// Error names the parameter.
func (e *UnknownParameterError) Error() string { return fmt.Sprintf("unknown parameter %q", e.Name) }
