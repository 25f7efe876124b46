package gatekeeper_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/netvet/netvet/policy/manifest"
)

// lint reads this API server with the documented role, and finds what it finds in files.
func (c *cluster) lint(t *testing.T) {
	before := maps.Clone(c.kept)
	defer c.restore(t, before)
	c.kubectl(t, "", "delete", "syncset", "installed")
	for _, kind := range manifest.Kinds() {
		if !kind.BuiltIn { // kinds that are not installed do no harm
			c.must(t, loader, http.MethodDelete, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"+kind.Resource+"."+kind.Group, nil)
		}
	}
	c.eventually(t, "the kinds are gone", func() bool {
		return c.ask(t, loader, http.MethodGet, "/apis/cilium.io/v2/ciliumnetworkpolicies", nil).status == http.StatusNotFound
	})
	if file := os.Getenv("NETVET_RECORD"); file != "" {
		c.record(t, file)
	}

	files := slices.Concat(guide(t, "faulty.yaml"), guide(t, "sound.yaml"))
	for i, file := range files {
		for _, o := range decode(t, file) {
			require.Empty(t, c.load(t, o), "%s: %s", file, identity(o))
		}
		var err error
		files[i], err = filepath.Abs(file)
		require.NoError(t, err)
	}
	got := c.linted(t, "-A")
	// What the server has beside what was applied.
	namespaces := c.write(t, "namespaces.yaml", []byte(c.kubectl(t, "", "get", "namespaces", "-o", "yaml")))
	own := c.write(t, "own.yaml", []byte(c.kubectl(t, "", "get", "services", "-n", "default", "-o", "yaml")))
	compare(t, c.lintedFiles(t, append(files, namespaces, own)...), got)
	t.Logf("netvet lint -A: %d findings, as from files", len(got))

	const namespace = "bakery-as-written"
	var resources []string
	for _, kind := range manifest.Kinds() {
		if kind.BuiltIn && kind.Scope == manifest.Namespaced {
			resources = append(resources, kind.Resource)
		}
	}
	dump := c.write(t, "dump.yaml", []byte(c.kubectl(t, "", "get", strings.Join(resources, ","), "-n", namespace, "-o", "yaml")))
	got = c.linted(t, "--context", "loopback", "-n", namespace)
	assert.NotEmpty(t, got)
	compare(t, c.lintedFiles(t, namespaces, dump), got)
	t.Logf("netvet lint -n %s: %d findings, as from files", namespace, len(got))

	c.lintPages(t)

	output, err := c.netvet(t, "lint", "-A", "--kubeconfig", c.kubeconfig(t, partial, c.url))
	exit, _ := errors.AsType[*exec.ExitError](err)
	require.NotNil(t, exit, output)
	assert.Equal(t, 2, exit.ExitCode())
	assert.Contains(t, strings.Join(strings.Fields(output), " "), `cannot list services: services is forbidden: User "partial" cannot list resource "services"`+
		` in API group "" at the cluster scope; netvet needs the verb list for it`)
}

// compare expects the same findings from files and from the API server.
func compare(t *testing.T, files, live map[finding]bool) {
	t.Helper()
	for f := range files {
		assert.True(t, live[f], "from files alone: %v", f)
	}
	for f := range live {
		assert.True(t, files[f] || f.rule == "unmanaged-in-cluster", "from the API server alone: %v", f)
	}
}

func (c *cluster) lintedFiles(t *testing.T, files ...string) map[finding]bool {
	output, err := c.netvet(t, append([]string{"lint", "-f", "json", "-l", "none"}, files...)...)
	require.NoError(t, err, output)
	return findings(t, output)
}

// lintPages has a kind read of which there is more than a page.
func (c *cluster) lintPages(t *testing.T) {
	const many = 501
	for i := range many {
		require.Empty(t, c.load(t, fields{
			"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": fields{"name": fmt.Sprintf("p-%d", i), "namespace": "many"},
			"spec": fields{"podSelector": fields{}, "policyTypes": []any{"Ingress"}},
		}))
	}
	var mu sync.Mutex
	var asked []string
	target, err := url.Parse(c.url)
	require.NoError(t, err)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Transport: c.http.Transport, Rewrite: func(r *httputil.ProxyRequest) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.In.Method+" "+r.In.URL.RequestURI())
		r.SetURL(target)
		r.Out.Header.Set("Authorization", "Bearer "+reader) // which nobody sends without TLS
	}})
	defer proxy.Close()
	output, err := c.netvet(t, "lint", "-f", "json", "-l", "none", "-e", "undocumented", "--kubeconfig", c.kubeconfig(t, reader, proxy.URL), "-n", "many")
	require.NoError(t, err, output)
	about := 0
	for f := range findings(t, output) {
		if f.rule == "undocumented" {
			about++
		}
	}
	assert.Equal(t, many, about)
	pages := 0
	for _, request := range asked {
		assert.True(t, strings.HasPrefix(request, "GET "), request)
		if strings.HasPrefix(request, "GET /apis/networking.k8s.io/v1/namespaces/many/networkpolicies?") {
			pages++
		}
	}
	assert.Equal(t, 2, pages)
	t.Logf("netvet lint -n many: %d policies in %d pages, %d requests in all", about, pages, len(asked))
}

// record writes what the API server answers about one namespace, two objects a page, for tests that run without one.
func (c *cluster) record(t *testing.T, file string) {
	before := maps.Clone(c.kept)
	defer c.restore(t, before)
	for _, o := range decode(t, "../../testdata/guide/11-health-checks/sound.yaml") {
		require.Empty(t, c.load(t, o))
	}
	archive := &txtar.Archive{Comment: []byte(`What kube-apiserver 1.37 answers when it is asked as policy/cluster asks it: who, the status, the path.
NETVET_RECORD=$PWD/testdata/apiserver/answers.txt make cluster writes this file.
`)}
	ask := func(user, path string) (next string) {
		a := c.ask(t, user, http.MethodGet, path, nil)
		archive.Files = append(archive.Files, txtar.File{Name: fmt.Sprintf("%s %d %s", user, a.status, path), Data: a.body})
		next, _ = at(a.object, "metadata", "continue").(string)
		return next
	}
	for _, kind := range manifest.Kinds() {
		path := collection(fields{"apiVersion": kind.APIVersion(), "kind": kind.Name, "metadata": fields{"namespace": "observatory"}})
		for token := ask(reader, path+"?limit=2"); token != ""; {
			token = ask(reader, path+"?"+url.Values{"continue": {token}, "limit": {"2"}}.Encode())
		}
	}
	ask(partial, "/api/v1/namespaces/observatory/services?limit=2")
	ask("stranger", "/api/v1/namespaces/observatory/services?limit=2")
	require.NoError(t, os.WriteFile(file, txtar.Format(archive), 0o666))
}
