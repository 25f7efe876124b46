# METADATA
# description: The entry for the Go program, `opa eval` and an OPA server.
package netvet

import data.lib.netvet.host

# METADATA
# description: >-
#   Every finding: {"rule", "severity", "message", "resource": {"apiVersion", "kind", "namespace", "name"}, "path"}, with "index" into the
#   resources for input that is an envelope, or "file" for conftest's.
# entrypoint: true
findings contains finding if {
	some name, rule in data.netvet.rules
	some fault in rule.violation
	finding := object.union(object.remove(fault.details, ["severity"]), {
		"rule": replace(name, "_", "-"),
		"severity": _severity(rule, fault),
		"message": fault.msg,
	})
}

# Objects are admitted in any order, so a rule that looks at others does not refuse.
_severity(rule, fault) := "warning" if {
	host.admission
	_annotations(rule).scope != "object"
	_stated(rule, fault) == "error"
} else := _stated(rule, fault)

_stated(rule, fault) := object.get(fault.details, "severity", _annotations(rule).severity)

# The annotations of the rule's package are the last in its chain.
_annotations(rule) := rule.metadata[count(rule.metadata) - 1].annotations.custom
