package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	kube "sigs.k8s.io/yaml"
)

// libraryReader reads any YAML: the values as kubectl does, by its own library, which forgets places, and the places by another one.
type libraryReader struct {
	*tree
	limits *limits
	text   string
	from   int
	to     int
	hard   int   // offset from which a simpler reader could not go on
	lines  []int // offsets at which the library's lines start
	line   int   // the line that was last asked for, and the column and offset in it
	column int
	offset int
	done   map[*yaml.Node]sized // nodes with anchors
	twice  []twice
	tagged int // offset of the first scalar with a tag
	depth  int
}

// sized is a value that aliases may repeat: 1 + the index of its mark, and how many values it holds, aliases followed.
type sized struct {
	ref    uint32
	values int
}

// read reads the document between two offsets. The root is -1 if the document is empty. If keys are given twice it leaves them in
// r.twice, and the document unread.
func (r *libraryReader) read() (value any, root int, err *fault) {
	text := r.text[r.from:r.to]
	if len(text) > maxLibraryBytes || tokens(text) > maxLibraryTokens {
		return nil, 0, &fault{from: max(r.from, r.hard), to: max(r.from, r.hard) + 1, err: errTooComplex, bound: true}
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n" // so does kubectl
	}
	before := len(r.marks)
	if value, root, err = r.document([]byte(text)); err != nil || len(r.twice) > 0 {
		r.marks = r.marks[:before]
	}
	return value, root, err
}

func (r *libraryReader) document(text []byte) (value any, root int, err *fault) {
	defer func() {
		if p := recover(); p != nil {
			err = &fault{from: r.from, to: r.from + 1, err: fmt.Errorf("the YAML library cannot read this document: %v", p)}
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, more yaml.Node
	r.scanLines()
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		if err := kube.Unmarshal(text, &value); err != nil {
			return nil, 0, r.refused(err)
		}
		return nil, -1, nil
	} else if err != nil {
		return nil, 0, r.syntax(err)
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		at := r.ellipsis()
		return nil, 0, &fault{from: at, to: at + 3, err: errors.New("the document ends here, and kubectl drops what follows. Put --- on a line of its own before the next document")}
	}
	if len(document.Content) != 1 {
		return nil, -1, nil
	}
	root = r.open("", noKey, r.from)
	if _, err := r.node(root, document.Content[0]); err != nil {
		return nil, 0, err
	}
	if len(r.twice) > 0 {
		return nil, 0, nil
	}
	if err := kube.Unmarshal(text, &value, useNumber); err != nil {
		return nil, 0, r.refused(err)
	}
	if value, err = jsonValue(value); err != nil {
		return nil, 0, err
	}
	return value, root, nil
}

func useNumber(d *json.Decoder) *json.Decoder {
	d.UseNumber()
	return d
}

// jsonValue turns the numbers of a value into int64 where they fit, else float64, as kubectl does.
func jsonValue(v any) (any, *fault) {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i, nil
		}
		f, err := v.Float64()
		if err != nil {
			return nil, &fault{err: err}
		}
		return f, nil
	case map[string]any:
		for k, e := range v {
			e, err := jsonValue(e)
			if err != nil {
				return nil, err
			}
			v[k] = e
		}
	case []any:
		for i, e := range v {
			e, err := jsonValue(e)
			if err != nil {
				return nil, err
			}
			v[i] = e
		}
	}
	return v, nil
}

// tokens counts the characters that may start a value: an upper bound of the number of values.
func tokens(text string) int {
	n := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case ',', '[', '{', ':', '-', '?':
			n++
		}
	}
	return n
}

// scanLines finds the library's lines, which end at more characters than those of other programs.
func (r *libraryReader) scanLines() {
	r.lines = append(r.lines, r.from)
	for i := r.from; i < r.to; i++ {
		switch r.text[i] {
		case '\n':
			r.lines = append(r.lines, i+1)
		case '\r':
			if i+1 == r.to || r.text[i+1] != '\n' {
				r.lines = append(r.lines, i+1)
			}
		case 0xc2:
			if strings.HasPrefix(r.text[i:r.to], "\u0085") {
				r.lines = append(r.lines, i+2)
			}
		case 0xe2:
			if strings.HasPrefix(r.text[i:r.to], "\u2028") || strings.HasPrefix(r.text[i:r.to], "\u2029") {
				r.lines = append(r.lines, i+3)
			}
		}
	}
	r.line = 0
}

// place turns the library's line and column, both from 1, into an offset.
func (r *libraryReader) place(line, column int) int {
	if line < 1 {
		return r.from
	}
	if line > len(r.lines) {
		return r.to
	}
	if line != r.line || column < r.column {
		r.line, r.column, r.offset = line, 1, r.lines[line-1]
	}
	for r.column < column && r.offset < r.to {
		_, n := utf8.DecodeRuneInString(r.text[r.offset:r.to])
		r.offset += n
		r.column++
	}
	return r.offset
}

// node marks a node and all below it, and gives how many values it holds, aliases followed.
func (r *libraryReader) node(i int, n *yaml.Node) (values int, err *fault) {
	at := r.place(n.Line, n.Column)
	if err := r.limits.value(at); err != nil {
		return 0, err
	}
	if n.Kind == yaml.SequenceNode || n.Kind == yaml.MappingNode {
		if r.depth++; r.depth > r.limits.MaxDepth {
			return 0, r.limits.deep(at)
		}
		defer func() { r.depth-- }()
	}
	r.reopen(i, at)
	values = 1
	switch n.Kind {
	case yaml.AliasNode:
		target, ok := r.done[n.Alias]
		if !ok {
			return 0, &fault{from: at, to: at + 1, err: fmt.Errorf("the alias *%s stands inside the value that it repeats, which never ends", n.Value)}
		}
		if err := r.limits.alias(at, target.values); err != nil {
			return 0, err
		}
		r.marks[i].ref = target.ref
		r.close(i, min(at+1+len(n.Value), r.to))
		return target.values, nil
	case yaml.ScalarNode:
		if n.Style == 0 && isInfinite(n.Value) {
			return 0, &fault{from: at, to: at + len(n.Value), err: fmt.Errorf("YAML reads %s as a number that JSON does not have, so kubectl refuses it. Quote it if it is text", n.Value)}
		}
		if n.Style&yaml.TaggedStyle != 0 && r.tagged == 0 {
			r.tagged = at
		}
		r.close(i, scalarEnd(r.text[:r.to], at, n))
	case yaml.SequenceNode:
		end := at
		for _, item := range n.Content {
			j := r.open("", noKey, at)
			count, err := r.node(j, item)
			if err != nil {
				return 0, err
			}
			values += count
			end = int(r.marks[j].end)
		}
		r.close(i, r.collectionEnd(at, end, n))
	case yaml.MappingNode:
		count, end, err := r.mapping(at, n)
		if err != nil {
			return 0, err
		}
		values += count
		r.close(i, r.collectionEnd(at, end, n))
	}
	if n.Anchor != "" {
		if r.done == nil {
			r.done = map[*yaml.Node]sized{}
		}
		r.done[n] = sized{ref: uint32(i + 1), values: values}
	}
	return values, nil
}

func (r *libraryReader) mapping(at int, n *yaml.Node) (values, end int, err *fault) {
	end = at
	first := make(map[string]int, len(n.Content)/2)
	for k := 0; k+1 < len(n.Content); k += 2 {
		keyNode, valueNode := n.Content[k], n.Content[k+1]
		keyAt := r.place(keyNode.Line, keyNode.Column)
		merge := isMerge(keyNode)
		key, keyErr := nodeKey(keyNode)
		if keyErr != nil && !merge {
			return 0, 0, &fault{from: keyAt, to: keyAt + 1, err: keyErr}
		}
		keyEnd := keyAt
		if keyNode.Kind == yaml.ScalarNode {
			keyEnd = scalarEnd(r.text[:r.to], keyAt, keyNode)
		}
		if keyNode.Kind == yaml.ScalarNode && keyNode.Anchor != "" {
			if r.done == nil {
				r.done = map[*yaml.Node]sized{}
			}
			r.done[keyNode] = sized{values: 1}
		}
		if !merge {
			if firstAt, ok := first[key]; ok {
				if len(r.twice) < maxTwice {
					r.twice = append(r.twice, twice{key: key, at: keyAt, end: max(keyEnd, keyAt+1), first: firstAt, depth: r.depth})
				}
			} else {
				first[key] = keyAt
			}
		}
		if merge && !mergeable(valueNode, true) {
			at := r.place(valueNode.Line, valueNode.Column)
			return 0, 0, &fault{from: at, to: at + 1, err: errors.New("a merge key takes a mapping, or a list of mappings; kubectl refuses anything else. Quote << if it is text")}
		}
		j := r.open(key, keyAt, keyAt)
		r.marks[j].merge = merge
		count, err := r.node(j, valueNode)
		if err != nil {
			return 0, 0, err
		}
		if isEmpty(valueNode) {
			colon := behindColon(r.text[:r.to], keyEnd)
			r.marks[j].at, r.marks[j].end = uint32(colon), uint32(colon)
		}
		values += 1 + count
		end = max(end, int(r.marks[j].end))
	}
	return values, end, nil
}

// isMerge says whether a key is a merge key.
func isMerge(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "<<" && n.Tag == "!!merge"
}

// mergeable says whether kubectl can merge a value: a mapping or an alias of one, or, where a list may stand, a list of those.
func mergeable(n *yaml.Node, listed bool) bool {
	switch n.Kind {
	case yaml.MappingNode:
		return true
	case yaml.AliasNode:
		return n.Alias.Kind == yaml.MappingNode
	case yaml.SequenceNode:
		return listed && !slices.ContainsFunc(n.Content, func(item *yaml.Node) bool { return !mergeable(item, false) })
	}
	return false
}

// isEmpty says whether a value has no text at all.
func isEmpty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 && n.Anchor == ""
}

const quotedStyles = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// nodeKey gives the key that a node becomes in JSON.
func nodeKey(n *yaml.Node) (string, error) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		return "", errors.New("a list or mapping stands where a key is expected; keys are strings. If this is text, quote it")
	}
	if n.Style&quotedStyles != 0 || n.Style&yaml.TaggedStyle != 0 && n.Tag == "!!str" {
		return n.Value, nil
	}
	key, ok := plainKey(n.Value)
	if !ok {
		return "", fmt.Errorf("the key %q is read as null or as a number that is too large; keys are strings. Quote it", n.Value)
	}
	return key, nil
}

// properties skips the anchor and tag in front of a value.
func properties(text string, at int) int {
	for at < len(text) && (text[at] == '&' || text[at] == '!') {
		for at < len(text) && !strings.ContainsRune(" \t\r\n,[]{}", rune(text[at])) {
			at++
		}
		at = skipSpace(text, at)
	}
	return at
}

// skipSpace skips white space, line breaks and comments.
func skipSpace(text string, at int) int {
	for at < len(text) {
		switch {
		case strings.IndexByte(" \t\r\n", text[at]) >= 0:
			at++
		case text[at] == '#':
			for at < len(text) && text[at] != '\n' && text[at] != '\r' {
				at++
			}
		default:
			return at
		}
	}
	return at
}

// behindColon gives the offset behind the colon that follows a key, or the key's end if there is none.
func behindColon(text string, keyEnd int) int {
	if at := skipSpace(text, keyEnd); at < len(text) && text[at] == ':' {
		return at + 1
	}
	return keyEnd
}

// scalarEnd gives the offset behind a scalar that starts at an offset with its anchor and tag.
func scalarEnd(text string, at int, n *yaml.Node) int {
	if isEmpty(n) {
		return at
	}
	start := at
	at = properties(text, at)
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return quotedEnd(text, at, '"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		return quotedEnd(text, at, '\'')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return blockEnd(text, at, n.Value)
	case n.Value == "":
		return trimSpace(text, start, at)
	}
	return plainEnd(text, at, n.Value)
}

// trimSpace gives the end of the first word at start, at most at.
func trimSpace(text string, start, at int) int {
	end := start
	for i := start; i < at; i++ {
		if strings.IndexByte(" \t\r\n#", text[i]) >= 0 {
			break
		}
		end = i + 1
	}
	return end
}

// quotedEnd gives the offset behind the closing quote.
func quotedEnd(text string, at int, quote byte) int {
	for at++; at < len(text); at++ {
		switch {
		case text[at] == '\\' && quote == '"':
			at++
		case text[at] == quote && quote == '\'' && at+1 < len(text) && text[at+1] == '\'':
			at++
		case text[at] == quote:
			return at + 1
		}
	}
	return len(text)
}

// plainEnd gives the offset behind an unquoted scalar of which the value is known: only its white space may differ from the text.
func plainEnd(text string, at int, value string) int {
	end := at
	for i := 0; i < len(value) && at < len(text); {
		if isSpace(value, i) > 0 {
			for n := isSpace(value, i); n > 0; n = isSpace(value, i) {
				i += n
			}
			for n := isSpace(text, at); n > 0; n = isSpace(text, at) {
				at += n
			}
			continue
		}
		if text[at] != value[i] {
			break
		}
		i++
		at++
		end = at
	}
	return end
}

// isSpace gives the length of the white space character or line break at an offset, or 0.
func isSpace(s string, i int) int {
	if i >= len(s) {
		return 0
	}
	switch s[i] {
	case ' ', '\t', '\r', '\n':
		return 1
	case 0xc2:
		if strings.HasPrefix(s[i:], "\u0085") {
			return 2
		}
	case 0xe2:
		if strings.HasPrefix(s[i:], "\u2028") || strings.HasPrefix(s[i:], "\u2029") {
			return 3
		}
	}
	return 0
}

// blockEnd gives the offset behind the last line of a block scalar that is not blank, of which the header stands at an offset.
func blockEnd(text string, at int, value string) int {
	header := at
	for at < len(text) && strings.IndexByte(" \t\r\n#", text[at]) < 0 {
		at++
	}
	end := at
	if strings.TrimSpace(value) == "" {
		return end
	}
	indent := -1
	for at = lineEnd(text, header); at < len(text); at = lineEnd(text, at) {
		stop := lineEnd(text, at)
		line := strings.TrimRight(text[at:stop], "\r\n")
		n := len(line) - len(strings.TrimLeft(line, " "))
		if strings.TrimSpace(line) == "" {
			continue
		}
		if indent < 0 {
			first := strings.TrimLeft(value, "\n")
			indent = n - (len(first) - len(strings.TrimLeft(first, " ")))
		}
		if n < indent {
			break
		}
		end = at + len(line)
	}
	return end
}

// lineEnd gives the offset behind the line break that follows an offset.
func lineEnd(text string, at int) int {
	for at < len(text) {
		if text[at] == '\n' || text[at] == '\r' && (at+1 == len(text) || text[at+1] != '\n') {
			return at + 1
		}
		at++
	}
	return at
}

// collectionEnd gives the offset behind a list or mapping of which the last value ends at an offset.
func (r *libraryReader) collectionEnd(at, end int, n *yaml.Node) int {
	if n.Style&yaml.FlowStyle == 0 {
		return end
	}
	text := r.text[:r.to]
	start := properties(text, at)
	if start >= len(text) || text[start] != '[' && text[start] != '{' {
		return max(end, start) // a single pair in a flow list has no braces
	}
	for i := max(start+1, end); i < len(text); i++ {
		switch i = skipSpace(text, i); {
		case i >= len(text):
		case text[i] == ']' || text[i] == '}':
			return i + 1
		}
	}
	return len(text)
}

// ellipsis finds the line that ends the first document of the text.
func (r *libraryReader) ellipsis() int {
	for _, at := range r.lines {
		if strings.HasPrefix(r.text[at:r.to], "...") || strings.HasPrefix(r.text[at:r.to], "---") && at > r.from {
			return at
		}
	}
	return r.from
}

// refused turns an error of kubectl's library into a fault.
func (r *libraryReader) refused(err error) *fault {
	text := err.Error()
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			break
		}
		err = inner
		text = err.Error()
	}
	text = strings.TrimPrefix(text, "yaml: ")
	at := max(r.from, r.tagged)
	if m := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(text); m != nil {
		line, _ := strconv.Atoi(m[1])
		at = r.place(line, 1)
		text = text[len(m[0]):]
	}
	if at == r.from {
		at = min(skipSpace(r.text[:r.to], at), r.to)
	}
	return &fault{from: at, to: at + 1, err: fmt.Errorf("kubectl cannot read this document: %s", text)}
}
