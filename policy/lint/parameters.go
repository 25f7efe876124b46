package lint

import (
	"cmp"
	"maps"

	"github.com/netvet/netvet/policy"
)

const (
	namespaceParameter = "namespace" // where objects live that name none; it is every rule's
	defaultNamespace   = "default"
	todayParameter     = "today" // for rules about dates
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
	if _, preset := p.Settings()[todayParameter]; !preset && values[todayParameter] == nil && config.Today != "" {
		values[todayParameter] = string(config.Today)
	}
	l.parameters = values
	return nil
}
