package bundle

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// KeyOptions say how a key is used. The zero value is what OPA assumes.
type KeyOptions struct {
	// Algorithm is one of Algorithms; "" stands for RS256.
	Algorithm string

	// ID names the key in the signature; "" stands for "default". OPA looks it up among the keys of its configuration.
	ID string

	// Scope is what the signature is for. The one who verifies must ask for the same.
	Scope string
}

// Algorithms lists the signature algorithms by their names in JSON Web Signatures (RFC 7518, RFC 8037).
//
// RS256 is the default: every OPA verifies it by flag and by configuration, and the same bundle gives the same signature. EdDSA does, too, but an
// OPA configuration file refuses it. PS and ES sign with random numbers. HS has one secret for both sides: who can verify can sign.
func Algorithms() []string {
	return []string{
		"RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
		"ES256", "ES384", "ES512", "HS256", "HS384", "HS512", "EdDSA",
	}
}

const leastRSA = 2048 // bits

// key is what both kinds of key share. It prints as its name, whatever the format.
type key struct{ options KeyOptions }

// Format writes the algorithm and the ID, never the key.
func (k key) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "%s key %q", k.options.Algorithm, k.options.ID)
}

// SigningKey is a private key or a secret to sign with. It never prints.
type SigningKey struct {
	key
	secret func() any // as crypto/x509 parses it, or bytes; no format prints what a function gives
}

// VerificationKey is a public key or a secret to verify with. It never prints.
type VerificationKey struct {
	key
	material func() string // as OPA takes it: PEM, or the secret
}

// ParseSigningKey reads a private key in PEM (PKCS #8, PKCS #1 or SEC 1), or for HS algorithms the bytes of a secret, a last
// newline included, as OPA reads it. No error tells anything of the data.
func ParseSigningKey(data []byte, o KeyOptions) (*SigningKey, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	if o.symmetric() {
		if err := checkSecret(data, o.Algorithm); err != nil {
			return nil, err
		}
		secret := slices.Clone(data)
		return &SigningKey{key{o}, func() any { return secret }}, nil
	}
	block, err := pemBlock(data)
	if err != nil {
		return nil, err
	}
	var private any
	switch block.Type {
	case "PRIVATE KEY":
		private, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		private, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		private, err = x509.ParseECPrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("the private key is encrypted: decrypt it first, as with openssl pkey -in FILE")
	default:
		return nil, fmt.Errorf("PEM block %q is no private key", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("PEM block %q does not hold a private key that can be read", block.Type)
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return nil, errors.New("the private key cannot sign")
	}
	if err := fits(signer.Public(), o.Algorithm); err != nil {
		return nil, err
	}
	return &SigningKey{key{o}, func() any { return private }}, nil
}

// ParseVerificationKey reads a public key in PEM (PKIX or PKCS #1), or for HS algorithms the bytes of the secret. It refuses private keys,
// which have no business where bundles are verified, and certificates, of which it would check nothing.
func ParseVerificationKey(data []byte, o KeyOptions) (*VerificationKey, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	if o.symmetric() {
		if err := checkSecret(data, o.Algorithm); err != nil {
			return nil, err
		}
		secret := string(data)
		return &VerificationKey{key{o}, func() string { return secret }}, nil
	}
	block, err := pemBlock(data)
	if err != nil {
		return nil, err
	}
	var public any
	switch {
	case block.Type == "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case block.Type == "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, errors.New("it is a private key, verification takes the public one: openssl pkey -in FILE -pubout")
	case block.Type == "CERTIFICATE":
		return nil, errors.New("it is a certificate, verification takes a public key: openssl x509 -in FILE -noout -pubkey")
	default:
		return nil, fmt.Errorf("PEM block %q is no public key", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("PEM block %q does not hold a public key that can be read", block.Type)
	}
	if err := fits(public, o.Algorithm); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return &VerificationKey{key{o}, func() string { return text }}, nil
}

func (o KeyOptions) complete() (KeyOptions, error) {
	if o.Algorithm == "" {
		o.Algorithm = "RS256"
	}
	if o.ID == "" {
		o.ID = "default"
	}
	if !slices.Contains(Algorithms(), o.Algorithm) {
		return o, fmt.Errorf("unknown signature algorithm %q: want one of %s", o.Algorithm, strings.Join(Algorithms(), ", "))
	}
	return o, nil
}

func (o KeyOptions) symmetric() bool { return strings.HasPrefix(o.Algorithm, "HS") }

// bits is the size of the algorithm's hash: 256 for RS256.
func bits(algorithm string) int {
	n, _ := strconv.Atoi(algorithm[2:])
	return n
}

// checkSecret refuses PEM: a public key is no secret, and whoever has it could sign.
func checkSecret(data []byte, algorithm string) error {
	if block, _ := pem.Decode(data); block != nil {
		return fmt.Errorf("%s takes a secret that both sides share, not a PEM block %q", algorithm, block.Type)
	}
	if least := bits(algorithm) / 8; len(data) < least {
		return fmt.Errorf("a secret for %s has at least %d bytes (RFC 7518, section 3.2), as from openssl rand -hex %d", algorithm, least, least)
	}
	return nil
}

// pemBlock gives the one block with a key. openssl writes EC parameters in front.
func pemBlock(data []byte) (*pem.Block, error) {
	var found *pem.Block
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == "EC PARAMETERS":
		case found != nil:
			return nil, errors.New("it holds several PEM blocks: want one key")
		default:
			found = block
		}
	}
	if found == nil {
		return nil, errors.New(`it is no key in PEM, which begins with "-----BEGIN"`)
	}
	return found, nil
}

// fits tells whether the key is of the algorithm's kind and strength.
func fits(public any, algorithm string) error {
	kind, wanted := "unknown", ""
	switch public := public.(type) {
	case *rsa.PublicKey:
		kind = fmt.Sprintf("RSA, %d bits", public.N.BitLen())
		if family := algorithm[:2]; (family == "RS" || family == "PS") && public.N.BitLen() >= leastRSA {
			return nil
		}
	case *ecdsa.PublicKey:
		kind = "ECDSA on " + public.Params().Name
		if algorithm == map[string]string{"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}[public.Params().Name] {
			return nil
		}
	case ed25519.PublicKey:
		kind = "Ed25519"
		if algorithm == "EdDSA" {
			return nil
		}
	}
	switch algorithm {
	case "ES256":
		wanted = "an ECDSA key on P-256"
	case "ES384":
		wanted = "an ECDSA key on P-384"
	case "ES512":
		wanted = "an ECDSA key on P-521"
	case "EdDSA":
		wanted = "an Ed25519 key"
	default:
		wanted = fmt.Sprintf("an RSA key of %d bits or more", leastRSA)
	}
	return fmt.Errorf("the key is %s, %s takes %s", kind, algorithm, wanted)
}
