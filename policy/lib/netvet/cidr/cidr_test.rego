package lib.netvet.cidr_test

import data.lib.netvet.cidr

_invalid := {
	"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/00", "10.0.0.0/8/8",
	"010.0.0.0/8", "10.0.0/8", "256.0.0.0/8", " 10.0.0.0/8", "::/129", "::1%eth0/128", "1::2::3/64", "g::/16",
	"::ffff:10.0.0.0/104", "::ffff:a00:0/104", "0:0:0:0:0:ffff::/96", "example.org", 8, null, true, [], {},
}

test_invalid[c] if {
	some c in _invalid
	not cidr.valid(c)
	not cidr.family(c)
	not cidr.includes("0.0.0.0/0", c)
	not cidr.includes(c, "10.0.0.0")
	not cidr.overlaps("::/0", c)
	not cidr.overlaps(c, "::/0")
	not cidr.subtract(c, [])
	not cidr.subtract("10.0.0.0/8", [c])
	not cidr.covers({"0.0.0.0/0", "::/0"}, c)
	not cidr.covers({c}, "10.0.0.0/8")
}

test_invalid_address[a] if {
	some a in {"::ffff:10.0.0.1", "::ffff:a00:1", "10.0.0.01", "10.0.0", "::1%eth0"}
	not cidr.family(a)
	not cidr.includes("0.0.0.0/0", a)
	not cidr.includes("::/0", a)
}

test_address_is_no_block if {
	not cidr.valid("10.0.0.1")
	not cidr.valid("::1")
}

test_valid if {
	every c in {"0.0.0.0/0", "10.0.0.1/8", "::/0", "fe80::1/10", "2001:DB8::/32", "::1.2.3.4/128", "0:0:0:0:0:0:0:1/128"} {
		cidr.valid(c)
	}
}

test_family if {
	every c in {"0.0.0.0/0", "10.0.0.1"} { cidr.family(c) == 4 }
	every c in {"::/0", "::1", "::1.2.3.4"} { cidr.family(c) == 6 }
}

test_includes[name] if {
	some name, [outer, inner] in {
		"everything": ["0.0.0.0/0", "203.0.113.0/24"],
		"itself": ["10.0.0.0/8", "10.0.0.0/8"],
		"host bits": ["10.1.2.3/8", "10.9.0.0/16"],
		"address": ["10.0.0.0/8", "10.255.255.255"],
		"address by itself": ["10.0.0.1", "10.0.0.1/32"],
		"everything of IPv6": ["::/0", "2001:db8::/32"],
		"block that ends below the mapped addresses": ["::/0", "::/80"],
		"block that ends with the mapped addresses": ["::/16", "::8000:0:0/81"],
		"address of IPv6": ["fc00::/7", "fdff::1"],
		"other spelling": ["2001:DB8:0:0::/64", "2001:db8::/64"],
	}
	cidr.includes(outer, inner)
	cidr.overlaps(outer, inner)
	cidr.overlaps(inner, outer)
	cidr.covers([outer], inner)
	cidr.subtract(inner, [outer]) == set()
}

test_does_not_include[name] if {
	some name, [outer, inner] in {
		"wider": ["10.0.0.0/16", "10.0.0.0/8"],
		"beside": ["10.0.0.0/8", "11.0.0.0/8"],
		"address beside": ["10.0.0.0/8", "9.255.255.255"],
		"other family": ["::/0", "10.0.0.0/8"],
		"other family, the other way": ["0.0.0.0/0", "::/0"],
	}
	not cidr.includes(outer, inner)
	not cidr.covers([outer], inner)
}

test_disjoint if {
	not cidr.overlaps("10.0.0.0/8", "11.0.0.0/8")
	not cidr.overlaps("0.0.0.0/0", "::/0")
	not cidr.overlaps("fe80::/10", "fc00::/7")
}

test_subtract[name] if {
	some name, [c, excepts, rest] in {
		"null": ["10.0.0.1/8", null, {"10.0.0.0/8"}],
		"nothing": ["10.0.0.0/8", [], {"10.0.0.0/8"}],
		"what it does not hold": ["10.0.0.0/8", ["11.0.0.0/8", "::/0"], {"10.0.0.0/8"}],
		"itself": ["10.0.0.0/8", ["10.0.0.0/8"], set()],
		"more than itself": ["10.0.0.0/8", ["0.0.0.0/0", "10.1.0.0/16"], set()],
		"its halves": ["10.0.0.0/8", ["10.0.0.0/9", "10.128.0.0/9"], set()],
		"a half": ["10.0.0.0/8", ["10.128.0.0/9"], {"10.0.0.0/9"}],
		"an address": ["10.0.0.0/30", ["10.0.0.1"], {"10.0.0.0/32", "10.0.0.2/31"}],
		"nested holes": ["10.0.0.0/14", ["10.1.0.0/16", "10.1.2.0/24"], {"10.0.0.0/16", "10.2.0.0/15"}],
		"two holes": ["10.0.0.0/14", ["10.0.0.0/16", "10.3.0.0/16"], {"10.1.0.0/16", "10.2.0.0/16"}],
		"IPv6": ["2001:db8::/32", ["2001:db8:8000::/34"], {"2001:db8::/33", "2001:db8:c000::/34"}],
		"last bits of IPv6": ["fd00::ff0/124", ["fd00::ff4/126"], {"fd00::ff0/126", "fd00::ff8/125"}],
		"beside the mapped addresses, which are no addresses": ["::fffe:0:0/95", ["::fffe:0:0/96"], set()],
	}
	cidr.subtract(c, excepts) == rest
}

test_covers if {
	cidr.covers({"0.0.0.0/1", "128.0.0.0/1"}, "0.0.0.0/0")
	cidr.covers(["8000::/1", "not a block", "::/2", "4000::/2"], "::/0")
	cidr.covers(["10.0.0.0/9", "10.128.0.0/10", "10.192.0.0/10"], "10.0.0.0/8")
	not cidr.covers(["10.0.0.0/9", "10.128.0.0/10"], "10.0.0.0/8")
	not cidr.covers([], "10.0.0.0/8")
	not cidr.covers(null, "10.0.0.0/8")
}

test_private if {
	every c in cidr.private { cidr.valid(c) }
	every inside in {"172.31.255.255", "100.127.0.1", "169.254.169.254", "fd00:ec2::254", "febf::1"} {
		cidr.covers(cidr.private, inside)
	}
	every outside in {"172.32.0.0", "100.128.0.0", "8.8.8.8", "2001:db8::1", "fec0::1"} {
		not cidr.covers(cidr.private, outside)
	}
}

test_canonical if {
	cidr.canonical("10.1.2.3") == "10.1.2.3/32"
	cidr.canonical("10.1.2.3/8") == "10.0.0.0/8"
	cidr.canonical("FD00:0::35/128") == cidr.canonical("fd00::35")
	not cidr.canonical("None")
}

test_objection[c] if {
	some c, [part, lenient] in {
		"10.0.0.1/8": ["bits set", "10.0.0.0/8"],
		"1.2.3.4/0": ["bits set", "0.0.0.0/0"],
		"2001:DB8::1/32": ["bits set", "2001:db8::/32"],
		"010.0.0.0/8": ["leading zeros", "10.0.0.0/8"],
		"10.01.002.3/032": ["leading zeros", "10.1.2.3/32"],
		"2001:db8::/032": ["leading zeros", "2001:db8::/32"],
		"64:ff9b::010.0.0.0/104": ["leading zeros", "64:ff9b::a00:0/104"],
		"::ffff:10.0.0.0/104": ["form of IPv6", "10.0.0.0/8"],
		"::ffff:a01:203/128": ["form of IPv6", "10.1.2.3/32"],
	}
	contains(cidr.objection(c), part)
	cidr.lenient(c) == lenient
}

test_no_block[c] if {
	some c in ["", "10", "10.0.0.1", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8 ", "256.0.0.0/8", "::1", "::/129", "fe80::%eth0/64", "00001::/16 ", "any"]
	contains(cidr.objection(c), "no block")
	not cidr.lenient(c)
}

test_no_objection[c] if {
	some c in ["0.0.0.0/0", "10.0.0.0/8", "10.1.2.3/32", "::/0", "2001:0db8:0:0::/32", "2001:DB8::/32", "64:ff9b::10.0.0.0/104", "::1/128"]
	not cidr.objection(c)
	cidr.lenient(c)
}

test_of_host[c] if {
	some c, want in {"10.1.2.3": "10.1.2.3/32", "2001:db8::1": "2001:db8::1/128", "10.0.0.10": "10.0.0.10/32"}
	cidr.of_host(c) == want
}

test_no_host[c] if {
	some c in ["10.0.0.0", "2001:db8::", "10.1.2.3/8", "web", ""]
	not cidr.of_host(c)
}

test_supernets if {
	cidr.supernets("10.1.2.0/24", {8, 16, 24, 25, 64}) == {"10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24"}
	cidr.supernets("fd00:1:2::/48", {8, 32, 64}) == {"fd00::/8", "fd00:1::/32"}
	cidr.supernets("10.1.2.0/24", {0}) == {"0.0.0.0/0"}
	cidr.supernets("none", {8}) == set()
}
