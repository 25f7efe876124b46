package report_test

import (
	"bytes"
	"context"
	"encoding/json"
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

func ExampleJSON() {
	var b bytes.Buffer
	if err := report.JSON(&b, lintDenial()); err != nil {
		fmt.Println(err)
	}
	var read struct {
		Version  int
		Findings []struct{ Rule, Message string }
		Summary  struct{ Files, Objects int }
	}
	if err := json.Unmarshal(b.Bytes(), &read); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%+v\n", read)
	// Output: {Version:1 Findings:[] Summary:{Files:1 Objects:1}}
}

func ExampleRules() {
	rules := []*policy.Rule{policy.Default().Rule("missing-dns")}
	if err := report.Rules(os.Stdout, rules, report.TextOptions{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// RULE         SEVERITY  CATEGORY      SCOPE      TITLE
	// missing-dns  error     connectivity  namespace  Pods with isolated egress cannot resolve names
}

func ExampleHarmless() {
	fmt.Println(report.Harmless("name\x1b[2J"))
	// Output: name\x1b[2J
}
