package manifest

import (
	"fmt"
	"maps"
	"strings"
)

// object takes up a value as a Kubernetes object, or says why it is none. The mark of the value has the index root.
func (d *decoder) object(root int, value any) {
	from, to := int(d.marks[root].at), int(d.marks[root].end)
	object, ok := value.(map[string]any)
	if !ok {
		if value == nil {
			return
		}
		d.skip(from, to, fmt.Sprintf("it is %s, not a mapping", typeName(value)))
		return
	}
	if reason, alien := alien(object, d.named); alien {
		d.skip(from, to, reason)
		return
	}
	d.set.objects++
	before := len(d.set.Errors)
	c := &checker{d: d, root: root}
	kind, apiVersion := c.word(object, "kind"), c.word(object, "apiVersion")
	if len(d.set.Errors) > before || d.full() {
		return
	}
	if items, ok := object["items"]; kind == "List" || ok && isList(kind, object) {
		d.items(root, apiVersion, kind, items)
		return
	}
	if c.metadata(object, kind); apiVersion == "extensions/v1beta1" || strings.HasPrefix(apiVersion, "networking.k8s.io/") {
		if kind == "NetworkPolicy" {
			c.networkPolicy(object)
		}
	}
	c.workload(object, apiVersion, kind)
	if len(d.set.Errors) > before || d.full() {
		return
	}
	d.set.Resources = append(d.set.Resources, &Resource{ID: id(object), Object: object, File: d.source.file, Source: d.origin, tree: d.tree, root: root})
}

// id reads the names of an object, of which the types are known to be right.
func id(object map[string]any) ID {
	var id ID
	id.APIVersion, _ = object["apiVersion"].(string)
	id.Kind, _ = object["kind"].(string)
	metadata, _ := object["metadata"].(map[string]any)
	id.Namespace, _ = metadata["namespace"].(string)
	id.Name, _ = metadata["name"].(string)
	if prefix, _ := metadata["generateName"].(string); id.Name == "" && prefix != "" {
		id.Name = prefix + generated
	}
	return id
}

// isList says whether an object with items is a typed list: lists have no name and no spec.
func isList(kind string, object map[string]any) bool {
	if _, ok := object["spec"]; ok || len(kind) <= len("List") || !strings.HasSuffix(kind, "List") {
		return false
	}
	metadata, _ := object["metadata"].(map[string]any)
	_, named := metadata["name"]
	return !named
}

// items takes up the items of a list. Those of a typed list inherit apiVersion and kind.
func (d *decoder) items(root int, apiVersion, kind string, value any) {
	c := &checker{d: d, root: root}
	items, ok := value.([]any)
	if !ok {
		if value != nil {
			c.fail(Path{"items"}, fmt.Errorf("items of a %s must be a list, not %s", kind, c.describe(Path{"items"}, value)))
		}
		return
	}
	at := d.entry(root, "items")
	if at < 0 {
		return
	}
	at = d.resolve(at)
	end := int(d.marks[at].next)
	mark, next := 0, at+1
	for i, item := range items {
		if d.full() {
			return
		}
		if mark = next; mark >= end {
			return
		}
		next = int(d.marks[mark].next)
		object, ok := item.(map[string]any)
		if !ok {
			c.fail(Path{"items", i}, fmt.Errorf("items[%d] of this %s must be a mapping, not %s", i, kind, c.describe(Path{"items", i}, item)))
			continue
		}
		if kind != "List" {
			object = inherit(object, apiVersion, strings.TrimSuffix(kind, "List"))
		}
		if reason, alien := alien(object, true); alien {
			c.fail(Path{"items", i}, fmt.Errorf("items[%d] of this %s is no Kubernetes object: %s", i, kind, reason))
			continue
		}
		d.object(mark, object)
	}
}

// inherit gives an item of a typed list the apiVersion and kind that it may leave out.
func inherit(object map[string]any, apiVersion, kind string) map[string]any {
	_, hasVersion := object["apiVersion"]
	_, hasKind := object["kind"]
	if hasVersion && hasKind {
		return object
	}
	object = maps.Clone(object)
	if !hasVersion {
		object["apiVersion"] = apiVersion
	}
	if !hasKind {
		object["kind"] = kind
	}
	return object
}

// alien says why a mapping is no Kubernetes object.
func alien(object map[string]any, named bool) (reason string, ok bool) {
	apiVersion, hasVersion := object["apiVersion"]
	kind, hasKind := object["kind"]
	_, hasMetadata := object["metadata"].(map[string]any)
	switch {
	case !hasVersion && !hasKind:
		return "it has no apiVersion and no kind", true
	case !hasVersion && (named || !hasMetadata):
		return "it has a kind but no apiVersion, which says what kind is meant", true
	case !hasKind && (named || !hasMetadata):
		return "it has an apiVersion but no kind, which says what it is", true
	}
	version, _ := apiVersion.(string)
	group, _, grouped := strings.Cut(version, "/")
	if !grouped {
		group = ""
	}
	switch {
	case isPatch(object):
		return "it is a strategic merge patch, which changes an object that stands elsewhere; apply it, for example with kustomize build, and read the result", true
	case group == "kustomize.config.k8s.io", kind == "Kustomization" && group == "":
		return "it is a configuration of kustomize; build it first, for example with kustomize build, and read the result", true
	case !named && !hasMetadata && object["metadata"] == nil && !isList(fmt.Sprint(kind), object) && kind != "List" && (!isServed(group) || kind == "Config"):
		return fmt.Sprintf("it is a %v of %s without metadata: the configuration of a program", kind, version), true
	}
	return "", false
}

// isPatch says whether the object bears a directive of a strategic merge patch, which no object has: as a whole, in its metadata or its spec.
func isPatch(object map[string]any) bool {
	metadata, _ := object["metadata"].(map[string]any)
	spec, _ := object["spec"].(map[string]any)
	for _, part := range []map[string]any{object, metadata, spec} {
		for key := range part {
			if strings.HasPrefix(key, "$patch") || strings.HasPrefix(key, "$setElementOrder/") || key == "$retainKeys" {
				return true
			}
		}
	}
	return false
}

// isServed says whether every API server serves the group, so that what has no metadata is a broken object and not the configuration
// of some program.
func isServed(group string) bool {
	switch group {
	case "", "apps", "batch", "extensions", "networking.k8s.io", "policy.networking.k8s.io", "policy", "autoscaling", "rbac.authorization.k8s.io":
		return true
	}
	return false
}
