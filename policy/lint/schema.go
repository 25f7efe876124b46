package lint

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/netvet/netvet/policy"
)

// ConfigFile is the name of the file in which a configuration is looked for.
const ConfigFile = ".netvet.yaml"

// schema describes a value of a file: as JSON Schema, draft 7, to editors, and to reader, which takes exactly what it admits.
type schema struct {
	Meta                 string             `json:"$schema,omitempty"`
	Title                string             `json:"title,omitempty"`
	Description          string             `json:"description,omitempty"`
	Type                 string             `json:"type,omitempty"`
	Properties           map[string]*schema `json:"properties,omitempty"`
	Required             []string           `json:"required,omitempty"`
	AdditionalProperties *bool              `json:"additionalProperties,omitempty"`
	Items                *schema            `json:"items,omitempty"`
	MinItems             int                `json:"minItems,omitempty"`
	UniqueItems          bool               `json:"uniqueItems,omitempty"`
	Enum                 []string           `json:"enum,omitempty"`
	EnumDescriptions     []string           `json:"enumDescriptions,omitempty"` // which editors show, and validators pass over
	Pattern              string             `json:"pattern,omitempty"`
	Minimum              *int64             `json:"minimum,omitempty"`
	Maximum              *int64             `json:"maximum,omitempty"`
	AnyOf                []*schema          `json:"anyOf,omitempty"` // a list, or one of its items
	Default              any                `json:"default,omitempty"`
	Examples             []any              `json:"examples,omitempty"`

	noun string // what a value of Enum, or a key of Properties, is; "" for a value, or key
	form string // what Pattern admits
}

// ConfigSchema gives a JSON Schema, draft 7, of the configuration for a policy. ReadConfig takes exactly what the schema admits, and, besides,
// an empty file.
func ConfigSchema(p *policy.Policy) ([]byte, error) {
	data, err := json.MarshalIndent(configSchema(p), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("schema of the configuration: %w", err)
	}
	return append(data, '\n'), nil
}

func configSchema(p *policy.Policy) *schema {
	rules := &schema{Type: "string", noun: "rule"}
	byRule := map[string]*schema{}
	for _, rule := range p.Rules() {
		about := rule.Title
		if rule.Deprecated != "" {
			about = "Deprecated: " + rule.Deprecated
		}
		rules.Enum, rules.EnumDescriptions = append(rules.Enum, rule.ID), append(rules.EnumDescriptions, about)
		byRule[rule.ID] = severitySchema(about)
	}
	for _, rule := range p.Rules() {
		for _, former := range rule.Formerly {
			about := "The former name of " + rule.ID
			rules.Enum, rules.EnumDescriptions = append(rules.Enum, former), append(rules.EnumDescriptions, about)
			byRule[former] = severitySchema(about)
		}
	}
	severities := object("The severities of rules, where they differ from their own.", byRule)
	severities.noun = "rule"
	parameters := map[string]*schema{}
	for name, parameter := range p.Parameters() {
		parameters[name] = parameterSchema(parameter)
	}
	platform := parameters[platformParameter]
	delete(parameters, platformParameter)
	settings := object("Settings of the rules.", parameters)
	settings.noun = "parameter"

	override := object("What differs for some files.", map[string]*schema{
		"paths":      patterns("The files: patterns as in .gitignore, from the directory of this file on."),
		"enable":     listOf(rules, "Rules to ask for these files, whatever is said of them above."),
		"disable":    listOf(rules, "Rules to leave out for these files."),
		"severity":   severities,
		"parameters": settings,
	})
	override.Required = []string{"paths"}
	override.Properties["paths"].MinItems = 1
	override.Properties["paths"].Examples = []any{[]string{"staging/**"}}
	waiver := object("Findings that somebody lives with.", map[string]*schema{
		"rule":      rules,
		"paths":     patterns("The files; all, if this is not given."),
		"kind":      words("The kind of the objects; any, if this is not given."),
		"namespace": words("The namespace of the objects; any, if this is not given."),
		"name":      words("The name of the objects; any, if this is not given."),
		"reason":    words("Why."),
		"owner":     words("Who answers for it."),
		"expires":   dateSchema("The last day on which the waiver holds."),
	})
	waiver.Required = []string{"rule", "reason"}
	top := object("", map[string]*schema{
		"enable":     listOf(rules, "The rules to ask; all, if none is named."),
		"disable":    listOf(rules, "Rules to leave out."),
		"severity":   severities,
		"parameters": settings,
		"namespace":  words("The namespace of objects that name none."),
		"failLevel":  {Type: "string", Description: "The least severity that makes the exit status 1.", Enum: failLevels, Default: "error", noun: "fail level"},
		"exclude":    patterns("Files that are not read: patterns as in .gitignore, from the directory of this file on."),
		"overrides":  {Type: "array", Description: "What differs for some files. A later one wins.", Items: override},
		"waivers":    {Type: "array", Description: "Findings that somebody lives with, for a reason.", Items: waiver},
		"baseline":   words("The baseline, a file written by netvet lint --write-baseline, from the directory of this file on."),
	})
	top.Properties["namespace"].Default = defaultNamespace
	top.Properties["exclude"].Examples = []any{[]string{"vendor/", "**/testdata/**"}}
	if platform != nil && platform.Type == "array" {
		one := *platform.Items
		either := []*schema{platform, &one}
		top.Properties[platformParameter] = &schema{Description: platform.Description, AnyOf: either, Default: platform.Default}
		override.Properties[platformParameter] = &schema{Description: "Where the objects of these files run.", AnyOf: either}
		platform.Description, platform.Default = "", nil
	}
	top.Meta, top.Title = "http://json-schema.org/draft-07/schema#", ConfigFile
	top.Description = "The configuration of netvet, which vets Kubernetes NetworkPolicies."
	return top
}

// platformParameter is what a run is told at the top of its configuration rather than among the parameters.
const platformParameter = "platform"

func object(description string, properties map[string]*schema) *schema {
	no := false
	return &schema{Type: "object", Description: description, Properties: properties, AdditionalProperties: &no, noun: "key"}
}

func listOf(item *schema, description string) *schema {
	return &schema{Type: "array", Description: description, Items: item, UniqueItems: true}
}

func severitySchema(description string) *schema {
	return &schema{Type: "string", Description: description, Enum: []string{"error", "warning", "note"}, noun: "severity"}
}

func words(description string) *schema {
	return &schema{Type: "string", Description: description, Pattern: `\S`, form: "text"}
}

func dateSchema(description string) *schema {
	return &schema{Type: "string", Description: description, Pattern: datePattern, form: "a day such as 2026-12-31", Examples: []any{"2026-12-31"}}
}

// patterns admits what manifest.NewMatcher does, but for classes.
func patterns(description string) *schema {
	return &schema{Type: "array", Description: description, Items: &schema{Type: "string", Pattern: wildcardPattern, form: "a pattern of files, as in .gitignore"}}
}

// wildcardPattern: more than a ! and a slash, no two slashes at the start, no bracket that is not closed, no backslash before the end or before a
// slash there. Classes such as [[:alpha:]] are too much for a regular expression, and for whoever reads the file.
const (
	wildcardPattern = `^(?:!/?(?:[^/\\\[]|` + escapedFirst + `)|/(?:[^/\\\[]|` + escapedFirst + `)|(?:[^!/\\\[]|` + escapedFirst + `))` +
		`(?:(?:\\/)*(?:[^\\\[]|\\[^/]|` + bracketPattern + `))*$`
	escapedFirst   = `\\[^/]|` + bracketPattern + `|(?:\\/)+(?:[^\\\[]|\\[^/]|` + bracketPattern + `)`
	bracketPattern = `(?:\[[!^]?\[+\]|\[(?:[!^](?:\\[\s\S]|[^\\\[])|\\[\s\S]|[^!^\\\[]|[!^]?\[+(?:\\[\s\S]|[^\\\]\[:]))` +
		`(?:\\[\s\S]|[^\\\]\[]|\[+(?:\\[\s\S]|[^\\\]\[:]))*\[*\])`
)

func parameterSchema(p policy.Parameter) *schema {
	s := &schema{Type: p.Type, Description: p.Description, Default: p.Default}
	switch p.Type {
	case "array":
		s.Items = &schema{Type: "string", Enum: slices.Clone(p.Enum)}
	case "string":
		s.Enum = slices.Clone(p.Enum)
	case "integer": // as Parameter.Check
		least, most := int64(-1<<53), int64(1<<53)
		s.Minimum, s.Maximum = &least, &most
	}
	return s
}
