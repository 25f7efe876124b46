package reach_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
)

// However random clusters are built up, the last step leads to what they allow as a whole, and each begins where the one before ended.
func TestStepsLeadToTheWhole(t *testing.T) {
	steps := 0
	for seed := range uint64(20) {
		d := &drawn{bytesOf(seed, 5000)}
		n, _ := d.clusterOf(8, 6)
		resources := n.resources()
		want := table(t, reachOf(t, n))
		for _, from := range []int{0, len(resources) / 2, len(resources)} {
			rollout, err := reach.Apply(t.Context(), resources[:from], resources[from:], n.options)
			require.NoError(t, err)
			require.Equal(t, want, table(t, rollout.Whole.After), "seed %d from %d", seed, from)
			last := rollout.Whole.Before
			for _, s := range rollout.Steps {
				require.Same(t, last, s.Before)
				last = s.After
				steps++
			}
			require.Same(t, last, rollout.Whole.After)
		}
	}
	assert.NotZero(t, steps)
}

func table(t *testing.T, r *reach.Reach) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, reach.CSV(&b, r.Table()))
	return b.String()
}

func TestApplyIsCancelled(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	set := manifest.Objects("cluster", map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "a"}})
	_, err := reach.Apply(stopped, set.Resources, nil, reach.Options{})
	require.ErrorIs(t, err, context.Canceled)
}
