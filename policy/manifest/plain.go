package manifest

import "strings"

// plainReader reads the YAML that most manifests are written in, many times faster than a general parser: block mappings and lists,
// plain, quoted and literal scalars, and small flow collections. It knows nothing else, and gives up at the first thing that it
// does not know or that is wrong; the general parser then reads the document and says what is wrong with it. What it does read, it
// reads as the general parser does.
type plainReader struct {
	*tree
	limits *limits
	text   string
	pos    int // in a line: behind what is read; between lines: at the first character of the next line with content
	end    int // of the document
	indent int // of the next line with content, or -1 at the end of the document
	depth  int
}

// read reads the document between two offsets; the root of an empty one is -1. It reports false if it cannot.
func (r *plainReader) read() (value any, root int, ok bool) {
	before, counted := len(r.marks), r.limits.values
	if r.next() {
		if r.indent < 0 {
			return nil, -1, true
		}
		root = r.open("", noKey, r.pos)
		if value, ok = r.block(root); ok && r.indent < 0 {
			return value, root, true
		}
	}
	r.marks, r.limits.values = r.marks[:before], counted
	return nil, 0, false
}

// next moves from the end of a line's content to the first character of the next line with content.
func (r *plainReader) next() bool {
	for r.pos < r.end {
		start := r.pos
		for r.pos < r.end && r.text[r.pos] == ' ' {
			r.pos++
		}
		if r.pos == r.end {
			break
		}
		switch r.text[r.pos] {
		case '\r', '\n':
			r.line()
		case '#':
			r.line()
		case '\t':
			return false
		default:
			r.indent = r.pos - start
			return true
		}
	}
	r.indent = -1
	return true
}

// line moves to the start of the next line.
func (r *plainReader) line() {
	if i := strings.IndexByte(r.text[r.pos:r.end], '\n'); i >= 0 {
		r.pos += i + 1
	} else {
		r.pos = r.end
	}
}

// rest moves over what may stand behind a value: spaces and a comment. It reports false if there is something else.
func (r *plainReader) rest() bool {
	start := r.pos
	for r.pos < r.end && r.text[r.pos] == ' ' {
		r.pos++
	}
	if r.pos == r.end {
		return true
	}
	switch r.text[r.pos] {
	case '\n', '\r':
	case '#':
		if r.pos == start {
			return false
		}
	default:
		return false
	}
	r.line()
	return true
}

// blank says whether the character at an offset ends a word: a space, the end of the line or of the document.
func (r *plainReader) blank(at int) bool {
	return at >= r.end || r.text[at] == ' ' || r.text[at] == '\n' || r.text[at] == '\r'
}

// block reads the list or mapping that starts at the reader's position, whose mark is open.
func (r *plainReader) block(i int) (v any, ok bool) {
	if r.depth++; r.depth > r.limits.MaxDepth || r.limits.value(r.pos) != nil {
		return nil, false
	}
	r.reopen(i, r.pos)
	if r.text[r.pos] == '-' && r.blank(r.pos+1) {
		v, ok = r.list(i, r.indent)
	} else {
		v, ok = r.mapping(i, r.indent)
	}
	r.depth--
	return v, ok
}

func (r *plainReader) list(i, indent int) (any, bool) {
	items, end := []any{}, 0
	for r.indent == indent && r.text[r.pos] == '-' && r.blank(r.pos+1) {
		dash := r.pos
		r.pos++
		for r.pos < r.end && r.text[r.pos] == ' ' {
			r.pos++
		}
		item := r.open("", noKey, r.pos)
		v, ok := r.item(item, dash, indent)
		if !ok {
			return nil, false
		}
		end = int(r.marks[item].end)
		items = append(items, v)
	}
	r.close(i, end)
	return items, true
}

// item reads what stands behind the dash of a list item.
func (r *plainReader) item(i, dash, indent int) (any, bool) {
	if r.pos >= r.end || r.text[r.pos] == '\n' || r.text[r.pos] == '\r' || r.text[r.pos] == '#' {
		if !r.restOf(dash + 1) {
			return nil, false
		}
		if r.indent > indent {
			return r.block(i)
		}
		return r.null(i, dash+1)
	}
	column := indent + r.pos - dash
	if r.text[r.pos] == '-' && r.blank(r.pos+1) {
		r.indent = column
		return r.block(i)
	}
	if _, _, ok := r.key(); ok {
		r.indent = column
		return r.block(i)
	}
	return r.scalar(i, indent)
}

// restOf reads the rest of the line from an offset and moves to the next line with content.
func (r *plainReader) restOf(at int) bool {
	r.pos = at
	return r.rest() && r.next()
}

// null closes the mark of a value that has no text.
func (r *plainReader) null(i, at int) (any, bool) {
	r.reopen(i, at)
	r.close(i, at)
	return nil, r.limits.value(at) == nil
}

func (r *plainReader) mapping(i, indent int) (any, bool) {
	entries, end := make(map[string]any), 0
	for r.indent == indent {
		keyAt := r.pos
		key, colon, ok := r.key()
		if !ok {
			return nil, false
		}
		r.pos = colon + 1
		for r.pos < r.end && r.text[r.pos] == ' ' {
			r.pos++
		}
		entry := r.open(key, keyAt, r.pos)
		v, ok := r.value(entry, colon, indent)
		if !ok {
			return nil, false
		}
		before := len(entries)
		if entries[key] = v; len(entries) == before {
			return nil, false
		}
		end = int(r.marks[entry].end)
	}
	if end == 0 || r.indent > indent {
		return nil, false
	}
	r.close(i, end)
	return entries, true
}

// value reads what stands behind the colon of a mapping's entry.
func (r *plainReader) value(i, colon, indent int) (any, bool) {
	if r.pos < r.end && r.text[r.pos] != '\n' && r.text[r.pos] != '\r' && r.text[r.pos] != '#' {
		return r.scalar(i, indent)
	}
	if !r.restOf(colon + 1) {
		return nil, false
	}
	if r.indent > indent || r.indent == indent && r.text[r.pos] == '-' && r.blank(r.pos+1) {
		return r.block(i)
	}
	return r.null(i, colon+1)
}

// isWord says whether a character may stand in keys, and in scalars of flow collections, without any thought.
func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '-' && c <= '9' || c == '_'
}

// maxSimpleKey is less than the 1024 characters that YAML allows for a key before its colon.
const maxSimpleKey = 1000

// key reads the key at the reader's position without moving, and gives the offset of its colon.
func (r *plainReader) key() (key string, colon int, ok bool) {
	start := r.pos
	if start >= r.end {
		return "", 0, false
	}
	at := start
	if c := r.text[start]; c == '"' || c == '\'' {
		if key, at, ok = r.quoted(start, oneLine); !ok {
			return "", 0, false
		}
		for at < r.end && r.text[at] == ' ' {
			at++
		}
	} else {
		for at < r.end && isWord(r.text[at]) {
			at++
		}
		if at == start {
			return "", 0, false
		}
		key = r.text[start:at]
		if c == '-' && len(key) == 1 || strings.HasPrefix(key, "---") || strings.HasPrefix(key, "...") || !isString(key) {
			return "", 0, false
		}
	}
	if at >= r.end || r.text[at] != ':' || !r.blank(at+1) || at-start > maxSimpleKey {
		return "", 0, false
	}
	return key, at, true
}

// isString says whether an unquoted scalar is a string.
func isString(s string) bool {
	switch c := s[0]; {
	case c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || len(s) <= 5:
		v, ok := plainScalar(s)
		_, isString := v.(string)
		return ok && isString
	}
	return true
}

// scalar reads the value that starts on a line that also has its key or dash, and moves to the next line with content.
func (r *plainReader) scalar(i, indent int) (v any, ok bool) {
	if r.limits.value(r.pos) != nil {
		return nil, false
	}
	r.reopen(i, r.pos)
	switch c := r.text[r.pos]; c {
	case '"', '\'':
		var at int
		if v, at, ok = r.quoted(r.pos, indent); !ok {
			return nil, false
		}
		r.pos = at
		r.close(i, at)
	case '[', '{':
		if v, ok = r.flow(i); !ok {
			return nil, false
		}
	case '|':
		return r.literal(i, indent)
	default:
		text, ok := r.plain()
		if !ok {
			return nil, false
		}
		if text, more, ok := r.more(text, indent); !ok {
			return nil, false
		} else if more {
			v = text
		} else if v, ok = plainScalar(text); !ok {
			return nil, false
		}
		r.close(i, r.pos)
	}
	// A line that is indented more would go on with the scalar, or is wrong.
	return v, r.rest() && r.next() && r.indent <= indent
}

// plain reads an unquoted scalar that ends on its line.
func (r *plainReader) plain() (string, bool) {
	start := r.pos
	switch c := r.text[start]; c {
	case ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`', '?', ':', '\t':
		return "", false
	case '-':
		if r.blank(start + 1) {
			return "", false
		}
	}
	return r.words()
}

// words reads the text of an unquoted scalar up to the end of the line or a comment.
func (r *plainReader) words() (string, bool) {
	start := r.pos
	at, last := start, start
	for ; at < r.end; at++ {
		switch c := r.text[at]; c {
		case '\n', '\r':
			r.pos = last
			return r.text[start:last], true
		case '\t':
			return "", false
		case ' ':
			continue
		case '#':
			if r.text[at-1] == ' ' {
				r.pos = last
				return r.text[start:last], true
			}
		case ':':
			if r.blank(at+1) || r.text[at+1] == '\t' {
				return "", false
			}
		}
		last = at + 1
	}
	r.pos = last
	return r.text[start:last], true
}

// more goes on with an unquoted scalar on the lines that are indented more than the block it stands in, and says whether there are any.
// Line breaks become spaces, and empty lines become line breaks.
func (r *plainReader) more(text string, indent int) (string, bool, bool) {
	var b []byte
	for {
		end := r.pos
		fold, ok := r.fold(end, indent)
		if !ok || fold == "" || r.text[r.pos] == '#' {
			// The end of the scalar. What is wrong with the next line, others find.
			r.pos = end
			break
		}
		if b == nil {
			b = append(b, text...)
		}
		line, ok := r.words()
		if !ok {
			return "", false, false
		}
		b = append(append(b, fold...), line...)
	}
	if b == nil {
		return text, false, true
	}
	return string(b), true, true
}

// fold gives what the line breaks at an offset mean inside a scalar, and moves to the line with text that follows. It gives "" if no
// line break is there, or no line that is indented more than the block.
func (r *plainReader) fold(at, indent int) (string, bool) {
	breaks, column := 0, 0
	for ; at < r.end; at++ {
		switch r.text[at] {
		case '\n':
			breaks++
			column = 0
		case ' ':
			column++
		case '\r':
		case '\t':
			return "", false
		default:
			r.pos = at
			switch {
			case breaks == 0 || column <= indent:
				return "", true
			case breaks == 1:
				return " ", true
			}
			return strings.Repeat("\n", breaks-1), true
		}
	}
	return "", true
}

// oneLine in place of an indentation says that a quoted scalar must end on its line.
const oneLine = -2

// quoted reads the quoted scalar at an offset, and gives the offset behind it. Further lines must be indented more than the block.
func (r *plainReader) quoted(start, indent int) (string, int, bool) {
	quote := r.text[start]
	var b []byte // nil while the text can be taken as it is
	from := start + 1
	for at := from; at < r.end; at++ {
		switch c := r.text[at]; {
		case c == '\t':
			return "", 0, false
		case c == '\n' || c == '\r':
			if indent == oneLine {
				return "", 0, false
			}
			fold, ok := r.fold(at, indent)
			if !ok || fold == "" {
				return "", 0, false
			}
			b = append(append(b, strings.TrimRight(r.text[from:at], " ")...), fold...)
			at, from = r.pos-1, r.pos
		case c == '\\' && quote == '"':
			if at+1 >= r.end {
				return "", 0, false
			}
			var e byte
			switch r.text[at+1] {
			case '\n', '\r':
				// An escaped line break is none at all.
				if indent == oneLine {
					return "", 0, false
				}
				if fold, ok := r.fold(at+1, indent); !ok || fold != " " {
					return "", 0, false
				}
				b = append(b, r.text[from:at]...)
				at, from = r.pos-1, r.pos
				continue
			case ' ':
				e = ' '
			case 'n':
				e = '\n'
			case 't':
				e = '\t'
			case '"', '\\':
				e = r.text[at+1]
			default:
				return "", 0, false
			}
			b = append(append(b, r.text[from:at]...), e)
			at++
			from = at + 1
		case c == quote && quote == '\'' && at+1 < r.end && r.text[at+1] == '\'':
			b = append(b, r.text[from:at+1]...)
			at++
			from = at + 1
		case c == quote:
			if b == nil {
				return r.text[from:at], at + 1, true
			}
			return string(append(b, r.text[from:at]...)), at + 1, true
		}
	}
	return "", 0, false
}

// literal reads a block scalar with the header | or |-.
func (r *plainReader) literal(i, indent int) (any, bool) {
	r.pos++
	strip := r.pos < r.end && r.text[r.pos] == '-'
	if strip {
		r.pos++
	}
	if header := r.pos; !r.rest() {
		return nil, false
	} else if r.pos >= r.end {
		r.close(i, header)
		return "", r.next()
	}
	var b strings.Builder
	column, blank, end := -1, 0, r.pos
	for r.pos < r.end {
		start, stop := r.pos, r.end
		if n := strings.IndexByte(r.text[start:r.end], '\n'); n >= 0 {
			stop = start + n
		}
		line := strings.TrimSuffix(r.text[start:stop], "\r")
		n := 0
		for n < len(line) && line[n] == ' ' {
			n++
		}
		if n == len(line) {
			// Spaces alone may belong to the text or to its indentation.
			if n > 0 {
				return nil, false
			}
			blank++
			r.pos = min(stop+1, r.end)
			continue
		}
		if column < 0 {
			if n <= indent || line[n] == '\t' {
				return nil, false
			}
			column = n
		}
		if n < column {
			if line[n] == '\t' {
				return nil, false
			}
			break
		}
		if end > 0 && b.Len() > 0 {
			b.WriteByte('\n')
		}
		for ; blank > 0; blank-- {
			b.WriteByte('\n')
		}
		b.WriteString(line[column:])
		end = start + len(line)
		r.pos = min(stop+1, r.end)
	}
	if column < 0 {
		return nil, false
	}
	if !strip {
		b.WriteByte('\n')
	}
	r.close(i, end)
	return b.String(), r.next() && r.indent <= indent
}

// flow reads a collection in brackets or braces, and closes its mark.
func (r *plainReader) flow(i int) (v any, ok bool) {
	if r.depth++; r.depth > r.limits.MaxDepth {
		return nil, false
	}
	if r.text[r.pos] == '[' {
		v, ok = r.flowList()
	} else {
		v, ok = r.flowMapping()
	}
	r.depth--
	r.close(i, r.pos)
	return v, ok
}

// flowSpace skips spaces and line breaks.
func (r *plainReader) flowSpace() bool {
	for r.pos < r.end && (r.text[r.pos] == ' ' || r.text[r.pos] == '\n' || r.text[r.pos] == '\r') {
		r.pos++
	}
	return r.pos < r.end
}

func (r *plainReader) flowList() (any, bool) {
	items := []any{}
	r.pos++
	for r.flowSpace() {
		if r.text[r.pos] == ']' {
			r.pos++
			return items, true
		}
		v, ok := r.flowValue(r.open("", noKey, r.pos))
		if !ok || !r.flowSpace() {
			return nil, false
		}
		items = append(items, v)
		switch r.text[r.pos] {
		case ',':
			r.pos++
		case ']':
		default:
			return nil, false
		}
	}
	return nil, false
}

func (r *plainReader) flowMapping() (any, bool) {
	entries := map[string]any{}
	r.pos++
	for r.flowSpace() {
		if r.text[r.pos] == '}' {
			r.pos++
			return entries, true
		}
		keyAt := r.pos
		key, colon, ok := r.key()
		if !ok {
			return nil, false
		}
		r.pos = colon + 1
		if !r.flowSpace() {
			return nil, false
		}
		v, ok := r.flowValue(r.open(key, keyAt, r.pos))
		if !ok || !r.flowSpace() {
			return nil, false
		}
		before := len(entries)
		if entries[key] = v; len(entries) == before {
			return nil, false
		}
		switch r.text[r.pos] {
		case ',':
			r.pos++
		case '}':
		default:
			return nil, false
		}
	}
	return nil, false
}

// flowValue reads a value inside a flow collection.
func (r *plainReader) flowValue(i int) (any, bool) {
	if r.limits.value(r.pos) != nil {
		return nil, false
	}
	switch c := r.text[r.pos]; {
	case c == '[' || c == '{':
		return r.flow(i)
	case c == '"' || c == '\'':
		v, at, ok := r.quoted(r.pos, oneLine)
		if !ok {
			return nil, false
		}
		r.pos = at
		r.close(i, at)
		return v, true
	}
	start := r.pos
	for r.pos < r.end && isWord(r.text[r.pos]) {
		r.pos++
	}
	text := r.text[start:r.pos]
	if text == "" || text == "-" || strings.HasPrefix(text, "---") || strings.HasPrefix(text, "...") {
		return nil, false
	}
	r.close(i, r.pos)
	// What follows must end the word: a space would go on with it.
	if at := r.pos; at < r.end && r.text[at] != ',' && r.text[at] != ']' && r.text[at] != '}' {
		return nil, false
	}
	return plainScalar(text)
}
