package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write what the commands print into the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"netvet": main, "kubectl-netvet": main, "kubectl_complete-netvet": main})
}

// TestScripts runs what the command line promises. $ROOT is the repository, $KEYS has throw-away keys, $SERVER is a web server and registry that keeps
// what it is given.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"commit": commit},
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			server := httptest.NewServer(new(keeper))
			env.Defer(server.Close)
			env.Setenv("ROOT", root)
			env.Setenv("KEYS", filepath.Join(root, "testdata", "keys"))
			env.Setenv("SERVER", strings.TrimPrefix(server.URL, "http://"))
			env.Setenv("DOCKER_CONFIG", env.WorkDir)
			return nil
		},
	})
}

// keeper gives back what was put there, also by its digest, as an OCI registry does.
type keeper struct{ kept sync.Map }

func (k *keeper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch folder, _ := filepath.Split(r.URL.Path); r.Method {
	case http.MethodPost:
		w.Header().Set("Location", folder+"upload")
		w.WriteHeader(http.StatusAccepted)
	case http.MethodPut:
		data, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		k.kept.Store(r.URL.Path, data)
		k.kept.Store(strings.Replace(folder, "/uploads/", "/", 1)+digestOf(data), data)
		w.WriteHeader(http.StatusCreated)
	default:
		data, found := k.kept.Load(r.URL.Path)
		if !found {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
		w.Header().Set("Content-Length", fmt.Sprint(len(data.([]byte))))
		w.Header().Set("Docker-Content-Digest", digestOf(data.([]byte)))
		_, _ = w.Write(data.([]byte))
	}
}

func digestOf(data []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(data)) }
