package lint

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
)

// ReadConfig reads a .netvet.yaml. Its name stands in errors and in Config.Origins; its directory is Config.Dir. The error joins a *manifest.Error
// for each fault: a key, rule or value that does not exist, with the nearest that does; a wrong type; a key given twice.
func ReadConfig(name string, data []byte, p *policy.Policy) (Config, error) {
	r := &reader{file: filepath.ToSlash(name), origins: map[string]string{}}
	var f struct {
		Enable     []string
		Disable    []string
		Severity   map[string]policy.Severity
		Parameters map[string]any
		Platform   platforms
		Namespace  string
		FailLevel  string
		Exclude    []string
		Baseline   string
		Overrides  []struct {
			Override
			Platform platforms
		}
		Waivers []Waiver
	}
	if err := r.read(data, configSchema(p), &f); err != nil {
		return Config{}, err
	}
	var overrides []Override
	for _, o := range f.Overrides {
		o.Parameters = o.Platform.among(o.Parameters)
		overrides = append(overrides, o.Override)
	}
	return Config{
		Enable: f.Enable, Disable: f.Disable, Severity: f.Severity, Parameters: f.Platform.among(f.Parameters), Namespace: f.Namespace, FailLevel: f.FailLevel,
		Overrides: overrides, Waivers: f.Waivers, BaselineFile: f.Baseline, Exclude: f.Exclude,
		Dir: filepath.Dir(name), Origins: r.origins,
	}, nil
}

// platforms is what the key platform holds: one, or a list.
type platforms struct{ any }

// UnmarshalJSON keeps the value, which the schema has admitted.
func (p *platforms) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &p.any) }

// among adds the platforms, if there are any, to the parameters.
func (p platforms) among(parameters map[string]any) map[string]any {
	switch platform := p.any.(type) {
	case string:
		return joined(parameters, map[string]any{platformParameter: []any{platform}})
	case []any:
		return joined(parameters, map[string]any{platformParameter: platform})
	}
	return parameters
}

// reader checks a file against its schema.
type reader struct {
	file    string
	origins map[string]string // key -> place
	errs    []*manifest.Error
	visits  int
}

// What a file may hold: it is written by hand, or by us. A baseline has a dozen values to a finding.
const (
	maxConfigBytes  = 64 << 20
	maxConfigValues = 2_000_000
	maxConfigDepth  = 50
)

// read checks the text and decodes it.
func (r *reader) read(data []byte, s *schema, into any) error {
	if len(data) > maxConfigBytes {
		return &manifest.Error{Span: manifest.Span{File: r.file}, Err: fmt.Errorf("the file is larger than %d MiB", maxConfigBytes>>20)}
	}
	root, err := r.parse(data)
	if err != nil || root == nil {
		return err
	}
	value := r.check(root, s, "", 0)
	if len(r.errs) > 0 {
		slices.SortStableFunc(r.errs, func(a, b *manifest.Error) int { return compareSpans(a.Span, b.Span) })
		errs := make([]error, len(r.errs))
		for i, err := range r.errs {
			errs[i] = err
		}
		return errors.Join(errs...)
	}
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", r.file, err)
	}
	return nil
}

// parse gives the root of the one document, or nil if the file is empty.
func (r *reader) parse(data []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var documents []*yaml.Node
	for len(documents) < 2 {
		var document yaml.Node
		if err := decoder.Decode(&document); err != nil {
			if len(bytes.TrimSpace(data)) == 0 || isEnd(err) {
				break
			}
			return nil, r.syntax(err)
		}
		documents = append(documents, &document)
	}
	switch {
	case len(documents) > 1:
		return nil, r.at(documents[1], errors.New("a second document starts here; the file may have one"))
	case len(documents) == 0 || len(documents[0].Content) == 0:
		return nil, nil
	}
	root := documents[0].Content[0]
	if root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null" && root.Value == "" {
		return nil, nil // comments alone
	}
	return root, nil
}

func isEnd(err error) bool { return err.Error() == "EOF" }

func (r *reader) syntax(err error) error {
	span := manifest.Span{File: r.file}
	message := err.Error()
	if load, ok := errors.AsType[*yaml.LoadError](err); ok {
		message = load.Message
		if load.Mark.Line > 0 {
			span.Start = manifest.Position{Line: load.Mark.Line, Column: max(load.Mark.Column, 1)}
			span.End = span.Start
		}
	}
	return &manifest.Error{Span: span, Err: fmt.Errorf("this is no YAML: %s", message)}
}

func (r *reader) at(node *yaml.Node, err error) *manifest.Error {
	start := manifest.Position{Line: node.Line, Column: node.Column}
	return &manifest.Error{Span: manifest.Span{File: r.file, Start: start, End: start}, Err: err}
}

func (r *reader) fail(node *yaml.Node, format string, arguments ...any) any {
	r.errs = append(r.errs, r.at(node, fmt.Errorf(format, arguments...)))
	return nil
}

// check gives the value of a node as JSON has it.
func (r *reader) check(node *yaml.Node, s *schema, key string, depth int) any {
	if r.visits++; r.visits > maxConfigValues || depth > maxConfigDepth {
		if len(r.errs) == 0 {
			r.fail(node, "the file holds too much, or repeats it too often")
		}
		return nil
	}
	if node.Kind == yaml.AliasNode {
		return r.check(node.Alias, s, key, depth+1)
	}
	r.origins[key] = r.at(node, nil).Span.String()
	if len(s.AnyOf) > 0 {
		list, one := s.AnyOf[0], s.AnyOf[1]
		if node.Kind == yaml.SequenceNode {
			return r.check(node, list, key, depth)
		}
		if node.Kind == yaml.MappingNode {
			return r.fail(node, "%s must be %s or %s, not %s", named(key), aType(one.Type), aType(list.Type), aType(kindOf(node)))
		}
		return r.check(node, one, key, depth)
	}
	if kind := kindOf(node); kind != s.Type && (kind != "integer" || s.Type != "number") {
		if kind == "null" {
			return r.fail(node, "%s is empty: give it %s, or leave it out", named(key), aType(s.Type))
		}
		return r.fail(node, "%s must be %s, not %s", named(key), aType(s.Type), aType(kind))
	}
	switch s.Type {
	case "object":
		return r.mapping(node, s, key, depth)
	case "array":
		return r.list(node, s, key, depth)
	case "boolean":
		return node.Value[0] == 't' || node.Value[0] == 'T'
	case "integer":
		n, ok := integral(node)
		if !ok || n < *s.Minimum || n > *s.Maximum {
			return r.fail(node, "%s must lie between %d and %d", named(key), *s.Minimum, *s.Maximum)
		}
		return n
	default:
		return r.text(node, s, key)
	}
}

func (r *reader) mapping(node *yaml.Node, s *schema, key string, depth int) any {
	known := slices.Sorted(maps.Keys(s.Properties))
	value := map[string]any{}
	places := map[string]*yaml.Node{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, content := node.Content[i], node.Content[i+1]
		for name.Kind == yaml.AliasNode {
			name = name.Alias
		}
		if name.Kind != yaml.ScalarNode {
			r.fail(name, "a key must be text")
			continue
		}
		if first := places[name.Value]; first != nil {
			r.fail(name, "%q is given twice, here and on line %d", name.Value, first.Line)
			continue
		}
		places[name.Value] = name
		property := s.Properties[name.Value]
		switch {
		case property == nil && named(key) == "parameters" && name.Value == platformParameter:
			r.fail(name, "the platform stands beside the parameters, not among them")
		case property == nil:
			r.fail(name, "unknown %s %q%s", s.noun, name.Value, meant(name.Value, known))
		default:
			value[name.Value] = r.check(content, property, inside(key, name.Value), depth+1)
		}
	}
	for _, required := range s.Required {
		if places[required] == nil {
			r.fail(node, "%s lacks %q", named(key), required)
		}
	}
	return value
}

func (r *reader) list(node *yaml.Node, s *schema, key string, depth int) any {
	value := []any{}
	seen := map[any]*yaml.Node{}
	for i, item := range node.Content {
		got := r.check(item, s.Items, inside(key, strconv.Itoa(i)), depth+1)
		value = append(value, got)
		text, isText := got.(string)
		if !isText {
			continue
		}
		r.origins[inside(key, text)] = cmp.Or(r.origins[inside(key, text)], r.at(item, nil).Span.String())
		if first := seen[text]; s.UniqueItems && first != nil {
			r.fail(item, "%q is given twice, here and on line %d", text, first.Line)
		}
		seen[text] = item
	}
	if len(node.Content) < s.MinItems {
		r.fail(node, "%s must not be empty", named(key))
	}
	return value
}

func (r *reader) text(node *yaml.Node, s *schema, key string) any {
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, node.Value) {
		if hint := meant(node.Value, s.Enum); hint != "" {
			return r.fail(node, "unknown %s %q%s", cmp.Or(s.noun, "value"), node.Value, hint)
		}
		if s.noun == "rule" {
			return r.fail(node, "unknown rule %q", node.Value)
		}
		return r.fail(node, "unknown %s %q: want one of %s", cmp.Or(s.noun, "value"), node.Value, strings.Join(s.Enum, ", "))
	}
	if s.Pattern != "" {
		if matched, err := regexp.MatchString(s.Pattern, node.Value); err != nil || !matched {
			return r.fail(node, "%s: %q is not %s", named(key), node.Value, s.form)
		}
	}
	return node.Value
}

// meant suggests a name.
func meant(word string, among []string) string {
	if name := policy.Nearest(word, among); name != "" {
		return fmt.Sprintf(" (did you mean %q?)", name)
	}
	return ""
}

// inside gives the key of something in a mapping or list.
func inside(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// named names a value by its key as people count: overrides.0.paths is paths, overrides.0 is an item of overrides.
func named(key string) string {
	steps := strings.Split(key, ".")
	last := steps[len(steps)-1]
	if _, err := strconv.Atoi(last); err == nil && len(steps) > 1 {
		return "an item of " + steps[len(steps)-2]
	}
	if key == "" {
		return "the file"
	}
	return last
}

// kindOf gives the type of a node in the terms of JSON Schema.
func kindOf(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "object"
	case yaml.SequenceNode:
		return "array"
	}
	switch node.ShortTag() {
	case "!!str", "!!timestamp": // JSON has no dates
		return "string"
	case "!!bool":
		return "boolean"
	case "!!int":
		return "integer"
	case "!!float":
		if _, ok := integral(node); ok {
			return "integer"
		}
		return "number"
	case "!!null":
		return "null"
	}
	return "a value with the tag " + node.Tag
}

// integral reads a number without a fraction.
func integral(node *yaml.Node) (int64, bool) {
	if n, err := strconv.ParseInt(node.Value, 0, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(node.Value, 64)
	return int64(f), err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<62
}

// aType names a type with its article.
func aType(kind string) string {
	switch kind {
	case "object":
		return "a mapping"
	case "array":
		return "a list"
	case "string":
		return "text"
	case "boolean":
		return "true or false"
	case "integer":
		return "a whole number"
	case "number":
		return "a number"
	}
	return kind
}
