package manifest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	kube "sigs.k8s.io/yaml"
)

// kubectlReads gives what kubectl makes of one document.
func kubectlReads(text string) (any, error) {
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	var value any
	if err := kube.Unmarshal([]byte(text), &value, useNumber); err != nil {
		return nil, err
	}
	value, fault := jsonValue(value)
	if fault != nil {
		return nil, fault.err
	}
	return value, nil
}

func newTree(text string) *tree { return &tree{source: &source{file: "test.yaml", text: text}} }

func readPlain(text string) (value any, t *tree, ok bool) {
	t = newTree(text)
	if !isSimple(text) {
		return nil, t, false
	}
	r := &plainReader{tree: t, limits: &limits{Options: Options{}.withDefaults()}, text: text, end: len(text)}
	value, _, ok = r.read()
	return value, t, ok
}

func readLibrary(text string) (value any, t *tree, root int, err error) {
	t = newTree(text)
	r := &libraryReader{tree: t, limits: &limits{Options: Options{}.withDefaults()}, text: text, to: len(text)}
	value, root, fault := r.read()
	switch {
	case fault != nil:
		return nil, t, 0, fault.err
	case len(r.twice) > 0:
		return nil, t, 0, fmt.Errorf("%q given twice", r.twice[0].key)
	}
	return value, t, root, nil
}

// describeMarks lists marks with the text that they cover.
func describeMarks(t *tree) []string {
	var all []string
	for _, m := range t.marks {
		key := "-"
		if m.keyAt != none {
			key = fmt.Sprintf("%d:%q", m.keyAt, m.key)
		}
		all = append(all, fmt.Sprintf("%s %d-%d %q next %d", key, m.at, m.end, t.source.text[m.at:m.end], m.next))
	}
	return all
}

// documents are texts of all kinds, which also seed the fuzz tests.
var documents = []string{
	"", "\n", "# only a comment\n", "a: b", "a: b\n", "a:\n", "a: \n\n# x\nb:\n", "- a\n- b\n", "-\n- \n- a:\n  b: c\n", "a:\n- b\n- c\nd: e\n",
	"a:\n  - b\n  - - c\n    - d\n  -\n    e: f\n", "a: 'it''s'\nb: \"x\\ty \\\"z\\\"\"\n", "a: [b, c]\nd: {e: f, g: [h]}\ni: []\nj: {}\n",
	"a: [\n  b,\n  c\n]\n", "a: |\n  x\n   y\n\n  z\n\nb: |-\n  x\n", "a: |\n\n  x\n", "a: |+\n  x\n\n", "a: |2\n    x\n", "a: >\n  x\n  y\n\n  z\n",
	"a: b # c\nd: e#f\n", "a: \"b\" # c\n", "a: x:y\nb: http://c/d\n", "a: b c d\n", "a: b\n  c\n", "a: \"b\n  c\"\n", "a:\n  b\n", "a: &x b\nc: *x\n",
	"a: &x {b: c}\nd:\n  <<: *x\n  e: f\n", "d:\n  b: 0\n  <<: {b: c}\n", "a: &x\n  b: c\nd:\n  <<: [*x, {b: y, z: 1}]\n", "? a\n: b\n", "a: !!str 1\n", "a: !foo b\n",
	"a: ! 1\n", "a: !!binary aGVsbG8=\n", "a: !!int \"7\"\n", "a: !!float 7\n", "a: !!null x\n", "a: !!int x\n", "1: a\n", "yes: a\n", "1.5: a\n", "~: a\n", "0x10: a\n",
	".inf: a\n", "a: .inf\n", "a: [.nan]\n", "a: 1\na: 2\n", "a:\n b: 1\n  c: 2\n", "a:\n\tb: 1\n", "a: b: c\n", "a: [b\n", "a: {{ .b }}\n", "a: \"b\n", "a: @b\n",
	"a: *b\n", "a: &x [*x]\n", "a: \"\\q\"\n", "- a\nb: c\n", "%YAML 1.1\n---\na: b\n", "a: b\n...\nc: d\n", "...\n", "{\"a\": 1}\n", "{a: b, c: }\n", "{a, b}\n", "[a: b]\n",
	"a:\r\n  b: c\r\nd: |\r\n  e\r\n  f\r\n", "a: b\rc: d\r", "é: ü # ß\nb: \"日本\"\n", "a: x\u2028b: y\n", "a: b\u0085c: d\n", "a: \"\\u00e9\\x41\"\n", "a: '\t'\n", "a:\tb\n",
	"a: b\t# c\n", "a: - b\n", "a: -b\nc: --\nd: -\n", "-a: b\n", "--- a\n", "a : b\n", "\"a\" : b\n", "'a': b\n", "\"a\\nb\": c\n", "a:b\n", "a: ?b\n", "? b\n", "a: :b\n",
	"a: |\n  \tx\n", "a: |\n x\n  \n y\n", "a: |\n  x\n # y\nb: c\n", "a: |\n  x\n# y\n  z\n", "a: |\nb: c\n", "a: |", "a: |\n", "- |\n x\n- b\n", "- a: |\n    x\n  b: c\n",
	"a: 2001-01-01\nb: 12:30:45\nc: 1_000\nd: 080\ne: 0o120\nf: 0120\ng: 0x50\n", "a: {b: 1, b: 2}\n", "a: [b c, d e]\n", "a: [b, c,]\n", "a: [,]\n", "a: ['b','c']\n", "a: {'b':'c'}\n",
	"a: {b: [c, {d: e}], f: \"g\"} # h\n", "a: [b] c\n", "a: [b]: c\n", "a: {b: c}\n  d\n", "a:   b   \n", "  a: b\n  c: d\n", "a: b\n c: d\n", "a:\n  b: c\n d: e\n",
	"a: # x\n  b: c\n", "a: &x # y\n  b: c\n", "a: !!map\n  b: c\n", "a: 'b\n\n  c'\n", "a: b\n\n  c\n  d # e\nf: g\n", "a: null\nb: Null\nc: ~\nd: ''\n", "a: y\nb: Y\nc: on\nd: OFF\ne: True\n",
	"- - - a\n", "- a: b\n  c: d\n- e\n", "-   a: b\n    c: d\n", "- # x\n  a: b\n", "a:\n# x\n- b\n# y\n- c\n", "<<: {a: b}\n", "\"<<\": {a: b}\n", "a: <<\n", "a: =\n", "=: a\n",
	"a: 1e3\nb: 5.0\nc: -0\nd: 1e400\ne: .5\nf: 5.\ng: +1\nh: 0b101\ni: 0b-1\nj: 18446744073709551615\nk: 99999999999999999999\nl: 0.1\nm: 1e-7\nn: 1e21\no: 9223372036854775807\np: -9223372036854775808\n",
	"\ufeffa: b\n", "a: \x00\n", "a: \x7f\n", "a: \xff\n", "a: \U0001F600\n", "a: \"\\ud83d\\ude00\"\n", "a: \"\\/\"\n", "---\na: b\n---\nc: d\n", "a: &a b\n*a : c\n", "&a a: b\nc: *a\n",
	"a: &x\nb: *x\n", "a: [b, # c\n d]\n", "a: {b: , c: d}\n", "a: [b, , c]\n", "a: \"b\" c\n", "a: 'b'#c\n", "a: #b\n", "a: b #\n", "#\n#\na: b", "a: b\n#", "a: b\n  #c\n", "a:\n  - b\n c: d\n", "a: |\n 000 ",
	"a: b\n  c\n\n\n  d # x\ne: f\n", "a: b\n  - c\n", "a: b\n  c: d\n", "a: b\n  #c\n  d\n", "a: \"b \n   c\\n \\\n  d\n\n  e\\ \n  \\ f\"\n", "a: 'b\n  c\n\n  d''e'\n", "a: \"b\nc\"\n", "- b\n  c\n- 'd\n  e'\n",
	"- b\n c\n", "- a: b\n   c\n  d: e\n", "a:\n- b\n c\n", "a: b\r\n  c\r\n\r\n  d\r\ne: 'f\r\n  g'\r\n", "a: 1\n  2\n", "a: b\n  c:\n", "a: b\n  \n  c\n", "a: \"b\\\n\n  c\"\n", "a: \" b \n \"\n", "a: '\n  b'\n", "a: b\n  ---\nc: d\n",
}

func TestPlainReaderReadsAsTheLibrary(t *testing.T) {
	plain := 0
	for _, text := range documents {
		t.Run(fmt.Sprintf("%.40q", text), func(t *testing.T) {
			if comparePlain(t, text) {
				plain++
			}
		})
	}
	assert.Greater(t, plain, 45, "documents that the plain reader can read")
}

// comparePlain checks that a document that the plain reader can read is the same value at the same places to the library.
func comparePlain(t *testing.T, text string) bool {
	value, marks, ok := readPlain(text)
	if !ok {
		return false
	}
	want, wantMarks, _, err := readLibrary(text)
	require.NoError(t, err, "the library refuses %q", text)
	require.Equal(t, want, value, "%q", text)
	require.Equal(t, describeMarks(wantMarks), describeMarks(marks), "%q", text)
	return true
}

func TestLibraryReaderReadsAsKubectl(t *testing.T) {
	for _, text := range documents {
		t.Run(fmt.Sprintf("%.40q", text), func(t *testing.T) { compareLibrary(t, text, false) })
	}
}

// compareLibrary checks that the library's reader gives the value that kubectl reads, unless it is stricter: keys given twice, and
// text behind the document's end. Of broken documents, the library that gives places refuses some that kubectl reads in part: hostile
// text may be refused for any reason.
func compareLibrary(t *testing.T, text string, hostile bool) {
	if strings.HasPrefix(text, "---") || strings.Contains(text, "\n---") || checkText(text, 0, len(text)) != nil {
		return
	}
	want, wantErr := kubectlReads(text)
	value, marks, root, err := readLibrary(text)
	if err != nil {
		if wantErr == nil && !hostile {
			assert.Regexp(t, "given twice|kubectl drops what follows|has no anchor|nested more than|repeats|is read as null|without preceding whitespace", err.Error(), "%q", text)
		}
		return
	}
	require.NoError(t, wantErr, "kubectl refuses %q", text)
	require.Equal(t, want, value, "%q", text)
	if root >= 0 {
		compareShape(t, marks, root, value, text, !hostile)
	}
}

// compareShape checks that every value has a mark. The two libraries disagree on odd keys in braces, such as {0:}, so that of
// hostile text only those that have one are checked.
func compareShape(t *testing.T, tree *tree, i int, value any, text string, all bool) {
	if i < 0 && !all {
		return
	}
	m := tree.marks[i]
	require.LessOrEqual(t, m.at, m.end, "%q", text)
	require.LessOrEqual(t, int(m.end), len(text), "%q", text)
	switch value := value.(type) {
	case map[string]any:
		for key, v := range value {
			j := tree.entry(i, key)
			require.True(t, j >= 0 || !all, "no mark for key %q of %q", key, text)
			compareShape(t, tree, j, v, text, all)
		}
	case []any:
		for k, v := range value {
			j := tree.item(i, k)
			require.True(t, j >= 0 || !all, "no mark for item %d of %q", k, text)
			compareShape(t, tree, j, v, text, all)
		}
	}
}

var scalars = strings.Fields(`080 0120 0o120 0x50 0X50 0b101 0B101 -0b101 +0b101 0b-1 0b+1 -0b-1 0o8 08 09.5 007 0 -0 +0 00 1 -1 +1 1_000 1__0 _1 1_ -_1 0x_5 0x 0x-5 0b 0o
 9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 18446744073709551615 18446744073709551616 0xffffffffffffffff 0b1111111111111111111111111111111111111111111111111111111111111111
 1.0 5. .5 . .. ... -.5 +.5 1.5e3 1e3 1E3 1e+3 1e-3 1e 1e+ e1 1e400 -1e400 .5e1 .e1 1.e1 1.2.3 1_0.5 0.1_2 .5_0 1e1_0 1e21 1e20 1e-7 123456789012345680 4611686018427387904.0 0x1p4 0x1.8p1 1p4 .0x1
 .inf .Inf .INF -.inf +.inf .nan .NaN .NAN -.nan inf nan Infinity .infinity +.Inf -.INF .iNF
 ~ null Null NULL nULL y Y n N yes Yes YES yEs no No NO on On ON off Off OFF oN true True TRUE tRUE false False FALSE t f
 2001-01-01 2001-1-1 2001-01-01T10:00:00Z 2001-01-01t10:00:00Z 2001-01-01T10:00:00 2001-13-01 20010-01-01 2001- 2001-01 12:30:45 190:20:30 1:1 0.0.0.0 10.0.0.0/8 1/2 1-2 +a -a --1 ++1 +-1 - + <<x = 1d 5Gi .1e70 -1e70 1.00000001 100m 0xZZ 1,000 é １`)

func TestScalarsReadAsKubectl(t *testing.T) {
	for _, s := range scalars {
		compareScalar(t, s)
	}
	compareScalar(t, "2001-01-01 10:00:00")
	compareScalar(t, "2001-01-01 10:00:00.5")
}

// compareScalar checks an unquoted scalar as a value and as a key.
func compareScalar(t *testing.T, s string) {
	want, wantErr := kubectlReads("a: " + s + "\n")
	value, ok := plainScalar(s)
	if wantErr != nil {
		assert.False(t, ok && isInfinite(s), "kubectl refuses the value %s", s)
	} else {
		assert.True(t, ok, "kubectl reads %s", s)
		assert.Equal(t, want.(map[string]any)["a"], value, "value %s", s)
	}
	if s == "<<" {
		return // as a key it merges
	}
	wantKeys, wantErr := kubectlReads(s + ": a\n")
	key, ok := plainKey(s)
	if wantErr != nil {
		assert.False(t, ok, "kubectl refuses the key %s: %v", s, wantErr)
	} else if keys, isMap := wantKeys.(map[string]any); isMap {
		assert.True(t, ok, "kubectl reads the key %s", s)
		assert.Contains(t, keys, key, "key %s", s)
	}
}
