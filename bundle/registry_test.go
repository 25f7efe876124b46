package bundle_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/bundle"
)

// registry speaks as much of the OCI distribution protocol as pushing and pulling take.
type registry struct {
	mutex     sync.Mutex
	blobs     map[string][]byte // by digest
	manifests map[string][]byte // by tag and digest
	user      string            // "user:password", or "" for everybody
}

var route = regexp.MustCompile(`^/v2/(?:([a-z/]+)/(blobs|manifests)/(.*))?$`)

func (r *registry) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if user, password, _ := request.BasicAuth(); r.user != "" && user+":"+password != r.user {
		w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	path := route.FindStringSubmatch(request.URL.Path)
	body, err := io.ReadAll(request.Body)
	if path == nil || err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	store, reference := r.manifests, path[3]
	if path[2] == "blobs" {
		store = r.blobs
	}
	switch request.Method {
	case http.MethodPost:
		w.Header().Set("Location", "/v2/"+path[1]+"/blobs/uploads/1")
		w.WriteHeader(http.StatusAccepted)
	case http.MethodPut:
		sum := digest.FromBytes(body).String()
		if path[2] == "blobs" && request.URL.Query().Get("digest") != sum {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		store[sum] = body
		if path[2] == "manifests" {
			store[reference] = body
		}
		w.Header().Set("Docker-Content-Digest", sum)
		w.WriteHeader(http.StatusCreated)
	default:
		data, found := store[reference]
		if !found {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		contentType := "application/octet-stream"
		if path[2] == "manifests" {
			contentType = ocispec.MediaTypeImageManifest
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		w.Header().Set("Docker-Content-Digest", digest.FromBytes(data).String())
		if request.Method == http.MethodGet {
			_, _ = w.Write(data)
		}
	}
}

// serveRegistry gives a registry and the reference of a repository in it.
func serveRegistry(t testing.TB) (*registry, string) {
	t.Helper()
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	r := &registry{blobs: map[string][]byte{}, manifests: map[string][]byte{}}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return r, "oci://" + strings.TrimPrefix(server.URL, "http://") + "/acme/netvet"
}

func TestPushAndPull(t *testing.T) {
	r, repository := serveRegistry(t)
	sign, verify := pair(t, "rsa", bundle.KeyOptions{})
	data := write(t, small(t), bundle.Options{Key: sign})

	byDigest, err := bundle.Push(t.Context(), repository+":v1", data, bundle.FetchOptions{})
	require.NoError(t, err)
	assert.Regexp(t, `^`+regexp.QuoteMeta(repository)+`@sha256:[0-9a-f]{64}$`, byDigest)
	for _, again := range []string{":v1", ":v2", "", strings.TrimPrefix(byDigest, repository)} {
		same, err := bundle.Push(t.Context(), repository+again, data, bundle.FetchOptions{})
		require.NoError(t, err, again)
		assert.Equal(t, byDigest, same, "the same bundle is the same artifact")
	}
	for _, reference := range []string{repository + ":v1", repository + ":v2", byDigest} {
		got, err := bundle.Fetch(t.Context(), reference, bundle.FetchOptions{})
		require.NoError(t, err)
		assert.Equal(t, data, got)
		_, err = read(got, verify)
		require.NoError(t, err)
	}

	var manifest ocispec.Manifest
	require.NoError(t, json.Unmarshal(r.manifests["v1"], &manifest))
	require.Len(t, manifest.Layers, 1)
	assert.Equal(t, "application/vnd.oci.image.layer.v1.tar+gzip", manifest.Layers[0].MediaType)
	assert.Equal(t, map[string]string{"org.opencontainers.image.title": ".", "io.deis.oras.content.unpack": "true"}, manifest.Layers[0].Annotations)
}

func TestPushRefuses(t *testing.T) {
	_, repository := serveRegistry(t)
	data := write(t, small(t), bundle.Options{})
	list := entries(t, data)
	for name, c := range map[string]struct {
		reference string
		data      []byte
		want      string
	}{
		"another digest": {repository + "@sha256:" + strings.Repeat("0", 64), data, "push to a tag"},
		"no scheme":      {strings.TrimPrefix(repository, "oci://"), data, "does not begin with oci://"},
		"no repository":  {"oci://localhost:1", data, "is not oci://REGISTRY/REPOSITORY"},
		"no bundle":      {repository + ":v1", []byte("hello"), "no gzipped tar archive"},
		"absolute names": {repository + ":v1", pack(t, list, func(e *entry) { e.Name = "/" + e.Name }), "conftest could not unpack"},
		"no directories": {repository + ":v1", pack(t, []entry{regular("a/b", "")}), "conftest could not unpack"},
	} {
		_, err := bundle.Push(t.Context(), c.reference, c.data, bundle.FetchOptions{})
		require.ErrorContains(t, err, c.want, name)
	}
}

func TestPullRefuses(t *testing.T) {
	r, repository := serveRegistry(t)
	data := write(t, small(t), bundle.Options{})
	byDigest, err := bundle.Push(t.Context(), repository+":v1", data, bundle.FetchOptions{})
	require.NoError(t, err)
	_, sum, _ := strings.Cut(byDigest, "@")
	good := r.manifests["v1"]

	other := func(old, new string) []byte { return bytes.Replace(good, []byte(old), []byte(new), 1) }
	for name, c := range map[string]struct {
		reference string
		manifest  []byte
		want      string
	}{
		"no tag":              {repository, good, "neither a tag nor a digest"},
		"unknown tag":         {repository + ":v9", good, "no such artifact"},
		"unknown digest":      {repository + "@sha256:" + strings.Repeat("0", 64), good, "no such artifact"},
		"another manifest":    {byDigest, other("acme", "evil"), ""},
		"changed manifest":    {byDigest, append(good, '\n'), "sha256:"},
		"no bundle layer":     {repository + ":v1", other(ocispec.MediaTypeImageLayerGzip, "application/x"), "so it is no bundle"},
		"manifest no JSON":    {repository + ":v1", []byte("{"), "cannot be read"},
		"large manifest":      {repository + ":v1", bytes.Repeat([]byte(" "), 2<<20), "more than 1 MiB"},
		"large layer":         {repository + ":v1", other(fmt.Sprintf(`"size":%d`, len(data)), `"size":99999999999`), "more than 32 MiB"},
		"layer of other size": {repository + ":v1", other(fmt.Sprintf(`"size":%d`, len(data)), `"size":17`), ""},
	} {
		r.mutex.Lock()
		r.manifests["v1"], r.manifests[sum] = c.manifest, c.manifest
		r.mutex.Unlock()
		if bytes.Equal(c.manifest, good) && strings.HasPrefix(c.reference, byDigest) {
			continue
		}
		_, err := bundle.Pull(t.Context(), c.reference, bundle.FetchOptions{})
		require.ErrorContains(t, err, c.want, name)
	}

	r.mutex.Lock()
	r.manifests["v1"], r.manifests[sum] = good, good
	for name := range r.blobs {
		r.blobs[name] = bytes.ToUpper(r.blobs[name])
	}
	r.mutex.Unlock()
	_, err = bundle.Pull(t.Context(), byDigest, bundle.FetchOptions{})
	require.ErrorContains(t, err, "mismatch", "the layer has another digest")
}

func TestRegistryCredentials(t *testing.T) {
	r, repository := serveRegistry(t)
	r.user = "ann:p4ssw0rd"
	data := write(t, small(t), bundle.Options{})
	_, err := bundle.Push(t.Context(), repository+":v1", data, bundle.FetchOptions{})
	require.ErrorContains(t, err, "credential not found")

	host, _, _ := strings.Cut(strings.TrimPrefix(repository, "oci://"), "/")
	config := fmt.Sprintf(`{"auths": {%q: {"auth": "YW5uOnA0c3N3MHJk"}}}`, host)
	require.NoError(t, os.WriteFile(filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json"), []byte(config), 0o600))
	_, err = bundle.Push(t.Context(), repository+":v1", data, bundle.FetchOptions{})
	require.NoError(t, err)
	got, err := bundle.Pull(t.Context(), repository+":v1", bundle.FetchOptions{})
	require.NoError(t, err)
	assert.Equal(t, data, got)

	require.NoError(t, os.WriteFile(filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json"), []byte(`{`), 0o600))
	_, err = bundle.Pull(t.Context(), repository+":v1", bundle.FetchOptions{})
	require.ErrorContains(t, err, "Docker configuration")
}

func TestRegistryOnLoopbackWithTLS(t *testing.T) {
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	server := httptest.NewTLSServer(&registry{blobs: map[string][]byte{}, manifests: map[string][]byte{}})
	t.Cleanup(server.Close)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	repository := "oci://" + server.Listener.Addr().String() + "/acme/netvet"
	data := write(t, small(t), bundle.Options{})

	trusting := bundle.FetchOptions{Transport: server.Client().Transport}
	byDigest, err := bundle.Push(t.Context(), repository+":v1", data, trusting)
	require.NoError(t, err)
	got, err := bundle.Pull(t.Context(), byDigest, trusting)
	require.NoError(t, err)
	assert.Equal(t, data, got)

	_, err = bundle.Pull(t.Context(), byDigest, bundle.FetchOptions{})
	require.ErrorContains(t, err, "certificate", "a registry that speaks TLS has to prove who it is")
	_, err = bundle.Pull(t.Context(), byDigest, bundle.FetchOptions{PlainHTTP: true})
	require.Error(t, err)
}
