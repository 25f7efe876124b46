package expect

import (
	"net/netip"
	"slices"

	"github.com/netvet/netvet/policy/reach"
)

// world is all addresses.
var world = []reach.Range{
	{First: netip.AddrFrom4([4]byte{}), Last: netip.AddrFrom4([4]byte{255, 255, 255, 255})},
	{First: netip.IPv6Unspecified(), Last: netip.AddrFrom16([16]byte{
		255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
	})},
}

// minus leaves peers out; of addresses, the parts.
func minus(peers, out []reach.Peer) (left []reach.Peer) {
	workloads := map[*reach.Workload]bool{}
	var ranges []reach.Range
	for _, p := range out {
		if p.Workload != nil {
			workloads[p.Workload] = true
		} else {
			ranges = append(ranges, p.Addresses)
		}
	}
	for _, p := range peers {
		if p.Workload != nil {
			if !workloads[p.Workload] {
				left = append(left, p)
			}
			continue
		}
		for _, r := range subtract(p.Addresses, ranges) {
			left = append(left, reach.Peer{Addresses: r})
		}
	}
	return left
}

// subtract gives the parts of a range that are in none of the others, in order.
func subtract(whole reach.Range, out []reach.Range) (parts []reach.Range) {
	out = slices.Clone(out)
	slices.SortFunc(out, func(a, b reach.Range) int { return a.First.Compare(b.First) })
	next := whole.First
	for _, r := range out {
		if !whole.Contains(r.First) && !r.Contains(next) || r.Last.Less(next) {
			continue
		}
		if next.Less(r.First) {
			parts = append(parts, reach.Range{First: next, Last: r.First.Prev()})
		}
		if next = r.Last.Next(); !whole.Contains(next) {
			return parts
		}
	}
	return append(parts, reach.Range{First: next, Last: whole.Last})
}

// halves cuts a range of several addresses in two.
func halves(r reach.Range) (low, high reach.Range) {
	a, b := r.First.AsSlice(), r.Last.AsSlice()
	middle := make([]byte, len(a)) // (a+b)/2
	carry := 0
	sums := make([]int, len(a))
	for i := len(a) - 1; i >= 0; i-- {
		sum := int(a[i]) + int(b[i]) + carry
		sums[i], carry = sum&255, sum>>8
	}
	for i, sum := range sums {
		middle[i] = byte((carry<<8 | sum) >> 1)
		carry = sum & 1
	}
	at, _ := netip.AddrFromSlice(middle)
	return reach.Range{First: r.First, Last: at}, reach.Range{First: at.Next(), Last: r.Last}
}
