package manifest

// mark says where one value of a document stands. The marks of a document lie in the order of the text: a list or mapping, then
// everything below it.
type mark struct {
	key   string // of an entry of a mapping
	keyAt uint32 // offset of the key, or none
	at    uint32 // offset of the value, or where it would stand if it has no text
	end   uint32 // offset behind the value
	next  uint32 // index of the mark behind this value and all below it
	ref   uint32 // an alias: 1 + index of the mark of what it stands for
	merge bool   // the entry is a merge key
}

// none stands for the offset of a key that is not there.
const none = ^uint32(0)

const noKey = int(none)

// tree is the marks of all documents of one file.
type tree struct {
	source *source
	marks  []mark
}

// open adds the mark of a value that starts at an offset.
func (t *tree) open(key string, keyAt, at int) int {
	t.marks = append(t.marks, mark{key: key, keyAt: uint32(keyAt), at: uint32(at)})
	return len(t.marks) - 1
}

// close ends the value with index i at an offset.
func (t *tree) close(i, end int) {
	t.marks[i].end = uint32(end)
	t.marks[i].next = uint32(len(t.marks))
}

// reopen gives an open value its place once that is known.
func (t *tree) reopen(i, at int) { t.marks[i].at = uint32(at) }

// start is where the text of the entry or item starts.
func (m *mark) start() int {
	if m.keyAt != none {
		return int(m.keyAt)
	}
	return int(m.at)
}

// resolve follows aliases from the mark with index i.
func (t *tree) resolve(i int) int {
	for t.marks[i].ref != 0 {
		i = int(t.marks[i].ref - 1)
	}
	return i
}

// entry finds the entry of a key in the mapping with index i, or gives -1. As in kubectl a merge key counts where it stands: what
// comes later wins.
func (t *tree) entry(i int, key string) int {
	i = t.resolve(i)
	found := -1
	for j := i + 1; j < int(t.marks[i].next); j = int(t.marks[j].next) {
		switch m := &t.marks[j]; {
		case m.merge:
			if k := t.merged(j, key); k >= 0 {
				found = k
			}
		case m.key == key && m.keyAt != none:
			found = j
		}
	}
	return found
}

// merged finds the entry of a key in what a merge key brings in: a mapping, or a list of them of which the first wins.
func (t *tree) merged(i int, key string) int {
	i = t.resolve(i)
	if first := i + 1; first < int(t.marks[i].next) && t.marks[first].keyAt == none {
		for j := first; j < int(t.marks[i].next); j = int(t.marks[j].next) {
			if k := t.entry(j, key); k >= 0 {
				return k
			}
		}
		return -1
	}
	return t.entry(i, key)
}

// item finds an item of the list with index i, or gives -1.
func (t *tree) item(i, n int) int {
	i = t.resolve(i)
	for j := i + 1; j < int(t.marks[i].next); j = int(t.marks[j].next) {
		if t.marks[j].keyAt != none {
			return -1
		}
		if n == 0 {
			return j
		}
		n--
	}
	return -1
}

// child follows one step of a Path, or gives -1.
func (t *tree) child(i int, step any) int {
	switch step := step.(type) {
	case string:
		return t.entry(i, step)
	case int:
		if step >= 0 {
			return t.item(i, step)
		}
	case int64:
		return t.child(i, int(step))
	case float64:
		return t.child(i, int(step))
	}
	return -1
}
