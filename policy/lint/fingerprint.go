package lint

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// Fingerprint identifies the fault from one run to the next: 32 hexadecimal digits, made of the rule, of the object's group, kind, namespace and
// name as its source gives them, and of the place in the object. It stays the same when lines move, the file is renamed, list items change
// places, severities are configured or a rule's message is reworded.
//
// The place is the path without item numbers, with the content of the innermost list item that it leads through: an item that is edited
// is another place.
//
// It is no key: equal items at equal paths, objects of the same name in several files, and several faults at one place share a fingerprint.
// Whoever compares runs counts them.
func (f Finding) Fingerprint() string { return f.fingerprint(f.Rule.ID) }

// fingerprints gives the fingerprint, and those that the finding had under former names of its rule.
func (f Finding) fingerprints() []string {
	prints := []string{f.Fingerprint()}
	for _, id := range f.Rule.Formerly {
		prints = append(prints, f.fingerprint(id))
	}
	return prints
}

func (f Finding) fingerprint(rule string) string {
	group, _, grouped := strings.Cut(f.Resource.ID.APIVersion, "/")
	if !grouped {
		group = ""
	}
	place, item := f.place()
	content, err := json.Marshal(item)
	if err != nil { // an object that was not read from text may hold what JSON has no form for
		content = fmt.Append(nil, item)
	}
	hash := sha256.New()
	for _, part := range []string{rule, group, f.Resource.ID.Kind, f.Resource.ID.Namespace, f.Resource.ID.Name, place, string(content)} {
		fmt.Fprintf(hash, "%d:%s,", len(part), part)
	}
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

// place gives the path without item numbers, and the innermost list item on it, or nil.
func (f Finding) place() (string, any) {
	var b strings.Builder
	var item any
	var value any = f.Resource.Object
	for _, step := range f.Path {
		switch step := step.(type) {
		case string:
			fmt.Fprintf(&b, ".%q", step)
			entries, _ := value.(map[string]any)
			value = entries[step]
		case int:
			b.WriteString("[]")
			items, _ := value.([]any)
			value = nil
			if step >= 0 && step < len(items) {
				value = items[step]
				item = value
			}
		default:
			fmt.Fprintf(&b, ".%v", step)
			value = nil
		}
	}
	return b.String(), item
}
