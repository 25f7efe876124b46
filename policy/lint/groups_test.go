package lint

import (
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/assert"

	"github.com/netvet/netvet/policy/manifest"
)

// What is not regular takes the long way through package networkpolicy; taken for regular, it would be misread.
func TestRegular(t *testing.T) {
	peer := map[string]any{"podSelector": map[string]any{}}
	for name, c := range map[string]struct {
		spec any
		want bool
	}{
		"nothing":              {map[string]any{}, true},
		"no spec":              {nil, true},
		"rules":                {map[string]any{"ingress": []any{map[string]any{"from": []any{peer}}}, "egress": []any{map[string]any{}}}, true},
		"types":                {map[string]any{"policyTypes": []any{"Ingress"}}, true},
		"null selector":        {map[string]any{"podSelector": nil}, true}, // read apart from the rules
		"null types":           {map[string]any{"policyTypes": nil}, false},
		"null rules":           {map[string]any{"ingress": nil}, false},
		"null rule":            {map[string]any{"egress": []any{nil}}, false},
		"null list":            {map[string]any{"egress": []any{map[string]any{"to": nil}}}, false},
		"null peer":            {map[string]any{"ingress": []any{map[string]any{"from": []any{peer, nil}}}}, false},
		"null member":          {map[string]any{"ingress": []any{map[string]any{"from": []any{map[string]any{"podSelector": nil}}}}}, false},
		"rules no list":        {map[string]any{"ingress": map[string]any{"from": []any{peer}}}, false},
		"rule no mapping":      {map[string]any{"ingress": []any{"all"}}, false},
		"peers no list":        {map[string]any{"ingress": []any{map[string]any{"from": peer}}}, false},
		"peer no mapping":      {map[string]any{"ingress": []any{map[string]any{"from": []any{"all"}}}}, false},
		"types no list":        {map[string]any{"policyTypes": "Ingress"}, false},
		"another faulty place": {map[string]any{"policyTypes": []any{"Egress"}, "egress": []any{map[string]any{"ports": []any{53}}}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			object := map[string]any{"spec": c.spec}
			if c.spec == nil {
				object = map[string]any{}
			}
			resources := []*manifest.Resource{
				{ID: manifest.ID{Kind: "Service"}, Object: map[string]any{"spec": map[string]any{"ingress": nil}}},
				{ID: manifest.ID{Kind: "NetworkPolicy"}, Object: object},
			}
			assert.Equal(t, ast.InternedTerm(c.want), regular(resources))
		})
	}
}
