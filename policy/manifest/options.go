package manifest

import "io"

// Options bound one reading. The zero value is what the command line uses.
type Options struct {
	// Stdin is what the path "-" reads. Nil means os.Stdin.
	Stdin io.Reader

	// Exclude leaves files out, be they named or met in a directory. Set.LeftOut tells of those that are named.
	Exclude []*Matcher

	// NoGitignore reads the files of directories, too, that git ignores because of a .gitignore file or .git/info/exclude.
	NoGitignore bool

	// AllowEmpty puts into Set.LeftOut, rather than into Set.Errors, that standard input is empty, or that a directory or pattern leads to no object.
	AllowEmpty bool

	// Listed are files to read besides the paths, as some other program lists them: git diff --name-only, for example. What is listed but does not
	// exist, or is a directory, is in Set.LeftOut; otherwise they are read as if met in a directory, or passed over as there.
	Listed []string

	// MaxFileBytes is the size up to which a file, or stdin, is read. 0 means 64 MiB.
	MaxFileBytes int64

	// MaxValues is how many keys, scalars, lists and mappings one file may hold. 0 means 5,000,000.
	MaxValues int

	// MaxAliased is how many values the aliases and merge keys of one file may repeat, nested ones multiplied out. 0 means 100,000.
	// It is counted before anything is repeated.
	MaxAliased int

	// MaxDepth is how deep lists and mappings may be nested. 0 means 500: every later stage recurses, and
	// no Kubernetes object needs nearly as many.
	MaxDepth int
}

// withDefaults replaces zero values.
func (o Options) withDefaults() Options {
	if o.MaxFileBytes <= 0 {
		o.MaxFileBytes = 64 << 20
	}
	if o.MaxValues <= 0 {
		o.MaxValues = 5_000_000
	}
	if o.MaxAliased <= 0 {
		o.MaxAliased = 100_000
	}
	if o.MaxDepth <= 0 {
		o.MaxDepth = 500
	}
	return o
}

// What the YAML library may be given: it spends some 200 bytes on each value, so a document that needs it is bounded more tightly
// than one that the readers of this package can do alone.
const (
	maxLibraryBytes  = 16 << 20
	maxLibraryTokens = 2_000_000
)
