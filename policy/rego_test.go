package policy_test

import (
	"io/fs"
	"maps"
	"os"
	"path"
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

	"github.com/netvet/netvet/policy/prove"
)

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
			dir = "" // whose tests package prove runs
		}
		of[dir] = append(of[dir], file)
	}
	all := slices.Concat(slices.Collect(maps.Values(sources))...)
	delete(sources, "")
	for dir, files := range sources {
		t.Run(dir, func(t *testing.T) {
			modules := parse(t, ast.ParserOptions{}, slices.Concat(all, tests[dir])...)
			coverage := cover.New()
			store := inmem.New()
			runner := tester.NewRunner().SetModules(modules).SetStore(store).RaiseBuiltinErrors(true).SetTimeout(time.Minute).SetCoverageQueryTracer(coverage)
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
			for _, file := range files {
				for _, r := range coverage.Report(modules).Files[file].NotCovered {
					t.Errorf("%s:%d-%d: no test of %s comes here", file, r.Start.Row, r.End.Row, dir)
				}
			}
		})
	}
}

func TestRegoCompilesInEveryHost(t *testing.T) {
	oldest, err := ast.LoadCapabilitiesVersion(prove.OldestOPA)
	require.NoError(t, err)
	for name, capabilities := range map[string]*ast.Capabilities{
		prove.OldestOPA: oldest,
		"current":       ast.CapabilitiesForThisVersion(),
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
