package lint

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/netvet/netvet/policy/manifest"
)

// Below this many resources for each group, the indexes that every group builds cost more than the parallelism gains.
const groupSize = 500

// deal deals the namespaces into at most n groups of about equal size. A group lists the indexes of the resources it reviews.
// Each namespace stays in one group; objects that name none live in the one given.
func deal(resources []*manifest.Resource, namespace string, n int) [][]*ast.Term {
	n = max(1, min(n, len(resources)/groupSize))
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
	groups := make([][]*ast.Term, n)
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
func values(resources []*manifest.Resource, workers int) *ast.Term {
	terms := make([]*ast.Term, len(resources))
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < len(resources); i += workers {
				terms[i] = ast.NewTerm(ast.MustInterfaceToValue(resources[i].Object))
			}
		})
	}
	wait.Wait()
	return ast.ArrayTerm(terms...)
}
