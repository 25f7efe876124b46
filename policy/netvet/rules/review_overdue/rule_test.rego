package netvet.rules.review_overdue_test

import data.netvet.rules.review_overdue

_policy(metadata) := {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": {}}

_by(date) := _policy({"name": "a", "annotations": {"netvet.dev/review-by": date}})

_found := {fault.msg | some fault in review_overdue.violation}

_on(today, policy) := {"resources": [policy], "parameters": {"today": today}}

_overdue := {"the policy was to be reviewed by 2030-06-15"}

test_days[today] if {
	some today, want in {
		"2029-12-31": set(),
		"2030-06-14": set(),
		"2030-06-15": set(),
		"2030-06-16": _overdue,
		"2030-07-01": _overdue,
		"2031-01-01": _overdue,
	}
	_found == want with input as _on(today, _by("2030-06-15"))
}

test_the_clock if {
	_found == set() with input as _by("2030-06-15") with time.now_ns as time.parse_rfc3339_ns("2030-06-15T23:59:59Z")
	_found == _overdue with input as _by("2030-06-15") with time.now_ns as time.parse_rfc3339_ns("2030-06-16T00:00:00Z")
	_found == _overdue with input as _by("2030-06-15") with time.now_ns as time.parse_rfc3339_ns("2030-06-15T22:00:00-03:00")
}

_no_date(value) := {sprintf("%s is no date YYYY-MM-DD, so nobody knows when the policy is to be reviewed", [json.marshal(value)])}

test_no_date[value] if {
	some value in ["soon", "", "2030-6-15", "2030-13-01", "2030-01-32", "15.06.2030", " 2030-06-15", "2030-06-15T00:00:00Z", 7]
	_found == _no_date(value) with input as _on("2000-01-01", _by(value))
}

_missing := {"no annotation netvet.dev/review-by says when the policy is to be reviewed"}

test_required[name] if {
	some name, example in {
		"annotation": {"policy": _by("2030-06-15"), "require": true, "want": set()},
		"no date": {"policy": _by(""), "require": true, "want": _no_date("")},
		"null": {"policy": _by(null), "require": true, "want": _missing},
		"no annotation": {"policy": _policy({"name": "a", "annotations": {"a": "b"}}), "require": true, "want": _missing},
		"no annotations": {"policy": _policy({"name": "a"}), "require": true, "want": _missing},
		"annotations null": {"policy": _policy({"name": "a", "annotations": null}), "require": true, "want": _missing},
		"not required": {"policy": _policy({"name": "a"}), "require": false, "want": set()},
	}
	parameters := {"today": "2000-01-01", "require_review": example.require}
	_found == example.want with input as {"resources": [example.policy], "parameters": parameters}
}

# One object is enough; others neither add anything nor take anything away.
test_the_same_in_every_scope[name] if {
	some name, policy in {"overdue": _by("2019-12-31"), "no date": _by("soon")}
	want := review_overdue.violation with input as policy
	count(want) == 1
	review_overdue.violation == want with input as {"resources": [policy], "sight": "document"}
	review_overdue.violation == want with input as {"resources": [policy, {}], "sight": "set"}
	review_overdue.violation == set() with input as {"resources": [policy], "scope": []}
}
