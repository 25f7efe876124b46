package lint_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

// policies gives a NetworkPolicy, each in a file of its own; text after a space is an annotation's key.
func policies(t *testing.T, files ...string) *manifest.Set {
	t.Helper()
	set := &manifest.Set{Files: len(files)}
	for _, file := range files {
		file, annotation, _ := strings.Cut(file, " ")
		if annotation != "" {
			annotation = fmt.Sprintf(", annotations: {%q: on purpose}", annotation)
		}
		text := "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web" + annotation + "}\nspec: {podSelector: {}}\n"
		one := manifest.Decode(file, []byte(text), manifest.Options{})
		require.Empty(t, one.Errors)
		set.Resources = append(set.Resources, one.Resources...)
	}
	return set
}

func brief(findings []lint.Finding) []string {
	lines := []string{}
	for _, f := range findings {
		line := f.Resource.File + " " + f.Severity.String() + " " + f.Rule.ID
		if f.Suppressed != "" {
			line += " (" + f.Suppressed + ")"
		}
		lines = append(lines, line)
	}
	return lines
}

func notices(r *lint.Report) []string {
	lines := []string{}
	for _, n := range r.Notices {
		lines = append(lines, n.String())
	}
	return lines
}

func TestOverrides(t *testing.T) {
	p := fixtureRules(t)
	config := lint.Config{
		Disable:  []string{"leaving"},
		Severity: map[string]policy.Severity{"new-name": policy.Warning},
		Overrides: []lint.Override{
			{Paths: []string{"a/"}, Disable: []string{"new-name"}, Enable: []string{"leaving"}},
			{Paths: []string{"/a/b/**", "!keep.yaml"}, Enable: []string{"new-name"}, Severity: map[string]policy.Severity{"new-name": policy.Note, "leaving": policy.Warning}},
		},
	}
	set := policies(t, "x.yaml", "a/x.yaml", "a/b/x.yaml", "a/b/keep.yaml")
	report := run(t, p, config, set)
	assert.Equal(t, []string{
		"a/b/keep.yaml error leaving",
		"a/b/x.yaml warning leaving",
		"a/b/x.yaml note new-name",
		"a/x.yaml error leaving",
		"x.yaml warning new-name",
	}, brief(report.Findings))
	assert.Equal(t, 2, report.Summary.Errors)

	// Whatever lies over the file wins everywhere.
	for name, c := range map[string]struct {
		over lint.Config
		want []string
	}{
		"enable":  {lint.Config{Enable: []string{"new-name"}}, []string{"a/b/keep.yaml warning new-name", "a/b/x.yaml note new-name", "a/x.yaml warning new-name", "x.yaml warning new-name"}},
		"disable": {lint.Config{Disable: []string{"new-name"}}, []string{"a/b/keep.yaml error leaving", "a/b/x.yaml warning leaving", "a/x.yaml error leaving"}},
		"severity": {lint.Config{Severity: map[string]policy.Severity{"new-name": policy.Error, "leaving": policy.Error}}, []string{
			"a/b/keep.yaml error leaving", "a/b/x.yaml error leaving", "a/b/x.yaml error new-name", "a/x.yaml error leaving", "x.yaml error new-name"}},
		"both":     {lint.Config{Enable: []string{"leaving"}, Disable: []string{"leaving"}}, []string{}},
		"override": {lint.Config{Overrides: []lint.Override{{Paths: []string{"*"}, Disable: []string{"leaving", "new-name"}}}}, []string{}},
	} {
		assert.Equal(t, c.want, brief(run(t, p, c.over.Over(config), set).Findings), name)
	}
	assert.Len(t, config.Overrides[0].Disable, 1, "the configuration below stays as it is")
	assert.Equal(t, []string{"leaving"}, config.Disable)
}

func TestOver(t *testing.T) {
	base := lint.Config{Namespace: "a", FailLevel: "note", Parameters: map[string]any{"most": 1, "mode": "a"}, BaselineFile: "b", Exclude: []string{"x"}, Dir: "d", Origins: map[string]string{"namespace": "f:1:1"}}
	assert.Equal(t, base.Namespace, lint.Config{}.Over(base).Namespace)
	got := lint.Config{Namespace: "b", FailLevel: "none", Parameters: map[string]any{"most": 2}, Exclude: []string{"y"}, Origins: map[string]string{"namespace": "--namespace"}, Today: "2026-01-01"}.Over(base)
	assert.Equal(t, lint.Config{
		Namespace: "b", FailLevel: "none", Parameters: map[string]any{"most": 2, "mode": "a"}, BaselineFile: "b", Exclude: []string{"x", "y"}, Dir: "d",
		Origins: map[string]string{"namespace": "--namespace"}, Today: "2026-01-01", Severity: map[string]policy.Severity{},
	}, got)
}

func TestFailLevel(t *testing.T) {
	p := fixtureRules(t)
	for _, c := range []struct {
		level    string
		severity policy.Severity
		failed   bool
	}{
		{"", policy.Error, true}, {"", policy.Warning, false},
		{"warning", policy.Warning, true}, {"warning", policy.Note, false},
		{"note", policy.Note, true}, {"none", policy.Error, false},
	} {
		config := lint.Config{Enable: []string{"new-name"}, FailLevel: c.level, Severity: map[string]policy.Severity{"new-name": c.severity}}
		assert.Equal(t, c.failed, run(t, p, config, policies(t, "a.yaml")).Failed, "%q %s", c.level, c.severity)
	}
	suppressed := policies(t, "a.yaml ignore.netvet.dev/new-name")
	assert.False(t, run(t, p, lint.Config{Enable: []string{"new-name"}}, suppressed).Failed)
	_, err := lint.New(t.Context(), p, lint.Config{FailLevel: "never"})
	assert.EqualError(t, err, `unknown fail level "never": want error, warning, note, none`)
}

func TestFormerNames(t *testing.T) {
	p := fixtureRules(t)
	config := lint.Config{
		Enable:    []string{"old-name"},
		Severity:  map[string]policy.Severity{"older-name": policy.Note},
		Overrides: []lint.Override{{Paths: []string{"b.yaml"}, Disable: []string{"old-name"}}},
		Waivers:   []lint.Waiver{{Rule: "old-name", Paths: []string{"c.yaml"}, Reason: "so be it"}},
		Origins:   map[string]string{"enable.old-name": "--enable", "severity.older-name": "f:1:2", "overrides.0.disable.old-name": "f:2:2", "waivers.0.rule": "f:3:2"},
	}
	report := run(t, p, config, policies(t, "a.yaml", "b.yaml", "c.yaml", "d.yaml ignore.netvet.dev/old-name", "e.yaml ignore.netvet.dev/new-name"))
	assert.Equal(t, []string{"a.yaml note new-name", "c.yaml note new-name (so be it)", "d.yaml note new-name (on purpose)", "e.yaml note new-name (on purpose)"}, brief(report.Findings))
	const now = "rule old-name is called new-name now; its old name will stop working"
	assert.Equal(t, []string{
		"--enable: " + now,
		"f:1:2: rule older-name is called new-name now; its old name will stop working",
		"f:2:2: " + now,
		"f:3:2: " + now,
		"d.yaml:3:37: " + now,
	}, notices(report))

	both := lint.Config{Severity: map[string]policy.Severity{"older-name": policy.Note, "new-name": policy.Warning}, Disable: []string{"leaving"}}
	report = run(t, p, both, policies(t, "a.yaml"))
	assert.Equal(t, []string{"a.yaml warning new-name"}, brief(report.Findings), "the present name wins")
	assert.Equal(t, []string{
		"rule leaving is deprecated and will be removed: new-name says it, too",
		"rule older-name is called new-name now; its old name will stop working",
	}, notices(report))
}

func TestWaivers(t *testing.T) {
	p := fixtureRules(t)
	config := lint.Config{
		Enable: []string{"new-name"},
		Today:  "2026-06-15",
		Waivers: []lint.Waiver{
			{Rule: "new-name", Paths: []string{"a.yaml"}, Reason: "forever"},
			{Rule: "new-name", Paths: []string{"b.yaml"}, Kind: "NetworkPolicy", Namespace: "default", Name: "web", Reason: "today", Expires: "2026-06-15"},
			{Rule: "new-name", Paths: []string{"c.yaml"}, Reason: "yesterday", Expires: "2026-06-14", Owner: "team-c"},
			{Rule: "new-name", Paths: []string{"d.yaml"}, Namespace: "other", Reason: "elsewhere"},
			{Rule: "new-name", Paths: []string{"d.yaml"}, Name: "api", Reason: "another"},
			{Rule: "new-name", Paths: []string{"d.yaml"}, Kind: "Pod", Reason: "another"},
			{Rule: "leaving", Paths: []string{"d.yaml"}, Reason: "a rule that is not asked"},
			{Rule: "new-name", Paths: []string{"e.yaml"}, Reason: "a file that is not read"},
			{Rule: "new-name", Name: "gone", Reason: "nothing"},
			{Rule: "new-name", Paths: []string{"f.yaml"}, Reason: "then", Expires: "2026-01-01"},
			{Rule: "new-name", Paths: []string{"f.yaml"}, Reason: "prolonged", Expires: "2026-12-31"},
		},
		Origins: map[string]string{},
	}
	for i := range config.Waivers {
		config.Origins[fmt.Sprintf("waivers.%d", i)] = fmt.Sprintf("f:%d:1", i)
	}
	report := run(t, p, config, policies(t, "a.yaml", "b.yaml", "c.yaml", "d.yaml", "f.yaml"))
	assert.Equal(t, []string{
		"a.yaml error new-name (forever)", "b.yaml error new-name (today)", "c.yaml error new-name", "d.yaml error new-name", "f.yaml error new-name (prolonged)",
	}, brief(report.Findings))
	assert.Equal(t, []string{
		"f:2:1: this waiver of new-name expired on 2026-06-14 (owner: team-c): 1 finding counts again",
		"f:3:1: this waiver of new-name concerns no finding: take it out",
		"f:4:1: this waiver of new-name concerns no finding: take it out",
		"f:5:1: this waiver of new-name concerns no finding: take it out",
		"f:8:1: this waiver of new-name concerns no finding: take it out",
		"f:9:1: this waiver of new-name concerns no finding: take it out",
	}, slices.DeleteFunc(notices(report), func(n string) bool { return strings.Contains(n, "deprecated") }))
	assert.Equal(t, "team-c", report.Findings[2].Waiver.Owner, "so that reports can tell of a waiver that has expired")
	assert.Nil(t, report.Findings[3].Waiver)
	assert.Equal(t, 3, report.Summary.Suppressed)

	for want, config := range map[string]lint.Config{
		"waiver 1 expires, but Config.Today is not set":          {Waivers: []lint.Waiver{{Rule: "new-name", Reason: "a", Expires: "2026-06-15"}}},
		`waiver 1: "tomorrow" is no day: want one as 2026-12-31`: {Waivers: []lint.Waiver{{Rule: "new-name", Reason: "a", Expires: "tomorrow"}}},
		`today: "now" is no day: want one as 2026-12-31`:         {Today: "now"},
		`waiver 1: pattern "/": it means no file at all`:         {Waivers: []lint.Waiver{{Rule: "new-name", Reason: "a", Paths: []string{"/"}}}},
		`override 1: pattern "/": it means no file at all`:       {Overrides: []lint.Override{{Paths: []string{"/"}}}},
		`unknown rule "none"`:                                    {Waivers: []lint.Waiver{{Rule: "none", Reason: "a"}}},
	} {
		_, err := lint.New(t.Context(), p, config)
		assert.EqualError(t, err, want)
	}
}

func ExampleReport_Record() {
	// A first run is recorded…
	report := &lint.Report{Findings: []lint.Finding{{
		Rule:     &policy.Rule{ID: "or-peers"},
		Message:  "two peers, not one",
		Resource: manifest.Decode("apps/web.yaml", []byte(web), manifest.Options{}).Resources[0],
		Path:     manifest.Path{"spec", "egress", 0, "to", 0},
	}}}
	text, err := report.Record("apps").YAML()
	fmt.Print(string(text), err, "\n")

	// …for later ones: lint.Config{Baseline: baseline}.
	baseline, err := lint.ReadBaseline("apps/baseline.yaml", text)
	fmt.Println(len(baseline.Entries), baseline.Entries[0].Place, err)
	// Output:
	// # Findings that netvet lint --baseline passes over. Written by netvet lint --write-baseline, which keeps what you add to an
	// # entry: reason, owner, and expires, the last day on which it holds (2026-12-31).
	// version: 1
	// findings:
	// - rule: or-peers
	//   fingerprint: b6ef5ed867fed81b0994183a4373fcd2
	//   file: web.yaml
	//   object: NetworkPolicy shop/web
	//   path: spec.egress[0].to[0]
	//   message: two peers, not one
	// <nil>
	// 1 apps/baseline.yaml:5:3 <nil>
}

func TestBaseline(t *testing.T) {
	p := fixtureRules(t)
	config := lint.Config{Enable: []string{"new-name"}, Today: "2026-06-15"}
	before := run(t, p, config, policies(t, "d/a.yaml", "d/b.yaml", "d/c.yaml", "d/s.yaml ignore.netvet.dev/new-name"))
	recorded := before.Record("d")
	text, err := recorded.YAML()
	require.NoError(t, err)
	read := func(text string) *lint.Baseline {
		b, err := lint.ReadBaseline("d/baseline.yaml", []byte(text))
		require.NoError(t, err)
		return b
	}
	b := read(string(text))
	require.Len(t, b.Entries, 3, "what is suppressed is not recorded")
	assert.Equal(t, "a.yaml", b.Entries[0].File, "files count from the baseline")
	again, err := b.YAML()
	require.NoError(t, err)
	assert.Equal(t, string(text), string(again))

	config.Baseline = b
	report := run(t, p, config, policies(t, "d/a.yaml", "d/b.yaml", "d/c.yaml"))
	assert.Empty(t, report.Findings)
	assert.Empty(t, report.Notices)
	assert.Len(t, report.Known, 3)
	assert.Equal(t, 3, report.Summary.Known)
	assert.False(t, report.Failed)
	same, err := report.Record("d").YAML()
	require.NoError(t, err)
	assert.Equal(t, string(text), string(same), "recording what is known changes nothing")

	report = run(t, p, config, policies(t, "d/a.yaml", "d/new.yaml", "d/b.yaml", "d/c.yaml"))
	assert.Equal(t, []string{"d/new.yaml error new-name"}, brief(report.Findings), "a finding in a file that the baseline does not have, though its fingerprint is the same")
	assert.True(t, report.Failed)

	report = run(t, p, config, policies(t, "d/moved.yaml", "d/b.yaml", "d/c.yaml"))
	assert.Empty(t, report.Findings, "a file that was renamed")
	assert.Contains(t, report.Record("d").Entries[2].File, "moved.yaml")

	report = run(t, p, config, policies(t, "d/a.yaml ignore.netvet.dev/new-name", "d/b.yaml"))
	assert.Equal(t, []string{"d/baseline.yaml:5:3: new-name of NetworkPolicy web in a.yaml is gone: take the entry out, or run --write-baseline"}, notices(report))
	require.Len(t, report.Unseen, 1, "a file that was not read")
	assert.Equal(t, "c.yaml", report.Unseen[0].File)
	assert.Len(t, report.Record("d").Entries, 2, "what is gone is not recorded again, what was not seen is")

	off := config
	off.Enable, off.Disable = nil, []string{"new-name"}
	report = run(t, p, off, policies(t, "d/a.yaml", "d/b.yaml"))
	assert.Len(t, report.Unseen, 3, "a rule that is not asked")

	broken := policies(t, "d/b.yaml", "d/c.yaml")
	broken.Errors = []*manifest.Error{{Span: manifest.Span{File: "d/a.yaml"}, Err: fmt.Errorf("broken")}}
	report = run(t, p, config, broken)
	assert.Empty(t, report.Notices, "a file that could not be read")
	assert.Len(t, report.Unseen, 1)

	// What is added by hand is kept, and an entry that expires counts again.
	edited := strings.Replace(string(text), "file: a.yaml", "file: a.yaml\n  reason: later\n  owner: team-a\n  expires: 2026-06-14", 1)
	edited = strings.Replace(edited, "file: b.yaml", "file: b.yaml\n  expires: 2026-06-15", 1)
	config.Baseline = read(edited)
	report = run(t, p, config, policies(t, "d/a.yaml", "d/b.yaml", "d/c.yaml"))
	assert.Equal(t, []string{"d/a.yaml error new-name"}, brief(report.Findings))
	assert.Equal(t, []string{"d/baseline.yaml:5:3: this finding of new-name was accepted until 2026-06-14 (owner: team-a) and counts again"}, notices(report))
	entries := report.Record("d").Entries
	require.Len(t, entries, 3, "recording does not prolong it")
	rewritten, err := report.Record("d").YAML()
	require.NoError(t, err)
	for _, kept := range []string{"reason: later", "owner: team-a", "expires: 2026-06-14", "expires: 2026-06-15"} {
		assert.Contains(t, strings.ReplaceAll(string(rewritten), "'", ""), kept)
	}
	assert.Len(t, read(string(rewritten)).Entries, 3)

	// A baseline may be recorded elsewhere than the former.
	assert.Equal(t, "d/a.yaml", report.Record("").Entries[0].File)
}

// A baseline recorded when the rule had another name.
func TestBaselineOfAFormerName(t *testing.T) {
	p := fixtureRules(t)
	set := policies(t, "a.yaml")
	old := lint.Finding{Rule: &policy.Rule{ID: "old-name"}, Resource: set.Resources[0], Path: manifest.Path{"spec"}, Message: "it said"}
	report := run(t, p, lint.Config{Enable: []string{"new-name"}, Baseline: (&lint.Report{Findings: []lint.Finding{old}}).Record("")}, set)
	assert.Empty(t, report.Findings)
	assert.Len(t, report.Known, 1)
	assert.Equal(t, "new-name", report.Record("").Entries[0].Rule, "recorded again, it has its present name")
}

func TestReadBaselineRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"version: 2\nfindings: []\n": "b.yaml:1:10: version must lie between 1 and 1",
		"findings: []\n":             `b.yaml:1:1: the file lacks "version"`,
		"version: 1\nfindings: [{rule: a, file: b, fingerprint: c}]\n":                                            `b.yaml:2:44: fingerprint: "c" is not a fingerprint: 32 hexadecimal digits`,
		"version: 1\nfindings: [{rule: a, file: b, fingerprint: 0123456789abcdef0123456789abcdef, expires: 1}]\n": `b.yaml:2:87: expires must be text, not a whole number`,
		"version: 1\nfindings: [{rule: a, file: b, fingerprint: 0123456789abcdef0123456789abcdef, ownr: x}]\n":    `b.yaml:2:78: unknown key "ownr" (did you mean "owner"?)`,
	} {
		_, err := lint.ReadBaseline("b.yaml", []byte(text))
		assert.EqualError(t, err, want)
	}
	b, err := lint.ReadBaseline("b.yaml", nil)
	require.NoError(t, err, "a file that is empty is a baseline of nothing")
	assert.Empty(t, b.Entries)
}

// A fingerprint of digits alone must come back as text.
func TestBaselineTextIsQuoted(t *testing.T) {
	entry := lint.Entry{Rule: "null", Fingerprint: "01234567890123456789012345678901", File: "a: b # c\n\x1b.yaml", Message: "- \"x\"\ty", Object: "~", Expires: "2026-01-01"}
	b := &lint.Baseline{Entries: []lint.Entry{entry}}
	text, err := b.YAML()
	require.NoError(t, err)
	read, err := lint.ReadBaseline("b.yaml", text)
	require.NoError(t, err)
	read.Entries[0].Place = ""
	assert.Equal(t, entry, read.Entries[0])
}

func TestRulesAboutDatesGoByToday(t *testing.T) {
	set := manifest.Decode("web.yaml", []byte("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, annotations: {netvet.dev/review-by: \"2026-06-15\"}}\nspec: {podSelector: {}}\n"), manifest.Options{})
	for _, c := range []struct {
		today     lint.Date
		parameter any
		want      int
	}{
		{"2026-06-15", nil, 0}, {"2026-06-16", nil, 1}, {"2026-06-16", "2026-06-15", 0},
	} {
		config := lint.Config{Enable: []string{"review-overdue"}, Today: c.today, Parameters: map[string]any{}}
		if c.parameter != nil {
			config.Parameters["today"] = c.parameter
		}
		assert.Len(t, run(t, policy.Default(), config, set).Findings, c.want, "%v", c)
	}
}
