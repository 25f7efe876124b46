package bundle_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/bundle"
)

func TestFetchFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "bundle.tar.gz")
	require.NoError(t, os.WriteFile(name, []byte("hello"), 0o600))
	data, err := bundle.Fetch(t.Context(), name, bundle.FetchOptions{})
	require.NoError(t, err)
	assert.Equal(t, "hello", string(data))

	_, err = bundle.Fetch(t.Context(), name+"x", bundle.FetchOptions{})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = bundle.Fetch(t.Context(), "ftp://example.com/bundle.tar.gz", bundle.FetchOptions{})
	require.ErrorContains(t, err, `unknown scheme "ftp"`)

	large, err := os.Create(name)
	require.NoError(t, err)
	require.NoError(t, large.Truncate(33<<20))
	require.NoError(t, large.Close())
	_, err = bundle.Fetch(t.Context(), name, bundle.FetchOptions{})
	require.ErrorContains(t, err, "more than 32 MiB")
}

// somewhere is a transport that takes every address for one server.
type somewhere struct{ *url.URL }

func (s somewhere) RoundTrip(request *http.Request) (*http.Response, error) {
	there := request.Clone(request.Context())
	there.URL.Scheme, there.URL.Host = s.Scheme, s.Host
	response, err := http.DefaultTransport.RoundTrip(there)
	if err == nil {
		response.Request = request
	}
	return response, err
}

func TestFetchURL(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bundle":
			fmt.Fprint(w, "hello")
		case "/encoded":
			if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				w.Header().Set("Content-Encoding", "gzip")
			}
			fmt.Fprint(w, "hello")
		case "/large":
			for range 33 {
				fmt.Fprint(w, strings.Repeat("\x00", 1<<20))
			}
		case "/down":
			http.Redirect(w, r, "http://registry.example.com/bundle", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/v2/token/manifests/v1":
			w.Header().Set("WWW-Authenticate", `Bearer realm="http://token.example.com/",service="test"`)
			w.WriteHeader(http.StatusUnauthorized)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	everywhere := bundle.FetchOptions{Transport: somewhere{address}}
	plain := bundle.FetchOptions{Transport: somewhere{address}, PlainHTTP: true}
	_, port, err := net.SplitHostPort(address.Host)
	require.NoError(t, err)

	for _, c := range []struct {
		location string
		options  bundle.FetchOptions
		want     string // "" for success
	}{
		{server.URL + "/bundle", bundle.FetchOptions{}, ""},
		{"http://localhost:" + port + "/bundle", bundle.FetchOptions{Transport: somewhere{address}}, ""},
		{"http://[::1]:" + port + "/bundle", everywhere, ""},
		{"https://example.com/bundle", everywhere, ""},
		{"https://example.com/encoded", everywhere, ""},
		{"http://example.com/bundle", everywhere, "HTTP without TLS"},
		{"http://192.0.2.1/bundle", everywhere, "HTTP without TLS"},
		{"http://localhost.example.com/bundle", everywhere, "HTTP without TLS"},
		{"http://127.0.0.1.example.com/bundle", everywhere, "HTTP without TLS"},
		{"http://example.com/bundle", plain, ""},
		{"https://example.com/down", everywhere, "HTTP without TLS"},
		{"https://example.com/down", plain, ""},
		{"https://example.com/loop", everywhere, "redirects"},
		{"https://example.com/other", everywhere, "404"},
		{"https://example.com/large", everywhere, "more than 32 MiB"},
		{"https://ann:p4ssw0rd@example.com/other", everywhere, "404"},
		{"https://ann:p4ssw0rd@example.com:x/other", everywhere, "cannot be read"},
		{"oci://example.com/netvet:v1", everywhere, "no such artifact"},
		{"oci://example.com/token:v1", everywhere, "uses http but registry was contacted over https"},
	} {
		t.Setenv("DOCKER_CONFIG", t.TempDir())
		data, err := bundle.Fetch(t.Context(), c.location, c.options)
		if c.want == "" {
			require.NoError(t, err, c.location)
			assert.Equal(t, "hello", string(data))
			continue
		}
		require.ErrorContains(t, err, c.want, c.location)
		assert.NotContains(t, err.Error(), "p4ssw0rd")
	}
}
