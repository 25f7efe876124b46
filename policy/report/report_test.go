package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/report"
)

const web = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
  labels:
    app.kubernetes.io/name: web
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to:
        - podSelector: {matchLabels: {app: api}}
`

var (
	missingDNS = &policy.Rule{
		ID:    "missing-dns",
		Title: "Egress is restricted and DNS is not admitted",
		Description: "Pods whose egress is isolated cannot look up names unless a policy admits DNS. Lookups then fail after a timeout, and what " +
			"the application reports is rarely that. A policy that grants DNS to every pod of the namespace is enough, and the usual way to do it. " +
			"This sentence is one too many for a report, however short the reader's patience for it may be.\n\nSo is this paragraph.",
		Remediation: "Admit DNS, and mind\nTCP:\n\n- ports:\n    - port: 53\n\n# for all\n- to: []\n",
		Severity:    policy.Error,
		Category:    "connectivity",
		Scope:       policy.Namespace,
		Kinds:       []string{"NetworkPolicy"},
		Guide:       []string{"mistake 1"},
		References:  []string{"https://kubernetes.io/docs/concepts/services-networking/network-policies/"},
		Parameters: map[string]policy.Parameter{
			"dns_port": {Type: "integer", Description: "the port on which the DNS pods listen", Default: 53},
		},
		Bad:  "spec:\n  egress: # want \"nothing admits \\\"DNS\\\"\" note \"for app=web\"\n    - {} # kept\n",
		Good: "spec:\n  egress: []\n",
	}
	allPorts = &policy.Rule{ID: "all-ports", Title: "A rule admits every port", Severity: policy.Note, Category: "exposure", Scope: policy.Object}
)

// full is a report with something of everything.
func full(t testing.TB) *lint.Report {
	t.Helper()
	set := manifest.Decode("shop/web.yaml", []byte(web), manifest.Options{})
	require.Empty(t, set.Errors)
	require.Len(t, set.Resources, 1)
	resource := set.Resources[0]
	finding := func(rule *policy.Rule, severity policy.Severity, message, suppressed string, path ...any) lint.Finding {
		return lint.Finding{
			Rule: rule, Severity: severity, Message: message, Remediation: rule.Remediation, Suppressed: suppressed,
			Resource: resource, Path: path, Span: resource.Span(path),
		}
	}
	at := func(file string, line, column int) manifest.Span {
		p := manifest.Position{Line: line, Column: column}
		return manifest.Span{File: file, Start: p, End: p}
	}
	concrete := finding(missingDNS, policy.Warning, "Nothing admits DNS.", "", "spec", "egress", 0, "to", 0)
	concrete.Remediation = "Add a rule for 169.254.20.10."
	return &lint.Report{
		Policy: "sha256:0123",
		Findings: []lint.Finding{
			finding(allPorts, policy.Note, "It is <suppressed>.", "agreed & signed", "metadata", "labels", "app.kubernetes.io/name"),
			finding(missingDNS, policy.Error, "The egress of every pod in shop is isolated and no policy admits DNS: lookups fail, however open the rest may be.", "", "spec", "egress"),
			finding(missingDNS, policy.Error, "The same once more.", "", "spec", "egress", 0),
			concrete,
		},
		Errors: []*manifest.Error{
			{Span: at("a\x1b[2J.yaml", 3, 1), Err: errors.New("cannot parse \"{{ .Values.x }}\": it is a template\nRender it first.")},
			{Span: manifest.Span{File: "z.yaml"}, Err: errors.New("cannot open it")},
		},
		Skipped:  []manifest.Skipped{{Span: at("values.yaml", 1, 1), Reason: "it has no kind"}},
		Unjudged: map[string]int{"CiliumNetworkPolicy.cilium.io": 2, "AdminNetworkPolicy.policy.networking.k8s.io": 1},
		Summary:  lint.Summary{Files: 4, Objects: 12, Skipped: 1, Unread: 2, Errors: 2, Warnings: 1, Suppressed: 1},
	}
}

func text(t *testing.T, r *lint.Report, o report.TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, report.Text(&b, r, o))
	return b.String()
}

func TestText(t *testing.T) {
	assert.Equal(t, strings.TrimPrefix(`
a\x1b[2J.yaml:3:1 unread: cannot parse "{{ .Values.x }}": it is a template
  Render it first.

shop/web.yaml:11:3 error missing-dns: The egress of every pod in shop is isolated
  and no policy admits DNS: lookups fail, however open the rest may be.
  11 |   egress:
     |   ^^^^^^^
  12 |     - to:
  13 |         - podSelector: {matchLabels: {app: api}}
  in    NetworkPolicy shop/web, spec.egress
  why   Pods whose egress is isolated cannot look up names unless a policy admits
        DNS. Lookups then fail after a timeout, and what the application reports
        is rarely that. A policy that grants DNS to every pod of the namespace is
        enough, and the usual way to do it.
  fix   Admit DNS, and mind TCP:
          - ports:
              - port: 53

          # for all
          - to: []
  docs  kubectl netvet rules missing-dns

shop/web.yaml:12:7 error missing-dns: The same once more.
  12 |     - to:
     |       ^^^
  13 |         - podSelector: {matchLabels: {app: api}}
  in    NetworkPolicy shop/web, spec.egress[0]

shop/web.yaml:13:11 warning missing-dns: Nothing admits DNS.
  13 |         - podSelector: {matchLabels: {app: api}}
     |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  in    NetworkPolicy shop/web, spec.egress[0].to[0]
  fix   Add a rule for 169.254.20.10.

z.yaml unread: cannot open it

Not read: see the 2 places above. The verdict says nothing of what stands there.
Not judged: 1 AdminNetworkPolicy.policy.networking.k8s.io, 2
  CiliumNetworkPolicy.cilium.io. They may admit or deny what the NetworkPolicies
  do not: the verdict is incomplete.
2 errors, 1 warning in 4 files; 12 objects; 1 document skipped (no Kubernetes
  object); 1 finding suppressed
`, "\n"), text(t, full(t), report.TextOptions{Width: 82, Program: "kubectl netvet"}))
}

func TestTextIsShortWhenClean(t *testing.T) {
	for want, summary := range map[string]lint.Summary{
		"No findings in 1 file; 2 objects\n": {Files: 1, Objects: 2},
		"No findings; 2 objects\n":           {Objects: 2},
		"Nothing to judge in 3 files; 0 objects; 3 documents skipped (no Kubernetes objects)\n":                {Files: 3, Skipped: 3},
		"No findings in 2 files; 1 object; 1 document skipped (no Kubernetes object); 2 findings suppressed\n": {Files: 2, Objects: 1, Skipped: 1, Suppressed: 2},
	} {
		assert.Equal(t, want, text(t, &lint.Report{Summary: summary}, report.TextOptions{Width: 120}))
	}
}

func TestTextKeepsNotesShort(t *testing.T) {
	r := full(t)
	r.Errors, r.Unjudged = nil, nil
	note := r.Findings[2]
	note.Severity = policy.Note
	r.Findings = []lint.Finding{note, note, r.Findings[3]}
	r.Summary = lint.Summary{Files: 1, Objects: 1, Warnings: 1, Notes: 2}
	assert.Equal(t, strings.TrimPrefix(`
shop/web.yaml:12:7 note missing-dns: The same once more.
  12 |     - to:
     |       ^
  docs  netvet rules missing-dns

shop/web.yaml:12:7 note missing-dns: The same once more.

shop/web.yaml:13:11 warning missing-dns: Nothing admits DNS.
  13 |         - podSelector: {matchLabels: {app: api}}
     |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  in    NetworkPolicy shop/web, spec.egress[0].to[0]
  fix   Add a rule for 169.254.20.10.

1 warning, 2 notes in 1 file; 1 object
`, "\n"), text(t, r, report.TextOptions{Width: 80}))
}

func TestTextEndsManyFindingsInATable(t *testing.T) {
	r := full(t)
	r.Errors, r.Unjudged = nil, nil
	for range 10 {
		r.Findings = append(r.Findings, r.Findings[3])
	}
	r.Findings[0].Suppressed = ""
	assert.Contains(t, text(t, r, report.TextOptions{Width: 62}), `
   2 error   missing-dns  Egress is restricted and DNS is n...
  11 warning missing-dns  Egress is restricted and DNS is n...
   1 note    all-ports    A rule admits every port

2 errors, 1 warning in 4 files; `)
	assert.Contains(t, text(t, r, report.TextOptions{Width: 40}), "\n   1 note    all-ports\n")
}

func TestTextNamesTheTemplate(t *testing.T) {
	r := full(t)
	resource := *r.Findings[3].Resource
	resource.Source = "chart/templates/web.yaml"
	r.Findings[3].Resource = &resource
	assert.Contains(t, text(t, r, report.TextOptions{}), "\n  in    NetworkPolicy shop/web, spec.egress[0].to[0], made from chart/templates/web.yaml\n")
}

func TestTextTellsHowToExplainARule(t *testing.T) {
	o := report.TextOptions{Explain: func(r *policy.Rule) string { return "netvet rules --rules 'my rules' " + r.ID }}
	assert.Contains(t, text(t, full(t), o), "\n  docs  netvet rules --rules 'my rules' missing-dns\n")
}

func TestTextBreaksBeforeAWordThatDoesNotFit(t *testing.T) {
	r := full(t)
	r.Findings[3].Rule = &policy.Rule{ID: "a-rule-with-a-name-of-some-length"}
	assert.Contains(t, text(t, r, report.TextOptions{Width: 62}), "\nshop/web.yaml:13:11 warning a-rule-with-a-name-of-some-length:\n  Nothing admits DNS.\n")
	assert.Contains(t, text(t, r, report.TextOptions{Width: 50}), "\nshop/web.yaml:13:11\n  warning a-rule-with-a-name-of-some-length:\n  Nothing admits DNS.\n")
}

func TestTextColoursOnlyWhatItAdds(t *testing.T) {
	r := full(t)
	r.Findings[1].Message = "\x1b[31m red"
	plain := text(t, r, report.TextOptions{})
	coloured := text(t, r, report.TextOptions{Color: true})
	assert.NotContains(t, plain, "\x1b")
	assert.Contains(t, coloured, "\x1b[1;31merror\x1b[0m")
	assert.Contains(t, coloured, `\x1b[31m red`)
	assert.NotContains(t, coloured, "\x1b[31m red")
}

func TestTextFitsTheWidth(t *testing.T) {
	for _, width := range []int{1, 40, 60, 80, 100, 120} {
		for line := range strings.Lines(text(t, full(t), report.TextOptions{Width: width})) {
			assert.LessOrEqual(t, len(strings.TrimSuffix(line, "\n")), max(width, 60), "width %d: %s", width, line)
		}
	}
}

// conforms asks OPA whether a document agrees with the schema.
func conforms(t *testing.T, document []byte) bool {
	t.Helper()
	results, err := rego.New(
		rego.Query("json.match_schema(input.document, input.schema)[0]"),
		rego.Input(map[string]any{"document": string(document), "schema": string(report.Schema())}),
		rego.StrictBuiltinErrors(true),
	).Eval(t.Context())
	require.NoError(t, err)
	require.Len(t, results, 1)
	return results[0].Expressions[0].Value == true
}

func TestJSONAgreesWithItsSchema(t *testing.T) {
	for _, r := range []*lint.Report{full(t), {}} {
		var first, second bytes.Buffer
		require.NoError(t, report.JSON(&first, r))
		require.NoError(t, report.JSON(&second, r))
		assert.Equal(t, first.String(), second.String())
		assert.True(t, conforms(t, first.Bytes()), first.String())
	}
}

func TestSchemaRefusesWhatIsNoReport(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, report.JSON(&b, full(t)))
	for _, change := range [][2]string{
		{`"version": 1`, `"version": 2`},
		{`"severity": "error"`, `"severity": "fatal"`},
		{`"line": 11`, `"line": "11"`},
		{`"rule": "missing-dns"`, `"rule": "Missing DNS"`},
		{`"message": "cannot open it"`, `"message": ""`},
		{`"files": 4`, `"files": -4`},
		{`"unread": 2`, `"unred": 2`},
		{`"kind": "NetworkPolicy"`, `"kinds": "NetworkPolicy"`},
	} {
		changed := strings.Replace(b.String(), change[0], change[1], 1)
		require.NotEqual(t, b.String(), changed, change[0])
		assert.False(t, conforms(t, []byte(changed)), change[1])
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, report.JSON(&b, full(t)))
	assert.Contains(t, b.String(), `"message": "It is <suppressed>."`)
	var got map[string]any
	require.NoError(t, json.Unmarshal(b.Bytes(), &got))
	assert.Equal(t, map[string]any{"name": "netvet", "version": report.Version(), "bundle": "sha256:0123"}, got["tool"])
	assert.Equal(t, map[string]any{
		"rule": "missing-dns", "severity": "error", "message": "The same once more.", "remediation": missingDNS.Remediation,
		"file": "shop/web.yaml", "line": 12.0, "column": 7.0, "endLine": 13.0, "endColumn": 49.0,
		"object": map[string]any{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "namespace": "shop", "name": "web"},
		"path":   "spec.egress[0]", "fix": []any{}, "suppressed": "", "fingerprint": "2066d0166994c503057fb9d594c032f5",
	}, got["findings"].([]any)[2])
	suppressed := got["findings"].([]any)[0].(map[string]any)
	assert.Equal(t, `metadata.labels["app.kubernetes.io/name"]`, suppressed["path"])
	assert.Equal(t, "agreed & signed", suppressed["suppressed"])
	assert.Equal(t, map[string]any{"file": "z.yaml", "line": 0.0, "column": 0.0, "message": "cannot open it"}, got["errors"].([]any)[1])
	assert.Equal(t, []any{map[string]any{"file": "values.yaml", "line": 1.0, "column": 1.0, "reason": "it has no kind"}}, got["skipped"])
	assert.Equal(t, map[string]any{"CiliumNetworkPolicy.cilium.io": 2.0, "AdminNetworkPolicy.policy.networking.k8s.io": 1.0}, got["unjudged"])
	assert.Equal(t, map[string]any{
		"files": 4.0, "objects": 12.0, "skipped": 1.0, "unread": 2.0, "errors": 2.0, "warnings": 1.0, "notes": 0.0, "suppressed": 1.0, "known": 0.0,
	}, got["summary"])
}

func TestRules(t *testing.T) {
	rules := []*policy.Rule{allPorts, missingDNS}
	var b bytes.Buffer
	require.NoError(t, report.Rules(&b, rules, report.TextOptions{Width: 80}))
	assert.Equal(t, strings.TrimPrefix(`
RULE         SEVERITY  CATEGORY      SCOPE      TITLE
all-ports    note      exposure      object     A rule admits every port
missing-dns  error     connectivity  namespace  Egress is restricted and DNS is
                                                not admitted
`, "\n"), b.String())

	b.Reset()
	require.NoError(t, report.Rules(&b, rules, report.TextOptions{Width: 60}))
	assert.Contains(t, b.String(), "namespace  Egress is restricted and DNS is not admitted\n", "a narrow column is not broken")

	long := *missingDNS
	long.Title = strings.Repeat("long ", 50) + "title"
	b.Reset()
	require.NoError(t, report.Rules(&b, []*policy.Rule{&long}, report.TextOptions{}))
	assert.Contains(t, b.String(), long.Title+"\n", "a pipe gets one rule a line")
}

func TestExplain(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, report.Explain(&b, missingDNS, report.TextOptions{Width: 80}))
	assert.Equal(t, strings.TrimPrefix(`
missing-dns: Egress is restricted and DNS is not admitted

  severity  error
  category  connectivity
  scope     namespace: needs the policies of the namespace
  reviews   NetworkPolicy
  guide     mistake 1

Pods whose egress is isolated cannot look up names unless a policy admits DNS.
Lookups then fail after a timeout, and what the application reports is rarely
that. A policy that grants DNS to every pod of the namespace is enough, and the
usual way to do it. This sentence is one too many for a report, however short
the reader's patience for it may be.

So is this paragraph.

What to write instead

Admit DNS, and mind TCP:

  - ports:
      - port: 53

  # for all
  - to: []

Bad: netvet tells of it

  spec:
    egress:
    # ^ nothing admits "DNS"
    # ^ note: for app=web
      - {} # kept

Good: netvet is silent

  spec:
    egress: []

Parameters

dns_port (integer, default 53): the port on which the DNS pods listen

References

- https://kubernetes.io/docs/concepts/services-networking/network-policies/
`, "\n"), b.String())
}

func TestExplainSetsMarkdown(t *testing.T) {
	rule := &policy.Rule{
		ID: "all-ports", Title: "Title\x1b[2J", Severity: policy.Note, Scope: policy.Object,
		Description: "A first paragraph that is long enough to need a second line.\n\n- an item that is long enough to need a second line, too\n- another\n\n```yaml\nports:   []\n\n  x: \x1b\n```\n\nEnd.",
	}
	var b bytes.Buffer
	require.NoError(t, report.Explain(&b, rule, report.TextOptions{Width: 40}))
	assert.Contains(t, b.String(), strings.TrimPrefix(`
all-ports: Title\x1b[2J
`, "\n"))
	assert.Contains(t, b.String(), `
A first paragraph that is long enough to
need a second line.

- an item that is long enough to need a
  second line, too
- another

  ports:   []

    x: \x1b

End.
`)
}

func TestMarkdown(t *testing.T) {
	var one, all bytes.Buffer
	require.NoError(t, report.ExplainMarkdown(&one, missingDNS))
	require.NoError(t, report.RulesMarkdown(&all, []*policy.Rule{allPorts, missingDNS}))
	assert.True(t, strings.HasPrefix(one.String(), "# missing-dns\n\n**Egress is restricted and DNS is not admitted** (error, connectivity, namespace)\n\nPods whose"), one.String())
	assert.Contains(t, one.String(), "\n## Bad\n\n```yaml\nspec:\n  egress:\n  # ^ nothing admits \"DNS\"\n")
	assert.Contains(t, one.String(), "\n## What to write instead\n\nAdmit DNS, and mind\nTCP:\n\n```yaml\n- ports:\n    - port: 53\n\n# for all\n- to: []\n```\n\n## Bad")
	assert.Contains(t, one.String(), "\n## Parameters\n\n- `dns_port` (integer, default 53): the port on which the DNS pods listen\n")
	assert.Contains(t, one.String(), "\n## References\n\n- The guide's mistake 1\n- <https://kubernetes.io/")
	assert.Contains(t, all.String(), "| [all-ports](#all-ports) | note | exposure | object | A rule admits every port |\n")
	assert.Contains(t, all.String(), "\n## missing-dns\n")
	assert.Contains(t, all.String(), "\n### Bad\n")
}

func TestRulesJSON(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, report.RulesJSON(&b, []*policy.Rule{allPorts, missingDNS}))
	var got struct {
		Version int
		Rules   []policy.Rule
	}
	require.NoError(t, json.Unmarshal(b.Bytes(), &got))
	assert.Equal(t, 1, got.Version)
	require.Len(t, got.Rules, 2)
	assert.Equal(t, missingDNS.Bad, got.Rules[1].Bad)
	assert.Equal(t, policy.Error, got.Rules[1].Severity)
	assert.NotContains(t, b.String(), "null,", "lists are empty, not null")
}

// broken is a stream that nobody reads any more.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestErrorsOfTheStreamComeBack(t *testing.T) {
	rules := []*policy.Rule{missingDNS}
	for name, err := range map[string]error{
		"text":            report.Text(broken{}, full(t), report.TextOptions{}),
		"json":            report.JSON(broken{}, full(t)),
		"rules":           report.Rules(broken{}, rules, report.TextOptions{}),
		"rules json":      report.RulesJSON(broken{}, rules),
		"rules markdown":  report.RulesMarkdown(broken{}, rules),
		"explain":         report.Explain(broken{}, missingDNS, report.TextOptions{}),
		"explain in mark": report.ExplainMarkdown(broken{}, missingDNS),
	} {
		assert.ErrorIs(t, err, io.ErrClosedPipe, name)
	}
}
