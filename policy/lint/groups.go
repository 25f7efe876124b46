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

// deal deals the namespaces into at most n groups of about equal size. A group lists the indexes of the resources it reviews.
// Each namespace stays in one group; objects that name none live in the one given.
func deal(resources []*manifest.Resource, namespace string, n int) [][]*ast.Term {
	byNamespace := map[string][]*ast.Term{}
	for i, resource := range resources {
		name := cmp.Or(resource.ID.Namespace, namespace)
		if resource.ID.Kind == "Namespace" {
			name = resource.ID.Name
		}
		byNamespace[name] = append(byNamespace[name], ast.InternedTerm(i))
	}
	shares := slices.SortedFunc(maps.Keys(byNamespace), func(a, b string) int {
		return cmp.Or(len(byNamespace[b])-len(byNamespace[a]), cmp.Compare(a, b))
	})
	groups := make([][]*ast.Term, max(1, min(n, len(shares))))
	for _, name := range shares {
		smallest := 0
		for i := range groups {
			if len(groups[i]) < len(groups[smallest]) {
				smallest = i
			}
		}
		groups[smallest] = append(groups[smallest], byNamespace[name]...)
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
