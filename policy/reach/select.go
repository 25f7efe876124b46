package reach

import (
	"fmt"

	"github.com/netvet/netvet/policy/manifest"
)

// Select gives the workloads of which some pod matches, as a peer of a NetworkPolicy would: both are the API's LabelSelector, of JSON types, and
// nil matches all. Pods in their node's network match, too. The error says what the API server would refuse.
func (r *Reach) Select(namespaces, pods map[string]any) ([]*Workload, error) {
	ns, err := parseSelector("namespaceSelector", namespaces)
	if err != nil {
		return nil, err
	}
	s, err := parseSelector("podSelector", pods)
	if err != nil {
		return nil, err
	}
	var selected []*Workload
	for _, w := range r.workloads {
		if !ns.matches(r.namespaceLabels[w.Namespace]) {
			continue
		}
		for _, pod := range w.Pods {
			if s.matches(pod.Labels) {
				selected = append(selected, w)
				break
			}
		}
	}
	return selected, nil
}

func parseSelector(name string, object map[string]any) (selector, error) {
	if object == nil {
		return selector{}, nil
	}
	var problems []Problem
	n := node{reading: &reading{&manifest.Resource{}, &problems}, at: &step{nil, name, 0}, value: object}
	s := readSelector(n)
	if len(problems) > 0 {
		return s, fmt.Errorf("select workloads: %s: %s", problems[0].Path, problems[0].Message)
	}
	return s, nil
}
