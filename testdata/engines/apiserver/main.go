// Command apiserver says what the API server of the Kubernetes release in go.mod makes of NetworkPolicies that are created. It runs the server's own
// strict decoding, defaulting and validation, without a server. It reads a JSON array of manifests, strings of YAML, and prints an array of verdicts.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/networking"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
)

// verdict is the server's. Fields are those that validation refuses or strict decoding does not know; of what cannot be decoded it names none.
type verdict struct {
	Refused bool     `json:"refused"`
	Fields  []string `json:"fields,omitempty"`
	Message string   `json:"message,omitempty"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "apiserver:", err)
		os.Exit(1)
	}
}

func run() error {
	var manifests []string
	if err := json.NewDecoder(os.Stdin).Decode(&manifests); err != nil {
		return fmt.Errorf("read manifests: %w", err)
	}
	info, ok := runtime.SerializerInfoForMediaType(legacyscheme.Codecs.SupportedMediaTypes(), runtime.ContentTypeYAML)
	if !ok {
		return errors.New("the server reads no YAML")
	}
	decoder := legacyscheme.Codecs.DecoderToVersion(info.StrictSerializer, runtime.InternalGroupVersioner)
	verdicts := []verdict{}
	for _, manifest := range manifests {
		verdicts = append(verdicts, judge(decoder, manifest))
	}
	return json.NewEncoder(os.Stdout).Encode(verdicts)
}

func judge(decoder runtime.Decoder, manifest string) verdict {
	object, _, err := decoder.Decode([]byte(manifest), nil, nil)
	if err != nil {
		return verdict{Refused: true, Fields: unknown(err), Message: err.Error()}
	}
	policy, ok := object.(*networking.NetworkPolicy)
	if !ok {
		return verdict{Refused: true, Message: fmt.Sprintf("a %T", object)}
	}
	var status apierrors.APIStatus
	switch err := create(policy); {
	case errors.As(err, &status) && status.Status().Details != nil:
		v := verdict{Refused: true, Message: err.Error()}
		for _, cause := range status.Status().Details.Causes {
			if !slices.Contains(v.Fields, cause.Field) {
				v.Fields = append(v.Fields, cause.Field)
			}
		}
		slices.Sort(v.Fields)
		return v
	case err != nil:
		return verdict{Refused: true, Message: err.Error()}
	}
	return verdict{}
}

// unknown gives the fields that strict decoding does not know.
func unknown(err error) (fields []string) {
	strict, ok := runtime.AsStrictDecodingError(err)
	if !ok {
		return nil
	}
	for _, err := range strict.Errors() {
		var field string
		if n, _ := fmt.Sscanf(err.Error(), "unknown field %q", &field); n == 1 {
			fields = append(fields, field)
		}
	}
	slices.Sort(fields)
	return fields
}

// create does to a policy what its creation does, up to its storage. The managed fields are the server's own: it replaces what it cannot read there.
func create(policy *networking.NetworkPolicy) error {
	namespace := policy.Namespace
	if namespace == "" {
		namespace = "default" // as kubectl has it
	}
	policy.ManagedFields = nil
	policy.OwnerReferences = distinct(policy.OwnerReferences)
	rest.WipeObjectMetaSystemFields(policy)
	rest.FillObjectMetaSystemFields(policy)
	if policy.Name == "" && policy.GenerateName != "" {
		policy.Name = networkpolicy.Strategy.GenerateName(policy.GenerateName)
	}
	ctx := request.WithRequestInfo(request.WithNamespace(context.Background(), namespace), &request.RequestInfo{
		IsResourceRequest: true, Verb: "create", APIGroup: "networking.k8s.io", APIVersion: "v1", Resource: "networkpolicies", Namespace: namespace,
	})
	return rest.BeforeCreate(networkpolicy.Strategy, ctx, policy)
}

// distinct leaves out references that are given twice, as the server does.
func distinct(references []metav1.OwnerReference) []metav1.OwnerReference {
	var kept []metav1.OwnerReference
	for _, reference := range references {
		if !slices.ContainsFunc(kept, func(other metav1.OwnerReference) bool { return equality.Semantic.DeepEqual(reference, other) }) {
			kept = append(kept, reference)
		}
	}
	return kept
}
