package manifest

import (
	"context"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLoadFS(t *testing.T) {
	link := func(to string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(to), Mode: fs.ModeSymlink | 0o777}
	}
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text), Mode: 0o644} }
	files := fstest.MapFS{
		"d/a.yaml":        file(named("a")),
		"d/b/c.json":      file(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c"}}`),
		"d/readme.md":     file("no manifest"),
		"d/.hidden.yaml":  file(named("hidden")),
		"d/values.yaml":   file("replicas: 3\n"),
		"d/again.yaml":    link("a.yaml"),
		"d/up":            link(".."),
		"d/other":         link("../e/../e"),
		"d/out.yaml":      link("../../etc/passwd"),
		"d/absolute.yaml": link("/etc/passwd"),
		"d/nowhere.yaml":  link("nothing"),
		"d/circle.yaml":   link("circle.yaml"),
		"d/module":        {Mode: fs.ModeIrregular},
		"e/e.yaml":        file(named("e")),
		"f/values.yaml":   file("replicas: 3\n"),
		"large.yaml":      file(named("large") + strings.Repeat("# more\n", 1000)),
	}
	for _, c := range []struct {
		name            string
		resources, errs []string
		skipped         int
	}{
		{
			"d",
			[]string{"HEAD:d/a.yaml a", "HEAD:d/b/c.json c", "HEAD:d/other/e.yaml e", "HEAD:d/up/large.yaml large"},
			[]string{
				"HEAD:d/absolute.yaml: this symbolic link leads out, to /etc/passwd; name what it leads to",
				"HEAD:d/circle.yaml: too many symbolic links, one to the next; name what they lead to",
				"HEAD:d/nowhere.yaml: cannot lstat this: file does not exist",
				"HEAD:d/out.yaml: this symbolic link leads out, to ../../etc/passwd; name what it leads to",
			},
			3, // values.yaml twice, and module
		},
		{"d/a.yaml", []string{"HEAD:d/a.yaml a"}, nil, 0},
		{"d/../d/a.yaml", []string{"HEAD:d/a.yaml a"}, nil, 0},
		{"d/again.yaml", []string{"HEAD:d/again.yaml a"}, nil, 0},
		{"d/other/e.yaml", []string{"HEAD:d/other/e.yaml e"}, nil, 0},
		{"e/", []string{"HEAD:e/e.yaml e"}, nil, 0},
		{"f", nil, []string{"HEAD:f: this directory holds no Kubernetes object in any file named *.yaml, *.yml or *.json"}, 1},
		{"f/values.yaml", nil, []string{"HEAD:f/values.yaml:1:1: "}, 0},
		{"nothing", nil, []string{"HEAD:nothing: no such file or directory"}, 0},
		{"d/a.yaml/x", nil, []string{"HEAD:d/a.yaml/x: no such file or directory"}, 0},
		{"../x", nil, []string{"HEAD:../x: "}, 0},
		{"d/module", nil, []string{"HEAD:d/module: this is neither a file nor a directory"}, 0},
	} {
		set, err := LoadFS(t.Context(), files, "HEAD:", c.name, Options{})
		require.NoError(t, err, c.name)
		assert.ElementsMatch(t, c.resources, filesOf(set), c.name)
		if assert.Len(t, set.Errors, len(c.errs), "%s: %v", c.name, set.Errors) {
			for i, want := range c.errs {
				assert.Contains(t, set.Errors[i].Error(), want, c.name)
			}
		}
		assert.Len(t, set.Skipped, c.skipped, c.name)
	}

	whole, err := LoadFS(t.Context(), files, "HEAD:", ".", Options{})
	require.NoError(t, err)
	assert.Contains(t, filesOf(whole), "HEAD:large.yaml large")

	set, err := LoadFS(t.Context(), files, "", "large.yaml", Options{MaxFileBytes: 1000})
	require.NoError(t, err)
	require.Len(t, set.Errors, 1)
	assert.ErrorContains(t, set.Errors[0], "large.yaml: the file is larger than the limit of 1000 bytes")

	stopped, stop := context.WithCancel(t.Context())
	stop()
	_, err = LoadFS(stopped, files, "", "d", Options{})
	assert.ErrorIs(t, err, context.Canceled)
}
