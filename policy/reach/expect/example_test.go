package expect_test

import (
	"context"
	"log"
	"os"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
	"github.com/netvet/netvet/policy/reach/expect"
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
  ingress:
    - from: [{podSelector: {matchLabels: {app: counter}}}]
      ports: [{port: 8080}]
`

const tests = `
apiVersion: netvet.dev/v1
kind: ConnectivityTest
metadata: {name: bakery, namespace: bakery}
allow:
  - {from: counter, to: oven, port: 8080}
  - {from: counter, to: oven, port: 9090}
deny:
  - {from: {except: counter}, to: oven}
`

func resources(file, text string) []*manifest.Resource {
	set := manifest.Decode(file, []byte(text), manifest.Options{})
	if len(set.Errors) > 0 {
		log.Fatal(set.Errors[0])
	}
	return set.Resources
}

func Example() {
	ctx := context.Background()
	suite, wrong, err := expect.New(ctx, resources("bakery.yaml", bakery), resources("tests.yaml", tests), reach.Options{})
	if err != nil || len(wrong) > 0 {
		log.Fatal(wrong, err)
	}
	report, err := suite.Run(ctx)
	if err != nil {
		log.Fatal(err)
	}
	if err := suite.Cover(ctx, report); err != nil {
		log.Fatal(err)
	}
	if err := expect.Text(os.Stdout, report); err != nil {
		log.Fatal(err)
	}
	// Output:
	// ok   tests.yaml:6:5: allow counter to oven, port 8080
	// FAIL tests.yaml:7:5: allow counter to oven, port 9090
	//      bakery/counter[Deployment] does not reach bakery/oven[Deployment] on TCP 9090
	//        bakery/counter[Deployment] to bakery/oven[Deployment], TCP 9090: blocked
	//          Egress of bakery/counter[Deployment]: admitted: no policy isolates it
	//          Ingress of bakery/oven[Deployment]: blocked: no rule admits it
	//            isolated by bakery/oven (bakery.yaml:14:12)
	//              ingress[0] (bakery.yaml:18:14): admits the source, but its ports are TCP 8080
	// ok   tests.yaml:9:5: deny any but counter to oven, all ports
	// 3 tests, 1 failed
	// coverage: 1 of 1 rule exercised (100%)
}

func ExamplePin() {
	if err := expect.Pin(context.Background(), os.Stdout, "bakery", resources("bakery.yaml", bakery), reach.Options{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// # What the policies allow and deny, as netvet found it. Correct what is not meant.
	// apiVersion: netvet.dev/v1
	// kind: ConnectivityTest
	// metadata:
	//   name: bakery
	// allow:
	//   - from: any
	//     to: bakery/counter
	//   - from: bakery/counter
	//     to: bakery/oven
	//     port: 8080
	//   - from: {namespace: bakery}
	//     to: dns
	//   - from: {namespace: bakery}
	//     to: {except: {namespace: bakery}}
	// deny:
	//   - from: bakery/counter
	//     to: bakery/oven
	//     port: {except: 8080}
	//   - from: {except: bakery/counter}
	//     to: bakery/oven
}
