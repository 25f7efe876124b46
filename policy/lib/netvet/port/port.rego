# METADATA
# title: Ports
# description: |
#   The API's NetworkPolicyPort, `{protocol?, port?, endPort?}`, and a rule's list of them, where null (which
#   callers give for an absent list) and `[]` mean everything, protocols without ports such as ICMP included.
#   A missing protocol is TCP, a missing port all ports of its protocol. What the API server refuses admits nothing.
package lib.netvet.port

# The protocol of a port of a rule or container; undefined where the API server refuses it.
protocol(port) := "TCP" if _absent(port, "protocol")

protocol(port) := port.protocol if port.protocol in _protocols

# The name that a port of a rule has in the place of a number; undefined where the API server refuses it.
name(port) := port.port if {
	is_string(port.port)
	_absent(port, "endPort")
	count(port.port) <= 15
	regex.match(`^([a-z0-9]+-)*[0-9]*[a-z][a-z0-9]*(-[a-z0-9]+)*$`, port.port)
}

# Holds when a rule with these ports admits the number on a pod with these container ports.
admits(ports, transport, number, _) if _admits(ports, transport, number)

admits(ports, transport, number, container_ports) if {
	some name in _names(ports, transport)
	some port in container_ports
	port.name == name
	port.containerPort == number
	protocol(port) == transport
}

# As admits, of a pod that is not known: a named port could be any number.
could_admit(ports, transport, number) if _admits(ports, transport, number)

could_admit(ports, transport, _) if count(_names(ports, transport)) > 0

# Holds when some port could be admitted by both lists. The least such starts a range; names could be any number.
overlaps(a, b) if {
	some transport in _protocols
	some number in ({1} | {range[0] | some ports in [a, b]; some range in ranges(ports, transport)})
	could_admit(a, transport, number)
	could_admit(b, transport, number)
}

# The [from, to] of every numeric port of the protocol.
ranges(ports, _) := {[1, 65535]} if _everything(ports)

ranges(ports, transport) := {range | some port in ports; protocol(port) == transport; range := _range(port)} if {
	not _everything(ports)
}

# Holds when b admits all that a admits; names are equal by name and protocol.
implies(_, b) if _everything(b)

implies(a, b) if {
	not _everything(a)
	every transport in _protocols {
		unnamed := {[1, 65535] | some name in _names(a, transport); not name in _names(b, transport)}
		every range in ranges(a, transport) | unnamed { _covers(ranges(b, transport), range) }
	}
}

# How messages call a rule's ports, in the order written.
describe(ports) := "every port" if {
	_everything(ports)
} else := concat(", ", [describe_one(port) | some port in ports])

# The same of one of them; undefined where the API server refuses it.
describe_one(port) := sprintf("every %s port", [protocol(port)]) if {
	[1, 65535] in ranges([port], protocol(port))
} else := sprintf("%s %d", [protocol(port), from]) if {
	some [from, from] in ranges([port], protocol(port))
} else := sprintf("%s %d-%d", [protocol(port), from, to]) if {
	some [from, to] in ranges([port], protocol(port))
} else := sprintf("%s %s", [protocol(port), name]) if {
	some name in _names([port], protocol(port))
}

_protocols := {"TCP", "UDP", "SCTP"}

_everything(ports) if is_null(ports)

_everything(ports) if {
	is_array(ports)
	count(ports) == 0
}

_admits(ports, transport, number) if {
	some [from, to] in ranges(ports, transport)
	from <= number
	number <= to
}

_range(port) := [1, 65535] if {
	_absent(port, "port")
	_absent(port, "endPort")
}

_range(port) := [port.port, to] if {
	to := _end(port)
	port.port <= to
	every number in [port.port, to] {
		is_number(number)
		floor(number) == number
		number >= 1
		number <= 65535
	}
}

_end(port) := port.port if _absent(port, "endPort")

else := port.endPort

_names(ports, transport) := {name(port) | some port in ports; protocol(port) == transport}

_absent(port, key) if {
	is_object(port)
	object.get(port, key, null) == null
}

# The first port that no range holds could only be the first of all or follow the end of a range.
_covers(spans, [from, to]) if {
	starts := {from} | {next | some span in spans; next := span[1] + 1; from < next; next <= to}
	every start in starts {
		some span in spans
		span[0] <= start
		start <= span[1]
	}
}
