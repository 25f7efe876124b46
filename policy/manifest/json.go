package manifest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// jsonReader reads JSON values and marks where each stands.
type jsonReader struct {
	*tree
	limits *limits
	text   string
	pos    int
	depth  int
	twice  []twice
}

// read reads the JSON value at the reader's position.
func (r *jsonReader) read() (value any, root int, err *fault) {
	root = r.open("", noKey, r.pos)
	value, err = r.value(root)
	return value, root, err
}

// space skips white space.
func (r *jsonReader) space() {
	for r.pos < len(r.text) {
		switch r.text[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

func (r *jsonReader) fail(format string, args ...any) *fault {
	return &fault{from: r.pos, to: r.pos + 1, err: fmt.Errorf("this is no JSON: "+format, args...)}
}

// expect consumes one character.
func (r *jsonReader) expect(c byte, where string) *fault {
	r.space()
	if r.pos == len(r.text) {
		return r.fail("the text ends where a %q is missing %s", string(c), where)
	}
	if r.text[r.pos] != c {
		return r.fail("%s stands where a %q is missing %s", r.here(), string(c), where)
	}
	r.pos++
	return nil
}

// here quotes the character at the reader's position.
func (r *jsonReader) here() string {
	for _, c := range r.text[r.pos:] {
		return strconv.Quote(string(c))
	}
	return "the end of the text"
}

// value reads the value at the reader's position, whose mark is open, and closes the mark.
func (r *jsonReader) value(i int) (v any, err *fault) {
	if err := r.limits.value(r.pos); err != nil {
		return nil, err
	}
	if r.pos == len(r.text) {
		return nil, r.fail("the text ends where a value is missing")
	}
	switch c := r.text[r.pos]; c {
	case '{', '[':
		if r.depth++; r.depth > r.limits.MaxDepth {
			return nil, r.limits.deep(r.pos)
		}
		if c == '{' {
			v, err = r.object()
		} else {
			v, err = r.array()
		}
		r.depth--
	case '"':
		v, err = r.string()
	case 't':
		v, err = true, r.word("true")
	case 'f':
		v, err = false, r.word("false")
	case 'n':
		err = r.word("null")
	default:
		v, err = r.number()
	}
	if err != nil {
		return nil, err
	}
	r.close(i, r.pos)
	return v, nil
}

func (r *jsonReader) object() (any, *fault) {
	object := map[string]any{}
	r.pos++
	if r.space(); r.pos < len(r.text) && r.text[r.pos] == '}' {
		r.pos++
		return object, nil
	}
	for {
		r.space()
		if r.pos == len(r.text) || r.text[r.pos] != '"' {
			return nil, r.fail("%s stands where a quoted key is missing", r.here())
		}
		keyAt := r.pos
		key, err := r.string()
		if err != nil {
			return nil, err
		}
		if _, ok := object[key]; ok && len(r.twice) < maxTwice {
			r.twice = append(r.twice, twice{key: key, at: keyAt, end: r.pos, first: -1, depth: r.depth})
		}
		if err := r.expect(':', "after a key"); err != nil {
			return nil, err
		}
		r.space()
		v, err := r.value(r.open(key, keyAt, r.pos))
		if err != nil {
			return nil, err
		}
		object[key] = v
		if r.space(); r.pos < len(r.text) && r.text[r.pos] == ',' {
			r.pos++
			continue
		}
		return object, r.expect('}', "at the end of an object")
	}
}

func (r *jsonReader) array() (any, *fault) {
	array := []any{}
	r.pos++
	if r.space(); r.pos < len(r.text) && r.text[r.pos] == ']' {
		r.pos++
		return array, nil
	}
	for {
		r.space()
		v, err := r.value(r.open("", noKey, r.pos))
		if err != nil {
			return nil, err
		}
		array = append(array, v)
		if r.space(); r.pos < len(r.text) && r.text[r.pos] == ',' {
			r.pos++
			continue
		}
		return array, r.expect(']', "at the end of an array")
	}
}

func (r *jsonReader) string() (string, *fault) {
	start, escaped := r.pos, false
	for r.pos++; r.pos < len(r.text); r.pos++ {
		switch c := r.text[r.pos]; {
		case c == '"':
			r.pos++
			if !escaped {
				return r.text[start+1 : r.pos-1], nil
			}
			var s string
			if err := json.Unmarshal([]byte(r.text[start:r.pos]), &s); err != nil {
				r.pos = start
				return "", r.fail("%w", err)
			}
			return s, nil
		case c == '\\':
			escaped = true
			r.pos++
		case c < ' ':
			return "", r.fail("a control character or line break stands in a string; write it as an escape such as \\n")
		}
	}
	r.pos = start
	return "", r.fail("this string has no closing quote")
}

func (r *jsonReader) word(word string) *fault {
	if !strings.HasPrefix(r.text[r.pos:], word) {
		return r.fail("%s stands where a value is missing", r.here())
	}
	r.pos += len(word)
	return nil
}

func (r *jsonReader) number() (any, *fault) {
	start := r.pos
	for r.pos < len(r.text) && strings.IndexByte("+-.0123456789eE", r.text[r.pos]) >= 0 {
		r.pos++
	}
	text := r.text[start:r.pos]
	if !isJSONNumber(text) {
		r.pos = start
		return nil, r.fail("%s stands where a value is missing", r.here())
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		r.pos = start
		return nil, r.fail("the number %s is too large", text)
	}
	return f, nil
}

// isJSONNumber says whether the text, of digits, signs, points and e, is a number of JSON.
func isJSONNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole := countDigits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return false
	}
	if s = s[whole:]; s != "" && s[0] == '.' {
		fraction := countDigits(s[1:])
		if fraction == 0 {
			return false
		}
		s = s[1+fraction:]
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		if s = s[1:]; s != "" && (s[0] == '-' || s[0] == '+') {
			s = s[1:]
		}
		return s != "" && countDigits(s) == len(s)
	}
	return s == ""
}
