package lint

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
)

// settle applies the configuration to what was found: what differs for some files, waivers, the baseline. It sorts and counts.
func (l *Linter) settle(r *Report, set *manifest.Set) {
	c := l.config
	r.Notices = slices.Clone(c.notices)
	overrides := map[string][]int{} // by file
	if len(c.Overrides) > 0 {
		for file := range filesOf(set) {
			overrides[file] = c.concerning(file)
		}
	}
	settled := r.Findings[:0]
	for _, f := range r.Findings {
		verdict := c.of(f.Rule.ID, overrides[f.Resource.File])
		if !verdict.on {
			continue
		}
		f.Severity = cmp.Or(verdict.severity, f.Severity)
		settled = append(settled, f)
	}
	r.Findings = settled
	slices.SortFunc(r.Findings, compareFindings)
	slices.SortStableFunc(r.Errors, func(a, b *manifest.Error) int { return compareSpans(a.Span, b.Span) })

	for _, f := range r.Findings {
		if notice, former := annotationNotice(f); former && f.Suppressed != "" {
			r.Notices = append(r.Notices, notice)
		}
	}
	r.waive(c, set, l.rules)
	r.compare(c, set, func(rule, file string) bool {
		known := slices.IndexFunc(c.rules, func(r *policy.Rule) bool { return r.ID == rule || slices.Contains(r.Formerly, rule) })
		return known < 0 || c.of(c.rules[known].ID, c.concerning(file)).on
	})
	r.Summary = Summary{Files: set.Files, Objects: len(set.Resources), Skipped: len(set.Skipped), Unread: len(r.Errors)}
	r.level = cmp.Or(c.FailLevel, "error")
	r.count()
}

// waive applies the waivers, and tells of those that have expired or concern nothing.
func (r *Report) waive(c *resolved, set *manifest.Set, asked map[string]*policy.Rule) {
	met := make([]int, len(c.Waivers))
	for i := range r.Findings {
		if n := c.waive(&r.Findings[i]); n >= 0 {
			met[n]++
			r.Findings[i].Waiver = &c.Waivers[n]
		}
	}
	files := filesOf(set)
	for i, w := range c.Waivers {
		place := c.Origins[fmt.Sprintf("waivers.%d", i)]
		switch {
		case met[i] > 0 && w.Expires.over(c.Today):
			r.Notices = append(r.Notices, Notice{place, fmt.Sprintf("this waiver of %s expired on %s%s: %s again", w.Rule, w.Expires, owed(w.Owner), counts(met[i]))})
		case met[i] == 0 && asked[w.Rule] != nil && len(set.Errors) == 0 && c.concerns(i, files):
			r.Notices = append(r.Notices, Notice{place, fmt.Sprintf("this waiver of %s concerns no finding%s: take it out", w.Rule, owed(w.Owner))})
		}
	}
}

func counts(n int) string {
	if n == 1 {
		return "1 finding counts"
	}
	return fmt.Sprintf("%d findings count", n)
}

// count counts the findings, and tells whether one reaches the fail level.
func (r *Report) count() {
	s := &r.Summary
	s.Suppressed, s.Errors, s.Warnings, s.Notes, s.Known = 0, 0, 0, 0, len(r.Known)
	for _, finding := range r.Findings {
		switch {
		case finding.Suppressed != "":
			s.Suppressed++
		case finding.Severity == policy.Error:
			s.Errors++
		case finding.Severity == policy.Warning:
			s.Warnings++
		case finding.Severity == policy.Note:
			s.Notes++
		}
	}
	switch r.level {
	case "error":
		r.Failed = s.Errors > 0
	case "warning":
		r.Failed = s.Errors+s.Warnings > 0
	case "note":
		r.Failed = s.Errors+s.Warnings+s.Notes > 0
	}
}
