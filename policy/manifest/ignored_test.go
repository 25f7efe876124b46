package manifest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMatcher(t *testing.T) {
	for _, c := range []struct {
		patterns string
		yes, no  string
	}{
		{"a.yaml", "a.yaml x/a.yaml x/y/a.yaml a.yaml/b", "b.yaml aa.yaml"},
		{"/a.yaml", "a.yaml", "x/a.yaml"},
		{"x/a.yaml", "x/a.yaml", "y/x/a.yaml"},
		{"vendor/", "vendor/a.yaml vendor/x/a.yaml x/vendor/a.yaml", "vendor"},
		{"*.yaml", "a.yaml x/a.yaml", "a.yml"},
		{"x/*.yaml", "x/a.yaml", "x/y/a.yaml a.yaml"},
		{"x/**", "x/a.yaml x/y/a.yaml", "x y/x/a.yaml"},
		{"**/x/a.yaml", "x/a.yaml y/x/a.yaml y/z/x/a.yaml", "xx/a.yaml"},
		{"x/**/a.yaml", "x/a.yaml x/y/a.yaml x/y/z/a.yaml", "x/ya.yaml"},
		{"x**a.yaml", "xa.yaml x1a.yaml z/xa.yaml", "x/a.yaml"},
		{"x/y**z/a", "x/y1z/a", "x/y/z/a"},
		{"**", "a x/a", ""},
		{"?.yaml", "a.yaml é.yaml", "ab.yaml .yaml"},
		{"[a-c].yaml", "a.yaml b.yaml", "d.yaml"},
		{"[!a-c].yaml", "d.yaml", "a.yaml"},
		{"[^a-c].yaml", "d.yaml", "a.yaml"},
		{"[]-].yaml", "].yaml -.yaml", "a.yaml"},
		{"[[:digit:]x].yaml", "1.yaml x.yaml", "a.yaml d.yaml"},
		{"x[.-0]y", "x.y x0y", "x/y"},
		{`[\]].yaml`, "].yaml", `\.yaml`},
		{`\*.yaml`, "*.yaml", "a.yaml"},
		{`\!a`, "!a", "a"},
		{"{a,b}.yaml", "{a,b}.yaml", "a.yaml"},
		{"a(b)+", "a(b)+", "ab"},
		{"*.yaml !a.yaml", "b.yaml", "a.yaml x/a.yaml"},
		{"!a.yaml *.yaml", "a.yaml b.yaml", ""},
		{"x/ !x/a.yaml", "x/a.yaml", ""},
		{"<stdin>", "<stdin>", "stdin"},
	} {
		m, err := NewMatcher("", strings.Fields(c.patterns))
		require.NoError(t, err, c.patterns)
		for _, path := range strings.Fields(c.yes) {
			assert.True(t, m.Match(path), "%s should mean %s", c.patterns, path)
		}
		for _, path := range strings.Fields(c.no) {
			assert.False(t, m.Match(path), "%s should not mean %s", c.patterns, path)
		}
	}
}

func TestMatcherRefusesWhatMeansNothing(t *testing.T) {
	for _, pattern := range []string{"", "/", "!", "!/", "[a", `a\`, "[]", "[a-"} {
		_, err := NewMatcher("", []string{"ok", pattern})
		assert.ErrorContains(t, err, fmt.Sprintf("pattern %q: it means no file at all", pattern))
	}
}

func TestMatcherCountsFromItsDirectory(t *testing.T) {
	chdir(t, map[string]string{"d/x/a.yaml": ""})
	m, err := NewMatcher("d", []string{"/x/a.yaml", "b.yaml"})
	require.NoError(t, err)
	assert.True(t, m.Match("d/x/a.yaml"))
	assert.True(t, m.Match("d/b.yaml"))
	assert.False(t, m.Match("x/a.yaml"))
	assert.False(t, m.Match("b.yaml"), "it is not in the directory")
	t.Chdir("d/x")
	assert.True(t, m.Match("a.yaml"))
	assert.True(t, m.Match("../x/a.yaml"))
	var none *Matcher
	assert.False(t, none.Match("a.yaml"))
}

func TestLoadKeepsToGitignore(t *testing.T) {
	chdir(t, map[string]string{
		".gitignore":           "# comment\n\nbuild/\n*.gen.yaml\n!kept.gen.yaml\n/top.yaml\nspace.yaml  \r\n",
		".git/info/exclude":    "private.yaml\n",
		"d/.gitignore":         "!again.gen.yaml\nlocal.yaml\n",
		"d/a.yaml":             named("a"),
		"d/a.gen.yaml":         named("generated"),
		"d/kept.gen.yaml":      named("kept"),
		"d/again.gen.yaml":     named("again"),
		"d/local.yaml":         named("local"),
		"d/space.yaml":         named("space"),
		"d/private.yaml":       named("private"),
		"d/top.yaml":           named("top"),
		"d/build/b.yaml":       named("built"),
		"d/build/kept.gen.yml": named("lost"),
		"top.yaml":             named("lost"),
	})
	want := []string{"a", "again", "kept", "top"}
	names := func(options Options, paths ...string) (names []string) {
		set, err := Load(t.Context(), paths, options)
		require.NoError(t, err)
		require.Empty(t, errorsOf(set))
		for _, r := range set.Resources {
			names = append(names, r.ID.Name)
		}
		slices.Sort(names)
		return names
	}
	assert.Equal(t, want, names(Options{}, "."))
	assert.Equal(t, want, names(Options{}, "d"), "what stands above counts")
	assert.Equal(t, want, names(Options{}, "d/**"), "for patterns, too")
	assert.Len(t, names(Options{NoGitignore: true}, "d"), 10)
	assert.Equal(t, []string{"generated"}, names(Options{}, "d/a.gen.yaml"), "what is named is read")
	assert.Equal(t, []string{"built"}, names(Options{Listed: []string{"d/build/b.yaml"}}), "and what is listed")
	assert.Equal(t, []string{"built", "lost"}, names(Options{}, "d/build"), "a directory that is named, too")
	t.Chdir("d")
	assert.Equal(t, want, names(Options{}, "."))

	require.NoError(t, os.WriteFile(".gitignore", []byte("*\n"), 0o644))
	set, err := Load(t.Context(), []string{"."}, Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{".: this directory holds no Kubernetes object in any file named *.yaml, *.yml or *.json but those that .gitignore or a pattern of yours leaves out"}, errorsOf(set))
}

func TestLoadOutsideARepositoryKnowsTheGitignoresBelow(t *testing.T) {
	chdir(t, map[string]string{".gitignore": "a.yaml\n", "d/.gitignore": "b.yaml\n", "d/a.yaml": named("a"), "d/b.yaml": named("b")})
	assert.Equal(t, []string{"d/a.yaml a"}, filesOf(load(t, "d")))
}

// TestIgnoredAsByGit holds what is read of random trees with random patterns against git itself.
func TestIgnoredAsByGit(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("there is no git here")
	}
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	word := func() string { return pick("a", "b", "ab", "c.d", "b-", "]") }
	line := func() string {
		var b strings.Builder
		b.WriteString(pick("", "", "", "!", "/", "!/", "#", "\\"))
		for i := range 1 + random.IntN(3) {
			if i > 0 {
				b.WriteString(pick("/", "/", "", "/**/"))
			}
			b.WriteString(pick(word(), word(), "*", "**", "?", "[ab]", "[!a]", "[^]b]", "[a-c]", "[]-]", "[[:alpha:]]", "a*", "*b", "a**b", "***", "[b", "\\a", "\\*", "[\\]]"))
		}
		b.WriteString(pick("", "", "/", ".yaml", ".yaml", "*.yaml", " ", "/**", "/*", "\\ "))
		return b.String()
	}
	for tree := range 40 {
		files := map[string]string{}
		for range 25 {
			dir := ""
			for range random.IntN(4) {
				dir += word() + "/"
			}
			files[dir+word()+".yaml"] = named("x")
		}
		for _, dir := range []string{"", "a/", "b/", "a/b/"} {
			lines := []string{}
			for range random.IntN(5) {
				lines = append(lines, line())
			}
			files[dir+".gitignore"] = strings.Join(lines, "\n") + "\n"
		}
		for name := range files { // a name is a file or a directory
			for other := range files {
				if strings.HasPrefix(other, name+"/") {
					delete(files, name)
				}
			}
		}
		chdir(t, files)
		run := func(args ...string) string {
			command := exec.Command(git, args...)
			command.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir(), "GIT_CONFIG_NOSYSTEM=1")
			out, err := command.Output()
			require.NoError(t, err)
			return string(out)
		}
		run("init", "-q")
		want := []string{}
		for name := range strings.SplitSeq(run("ls-files", "--others", "--exclude-standard", "-z"), "\x00") {
			if filepath.Ext(name) == ".yaml" && !strings.HasPrefix(filepath.Base(name), ".") {
				want = append(want, name)
			}
		}
		got := []string{}
		for _, r := range load(t, ".").Resources {
			got = append(got, r.File)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !assert.Equal(t, want, got, "tree %d", tree) {
			for name, text := range files {
				if strings.HasSuffix(name, ".gitignore") {
					t.Logf("%s: %q", name, text)
				}
			}
			return
		}
	}
}

func TestLoadGlobs(t *testing.T) {
	chdir(t, map[string]string{
		"apps/web/np.yaml":     named("web"),
		"apps/web/values.yaml": "a: b\n",
		"apps/api/np.yaml":     named("api"),
		"apps/api/x/np.yaml":   named("deep"),
		"apps/api/x/y/z.json":  `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "z"}}`,
		"apps/readme.md":       "",
		"apps/.hidden/np.yaml": named("hidden"),
		"lit[1].yaml":          named("literal"),
	})
	for pattern, want := range map[string][]string{
		"apps/*/np.yaml":      {"apps/api/np.yaml api", "apps/web/np.yaml web"},
		"apps/**/np.yaml":     {"apps/api/np.yaml api", "apps/api/x/np.yaml deep", "apps/web/np.yaml web"},
		"**/np.yaml":          {"apps/api/np.yaml api", "apps/api/x/np.yaml deep", "apps/web/np.yaml web"},
		"apps/a*":             {"apps/api/np.yaml api", "apps/api/x/np.yaml deep", "apps/api/x/y/z.json z"},
		"*/api/x":             {"apps/api/x/np.yaml deep", "apps/api/x/y/z.json z"},
		"apps/**":             {"apps/api/np.yaml api", "apps/api/x/np.yaml deep", "apps/api/x/y/z.json z", "apps/web/np.yaml web"},
		"./apps/?eb/[n]p.*":   {"apps/web/np.yaml web"},
		"apps/.hidden/*.yaml": {"apps/.hidden/np.yaml hidden"},
		"lit[1].yaml":         {"lit[1].yaml literal"},
	} {
		set := load(t, pattern)
		assert.Equal(t, want, filesOf(set), pattern)
		assert.Empty(t, errorsOf(set), pattern)
	}
	absolute, err := filepath.Abs("apps")
	require.NoError(t, err)
	assert.Len(t, load(t, absolute+"/*/np.yaml").Resources, 2)
	for pattern, want := range map[string]string{
		"apps/*/none.yaml": "apps/*/none.yaml: no file named *.yaml, *.yml or *.json matches this pattern",
		"apps/*.md":        "apps/*.md: no file named *.yaml, *.yml or *.json matches this pattern",
		"none/*.yaml":      "none/*.yaml: no file matches this pattern: there is no directory none",
		"apps/*/val*.yaml": "apps/*/val*.yaml: the files that match this pattern hold no Kubernetes object",
		"apps/[web":        "apps/[web: no such file, and no pattern either: a bracket is not closed, or a backslash stands before nothing",
	} {
		assert.Equal(t, []string{want}, errorsOf(load(t, pattern)), pattern)
	}
}

func TestLoadExcludes(t *testing.T) {
	chdir(t, map[string]string{"d/a.yaml": named("a"), "d/vendor/b.yaml": named("b"), "d/vendor/x/c.yaml": named("c"), "e/a.yaml": named("e")})
	vendor, err := NewMatcher("d", []string{"vendor/"})
	require.NoError(t, err)
	a, err := NewMatcher("", []string{"/d/a.yaml"})
	require.NoError(t, err)
	set, err := Load(t.Context(), []string{"d", "e/a.yaml", "d/a.yaml", "d/vendor/b.yaml"}, Options{Exclude: []*Matcher{vendor, a}, Listed: []string{"d/vendor/x/c.yaml"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"e/a.yaml e"}, filesOf(set))
	assert.Equal(t, []string{
		"d/a.yaml: a pattern excludes it",
		"d/vendor/b.yaml: a pattern excludes it",
		"d/vendor/x/c.yaml: a pattern excludes it",
	}, leftOut(set))
}

func TestLoadListed(t *testing.T) {
	chdir(t, map[string]string{"a.yaml": named("a"), "values.yaml": "a: b\n", "main.go": "package main\n", "d/b.yaml": named("b"), ".x/c.yaml": named("c"), ".c.yaml": named("c")})
	require.NoError(t, os.Mkdir("dir.yaml", 0o755))
	set, err := Load(t.Context(), nil, Options{Listed: []string{"a.yaml", "main.go", "values.yaml", "gone.yaml", "gone.go", "dir.yaml", "./a.yaml", ".x/c.yaml", ".c.yaml"}})
	require.NoError(t, err)
	assert.Empty(t, errorsOf(set))
	assert.Equal(t, []string{"a.yaml a"}, filesOf(set))
	assert.Equal(t, []string{"gone.yaml: no such file; it may have been deleted", "dir.yaml: it is no file"}, leftOut(set))
	assert.Len(t, set.Skipped, 1)

	set, err = Load(t.Context(), nil, Options{Listed: []string{}})
	require.NoError(t, err)
	assert.Empty(t, set.Resources)
	assert.Empty(t, errorsOf(set))
}

func TestLoadEmptyInput(t *testing.T) {
	chdir(t, map[string]string{"d/values.yaml": "a: b\n"})
	for _, text := range []string{"", "\n", "---\n# Source: x/templates/y.yaml\n---\n"} {
		set, err := Load(t.Context(), []string{"-"}, Options{Stdin: strings.NewReader(text)})
		require.NoError(t, err)
		assert.Equal(t, []string{"<stdin>: nothing came on standard input: what stands before the pipe gave no manifests, or failed"}, errorsOf(set))

		set, err = Load(t.Context(), []string{"-", "d"}, Options{Stdin: strings.NewReader(text), AllowEmpty: true})
		require.NoError(t, err)
		assert.Empty(t, errorsOf(set))
		assert.Equal(t, []string{
			"<stdin>: nothing came on standard input: what stands before the pipe gave no manifests, or failed",
			"d: this directory holds no Kubernetes object in any file named *.yaml, *.yml or *.json",
		}, leftOut(set))
	}
}
