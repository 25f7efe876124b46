package lib.netvet.port_test

import data.lib.netvet.port

_container_ports := [
	{"name": "http", "containerPort": 8080},
	{"name": "dns", "containerPort": 5353, "protocol": "UDP"},
	{"name": "dns-tcp", "containerPort": 5353, "protocol": "TCP"},
	{"name": "80", "containerPort": 80},
	{"containerPort": 9090},
]

# What the API server refuses, or does not even decode.
_refused := {
	"a string": "80",
	"a number": 80,
	"null": null,
	"number in quotes": {"port": "80"},
	"name with capitals": {"port": "HTTP"},
	"name that is too long": {"port": "abcdefghijklmnop"},
	"name with two hyphens": {"port": "a--b"},
	"name that ends in a hyphen": {"port": "a-"},
	"empty name": {"port": ""},
	"zero": {"port": 0},
	"above the last": {"port": 65536},
	"fraction": {"port": 80.5},
	"boolean": {"port": true},
	"list": {"port": [80]},
	"endPort alone": {"endPort": 80},
	"endPort with a null port": {"port": null, "endPort": 80},
	"endPort with a name": {"port": "http", "endPort": 8080},
	"endPort below port": {"port": 80, "endPort": 79},
	"endPort above the last": {"port": 80, "endPort": 65536},
	"endPort in quotes": {"port": 80, "endPort": "90"},
	"endPort that is a fraction": {"port": 80, "endPort": 90.5},
	"unknown protocol": {"protocol": "ICMP", "port": 80},
	"protocol in lower case": {"protocol": "tcp", "port": 80},
	"empty protocol": {"protocol": "", "port": 80},
	"protocol that is a number": {"protocol": 6, "port": 80},
}

test_refused_admits_nothing[name] if {
	some name, p in _refused
	not port.admits([p], "TCP", 80, _container_ports)
	not port.admits([p], "TCP", 8080, _container_ports)
	not port.could_admit([p], "TCP", 80)
	port.ranges([p], "TCP") == set()
	not port.overlaps([p], [p])
	not port.overlaps([p], [])
	port.implies([p], [{"port": 1}])
	not port.implies([{"port": 80}], [p])
}

test_protocol if {
	port.protocol({}) == "TCP"
	port.protocol({"protocol": null}) == "TCP"
	port.protocol({"protocol": "UDP"}) == "UDP"
	port.protocol({"protocol": "SCTP"}) == "SCTP"
}

test_admits[name] if {
	some name, [ports, protocol, number] in {
		"null": [null, "TCP", 1],
		"empty list": [[], "SCTP", 65535],
		"protocol defaults to TCP": [[{"port": 80}], "TCP", 80],
		"no port": [[{"protocol": "UDP"}], "UDP", 53],
		"null port": [[{"protocol": "UDP", "port": null, "endPort": null}], "UDP", 53],
		"nothing but a default": [[{}], "TCP", 53],
		"first of a range": [[{"port": 80, "endPort": 90}], "TCP", 80],
		"last of a range": [[{"port": 80, "endPort": 90}], "TCP", 90],
		"range of one": [[{"port": 80, "endPort": 80}], "TCP", 80],
		"second item": [[{"port": 80}, {"port": 443}], "TCP", 443],
		"sound item beside a refused one": [[{"port": "80"}, {"port": 80}], "TCP", 80],
		"name": [[{"port": "http"}], "TCP", 8080],
		"name of UDP": [[{"port": "dns", "protocol": "UDP"}], "UDP", 5353],
	}
	port.admits(ports, protocol, number, _container_ports)
	port.could_admit(ports, protocol, number)
}

test_does_not_admit[name] if {
	some name, [ports, protocol, number] in {
		"other protocol": [[{"port": 80}], "UDP", 80],
		"other protocol without port": [[{}], "UDP", 80],
		"other number": [[{"port": 80}], "TCP", 81],
		"below a range": [[{"port": 80, "endPort": 90}], "TCP", 79],
		"above a range": [[{"port": 80, "endPort": 90}], "TCP", 91],
		"name that no container port bears": [[{"port": "metrics"}], "TCP", 9090],
		"name of the other protocol": [[{"port": "dns"}], "TCP", 5353],
		"named port's other number": [[{"port": "http"}], "TCP", 9090],
		"an object for the list": [{"port": 80}, "TCP", 80],
		"a string for the list": ["80", "TCP", 80],
	}
	not port.admits(ports, protocol, number, _container_ports)
}

test_name_resolves_on_the_pod_alone if {
	not port.admits([{"port": "http"}], "TCP", 8080, [])
	not port.admits([{"port": "http"}], "TCP", 8080, null)
	port.could_admit([{"port": "http"}], "TCP", 1)
	not port.could_admit([{"port": "http"}], "UDP", 1)
}

test_ranges if {
	port.ranges(null, "UDP") == {[1, 65535]}
	port.ranges([], "TCP") == {[1, 65535]}
	port.ranges([{}, {"protocol": "UDP", "port": 53}], "TCP") == {[1, 65535]}
	port.ranges([{"port": 80}, {"port": 90, "endPort": 99}, {"port": "http"}], "TCP") == {[80, 80], [90, 99]}
	port.ranges([{"port": 80}], "UDP") == set()
}

_every_protocol := [{"protocol": "TCP"}, {"protocol": "UDP"}, {"protocol": "SCTP"}]

test_implies[name] if {
	some name, [a, b] in {
		"everything": [null, []],
		"every protocol": [_every_protocol, null],
		"same": [[{"port": 80}], [{"port": 80, "protocol": "TCP"}]],
		"protocol": [[{"port": 80}], [{}]],
		"range": [[{"port": 80}], [{"port": 1, "endPort": 80}]],
		"ranges that touch": [[{"port": 10, "endPort": 30}], [{"port": 21, "endPort": 30}, {"port": 5, "endPort": 20}]],
		"ranges that overlap": [[{"port": 10, "endPort": 30}], [{"port": 1, "endPort": 25}, {"port": 15, "endPort": 40}]],
		"name": [[{"port": "http"}], [{"port": "http"}, {"port": 80}]],
		"name by its protocol": [[{"port": "http"}], [{"protocol": "TCP"}]],
		"name by all numbers": [[{"port": "http"}], [{"port": 1, "endPort": 9}, {"port": 10, "endPort": 65535}]],
	}
	port.implies(a, b)
}

test_does_not_imply[name] if {
	some name, [a, b] in {
		"everything, and every protocol that has ports": [null, _every_protocol],
		"other protocol": [[{"port": 80}], [{"port": 80, "protocol": "UDP"}]],
		"gap between ranges": [[{"port": 10, "endPort": 30}], [{"port": 1, "endPort": 19}, {"port": 21, "endPort": 40}]],
		"start missing": [[{"port": 10, "endPort": 30}], [{"port": 11, "endPort": 30}]],
		"end missing": [[{"port": 10, "endPort": 30}], [{"port": 10, "endPort": 29}]],
		"name, and the number it may have": [[{"port": "http"}], [{"port": 80}]],
		"number, and a name": [[{"port": 80}], [{"port": "http"}]],
		"name of another protocol": [[{"port": "dns"}], [{"port": "dns", "protocol": "UDP"}]],
	}
	not port.implies(a, b)
}

test_overlaps[name] if {
	some name, [a, b] in {
		"everything": [null, [{"port": 80}]],
		"protocol": [[{"protocol": "UDP"}], [{"protocol": "UDP", "port": 53}]],
		"range and number": [[{"port": 10, "endPort": 30}], [{"port": 30}]],
		"one of several": [[{"port": 80}, {"port": 443}], [{"port": 8080}, {"port": 443}]],
		"name and number": [[{"port": "http"}], [{"port": 80}]],
		"two names": [[{"port": "http"}], [{"port": "web"}]],
		"the same": [[{"port": 80}, {"port": 443}], [{"port": 443}]],
		"the same name": [[{"port": "http"}], [{"port": "http"}]],
		"the same range": [[{"port": 10, "endPort": 30}], [{"port": 10, "endPort": 30}]],
		"the same beside what is refused": [[{"port": 0}, {"port": 80}], [{"port": 0}, {"port": 80}]],
		"the same in other words": [[{"port": 80}], [{"protocol": "TCP", "port": 80, "endPort": null}]],
		"every port of a protocol": [[{}], [{}]],
		"everything twice": [[], null],
	}
	port.overlaps(a, b)
	port.overlaps(b, a)
}

test_does_not_overlap[name] if {
	some name, [a, b] in {
		"numbers": [[{"port": 80}], [{"port": 81}]],
		"number and its protocol": [[{"port": 53}], [{"port": 53, "protocol": "UDP"}]],
		"name and its protocol": [[{"port": "dns"}], [{"port": 53, "protocol": "UDP"}]],
		"ranges": [[{"port": 10, "endPort": 19}], [{"port": 20, "endPort": 30}]],
		"refused": [[{"port": 0}], [{"port": 0}]],
		"refused beside others": [[{"port": 0}, {"port": 80}], [{"port": 0}, {"port": 81}]],
	}
	not port.overlaps(a, b)
	not port.overlaps(b, a)
}

test_describe[name] if {
	some name, example in {
		"null": {"ports": null, "want": "every port"},
		"empty": {"ports": [], "want": "every port"},
		"numbers": {"ports": [{"port": 443}, {"port": 53, "protocol": "UDP"}], "want": "TCP 443, UDP 53"},
		"range": {"ports": [{"port": 8000, "endPort": 8010}], "want": "TCP 8000-8010"},
		"a range of one": {"ports": [{"port": 80, "endPort": 80}], "want": "TCP 80"},
		"protocol": {"ports": [{"protocol": "UDP"}], "want": "every UDP port"},
		"a range of all": {"ports": [{"port": 1, "endPort": 65535}], "want": "every TCP port"},
		"name": {"ports": [{"port": "http"}], "want": "TCP http"},
		"refused": {"ports": [{"port": 0}, {"port": 80}, "https"], "want": "TCP 80"},
	}
	port.describe(example.ports) == example.want
}

test_name if {
	port.name({"port": "http"}) == "http"
	every entry in [{"port": 80}, {"port": "80"}, {"port": "http", "endPort": 90}, {"port": "HTTP"}, {"port": "a-name-that-is-too-long"}, {}, 7] {
		not port.name(entry)
	}
}
