package manifest

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Matcher tells which files patterns mean. It is immutable; nil means none.
type Matcher struct {
	dir      string // absolute, with slashes
	patterns []pattern
}

// NewMatcher reads patterns as git reads the lines of a .gitignore file in the directory; "" stands for the working directory. A pattern
// without a slash, but for one at its end, means names at any depth, with one it means paths from the directory; * stands for any characters but
// slashes, ** for any directories; what ends in a slash means directories, with all below them; ! takes back what an earlier pattern means.
func NewMatcher(dir string, patterns []string) (*Matcher, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("patterns: %w", err)
	}
	m := &Matcher{dir: filepath.ToSlash(dir)}
	for _, text := range patterns {
		p, ok := parsePattern(text)
		if !ok {
			return nil, fmt.Errorf("pattern %q: %w", text, errNoPattern)
		}
		m.patterns = append(m.patterns, p)
	}
	return m, nil
}

var errNoPattern = errors.New("it means no file at all")

// Match tells whether the patterns mean the file, or a directory above it. The path is absolute or from the working directory, as in
// Resource.File. Standard input has the path "<stdin>" in the directory.
func (m *Matcher) Match(path string) bool {
	if path == Stdin {
		return m.meets(path, false)
	}
	absolute, err := filepath.Abs(filepath.FromSlash(path))
	return err == nil && m.matches(filepath.ToSlash(absolute), false)
}

// matches is Match for an absolute path with slashes.
func (m *Matcher) matches(path string, dir bool) bool {
	if m == nil {
		return false
	}
	inside, ok := below(m.dir, path)
	return ok && m.meets(inside, dir)
}

// meets is Match for a path from the matcher's directory.
func (m *Matcher) meets(path string, dir bool) bool {
	if m == nil {
		return false
	}
	for i := range len(path) {
		if path[i] == '/' && match(m.patterns, path[:i], true) == yes {
			return true
		}
	}
	return match(m.patterns, path, dir) == yes
}

// below gives the path from a directory, if it leads into it; both are absolute.
func below(dir, path string) (string, bool) {
	if !strings.HasSuffix(dir, "/") {
		dir += "/"
	}
	return strings.CutPrefix(path, dir)
}

// pattern is a line of .gitignore.
type pattern struct {
	negated bool
	dirOnly bool
	name    bool // it means names, not paths
	regexp  *regexp.Regexp
}

type answer int

const (
	unsaid answer = iota
	yes
	no
)

// match gives what the last pattern says that means the path.
func match(patterns []pattern, path string, dir bool) answer {
	for i := len(patterns) - 1; i >= 0; i-- {
		p := &patterns[i]
		text := path
		if p.name {
			text = path[strings.LastIndexByte(path, '/')+1:]
		}
		switch {
		case p.dirOnly && !dir, !p.regexp.MatchString(text):
			continue
		case p.negated:
			return no
		default:
			return yes
		}
	}
	return unsaid
}

// ignoreLines reads the patterns of a .gitignore file.
func ignoreLines(text string) []pattern {
	var patterns []pattern
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		line = trimSpaces(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"))
		if strings.HasPrefix(line, "#") {
			continue
		}
		if p, ok := parsePattern(line); ok {
			patterns = append(patterns, p)
		}
	}
	return patterns
}

// trimSpaces cuts spaces off the end, but for one behind a backslash.
func trimSpaces(line string) string {
	end := 0
	for i := 0; i < len(line); i++ {
		if line[i] == '\\' && i+1 < len(line) {
			i++
			end = i + 1
		} else if line[i] != ' ' {
			end = i + 1
		}
	}
	return line[:end]
}

// parsePattern reads a pattern. One that can mean nothing is none.
func parsePattern(text string) (pattern, bool) {
	var p pattern
	text, p.negated = strings.CutPrefix(text, "!")
	text, p.dirOnly = strings.CutSuffix(text, "/")
	p.name = !strings.Contains(text, "/")
	text = strings.TrimPrefix(text, "/")
	if text == "" || text[0] == '/' {
		return p, false
	}
	expression, ok := translate(text, p.name)
	if !ok {
		return p, false
	}
	compiled, err := regexp.Compile(expression)
	if err != nil {
		return p, false
	}
	p.regexp = compiled
	return p, true
}

// hasWildcard tells whether a path is meant as a pattern.
func hasWildcard(path string) bool { return strings.ContainsAny(path, "*?[") }

// translate makes a regular expression of a pattern, which the regexp package matches in linear time.
func translate(text string, name bool) (string, bool) {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case '*':
			start := i
			for i < len(text) && text[i] == '*' {
				i++
			}
			opens, closes := start == 0 || text[start-1] == '/', i == len(text) || text[i] == '/'
			switch {
			case name || i-start == 1 || !opens || !closes:
				b.WriteString(`[^/]*`)
			case i == len(text):
				b.WriteString(`.*`)
			default:
				b.WriteString(`(?:.*/)?`)
				i++
			}
		case '?':
			b.WriteString(`[^/]`)
			i++
		case '[':
			length, class := bracket(text[i:])
			if length == 0 {
				return "", false
			}
			b.WriteString(class)
			i += length
		case '\\':
			i++
			if i == len(text) {
				return "", false
			}
			fallthrough
		default:
			_, size := utf8.DecodeRuneInString(text[i:])
			b.WriteString(regexp.QuoteMeta(text[i : i+size]))
			i += size
		}
	}
	b.WriteString(`\z`)
	return b.String(), true
}

// posix are the characters of classes such as [:alpha:], as pairs of the first and last.
var posix = map[string]string{
	"alnum": "09AZaz", "alpha": "AZaz", "blank": "\t\t  ", "cntrl": "\x00\x1f\x7f\x7f", "digit": "09", "graph": "!~", "lower": "az",
	"print": " ~", "punct": "!/:@[`{~", "space": "\t\r  ", "upper": "AZ", "xdigit": "09AFaf",
}

// bracket translates the bracket expression that starts a text, and gives its length, or 0 if it is none. A slash is never in it.
func bracket(text string) (length int, class string) {
	i := 1
	negated := i < len(text) && (text[i] == '!' || text[i] == '^')
	if negated {
		i++
	}
	var ranges [][2]rune
	for first := true; ; first = false {
		if i >= len(text) {
			return 0, ""
		}
		if text[i] == ']' && !first {
			break
		}
		if name, ok := strings.CutPrefix(text[i:], "[:"); ok {
			name, _, ok = strings.Cut(name, ":]")
			pairs := []rune(posix[name])
			if ok && len(pairs) > 0 {
				for ; len(pairs) > 0; pairs = pairs[2:] {
					ranges = append(ranges, [2]rune{pairs[0], pairs[1]})
				}
				i += len("[:") + len(name) + len(":]")
				continue
			}
		}
		low, size := character(text[i:])
		if size == 0 {
			return 0, ""
		}
		i += size
		high := low
		if i+1 < len(text) && text[i] == '-' && text[i+1] != ']' {
			if high, size = character(text[i+1:]); size == 0 {
				return 0, ""
			}
			i += 1 + size
		}
		ranges = append(ranges, [2]rune{low, high})
	}
	return i + 1, charClass(ranges, negated)
}

// character reads one character of a bracket expression.
func character(text string) (rune, int) {
	skipped := 0
	if text[0] == '\\' {
		skipped = 1
	}
	c, size := utf8.DecodeRuneInString(text[skipped:])
	if size == 0 {
		return 0, 0
	}
	return c, skipped + size
}

func charClass(ranges [][2]rune, negated bool) string {
	var b strings.Builder
	add := func(low, high rune) {
		if low <= high {
			fmt.Fprintf(&b, `\x{%x}-\x{%x}`, low, high)
		}
	}
	for _, r := range ranges {
		if !negated && r[0] <= '/' && '/' <= r[1] {
			add(r[0], '/'-1)
			add('/'+1, r[1])
		} else {
			add(r[0], r[1])
		}
	}
	switch {
	case negated:
		return "[^/" + b.String() + "]"
	case b.Len() == 0:
		return `[^\x{0}-\x{10ffff}]` // no character at all
	default:
		return "[" + b.String() + "]"
	}
}
