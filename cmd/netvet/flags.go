package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/netvet/netvet/policy"
)

// choice is the value of a flag that takes one of a few words.
type choice struct {
	value string
	among []string
}

func (c *choice) String() string { return c.value }

// Type shows the words in the help, as the name of the flag's value.
func (c *choice) Type() string { return strings.Join(c.among, "|") }

func (c *choice) Set(word string) error {
	for _, a := range c.among {
		if word == a {
			c.value = word
			return nil
		}
	}
	return fmt.Errorf("want %s%s", enumerate(c.among), didYouMean(word, c.among))
}

func (c *choice) define(flags *pflag.FlagSet, name, short, usage string) {
	flags.VarP(c, name, short, usage)
}

// choices is the value of a flag that takes several of a few words, repeated or separated by commas.
type choices struct {
	values []string
	among  []string
}

func (c *choices) String() string { return strings.Join(c.values, ",") }

// Type shows the words in the help, as the name of the flag's value.
func (c *choices) Type() string { return strings.Join(c.among, "|") }

func (c *choices) Set(words string) error {
	for word := range strings.SplitSeq(words, ",") {
		if !slices.Contains(c.among, word) {
			return fmt.Errorf("want %s%s", enumerate(c.among), didYouMean(word, c.among))
		}
		c.values = append(c.values, word)
	}
	return nil
}

func (c *choices) has(word string) bool { return slices.Contains(c.values, word) }

// complete offers words for a flag's value to the shell.
func complete(cmd *cobra.Command, flag string, words []string) {
	completeBy(cmd, flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

func completeBy(cmd *cobra.Command, flag string, words cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, words); err != nil {
		panic(err) // the flag is not defined: a mistake in this program
	}
}

func enumerate(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func didYouMean(word string, among []string) string {
	if name := policy.Nearest(word, among); name != "" {
		return fmt.Sprintf(" (did you mean %q?)", name)
	}
	return ""
}
