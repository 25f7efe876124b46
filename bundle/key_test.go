package bundle_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/bundle"
)

func TestKeysThatDoNotFitAreRefused(t *testing.T) {
	const text = "no key at all, but long enough to be taken for a secret of 64 bytes"
	for _, c := range []struct {
		key, algorithm, sign, verify string // "" for accepted
	}{
		{"rsa", "ES256", "RSA, 2048 bits, ES256 takes an ECDSA key on P-256", "ES256 takes"},
		{"rsa", "EdDSA", "EdDSA takes an Ed25519 key", "EdDSA takes"},
		{"rsa", "HS256", "HS256 takes a secret that both sides share", "HS256 takes a secret"},
		{"ec256", "ES384", "ECDSA on P-256, ES384 takes an ECDSA key on P-384", "ES384 takes"},
		{"ec384", "ES512", "P-521", "P-521"},
		{"ec256", "RS256", "RS256 takes an RSA key of 2048 bits", "RS256 takes"},
		{"ed25519", "RS256", "the key is Ed25519", "the key is Ed25519"},
		{"rsa", "none", `unknown signature algorithm "none"`, `unknown signature algorithm "none"`},
		{"rsa", "rs256", "unknown signature algorithm", "unknown signature algorithm"},
		{"secret", "RS256", "no key in PEM", "no key in PEM"},
	} {
		private, public := c.key+".pem", c.key+".pub.pem"
		if c.key == "secret" {
			private, public = "secret.txt", "secret.txt"
		}
		o := bundle.KeyOptions{Algorithm: c.algorithm}
		_, err := bundle.ParseSigningKey(keyFile(t, private), o)
		require.ErrorContains(t, err, c.sign)
		_, err = bundle.ParseVerificationKey(keyFile(t, public), o)
		require.ErrorContains(t, err, c.verify)
	}

	_, err := bundle.ParseVerificationKey(keyFile(t, "rsa.pem"), bundle.KeyOptions{})
	require.ErrorContains(t, err, "openssl pkey -in FILE -pubout")
	_, err = bundle.ParseSigningKey(keyFile(t, "rsa.pub.pem"), bundle.KeyOptions{})
	require.ErrorContains(t, err, `"PUBLIC KEY" is no private key`)
	_, err = bundle.ParseVerificationKey([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), bundle.KeyOptions{})
	require.ErrorContains(t, err, "openssl x509")
	_, err = bundle.ParseSigningKey([]byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"), bundle.KeyOptions{})
	require.ErrorContains(t, err, "encrypted")
	_, err = bundle.ParseVerificationKey(append(keyFile(t, "rsa.pub.pem"), keyFile(t, "other.pub.pem")...), bundle.KeyOptions{})
	require.ErrorContains(t, err, "several PEM blocks")
	_, err = bundle.ParseSigningKey([]byte("short"), bundle.KeyOptions{Algorithm: "HS256"})
	require.ErrorContains(t, err, "at least 32 bytes")
	for _, algorithm := range []string{"RS256", "ES256", "EdDSA"} {
		_, err = bundle.ParseSigningKey([]byte(text), bundle.KeyOptions{Algorithm: algorithm})
		require.ErrorContains(t, err, "no key in PEM")
		assert.NotContains(t, err.Error(), text)
	}
}

func TestKeysNeverPrint(t *testing.T) {
	const secret = "0123456789abcdef0123456789ABCDEF"
	sign, err := bundle.ParseSigningKey([]byte(secret), bundle.KeyOptions{Algorithm: "HS256", ID: "k1"})
	require.NoError(t, err)
	verify, err := bundle.ParseVerificationKey([]byte(secret), bundle.KeyOptions{Algorithm: "HS256", ID: "k1"})
	require.NoError(t, err)
	for _, verb := range strings.Fields("%v %+v %#v %s %q %x %X %d %t %T %p %U") {
		for _, value := range []any{sign, verify, *sign, *verify} {
			printed := fmt.Sprintf(verb, value)
			for _, leak := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), fmt.Sprint([]byte(secret)), "48 49 50"} {
				assert.NotContains(t, printed, leak, verb)
			}
		}
	}
	assert.Equal(t, `HS256 key "k1"`, fmt.Sprint(sign))
	assert.Equal(t, `HS256 key "k1"`, fmt.Sprint(verify))
}
