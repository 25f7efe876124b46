package gatekeeper_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/netvet/netvet/bundle/gatekeeper"
	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

func ExampleGenerate() {
	made, err := gatekeeper.Generate(policy.Default(), gatekeeper.Options{Rules: []string{"missing-dns"}, Action: "dryrun"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(made.Templates[0].Name)
	fmt.Println(made.Constraints[0].Name)
	fmt.Println(made.Stream(io.Discard))
	// Output:
	// netvetmissingdns
	// netvet-missing-dns
	// <nil>
}

func ExampleManifests_Files() {
	made, err := gatekeeper.Generate(policy.Default(), gatekeeper.Options{Rules: []string{"rules-without-policy-type"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	files, err := made.Files(context.Background())
	fmt.Println(err)
	fmt.Print(string(files["kustomization.yaml"]))
	// Output:
	// <nil>
	// apiVersion: kustomize.config.k8s.io/v1beta1
	// kind: Kustomization
	// resources:
	//   - constraints
	//   - templates
}

func generate(t *testing.T, o gatekeeper.Options) *gatekeeper.Manifests {
	t.Helper()
	made, err := gatekeeper.Generate(policy.Default(), o)
	require.NoError(t, err)
	return made
}

func object(t *testing.T, text []byte) (o map[string]any) {
	t.Helper()
	require.NoError(t, yaml.UnmarshalStrict(text, &o))
	return o
}

func at(o any, steps ...any) any {
	for _, step := range steps {
		switch s := step.(type) {
		case string:
			m, _ := o.(map[string]any)
			o = m[s]
		case int:
			o = o.([]any)[s]
		}
	}
	return o
}

var dnsLabel = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)

// TestTemplatesCarryTheSources: each rule that admission can ask has a template with the rule and all that it imports, byte for byte.
func TestTemplatesCarryTheSources(t *testing.T) {
	p := policy.Default()
	templates := map[string]map[string]any{}
	for _, m := range generate(t, gatekeeper.Options{}).Templates {
		templates[m.Name] = object(t, m.Text)
	}
	for _, rule := range p.Rules() {
		name := strings.ToLower(gatekeeper.Kind(rule))
		template := templates[name]
		delete(templates, name)
		if rule.Scope == policy.Source {
			assert.Nil(t, template, rule.ID)
			continue
		}
		require.NotNil(t, template, rule.ID)
		assert.Regexp(t, dnsLabel, name)
		assert.Equal(t, name, at(template, "metadata", "name"))
		assert.Equal(t, gatekeeper.Kind(rule), at(template, "spec", "crd", "spec", "names", "kind"))
		assert.Equal(t, rule.Title, at(template, "metadata", "annotations", "metadata.gatekeeper.sh/title"))
		source := at(template, "spec", "targets", 0, "code", 0, "source").(map[string]any)
		assert.Equal(t, "v1", source["version"])
		closure := p.Closure(strings.ReplaceAll(rule.Package, ".", "/") + "/rule.rego")
		assert.Equal(t, p.Sources()[closure[0]], source["rego"], rule.ID)
		libs, _ := source["libs"].([]any)
		require.Len(t, libs, len(closure)-1, rule.ID)
		for i, library := range libs {
			assert.Equal(t, p.Sources()[closure[i+1]], library, "%s: %s", rule.ID, closure[i+1])
		}
		properties, _ := at(template, "spec", "crd", "spec", "validation", "openAPIV3Schema", "properties").(map[string]any)
		assert.ElementsMatch(t, slices.Collect(maps.Keys(rule.Parameters)), slices.Collect(maps.Keys(properties)), rule.ID)

		_, reads := at(template, "metadata", "annotations").(map[string]any)["metadata.gatekeeper.sh/requires-sync-data"]
		assert.Equal(t, rule.Scope.WantsOthers() || len(rule.Needs) > 0, reads, rule.ID)
	}
	assert.Empty(t, templates, "templates of no rule")
}

func TestKind(t *testing.T) {
	for id, want := range map[string]string{
		"missing-dns":            "NetvetMissingDNS",
		"service-ip-in-ip-block": "NetvetServiceIPInIPBlock",
		"ipv4-only-world":        "NetvetIPv4OnlyWorld",
		"api-server-blocked":     "NetvetAPIServerBlocked",
		"rejected-by-api-server": "NetvetRejectedByAPIServer",
		"or-peers":               "NetvetOrPeers",
	} {
		assert.Equal(t, want, gatekeeper.Kind(&policy.Rule{ID: id, Package: "netvet.rules." + strings.ReplaceAll(id, "-", "_")}))
	}
	assert.Equal(t, "AcmeTeamLabel", gatekeeper.Kind(&policy.Rule{ID: "acme-team-label", Package: "acme.rules.team_label"}))
}

// TestActions: what depends on other objects never denies, notes are audited.
func TestActions(t *testing.T) {
	p := policy.Default()
	for _, c := range generate(t, gatekeeper.Options{}).Constraints {
		o := object(t, c.Text)
		var rule *policy.Rule
		for _, r := range p.Rules() {
			if gatekeeper.Kind(r) == o["kind"] {
				rule = r
			}
		}
		require.NotNil(t, rule, c.Name)
		action := at(o, "spec", "enforcementAction")
		if action == "deny" {
			assert.Equal(t, policy.Object, rule.Scope, c.Name)
			assert.Equal(t, policy.Error, c.Severity, c.Name)
		}
		assert.Equal(t, c.Severity == policy.Note, action == "dryrun", c.Name)
	}
}

func TestOptions(t *testing.T) {
	constraint := func(o gatekeeper.Options) map[string]any {
		return object(t, generate(t, o).Constraints[0].Text)
	}
	only := []string{"rules-without-policy-type"}
	assert.Equal(t, "deny", at(constraint(gatekeeper.Options{Rules: only}), "spec", "enforcementAction"))
	assert.Equal(t, "warn", at(constraint(gatekeeper.Options{Rules: only, Action: "warn"}), "spec", "enforcementAction"))
	assert.Equal(t, map[string]any{
		"kinds":      []any{map[string]any{"apiGroups": []any{"networking.k8s.io"}, "kinds": []any{"NetworkPolicy"}}},
		"namespaces": []any{"shop-*"},
	}, at(constraint(gatekeeper.Options{Rules: only, Match: map[string]any{"namespaces": []string{"shop-*"}}}), "spec", "match"))
	assert.Equal(t, []any{map[string]any{"action": "deny", "enforcementPoints": []any{map[string]any{"name": "validation.gatekeeper.sh"}}}},
		at(constraint(gatekeeper.Options{Rules: only, Action: "scoped", Scoped: []gatekeeper.ScopedAction{
			{Action: "deny", Points: []string{"validation.gatekeeper.sh"}},
		}}), "spec", "scopedEnforcementActions"))
	assert.Equal(t, []any{"openshift"}, at(constraint(gatekeeper.Options{
		Rules: []string{"missing-dns"}, Parameters: map[string]any{"platform": []string{"openshift"}, "kubelet_exempt": false},
	}), "spec", "parameters", "platform"))
	assert.Nil(t, at(constraint(gatekeeper.Options{Rules: only, Parameters: map[string]any{"kubelet_exempt": false}}), "spec", "parameters", "kubelet_exempt"),
		"a parameter that the rule does not read")

	for _, m := range generate(t, gatekeeper.Options{Severity: policy.Error}).Constraints {
		assert.NotEqual(t, "dryrun", at(object(t, m.Text), "spec", "enforcementAction"))
	}
	assert.Nil(t, generate(t, gatekeeper.Options{Rules: only}).Sync, "the rule looks at nothing else")
}

func TestRefusals(t *testing.T) {
	for want, o := range map[string]gatekeeper.Options{
		`unknown rule "missing_dns"`:                                          {Rules: []string{"missing_dns"}},
		"judges the source text, which admission does not see":                {Rules: []string{"missing-pod-selector"}},
		`unknown enforcement action "block": want one of deny, warn, dryrun,`: {Action: "block"},
		`unknown enforcement action "block": want one of deny, warn, dryrun`:  {Action: "scoped", Scoped: []gatekeeper.ScopedAction{{Action: "block", Points: []string{"x"}}}},
		"the enforcement action deny is for no enforcement point":             {Action: "scoped", Scoped: []gatekeeper.ScopedAction{{Action: "deny"}}},
		"scoped and actions at enforcement points go together":                {Action: "scoped"},
		`parameter platform: unknown value "openshfit"`:                       {Rules: []string{"missing-dns"}, Parameters: map[string]any{"platform": []string{"openshfit"}}},
		"no rule of severity error or graver among those named":               {Rules: []string{"allow-all-egress"}, Severity: policy.Error},
	} {
		_, err := gatekeeper.Generate(policy.Default(), o)
		assert.ErrorContains(t, err, want)
	}
}

// TestSync: what any template requires is synchronised, once, and every cluster has it.
func TestSync(t *testing.T) {
	made := generate(t, gatekeeper.Options{})
	var synced []string
	for _, gvk := range at(object(t, made.Sync.Text), "spec", "gvks").([]any) {
		synced = append(synced, fmt.Sprint(at(gvk, "group"), "/", at(gvk, "version"), " ", at(gvk, "kind")))
	}
	assert.Equal(t, slices.Compact(slices.Sorted(slices.Values(synced))), slices.Sorted(slices.Values(synced)), "each once")
	var builtIn []string
	for _, kind := range manifest.Kinds() {
		if kind.BuiltIn {
			builtIn = append(builtIn, fmt.Sprint(kind.Group, "/", kind.Version, " ", kind.Name))
		}
	}
	assert.Subset(t, builtIn, synced)
	for _, template := range made.Templates {
		text, _ := at(object(t, template.Text), "metadata", "annotations", "metadata.gatekeeper.sh/requires-sync-data").(string)
		if text == "" {
			continue
		}
		var required [][]struct{ Groups, Versions, Kinds []string }
		require.NoError(t, yaml.Unmarshal([]byte(strings.Trim(text, `"`)), &required))
		for _, clause := range required {
			assert.Contains(t, synced, clause[0].Groups[0]+"/"+clause[0].Versions[0]+" "+clause[0].Kinds[0], template.Name)
		}
	}
}

func TestStreamIsStableAndInOrder(t *testing.T) {
	var first, second bytes.Buffer
	require.NoError(t, generate(t, gatekeeper.Options{}).Stream(&first))
	require.NoError(t, generate(t, gatekeeper.Options{}).Stream(&second))
	assert.True(t, bytes.Equal(first.Bytes(), second.Bytes()))
	var kinds []string
	for document := range strings.SplitSeq(first.String(), "\n---\n") {
		kind, _ := object(t, []byte(document))["kind"].(string)
		if strings.HasPrefix(kind, "Netvet") {
			kind = "constraint"
		}
		kinds = append(kinds, kind)
	}
	assert.Equal(t, []string{"ConstraintTemplate", "SyncSet", "constraint"}, slices.Compact(kinds))
}

// TestFilesAreWhole: every file is named by the kustomization or suite of its folder, and every file that is named is there.
func TestFilesAreWhole(t *testing.T) {
	rules := []string{"or-peers", "missing-dns", "allow-all-egress", "rules-without-policy-type"}
	files, err := generate(t, gatekeeper.Options{Rules: rules}).Files(t.Context())
	require.NoError(t, err)
	named := map[string]bool{"kustomization.yaml": true}
	for name, text := range files {
		dir := path.Dir(name)
		switch path.Base(name) {
		case "kustomization.yaml":
			for _, resource := range at(object(t, text), "resources").([]any) {
				file := path.Join(dir, resource.(string))
				if path.Ext(file) == "" {
					file += "/kustomization.yaml"
				}
				named[file] = true
			}
		case "suite.yaml":
			named[name] = true
			for _, test := range at(object(t, text), "tests").([]any) {
				named[path.Join(dir, at(test, "template").(string))] = true
				named[path.Join(dir, at(test, "constraint").(string))] = true
				for _, c := range at(test, "cases").([]any) {
					named[path.Join(dir, at(c, "object").(string))] = true
					inventory, _ := at(c, "inventory").([]any)
					for _, file := range inventory {
						named[path.Join(dir, file.(string))] = true
					}
				}
			}
		}
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(named)), slices.Collect(maps.Keys(files)))
}

// TestSuitesExpect: each rule's bad fixture draws something at admission, its good one nothing.
func TestSuitesExpect(t *testing.T) {
	made := generate(t, gatekeeper.Options{})
	files, err := made.Files(t.Context())
	require.NoError(t, err)
	for _, rule := range policy.Default().Rules() {
		if rule.Scope == policy.Source {
			continue
		}
		told := 0
		for _, test := range at(object(t, files["suites/"+rule.ID+"/suite.yaml"]), "tests").([]any) {
			for _, c := range at(test, "cases").([]any) {
				quiet := at(c, "assertions", 0, "violations") == "no"
				if !quiet {
					told++
				}
				if name := at(c, "name").(string); !strings.HasPrefix(name, "bad-") {
					assert.True(t, quiet, "%s: %s", rule.ID, name)
				}
			}
		}
		assert.True(t, told > 0 || onlyNotes(t, rule), "%s tells nothing at admission", rule.ID)
	}
}

// onlyNotes: what the rule says of its bad fixture is slighter than what constraints tell of.
func onlyNotes(t *testing.T, rule *policy.Rule) bool {
	linter, err := lint.New(t.Context(), policy.Default(), lint.Config{Enable: []string{rule.ID}})
	require.NoError(t, err)
	report, err := linter.Lint(t.Context(), manifest.Decode("bad.yaml", []byte(rule.Bad), manifest.Options{}))
	require.NoError(t, err)
	return rule.Severity != policy.Note && report.Summary.Errors+report.Summary.Warnings == 0 && report.Summary.Notes > 0
}

// TestStockGator runs the suites, and holds the SyncSet to what templates require, in the gator of testdata/engines: make engines.
func TestStockGator(t *testing.T) {
	gator := findGator(t)
	dir := t.TempDir()
	files, err := generate(t, gatekeeper.Options{}).Files(t.Context())
	require.NoError(t, err)
	for name, text := range files {
		file := path.Join(dir, name)
		require.NoError(t, os.MkdirAll(path.Dir(file), 0o777))
		require.NoError(t, os.WriteFile(file, text, 0o600))
	}
	gator.run(t, "verify", dir+"/...")
	gator.run(t, "sync", "test", "--force-omit-gvk-manifest", "-n", dir+"/templates", "-n", dir+"/sync/syncset.yaml")
}

// TestStockGatorSuppresses: authors may suppress the rules that a parameter names, and no others.
func TestStockGatorSuppresses(t *testing.T) {
	gator := findGator(t)
	const id = "rules-without-policy-type"
	object := path.Join(t.TempDir(), "policy.yaml")
	require.NoError(t, os.WriteFile(object, []byte(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
  annotations:
    ignore.netvet.dev/`+id+`: agreed
spec:
  podSelector: {}
  policyTypes: [Ingress]
  egress: [{}]
`), 0o600))
	for _, suppressible := range [][]string{nil, {"another-rule"}, {id}} {
		var constraints bytes.Buffer
		made := generate(t, gatekeeper.Options{Rules: []string{id}, Parameters: map[string]any{"suppressible": suppressible}})
		require.NoError(t, made.Stream(&constraints))
		file := path.Join(t.TempDir(), "constraints.yaml")
		require.NoError(t, os.WriteFile(file, constraints.Bytes(), 0o600))
		err := gator.test(t, "test", "-f", file, "-f", object)
		assert.Equal(t, slices.Contains(suppressible, id), err == nil, "%v: %v", suppressible, err)
	}
}
