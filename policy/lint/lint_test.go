package lint_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

const web = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
spec:
  podSelector:
    matchLabels:
      app: web
  policyTypes: [Egress]
  egress:
    - to:
        - podSelector:
            matchLabels:
              app: api
`

func ExampleLinter_Lint() {
	ctx := context.Background()
	linter, err := lint.New(ctx, policy.Default(), lint.Config{Enable: []string{"missing-dns"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := linter.Lint(ctx, manifest.Decode("web.yaml", []byte(web), manifest.Options{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, finding := range report.Findings {
		fmt.Printf("%s: %s: %s\n", finding.Span, finding.Severity, finding.Message)
	}
	// Output: web.yaml:11:3: warning: no policy in sight lets pods with app=web in namespace shop ask the cluster's DNS over UDP, so names do not resolve
}

func ExampleNew() {
	_, err := lint.New(context.Background(), policy.Default(), lint.Config{
		Severity:   map[string]policy.Severity{"missing-dns": policy.Note},
		Parameters: map[string]any{"platform": []string{"openshift"}},
		Namespace:  "shop",
	})
	fmt.Println(err)
	_, err = lint.New(context.Background(), policy.Default(), lint.Config{Disable: []string{"missing_dns"}})
	fmt.Println(err)
	// Output:
	// <nil>
	// unknown rule "missing_dns"
}

// The rules of these tests: names tells the name of each policy that the parameter asks for, counts the number of objects in sight.
const (
	metadata = `# METADATA
# title: Test
# custom:
#   severity: %s
#   scope: object
#   remediation: rename it
#   parameters:
#     names: {type: array, description: Names., default: []}
package netvet.rules.%s

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy

metadata := rego.metadata.chain()

`
	namesRule = `violation contains finding.at(i, ["metadata", "name"], sprintf("in %s", [host.namespace(host.resources[i])])) if {
	some i in networkpolicy.reviewed
	asked := host.parameter("names", [])
	host.name(host.resources[i]) in array.concat(asked, [name | asked == []; name := host.name(host.resources[i])])
}
`
	countsRule = `violation contains finding.at(i, ["spec", "nowhere"], sprintf("one of %d", [count(host.resources)])) if {
	some i in networkpolicy.reviewed
}
`
)

// withRules gives the embedded policy with these rules, by folder, instead of its own.
func withRules(t *testing.T, rules map[string]string) *policy.Policy {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, source := range policy.Default().Sources() {
		if !strings.HasPrefix(name, "netvet/rules/") {
			fsys[name] = &fstest.MapFile{Data: []byte(source)}
		}
	}
	for folder, source := range rules {
		severity := "error"
		if folder == "counts" {
			severity = "note"
		}
		fsys["netvet/rules/"+folder+"/rule.rego"] = &fstest.MapFile{Data: []byte(fmt.Sprintf(metadata, severity, folder) + source)}
	}
	p, err := policy.Open(fsys)
	require.NoError(t, err)
	return p
}

func twoRules(t *testing.T) *policy.Policy {
	return withRules(t, map[string]string{"names": namesRule, "counts": countsRule})
}

func printed(report *lint.Report) (lines []string) {
	for _, f := range report.Findings {
		line := fmt.Sprintf("%s %s %s: %s", f.Span, f.Severity, f.Rule.ID, f.Message)
		if f.Suppressed != "" {
			line += " (suppressed: " + f.Suppressed + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

func run(t *testing.T, p *policy.Policy, config lint.Config, set *manifest.Set) *lint.Report {
	t.Helper()
	linter, err := lint.New(t.Context(), p, config)
	require.NoError(t, err)
	report, err := linter.Lint(t.Context(), set)
	require.NoError(t, err)
	return report
}

func decode(file, text string) *manifest.Set {
	return manifest.Decode(file, []byte(text), manifest.Options{})
}

// join gives one set of several, as the reader of several files does.
func join(sets ...*manifest.Set) *manifest.Set {
	joined := &manifest.Set{Files: len(sets)}
	for _, set := range sets {
		joined.Resources = append(joined.Resources, set.Resources...)
		joined.Errors = append(joined.Errors, set.Errors...)
		joined.Skipped = append(joined.Skipped, set.Skipped...)
	}
	return joined
}

func TestFindingsNameRuleObjectAndPlace(t *testing.T) {
	p, set := twoRules(t), decode("web.yaml", web)
	report := run(t, p, lint.Config{}, set)
	require.Len(t, report.Findings, 2)
	assert.Equal(t, lint.Finding{
		Rule:        p.Rule("names"),
		Severity:    policy.Error,
		Message:     "in shop",
		Remediation: "rename it",
		Resource:    set.Resources[0],
		Path:        manifest.Path{"metadata", "name"},
		Span:        set.Resources[0].Span(manifest.Path{"metadata", "name"}),
	}, report.Findings[0])
	assert.Equal(t, []string{"web.yaml:4:3 error names: in shop", "web.yaml:6:1 note counts: one of 1"}, printed(report))
	assert.Equal(t, p.Digest(), report.Policy)
}

func TestPathStepsIntoListsAreNumbers(t *testing.T) {
	p := withRules(t, map[string]string{"names": `violation contains finding.at(0, ["spec", "egress", 0, "to", 0], "here")`})
	report := run(t, p, lint.Config{}, decode("web.yaml", web))
	assert.Equal(t, manifest.Path{"spec", "egress", 0, "to", 0}, report.Findings[0].Path)
	assert.Equal(t, []string{"web.yaml:13:11 error names: here"}, printed(report))
}

func TestRemediationOfTheFindingGoesBeforeItsRules(t *testing.T) {
	p := withRules(t, map[string]string{"names": `violation contains object.union(finding.at(0, ["spec"], "here"), {"details": {"remediation": "call it db"}})`})
	assert.Equal(t, "call it db", run(t, p, lint.Config{}, decode("web.yaml", web)).Findings[0].Remediation)
}

func TestConfig(t *testing.T) {
	const named, counted = "web.yaml:4:3 error names: in shop", "web.yaml:6:1 note counts: one of 1"
	for name, c := range map[string]struct {
		config lint.Config
		want   []string
	}{
		"nothing":             {lint.Config{}, []string{named, counted}},
		"enable one":          {lint.Config{Enable: []string{"counts"}}, []string{counted}},
		"disable one":         {lint.Config{Disable: []string{"counts"}}, []string{named}},
		"disable goes before": {lint.Config{Enable: []string{"counts", "names"}, Disable: []string{"counts"}}, []string{named}},
		"disable all":         {lint.Config{Disable: []string{"counts", "names"}}, nil},
		"severities": {
			lint.Config{Severity: map[string]policy.Severity{"names": policy.Note, "counts": policy.Warning}},
			[]string{"web.yaml:4:3 note names: in shop", "web.yaml:6:1 warning counts: one of 1"},
		},
		"a parameter that matches":     {lint.Config{Parameters: map[string]any{"names": []any{"web"}}}, []string{named, counted}},
		"a parameter of Go's strings":  {lint.Config{Parameters: map[string]any{"names": []string{"web"}}}, []string{named, counted}},
		"a parameter that does not":    {lint.Config{Parameters: map[string]any{"names": []any{"api"}}}, []string{counted}},
		"a parameter of a silent rule": {lint.Config{Disable: []string{"names"}, Parameters: map[string]any{"names": []any{"web"}}}, []string{counted}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, printed(run(t, twoRules(t), c.config, decode("web.yaml", web))))
		})
	}
}

func TestConfigMayBeChangedAfterwards(t *testing.T) {
	config := lint.Config{Severity: map[string]policy.Severity{"names": policy.Note}, Enable: []string{"names"}}
	linter, err := lint.New(t.Context(), twoRules(t), config)
	require.NoError(t, err)
	config.Severity["names"], config.Enable[0] = policy.Error, "counts"
	report, err := linter.Lint(t.Context(), decode("web.yaml", web))
	require.NoError(t, err)
	assert.Equal(t, []string{"web.yaml:4:3 note names: in shop"}, printed(report))
}

func TestNamespaceOfObjectsThatNameNone(t *testing.T) {
	placeless := strings.Replace(web, "  namespace: shop\n", "", 1)
	for namespace, want := range map[string]string{"": "in default", "prod": "in prod"} {
		report := run(t, twoRules(t), lint.Config{Enable: []string{"names"}, Namespace: namespace}, decode("web.yaml", placeless))
		assert.Equal(t, []string{"web.yaml:4:3 error names: " + want}, printed(report))
		assert.Empty(t, report.Findings[0].Resource.ID.Namespace, "the ID is what is written")
	}
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		config lint.Config
		want   string
	}{
		"to enable":           {lint.Config{Enable: []string{"names", "name"}}, `unknown rule "name"`},
		"to disable":          {lint.Config{Disable: []string{"Names"}}, `unknown rule "Names"`},
		"a severity":          {lint.Config{Severity: map[string]policy.Severity{"": policy.Note}}, `unknown rule ""`},
		"a parameter":         {lint.Config{Parameters: map[string]any{"keys": []any{}}}, `unknown parameter "keys"`},
		"an ill-typed value":  {lint.Config{Parameters: map[string]any{"names": "web"}}, `parameter names: web is no array: Names.`},
		"an ill-typed member": {lint.Config{Parameters: map[string]any{"names": []any{"web", 7}}}, `parameter names: [web 7] is no array: Names.`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := lint.New(t.Context(), twoRules(t), c.config)
			require.EqualError(t, err, c.want)
		})
	}
	_, err := lint.New(t.Context(), twoRules(t), lint.Config{Enable: []string{"name"}})
	var unknownRule *lint.UnknownRuleError
	require.ErrorAs(t, err, &unknownRule)
	assert.Equal(t, "name", unknownRule.ID)
	_, err = lint.New(t.Context(), twoRules(t), lint.Config{Parameters: map[string]any{"keys": 1}})
	var unknownParameter *policy.UnknownParameterError
	require.ErrorAs(t, err, &unknownParameter)
	assert.Equal(t, "keys", unknownParameter.Name)
}

func TestNewTellsOfRegoThatDoesNotCompile(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"syntax":    {`violation contains`, "netvet/rules/names/rule.rego:17: rego_parse_error"},
		"semantics": {`violation contains unknown(1)`, "netvet/rules/names/rule.rego:17: rego_type_error: undefined function unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			p := withRules(t, map[string]string{"names": c.source})
			_, err := lint.New(t.Context(), p, lint.Config{})
			require.ErrorContains(t, err, "compile policy: ")
			require.ErrorContains(t, err, c.want)
		})
	}
}

// A rule's mistake is an error, not silence.
func TestLintTellsOfRulesThatMisbehave(t *testing.T) {
	for name, c := range map[string]struct{ source, want string }{
		"conflict":              {"x := i if some i in [1, 2]\nviolation contains finding.at(x, [], `it`)", "evaluate policy: netvet/rules/names/rule.rego:17: eval_conflict_error"},
		"no object":             {"violation contains {`msg`: `it`, `details`: {`index`: 7}}", "evaluate policy: rule \"names\" gives a result that names no object of the input: "},
		"negative index":        {"violation contains {`msg`: `it`, `details`: {`index`: -1}}", "names no object of the input"},
		"fraction for an index": {"violation contains {`msg`: `it`, `details`: {`index`: 0.5}}", "names no object of the input"},
		"text for an index":     {"violation contains {`msg`: `it`, `details`: {`index`: `0`}}", "names no object of the input"},
		"unknown severity":      {"violation contains finding.graded(0, [], `it`, `fatal`)", `evaluate policy: rule names: unknown severity "fatal"`},
	} {
		t.Run(name, func(t *testing.T) {
			linter, err := lint.New(t.Context(), withRules(t, map[string]string{"names": c.source}), lint.Config{})
			require.NoError(t, err)
			_, err = linter.Lint(t.Context(), decode("web.yaml", web))
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestSuppression(t *testing.T) {
	for name, c := range map[string]struct{ annotation, want string }{
		"with a reason":    {`ignore.netvet.dev/names: " kept for the audit "`, " (suppressed: kept for the audit)"},
		"without a reason": {`ignore.netvet.dev/names: " "`, ""},
		"of another rule":  {`ignore.netvet.dev/missing-dns: kept`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(web, "metadata:\n", "metadata:\n  annotations:\n    "+c.annotation+"\n", 1)
			report := run(t, twoRules(t), lint.Config{}, decode("web.yaml", text))
			assert.Equal(t, []string{"web.yaml:6:3 error names: in shop" + c.want, "web.yaml:8:1 note counts: one of 1"}, printed(report))
			suppressed := 0
			if c.want != "" {
				suppressed = 1
			}
			assert.Equal(t, lint.Summary{Files: 1, Objects: 1, Errors: 1 - suppressed, Notes: 1, Suppressed: suppressed}, report.Summary)
		})
	}
}

func TestSummaryCounts(t *testing.T) {
	set := join(
		decode("web.yaml", web),
		&manifest.Set{Skipped: []manifest.Skipped{{Reason: "no Kubernetes object"}}},
		decode("broken.yaml", web+"---\n"+broken+"---\n"+strings.Replace(web, "name: web", "name: api", 1)),
	)
	require.Len(t, set.Errors, 1)
	report := run(t, twoRules(t), lint.Config{Severity: map[string]policy.Severity{"counts": policy.Warning}}, set)
	assert.Equal(t, lint.Summary{Files: 3, Objects: 3, Skipped: 1, Unread: 1, Errors: 3, Warnings: 3}, report.Summary)
	assert.Equal(t, set.Errors, report.Errors)
	assert.Equal(t, set.Skipped, report.Skipped)
}

const broken = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: a: b\n"

func TestErrorsAreSortedAndTheSetIsLeftAlone(t *testing.T) {
	set := join(decode("b.yaml", broken), decode("a.yaml", broken))
	require.Len(t, set.Errors, 2)
	report := run(t, twoRules(t), lint.Config{}, set)
	assert.Equal(t, "a.yaml", report.Errors[0].Span.File)
	assert.Equal(t, "b.yaml", report.Errors[1].Span.File)
	assert.Equal(t, "b.yaml", set.Errors[0].Span.File)
}

func TestNothingToLint(t *testing.T) {
	report := run(t, policy.Default(), lint.Config{}, &manifest.Set{})
	assert.Empty(t, report.Findings)
	assert.Zero(t, report.Summary)
}

// One identity in two files: each object has its own findings, at its own lines.
func TestDuplicatesKeepTheirPlaces(t *testing.T) {
	set := join(decode("b.yaml", "\n\n"+web), decode("a.yaml", web), decode("a.yaml", web))
	report := run(t, twoRules(t), lint.Config{Enable: []string{"names"}}, set)
	assert.Equal(t, []string{
		"a.yaml:4:3 error names: in shop",
		"a.yaml:4:3 error names: in shop",
		"b.yaml:6:3 error names: in shop",
	}, printed(report))
	assert.NotSame(t, report.Findings[0].Resource, report.Findings[1].Resource)
}

func TestUnjudgedCountsOtherPolicies(t *testing.T) {
	object := func(apiVersion, kind string) map[string]any {
		return map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": "a"}}
	}
	set := manifest.Objects("cluster",
		object("cilium.io/v2", "CiliumNetworkPolicy"),
		object("cilium.io/v2", "CiliumNetworkPolicy"),
		object("cilium.io/v2", "CiliumClusterwideNetworkPolicy"),
		object("cilium.io/v2", "CiliumEndpoint"),
		object("crd.projectcalico.org/v1", "GlobalNetworkPolicy"),
		object("projectcalico.org/v3", "NetworkPolicy"),
		object("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"),
		object("policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy"),
		object("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy"),
		object("crd.antrea.io/v1beta1", "NetworkPolicy"),
		object("extensions/v1beta1", "NetworkPolicy"),
		object("networking.k8s.io/v1", "NetworkPolicy"),
		object("networking.k8s.io/v1", "Networkpolicy"),
		object("networking/v1", "NetworkPolicy"),
		object("extensions/v1beta1", "PodSecurityPolicy"),
		object("policy/v1beta1", "PodSecurityPolicy"),
	)
	require.Empty(t, set.Errors)
	assert.Equal(t, map[string]int{
		"CiliumNetworkPolicy.cilium.io":                       2,
		"CiliumClusterwideNetworkPolicy.cilium.io":            1,
		"GlobalNetworkPolicy.crd.projectcalico.org":           1,
		"NetworkPolicy.projectcalico.org":                     1,
		"AdminNetworkPolicy.policy.networking.k8s.io":         1,
		"BaselineAdminNetworkPolicy.policy.networking.k8s.io": 1,
		"ClusterNetworkPolicy.policy.networking.k8s.io":       1,
		"NetworkPolicy.crd.antrea.io":                         1,
	}, run(t, twoRules(t), lint.Config{}, set).Unjudged)
}

func TestCancelled(t *testing.T) {
	linter, err := lint.New(t.Context(), twoRules(t), lint.Config{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = linter.Lint(ctx, decode("web.yaml", web))
	require.ErrorIs(t, err, context.Canceled)
	_, err = linter.Lint(t.Context(), decode("web.yaml", web))
	require.NoError(t, err, "the linter lives on")
}

var namespaceLine = regexp.MustCompile(`(?m)^( +namespace: )([^\s"]+)$`)

// many gives every rule's faults over and over, in more and more namespaces, and some in none.
func many(t *testing.T, atLeast int) *manifest.Set {
	t.Helper()
	files, err := filepath.Glob("../netvet/rules/*/bad.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var sets []*manifest.Set
	for n, total := 0, 0; total < atLeast; n++ {
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			namespace := fmt.Sprintf("${1}$2-%d", n)
			switch n {
			case 1:
				namespace = "${1}default"
			case 2:
				namespace = "${1}\"\""
			}
			set := decode(fmt.Sprintf("%d/%s", n, file), namespaceLine.ReplaceAllString(string(text), namespace))
			require.Empty(t, set.Errors)
			sets, total = append(sets, set), total+len(set.Resources)
		}
	}
	return join(sets...)
}

// However the namespaces are dealt to cores, the report is the same.
func TestFindingsDoNotDependOnTheNumberOfGroups(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	set := many(t, 600)
	var want *lint.Report
	for groups := 1; groups <= 3; groups++ {
		report, err := newLinter(t, lint.Config{Parallel: groups}).Lint(t.Context(), set)
		require.NoError(t, err)
		if want == nil {
			want = report
			require.Greater(t, len(printed(report)), 100)
			continue
		}
		assert.Equal(t, printed(want), printed(report), "%d groups", groups)
		assert.Equal(t, want.Summary, report.Summary)
	}
}

// Objects without lines are told apart by their names; their order is the same in every run.
func TestFindingsWithoutLinesAreSorted(t *testing.T) {
	var objects []map[string]any
	for _, name := range []string{"c", "a", "b"} {
		objects = append(objects, map[string]any{
			"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
			"metadata": map[string]any{"name": name, "namespace": "shop"}, "spec": map[string]any{},
		})
	}
	report := run(t, twoRules(t), lint.Config{Enable: []string{"names"}}, manifest.Objects("cluster", objects...))
	var order []string
	for _, finding := range report.Findings {
		order = append(order, finding.Resource.ID.Name)
	}
	assert.Equal(t, []string{"a", "b", "c"}, order)
}

func TestLinterIsSafeForConcurrentUse(t *testing.T) {
	linter, err := lint.New(t.Context(), twoRules(t), lint.Config{Severity: map[string]policy.Severity{"names": policy.Note}})
	require.NoError(t, err)
	shared := decode("web.yaml", web)
	want, err := linter.Lint(t.Context(), shared)
	require.NoError(t, err)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 5 {
				report, err := linter.Lint(t.Context(), shared)
				assert.NoError(t, err)
				assert.Equal(t, want, report)
			}
		})
	}
	wait.Wait()
}

func TestTooManyPolicies(t *testing.T) {
	set := &manifest.Set{}
	for i := range 3 {
		set.Resources = append(set.Resources, manifest.Objects("cluster", map[string]any{
			"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": map[string]any{"name": fmt.Sprintf("p%d", i)},
			"spec": map[string]any{"podSelector": map[string]any{}},
		}).Resources...)
	}
	_, err := newLinter(t, lint.Config{MaxPolicies: 2}).Lint(t.Context(), set)
	require.ErrorContains(t, err, "3 NetworkPolicies are more than the 2")
	_, err = newLinter(t, lint.Config{MaxPolicies: 3}).Lint(t.Context(), set)
	require.NoError(t, err)
}

// What a rule misses may stand in a document that could not be read.
func TestUnreadDocumentsLowerTheSeverity(t *testing.T) {
	const denied = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress: [{to: [{podSelector: {}}]}]
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
`
	read := decode("web.yaml", denied)
	unread := decode("web.yaml", denied+"---\napiVersion: v1\nkind: {{ .Values.kind }}\n")
	require.NotEmpty(t, unread.Errors)
	for name, c := range map[string]struct {
		set    *manifest.Set
		config lint.Config
		want   policy.Severity
	}{
		"all read":               {read, lint.Config{}, policy.Error},
		"unread":                 {unread, lint.Config{}, policy.Warning},
		"unread, but configured": {unread, lint.Config{Severity: map[string]policy.Severity{"missing-dns": policy.Error}}, policy.Error},
	} {
		t.Run(name, func(t *testing.T) {
			c.config.Enable = []string{"missing-dns"}
			report, err := newLinter(t, c.config).Lint(t.Context(), c.set)
			require.NoError(t, err)
			require.Len(t, report.Findings, 1)
			assert.Equal(t, c.want, report.Findings[0].Severity)
		})
	}
	report, err := newLinter(t, lint.Config{Enable: []string{"rules-without-policy-type"}}).Lint(t.Context(),
		decode("web.yaml", strings.ReplaceAll(denied, "[Egress]", "[Ingress]")+"---\n{{ nothing }}\n"))
	require.NoError(t, err)
	require.Len(t, report.Findings, 1)
	assert.Equal(t, policy.Error, report.Findings[0].Severity, "the object alone shows it")
}
