package reach

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/netvet/netvet/policy/manifest"
)

// sorter sorts resources by what they are for.
type sorter struct {
	problems         *[]Problem
	defaultNamespace string

	members    map[owner]member
	policies   map[owner]*Policy
	namespaces map[string]map[string]string // labels
	services   map[owner]node
	ingresses  map[owner]node

	generated map[owner]int // how many objects of the name there are so far
}

func newSorter(problems *[]Problem, defaultNamespace string) *sorter {
	return &sorter{
		problems, defaultNamespace,
		map[owner]member{}, map[owner]*Policy{}, map[string]map[string]string{}, map[owner]node{}, map[owner]node{}, map[owner]int{},
	}
}

func (s *sorter) take(r *manifest.Resource) {
	n := node{reading: &reading{r, s.problems}, value: r.Object}
	namespace := r.ID.Namespace
	if namespace == "" {
		namespace = s.defaultNamespace
	}
	name := s.owner(namespace, r.ID)
	group, _, _ := strings.Cut(r.ID.APIVersion, "/")
	twice := false
	switch _, workload := templates[r.ID.Kind]; {
	case workload:
		_, twice = s.members[name]
		s.members[name] = readMember(n, name)
	case isPolicy(r):
		_, twice = s.policies[name]
		s.policies[name] = readPolicy(n, name)
	case r.ID.Kind == "Namespace" && r.ID.APIVersion == "v1":
		_, twice = s.namespaces[r.ID.Name]
		s.namespaces[r.ID.Name] = n.to("metadata", "labels").texts()
	case r.ID.Kind == "Service" && r.ID.APIVersion == "v1":
		s.services[name] = n
	case r.ID.Kind == "Ingress" && group == "networking.k8s.io":
		s.ingresses[name] = n
	}
	if twice {
		n.refuse("a second %s %s replaces the one before", r.ID.Kind, r.ID.Name)
	}
}

// owner gives an object a name of its own: those that the API server will name apart are told apart by a number.
func (s *sorter) owner(namespace string, id manifest.ID) owner {
	name := owner{namespace, id.Kind, id.Name}
	if !id.Generated() {
		return name
	}
	s.generated[name]++
	if n := s.generated[name]; n > 1 {
		name.name += strconv.Itoa(n)
	}
	return name
}

// isPolicy tells whether a resource is a NetworkPolicy as Kubernetes itself knows it.
func isPolicy(r *manifest.Resource) bool {
	group, _, _ := strings.Cut(r.ID.APIVersion, "/")
	return r.ID.Kind == "NetworkPolicy" && group == "networking.k8s.io"
}

func compareProblems(a, b Problem) int {
	x, y := a.Span(), b.Span()
	return cmp.Or(strings.Compare(x.File, y.File), x.Start.Line-y.Start.Line, x.Start.Column-y.Start.Column, strings.Compare(a.Message, b.Message))
}
