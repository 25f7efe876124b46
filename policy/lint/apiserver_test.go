package lint_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

const frozenVerdicts = "../../testdata/apiserver/policies.txt"

// refusable is a policy, and what the API server makes of it.
type refusable struct {
	name    string
	text    string
	Refused bool     `json:"refused"`
	Fields  []string `json:"fields"`
	Message string   `json:"message"`
}

var (
	owner     = regexp.MustCompile(`ownerReferences\[\d+\]`)
	frozenRow = regexp.MustCompile(`^\t(accepted|refused)(?: (.*?))?(?:  # (.*))?$`)
	repeated  = regexp.MustCompile(`<(.)\*(\d+)>`)
)

// frozen reads the policies with the verdicts that testdata/apiserver gives them.
func frozen(t *testing.T) (policies []refusable) {
	t.Helper()
	file, err := os.Open(frozenVerdicts)
	require.NoError(t, err)
	defer file.Close()
	template, inRows := "", false
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		switch row := frozenRow.FindStringSubmatch(line); {
		case line == "" || strings.HasPrefix(line, "#"):
		case row != nil:
			inRows = true
			value := repeated.ReplaceAllStringFunc(row[2], func(run string) string {
				part := repeated.FindStringSubmatch(run)
				times, _ := strconv.Atoi(part[2])
				return strings.Repeat(part[1], times)
			})
			policies = append(policies, refusable{
				name:    fmt.Sprintf("%d.yaml", n),
				text:    policyOf(strings.ReplaceAll(template, "@", value)),
				Refused: row[1] == "refused",
				Fields:  strings.Fields(row[3]),
			})
		case strings.HasPrefix(line, "\t"):
			t.Fatalf("%s:%d: no row: %s", frozenVerdicts, n, line)
		default:
			if inRows {
				template, inRows = "", false
			}
			template += line + "\n"
		}
	}
	require.NoError(t, lines.Err())
	return policies
}

// policyOf completes what is left of a policy.
func policyOf(text string) string {
	if !strings.Contains(text, "metadata:") {
		text = "metadata: {name: web}\n" + text
	}
	return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n" + text
}

// TestAPIServerAgrees: netvet refuses what the API server refuses, and nothing else, and each field that the server names.
func TestAPIServerAgrees(t *testing.T) {
	policies := frozen(t)
	require.Greater(t, len(policies), 300)
	assertAgrees(t, policies)
}

func assertAgrees(t *testing.T, policies []refusable) {
	t.Helper()
	linter := newLinter(t, lint.Config{Enable: []string{"rejected-by-api-server", "unknown-field"}})
	unread, unknown, refused := map[string]bool{}, map[string]bool{}, map[string][]string{} // by file; refused holds the fields
	set := &manifest.Set{}
	for _, policy := range policies {
		one := manifest.Decode(policy.name, []byte(policy.text), manifest.Options{})
		unread[policy.name] = len(one.Errors) > 0
		set.Resources = append(set.Resources, one.Resources...)
	}
	report, err := linter.Lint(t.Context(), set)
	require.NoError(t, err)
	for _, finding := range report.Findings {
		refused[finding.Resource.File] = append(refused[finding.Resource.File], fieldOf(finding.Path))
		unknown[finding.Resource.File] = unknown[finding.Resource.File] || finding.Rule.ID == "unknown-field"
	}
	for _, policy := range policies {
		fields := refused[policy.name]
		agrees := assert.Equal(t, policy.Refused, unread[policy.name] || len(fields) > 0, "server: %s\nnetvet: %q\n%s: %s", policy.Message, fields, policy.name, policy.text)
		if !agrees || unread[policy.name] || len(policy.Fields) == 0 {
			continue
		}
		for _, field := range policy.Fields {
			assert.True(t, slices.ContainsFunc(fields, func(f string) bool { return within(f, field) }), "%s of the server's is not among %q\n%s: %s", field, fields, policy.name, policy.text)
		}
		if unknown[policy.name] { // the server goes no further
			continue
		}
		for _, field := range fields {
			assert.True(t, slices.ContainsFunc(policy.Fields, func(f string) bool { return within(field, f) }), "%s is not among the server's %q\n%s: %s", field, policy.Fields, policy.name, policy.text)
		}
	}
}

// TestAPIServerAgreesWithoutReader: in hosts that do not read with package manifest, the rules alone give the verdict on all but what no object can
// hold: keys given twice, and numbers that JSON lacks.
func TestAPIServerAgreesWithoutReader(t *testing.T) {
	linter := newLinter(t, lint.Config{Enable: []string{"rejected-by-api-server", "unknown-field"}})
	set, want := &manifest.Set{}, map[string]bool{}
	for _, policy := range frozen(t) {
		data, err := yaml.YAMLToJSONStrict([]byte(policy.text))
		if err != nil {
			continue
		}
		var object map[string]any
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber()
		require.NoError(t, decoder.Decode(&object))
		want[policy.name] = policy.Refused
		set.Resources = append(set.Resources, &manifest.Resource{ID: manifest.ID{Kind: "NetworkPolicy"}, File: policy.name, Object: object})
	}
	require.Greater(t, len(want), 750)
	report, err := linter.Lint(t.Context(), set)
	require.NoError(t, err)
	refused := map[string]bool{}
	for _, finding := range report.Findings {
		refused[finding.Resource.File] = true
	}
	for _, resource := range set.Resources {
		assert.Equal(t, want[resource.File], refused[resource.File], "line %s of %s", resource.File, frozenVerdicts)
	}
}

// fieldOf writes a path as the server does.
func fieldOf(path manifest.Path) string {
	var text strings.Builder
	for _, step := range path {
		if n, isIndex := step.(int); isIndex {
			fmt.Fprintf(&text, "[%d]", n)
			continue
		}
		if text.Len() > 0 {
			text.WriteByte('.')
		}
		fmt.Fprint(&text, step)
	}
	return text.String()
}

// within: netvet names the very label where the server names the labels, what a name is made of where the server names the name, and the block
// alone where the server goes on to its exceptions. The server counts the owners after it has dropped those that are given twice.
func within(ours, server string) bool {
	ours, server = owner.ReplaceAllString(ours, "owner"), owner.ReplaceAllString(server, "owner")
	block, isBlock := strings.CutSuffix(ours, ".cidr")
	return strings.HasPrefix(ours, server) || ours == "metadata.generateName" && server == "metadata.name" ||
		isBlock && strings.HasPrefix(server, block+".except")
}
