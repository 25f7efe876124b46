package policy_test

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gatekeeper is the version of OPA in the oldest engine that the rules must run in.
const gatekeeper = "v1.17.1"

// regoFiles lists the Rego files below the directories, tests included, by their paths from here.
func regoFiles(t testing.TB, dirs ...string) (files []string) {
	t.Helper()
	for _, dir := range dirs {
		err := fs.WalkDir(os.DirFS("."), dir, func(file string, _ fs.DirEntry, err error) error {
			if path.Ext(file) == ".rego" {
				files = append(files, file)
			}
			return err
		})
		require.NoError(t, err)
	}
	return files
}

func isTest(file string) bool { return strings.HasSuffix(file, "_test.rego") }

func parse(t testing.TB, options ast.ParserOptions, files ...string) map[string]*ast.Module {
	t.Helper()
	modules := map[string]*ast.Module{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		options.ProcessAnnotation = true
		modules[file], err = ast.ParseModuleWithOpts(file, string(text), options)
		require.NoError(t, err)
	}
	return modules
}

// A library's tests run apart, so that it is covered by its own.
func TestRego(t *testing.T) {
	sources, tests := map[string][]string{}, map[string][]string{}
	for _, file := range regoFiles(t, ".") {
		of := sources
		if isTest(file) {
			of = tests
		}
		dir := path.Dir(file)
		if !strings.HasPrefix(dir, "lib/") {
			dir = "rules"
		}
		of[dir] = append(of[dir], file)
	}
	all := slices.Concat(slices.Collect(maps.Values(sources))...)
	for dir, files := range sources {
		t.Run(dir, func(t *testing.T) {
			modules := parse(t, ast.ParserOptions{}, slices.Concat(all, tests[dir])...)
			coverage := cover.New()
			store := inmem.New()
			runner := tester.NewRunner().SetModules(modules).SetStore(store).RaiseBuiltinErrors(true).SetTimeout(time.Minute)
			if dir != "rules" {
				runner.SetCoverageQueryTracer(coverage)
			}
			transaction, err := store.NewTransaction(t.Context())
			require.NoError(t, err)
			defer store.Abort(t.Context(), transaction)
			run, err := runner.RunTests(t.Context(), transaction)
			require.NoError(t, err)
			results := 0
			for result := range run {
				results++
				assert.True(t, result.Pass(), "%v: %v %v", result.Location, result, result.Error)
			}
			assert.NotZero(t, results, "no tests")
			if dir == "rules" {
				return
			}
			for _, file := range files {
				for _, r := range coverage.Report(modules).Files[file].NotCovered {
					t.Errorf("%s:%d-%d: no test of %s comes here", file, r.Start.Row, r.End.Row, dir)
				}
			}
		})
	}
}

func TestRegoCompilesInEveryHost(t *testing.T) {
	oldest, err := ast.LoadCapabilitiesVersion(gatekeeper)
	require.NoError(t, err)
	for name, capabilities := range map[string]*ast.Capabilities{
		gatekeeper: oldest,
		"current":  ast.CapabilitiesForThisVersion(),
	} {
		t.Run(name, func(t *testing.T) {
			modules := parse(t, ast.ParserOptions{Capabilities: capabilities}, slices.DeleteFunc(regoFiles(t, "."), isTest)...)
			compiler := ast.NewCompiler().WithStrict(true).WithCapabilities(capabilities)
			compiler.Compile(modules)
			for _, err := range compiler.Errors {
				t.Error(err)
			}
		})
	}
}

func TestRegoIsFormatted(t *testing.T) {
	for _, file := range regoFiles(t, ".") {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		formatted, err := format.Source(file, text)
		require.NoError(t, err)
		assert.True(t, string(text) == string(formatted), "%s: opa fmt would change it", file)
	}
}

var (
	nounImport = regexp.MustCompile(`^data\.lib\.netvet\.[a-z]+$`)

	// Rego that reaches Gatekeeper: it refuses other imports, and leaves a full path to a library undefined.
	gatekeeperDirs = []string{"lib", "netvet/rules"}
)

func TestRegoIsFitForGatekeeper(t *testing.T) {
	for _, file := range slices.DeleteFunc(regoFiles(t, gatekeeperDirs...), isTest) {
		for _, objection := range unfit(parse(t, ast.ParserOptions{}, file)[file]) {
			t.Errorf("%s:%s", file, objection)
		}
	}
}

func unfit(module *ast.Module) (objections []string) {
	object := func(at *ast.Location, what string) {
		objections = append(objections, strings.TrimPrefix(at.String(), at.File+":")+": "+what)
	}
	for _, i := range module.Imports {
		if !nounImport.MatchString(i.Path.String()) {
			object(i.Location, "imports "+i.Path.String()+", want data.lib.netvet.<noun>")
		}
	}
	for _, rule := range module.Rules {
		ast.WalkRefs(rule, func(ref ast.Ref) bool {
			switch {
			case ref.HasPrefix(ast.MustParseRef("data.inventory")):
				if module.Package.Path.String() != "data.lib.netvet.host" {
					object(ref[0].Location, "reads data.inventory, which is for lib.netvet.host")
				}
			case ref[0].Equal(ast.InputRootDocument):
				if module.Package.Path.String() != "data.lib.netvet.host" {
					object(ref[0].Location, "reads input, which is for lib.netvet.host")
				}
			case ref[0].Equal(ast.DefaultRootDocument):
				object(ref[0].Location, "refers to "+ref.String()+" by its full path")
			case ref.HasPrefix(ast.MustParseRef("http.send")):
				object(ref[0].Location, "calls http.send")
			}
			return false
		})
	}
	return objections
}

func TestUnfitForGatekeeperIsTold(t *testing.T) {
	for text, want := range map[string]string{
		"import data.lib.netvet.port\nx if port.admits(null, `TCP`, 1, [])": "",
		"import data.inventory":                       "2: imports data.inventory, want data.lib.netvet.<noun>",
		"import input.review":                         "2: imports input.review, want data.lib.netvet.<noun>",
		"import rego.v1":                              "2: imports rego.v1, want data.lib.netvet.<noun>",
		"import data.lib.netvet":                      "2: imports data.lib.netvet, want data.lib.netvet.<noun>",
		"import data.lib.netvet.port.ranges":          "2: imports data.lib.netvet.port.ranges, want data.lib.netvet.<noun>",
		"x := [data.lib.netvet.port.ranges(null)]":    "2: refers to data.lib.netvet.port.ranges by its full path",
		"x if {\n\tsome y in data.lib.netvet.port\n}": "3: refers to data.lib.netvet.port by its full path",
		"x := data":                               "2: refers to data by its full path",
		"x := data.inventory.cluster":             "2: reads data.inventory, which is for lib.netvet.host",
		"x := input.review.object":                "2: reads input, which is for lib.netvet.host",
		"x if not input == 7":                     "2: reads input, which is for lib.netvet.host",
		"x := {1 | http.send({`method`: `get`})}": "2: calls http.send",
	} {
		module, err := ast.ParseModule("x.rego", "package lib.netvet.x\n"+text)
		require.NoError(t, err)
		assert.Equal(t, want, strings.Join(unfit(module), "\n"), text)
	}
}
