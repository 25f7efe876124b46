package bundle_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/netvet/netvet/bundle"
	"github.com/netvet/netvet/policy"
)

func Example() {
	private, err := os.ReadFile("../testdata/keys/rsa.pem")
	if err != nil {
		log.Fatal(err)
	}
	signing, err := bundle.ParseSigningKey(private, bundle.KeyOptions{})
	if err != nil {
		log.Fatal(err)
	}
	var packed bytes.Buffer
	if err := bundle.Write(&packed, policy.Default(), bundle.Options{Revision: "v1", Key: signing}); err != nil {
		log.Fatal(err)
	}

	public, err := os.ReadFile("../testdata/keys/rsa.pub.pem")
	if err != nil {
		log.Fatal(err)
	}
	verification, err := bundle.ParseVerificationKey(public, bundle.KeyOptions{})
	if err != nil {
		log.Fatal(err)
	}
	b, err := bundle.Read(&packed, verification)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(b.Manifest.Revision, b.Manifest.Roots, b.Signature.Algorithm)
	// Output: v1 [lib/netvet main netvet] RS256
}

func ExampleRead_unsigned() {
	var packed bytes.Buffer
	if err := bundle.Write(&packed, policy.Default(), bundle.Options{}); err != nil {
		log.Fatal(err)
	}
	public, err := os.ReadFile("../testdata/keys/rsa.pub.pem")
	if err != nil {
		log.Fatal(err)
	}
	verification, err := bundle.ParseVerificationKey(public, bundle.KeyOptions{})
	if err != nil {
		log.Fatal(err)
	}
	_, err = bundle.Read(&packed, verification)
	fmt.Println(err, errors.Is(err, bundle.ErrUnsigned))
	// Output: verify bundle: the bundle is not signed true
}

func ExampleSign() {
	secret := []byte("an example: take 32 random bytes or more")
	signing, err := bundle.ParseSigningKey(secret, bundle.KeyOptions{Algorithm: "HS256"})
	if err != nil {
		log.Fatal(err)
	}
	var unsigned, signed bytes.Buffer
	if err := bundle.Write(&unsigned, policy.Default(), bundle.Options{}); err != nil {
		log.Fatal(err)
	}
	if err := bundle.Sign(&signed, &unsigned, signing); err != nil {
		log.Fatal(err)
	}
	b, err := bundle.ReadUnverified(&signed)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(b.Signature.Algorithm, b.Signature.KeyID)
	// Output: HS256 default
}

func ExampleFetch() {
	_, err := bundle.Fetch(context.Background(), "http://example.com/bundle.tar.gz", bundle.FetchOptions{})
	fmt.Println(err)
	// Output: fetch bundle: Get "http://example.com/bundle.tar.gz": HTTP without TLS is for loopback addresses, unless --plain-http allows it: example.com
}

func ExamplePush() {
	server := httptest.NewServer(&registry{blobs: map[string][]byte{}, manifests: map[string][]byte{}}) // stands for yours
	defer server.Close()
	repository := "oci://" + strings.TrimPrefix(server.URL, "http://") + "/acme/netvet"

	var packed bytes.Buffer
	if err := bundle.Write(&packed, policy.Default(), bundle.Options{}); err != nil {
		log.Fatal(err)
	}
	byDigest, err := bundle.Push(context.Background(), repository+":v1", packed.Bytes(), bundle.FetchOptions{})
	if err != nil {
		log.Fatal(err)
	}
	pulled, err := bundle.Pull(context.Background(), byDigest, bundle.FetchOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Equal(pulled, packed.Bytes()))
	// Output: true
}
