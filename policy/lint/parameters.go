package lint

import (
	"cmp"
	"fmt"
	"maps"

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
	if err := p.CheckParameters(config.Parameters); err != nil {
		return err
	}
	values := map[string]any{}
	maps.Copy(values, config.Parameters)
	l.namespace = cmp.Or(config.Namespace, defaultNamespace)
	values[namespaceParameter] = l.namespace
	value, err := ast.InterfaceToValue(values)
	if err != nil {
		return fmt.Errorf("parameters: %w", err)
	}
	l.parameters = ast.NewTerm(value)
	return nil
}
