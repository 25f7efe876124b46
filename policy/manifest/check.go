package manifest

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// checker looks for values of the wrong type, for which the API server would refuse the object.
type checker struct {
	d    *decoder
	root int
}

// shape is the type that the API gives a field. Null is good anywhere: it means that the field is not given.
type shape struct {
	kind   shapeKind
	fields map[string]*shape // of a mapping
	item   *shape            // of a list, and of every value of a mapping without fields
}

type shapeKind string

const (
	mappingShape shapeKind = "a mapping"
	listShape    shapeKind = "a list"
	stringShape  shapeKind = "a string"
	integerShape shapeKind = "a whole number"
	portShape    shapeKind = "a whole number or a name"
)

func list(item *shape) *shape                 { return &shape{kind: listShape, item: item} }
func mapping(fields map[string]*shape) *shape { return &shape{kind: mappingShape, fields: fields} }

// networkPolicySpec is the shape of the spec of a NetworkPolicy. Fields that the API does not know are not the reader's business.
var networkPolicySpec = func() *shape {
	text := &shape{kind: stringShape}
	selector := mapping(map[string]*shape{
		"matchLabels": {kind: mappingShape, item: text},
		"matchExpressions": list(mapping(map[string]*shape{
			"key": text, "operator": text, "values": list(text),
		})),
	})
	peers := list(mapping(map[string]*shape{
		"podSelector": selector, "namespaceSelector": selector,
		"ipBlock": mapping(map[string]*shape{"cidr": text, "except": list(text)}),
	}))
	ports := list(mapping(map[string]*shape{
		"protocol": text, "port": {kind: portShape}, "endPort": {kind: integerShape},
	}))
	return mapping(map[string]*shape{
		"podSelector": selector,
		"policyTypes": list(text),
		"ingress":     list(mapping(map[string]*shape{"from": peers, "ports": ports})),
		"egress":      list(mapping(map[string]*shape{"to": peers, "ports": ports})),
	})
}()

// objectMeta is the shape of metadata, as far as netvet reads it.
var objectMeta = func() *shape {
	text := &shape{kind: stringShape}
	texts := &shape{kind: mappingShape, item: text}
	return mapping(map[string]*shape{
		"name": text, "generateName": text, "namespace": text, "labels": texts, "annotations": texts,
	})
}()

// workloadSpecs are the shapes of the specs of what starts pods, as far as the labels of the pods go.
var workloadSpecs = func() map[string]*shape {
	template := mapping(map[string]*shape{"template": mapping(map[string]*shape{"metadata": objectMeta, "spec": mapping(map[string]*shape{})})})
	cron := mapping(map[string]*shape{"jobTemplate": mapping(map[string]*shape{"spec": template})})
	return map[string]*shape{
		"apps Deployment": template, "apps StatefulSet": template, "apps DaemonSet": template, "apps ReplicaSet": template,
		" ReplicationController": template, "batch Job": template, "batch CronJob": cron,
	}
}()

// workload checks the types of the labels and annotations that a workload gives its pods.
func (c *checker) workload(object map[string]any, apiVersion, kind string) {
	group, _, grouped := strings.Cut(apiVersion, "/")
	if !grouped {
		group = ""
	}
	if s := workloadSpecs[group+" "+kind]; s != nil {
		c.value(Path{"spec"}, object["spec"], s)
	}
}

func (c *checker) fail(p Path, err error) {
	r := Resource{File: c.d.source.file, tree: c.d.tree, root: c.root}
	c.d.add(r.Span(p), err)
}

// word reads apiVersion or kind, which must be a string.
func (c *checker) word(object map[string]any, key string) string {
	p := Path{key}
	switch v, ok := object[key]; v := v.(type) {
	case string:
		if !c.rendered(p, v) {
			return v
		}
		if v == "" {
			c.fail(p, fmt.Errorf("%s is empty; the API server refuses this. Give it a value", key))
		}
		return v
	default:
		if !ok {
			c.fail(p, fmt.Errorf("this object has no %s; kubectl refuses it. Add one", key))
		} else {
			c.fail(p, fmt.Errorf("%s must be a string, not %s; kubectl refuses this. Quote it, or write what is meant", key, c.describe(p, v)))
		}
	}
	return ""
}

// metadata checks the types of metadata, and that the object has a name.
func (c *checker) metadata(object map[string]any, kind string) {
	before := len(c.d.set.Errors)
	c.value(Path{"metadata"}, object["metadata"], objectMeta)
	if len(c.d.set.Errors) > before {
		return
	}
	metadata, _ := object["metadata"].(map[string]any)
	for _, key := range []string{"name", "namespace", "generateName"} {
		if v, ok := metadata[key].(string); ok {
			c.rendered(Path{"metadata", key}, v)
		}
	}
	name, _ := metadata["name"].(string)
	generateName, _ := metadata["generateName"].(string)
	if name == "" && generateName == "" {
		c.fail(Path{"metadata"}, fmt.Errorf("this %s has no metadata.name; the API server refuses it. Add one", kind))
	}
}

// networkPolicy checks the types of a NetworkPolicy's spec, and that nothing in it is a template.
func (c *checker) networkPolicy(object map[string]any) {
	before := len(c.d.set.Errors)
	if c.value(Path{"spec"}, object["spec"], networkPolicySpec); len(c.d.set.Errors) == before {
		c.templates(Path{"spec"}, object["spec"])
		metadata, _ := object["metadata"].(map[string]any)
		c.templates(Path{"metadata", "labels"}, metadata["labels"])
	}
}

// value checks a value and all below it.
func (c *checker) value(p Path, v any, s *shape) {
	if v == nil || c.d.full() {
		return
	}
	ok := true
	switch s.kind {
	case mappingShape:
		var m map[string]any
		if m, ok = v.(map[string]any); ok {
			c.entries(p, m, s)
		}
	case listShape:
		var l []any
		if l, ok = v.([]any); ok {
			for i, item := range l {
				c.value(append(p[:len(p):len(p)], i), item, s.item)
			}
		}
	case stringShape:
		_, ok = v.(string)
	case integerShape:
		ok = isInt32(v)
	case portShape:
		if _, ok = v.(string); !ok {
			ok = isInt32(v)
		}
	}
	if !ok {
		c.fail(p, c.wrongType(p, v, s))
	}
}

func (c *checker) entries(p Path, m map[string]any, s *shape) {
	if s.fields == nil {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			c.value(append(p[:len(p):len(p)], key), m[key], s.item)
		}
		return
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if field := s.fields[key]; field != nil {
			c.value(append(p[:len(p):len(p)], key), m[key], field)
		}
	}
}

func isInt32(v any) bool {
	switch v := v.(type) {
	case int64:
		return v >= math.MinInt32 && v <= math.MaxInt32
	case float64:
		return v == math.Trunc(v) && math.Abs(v) <= math.MaxInt32
	}
	return false
}

func (c *checker) wrongType(p Path, v any, s *shape) error {
	return fmt.Errorf("%s must be %s, not %s; the API server refuses this. %s", p, s.kind, c.describe(p, v), c.advice(p, v, s))
}

// advice says how to give a value the type that it must have.
func (c *checker) advice(p Path, v any, s *shape) string {
	switch v := v.(type) {
	case bool, int64, float64:
		switch s.kind {
		case stringShape:
			return fmt.Sprintf("Quote it: %q", c.original(p, v))
		case listShape:
			return fmt.Sprintf("Write a list with one item: [%s]", c.original(p, v))
		}
	case string:
		switch s.kind {
		case listShape:
			return fmt.Sprintf("Write a list with one item: [%s]", v)
		case integerShape:
			return "Write the number without quotes"
		}
	case map[string]any:
		if s.kind == listShape && len(v) > 0 {
			return "Put a dash before its first key"
		}
	case []any:
		if len(v) == 1 {
			if _, ok := v[0].(map[string]any); ok && s.kind == mappingShape {
				return "Remove the dash before its first key"
			}
		}
	}
	return map[shapeKind]string{
		mappingShape: "Write keys and values",
		listShape:    "Start each item with a dash",
		stringShape:  "Write text",
		integerShape: "Write a whole number",
		portShape:    "Write the number or the name of a port",
	}[s.kind]
}

// original gives the text of a scalar as the file has it, if it fits on a line.
func (c *checker) original(p Path, v any) string {
	t := c.d.tree
	i := c.root
	for _, step := range p {
		if i = t.child(i, step); i < 0 {
			return fmt.Sprint(v)
		}
	}
	m := t.marks[t.resolve(i)]
	if text := t.source.text[m.at:m.end]; len(text) > 0 && !strings.ContainsAny(text, "\r\n&!*") {
		return text
	}
	return fmt.Sprint(v)
}

// describe says what a value is, for a message.
func (c *checker) describe(p Path, v any) string {
	switch v := v.(type) {
	case bool:
		if text := c.original(p, v); text != strconv.FormatBool(v) {
			return fmt.Sprintf("the boolean %t, which is how YAML reads %s", v, text)
		}
		return fmt.Sprintf("the boolean %t", v)
	case int64, float64:
		return "the number " + c.original(p, v)
	case string:
		return "the string " + quote(v)
	}
	return typeName(v)
}

// typeName says of what type a value is.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case int64, float64:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "a list"
	}
	return "a mapping"
}

// templates finds what is left of a template in the strings of a value.
func (c *checker) templates(p Path, v any) {
	switch v := v.(type) {
	case string:
		c.rendered(p, v)
	case []any:
		for i, item := range v {
			c.templates(append(p[:len(p):len(p)], i), item)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			at := append(p[:len(p):len(p)], key)
			c.rendered(at, key)
			c.templates(at, v[key])
		}
	}
}

// rendered says whether a text is none of a template. In parentheses stands what Chainsaw computes, and nothing that the API server takes.
func (c *checker) rendered(p Path, text string) bool {
	if start := strings.Index(text, "{{"); start >= 0 {
		c.fail(p, unrendered(text, start, len(text)).err)
		return false
	}
	if strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")") {
		c.fail(p, fmt.Errorf("this is a template, not a manifest: %s is an expression of a test for Chainsaw. Read what the test applies, or leave it out with exclude", quote(text)))
		return false
	}
	return true
}
