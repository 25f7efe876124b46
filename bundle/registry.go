package bundle

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/content/file"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/retry"
)

const (
	// artifactType tells registries and people what the artifact is.
	artifactType = "application/vnd.netvet.policy.bundle.v1"

	maxArtifact = 1 << 20 // bytes of an artifact's manifest
)

// Push puts a bundle into an OCI registry at oci://REGISTRY/REPOSITORY, with :TAG or without, and gives its reference by digest. It is an
// artifact of one layer that OPA downloads and conftest unpacks; the same bundle gives the same digest. Credentials are those of the Docker
// configuration.
func Push(ctx context.Context, reference string, data []byte, o FetchOptions) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	repository, ref, err := o.repository(ctx, reference)
	if err != nil {
		return "", fmt.Errorf("push bundle: %w", err)
	}
	if err := conftestUnpacks(data); err != nil {
		return "", fmt.Errorf("push bundle: %w", err)
	}
	layer := content.NewDescriptorFromBytes(ocispec.MediaTypeImageLayerGzip, data)
	layer.Annotations = map[string]string{ocispec.AnnotationTitle: ".", file.AnnotationUnpack: "true"}
	text, err := json.Marshal(ocispec.Manifest{
		Versioned:    specs.Versioned{SchemaVersion: 2},
		MediaType:    ocispec.MediaTypeImageManifest,
		ArtifactType: artifactType,
		Config:       ocispec.DescriptorEmptyJSON,
		Layers:       []ocispec.Descriptor{layer},
	})
	if err != nil {
		return "", fmt.Errorf("push bundle: %w", err)
	}
	artifact := content.NewDescriptorFromBytes(ocispec.MediaTypeImageManifest, text)
	if wanted, err := ref.Digest(); err == nil && wanted != artifact.Digest {
		return "", fmt.Errorf("push bundle: the reference asks for %s, the bundle gives %s; push to a tag", wanted, artifact.Digest)
	}
	for _, blob := range []struct {
		ocispec.Descriptor
		data []byte
	}{{layer, data}, {ocispec.DescriptorEmptyJSON, ocispec.DescriptorEmptyJSON.Data}} {
		switch found, err := repository.Blobs().Exists(ctx, blob.Descriptor); {
		case err != nil:
			return "", fmt.Errorf("push bundle to %s: %w", reference, err)
		case found:
			continue
		}
		if err := repository.Blobs().Push(ctx, blob.Descriptor, bytes.NewReader(blob.data)); err != nil {
			return "", fmt.Errorf("push bundle to %s: %w", reference, err)
		}
	}
	if ref.Reference == "" {
		ref.Reference = artifact.Digest.String()
	}
	if err := repository.PushReference(ctx, artifact, bytes.NewReader(text), ref.Reference); err != nil {
		return "", fmt.Errorf("push bundle to %s: %w", reference, err)
	}
	ref.Reference = artifact.Digest.String()
	return ociScheme + ref.String(), nil
}

// Pull gives the bytes of a bundle in an OCI registry, at oci://REGISTRY/REPOSITORY:TAG or @DIGEST. It judges nothing: Read does.
func Pull(ctx context.Context, reference string, o FetchOptions) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	repository, ref, err := o.repository(ctx, reference)
	if err != nil {
		return nil, fmt.Errorf("pull bundle: %w", err)
	}
	if ref.Reference == "" {
		return nil, fmt.Errorf("pull bundle: %s names neither a tag nor a digest", reference)
	}
	layer, err := bundleLayer(ctx, repository, ref)
	if err != nil {
		return nil, fmt.Errorf("pull bundle %s: %w", reference, err)
	}
	if layer.Size > maxArchive {
		return nil, fmt.Errorf("pull bundle %s: the archive takes more than %d MiB", reference, maxArchive>>20)
	}
	data, err := content.FetchAll(ctx, repository.Blobs(), layer)
	if err != nil {
		return nil, fmt.Errorf("pull bundle %s: %w", reference, err)
	}
	return data, nil
}

// bundleLayer finds the layer that OPA would take.
func bundleLayer(ctx context.Context, repository *remote.Repository, ref registry.Reference) (ocispec.Descriptor, error) {
	artifact, body, err := repository.FetchReference(ctx, ref.Reference)
	if errors.Is(err, errdef.ErrNotFound) {
		return ocispec.Descriptor{}, errors.New("the registry has no such artifact")
	}
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	defer body.Close()
	if artifact.Size > maxArtifact {
		return ocispec.Descriptor{}, fmt.Errorf("the artifact's manifest takes more than %d MiB", maxArtifact>>20)
	}
	text, err := content.ReadAll(body, artifact)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	if wanted, err := ref.Digest(); err == nil && wanted != digest.FromBytes(text) {
		return ocispec.Descriptor{}, fmt.Errorf("the registry gives %s", digest.FromBytes(text))
	}
	var manifest ocispec.Manifest
	if err := json.Unmarshal(text, &manifest); err != nil {
		return ocispec.Descriptor{}, fmt.Errorf("the artifact's manifest cannot be read: %w", err)
	}
	for _, layer := range manifest.Layers {
		if layer.MediaType == ocispec.MediaTypeImageLayerGzip {
			return layer, nil
		}
	}
	return ocispec.Descriptor{}, fmt.Errorf("the artifact has no layer of type %s, so it is no bundle", ocispec.MediaTypeImageLayerGzip)
}

func (o FetchOptions) repository(ctx context.Context, reference string) (*remote.Repository, registry.Reference, error) {
	bare, isOCI := strings.CutPrefix(reference, ociScheme)
	if !isOCI {
		return nil, registry.Reference{}, fmt.Errorf("reference %q does not begin with %s", reference, ociScheme)
	}
	ref, err := registry.ParseReference(bare)
	if err != nil {
		return nil, ref, fmt.Errorf("reference %q is not oci://REGISTRY/REPOSITORY:TAG or @DIGEST: %w", reference, err)
	}
	repository, err := remote.NewRepository(ref.Registry + "/" + ref.Repository)
	if err != nil {
		return nil, ref, err
	}
	store, err := credentials.NewStoreFromDocker(credentials.StoreOptions{})
	if err != nil {
		return nil, ref, fmt.Errorf("read the Docker configuration: %w", err)
	}
	client := o.client()
	repository.PlainHTTP = o.PlainHTTP || loopback(hostOf(ref.Registry)) && !speaksTLS(ctx, client, ref.Registry)
	client.Transport = retry.NewTransport(client.Transport)
	repository.Client = &auth.Client{Client: client, Cache: auth.NewCache(), Credential: credentials.Credential(store)}
	return repository, ref, nil
}

// speaksTLS asks a registry. Where one may do without TLS, nobody says whether it does.
func speaksTLS(ctx context.Context, client *http.Client, registry string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, "https://"+registry+"/v2/", nil)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err == nil {
		_ = response.Body.Close()
	}
	return !errors.Is(err, http.ErrSchemeMismatch)
}

func hostOf(registry string) string {
	if host, _, err := net.SplitHostPort(registry); err == nil {
		return host
	}
	return strings.Trim(registry, "[]")
}
