package reach_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
)

var update = flag.Bool("update", false, "rewrite the reports in testdata (not the truth tables)")

// TestTables runs the archives in testdata. Each has manifests, in after.yaml those of another version, and what is said of them:
//
//   - options: words that set reach.Options;
//   - allowed, allowed under <options>: a truth table, "from -> to: ports" a line, written by hand;
//   - problems: what the API server refuses;
//   - explain <from> <to> <port>, text, csv, markdown, json, dot, mermaid, exposed, diff…: reports.
func TestTables(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			require.NoError(t, err)
			sections := 0
			for i, section := range archive.Files {
				words := strings.Fields(section.Name)
				if slices.Contains([]string{"options", "cluster.yaml", "after.yaml"}, words[0]) {
					continue
				}
				sections++
				options := option(archive, "options")
				if words[0] == "allowed" {
					checkTable(t, archive, section, append(options, words[1:]...))
					continue
				}
				got := say(t, archive, words, options)
				if *update {
					archive.Files[i].Data = got
				} else {
					require.Equal(t, string(section.Data), string(got), section.Name)
				}
			}
			require.NotZero(t, sections, "nothing is said of the manifests")
			if *update {
				require.NoError(t, os.WriteFile(file, txtar.Format(archive), 0o644))
			}
		})
	}
}

func option(archive *txtar.Archive, name string) []string {
	for _, f := range archive.Files {
		if f.Name == name {
			return strings.Fields(string(f.Data))
		}
	}
	return nil
}

func reachIn(t *testing.T, archive *txtar.Archive, name string, words []string) *reach.Reach {
	t.Helper()
	var options reach.Options
	for _, word := range words {
		switch key, value, _ := strings.Cut(word, "="); key {
		case "ip-blocks-miss-pods":
			options.IPBlocksMissPods = true
		case "host-network-isolated":
			options.HostNetworkIsolated = true
		case "default-namespace":
			options.DefaultNamespace = value
		case "under":
		default:
			t.Fatalf("unknown option %s", word)
		}
	}
	for _, f := range archive.Files {
		if f.Name == name {
			set := manifest.Decode(name, f.Data, manifest.Options{})
			require.Empty(t, set.Errors)
			r, err := reach.New(t.Context(), set.Resources, options)
			require.NoError(t, err)
			return r
		}
	}
	t.Fatalf("no %s", name)
	return nil
}

func peerOf(t *testing.T, r *reach.Reach, name string) reach.Peer {
	t.Helper()
	peers, err := r.Find(name)
	require.NoError(t, err)
	require.Len(t, peers, 1, name)
	return peers[0]
}

func checkTable(t *testing.T, archive *txtar.Archive, section txtar.File, options []string) {
	t.Helper()
	r := reachIn(t, archive, "cluster.yaml", options)
	for row := range strings.Lines(string(section.Data)) {
		row = strings.TrimSpace(row)
		if row == "" || row[0] == '#' {
			continue
		}
		colon := strings.LastIndex(row, ": ") // addresses have colons, too
		from, to, found := strings.Cut(row[:max(colon, 0)], " -> ")
		want := strings.TrimPrefix(row[max(colon, 0):], ": ")
		require.True(t, found, row)
		answer := r.Between(peerOf(t, r, from), peerOf(t, r, to))
		got := answer.All.String()
		if !answer.All.Equal(answer.Some) {
			got += ", some " + answer.Some.String()
		}
		if got != want {
			t.Errorf("%s: %s to %s: got %s, want %s", section.Name, from, to, got, want)
		}
	}
}

// say gives what a section is to hold.
func say(t *testing.T, archive *txtar.Archive, words, options []string) []byte {
	t.Helper()
	r := reachIn(t, archive, "cluster.yaml", options)
	var b bytes.Buffer
	var err error
	switch words[0] {
	case "problems":
		for _, p := range r.Problems() {
			fmt.Fprintln(&b, p)
		}
	case "explain":
		protocol, port, parseErr := reach.ParsePort(words[3])
		require.NoError(t, parseErr)
		e := r.Explain(peerOf(t, r, words[1]), peerOf(t, r, words[2]), protocol, port)
		if len(words) > 4 {
			err = reach.ExplanationJSON(&b, e)
		} else {
			b.WriteString(e.String())
		}
	case "text":
		err = reach.Text(&b, r.Table())
	case "csv":
		err = reach.CSV(&b, r.Table())
	case "markdown":
		err = reach.Markdown(&b, r.Table())
	case "json":
		err = reach.JSON(&b, r.Table())
	case "dot":
		err = reach.DOT(&b, r.Table())
	case "mermaid":
		err = reach.Mermaid(&b, r.Table())
	case "exposed":
		exposures := append(r.Exposed(reach.Ingress), r.Exposed(reach.Egress)...)
		switch words[len(words)-1] {
		case "json":
			err = reach.ExposedJSON(&b, exposures)
		case "markdown":
			err = reach.ExposedMarkdown(&b, exposures)
		default:
			err = reach.ExposedText(&b, exposures)
		}
	case "diff":
		d := reach.Compare(r, reachIn(t, archive, "after.yaml", options))
		switch words[len(words)-1] {
		case "json":
			err = reach.DiffJSON(&b, d)
		case "markdown":
			err = reach.DiffMarkdown(&b, d)
		case "mermaid":
			err = reach.DiffMermaid(&b, d)
		case "dot":
			err = reach.DiffDOT(&b, d)
		default:
			err = reach.DiffText(&b, d)
		}
	default:
		t.Fatalf("unknown section %v", words)
	}
	require.NoError(t, err)
	return b.Bytes()
}
