package manifest

import (
	"fmt"
	"iter"
	"strings"
)

// chunk is the part of a file that kubectl takes for one document, given by offsets.
type chunk struct {
	from, to int
	broken   *fault // the line that starts the chunk is a broken separator
}

// split cuts a text at the lines that start with ---, before any YAML is read, as kubectl does. Only space and a comment may follow
// the dashes.
func split(text string, from int) iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		current := chunk{from: from}
		for at := from; at < len(text); {
			stop := len(text)
			if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
				stop = at + i + 1
			}
			if strings.HasPrefix(text[at:stop], "---") {
				current.to = at
				if !yield(current) {
					return
				}
				current = chunk{from: stop}
				if rest := strings.TrimSpace(text[at+3 : stop]); rest != "" && rest[0] != '#' {
					line := strings.TrimRight(text[at:stop], "\r\n")
					current.from = at
					current.broken = &fault{from: at, to: at + len(line), err: fmt.Errorf("%s is no separator: kubectl refuses a line that starts with --- and goes on with anything but a comment, and reads nothing that follows. Put --- on a line of its own", quote(line))}
				}
			}
			at = stop
		}
		current.to = len(text)
		yield(current)
	}
}

// quote quotes a piece of text for a message, cut to a readable length.
func quote(s string) string {
	const length = 60
	if r := []rune(s); len(r) > length {
		s = string(r[:length]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
