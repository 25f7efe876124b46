package manifest

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func FuzzPlain(f *testing.F) {
	for _, text := range documents {
		f.Add(text)
	}
	f.Add("{0:}\n") // the two libraries read another key
	f.Add("0\n:\n") // kubectl reads the first line only
	f.Fuzz(func(t *testing.T, text string) {
		comparePlain(t, text)
		compareLibrary(t, text, true)
	})
}

func FuzzScalar(f *testing.F) {
	for _, s := range scalars {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		// Only what is one unquoted scalar.
		if _, tree, ok := readPlain("a: " + s); ok && len(tree.marks) == 2 && int(tree.marks[1].end) == 3+len(s) && len(s) < maxSimpleKey && s == strings.TrimSpace(s) && s != "" && !strings.ContainsAny(s[:1], `'"[{|`) {
			compareScalar(t, s)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, text := range documents {
		f.Add([]byte(text), false)
		f.Add([]byte("apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec:\n  "+text), true)
	}
	f.Add([]byte("{\"a\": 1}{\"b\": [1, 2.5, \"\\u00e9\", true, null]}\n"), true)
	f.Add([]byte("{\"a\": 1}\n---\nb: c\n"), false)
	f.Add([]byte("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n"), false)
	f.Add([]byte("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\napiVersion: v1\nkind: Pod\nmetadata: {name: b}\n"), false)
	f.Add([]byte("\xff\xfea\x00:\x00 \x00b\x00"), true)
	f.Fuzz(func(t *testing.T, data []byte, named bool) {
		set := decode("test.yaml", data, Options{MaxValues: 10_000, MaxAliased: 1000, MaxDepth: 50}.withDefaults(), named)
		text, _ := decodeText(data)
		source := &source{text: text}
		inside := func(s Span) {
			if s.Start.Line == 0 {
				return
			}
			for _, p := range []Position{s.Start, s.End} {
				require.True(t, p.Line >= 1 && p.Line <= len(source.starts()) && p.Column >= 1 && p.Column <= utf8.RuneCountInString(source.line(p.Line))+3, "%v of %q", p, data)
			}
			require.True(t, s.Start.Line < s.End.Line || s.Start.Line == s.End.Line && s.Start.Column <= s.End.Column, "%v of %q", s, data)
		}
		for _, e := range set.Errors {
			inside(e.Span)
			require.NotEmpty(t, e.Error())
		}
		for _, s := range set.Skipped {
			inside(s.Span)
		}
		for _, r := range set.Resources {
			walk(r, nil, r.Object, func(p Path) { inside(r.Span(p)) })
			require.NotEmpty(t, r.ID.Kind)
		}
	})
}

// walk calls a function with the path of every value.
func walk(r *Resource, p Path, v any, visit func(Path)) {
	visit(p)
	switch v := v.(type) {
	case map[string]any:
		for key, e := range v {
			walk(r, append(p[:len(p):len(p)], key), e, visit)
		}
	case []any:
		for i, e := range v {
			walk(r, append(p[:len(p):len(p)], i), e, visit)
		}
	}
}
