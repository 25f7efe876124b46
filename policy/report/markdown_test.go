package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFencedFindsTheCode(t *testing.T) {
	for in, want := range map[string]string{
		"One line.\nAnother.":                      "One line.\nAnother.\n",
		"a\n\nb":                                   "a\n\nb\n",
		"Do:\n\n    a: 1\n      b":                 "Do:\n\n```yaml\na: 1\n  b\n```\n",
		"Do:\n\n```\n- x\n\n- y\n```\nDone.":       "Do:\n\n```yaml\n- x\n\n- y\n```\n\nDone.\n",
		"Do it:\n- to:\n    - podSelector: {}":     "Do it:\n\n```yaml\n- to:\n    - podSelector: {}\n```\n",
		"spec:\n  egress: []\n\nspec:\n  x: 1":     "```yaml\nspec:\n  egress: []\n\nspec:\n  x: 1\n```\n",
		"- prose, which is no code\n- more":        "- prose, which is no code\n- more\n",
		"Note: one line with a colon is no code":   "Note: one line with a colon is no code\n",
		"A policy: it has\ntwo lines of prose":     "A policy: it has\ntwo lines of prose\n",
		"- {a: 1}\n- b: \"c\"\n  \"d/e\": f":       "```yaml\n- {a: 1}\n- b: \"c\"\n  \"d/e\": f\n```\n",
		"from:\n- podSelector: {}\n\nThat is all.": "```yaml\nfrom:\n- podSelector: {}\n```\n\nThat is all.\n",
	} {
		assert.Equal(t, want, fenced(in), "%q", in)
	}
}

func TestExampleShowsWholeDocuments(t *testing.T) {
	document := strings.Repeat("a: 1\n", 30)
	for in, want := range map[string]string{
		document:                                       "",
		document + document:                            "",
		document + "---\n" + document:                  "1 more document:",
		"x: 1\n---\ny: 1\n---\n" + document:            "",
		document + "---\ny: 1\n---\n" + document:       "1 more document:",
		document + strings.Repeat("---\n"+document, 2): "2 more documents:",
	} {
		var b strings.Builder
		TextOptions{}.example(&b, "missing-dns", in)
		if want == "" {
			assert.NotContains(t, b.String(), "more document")
			assert.Equal(t, strings.Count(in, "\n"), strings.Count(b.String(), "\n"))
			continue
		}
		assert.Contains(t, b.String(), "\n("+want+" netvet rules missing-dns -f markdown)\n")
	}
}

func TestExampleWrapsWhatIsSaid(t *testing.T) {
	var b strings.Builder
	TextOptions{Width: 40}.example(&b, "missing-dns", "spec:\n  - a: 1 # want \"a message that is too long for the line\"\n")
	assert.Equal(t, "  spec:\n    - a: 1\n      # ^ a message that is too long for\n      #   the line\n", b.String())
}

func TestGist(t *testing.T) {
	long := "Word" + strings.Repeat(" word", 70) + " "
	for in, want := range map[string]string{
		"One. Two.\n\nThree.":                "One. Two.",
		"One,\n  two.":                       "One, two.",
		long + "end. Next.":                  long + "end.",
		"One. " + long + "end. Next.":        "One.",
		"One, e.g. this. " + long + "end.":   "One, e.g. this.",
		"One is `x`. `Two` is. W" + long[1:]: "One is `x`. `Two` is.",
	} {
		assert.Equal(t, want, gist(in), "%q", in)
	}
}
