package manifest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	kube "sigs.k8s.io/yaml"
)

const policyTemplate = `# What may reach web-NN.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: web-NN
  namespace: shop
  labels:
    app.kubernetes.io/name: web
spec:
  podSelector:
    matchLabels:
      app: web-NN
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - podSelector:
        matchLabels:
          app: front   # the shop window
      namespaceSelector:
        matchLabels: {kubernetes.io/metadata.name: shop}
    ports:
    - protocol: TCP
      port: 8080
  egress:
  - to:
    - ipBlock:
        cidr: 10.0.0.0/8
        except: ["10.1.0.0/16"]
`

const deploymentTemplate = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-NN
  namespace: shop
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web-NN
  template:
    metadata:
      labels:
        app: web-NN
        tier: "front"
    spec:
      containers:
      - name: web
        image: registry.example.com/web:1.2.3
        ports:
        - name: http
          containerPort: 8080
        readinessProbe:
          httpGet:
            path: /healthz
            port: http
        resources:
          limits:
            cpu: 100m
            memory: 128Mi
`

const serviceTemplate = `apiVersion: v1
kind: Service
metadata:
  name: web-NN
  namespace: shop
spec:
  selector:
    app: web-NN
  ports:
  - port: 80
    targetPort: http
`

// manifests gives n policies, n Deployments and n Services.
func manifests(n int) []string {
	var all []string
	for i := range n {
		for _, template := range []string{policyTemplate, deploymentTemplate, serviceTemplate} {
			all = append(all, strings.ReplaceAll(template, "NN", fmt.Sprint(i)))
		}
	}
	return all
}

func size(texts []string) int64 { return int64(len(strings.Join(texts, ""))) }

// BenchmarkSigsYAML is the yardstick: decoding alone, as kubectl does it.
func BenchmarkSigsYAML(b *testing.B) {
	texts := manifests(1000)
	b.SetBytes(size(texts))
	for b.Loop() {
		for _, text := range texts {
			var v any
			require.NoError(b, kube.Unmarshal([]byte(text), &v))
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	texts := manifests(1000)
	stream := []byte(strings.Join(texts, "---\n"))
	var items []any
	for _, text := range texts {
		var v any
		require.NoError(b, kube.Unmarshal([]byte(text), &v))
		items = append(items, v)
	}
	dump, err := json.MarshalIndent(map[string]any{"apiVersion": "v1", "kind": "List", "items": items}, "", "    ")
	require.NoError(b, err)
	library := make([]string, len(texts))
	for i, text := range texts {
		library[i] = text + "x: &anchor y\n"
	}
	b.Run("files", func(b *testing.B) {
		b.SetBytes(size(texts))
		b.ReportAllocs()
		for b.Loop() {
			for _, text := range texts {
				require.Empty(b, Decode("a.yaml", []byte(text), Options{}).Errors)
			}
		}
	})
	b.Run("stream", func(b *testing.B) {
		b.SetBytes(int64(len(stream)))
		for b.Loop() {
			require.Empty(b, Decode("a.yaml", stream, Options{}).Errors)
		}
	})
	b.Run("json", func(b *testing.B) {
		b.SetBytes(int64(len(dump)))
		for b.Loop() {
			require.Len(b, Decode("a.json", dump, Options{}).Resources, len(texts))
		}
	})
	b.Run("library", func(b *testing.B) {
		b.SetBytes(size(library))
		for b.Loop() {
			for _, text := range library {
				require.Empty(b, Decode("a.yaml", []byte(text), Options{}).Errors)
			}
		}
	})
}

func BenchmarkSpan(b *testing.B) {
	set := Decode("a.yaml", []byte(strings.Join(manifests(1000), "---\n")), Options{})
	for b.Loop() {
		for _, r := range set.Resources {
			r.Span(Path{"spec", "egress", 0, "to", 0, "ipBlock", "cidr"})
		}
	}
}

// BenchmarkLoad reads a directory; with -cpu 1,2 it shows what reading in parallel gains.
func BenchmarkLoad(b *testing.B) {
	dir := b.TempDir()
	for i, text := range manifests(1000) {
		require.NoError(b, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.yaml", i)), []byte(text), 0o644))
	}
	for b.Loop() {
		set, err := Load(b.Context(), []string{dir}, Options{})
		require.NoError(b, err)
		require.Len(b, set.Resources, 3000)
	}
}
