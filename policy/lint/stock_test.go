package lint_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

// stock is a tool of others as its users have it, in the version that testdata/engines pins.
type stock string

// findStock finds a tool that `make engines` has built.
func findStock(t *testing.T, name string) stock {
	t.Helper()
	program, err := filepath.Abs("../../bin/" + name)
	require.NoError(t, err)
	switch _, err := os.Stat(program); {
	case testing.Short():
		t.Skip("takes seconds")
	case err != nil && os.Getenv("NETVET_ENGINES") == "":
		t.Skipf("bin/%s is not built: run make engines", name)
	default:
		require.NoError(t, err)
	}
	return stock(program)
}

// run gives what the tool, run at the repository's root, printed, and its exit status.
func (s stock) run(t *testing.T, input []byte, args ...string) ([]byte, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), string(s), args...)
	cmd.Dir = "../.."
	cmd.Stdin = bytes.NewReader(input)
	output, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Logf("%s %s: %v\n%s", filepath.Base(string(s)), strings.Join(args, " "), err, exit.Stderr)
		return output, exit.ExitCode()
	}
	require.NoError(t, err)
	return output, 0
}

// said is a finding as every host can tell it.
type said struct {
	Rule, Severity, File, Object, Path, Message string
}

// verdict is what a host says of some input.
type verdict map[said]bool

// fails tells whether the verdict holds an error.
func (v verdict) fails() bool {
	for finding := range v {
		if finding.Severity == "error" {
			return true
		}
	}
	return false
}

// netvetSays is the verdict that the others are held to.
func netvetSays(t *testing.T, set *manifest.Set) verdict {
	t.Helper()
	report, err := newLinter(t, lint.Config{}).Lint(t.Context(), set)
	require.NoError(t, err)
	v := verdict{}
	for _, f := range report.Findings {
		if f.Suppressed == "" {
			v[said{f.Rule.ID, f.Severity.String(), f.Resource.File, object(f.Resource.ID), pointer(f.Path), f.Message}] = true
		}
	}
	return v
}

// result is a finding as the Rego entries give it.
type result struct {
	Rule, Severity, Message, File, Suppressed string

	Index    int
	Resource manifest.ID
	Path     manifest.Path
}

func (r result) said() said {
	return said{r.Rule, r.Severity, r.File, object(r.Resource), pointer(r.Path), r.Message}
}

func object(id manifest.ID) string {
	return strings.Join([]string{id.APIVersion, id.Kind, id.Namespace, id.Name}, " ")
}

func pointer(path manifest.Path) string {
	text, err := json.Marshal(append([]any{}, path...))
	if err != nil {
		panic(err)
	}
	return string(text)
}
