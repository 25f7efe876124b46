package reach

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Range is the addresses from First to Last, both included and of one family. The zero value is no range.
type Range struct{ First, Last netip.Addr }

// rangeOf gives the addresses of a block; host bits are masked off.
func rangeOf(p netip.Prefix) Range {
	p = p.Masked()
	last := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(last)*8; bit++ {
		last[bit/8] |= 0x80 >> (bit % 8)
	}
	addr, _ := netip.AddrFromSlice(last)
	return Range{p.Addr(), addr}
}

// ParseRange reads an address (10.0.0.1), a block (10.0.0.0/8) or a range (10.0.0.0-10.0.0.9), IPv4 or IPv6.
// Host bits of a block are masked off; zones and IPv4-mapped IPv6 are refused, as the API refuses them.
func ParseRange(text string) (Range, error) {
	first, last, isRange := strings.Cut(text, "-")
	var r Range
	var err error
	switch {
	case strings.Contains(text, "/"):
		var prefix netip.Prefix
		if prefix, err = netip.ParsePrefix(text); err == nil {
			r = rangeOf(prefix)
		}
	case isRange:
		if r.First, err = netip.ParseAddr(first); err == nil {
			r.Last, err = netip.ParseAddr(last)
		}
	default:
		r.First, err = netip.ParseAddr(text)
		r.Last = r.First
	}
	if err == nil && (r.First.Zone() != "" || r.First.Is4In6() || r.First.Is4() != r.Last.Is4() || r.Last.Less(r.First)) {
		err = fmt.Errorf("want addresses of one family in ascending order, without zone and not IPv4-mapped")
	}
	if err != nil {
		return Range{}, fmt.Errorf("addresses %q: %w", text, err)
	}
	return r, nil
}

// IsValid tells whether there is any address in the range.
func (r Range) IsValid() bool { return r.First.IsValid() }

// Contains tells whether the address is in the range.
func (r Range) Contains(a netip.Addr) bool {
	return r.IsValid() && r.First.Is4() == a.Is4() && !a.Less(r.First) && !r.Last.Less(a)
}

// String gives a block, 10.0.0.0/8, where the range is one, else 10.0.0.0-10.0.0.9.
func (r Range) String() string {
	if !r.IsValid() {
		return "no address"
	}
	for bits := r.First.BitLen(); bits >= 0; bits-- {
		switch block := rangeOf(netip.PrefixFrom(r.First, bits)); {
		case block == r:
			return netip.PrefixFrom(r.First, bits).String()
		case block.First != r.First || r.Last.Less(block.Last):
			return r.First.String() + "-" + r.Last.String()
		}
	}
	return r.First.String() + "-" + r.Last.String()
}

// enclosing gives the smallest block that holds two addresses of a family.
func enclosing(first, last netip.Addr) Range {
	bits := first.BitLen()
	for !rangeOf(netip.PrefixFrom(first, bits)).Contains(last) {
		bits--
	}
	return rangeOf(netip.PrefixFrom(first, bits))
}

// String lists ranges, as "10.0.0.0/8, 192.0.2.1/32", or blocks and what they lack, as "0.0.0.0/0 but 10.0.0.0/8; ::/0", where that is shorter.
func (s addresses) String() string {
	four := len(s)
	if i := slices.IndexFunc(s, func(r Range) bool { return !r.First.Is4() }); i >= 0 {
		four = i
	}
	var texts []string
	separator := ", "
	for _, family := range []addresses{s[:four], s[four:]} {
		if len(family) == 0 {
			continue
		}
		block := enclosing(family[0].First, family[len(family)-1].Last)
		listed, without := family.list(), block.String()+" but "+addresses{block}.minus(family).list()
		if len(without) < len(listed) {
			listed, separator = without, "; "
		}
		texts = append(texts, listed)
	}
	return strings.Join(texts, separator)
}

func (s addresses) list() string {
	texts := make([]string, len(s))
	for i, r := range s {
		texts[i] = r.String()
	}
	return strings.Join(texts, ", ")
}

func (r Range) compare(o Range) int {
	return cmp.Or(r.First.Compare(o.First), r.Last.Compare(o.Last))
}

// addresses is a set of addresses: ranges that are sorted, IPv4 first, disjoint and not adjacent. It is not changed.
type addresses []Range

func everyAddress() addresses {
	return addresses{rangeOf(netip.PrefixFrom(netip.IPv4Unspecified(), 0)), rangeOf(netip.PrefixFrom(netip.IPv6Unspecified(), 0))}
}

func (s addresses) empty() bool { return len(s) == 0 }

func (s addresses) has(a netip.Addr) bool {
	i, found := slices.BinarySearchFunc(s, a, func(r Range, a netip.Addr) int { return r.First.Compare(a) })
	return found || i > 0 && s[i-1].Contains(a)
}

func (s addresses) meets(t addresses) bool { return !s.and(t).empty() }

func (s addresses) and(t addresses) (both addresses) {
	for len(s) > 0 && len(t) > 0 {
		first, last := s[0].First, s[0].Last
		if first.Less(t[0].First) {
			first = t[0].First
		}
		if t[0].Last.Less(last) {
			last = t[0].Last
		}
		if !last.Less(first) {
			both = append(both, Range{first, last})
		}
		if s[0].Last.Less(t[0].Last) {
			s = s[1:]
		} else {
			t = t[1:]
		}
	}
	return both
}

func (s addresses) or(t addresses) addresses {
	if len(s) == 0 {
		return t
	}
	if len(t) == 0 {
		return s
	}
	return unite(slices.Concat(s, t))
}

// unite gives the addresses in any of the ranges, which it sorts.
func unite(ranges []Range) (either addresses) {
	slices.SortFunc(ranges, Range.compare)
	for _, r := range ranges {
		// Next of the last IPv4 address is no address, so families never join.
		if n := len(either); n > 0 && (!either[n-1].Last.Less(r.First) || either[n-1].Last.Next() == r.First) {
			if either[n-1].Last.Less(r.Last) {
				either[n-1].Last = r.Last
			}
		} else {
			either = append(either, r)
		}
	}
	return either
}

func (s addresses) minus(t addresses) (rest addresses) {
	for _, r := range s {
		for _, hole := range t {
			if hole.Last.Less(r.First) {
				continue
			}
			if r.Last.Less(hole.First) {
				break
			}
			if r.First.Less(hole.First) {
				rest = append(rest, Range{r.First, hole.First.Prev()})
			}
			if r.First = hole.Last.Next(); !r.First.IsValid() || r.Last.Less(r.First) {
				r = Range{}
				break
			}
		}
		if r.IsValid() {
			rest = append(rest, r)
		}
	}
	return rest
}
