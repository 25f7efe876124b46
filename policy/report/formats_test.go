package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
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

// formats writes a report in each format for machines and pull requests.
var formats = map[string]func(io.Writer, *lint.Report) error{
	"text":   func(w io.Writer, r *lint.Report) error { return report.Text(w, r, report.TextOptions{}) },
	"json":   report.JSON,
	"sarif":  func(w io.Writer, r *lint.Report) error { return report.SARIF(w, r, report.FileOptions{}) },
	"junit":  func(w io.Writer, r *lint.Report) error { return report.JUnit(w, r, report.JUnitOptions{}) },
	"github": func(w io.Writer, r *lint.Report) error { return report.GitHub(w, r, report.FileOptions{}) },
	"gitlab": func(w io.Writer, r *lint.Report) error { return report.GitLab(w, r, report.FileOptions{}) },
	"markdown": func(w io.Writer, r *lint.Report) error {
		return report.Markdown(w, r, report.FileOptions{})
	},
}

func written(t *testing.T, format string, r *lint.Report) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, formats[format](&b, r))
	return b.String()
}

// hostile is a report of what a stranger may write to mislead a reader or a program.
func hostile(t *testing.T) *lint.Report {
	t.Helper()
	const name = "x\x1b[2J\r\n::error::own%0A|`<b>\u202e@all [a](https://e.example) ]]>"
	file := "a:b,c%\n::set-output x=1::\x1b[31m|`.yaml"
	source := "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: \"a\"}\nspec: {podSelector: {}} # \u202e\n"
	set := manifest.Decode(file, []byte(source), manifest.Options{})
	require.Len(t, set.Resources, 1)
	resource := set.Resources[0]
	resource.ID.Name = name
	path := manifest.Path{"spec", "podSelector"}
	return &lint.Report{
		Findings: []lint.Finding{{
			Rule: allPorts, Severity: policy.Error, Message: "pods of " + name, Remediation: "Do:\n\n```\n" + name + "\n```\n",
			Resource: resource, Path: path, Span: resource.Span(path),
		}},
		Errors:   []*manifest.Error{{Span: manifest.Span{File: file}, Err: errors.New("no " + name)}},
		Unjudged: map[string]int{"APolicy." + name: 1},
		Notices:  []lint.Notice{{Place: name, Message: name}},
		Summary:  lint.Summary{Files: 1, Objects: 1, Errors: 1, Unread: 1},
	}
}

// TestFormatsAreDeterministic judges manifests in both orders and in several groups.
func TestFormatsAreDeterministic(t *testing.T) {
	reports := make([]*lint.Report, 0, 4)
	for _, paths := range [][]string{{"07-deny-then-allow", "09-forgotten-dns"}, {"09-forgotten-dns", "07-deny-then-allow"}} {
		for i := range paths {
			paths[i] = filepath.Join("../../testdata/guide", paths[i])
		}
		set, err := manifest.Load(t.Context(), paths, manifest.Options{})
		require.NoError(t, err)
		for _, groups := range []int{1, 5} {
			linter, err := lint.New(t.Context(), policy.Default(), lint.Config{Parallel: groups})
			require.NoError(t, err)
			r, err := linter.Lint(t.Context(), set)
			require.NoError(t, err)
			require.NotEmpty(t, r.Findings)
			reports = append(reports, r)
		}
	}
	for format := range formats {
		want := written(t, format, reports[0])
		for _, r := range reports {
			require.Equal(t, want, written(t, format, r), format)
		}
	}
}

func TestFormatsTellOfStreams(t *testing.T) {
	for format, write := range formats {
		assert.ErrorIs(t, write(broken{}, full(t)), io.ErrClosedPipe, format)
	}
}

func TestFormatsHaveNoControlCharacters(t *testing.T) {
	for format := range formats {
		got := written(t, format, hostile(t))
		assert.NotRegexp(t, regexp.MustCompile("[\x00-\x09\x0b-\x1f\x7f]"), got, format)
		if format != "json" && format != "sarif" && format != "gitlab" { // JSON's readers do with them as they like
			assert.NotContains(t, got, "\u202e", format)
		}
	}
}

// agrees asks OPA what of a document contradicts a schema.
func agrees(t *testing.T, document string, schema []byte) []any {
	t.Helper()
	results, err := rego.New(
		rego.Query("json.match_schema(input.document, input.schema)[1]"),
		rego.Input(map[string]any{"document": document, "schema": string(schema)}),
		rego.StrictBuiltinErrors(true),
	).Eval(t.Context())
	require.NoError(t, err)
	require.Len(t, results, 1)
	faults, _ := results[0].Expressions[0].Value.([]any)
	return faults
}

func TestSARIFAgreesWithItsSchema(t *testing.T) {
	schema, err := os.ReadFile("testdata/sarif-schema-2.1.0.json")
	require.NoError(t, err)
	for _, r := range []*lint.Report{full(t), {}, hostile(t), guide(t)} {
		log := written(t, "sarif", r)
		assert.Empty(t, agrees(t, log, schema), log)
		assert.NotContains(t, log, ": null")
	}
	log := written(t, "sarif", full(t))
	for _, change := range [][2]string{
		{`"version": "2.1.0"`, `"version": "2.1"`}, {`"level": "error"`, `"level": "fatal"`}, {`"kind": "inSource"`, `"kind": "in source"`},
		{`"columnKind": "utf16CodeUnits"`, `"columnKind": "bytes"`}, {`"startLine": 11`, `"startLine": 0`},
		{`"ruleId"`, `"rule"`}, {`"uriBaseId"`, `"base"`},
	} {
		changed := strings.Replace(log, change[0], change[1], 1)
		require.NotEqual(t, log, changed, change[0])
		assert.NotEmpty(t, agrees(t, changed, schema), change[1])
	}
}

// guide is what netvet says of the guide's manifests.
func guide(t testing.TB) *lint.Report {
	t.Helper()
	set, err := manifest.Load(t.Context(), []string{"../../testdata/guide"}, manifest.Options{})
	require.NoError(t, err)
	linter, err := lint.New(t.Context(), policy.Default(), lint.Config{})
	require.NoError(t, err)
	r, err := linter.Lint(t.Context(), set)
	require.NoError(t, err)
	return r
}

func TestSARIF(t *testing.T) {
	var log map[string]any
	require.NoError(t, json.Unmarshal([]byte(written(t, "sarif", full(t))), &log))
	run := log["runs"].([]any)[0].(map[string]any)
	driver := run["tool"].(map[string]any)["driver"].(map[string]any)
	assert.Equal(t, "netvet", driver["name"])
	assert.Equal(t, report.Version(), driver["version"])
	assert.Equal(t, "utf16CodeUnits", run["columnKind"])
	assert.Equal(t, map[string]any{"bundle": "sha256:0123"}, run["properties"])

	rules := driver["rules"].([]any)
	require.Len(t, rules, 2, "each rule once")
	rule := rules[1].(map[string]any)
	assert.Equal(t, "missing-dns", rule["id"])
	assert.Equal(t, map[string]any{"text": missingDNS.Title}, rule["shortDescription"])
	assert.Equal(t, missingDNS.References[0], rule["helpUri"])
	assert.Equal(t, map[string]any{"level": "error"}, rule["defaultConfiguration"])
	assert.Equal(t, map[string]any{"tags": []any{"connectivity", "kubernetes", "networkpolicy"}}, rule["properties"])
	help := rule["help"].(map[string]any)
	assert.Contains(t, help["text"], "So is this paragraph.\n\nAdmit DNS, and mind\nTCP:\n")
	assert.Contains(t, help["markdown"], "\n## What to write instead\n\nAdmit DNS, and mind\nTCP:\n\n```yaml\n")

	results := run["results"].([]any)
	require.Len(t, results, 4)
	result := results[2].(map[string]any)
	assert.Equal(t, "missing-dns", result["ruleId"])
	assert.Equal(t, 1.0, result["ruleIndex"])
	assert.Equal(t, "error", result["level"])
	assert.Equal(t, []any{}, result["suppressions"])
	assert.Equal(t, []any{map[string]any{
		"physicalLocation": map[string]any{
			"artifactLocation": map[string]any{"uri": "shop/web.yaml", "uriBaseId": "%SRCROOT%"},
			"region":           map[string]any{"startLine": 12.0, "startColumn": 7.0, "endLine": 13.0, "endColumn": 49.0},
		},
		"logicalLocations": []any{map[string]any{"name": "web", "fullyQualifiedName": "NetworkPolicy/shop/web.spec.egress[0]", "kind": "object"}},
	}}, result["locations"])
	assert.Equal(t, []any{map[string]any{"kind": "inSource", "status": "accepted", "justification": "agreed & signed"}}, results[0].(map[string]any)["suppressions"])

	invocation := run["invocations"].([]any)[0].(map[string]any)
	assert.Equal(t, false, invocation["executionSuccessful"])
	notifications := invocation["toolExecutionNotifications"].([]any)
	require.Len(t, notifications, 5)
	for i, want := range []string{"unread", "unread", "not-judged", "not-judged", "skipped"} {
		descriptor := notifications[i].(map[string]any)["descriptor"].(map[string]any)
		assert.Equal(t, want, descriptor["id"])
		assert.Equal(t, want, driver["notifications"].([]any)[int(descriptor["index"].(float64))].(map[string]any)["id"])
	}
	assert.Contains(t, written(t, "sarif", &lint.Report{}), `"executionSuccessful": true`)
}

func TestFormatsTellWhatToSeeTo(t *testing.T) {
	r := full(t)
	r.Notices = []lint.Notice{{Place: ".netvet.yaml:3:5", Message: "this waiver concerns no finding"}, {Message: "take it out"}}
	r.Findings[0].Waiver = &lint.Waiver{}
	r.Summary.Known = 2
	got := map[string]string{}
	for format := range formats {
		got[format] = written(t, format, r)
	}
	assert.Contains(t, got["text"], "\nSee to it: .netvet.yaml:3:5: this waiver concerns no finding\nSee to it: take it out\nNot read: ")
	assert.Contains(t, got["text"], "; 1 finding\n  suppressed; 2 findings known to the baseline\n")
	assert.Contains(t, got["json"], `"place": ".netvet.yaml:3:5",`)
	assert.Contains(t, got["json"], `"known": 2`)
	assert.True(t, conforms(t, []byte(got["json"])))
	assert.Contains(t, got["sarif"], `"text": ".netvet.yaml:3:5: this waiver concerns no finding"`)
	assert.Contains(t, got["sarif"], `"kind": "external"`)
	assert.Contains(t, got["github"], "\n::notice title=netvet::.netvet.yaml:3:5: this waiver concerns no finding\n")
	assert.Contains(t, got["markdown"], "\n- See to it: .netvet.yaml:3:5: this waiver concerns no finding\n- See to it: take it out\n\n|")

	for range 20 {
		r.Notices = append(r.Notices, lint.Notice{Message: strings.Repeat("long ", 1_000)})
	}
	comment := written(t, "markdown", r)
	assert.LessOrEqual(t, len(comment), 60_000)
	assert.Contains(t, comment, "\n- …and 12 more like these\n")
}

func TestSARIFEscapesWhatItTakesForLinks(t *testing.T) {
	got := written(t, "sarif", hostile(t))
	assert.Contains(t, got, `\\[a\\](https://e.example)`)
	assert.Contains(t, got, `"uri": "./a:b,c%25%0A::set-output%20x=1::%1B%5B31m%7C%60.yaml"`)
}

// fingerprints gives the fingerprints of the report on a manifest, in its order.
func fingerprints(t *testing.T, source string) (list []string) {
	t.Helper()
	linter, err := lint.New(t.Context(), policy.Default(), lint.Config{Enable: []string{"or-peers", "missing-dns"}})
	require.NoError(t, err)
	r, err := linter.Lint(t.Context(), manifest.Decode("web.yaml", []byte(source), manifest.Options{}))
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`"netvetFault/v1": "(\w+)"`).FindAllStringSubmatch(written(t, "sarif", r), -1) {
		list = append(list, m[1])
	}
	return list
}

func TestSARIFFingerprintsSurvive(t *testing.T) {
	source := web + "    - to:\n        - namespaceSelector: {matchLabels: {a: b}}\n        - podSelector: {matchLabels: {c: d}}\n"
	want := fingerprints(t, source)
	require.Len(t, want, 2)
	require.NotEqual(t, want[0], want[1])
	for what, changed := range map[string]string{
		"lines above":     "# A comment.\n\n" + source,
		"another rule":    strings.Replace(source, "  egress:\n", "  egress:\n    - ports: [{port: 8080}]\n", 1),
		"a label":         strings.Replace(source, "  labels:\n", "  labels:\n    team: a\n", 1),
		"another object":  "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n" + source,
		"the indentation": strings.ReplaceAll(source, "  ", "    "),
	} {
		assert.Equal(t, want, fingerprints(t, changed), what)
	}
	assert.NotEqual(t, want, fingerprints(t, strings.Replace(source, "name: web\n", "name: other\n", 1)))
}

func TestSARIFCountsUTF16(t *testing.T) {
	for text, columns := range map[string][2]float64{
		"metadata: {name: web, annotations: {a: b}}\n":              {37, 41},
		"metadata: {name: web, annotations: {\"é\": b}}\n":          {37, 43},
		"metadata: {name: \"😀😀\", annotations: {\"😀\": b}}\n":       {40, 47},
		"metadata: {name: \"日本\", annotations: {\"日本😀\": \"😀\"}}\n": {38, 50},
	} {
		set := manifest.Decode("a.yaml", []byte("apiVersion: v1\nkind: Namespace\n"+text), manifest.Options{})
		require.Empty(t, set.Errors)
		resource := set.Resources[0]
		var key any
		for key = range resource.Object["metadata"].(map[string]any)["annotations"].(map[string]any) {
		}
		path := manifest.Path{"metadata", "annotations", key}
		finding := lint.Finding{Rule: allPorts, Severity: policy.Note, Message: "m", Resource: resource, Path: path, Span: resource.Span(path)}
		got := written(t, "sarif", &lint.Report{Findings: []lint.Finding{finding, finding}})
		for _, region := range regexp.MustCompile(`"startColumn": (\d+),\s*"endLine": 3,\s*"endColumn": (\d+)`).FindAllStringSubmatch(got, -1) {
			assert.Equal(t, fmt.Sprint(columns[0], columns[1]), region[1]+" "+region[2], text)
		}
	}
}

func TestFileNamesStartAtTheRoot(t *testing.T) {
	root, err := filepath.Abs("/repo")
	require.NoError(t, err)
	for _, c := range []struct{ root, folder, file, want string }{
		{"", "", "a.yaml", `file=a.yaml,`},
		{root, "", "a.yaml", `file=a.yaml,`},
		{root, filepath.Join(root, "deploy"), "a.yaml", `file=deploy/a.yaml,`},
		{root, filepath.Join(root, "deploy"), "../a.yaml", `file=a.yaml,`},
		{root, filepath.Join(root, "deploy"), "../../a.yaml", `file=../../a.yaml,`},
		{root, "", filepath.ToSlash(root) + "/x/a.yaml", `file=x/a.yaml,`},
		{root, "", filepath.ToSlash(root) + "er/a.yaml", `er/a.yaml,`},
		{root, root, "<stdin>", `file=<stdin>,`},
	} {
		var b bytes.Buffer
		r := &lint.Report{Errors: []*manifest.Error{{Span: manifest.Span{File: c.file}, Err: errors.New("no")}}}
		require.NoError(t, report.GitHub(&b, r, report.FileOptions{Root: c.root, Folder: c.folder}))
		assert.Contains(t, b.String(), c.want)
	}
	var b bytes.Buffer
	r := &lint.Report{Errors: []*manifest.Error{{Span: manifest.Span{File: filepath.ToSlash(root) + "/a b.yaml"}, Err: errors.New("no")}}}
	require.NoError(t, report.SARIF(&b, r, report.FileOptions{}))
	assert.Contains(t, b.String(), `"uri": "file:///`)
	assert.Contains(t, b.String(), `/a%20b.yaml"`)
}

func TestGitHub(t *testing.T) {
	assert.Equal(t, strings.TrimPrefix(`
::error file=a\x1b[2J.yaml,line=3,title=netvet unread::cannot parse "{{ .Values.x }}": it is a template%0ARender it first.
::error file=shop/web.yaml,line=11,title=netvet missing-dns::The egress of every pod in shop is isolated and no policy admits DNS: lookups fail, however open the rest may be.%0A%0AAdmit DNS, and mind%0ATCP:%0A%0A- ports:%0A    - port: 53%0A%0A# for all%0A- to: []%0A%0Anetvet rules missing-dns
::error file=shop/web.yaml,line=12,title=netvet missing-dns::The same once more.%0A%0AAdmit DNS, and mind%0ATCP:%0A%0A- ports:%0A    - port: 53%0A%0A# for all%0A- to: []%0A%0Anetvet rules missing-dns
::warning file=shop/web.yaml,line=13,col=11,endColumn=49,title=netvet missing-dns::Nothing admits DNS.%0A%0AAdd a rule for 169.254.20.10.%0A%0Anetvet rules missing-dns
::error file=z.yaml,title=netvet unread::cannot open it
`, "\n"), strings.Join(strings.SplitAfter(written(t, "github", full(t)), "\n")[:5], ""))
}

func TestGitHubCommandsCannotBeForged(t *testing.T) {
	lines := strings.Split(written(t, "github", hostile(t)), "\n")
	assert.Equal(t, `::error file=a%3Ab%2Cc%25 %3A%3Aset-output x=1%3A%3A\x1b[31m|`+"`"+`.yaml,title=netvet unread::no x\x1b[2J%0A::error::own%250A|`+"`"+`<b>\u202e@all [a](https://e.example) ]]>`, lines[0])
	assert.True(t, strings.HasPrefix(lines[1], "::error file=a%3A"))
	assert.True(t, strings.HasPrefix(lines[2], "::notice title=netvet::x"))
	for _, line := range lines[3:] {
		assert.NotRegexp(t, `^\s*::|##\[`, line)
	}
}

func TestGitLab(t *testing.T) {
	var issues []map[string]any
	require.NoError(t, json.Unmarshal([]byte(written(t, "gitlab", full(t))), &issues))
	require.Len(t, issues, 5)
	assert.Equal(t, "missing-dns: The same once more.", issues[2]["description"])
	assert.Equal(t, "missing-dns", issues[2]["check_name"])
	assert.Equal(t, map[string]any{"path": "shop/web.yaml", "lines": map[string]any{"begin": 12.0, "end": 13.0}}, issues[2]["location"])
	assert.Equal(t, map[string]any{"path": "z.yaml", "lines": map[string]any{"begin": 1.0}}, issues[4]["location"])
	var severities []any
	for _, issue := range issues {
		severities = append(severities, issue["severity"])
	}
	assert.Equal(t, []any{"blocker", "critical", "critical", "major", "blocker"}, severities)
	assert.Equal(t, "[]\n", written(t, "gitlab", &lint.Report{}))
}

func TestGitLabFingerprintsAreUnique(t *testing.T) {
	r := full(t)
	r.Findings = append(r.Findings, r.Findings[1:]...)
	got := regexp.MustCompile(`"fingerprint": "(\w{32})"`).FindAllStringSubmatch(written(t, "gitlab", r), -1)
	require.Len(t, got, 8)
	seen := map[string]bool{}
	for _, m := range got {
		assert.False(t, seen[m[1]])
		seen[m[1]] = true
	}
}

func TestJUnit(t *testing.T) {
	type result struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Body    string `xml:",chardata"`
	}
	type counts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
	type document struct {
		counts
		Suites []struct {
			counts
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name    string  `xml:"name,attr"`
				Class   string  `xml:"classname,attr"`
				File    string  `xml:"file,attr"`
				Line    int     `xml:"line,attr"`
				Skipped *result `xml:"skipped"`
				Error   *result `xml:"error"`
				Failure *result `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	read := func(r *lint.Report, o report.JUnitOptions) (d document) {
		var b bytes.Buffer
		require.NoError(t, report.JUnit(&b, r, o))
		require.NoError(t, xml.Unmarshal(b.Bytes(), &d), b.String())
		return d
	}

	d := read(full(t), report.JUnitOptions{})
	assert.Equal(t, counts{Tests: 6, Failures: 2, Errors: 2, Skipped: 2}, d.counts)
	require.Len(t, d.Suites, 3)
	web := d.Suites[1]
	assert.Equal(t, "shop/web.yaml", web.Name)
	assert.Equal(t, counts{Tests: 4, Failures: 2, Skipped: 2}, web.counts)
	assert.Equal(t, "suppressed: agreed & signed", web.Cases[0].Skipped.Message)
	assert.Equal(t, "NetworkPolicy shop/web, spec.egress[0] (shop/web.yaml)", web.Cases[2].Name, "no line, so that it stays the same test")
	assert.Equal(t, "netvet.missing-dns", web.Cases[2].Class)
	assert.Equal(t, 12, web.Cases[2].Line)
	assert.Equal(t, "The same once more.", web.Cases[2].Failure.Message)
	assert.Equal(t, "error", web.Cases[2].Failure.Type)
	assert.Contains(t, web.Cases[2].Failure.Body, "\n  12 |     - to:\n     |       ^^^\n")
	assert.Contains(t, web.Cases[2].Failure.Body, "\n  why   Pods whose egress")
	assert.Equal(t, "warning: Nothing admits DNS.", web.Cases[3].Skipped.Message)
	assert.Equal(t, "cannot open it", d.Suites[2].Cases[0].Error.Message)

	d = read(full(t), report.JUnitOptions{FailLevel: policy.Warning})
	assert.Equal(t, counts{Tests: 6, Failures: 3, Errors: 2, Skipped: 1}, d.counts)

	d = read(&lint.Report{Summary: lint.Summary{Files: 3, Objects: 1}}, report.JUnitOptions{})
	assert.Equal(t, counts{Tests: 1}, d.counts, "Jenkins takes a report without tests for a fault")
	assert.Equal(t, "no findings in 3 files", d.Suites[0].Cases[0].Name)

	d = read(hostile(t), report.JUnitOptions{})
	assert.Equal(t, `no x\x1b[2J\x0d ::error::own%0A|`+"`"+`<b>\u202e@all [a](https://e.example) ]]>`, d.Suites[0].Cases[0].Error.Message)
}

func TestMarkdownSummary(t *testing.T) {
	assert.Equal(t, strings.ReplaceAll(strings.TrimPrefix(`
### netvet: 2 errors, 1 warning in 4 files

**2 places could not be read.** The verdict says nothing of what stands there.

**The verdict is incomplete:** 1 AdminNetworkPolicy.policy.networking.k8s.io, 2 CiliumNetworkPolicy.cilium.io may admit or deny what the NetworkPolicies do not.

| | Place | Rule | What is wrong |
|---|---|---|---|
| unread | 'a\x1b[2J.yaml:3' |  | cannot parse "{{ .Values.x }}": it is a template Render it first. |
| unread | 'z.yaml' |  | cannot open it |
| error | 'shop/web.yaml:11' | 'missing-dns' | The egress of every pod in shop is isolated and no policy admits DNS: lookups fail, however open the rest may be. |
| error | 'shop/web.yaml:12' | 'missing-dns' | The same once more. |
| warning | 'shop/web.yaml:13' | 'missing-dns' | Nothing admits DNS. |

<details><summary><code>missing-dns</code>: Egress is restricted and DNS is not admitted</summary>

Pods whose egress is isolated cannot look up names unless a policy admits DNS. Lookups then fail after a timeout, and what the application reports is rarely that. A policy that grants DNS to every pod of the namespace is enough, and the usual way to do it.

Admit DNS, and mind
TCP:

'''yaml
- ports:
    - port: 53

# for all
- to: []
'''

</details>

12 objects; 1 document skipped (no Kubernetes object); 1 finding suppressed
`, "\n"), "'", "`"), written(t, "markdown", full(t)))
	assert.Equal(t, "### netvet: no findings in 2 files\n\n7 objects\n", written(t, "markdown", &lint.Report{Summary: lint.Summary{Files: 2, Objects: 7}}))
	assert.Equal(t, "### netvet: nothing to judge in 1 file\n\n0 objects\n", written(t, "markdown", &lint.Report{Summary: lint.Summary{Files: 1}}))
}

func TestMarkdownDefusesHostileText(t *testing.T) {
	r := hostile(t)
	r.Findings[0].Message = "a | b `c` <img src=x> [l](https://e.example) ![i](http://e.example/p.png) @team #12 !3 **x** www.e.example $x$ a@b.example"
	got := written(t, "markdown", r)
	for _, harm := range []string{"<img", "[l](", "![i]", "@team", "#12", "!3", "**x", "www.e", "://e", "$x", "@b", "\n::error"} {
		assert.NotContains(t, got, harm)
	}
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "| ") {
			assert.Len(t, regexp.MustCompile(`(?:^|[^\\])\|`).FindAllString(line, -1), 5, line)
		}
	}
}

func TestMarkdownIsBounded(t *testing.T) {
	r := full(t)
	f := r.Findings[3]
	f.Message = strings.Repeat("日本 ", 1_000)
	for range 5_000 {
		r.Findings = append(r.Findings, f)
	}
	got := written(t, "markdown", r)
	assert.LessOrEqual(t, len(got), 60_000)
	rows := strings.Count(got, "\n| warning |")
	assert.Contains(t, got, fmt.Sprintf("\n…and %d more that do not fit: %d warnings. `netvet lint` tells all.\n", 5_001-rows, 5_001-rows))
	assert.Contains(t, got, "\n| error |", "the gravest come first")
	assert.True(t, strings.HasSuffix(got, "1 finding suppressed\n"))

	rule := *missingDNS
	rule.Remediation = strings.Repeat("long ", 20_000)
	r = full(t)
	r.Findings[1].Rule = &rule
	got = written(t, "markdown", r)
	assert.LessOrEqual(t, len(got), 60_000)
	assert.Contains(t, got, "…and how to mend 2 more kinds: `netvet rules RULE` tells.")
}
