package lint

import (
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/netvet/netvet/policy/manifest"
)

// Below this many resources for each group, the indexes that every group builds cost more than the parallelism gains.
const groupSize = 500

// deal deals the namespaces into at most n groups of about equal size. A group lists the indexes of the resources it reviews.
// Each namespace stays in one group.
func deal(resources []*manifest.Resource, n int) [][]*ast.Term {
	n = max(1, min(n, len(resources)/groupSize))
	byNamespace := map[string][]*ast.Term{}
	for i, resource := range resources {
		name := resource.ID.Namespace
		if resource.ID.Kind == "Namespace" {
			name = resource.ID.Name
		}
		byNamespace[name] = append(byNamespace[name], ast.InternedTerm(i))
	}
	shares := make([]string, 0, len(byNamespace))
	for name := range byNamespace {
		shares = append(shares, name)
	}
	slices.SortFunc(shares, func(a, b string) int { return len(byNamespace[b]) - len(byNamespace[a]) })
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
