package lint_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
)

func TestStockConftestAgrees(t *testing.T) {
	conftest := findStock(t, "conftest")
	for _, input := range fixtures(t) {
		t.Run(input, func(t *testing.T) {
			want := netvetSays(t, read(t, input))
			got, status := conftestSays(t, conftest, "--combine", input)
			assert.Equal(t, want, got)
			assert.Equal(t, want.fails(), status == 1)

			alone, status := conftestSays(t, conftest, input)
			assert.Equal(t, alone.fails(), status == 1)
			for finding := range alone {
				assert.True(t, want.covers(t, finding), "only without --combine: %+v", finding)
			}
		})
	}
}

func TestStockConftestVerifies(t *testing.T) {
	output, status := findStock(t, "conftest").run(t, nil, "verify", "-p", "policy")
	assert.Zero(t, status, "%s", output)
	assert.Regexp(t, `[1-9]\d* tests, `, string(output))
}

// covers tells whether the verdict holds a finding, or the same as a graver one.
func (v verdict) covers(t *testing.T, finding said) bool {
	t.Helper()
	stated, err := policy.ParseSeverity(finding.Severity)
	require.NoError(t, err)
	for s := policy.Error; s <= stated; s++ {
		finding.Severity = s.String()
		if v[finding] {
			return true
		}
	}
	return false
}

func conftestSays(t *testing.T, conftest stock, args ...string) (verdict, int) {
	t.Helper()
	output, status := conftest.run(t, nil, append([]string{"test", "-p", "policy", "-o", "json"}, args...)...)
	var files []struct {
		Filename           string
		Failures, Warnings []struct{ Metadata result }
	}
	require.NoError(t, json.Unmarshal(output, &files))
	v := verdict{}
	for _, file := range files {
		for _, r := range append(file.Failures, file.Warnings...) {
			if r.Metadata.File == "" {
				r.Metadata.File = file.Filename
			}
			v[r.Metadata.said()] = true
		}
	}
	return v, status
}
