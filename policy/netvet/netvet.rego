# METADATA
# description: The entry for the Go program, `opa eval` and an OPA server.
package netvet

import data.lib.netvet.host

# METADATA
# description: >-
#   Every finding: {"rule", "severity", "message", "resource": {"apiVersion", "kind", "namespace", "name"}, "path", "index"}, where index
#   counts the resources; with "file" for conftest's array, and "suppressed", the reason, where an annotation suppresses it.
# entrypoint: true
findings contains finding if {
	# Not "some rule in data.netvet.rules": that would run the rules' tests, too, where a host compiles them.
	some name, fault
	data.netvet.rules[name].violation[fault]
	id := replace(name, "_", "-")
	finding := object.union_n([
		object.remove(fault.details, ["severity"]),
		{"rule": id, "severity": _severity(name, fault), "message": fault.msg},
		_suppression(id, fault.details.index),
	])
}

# Objects are admitted in any order, so a rule that looks at others does not refuse.
_severity(name, fault) := "warning" if {
	host.admission
	not _annotations(name).scope in {"object", "source"}
	_stated(name, fault) == "error"
} else := _stated(name, fault)

_stated(name, fault) := object.get(fault.details, "severity", _annotations(name).severity)

# The annotations of the rule's package are the last in its chain.
_annotations(name) := chain[count(chain) - 1].annotations.custom if chain := data.netvet.rules[name].metadata

# Whoever wrote the object lives with the fault, and says why.
_suppression(id, index) := {"suppressed": host.suppression(index, id)} if {
	host.suppressible(id)
} else := {}
