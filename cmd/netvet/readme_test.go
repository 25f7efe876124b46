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
	readmeSession  = regexp.MustCompile("(?s)```console\n\\$ netvet ([^\n]*)\n(.*?)```")
)

// TestReadme runs the README's example.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	manifest := readmeManifest.FindSubmatch(readme)
	session := readmeSession.FindSubmatch(readme)
	require.NotNil(t, manifest)
	require.NotNil(t, session)

	t.Chdir(t.TempDir())
	args := strings.Fields(string(session[1]))
	require.NoError(t, os.WriteFile(filepath.Base(args[len(args)-1]), manifest[1], 0o600))
	var out bytes.Buffer
	p := newProgram("netvet")
	p.in, p.out, p.err = strings.NewReader(""), &out, &out
	assert.Equal(t, exitFindings, p.run(t.Context(), args))
	assert.Equal(t, string(session[2]), out.String())
}
