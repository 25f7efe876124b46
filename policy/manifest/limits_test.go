package manifest

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLimits(t *testing.T) {
	bomb := pod + "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'j'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 10), ", "))
	}
	merges := pod + "a: &a {x: y}\n"
	for c := 'b'; c <= 'j'; c++ {
		merges += fmt.Sprintf("%c: &%c {<<: [%s]}\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 10), ", "))
	}
	deepBlock := pod
	for i := range 60 {
		deepBlock += strings.Repeat(" ", i) + "a:\n"
	}
	for _, test := range []struct {
		name, text string
		options    Options
		err        string
	}{
		{"alias bomb", bomb, Options{}, "a.yaml:9:36: the aliases of this file repeat more than 100000 values"},
		{"merge bomb", merges, Options{}, "a.yaml:10:17: the aliases of this file repeat more than 100000 values"},
		{"many small bombs", strings.Repeat("a: &a [1, 2, 3, 4]\nb: [*a, *a, *a, *a]\n---\n", 10), Options{MaxAliased: 150}, "a.yaml:23:13: the aliases of this file repeat more than 150 values"},
		{"deep flow", pod + "a: " + strings.Repeat("[", 600) + strings.Repeat("]", 600), Options{}, "a.yaml:5:503: lists and mappings are nested more than 500 deep here"},
		{"deep braces", pod + "a: " + strings.Repeat("{a: ", 600) + strings.Repeat("}", 600), Options{}, "a.yaml:5:2000: lists and mappings are nested more than 500 deep here"},
		{"deep JSON", strings.Repeat(`{"a":`, 600), Options{}, "a.yaml:1:2501: lists and mappings are nested more than 500 deep here"},
		{"deep block", deepBlock, Options{MaxDepth: 50}, "a.yaml:55:51: lists and mappings are nested more than 50 deep here"},
		{"very deep flow", strings.Repeat("[", 1_000_000), Options{}, "a.yaml:1:10001: lists and mappings are nested more than 500 deep here"},
		{"very deep list", pod + "a:\n" + strings.Repeat("- ", 100_000) + "x", Options{}, "a.yaml:6:20001: lists and mappings are nested more than 500 deep here"},
		{"many values", pod + "a: [" + strings.Repeat("1, ", 1000) + "]", Options{MaxValues: 1000}, "a.yaml:5:2987: this file holds more than 1000 values; split it"},
		{"many values in JSON", `{"a": [` + strings.Repeat("1, ", 1000) + "1]}", Options{MaxValues: 1000}, "a.yaml:1:3002: this file holds more than 1000 values; split it"},
		{"many documents", strings.Repeat("a: [1, 2]\n---\n", 1000), Options{MaxValues: 1000}, "a.yaml:1:1: no Kubernetes object"},
		{"many bytes", pod, Options{MaxFileBytes: 10}, "a.yaml: the file is larger than the limit of 10 bytes; split it"},
		{"too much for the library", "a: &a [" + strings.Repeat("1,", 2_000_000) + "]\n", Options{}, "a.yaml:1:4: this document is too large for a full YAML parser, which it needs from here on"},
		{"too long for the library", "a: &a '" + strings.Repeat("x", 17<<20) + "'\n", Options{}, "a.yaml:1:4: this document is too large for a full YAML parser, which it needs from here on"},
	} {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			set := Decode("a.yaml", []byte(test.text), test.options)
			require.NotEmpty(t, set.Errors)
			found := false
			for _, e := range set.Errors {
				found = found || strings.HasPrefix(e.Error(), test.err)
			}
			assert.True(t, found, "%.300s", set.Errors[0].Error())
			assert.Less(t, time.Since(start), 20*time.Second)
		})
	}
}

func TestLimitsLeaveRoom(t *testing.T) {
	var b strings.Builder
	for range 20_000 {
		b.WriteString(policyTemplate + "---\n")
	}
	set := Decode("a.yaml", []byte(b.String()), Options{})
	assert.Empty(t, set.Errors)
	assert.Len(t, set.Resources, 20_000)
}

func TestManyEmptyDocuments(t *testing.T) {
	for name, text := range map[string]string{
		"empty":    strings.Repeat("---\n", 5_000_000),
		"blank":    strings.Repeat("--- \r\n  \r\n", 2_000_000),
		"comments": strings.Repeat("---\n# nothing\n", 2_000_000),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			set := Decode("a.yaml", []byte(pod+text), Options{})
			assert.Empty(t, set.Errors)
			assert.Len(t, set.Resources, 1)
			assert.Less(t, time.Since(start), 5*time.Second)
		})
	}
}

func TestManyErrors(t *testing.T) {
	for name, text := range map[string]string{
		"documents": strings.Repeat("a: b\n---\n", 100_000),
		"labels":    `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "é", "labels": {` + labels(10_000) + `}}}`,
		"items":     "apiVersion: v1\nkind: List\nitems: [" + strings.Repeat("1, ", 100_000) + "]\n",
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			set := Decode("a.yaml", []byte(text), Options{})
			require.Len(t, set.Errors, 1001)
			assert.ErrorContains(t, set.Errors[1000], "this file has more than 1000 errors, and not all of the rest is read. Mend the first ones")
			assert.Less(t, time.Since(start), 20*time.Second)
		})
	}
	var twice strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&twice, "k%d: a\nk%d: b\n", i, i)
	}
	assert.Len(t, Decode("a.yaml", []byte(twice.String()), Options{}).Errors, 100)
}

// labels gives n labels that are numbers, in JSON on one line.
func labels(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"l%d": 1, `, i)
	}
	return strings.TrimSuffix(b.String(), ", ")
}

func TestLargeFileIsNotRead(t *testing.T) {
	chdir(t, nil)
	file, err := os.Create("big.yaml")
	require.NoError(t, err)
	require.NoError(t, file.Truncate(100<<20))
	require.NoError(t, file.Close())
	set := load(t, "big.yaml")
	assert.Equal(t, []string{"big.yaml: the file is larger than the limit of 64 MiB; split it"}, errorsOf(set))
}
