package manifest_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/netvet/netvet/policy/manifest"
)

const stream = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web
  namespace: shop
spec:
  podSelector: {}
  ingress:
  - ports:
    - port: 080 # an old habit
---
apiVersion: v1
kind: Service
metadata:
  name: web
  name: shop
`

func ExampleDecode() {
	set := manifest.Decode("web.yaml", []byte(stream), manifest.Options{})
	for _, r := range set.Resources {
		span := r.Span(manifest.Path{"spec", "ingress", 0, "ports", 0, "port"})
		fmt.Println(r.ID.Kind, r.ID.Namespace, r.ID.Name)
		fmt.Println(span, r.Lines(span.Start.Line, span.End.Line))
	}
	for _, err := range set.Errors {
		fmt.Println(err)
	}
	// Output:
	// NetworkPolicy shop web
	// web.yaml:10:7 [    - port: 080 # an old habit]
	// web.yaml:16:3: the key "name" is given twice in this mapping (first on line 15); kubectl would keep only the last. Remove one of them
}

func ExampleLoad() {
	set, err := manifest.Load(context.Background(), []string{"-", "gone"}, manifest.Options{Stdin: strings.NewReader(stream)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(set.Resources), "resource from", set.Files, "file")
	for _, err := range set.Errors {
		fmt.Println(err)
	}
	// Output:
	// 1 resource from 1 file
	// <stdin>:16:3: the key "name" is given twice in this mapping (first on line 15); kubectl would keep only the last. Remove one of them
	// gone: no such file or directory
}

func ExampleObjects() {
	set := manifest.Objects("cluster", map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "shop"},
	})
	fmt.Println(set.Resources[0].ID.Name, set.Resources[0].Span(nil))
	// Output: shop cluster
}
