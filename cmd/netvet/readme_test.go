package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	readmeManifest = regexp.MustCompile("(?s)<!-- (\\S+) -->\n```yaml\n(.*?)```")
	readmeSession  = regexp.MustCompile("(?s)```console\n(.*?)```")
)

// TestReadme runs the README's examples: files, of which comments give the names, and sessions.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	for _, manifest := range readmeManifest.FindAllSubmatch(readme, -1) {
		require.NoError(t, os.WriteFile(string(manifest[1]), manifest[2], 0o600))
	}
	status := map[string]int{
		"lint web.yaml": exitFindings,
		"reach --from cinema/site --to kube-system/coredns --port 53/udp cinema.yaml as-written.yaml": exitFindings,
	}
	calls := 0
	for _, session := range readmeSession.FindAllSubmatch(readme, -1) {
		for _, call := range strings.Split("\n"+string(session[1]), "\n$ netvet ")[1:] {
			line, want, _ := strings.Cut(call, "\n")
			var out bytes.Buffer
			p := newProgram("netvet")
			p.in, p.out, p.err = strings.NewReader(""), &out, &out
			assert.Equal(t, status[line], p.run(t.Context(), strings.Fields(line)), line)
			assert.Equal(t, strings.TrimSuffix(want, "\n"), strings.TrimSuffix(out.String(), "\n"), line)
			calls++
		}
	}
	assert.Equal(t, 5, calls)

	// The configuration is one.
	settings := newProgram("netvet")
	settings.in, settings.out, settings.err = strings.NewReader(""), new(bytes.Buffer), os.Stderr
	assert.Equal(t, exitClean, settings.run(t.Context(), strings.Fields("config -c netvet.yaml")))

	// The tests tell the policies as written from the sound ones.
	p := newProgram("netvet")
	var out bytes.Buffer
	p.in, p.out, p.err = strings.NewReader(""), &out, &out
	assert.Equal(t, exitFindings, p.run(t.Context(), strings.Fields("test cinema.yaml as-written.yaml tests.yaml")))
	assert.Contains(t, out.String(), "5 tests, 2 failed")
}
