package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
)

func ExampleJoin() {
	rules, err := policy.Join(policy.Default(), fstest.MapFS{"acme/rules/team_label/rule.rego": {Data: []byte(`# METADATA
# title: A policy says whose it is
# custom:
#   severity: warning
package acme.rules.team_label

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy

metadata := rego.metadata.chain()

violation contains finding.at(i, ["metadata"], "no label team, so nobody is asked") if {
	some i in networkpolicy.reviewed
	not host.metadata(host.resources[i]).labels.team
}
`)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	rule := rules.Rule("acme-team-label")
	fmt.Println(rule.ID, rule.Package)
	// Output: acme-team-label acme.rules.team_label
}

func ExamplePolicy_Preset() {
	rules, err := policy.Default().Preset(map[string]any{"platform": []string{"eks", "calico"}})
	fmt.Println(rules.Settings(), err)
	fmt.Println(rules.Rule("missing-dns").Parameters["platform"].Default)
	// Output:
	// map[platform:[eks calico]] <nil>
	// [eks calico]
}

const ownRule = `# METADATA
# title: Gates stand open
# custom:
#   severity: warning
package acme.rules.open_gate

import data.lib.netvet.door

metadata := rego.metadata.chain()

violation := set()
`

// base is a policy to add to; its library has a parameter.
func base(t *testing.T) *policy.Policy {
	t.Helper()
	fsys := sound()
	fsys["lib/netvet/door/door.rego"] = &fstest.MapFile{Data: []byte(`# METADATA
# description: Doors.
# custom:
#   parameters:
#     locks:
#       type: integer
#       description: How many locks a door has.
#       default: 1
package lib.netvet.door
`)}
	p, err := policy.Open(fsys)
	require.NoError(t, err)
	return p
}

func own(more map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{
		"acme/rules/open_gate/rule.rego":      {Data: []byte(ownRule)},
		"acme/rules/open_gate/rule_test.rego": {Data: []byte("package acme.rules.open_gate_test\n")},
		"acme/rules/open_gate/bad.yaml":       {Data: []byte("open: true\n")},
	}
	for name, source := range more {
		fsys[name] = &fstest.MapFile{Data: []byte(source)}
	}
	return fsys
}

func TestJoinAddsRules(t *testing.T) {
	p := base(t)
	before := p.Digest()
	joined, err := policy.Join(p, own(map[string]string{"lib/acme/gate/gate.rego": "package lib.acme.gate\n"}))
	require.NoError(t, err)
	assert.Equal(t, before, p.Digest(), "the policy itself stays as it is")
	assert.NotEqual(t, before, joined.Digest())
	assert.Len(t, joined.Rules(), 3)
	assert.Equal(t, "open: true\n", joined.Rule("open-door").Bad, "fixtures stay")

	rule := joined.Rule("acme-open-gate")
	require.NotNil(t, rule)
	assert.Equal(t, "acme.rules.open_gate", rule.Package)
	assert.Equal(t, "open: true\n", rule.Bad)
	assert.Contains(t, rule.Parameters, "locks", "those of a library that was there before")
	assert.Equal(t, []string{"acme/rules/open_gate/rule.rego", "lib/netvet/door/door.rego"}, joined.Closure("acme/rules/open_gate/rule.rego"))
}

func TestJoinRefuses(t *testing.T) {
	const inOurs = "is netvet's own: a rule of yours is OWNER/rules/NAME/rule.rego, package OWNER.rules.NAME"
	parameter := func(name string) string {
		return strings.Replace(ownRule, "#   severity: warning\n", "#   severity: warning\n#   parameters: {"+name+": {type: string, description: Which., default: a}}\n", 1)
	}
	for name, c := range map[string]struct {
		more map[string]string
		want string
	}{
		"what is there":                {map[string]string{"lib/netvet/door/door.rego": "package lib.netvet.door\n"}, "lib/netvet/door/door.rego is netvet's own: call yours something else"},
		"a module of a library's":      {map[string]string{"lib/netvet/door/more.rego": "package lib.netvet.door\n"}, "lib/netvet/door/more.rego: package lib.netvet.door " + inOurs},
		"it under another path":        {map[string]string{"lib/acme/door.rego": "package lib.netvet.door\n"}, "package lib.netvet.door " + inOurs},
		"the entry":                    {map[string]string{"acme/entry.rego": "package netvet\n"}, "package netvet " + inOurs},
		"conftest's entry":             {map[string]string{"acme/entry.rego": "package main\n"}, "package main " + inOurs},
		"all libraries":                {map[string]string{"acme/entry.rego": "package lib\n"}, "package lib " + inOurs},
		"a package written otherwise":  {map[string]string{"acme/entry.rego": "package\nnetvet\n"}, "package  " + inOurs},
		"a rule elsewhere":             {map[string]string{"acme/rule/x/rule.rego": strings.ReplaceAll(ownRule, "rules.open_gate", "rule.x")}, "package acme.rule.x would never be asked: a rule is OWNER/rules/NAME/rule.rego"},
		"a rule of another package":    {map[string]string{"acme/rules/x/rule.rego": ownRule}, "package acme.rules.open_gate would never be asked"},
		"a rule too deep":              {map[string]string{"acme/rules/x/y/rule.rego": strings.ReplaceAll(ownRule, "open_gate", "x.y")}, "would never be asked"},
		"a rule of an owner in two":    {map[string]string{"a/b/rules/x/rule.rego": strings.ReplaceAll(ownRule, "acme.rules.open_gate", "a.b.rules.x")}, "would never be asked"},
		"a rule of the library":        {map[string]string{"lib/rules/x/rule.rego": strings.ReplaceAll(ownRule, "acme.rules.open_gate", "lib.rules.x")}, "would never be asked"},
		"a rule in capitals":           {map[string]string{"acme/rules/X/rule.rego": strings.ReplaceAll(ownRule, "open_gate", "X")}, "would never be asked"},
		"a rule without documentation": {map[string]string{"acme/more.rego": "package acme.rules.more\n"}, "it is in package acme.rules.more, but there is no acme/rules/more/rule.rego"},
		"a rule that says nothing":     {map[string]string{"acme/rules/x/rule.rego": strings.NewReplacer("open_gate", "x", "violation", "violations").Replace(ownRule)}, "it would never be heard"},
		"a rule without metadata":      {map[string]string{"acme/rules/x/rule.rego": strings.NewReplacer("open_gate", "x", "metadata :=", "meta :=").Replace(ownRule)}, "it would never be heard"},
		"a library that is not there":  {map[string]string{"acme/rules/x/rule.rego": strings.NewReplacer("open_gate", "x", "lib.netvet.door", "lib.netvet.doors.door").Replace(ownRule)}, "acme/rules/x/rule.rego: it imports data.lib.netvet.doors.door, but there is no such library"},
		"one ID twice":                 {map[string]string{"acme_open/rules/gate/rule.rego": strings.ReplaceAll(ownRule, "acme.rules.open_gate", "acme_open.rules.gate")}, "acme.rules.open_gate and acme_open.rules.gate are both called acme-open-gate"},
		"another's ID":                 {map[string]string{"open/rules/door/rule.rego": strings.ReplaceAll(ownRule, "acme.rules.open_gate", "open.rules.door")}, "netvet.rules.open_door and open.rules.door are both called open-door"},
		"a parameter of other meaning": {map[string]string{"acme/rules/x/rule.rego": strings.ReplaceAll(parameter("keys"), "open_gate", "x")}, "parameter keys of acme-x is another one than that of a-first"},
		"a parameter no host can name": {map[string]string{"acme/rules/x/rule.rego": strings.ReplaceAll(parameter("my-keys"), "open_gate", "x")}, `parameter "my-keys": a name is of small letters, digits and _`},
		"settings of nothing":          {map[string]string{"lib/netvet/parameters/parameters.rego": "package lib.netvet.parameters\n\ncolour := 1\n"}, `unknown parameter "colour"`},
		"settings of another type":     {map[string]string{"lib/netvet/parameters/parameters.rego": "package lib.netvet.parameters\n\nlocks := `a`\n"}, "parameter locks: a is no integer"},
		"settings that are no Rego":    {map[string]string{"lib/netvet/parameters/parameters.rego": "package lib.netvet.parameters\n\nlocks :=\n"}, "lib/netvet/parameters/parameters.rego"},
	} {
		t.Run(name, func(t *testing.T) {
			joined, err := policy.Join(base(t), own(c.more))
			require.ErrorContains(t, err, c.want)
			assert.Nil(t, joined)
		})
	}
	_, err := policy.Join(base(t), fstest.MapFS{"README.md": {}})
	require.ErrorContains(t, err, "there is no Rego to add")
}

func TestSettingsAreConstants(t *testing.T) {
	for source, want := range map[string]string{
		"locks := 2":                          "",
		"locks = 2":                           "",
		"# more\n\nlocks := 2 # or so":        "",
		"locks := 1 + 1":                      "settings are NAME := VALUE",
		"locks := input.locks":                "settings are NAME := VALUE",
		"locks := 2 if input.much":            "settings are NAME := VALUE",
		"locks := 2 if { input.a } else := 3": "settings are NAME := VALUE",
		"locks(x) := 2":                       "settings are NAME := VALUE",
		"locks.a := 2":                        "settings are NAME := VALUE",
		"locks contains 2":                    "settings are NAME := VALUE",
		"locks if input.much":                 "settings are NAME := VALUE",
		"default locks := 2":                  "",
		"locks := 2\n\nlocks := 3":            "settings are NAME := VALUE",
		"locks := {2}":                        "settings are NAME := VALUE",
		"locks := [x | x := 1]":               "settings are NAME := VALUE",
	} {
		p, err := policy.Join(base(t), own(map[string]string{"lib/netvet/parameters/parameters.rego": "package lib.netvet.parameters\n\n" + source + "\n"}))
		if want != "" {
			require.ErrorContains(t, err, want, source)
			continue
		}
		require.NoError(t, err, source)
		assert.Equal(t, "2", fmt.Sprint(p.Settings()["locks"]), source)
	}
}

func TestPreset(t *testing.T) {
	p := base(t)
	set, err := p.Preset(map[string]any{"keys": []string{"ann"}})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"keys": []any{"ann"}}, set.Settings())
	assert.Equal(t, []any{"ann"}, set.Rule("open-door").Parameters["keys"].Default)
	assert.Equal(t, []any{"nobody"}, p.Rule("open-door").Parameters["keys"].Default, "the policy itself stays as it is")
	assert.Empty(t, p.Settings())
	assert.NotEqual(t, p.Digest(), set.Digest())

	joined, err := policy.Join(set, own(nil))
	require.NoError(t, err)
	assert.Equal(t, set.Settings(), joined.Settings(), "settings stay where rules are added")
	both, err := joined.Preset(map[string]any{"locks": 2})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"keys": []any{"ann"}, "locks": "2"}, map[string]any{"keys": both.Settings()["keys"], "locks": fmt.Sprint(both.Settings()["locks"])})
	assert.Equal(t, "2", fmt.Sprint(both.Rule("acme-open-gate").Parameters["locks"].Default))
	again, err := set.Preset(map[string]any{"keys": []any{"bob"}})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"keys": []any{"bob"}}, again.Settings())

	same, err := p.Preset(nil)
	require.NoError(t, err)
	assert.Equal(t, p.Digest(), same.Digest())
	var unknown *policy.UnknownParameterError
	_, err = p.Preset(map[string]any{"key": 1})
	require.ErrorAs(t, err, &unknown)
	_, err = p.Preset(map[string]any{"keys": 1})
	require.ErrorContains(t, err, "parameter keys: 1 is no array")
}

func TestImportsOfOddModules(t *testing.T) {
	p, err := policy.Open(fstest.MapFS{"lib/acme/odd/odd.rego": {Data: []byte("package lib.acme.odd\n\nimport\nimport data.\nimport data\n\timport data.lib.acme.odd as x\n")}})
	require.NoError(t, err)
	assert.Equal(t, []string{"lib/acme/odd/odd.rego"}, p.Closure("lib/acme/odd/odd.rego"))
}
