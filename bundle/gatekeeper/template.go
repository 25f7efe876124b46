package gatekeeper

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
)

// makeTemplate carries the rule and all that it imports, byte for byte.
func (r *rule) makeTemplate(needs []manifest.Kind) (Manifest, error) {
	kind := Kind(r.Rule)
	name := strings.ToLower(kind)
	annotations := map[string]any{
		"metadata.gatekeeper.sh/title": r.Title,
		"description":                  r.Description,
	}
	if len(needs) > 0 {
		required, err := requirement(needs)
		if err != nil {
			return Manifest{}, err
		}
		annotations["metadata.gatekeeper.sh/requires-sync-data"] = required
	}
	head, err := yaml.Marshal(map[string]any{
		"apiVersion": "templates.gatekeeper.sh/v1",
		"kind":       "ConstraintTemplate",
		"metadata":   map[string]any{"name": name, "annotations": annotations, "labels": labels(r.Rule)},
		"spec": map[string]any{"crd": map[string]any{"spec": map[string]any{
			"names":      map[string]any{"kind": kind},
			"validation": map[string]any{"legacySchema": false, "openAPIV3Schema": r.schema()},
		}}},
	})
	if err != nil {
		return Manifest{}, fmt.Errorf("template of %s: %w", r.ID, err)
	}

	// YAML libraries quote text that tabs indent; as it is nobody could read it.
	var text bytes.Buffer
	text.Write(head)
	text.WriteString("  targets:\n    - target: admission.k8s.gatekeeper.sh\n      code:\n        - engine: Rego\n          source:\n            version: v1\n")
	sources := r.policy.Sources()
	closure := r.policy.Closure(path.Join(r.folder, "rule.rego"))
	text.WriteString("            rego: |\n" + indented(sources[closure[0]], 14))
	for i, name := range closure[1:] {
		if i == 0 {
			text.WriteString("            libs:\n")
		}
		text.WriteString("              - |\n" + indented(sources[name], 16))
	}
	return Manifest{Name: name, Text: text.Bytes()}, nil
}

func indented(source string, n int) string {
	var b strings.Builder
	for line := range strings.Lines(source) {
		if line != "\n" {
			b.WriteString(strings.Repeat(" ", n))
		}
		b.WriteString(line)
	}
	return b.String()
}

// requirement is the value of the annotation by which a template says what it reads: all of these kinds.
func requirement(needs []manifest.Kind) (string, error) {
	type clause struct {
		Groups   []string `json:"groups"`
		Versions []string `json:"versions"`
		Kinds    []string `json:"kinds"`
	}
	var all [][]clause
	for _, kind := range needs {
		all = append(all, []clause{{[]string{kind.Group}, []string{kind.Version}, []string{kind.Name}}})
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return "", err
	}
	return `"` + string(text) + `"`, nil // the quotes are part of it
}

// schema describes the parameters of the rule's constraints.
func (r *rule) schema() map[string]any {
	properties := map[string]any{}
	for name, parameter := range r.Parameters {
		property := map[string]any{"type": parameter.Type, "description": parameter.Description}
		if parameter.Default != nil {
			property["default"] = parameter.Default
		}
		values := property
		if parameter.Type == "array" {
			values = map[string]any{"type": "string"}
			property["items"] = values
		}
		if len(parameter.Enum) > 0 {
			values["enum"] = parameter.Enum
		}
		properties[name] = property
	}
	if inventory, declared := properties[inventoryParameter].(map[string]any); declared {
		inventory["default"] = r.looksAround()
	}
	return map[string]any{"type": "object", "properties": properties}
}

// What a constraint sets by itself.
const (
	inventoryParameter  = "inventory"
	severitiesParameter = "severities"
)

// graded says whether the rule gives findings of several severities.
func (r *rule) graded() bool {
	return strings.Contains(r.policy.Sources()[path.Join(r.folder, "rule.rego")], "finding.graded(")
}

// gives lists the severities that the rule may give.
func (r *rule) gives() (all []policy.Severity) {
	for s := r.Severity; s <= policy.Note; s++ {
		if s == r.Severity || r.graded() {
			all = append(all, s)
		}
	}
	return all
}
