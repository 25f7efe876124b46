package bundle

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// FetchOptions say how Fetch, Push and Pull use the network.
type FetchOptions struct {
	// PlainHTTP allows HTTP without TLS beyond loopback addresses.
	PlainHTTP bool

	// Transport carries the requests; nil stands for http.DefaultTransport.
	Transport http.RoundTripper
}

const (
	ociScheme    = "oci://"
	fetchTimeout = 2 * time.Minute
)

// Fetch gives the bytes of a bundle by its location: the path of a file, an https: URL, or oci://REGISTRY/REPOSITORY:TAG (or @DIGEST). It
// uses the network for the latter two alone, and judges nothing: Read does.
func Fetch(ctx context.Context, location string, o FetchOptions) ([]byte, error) {
	scheme, _, remote := strings.Cut(location, "://")
	switch {
	case !remote:
		file, err := os.Open(location)
		if err != nil {
			return nil, fmt.Errorf("fetch bundle: %w", err)
		}
		defer file.Close()
		data, err := readAll(file)
		if err != nil {
			return nil, fmt.Errorf("fetch bundle %s: %w", location, err)
		}
		return data, nil
	case scheme == "oci":
		return Pull(ctx, location, o)
	case scheme == "https" || scheme == "http":
		return download(ctx, location, o)
	default:
		return nil, fmt.Errorf("fetch bundle: unknown scheme %q: want a file, https:// or oci://", scheme)
	}
}

func download(ctx context.Context, location string, o FetchOptions) ([]byte, error) {
	address, err := url.Parse(location)
	if err != nil {
		return nil, errors.New("fetch bundle: the URL cannot be read") // it may hold a password
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, location, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch bundle %s: %w", address.Redacted(), err)
	}
	request.Header.Set("Accept-Encoding", "identity") // some servers take the archive's own compression for one of transport
	response, err := o.client().Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch bundle: %w", err) // it names the URL, without a password
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch bundle %s: the server answers %s", address.Redacted(), response.Status)
	}
	data, err := readAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("fetch bundle %s: %w", address.Redacted(), err)
	}
	return data, nil
}

func (o FetchOptions) client() *http.Client {
	base := o.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	return &http.Client{Transport: guard{base, o.PlainHTTP}}
}

// guard refuses HTTP without TLS, also where a redirect or a registry's token service leads to it.
type guard struct {
	base      http.RoundTripper
	plainHTTP bool
}

func (g guard) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme != "https" && !g.plainHTTP && !loopback(request.URL.Hostname()) {
		if request.Body != nil {
			_ = request.Body.Close() // as a RoundTripper must
		}
		return nil, fmt.Errorf("%w: %s", errPlainHTTP, request.URL.Host)
	}
	return g.base.RoundTrip(request)
}

var errPlainHTTP = errors.New("HTTP without TLS is for loopback addresses, unless --plain-http allows it")

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
