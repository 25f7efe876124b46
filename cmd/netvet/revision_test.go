package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// commit is a command of scripts: commit MESSAGE [BRANCH] makes a commit of all files in $WORK, which becomes a git repository, on BRANCH, and sets
// $COMMIT to its hash. A branch that exists is merged, as it is.
func commit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: commit MESSAGE [BRANCH]")
	}
	hash, err := commitAll(ts.Getenv("WORK"), args[0], args[1:])
	ts.Check(err)
	ts.Setenv("COMMIT", hash.String())
}

func commitAll(dir, message string, branches []string) (hash plumbing.Hash, err error) {
	repository, err := git.PlainOpen(dir)
	if err != nil {
		if repository, err = git.PlainInit(dir, false); err != nil {
			return hash, err
		}
	}
	tree, err := repository.Worktree()
	if err != nil {
		return hash, err
	}
	options := &git.CommitOptions{AllowEmptyCommits: true, Author: &object.Signature{Name: "n", Email: "n@example.com", When: time.Unix(1e9, 0)}}
	for _, branch := range branches {
		name := plumbing.NewBranchReferenceName(branch)
		head, err := repository.Head()
		if err != nil {
			return hash, err
		}
		if other, err := repository.Reference(name, true); err == nil {
			options.Parents = []plumbing.Hash{head.Hash(), other.Hash()}
		} else if err := tree.Checkout(&git.CheckoutOptions{Branch: name, Create: true, Keep: true}); err != nil {
			return hash, err
		}
	}
	if err := tree.AddWithOptions(&git.AddOptions{All: true}); err != nil {
		return hash, err
	}
	return tree.Commit(message, options)
}

func TestRevisionsByHash(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write := func(text string) plumbing.Hash {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(text), 0o600))
		hash, err := commitAll(dir, text, nil)
		require.NoError(t, err)
		return hash
	}
	first := write("one")
	repository, err := git.PlainOpen(dir)
	require.NoError(t, err)

	// A branch whose name is also the beginning of a hash is the branch, and a whole hash is no branch.
	second := write("two")
	_, err = repository.CreateTag(first.String()[:6], second, nil)
	require.NoError(t, err)
	_, err = repository.CreateTag("signed", first, &git.CreateTagOptions{Message: "m", Tagger: &object.Signature{Name: "n", Email: "n@example.com"}})
	require.NoError(t, err)
	for revision, want := range map[string]plumbing.Hash{
		first.String(): first, first.String()[:7]: first, first.String()[:6]: second, "signed": first, "tags/signed": first,
		"HEAD": second, "@": second, "@~": first, "HEAD^": first, "HEAD^0": second, "HEAD~0": second, "master": second,
	} {
		commit, err := commitAt(repository, revision)
		if assert.NoError(t, err, revision) {
			assert.Equal(t, want, commit.Hash, revision)
		}
	}

	// Of several commits whose hashes begin alike none is taken.
	short := map[string]bool{}
	for i := 0; ; i++ {
		hash, err := commitAll(dir, time.Duration(i).String(), nil)
		require.NoError(t, err)
		if short[hash.String()[:4]] {
			_, err := commitAt(repository, hash.String()[:4])
			require.ErrorContains(t, err, "begins the hashes of 2 commits: write more of it")
			break
		}
		short[hash.String()[:4]] = true
	}
}

func TestFilesOnDrivesAreNoRevisions(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, want := range map[string][2]string{
		`C:\x`: {}, "C:/x": {}, "policies.yaml": {}, "-": {}, "HEAD": {},
		"HEAD~1:x": {"HEAD~1", "x"}, "HEAD:": {"HEAD", ""}, ":x": {"", "x"}, "HEAD^{/fix: it}:a:b": {"HEAD^{/fix: it}", "a:b"}, "C:x": {"C", "x"},
	} {
		if name == "C:x" && filepath.VolumeName(name) != "" {
			want = [2]string{}
		}
		revision, inside, found := splitRevision(name)
		assert.Equal(t, want, [2]string{revision, inside}, name)
		assert.Equal(t, want != [2]string{}, found, name)
	}
}

func TestRepositoriesThatBorrowObjects(t *testing.T) {
	lender, borrower := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(lender, "a.yaml"), []byte("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"), 0o600))
	hash, err := commitAll(lender, "one", nil)
	require.NoError(t, err)
	_, err = git.PlainInit(borrower, false)
	require.NoError(t, err)
	info := filepath.Join(borrower, ".git", "objects", "info")
	require.NoError(t, os.MkdirAll(info, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(info, "alternates"), []byte(filepath.Join(lender, ".git", "objects")+"\n"), 0o600))

	t.Chdir(borrower)
	set, err := loadRevision(t.Context(), hash.String(), "a.yaml")
	require.NoError(t, err)
	assert.Empty(t, set.Errors)
	assert.Len(t, set.Resources, 1)
}
