package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	readmeManifest = regexp.MustCompile("(?s)```yaml\n(apiVersion: .*?)```")
	readmeSession  = regexp.MustCompile("(?s)```console\n(.*?)```")
)

// TestReadme runs the README's examples: a manifest each, and a session about the file that its commands name last.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	manifests := readmeManifest.FindAllSubmatch(readme, -1)
	sessions := readmeSession.FindAllSubmatch(readme, -1)
	status := [][]int{{exitFindings}, {exitFindings, exitClean}}
	require.Len(t, manifests, len(status))
	require.Len(t, sessions, len(status))

	t.Chdir(t.TempDir())
	for i, session := range sessions {
		calls := strings.Split("\n"+string(session[1]), "\n$ netvet ")[1:]
		require.Len(t, calls, len(status[i]))
		for j, call := range calls {
			line, want, _ := strings.Cut(call, "\n")
			args := strings.Fields(line)
			require.NoError(t, os.WriteFile(filepath.Base(args[len(args)-1]), manifests[i][1], 0o600))
			var out bytes.Buffer
			p := newProgram("netvet")
			p.in, p.out, p.err = strings.NewReader(""), &out, &out
			assert.Equal(t, status[i][j], p.run(t.Context(), args), line)
			assert.Equal(t, strings.TrimSuffix(want, "\n"), strings.TrimSuffix(out.String(), "\n"), line)
		}
	}
}
