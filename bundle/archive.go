package bundle

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"
)

// What a bundle may take. Netvet's own rules take a hundredth.
const (
	maxArchive = 32 << 20 // bytes as transferred
	maxFile    = 8 << 20  // bytes of one file
	maxTotal   = 64 << 20 // bytes of all files and the archive's own
	maxEntries = 4096
)

// pack writes files in one order, with one mode and no times. conftest unpacks relative names whose directories come first.
func pack(w io.Writer, files map[string][]byte) error {
	entries := map[string]bool{}
	for name := range files {
		entries[name] = true
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			entries[dir+"/"] = true
		}
	}
	zip, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(zip)
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		header := &tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755}
		if !strings.HasSuffix(name, "/") {
			header.Typeflag, header.Mode, header.Size = tar.TypeReg, 0o644, int64(len(files[name]))
		}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(files[name]); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), zip.Close())
}

// readAll reads no more than a bundle may take.
func readAll(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxArchive+1))
	if err == nil && len(data) > maxArchive {
		err = fmt.Errorf("the archive takes more than %d MiB", maxArchive>>20)
	}
	return data, err
}

// unpack gives the files of an archive by name. It refuses what two readers could understand differently, and what would not end.
func unpack(r io.Reader) (map[string][]byte, error) {
	data, err := readAll(r)
	if err != nil {
		return nil, err
	}
	compressed := bufio.NewReader(bytes.NewReader(data))
	zip, err := gzip.NewReader(compressed)
	if err != nil {
		return nil, notAnArchive(err)
	}
	zip.Multistream(false)
	plain := &limited{r: zip, left: maxTotal}

	files := map[string][]byte{}
	seen := map[string]bool{}
	archive := tar.NewReader(plain)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, notAnArchive(err)
		}
		name, err := entryName(header)
		if err != nil {
			return nil, err
		}
		if seen[name] {
			return nil, fmt.Errorf("entry %q occurs twice", name)
		}
		seen[name] = true
		if len(seen) > maxEntries {
			return nil, fmt.Errorf("it holds more than %d entries", maxEntries)
		}
		if header.Typeflag == tar.TypeDir {
			continue
		}
		if header.Size > maxFile {
			return nil, fmt.Errorf("entry %q takes more than %d MiB", name, maxFile>>20)
		}
		if files[name], err = io.ReadAll(archive); err != nil {
			return nil, notAnArchive(err)
		}
	}
	for name := range files {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if _, isFile := files[dir]; isFile {
				return nil, fmt.Errorf("entry %q is a file and a directory", dir)
			}
		}
	}

	// What follows the end of the archive is padding; reading it makes gzip check its sum.
	padding, err := io.ReadAll(plain)
	if err != nil {
		return nil, notAnArchive(err)
	}
	if _, err := compressed.ReadByte(); err != io.EOF || len(bytes.Trim(padding, "\x00")) > 0 {
		return nil, errors.New("data follow the end of the archive")
	}
	return files, nil
}

func entryName(header *tar.Header) (string, error) {
	name := strings.TrimPrefix(header.Name, "/") // OPA writes "/data.json"
	switch header.Typeflag {
	case tar.TypeReg:
	case tar.TypeDir:
		name = strings.TrimSuffix(name, "/")
	default:
		return "", fmt.Errorf("entry %q is neither a file nor a directory", header.Name)
	}
	odd := func(r rune) bool { return r == '\\' || unicode.IsControl(r) }
	if !fs.ValidPath(name) || name == "." && header.Typeflag == tar.TypeReg || strings.ContainsFunc(name, odd) {
		return "", fmt.Errorf("entry %q has no proper name below the bundle's root", header.Name)
	}
	base := path.Base(name)
	special := base == signaturesFile || strings.HasSuffix(base, manifestFile) || strings.HasSuffix(base, manifestFile+".pb")
	if special && name != signaturesFile && name != manifestFile {
		return "", fmt.Errorf("entry %q: signatures and manifest are %s and %s at the bundle's root", header.Name, signaturesFile, manifestFile)
	}
	return name, nil
}

func notAnArchive(err error) error {
	if errors.Is(err, errTooLarge) {
		return err
	}
	return fmt.Errorf("it is no gzipped tar archive, or a broken one: %w", err)
}

var errTooLarge = fmt.Errorf("unpacked it takes more than %d MiB", maxTotal>>20)

// limited fails where io.LimitedReader would pretend that the data end.
type limited struct {
	r    io.Reader
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooLarge
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// conftestUnpacks tells whether conftest finds the bundle's files where they belong: it takes names as they are, and makes no directories.
func conftestUnpacks(data []byte) error {
	if _, err := unpack(bytes.NewReader(data)); err != nil {
		return err
	}
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return err
	}
	archive := tar.NewReader(zip)
	made := map[string]bool{".": true}
	for {
		switch header, err := archive.Next(); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case strings.HasPrefix(header.Name, "/"), !made[path.Dir(path.Clean(header.Name))]:
			return fmt.Errorf("conftest could not unpack entry %q: its name is absolute, or its directory has no entry before; signing it anew packs it anew", header.Name)
		case header.Typeflag == tar.TypeDir:
			made[path.Clean(header.Name)] = true
		}
	}
}
