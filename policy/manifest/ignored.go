package manifest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ignored is what a .gitignore file says, below what those of the directories above it say.
type ignored struct {
	above    *ignored
	dir      string // absolute, with slashes
	patterns []pattern
}

// match tells whether git ignores the path, which is absolute, with slashes. The nearest file that says something of it decides.
func (i *ignored) match(path string, dir bool) bool {
	for ; i != nil; i = i.above {
		inside, ok := below(i.dir, path)
		if !ok {
			continue
		}
		if said := match(i.patterns, inside, dir); said != unsaid {
			return said == yes
		}
	}
	return false
}

// maxIgnoreBytes bounds a .gitignore file.
const maxIgnoreBytes = 1 << 20

// with adds what a file of patterns says, if there is one. As in git a symbolic link is none.
func (i *ignored) with(dir, file string) (*ignored, error) {
	info, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), err == nil && !info.Mode().IsRegular():
		return i, nil
	case err != nil:
		return i, reason(err)
	case info.Size() > maxIgnoreBytes:
		return i, tooLarge(maxIgnoreBytes)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return i, reason(err)
	}
	if patterns := ignoreLines(string(text)); len(patterns) > 0 {
		i = &ignored{above: i, dir: filepath.ToSlash(dir), patterns: patterns}
	}
	return i, nil
}

// ignoredAbove gives what git ignores in a directory because of what stands above it in its repository.
func ignoredAbove(dir string) (*ignored, error) {
	var parents []string // from the directory's parent to the repository's root
	for at := dir; ; at = filepath.Dir(at) {
		if at != dir {
			parents = append(parents, at)
		}
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			break
		}
		if at == filepath.Dir(at) {
			return nil, nil // no repository
		}
	}
	root := dir
	if len(parents) > 0 {
		root = parents[len(parents)-1]
	}
	all, err := (*ignored)(nil).with(root, filepath.Join(root, ".git", "info", "exclude"))
	for n := len(parents) - 1; n >= 0 && err == nil; n-- {
		all, err = all.with(parents[n], filepath.Join(parents[n], ".gitignore"))
	}
	return all, err
}
