package manifest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Stdin is the name of standard input in positions.
const Stdin = "<stdin>"

// Load reads files, directories and, for the path "-", standard input.
//
// A directory is read with all below it: files named *.yaml, *.yml and *.json, in the order of their names, through symbolic links
// but never twice; what has a name with a leading dot is left out, and what git ignores. What is no Kubernetes object in a directory is counted in
// Set.Skipped; in a file that was named it is an error. A path that cannot be read, and a directory without any object, is an
// error in Set.Errors, and the other paths are read.
//
// A path that does not exist and has one of the characters *?[ is a pattern as of NewMatcher, from its first directory on: manifests/**/web.yaml.
// What it means is read as if met in a directory.
//
// Resources, Errors and Skipped come in the order of the paths, then of the text. File names in positions are the paths as given,
// cleaned and with slashes, and Stdin for standard input.
//
// The error is that of the context, or says that there are no paths. On cancellation a read of standard input, or of a named
// pipe, may go on in the background until it has something to give.
func Load(ctx context.Context, paths []string, options Options) (*Set, error) {
	if len(paths) == 0 && options.Listed == nil {
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
	for i, path := range options.Listed {
		l.listed(len(paths)+i, path)
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
	leftOut []Skipped
}

// input is a file to be read, or an error or directory that stands between files.
type input struct {
	name  string // in positions
	path  string // to be opened; "" if there is nothing to read
	fsys  fs.FS  // where path is; nil: on this machine
	named bool
	waits bool // it is no regular file, so that opening it may wait for ever
	set   *Set
	roots []int // indexes of the paths given that lead here
	found *found
}

// found is what was met in a directory that was named, or by a pattern.
type found struct {
	root    int    // index of the path given
	pattern string // "" for a directory
	wanted  *regexp.Regexp
	depth   int    // levels of directories in which to look; 0 for all
	from    string // where it starts; the pattern counts from here
	without bool   // something is left out because of .gitignore or Exclude
	files   int
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
	case errors.Is(err, fs.ErrNotExist) && hasWildcard(path):
		l.glob(root, name)
	case errors.Is(err, fs.ErrNotExist):
		l.fail(root, name, errors.New("no such file or directory"))
	case err != nil:
		l.fail(root, name, reason(err))
	case info.IsDir():
		l.tree(&found{root: root}, name, path, info)
	case l.excluded(name):
		l.leave(name, "a pattern excludes it")
	default:
		l.file(root, name, path, realPath(path), true).waits = !info.Mode().IsRegular()
	}
}

// listed takes up a file that another program lists.
func (l *loader) listed(root int, path string) {
	name := filepath.ToSlash(filepath.Clean(path))
	info, err := os.Stat(path)
	hidden := slices.ContainsFunc(strings.Split(name, "/"), func(step string) bool {
		return strings.HasPrefix(step, ".") && step != "." && step != ".."
	})
	switch {
	case !isManifestName(path), hidden:
	case errors.Is(err, fs.ErrNotExist):
		l.leave(name, "no such file; it may have been deleted")
	case err != nil:
		l.fail(root, name, reason(err))
	case l.excluded(name):
		l.leave(name, "a pattern excludes it")
	case info.Mode().IsRegular():
		l.file(root, name, path, realPath(path), false)
	default:
		l.leave(name, "it is no file")
	}
}

// glob finds the files that a pattern means.
func (l *loader) glob(root int, name string) {
	at := strings.LastIndexByte(name[:strings.IndexAny(name, "*?[")], '/')
	from, rest := ".", name
	switch {
	case at == 0:
		from, rest = "/", name[1:]
	case at > 0:
		from, rest = name[:at], name[at+1:]
	}
	f := &found{root: root, pattern: name}
	if !strings.Contains(rest, "**") {
		f.depth = strings.Count(rest, "/") + 1
	}
	expression, ok := translate(rest, false)
	if ok {
		f.wanted, _ = regexp.Compile(expression)
	}
	info, err := os.Stat(from)
	switch {
	case f.wanted == nil:
		l.fail(root, name, errors.New("no such file, and no pattern either: a bracket is not closed, or a backslash stands before nothing"))
	case err == nil && info.IsDir():
		l.tree(f, name, from, info)
	default:
		l.fail(root, name, errors.New("no file matches this pattern: there is no directory "+from))
	}
}

// tree finds the files below a directory.
func (l *loader) tree(f *found, name, path string, info fs.FileInfo) {
	l.inputs = append(l.inputs, &input{name: name, roots: []int{f.root}, found: f, set: &Set{}})
	d := directory{found: f, path: path, real: realPath(path), absolute: path}
	if absolute, err := filepath.Abs(path); err == nil {
		d.absolute = absolute
	}
	f.from = filepath.ToSlash(d.absolute)
	if !l.options.NoGitignore {
		var err error
		if d.ignored, err = ignoredAbove(d.absolute); err != nil {
			l.fail(f.root, name, fmt.Errorf("what git ignores above this directory: %w", err))
		}
	}
	l.directory(d, info)
}

func (l *loader) excluded(name string) bool {
	return slices.ContainsFunc(l.options.Exclude, func(m *Matcher) bool { return m.Match(name) })
}

func (l *loader) leave(name, why string) {
	l.leftOut = append(l.leftOut, Skipped{Span: Span{File: name}, Reason: why})
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

// directory is one that is being read.
type directory struct {
	found    *found
	path     string // as opened
	real     string // its real path
	absolute string
	ignored  *ignored
	depth    int
	whole    bool // the pattern means it, with all below it
}

// inside gives a directory in it, of which real is the real path.
func (d directory) inside(name, real string) directory {
	d.path, d.absolute, d.real = filepath.Join(d.path, name), filepath.Join(d.absolute, name), real
	d.depth++
	return d
}

// wants tells whether the pattern, if there is one, means something in the directory.
func (d directory) wants(name string) bool {
	if d.found.wanted == nil || d.whole {
		return true
	}
	inside, _ := below(d.found.from, filepath.ToSlash(d.absolute)+"/"+name)
	return d.found.wanted.MatchString(inside)
}

// directory finds the files below a directory.
func (l *loader) directory(d directory, info fs.FileInfo) {
	for _, above := range l.visited {
		if os.SameFile(above, info) {
			return // a symbolic link that leads back up
		}
	}
	l.visited = append(l.visited, info)
	defer func() { l.visited = l.visited[:len(l.visited)-1] }()
	root := d.found.root
	if !l.options.NoGitignore {
		file := filepath.Join(d.path, ".gitignore")
		var err error
		if d.ignored, err = d.ignored.with(d.absolute, file); err != nil {
			l.fail(root, filepath.ToSlash(file), err)
		}
	}
	entries, err := os.ReadDir(d.path)
	if err != nil {
		l.fail(root, filepath.ToSlash(filepath.Clean(d.path)), reason(err))
	}
	for _, entry := range entries {
		if l.ctx.Err() != nil {
			return
		}
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		isManifest := isManifestName(entry.Name())
		path, real := filepath.Join(d.path, entry.Name()), filepath.Join(d.real, entry.Name())
		name := filepath.ToSlash(path)
		regular, isDir := entry.Type().IsRegular(), entry.IsDir()
		switch {
		case entry.Type()&fs.ModeSymlink != 0:
			info, err := os.Stat(path)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				if isManifest && d.wants(entry.Name()) && !l.leaves(d, entry) {
					l.leave(name, "a symbolic link that leads nowhere")
				}
				continue
			case err != nil:
				if isManifest {
					l.fail(root, name, reason(err))
				}
				continue
			}
			real, regular, isDir = realPath(path), info.Mode().IsRegular(), info.IsDir()
		}
		switch {
		case isDir:
			below := d.inside(entry.Name(), real)
			below.whole = d.found.wanted != nil && d.wants(entry.Name())
			if d.found.depth > 0 && below.depth >= d.found.depth && !below.whole || l.leaves(d, entry) {
				continue
			}
			info, err := os.Stat(path)
			if err != nil {
				l.fail(root, name, reason(err))
				continue
			}
			l.directory(below, info)
		case regular && isManifest && d.wants(entry.Name()) && !l.leaves(d, entry):
			d.found.files++
			l.file(root, name, path, real, false)
		}
	}
}

// leaves tells whether something in the directory is left out: ignored by git, or excluded. As in git, a link to a directory is none.
func (l *loader) leaves(d directory, entry fs.DirEntry) bool {
	path := filepath.ToSlash(d.absolute) + "/" + entry.Name()
	out := d.ignored.match(path, entry.IsDir()) ||
		slices.ContainsFunc(l.options.Exclude, func(m *Matcher) bool { return m.matches(path, entry.IsDir()) })
	d.found.without = d.found.without || out
	return out
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
	set := decode(in.name, data, l.options, in.named)
	if in.path == "-" && len(set.Errors) == 1 && errors.Is(set.Errors[0], errEmpty) {
		empty := errors.New("nothing came on standard input: what stands before the pipe gave no manifests, or failed")
		if l.options.AllowEmpty {
			return &Set{Files: 1, LeftOut: []Skipped{{Span: Span{File: in.name}, Reason: empty.Error()}}}
		}
		set.Errors = []*Error{{Span: Span{File: in.name}, Err: empty}}
	}
	return set
}

// bytes gives the content of a file or of standard input, one byte more than the limit at the most.
func (l *loader) bytes(in *input) ([]byte, error) {
	switch {
	case in.path == "-":
		return wait(l.ctx, l.stdin)
	case in.waits:
		return wait(l.ctx, func() ([]byte, error) { return l.open(in) })
	}
	return l.open(in)
}

func (l *loader) stdin() ([]byte, error) {
	stdin := l.options.Stdin
	if stdin == nil {
		stdin = os.Stdin
	}
	return readAll(l.ctx, stdin, nil, l.options.MaxFileBytes)
}

func (l *loader) open(in *input) ([]byte, error) {
	limit := l.options.MaxFileBytes
	var file fs.File
	var err error
	if in.fsys != nil {
		file, err = in.fsys.Open(in.path)
	} else {
		file, err = os.Open(in.path)
	}
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

// nothing says that there is no object in what was found.
func (f *found) nothing() error {
	what := "this directory holds no Kubernetes object in any file named *.yaml, *.yml or *.json"
	switch {
	case f.pattern != "" && f.files == 0:
		what = "no file named *.yaml, *.yml or *.json matches this pattern"
	case f.pattern != "":
		what = "the files that match this pattern hold no Kubernetes object"
	}
	if f.without {
		what += " but those that .gitignore or a pattern of yours leaves out"
	}
	return errors.New(what)
}

// join puts the sets of all files together.
func (l *loader) join() *Set {
	all := &Set{LeftOut: l.leftOut}
	objects := map[int]bool{} // by path given: whether it holds anything
	for _, in := range l.inputs {
		if len(in.set.Errors) > 0 || len(in.set.Resources) > 0 || in.set.objects > 0 {
			for _, root := range in.roots {
				objects[root] = true
			}
		}
	}
	for _, in := range l.inputs {
		if in.found != nil && !objects[in.roots[0]] {
			switch err := in.found.nothing(); {
			case l.options.AllowEmpty:
				all.LeftOut = append(all.LeftOut, Skipped{Span: Span{File: in.name}, Reason: err.Error()})
			default:
				in.set.Errors = append(in.set.Errors, &Error{Span: Span{File: in.name}, Err: err})
			}
		}
		all.Resources = append(all.Resources, in.set.Resources...)
		all.Errors = append(all.Errors, in.set.Errors...)
		all.Skipped = append(all.Skipped, in.set.Skipped...)
		all.LeftOut = append(all.LeftOut, in.set.LeftOut...)
		all.Files += in.set.Files
		all.objects += in.set.objects
	}
	return all
}
