# METADATA
# description: What a rule says of one place in one object. Every host keeps "msg" and "details".
package lib.netvet.finding

import data.lib.netvet.host

# path leads from the object's root to the place at fault: keys and item numbers from 0.
at(i, path, message) := {
	"msg": message,
	"details": object.union(host.origin(i), {"resource": host.identity(i), "path": path}),
}

# The same, from a rule that has several severities: "error", "warning" or "note".
graded(i, path, message, severity) := object.union(
	at(i, path, message),
	{"details": {"severity": severity}},
)
