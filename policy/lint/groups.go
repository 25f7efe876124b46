package lint

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/netvet/netvet/policy/manifest"
)

// group is what is judged at once: the indexes of the resources under review, and the parameters for them.
type group struct {
	scope      []*ast.Term
	parameters *ast.Term
}

// split makes groups of the resources: by the parameters that hold for their files, and those by namespaces.
func (l *Linter) split(resources []*manifest.Resource) ([]group, error) {
	files := map[string]string{} // file -> the overrides that set parameters for it
	overriding := map[string][]int{}
	members := map[string][]int{}
	for i, resource := range resources {
		key, known := files[resource.File]
		if !known {
			concerning := slices.DeleteFunc(l.config.concerning(resource.File), func(i int) bool { return len(l.config.Overrides[i].Parameters) == 0 })
			key = fmt.Sprint(concerning)
			files[resource.File], overriding[key] = key, concerning
		}
		members[key] = append(members[key], i)
	}
	var groups []group
	for _, key := range slices.Sorted(maps.Keys(members)) {
		values := maps.Clone(l.parameters)
		for _, i := range overriding[key] {
			maps.Copy(values, l.config.Overrides[i].Parameters)
		}
		parameters, err := ast.InterfaceToValue(values)
		if err != nil {
			return nil, fmt.Errorf("parameters: %w", err)
		}
		groups = append(groups, l.deal(resources, members[key], ast.NewTerm(parameters))...)
	}
	return groups, nil
}

// deal deals the namespaces of some resources into as many groups of about equal size as are asked for. Each namespace stays in one group.
func (l *Linter) deal(resources []*manifest.Resource, some []int, parameters *ast.Term) []group {
	byNamespace := map[string][]*ast.Term{}
	for _, i := range some {
		resource := resources[i]
		name := cmp.Or(resource.ID.Namespace, l.namespace)
		if resource.ID.Kind == "Namespace" {
			name = resource.ID.Name
		}
		byNamespace[name] = append(byNamespace[name], ast.InternedTerm(i))
	}
	shares := slices.SortedFunc(maps.Keys(byNamespace), func(a, b string) int {
		return cmp.Or(len(byNamespace[b])-len(byNamespace[a]), cmp.Compare(a, b))
	})
	groups := make([]group, max(1, min(l.groups, len(shares))))
	for i := range groups {
		groups[i].parameters = parameters
	}
	for _, name := range shares {
		smallest := 0
		for i := range groups {
			if len(groups[i].scope) < len(groups[smallest].scope) {
				smallest = i
			}
		}
		groups[smallest].scope = append(groups[smallest].scope, byNamespace[name]...)
	}
	return groups
}

// values makes OPA's values of the objects, once for all groups.
func values(resources []*manifest.Resource, workers int) (*ast.Term, error) {
	terms := make([]*ast.Term, len(resources))
	errs := make([]error, workers)
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < len(resources); i += workers {
				value, err := ast.InterfaceToValue(resources[i].Object)
				if err != nil {
					errs[w] = fmt.Errorf("%s %s: %w", resources[i].ID.Kind, resources[i].ID.Name, err)
					return
				}
				terms[i] = ast.NewTerm(value)
			}
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return ast.ArrayTerm(terms...), nil
}

// files names the file of each resource.
func files(resources []*manifest.Resource) *ast.Term {
	terms := make([]*ast.Term, len(resources))
	for i, resource := range resources {
		terms[i] = ast.StringTerm(resource.File)
	}
	return ast.ArrayTerm(terms...)
}

// regular says whether the policies' rules are lists of mappings of lists of mappings without a null anywhere. Rego takes far longer to see it.
func regular(resources []*manifest.Resource) *ast.Term {
	for _, resource := range resources {
		if resource.ID.Kind != "NetworkPolicy" {
			continue
		}
		spec, _ := resource.Object["spec"].(map[string]any)
		for _, key := range []string{"ingress", "egress", "policyTypes"} {
			rules, present := spec[key]
			if present && !isList(rules, func(rule any) bool { return key == "policyTypes" || isRule(rule) }) {
				return ast.InternedTerm(false)
			}
		}
	}
	return ast.InternedTerm(true)
}

func isRule(rule any) bool {
	return isMapping(rule, func(list any) bool {
		return isList(list, func(item any) bool { return isMapping(item, func(value any) bool { return value != nil }) })
	})
}

func isList(value any, of func(any) bool) bool {
	list, ok := value.([]any)
	return ok && !slices.ContainsFunc(list, func(item any) bool { return !of(item) })
}

func isMapping(value any, of func(any) bool) bool {
	mapping, ok := value.(map[string]any)
	for _, item := range mapping {
		ok = ok && of(item)
	}
	return ok
}
