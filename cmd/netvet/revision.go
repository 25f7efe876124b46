package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/filesystem"

	"github.com/netvet/netvet/policy/manifest"
)

// load reads files, directories, standard input, and what git revisions have, as HEAD~1:manifests.
func (p *program) load(ctx context.Context, names []string) (*manifest.Set, error) {
	var sets []*manifest.Set
	var plain []string // since the last revision: no file of these is read twice
	add := func(set *manifest.Set, err error) error {
		sets = append(sets, set)
		return err
	}
	for i, name := range names {
		revision, inside, found := splitRevision(name)
		if !found {
			plain = append(plain, name)
		}
		if len(plain) > 0 && (found || i == len(names)-1) {
			if err := add(manifest.Load(ctx, plain, manifest.Options{Stdin: p.in})); err != nil {
				return nil, err
			}
			plain = nil
		}
		if found {
			if err := add(loadRevision(ctx, revision, inside)); err != nil {
				return nil, err
			}
		}
	}
	return together(sets...), nil
}

// together puts what was read together.
func together(sets ...*manifest.Set) *manifest.Set {
	all := &manifest.Set{}
	for _, set := range sets {
		all.Resources = append(all.Resources, set.Resources...)
		all.Errors = append(all.Errors, set.Errors...)
		all.Skipped = append(all.Skipped, set.Skipped...)
		all.LeftOut = append(all.LeftOut, set.LeftOut...)
		all.Files += set.Files
	}
	return all
}

// splitRevision tells whether a name is that of a revision's file. What there is under that very name comes first, and C:\x and C:/x are files
// on a drive, on every system.
func splitRevision(name string) (revision, inside string, found bool) {
	at, braces := -1, 0 // a revision may be HEAD^{/fix: it}
	for i, c := range name {
		switch {
		case c == '{':
			braces++
		case c == '}':
			braces--
		case c == ':' && braces <= 0 && at < 0:
			at = i
		}
	}
	if at < 0 {
		return "", "", false
	}
	if _, err := os.Lstat(name); err == nil {
		return "", "", false
	}
	revision, inside = name[:at], name[at+1:]
	if filepath.VolumeName(name) != "" || len(revision) == 1 && inside != "" && strings.ContainsRune(`\/`, rune(inside[0])) {
		return "", "", false
	}
	return revision, inside, true
}

// loadRevision reads what a revision of the repository around the working directory has.
func loadRevision(ctx context.Context, revision, inside string) (*manifest.Set, error) {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%s:%s: %w", revision, inside, fmt.Errorf(format, args...))
	}
	if revision == "" {
		return nil, fail("there is no such file, and no revision before the colon: write HEAD:%s", inside)
	}
	repository, err := openRepository()
	switch {
	case errors.Is(err, git.ErrRepositoryNotExists):
		return nil, fail("there is no such file, and no git repository here that could have the revision %s: "+
			"name a file or directory, or change to the repository", revision)
	case err != nil:
		return nil, fail("the git repository here cannot be read (%w): check the revision out beside, by git worktree add DIR %s, and name what is in DIR",
			err, revision)
	}
	tree, err := treeAt(repository, revision)
	if err != nil {
		return nil, fail("%w", err)
	}
	name, err := fromTop(repository, inside)
	if err != nil {
		return nil, fail("%w", err)
	}
	files := &revisionFiles{repository: repository, top: tree}
	if _, err := files.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return nil, fail("revision %s has no %s%s", revision, name, besides(repository, files, inside))
	}
	return manifest.LoadFS(ctx, files, revision+":", name, manifest.Options{})
}

// openRepository opens the repository around the working directory, with those that it borrows objects from.
func openRepository() (*git.Repository, error) {
	repository, err := git.PlainOpenWithOptions(".", &git.PlainOpenOptions{DetectDotGit: true, EnableDotGitCommonDir: true})
	if err != nil {
		return nil, err
	}
	own, ok := repository.Storer.(*filesystem.Storage)
	tree, err := repository.Worktree()
	if err != nil || !ok {
		return repository, err
	}
	options := filesystem.Options{AlternatesFS: osfs.New(string(filepath.Separator), osfs.WithBoundOS())}
	return git.Open(filesystem.NewStorageWithOptions(own.Filesystem(), cache.NewObjectLRUDefault(), options), tree.Filesystem)
}

// treeAt gives the files of a revision.
func treeAt(repository *git.Repository, revision string) (*object.Tree, error) {
	commit, err := commitAt(repository, revision)
	if err == nil {
		var tree *object.Tree
		if tree, err = commit.Tree(); err == nil {
			return tree, nil
		}
	}
	if cut, shallow := repository.Storer.Shallow(); shallow == nil && len(cut) > 0 && !errors.Is(err, errSyntax) {
		return nil, fmt.Errorf("%w; the history here is cut off: fetch all of it, by git fetch --unshallow, or fetch-depth: 0 in CI", err)
	}
	return nil, err
}

var errSyntax = errors.New("only names, hashes, ~ and ^ are read")

// commitAt finds a name or hash, and goes to parents by ~N and ^N. The library's own way takes no notice of what it does not know, such
// as @{1}, and takes for a hash what is the name of a branch.
func commitAt(repository *git.Repository, revision string) (*object.Commit, error) {
	end := strings.IndexAny(revision+"~", "~^")
	if at := strings.Index(revision, "@{"); at >= 0 || strings.Contains(revision[end:], "{") {
		return nil, fmt.Errorf("revision %s: %w: name the commit that git rev-parse '%s' gives", revision, errSyntax, revision)
	}
	commit, err := named(repository, revision[:end])
	if err != nil {
		return nil, err
	}
	for rest := revision[end:]; rest != ""; {
		step := rest[0]
		digits := len(rest) - 1 - len(strings.TrimLeft(rest[1:], "0123456789"))
		n := 1
		if digits > 0 {
			if n, err = strconv.Atoi(rest[1 : 1+digits]); err != nil {
				return nil, fmt.Errorf("revision %s: %w", revision, errSyntax)
			}
		}
		if rest = rest[1+digits:]; rest != "" && rest[0] != '~' && rest[0] != '^' {
			return nil, fmt.Errorf("revision %s: %w", revision, errSyntax)
		}
		parents, which := n, 0
		if step == '^' {
			parents, which = min(n, 1), n-1
		}
		for range parents {
			if which >= commit.NumParents() {
				return nil, fmt.Errorf("there is no revision %s: commit %.7s has %s", revision, commit.Hash, plural(commit.NumParents(), "parent"))
			}
			if commit, err = commit.Parent(which); err != nil {
				return nil, fmt.Errorf("there is no revision %s here: %w", revision, missing(err))
			}
		}
	}
	return commit, nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// named finds the commit of a reference or hash, as git does.
func named(repository *git.Repository, name string) (*object.Commit, error) {
	if name == "@" {
		name = "HEAD"
	}
	if commit := peeled(repository, plumbing.NewHash(name)); plumbing.IsHash(name) && commit != nil {
		return commit, nil
	}
	for _, rule := range plumbing.RefRevParseRules {
		reference, err := storer.ResolveReference(repository.Storer, plumbing.ReferenceName(fmt.Sprintf(rule, name)))
		if err == nil {
			if commit := peeled(repository, reference.Hash()); commit != nil {
				return commit, nil
			}
		}
	}
	found := map[plumbing.Hash]*object.Commit{}
	const shortest = 4
	if objects, ok := repository.Storer.(interface {
		HashesWithPrefix(prefix []byte) ([]plumbing.Hash, error)
	}); ok && len(name) >= shortest {
		prefix, err := hex.DecodeString(name[:len(name)&^1])
		if err == nil {
			hashes, err := objects.HashesWithPrefix(prefix)
			if err != nil {
				return nil, fmt.Errorf("find revision %s: %w", name, err)
			}
			for _, hash := range hashes {
				if commit := peeled(repository, hash); commit != nil && strings.HasPrefix(hash.String(), strings.ToLower(name)) {
					found[commit.Hash] = commit
				}
			}
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("there is no revision %s in the git repository here: git log --all --oneline lists what there is", name)
	case 1:
		for _, commit := range found {
			return commit, nil
		}
	}
	return nil, fmt.Errorf("revision %s begins the hashes of %d commits: write more of it", name, len(found))
}

// peeled gives a commit, or that of a tag; nil if it is something else.
func peeled(repository *git.Repository, hash plumbing.Hash) *object.Commit {
	if tag, err := repository.TagObject(hash); err == nil {
		commit, _ := tag.Commit()
		return commit
	}
	commit, _ := repository.CommitObject(hash)
	return commit
}

// fromTop gives a name from the top of the repository. As for git, ./ and ../ lead from the working directory.
func fromTop(repository *git.Repository, inside string) (string, error) {
	name := filepath.ToSlash(inside)
	if name == "." || name == ".." || strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") {
		here, err := withinRepository(repository)
		if err != nil {
			return "", err
		}
		name = path.Join(here, name)
	}
	if name = path.Clean(name); !fs.ValidPath(name) {
		return "", errors.New("this leads out of the repository: name what is in it, from its top")
	}
	return name, nil
}

// withinRepository is the way from the top of the repository to the working directory.
func withinRepository(repository *git.Repository) (string, error) {
	tree, err := repository.Worktree()
	if err != nil {
		return "", fmt.Errorf("this repository has no working directory to begin at (%w): leave ./ out", err)
	}
	here, err := filepath.Abs(".")
	if err != nil {
		return "", err
	}
	top, err := filepath.EvalSymlinks(tree.Filesystem.Root())
	if err != nil {
		return "", err
	}
	if here, err = filepath.EvalSymlinks(here); err != nil {
		return "", err
	}
	way, err := filepath.Rel(top, here)
	return filepath.ToSlash(way), err
}

// besides hints at a name that is one from the working directory.
func besides(repository *git.Repository, files *revisionFiles, inside string) string {
	if here, err := withinRepository(repository); err == nil && here != "." {
		if _, err := files.Lstat(path.Join(here, filepath.ToSlash(inside))); err == nil {
			return fmt.Sprintf("; names begin at the top of the repository: write ./%s", inside)
		}
	}
	return ": git ls-tree -r --name-only lists what a revision has"
}

// revisionFiles is the files of a revision. Objects are read one at a time: the library does not promise more.
type revisionFiles struct {
	mutex      sync.Mutex
	repository *git.Repository
	top        *object.Tree
}

func (r *revisionFiles) entry(name string) (*object.TreeEntry, error) {
	if name == "." {
		return &object.TreeEntry{Name: ".", Mode: filemode.Dir, Hash: r.top.Hash}, nil
	}
	entry, err := r.top.FindEntry(name)
	if err != nil {
		// Whatever is wrong with a name, or leads through a file, is not there. Lost objects are another matter.
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			return nil, errLost
		}
		return nil, fs.ErrNotExist
	}
	return entry, nil
}

var errLost = errors.New("git has not fetched this; fetch it, as by git fetch --refetch --no-filter")

func failed(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

// Lstat tells of a file, or of a symbolic link itself.
func (r *revisionFiles) Lstat(name string) (fs.FileInfo, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	entry, err := r.entry(name)
	if err != nil {
		return nil, failed("lstat", name, err)
	}
	return r.describe(*entry), nil
}

func (r *revisionFiles) describe(entry object.TreeEntry) *revisionFile {
	file := &revisionFile{name: path.Base(entry.Name), mode: fs.ModeIrregular} // such as a submodule
	switch entry.Mode {
	case filemode.Dir:
		file.mode = fs.ModeDir | 0o555
	case filemode.Symlink:
		file.mode = fs.ModeSymlink | 0o777
	case filemode.Regular, filemode.Deprecated, filemode.Executable:
		file.mode = 0o444
		file.size = r.size(entry.Hash)
	}
	return file
}

// size is told without reading the file, unless another repository has it. Of one that is lost it is 0; reading it fails.
func (r *revisionFiles) size(hash plumbing.Hash) int64 {
	if size, err := r.repository.Storer.EncodedObjectSize(hash); err == nil {
		return size
	}
	if blob, err := r.repository.BlobObject(hash); err == nil {
		return blob.Size
	}
	return 0
}

// ReadDir lists a directory.
func (r *revisionFiles) ReadDir(name string) ([]fs.DirEntry, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	entry, err := r.entry(name)
	if err != nil {
		return nil, failed("read", name, err)
	}
	tree, err := r.repository.TreeObject(entry.Hash)
	if err != nil {
		return nil, failed("read", name, missing(err))
	}
	var list []fs.DirEntry
	for _, e := range tree.Entries {
		list = append(list, fs.FileInfoToDirEntry(r.describe(e)))
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

func missing(err error) error {
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return errLost
	}
	return err
}

// ReadLink tells where a symbolic link leads.
func (r *revisionFiles) ReadLink(name string) (string, error) {
	const longest = 4096
	data, err := r.read(name, longest)
	if err != nil {
		return "", failed("readlink", name, err)
	}
	return string(data), nil
}

// read gives what is in a file, up to a limit.
func (r *revisionFiles) read(name string, limit int64) ([]byte, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	entry, err := r.entry(name)
	if err != nil {
		return nil, err
	}
	blob, err := r.repository.BlobObject(entry.Hash)
	if err != nil {
		return nil, missing(err)
	}
	in, err := blob.Reader()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(io.LimitReader(in, limit))
}

// Open opens a file. It is read when first asked for, so that one that is too large is not.
func (r *revisionFiles) Open(name string) (fs.File, error) {
	info, err := r.Lstat(name)
	if err != nil {
		return nil, err
	}
	file := info.(*revisionFile)
	file.in = sync.OnceValues(func() (io.Reader, error) {
		data, err := r.read(name, file.size)
		switch {
		case err != nil:
			return nil, failed("read", name, err)
		case bytes.HasPrefix(data, []byte("version https://git-lfs.github.com/spec/")):
			return nil, failed("read", name, errors.New("git LFS has its content; compare with the revision checked out, as by git worktree add"))
		}
		return bytes.NewReader(data), nil
	})
	return file, nil
}

// revisionFile is a file of a revision.
type revisionFile struct {
	name string
	mode fs.FileMode
	size int64
	in   func() (io.Reader, error)
}

func (f *revisionFile) Name() string               { return f.name }
func (f *revisionFile) Size() int64                { return f.size }
func (f *revisionFile) Mode() fs.FileMode          { return f.mode }
func (f *revisionFile) ModTime() (none time.Time)  { return none }
func (f *revisionFile) IsDir() bool                { return f.mode.IsDir() }
func (f *revisionFile) Sys() any                   { return nil }
func (f *revisionFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *revisionFile) Close() error               { return nil }

func (f *revisionFile) Read(b []byte) (int, error) {
	in, err := f.in()
	if err != nil {
		return 0, err
	}
	return in.Read(b)
}
