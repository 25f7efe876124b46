package lint_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

const fullConfig = `# yaml-language-server: $schema=netvet.schema.json
disable: [default-deny-missing]
severity:
  or-peers: warning
parameters:
  namespace_labels: [team]
platform: openshift
namespace: shop
failLevel: warning
exclude: ["vendor/", "**/testdata/**"]
baseline: baseline.yaml
overrides:
  - paths: ["staging/**"]
    disable: [missing-dns]
  - paths: [staging/prod-like/]
    enable: [missing-dns, default-deny-missing]
    severity: {missing-dns: note}
waivers:
  - rule: allow-all-ingress
    paths: [edge/**]
    kind: NetworkPolicy
    namespace: edge
    name: front
    reason: the public front door
    owner: edge-team
    expires: 2026-12-31
`

func ExampleReadConfig() {
	config, err := lint.ReadConfig("repo/.netvet.yaml", []byte("disable: [missing-dns]\nfailLevel: warning\n"), policy.Default())
	fmt.Println(config.Disable, config.FailLevel, config.Origins["failLevel"], err)

	_, err = lint.ReadConfig(".netvet.yaml", []byte("disabel: [missing-dns]\nseverity:\n  missing_dns: warn\n"), policy.Default())
	fmt.Println(err)
	// Output:
	// [missing-dns] warning repo/.netvet.yaml:2:12 <nil>
	// .netvet.yaml:1:1: unknown key "disabel" (did you mean "disable"?)
	// .netvet.yaml:3:3: unknown rule "missing_dns" (did you mean "missing-dns"?)
}

func ExampleConfig_Effective() {
	file, err := lint.ReadConfig(".netvet.yaml", []byte("severity: {missing-dns: note}\n"), policy.Default())
	if err != nil {
		fmt.Println(err)
		return
	}
	flags := lint.Config{Disable: []string{"or-peers"}, Origins: map[string]string{"disable.or-peers": "--disable"}}
	settings, err := flags.Over(file).Effective(policy.Default(), "web.yaml")
	for _, s := range settings {
		if s.Key == "rules.missing-dns" || s.Key == "rules.or-peers" || s.Key == "failLevel" {
			fmt.Println(s.Key, s.Value, s.Origin)
		}
	}
	fmt.Println(err)
	// Output:
	// failLevel error default
	// rules.missing-dns note .netvet.yaml:1:25
	// rules.or-peers off --disable
	// <nil>
}

func TestReadConfig(t *testing.T) {
	config, err := lint.ReadConfig("repo/.netvet.yaml", []byte(fullConfig), policy.Default())
	require.NoError(t, err)
	origins := config.Origins
	config.Origins = nil
	assert.Equal(t, lint.Config{
		Disable:      []string{"default-deny-missing"},
		Severity:     map[string]policy.Severity{"or-peers": policy.Warning},
		Parameters:   map[string]any{"namespace_labels": []any{"team"}, "platform": []any{"openshift"}},
		Namespace:    "shop",
		FailLevel:    "warning",
		Exclude:      []string{"vendor/", "**/testdata/**"},
		BaselineFile: "baseline.yaml",
		Dir:          "repo",
		Overrides: []lint.Override{
			{Paths: []string{"staging/**"}, Disable: []string{"missing-dns"}},
			{Paths: []string{"staging/prod-like/"}, Enable: []string{"missing-dns", "default-deny-missing"}, Severity: map[string]policy.Severity{"missing-dns": policy.Note}},
		},
		Waivers: []lint.Waiver{{
			Rule: "allow-all-ingress", Paths: []string{"edge/**"}, Kind: "NetworkPolicy", Namespace: "edge", Name: "front",
			Reason: "the public front door", Owner: "edge-team", Expires: "2026-12-31",
		}},
	}, config)
	for key, place := range map[string]string{
		"disable.default-deny-missing":            "2:11",
		"severity.or-peers":                       "4:13",
		"platform":                                "7:11",
		"exclude.vendor/":                         "10:11",
		"overrides.1.enable.missing-dns":          "16:14",
		"overrides.1.severity.missing-dns":        "17:29",
		"waivers.0":                               "19:5",
		"parameters.namespace_labels.0":           "6:22",
		"overrides.0.disable.missing-dns":         "14:15",
		"parameters.namespace_labels.team":        "6:22",
		"overrides.0.paths.staging/**":            "13:13",
		"overrides.1.paths.0":                     "15:13",
		"waivers.0.expires":                       "26:14",
		"overrides.1.enable.1":                    "16:27",
		"overrides.1.enable":                      "16:13",
		"overrides.1.enable.default-deny-missing": "16:27",
	} {
		assert.Equal(t, "repo/.netvet.yaml:"+place, origins[key], key)
	}
	for name, text := range map[string]string{"empty": "", "comments": "# nothing\n", "dashes": "---\n# nothing\n", "an empty mapping": "{}\n"} {
		config, err := lint.ReadConfig(".netvet.yaml", []byte(text), policy.Default())
		require.NoError(t, err, name)
		assert.Empty(t, config.Disable, name)
	}
	alias, err := lint.ReadConfig(".netvet.yaml", []byte("exclude: &here [a/]\noverrides: [{paths: *here, disable: [or-peers]}]\n"), policy.Default())
	require.NoError(t, err)
	assert.Equal(t, []string{"a/"}, alias.Overrides[0].Paths)
}

func TestReadConfigRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", "disable: []\nfail-level: note\n", `2:1: unknown key "fail-level" (did you mean "failLevel"?)`},
		{"key of another tool", "linters: {}\n", `1:1: unknown key "linters"`},
		{"key below", "overrides:\n  - path: [a]\n    paths: [a]\n", `2:5: unknown key "path" (did you mean "paths"?)`},
		{"key twice", "disable: []\nnamespace: a\ndisable: []\n", `3:1: "disable" is given twice, here and on line 1`},
		{"rule twice", "disable: [or-peers, or-peers]\n", `1:21: "or-peers" is given twice, here and on line 1`},
		{"unknown platform of some files", "overrides: [{paths: [a], platform: ekss}]\n", `1:36: unknown value "ekss" (did you mean "eks"?)`},
		{"platform among parameters of some files", "overrides: [{paths: [a], parameters: {platform: [eks]}}]\n", `1:39: the platform stands beside the parameters, not among them`},
		{"unknown rule", "disable: [or_peers]\n", `1:11: unknown rule "or_peers" (did you mean "or-peers"?)`},
		{"no rule at all", "disable: [zzzzzzzz]\n", `1:11: unknown rule "zzzzzzzz"`},
		{"rule with a severity", "severity: {or_peers: note}\n", `1:12: unknown rule "or_peers" (did you mean "or-peers"?)`},
		{"severity", "severity: {or-peers: warn}\n", `1:22: unknown severity "warn" (did you mean "warning"?)`},
		{"severity far off", "severity: {or-peers: high}\n", `1:22: unknown severity "high": want one of error, warning, note`},
		{"fail level", "failLevel: never\n", `1:12: unknown fail level "never": want one of error, warning, note, none`},
		{"list wanted", "disable: or-peers\n", `1:10: disable must be a list, not text`},
		{"mapping wanted", "severity: [or-peers]\n", `1:11: severity must be a mapping, not a list`},
		{"text wanted", "namespace: 7\n", `1:12: namespace must be text, not a whole number`},
		{"text in a list wanted", "exclude: [true]\n", `1:11: an item of exclude must be text, not true or false`},
		{"null", "disable:\n", `1:9: disable is empty: give it a list, or leave it out`},
		{"tag", "namespace: !mine a\n", `1:12: namespace must be text, not a value with the tag !mine`},
		{"no mapping", "- a\n", `1:1: the file must be a mapping, not a list`},
		{"parameter", "parameters: {namespace_label: [a]}\n", `1:14: unknown parameter "namespace_label" (did you mean "namespace_labels"?)`},
		{"type of a parameter", "parameters: {namespace_labels: a}\n", `1:32: namespace_labels must be a list, not text`},
		{"type in a parameter", "parameters: {namespace_labels: [1]}\n", `1:33: an item of namespace_labels must be text, not a whole number`},
		{"platform", "platform: openshft\n", `1:11: unknown value "openshft" (did you mean "openshift"?)`},
		{"platforms", "platform: [eks, openshft]\n", `1:17: unknown value "openshft" (did you mean "openshift"?)`},
		{"platform as a mapping", "platform: {eks: true}\n", `1:11: platform must be text or a list, not a mapping`},
		{"platform as a number", "platform: 3\n", `1:11: platform must be text, not a whole number`},
		{"platform below", "parameters: {platform: [eks]}\n", `1:14: the platform stands beside the parameters, not among them`},
		{"pattern", "exclude: [\"a[b\"]\n", `1:11: an item of exclude: "a[b" is not a pattern of files, as in .gitignore`},
		{"no paths", "overrides: [{disable: [or-peers]}]\n", `1:13: an item of overrides lacks "paths"`},
		{"empty paths", "overrides: [{paths: []}]\n", `1:21: paths must not be empty`},
		{"no reason", "waivers: [{rule: or-peers}]\n", `1:11: an item of waivers lacks "reason"`},
		{"empty reason", "waivers: [{rule: or-peers, reason: ' '}]\n", `1:36: reason: " " is not text`},
		{"no day", "waivers: [{rule: or-peers, reason: a, expires: 2026-02-30}]\n", `1:48: expires: "2026-02-30" is not a day such as 2026-12-31`},
		{"two documents", "{}\n---\n{}\n", `2:1: a second document starts here; the file may have one`},
		{"no YAML", "disable: [\n", `2:1: this is no YAML: did not find expected node content`},
		{"merge key", "overrides:\n  - &a {paths: [x]}\n  - {<<: *a}\n", `3:6: unknown key "<<"` + "\n" + `.netvet.yaml:3:5: an item of overrides lacks "paths"`},
		{"key that is a list", "? [a]\n: b\n", `1:3: a key must be text`},
		{"endless alias", "exclude: &a [*a]\n", `1:10: an item of exclude must be text, not a list`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := lint.ReadConfig(".netvet.yaml", []byte(c.text), policy.Default())
			if assert.Error(t, err) {
				lines := strings.Split(err.Error(), "\n")
				slices.Sort(lines)
				want := strings.Split(".netvet.yaml:"+c.want, "\n")
				slices.Sort(want)
				assert.Equal(t, want, lines)
			}
		})
	}
	_, err := lint.ReadConfig(".netvet.yaml", []byte("disabel: []\nexclude: 1\n"), policy.Default())
	assert.EqualError(t, err, ".netvet.yaml:1:1: unknown key \"disabel\" (did you mean \"disable\"?)\n.netvet.yaml:2:10: exclude must be a list, not a whole number", "all faults at once")
}

// A nest of aliases would be a thousand million values.
func TestReadConfigIsBounded(t *testing.T) {
	text := "exclude: &a0 [x]\n"
	for i := range 9 {
		text += fmt.Sprintf("k%d: &a%d [%s]\n", i, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	_, err := lint.ReadConfig(".netvet.yaml", []byte(text), policy.Default())
	assert.ErrorContains(t, err, "unknown key")
	_, err = lint.ReadConfig(".netvet.yaml", bytes.Repeat([]byte("#"), 65<<20), policy.Default())
	assert.EqualError(t, err, ".netvet.yaml: the file is larger than 64 MiB")
}

// fixtureRules has all types of parameters, a rule with former names, and one that is on its way out.
func fixtureRules(t *testing.T) *policy.Policy {
	t.Helper()
	rule := func(name, custom string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("# METADATA\n# title: " + name + "\n# custom:\n#   severity: error\n#   scope: object\n" + custom + "package netvet.rules." + name + `

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy

metadata := rego.metadata.chain()

violation contains finding.at(i, ["spec"], "` + name + `") if {
	some i in networkpolicy.reviewed
	host.parameter("strict", true)
}
`)}
	}
	fsys := fstest.MapFS{
		"netvet/rules/new_name/rule.rego": rule("new_name", `#   formerly: [old-name, older-name]
#   parameters:
#     strict: {type: boolean, description: Strict., default: true}
#     most: {type: integer, description: Most., default: 3}
#     mode: {type: string, description: Mode., default: a, enum: [a, b]}
#     words: {type: array, description: Words., default: []}
#     platform: {type: array, description: Platforms., default: [], enum: [x, y]}
`),
		"netvet/rules/leaving/rule.rego": rule("leaving", "#   deprecated: new-name says it, too\n"),
	}
	for name, source := range policy.Default().Sources() {
		if !strings.HasPrefix(name, "netvet/rules/") {
			fsys[name] = &fstest.MapFile{Data: []byte(source)}
		}
	}
	p, err := policy.Open(fsys)
	require.NoError(t, err)
	return p
}

func schemaOf(t *testing.T, p *policy.Policy) *jsonschema.Schema {
	t.Helper()
	text, err := lint.ConfigSchema(p)
	require.NoError(t, err)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("netvet.json", value))
	schema, err := c.Compile("netvet.json") // which checks it against the meta-schema that it names
	require.NoError(t, err)
	return schema
}

func TestConfigSchemaIsASchema(t *testing.T) {
	text, err := lint.ConfigSchema(policy.Default())
	require.NoError(t, err)
	assert.Contains(t, string(text), `"$schema": "http://json-schema.org/draft-07/schema#"`)
	schema := schemaOf(t, policy.Default())
	var value any
	require.NoError(t, yaml.Unmarshal([]byte(strings.Replace(fullConfig, "2026-12-31", `"2026-12-31"`, 1)), &value))
	assert.NoError(t, schema.Validate(value))

	// The meta-schema is in force: a schema with a fault does not compile.
	broken, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(string(text), `"uniqueItems": true`, `"uniqueItems": "yes"`, 1)))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("broken.json", broken))
	_, err = c.Compile("broken.json")
	assert.Error(t, err)
}

// TestConfigSchemaIsWhatIsRead changes configurations at random: the schema and the reader agree on each.
func TestConfigSchemaIsWhatIsRead(t *testing.T) {
	p := fixtureRules(t)
	schema := schemaOf(t, p)
	random := rand.New(rand.NewPCG(3, 4))
	pick := func(values ...any) any { return values[random.IntN(len(values))] }
	scalars := []any{
		nil, true, false, 0, 3, -4, 1.5, 1e300, 3.0, 1 << 53, 1<<53 + 2, "", " ", "a", "b", "x", "y", "z", "error", "warning", "note", "none", "off", "new-name", "old-name",
		"leaving", "new_name", "2026-12-31", "2026-02-29", "2024-02-29", "2100-02-29", "2000-02-29", "2026-13-01", "2026-04-31", "20261231", "2026-12-31 ",
		"a/**", "/", "!", "!/", "//", "!a", "[a", "[a]", "[]", "[]]", "[!]", "a\\", "\\a", "a\\/", "a\\/b", "\\//", "[[:alpha:]", "[[:alpha:]]", "*.yaml", "\n", "!!", "/a/", "?",
		"yes", "~", "null", "0x10", "1_000", "0b1", "<<", "- a", "a: b", "#", "é",
	}
	keys := []any{"enable", "disable", "severity", "parameters", "platform", "namespace", "failLevel", "exclude", "overrides", "waivers", "baseline", "paths", "rule", "kind",
		"name", "reason", "owner", "expires", "strict", "most", "mode", "words", "new-name", "old-name", "leaving", "other", "", "<<", "Enable"}
	var valid func() any
	rules := func() any { return slices.Clone([]any{"new-name", "old-name", "leaving"}[random.IntN(3):]) }
	valid = func() any {
		all := map[string]any{
			"enable": rules(), "disable": rules(), "severity": map[string]any{"new-name": pick("error", "warning", "note"), "old-name": "note"},
			"parameters": map[string]any{"strict": pick(true, false), "most": pick(0, 3, -4, 3.0), "mode": pick("a", "b"), "words": []any{"v", "w"}},
			"platform":   pick("x", []any{}, []any{"y", "x"}), "namespace": "n", "failLevel": pick("error", "warning", "note", "none"),
			"exclude": []any{"a/**", "!b"}, "baseline": "b.yaml",
			"overrides": []any{map[string]any{"paths": []any{"x"}, "enable": rules()}, map[string]any{"paths": []any{"/y"}, "severity": map[string]any{"leaving": "note"}}},
			"waivers":   []any{map[string]any{"rule": "old-name", "reason": "r"}, map[string]any{"rule": "new-name", "reason": "r", "kind": "K", "name": "n", "namespace": "s", "owner": "o", "paths": []any{"z"}, "expires": "2026-12-31"}},
		}
		for key := range all {
			if random.IntN(2) == 0 {
				delete(all, key)
			}
		}
		return all
	}
	var change func(value any) any
	change = func(value any) any {
		if random.IntN(4) == 0 {
			return pick(append(slices.Clone(scalars), []any{}, map[string]any{}, []any{"a"}, map[string]any{"a": "b"})...)
		}
		switch value := value.(type) {
		case map[string]any:
			names := make([]string, 0, len(value))
			for name := range value {
				names = append(names, name)
			}
			slices.Sort(names)
			if len(names) == 0 || random.IntN(4) == 0 {
				value[pick(keys...).(string)] = pick(append(slices.Clone(scalars), []any{}, map[string]any{}, []any{"a"})...)
				return value
			}
			name := names[random.IntN(len(names))]
			if random.IntN(5) == 0 {
				delete(value, name)
			} else {
				value[name] = change(value[name])
			}
			return value
		case []any:
			if len(value) == 0 || random.IntN(4) == 0 {
				return append(value, pick(scalars...))
			}
			i := random.IntN(len(value))
			value[i] = change(value[i])
			return value
		}
		return pick(scalars...)
	}
	admitted := 0
	for range 2500 {
		value := valid()
		for range random.IntN(3) {
			value = change(value)
		}
		text, err := json.Marshal(value)
		require.NoError(t, err)
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)
		config, got := lint.ReadConfig(".netvet.yaml", text, p)
		want := schema.Validate(document)
		require.Equal(t, want == nil, got == nil, "%s\nschema: %v\nreader: %v", text, want, got)
		if got == nil {
			admitted++
			// What is read can be used.
			config.Today = "2026-01-01"
			_, err := config.Effective(p, "a.yaml")
			require.NoError(t, err, "%s", text)
		}
	}
	assert.Greater(t, admitted, 600, "too few configurations are good ones")
	assert.Less(t, admitted, 1900, "too few configurations are bad ones")
}

// The patterns that the schema admits are those that manifest reads.
func TestPatternsOfTheSchema(t *testing.T) {
	text, err := lint.ConfigSchema(policy.Default())
	require.NoError(t, err)
	var schema struct {
		Properties struct {
			Exclude struct{ Items struct{ Pattern string } }
		}
	}
	require.NoError(t, json.Unmarshal(text, &schema))
	admits := regexp.MustCompile(schema.Properties.Exclude.Items.Pattern)
	random := rand.New(rand.NewPCG(5, 6))
	for range 50000 {
		var b strings.Builder
		for range random.IntN(7) {
			b.WriteString([]string{"!", "/", `\`, "[", "]", "a", "^", "-", ":", "*", "?", "[:alpha:]", "\n", " "}[random.IntN(14)])
		}
		_, err := manifest.NewMatcher("", []string{b.String()})
		if admitted := admits.MatchString(b.String()); !admitted && strings.Contains(b.String(), "[:") {
			continue // a class, perhaps
		} else {
			require.Equal(t, err == nil, admitted, "%q", b.String())
		}
	}
}
