package bundle_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/bundle"
	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

// findStock finds a tool of others that `make engines` has built.
func findStock(t *testing.T, name string) string {
	t.Helper()
	program, err := filepath.Abs("../bin/" + name)
	require.NoError(t, err)
	switch _, err := os.Stat(program); {
	case testing.Short():
		t.Skip("takes seconds")
	case err != nil && os.Getenv("NETVET_ENGINES") == "":
		t.Skipf("bin/%s is not built: run make engines", name)
	default:
		require.NoError(t, err)
	}
	return program
}

// stock runs a tool in a folder; it gives what it printed and its exit status.
func stock(t *testing.T, dir, program string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir = dir
	output, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(output), exit.ExitCode()
	}
	require.NoError(t, err)
	return string(output), 0
}

// opa is a running OPA server.
type opa struct {
	client http.Client
	exited chan struct{}
	log    *bytes.Buffer // to be read after it has exited
	kill   context.CancelFunc
}

// serveOPA runs OPA on a socket until the test ends.
func serveOPA(t *testing.T, args ...string) *opa {
	t.Helper()
	program := findStock(t, "opa")
	dir, err := os.MkdirTemp("", "opa") // a socket's path must be short
	require.NoError(t, err)
	socket := filepath.Join(dir, "socket")
	ctx, kill := context.WithCancel(t.Context())
	o := &opa{exited: make(chan struct{}), log: new(bytes.Buffer), kill: kill}
	o.client.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	cmd := exec.CommandContext(ctx, program, append([]string{"run", "--server", "--addr", "unix://" + socket}, args...)...)
	cmd.Stdout, cmd.Stderr = o.log, o.log
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	require.NoError(t, cmd.Start())
	go func() {
		_ = cmd.Wait() // it ends by being killed, or by refusing its bundle
		close(o.exited)
	}()
	t.Cleanup(func() {
		kill()
		<-o.exited
		_ = os.RemoveAll(dir)
	})
	return o
}

// get gives the status and body of an answer, or 0 while there is none.
func (o *opa) get(t *testing.T, path string) (int, []byte) {
	t.Helper()
	return body(o.client.Get("http://opa" + path))
}

func body(response *http.Response, err error) (int, []byte) {
	if err != nil {
		return 0, nil
	}
	defer response.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(response.Body); err != nil {
		return 0, nil
	}
	return response.StatusCode, b.Bytes()
}

// findings asks as a client of OPA's REST API does; the result is nil where OPA has no such rules.
func (o *opa) findings(t *testing.T, set *manifest.Set) map[string]int {
	t.Helper()
	objects := []any{}
	for _, r := range set.Resources {
		objects = append(objects, r.Object)
	}
	question, err := json.Marshal(map[string]any{"input": map[string]any{"resources": objects}})
	require.NoError(t, err)
	status, text := body(o.client.Post("http://opa/v1/data/netvet/findings", "application/json", bytes.NewReader(question)))
	require.Equal(t, http.StatusOK, status)
	var answer struct {
		Result []struct {
			Rule, Message, Severity, Suppressed string
			Resource                            manifest.ID
			Path                                []any
		}
	}
	require.NoError(t, json.Unmarshal(text, &answer), "%s", text)
	if answer.Result == nil {
		return nil
	}
	said := map[string]int{}
	for _, r := range answer.Result {
		if r.Suppressed == "" {
			said[fmt.Sprint(r.Rule, r.Severity, r.Resource.Namespace, r.Resource.Name, r.Path, r.Message)]++
		}
	}
	return said
}

func netvetFindings(t *testing.T, p *policy.Policy, set *manifest.Set) map[string]int {
	t.Helper()
	linter, err := lint.New(t.Context(), p, lint.Config{})
	require.NoError(t, err)
	report, err := linter.Lint(t.Context(), set)
	require.NoError(t, err)
	said := map[string]int{}
	for _, f := range report.Findings {
		if f.Suppressed == "" {
			said[fmt.Sprint(f.Rule.ID, f.Severity, f.Resource.ID.Namespace, f.Resource.ID.Name, []any(f.Path), f.Message)]++
		}
	}
	require.NotEmpty(t, said)
	return said
}

func guide(t *testing.T) *manifest.Set {
	t.Helper()
	set, err := manifest.Load(t.Context(), []string{"../testdata/guide"}, manifest.Options{})
	require.NoError(t, err)
	return set
}

// end gives what OPA says when it ends by itself.
func (o *opa) end(t *testing.T) string {
	t.Helper()
	select {
	case <-o.exited:
		return o.log.String()
	case <-time.After(patience):
		require.Fail(t, "OPA runs on")
		return ""
	}
}

const patience = 30 * time.Second

func (o *opa) ready(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		select {
		case <-o.exited:
			require.Fail(t, "OPA has ended", "%s", o.log)
		default:
		}
		status, _ := o.get(t, "/health?bundles")
		return status == http.StatusOK
	}, patience, 20*time.Millisecond, "OPA does not answer")
}

func save(t *testing.T, data []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "bundle.tar.gz")
	require.NoError(t, os.WriteFile(name, data, 0o600))
	return name
}

func TestStockOPAServesBundles(t *testing.T) {
	findStock(t, "opa")
	set := guide(t)
	want := netvetFindings(t, policy.Default(), set)
	for _, c := range []struct{ key, algorithm string }{
		{"rsa", "RS256"}, {"rsa", "PS256"}, {"ec256", "ES256"}, {"ec521", "ES512"}, {"secret", "HS256"}, {"ed25519", "EdDSA"},
	} {
		t.Run(c.algorithm, func(t *testing.T) {
			sign, _ := pair(t, c.key, bundle.KeyOptions{Algorithm: c.algorithm})
			public := "../testdata/keys/" + strings.Replace(c.key+".pub.pem", "secret.pub.pem", "secret.txt", 1)
			server := serveOPA(t, "-b", save(t, write(t, policy.Default(), bundle.Options{Key: sign})), "--verification-key", public, "--signing-alg", c.algorithm)
			server.ready(t)
			assert.Equal(t, want, server.findings(t, set))
		})
	}
}

func TestStockOPARefusesBundles(t *testing.T) {
	findStock(t, "opa")
	sign, verify := pair(t, "rsa", bundle.KeyOptions{})
	data := write(t, policy.Default(), bundle.Options{Key: sign})
	list := entries(t, data)
	for want, data := range map[string][]byte{
		"missing .signatures.json file":    write(t, policy.Default(), bundle.Options{}),
		"digest mismatch":                  pack(t, list, func(e *entry) { e.data = strings.Replace(e.data, "package main\n", "package main # x\n", 1) }),
		"not included in bundle signature": pack(t, append(list, regular("netvet/more.rego", "package netvet\n"))),
	} {
		t.Run(want, func(t *testing.T) {
			server := serveOPA(t, "-b", save(t, data), "--verification-key", "../testdata/keys/rsa.pub.pem")
			assert.Contains(t, server.end(t), want)
			_, err := read(data, verify)
			require.Error(t, err, "netvet refuses it, too")
		})
	}
	_, err := read(data, verify)
	require.NoError(t, err)
}

// TestStockOPAConfigurationRefusesEdDSA holds what the help says.
func TestStockOPAConfigurationRefusesEdDSA(t *testing.T) {
	findStock(t, "opa")
	for algorithm, key := range map[string]string{"EdDSA": "ed25519.pub.pem", "PS256": "rsa.pub.pem", "ES256": "ec256.pub.pem", "HS256": "secret.txt"} {
		config, err := json.Marshal(map[string]any{"keys": map[string]any{"default": map[string]any{"algorithm": algorithm, "key": string(keyFile(t, key))}}})
		require.NoError(t, err)
		file := filepath.Join(t.TempDir(), "opa.json")
		require.NoError(t, os.WriteFile(file, config, 0o600))
		server := serveOPA(t, "--config-file", file)
		if algorithm == "EdDSA" {
			assert.Contains(t, server.end(t), "unsupported algorithm 'EdDSA'")
		} else {
			server.ready(t)
		}
	}
}

// TestStockOPABundlesAreRead reads what OPA itself built and signed.
func TestStockOPABundlesAreRead(t *testing.T) {
	program := findStock(t, "opa")
	keys, err := filepath.Abs("../testdata/keys")
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), "bundle.tar.gz")
	output, status := stock(t, "../policy", program, "build", "-b", ".", "--signing-key", filepath.Join(keys, "rsa.pem"), "-o", out)
	require.Zero(t, status, output)
	data, err := os.ReadFile(out)
	require.NoError(t, err)
	_, verify := pair(t, "rsa", bundle.KeyOptions{})
	b, err := read(data, verify)
	require.NoError(t, err)
	set := guide(t)
	assert.Equal(t, netvetFindings(t, policy.Default(), set), netvetFindings(t, b.Policy, set))
}

// host gives what OPA's configuration says of where bundles come from, and a function that puts one there.
type host func(t *testing.T) (service map[string]any, resource string, publish func([]byte))

func fromRegistry(serve func(*testing.T) (string, string)) host {
	return func(t *testing.T) (map[string]any, string, func([]byte)) {
		repository, certificate := serve(t)
		address, path, _ := strings.Cut(strings.TrimPrefix(repository, "oci://"), "/")
		service := map[string]any{"type": "oci", "url": "http://" + address}
		var options bundle.FetchOptions
		if certificate != "" {
			service["url"], service["tls"] = "https://"+address, map[string]any{"ca_cert": certificate}
			options.Transport = trusting(t, certificate)
		}
		return service, address + "/" + path + ":stable", func(data []byte) {
			_, err := bundle.Push(t.Context(), repository+":stable", data, options)
			require.NoError(t, err)
		}
	}
}

// stockRegistry is docker-registry as Debian has it.
type stockRegistry struct {
	tls  bool // with a certificate of its own
	user bool // for ann, whose password is p4ssw0rd
}

// serve runs it until the test ends, and gives a repository in it and, with TLS, the file of the certificate.
func (r stockRegistry) serve(t *testing.T) (repository, certificate string) {
	t.Helper()
	program, err := exec.LookPath("docker-registry")
	if err != nil && os.Getenv("NETVET_ENGINES") == "" {
		t.Skip("docker-registry is not installed")
	}
	require.NoError(t, err)
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().String()
	require.NoError(t, free.Close())
	dir := t.TempDir()
	serving := map[string]any{"addr": address}
	config := map[string]any{
		"version": "0.1", "log": map[string]any{"level": "error"}, "http": serving,
		"storage": map[string]any{"filesystem": map[string]any{"rootdirectory": filepath.Join(dir, "data")}},
	}
	client := http.Client{Transport: &http.Transport{}}
	url, answer := "http://"+address+"/v2/", http.StatusOK
	if r.tls {
		var key string
		certificate, key = selfSigned(t, dir)
		serving["tls"] = map[string]any{"certificate": certificate, "key": key}
		url = "https://" + address + "/v2/"
		client.Transport = trusting(t, certificate)
	}
	if r.user {
		users := filepath.Join(dir, "users")
		require.NoError(t, os.WriteFile(users, []byte("ann:$2b$04$nGBDXHVAmGvVb1STeQbjd.ibh4N81sEoJ5ePEEC/zcjHzT5jf2Agm\n"), 0o600))
		config["auth"] = map[string]any{"htpasswd": map[string]any{"realm": "test", "path": users}}
		answer = http.StatusUnauthorized
	}
	text, err := json.Marshal(config)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.yml"), text, 0o600))

	ctx, kill := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, program, "serve", filepath.Join(dir, "config.yml"))
	log := new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		kill()
		_ = cmd.Wait() // it ends by being killed
		if t.Failed() {
			t.Logf("docker-registry: %s", log)
		}
	})
	require.Eventually(t, func() bool {
		status, _ := body(client.Get(url))
		return status == answer
	}, patience, 20*time.Millisecond, "docker-registry does not answer")
	return "oci://" + address + "/acme/netvet", certificate
}

// selfSigned writes a certificate for loopback addresses and its key.
func selfSigned(t *testing.T, dir string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	certificate, key = filepath.Join(dir, "certificate.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	return certificate, key
}

func trusting(t *testing.T, certificate string) *http.Transport {
	t.Helper()
	text, err := os.ReadFile(certificate)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(text))
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
}

// logIn writes what docker login does.
func logIn(t *testing.T, repository string) {
	t.Helper()
	host, _, _ := strings.Cut(strings.TrimPrefix(repository, "oci://"), "/")
	config := fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, host, base64.StdEncoding.EncodeToString([]byte("ann:p4ssw0rd")))
	require.NoError(t, os.WriteFile(filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json"), []byte(config), 0o600))
}

// TestStockRegistry pushes and pulls by tag and digest.
func TestStockRegistry(t *testing.T) {
	sign, verify := pair(t, "rsa", bundle.KeyOptions{})
	data := write(t, policy.Default(), bundle.Options{Key: sign})
	for name, r := range map[string]stockRegistry{"plain": {}, "TLS": {tls: true}, "credentials": {user: true}, "TLS and credentials": {tls: true, user: true}} {
		t.Run(name, func(t *testing.T) {
			repository, certificate := r.serve(t)
			var options bundle.FetchOptions
			if r.tls {
				_, err := bundle.Push(t.Context(), repository, data, options)
				require.ErrorContains(t, err, "certificate")
				options.Transport = trusting(t, certificate)
			}
			if r.user {
				_, err := bundle.Push(t.Context(), repository, data, options)
				require.ErrorContains(t, err, "credential")
				logIn(t, repository)
			}
			byDigest, err := bundle.Push(t.Context(), repository, data, options)
			require.NoError(t, err)
			for _, reference := range []string{repository + ":v1", repository + ":v2"} {
				same, err := bundle.Push(t.Context(), reference, data, options)
				require.NoError(t, err)
				assert.Equal(t, byDigest, same)
			}
			for _, reference := range []string{repository + ":v1", repository + ":v2", byDigest} {
				got, err := bundle.Pull(t.Context(), reference, options)
				require.NoError(t, err)
				_, err = read(got, verify)
				require.NoError(t, err)
			}
			_, err = bundle.Pull(t.Context(), repository+":v9", options)
			require.ErrorContains(t, err, "no such artifact")
		})
	}
}

// TestStockOPAPolls shows a new revision taking over, and a badly signed one refused while the old stays.
func TestStockOPAPolls(t *testing.T) {
	findStock(t, "opa")
	sign, _ := pair(t, "rsa", bundle.KeyOptions{})
	other, _ := pair(t, "other", bundle.KeyOptions{})
	set := guide(t)
	more, err := policy.Join(policy.Default(), fstest.MapFS{"acme/rules/no_team/rule.rego": {Data: []byte(strings.Replace(
		fmt.Sprintf(ruleRego, "acme.rules.no_team"), `{"apiVersion": "", "kind": "", "namespace": "", "name": ""}`, `{"apiVersion": resource.apiVersion, "kind": resource.kind, "namespace": object.get(resource.metadata, "namespace", ""), "name": resource.metadata.name}`, 1))}})
	require.NoError(t, err)
	first := write(t, policy.Default(), bundle.Options{Revision: "first", Key: sign})
	forged := write(t, more, bundle.Options{Revision: "forged", Key: other})
	second := write(t, more, bundle.Options{Revision: "second", Key: sign})

	for name, host := range map[string]host{
		"a web server": func(t *testing.T) (map[string]any, string, func([]byte)) {
			var current atomic.Pointer[[]byte]
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(*current.Load()) }))
			t.Cleanup(server.Close)
			return map[string]any{"url": server.URL}, "bundle.tar.gz", func(data []byte) { current.Store(&data) }
		},
		"a registry":     fromRegistry(func(t *testing.T) (string, string) { _, repository := serveRegistry(t); return repository, "" }),
		"stock registry": fromRegistry(stockRegistry{}.serve),
		"with TLS":       fromRegistry(stockRegistry{tls: true}.serve),
	} {
		t.Run(name, func(t *testing.T) {
			service, resource, publish := host(t)
			publish(first)
			config, err := json.Marshal(map[string]any{
				"services": map[string]any{"bundles": service},
				"keys":     map[string]any{"default": map[string]any{"algorithm": "RS256", "key": string(keyFile(t, "rsa.pub.pem"))}},
				"bundles": map[string]any{"netvet": map[string]any{
					"service": "bundles", "resource": resource,
					"signing": map[string]any{"keyid": "default"},
					"polling": map[string]any{"min_delay_seconds": 1, "max_delay_seconds": 1},
				}},
				"status": map[string]any{"console": true},
			})
			require.NoError(t, err)
			file := filepath.Join(t.TempDir(), "opa.json")
			require.NoError(t, os.WriteFile(file, config, 0o600))

			server := serveOPA(t, "--config-file", file)
			server.ready(t)
			revision := func() string {
				_, text := server.get(t, "/v1/data/system/bundles/netvet/manifest/revision")
				return strings.Trim(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(string(text)), `{"result":`)), `"}`)
			}
			require.Equal(t, "first", revision())
			old := netvetFindings(t, policy.Default(), set)
			require.Equal(t, old, server.findings(t, set))

			publish(forged)
			failed := func() bool {
				_, text := server.get(t, "/v1/status")
				return bytes.Contains(text, []byte("failed to verify JWT signature"))
			}
			require.Eventually(t, failed, patience, 50*time.Millisecond, "OPA has not tried it")
			require.Equal(t, "first", revision())
			require.Equal(t, old, server.findings(t, set), "the old rules stay")

			publish(second)
			require.Eventually(t, func() bool { return revision() == "second" }, patience, 50*time.Millisecond)
			want := netvetFindings(t, more, set)
			require.NotEqual(t, old, want)
			require.Equal(t, want, server.findings(t, set))
		})
	}
}

func TestStockConftestPulls(t *testing.T) {
	conftest := findStock(t, "conftest")
	sign, _ := pair(t, "rsa", bundle.KeyOptions{})
	data := write(t, policy.Default(), bundle.Options{Key: sign})
	manifests, err := filepath.Abs("../testdata/guide/09-forgotten-dns")
	require.NoError(t, err)
	root, err := filepath.Abs("../policy")
	require.NoError(t, err)
	want, wantStatus := stock(t, t.TempDir(), conftest, "test", "--combine", "--no-color", "-p", root, "-o", "json", manifests)
	require.Equal(t, 1, wantStatus, want)
	for name, serve := range map[string]func(*testing.T) (string, string){
		"a registry":     func(t *testing.T) (string, string) { _, repository := serveRegistry(t); return repository, "" },
		"stock registry": stockRegistry{}.serve,
	} {
		t.Run(name, func(t *testing.T) {
			repository, _ := serve(t)
			byDigest, err := bundle.Push(t.Context(), repository+":v1", data, bundle.FetchOptions{})
			require.NoError(t, err)
			for _, reference := range []string{repository + ":v1", byDigest} {
				dir := t.TempDir()
				output, status := stock(t, dir, conftest, "pull", reference)
				require.Zero(t, status, output)
				got, status := stock(t, dir, conftest, "test", "--combine", "--no-color", "-o", "json", manifests)
				assert.Equal(t, wantStatus, status)
				assert.JSONEq(t, want, got)
			}
		})
	}
}

// TestStockSettings shows that the parameters of a bundle are in force in every host.
func TestStockSettings(t *testing.T) {
	conftest := findStock(t, "conftest")
	manifests, err := filepath.Abs("../policy/netvet/rules/namespace_label/bad.yaml")
	require.NoError(t, err)
	set, err := manifest.Load(t.Context(), []string{manifests}, manifest.Options{})
	require.NoError(t, err)
	preset, err := policy.Default().Preset(map[string]any{"namespace_labels": []string{"name"}})
	require.NoError(t, err)
	plain := netvetFindings(t, policy.Default(), set)
	want := netvetFindings(t, preset, set)
	require.NotEqual(t, plain, want)

	sign, _ := pair(t, "rsa", bundle.KeyOptions{})
	data := write(t, preset, bundle.Options{Key: sign})
	server := serveOPA(t, "-b", save(t, data), "--verification-key", "../testdata/keys/rsa.pub.pem")
	server.ready(t)
	assert.Equal(t, want, server.findings(t, set))

	dir := t.TempDir()
	for _, e := range entries(t, data) {
		file := filepath.Join(dir, "policy", filepath.FromSlash(e.Name))
		if e.Typeflag == tar.TypeDir {
			require.NoError(t, os.MkdirAll(file, 0o777))
			continue
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
		require.NoError(t, os.WriteFile(file, []byte(e.data), 0o666))
	}
	output, _ := stock(t, dir, conftest, "test", "--combine", "--no-color", "-o", "json", manifests)
	var files []struct {
		Failures, Warnings []struct {
			Metadata struct {
				Rule, Message, Severity, Suppressed string
				Resource                            manifest.ID
				Path                                []any
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(output), &files), output)
	said := map[string]int{}
	for _, file := range files {
		for _, result := range append(file.Failures, file.Warnings...) {
			r := result.Metadata
			said[fmt.Sprint(r.Rule, r.Severity, r.Resource.Namespace, r.Resource.Name, r.Path, r.Message)]++
		}
	}
	assert.Equal(t, want, said)
}
