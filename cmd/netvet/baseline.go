package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/netvet/netvet/policy/lint"
)

// readBaseline gives the baseline that is to be compared with, or nil. One that is to be written may be there already: what people have added to it
// is kept.
func (o *lintOptions) readBaseline(config lint.Config) (*lint.Baseline, error) {
	name := o.baseline
	if name == "" && config.BaselineFile != "" {
		name = config.BaselineFile
		if !filepath.IsAbs(name) {
			name = filepath.Join(config.Dir, filepath.FromSlash(name))
		}
	}
	name = or(name, o.writeBaseline)
	if name == "" {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && o.writeBaseline != "" && sameName(name, o.writeBaseline):
		return nil, nil // the first time
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("baseline %s: no such file; --write-baseline %s writes it", name, name)
	case err != nil:
		return nil, fmt.Errorf("read baseline: %w", err)
	}
	baseline, err := lint.ReadBaseline(name, data)
	if err != nil {
		return nil, fmt.Errorf("the baseline is not as it must be:\n%w", err)
	}
	return baseline, nil
}

// sameName tells whether two names are of one file, be it there or not.
func sameName(a, b string) bool {
	first, err := filepath.Abs(a)
	if err != nil {
		return false
	}
	second, err := filepath.Abs(b)
	return err == nil && first == second
}

// record writes the baseline of the report, all of it or nothing, and takes what it holds for known.
func (p *program) record(r *lint.Report, name string) error {
	b := r.Record(filepath.Dir(name))
	text, err := b.YAML()
	if err != nil {
		return err
	}
	r.Accept()
	file, err := os.CreateTemp(filepath.Dir(name), ".netvet-baseline-*")
	if err != nil {
		return fmt.Errorf("write baseline: %w", err)
	}
	defer os.Remove(file.Name())
	_, err = file.Write(text)
	if err := errors.Join(err, file.Chmod(0o644), file.Close()); err != nil {
		return fmt.Errorf("write baseline: %w", err)
	}
	if err := os.Rename(file.Name(), name); err != nil {
		return fmt.Errorf("write baseline: %w", err)
	}
	p.note(fmt.Sprintf("%s: holds %s", name, findings(len(b.Entries))))
	return nil
}

func findings(n int) string {
	if n == 1 {
		return "1 finding"
	}
	return fmt.Sprintf("%d findings", n)
}
