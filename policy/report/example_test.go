package report_test

import (
	"context"
	"fmt"
	"os"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/report"
)

// lintDenial judges a policy that denies everything.
func lintDenial() *lint.Report {
	set := manifest.Decode("deny.yaml", []byte(`
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
`), manifest.Options{})
	linter, err := lint.New(context.Background(), policy.Default(), lint.Config{Enable: []string{"missing-dns"}})
	if err != nil {
		panic(err)
	}
	r, err := linter.Lint(context.Background(), set)
	if err != nil {
		panic(err)
	}
	return r
}

func ExampleText() {
	if err := report.Text(os.Stdout, lintDenial(), report.TextOptions{Width: 80}); err != nil {
		fmt.Println(err)
	}
	// Output: No findings in 1 file; 1 object
}

func ExampleHarmless() {
	fmt.Println(report.Harmless("name\x1b[2J"))
	// Output: name\x1b[2J
}
