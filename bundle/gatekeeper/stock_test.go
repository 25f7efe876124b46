package gatekeeper_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// gator is the stock program of that name.
type gator string

func findGator(t *testing.T) gator {
	t.Helper()
	if testing.Short() {
		t.Skip("takes minutes")
	}
	program, err := filepath.Abs("../../bin/gator")
	require.NoError(t, err)
	if _, err := os.Stat(program); err != nil {
		if os.Getenv("NETVET_ENGINES") != "" {
			require.NoError(t, err, "make engines builds it")
		}
		t.Skip("needs gator: make engines")
	}
	return gator(program)
}

// test gives what gator's exit status says.
func (g gator) test(t *testing.T, args ...string) error {
	t.Helper()
	return exec.CommandContext(t.Context(), string(g), args...).Run()
}

func (g gator) run(t *testing.T, args ...string) {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), string(g), args...).CombinedOutput()
	require.NoError(t, err, "gator %q:\n%s", args, output)
}
