// Package bundle packs a policy for someone else: a gzipped tar archive that OPA, conftest and netvet read alike, signed as OPA
// signs, and carried by file, by URL or by an OCI registry.
//
// # Format
//
// The archive holds the policy's Rego below its root, as in netvet/rules/NAME/rule.rego, without tests and fixtures. Names are relative and sorted, every
// directory has an entry before what it holds, and there are no times, owners or other modes than 0644 and 0755. Beside the Rego stand
//
//   - .manifest, JSON as OPA defines it: "revision", "roots", "rego_version" 1, and under "metadata" an object "netvet" with "version" (of the netvet
//     that packed it), "digest" (of the Rego) and "rules" (their IDs);
//   - .signatures.json, in a signed bundle: one JSON Web Token as OPA defines it, which names every other file and its SHA-256. Of JSON
//     the digest covers what it means, not how it is spaced.
//
// In a registry, a bundle is the one layer of an artifact, of type application/vnd.oci.image.layer.v1.tar+gzip and with annotations that make conftest
// unpack it.
//
// # Trust
//
// A signature covers every file. It is verified before any Rego is parsed, with the one key and algorithm that the reader names: the bundle has no say
// in that. Bundles that OPA built and signed are read, too, if they hold Rego alone.
package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/loader/filter"

	"github.com/netvet/netvet/policy"
)

// What is wrong with a bundle that is not to be trusted. Errors wrap them.
var (
	ErrUnsigned  = errors.New("the bundle is not signed")
	ErrSignature = errors.New("the signature is not valid for this key")
	ErrTampered  = errors.New("the bundle is not what was signed")
)

// Bundle is a policy that was packed.
type Bundle struct {
	Policy   *policy.Policy
	Manifest Manifest

	// Signature is what the bundle says of its signature, or nil. Only Read proves it.
	Signature *Signature

	// Files are the names of all files, sorted.
	Files []string
}

// Manifest says what a bundle holds.
type Manifest struct {
	Revision string   `json:"revision"` // names the bundle's state; OPA tells it in its status
	Roots    []string `json:"roots"`    // the parts of OPA's data that the bundle owns, such as "lib/netvet"
	Version  string   `json:"version"`  // of the netvet that packed it, or ""
	Digest   string   `json:"digest"`   // of the policy, as policy.Policy's Digest; "" in a bundle that netvet did not pack
	Rules    []string `json:"rules"`    // IDs, sorted
}

// Options say how a policy is packed. The zero value gives an unsigned bundle with the policy's digest as revision.
type Options struct {
	// Revision names the state of the bundle.
	Revision string

	// Version is that of the netvet that packs, for the manifest.
	Version string

	// Key signs the bundle; nil leaves it unsigned.
	Key *SigningKey
}

const (
	manifestFile   = ".manifest"
	signaturesFile = ".signatures.json"
)

// Write packs a policy. The same policy and options give the same bytes, whatever the machine, clock and place; algorithms that sign with
// random numbers (ES256 and its kin, PS256 and its kin) make the signature differ.
func Write(w io.Writer, p *policy.Policy, o Options) error {
	files := map[string][]byte{}
	for name, source := range p.Sources() {
		files[name] = []byte(source)
	}
	manifest, err := manifestOf(p, o)
	if err != nil {
		return fmt.Errorf("pack policy: %w", err)
	}
	files[manifestFile] = manifest
	if _, err := open(files); err != nil {
		return fmt.Errorf("pack policy: %w", err)
	}
	if o.Key != nil {
		if err := sign(files, o.Key); err != nil {
			return fmt.Errorf("sign bundle: %w", err)
		}
	}
	return pack(w, files)
}

// Read gives the bundle if its signature is valid for the key and covers all of it. The error wraps ErrUnsigned, ErrSignature or ErrTampered
// where the bundle is not to be trusted; it is another where the archive is broken, too large, or no bundle of netvet's.
func Read(r io.Reader, key *VerificationKey) (*Bundle, error) {
	files, err := unpack(r)
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	if err := verify(files, key); err != nil {
		return nil, fmt.Errorf("verify bundle: %w", err)
	}
	b, err := open(files)
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	return b, nil
}

// ReadUnverified gives a bundle without asking who made it.
func ReadUnverified(r io.Reader) (*Bundle, error) {
	files, err := unpack(r)
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	b, err := open(files)
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	return b, nil
}

// Sign packs a bundle anew, signed. A signature that it had is replaced. Sign asks nobody who made the bundle: sign what you know.
func Sign(w io.Writer, r io.Reader, key *SigningKey) error {
	files, err := unpack(r)
	if err != nil {
		return fmt.Errorf("read bundle: %w", err)
	}
	if _, err := open(files); err != nil {
		return fmt.Errorf("read bundle: %w", err)
	}
	if err := sign(files, key); err != nil {
		return fmt.Errorf("sign bundle: %w", err)
	}
	return pack(w, files)
}

// metadata stands in OPA's manifest, where OPA keeps what it does not know.
type metadata struct {
	Netvet struct {
		Version string   `json:"version,omitempty"`
		Digest  string   `json:"digest"`
		Rules   []string `json:"rules"`
	} `json:"netvet"`
}

func manifestOf(p *policy.Policy, o Options) ([]byte, error) {
	roots := map[string]bool{}
	for name, source := range p.Sources() {
		module, err := ast.ParseModuleWithOpts(name, source, ast.ParserOptions{RegoVersion: ast.RegoV1})
		if err != nil {
			return nil, err
		}
		roots[rootOf(module)] = true
	}
	m := struct {
		Revision    string   `json:"revision"`
		Roots       []string `json:"roots"`
		RegoVersion int      `json:"rego_version"`
		Metadata    metadata `json:"metadata"`
	}{Revision: o.Revision, Roots: slices.Sorted(maps.Keys(roots)), RegoVersion: 1}
	if m.Revision == "" {
		m.Revision = p.Digest()
	}
	m.Metadata.Netvet.Version = o.Version
	m.Metadata.Netvet.Digest = p.Digest()
	m.Metadata.Netvet.Rules = idsOf(p)
	text, err := json.MarshalIndent(m, "", "  ")
	return append(text, '\n'), err
}

// rootOf is the part of OPA's data that a module's package belongs to. Others have their places below lib and system, too.
func rootOf(m *ast.Module) string {
	segments := packageOf(m)
	if (segments[0] == "lib" || segments[0] == "system") && len(segments) > 1 {
		return path.Join(segments[:2]...)
	}
	return segments[0]
}

func packageOf(m *ast.Module) []string {
	var segments []string
	for _, term := range m.Package.Path[1:] {
		segment, _ := term.Value.(ast.String)
		segments = append(segments, string(segment))
	}
	return segments
}

func idsOf(p *policy.Policy) []string {
	ids := []string{}
	for _, rule := range p.Rules() {
		ids = append(ids, rule.ID)
	}
	return ids
}

// open reads what was unpacked, as OPA does and as netvet does, and refuses what the two would understand differently.
func open(files map[string][]byte) (*Bundle, error) {
	if err := readAlike(files); err != nil {
		return nil, err
	}
	b, err := bundle.NewCustomReader(newLoader(files)).
		WithSkipBundleVerification(true).
		WithLazyLoadingMode(false).
		WithProcessAnnotations(true).
		WithRegoVersion(ast.RegoV1).
		Read()
	if err != nil {
		return nil, err
	}
	switch {
	case len(b.Data) > 0:
		return nil, fmt.Errorf("it holds data at %q: netvet judges by Rego alone, so write it as Rego", slices.Sorted(maps.Keys(b.Data))[0])
	case len(b.WasmModules)+len(b.PlanModules) > 0:
		return nil, errors.New("it holds compiled policies: netvet judges by Rego alone, so build it without a target")
	}
	tree := fstest.MapFS{}
	for name, data := range files {
		tree[name] = &fstest.MapFile{Data: data, Mode: 0o444}
	}
	p, err := policy.Open(tree)
	if err != nil {
		return nil, err
	}
	if err := complete(b.Modules, p); err != nil {
		return nil, err
	}
	m := Manifest{Revision: b.Manifest.Revision, Roots: slices.Sorted(slices.Values(*b.Manifest.Roots)), Rules: idsOf(p)}
	text, err := json.Marshal(b.Manifest.Metadata)
	if err != nil {
		return nil, err
	}
	var meta metadata
	if err := json.Unmarshal(text, &meta); err != nil {
		return nil, fmt.Errorf("%s: metadata: %w", manifestFile, err)
	}
	m.Version, m.Digest = meta.Netvet.Version, meta.Netvet.Digest
	if m.Digest != "" && m.Digest != p.Digest() {
		return nil, fmt.Errorf("%w: the manifest tells of a policy with digest %q, the bundle holds %s", ErrTampered, m.Digest, p.Digest())
	}
	return &Bundle{Policy: p, Manifest: m, Signature: signatureIn(files), Files: slices.Sorted(maps.Keys(files))}, nil
}

// readAlike refuses what OPA's reader would heed, or pass over, and netvet's would not.
func readAlike(files map[string][]byte) error {
	if _, isDelta := files["patch.json"]; isDelta {
		return errors.New("it is a delta: netvet reads whole bundles")
	}
	text, found := files[manifestFile]
	if !found {
		return nil
	}
	var m bundle.Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return fmt.Errorf("%s: %w", manifestFile, err)
	}
	if m.RegoVersion != nil && *m.RegoVersion != 1 || len(m.FileRegoVersions) > 0 {
		return errors.New("it is in another version of Rego: netvet reads version 1")
	}
	return nil
}

// complete refuses a policy that would judge nothing, which would pass for a clean verdict.
func complete(modules []bundle.ModuleFile, p *policy.Policy) error {
	entry := slices.ContainsFunc(modules, func(m bundle.ModuleFile) bool {
		return slices.Equal(packageOf(m.Parsed), []string{"netvet"}) && slices.ContainsFunc(m.Parsed.Rules, func(r *ast.Rule) bool {
			return r.Head.Ref()[0].Value.String() == "findings"
		})
	})
	if !entry || len(p.Rules()) == 0 {
		return errors.New("it holds no rules that netvet could ask: the root of a policy has netvet/netvet.rego and netvet/rules/")
	}
	return nil
}

// loader hands unpacked files to OPA's reader.
type loader struct {
	files map[string][]byte
	names []string
}

func newLoader(files map[string][]byte) *loader {
	return &loader{files, slices.Sorted(maps.Keys(files))}
}

func (l *loader) NextFile() (*bundle.Descriptor, error) {
	if len(l.names) == 0 {
		return nil, io.EOF
	}
	name := l.names[0]
	l.names = l.names[1:]
	return bundle.NewDescriptor(name, name, bytes.NewBuffer(bytes.Clone(l.files[name]))), nil
}

// The limits are unpack's; paths are as they stand in the archive.
func (l *loader) WithFilter(filter.LoaderFilter) bundle.DirectoryLoader         { return l }
func (l *loader) WithPathFormat(bundle.PathFormat) bundle.DirectoryLoader       { return l }
func (l *loader) WithSizeLimitBytes(int64) bundle.DirectoryLoader               { return l }
func (l *loader) WithFollowSymlinks(followSymlinks bool) bundle.DirectoryLoader { return l }
