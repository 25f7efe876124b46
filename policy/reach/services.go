package reach

import (
	"cmp"
	"slices"
	"strings"

	"github.com/netvet/netvet/policy/manifest"
)

// Publication is a Service or an Ingress that hands connections from outside the cluster to a workload. It opens nothing that policies
// block, but it says that somebody means to come from outside.
type Publication struct {
	Resource *manifest.Resource
	Means    string // LoadBalancer, NodePort, external IPs or Ingress
}

// String gives as "LoadBalancer Service shop/web".
func (p Publication) String() string {
	name := p.Resource.ID.Kind + " " + p.Resource.ID.Name
	if p.Means != p.Resource.ID.Kind {
		name = p.Means + " " + name
	}
	return name
}

// publish finds the workloads behind the Services that are open to the outside, by themselves or through an Ingress.
func publish(services, ingresses map[owner]node, workloads []*Workload) map[*Workload][]Publication {
	publications := map[owner][]Publication{}
	for name, n := range services {
		spec := n.to("spec")
		switch kind := spec.to("type").text(); {
		case kind == "LoadBalancer" || kind == "NodePort":
			publications[name] = append(publications[name], Publication{n.resource, kind})
		case len(spec.to("externalIPs").items()) > 0:
			publications[name] = append(publications[name], Publication{n.resource, "external IPs"})
		}
	}
	for name, n := range ingresses {
		for _, service := range backends(n.to("spec")) {
			to := owner{name.namespace, "Service", service}
			publications[to] = append(publications[to], Publication{n.resource, "Ingress"})
		}
	}

	byNamespace := map[string][]*Workload{}
	for _, w := range workloads {
		byNamespace[w.Namespace] = append(byNamespace[w.Namespace], w)
	}
	published := map[*Workload][]Publication{}
	for name, list := range publications {
		service, visible := services[name]
		if !visible {
			continue
		}
		var s selector
		for key, value := range service.to("spec", "selector").texts() {
			s.requirements = append(s.requirements, requirement{key, in, []string{value}})
		}
		if len(s.requirements) == 0 { // its endpoints are somebody else's
			continue
		}
		for _, w := range byNamespace[name.namespace] {
			if slices.ContainsFunc(w.Pods, func(p *Pod) bool { return s.matches(p.Labels) }) {
				published[w] = append(published[w], list...)
			}
		}
	}
	for _, list := range published {
		slices.SortFunc(list, func(a, b Publication) int {
			return cmp.Or(strings.Compare(a.Resource.ID.Kind, b.Resource.ID.Kind), strings.Compare(a.Resource.ID.Name, b.Resource.ID.Name))
		})
	}
	for w, list := range published {
		published[w] = slices.Compact(list)
	}
	return published
}

// backends gives the Services that an Ingress names.
func backends(spec node) (names []string) {
	add := func(n node) {
		if name := n.to("service", "name").text(); name != "" {
			names = append(names, name)
		}
	}
	add(spec.to("defaultBackend"))
	for _, rule := range spec.to("rules").items() {
		for _, path := range rule.to("http", "paths").items() {
			add(path.to("backend"))
		}
	}
	return names
}
