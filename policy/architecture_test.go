package policy_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

const module = "github.com/netvet/netvet/"

// drawing names every package and those of ours that it may import.
var drawing = map[string][]string{
	"cmd/netvet": {
		"bundle", "bundle/gatekeeper", "policy", "policy/cluster", "policy/lint", "policy/manifest", "policy/prove", "policy/reach", "policy/reach/expect",
		"policy/report",
	},
	"bundle":              {"policy", "policy/lint", "policy/manifest", "policy/reach", "policy/report"},
	"bundle/gatekeeper":   {"bundle", "policy", "policy/lint", "policy/manifest", "policy/reach", "policy/report"},
	"policy":              {},
	"policy/cluster":      {"policy/manifest"},
	"policy/lint":         {"policy", "policy/manifest"},
	"policy/manifest":     {},
	"policy/reach":        {"policy/manifest"},
	"policy/reach/expect": {"policy/manifest", "policy/reach"},
	"policy/prove":        {"policy", "policy/lint", "policy/manifest"},
	"policy/report":       {"policy", "policy/lint", "policy/manifest"},
}

// tested names the packages that only the tests of another import, to hold one against the other.
var tested = map[string][]string{
	"policy":      {"policy/prove"},
	"policy/lint": {"bundle/gatekeeper", "policy/reach"},
}

var (
	top        = []string{".ci", ".git", ".github", ".gitignore", ".pre-commit-hooks.yaml", "LICENSE", "Makefile", "README.md", "bundle", "cmd", "go.mod", "go.sum", "policy", "testdata"}
	indistinct = []string{"common", "helpers", "internal", "pkg", "types", "util", "utils"}
)

func TestTreeKeepsToTheDrawing(t *testing.T) {
	for _, objection := range objections(t, os.DirFS("..")) {
		t.Error(objection)
	}
}

func TestDrawingIsEnforced(t *testing.T) {
	const opa, label = "github.com/open-policy-agent/opa/v1/rego", "k8s.io/apimachinery/pkg/labels"
	for _, c := range []struct {
		file, imports string
		want          string // "" for no objection
	}{
		{"cmd/netvet/main.go", module + "policy/report", ""},
		{"cmd/netvet/main.go", "github.com/spf13/cobra", ""},
		{"bundle/bundle.go", module + "policy", ""},
		{"bundle/gatekeeper/template.go", module + "bundle", ""},
		{"policy/policy.go", opa, ""},
		{"policy/lint/lint.go", module + "policy/manifest", ""},
		{"policy/report/text.go", module + "policy/lint", ""},
		{"policy/reach/reach.go", module + "policy/manifest", ""},
		{"policy/lint/reach_test.go", module + "policy/reach", ""},
		{"policy/manifest/labels_test.go", label, ""},
		{"policy/cluster/cluster.go", "k8s.io/client-go/rest", ""},
		{"policy/report/schema_test.go", opa, ""},
		{"testdata/engines/opa/tools.go", module + "cmd/netvet", ""},
		{"policy/manifest/read.go", "sigs.k8s.io/yaml", ""},

		{"policy/manifest/read.go", module + "policy", "policy/manifest/read.go imports policy"},
		{"policy/manifest/read_test.go", module + "policy/lint", "policy/manifest/read_test.go imports policy/lint"},
		{"policy/policy.go", module + "policy/manifest", "policy/policy.go imports policy/manifest"},
		{"policy/lint/lint.go", module + "policy/report", "policy/lint/lint.go imports policy/report"},
		{"policy/lint/lint.go", module + "policy/reach", "policy/lint/lint.go imports policy/reach"},
		{"policy/lint/lint.go", module + "bundle", "policy/lint/lint.go imports bundle"},
		{"policy/reach/reach.go", module + "policy/lint", "policy/reach/reach.go imports policy/lint"},
		{"bundle/bundle.go", module + "bundle/gatekeeper", "bundle/bundle.go imports bundle/gatekeeper"},
		{"bundle/bundle.go", module + "cmd/netvet", "bundle/bundle.go imports cmd/netvet"},
		{"policy/manifest/read.go", opa, "policy/manifest/read.go imports " + opa},
		{"policy/prove/rego.go", opa, ""},
		{"policy/prove/prove.go", module + "policy/reach", "policy/prove/prove.go imports policy/reach"},
		{"policy/report/json.go", opa, "policy/report/json.go imports " + opa},
		{"policy/lint/lint.go", label, "policy/lint/lint.go imports " + label},
		{"policy/cluster/cluster.go", opa, "policy/cluster/cluster.go imports " + opa},
		{"bundle/gatekeeper/suite_test.go", "github.com/open-policy-agent/gatekeeper/v3/pkg/gator",
			"bundle/gatekeeper/suite_test.go imports github.com/open-policy-agent/gatekeeper/v3/pkg/gator"},
		{"policy/cidr/cidr.go", "net/netip", "policy/cidr is not in the drawing"},
		{"policy/util/strings.go", "strings", "policy/util: the name says nothing"},
		{"docs/docs.go", "strings", "docs has no place at the top"},
	} {
		tree := fstest.MapFS{
			".gitignore": {Data: []byte("/bin/\n")},
			"bin/opa":    {},
			c.file:       {Data: fmt.Appendf(nil, "package p\n\nimport _ %q\n", c.imports)},
		}
		got := objections(t, tree)
		if c.want == "" && len(got) > 0 || c.want != "" && !slices.Contains(got, c.want) {
			t.Errorf("%s importing %s: got %q, want %q", c.file, c.imports, got, c.want)
		}
	}
}

// objections lists what in a source tree is not as the drawing has it.
func objections(t *testing.T, tree fs.FS) (list []string) {
	t.Helper()
	ignore, err := fs.ReadFile(tree, ".gitignore")
	if err != nil {
		t.Fatal(err)
	}
	ignored := strings.Fields(strings.ReplaceAll(string(ignore), "/", ""))

	err = fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil || name == ".":
			return err
		case slices.ContainsFunc(ignored, func(pattern string) bool { m, _ := path.Match(pattern, base); return m }):
			return skip(entry)
		case !strings.Contains(name, "/") && !slices.Contains(top, name):
			list = append(list, name+" has no place at the top")
		case entry.IsDir() && (base == "testdata" || base[0] == '.'):
			return fs.SkipDir
		case entry.IsDir() && slices.Contains(indistinct, base):
			list = append(list, name+": the name says nothing")
		case path.Ext(name) == ".go":
			source, err := fs.ReadFile(tree, name)
			if err != nil {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
			if err != nil {
				return err
			}
			if _, drawn := drawing[path.Dir(name)]; !drawn {
				list = append(list, path.Dir(name)+" is not in the drawing")
			}
			for _, spec := range file.Imports {
				if imported, _ := strconv.Unquote(spec.Path.Value); !allowed(name, imported) {
					list = append(list, name+" imports "+strings.TrimPrefix(imported, module))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func skip(entry fs.DirEntry) error {
	if entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// allowed tells whether a file may import a package. A package's own external tests import it.
func allowed(file, imported string) bool {
	from, test := path.Dir(file), strings.HasSuffix(file, "_test.go")
	of := func(root string) bool { return strings.HasPrefix(imported+"/", root+"/") }
	switch to, ours := strings.CutPrefix(imported, module); {
	case ours:
		return slices.Contains(drawing[from], to) || test && (to == from || slices.Contains(tested[from], to))
	case of("k8s.io"): // whoever reads a cluster does it as kubectl does; elsewhere it is an oracle
		return test || from == "policy/cluster"
	case of("github.com/open-policy-agent/opa"):
		return test || !slices.Contains([]string{"policy/cluster", "policy/manifest", "policy/reach", "policy/reach/expect", "policy/report"}, from)
	case of("github.com/open-policy-agent"), of("github.com/styrainc"): // engines of others, pinned in modules of their own
		return false
	}
	return true
}
