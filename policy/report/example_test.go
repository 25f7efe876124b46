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

// lintDNS judges a policy that forgets DNS.
func lintDNS() *lint.Report {
	set := manifest.Decode("web.yaml", []byte(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to: [{podSelector: {matchLabels: {app: api}}}]
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

func ExampleSARIF() {
	var b bytes.Buffer
	if err := report.SARIF(&b, lintDNS(), report.FileOptions{}); err != nil {
		fmt.Println(err)
	}
	var log struct {
		Runs []struct {
			Results []struct{ RuleID, Level string }
		}
	}
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		fmt.Println(err)
	}
	fmt.Println(log.Runs[0].Results)
	// Output: [{missing-dns warning}]
}

func ExampleJUnit() {
	if err := report.JUnit(os.Stdout, lintDenial(), report.JUnitOptions{FailLevel: policy.Warning}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// <?xml version="1.0" encoding="UTF-8"?>
	// <testsuites name="netvet" tests="1" failures="0" errors="0" skipped="0">
	//   <testsuite name="netvet" tests="1" failures="0" errors="0" skipped="0">
	//     <testcase name="no findings in 1 file" classname="netvet"></testcase>
	//   </testsuite>
	// </testsuites>
}

func ExampleGitHub() {
	r := lintDNS()
	r.Findings[0].Remediation = "Admit DNS."
	if err := report.GitHub(os.Stdout, r, report.FileOptions{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ::warning file=web.yaml,line=7,title=netvet missing-dns::no policy in sight lets any pod in namespace shop ask the cluster's DNS over UDP, so names do not resolve%0A%0AAdmit DNS.%0A%0Anetvet rules missing-dns
	// 1 warning in 1 file; 1 object
}

func ExampleGitLab() {
	if err := report.GitLab(os.Stdout, lintDNS(), report.FileOptions{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// [
	//   {
	//     "description": "missing-dns: no policy in sight lets any pod in namespace shop ask the cluster's DNS over UDP, so names do not resolve",
	//     "check_name": "missing-dns",
	//     "fingerprint": "92ce624b4bc404b5dbc6a233eaae45ce",
	//     "severity": "major",
	//     "location": {
	//       "path": "web.yaml",
	//       "lines": {
	//         "begin": 7,
	//         "end": 8
	//       }
	//     }
	//   }
	// ]
}

func ExampleMarkdown() {
	if err := report.Markdown(os.Stdout, lintDenial(), report.FileOptions{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ### netvet: no findings in 1 file
	//
	// 1 object
}
