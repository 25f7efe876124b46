package gatekeeper_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// dice makes small clusters of which little is as it should be: policies that cover, contradict and miss each other, and workloads of all sorts. All of
// their objects are such as the API server takes, and hold what it adds.
type dice struct {
	*rand.Rand
	tb testing.TB
}

func (d dice) one(in int) bool { return d.IntN(in) == 0 }

func pick[T any](d dice, from ...T) T { return from[d.IntN(len(from))] }

func (d dice) cluster() (objects []map[string]any) {
	objects = documents(d.tb, kubeDNS)
	if d.one(4) { // no DNS in sight
		objects = slices.DeleteFunc(objects, func(o map[string]any) bool { return at(o, "metadata", "name") == "coredns" })
	}
	for _, namespace := range []string{"shop", "team"} {
		if !d.one(6) {
			objects = append(objects, d.namespace(namespace))
		}
		for i := range 3 + d.IntN(5) {
			objects = append(objects, d.policy(namespace, i))
		}
		for i := range d.IntN(6) {
			objects = append(objects, d.workload(namespace, i)...)
		}
		for i := range d.IntN(3) {
			objects = append(objects, d.service(namespace, i))
		}
	}
	return objects
}

func (d dice) metadata(namespace, name string) map[string]any {
	m := map[string]any{"name": name, "uid": fmt.Sprintf("%s-%s", namespace, name)}
	if namespace != "" {
		m["namespace"] = namespace
	}
	return m
}

func (d dice) namespace(name string) map[string]any {
	metadata := d.metadata("", name)
	labels := map[string]any{"kubernetes.io/metadata.name": name}
	if d.one(2) {
		labels["team"] = pick(d, "shop", "a")
	}
	if d.one(5) {
		labels["istio-injection"] = "enabled"
	}
	if d.one(6) {
		metadata["annotations"] = map[string]any{"linkerd.io/inject": "enabled"}
	}
	metadata["labels"] = labels
	return map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
}

func (d dice) labels() map[string]any {
	labels := map[string]any{}
	if !d.one(5) {
		labels["app"] = pick(d, "web", "api", "db", "shop")
	}
	if d.one(3) {
		labels["tier"] = pick(d, "front", "back")
	}
	if d.one(4) {
		labels["zone"] = "one"
	}
	return labels
}

func (d dice) selector() map[string]any {
	s := map[string]any{}
	if labels := d.labels(); len(labels) > 0 && !d.one(6) {
		s["matchLabels"] = labels
	}
	if d.one(6) {
		e := map[string]any{"key": pick(d, "app", "tier", "pod-template-hash"), "operator": pick(d, "In", "NotIn", "Exists", "DoesNotExist")}
		if e["operator"] == "In" || e["operator"] == "NotIn" {
			e["values"] = pick(d, []any{"web"}, []any{"api", "db"}, []any{"front"})
		}
		s["matchExpressions"] = []any{e}
	}
	return s
}

func (d dice) peer() map[string]any {
	if d.one(5) {
		return map[string]any{"ipBlock": pick(d,
			map[string]any{"cidr": "10.0.0.0/8"}, map[string]any{"cidr": "0.0.0.0/0"}, map[string]any{"cidr": "10.96.0.10/32"},
			map[string]any{"cidr": "0.0.0.0/0", "except": []any{"10.0.0.0/8"}}, map[string]any{"cidr": "10.20.0.0/16"})}
	}
	if d.one(4) {
		return map[string]any{
			"namespaceSelector": map[string]any{"matchLabels": map[string]any{"kubernetes.io/metadata.name": pick(d, "kube-system", "ingress-nginx")}},
			"podSelector":       map[string]any{"matchLabels": pick(d, map[string]any{"k8s-app": "kube-dns"}, map[string]any{"app.kubernetes.io/name": "ingress-nginx"})},
		}
	}
	peer := map[string]any{}
	if !d.one(5) {
		peer["podSelector"] = d.selector()
	}
	if len(peer) == 0 || d.one(3) {
		peer["namespaceSelector"] = pick(d, map[string]any{},
			map[string]any{"matchLabels": map[string]any{"kubernetes.io/metadata.name": pick(d, "shop", "team")}},
			map[string]any{"matchLabels": map[string]any{pick(d, "team", "name"): pick(d, "shop", "kube-system", "a")}},
			map[string]any{"matchExpressions": []any{map[string]any{"key": "kubernetes.io/metadata.name", "operator": "In", "values": []any{"shop", "team"}}}},
		)
	}
	return peer
}

func (d dice) ports() []any {
	switch d.IntN(6) {
	case 0:
		return nil
	case 1:
		return []any{map[string]any{"protocol": "UDP", "port": 53}, map[string]any{"protocol": "TCP", "port": 53}}
	case 2:
		return []any{map[string]any{"protocol": "UDP", "port": 53}}
	case 3:
		return []any{map[string]any{"protocol": "TCP", "port": pick[any](d, "http", 15017, 15001, 22)}}
	case 4:
		return []any{map[string]any{"protocol": "TCP", "port": 8000, "endPort": 8100}}
	}
	return []any{map[string]any{"protocol": "TCP", "port": pick(d, 80, 8080, 5432)}}
}

func (d dice) rules(peers string) (rules []any) {
	for range d.IntN(4) {
		rule := map[string]any{}
		var list []any
		for range d.IntN(3) {
			list = append(list, d.peer())
		}
		if len(list) > 0 {
			rule[peers] = list
		}
		if ports := d.ports(); ports != nil {
			rule["ports"] = ports
		}
		rules = append(rules, rule)
	}
	return rules
}

func (d dice) policy(namespace string, i int) map[string]any {
	spec := map[string]any{
		"podSelector": d.selector(),
		"policyTypes": pick(d, []any{"Ingress"}, []any{"Egress"}, []any{"Ingress", "Egress"}, []any{"Ingress", "Egress"}),
	}
	for key, peers := range map[string]string{"ingress": "from", "egress": "to"} {
		if rules := d.rules(peers); rules != nil {
			spec[key] = rules
		}
	}
	metadata := d.metadata(namespace, fmt.Sprintf("%s-%d", pick(d, "policy", "deny-all", "allow-web"), i))
	return map[string]any{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
}

// workload gives a Deployment with what comes of it, or what else makes pods.
func (d dice) workload(namespace string, i int) []map[string]any {
	labels := d.labels()
	container := map[string]any{"name": "app", "ports": []any{map[string]any{"name": pick(d, "http", "db"), "containerPort": pick(d, 8080, 5432, 80)}}}
	if d.one(3) {
		container["readinessProbe"] = map[string]any{"httpGet": map[string]any{"port": pick[any](d, "http", 8080, 9000)}}
	}
	spec := map[string]any{"containers": []any{container}}
	if d.one(7) {
		spec["hostNetwork"] = true
	}
	pods := map[string]any{"labels": labels}
	if d.one(6) {
		pods["annotations"] = map[string]any{pick(d, "sidecar.istio.io/inject", "linkerd.io/inject"): pick(d, "true", "enabled")}
	}
	template := map[string]any{"metadata": pods, "spec": spec}
	metadata := d.metadata(namespace, pick(d, "web", "api", fmt.Sprintf("w-%d", i)))
	switch kind := pick(d, "Deployment", "Deployment", "StatefulSet", "CronJob", "Pod"); kind {
	case "CronJob":
		return []map[string]any{{"apiVersion": "batch/v1", "kind": kind, "metadata": metadata,
			"spec": map[string]any{"jobTemplate": map[string]any{"spec": map[string]any{"template": template}}}}}
	case "Pod":
		metadata["labels"] = labels
		return []map[string]any{{"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}}
	default:
		metadata["labels"] = labels
		made := map[string]any{"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": map[string]any{"template": template}}
		if d.one(2) {
			return []map[string]any{made}
		}
		return append(running(made, d.Uint32()), made)
	}
}

func (d dice) service(namespace string, i int) map[string]any {
	return map[string]any{"apiVersion": "v1", "kind": "Service", "metadata": d.metadata(namespace, fmt.Sprintf("s-%d", i)), "spec": map[string]any{
		"selector": map[string]any{"app": pick(d, "web", "api", "db")}, "clusterIP": fmt.Sprintf("10.96.0.%d", 20+i),
		"ports": []any{map[string]any{"port": pick(d, 80, 5432), "protocol": "TCP", "targetPort": pick[any](d, 8080, "http", 5432)}},
	}}
}
