package lint

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/netvet/netvet/policy/manifest"
)

// entry writes an entry of a mapping that is indented so far.
func (e *editor) entry(key string, value any, indent int) string {
	return scalar(key) + ":" + e.value(value, indent)
}

// value writes what follows the colon of an entry that is indented so far.
func (e *editor) value(value any, indent int) string {
	if short(value) {
		return " " + flowYAML(value)
	}
	by := e.indent
	if _, isList := value.([]any); isList {
		by = e.dash
	}
	margin := strings.Repeat(" ", indent+by)
	return "\n" + margin + e.block(value, indent+by)
}

// block writes a value whose first line is indented already.
func (e *editor) block(value any, indent int) string {
	if short(value) {
		return flowYAML(value)
	}
	var lines []string
	switch value := value.(type) {
	case map[string]any:
		for _, key := range sortedKeys(value) {
			lines = append(lines, e.entry(key, value[key], indent))
		}
	case []any:
		for _, item := range value {
			lines = append(lines, "- "+e.block(item, indent+2))
		}
	}
	return strings.Join(lines, "\n"+strings.Repeat(" ", indent))
}

// key writes a key as its sibling in brackets is written: JSON quotes it.
func (e *editor) key(key string, sibling manifest.Span) string {
	if strings.HasPrefix(e.rest(sibling.Start), `"`) {
		return quote(key)
	}
	return scalar(key)
}

// flow writes a value in brackets, in JSON where its sibling is.
func (e *editor) flow(value any, sibling manifest.Span) string {
	if strings.HasSuffix(strings.ToLower(e.resource.File), ".json") || strings.HasPrefix(e.rest(sibling.Start), `"`) {
		text, err := json.Marshal(value)
		if err != nil {
			e.failed = true
		}
		return string(text)
	}
	return flowYAML(value)
}

// short says whether a value is written on the line of its key: scalars, lists of them, and what is empty.
func short(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		return len(value) == 0
	case []any:
		return !slices.ContainsFunc(value, func(item any) bool {
			switch item.(type) {
			case map[string]any, []any:
				return true
			}
			return false
		})
	}
	return true
}

func flowYAML(value any) string {
	var parts []string
	switch value := value.(type) {
	case map[string]any:
		for _, key := range sortedKeys(value) {
			parts = append(parts, scalar(key)+": "+flowYAML(value[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, item := range value {
			parts = append(parts, flowYAML(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return scalar(value)
	}
}

// What YAML 1.1 and 1.2 read as a string, whatever stands around it.
var (
	plainString = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./-]*$`)
	reserved    = regexp.MustCompile(`(?i)^(true|false|yes|no|on|off|y|n|null)$`)
)

func scalar(value any) string {
	if text, isString := value.(string); isString && plainString.MatchString(text) && !reserved.MatchString(text) {
		return text
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "null" // no JSON type, which no fix has
	}
	return string(text)
}

func quote(text string) string {
	quoted, _ := json.Marshal(text) // strings always have a form
	return string(quoted)
}

// keyOrder is the order in which the keys of Kubernetes objects are usually written.
var keyOrder = [...]string{
	"apiVersion", "kind", "metadata", "name", "namespace", "labels", "annotations", "spec",
	"from", "to", "ipBlock", "cidr", "except", "namespaceSelector",
	"podSelector", "policyTypes", "ingress", "egress", "matchLabels", "matchExpressions", "key", "operator", "values",
	"ports", "protocol", "port", "endPort",
}

func keyRank(key string) int { return slices.Index(keyOrder[:], key) }

// sortedKeys gives the keys in the usual order, unknown ones last, by name.
func sortedKeys(value map[string]any) []string {
	rank := func(key string) int {
		if r := keyRank(key); r >= 0 {
			return r
		}
		return len(keyOrder)
	}
	return slices.SortedFunc(maps.Keys(value), func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b)) })
}
