package bundle

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"testing/fstest"

	"github.com/netvet/netvet/policy"
)

// Join adds rules of one's own to a policy: a file system laid out as a policy's root, with netvet/rules/NAME/rule.rego (package
// netvet.rules.NAME), and libraries in packages of their own, such as lib/acme/team/team.rego. What the policy has is not replaced: a rule
// that says something else under the same name would mislead whoever reads the findings.
func Join(p *policy.Policy, own fs.FS) (*policy.Policy, error) {
	added, err := policy.Open(own)
	if err != nil {
		return nil, err
	}
	tree := fstest.MapFS{}
	put := func(sources map[string]string) error {
		for _, name := range slices.Sorted(maps.Keys(sources)) {
			if _, taken := tree[name]; taken {
				return fmt.Errorf("join policies: both have %s; call yours something else", name)
			}
			tree[name] = &fstest.MapFile{Data: []byte(sources[name]), Mode: 0o444}
		}
		return nil
	}
	if err := put(p.Sources()); err != nil {
		return nil, err
	}
	if err := put(added.Sources()); err != nil {
		return nil, err
	}
	if len(added.Sources()) == 0 {
		return nil, fmt.Errorf("join policies: there is no Rego to add")
	}
	return policy.Open(tree)
}
