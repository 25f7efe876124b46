package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

// inputHelp tells what is read.
const inputHelp = `Patterns are those of .gitignore: 'manifests/**/web.yaml', in quotes so that the
shell leaves them alone. In directories netvet passes over what git ignores; what
is named itself is always read, unless it is excluded. An empty standard input
is an error, since the program before the pipe may have failed.`

// inputFlags say what is read besides the paths, and what is not.
type inputFlags struct {
	exclude     []string
	filesFrom   string
	noGitignore bool
	allowEmpty  bool
}

func (f *inputFlags) define(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.exclude, "exclude", nil, "leave out files that this `PATTERN` means, as in .gitignore; repeat it for several")
	flags.StringVar(&f.filesFrom, "files-from", "", "read the manifests that `FILE`, or - for standard input, lists: one a line, or with a NUL after each")
	flags.BoolVar(&f.noGitignore, "no-gitignore", false, "read what git ignores, too")
	flags.BoolVar(&f.allowEmpty, "allow-empty", false, "let there be nothing to judge: an empty standard input, a directory without manifests")
	completeBy(cmd, "exclude", cobra.NoFileCompletions)
}

// any refuses a command line that names nothing to read.
func (f *inputFlags) any(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0 && f.filesFrom == "":
		return fmt.Errorf("nothing to judge: name files or directories, - for standard input, or a cluster (%s --help shows examples)", cmd.CommandPath())
	case f.filesFrom == "-" && slices.Contains(args, "-"):
		return errors.New("standard input cannot be both a manifest and a list of files: write the list to a file")
	}
	return nil
}

// lists gives the list of files, if there is one.
func (f *inputFlags) lists() []string {
	if f.filesFrom == "" {
		return nil
	}
	return []string{f.filesFrom}
}

// options are those for reading.
func (f *inputFlags) options(config lint.Config) (manifest.Options, error) {
	o := manifest.Options{NoGitignore: f.noGitignore, AllowEmpty: f.allowEmpty}
	for _, of := range []struct {
		dir      string
		patterns []string
	}{{config.Dir, config.Exclude}, {"", f.exclude}} {
		if len(of.patterns) == 0 {
			continue
		}
		matcher, err := manifest.NewMatcher(of.dir, of.patterns)
		if err != nil {
			return o, fmt.Errorf("exclude: %w", err)
		}
		o.Exclude = append(o.Exclude, matcher)
	}
	return o, nil
}

// maxListBytes bounds a list of files.
const maxListBytes = 64 << 20

// list reads the list of files; nil stands for no list. It gives up when the context ends, for whoever writes the list may be slow.
func (f *inputFlags) list(ctx context.Context, stdin io.Reader) ([]string, error) {
	if f.filesFrom == "" {
		return nil, nil
	}
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := f.listBytes(stdin)
		done <- result{data, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		switch {
		case r.err != nil:
			return nil, fmt.Errorf("--files-from %s: %w", f.filesFrom, r.err)
		case len(r.data) > maxListBytes:
			return nil, fmt.Errorf("--files-from %s: the list is larger than %d MiB", f.filesFrom, maxListBytes>>20)
		}
		return listed(r.data), nil
	}
}

func (f *inputFlags) listBytes(stdin io.Reader) ([]byte, error) {
	if f.filesFrom == "-" {
		return io.ReadAll(io.LimitReader(stdin, maxListBytes+1))
	}
	file, err := os.Open(f.filesFrom)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxListBytes+1))
}

// listed splits a list: at NUL, if there is one, as git -z and find -print0 write it, else at line breaks. git puts names with unusual characters
// into quotes.
func listed(data []byte) []string {
	files := []string{}
	if bytes.IndexByte(data, 0) >= 0 {
		for name := range strings.SplitSeq(string(data), "\x00") {
			if name != "" {
				files = append(files, name)
			}
		}
		return files
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, `"`) {
			if name, err := strconv.Unquote(line); err == nil {
				line = name
			}
		}
		if line != "" {
			files = append(files, line)
		}
	}
	return files
}

// leftOut says which files were asked for and not read.
func (p *program) leftOut(set *manifest.Set, o manifest.Options) {
	missing := 0
	for _, left := range set.LeftOut {
		p.note(left.Span.String() + ": " + left.Reason)
		if slices.Contains(o.Listed, left.Span.File) {
			missing++
		}
	}
	switch {
	case o.Listed == nil || len(set.Resources) > 0 || len(set.Errors) > 0:
	case missing > 0 && set.Files == 0:
		p.note("none of the files listed is here: git names files from the root of the repository; run netvet there, or git with --relative")
	case set.Files == 0:
		p.note("no manifest is among the files listed")
	}
}

// maxNotes is how many notes help somebody.
const maxNotes = 20

// notices tells what is to be seen to in the configuration and the baseline.
func (p *program) notices(notices []lint.Notice) {
	seen := map[lint.Notice]bool{}
	for _, notice := range notices {
		if seen[notice] {
			continue
		}
		if seen[notice] = true; len(seen) <= maxNotes {
			p.note(notice.String())
		}
	}
	if more := len(seen) - maxNotes; more > 0 {
		p.note(fmt.Sprintf("and %d more of these", more))
	}
}

// manifestsOf leaves out of a list what is no manifest by its name.
func manifestsOf(list []string) []string {
	var manifests []string
	for _, name := range list {
		switch strings.ToLower(filepath.Ext(name)) {
		case ".yaml", ".yml", ".json":
			manifests = append(manifests, name)
		}
	}
	return manifests
}
