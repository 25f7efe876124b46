package bundle

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/keys"
	"github.com/open-policy-agent/opa/v1/util"
)

// Signature is what a bundle says of its signature.
type Signature struct {
	Algorithm string `json:"algorithm"`
	KeyID     string `json:"keyId"`
	Scope     string `json:"scope"`
}

// claims are the payload of OPA's signatures.
type claims struct {
	Files []bundle.FileInfo `json:"files"`
	KeyID string            `json:"keyid"`
	Scope string            `json:"scope,omitempty"`
}

// sign puts a signature of all files among them.
//
// OPA has a signer, too, but takes a secret for the name of a file first, and then tells it in errors.
func sign(files map[string][]byte, k *SigningKey) error {
	delete(files, signaturesFile)
	c := claims{KeyID: k.options.ID, Scope: k.options.Scope}
	hasher, err := bundle.NewSignatureHasher(bundle.SHA256)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		var content any = files[name]
		if bundle.IsStructuredDoc(name) {
			if err := util.Unmarshal(files[name], &content); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		hash, err := hasher.HashFile(content)
		if err != nil {
			return err
		}
		c.Files = append(c.Files, bundle.NewFile(name, hex.EncodeToString(hash), string(bundle.SHA256)))
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return err
	}
	algorithm, ok := jwa.LookupSignatureAlgorithm(k.options.Algorithm)
	if !ok {
		return fmt.Errorf("unknown signature algorithm %q", k.options.Algorithm)
	}
	header := jws.NewHeaders()
	if err := header.Set(jws.KeyIDKey, k.options.ID); err != nil {
		return err
	}
	token, err := jws.Sign(payload, jws.WithKey(algorithm, k.secret(), jws.WithProtectedHeaders(header)))
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(bundle.SignaturesConfig{Signatures: []string{string(token)}}, "", "  ")
	files[signaturesFile] = append(text, '\n')
	return err
}

// verify tells whether the files are what was signed with the key's other half. Of files that the signature does not name it reads nothing; of
// others as much as their digest takes, which for JSON is its meaning.
func verify(files map[string][]byte, k *VerificationKey) error {
	if k == nil {
		return errors.New("no verification key is given")
	}
	config, err := signaturesIn(files)
	if err != nil {
		return err
	}
	if s := signatureIn(files); s != nil && s.Algorithm != k.options.Algorithm {
		return fmt.Errorf("%w: it is made with %s, the key is for %s", ErrSignature, s.Algorithm, k.options.Algorithm)
	}
	// With an ID of its own choice OPA's verifier does not let the bundle choose.
	known := map[string]*keys.Config{k.options.ID: {Key: k.material(), Algorithm: k.options.Algorithm, Scope: k.options.Scope}}
	signed, err := bundle.VerifyBundleSignature(config, bundle.NewVerificationConfig(known, k.options.ID, k.options.Scope, nil))
	if err != nil {
		return fmt.Errorf("%w (%v): %w", ErrSignature, k, err)
	}
	// OPA hashes what the manifest means, and for that takes it as YAML if it is no JSON.
	if text, found := files[manifestFile]; found && !json.Valid(text) {
		return fmt.Errorf("%w: %s is no JSON", ErrTampered, manifestFile)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name == signaturesFile {
			continue
		}
		if err := bundle.VerifyBundleFile(name, *bytes.NewBuffer(files[name]), signed); err != nil {
			return fmt.Errorf("%w: %w", ErrTampered, err)
		}
	}
	if len(signed) > 0 {
		return fmt.Errorf("%w: %s is missing", ErrTampered, slices.Sorted(maps.Keys(signed))[0])
	}
	return nil
}

func signaturesIn(files map[string][]byte) (bundle.SignaturesConfig, error) {
	var config bundle.SignaturesConfig
	text, found := files[signaturesFile]
	if !found {
		return config, ErrUnsigned
	}
	if err := json.Unmarshal(text, &config); err != nil {
		return config, fmt.Errorf("%w: %s: %w", ErrSignature, signaturesFile, err)
	}
	if len(config.Signatures) == 0 {
		return config, fmt.Errorf("%w: %s holds no signature", ErrUnsigned, signaturesFile)
	}
	if config.Plugin != "" && config.Plugin != "_default" {
		return config, fmt.Errorf("%w: only the verifier %q knows it", ErrSignature, config.Plugin)
	}
	return config, nil
}

// signatureIn gives what the bundle says of its signature, which proves nothing.
func signatureIn(files map[string][]byte) *Signature {
	config, err := signaturesIn(files)
	if err != nil {
		return nil
	}
	header, rest, _ := strings.Cut(config.Signatures[0], ".")
	payload, _, _ := strings.Cut(rest, ".")
	var head struct{ Alg, Kid string }
	var c claims
	decode(header, &head)
	decode(payload, &c)
	if head.Kid == "" {
		head.Kid = c.KeyID
	}
	return &Signature{Algorithm: head.Alg, KeyID: head.Kid, Scope: c.Scope}
}

// decode leaves what it cannot read as it is.
func decode(part string, into any) {
	if text, err := base64.RawURLEncoding.DecodeString(part); err == nil {
		_ = json.Unmarshal(text, into)
	}
}
