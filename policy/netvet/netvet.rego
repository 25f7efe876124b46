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
	# A rule is whatever package OWNER.rules.NAME has metadata. Their tests, which some hosts compile, have none.
	some owner, name
	chain := data[owner].rules[name].metadata
	custom := [step.annotations.custom | some step in chain; step.annotations.custom.severity][0]
	id := _id(owner, name)
	some fault in data[owner].rules[name].violation
	finding := object.union_n([
		object.remove(fault.details, ["severity"]),
		{"rule": id, "severity": _severity(custom, fault), "message": fault.msg},
		_suppression(id, custom, fault.details.index),
	])
}

# The rules of others have their names before them.
_id(owner, name) := replace(name, "_", "-") if {
	owner == "netvet"
} else := replace(sprintf("%s-%s", [owner, name]), "_", "-")

# Objects are admitted in any order, so a rule that looks at others does not refuse.
_severity(custom, fault) := "warning" if {
	host.admission
	not custom.scope in {"object", "source"}
	_stated(custom, fault) == "error"
} else := _stated(custom, fault)

_stated(custom, fault) := object.get(fault.details, "severity", custom.severity)

# Whoever wrote the object lives with the fault, and says why; under a name that the rule had before, too.
_suppression(present, custom, index) := {"suppressed": reasons[0]} if {
	ids := array.concat([present], object.get(custom, "formerly", []))
	some suppressible in ids
	host.suppressible(suppressible)
	reasons := [reason | some id in ids; reason := host.suppression(index, id)]
	reasons != []
} else := {}
