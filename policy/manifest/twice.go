package manifest

import (
	"fmt"
	"strings"
)

// twice is a key that a mapping has already.
type twice struct {
	key     string
	at, end int // where it stands again
	first   int // offset of the first, or -1
	depth   int // of the mapping: 1 for the document's own
}

// faults says what is wrong where keys are given twice. Where a YAML document's own mapping goes through apiVersion or kind again,
// several objects stand together without a separator: one fault for each that would be lost, and none for its other keys.
func (s *source) faults(from int, all []twice) []fault {
	objects := 1
	first := ""
	for _, t := range all {
		if t.depth == 1 && t.first >= 0 && (t.key == "apiVersion" || t.key == "kind") && (first == "" || first == t.key) {
			first = t.key
			objects++
		}
	}
	var faults []fault
	glued := false
	for _, t := range all {
		var err error
		switch {
		case t.depth != 1 || first == "" || !glued && t.key != first && !s.leads(all, t, first):
			err = fmt.Errorf("the key %q is given twice in this mapping%s; kubectl would keep only the last. Remove one of them", t.key, s.firstOn(t))
		case t.key == first:
			glued = true
			err = fmt.Errorf("this mapping has %s again%s: %s; kubectl would keep only the last. %s", first, s.firstOn(t), gluedObjects(objects), s.separatorAdvice(from, t.at))
		default:
			continue
		}
		faults = append(faults, fault{from: t.at, to: t.end, err: err})
	}
	return faults
}

// leads says whether a repeated key belongs to an object that is glued on, though it stands before that object's apiVersion or kind:
// its line is followed by the key that counts the objects, with no other repetition of the key between.
func (s *source) leads(all []twice, t twice, first string) bool {
	for _, other := range all {
		if other.depth == 1 && other.at > t.at {
			if other.key == t.key {
				return false
			}
			if other.key == first {
				return true
			}
		}
	}
	return false
}

func (s *source) firstOn(t twice) string {
	if t.first < 0 {
		return ""
	}
	return fmt.Sprintf(" (first on line %d)", s.position(t.first).Line)
}

func gluedObjects(n int) string {
	switch n {
	case 2:
		return "two objects without a --- line between them"
	case 3:
		return "three objects without --- lines between them"
	}
	return fmt.Sprintf("%d objects without --- lines between them", n)
}

// separatorAdvice says where the separator has to go, and what became of it if there is one that does not count.
func (s *source) separatorAdvice(from, at int) string {
	line := s.position(at).Line
	for n := line - 1; n >= s.position(from).Line; n-- {
		text := strings.TrimSpace(s.line(n))
		if text == "" || text[0] == '#' {
			continue
		}
		switch {
		case text == "---":
			return fmt.Sprintf("The --- on line %d is indented and does not count: move it to the start of the line", n)
		case strings.HasSuffix(text, "---"):
			return fmt.Sprintf("The --- at the end of line %d does not count: put it on a line of its own", n)
		}
		break
	}
	return fmt.Sprintf("Put --- on a line of its own before line %d", line)
}
