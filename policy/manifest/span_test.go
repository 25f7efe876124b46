package manifest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// spanned gives the text that a span covers, with its first line and column.
func spanned(r *Resource, s Span) string {
	lines := r.Lines(s.Start.Line, s.End.Line)
	last := []rune(lines[len(lines)-1])
	lines[len(lines)-1] = string(last[:s.End.Column-1])
	first := []rune(lines[0])
	lines[0] = string(first[s.Start.Column-1:])
	return strings.Join(lines, "\n")
}

func TestSpan(t *testing.T) {
	// The second text makes the library read what the first lets the plain reader read.
	for name, head := range map[string]string{"plain": "x: y\n", "library": "x: &y y\n"} {
		t.Run(name, func(t *testing.T) {
			set := Decode("a.yaml", []byte(head+`apiVersion: v1
kind: Pod
metadata:
  name: a   # a comment
  "labels": {a: b, "c": 'd'}
  annotations:
  # nothing here
  empty:
list:
- one
- two: 2
  three: [3,
    4]
-
- - nested
literal: |
  line 1

  line 2
strip: |- # comment
  x

last: "é\"é" # comment
# the end
`), Options{})
			require.Empty(t, errorsOf(set))
			r := set.Resources[0]
			for _, test := range []struct {
				path Path
				at   string
				text string
			}{
				{Path{"metadata", "name"}, "a.yaml:5:3", "name: a"},
				{Path{"metadata", "labels"}, "a.yaml:6:3", `"labels": {a: b, "c": 'd'}`},
				{Path{"metadata", "labels", "c"}, "a.yaml:6:20", `"c": 'd'`},
				{Path{"metadata", "labels", "nope", "x"}, "a.yaml:6:3", `"labels": {a: b, "c": 'd'}`},
				{Path{"metadata", "annotations"}, "a.yaml:7:3", "annotations:"},
				{Path{"metadata", "empty"}, "a.yaml:9:3", "empty:"},
				{Path{"metadata"}, "a.yaml:4:1", "metadata:\n  name: a   # a comment\n  \"labels\": {a: b, \"c\": 'd'}\n  annotations:\n  # nothing here\n  empty:"},
				{Path{"list", 0}, "a.yaml:11:3", "one"},
				{Path{"list", 1}, "a.yaml:12:3", "two: 2\n  three: [3,\n    4]"},
				{Path{"list", 1, "two"}, "a.yaml:12:3", "two: 2"},
				{Path{"list", 1, "three", 1}, "a.yaml:14:5", "4"},
				{Path{"list", 1, "three", 7}, "a.yaml:13:3", "three: [3,\n    4]"},
				{Path{"list", 2}, "a.yaml:15:2", ""},
				{Path{"list", 3, 0}, "a.yaml:16:5", "nested"},
				{Path{"list", -1}, "a.yaml:10:1", "list:\n- one\n- two: 2\n  three: [3,\n    4]\n-\n- - nested"},
				{Path{"list", "0"}, "a.yaml:10:1", "list:\n- one\n- two: 2\n  three: [3,\n    4]\n-\n- - nested"},
				{Path{"literal"}, "a.yaml:17:1", "literal: |\n  line 1\n\n  line 2"},
				{Path{"strip"}, "a.yaml:21:1", "strip: |- # comment\n  x"},
				{Path{"last"}, "a.yaml:24:1", `last: "é\"é"`},
			} {
				span := r.Span(test.path)
				assert.Equal(t, test.at, span.String(), "%v", test.path)
				assert.Equal(t, test.text, spanned(r, span), "%v", test.path)
			}
			whole := r.Span(nil)
			assert.Equal(t, Position{1, 1}, whole.Start)
			assert.Equal(t, Position{24, 13}, whole.End)
		})
	}
}

func TestSpanOfUncommonYAML(t *testing.T) {
	set := Decode("a.yaml", []byte(`apiVersion: v1
kind: Pod
metadata: &meta !!map
  name: &name a
folded: >-
  one
  two

multi: one
  two # comment
quoted: "one

  two"
alias: *name # comment
copy: *meta
merged:
  <<: {m1: 1, m2: 2}
  m2: 3
late:
  k: 1
  <<: &late [{k: 2}, {k: 3, l: 4}]
again:
  <<: *meta
tagged: !!str 12
pairs: [a: b, c]
braces: {a: [1, 2 ] # ]
  , b: }
? complex
: value
indicator: |2
   x
`), Options{})
	require.Empty(t, errorsOf(set))
	r := set.Resources[0]
	assert.Equal(t, map[string]any{"k": int64(2), "l": int64(4)}, r.Object["late"], "as in kubectl, a merge key wins over what stands before it")
	for _, test := range []struct {
		path Path
		at   string
		text string
	}{
		{Path{"metadata"}, "a.yaml:3:1", "metadata: &meta !!map\n  name: &name a"},
		{Path{"metadata", "name"}, "a.yaml:4:3", "name: &name a"},
		{Path{"folded"}, "a.yaml:5:1", "folded: >-\n  one\n  two"},
		{Path{"multi"}, "a.yaml:9:1", "multi: one\n  two"},
		{Path{"quoted"}, "a.yaml:11:1", "quoted: \"one\n\n  two\""},
		{Path{"alias"}, "a.yaml:14:1", "alias: *name"},
		{Path{"copy"}, "a.yaml:15:1", "copy: *meta"},
		{Path{"copy", "name"}, "a.yaml:4:3", "name: &name a"},
		{Path{"merged", "m1"}, "a.yaml:17:8", "m1: 1"},
		{Path{"merged", "m2"}, "a.yaml:18:3", "m2: 3"},
		{Path{"late", "k"}, "a.yaml:21:15", "k: 2"},
		{Path{"late", "l"}, "a.yaml:21:29", "l: 4"},
		{Path{"again", "name"}, "a.yaml:4:3", "name: &name a"},
		{Path{"tagged"}, "a.yaml:24:1", "tagged: !!str 12"},
		{Path{"pairs", 0}, "a.yaml:25:9", "a: b"},
		{Path{"pairs", 1}, "a.yaml:25:15", "c"},
		{Path{"braces", "a"}, "a.yaml:26:10", "a: [1, 2 ]"},
		{Path{"braces", "b"}, "a.yaml:27:5", "b:"},
		{Path{"braces"}, "a.yaml:26:1", "braces: {a: [1, 2 ] # ]\n  , b: }"},
		{Path{"complex"}, "a.yaml:28:3", "complex\n: value"},
		{Path{"indicator"}, "a.yaml:30:1", "indicator: |2\n   x"},
	} {
		span := r.Span(test.path)
		assert.Equal(t, test.at, span.String(), "%v", test.path)
		assert.Equal(t, test.text, spanned(r, span), "%v", test.path)
	}
}

func TestSpanCountsLinesOfTheFile(t *testing.T) {
	set := Decode("a.yaml", []byte("# head\n---\n"+pod+"--- # second\n\n"+pod), Options{})
	require.Len(t, set.Resources, 2)
	assert.Equal(t, "a.yaml:6:3", set.Resources[0].Span(Path{"metadata", "name"}).String())
	assert.Equal(t, "a.yaml:12:3", set.Resources[1].Span(Path{"metadata", "name"}).String())
	assert.Equal(t, []string{"# head", "---"}, set.Resources[1].Lines(1, 2))
}
