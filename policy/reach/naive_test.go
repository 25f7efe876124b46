package reach_test

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/netvet/netvet/policy/reach"
)

// naive answers for one pair of pods or addresses at a time, from the API's text and nothing else.
type naive struct {
	objects []map[string]any
	options reach.Options
}

// endpoint is a pod, or an address if there is no pod.
type endpoint struct {
	pod     map[string]any
	address netip.Addr
}

func (n naive) allows(from, to endpoint, protocol string, port int) bool {
	return n.admits("Egress", from, to, to, protocol, port) && n.admits("Ingress", to, from, to, protocol, port)
}

func (n naive) admits(direction string, asked, other, destination endpoint, protocol string, port int) bool {
	if asked.pod == nil || n.onNode(asked.pod) {
		return true
	}
	isolated := false
	for _, policy := range n.objects {
		if policy["kind"] != "NetworkPolicy" || n.namespace(policy) != n.namespace(asked.pod) {
			continue
		}
		spec := object(policy["spec"])
		if !matches(spec["podSelector"], labels(asked.pod)) || !isolates(spec, direction) {
			continue
		}
		isolated = true
		key, peers := "ingress", "from"
		if direction == "Egress" {
			key, peers = "egress", "to"
		}
		for _, item := range list(spec[key]) {
			rule, ok := item.(map[string]any)
			if item != nil && !ok {
				continue
			}
			if n.anyPeer(list(rule[peers]), n.namespace(policy), other) && n.anyPort(list(rule["ports"]), destination, protocol, port) {
				return true
			}
		}
	}
	return !isolated
}

func isolates(spec map[string]any, direction string) bool {
	types := list(spec["policyTypes"])
	if len(types) == 0 {
		return direction == "Ingress" || len(list(spec["egress"])) > 0
	}
	for _, t := range types {
		if t == direction {
			return true
		}
	}
	return false
}

func (n naive) anyPeer(peers []any, namespace string, e endpoint) bool {
	for _, peer := range peers {
		if n.matchesPeer(object(peer), namespace, e) {
			return true
		}
	}
	return len(peers) == 0
}

func (n naive) matchesPeer(peer map[string]any, namespace string, e endpoint) bool {
	block, namespaces, pods := peer["ipBlock"], peer["namespaceSelector"], peer["podSelector"]
	if block != nil {
		return namespaces == nil && pods == nil && n.inBlock(object(block), e)
	}
	if namespaces == nil && pods == nil || e.pod == nil || n.onNode(e.pod) {
		return false
	}
	if namespaces == nil && n.namespace(e.pod) != namespace {
		return false
	}
	if namespaces != nil && !matches(namespaces, n.namespaceLabels(n.namespace(e.pod))) {
		return false
	}
	return matches(pods, labels(e.pod))
}

func (n naive) inBlock(block map[string]any, e endpoint) bool {
	cidr, ok := prefix(block["cidr"])
	if !ok {
		return false
	}
	for _, x := range list(block["except"]) {
		hole, ok := prefix(x)
		if !ok || hole.Bits() < cidr.Bits() || !cidr.Contains(hole.Addr()) {
			return false
		}
	}
	in := func(a netip.Addr) bool {
		for _, x := range list(block["except"]) {
			if hole, _ := prefix(x); hole.Contains(a) {
				return false
			}
		}
		return cidr.Contains(a)
	}
	if e.pod == nil {
		return in(e.address)
	}
	if !n.options.IPBlocksMissPods {
		for _, ip := range list(object(e.pod["status"])["podIPs"]) {
			if a, err := netip.ParseAddr(text(object(ip)["ip"])); err == nil && in(a) {
				return true
			}
		}
	}
	return false
}

func prefix(v any) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(text(v))
	return p.Masked(), err == nil && !p.Addr().Is4In6()
}

var portName = regexp.MustCompile(`^[a-z0-9-]{1,15}$`)

func (n naive) anyPort(ports []any, destination endpoint, protocol string, port int) bool {
	for _, item := range ports {
		entry, ok := item.(map[string]any)
		if item != nil && !ok {
			continue
		}
		if p := entry["protocol"]; p != protocol && !(p == nil && protocol == "TCP") {
			continue
		}
		first, isNumber := entry["port"].(int64)
		last, isRange := entry["endPort"].(int64)
		name, isName := entry["port"].(string)
		switch {
		case entry["port"] == nil && entry["endPort"] == nil:
			return true
		case isNumber && first > 0 && first < 65536 && entry["endPort"] == nil:
			if int(first) == port {
				return true
			}
		case isNumber && isRange && 0 < first && first <= last && last < 65536:
			if int(first) <= port && port <= int(last) {
				return true
			}
		case isName && entry["endPort"] == nil && portName.MatchString(name) && strings.ContainsAny(name, "abcdefghijklmnopqrstuvwxyz") &&
			strings.Trim(name, "-") == name && !strings.Contains(name, "--"):
			if destination.pod != nil && !n.onNode(destination.pod) && declares(destination.pod, name, protocol, port) {
				return true
			}
		}
	}
	return len(ports) == 0
}

func declares(pod map[string]any, name, protocol string, number int) bool {
	spec := object(pod["spec"])
	var containers []any
	containers = append(containers, list(spec["containers"])...)
	for _, c := range list(spec["initContainers"]) {
		if object(c)["restartPolicy"] == "Always" {
			containers = append(containers, c)
		}
	}
	for _, c := range containers {
		for _, item := range list(object(c)["ports"]) {
			p := object(item)
			own := p["protocol"]
			if own == nil {
				own = "TCP"
			}
			if p["name"] == name && own == protocol && p["containerPort"] == int64(number) {
				return true
			}
		}
	}
	return false
}

func matches(s any, labels map[string]any) bool {
	if s == nil {
		return true
	}
	sel, ok := s.(map[string]any)
	if !ok {
		return false
	}
	for key, value := range object(sel["matchLabels"]) {
		if _, isText := value.(string); !isText || labels[key] != value {
			return false
		}
	}
	for _, item := range list(sel["matchExpressions"]) {
		e := object(item)
		key, _ := e["key"].(string)
		value, has := labels[key]
		among := false
		for _, v := range list(e["values"]) {
			among = among || v == value
		}
		some := len(list(e["values"])) > 0
		ok := false
		switch e["operator"] {
		case "In":
			ok = some && has && among
		case "NotIn":
			ok = some && !(has && among)
		case "Exists":
			ok = !some && has
		case "DoesNotExist":
			ok = !some && !has
		}
		if !ok {
			return false
		}
	}
	return true
}

func (n naive) onNode(pod map[string]any) bool {
	return object(pod["spec"])["hostNetwork"] == true && !n.options.HostNetworkIsolated
}

func (n naive) namespace(o map[string]any) string {
	if name := text(object(o["metadata"])["namespace"]); name != "" {
		return name
	}
	if n.options.DefaultNamespace != "" {
		return n.options.DefaultNamespace
	}
	return "default"
}

func (n naive) namespaceLabels(name string) map[string]any {
	all := map[string]any{}
	for _, o := range n.objects {
		if o["kind"] == "Namespace" && text(object(o["metadata"])["name"]) == name {
			for key, value := range labels(o) {
				all[key] = value
			}
		}
	}
	all["kubernetes.io/metadata.name"] = name
	return all
}

func labels(o map[string]any) map[string]any { return object(object(o["metadata"])["labels"]) }

func object(v any) map[string]any { o, _ := v.(map[string]any); return o }

func list(v any) []any { l, _ := v.([]any); return l }

func text(v any) string { s, _ := v.(string); return s }
