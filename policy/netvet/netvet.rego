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
	some name, rule in data.netvet.rules
	id := replace(name, "_", "-")
	some fault in rule.violation
	finding := object.union_n([
		object.remove(fault.details, ["severity"]),
		{"rule": id, "severity": _severity(rule, fault), "message": fault.msg},
		_suppression(id, fault.details.index),
	])
}

# Objects are admitted in any order, so a rule that looks at others does not refuse.
_severity(rule, fault) := "warning" if {
	host.admission
	not _annotations(rule).scope in {"object", "source"}
	_stated(rule, fault) == "error"
} else := _stated(rule, fault)

_stated(rule, fault) := object.get(fault.details, "severity", _annotations(rule).severity)

# The annotations of the rule's package are the last in its chain.
_annotations(rule) := rule.metadata[count(rule.metadata) - 1].annotations.custom

# Whoever wrote the object lives with the fault, and says why. At admission that is not for the author to decide.
_suppression(id, index) := {"suppressed": reason} if {
	not host.admission
	reason := trim_space(host.metadata(host.resources[index]).annotations[sprintf("ignore.netvet.dev/%s", [id])])
	reason != ""
} else := {}
