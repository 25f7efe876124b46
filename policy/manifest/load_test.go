package manifest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// chdir writes files into a new directory and makes it the working directory.
func chdir(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	t.Chdir(dir)
}

func named(name string) string { return strings.Replace(pod, "name: a", "name: "+name, 1) }

func load(t *testing.T, paths ...string) *Set {
	t.Helper()
	set, err := Load(t.Context(), paths, Options{})
	require.NoError(t, err)
	return set
}

func filesOf(set *Set) []string {
	files := []string{}
	for _, r := range set.Resources {
		files = append(files, r.File+" "+r.ID.Name)
	}
	return files
}

func TestLoadDirectory(t *testing.T) {
	chdir(t, map[string]string{
		"d/b.yaml":           named("b1") + "---\n" + named("b2"),
		"d/a/z.yml":          named("z"),
		"d/c.json":           `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c"}}`,
		"d/UPPER.YAML":       named("upper"),
		"d/readme.md":        "no manifest",
		"d/.git/x.yaml":      named("hidden"),
		"d/.hidden.yaml":     named("hidden"),
		"d/values.yaml":      "replicas: 3\n",
		"d/x/broken.yaml":    "a: [\n",
		"d/x/list.json":      "[1, 2]",
		"d/x/Chart.yaml":     "apiVersion: v2\nname: x\nversion: 1.0.0\n",
		"d/x/kustom.yaml":    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n",
		"d/x/kind.yaml":      "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nnodes: []\n",
		"d/x/kubeconfig.yml": "apiVersion: v1\nkind: Config\nclusters: []\n",
		"d/x/patch.yaml":     named("p") + "$patch: delete\n",
		"d/x/compose.yaml":   "services:\n  web: {image: x}\n",
		"d/x/empty.yaml":     "# nothing\n",
		"d/x/twice.yaml":     "a: 1\na: 2\n",
		"d/x/partial.yaml":   "{{- define \"x\" }}\na: b\n{{- end }}\n",
		"d/x/template.yaml":  "{{- if .Values.x }}\n" + named("{{ .Release.Name }}") + "{{- end }}\n",
		"d/x/noname.yaml":    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: {}\n",
		"d/x/noversion.yaml": "kind: Pod\nmetadata: {name: a}\n",
		"d/y/joined.yaml":    named("j") + "---\n\ufeff" + named("k"),
		"d/y/utf16.yaml":     strings.Join(strings.Split(named("u"), ""), "\x00") + "\x00",
	})
	set := load(t, "d")
	assert.Equal(t, []string{"d/UPPER.YAML upper", "d/a/z.yml z", "d/b.yaml b1", "d/b.yaml b2", "d/c.json c", "d/y/joined.yaml j"}, filesOf(set))
	assert.Equal(t, []string{
		"d/x/noname.yaml:1:1: this NetworkPolicy has no metadata.name; the API server refuses it. Add one",
		"d/x/noversion.yaml:1:1: this object has no apiVersion; kubectl refuses it. Add one",
		`d/x/template.yaml:1:1: this is a template, not a manifest: "{{- if .Values.x }}" has not been rendered. Render it first, for example with helm template, and read the result`,
		"d/y/joined.yaml:6:1: a byte order mark stands inside the file, as it does where files are joined; remove it",
		"d/y/utf16.yaml:1:2: a NUL byte stands here: the file is binary, damaged, or UTF-16 without a byte order mark. Save it as UTF-8",
	}, errorsOf(set))
	skipped := []string{}
	for _, s := range set.Skipped {
		skipped = append(skipped, s.Span.String()+": "+s.Reason)
	}
	assert.Equal(t, []string{
		"d/values.yaml:1:1: it has no apiVersion and no kind",
		"d/x/Chart.yaml:1:1: it has an apiVersion but no kind, which says what it is",
		"d/x/broken.yaml:1:1: no Kubernetes object, and it cannot be read: this is no YAML: a value or closing bracket is missing before this place",
		"d/x/compose.yaml:1:1: it has no apiVersion and no kind",
		"d/x/empty.yaml:1:1: the file is empty",
		"d/x/kind.yaml:1:1: it is a Cluster of kind.x-k8s.io/v1alpha4 without metadata: the configuration of a program",
		"d/x/kubeconfig.yml:1:1: it is a Config of v1 without metadata: the configuration of a program",
		"d/x/kustom.yaml:1:1: it is a configuration of kustomize; build it first, for example with kustomize build, and read the result",
		"d/x/list.json:1:1: it is a list, not a mapping",
		`d/x/partial.yaml:1:1: no Kubernetes object, and it cannot be read: this is a template, not a manifest: "{{- define \"x\" }}" has not been rendered. Render it first, for example with helm template, and read the result`,
		"d/x/patch.yaml:1:1: it is a strategic merge patch, which changes an object that stands elsewhere; apply it, for example with kustomize build, and read the result",
		"d/x/twice.yaml:1:1: no Kubernetes object, and it gives a key twice",
	}, skipped)
	assert.Equal(t, 21, set.Files)
	assert.Equal(t, set, load(t, "./d/"), "a second reading gives the same")
}

func TestLoadNamedFilesAreNeverSkipped(t *testing.T) {
	chdir(t, map[string]string{"values.yaml": "replicas: 3\n", "broken.txt": "a: [\n", "a.yaml": named("a")})
	set := load(t, "values.yaml", "broken.txt", "a.yaml")
	assert.Equal(t, []string{"a.yaml a"}, filesOf(set))
	assert.Empty(t, set.Skipped)
	assert.Equal(t, []string{
		"values.yaml:1:1: no Kubernetes object: it has no apiVersion and no kind",
		"broken.txt:2:1: this is no YAML: a value or closing bracket is missing before this place",
	}, errorsOf(set))
	// Also where the directory is read first.
	assert.Len(t, load(t, ".", "values.yaml").Errors, 1)
}

func TestLoadPathsThatCannotBeRead(t *testing.T) {
	chdir(t, map[string]string{"a.yaml": named("a"), "empty/readme.md": "", "none/values.yaml": "a: b\n", "list/l.yaml": "apiVersion: v1\nkind: List\nitems: []\n"})
	require.NoError(t, os.Symlink("nowhere", "list/dangling.yaml"))
	require.NoError(t, os.Mkdir("list/directory.yaml", 0o755))
	set := load(t, "gone.yaml", "empty", "a.yaml", "none", "list")
	assert.Equal(t, []string{"a.yaml a"}, filesOf(set))
	assert.Equal(t, []string{
		"gone.yaml: no such file or directory",
		"empty: this directory holds no Kubernetes object in any file named *.yaml, *.yml or *.json",
		"none: this directory holds no Kubernetes object in any file named *.yaml, *.yml or *.json",
	}, errorsOf(set))
	assert.Len(t, set.Skipped, 1)
	assert.Equal(t, []string{"list/dangling.yaml: a symbolic link that leads nowhere"}, leftOut(set))
	_, err := Load(t.Context(), nil, Options{})
	assert.EqualError(t, err, "read manifests: no paths given")
}

func leftOut(set *Set) []string {
	lines := []string{}
	for _, left := range set.LeftOut {
		lines = append(lines, left.Span.String()+": "+left.Reason)
	}
	return lines
}

func TestLoadReadsFilesOnceAndFollowsLinks(t *testing.T) {
	chdir(t, map[string]string{"d/a.yaml": named("a"), "d/sub/b.yaml": named("b"), "other/c.yaml": named("c")})
	require.NoError(t, os.Symlink("..", "d/sub/up"))
	require.NoError(t, os.Symlink("../other", "d/link"))
	require.NoError(t, os.Symlink("a.yaml", "d/z.yaml"))
	set := load(t, "d", "d/a.yaml", "./d/../d/a.yaml", "d", "d/z.yaml", "other")
	assert.Empty(t, errorsOf(set))
	assert.Equal(t, []string{"d/a.yaml a", "d/link/c.yaml c", "d/sub/b.yaml b"}, filesOf(set))
	assert.Equal(t, 3, set.Files)
}

func TestLoadStdin(t *testing.T) {
	chdir(t, map[string]string{"a.yaml": named("a")})
	set, err := Load(t.Context(), []string{"-", "a.yaml", "-"}, Options{Stdin: strings.NewReader(named("in") + "---\na: b\n")})
	require.NoError(t, err)
	assert.Equal(t, []string{"<stdin> in", "a.yaml a"}, filesOf(set))
	assert.Equal(t, []string{"<stdin>:6:1: no Kubernetes object: it has no apiVersion and no kind"}, errorsOf(set))

	set, err = Load(t.Context(), []string{"-"}, Options{Stdin: failing{}})
	require.NoError(t, err)
	assert.Equal(t, []string{"<stdin>: broken pipe"}, errorsOf(set))
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("broken pipe") }

// endless is a stream without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '#'
	}
	return len(p), nil
}

func TestLoadEndlessStdin(t *testing.T) {
	set, err := Load(t.Context(), []string{"-"}, Options{Stdin: endless{}, MaxFileBytes: 1 << 20})
	require.NoError(t, err)
	assert.Equal(t, []string{"<stdin>: the file is larger than the limit of 1 MiB; split it"}, errorsOf(set))
}

func TestLoadCancelled(t *testing.T) {
	chdir(t, map[string]string{"a.yaml": named("a")})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Load(ctx, []string{"."}, Options{})
	assert.ErrorIs(t, err, context.Canceled)

	// A standard input that never gives anything.
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	silent, writer := io.Pipe()
	defer writer.Close()
	_, err = Load(ctx, []string{"-"}, Options{Stdin: silent})
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}
