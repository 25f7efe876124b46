# METADATA
# title: The review of a policy is overdue
# description: |
#   The annotation `netvet.dev/review-by` says until when somebody is to look at the policy again: peers move, ports fall out of use, and what a policy
#   still admits is open for nothing. It has passed, or is no date. The day itself is still in time; days are those of UTC.
#   A policy without the annotation is told only if the parameter require_review says so.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/security/security-checklist/#network-security
# custom:
#   severity: warning
#   category: practice
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: []
#   guide: [practice 6]
#   parameters:
#     require_review:
#       type: boolean
#       description: Whether every policy needs a date of review.
#       default: false
#     today:
#       type: string
#       description: The date to go by, YYYY-MM-DD, for a report that is the same tomorrow. Without one, it is the host's.
#       default: ""
#   remediation: |
#     Look at what the policy admits, take out what nothing needs, and say when to look again:
#
#     metadata:
#       annotations:
#         netvet.dev/review-by: "2030-01-31"
package netvet.rules.review_overdue

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy

metadata := rego.metadata.chain()

violation contains finding.at(i, ["metadata", "annotations", "netvet.dev/review-by"], message) if {
	some i in (_asked & networkpolicy.reviewed)
	message := _fault(object.get(_dates, i, null))
}

_dates := {i: date | some i; date := host.resources[i].metadata.annotations["netvet.dev/review-by"]}

_asked := networkpolicy.reviewed if {
	host.parameter("require_review", false) == true
} else := object.keys(_dates)

_fault(date) := sprintf("the policy was to be reviewed by %s", [date]) if {
	_is_date(date)
	date < _today
}

_fault(date) := sprintf("%s is no date YYYY-MM-DD, so nobody knows when the policy is to be reviewed", [json.marshal(date)]) if {
	date != null
	not _is_date(date)
}

_fault(null) := "no annotation netvet.dev/review-by says when the policy is to be reviewed" if {
	host.parameter("require_review", false) == true
}

# As text, dates of this form sort by time.
_is_date(date) if {
	is_string(date)
	regex.match(`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`, date)
}

_today := date if {
	date := host.parameter("today", "")
	date != ""
} else := time.format([time.now_ns(), "UTC", "2006-01-02"])
