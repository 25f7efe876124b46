package lint_test

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

// tree generates applications, each a policy, a Deployment and a Service, dealt over the namespaces; every namespace has a default-deny that
// grants DNS. Every tenth policy has a fault.
func tree(apps, namespaces int) [][]byte {
	var files [][]byte
	for n := range namespaces {
		files = append(files, fmt.Appendf(nil, defaultDeny, n))
	}
	for i := range apps {
		dns := "kubernetes.io/metadata.name"
		if i%10 == 0 {
			dns = "name"
		}
		files = append(files, fmt.Appendf(nil, application, i, i%namespaces, (i+namespaces)%apps, dns))
	}
	return files
}

const defaultDeny = `apiVersion: v1
kind: Namespace
metadata:
  name: team-%[1]d
  labels:
    team: "%[1]d"
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
  namespace: team-%[1]d
spec:
  podSelector: {}
  policyTypes:
    - Ingress
    - Egress
  egress:
    - to:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: kube-system
          podSelector:
            matchLabels:
              k8s-app: kube-dns
      ports:
        - protocol: UDP
          port: 53
        - protocol: TCP
          port: 53
`

const application = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app-%[1]d
  namespace: team-%[2]d
  annotations:
    kubernetes.io/description: Lets its client in and itself out to its database.
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: app-%[1]d
      app.kubernetes.io/instance: production
  policyTypes:
    - Ingress
    - Egress
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: app-%[3]d
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: ingress-nginx
          podSelector:
            matchLabels:
              app.kubernetes.io/name: ingress-nginx
      ports:
        - protocol: TCP
          port: 8080
  egress:
    - to:
        - namespaceSelector:
            matchLabels:
              %[4]s: kube-system
          podSelector:
            matchLabels:
              k8s-app: kube-dns
      ports:
        - protocol: UDP
          port: 53
        - protocol: TCP
          port: 53
    - to:
        - ipBlock:
            cidr: 10.20.0.0/16
      ports:
        - protocol: TCP
          port: 5432
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-%[1]d
  namespace: team-%[2]d
  labels:
    app.kubernetes.io/name: app-%[1]d
    app.kubernetes.io/instance: production
    app.kubernetes.io/version: "1.4.2"
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: app-%[1]d
      app.kubernetes.io/instance: production
  template:
    metadata:
      labels:
        app.kubernetes.io/name: app-%[1]d
        app.kubernetes.io/instance: production
        app.kubernetes.io/version: "1.4.2"
    spec:
      serviceAccountName: app-%[1]d
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: app
          image: registry.example.com/team-%[2]d/app-%[1]d:1.4.2
          ports:
            - name: http
              containerPort: 8080
            - name: metrics
              containerPort: 9090
          env:
            - name: DATABASE_HOST
              value: db-%[1]d.example.com
            - name: DATABASE_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: app-%[1]d
                  key: password
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 256Mi
          livenessProbe:
            httpGet:
              path: /livez
              port: http
            periodSeconds: 10
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
            periodSeconds: 5
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop:
                - ALL
---
apiVersion: v1
kind: Service
metadata:
  name: app-%[1]d
  namespace: team-%[2]d
  labels:
    app.kubernetes.io/name: app-%[1]d
spec:
  selector:
    app.kubernetes.io/name: app-%[1]d
    app.kubernetes.io/instance: production
  ports:
    - name: http
      port: 80
      targetPort: http
`

// BenchmarkTree compares the whole path, from bytes to report, with decoding the same files with sigs.k8s.io/yaml alone. cpu-ms is the CPU time of
// all threads, which parallel evaluation does not hide.
func BenchmarkTree(b *testing.B) {
	files := tree(1000, 100)
	b.Run("part=decode-only", func(b *testing.B) {
		measure(b, func() { decodeOnly(b, files) })
	})
	b.Run("part=read", func(b *testing.B) {
		measure(b, func() { readAll(files) })
	})
	set := readAll(files)
	b.Run("part=compile", func(b *testing.B) {
		measure(b, func() { compiled(b) })
	})
	linter := compiled(b)
	b.Run("part=lint", func(b *testing.B) {
		measure(b, func() { lintAll(b, linter, set) })
	})
	b.Run("part=whole", func(b *testing.B) {
		measure(b, func() { lintAll(b, compiled(b), readAll(files)) })
	})
}

// BenchmarkGrowth shows how the cost of evaluation grows with the number of policies, over 100 namespaces and within one.
func BenchmarkGrowth(b *testing.B) {
	linter := compiled(b)
	for _, namespaces := range []int{100, 1} {
		for _, apps := range []int{500, 1000, 2000, 4000} {
			set := readAll(tree(apps, namespaces))
			b.Run(fmt.Sprintf("namespaces=%d/policies=%d", namespaces, apps), func(b *testing.B) {
				measure(b, func() { lintAll(b, linter, set) })
			})
		}
	}
}

// BenchmarkRule shows what each rule costs on the tree beside the libraries that all share.
func BenchmarkRule(b *testing.B) {
	set := readAll(tree(1000, 100))
	for _, rule := range policy.Default().Rules() {
		linter, err := lint.New(b.Context(), policy.Default(), lint.Config{Enable: []string{rule.ID}})
		require.NoError(b, err)
		b.Run("rule="+rule.ID, func(b *testing.B) {
			measure(b, func() { lintAll(b, linter, set) })
		})
	}
}

func measure(b *testing.B, work func()) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as the program has it
	b.ReportAllocs()
	start := cpu(b)
	for b.Loop() {
		work()
	}
	b.ReportMetric(float64((cpu(b)-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

func cpu(b *testing.B) time.Duration {
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func decodeOnly(b *testing.B, files [][]byte) {
	for _, file := range files {
		for _, document := range bytes.Split(file, []byte("\n---\n")) {
			var object any
			require.NoError(b, yaml.Unmarshal(document, &object))
		}
	}
}

func readAll(files [][]byte) *manifest.Set {
	all := &manifest.Set{}
	for i, file := range files {
		set := manifest.Decode(fmt.Sprintf("%d.yaml", i), file, manifest.Options{})
		all.Resources = append(all.Resources, set.Resources...)
	}
	return all
}

func compiled(b *testing.B) *lint.Linter {
	linter, err := lint.New(b.Context(), policy.Default(), lint.Config{})
	require.NoError(b, err)
	return linter
}

func lintAll(b *testing.B, linter *lint.Linter, set *manifest.Set) {
	_, err := linter.Lint(b.Context(), set)
	require.NoError(b, err)
}
