package reach_test

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
)

// Workloads form chains inside their namespace; each has a policy with both directions, each namespace one that denies everything else.
// Every tenth workload also admits a gateway of another namespace, and reaches addresses outside.
func chains(workloads, namespaces int) (objects []fields) {
	each := workloads / namespaces
	for n := range namespaces {
		ns := fmt.Sprintf("team-%d", n)
		objects = append(objects,
			fields{"apiVersion": "v1", "kind": "Namespace", "metadata": fields{"name": ns, "labels": fields{"team": ns}}},
			networkPolicy(ns, "deny-all", fields{"podSelector": fields{}, "policyTypes": []any{"Ingress", "Egress"}}),
		)
		for i := range each {
			app := fmt.Sprintf("app-%d", i)
			objects = append(objects, deployment(ns, app, int64(8000+i)))
			ingress := []any{fields{"from": []any{pods("app", fmt.Sprintf("app-%d", (i+each-1)%each))}, "ports": []any{fields{"port": "http"}}}}
			egress := []any{
				fields{"to": []any{pods("app", fmt.Sprintf("app-%d", (i+1)%each))}, "ports": []any{fields{"port": int64(8000 + (i+1)%each)}}},
				fields{"to": []any{fields{"namespaceSelector": labelled("kubernetes.io/metadata.name", "kube-system"), "podSelector": labelled("k8s-app", "kube-dns")}},
					"ports": []any{fields{"protocol": "UDP", "port": int64(53)}, fields{"port": int64(53)}}},
			}
			if i%10 == 0 {
				ingress = append(ingress, fields{"from": []any{fields{"namespaceSelector": labelled("team", "team-0"), "podSelector": labelled("app", "app-0")}}})
				egress = append(egress, fields{"to": []any{fields{"ipBlock": fields{"cidr": "0.0.0.0/0", "except": []any{"10.0.0.0/8", fmt.Sprintf("192.168.%d.0/24", n%256)}}}}})
			}
			objects = append(objects, networkPolicy(ns, app, fields{"podSelector": labelled("app", app), "ingress": ingress, "egress": egress}))
		}
	}
	return objects
}

// crowd is one namespace in which every workload has two policies.
func crowd(workloads int) (objects []fields) {
	for i := range workloads {
		app, tier := fmt.Sprintf("app-%d", i), fmt.Sprintf("tier-%d", i%20)
		d := deployment("crowd", app, 8080)
		d["spec"].(fields)["template"].(fields)["metadata"].(fields)["labels"].(fields)["tier"] = tier
		objects = append(objects, d,
			networkPolicy("crowd", app, fields{"podSelector": labelled("app", app), "ingress": []any{
				fields{"from": []any{pods("tier", tier)}, "ports": []any{fields{"port": int64(1000 + i)}}},
			}}),
			networkPolicy("crowd", app+"-more", fields{"podSelector": labelled("tier", tier), "ingress": []any{
				fields{"from": []any{pods("app", app)}, "ports": []any{fields{"port": int64(8080)}}},
			}}),
		)
	}
	return objects
}

// open has no policies: everything reaches everything.
func open(workloads int) (objects []fields) {
	for i := range workloads {
		objects = append(objects, deployment(fmt.Sprintf("team-%d", i%100), fmt.Sprintf("app-%d", i), 8080))
	}
	return objects
}

// shared is policies that all admit every pod of the cluster on a port of their own, and each reaches three others: what is wide on
// the one side and narrow on the other.
func shared(workloads int) (objects []fields) {
	for i := range workloads {
		ns, app := fmt.Sprintf("team-%d", i%100), fmt.Sprintf("app-%d", i)
		objects = append(objects, deployment(ns, app, 8080), networkPolicy(ns, app, fields{
			"podSelector": labelled("app", app),
			"ingress":     []any{fields{"from": []any{fields{"namespaceSelector": fields{}}}, "ports": []any{fields{"port": int64(1 + i)}}}},
			"egress":      []any{fields{"to": []any{fields{"namespaceSelector": fields{}, "podSelector": labelled("app", fmt.Sprintf("app-%d", (i+1)%workloads))}}}},
		}))
	}
	return objects
}

func networkPolicy(namespace, name string, spec fields) fields {
	return fields{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": fields{"namespace": namespace, "name": name}, "spec": spec}
}

func deployment(namespace, name string, port int64) fields {
	return fields{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": fields{"namespace": namespace, "name": name}, "spec": fields{
		"template": fields{
			"metadata": fields{"labels": fields{"app": name, "version": "1"}},
			"spec":     fields{"containers": []any{fields{"name": "main", "ports": []any{fields{"name": "http", "containerPort": port}}}}},
		},
	}}
}

func labelled(key, value string) fields { return fields{"matchLabels": fields{key: value}} }

func pods(key, value string) fields { return fields{"podSelector": labelled(key, value)} }

// BenchmarkReach works out a cluster and goes through all its groups and connections. Beside the time it gives the processor's time,
// which other load on the machine does not touch, and the heap, of which the resources themselves and what read them are a part.
func BenchmarkReach(b *testing.B) {
	for _, c := range []struct {
		name    string
		objects func() []fields
		rows    bool // all connections, not the groups alone
	}{
		{"workloads=1000,policies=1100,namespaces=100", func() []fields { return chains(1000, 100) }, true},
		{"workloads=10000,policies=10100,namespaces=100", func() []fields { return chains(10000, 100) }, true},
		{"workloads=10000,policies=10000,wide", func() []fields { return shared(10000) }, true},
		{"workloads=1000,policies=2000,namespaces=1", func() []fields { return crowd(1000) }, true},
		{"workloads=10000,policies=0", func() []fields { return open(10000) }, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			resources := manifest.Objects("cluster", c.objects()...).Resources
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			cpu := processorTime(b)
			count := 0
			for b.Loop() {
				r, err := reach.New(b.Context(), resources, reach.Options{})
				if err != nil {
					b.Fatal(err)
				}
				count = 0
				for range r.Groups() {
					count++
				}
				if c.rows {
					count = 0
					for range r.Connections() {
						count++
					}
				}
			}
			b.ReportMetric(float64(processorTime(b)-cpu)/float64(b.N)/1e6, "cpu-ms/op")
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N)/1e6, "MB-allocated/op")
			b.ReportMetric(float64(after.HeapSys)/1e6, "MB-heap")
			b.ReportMetric(float64(count), "edges")
		})
	}
}

func processorTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkQuestions asks single questions of a cluster of 10,000 workloads and 10,100 policies that is worked out already.
func BenchmarkQuestions(b *testing.B) {
	objects := chains(10000, 100)
	before := clusterOf(b, objects)
	after := clusterOf(b, objects[:len(objects)-1])
	from, to := peer(before, "team-42/app-50"), peer(before, "team-42/app-51")
	rule := before.Policies()[len(before.Policies())/2].Rules(reach.Ingress)[0]
	for _, question := range []struct {
		name string
		ask  func()
	}{
		{"between", func() { before.Between(from, to) }},
		{"explain", func() { before.Explain(from, to, reach.TCP, 8051) }},
		{"without", func() { before.Without(rule).Allows(from, to, reach.TCP, 8051) }},
		{"exposed", func() { before.Exposed(reach.Ingress) }},
		{"compare", func() { reach.Compare(before, after).IsEmpty() }},
	} {
		question.ask()
		b.Run(question.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				question.ask()
			}
		})
	}
}

func clusterOf(b *testing.B, objects []fields) *reach.Reach {
	r, err := reach.New(b.Context(), manifest.Objects("cluster", objects...).Resources, reach.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return r
}
