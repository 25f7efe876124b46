package reach

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/netvet/netvet/policy/manifest"
)

// Workload is what runs pods: a controller, visible or known from its pods alone, or a pod that has none.
type Workload struct {
	Namespace string
	Name      string
	Kind      string

	// Resource is nil if the controller is known from its pods alone.
	Resource *manifest.Resource

	// Pods are the visible pods, or the one that the template describes. There is at least one.
	Pods []*Pod

	index int
	bare  bool // a pod without controller: there is never a second one
}

// Pod is a pod, or the template of pods alike.
type Pod struct {
	Name        string // "" for a template
	Labels      map[string]string
	HostNetwork bool
	Addresses   []netip.Addr // as far as its status tells; sorted
	Resource    *manifest.Resource

	workload *Workload
	named    []namedPort
	exempt   bool // policies do not concern it
	class    int
}

// namedPort is a port to which a container gives a name.
type namedPort struct {
	portName
	number int
}

// PortNamed gives the ports to which the pod's containers give a name, of which there may be several, or none.
func (p *Pod) PortNamed(protocol Protocol, name string) Ports {
	return resolve([]portName{{protocol, name}}, p.named)
}

// PortNames are the names that the pod's containers give to ports, sorted.
func (p *Pod) PortNames() (names []string) {
	for _, port := range p.named {
		names = append(names, port.name)
	}
	return slices.Compact(names)
}

// String gives namespace/name[Kind].
func (w *Workload) String() string { return w.Namespace + "/" + w.Name + "[" + w.Kind + "]" }

// templates says where each kind of workload keeps its pod template.
var templates = map[string][]string{
	"CronJob":               {"spec", "jobTemplate", "spec", "template"},
	"DaemonSet":             {"spec", "template"},
	"Deployment":            {"spec", "template"},
	"DeploymentConfig":      {"spec", "template"},
	"Job":                   {"spec", "template"},
	"Pod":                   {},
	"ReplicaSet":            {"spec", "template"},
	"ReplicationController": {"spec", "template"},
	"Rollout":               {"spec", "template"},
	"StatefulSet":           {"spec", "template"},
}

// owner names an object that has pods, or controls one that has.
type owner struct{ namespace, kind, name string }

// member is a visible object with pods.
type member struct {
	owner
	node
	controller owner // zero if there is none
}

func readMember(n node, name owner) member {
	m := member{owner: name, node: n}
	for _, o := range n.to("metadata", "ownerReferences").items() {
		kind, name := o.to("kind").text(), o.to("name").text()
		// A node owns the static pods that its kubelet runs: each is its own workload.
		if o.to("controller").value == true && kind != "Node" && kind != "" && name != "" {
			m.controller = owner{m.namespace, kind, name}
		}
	}
	return m
}

// workloadsOf gathers the pods of each topmost controller: those that run, else the one of its template, else those that have ended.
func workloadsOf(members map[owner]member) []*Workload {
	byTop := map[owner]*Workload{}
	past := map[*Workload][]member{}
	of := func(o owner) *Workload {
		w := byTop[o]
		if w == nil {
			w = &Workload{Namespace: o.namespace, Name: o.name, Kind: o.kind}
			byTop[o] = w
		}
		return w
	}
	for _, m := range members {
		w := of(topmost(members, m))
		top := w.Namespace == m.namespace && w.Kind == m.kind && w.Name == m.name
		if top {
			w.Resource = m.resource
			w.bare = m.kind == "Pod"
		}
		switch {
		case m.kind == "Pod" && ended(m):
			past[w] = append(past[w], m)
		case m.kind == "Pod":
			w.Pods = append(w.Pods, readPod(m.node, m.name))
		}
	}
	var workloads []*Workload
	for o, w := range byTop {
		if m, visible := members[o]; len(w.Pods) == 0 && visible && !w.bare {
			w.Pods = []*Pod{readPod(m.to(templates[o.kind]...), "")}
		}
		if len(w.Pods) == 0 { // a controller out of sight may start pods like those again
			for _, m := range past[w] {
				w.Pods = append(w.Pods, readPod(m.node, m.name))
			}
		}
		slices.SortFunc(w.Pods, func(a, b *Pod) int { return strings.Compare(a.Name, b.Name) })
		for _, pod := range w.Pods {
			pod.workload = w
		}
		workloads = append(workloads, w)
	}
	slices.SortFunc(workloads, func(a, b *Workload) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name), strings.Compare(a.Kind, b.Kind))
	})
	for i, w := range workloads {
		w.index = i
	}
	return workloads
}

// topmost goes up from controller to controller, the last of which may be out of sight.
func topmost(members map[owner]member, m member) owner {
	for range 8 { // no more levels than that are known, and a circle ends
		if m.controller == (owner{}) {
			return m.owner
		}
		next, visible := members[m.controller]
		if !visible {
			// A controller of another kind, such as a custom resource, stands behind what it makes.
			if m.kind != "Pod" {
				return m.owner
			}
			return m.controller
		}
		m = next
	}
	return m.owner
}

// ended pods have no network any more.
func ended(m member) bool {
	phase := m.to("status", "phase").text()
	return phase == "Succeeded" || phase == "Failed"
}

// readPod reads a pod, or a template if it has no name.
func readPod(n node, name string) *Pod {
	spec := n.to("spec")
	p := &Pod{
		Name:        name,
		Labels:      n.to("metadata", "labels").texts(),
		HostNetwork: spec.to("hostNetwork").value == true,
		Resource:    n.resource,
	}
	for _, list := range []string{"containers", "initContainers"} {
		for _, container := range spec.to(list).items() {
			// Init containers that restart always are sidecars; the others end before the pod's ports matter.
			if list == "initContainers" && container.to("restartPolicy").text() != "Always" {
				continue
			}
			for _, port := range container.to("ports").items() {
				p.readContainerPort(port)
			}
		}
	}
	slices.SortFunc(p.named, func(a, b namedPort) int {
		return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.protocol, b.protocol), cmp.Compare(a.number, b.number))
	})
	if name != "" {
		p.readAddresses(n.to("status"))
	}
	return p
}

func (p *Pod) readContainerPort(n node) {
	name := n.to("name").text()
	number, ok := n.to("containerPort").number()
	protocol := 0
	if text := n.to("protocol"); !text.absent() {
		protocol = slices.Index(protocolNames[:], text.text())
	}
	if name != "" && ok && protocol >= 0 {
		p.named = append(p.named, namedPort{portName{Protocol(protocol), name}, number})
	}
}

func (p *Pod) readAddresses(status node) {
	texts := []string{status.to("podIP").text()}
	for _, ip := range status.to("podIPs").items() {
		texts = append(texts, ip.to("ip").text())
	}
	for _, text := range texts {
		if a, err := netip.ParseAddr(text); err == nil {
			p.Addresses = append(p.Addresses, a.Unmap())
		}
	}
	slices.SortFunc(p.Addresses, netip.Addr.Compare)
	p.Addresses = slices.Compact(p.Addresses)
}
