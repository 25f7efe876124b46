package cluster_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/netvet/netvet/policy/cluster"
	"github.com/netvet/netvet/policy/manifest"
)

// server answers as an API server does. It has policies, Pods and Namespaces.
type server struct {
	*httptest.Server
	refuse map[string]int // path -> status

	mu      sync.Mutex
	asked   []string
	expired int // how many continue tokens it still forgets
}

var objects = map[string][]string{
	"/apis/networking.k8s.io/v1/networkpolicies": {
		`{"metadata":{"name":"b","namespace":"shop","uid":"1","managedFields":[{}]},"spec":{"podSelector":{},"ingress":[{"ports":[{"port":8080}]}]}}`,
		`{"metadata":{"name":"a","namespace":"shop","uid":"2"},"spec":{"podSelector":{}}}`,
		`{"metadata":{"name":"c","namespace":"bank","uid":"3"},"spec":{"podSelector":{}}}`,
	},
	"/api/v1/pods":       {`{"metadata":{"name":"web","namespace":"shop"},"spec":{},"status":{"phase":"Running"}}`},
	"/api/v1/namespaces": {`{"metadata":{"name":"shop"}}`, `{"metadata":{"name":"bank"}}`},
}

func serve(t *testing.T) *server {
	s := &server{refuse: map[string]int{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.Method+" "+r.URL.RequestURI())
	answer := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	path := r.URL.Path
	namespace := ""
	if before, after, found := strings.Cut(path, "/namespaces/"); found {
		var resource string
		namespace, resource, _ = strings.Cut(after, "/")
		path = before + "/" + resource
	}
	if status := s.refuse[path]; status != 0 {
		answer(status, map[string]any{"kind": "Status", "message": "not for you"})
		return
	}
	all, known := objects[path]
	if !known {
		answer(http.StatusNotFound, map[string]any{"kind": "Status", "message": "the server could not find the requested resource"})
		return
	}
	var items []json.RawMessage
	for _, object := range all {
		if namespace == "" || strings.Contains(object, fmt.Sprintf(`"namespace":%q`, namespace)) {
			items = append(items, json.RawMessage(object))
		}
	}
	var start, size int
	_, _ = fmt.Sscan(r.URL.Query().Get("continue"), &start)
	_, _ = fmt.Sscan(r.URL.Query().Get("limit"), &size)
	if start > 0 && s.expired > 0 {
		s.expired--
		answer(http.StatusGone, map[string]any{"kind": "Status", "message": "too old"})
		return
	}
	list := map[string]any{"kind": "List", "metadata": map[string]any{}}
	end := min(start+size, len(items))
	if end < len(items) {
		list["metadata"] = map[string]any{"continue": fmt.Sprint(end)}
	}
	list["items"] = items[start:end]
	answer(http.StatusOK, list)
}

// kubeconfig writes one with the contexts dev, in namespace shop, and prod.
func (s *server) kubeconfig(t *testing.T) string {
	file := filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: dev
clusters:
  - {name: here, cluster: {server: %q}}
users:
  - {name: me, user: {token: secret-token}}
contexts:
  - {name: dev, context: {cluster: here, user: me, namespace: shop}}
  - {name: prod, context: {cluster: here, user: me}}
`, s.URL)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func kinds(t *testing.T, names ...string) (chosen []manifest.Kind) {
	for _, kind := range manifest.Kinds() {
		if slices.Contains(names, kind.Name) && (kind.BuiltIn || kind.Name != "NetworkPolicy") {
			chosen = append(chosen, kind)
		}
	}
	require.NotEmpty(t, chosen)
	return chosen
}

func printed(set *manifest.Set) (lines []string) {
	for _, r := range set.Resources {
		lines = append(lines, fmt.Sprintf("%s %s %s/%s", r.ID.APIVersion, r.ID.Kind, r.ID.Namespace, r.ID.Name))
	}
	for _, err := range set.Errors {
		lines = append(lines, err.Error())
	}
	return lines
}

func TestLoad(t *testing.T) {
	policies := []string{
		"networking.k8s.io/v1 NetworkPolicy bank/c",
		"networking.k8s.io/v1 NetworkPolicy shop/a",
		"networking.k8s.io/v1 NetworkPolicy shop/b",
	}
	for name, c := range map[string]struct {
		options cluster.Options
		kinds   []string
		refuse  map[string]int
		want    []string
	}{
		"all namespaces":               {cluster.Options{AllNamespaces: true}, []string{"NetworkPolicy"}, nil, policies},
		"page by page":                 {cluster.Options{AllNamespaces: true, PageSize: 1}, []string{"NetworkPolicy"}, nil, policies},
		"the context's namespace":      {cluster.Options{}, []string{"NetworkPolicy"}, nil, policies[1:]},
		"another context's":            {cluster.Options{Context: "prod"}, []string{"NetworkPolicy"}, nil, nil},
		"a namespace":                  {cluster.Options{Namespace: "bank"}, []string{"NetworkPolicy"}, nil, policies[:1]},
		"all, whatever the namespace":  {cluster.Options{Namespace: "bank", AllNamespaces: true}, []string{"NetworkPolicy"}, nil, policies},
		"what belongs to no namespace": {cluster.Options{Namespace: "bank"}, []string{"Namespace"}, nil, []string{"v1 Namespace /bank", "v1 Namespace /shop"}},
		"kinds in the order asked":     {cluster.Options{AllNamespaces: true}, []string{"Pod", "Namespace"}, nil, []string{"v1 Namespace /bank", "v1 Namespace /shop", "v1 Pod shop/web"}},
		"what is not installed":        {cluster.Options{AllNamespaces: true}, []string{"Pod", "Rollout"}, nil, []string{"v1 Pod shop/web"}},
		"what may not be listed": {cluster.Options{Namespace: "shop"}, []string{"Namespace", "NetworkPolicy", "Pod"},
			map[string]int{"/apis/networking.k8s.io/v1/networkpolicies": 403, "/api/v1/namespaces": 403},
			[]string{
				"v1 Pod shop/web",
				"dev: cannot list namespaces: not for you; netvet needs the verb list for it",
				"dev: cannot list networkpolicies.networking.k8s.io in namespace shop: not for you; netvet needs the verb list for it",
			}},
		"a built-in kind that is missing": {cluster.Options{}, []string{"Service"}, nil,
			[]string{"dev: cannot list services in namespace shop: 404 Not Found: the server could not find the requested resource"}},
		"a server in trouble": {cluster.Options{}, []string{"Pod"}, map[string]int{"/api/v1/pods": 503},
			[]string{"dev: cannot list pods in namespace shop: 503 Service Unavailable: not for you"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			if c.refuse != nil {
				s.refuse = c.refuse
			}
			c.options.Kubeconfig = s.kubeconfig(t)
			set, err := cluster.Load(t.Context(), kinds(t, c.kinds...), c.options)
			require.NoError(t, err)
			assert.Equal(t, c.want, printed(set))
			for _, request := range s.asked {
				assert.True(t, strings.HasPrefix(request, "GET "), "it only reads: %s", request)
			}
		})
	}
}

func TestObjectsAreAsTheServerHasThem(t *testing.T) {
	s := serve(t)
	set, err := cluster.Load(t.Context(), kinds(t, "NetworkPolicy", "Pod"), cluster.Options{Kubeconfig: s.kubeconfig(t)})
	require.NoError(t, err)
	require.Len(t, set.Resources, 3)
	assert.Equal(t, map[string]any{
		"apiVersion": "networking.k8s.io/v1",
		"kind":       "NetworkPolicy",
		"metadata":   map[string]any{"name": "b", "namespace": "shop", "uid": "1"},
		"spec": map[string]any{
			"podSelector": map[string]any{},
			"ingress":     []any{map[string]any{"ports": []any{map[string]any{"port": int64(8080)}}}},
		},
	}, set.Resources[1].Object)
	assert.NotContains(t, set.Resources[2].Object, "status")
	assert.Equal(t, manifest.Span{File: "dev"}, set.Resources[1].Span(manifest.Path{"spec"}))
}

func TestAListThatExpiresIsReadAnew(t *testing.T) {
	s := serve(t)
	s.expired = 1
	options := cluster.Options{Kubeconfig: s.kubeconfig(t), AllNamespaces: true, PageSize: 1}
	set, err := cluster.Load(t.Context(), kinds(t, "NetworkPolicy"), options)
	require.NoError(t, err)
	assert.Len(t, set.Resources, 3)

	s.expired = 2
	_, err = cluster.Load(t.Context(), kinds(t, "NetworkPolicy"), options)
	assert.EqualError(t, err, "read cluster dev: the list changed too much while it was read: try again")
}

func TestClustersThatCannotBeAsked(t *testing.T) {
	s := serve(t)
	config := s.kubeconfig(t)
	_, err := cluster.Load(t.Context(), kinds(t, "Pod"), cluster.Options{Kubeconfig: config, Context: "prd"})
	assert.ErrorContains(t, err, `context "prd" does not exist`)

	_, err = cluster.Load(t.Context(), kinds(t, "Pod"), cluster.Options{Kubeconfig: filepath.Join(t.TempDir(), "none")})
	assert.ErrorContains(t, err, "no such file")

	s.refuse["/api/v1/pods"] = http.StatusUnauthorized
	_, err = cluster.Load(t.Context(), kinds(t, "Pod"), cluster.Options{Kubeconfig: config})
	assert.EqualError(t, err, "read cluster dev: the credentials are not accepted: not for you")

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = cluster.Load(cancelled, kinds(t, "Pod"), cluster.Options{Kubeconfig: config})
	assert.ErrorIs(t, err, context.Canceled)

	s.Close()
	_, err = cluster.Load(t.Context(), kinds(t, "Pod"), cluster.Options{Kubeconfig: config})
	assert.ErrorContains(t, err, "connection refused")
	assert.NotContains(t, err.Error(), "secret-token")
}

func TestContexts(t *testing.T) {
	names, err := cluster.Contexts(serve(t).kubeconfig(t))
	require.NoError(t, err)
	assert.Equal(t, []string{"dev", "prod"}, names)
	_, err = cluster.Contexts(filepath.Join(t.TempDir(), "none"))
	assert.ErrorContains(t, err, "no such file")
}

func TestAnswersThatAreNoLists(t *testing.T) {
	for body, want := range map[string]string{
		"<html>":                "the answer is no list",
		`{"items": "none"}`:     "the answer is no list",
		`{"items": [1]}`:        "the answer is no list",
		`{"items": [{}, null]}`: "the answer is no list",
		`{"items": [{}, {}]}`:   "",
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		config := (&server{Server: s}).kubeconfig(t)
		_, err := cluster.Load(t.Context(), kinds(t, "Pod"), cluster.Options{Kubeconfig: config})
		if want == "" {
			assert.NoError(t, err, body)
		} else {
			assert.ErrorContains(t, err, want, body)
		}
		s.Close()
	}
}

// TestRole holds the documented role to what is read.
func TestRole(t *testing.T) {
	data, err := os.ReadFile("rbac.yaml")
	require.NoError(t, err)
	var role struct {
		Rules []struct{ APIGroups, Resources, Verbs []string }
	}
	require.NoError(t, yaml.Unmarshal(data, &role))
	var granted, wanted []string
	for _, rule := range role.Rules {
		assert.Equal(t, []string{"list"}, rule.Verbs)
		for _, resource := range rule.Resources {
			granted = append(granted, rule.APIGroups[0]+"/"+resource)
		}
	}
	for _, kind := range manifest.Kinds() {
		wanted = append(wanted, kind.Group+"/"+kind.Resource)
	}
	assert.ElementsMatch(t, wanted, granted)
}

func ExampleLoad() {
	set, err := cluster.Load(context.Background(), manifest.Kinds(), cluster.Options{
		Kubeconfig:    "testdata/nowhere.yaml",
		AllNamespaces: true,
	})
	fmt.Println(set, err)
	// Output: <nil> read kubeconfig: stat testdata/nowhere.yaml: no such file or directory
}
