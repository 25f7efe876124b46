package gatekeeper_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/netvet/netvet/bundle/gatekeeper"
	"github.com/netvet/netvet/policy"
)

// synchronised generates what Gatekeeper keeps of a cluster: 5,000 objects, 500 of them in namespace shop. Each namespace has a policy that denies by default
// and grants DNS, and applications, each a policy, a Service, and a Deployment with its ReplicaSet and two Pods.
func synchronised(tb testing.TB) (objects []map[string]any) {
	tb.Helper()
	random := rand.New(rand.NewPCG(6, 500))
	objects = documents(tb, kubeDNS)
	for n, apps := 0, 83; len(objects) < 5000; n, apps = n+1, 5+random.IntN(24) {
		namespace := "shop"
		if n > 0 {
			namespace = fmt.Sprintf("team-%d", n)
		}
		objects = append(objects, documents(tb, fmt.Sprintf(denied, namespace))...)
		for i := range apps {
			made := documents(tb, fmt.Sprintf(application, namespace, i, (i+1)%apps, (i+apps-1)%apps, random.Uint32()))
			objects = append(objects, made...)
			objects = append(objects, running(made[len(made)-1], random.Uint32())...)
		}
	}
	return objects[:5000]
}

func documents(tb testing.TB, text string) (objects []map[string]any) {
	tb.Helper()
	for document := range strings.SplitSeq(text, "\n---\n") {
		var object map[string]any
		require.NoError(tb, yaml.Unmarshal([]byte(document), &object))
		objects = append(objects, object)
	}
	return objects
}

// running gives what the cluster makes of a Deployment.
func running(deployment map[string]any, hash uint32) []map[string]any {
	metadata := func(kind string, owner any, name string) map[string]any {
		return map[string]any{
			"name": name, "namespace": at(deployment, "metadata", "namespace"), "uid": fmt.Sprintf("44444444-0000-4000-8000-%s", name),
			"labels":          at(deployment, "metadata", "labels"),
			"ownerReferences": []any{map[string]any{"apiVersion": "apps/v1", "kind": kind, "name": owner, "controller": true, "blockOwnerDeletion": true}},
		}
	}
	name := at(deployment, "metadata", "name")
	set := fmt.Sprintf("%s-%08x", name, hash)
	made := []map[string]any{{
		"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata("Deployment", name, set),
		"spec": deployment["spec"], "status": deployment["status"],
	}}
	for n := range 2 {
		made = append(made, map[string]any{
			"apiVersion": "v1", "kind": "Pod", "metadata": metadata("ReplicaSet", set, fmt.Sprintf("%s-%05x", set, n)),
			"spec": at(deployment, "spec", "template", "spec"),
			"status": map[string]any{
				"phase": "Running", "podIP": fmt.Sprintf("10.244.%d.%d", hash%256, n), "hostIP": "192.0.2.10", "qosClass": "Burstable",
				"conditions": []any{map[string]any{"type": "Ready", "status": "True"}, map[string]any{"type": "PodScheduled", "status": "True"}},
			},
		})
	}
	return made
}

const kubeDNS = `apiVersion: v1
kind: Namespace
metadata:
  name: kube-system
  labels:
    kubernetes.io/metadata.name: kube-system
---
apiVersion: v1
kind: Namespace
metadata:
  name: ingress-nginx
  labels:
    kubernetes.io/metadata.name: ingress-nginx
---
apiVersion: v1
kind: Service
metadata:
  name: kube-dns
  namespace: kube-system
spec:
  clusterIP: 10.96.0.10
  selector:
    k8s-app: kube-dns
  ports:
    - name: dns
      port: 53
      protocol: UDP
      targetPort: 53
    - name: dns-tcp
      port: 53
      protocol: TCP
      targetPort: 53
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: coredns
  namespace: kube-system
spec:
  selector:
    matchLabels:
      k8s-app: kube-dns
  template:
    metadata:
      labels:
        k8s-app: kube-dns
    spec:
      containers:
        - name: coredns
          image: registry.k8s.io/coredns/coredns:v1.12.1
          ports:
            - name: dns
              containerPort: 53
              protocol: UDP
            - name: dns-tcp
              containerPort: 53
              protocol: TCP
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ingress-nginx-controller
  namespace: ingress-nginx
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: ingress-nginx
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ingress-nginx
    spec:
      containers:
        - name: controller
          image: registry.k8s.io/ingress-nginx/controller:v1.12.1
          ports:
            - name: http
              containerPort: 80
            - name: https
              containerPort: 443`

const denied = `apiVersion: v1
kind: Namespace
metadata:
  name: %[1]s
  uid: 7f1c7a80-0000-4000-8000-%[1]s
  labels:
    kubernetes.io/metadata.name: %[1]s
    team: %[1]s
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
  namespace: %[1]s
  uid: 7f1c7a80-0000-4000-8000-%[1]s
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
          port: 53`

// application wants its namespace and number, whom it calls and who calls it, and what tells it apart.
const application = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app-%[2]d
  namespace: %[1]s
  uid: 11111111-0000-4000-8000-%012[5]x
  resourceVersion: "%[5]d"
  annotations:
    kubernetes.io/description: Lets its client in and itself out to its database.
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: app-%[2]d
      app.kubernetes.io/instance: production
  policyTypes:
    - Ingress
    - Egress
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: app-%[4]d
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
              kubernetes.io/metadata.name: kube-system
          podSelector:
            matchLabels:
              k8s-app: kube-dns
      ports:
        - protocol: UDP
          port: 53
        - protocol: TCP
          port: 53
    - to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: app-%[3]d
      ports:
        - protocol: TCP
          port: 8080
    - to:
        - ipBlock:
            cidr: 10.20.0.0/16
      ports:
        - protocol: TCP
          port: 5432
---
apiVersion: v1
kind: Service
metadata:
  name: app-%[2]d
  namespace: %[1]s
  uid: 22222222-0000-4000-8000-%012[5]x
  resourceVersion: "%[5]d"
  labels:
    app.kubernetes.io/name: app-%[2]d
spec:
  type: ClusterIP
  clusterIP: 10.96.%[2]d.10
  clusterIPs:
    - 10.96.%[2]d.10
  ipFamilies:
    - IPv4
  selector:
    app.kubernetes.io/name: app-%[2]d
    app.kubernetes.io/instance: production
  ports:
    - name: http
      port: 80
      protocol: TCP
      targetPort: http
status:
  loadBalancer: {}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-%[2]d
  namespace: %[1]s
  uid: 33333333-0000-4000-8000-%012[5]x
  resourceVersion: "%[5]d"
  generation: 1
  labels:
    app.kubernetes.io/name: app-%[2]d
    app.kubernetes.io/instance: production
    app.kubernetes.io/version: "1.4.2"
  annotations:
    deployment.kubernetes.io/revision: "1"
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: app-%[2]d
      app.kubernetes.io/instance: production
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 25%%
      maxUnavailable: 25%%
  template:
    metadata:
      labels:
        app.kubernetes.io/name: app-%[2]d
        app.kubernetes.io/instance: production
        app.kubernetes.io/version: "1.4.2"
    spec:
      serviceAccountName: app-%[2]d
      dnsPolicy: ClusterFirst
      restartPolicy: Always
      schedulerName: default-scheduler
      terminationGracePeriodSeconds: 30
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: app
          image: registry.example.com/%[1]s/app-%[2]d:1.4.2
          imagePullPolicy: IfNotPresent
          ports:
            - name: http
              containerPort: 8080
              protocol: TCP
            - name: metrics
              containerPort: 9090
              protocol: TCP
          env:
            - name: DATABASE_HOST
              value: db-%[2]d.example.com
            - name: DATABASE_PASSWORD
              valueFrom:
                secretKeyRef:
                  name: app-%[2]d
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
              scheme: HTTP
            periodSeconds: 10
          readinessProbe:
            httpGet:
              path: /readyz
              port: http
              scheme: HTTP
            periodSeconds: 5
          terminationMessagePath: /dev/termination-log
          terminationMessagePolicy: File
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop:
                - ALL
status:
  availableReplicas: 2
  observedGeneration: 1
  readyReplicas: 2
  replicas: 2`

// reviews are what is asked about: an application's policy as it is, the same with faults, and its Deployment.
func reviews(tb testing.TB, objects []map[string]any) map[string]map[string]any {
	find := func(kind string) map[string]any {
		for _, o := range objects {
			if o["kind"] == kind && at(o, "metadata", "namespace") == "shop" && at(o, "metadata", "name") == "app-7" {
				return o
			}
		}
		return nil
	}
	return map[string]map[string]any{
		"sound":    find("NetworkPolicy"),
		"faulty":   documents(tb, faultyPolicy)[0],
		"workload": find("Deployment"),
	}
}

const faultyPolicy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app-8
  namespace: shop
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: app-8
  policyTypes:
    - Ingress
    - Egress
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: app-888
        - namespaceSelector:
            matchLabels:
              name: ingress-nginx
      ports:
        - protocol: TCP
          port: 80
  egress:
    - to:
        - namespaceSelector:
            matchLabels:
              name: kube-system
          podSelector:
            matchLabels:
              k8s-app: kube-dns
      ports:
        - port: 53
    - to:
        - ipBlock:
            cidr: 0.0.0.0/0
`

// webhook judges objects as Gatekeeper's driver does: each template by itself, with a compiler of its own and what the store holds.
type webhook struct {
	store     storage.Store
	templates []template
}

type template struct {
	id          string
	kinds       []string
	compiler    *ast.Compiler
	constraints []any // their parameters
}

func newWebhook(tb testing.TB, objects []map[string]any) *webhook {
	tb.Helper()
	w := &webhook{store: inventory(objects)}
	p := policy.Default()
	constraints := map[string][]any{}
	made, err := gatekeeper.Generate(p, gatekeeper.Options{})
	require.NoError(tb, err)
	for _, c := range made.Constraints {
		var o map[string]any
		require.NoError(tb, yaml.Unmarshal(c.Text, &o))
		parameters := at(o, "spec", "parameters")
		if parameters == nil {
			parameters = map[string]any{}
		}
		constraints[o["kind"].(string)] = append(constraints[o["kind"].(string)], parameters)
	}
	for _, rule := range p.Rules() {
		if rule.Scope == policy.Source {
			continue
		}
		modules := map[string]*ast.Module{"hook": ast.MustParseModule(fmt.Sprintf(hook, rule.Package))}
		for _, name := range p.Closure(strings.ReplaceAll(rule.Package, ".", "/") + "/rule.rego") {
			modules[name], err = ast.ParseModule(name, p.Sources()[name])
			require.NoError(tb, err)
		}
		compiler := ast.NewCompiler()
		compiler.Compile(modules)
		require.False(tb, compiler.Failed(), compiler.Errors)
		w.templates = append(w.templates, template{rule.ID, rule.Kinds, compiler, constraints[gatekeeper.Kind(rule)]})
	}
	return w
}

// hook is what the driver asks.
const hook = `package hooks

violation contains r if {
	some parameters in input.constraints
	some r in data.%s.violation with input as {"review": input.review, "parameters": parameters}
}
`

// ask evaluates the template as the driver does, which prepares nothing.
func (w *webhook) ask(tb testing.TB, t template, object map[string]any) int {
	input, err := ast.InterfaceToValue(map[string]any{"review": map[string]any{"object": object}, "constraints": t.constraints})
	require.NoError(tb, err)
	results, err := rego.New(rego.Compiler(t.compiler), rego.Store(w.store), rego.ParsedInput(input), rego.Query("data.hooks.violation[result]")).Eval(tb.Context())
	require.NoError(tb, err)
	return len(results)
}

// BenchmarkAdmission reviews each object by all templates that are for its kind, and by each of them.
func BenchmarkAdmission(b *testing.B) {
	objects := synchronised(b)
	hook := newWebhook(b, objects)
	for _, name := range []string{"sound", "faulty", "workload"} {
		object := reviews(b, objects)[name]
		var asked []template
		for _, t := range hook.templates {
			if slices.Contains(t.kinds, object["kind"].(string)) {
				asked = append(asked, t)
			}
		}
		b.Run("review="+name, func(b *testing.B) {
			var times []time.Duration
			found := 0
			used := cpu(b)
			for b.Loop() {
				start := time.Now()
				found = 0
				for _, t := range asked {
					found += hook.ask(b, t, object)
				}
				times = append(times, time.Since(start))
			}
			reportPercentiles(b, times)
			b.ReportMetric(float64((cpu(b)-used).Microseconds())/1000/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(len(asked)), "templates")
			b.ReportMetric(float64(found), "findings")
		})
		for _, t := range asked {
			b.Run("review="+name+"/rule="+t.id, func(b *testing.B) {
				used, found := cpu(b), 0
				for b.Loop() {
					found = hook.ask(b, t, object)
				}
				b.ReportMetric(float64((cpu(b)-used).Microseconds())/1000/float64(b.N), "cpu-ms/op")
				b.ReportMetric(float64(found), "findings")
			})
		}
	}
}

// BenchmarkStockGator has `gator bench` of testdata/engines review the applications' policies of namespace shop, and reports how long all templates
// together took for a policy. gator reviews all of its input, so that constraints match those policies by a label alone.
func BenchmarkStockGator(b *testing.B) {
	gator, err := filepath.Abs("../../bin/gator")
	require.NoError(b, err)
	if _, err := os.Stat(gator); err != nil {
		b.Skip("needs gator: make bin/gator")
	}
	label := map[string]any{"review": "yes"}
	var input bytes.Buffer
	made, err := gatekeeper.Generate(policy.Default(), gatekeeper.Options{Match: map[string]any{"labelSelector": map[string]any{"matchLabels": label}}})
	require.NoError(b, err)
	require.NoError(b, made.Stream(&input))
	policies := 0
	for _, o := range synchronised(b) {
		if o["kind"] == "NetworkPolicy" && at(o, "metadata", "namespace") == "shop" && at(o, "metadata", "name") != "default-deny" {
			o["metadata"].(map[string]any)["labels"] = label
			policies++
		}
		text, err := json.Marshal(o)
		require.NoError(b, err)
		fmt.Fprintf(&input, "---\n%s\n", text)
	}
	file := filepath.Join(b.TempDir(), "input.yaml")
	require.NoError(b, os.WriteFile(file, input.Bytes(), 0o600))

	for b.Loop() {
		output, err := exec.CommandContext(b.Context(), gator, "bench", "-f", file, "-e", "rego", "-n", "1", "--warmup", "1", "--stats", "-o", "json").Output()
		require.NoError(b, err)
		var results []struct {
			StatsEntries []struct {
				Stats []struct {
					Name  string
					Value float64
				}
			}
		}
		require.NoError(b, json.Unmarshal(output, &results))
		var took []time.Duration // by each template, policy after policy
		for _, entry := range results[0].StatsEntries {
			for _, stat := range entry.Stats {
				if stat.Name == "templateRunTimeNS" {
					took = append(took, time.Duration(stat.Value))
				}
			}
		}
		templates := len(took) / policies
		require.Len(b, took, templates*policies)
		var times []time.Duration
		for review := range slices.Chunk(took, templates) {
			var sum time.Duration
			for _, d := range review {
				sum += d
			}
			times = append(times, sum)
		}
		reportPercentiles(b, times)
		b.ReportMetric(float64(templates), "templates")
	}
}

func reportPercentiles(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	for _, percentile := range []int{50, 95, 99} {
		b.ReportMetric(float64(times[(len(times)-1)*percentile/100].Microseconds())/1000, fmt.Sprintf("p%d-ms", percentile))
	}
}

// cpu is the time that all threads have used, which tells more than the clock does on a busy machine.
func cpu(b *testing.B) time.Duration {
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
