// Package cluster reads what a Kubernetes cluster holds. It lists, page by page, and does nothing else.
package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/json"

	"github.com/netvet/netvet/policy/manifest"
)

// Options says which cluster to read, and how much of it.
type Options struct {
	// Kubeconfig is a file; "" stands for $KUBECONFIG, else ~/.kube/config, else the service account of the pod that this runs in.
	Kubeconfig string

	// Context is one of the kubeconfig; "" stands for its current one.
	Context string

	// Namespace is the one to read; "" stands for the context's. Of what belongs to no namespace everything is read.
	Namespace string

	// AllNamespaces reads all, whatever Namespace says.
	AllNamespaces bool

	// PageSize is the number of objects asked for at a time; 0 stands for 500.
	PageSize int
}

const (
	defaultPageSize = 500
	maxPage         = 256 << 20 // bytes of one answer
	maxObjects      = 1_000_000
	connections     = 4
)

// Load lists the objects of the kinds. A kind that is not installed has none; one that may not be listed is an error of the set, and the others are
// read all the same. The objects know no lines; their file is the context's name. It fails where the cluster cannot be asked at all.
func Load(ctx context.Context, kinds []manifest.Kind, o Options) (*manifest.Set, error) {
	c, err := connect(o)
	if err != nil {
		return nil, err
	}
	found := make([]*manifest.Set, len(kinds))
	errs := make([]error, len(kinds))
	free := make(chan struct{}, connections)
	var wait sync.WaitGroup
	for i, kind := range kinds {
		wait.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			found[i], errs[i] = c.list(ctx, kind)
		})
	}
	wait.Wait()
	set := &manifest.Set{}
	for i := range kinds {
		if errs[i] != nil {
			return nil, fmt.Errorf("read cluster %s: %w", c.name, errs[i])
		}
		set.Resources = append(set.Resources, found[i].Resources...)
		set.Errors = append(set.Errors, found[i].Errors...)
	}
	return set, nil
}

// Contexts names the contexts of a kubeconfig, sorted; "" stands for the one that Options describes.
func Contexts(kubeconfig string) ([]string, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	config, err := rules.Load()
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	return slices.Sorted(maps.Keys(config.Contexts)), nil
}

// client asks one API server.
type client struct {
	http      *http.Client
	server    *url.URL
	name      string // the context's
	namespace string // "" for all
	pageSize  int
}

func connect(o Options) (*client, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = o.Kubeconfig
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: o.Context})
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	raw, err := loader.RawConfig()
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	c := &client{name: cmp.Or(o.Context, raw.CurrentContext, "in-cluster"), pageSize: cmp.Or(o.PageSize, defaultPageSize)}
	if !o.AllNamespaces {
		c.namespace = o.Namespace
		if c.namespace == "" {
			if c.namespace, _, err = loader.Namespace(); err != nil {
				return nil, fmt.Errorf("read kubeconfig: %w", err)
			}
		}
	}
	if c.server, _, err = rest.DefaultServerUrlFor(config); err != nil {
		return nil, fmt.Errorf("context %s: server: %w", c.name, err)
	}
	if c.http, err = rest.HTTPClientFor(config); err != nil {
		return nil, fmt.Errorf("context %s: %w", c.name, err)
	}
	return c, nil
}

// errExpired: the server no longer has the state that the pages are of.
var errExpired = errors.New("the list changed too much while it was read: try again")

// list reads all objects of a kind. The error is one after which the other kinds need not be tried.
func (c *client) list(ctx context.Context, kind manifest.Kind) (*manifest.Set, error) {
	set, err := c.pages(ctx, kind)
	if errors.Is(err, errExpired) {
		set, err = c.pages(ctx, kind)
	}
	if refused, ok := errors.AsType[*refusal](err); ok && refused.status != http.StatusUnauthorized {
		err = fmt.Errorf("cannot list %s: %w", c.described(kind), refused)
		return &manifest.Set{Errors: []*manifest.Error{{Span: manifest.Span{File: c.name}, Err: err}}}, nil
	}
	return set, err
}

func (c *client) described(kind manifest.Kind) string {
	resource := kind.Resource
	if kind.Group != "" {
		resource += "." + kind.Group
	}
	if c.namespace != "" && kind.Scope == manifest.Namespaced {
		return resource + " in namespace " + c.namespace
	}
	return resource
}

// page is the part of a List that matters here.
type page struct {
	Metadata struct {
		Continue string `json:"continue"`
	} `json:"metadata"`
	Items []map[string]any `json:"items"`
}

func (c *client) pages(ctx context.Context, kind manifest.Kind) (*manifest.Set, error) {
	set := &manifest.Set{}
	for token := ""; ; {
		p, err := c.page(ctx, kind, token)
		if err != nil {
			return nil, err
		}
		for _, item := range p.Items {
			set.Resources = append(set.Resources, c.resource(kind, item))
		}
		if len(set.Resources) > maxObjects {
			return nil, fmt.Errorf("more than %d %s: read the namespaces one by one", maxObjects, kind.Resource)
		}
		if token = p.Metadata.Continue; token == "" {
			break
		}
	}
	slices.SortStableFunc(set.Resources, func(a, b *manifest.Resource) int {
		return cmp.Or(cmp.Compare(a.ID.Namespace, b.ID.Namespace), cmp.Compare(a.ID.Name, b.ID.Name))
	})
	return set, nil
}

// page asks for the objects behind the token. A kind that is not installed has none.
func (c *client) page(ctx context.Context, kind manifest.Kind, token string) (page, error) {
	var p page
	at := c.url(kind)
	query := url.Values{"limit": {strconv.Itoa(c.pageSize)}}
	if token != "" {
		query.Set("continue", token)
	}
	at.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return p, err
	}
	request.Header.Set("Accept", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return p, fmt.Errorf("list %s: %w", kind.Resource, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxPage+1))
	switch {
	case err != nil:
		return p, fmt.Errorf("list %s: %w", kind.Resource, err)
	case len(body) > maxPage:
		return p, fmt.Errorf("list %s: an answer of more than %d MiB", kind.Resource, maxPage>>20)
	case response.StatusCode == http.StatusNotFound && !kind.BuiltIn:
		return p, nil
	case response.StatusCode == http.StatusGone:
		return p, errExpired
	case response.StatusCode != http.StatusOK:
		return p, refused(response.StatusCode, body)
	}
	if err := json.UnmarshalCaseSensitivePreserveInts(body, &p); err != nil {
		return p, fmt.Errorf("list %s: the answer is no list: %w", kind.Resource, err)
	}
	if slices.ContainsFunc(p.Items, func(item map[string]any) bool { return item == nil }) {
		return p, fmt.Errorf("list %s: the answer is no list of objects", kind.Resource)
	}
	return p, nil
}

func (c *client) url(kind manifest.Kind) *url.URL {
	steps := []string{"apis", kind.Group, kind.Version}
	if kind.Group == "" {
		steps = []string{"api", kind.Version}
	}
	if c.namespace != "" && kind.Scope == manifest.Namespaced {
		steps = append(steps, "namespaces", c.namespace)
	}
	return c.server.JoinPath(append(steps, kind.Resource)...)
}

// resource makes one of an item, which leaves out what the list says. What the server keeps for itself is dropped.
func (c *client) resource(kind manifest.Kind, item map[string]any) *manifest.Resource {
	item["apiVersion"], item["kind"] = kind.APIVersion(), kind.Name
	delete(item, "status")
	metadata, _ := item["metadata"].(map[string]any)
	delete(metadata, "managedFields")
	name, _ := metadata["name"].(string)
	namespace, _ := metadata["namespace"].(string)
	return &manifest.Resource{
		ID:     manifest.ID{APIVersion: kind.APIVersion(), Kind: kind.Name, Namespace: namespace, Name: name},
		Object: item,
		File:   c.name,
	}
}

// refusal is an answer other than the list.
type refusal struct {
	status  int
	message string
}

// Error says what the server said, and what helps.
func (r *refusal) Error() string {
	switch r.status {
	case http.StatusUnauthorized:
		return "the credentials are not accepted: " + r.message
	case http.StatusForbidden:
		return r.message + "; netvet needs the verb list for it"
	default:
		return fmt.Sprintf("%d %s: %s", r.status, http.StatusText(r.status), r.message)
	}
}

func refused(status int, body []byte) error {
	var answer struct {
		Message string `json:"message"`
	}
	_ = json.UnmarshalCaseSensitivePreserveInts(body, &answer) // an answer that is no Status says less
	return &refusal{status: status, message: cmp.Or(answer.Message, "no reason given")}
}
