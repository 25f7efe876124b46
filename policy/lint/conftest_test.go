package lint_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStockConftestVerifies(t *testing.T) {
	output, status := findStock(t, "conftest").run(t, nil, "verify", "-p", "policy")
	assert.Zero(t, status, "%s", output)
	assert.Regexp(t, `[1-9]\d* tests, `, string(output))
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
