package report

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/netvet/netvet/policy/manifest"
)

func span(line, column, endLine, endColumn int) manifest.Span {
	return manifest.Span{
		File:  "a.yaml",
		Start: manifest.Position{Line: line, Column: column},
		End:   manifest.Position{Line: endLine, Column: endColumn},
	}
}

func TestSnippet(t *testing.T) {
	for _, c := range []struct {
		name  string
		span  manifest.Span
		lines []string
		width int
		want  string
	}{
		{
			name:  "part of a line",
			span:  span(7, 11, 7, 13),
			lines: []string{"  - port: 53 # DNS"},
			want: `
   7 |   - port: 53 # DNS
     |           ^^
`,
		},
		{
			name:  "several lines, underlined in the first",
			span:  span(9, 3, 11, 12),
			lines: []string{"  egress:", "    - to:", "        - {}"},
			want: `
   9 |   egress:
     |   ^^^^^^^
  10 |     - to:
  11 |         - {}
`,
		},
		{
			name:  "an end at the start of a line does not show that line",
			span:  span(1, 1, 3, 1),
			lines: []string{"a:", "  b: 1", "c: 2"},
			want: `
   1 | a:
     | ^^
   2 |   b: 1
`,
		},
		{
			name:  "blank lines at the end are left out",
			span:  span(1, 1, 4, 1),
			lines: []string{"a:", "  b: 1", "  "},
			want: `
   1 | a:
     | ^^
   2 |   b: 1
`,
		},
		{
			name:  "a comment behind the first line is no part of it",
			span:  span(1, 1, 3, 1),
			lines: []string{`"a # b": # why`, "  b: 1 # why"},
			want: `
   1 | "a # b": # why
     | ^^^^^^^^
   2 |   b: 1 # why
`,
		},
		{
			name:  "one line more than the limit is no reason to hide it",
			span:  span(1, 1, 5, 2),
			lines: strings.Split("1\n2\n3\n4\n5", "\n"),
			want: `
   1 | 1
     | ^
   2 | 2
   3 | 3
   4 | 4
   5 | 5
`,
		},
		{
			name:  "many lines are counted",
			span:  span(1, 1, 6, 2),
			lines: strings.Split("1\n2\n3\n4\n5\n6", "\n"),
			want: `
   1 | 1
     | ^
   2 | 2
   3 | 3
   4 | 4
     | (2 more lines)
`,
		},
		{
			name:  "an empty span gets one caret",
			span:  span(3, 4, 3, 4),
			lines: []string{"to:"},
			want: `
   3 | to:
     |    ^
`,
		},
		{
			name:  "tabs and wide characters keep the caret in its place",
			span:  span(1, 5, 1, 7),
			lines: []string{"\t名: ok"},
			want: `
   1 |     名: ok
     |         ^^
`,
		},
		{
			name:  "combining marks take no room",
			span:  span(1, 7, 1, 9),
			lines: []string{"n: e\u0301 ok"},
			want:  "\n   1 | n: e\u0301 ok\n     |      ^^\n",
		},
		{
			name:  "what a terminal would obey is spelled out",
			span:  span(1, 4, 1, 6),
			lines: []string{"a: \x1b[2J\u202e\xff # c"},
			want: `
   1 | a: \x1b[2J\u202e\xff # c
     |    ^^^^^
`,
		},
		{
			name:  "a long line is shown around the fault",
			width: 60,
			span:  span(1, 201, 1, 209),
			lines: []string{strings.Repeat("x", 200) + `"port":53` + strings.Repeat("y", 200)},
			want: `
   1 | ...xxxxxxxxx"port":53yyyyyyyyyyyyyyyyyyyyyyyyyyyyy...
     |             ^^^^^^^^
`,
		},
		{
			name:  "a long line with the fault in front is cut at its end",
			width: 60,
			span:  span(1, 3, 1, 500),
			lines: []string{"a: " + strings.Repeat("x", 500)},
			want: `
   1 | a: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...
     |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
`,
		},
		{
			name:  "what follows a long line is shown from the same column",
			width: 60,
			span:  span(1, 5003, 2, 5009),
			lines: []string{strings.Repeat("x", 5000) + "[ a: 1", strings.Repeat("y", 5000) + "  b: 2", "short"},
			want: `
   1 | ...xxxxxxx[ a: 1
     |             ^^^^
   2 | ...yyyyyyy  b: 2
`,
		},
		{name: "an object that was not read from text", span: manifest.Span{File: "a.yaml"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			TextOptions{Width: c.width}.snippet(&b, c.span, c.lines, red, &cursor{})
			assert.Equal(t, strings.TrimPrefix(c.want, "\n"), b.String())
		})
	}
}

func TestSnippetFillsNoMoreThanTheWidth(t *testing.T) {
	for _, line := range []string{
		strings.Repeat("名", 300),
		strings.Repeat("\t", 100) + "x",
		strings.Repeat("\x1b", 200),
		strings.Repeat("ab ", 200),
	} {
		for column := 1; column < len([]rune(line)); column += 7 {
			for _, width := range []int{minimalWidth, 80, 120} {
				var b strings.Builder
				TextOptions{Width: width}.snippet(&b, span(1, column, 1, column+5), []string{line}, red, &cursor{})
				for out := range strings.Lines(b.String()) {
					assert.LessOrEqual(t, cells(strings.TrimRight(out, "\n")), width, "column %d of %.20q", column, line)
				}
				assert.Contains(t, b.String(), "^")
			}
		}
	}
}

func TestExcerptOfAnEnormousLineIsSmall(t *testing.T) {
	for _, character := range []string{"x", "\u0301", "\xff"} {
		line := strings.Repeat(character, 1<<20)
		for _, start := range []int{0, 1, 1 << 19, 1<<20 - 1, 1 << 21} {
			part, dropped := excerpt(line, start, &cursor{})
			assert.LessOrEqual(t, len([]rune(part)), excerptBefore+excerptAfter, "%q from %d", character, start)
			assert.LessOrEqual(t, dropped, start)
			if start < 1<<20 {
				assert.Greater(t, dropped+len([]rune(part)), start)
			}
		}
	}
}

func TestCursorGoesOnAndBack(t *testing.T) {
	var at cursor
	line := "aé名\xff😀b"
	for _, want := range [][2]int{{0, 0}, {2, 3}, {2, 3}, {3, 6}, {5, 11}, {1, 1}, {6, 12}, {9, 12}, {6, 12}, {4, 7}} {
		offset, passed := at.advance(line, want[0])
		assert.Equal(t, want[1], offset, "character %d", want[0])
		assert.Equal(t, min(want[0], 6), passed)
	}
	offset, _ := at.advance("another", 5)
	assert.Equal(t, 5, offset)
}

func TestHarmless(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                 "plain",
		"größe 名 😀":             "größe 名 😀",
		"two\nlines":            "two lines",
		"\x1b]0;title\a":        `\x1b]0;title\x07`,
		"\u009b31m":             `\u009b31m`,
		"a\u202eb\u2066":        `a\u202eb\u2066`,
		"a\u00a0b\ufeff\u200b":  `a\u00a0b\ufeff\u200b`,
		"bad \xff\xfe \ufffd":   `bad \xff\xfe ` + "\ufffd",
		"cr\rtab\tdel\x7f":      `cr\x0dtab\x09del\x7f`,
		"\U000e0041 \U0010ffff": `\U000e0041 \U0010ffff`,
	} {
		assert.Equal(t, want, Harmless(in), "%q", in)
	}
}

func TestWrap(t *testing.T) {
	assert.Equal(t, []string{"aaa bbb", "ccc"}, wrap("aaa bbb ccc", 7, 0))
	assert.Equal(t, []string{"aaa", "bbb ccc"}, wrap("aaa  bbb\n ccc", 7, 4))
	assert.Equal(t, []string{"a", "bbbbbbbbbb", "c"}, wrap("a bbbbbbbbbb c", 5, 0))
	assert.Equal(t, []string{"名名", "名"}, wrap("名名 名", 6, 0))
	assert.Equal(t, []string{""}, wrap(" ", 6, 0))
}

func FuzzHarmless(f *testing.F) {
	for _, seed := range []string{"plain", "\x1b[2J\u202e\xff", "a\tb\r\n", "e\u0301 名 \ufeff"} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, text string, column int) {
		assert.NotContains(t, Harmless(text), "\n")
		var b strings.Builder
		TextOptions{}.snippet(&b, span(1, column, 1, column+2), []string{text}, red, &cursor{})
		TextOptions{}.markdown(&b, text, 2, "\n")
		b.WriteString(Harmless(text))
		for _, r := range b.String() {
			if r != '\n' && !strconv.IsPrint(r) {
				t.Fatalf("%q of %q reaches the terminal", r, text)
			}
		}
	})
}
