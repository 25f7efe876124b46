package manifest

import (
	"fmt"
	"strings"
)

// findTemplate finds the expression of a template because of which a document cannot be read, or gives nil: the first that stands
// where a line or value starts, or one on the line of the error at the offset failed. Elsewhere {{ may be text.
func findTemplate(text string, from, to, failed int) *fault {
	for at := from; at < to; {
		stop := to
		if i := strings.IndexByte(text[at:to], '\n'); i >= 0 {
			stop = at + i + 1
		}
		line := text[at:stop]
		if i := strings.Index(line, "{{"); i >= 0 && !strings.Contains(line[:i], "#") {
			lead := strings.TrimRight(line[:i], " ")
			if lead == "" || strings.HasSuffix(lead, ":") || strings.HasSuffix(lead, "-") || at <= failed && failed < stop {
				return unrendered(text, at+i, stop)
			}
		}
		at = stop
	}
	return nil
}

// unrendered is the fault of the template expression at an offset.
func unrendered(text string, at, lineEnd int) *fault {
	end := lineEnd
	if i := strings.Index(text[at:lineEnd], "}}"); i >= 0 {
		end = at + i + 2
	}
	expression := strings.TrimRight(text[at:end], "\r\n")
	return &fault{from: at, to: at + len(expression), err: fmt.Errorf("this is a template, not a manifest: %s has not been rendered. Render it first, for example with helm template, and read the result", quote(expression))}
}

// looksLikeObject says whether a text that could not be read was meant to be a Kubernetes object: it has lines that give apiVersion
// and kind. What makes it unreadable may be UTF-16, or a byte order mark before the first key.
func looksLikeObject(text string) bool {
	text = strings.NewReplacer("\x00", "", "\ufeff", "").Replace(text)
	return hasKeyLine(text, "apiVersion") && hasKeyLine(text, "kind")
}

// hasKeyLine says whether a key stands at the start of some line, indentation, dashes and quotes aside.
func hasKeyLine(text, key string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], key)
		if i < 0 {
			return false
		}
		at += i
		lead := strings.Trim(text[strings.LastIndexByte(text[:at], '\n')+1:at], " \t-\"'{,")
		behind := strings.TrimLeft(text[at+len(key):min(at+len(key)+8, len(text))], "\"' ")
		if lead == "" && strings.HasPrefix(behind, ":") {
			return true
		}
		at += len(key)
	}
}
