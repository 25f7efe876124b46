package manifest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

// Stdin is the name of standard input in positions.
const Stdin = "<stdin>"

// Load reads files, directories and, for the path "-", standard input.
//
// A directory is read with all below it: files named *.yaml, *.yml and *.json, in the order of their names, through symbolic links
// but never twice; what has a name with a leading dot is left out. What is no Kubernetes object in a directory is counted in
// Set.Skipped; in a file that was named it is an error. A path that cannot be read, and a directory without any object, is an
// error in Set.Errors, and the other paths are read.
//
// Resources, Errors and Skipped come in the order of the paths, then of the text. File names in positions are the paths as given,
// cleaned and with slashes, and Stdin for standard input.
//
// The error is that of the context, or says that there are no paths. On cancellation a read of standard input, or of a named
// pipe, may go on in the background until it has something to give.
func Load(ctx context.Context, paths []string, options Options) (*Set, error) {
	if len(paths) == 0 {
		return nil, errors.New("read manifests: no paths given")
	}
	options = options.withDefaults()
	l := &loader{ctx: ctx, options: options, seen: map[string]int{}}
	for i, path := range paths {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("read manifests: %w", err)
		}
		l.add(i, path)
	}
	l.read()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read manifests: %w", err)
	}
	return l.join(), nil
}

// loader reads the files of one Load.
type loader struct {
	ctx     context.Context
	options Options
	inputs  []*input
	seen    map[string]int // real path of a file -> its input
	visited []fs.FileInfo  // directories between the path given and the one being read
}

// input is a file to be read, or an error or directory that stands between files.
type input struct {
	name  string // in positions
	path  string // to be opened; "" if there is nothing to read
	named bool
	waits bool // it is no regular file, so that opening it may wait for ever
	set   *Set
	roots []int // indexes of the paths given that lead here
	dir   bool
}

func (l *loader) fail(root int, name string, err error) {
	l.inputs = append(l.inputs, &input{name: name, roots: []int{root}, set: &Set{Errors: []*Error{{Span: Span{File: name}, Err: err}}}})
}

// add finds the files of one path given.
func (l *loader) add(root int, path string) {
	if path == "-" {
		l.file(root, Stdin, path, path, true)
		return
	}
	name := filepath.ToSlash(filepath.Clean(path))
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.fail(root, name, errors.New("no such file or directory"))
	case err != nil:
		l.fail(root, name, reason(err))
	case info.IsDir():
		l.inputs = append(l.inputs, &input{name: name, roots: []int{root}, dir: true, set: &Set{}})
		l.directory(root, path, realPath(path), info)
	default:
		l.file(root, name, path, realPath(path), true).waits = !info.Mode().IsRegular()
	}
}

// reason leaves the path out of an error, since the position has it already.
func reason(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return fmt.Errorf("cannot %s this: %w", pathError.Op, pathError.Err)
	}
	return err
}

// realPath gives the absolute path without symbolic links, as far as it can.
func realPath(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return path
}

// directory finds the files below a directory, of which real is the real path.
func (l *loader) directory(root int, path, real string, info fs.FileInfo) {
	for _, above := range l.visited {
		if os.SameFile(above, info) {
			return // a symbolic link that leads back up
		}
	}
	l.visited = append(l.visited, info)
	defer func() { l.visited = l.visited[:len(l.visited)-1] }()
	entries, err := os.ReadDir(path)
	if err != nil {
		l.fail(root, filepath.ToSlash(filepath.Clean(path)), reason(err))
	}
	for _, entry := range entries {
		if l.ctx.Err() != nil {
			return
		}
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		inside, realInside := filepath.Join(path, entry.Name()), filepath.Join(real, entry.Name())
		switch {
		case entry.Type().IsRegular():
			if isManifestName(entry.Name()) {
				l.file(root, filepath.ToSlash(inside), inside, realInside, false)
			}
			continue
		case entry.Type()&fs.ModeSymlink != 0:
			realInside = realPath(inside)
		case !entry.IsDir():
			continue
		}
		info, err := os.Stat(inside)
		switch {
		case err != nil:
			if isManifestName(entry.Name()) {
				l.fail(root, filepath.ToSlash(inside), reason(err))
			}
		case info.IsDir():
			l.directory(root, inside, realInside, info)
		case info.Mode().IsRegular() && isManifestName(entry.Name()):
			l.file(root, filepath.ToSlash(inside), inside, realInside, false)
		}
	}
}

// isManifestName says whether files of this name are read in directories.
func isManifestName(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}

// file adds a file, once.
func (l *loader) file(root int, name, path, real string, named bool) *input {
	if i, ok := l.seen[real]; ok {
		in := l.inputs[i]
		in.named = in.named || named
		in.roots = append(in.roots, root)
		return in
	}
	in := &input{name: name, path: path, named: named, roots: []int{root}}
	l.seen[real] = len(l.inputs)
	l.inputs = append(l.inputs, in)
	return in
}

// read reads all files, as many at once as there are cores.
func (l *loader) read() {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(l.inputs)) {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(l.inputs) || l.ctx.Err() != nil {
					return
				}
				if in := l.inputs[i]; in.set == nil {
					in.set = l.one(in)
				}
			}
		})
	}
	group.Wait()
}

// one reads a file.
func (l *loader) one(in *input) *Set {
	data, err := l.bytes(in)
	if err != nil {
		return &Set{Errors: []*Error{{Span: Span{File: in.name}, Err: err}}}
	}
	return decode(in.name, data, l.options, in.named)
}

// bytes gives the content of a file or of standard input, one byte more than the limit at the most.
func (l *loader) bytes(in *input) ([]byte, error) {
	switch {
	case in.path == "-":
		return wait(l.ctx, l.stdin)
	case in.waits:
		return wait(l.ctx, func() ([]byte, error) { return l.open(in.path) })
	}
	return l.open(in.path)
}

func (l *loader) stdin() ([]byte, error) {
	stdin := l.options.Stdin
	if stdin == nil {
		stdin = os.Stdin
	}
	return readAll(l.ctx, stdin, nil, l.options.MaxFileBytes)
}

func (l *loader) open(path string) ([]byte, error) {
	limit := l.options.MaxFileBytes
	file, err := os.Open(path)
	if err != nil {
		return nil, reason(err)
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, reason(err)
	case info.Size() > limit:
		return nil, tooLarge(limit)
	}
	return readAll(l.ctx, file, make([]byte, 0, info.Size()+512), limit)
}

// wait reads what may block for ever, until the context ends.
func wait(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := read()
		done <- result{data, err}
	}()
	select {
	case r := <-done:
		return r.data, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// readAll reads to the end, to the limit, or to the end of the context.
func readAll(ctx context.Context, r io.Reader, data []byte, limit int64) ([]byte, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(data) == cap(data) {
			data = append(data, make([]byte, max(4096, len(data)/2))...)[:len(data)]
		}
		n, err := r.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return nil, tooLarge(limit)
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, reason(err)
		}
	}
}

// join puts the sets of all files together.
func (l *loader) join() *Set {
	all := &Set{}
	objects := map[int]bool{} // by path given: whether it holds anything
	for _, in := range l.inputs {
		if len(in.set.Errors) > 0 || len(in.set.Resources) > 0 || in.set.objects > 0 {
			for _, root := range in.roots {
				objects[root] = true
			}
		}
	}
	for _, in := range l.inputs {
		if in.dir && !objects[in.roots[0]] {
			in.set.Errors = append(in.set.Errors, &Error{Span: Span{File: in.name}, Err: errors.New("this directory holds no Kubernetes object in any file named *.yaml, *.yml or *.json")})
		}
		all.Resources = append(all.Resources, in.set.Resources...)
		all.Errors = append(all.Errors, in.set.Errors...)
		all.Skipped = append(all.Skipped, in.set.Skipped...)
		all.Files += in.set.Files
		all.objects += in.set.objects
	}
	return all
}
