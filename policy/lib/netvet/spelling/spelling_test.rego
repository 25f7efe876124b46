package lib.netvet.spelling_test

import data.lib.netvet.spelling

_long(letter, n) := concat("", [letter | some _ in numbers.range(1, n)])

test_subdomain if {
	spelling.subdomain(_long("a", 254)) == "is longer than 253 characters"
	every text in ["a", "1", "web", "web-1.a", _long("a", 253)] { not spelling.subdomain(text) }
	every text in ["", "Web", "-web", "web-", "web..a", "web.-a", "web_a", "wéb", "web\n", _long("a", 254)] { spelling.subdomain(text) }
}

test_dns_label if {
	spelling.dns_label(_long("a", 64)) == "is longer than 63 characters"
	every text in ["a", "1", "web-1", _long("a", 63)] { not spelling.dns_label(text) }
	every text in ["", "Web", "-web", "web-", "web.a", _long("a", 64)] { spelling.dns_label(text) }
}

test_prefix if {
	every text in ["web", "web-", "web--", "a-", "aA-"] { not spelling.prefix(text) }
	every text in ["-", "web.", "Web-", "Web", "-web-"] { spelling.prefix(text) }
}

test_label_key if {
	spelling.label_key("a/b/c") == "holds more than one /"
	spelling.label_key("a/") == "has nothing behind the /"
	spelling.label_key("") == "is empty"
	startswith(spelling.label_key("/a"), "has a part before the / that is not made of")
	endswith(spelling.label_key(_long("a", 64)), "longer than 63 characters")
	every text in ["a", "A", "a_b.c-d", "example.com/a", "example.com/A_b", sprintf("%s/%s", [_long("a", 253), _long("A", 63)])] {
		not spelling.label_key(text)
	}
	every text in ["a b", "-a", "a-", "é", "Example.com/a", "a_b/c", "example.com/-", _long("a", 64), sprintf("%s/a", [_long("a", 254)])] {
		spelling.label_key(text)
	}
}

test_label_value if {
	every text in ["", "a", "A.b_c-d", _long("a", 63)] { not spelling.label_value(text) }
	every text in ["a b", "-a", "a-", "a/b", "*", _long("a", 64)] { spelling.label_value(text) }
}

test_port_name if {
	spelling.port_name("80") == "has no letter, as the names of ports have; a number stands without quotes"
	spelling.port_name("80-90") == "is a range, which is written as port and endPort"
	spelling.port_name(_long("a", 16)) == "is longer than 15 characters"
	every text in ["h", "http", "a80", "80a", "http-metrics", "0x50", "8080-tcp", _long("a", 15)] { not spelling.port_name(text) }
	every text in ["", "HTTP", "-http", "http-", "a--b", "a_b", "7-7", "é", _long("a", 16)] { spelling.port_name(text) }
}
