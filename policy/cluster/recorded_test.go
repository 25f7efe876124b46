package cluster_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/netvet/netvet/policy/cluster"
	"github.com/netvet/netvet/policy/manifest"
)

// replay answers one user as a real API server did, which make cluster asked.
func replay(t *testing.T, user string) (s *server, unasked func() []string) {
	archive, err := txtar.ParseFile("../../testdata/apiserver/answers.txt")
	require.NoError(t, err)
	type answer struct {
		status int
		body   []byte
	}
	answers := map[string]answer{}
	for _, file := range archive.Files {
		var who, path string
		var status int
		_, err := fmt.Sscan(file.Name, &who, &status, &path)
		require.NoError(t, err, file.Name)
		if who == user {
			answers[path] = answer{status, file.Data}
		}
	}
	require.NotEmpty(t, answers)
	var mu sync.Mutex
	asked := map[string]bool{}
	s = &server{Server: httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		a, recorded := answers[r.URL.RequestURI()]
		if !assert.True(t, recorded, "not recorded: %s", r.URL.RequestURI()) {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		asked[r.URL.RequestURI()] = true
		if bytes.HasPrefix(a.body, []byte("{")) {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body)
	}))}
	t.Cleanup(s.Close)
	return s, func() (rest []string) {
		mu.Lock()
		defer mu.Unlock()
		for path := range answers {
			if !asked[path] {
				rest = append(rest, path)
			}
		}
		return rest
	}
}

// TestARealAPIServer reads what one answered: lists of several pages, kinds that are not installed.
func TestARealAPIServer(t *testing.T) {
	s, unasked := replay(t, "reader")
	set, err := cluster.Load(t.Context(), manifest.Kinds(), cluster.Options{Kubeconfig: s.kubeconfig(t), Namespace: "observatory", PageSize: 2})
	require.NoError(t, err)
	assert.Empty(t, unasked())
	assert.Equal(t, []string{
		"apps/v1 Deployment observatory/dome",
		"v1 Namespace /default",
		"v1 Namespace /gatekeeper-system",
		"v1 Namespace /kube-node-lease",
		"v1 Namespace /kube-public",
		"v1 Namespace /kube-system",
		"v1 Namespace /observatory",
		"networking.k8s.io/v1 NetworkPolicy observatory/allow-dns",
		"networking.k8s.io/v1 NetworkPolicy observatory/default-deny",
		"networking.k8s.io/v1 NetworkPolicy observatory/dome",
		"v1 Service observatory/dome",
	}, printed(set))
	for _, r := range set.Resources {
		assert.NotContains(t, r.Object, "status", r.ID)
		assert.NotContains(t, r.Object["metadata"], "managedFields", r.ID)
		assert.Contains(t, r.Object["metadata"], "uid", r.ID)
	}
}

// TestARealAPIServerRefuses what a role, or nobody, is given.
func TestARealAPIServerRefuses(t *testing.T) {
	s, _ := replay(t, "partial")
	options := cluster.Options{Kubeconfig: s.kubeconfig(t), Namespace: "observatory", PageSize: 2}
	set, err := cluster.Load(t.Context(), kinds(t, "Service"), options)
	require.NoError(t, err)
	assert.Equal(t, []string{`dev: cannot list services in namespace observatory: services is forbidden: User "partial" cannot list resource "services"` +
		` in API group "" in the namespace "observatory"; netvet needs the verb list for it`}, printed(set))

	s, _ = replay(t, "stranger")
	options.Kubeconfig = s.kubeconfig(t)
	_, err = cluster.Load(t.Context(), kinds(t, "Service"), options)
	assert.EqualError(t, err, "read cluster dev: the credentials are not accepted: Unauthorized")
}
