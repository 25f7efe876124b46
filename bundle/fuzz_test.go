package bundle_test

import (
	"bytes"
	"testing"

	"github.com/netvet/netvet/bundle"
)

// FuzzRead proves that nothing makes the reader panic, and that what it lets pass is the policy that was signed. Run it with -fuzzminimizetime=1x:
// coverage of OPA is not the same twice, so that Go would minimise for ever.
func FuzzRead(f *testing.F) {
	sign, verify := pair(f, "ed25519", bundle.KeyOptions{Algorithm: "EdDSA"})
	signed := write(f, small(f), bundle.Options{Key: sign})
	list := entries(f, signed)
	for _, seed := range [][]byte{
		signed,
		write(f, small(f), bundle.Options{}),
		pack(f, list, func(e *entry) { e.Name = "/" + e.Name }),
		pack(f, append(list, regular("data.json", `{"a": 1}`))),
		pack(f, append(list, regular("patch.json", `{"data": []}`))),
		pack(f, []entry{regular(".signatures.json", `{"signatures": ["e30.e30.e30"]}`), regular(".manifest", `{"roots": ["a", "a/b"]}`)}),
		pack(f, []entry{regular("x.rego", "package x\n\nimport rego.v1\n\np if true"), regular("data.yaml", "a: {")}),
	} {
		f.Add(seed)
		f.Add(unzipped(f, seed)) // what changes here is not hidden by gzip's checksum
	}

	want := small(f).Digest()
	f.Fuzz(func(t *testing.T, data []byte) {
		if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
			data = zipped(t, data)
		}
		if b, err := bundle.Read(bytes.NewReader(data), verify); err == nil && b.Policy.Digest() != want {
			t.Errorf("verified a policy that nobody signed: %s", b.Policy.Digest())
		}
		if b, err := bundle.ReadUnverified(bytes.NewReader(data)); err == nil {
			var again bytes.Buffer
			if err := bundle.Sign(&again, bytes.NewReader(data), sign); err != nil {
				t.Fatalf("what was read cannot be signed: %v", err)
			}
			verified, err := bundle.Read(&again, verify)
			if err != nil {
				t.Fatalf("what was signed cannot be verified: %v", err)
			}
			if verified.Policy.Digest() != b.Policy.Digest() {
				t.Error("signing changed the policy")
			}
		}
	})
}
