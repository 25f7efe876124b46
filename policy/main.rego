# METADATA
# description: conftest's entry. Errors fail the test, warnings and notes warn.
package main

import data.netvet

deny contains _result(finding) if {
	some finding in netvet.findings
	finding.severity == "error"
	not finding.suppressed
}

warn contains _result(finding) if {
	some finding in netvet.findings
	finding.severity != "error"
	not finding.suppressed
}

# Equal results collapse into one, so that each names its rule and its object.
_result(finding) := object.union(finding, {"msg": sprintf("%s: %s: %s", [finding.rule, _object(finding), finding.message])})

_object(finding) := sprintf("%s%s %s", [_file(finding), finding.resource.kind, _name(finding.resource)])

_file(finding) := sprintf("%s: ", [finding.file]) if {
	finding.file
} else := ""

_name(resource) := resource.name if {
	resource.namespace == ""
} else := sprintf("%s/%s", [resource.namespace, resource.name])
