//go:build unix

package bundle_test

import (
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pages tell by example. A block after a paragraph that begins with the name of a file in backquotes is that file; a block "console" is a session;
// "console stock" one that takes other tools. "…" stands for what is left out, or differs each time.
var pages = []string{"../policy/OWN_RULES.md", "README.md"}

var (
	pageBlock = regexp.MustCompile("(?ms)^((?:[^\n]+\n)*)\n?```([a-z]+)( stock)?\n(.*?)^```$")
	pageFile  = regexp.MustCompile("^`([a-z][^` ]*/[^` ]*|[a-z]+\\.[a-z]+)`|, `([a-z][^` ]*\\.rego)`")
)

// TestPages runs the pages' own commands and wants what they print.
func TestPages(t *testing.T) {
	programs := buildNetvet(t)
	for _, page := range pages {
		t.Run(page, func(t *testing.T) {
			runPage(t, page, &stage{env: []string{"PATH=" + programs + ":" + os.Getenv("PATH")}})
		})
	}
}

// TestStockPages runs them all, with stock OPA and conftest, a registry, and a server that takes what OPA reports.
func TestStockPages(t *testing.T) {
	tools := filepath.Dir(findStock(t, "opa"))
	findStock(t, "conftest")
	programs := buildNetvet(t)
	for _, page := range pages {
		t.Run(page, func(t *testing.T) {
			repository, _ := stockRegistry{}.serve(t) // of loopback addresses conftest wants no TLS
			address, _, _ := strings.Cut(strings.TrimPrefix(repository, "oci://"), "/")
			reports, fleet := serveFleet(t)
			runPage(t, page, &stage{
				names: []string{
					"https://registry.example.com", "http://" + address, "registry.example.com", address, "https://fleet.example.com", fleet,
					"localhost:8181", freeAddress(t), "localhost:8182", freeAddress(t), "_seconds: 60", "_seconds: 1 ", "_seconds: 120", "_seconds: 1 ",
				},
				env:   []string{"PATH=" + programs + ":" + tools + ":" + os.Getenv("PATH")},
				stock: true,
			})
			if page == "README.md" {
				reports.want(t)
			}
		})
	}
}

func buildNetvet(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", dir, "../cmd/netvet").CombinedOutput()
	require.NoError(t, err, "%s", output)
	return dir
}

// fleet keeps what OPA reports.
type fleet struct {
	mutex   sync.Mutex
	reports map[string]string // path -> all that came there
}

func serveFleet(t *testing.T) (*fleet, string) {
	t.Helper()
	f := &fleet{reports: map[string]string{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return f, server.URL
}

func (f *fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		zip, err := gzip.NewReader(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		body = zip
	}
	text, err := io.ReadAll(body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.reports[r.URL.Path] += string(text)
}

// want looks for what the page says that a fleet's server sees.
func (f *fleet) want(t *testing.T) {
	t.Helper()
	for path, want := range map[string][]string{
		"/status": {`"active_revision":"2026.2"`, `"cluster":"berlin"`},
		"/logs":   {`"revision":"2026.2"`, `"path":"netvet/findings"`, `"erased":["/input"]`},
	} {
		for _, text := range want {
			require.Eventually(t, func() bool {
				f.mutex.Lock()
				defer f.mutex.Unlock()
				return strings.Contains(f.reports[path], text)
			}, patience, 50*time.Millisecond, "%s has no %s: %s", path, text, f.reports[path])
		}
	}
	assert.NotContains(t, f.reports["/logs"], "podSelector")
}

// runPage runs a page's sessions in one folder. Where other tools are not there, the sessions with them are left out.
func runPage(t *testing.T, page string, stage *stage) {
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	dir := t.TempDir()
	ran := 0
	for _, block := range pageBlock.FindAllStringSubmatch(string(text), -1) {
		paragraph, language, stock, body := block[1], block[2], block[3] != "", block[4]
		switch {
		case language == "console" && (!stock || stage.stock):
			for _, call := range strings.Split("\n"+body, "\n$ ")[1:] {
				command, want, _ := strings.Cut(call, "\n")
				got := stage.run(t, dir, command)
				assert.Regexp(t, "^"+elided(strings.TrimSuffix(want, "\n"))+"$", strings.TrimSuffix(got, "\n"), "%s: %s", page, command)
				ran++
			}
		case language == "yaml" || language == "rego" || language == "json":
			name := pageFile.FindStringSubmatch(paragraph)
			if name == nil {
				continue
			}
			file := filepath.Join(dir, name[1]+name[2])
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
			require.NoError(t, os.WriteFile(file, []byte(stage.real(body)), 0o666))
		}
	}
	require.NotZero(t, ran)
}

// elided makes an expression of what a page shows.
func elided(shown string) string {
	text := regexp.QuoteMeta(shown)
	text = regexp.MustCompile(`(?m)^…$\n?`).ReplaceAllString(text, `(?:.*\n?)*?`)
	return strings.ReplaceAll(text, "…", ".*")
}

// stage is where sessions run.
type stage struct {
	names []string // pairs: as the pages say, as it is here
	env   []string
	stock bool // other tools are there
	group int  // of the processes
}

// real gives what a page says with the names that hold here.
func (s *stage) real(text string) string { return strings.NewReplacer(s.names...).Replace(text) }

func (s *stage) run(t *testing.T, dir, command string) string {
	t.Helper()
	if s.group == 0 { // of which a process stays: servers are left running until the page ends
		leader := exec.Command("sleep", "600")
		leader.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		require.NoError(t, leader.Start())
		s.group = leader.Process.Pid
		t.Cleanup(func() {
			_ = syscall.Kill(-s.group, syscall.SIGKILL)
			_ = leader.Wait() // it was killed
		})
	}
	out, err := os.CreateTemp(t.TempDir(), "out") // a pipe would stay open as long as a server
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "sh", "-c", s.real(command))
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	cmd.Env = append(append(os.Environ(), "DOCKER_CONFIG="+dir), s.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: s.group}
	_ = cmd.Run() // what is printed is what counts
	text, err := os.ReadFile(out.Name())
	require.NoError(t, err)
	got := string(text)
	for i := 0; i < len(s.names); i += 2 {
		if strings.Contains(s.names[i+1], ":") { // an address
			got = strings.ReplaceAll(got, s.names[i+1], s.names[i])
		}
	}
	return got
}

func freeAddress(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer free.Close()
	return free.Addr().String()
}
