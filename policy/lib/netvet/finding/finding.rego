# METADATA
# description: What a rule says of one place in one object. Every host keeps "msg" and "details".
package lib.netvet.finding

import data.lib.netvet.host

# path leads from the object's root to the place at fault: keys and item numbers from 0. Undefined where the host is to keep silent about it.
at(i, path, message) := {
	"msg": message,
	"details": object.union(host.origin(i), {"resource": host.identity(i), "path": path}),
} if {
	not host.waived(i)
}

# The same, from a rule that has several severities: "error", "warning" or "note".
graded(i, path, message, severity) := object.union(
	at(i, path, message),
	{"details": {"severity": severity}},
) if {
	host.told(severity)
}

# The finding with a remedy of its own, more concrete than the rule's.
advised(fault, remediation) := object.union(fault, {"details": {"remediation": remediation}})

# The finding with what mends the object: operations of JSON Patch, {"op": "add" | "remove" | "replace", "path", "value"}, whose paths are as a
# finding's. They apply one after the other; "add" puts an item before the one of that number, or last under the number of items.
mended(fault, operations) := object.union(fault, {"details": {"fix": operations}})

# How messages write a path: "spec.ingress[0].from".
place(path) := trim_prefix(concat("", [_step(step) | some step in path]), ".")

_step(step) := sprintf("[%d]", [step]) if {
	is_number(step)
} else := sprintf(".%s", [step])
