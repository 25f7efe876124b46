package reach_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
)

const bakery = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: counter, namespace: bakery}
spec: {template: {metadata: {labels: {app: counter}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: oven, namespace: bakery}
spec: {template: {metadata: {labels: {app: oven}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: oven, namespace: bakery}
spec:
  podSelector: {matchLabels: {app: oven}}
  policyTypes: [Ingress, Egress]
  ingress:
    - from: [{podSelector: {matchLabels: {app: counter}}}]
      ports: [{port: 8080}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: counter, namespace: bakery}
spec:
  podSelector: {matchLabels: {app: counter}}
  egress:
    - to: [{podSelector: {matchLabels: {app: oven}}}]
  ingress:
    - from: [{ipBlock: {cidr: 0.0.0.0/0}}]
      ports: [{port: 443}]
`

func decode(text string) *reach.Reach {
	set := manifest.Decode("bakery.yaml", []byte(text), manifest.Options{})
	if len(set.Errors) > 0 {
		log.Fatal(set.Errors[0])
	}
	r, err := reach.New(context.Background(), set.Resources, reach.Options{})
	if err != nil {
		log.Fatal(err)
	}
	return r
}

func peer(r *reach.Reach, name string) reach.Peer {
	peers, err := r.Find(name)
	if err != nil {
		log.Fatal(err)
	}
	return peers[0]
}

func Example() {
	r := decode(bakery)
	if err := reach.Text(os.Stdout, r.Table()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// FROM                        TO                          PORTS
	// bakery/counter[Deployment]  bakery/oven[Deployment]     TCP 8080
	// 0.0.0.0/0                   bakery/counter[Deployment]  TCP 443
}

func ExampleReach_Explain() {
	r := decode(bakery)
	protocol, port, err := reach.ParsePort("8081/tcp")
	if err != nil {
		log.Fatal(err)
	}
	e := r.Explain(peer(r, "bakery/counter"), peer(r, "bakery/oven"), protocol, port)
	fmt.Println(e.Allowed)
	fmt.Print(e)
	// Output:
	// false
	// bakery/counter[Deployment] to bakery/oven[Deployment], TCP 8081: blocked
	//   Egress of bakery/counter[Deployment]: admitted
	//     isolated by bakery/counter (bakery.yaml:24:12)
	//       egress[0] (bakery.yaml:28:12): admits it
	//   Ingress of bakery/oven[Deployment]: blocked: no rule admits it
	//     isolated by bakery/oven (bakery.yaml:14:12)
	//       ingress[0] (bakery.yaml:19:14): admits the source, but its ports are TCP 8080
}

func ExampleReach_Between() {
	r := decode(bakery)
	answer := r.Between(peer(r, "192.0.2.0/24"), peer(r, "bakery/counter"))
	fmt.Println(answer.All, answer.All.Contains(reach.TCP, 443))
	// Output: TCP 443 true
}

func ExampleReach_Groups() {
	for group := range decode(bakery).Groups() {
		fmt.Println(group.From, group.To, group.Ports)
	}
	// Output:
	// [bakery/counter[Deployment]] [bakery/oven[Deployment]] TCP 8080
	// [0.0.0.0/0] [bakery/counter[Deployment]] TCP 443
}

func ExampleReach_Without() {
	r := decode(bakery)
	from, to := peer(r, "bakery/counter"), peer(r, "bakery/oven")
	for _, policy := range r.Policies() {
		for _, rule := range append(policy.Rules(reach.Ingress), policy.Rules(reach.Egress)...) {
			fmt.Println(rule, r.Without(rule).Allows(from, to, reach.TCP, 8080))
		}
	}
	// Output:
	// bakery/counter ingress[0] true
	// bakery/counter egress[0] false
	// bakery/oven ingress[0] false
}

func ExampleReach_Exposed() {
	for _, e := range decode(bakery).Exposed(reach.Ingress) {
		fmt.Println(e.Workload, e.Audience, e.Ports, e.Rules)
	}
	// Output: bakery/counter[Deployment] world TCP 443 [bakery/counter ingress[0]]
}

func ExampleReach_Select() {
	workloads, err := decode(bakery).Select(nil, map[string]any{"matchLabels": map[string]any{"app": "oven"}})
	fmt.Println(workloads, err)
	// Output: [bakery/oven[Deployment]] <nil>
}

func ExampleCompare() {
	before := decode(bakery)
	after := decode(bakery + `
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny-all, namespace: bakery}
spec: {podSelector: {}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: probe, namespace: bakery}
spec:
  podSelector: {matchLabels: {app: oven}}
  ingress:
    - from: [{ipBlock: {cidr: 192.0.2.9/32}}]
      ports: [{port: 9090}]
`)
	d := reach.Compare(before, after)
	for change := range d.Changes() {
		fmt.Println(change.Gained, change.From, change.To, change.Ports, d.Causes(change)[0].Rules)
	}
	// Output: true 192.0.2.9/32 bakery/oven[Deployment] TCP 9090 [bakery/probe ingress[0]]
}

func ExampleApply() {
	resources := func(text string) []*manifest.Resource {
		return manifest.Decode("bakery.yaml", []byte(text), manifest.Options{}).Resources
	}
	const deny = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: oven, namespace: bakery}
spec: {podSelector: {matchLabels: {app: oven}}, policyTypes: [Ingress, Egress]}
`
	const allow = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: counter-to-oven, namespace: bakery}
spec:
  podSelector: {matchLabels: {app: oven}}
  ingress: [{from: [{podSelector: {matchLabels: {app: counter}}}], ports: [{port: 8080}]}]
`
	rollout, err := reach.Apply(context.Background(), resources(bakery), resources(deny+"---"+allow), reach.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, step := range rollout.Steps {
		for change := range step.Changes() {
			fmt.Println(step.Policy, change.Gained, change.From, change.To, change.Ports)
		}
	}
	fmt.Println(rollout.Whole.IsEmpty())
	// Output:
	// bakery/oven false bakery/counter[Deployment] bakery/oven[Deployment] TCP 8080
	// bakery/counter-to-oven true bakery/counter[Deployment] bakery/oven[Deployment] TCP 8080
	// true
}

func ExampleReach_Reasons() {
	r := decode(bakery)
	for reason := range r.Reasons([]reach.Peer{peer(r, "bakery/counter")}, []reach.Peer{peer(r, "bakery/oven")}) {
		fmt.Println(reason.Ports, reason.Allowed, reason.Egress.Rules, reason.Ingress.Rules)
	}
	// Output:
	// TCP 8080 true [bakery/counter egress[0]] [bakery/oven ingress[0]]
	// all but TCP 8080 false [bakery/counter egress[0]] []
}
