package bundle_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/bundle"
)

func TestUnsignedIsRefused(t *testing.T) {
	_, verify := pair(t, "rsa", bundle.KeyOptions{})
	unsigned := write(t, small(t), bundle.Options{})
	for name, data := range map[string][]byte{
		"no signature":   unsigned,
		"no signatures":  pack(t, append(entries(t, unsigned), regular(".signatures.json", `{}`))),
		"empty":          pack(t, append(entries(t, unsigned), regular(".signatures.json", `{"signatures": []}`))),
		"another's name": pack(t, append(entries(t, unsigned), regular("signatures.json", `{"signatures": ["a.b.c"]}`))),
	} {
		_, err := read(data, verify)
		require.ErrorIs(t, err, bundle.ErrUnsigned, name)
	}
	_, err := read(unsigned, nil)
	require.Error(t, err, "no key is no permission")
}

func TestTamperedIsRefused(t *testing.T) {
	sign, verify := pair(t, "rsa", bundle.KeyOptions{})
	signed := entries(t, write(t, small(t), bundle.Options{Key: sign}))
	for i, e := range signed {
		if e.Typeflag != tar.TypeReg || e.Name == ".signatures.json" {
			continue
		}
		without := slices.Delete(slices.Clone(signed), i, i+1)
		for change, list := range map[string][]entry{
			"alter":    append(slices.Clone(without), regular(e.Name, strings.Replace(e.data, "a", "b", 1))),
			"append":   append(slices.Clone(without), regular(e.Name, e.data+"# more")),
			"empty":    append(slices.Clone(without), regular(e.Name, "")),
			"remove":   without,
			"rename":   append(slices.Clone(without), regular(e.Name+"x", e.data)),
			"move":     append(slices.Clone(without), regular("x/"+strings.TrimPrefix(e.Name, "."), e.data)),
			"add":      append(slices.Clone(signed), regular("netvet/rules/no_team/more.rego", "package netvet.rules.no_team\n")),
			"add data": append(slices.Clone(signed), regular("data.json", "{}")),
			"add text": append(slices.Clone(signed), regular("README", "")),
		} {
			_, err := read(pack(t, list), verify)
			require.ErrorIs(t, err, bundle.ErrTampered, "%s %s", change, e.Name)
		}
		_, err := read(pack(t, append(slices.Clone(signed), regular(e.Name, e.data))), verify)
		require.ErrorContains(t, err, "occurs twice", e.Name)
		_, err = read(pack(t, append(slices.Clone(signed), regular("/"+e.Name, e.data))), verify)
		require.ErrorContains(t, err, "occurs twice", e.Name)
	}

	reroot := func(e *entry) {
		if e.Name == ".manifest" {
			e.data = strings.Replace(e.data, `"netvet"`, `"netvet", "system"`, 1)
		}
	}
	_, err := read(pack(t, signed, reroot), verify)
	require.ErrorIs(t, err, bundle.ErrTampered)
	under := func(e *entry) { e.Name = "x/" + e.Name }
	_, err = read(pack(t, signed, under), verify)
	require.Error(t, err, "the whole bundle a folder deeper")

	_, err = read(pack(t, signed), verify)
	require.NoError(t, err, "packed otherwise it is the same")
}

func TestUnverifiedBundleThatContradictsItselfIsRefused(t *testing.T) {
	list := entries(t, write(t, small(t), bundle.Options{}))
	_, err := bundle.ReadUnverified(bytes.NewReader(pack(t, append(list, regular("lib/acme/more.rego", "package lib.acme.more\n")))))
	require.ErrorIs(t, err, bundle.ErrTampered)
}

// token gives the parts of a bundle's signature, and a function that packs the bundle with another.
func token(t *testing.T, data []byte) (header, payload, signature string, with func(tokens ...string) []byte) {
	t.Helper()
	list := entries(t, data)
	i := slices.IndexFunc(list, func(e entry) bool { return e.Name == ".signatures.json" })
	var file struct{ Signatures []string }
	require.NoError(t, json.Unmarshal([]byte(list[i].data), &file))
	parts := strings.Split(file.Signatures[0], ".")
	require.Len(t, parts, 3)
	return parts[0], parts[1], parts[2], func(tokens ...string) []byte {
		text, err := json.Marshal(map[string]any{"signatures": tokens})
		require.NoError(t, err)
		changed := slices.Clone(list)
		changed[i].data = string(text)
		return pack(t, changed)
	}
}

func TestWrongSignatureIsRefused(t *testing.T) {
	sign, verify := pair(t, "rsa", bundle.KeyOptions{})
	data := write(t, small(t), bundle.Options{Key: sign})
	header, payload, signature, with := token(t, data)
	whole := header + "." + payload + "." + signature

	otherKey, _ := pair(t, "other", bundle.KeyOptions{})
	wrong := map[string][]byte{
		"another's key":     write(t, small(t), bundle.Options{Key: otherKey}),
		"no parts":          with(""),
		"two parts":         with(header + "." + payload),
		"four parts":        with(whole + "." + signature),
		"no signature":      with(header + "." + payload + "."),
		"twice":             with(whole, whole),
		"with another":      with("x.y.z", whole),
		"alg none":          with(encode(`{"alg":"none"}`) + "." + payload + "."),
		"alg none, signed":  with(encode(`{"alg":"none"}`) + "." + payload + "." + signature),
		"alg None":          with(encode(`{"alg":"None","kid":"default"}`) + "." + payload + "." + signature),
		"no alg":            with(encode(`{"kid":"default"}`) + "." + payload + "." + signature),
		"header no JSON":    with(encode(`{`) + "." + payload + "." + signature),
		"header no base64":  with("?" + "." + payload + "." + signature),
		"payload no JSON":   with(header + "." + encode(`{`) + "." + signature),
		"payload no base64": with(header + ".?." + signature),
		"payload empty":     with(header + "." + encode(`{}`) + "." + signature),
		"not text":          with(whole + "\x00"),
	}
	for _, algorithm := range bundle.Algorithms()[1:] {
		wrong["alg "+algorithm] = with(encode(fmt.Sprintf(`{"alg":%q,"kid":"default"}`, algorithm)) + "." + payload + "." + signature)
	}
	for i := range whole { // a flipped bit anywhere; the last bits of base64 may mean nothing
		if i < len(whole)-2 {
			flipped := []byte(whole)
			flipped[i] ^= 1
			wrong[fmt.Sprint("bit ", i)] = with(string(flipped))
		}
	}
	// The classic: what is public serves as a shared secret.
	for _, secret := range [][]byte{keyFile(t, "rsa.pub.pem"), bytes.TrimSpace(keyFile(t, "rsa.pub.pem"))} {
		head := encode(`{"alg":"HS256","kid":"default"}`)
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(head + "." + payload))
		wrong[fmt.Sprint("HS256 by the public key, ", len(secret))] = with(head + "." + payload + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
	}
	for name, data := range wrong {
		_, err := read(data, verify)
		require.ErrorIs(t, err, bundle.ErrSignature, name)
	}

	for name, text := range map[string]string{
		"no JSON":    `{`,
		"more JSON":  `{"signatures": ["` + whole + `"]} {}`,
		"list":       `["` + whole + `"]`,
		"number":     `{"signatures": [1]}`,
		"any plugin": `{"signatures": ["` + whole + `"], "plugin": "mine"}`,
	} {
		change := func(e *entry) {
			if e.Name == ".signatures.json" {
				e.data = text
			}
		}
		_, err := read(pack(t, entries(t, data), change), verify)
		require.ErrorIs(t, err, bundle.ErrSignature, name)
	}

	// Every key but the right one, with every algorithm that it can have.
	for _, c := range []struct{ name, algorithm string }{
		{"other", "RS256"}, {"rsa", "RS384"}, {"rsa", "PS256"}, {"ec256", "ES256"}, {"ed25519", "EdDSA"}, {"secret", "HS256"},
	} {
		_, key := pair(t, c.name, bundle.KeyOptions{Algorithm: c.algorithm})
		_, err := read(data, key)
		require.ErrorIs(t, err, bundle.ErrSignature, c)
	}
	_, key := pair(t, "rsa", bundle.KeyOptions{ID: "another"})
	_, err := read(data, key)
	require.NoError(t, err, "the reader chooses the key, not the bundle")
}

func TestTruncatedIsRefused(t *testing.T) {
	sign, verify := pair(t, "rsa", bundle.KeyOptions{})
	data := write(t, small(t), bundle.Options{Key: sign})
	for n := range data {
		_, err := read(data[:n], verify)
		require.Error(t, err, n)
		_, err = bundle.ReadUnverified(bytes.NewReader(data[:n]))
		require.Error(t, err, n)
	}
}

func TestHostileArchivesAreRefused(t *testing.T) {
	sign, verify := pair(t, "rsa", bundle.KeyOptions{})
	good := write(t, small(t), bundle.Options{Key: sign})
	signed := entries(t, good)
	plus := func(more ...entry) []byte { return pack(t, append(slices.Clone(signed), more...)) }
	special := func(kind byte, link string) entry {
		return entry{tar.Header{Name: "netvet/link.rego", Typeflag: kind, Linkname: link}, ""}
	}
	var many []entry
	for i := range 5000 {
		many = append(many, regular(fmt.Sprint("f", i), ""))
	}
	mebibytes := func(n int) string { return strings.Repeat("\x00", n<<20) }
	var eight []entry
	for i := range 9 {
		eight = append(eight, regular(fmt.Sprint("f", i), mebibytes(8)))
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":             {nil, "no gzipped tar archive"},
		"text":                {[]byte("hello"), "no gzipped tar archive"},
		"gzip of nothing":     {zipped(t, nil), "no rules"},
		"gzip of text":        {zipped(t, []byte(strings.Repeat("hello", 500))), "no gzipped tar archive"},
		"up":                  {plus(regular("../x.rego", "")), "no proper name"},
		"up and down":         {plus(regular("netvet/../../x.rego", "")), "no proper name"},
		"around":              {plus(regular("netvet/./x.rego", "")), "no proper name"},
		"root":                {plus(regular("//etc/passwd", "")), "no proper name"},
		"no name":             {plus(regular(".", "")), "no proper name"},
		"backslash":           {plus(regular(`..\x.rego`, "")), "no proper name"},
		"control":             {plus(regular("x\x1b[2J.rego", "")), "no proper name"},
		"not UTF-8":           {plus(regular("x\xff.rego", "")), "no proper name"},
		"symbolic link":       {plus(special(tar.TypeSymlink, "/etc/passwd")), "neither a file nor a directory"},
		"hard link":           {plus(special(tar.TypeLink, ".manifest")), "neither a file nor a directory"},
		"device":              {plus(special(tar.TypeChar, "")), "neither a file nor a directory"},
		"fifo":                {plus(special(tar.TypeFifo, "")), "neither a file nor a directory"},
		"global header":       {plus(entry{tar.Header{Name: "g", Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"path": "x"}}, ""}), "neither a file nor a directory"},
		"file as directory":   {plus(regular(".manifest/x", "")), "a file and a directory"},
		"directory twice":     {plus(entry{tar.Header{Name: "netvet/", Typeflag: tar.TypeDir}, ""}), "occurs twice"},
		"second signature":    {plus(regular("netvet/.signatures.json", "{}")), "at the bundle's root"},
		"second manifest":     {plus(regular("netvet/.manifest", "{}")), "at the bundle's root"},
		"manifest by suffix":  {plus(regular("x.manifest", "{}")), "at the bundle's root"},
		"many entries":        {plus(many...), "more than 4096 entries"},
		"large file":          {plus(regular("x", mebibytes(9))), "more than 8 MiB"},
		"bomb of files":       {plus(eight...), "more than 64 MiB"},
		"bomb of padding":     {zipped(t, slices.Concat(unzipped(t, good), []byte(mebibytes(70)))), "more than 64 MiB"},
		"bomb of long header": {bombHeader(t), "no gzipped tar archive"},
		"long archive":        {slices.Concat(good, []byte(mebibytes(33))), "more than 32 MiB"},
		"more after gzip":     {append(slices.Clone(good), 0), "data follow"},
		"a second gzip":       {slices.Concat(good, good), "data follow"},
		"more after tar":      {zipped(t, slices.Concat(unzipped(t, good), []byte("x"))), "data follow"},
		"a second tar":        {zipped(t, slices.Concat(unzipped(t, good), unzipped(t, good))), "data follow"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(c.data, verify)
			require.Error(t, err)
			_, err = bundle.ReadUnverified(bytes.NewReader(c.data))
			require.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "\x1b")
			assert.Less(t, len(err.Error()), 1000)
		})
	}
}

func TestWhatOPAWouldUnderstandOtherwiseIsRefused(t *testing.T) {
	list := entries(t, write(t, small(t), bundle.Options{}))
	manifest := func(old, new string) []entry {
		changed := slices.Clone(list)
		for i, e := range changed {
			if e.Name == ".manifest" {
				changed[i].data = strings.Replace(e.data, old, new, 1)
				require.NotEqual(t, e.data, changed[i].data)
			}
		}
		return changed
	}
	for want, list := range map[string][]entry{
		"holds data":              append(manifest(`"lib/acme"`, `"a", "lib/acme"`), regular("a/data.json", `{"b": 1}`)),
		"is a delta":              append(slices.Clone(list), regular("patch.json", `{"data": [{"op": "upsert", "path": "/a", "value": 1}]}`)),
		"another version of Rego": manifest(`"rego_version": 1`, `"rego_version": 0`),
		"compiled":                append(slices.Clone(list), regular("policy.wasm", "")),
		"do not permit":           manifest(`"lib/acme"`, `"lib/other"`),
		"overlapped":              manifest(`"lib/acme"`, `"lib/acme", "lib"`),
		".manifest: invalid":      manifest(`{`, `[`),
		"at the bundle's root":    append(slices.Clone(list), regular(".manifest.pb", "")),
	} {
		_, err := bundle.ReadUnverified(bytes.NewReader(pack(t, list)))
		require.ErrorContains(t, err, want)
	}
}

func zipped(t testing.TB, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	_, err := zip.Write(plain)
	require.NoError(t, err)
	require.NoError(t, zip.Close())
	return b.Bytes()
}

func unzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	var b bytes.Buffer
	_, err = b.ReadFrom(zip)
	require.NoError(t, err)
	return b.Bytes()
}

// bombHeader is an archive whose extended header claims to take gigabytes.
func bombHeader(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	archive := tar.NewWriter(&b)
	require.NoError(t, archive.WriteHeader(&tar.Header{Name: "x", Typeflag: tar.TypeReg, Size: 1 << 33}))
	header := b.Bytes()[:512]
	header[156] = tar.TypeXHeader
	sum := 0
	copy(header[148:156], "        ")
	for _, c := range header {
		sum += int(c)
	}
	copy(header[148:156], fmt.Sprintf("%06o\x00 ", sum))
	return zipped(t, slices.Concat(header, make([]byte, 4<<20)))
}
