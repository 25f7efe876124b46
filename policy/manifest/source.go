package manifest

import (
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

// source is the text of one file, in UTF-8 without a byte order mark.
type source struct {
	file string
	text string

	// simple says that the text has no characters that only the YAML library knows how to treat: no control characters, no line
	// breaks but LF and CRLF.
	simple bool

	once  sync.Once
	lines []uint32 // offsets of the starts of lines
	runes []uint32 // number of characters before each block of the text
}

// blockBytes is the length of the blocks for which characters are counted, so that columns of very long lines are quick to find.
const blockBytes = 1 << 12

// starts gives the offsets at which lines start. Lines end in LF, CRLF or CR.
func (s *source) starts() []uint32 {
	s.once.Do(func() {
		lines := make([]uint32, 1, 1+strings.Count(s.text, "\n"))
		count := uint32(0)
		for i := 0; i < len(s.text); i++ {
			if i%blockBytes == 0 {
				s.runes = append(s.runes, count)
			}
			if utf8.RuneStart(s.text[i]) {
				count++
			}
			if c := s.text[i]; c == '\n' || c == '\r' && (i+1 == len(s.text) || s.text[i+1] != '\n') {
				lines = append(lines, uint32(i+1))
			}
		}
		s.lines = lines
	})
	return s.lines
}

// position turns an offset into line and column.
func (s *source) position(offset int) Position {
	starts := s.starts()
	offset = min(offset, len(s.text))
	line := sort.Search(len(starts), func(i int) bool { return int(starts[i]) > offset })
	start := int(starts[line-1])
	if offset-start < blockBytes {
		return Position{Line: line, Column: runes(s.text[start:offset]) + 1}
	}
	return Position{Line: line, Column: s.before(offset) - s.before(start) + 1}
}

// before counts the characters before an offset.
func (s *source) before(offset int) int {
	block := min(offset/blockBytes, len(s.runes)-1)
	return int(s.runes[block]) + runes(s.text[block*blockBytes:offset])
}

// runes counts the characters that start in a text.
func runes(text string) int {
	n := 0
	for i := range len(text) {
		if utf8.RuneStart(text[i]) {
			n++
		}
	}
	return n
}

// span turns two offsets into a Span.
func (s *source) span(from, to int) Span {
	return Span{File: s.file, Start: s.position(from), End: s.position(max(from, to))}
}

// line gives the text of a line, counted from 1, without its line break.
func (s *source) line(n int) string {
	starts := s.starts()
	if n < 1 || n > len(starts) {
		return ""
	}
	from, to := int(starts[n-1]), len(s.text)
	if n < len(starts) {
		to = int(starts[n])
	}
	return strings.TrimRight(s.text[from:to], "\r\n")
}

// count gives the number of lines. A line break at the end of the file starts no further line.
func (s *source) count() int {
	starts := s.starts()
	if n := len(starts); n > 1 && int(starts[n-1]) == len(s.text) {
		return n - 1
	}
	return len(starts)
}
