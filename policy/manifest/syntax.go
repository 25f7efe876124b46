package manifest

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// syntax turns an error of the YAML library into a fault that says what to do.
func (r *libraryReader) syntax(err error) *fault {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return &fault{from: r.from, to: r.from + 1, err: fmt.Errorf("this is no YAML: %w", err)}
	}
	at := r.place(load.Mark.Line, load.Mark.Column)
	for _, line := range []int{load.Mark.Line, load.Mark.Line - 1, load.ContextMark.Line} {
		if tab := r.tab(line); tab >= 0 {
			return &fault{from: tab, to: tab + 1, err: errors.New("this line is indented with a tab, which YAML does not allow. Use spaces")}
		}
	}
	message, advice := load.Message, ""
	switch {
	case strings.HasPrefix(message, "exceeded max depth"):
		return r.limits.deep(at)
	case strings.HasPrefix(r.text[at:r.to], "---"):
		message = "this --- separates no documents, since it does not stand at the start of a line"
		advice = ". Put --- on a line of its own, without indentation"
	case at < r.to && r.text[at] == '\t':
		message = "a tab stands where a value is expected"
		advice = ". Use spaces"
	case strings.Contains(message, "cannot start any token"):
		if at < r.to {
			message = fmt.Sprintf("an unquoted value cannot start with %q", r.text[at:at+1])
		}
		advice = ". Quote the value"
	case strings.Contains(message, "mapping values are not allowed"):
		message = "a second \": \" stands in this entry"
		advice = ". Quote the value, or mend the line break or indentation before it"
	case strings.Contains(message, "did not find expected key"), strings.Contains(message, "did not find expected '-' indicator"):
		message = "this does not go on with the " + r.block(load.ContextMsg) + r.context(load)
		advice = ". Mend the indentation, or quote the value before it"
	case strings.Contains(message, "comment without preceding whitespace"):
		advice = ". Put a space before the #"
	case strings.Contains(message, "incompatible YAML document"):
		message = "kubectl reads YAML 1.1"
		advice = ". Remove the line that names another version"
	case strings.Contains(message, "did not find expected node content"):
		message = "a value or closing bracket is missing before this place"
	case strings.Contains(message, "did not find expected ',' or"):
		message = "a comma or closing bracket is missing in the collection" + r.context(load)
	case strings.Contains(message, "could not find expected ':'"):
		message = "this line is neither a key with a colon nor part of the value before it"
		advice = ". Add the colon, or mend the indentation"
	case strings.Contains(message, "found unexpected end of stream"):
		message = "the text ends inside the quoted value" + r.context(load)
		advice = ". Close the quote"
	case strings.Contains(message, "unknown escape character"):
		message = "the escape after this backslash is unknown"
		advice = ". Write \\\\ for a backslash, or use single quotes"
	case strings.Contains(message, "unknown anchor"):
		message = "the alias " + quote(r.word(at)) + " has no anchor before it in this document"
		advice = ". Write the value out, or quote it if it is text"
	case load.ContextMsg != "":
		message += " " + load.ContextMsg + r.context(load)
	}
	return &fault{from: at, to: at + 1, err: fmt.Errorf("this is no YAML: %s%s", message, advice)}
}

// block names what the library was reading.
func (r *libraryReader) block(context string) string {
	if strings.Contains(context, "collection") || strings.Contains(context, "sequence") {
		return "list"
	}
	return "mapping"
}

// context says where the value starts that the library was reading.
func (r *libraryReader) context(load *yaml.LoadError) string {
	if load.ContextMark.Line < 1 {
		return ""
	}
	return fmt.Sprintf(" that starts on line %d", r.source.position(r.place(load.ContextMark.Line, load.ContextMark.Column)).Line)
}

// tab finds a tab in the indentation of one of the library's lines, or gives -1.
func (r *libraryReader) tab(line int) int {
	if line < 1 || line > len(r.lines) {
		return -1
	}
	for at := r.lines[line-1]; at < r.to; at++ {
		switch r.text[at] {
		case ' ':
			continue
		case '\t':
			if strings.TrimSpace(r.text[at:lineEnd(r.text[:r.to], at)]) == "" {
				return -1
			}
			return at
		}
		break
	}
	return -1
}

// word gives the text from an offset to the next space.
func (r *libraryReader) word(at int) string {
	if words := strings.Fields(r.text[at:min(at+100, r.to)]); len(words) > 0 {
		return words[0]
	}
	return ""
}
