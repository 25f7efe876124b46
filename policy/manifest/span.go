package manifest

// Span gives the place of the deepest value of the path that exists.
//
// A mapping entry starts at its key; a list item and the object itself start at their first character, which may be an anchor or a
// tag. The end lies behind the last character of the value: behind a closing quote or bracket, before a comment. A path that ends
// at an alias gives the alias; a path that goes on below an alias or a merge key gives the place where the text stands.
//
// Path steps are strings for keys and ints for items. A resource that was not read from text has the zero Span but for its file.
func (r *Resource) Span(p Path) Span {
	if r.tree == nil {
		return Span{File: r.File}
	}
	i := r.root
	for _, step := range p {
		j := r.tree.child(i, step)
		if j < 0 {
			break
		}
		i = j
	}
	m := &r.tree.marks[i]
	return r.tree.source.span(m.start(), int(m.end))
}

// Lines gives the text of the lines first to last of the resource's file, counted from 1 and both included, without line breaks:
// as the file has it, but decoded to UTF-8. Lines that the file does not have are left out. A resource that was not read from text
// has none.
func (r *Resource) Lines(first, last int) []string {
	if r.tree == nil {
		return nil
	}
	s := r.tree.source
	first, last = max(first, 1), min(last, s.count())
	var lines []string
	for n := first; n <= last; n++ {
		lines = append(lines, s.line(n))
	}
	return lines
}
