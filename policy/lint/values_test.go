package lint

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
)

// Whoever hands over objects of their own may hand over what JSON has no word for.
func TestObjectsThatAreNoJSON(t *testing.T) {
	linter, err := New(t.Context(), policy.Default(), Config{})
	require.NoError(t, err)
	for name, value := range map[string]any{"channel": make(chan int), "function": func() {}} {
		t.Run(name, func(t *testing.T) {
			resource := &manifest.Resource{
				ID:     manifest.ID{APIVersion: "v1", Kind: "ConfigMap", Name: "odd"},
				Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "odd"}, "data": map[string]any{"key": value}},
			}
			_, err := linter.Lint(t.Context(), &manifest.Set{Resources: []*manifest.Resource{resource}})
			assert.ErrorContains(t, err, "ConfigMap odd")
		})
	}
}
