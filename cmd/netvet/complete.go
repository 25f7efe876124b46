package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netvet/netvet/policy"
)

// completeRules offers rules for a flag that takes several, separated by commas.
func completeRules(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return listing(typed, describedRules()), cobra.ShellCompDirectiveNoFileComp
}

// listing puts what has been typed of a list before each word.
func listing(typed string, words []cobra.Completion) []cobra.Completion {
	listed := typed[:strings.LastIndex(typed, ",")+1]
	for i := range words {
		words[i] = listed + words[i]
	}
	return words
}

// completeSeverities offers RULE=, then the severities.
func completeSeverities(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	last := typed[strings.LastIndex(typed, ",")+1:]
	if id, _, found := strings.Cut(last, "="); found {
		return listing(typed, []cobra.Completion{id + "=error", id + "=warning", id + "=note"}), cobra.ShellCompDirectiveNoFileComp
	}
	var words []cobra.Completion
	for _, r := range policy.Default().Rules() {
		words = append(words, cobra.CompletionWithDesc(r.ID+"=", r.Title))
	}
	return listing(typed, words), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func completePlatforms(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return listing(typed, slices.Clone(policy.Default().Parameters()[platformParameter].Enum)), cobra.ShellCompDirectiveNoFileComp
}

// completeParameters offers NAME=, then the values that there are.
func completeParameters(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	parameters := policy.Default().Parameters()
	var words []cobra.Completion
	if name, _, found := strings.Cut(typed, "="); found {
		for _, value := range valuesOf(parameters[name]) {
			words = append(words, name+"="+value)
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
	for _, name := range namesOf(parameters) {
		words = append(words, cobra.CompletionWithDesc(name+"=", strings.TrimSpace(parameters[name].Description)))
	}
	return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// valuesOf gives the values of a parameter as they are typed.
func valuesOf(parameter policy.Parameter) []string {
	switch parameter.Type {
	case "boolean":
		return []string{"true", "false"}
	case "array":
		var values []string
		for _, word := range parameter.Enum {
			values = append(values, "["+word+"]")
		}
		return values
	}
	return parameter.Enum
}

func namesOf(parameters map[string]policy.Parameter) []string {
	return slices.Sorted(maps.Keys(parameters))
}
