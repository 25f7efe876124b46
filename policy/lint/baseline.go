package lint

import (
	"bytes"
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/netvet/netvet/policy/manifest"
)

// Baseline is findings that were known when it was recorded, so that a run tells of new ones only.
type Baseline struct {
	// Dir is the directory from which the entries' files count; "" stands for the working directory.
	Dir     string
	Entries []Entry
}

// Entry is one finding of a baseline. Fingerprint and, where several share it, File and Message say which; Object and Path are for people.
type Entry struct {
	Rule        string `yaml:"rule"`
	Fingerprint string `yaml:"fingerprint"`
	File        string `yaml:"file"` // with slashes, from Baseline.Dir; "<stdin>" for standard input
	Object      string `yaml:"object,omitempty"`
	Path        string `yaml:"path,omitempty"`
	Message     string `yaml:"message,omitempty"`

	// Reason, Owner and Expires are added by hand. An entry that has expired hides nothing.
	Reason  string `yaml:"reason,omitempty"`
	Owner   string `yaml:"owner,omitempty"`
	Expires Date   `yaml:"expires,omitempty"`

	// Place is where the entry stands: file:line:column.
	Place string `yaml:"-"`
}

func baselineSchema() *schema {
	entry := object("", map[string]*schema{
		"rule":        words(""),
		"fingerprint": {Type: "string", Pattern: "^[0-9a-f]{32}$", form: "a fingerprint: 32 hexadecimal digits"},
		"file":        words(""),
		"object":      {Type: "string"},
		"path":        {Type: "string"},
		"message":     {Type: "string"},
		"reason":      words(""),
		"owner":       words(""),
		"expires":     dateSchema(""),
	})
	entry.Required = []string{"rule", "fingerprint", "file"}
	one := int64(baselineVersion)
	top := object("", map[string]*schema{
		"version":  {Type: "integer", Minimum: &one, Maximum: &one},
		"findings": {Type: "array", Items: entry},
	})
	top.Required = []string{"version", "findings"}
	return top
}

const baselineVersion = 1

// ReadBaseline reads a file that Baseline.YAML wrote. Its name stands in errors; its directory is Baseline.Dir.
func ReadBaseline(name string, data []byte) (*Baseline, error) {
	r := &reader{file: filepath.ToSlash(name), origins: map[string]string{}}
	var f struct{ Findings []Entry }
	if err := r.read(data, baselineSchema(), &f); err != nil {
		return nil, err
	}
	for i := range f.Findings {
		f.Findings[i].Place = r.origins[fmt.Sprintf("findings.%d", i)]
	}
	return &Baseline{Dir: filepath.Dir(name), Entries: f.Findings}, nil
}

// YAML writes the baseline. Entries are sorted by file, object, rule and path.
func (b *Baseline) YAML() ([]byte, error) {
	entries := slices.Clone(b.Entries)
	slices.SortStableFunc(entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Message, b.Message), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	var text bytes.Buffer
	text.WriteString("# Findings that netvet lint --baseline passes over. Written by netvet lint --write-baseline, which keeps what you add to an\n" +
		"# entry: reason, owner, and expires, the last day on which it holds (2026-12-31).\n")
	dumper, err := yaml.NewDumper(&text, yaml.WithV4Defaults(), yaml.WithLineWidth(-1))
	if err == nil {
		err = dumper.Dump(struct {
			Version  int     `yaml:"version"`
			Findings []Entry `yaml:"findings"`
		}{baselineVersion, entries})
	}
	if err == nil {
		err = dumper.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("write baseline: %w", err)
	}
	return text.Bytes(), nil
}

// Record gives a baseline of the report: all findings that are not suppressed, with what was added to the entries of the former baseline, and those of
// its entries that the run could not see. The files count from the directory.
func (r *Report) Record(dir string) *Baseline {
	b := &Baseline{Dir: dir, Entries: slices.Concat(r.kept, r.Unseen)}
	for i := range b.Entries {
		if e := &b.Entries[i]; e.File != manifest.Stdin {
			e.File = relative(dir, filepath.Join(r.dir, filepath.FromSlash(e.File)))
		}
	}
	for _, f := range r.Findings {
		if f.Suppressed == "" && f.entry == nil {
			b.Entries = append(b.Entries, f.record(dir))
		}
	}
	return b
}

// Accept takes the findings that Record has added to a baseline for known.
func (r *Report) Accept() {
	var left []Finding
	for _, f := range r.Findings {
		if f.Suppressed == "" && f.entry == nil {
			r.Known = append(r.Known, f)
		} else {
			left = append(left, f)
		}
	}
	r.Findings = left
	slices.SortFunc(r.Known, compareFindings)
	r.count()
}

func (f Finding) record(dir string) Entry {
	id := f.Resource.ID
	name := id.Name
	if id.Namespace != "" {
		name = id.Namespace + "/" + name
	}
	return Entry{
		Rule: f.Rule.ID, Fingerprint: f.Fingerprint(), File: relative(dir, f.Resource.File), Object: id.Kind + " " + name,
		Path: f.Path.String(), Message: f.Message,
	}
}

// relative gives the path of a file from a directory, with slashes; both may count from the working directory.
func relative(dir, file string) string {
	if file == manifest.Stdin {
		return file
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return filepath.ToSlash(file)
	}
	to, err := filepath.Abs(filepath.FromSlash(file))
	if err != nil {
		return filepath.ToSlash(file)
	}
	path, err := filepath.Rel(from, to)
	if err != nil {
		return filepath.ToSlash(to)
	}
	return filepath.ToSlash(path)
}

// compare takes what the baseline knows out of the report.
func (r *Report) compare(c *resolved, set *manifest.Set, asked func(rule, file string) bool) {
	b := c.Baseline
	if b == nil {
		return
	}
	r.dir = b.Dir
	matched := b.match(r.Findings)
	used := map[int]bool{}
	var news []Finding
	for i, f := range r.Findings {
		n, known := matched[i]
		if !known {
			news = append(news, f)
			continue
		}
		used[n] = true
		entry := b.Entries[n]
		kept := f.record(b.Dir)
		kept.Reason, kept.Owner, kept.Expires = entry.Reason, entry.Owner, entry.Expires
		r.kept = append(r.kept, kept)
		if entry.Expires.over(c.Today) {
			f.entry = &entry
			news = append(news, f)
			r.Notices = append(r.Notices, Notice{entry.Place, fmt.Sprintf("this finding of %s was accepted until %s%s and counts again", f.Rule.ID, entry.Expires, owed(entry.Owner))})
			continue
		}
		r.Known = append(r.Known, f)
	}
	r.Findings = news
	r.lost(c, used, set, asked)
}

// match finds the entry of each finding, by their numbers: where several share a fingerprint, that of the same file and message first.
func (b *Baseline) match(findings []Finding) map[int]int {
	type key struct{ fingerprint, file, message string }
	matched, used := map[int]int{}, map[int]bool{}
	prints := make([][]string, len(findings))
	files := make([]string, len(findings))
	for i, f := range findings {
		prints[i] = f.fingerprints()
		files[i] = relative(b.Dir, f.Resource.File)
	}
	for _, blank := range []func(key) key{
		func(k key) key { return k },
		func(k key) key { return key{k.fingerprint, k.file, ""} },
		func(k key) key { return key{k.fingerprint, "", k.message} },
		func(k key) key { return key{k.fingerprint, "", ""} },
	} {
		free := map[key][]int{}
		for n, e := range b.Entries {
			if !used[n] {
				k := blank(key{e.Fingerprint, e.File, e.Message})
				free[k] = append(free[k], n)
			}
		}
		for i, f := range findings {
			if _, done := matched[i]; done || f.Suppressed != "" {
				continue
			}
			for _, fingerprint := range prints[i] {
				k := blank(key{fingerprint, files[i], f.Message})
				if len(free[k]) > 0 {
					matched[i], used[free[k][0]] = free[k][0], true
					free[k] = free[k][1:]
					break
				}
			}
		}
	}
	return matched
}

// lost tells of entries without a finding, so that somebody takes them out, unless the run could not have met them.
func (r *Report) lost(c *resolved, used map[int]bool, set *manifest.Set, asked func(rule, file string) bool) {
	b := c.Baseline
	read, unsure := map[string]bool{}, map[string]bool{}
	for file := range filesOf(set) {
		read[relative(b.Dir, file)] = true
	}
	for _, err := range set.Errors {
		unsure[relative(b.Dir, err.Span.File)] = true
	}
	var gone []Entry
	for n, e := range b.Entries {
		switch seen := read[e.File] && !unsure[e.File] && asked(e.Rule, e.File); {
		case used[n]:
		case seen, !read[e.File] && e.File != manifest.Stdin && c.Exists != nil && !c.Exists(filepath.Join(b.Dir, filepath.FromSlash(e.File))):
			gone = append(gone, e)
		default:
			r.Unseen = append(r.Unseen, e)
		}
	}
	for n, e := range gone {
		if n == maxGone {
			r.Notices = append(r.Notices, Notice{e.Place, fmt.Sprintf("%s more of the baseline, from here on, are gone", counted(len(gone)-n))})
			return
		}
		r.Notices = append(r.Notices, Notice{e.Place, fmt.Sprintf("%s of %s in %s is gone: take the entry out, or run --write-baseline", e.Rule, e.Object, e.File)})
	}
}

// maxGone is how many entries that are gone are told of one by one.
const maxGone = 10

func counted(n int) string {
	if n == 1 {
		return "1 finding"
	}
	return fmt.Sprintf("%d findings", n)
}

// filesOf names the files that were read.
func filesOf(set *manifest.Set) map[string]bool {
	files := map[string]bool{}
	for _, resource := range set.Resources {
		files[resource.File] = true
	}
	for _, skipped := range set.Skipped {
		files[skipped.Span.File] = true
	}
	for _, err := range set.Errors {
		files[err.Span.File] = true
	}
	return files
}
