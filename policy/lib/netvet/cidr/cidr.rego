# METADATA
# title: CIDR blocks
# description: |
#   CIDR blocks, IPv4 and IPv6, and addresses, which are blocks of one. Host bits are masked off. Leading zeros
#   and IPv4-mapped IPv6 are not valid, as in the API; of anything not valid nothing holds and nothing is defined.
package lib.netvet.cidr

# The ranges that are not the public internet.
private := {
	"10.0.0.0/8",
	"172.16.0.0/12",
	"192.168.0.0/16",
	"100.64.0.0/10",
	"169.254.0.0/16",
	"fc00::/7",
	"fe80::/10",
}

# Holds for a block, not for an address.
valid(c) if {
	_block(c)
	contains(c, "/")
}

# 4 or 6.
family(c) := 6 if contains(_block(c)[0], ":")

else := 4 if _block(c)

# The block as blocks of the same addresses are all written; an address is a block of one.
canonical(c) := _block(c)[0]

# Holds when every address of inner is one of outer.
includes(outer, inner) if {
	[o, wide] := _block(outer)
	[i, narrow] := _block(inner)
	wide <= narrow
	net.cidr_intersects(o, i)
}

# Holds when some address is in both.
overlaps(a, b) if net.cidr_intersects(_block(a)[0], _block(b)[0])

# The blocks of these lengths that include c.
supernets(c, lengths) := {wide |
	[block, own] := _block(c)
	some length in lengths
	length <= own
	some wide in net.cidr_merge([sprintf("%s/%d", [split(block, "/")[0], length])])
}

# The disjoint blocks that hold what c holds and excepts, which may be null, don't.
subtract(c, excepts) := _without(base, holes) if {
	not _any_invalid(excepts)
	base := _block(c)[0]
	holes := {hole | some e in excepts; hole := _block(e)[0]; net.cidr_intersects(hole, base)}
}

# Holds when every address of c is in one of cidrs.
covers(cidrs, c) if {
	some outer in cidrs
	includes(outer, c)
}

covers(cidrs, c) if count(subtract(c, {x | some x in cidrs; _block(x)})) == 0

# What the API server objects to in the text of a block, to follow "the block …"; undefined for what it takes.
objection(c) := "is no block of addresses, such as 10.0.0.0/8 or 2001:db8::/32" if {
	not net.cidr_is_valid(_decimal(c))
} else := "holds numbers with leading zeros" if {
	not _strict(c)
} else := "holds an IPv4 address in the form of IPv6" if {
	_mapped(split(c, "/")[0])
} else := "has bits set beyond its length" if {
	not _masked(c)
}

# The text as the API server took it before it objected to all but what is no block; undefined for that.
lenient(c) := block if {
	text := _decimal(c)
	net.cidr_is_valid(text)
	some block in net.cidr_merge([text])
}

# Of a text that is the address of one host.
of_host(c) := sprintf("%s/%d", [c, bits]) if {
	not contains(c, "/")
	not regex.match(`([.]0|::)$`, c)
	bits := {4: 32, 6: 128}[family(c)]
}

_any_invalid(cidrs) if {
	some c in cidrs
	not _block(c)
}

_without(base, holes) := {base} if count(holes) == 0

# On the way down from the base to each hole: the halves turned away from, unless they hold another hole.
_without(base, holes) := {half |
	some hole in holes
	[start, end] := [_block(base)[1] + 1, _block(hole)[1]]
	start <= end
	some length in numbers.range(start, end)
	half := _sibling(hole, length)
	every other in holes { not net.cidr_intersects(other, half) }
} if {
	count(holes) > 0
}

# The block of that length which differs from c in its last bit alone; undefined where its addresses are none.
_sibling(c, length) := sibling if {
	[groups, width, form] := _groups(c)
	at := floor((length - 1) / width)
	flipped := bits.xor(groups[at], bits.lsh(1, ((at + 1) * width) - length))
	address := array.concat(array.concat(array.slice(groups, 0, at), [flipped]), array.slice(groups, at + 1, 8))
	some sibling in net.cidr_merge([sprintf(form, array.concat(address, [length]))])
	contains(sibling, ":") == contains(c, ":") # IPv4-mapped addresses come out as IPv4
}

_groups(c) := [[_hex(n) | some n in split(full, ":")], 16, "%x:%x:%x:%x:%x:%x:%x:%x/%d"] if {
	contains(c, ":")
	full := replace(split(c, "/")[0], "::", substring(":::::::", 0, 9 - strings.count(c, ":")))
} else := [[to_number(n) | some n in split(split(c, "/")[0], ".")], 8, "%d.%d.%d.%d/%d"]

_hex(digits) := sum([bits.lsh(indexof("0123456789abcdef", digit), 4 * ((count(digits) - i) - 1)) |
	some i, digit in split(digits, "")
])

# The canonical text of a block, and its length in bits.
_block(c) := [block, to_number(split(block, "/")[1])] if {
	is_string(c)
	text := _with_length(c)
	net.cidr_is_valid(text)
	not regex.match(`/0.`, text)
	not _mapped(split(text, "/")[0])
	some block in net.cidr_merge([text])
}

_with_length(c) := c if contains(c, "/")

else := concat("", [c, "/128"]) if contains(c, ":")

else := concat("", [c, "/32"])

_mapped(address) if {
	contains(address, ":")
	net.cidr_contains("0.0.0.0/0", address)
}

# Without the zeros that lead decimal numbers, which older servers ignored.
_decimal(c) := regex.replace(c, `(^|[.:/])0+([0-9a-fA-F])`, "$1$2")

_strict(c) if {
	net.cidr_is_valid(c)
	not regex.match(`/0.`, c)
}

_masked(c) if {
	[address, length] := split(c, "/")
	some block in net.cidr_merge([c])
	[first, length] = split(block, "/")
	net.cidr_merge([_with_length(address)]) == net.cidr_merge([_with_length(first)])
}
