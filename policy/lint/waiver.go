package lint

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/netvet/netvet/policy/manifest"
)

// Date is a day, as 2026-12-31, or "" for none.
type Date string

// datePattern admits the days that there are.
const datePattern = `^(?:\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))` +
	`|(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)$`

var dateExpression = regexp.MustCompile(datePattern)

func (d Date) check() error {
	if d != "" && !dateExpression.MatchString(string(d)) {
		return fmt.Errorf("%q is no day: want one as 2026-12-31", string(d))
	}
	return nil
}

// over tells whether the day has passed.
func (d Date) over(today Date) bool { return d != "" && d < today }

// Waiver is a finding, or several, that somebody lives with. It holds for the findings of its rule that all its other fields concern, to the end of
// the day on which it expires.
type Waiver struct {
	Rule string

	// Paths are patterns of files; none stands for all. Kind, Namespace and Name are those of the object; "" stands for any.
	Paths                 []string
	Kind, Namespace, Name string

	Reason  string
	Owner   string
	Expires Date
}

// waive applies the waivers to a finding. It tells which one concerns it by its number, or -1.
func (r *resolved) waive(f *Finding) int {
	if f.Suppressed != "" {
		return -1
	}
	expired := -1
	for i, w := range r.Waivers {
		id := f.Resource.ID
		if w.Rule != f.Rule.ID || w.Kind != "" && w.Kind != id.Kind || w.Name != "" && w.Name != id.Name ||
			w.Namespace != "" && w.Namespace != cmp.Or(id.Namespace, r.Namespace, defaultNamespace) ||
			r.waived[i] != nil && !r.waived[i].Match(f.Resource.File) {
			continue
		}
		if w.Expires.over(r.Today) {
			expired = i
			continue
		}
		f.Suppressed = w.Reason
		return i
	}
	return expired
}

// concerns tells whether the waiver could hold for anything in the set: those of files that are not read may hold another time.
func (r *resolved) concerns(i int, files map[string]bool) bool {
	if r.waived[i] == nil {
		return true
	}
	for file := range files {
		if r.waived[i].Match(file) {
			return true
		}
	}
	return false
}

// Notice is something about how a run is set up that somebody should see to: a rule's old name, a waiver that has expired, a finding of the
// baseline that is gone.
type Notice struct {
	Place   string // file:line:column, the name of a flag, or ""
	Message string
}

// String gives the place, then what is to be seen to there.
func (n Notice) String() string {
	if n.Place == "" {
		return n.Message
	}
	return n.Place + ": " + n.Message
}

// owed says who answers for something, in brackets, or nothing.
func owed(owner string) string {
	if owner == "" {
		return ""
	}
	return " (owner: " + owner + ")"
}

// annotationNotice tells of an annotation that suppresses a rule by its former name.
func annotationNotice(f Finding) (Notice, bool) {
	const prefix = "ignore.netvet.dev/"
	metadata, _ := f.Resource.Object["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	if reason, _ := annotations[prefix+f.Rule.ID].(string); strings.TrimSpace(reason) != "" {
		return Notice{}, false
	}
	for _, id := range f.Rule.Formerly {
		if reason, _ := annotations[prefix+id].(string); strings.TrimSpace(reason) != "" {
			place := f.Resource.Span(manifest.Path{"metadata", "annotations", prefix + id})
			return Notice{Place: place.String(), Message: renamed(id, f.Rule.ID)}, true
		}
	}
	return Notice{}, false
}
