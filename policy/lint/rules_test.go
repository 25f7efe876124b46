package lint_test

import (
	"os"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

const root = ".." // policy/

func parseAnnotated(t *testing.T, name, source string) *ast.Module {
	module, err := ast.ParseModuleWithOpts(name, source, ast.ParserOptions{ProcessAnnotation: true})
	require.NoError(t, err)
	return module
}

func names(t *testing.T, dir string) []string {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var list []string
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}

func read(t *testing.T, paths ...string) *manifest.Set {
	set, err := manifest.Load(t.Context(), paths, manifest.Options{})
	require.NoError(t, err)
	require.Empty(t, set.Errors)
	return set
}

func newLinter(t *testing.T, config lint.Config) *lint.Linter {
	linter, err := lint.New(t.Context(), policy.Default(), config)
	require.NoError(t, err)
	return linter
}
