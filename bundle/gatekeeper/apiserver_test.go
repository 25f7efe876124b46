package gatekeeper_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// apiServer is a real one, with its etcd and a Gatekeeper: on loopback, in a folder of its own, with keys of its own.
type apiServer struct {
	ctx    context.Context
	dir    string
	url    string
	http   *http.Client
	ca     []byte // its certificate as PEM
	health string // of Gatekeeper: where it says whether it is ready
	hook   string // of Gatekeeper: where the API server asks it
}

// The users of the API server. Each user's token is its name.
const (
	admin   = "admin"
	loader  = "loader"  // an admin whom Gatekeeper is not asked about
	reader  = "reader"  // may what policy/cluster/rbac.yaml says
	partial = "partial" // may the same, but for Services
	manager = "system:serviceaccount:gatekeeper-system:gatekeeper-admin"
)

// built finds a program of bin/.
func built(t *testing.T, name string) string {
	t.Helper()
	program, err := filepath.Abs("../../bin/" + name)
	require.NoError(t, err)
	_, err = os.Stat(program)
	require.NoError(t, err, "make cluster builds it")
	return program
}

// startAPIServer gives one that answers. It ends with the test, or with the context.
func startAPIServer(t *testing.T, ctx context.Context) *apiServer {
	s := &apiServer{ctx: ctx, dir: t.TempDir()}
	ports := freePorts(t, 5)
	s.url = "https://" + ports[2]
	s.hook, s.health = ports[3], ports[4]
	s.makeKeys(t)

	store := "http://" + ports[0]
	s.start(t, "etcd", nil,
		"--data-dir="+filepath.Join(s.dir, "etcd"), "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls="+store, "--advertise-client-urls="+store,
		"--listen-peer-urls=http://"+ports[1], "--initial-advertise-peer-urls=http://"+ports[1], "--initial-cluster=default=http://"+ports[1])

	var tokens strings.Builder
	for _, user := range []string{admin, loader, manager} {
		fmt.Fprintf(&tokens, "%s,%s,%s,system:masters\n", user, user, user)
	}
	for _, user := range []string{reader, partial} {
		fmt.Fprintf(&tokens, "%s,%s,%s\n", user, user, user)
	}
	s.write(t, "tokens", []byte(tokens.String()))
	_, port, _ := net.SplitHostPort(ports[2])
	s.start(t, "kube-apiserver", nil,
		"--etcd-servers="+store, "--bind-address=127.0.0.1", "--secure-port="+port, "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=10.96.0.0/12,fd00:10:96::/112", "--authorization-mode=RBAC", "--token-auth-file="+s.path("tokens"), "--anonymous-auth=false",
		"--disable-admission-plugins=ServiceAccount", "--cert-dir="+s.path("certs"),
		"--tls-cert-file="+s.path("tls.crt"), "--tls-private-key-file="+s.path("tls.key"),
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file="+s.path("tls.key"), "--service-account-signing-key-file="+s.path("tls.key"))

	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(s.ca))
	s.http = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, MaxIdleConnsPerHost: 8}, Timeout: time.Minute}
	s.eventually(t, "kube-apiserver is ready", func() bool {
		a, err := s.send(admin, http.MethodGet, "/readyz", nil)
		return err == nil && a.status == http.StatusOK
	})
	return s
}

// startGatekeeper installs it and waits until the API server asks it about every object.
func (s *apiServer) startGatekeeper(t *testing.T) {
	module := exec.CommandContext(s.ctx, "go", "-C", "../../testdata/engines/gator", "list", "-m", "-f", "{{.Dir}}", "github.com/open-policy-agent/gatekeeper/v3")
	folder, err := module.Output()
	require.NoError(t, err)
	crds := filepath.Join(strings.TrimSpace(string(folder)), "charts/gatekeeper/crds")
	s.kubectl(t, "", "create", "-f", crds)
	s.kubectl(t, "", "wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
	s.kubectl(t, "", "create", "namespace", "gatekeeper-system")

	_, port, _ := net.SplitHostPort(s.hook)
	s.start(t, "gatekeeper", []string{"POD_NAMESPACE=gatekeeper-system"},
		"--kubeconfig="+s.kubeconfig(t, manager, s.url), "--debug-use-fake-pod", "--operation=webhook", "--operation=status", "--operation=generate",
		"--disable-cert-rotation", "--cert-dir="+s.dir, "--host=127.0.0.1", "--port="+port, "--health-addr="+s.health,
		"--shutdown-delay=0", "--log-level=ERROR",
		"--metrics-backend=opentelemetry", "--otlp-endpoint=127.0.0.1:1", "--otlp-metric-interval=24h") // Prometheus would listen on every address
	s.eventually(t, "Gatekeeper is ready", func() bool {
		response, err := http.Get("http://" + s.health + "/readyz")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})

	// As its chart has it, but that deletions are reviewed, too, and that one user can bring in what is bad.
	s.must(t, admin, http.MethodPost, "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", map[string]any{
		"metadata": map[string]any{"name": "gatekeeper-validating-webhook-configuration"},
		"webhooks": []any{map[string]any{
			"name":                    "validation.gatekeeper.sh",
			"admissionReviewVersions": []any{"v1"},
			"clientConfig":            map[string]any{"url": "https://" + s.hook + "/v1/admit", "caBundle": s.ca},
			"failurePolicy":           "Fail",
			"matchPolicy":             "Exact",
			"sideEffects":             "None",
			"timeoutSeconds":          30,
			"rules": []any{map[string]any{
				"apiGroups": []any{"*"}, "apiVersions": []any{"*"}, "operations": []any{"CREATE", "UPDATE", "DELETE"}, "resources": []any{"*"},
			}},
			"matchConditions": []any{map[string]any{
				"name": "people", "expression": `!(request.userInfo.username in ["` + loader + `", "` + manager + `", "system:apiserver"])`,
			}},
		}},
	})
}

// startAudit starts another Gatekeeper for audits, as its chart does.
func (s *apiServer) startAudit(t *testing.T) {
	require.NoError(t, os.Mkdir(s.path("audit"), 0o777))
	s.start(t, "gatekeeper", []string{"POD_NAMESPACE=gatekeeper-system", "POD_NAME=audit"},
		"--kubeconfig="+s.kubeconfig(t, manager, s.url), "--debug-use-fake-pod", "--operation=audit", "--operation=status",
		"--disable-cert-rotation", "--cert-dir="+s.dir, "--health-addr=0", "--log-level=ERROR", "--shutdown-delay=0",
		"--audit-interval=1", "--constraint-violations-limit=500", "--api-cache-dir="+s.path("audit"),
		"--metrics-backend=opentelemetry", "--otlp-endpoint=127.0.0.1:1", "--otlp-metric-interval=24h")
}

func (s *apiServer) path(name string) string { return filepath.Join(s.dir, name) }

func (s *apiServer) write(t *testing.T, name string, data []byte) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(s.path(name)), 0o777))
	require.NoError(t, os.WriteFile(s.path(name), data, 0o600))
	return s.path(name)
}

// start runs a program in the background. What it wrote is shown where the test fails.
func (s *apiServer) start(t *testing.T, name string, env []string, args ...string) {
	t.Helper()
	log, err := os.CreateTemp(s.dir, name+"-*.log")
	require.NoError(t, err)
	ctx, kill := context.WithCancel(s.ctx)
	cmd := exec.CommandContext(ctx, built(t, name), args...)
	cmd.Dir = s.dir
	cmd.Env = append(s.environment(), env...)
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		kill()
		_ = cmd.Wait() // killed
		log.Close()
		if !t.Failed() {
			return
		}
		text, _ := os.ReadFile(log.Name())
		lines := strings.Split(string(text), "\n")
		t.Logf("the end of what %s wrote:\n%s", name, strings.Join(lines[max(0, len(lines)-15):], "\n"))
	})
}

// environment keeps programs from the files of whoever runs the test.
func (s *apiServer) environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "KUBECACHEDIR=" + s.path("kubecache"), "TMPDIR=" + s.dir}
}

// eventually waits, but not for ever.
func (s *apiServer) eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !so(); time.Sleep(5 * time.Millisecond) {
		require.NoError(t, s.ctx.Err(), what)
		require.True(t, time.Now().Before(deadline), "not in time: %s", what)
	}
}

// answer is the API server's.
type answer struct {
	status   int
	message  string // where it refuses
	warnings []string
	object   map[string]any
	body     []byte
}

func (s *apiServer) send(user, method, path string, body any) (a answer, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return a, err
	}
	request, err := http.NewRequestWithContext(s.ctx, method, s.url+path, bytes.NewReader(text))
	if err != nil {
		return a, err
	}
	request.Header.Set("Authorization", "Bearer "+user)
	request.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		request.Header.Set("Content-Type", "application/merge-patch+json")
	}
	response, err := s.http.Do(request)
	if err != nil {
		return a, err
	}
	defer response.Body.Close()
	if text, err = io.ReadAll(response.Body); err != nil {
		return a, err
	}
	a.status, a.body = response.StatusCode, text
	_ = json.Unmarshal(text, &a.object) // /readyz says ok
	if a.status >= 300 {
		a.message, _ = a.object["message"].(string)
	}
	for _, header := range response.Header.Values("Warning") {
		a.warnings = append(a.warnings, warning(header))
	}
	return a, nil
}

// warning reads a header such as `299 - "text"`.
func warning(header string) string {
	text := strings.TrimSuffix(strings.TrimPrefix(header, `299 - "`), `"`)
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(text)
}

func (s *apiServer) ask(t *testing.T, user, method, path string, body any) answer {
	t.Helper()
	for try := 0; ; try++ {
		a, err := s.send(user, method, path, body)
		require.NoError(t, err, "%s %s", method, path)
		if a.status != http.StatusTooManyRequests || try == 100 { // it starts to serve a kind
			return a
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// must is for requests that have to succeed. It gives the object of the answer.
func (s *apiServer) must(t *testing.T, user, method, path string, body any) map[string]any {
	t.Helper()
	a := s.ask(t, user, method, path, body)
	require.Less(t, a.status, 300, "%s %s: %s\n%v", method, path, a.message, body)
	return a.object
}

// kubectl runs it as the admin and gives what it printed.
func (s *apiServer) kubectl(t *testing.T, input string, args ...string) string {
	t.Helper()
	output, err := s.tryKubectl(t, input, args...)
	require.NoError(t, err, "kubectl %q:\n%s", args, output)
	return output
}

func (s *apiServer) tryKubectl(t *testing.T, input string, args ...string) (string, error) {
	t.Helper()
	return s.run(input, built(t, "kubectl"), append([]string{"--kubeconfig=" + s.kubeconfig(t, admin, s.url)}, args...)...)
}

// netvet runs it and gives what it printed.
func (s *apiServer) netvet(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return s.run("", built(t, "netvet"), args...)
}

// run gives what a program printed, both ways.
func (s *apiServer) run(input, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(s.ctx, program, args...)
	cmd.Env = s.environment()
	cmd.Stdin = strings.NewReader(input)
	output, err := cmd.CombinedOutput()
	return string(output), err
}

// kubeconfig writes one for a user who asks a server.
func (s *apiServer) kubeconfig(t *testing.T, user, server string) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": "loopback",
		"clusters": []any{map[string]any{"name": "loopback", "cluster": map[string]any{"server": server, "certificate-authority-data": s.ca}}},
		"users":    []any{map[string]any{"name": user, "user": map[string]any{"token": user}}},
		"contexts": []any{map[string]any{"name": "loopback", "context": map[string]any{"cluster": "loopback", "user": user}}},
	})
	require.NoError(t, err)
	return s.write(t, "kubeconfigs/"+strings.ReplaceAll(user, ":", "-"), text)
}

// makeKeys writes a certificate for 127.0.0.1, which the API server and Gatekeeper show, and its key.
func (s *apiServer) makeKeys(t *testing.T) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	certificate := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "netvet's tests"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	signed, err := x509.CreateCertificate(rand.Reader, certificate, certificate, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	s.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed})
	s.write(t, "tls.crt", s.ca)
	s.write(t, "tls.key", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}))
}

// freePorts gives addresses of loopback on which nobody listens.
func freePorts(t *testing.T, n int) (addresses []string) {
	t.Helper()
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer listener.Close() // all are taken until the last is known
		addresses = append(addresses, listener.Addr().String())
	}
	return slices.Clip(addresses)
}
