// Package reach works out which connections the NetworkPolicies among Kubernetes resources allow, and why.
//
// A connection is allowed if the source's egress and the destination's ingress both admit it. Pods that no policy isolates in a direction
// admit everything in it; isolated ones admit what some rule of the policies that select them admits. Rules are applied to the pods'
// own addresses and ports, as practically every network plugin does: Services and Ingresses open nothing by themselves.
//
// Where the API leaves room, most plugins decide:
//   - A pod always reaches itself, and its own node reaches it (the kubelet's probes); nodes are no peers here.
//   - Pods in their node's network (hostNetwork) are not isolated, and selectors do not match them, unless [Options] says otherwise.
//   - An ipBlock matches pods whose status tells their address, unless [Options] says otherwise.
//   - Protocols other than TCP, UDP and SCTP are left out.
//
// Pods that policies cannot tell apart are treated as one, so that the cost grows with what differs.
package reach

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/netvet/netvet/policy/manifest"
)

// Options say what the resources leave open. The zero value is what most clusters do.
type Options struct {
	// DefaultNamespace is that of objects which name none. "" means default.
	DefaultNamespace string

	// IPBlocksMissPods is true where an ipBlock never matches a pod's own address, as with Cilium.
	// Otherwise it matches the pods whose status gives an address in the block, and those in the network of such a node.
	IPBlocksMissPods bool

	// HostNetworkIsolated is true where policies concern pods in their node's network as they do others. Most plugins cannot tell such a pod
	// from its node: they do not isolate it, no selector matches it, and nothing knows the names of its ports.
	HostNetworkIsolated bool
}

const defaultNamespace = "default"

// Reach is which connections a set of resources allows. It is immutable and safe for concurrent use.
type Reach struct {
	*cluster
	ingress, egress *side
}

// cluster is what is independent of single rules.
type cluster struct {
	*universe
	options   Options
	workloads []*Workload
	policies  []*Policy
	published map[*Workload][]Publication
	problems  []Problem
}

// New works out what the resources allow: NetworkPolicies (networking.k8s.io), Namespaces, Pods and the workloads that make them,
// Services and Ingresses. Others are ignored. Of two objects with one name, the later counts, as if both were applied.
//
// What the API server would refuse is no error but in [Reach.Problems]. The error is the context's.
func New(ctx context.Context, resources []*manifest.Resource, options Options) (*Reach, error) {
	if options.DefaultNamespace == "" {
		options.DefaultNamespace = defaultNamespace
	}
	c := &cluster{options: options}
	s := newSorter(&c.problems, options.DefaultNamespace)
	for i, r := range resources {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, stopped(ctx)
		}
		s.take(r)
	}
	c.workloads = workloadsOf(s.members)
	for _, w := range c.workloads {
		for _, pod := range w.Pods {
			pod.exempt = pod.HostNetwork && !options.HostNetworkIsolated
		}
	}
	c.policies = slices.SortedFunc(maps.Values(s.policies), comparePolicies)
	slices.SortStableFunc(c.problems, compareProblems)
	c.universe = newUniverse(c.workloads, c.policies, s.namespaces, options)
	c.published = publish(s.services, s.ingresses, c.workloads)
	if ctx.Err() != nil {
		return nil, stopped(ctx)
	}
	c.locate(c.policies)
	groups := c.groupsOf(c.policies)
	return &Reach{c, c.sideOf(Ingress, groups), c.sideOf(Egress, groups)}, nil
}

func stopped(ctx context.Context) error {
	return fmt.Errorf("work out what the policies allow: %w", context.Cause(ctx))
}

// Problems are what the API server would refuse, and objects that others replace, by file and line.
func (r *Reach) Problems() []Problem { return slices.Clone(r.problems) }

// Workloads are sorted by namespace, name and kind.
func (r *Reach) Workloads() []*Workload { return slices.Clone(r.workloads) }

// Policies are sorted by namespace and name.
func (r *Reach) Policies() []*Policy { return slices.Clone(r.policies) }

// Without is the same set but for one rule, which admits nothing any more; its policy goes on isolating. Only what the rule concerns is worked
// out anew. A rule of another set changes nothing.
func (r *Reach) Without(rule Rule) *Reach {
	sides := *r
	for _, s := range []**side{&sides.ingress, &sides.egress} {
		if (*s).direction == rule.Direction {
			*s = r.sideWithout(*s, rule)
		}
	}
	return &sides
}

func (r *Reach) sideWithout(s *side, rule Rule) *side {
	changed := &side{s.direction, slices.Clone(s.profiles), s.of}
	for i, p := range s.profiles {
		at := slices.IndexFunc(p.rules, func(a *admission) bool { return a.Rule == rule })
		if at < 0 {
			continue
		}
		q := r.newProfile(s.direction, p.policies, p.named)
		q.rules = slices.Delete(slices.Clone(p.rules), at, at+1)
		q.members = p.members
		changed.profiles[i] = q
	}
	return changed
}
