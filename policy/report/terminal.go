package report

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/netvet/netvet/policy"
)

// TextOptions say for whom text is set. The zero value suits a file or a pipe.
type TextOptions struct {
	// Color permits terminal colours.
	Color bool

	// Width is the number of columns to fill; 100 if zero.
	Width int

	// Program is what the reader types to call netvet, for hints; "netvet" if empty.
	Program string

	// Explain gives the command that explains a rule; nil stands for "netvet rules ID", which knows the rules that come with netvet.
	Explain func(*policy.Rule) string
}

const (
	defaultWidth = 100
	minimalWidth = 40
	tabWidth     = 4
)

func (o TextOptions) width() int {
	if o.Width == 0 {
		return defaultWidth
	}
	return max(o.Width, minimalWidth)
}

func (o TextOptions) program() string {
	if o.Program == "" {
		return "netvet"
	}
	return o.Program
}

// style is the parameter of a terminal's "select graphic rendition" sequence (ECMA-48, 8.3.117).
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "1;31"
	green  style = "32"
	yellow style = "33"
	cyan   style = "36"
)

// paint wraps text, which has to be harmless already, in the style.
func (o TextOptions) paint(s style, text string) string {
	if !o.Color || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// Harmless spells out every character that could move the cursor, change colours, reorder or hide text: manifests and
// file names come from strangers. Line feeds become spaces.
func Harmless(text string) string {
	if !strings.ContainsFunc(text, harmful) && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == '\n':
			b.WriteByte(' ')
		case r == utf8.RuneError && isBroken(text[i:]):
			b.WriteString(spellByte(text[i]))
		case harmful(r):
			b.WriteString(spell(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func harmful(r rune) bool { return !strconv.IsPrint(r) }

func isBroken(text string) bool {
	_, size := utf8.DecodeRuneInString(text)
	return size == 1
}

func spellByte(b byte) string { return `\x` + strconv.FormatUint(uint64(b)|0x100, 16)[1:] }

func spell(r rune) string {
	if r < utf8.RuneSelf {
		return spellByte(byte(r))
	}
	return strings.Trim(strconv.QuoteRuneToASCII(r), "'")
}

// cells is the number of terminal columns that harmless text takes, painted or not.
func cells(text string) int {
	n, painting := 0, false
	for _, r := range text {
		switch {
		case painting:
			painting = r != 'm'
		case r == '\x1b':
			painting = true
		default:
			n += runeCells(r)
		}
	}
	return n
}

func runeCells(r rune) int {
	if r < utf8.RuneSelf {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// wrap sets harmless text in lines of at most limit columns, the first of which has used columns taken: it stays empty if no word fits.
// Words that are longer stand alone.
func wrap(text string, limit, used int) []string {
	var lines []string
	var line strings.Builder
	column := used
	for i, word := range strings.Fields(text) {
		size := cells(word)
		if line.Len() > 0 && column+1+size > limit || i == 0 && used > 0 && column+size > limit && size <= limit {
			lines = append(lines, line.String())
			line.Reset()
			column = 0
		}
		if line.Len() > 0 {
			line.WriteByte(' ')
			column++
		}
		line.WriteString(word)
		column += size
	}
	return append(lines, line.String())
}

// hang writes text with every line after the first indented.
func hang(b *strings.Builder, text string, indent, limit, used int) {
	for i, line := range wrap(text, limit-indent, used-indent) {
		if i > 0 {
			b.WriteString(strings.Repeat(" ", indent))
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
}
