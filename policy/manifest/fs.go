package manifest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// LoadFS reads a file or directory of a file system, such as a revision of a repository, as [Load] reads those of the machine. File names in positions
// are the prefix and the name.
//
// Symbolic links are followed where the file system is an [fs.ReadLinkFS] and they do not lead out of it. What is neither file nor directory,
// such as another repository, is in Set.Skipped unless it was named.
func LoadFS(ctx context.Context, fsys fs.FS, prefix, name string, options Options) (*Set, error) {
	l := &treeLoader{fsys: fsys, prefix: prefix}
	l.loader = &loader{ctx: ctx, options: options.withDefaults(), seen: map[string]int{}}
	l.add(path.Clean(name))
	l.read()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read manifests: %w", err)
	}
	return l.join(), nil
}

// treeLoader reads a file system.
type treeLoader struct {
	*loader
	fsys   fs.FS
	prefix string
	above  []string // real names of the directories between the one given and the one being read
}

func (l *treeLoader) position(name string) string {
	if name == "." {
		name = ""
	}
	return l.prefix + name
}

func (l *treeLoader) add(name string) {
	real, info, err := l.follow(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.fail(0, l.position(name), errors.New("no such file or directory"))
	case err != nil:
		l.fail(0, l.position(name), reason(err))
	case info.IsDir():
		l.inputs = append(l.inputs, &input{name: l.position(name), roots: []int{0}, found: &found{}, set: &Set{}})
		l.directory(name, real)
	case !info.Mode().IsRegular():
		l.fail(0, l.position(name), errors.New("this is neither a file nor a directory"))
	default:
		l.take(name, real, true)
	}
}

func (l *treeLoader) take(name, real string, named bool) {
	l.file(0, l.position(name), real, real, named).fsys = l.fsys
}

func (l *treeLoader) directory(name, real string) {
	if slices.Contains(l.above, real) {
		return // a symbolic link that leads back up
	}
	l.above = append(l.above, real)
	defer func() { l.above = l.above[:len(l.above)-1] }()
	entries, err := fs.ReadDir(l.fsys, real)
	if err != nil {
		l.fail(0, l.position(name), reason(err))
	}
	for _, entry := range entries {
		if l.ctx.Err() != nil {
			return
		}
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		inside := path.Join(name, entry.Name())
		realInside, info, err := l.follow(path.Join(real, entry.Name()))
		switch {
		case err != nil:
			if isManifestName(entry.Name()) {
				l.fail(0, l.position(inside), reason(err))
			}
		case info.IsDir():
			l.directory(inside, realInside)
		case !info.Mode().IsRegular():
			at := Span{File: l.position(inside)}
			l.inputs = append(l.inputs, &input{name: at.File, roots: []int{0}, set: &Set{Skipped: []Skipped{{at, "neither a file nor a directory"}}}})
		case isManifestName(entry.Name()):
			l.take(inside, realInside, false)
		}
	}
}

// maxLinks bounds the symbolic links in one name, as systems do.
const maxLinks = 40

// follow gives the name that has no symbolic link in it, and what is there.
func (l *treeLoader) follow(name string) (real string, info fs.FileInfo, err error) {
	real, rest := ".", name
	for links := 0; ; {
		if info, err = fs.Lstat(l.fsys, real); err != nil {
			return real, nil, err
		}
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := fs.ReadLink(l.fsys, real)
			if err != nil {
				return real, nil, err
			}
			if links++; links > maxLinks {
				return real, nil, errors.New("too many symbolic links, one to the next; name what they lead to")
			}
			rest = path.Join(path.Dir(real), target, rest)
			if path.IsAbs(target) || !fs.ValidPath(rest) {
				return real, nil, fmt.Errorf("this symbolic link leads out, to %s; name what it leads to", target)
			}
			real = "."
		case rest == "." || rest == "":
			return real, info, nil
		default:
			var next string
			next, rest, _ = strings.Cut(rest, "/")
			real = path.Join(real, next)
		}
	}
}
