// Package expect tests which connections the policies among Kubernetes resources allow, against documents that say which they should.
//
// A document is a ConnectivityTest:
//
//	apiVersion: netvet.dev/v1
//	kind: ConnectivityTest
//	metadata:
//	  name: shop
//	  namespace: shop           # of names that have none; "default" if left out
//	allow:
//	  - from: web
//	    to: api
//	    port: 8080
//	  - from: {labels: {tier: backend}}
//	    to: dns
//	deny:
//	  - name: nobody but the API asks the database
//	    from: {except: api}
//	    to: db
//
// What from and to say is one of these, or a list of them:
//
//   - a workload: name, namespace/name or namespace/name[Kind];
//   - addresses outside the cluster: 192.0.2.1, 10.0.0.0/8 or 10.0.0.1-10.0.0.9;
//   - any: all workloads, and all addresses;
//   - dns: the pods labelled k8s-app=kube-dns in kube-system. If none are among the resources, a workload like that is assumed;
//   - {labels: {app: web}}: the workloads of which some pod has the labels, in the document's namespace or, with namespace: NAME, in another one,
//     or, with namespaces: {team: a}, in those that have the labels; {} matches all;
//   - {except: …}: any but those. Addresses may be left out in part.
//
// A port is a number, which is TCP, or as 53/udp, 9000-9010/tcp, or a name as http or dns/udp, which each pod of to has its own number for; a list of
// those, or {except: …}: all but those. Without a port all ports are meant, and 53 of TCP and UDP if all that to says is dns.
//
// A test to allow passes if each source reaches each destination on each port, from and to each pod; a test to deny passes if none reaches any on
// any. A workload on both sides means different pods of it; a pod without a controller is left out there, since no policy keeps it from itself.
package expect

import (
	"fmt"
	"strings"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
)

// The documents that hold tests.
const (
	APIVersion = "netvet.dev/v1"
	Kind       = "ConnectivityTest"
)

// Is tells whether a resource is a document that holds tests, of this version or another.
func Is(r *manifest.Resource) bool {
	group, _, _ := strings.Cut(r.ID.APIVersion, "/")
	return r.ID.Kind == Kind && group == "netvet.dev"
}

// Verb is what is expected of connections.
type Verb string

// The verbs, as the lists of a document are named.
const (
	Allow Verb = "allow"
	Deny  Verb = "deny"
)

// Test is one expectation.
type Test struct {
	Document string // namespace/name, or the name alone, of the ConnectivityTest
	Name     string // as written, or made of what it says
	Verb     Verb
	From, To []reach.Peer
	Ports    reach.Ports
	Span     manifest.Span

	// Of each pod of To, Names are ports, too, and Except are none.
	Names, Except []PortName
}

// PortName is a port that pods give a name.
type PortName struct {
	Protocol reach.Protocol
	Name     string
}

// String gives as TCP http.
func (n PortName) String() string { return n.Protocol.String() + " " + n.Name }

// asked gives the ports of a pod, or of an address if there is none, that the test is about.
func (t *Test) asked(pod *reach.Pod) reach.Ports {
	ports := t.Ports
	if pod == nil {
		return ports
	}
	for _, n := range t.Names {
		ports = ports.Union(pod.PortNamed(n.Protocol, n.Name))
	}
	for _, n := range t.Except {
		ports = ports.Minus(pod.PortNamed(n.Protocol, n.Name))
	}
	return ports
}

// Suite is tests and what they are put to. It is immutable and safe for concurrent use.
type Suite struct {
	Reach *reach.Reach
	Tests []*Test // in the order of the documents
}

// UnknownError says that a name stands for nothing. A caller may propose the nearest of those that are known.
type UnknownError struct {
	What  string // such as "key" or "workload"
	Name  string
	Known []string // sorted
	Hint  string   // what to do
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("unknown %s %q; %s", e.What, e.Name, e.Hint)
}

// pair is a source and a destination that a test speaks of.
type pair struct{ from, to reach.Peer }

// pairs gives what the test is about.
func (t *Test) pairs(yield func(pair) bool) {
	for _, from := range t.From {
		for _, to := range t.To {
			outside := from.Workload == nil && to.Workload == nil
			if outside || from.Workload != nil && from.Workload == to.Workload && isBare(from.Workload) {
				continue
			}
			if !yield(pair{from, to}) {
				return
			}
		}
	}
}

// isBare tells whether a workload is a pod without a controller, of which there is never a second one.
func isBare(w *reach.Workload) bool { return w.Kind == "Pod" }

// wrong gives the ports that are not as the test expects.
func (t *Test) wrong(r *reach.Reach, p pair) reach.Ports {
	open, closed := r.Try(p.from, p.to, t.asked)
	if t.Verb == Allow {
		return closed
	}
	return open
}
