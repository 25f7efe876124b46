package reach

import (
	"iter"
	"math/bits"
	"slices"
)

// set is a bit set that stores only the words from its first member to its last: the pods of one namespace are neighbours,
// so what speaks of one namespace is small however large the cluster is. Once built it is not changed.
type set struct {
	offset int // of the first word
	words  []uint64
}

// below holds the numbers from 0 up to, but not including, n.
func below(n int) (s set) {
	if n == 0 {
		return set{}
	}
	s.words = make([]uint64, (n-1)/64+1)
	for i := range s.words {
		s.words[i] = ^uint64(0)
	}
	s.words[len(s.words)-1] >>= 63 - (n-1)%64
	return s
}

// add is for building only.
func (s *set) add(n int) {
	word := n / 64
	if len(s.words) == 0 {
		s.offset = word
	}
	if word < s.offset {
		s.words = slices.Concat(make([]uint64, s.offset-word), s.words)
		s.offset = word
	}
	for word >= s.end() {
		s.words = append(s.words, 0)
	}
	s.words[word-s.offset] |= 1 << (n % 64)
}

func (s set) end() int { return s.offset + len(s.words) }

func (s set) has(n int) bool {
	word := n / 64
	return s.offset <= word && word < s.end() && s.words[word-s.offset]>>(n%64)&1 == 1
}

func (s set) empty() bool { return len(s.words) == 0 }

func (s set) count() (n int) {
	for _, w := range s.words {
		n += bits.OnesCount64(w)
	}
	return n
}

// least is the smallest member of a set that is not empty.
func (s set) least() int { return s.offset*64 + bits.TrailingZeros64(s.words[0]) }

func (s set) all() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, w := range s.words {
			for ; w != 0; w &= w - 1 {
				if !yield((s.offset+i)*64 + bits.TrailingZeros64(w)) {
					return
				}
			}
		}
	}
}

func (s set) meets(t set) bool {
	for i := max(s.offset, t.offset); i < min(s.end(), t.end()); i++ {
		if s.words[i-s.offset]&t.words[i-t.offset] != 0 {
			return true
		}
	}
	return false
}

func (s set) and(t set) set {
	first, end := max(s.offset, t.offset), min(s.end(), t.end())
	for first < end && s.words[first-s.offset]&t.words[first-t.offset] == 0 {
		first++
	}
	for first < end && s.words[end-1-s.offset]&t.words[end-1-t.offset] == 0 {
		end--
	}
	if first >= end {
		return set{}
	}
	u := set{first, make([]uint64, end-first)}
	for i := range u.words {
		u.words[i] = s.words[first+i-s.offset] & t.words[first+i-t.offset]
	}
	return u
}

func (s set) minus(t set) set {
	if !s.meets(t) {
		return s
	}
	u := set{s.offset, slices.Clone(s.words)}
	for i := max(s.offset, t.offset); i < min(s.end(), t.end()); i++ {
		u.words[i-s.offset] &^= t.words[i-t.offset]
	}
	return u.trimmed()
}

func (s set) or(t set) set {
	switch {
	case s.empty():
		return t
	case t.empty():
		return s
	}
	first, end := min(s.offset, t.offset), max(s.end(), t.end())
	u := set{first, make([]uint64, end-first)}
	copy(u.words[s.offset-first:], s.words)
	for i, w := range t.words {
		u.words[t.offset-first+i] |= w
	}
	return u
}

func (s set) trimmed() set {
	first, end := 0, len(s.words)
	for first < end && s.words[first] == 0 {
		first++
	}
	for first < end && s.words[end-1] == 0 {
		end--
	}
	return set{s.offset + first, s.words[first:end]}
}
