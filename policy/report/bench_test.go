package report_test

import (
	"io"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

// thousands is a report of 5,000 findings with fixes, in 500 files.
func thousands(b *testing.B) *lint.Report {
	b.Helper()
	r := &lint.Report{Summary: lint.Summary{Files: 500, Objects: 500, Errors: 5_000}}
	few := full(b).Findings[1:]
	few = append(few, mendable(b).Findings...)
	for n := range 500 {
		set := manifest.Decode(string(rune('a'+n%26))+"/web.yaml", []byte(apart), manifest.Options{})
		require.Len(b, set.Resources, 1)
		for i := range 10 {
			f := few[i%len(few)]
			if f.Resource.File == "web.yaml" {
				f.Resource = set.Resources[0]
			}
			f.Span = f.Resource.Span(f.Path)
			r.Findings = append(r.Findings, f)
		}
	}
	return r
}

func BenchmarkFormats(b *testing.B) {
	r := thousands(b)
	for _, format := range slices.Sorted(maps.Keys(formats)) {
		b.Run(format, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, formats[format](io.Discard, r))
			}
		})
	}
}
