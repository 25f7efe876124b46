package bundle_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

const (
	entryRego = `package netvet

findings contains finding if {
	some name, fault
	data.netvet.rules[name].violation[fault]
	finding := object.union(fault.details, {"rule": replace(name, "_", "-"), "severity": "error", "message": fault.msg})
}
`
	ruleRego = `# METADATA
# title: Objects have a team
# description: Nobody knows whom to ask.
# custom:
#   remediation: Set the label.
#   severity: error
#   category: practice
#   scope: object
#   kinds: [NetworkPolicy]
package %s

metadata := rego.metadata.chain()

violation contains {"msg": "no team", "details": {"index": i, "path": ["metadata"], "resource": {"apiVersion": "", "kind": "", "namespace": "", "name": ""}}} if {
	some i, resource in input.resources
	not resource.metadata.labels.team
}
`
)

// small is a policy of one rule.
func small(t testing.TB) *policy.Policy {
	t.Helper()
	p, err := policy.Open(fstest.MapFS{
		"netvet/netvet.rego":               {Data: []byte(entryRego)},
		"netvet/rules/no_team/rule.rego":   {Data: fmt.Appendf(nil, ruleRego, "netvet.rules.no_team")},
		"lib/acme/unused/deep/unused.rego": {Data: []byte("package lib.acme.unused.deep\n")},
	})
	require.NoError(t, err)
	return p
}

func write(t testing.TB, p *policy.Policy, o bundle.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, bundle.Write(&b, p, o))
	return b.Bytes()
}

func read(data []byte, key *bundle.VerificationKey) (*bundle.Bundle, error) {
	return bundle.Read(bytes.NewReader(data), key)
}

func keyFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", "keys", name))
	require.NoError(t, err)
	return data
}

// pair gives both halves of a throw-away key.
func pair(t testing.TB, name string, o bundle.KeyOptions) (*bundle.SigningKey, *bundle.VerificationKey) {
	t.Helper()
	private, public := name+".pem", name+".pub.pem"
	if name == "secret" {
		private, public = "secret.txt", "secret.txt"
	}
	s, err := bundle.ParseSigningKey(keyFile(t, private), o)
	require.NoError(t, err)
	v, err := bundle.ParseVerificationKey(keyFile(t, public), o)
	require.NoError(t, err)
	return s, v
}

func TestRoundTrip(t *testing.T) {
	sign, verify := pair(t, "rsa", bundle.KeyOptions{})
	data := write(t, policy.Default(), bundle.Options{Revision: "r1", Version: "v1.2.3", Key: sign})
	for _, read := range []func() (*bundle.Bundle, error){
		func() (*bundle.Bundle, error) { return read(data, verify) },
		func() (*bundle.Bundle, error) { return bundle.ReadUnverified(bytes.NewReader(data)) },
	} {
		b, err := read()
		require.NoError(t, err)
		assert.Equal(t, policy.Default().Sources(), b.Policy.Sources())
		assert.Equal(t, policy.Default().Digest(), b.Policy.Digest())
		assert.False(t, b.Policy.BuiltIn(), "what came from outside is compiled with every check")
		assert.Equal(t, "r1", b.Manifest.Revision)
		assert.Equal(t, "v1.2.3", b.Manifest.Version)
		assert.Equal(t, []string{"lib/netvet", "main", "netvet"}, b.Manifest.Roots)
		assert.Equal(t, policy.Default().Digest(), b.Manifest.Digest)
		assert.Len(t, b.Manifest.Rules, len(policy.Default().Rules()))
		assert.Equal(t, &bundle.Signature{Algorithm: "RS256", KeyID: "default"}, b.Signature)
		assert.Contains(t, b.Files, ".signatures.json")
	}
}

func TestRevisionIsTheDigestUnlessNamed(t *testing.T) {
	b, err := bundle.ReadUnverified(bytes.NewReader(write(t, small(t), bundle.Options{})))
	require.NoError(t, err)
	assert.Equal(t, small(t).Digest(), b.Manifest.Revision)
	assert.Equal(t, []string{"lib/acme", "netvet"}, b.Manifest.Roots)
	assert.Nil(t, b.Signature)
}

func TestEveryAlgorithm(t *testing.T) {
	names := map[string]string{"ES256": "ec256", "ES384": "ec384", "ES512": "ec521", "EdDSA": "ed25519"}
	for _, algorithm := range bundle.Algorithms() {
		t.Run(algorithm, func(t *testing.T) {
			name := map[string]string{"RS": "rsa", "PS": "rsa", "HS": "secret"}[algorithm[:2]] + names[algorithm]
			sign, verify := pair(t, name, bundle.KeyOptions{Algorithm: algorithm, ID: "k1", Scope: "lint"})
			data := write(t, small(t), bundle.Options{Key: sign})
			b, err := read(data, verify)
			require.NoError(t, err)
			assert.Equal(t, &bundle.Signature{Algorithm: algorithm, KeyID: "k1", Scope: "lint"}, b.Signature)

			random := strings.HasPrefix(algorithm, "PS") || strings.HasPrefix(algorithm, "ES")
			assert.Equal(t, !random, bytes.Equal(data, write(t, small(t), bundle.Options{Key: sign})), "the same bytes again")

			_, elsewhere := pair(t, name, bundle.KeyOptions{Algorithm: algorithm, Scope: "deploy"})
			_, err = read(data, elsewhere)
			require.ErrorIs(t, err, bundle.ErrSignature)
		})
	}
}

func TestSameSourcesGiveTheSameBytes(t *testing.T) {
	sign, _ := pair(t, "rsa", bundle.KeyOptions{})
	want := write(t, policy.Default(), bundle.Options{Key: sign})

	dir := t.TempDir()
	for name, source := range policy.Default().Sources() {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(source), 0o600))
		require.NoError(t, os.Chtimes(file, time.Unix(1, 0), time.Unix(1, 0)))
	}
	t.Chdir(dir)
	t.Setenv("TZ", "Asia/Kathmandu")
	p, err := policy.Open(os.DirFS("."))
	require.NoError(t, err)
	assert.Equal(t, want, write(t, p, bundle.Options{Key: sign}))

	// A machine of another kind must find this, too. It changes with what is written, or with Go's compressor.
	sum := sha256.Sum256(write(t, small(t), bundle.Options{Key: sign}))
	assert.Equal(t, goldenSmall, hex.EncodeToString(sum[:]))
}

func TestArchiveTellsNothingOfItsMaker(t *testing.T) {
	made := map[string]bool{".": true}
	for _, e := range entries(t, write(t, small(t), bundle.Options{})) {
		assert.True(t, e.ModTime.IsZero() || e.ModTime.Unix() == 0)
		assert.Zero(t, e.Uid+e.Gid)
		assert.Empty(t, e.Uname+e.Gname)
		dir, _ := filepath.Split(strings.TrimSuffix(e.Name, "/"))
		assert.True(t, made[filepath.Clean(dir)], "%s has its directory before it", e.Name)
		made[filepath.Clean(e.Name)] = true
	}
}

func TestSignPacksAnew(t *testing.T) {
	sign, verify := pair(t, "rsa", bundle.KeyOptions{})
	other, _ := pair(t, "other", bundle.KeyOptions{})
	want := write(t, small(t), bundle.Options{Key: sign})
	for name, data := range map[string][]byte{
		"unsigned": write(t, small(t), bundle.Options{}),
		"signed":   write(t, small(t), bundle.Options{Key: other}),
		"absolute names, no directories": pack(t, slices.DeleteFunc(slices.Clone(entries(t, want)), func(e entry) bool { return e.Typeflag == tar.TypeDir }),
			func(e *entry) { e.Name = "/" + e.Name }),
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, bundle.Sign(&b, bytes.NewReader(data), sign))
			assert.Equal(t, want, b.Bytes())
			_, err := read(b.Bytes(), verify)
			require.NoError(t, err)
		})
	}
	require.Error(t, bundle.Sign(io.Discard, strings.NewReader("nonsense"), sign))
}

func TestBundleJudgesAsItsPolicy(t *testing.T) {
	_, verify := pair(t, "rsa", bundle.KeyOptions{})
	sign, _ := pair(t, "rsa", bundle.KeyOptions{})
	b, err := read(write(t, policy.Default(), bundle.Options{Key: sign}), verify)
	require.NoError(t, err)
	set, err := manifest.Load(t.Context(), []string{"../testdata/guide"}, manifest.Options{})
	require.NoError(t, err)
	var reports [2]*lint.Report
	for i, p := range []*policy.Policy{policy.Default(), b.Policy} {
		linter, err := lint.New(t.Context(), p, lint.Config{})
		require.NoError(t, err)
		reports[i], err = linter.Lint(t.Context(), set)
		require.NoError(t, err)
	}
	require.NotEmpty(t, reports[0].Findings)
	require.Len(t, reports[1].Findings, len(reports[0].Findings))
	for i, want := range reports[0].Findings {
		got := reports[1].Findings[i]
		assert.Equal(t, want.Rule.ID, got.Rule.ID)
		assert.Equal(t, want.Message, got.Message)
		assert.Equal(t, want.Span, got.Span)
	}
	assert.Equal(t, reports[0].Policy, reports[1].Policy)
}

// ownRule is one of acme's, and the library that it stands beside.
func ownRule() fstest.MapFS {
	return fstest.MapFS{
		"acme/rules/no_team/rule.rego": {Data: fmt.Appendf(nil, ruleRego, "acme.rules.no_team")},
		"lib/acme/team/team.rego":      {Data: []byte("package lib.acme.team\n\nknown := {\"a\"}\n")},
	}
}

func TestOwnRulesAndParametersTravel(t *testing.T) {
	p, err := policy.Join(policy.Default(), ownRule())
	require.NoError(t, err)
	p, err = p.Preset(map[string]any{"namespace_labels": []string{"name"}})
	require.NoError(t, err)
	sign, verify := pair(t, "rsa", bundle.KeyOptions{})
	b, err := read(write(t, p, bundle.Options{Key: sign}), verify)
	require.NoError(t, err)
	assert.Equal(t, []string{"acme", "lib/acme", "lib/netvet", "main", "netvet"}, b.Manifest.Roots)
	assert.Contains(t, b.Manifest.Rules, "acme-no-team")
	assert.Equal(t, map[string]any{"namespace_labels": []any{"name"}}, b.Policy.Settings())
	assert.Equal(t, p.Digest(), b.Policy.Digest())

	linter, err := lint.New(t.Context(), b.Policy, lint.Config{Enable: []string{"acme-no-team"}})
	require.NoError(t, err)
	report, err := linter.Lint(t.Context(), manifest.Decode("a.yaml",
		[]byte("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: {}}\n"), manifest.Options{}))
	require.NoError(t, err)
	require.Len(t, report.Findings, 1)
	assert.Equal(t, "no team", report.Findings[0].Message)
}

func TestWriteRefusesWhatWouldNeverJudge(t *testing.T) {
	rule := &fstest.MapFile{Data: fmt.Appendf(nil, ruleRego, "netvet.rules.no_team")}
	entry := &fstest.MapFile{Data: []byte(entryRego)}
	for name, c := range map[string]struct {
		tree fstest.MapFS
		want string
	}{
		"nothing":  {fstest.MapFS{}, "no rules"},
		"no rules": {fstest.MapFS{"netvet/netvet.rego": entry}, "no rules"},
		"no entry": {fstest.MapFS{"netvet/rules/no_team/rule.rego": rule}, "no rules"},
		"no Rego":  {fstest.MapFS{"netvet/netvet.rego": {Data: []byte("package netvet\n\nfindings contains")}, "netvet/rules/no_team/rule.rego": rule}, "netvet/netvet.rego:3"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := policy.Open(c.tree)
			require.NoError(t, err)
			var b bytes.Buffer
			require.ErrorContains(t, bundle.Write(&b, p, bundle.Options{}), c.want)
			assert.Empty(t, b.Bytes())
		})
	}
}

// entry is a file or directory of an archive.
type entry struct {
	tar.Header
	data string
}

func entries(t testing.TB, data []byte) []entry {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	archive := tar.NewReader(zip)
	var list []entry
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return list
		}
		require.NoError(t, err)
		content, err := io.ReadAll(archive)
		require.NoError(t, err)
		list = append(list, entry{*header, string(content)})
	}
}

// pack writes entries as they are, each changed first.
func pack(t testing.TB, list []entry, changes ...func(*entry)) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	archive := tar.NewWriter(zip)
	for _, e := range list {
		for _, change := range changes {
			change(&e)
		}
		if e.Typeflag == tar.TypeReg {
			e.Size = int64(len(e.data))
		}
		require.NoError(t, archive.WriteHeader(&e.Header))
		_, err := archive.Write([]byte(e.data))
		require.NoError(t, err)
	}
	require.NoError(t, archive.Close())
	require.NoError(t, zip.Close())
	return b.Bytes()
}

func regular(name, data string) entry {
	return entry{tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644}, data}
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

const goldenSmall = "71e9be532b4a7c262d4c4b6121334d6dc127e895351ed9610fd4860943253734"
