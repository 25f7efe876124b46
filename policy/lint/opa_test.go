package lint_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy/manifest"
)

func TestStockOPATests(t *testing.T) {
	output, status := findStock(t, "opa").run(t, nil, "test", "--timeout", "60s", "-b", "policy")
	assert.Zero(t, status, "%s", output)
	assert.Regexp(t, `PASS: [1-9]`, string(output))
}

// envelope is the input that the README tells OPA's users to send.
func envelope(set *manifest.Set) map[string]any {
	objects, files := []any{}, []string{}
	for _, r := range set.Resources {
		objects, files = append(objects, r.Object), append(files, r.File)
	}
	return map[string]any{"resources": objects, "files": files}
}

func opaSays(t *testing.T, set *manifest.Set, output []byte) verdict {
	t.Helper()
	var results []result
	require.NoError(t, json.Unmarshal(output, &results), "%s", output)
	v := verdict{}
	for _, r := range results {
		if r.Suppressed == "" {
			r.File = set.Resources[r.Index].File
			v[r.said()] = true
		}
	}
	return v
}

// server is a running OPA.
type server struct{ *http.Client }

// serve runs OPA on a socket of its own until the test ends.
func (s stock) serve(t *testing.T, args ...string) server {
	t.Helper()
	dir, err := os.MkdirTemp("", "opa") // a socket's path must be short
	require.NoError(t, err)
	socket := filepath.Join(dir, "socket")
	log := new(bytes.Buffer)
	cmd := exec.CommandContext(t.Context(), string(s), append([]string{"run", "--server", "--addr", "unix://" + socket}, args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = "../..", log, log
	require.NoError(t, cmd.Start())
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it ends by being killed
		close(exited)
	}()
	t.Cleanup(func() {
		<-exited
		_ = os.RemoveAll(dir)
	})

	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	client := server{&http.Client{Transport: &http.Transport{DialContext: dial}}}
	for deadline := time.Now().Add(time.Minute); ; {
		response, err := client.Get("http://opa/health")
		if err == nil {
			require.NoError(t, response.Body.Close())
			require.Equal(t, http.StatusOK, response.StatusCode)
			return client
		}
		require.True(t, time.Now().Before(deadline), "OPA does not answer")
		select {
		case <-exited:
			require.Fail(t, "OPA has ended", "%s", log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// findings asks the server as a client of its REST API does.
func (s server) findings(t *testing.T, input []byte) []byte {
	t.Helper()
	body, err := json.Marshal(map[string]json.RawMessage{"input": input})
	require.NoError(t, err)
	response, err := s.Post("http://opa/v1/data/netvet/findings", "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	defer response.Body.Close()
	var answer struct{ Result json.RawMessage }
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	return answer.Result
}
