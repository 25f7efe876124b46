package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
)

// judge makes a finding of an answer of data.netvet.findings.
func (l *Linter) judge(set *manifest.Set, answer any) (Finding, error) {
	fields, _ := answer.(map[string]any)
	id, _ := fields["rule"].(string)
	rule := l.rules[id]
	index, isIndex := integer(fields["index"])
	if rule == nil || !isIndex || index < 0 || index >= len(set.Resources) {
		return Finding{}, fmt.Errorf("rule %q gives a result that names no object of the input: %v", id, answer)
	}
	severity, err := policy.ParseSeverity(text(fields["severity"]))
	if err != nil {
		return Finding{}, fmt.Errorf("rule %s: %w", id, err)
	}
	if len(set.Errors) > 0 && rule.Scope.WantsOthers() {
		severity = max(severity, policy.Warning)
	}
	steps, _ := fields["path"].([]any)
	path := pathOf(steps)
	fix, err := operations(fields["fix"])
	if err != nil {
		return Finding{}, fmt.Errorf("rule %s: %w", id, err)
	}
	resource := set.Resources[index]
	return Finding{
		Rule:        rule,
		Severity:    severity,
		Message:     text(fields["message"]),
		Remediation: cmp.Or(text(fields["remediation"]), rule.Remediation),
		Resource:    resource,
		Path:        path,
		Fix:         fix,
		Span:        resource.Span(path),
		Suppressed:  text(fields["suppressed"]),
	}, nil
}

func compareFindings(a, b Finding) int {
	order := cmp.Or(compareSpans(a.Span, b.Span), cmp.Compare(a.Rule.ID, b.Rule.ID), cmp.Compare(a.Message, b.Message))
	if order != 0 {
		return order
	}
	// Objects that were not read from text have no lines.
	return cmp.Or(cmp.Compare(fmt.Sprint(a.Resource.ID), fmt.Sprint(b.Resource.ID)), cmp.Compare(a.Path.String(), b.Path.String()))
}

// Other kinds of policy, which may admit or deny what NetworkPolicies do not.
var otherPolicyGroups = [...]string{"cilium.io", "crd.antrea.io", "crd.projectcalico.org", "projectcalico.org", "policy.networking.k8s.io"}

func unjudged(resources []*manifest.Resource) map[string]int {
	counts := map[string]int{}
	for _, resource := range resources {
		group, _, _ := strings.Cut(resource.ID.APIVersion, "/")
		kind := resource.ID.Kind
		switch {
		case strings.EqualFold(kind, "NetworkPolicy") && isOthers(group), strings.HasSuffix(kind, "Policy") && slices.Contains(otherPolicyGroups[:], group):
			counts[kind+"."+group]++
		}
	}
	return counts
}

// isOthers tells other projects' groups from Kubernetes' own, in which there is one NetworkPolicy; of any other the rule removed-api-version tells.
func isOthers(group string) bool {
	return strings.Contains(group, ".") && !strings.HasSuffix(group, "k8s.io") && !strings.HasSuffix(group, "kubernetes.io")
}

func text(value any) string {
	s, _ := value.(string)
	return s
}

// integer reads a number of OPA's, which is a json.Number.
func integer(value any) (int, bool) {
	number, isNumber := value.(interface{ Int64() (int64, error) })
	if !isNumber {
		return 0, false
	}
	n, err := number.Int64()
	return int(n), err == nil
}
