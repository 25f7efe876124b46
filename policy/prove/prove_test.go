package prove_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/prove"
)

// rulesOnly leaves the tests of netvet's libraries out: package policy runs each apart.
type rulesOnly struct{ fs.FS }

func (r rulesOnly) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(r.FS, name)
	if strings.HasPrefix(name, "lib") {
		return nil, nil
	}
	return entries, err
}

// TestRules proves netvet's own; a new folder is proven by being there.
func TestRules(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	report, err := prove.Rules(t.Context(), policy.Default(), rulesOnly{os.DirFS("..")})
	require.NoError(t, err)
	require.Len(t, report.Rules, len(policy.Default().Rules()))
	for _, result := range append(report.Rules, report.Libraries...) {
		for _, fault := range result.Faults {
			t.Errorf("%s:%d: %s", fault.File, fault.Line, fault.Message)
		}
	}
	for _, rule := range policy.Default().Rules() {
		assert.NotEmpty(t, rule.References, "%s: related_resources", rule.ID)
	}
}

// acme gives rules of somebody else's, with files changed: each maps an old text to a new one, or takes a new file.
func acme(t testing.TB) fstest.MapFS {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/acme.txtar")
	require.NoError(t, err)
	tree := fstest.MapFS{}
	for _, file := range archive.Files {
		tree[file.Name] = &fstest.MapFile{Data: file.Data}
	}
	return tree
}

// libraries are as much of netvet's policy as acme's rules stand on.
var libraries = sync.OnceValues(func() (*policy.Policy, error) {
	all, tree := policy.Default(), fstest.MapFS{}
	for _, needed := range []string{"main.rego", "netvet/netvet.rego", "lib/netvet/finding/finding.rego", "lib/netvet/networkpolicy/networkpolicy.rego"} {
		for _, name := range all.Closure(needed) {
			tree[name] = &fstest.MapFile{Data: []byte(all.Sources()[name])}
		}
	}
	return policy.Open(tree)
})

func joined(t testing.TB, tree fstest.MapFS) *policy.Policy {
	t.Helper()
	p, err := libraries()
	require.NoError(t, err)
	p, err = policy.Join(p, tree)
	require.NoError(t, err)
	return p
}

func proof(t testing.TB, tree fstest.MapFS) *prove.Report {
	t.Helper()
	rules := joined(t, tree)
	report, err := prove.Rules(t.Context(), rules, tree)
	require.NoError(t, err)
	return report
}

func ExampleRules() {
	archive, err := txtar.ParseFile("testdata/acme.txtar")
	if err != nil {
		fmt.Println(err)
		return
	}
	tree, err := txtar.FS(archive) // or os.DirFS of a folder
	if err != nil {
		fmt.Println(err)
		return
	}
	rules, err := policy.Join(policy.Default(), tree)
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := prove.Rules(context.Background(), rules, tree)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := prove.Text(os.Stdout, report, prove.TextOptions{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ok   acme-team-label: 2 findings expected, 1 sound object, 3 Rego tests
	// ok   lib/acme/team: 0 Rego tests
	// coverage: 10 of 10 lines exercised (100%)
	// 1 rule, 1 library, 0 failed
}

const (
	folder = "acme/rules/team_label/"
	rule   = folder + "rule.rego"
	tests  = folder + "rule_test.rego"
	bad    = folder + "bad.yaml"
	good   = folder + "good.yaml"
	team   = "lib/acme/team/team.rego"
)

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		file, old, new string // without an old text, the new one is the file; without either, there is none
		want           []string
	}{
		"nothing": {rule, "METADATA", "METADATA", nil},

		"no test file":  {tests, "", "", []string{tests + ":0: it is missing: a rule is rule.rego, rule_test.rego, bad.yaml and good.yaml", tests + ":0: no tests: nothing in it has a name that begins with test_"}},
		"no manifests":  {bad, "", "", []string{bad + ":0: it is missing: a rule is rule.rego, rule_test.rego, bad.yaml and good.yaml"}},
		"a fifth file":  {folder + "README.md", "", "x", []string{folder + "README.md:0: a rule is rule.rego, rule_test.rego, bad.yaml and good.yaml, and nothing else"}},
		"no tests":      {tests, "\ntest_", "\ntested_", []string{tests + ":0: no tests: nothing in it has a name that begins with test_"}},
		"a failed test": {tests, "label.violation) == 1", "label.violation) == 2", []string{tests + ":11: test_nobody fails"}},
		"a test that prints": {tests, "test_nobody if {", "test_nobody if {\n\tprint(`here`, 1)\n\tfalse",
			[]string{tests + ":11: test_nobody fails; it prints:\nhere 1"}},

		"no title":               {rule, "# title: A policy does not say whose it is\n", "", []string{rule + ":0: METADATA: title is missing"}},
		"a sentence":             {rule, "whose it is\n", "whose it is.\n", []string{rule + ":0: METADATA: title is no sentence: leave the full stop out"}},
		"an unknown category":    {rule, "practice", "practise", []string{rule + `:0: METADATA: custom.category is "practise": want one of correctness, exposure, connectivity, validity, practice`}},
		"an unknown scope":       {rule, "scope: object", "scope: pod", []string{rule + `:0: METADATA: custom.scope is "pod": want one of object, source, namespace, workloads`}},
		"no needs":               {rule, "scope: object", "scope: workloads", []string{rule + ":0: METADATA: custom.needs is missing: the kinds that the rule looks at besides those it reviews"}},
		"a rule that nobody has": {rule, "#   kinds:", "#   after: [no-team]\n#   kinds:", []string{rule + ":0: METADATA: custom.after: no rule is called no-team"}},
		"no kinds": {rule, "kinds: [NetworkPolicy]", "kinds: []",
			[]string{good + ":0: it holds no near miss: no object is of a kind that the rule reviews ()", rule + ":0: METADATA: custom.kinds is missing: the kinds that the rule reviews"}},

		"another message":   {bad, `called shpo"`, `called shop"`, []string{bad + `:16: does not say: error "no team is called shop"`, bad + `:16: says, unexpectedly: error "no team is called shpo"`}},
		"another severity":  {bad, `want "no team`, `want note "no team`, []string{bad + `:16: does not say: note "no team is called shpo"`, bad + `:16: says, unexpectedly: error "no team is called shpo"`}},
		"another line":      {bad, "kind: NetworkPolicy\nmetadata:\n  name: api", "kind: NetworkPolicy # want \"no team is called shpo\"\nmetadata:\n  name: api", []string{bad + `:11: does not say: error "no team is called shpo"`}},
		"an idle wish":      {bad, `want "no label`, `want no "label`, []string{bad + `:3: says, unexpectedly: error "no label acme.example.com/team, so nobody knows whom to ask"`, bad + `:3: no expectation: no "label acme.example.com/team, so nobody knows whom to ask": want a message in quotes, after another severity where it is not the rule's`}},
		"an unmarked fault": {bad, ` # want "no team is called shpo"`, "", []string{bad + `:16: says, unexpectedly: error "no team is called shpo"`}},
		"a false alarm":     {good, "team: shop", "team: shpo", []string{good + `:7: says, unexpectedly: error "no team is called shpo"`}},
		"no near miss":      {good, "kind: NetworkPolicy", "kind: Policy", []string{good + ":0: it holds no near miss: no object is of a kind that the rule reviews (NetworkPolicy)"}},
		"no YAML":           {good, "spec:\n", "spec:\n{\n", []string{good + ":11: this is no YAML", good + ":0: it holds no near miss"}},

		"reads input":         {rule, "not team.of(i)", "not team.of(i)\n\tnot input.lax", []string{rule + ":27: reads input: take resources from data.lib.netvet.host, which knows all hosts"}},
		"reads the inventory": {rule, "not team.of(i)", "not team.of(i)\n\tnot data.inventory.cluster", []string{rule + ":27: reads data.inventory: take resources from data.lib.netvet.host, which knows all hosts"}},
		"a full path":         {rule, "sprintf(\"no team is called %s\", [team.of(i)])", "sprintf(\"no team is called %s\", [data.lib.acme.team.of(i)])", []string{rule + ":29: refers to data.lib.acme.team.of by its full path: import it, for Gatekeeper may leave it undefined without a word"}},
		"imports a function": {rule, "import data.lib.acme.team\n", "import data.lib.acme.team\nimport data.lib.netvet.host.source\n", []string{
			rule + ":19: imports data.lib.netvet.host.source: want a library's package, data.lib.OWNER.NOUN, for Gatekeeper refuses others",
			rule + ":19: import data.lib.netvet.host.source unused (strict, OPA v1.17.1)"}},
		"an unused variable": {rule, "not team.of(i)", "not team.of(i)\n\tx := 1", []string{rule + ":27: assigned var x unused (strict, OPA v1.17.1)"}},

		"an undeclared parameter":    {team, "of(i) := ", "strict := host.parameter(\"strict\", false)\n\nof(i) := ", []string{rule + ":0: parameter strict is read, but not declared in METADATA"}},
		"a parameter as a condition": {team, "of(i) := ", "strict if host.parameter(\"strict\", false)\n\nof(i) := ", []string{rule + ":0: parameter strict is read, but not declared in METADATA"}},
		"an unread parameter":        {team, `host.parameter("teams", ["network", "shop"])`, `["network", "shop"]`, []string{rule + ":0: parameter teams is declared in METADATA, but nothing reads it"}},
		"another default":            {team, "default: [network, shop]", "default: [shop]", []string{rule + ":0: parameter teams: the default in METADATA is [shop], in the code [network shop]"}},
		"a computed name": {team, `host.parameter("teams", `, `host.parameter(sprintf("%s", ["teams"]), `, []string{
			rule + ":0: parameter teams is declared in METADATA, but nothing reads it",
			team + `:17: a parameter is read by its literal name and default: host.parameter("name", "default")`}},
		"a default of another type": {team, "default: [network, shop]", "default: network", []string{
			rule + ":0: METADATA: parameter teams: the default: network is no array: The teams that there are.",
			rule + ":0: parameter teams: the default in METADATA is network, in the code [network shop]"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := acme(t)
			switch {
			case c.old == "" && c.new == "":
				delete(tree, c.file)
			case c.old == "":
				tree[c.file] = &fstest.MapFile{Data: []byte(c.new)}
			default:
				text := strings.ReplaceAll(string(tree[c.file].Data), c.old, c.new)
				if name != "nothing" {
					require.NotEqual(t, text, string(tree[c.file].Data))
				}
				tree[c.file] = &fstest.MapFile{Data: []byte(text)}
			}
			report := proof(t, tree)
			var faults []string
			for _, result := range append(report.Rules, report.Libraries...) {
				for _, fault := range result.Faults {
					faults = append(faults, fmt.Sprintf("%s:%d: %s", fault.File, fault.Line, fault.Message))
				}
			}
			slices.Sort(faults)
			slices.Sort(c.want)
			require.Len(t, faults, len(c.want), "%s", strings.Join(faults, "\n"))
			for i, want := range c.want {
				assert.True(t, strings.HasPrefix(faults[i], want), "got  %s\nwant %s", faults[i], want)
			}
			assert.Equal(t, len(faults) > 0, report.Failed() > 0)
		})
	}
}

const mending = `

violation contains finding.mended(finding.at(i, ["spec", "policyTypes"], "it is to go"), [{"op": %q, "path": %s, "value": "x"}]) if {
	some i in networkpolicy.reviewed
	host.resources[i].spec.policyTypes
}
`

func TestFixesMustMend(t *testing.T) {
	for want, operation := range map[string][]any{
		"":             {"remove", `["spec", "policyTypes"]`},
		"does not fit": {"remove", `["spec", "types"]`},
		"the fix of \"it is to go\" leaves 4 findings of 4; it should mend that one": {"replace", `["spec", "policyTypes", 0]`},
	} {
		tree := acme(t)
		source := strings.Replace(string(tree[rule].Data), "import data.lib.netvet.networkpolicy", "import data.lib.netvet.host\nimport data.lib.netvet.networkpolicy", 1)
		tree[rule] = &fstest.MapFile{Data: []byte(source + fmt.Sprintf(mending, operation...))}
		tree[bad].Data = []byte(strings.ReplaceAll(string(tree[bad].Data), "policyTypes: [Ingress]", "policyTypes: [Ingress] # want \"it is to go\""))
		tree[good].Data = []byte(strings.ReplaceAll(string(tree[good].Data), "  policyTypes: [Ingress]\n", ""))
		tree[tests].Data = []byte(strings.ReplaceAll(string(tree[tests].Data), `"spec": {"podSelector": {}},`, `"spec": {},`))
		report := proof(t, tree)
		faults := fmt.Sprint(report.Rules[0].Faults)
		if want == "" {
			assert.Equal(t, "[]", faults)
		} else {
			assert.Contains(t, faults, want)
		}
	}
}

func TestCoverageTellsWhatNothingExercises(t *testing.T) {
	tree := acme(t)
	tree[team].Data = append(tree[team].Data, "\nowners := [owner |\n\tsome owner in [1, 2]\n\towner > 1\n]\n\nnobody if {\n\tcount(owners) == 0\n\towners[0] == 3\n}\n"...)
	report := proof(t, tree)
	assert.Zero(t, report.Failed())
	require.Len(t, report.Coverage, 2)
	assert.Equal(t, prove.Coverage{File: rule, Lines: 7}, report.Coverage[0])
	assert.Equal(t, prove.Coverage{File: team, Lines: 10, Missed: []prove.Range{{First: 19, Last: 22}, {First: 24, Last: 26}}}, report.Coverage[1])
	var b strings.Builder
	require.NoError(t, prove.Text(&b, report, prove.TextOptions{Root: "mine", Missed: true}))
	assert.Contains(t, b.String(), "\n  mine/lib/acme/team/team.rego:19-22: no test and no manifest comes here\n")
	assert.Equal(t, 100, new(prove.Report).Percent(), "of nothing")
}

func TestRulesThatCannotRun(t *testing.T) {
	tree := acme(t)
	rules := joined(t, tree)
	tree[tests] = &fstest.MapFile{Data: []byte("package acme.rules.team_label_test\n\ntest_it if unknown(1)\n")}
	_, err := prove.Rules(t.Context(), rules, tree)
	require.ErrorContains(t, err, "rule_test.rego:3")
	tree[tests] = &fstest.MapFile{Data: []byte("package\n")}
	_, err = prove.Rules(t.Context(), rules, tree)
	require.ErrorContains(t, err, "rule_test.rego:2")

	for _, call := range []string{`http.send({"method": "get", "url": "http://127.0.0.1"})`, "opa.runtime()", "net.lookup_ip_addr(`localhost`)"} {
		tree = acme(t)
		tree[team].Data = append(tree[team].Data, "\nx := "+call+"\n"...)
		_, err = prove.Rules(t.Context(), joined(t, tree), tree)
		require.ErrorContains(t, err, "undefined function "+strings.SplitN(call, "(", 2)[0]+", which rules may not call: a verdict depends on the resources alone")
	}
}
