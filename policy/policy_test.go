package policy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
)

func ExampleDefault() {
	rule := policy.Default().Rule("missing-dns")
	fmt.Println(rule.Severity, rule.ID)
	fmt.Println(rule.Title)
	// Output:
	// error missing-dns
	// Pods with isolated egress cannot resolve names
}

func ExampleOpen() {
	// A folder with the layout of netvet's own policy, or that folder itself.
	p, err := policy.Open(os.DirFS("."))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Digest() == policy.Default().Digest())
	// Output: true
}

func ExamplePolicy_Rules() {
	for _, rule := range policy.Default().Rules() {
		if rule.ID == "missing-dns" {
			fmt.Println(rule.Category, rule.Guide)
		}
	}
	// Output: connectivity [mistake 1 practice 5]
}

const soundRule = `# METADATA
# title: Doors stand open
# description: |
#   A door that stands open
#   lets anybody in.
# related_resources:
#   - ref: https://example.com/doors
# custom:
#   severity: warning
#   category: exposure
#   scope: workloads
#   kinds: [Door]
#   needs: [House]
#   after: [no-house]
#   guide: [mistake 1]
#   parameters:
#     keys:
#       type: array
#       description: Who holds a key.
#       default: [nobody]
#   remediation: |
#     Shut the door.
package netvet.rules.open_door

metadata := rego.metadata.chain()

# METADATA
# description: Not the package's.
violation := set()
`

func sound() fstest.MapFS {
	return fstest.MapFS{
		"netvet/rules/open_door/rule.rego":      {Data: []byte(soundRule)},
		"netvet/rules/open_door/rule_test.rego": {Data: []byte("package netvet.rules.open_door_test\n")},
		"netvet/rules/open_door/bad.yaml":       {Data: []byte("open: true\n")},
		"netvet/rules/open_door/good.yaml":      {Data: []byte("open: false\n")},
		"netvet/rules/a_first/rule.rego":        {Data: []byte(strings.ReplaceAll(soundRule, "open_door", "a_first"))},
		"lib/netvet/door/door.rego":             {Data: []byte("package lib.netvet.door\n")},
		"README.md":                             {Data: []byte("# Doors\n")},
	}
}

func TestOpenReadsRulesAndTheirFixtures(t *testing.T) {
	p, err := policy.Open(sound())
	require.NoError(t, err)
	assert.Equal(t, &policy.Rule{
		ID:          "open-door",
		Package:     "netvet.rules.open_door",
		Title:       "Doors stand open",
		Description: "A door that stands open\nlets anybody in.",
		Remediation: "Shut the door.",
		Severity:    policy.Warning,
		Category:    "exposure",
		Scope:       policy.Workloads,
		Kinds:       []string{"Door"},
		Needs:       []string{"House"},
		After:       []string{"no-house"},
		Guide:       []string{"mistake 1"},
		References:  []string{"https://example.com/doors"},
		Parameters: map[string]policy.Parameter{
			"keys": {Type: "array", Description: "Who holds a key.", Default: []any{"nobody"}},
		},
		Bad:  "open: true\n",
		Good: "open: false\n",
	}, p.Rule("open-door"))

	assert.Equal(t, map[string]string{
		"netvet/rules/open_door/rule.rego": soundRule,
		"netvet/rules/a_first/rule.rego":   strings.ReplaceAll(soundRule, "open_door", "a_first"),
		"lib/netvet/door/door.rego":        "package lib.netvet.door\n",
	}, p.Sources(), "the Rego, without tests")
}

func TestRulesAreFoundByID(t *testing.T) {
	p, err := policy.Open(sound())
	require.NoError(t, err)
	var ids []string
	for _, rule := range p.Rules() {
		ids = append(ids, rule.ID)
		assert.Same(t, rule, p.Rule(rule.ID))
	}
	assert.Equal(t, []string{"a-first", "open-door"}, ids)
	for _, unknown := range []string{"", "open_door", "open-doors", "zoo"} {
		assert.Nil(t, p.Rule(unknown), unknown)
	}
}

func TestFixturesMayBeMissing(t *testing.T) {
	p, err := policy.Open(sound())
	require.NoError(t, err)
	assert.Empty(t, p.Rule("a-first").Bad)
	assert.Empty(t, p.Rule("a-first").Good)
}

func TestPolicyIsNotChangedThroughItsParts(t *testing.T) {
	p, err := policy.Open(sound())
	require.NoError(t, err)
	before := p.Digest()
	clear(p.Sources())
	clear(p.Rules())
	assert.Equal(t, before, p.Digest())
	assert.NotNil(t, p.Rules()[0])
}

func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct{ replace, with, want string }{
		"an unknown key":                {"# custom:", "# organizations: [doors]\n# custom:", `unknown field "organizations"`},
		"an unknown key of a rule":      {"#   scope:", "#   scopes:", `unknown field "scopes"`},
		"an unknown key of a parameter": {"#       default:", "#       defaults:", `unknown field "defaults"`},
		"a key that stands twice":       {"# title:", "# title: A\n# title:", `"title" already set`},
		"an unknown severity":           {"severity: warning", "severity: fatal", `unknown severity "fatal"`},
		"no severity":                   {"#   severity: warning\n", "", "custom.severity is missing"},
		"no METADATA":                   {"# METADATA\n# title", "# title", "custom.severity is missing"},
		"broken YAML":                   {"kinds: [Door]", "kinds: [Door", "yaml: "},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(soundRule, c.replace, c.with, 1)
			require.NotEqual(t, soundRule, text)
			fsys := sound()
			fsys["netvet/rules/open_door/rule.rego"] = &fstest.MapFile{Data: []byte(text)}
			p, err := policy.Open(fsys)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "open policy: netvet/rules/open_door/rule.rego: METADATA: ")
			require.NotNil(t, p, "the other rules are there")
			assert.Nil(t, p.Rule("open-door"))
			assert.NotNil(t, p.Rule("a-first"))
		})
	}
}

func TestOpenTellsOfEveryFault(t *testing.T) {
	fsys := sound()
	for _, file := range []string{"netvet/rules/open_door/rule.rego", "netvet/rules/a_first/rule.rego"} {
		fsys[file] = &fstest.MapFile{Data: []byte("package x\n")}
	}
	_, err := policy.Open(fsys)
	require.ErrorContains(t, err, "netvet/rules/open_door/rule.rego: ")
	require.ErrorContains(t, err, "netvet/rules/a_first/rule.rego: ")
}

func TestOpenTellsWhatCannotBeRead(t *testing.T) {
	_, err := policy.Open(os.DirFS("no such directory"))
	require.ErrorIs(t, err, fs.ErrNotExist)

	for _, file := range []string{"lib/netvet/door/door.rego", "netvet/rules/open_door/bad.yaml", "netvet/rules/open_door/good.yaml"} {
		_, err = policy.Open(locked{sound(), file})
		assert.ErrorIs(t, err, errLocked, file)
	}
}

// locked is a file system with one file that cannot be opened.
type locked struct {
	fstest.MapFS
	file string
}

var errLocked = errors.New("locked")

func (l locked) Open(name string) (fs.File, error) {
	if name == l.file {
		return nil, errLocked
	}
	return l.MapFS.Open(name)
}

// ReadFile is what fs.ReadFile prefers to Open.
func (l locked) ReadFile(name string) ([]byte, error) {
	if name == l.file {
		return nil, errLocked
	}
	return l.MapFS.ReadFile(name)
}

func TestDigestIsOfTheSources(t *testing.T) {
	digest := func(change func(fstest.MapFS)) string {
		fsys := sound()
		change(fsys)
		p, err := policy.Open(fsys)
		require.NoError(t, err)
		return p.Digest()
	}
	same := digest(func(fstest.MapFS) {})
	assert.Regexp(t, `^sha256:[0-9a-f]{64}$`, same)
	assert.Equal(t, same, digest(func(fsys fstest.MapFS) {
		maps.DeleteFunc(fsys, func(name string, _ *fstest.MapFile) bool { return !strings.HasSuffix(name, ".rego") })
		delete(fsys, "netvet/rules/open_door/rule_test.rego")
	}), "what is no source does not count")
	const door = "lib/netvet/door/door.rego"
	for name, change := range map[string]func(fstest.MapFS){
		"another text":  func(fsys fstest.MapFS) { fsys[door] = &fstest.MapFile{Data: []byte("package lib.netvet.door\n\n")} },
		"another name":  func(fsys fstest.MapFS) { fsys["lib/netvet/door/gate.rego"] = fsys[door]; delete(fsys, door) },
		"one file less": func(fsys fstest.MapFS) { delete(fsys, door) },
		"one file more": func(fsys fstest.MapFS) { fsys["lib/netvet/gate/gate.rego"] = fsys[door] },
	} {
		assert.NotEqual(t, same, digest(change), name)
	}
}

func TestSeverityIsWrittenAndReadByName(t *testing.T) {
	for severity, name := range map[policy.Severity]string{policy.Error: "error", policy.Warning: "warning", policy.Note: "note"} {
		assert.Equal(t, name, severity.String())
		parsed, err := policy.ParseSeverity(name)
		require.NoError(t, err)
		assert.Equal(t, severity, parsed)

		text, err := json.Marshal(map[string]policy.Severity{"severity": severity})
		require.NoError(t, err)
		assert.JSONEq(t, `{"severity": "`+name+`"}`, string(text))
		var read map[string]policy.Severity
		require.NoError(t, json.Unmarshal(text, &read))
		assert.Equal(t, severity, read["severity"])
	}
	for _, name := range []string{"", "Error", "none", "fatal"} {
		_, err := policy.ParseSeverity(name)
		assert.ErrorContains(t, err, "want error, warning or note", "%q", name)
	}
	assert.Equal(t, "Severity(0)", policy.Severity(0).String())
	assert.Equal(t, "Severity(4)", policy.Severity(4).String())
}

func TestParameterChecksItsType(t *testing.T) {
	values := map[string]any{
		"string": "a", "empty string": "", "int": 7, "int64": int64(7), "whole number": 7.0, "fraction": 0.5, "beyond integers": 1e300,
		"bool": false, "null": nil, "strings": []any{"a", "b"}, "Go's strings": []string{"a"}, "empty list": []any{}, "mixed list": []any{"a", 1},
		"mapping": map[string]any{},
	}
	for kind, want := range map[string][]string{
		"string":  {"string", "empty string"},
		"boolean": {"bool"},
		"integer": {"int", "int64", "whole number"},
		"array":   {"strings", "Go's strings", "empty list"},
		"object":  nil, // no such type
	} {
		parameter := policy.Parameter{Type: kind, Description: "Who holds a key."}
		var accepted []string
		for name, value := range values {
			err := parameter.Check(value)
			if err == nil {
				accepted = append(accepted, name)
				continue
			}
			assert.EqualError(t, err, fmt.Sprintf("%v is no %s: Who holds a key.", value, kind))
		}
		assert.ElementsMatch(t, want, accepted, kind)
	}
}

func TestFormerNames(t *testing.T) {
	rule := func(name, custom string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("# METADATA\n# title: T\n# custom:\n#   severity: note\n" + custom + "package netvet.rules." + name + "\n\nmetadata := rego.metadata.chain()\n\nviolation contains {}\n")}
	}
	p, err := policy.Open(fstest.MapFS{
		"netvet/rules/new_name/rule.rego": rule("new_name", "#   formerly: [old-name, older-name]\n"),
		"netvet/rules/leaving/rule.rego":  rule("leaving", "#   deprecated: new-name says it, too\n"),
	})
	require.NoError(t, err)
	for id, want := range map[string]bool{"new-name": false, "old-name": true, "older-name": true} {
		found, former := p.Named(id)
		require.NotNil(t, found, id)
		assert.Equal(t, "new-name", found.ID)
		assert.Equal(t, want, former, id)
	}
	found, former := p.Named("none")
	assert.Nil(t, found)
	assert.False(t, former)
	assert.Nil(t, p.Rule("old-name"), "a former ID is none")
	assert.Equal(t, "new-name says it, too", p.Rule("leaving").Deprecated)

	for id, other := range map[string]string{"b": "b", "c": "a"} {
		_, err = policy.Open(fstest.MapFS{
			"netvet/rules/a/rule.rego": rule("a", "#   formerly: [c]\n"),
			"netvet/rules/b/rule.rego": rule("b", ""),
			"netvet/rules/d/rule.rego": rule("d", "#   formerly: ["+id+"]\n"),
		})
		assert.EqualError(t, err, "open policy: rule d: its former name "+id+" is taken by "+other)
	}
}
