package lint_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
)

// host is somebody who asks the rules.
type host struct {
	name, tool string

	// ask makes the tool ready to judge parcels.
	ask func(t *testing.T, tool stock, parcels []parcel) func(t *testing.T, p parcel) verdict

	// lacks says what a rule needs for a finding that the host does not show, "" where it shows all; nil where it shows everything to every rule.
	lacks func(rule *policy.Rule, finding said) string

	// told is a finding as far as the host tells of it.
	told func(said) said

	// fileless hosts know nothing of files: to them, all objects are from one.
	fileless bool

	// few parcels are judged by a host that takes a second for each policy.
	few bool
}

var hosts = []host{
	{name: "`opa eval`", tool: "opa", ask: askEval},
	{name: "OPA server", tool: "opa", ask: askServer},
	{name: "`conftest --combine`", tool: "conftest", ask: askCombined},
	{name: "`conftest`", tool: "conftest", ask: askAlone, lacks: lacksAlone, told: ungraded},
	{name: gator, tool: "gator", ask: askGator, lacks: lacksAtAdmission, told: ungraded, fileless: true, few: true},
}

// ungraded leaves out what a rule decides by what it sees.
func ungraded(s said) said {
	s.Severity = ""
	return s
}

func askEval(_ *testing.T, opa stock, _ []parcel) func(*testing.T, parcel) verdict {
	return func(t *testing.T, p parcel) verdict {
		output, status := opa.run(t, p.envelope(t), "eval", "-b", "policy", "-I", "-f", "raw", "data.netvet.findings")
		assert.Zero(t, status)
		return opaSays(t, p.set, output)
	}
}

func askServer(t *testing.T, opa stock, _ []parcel) func(*testing.T, parcel) verdict {
	server := opa.serve(t, "-b", "policy")
	return func(t *testing.T, p parcel) verdict { return opaSays(t, p.set, server.findings(t, p.envelope(t))) }
}

// withoutFiles is the set as a host has it that knows nothing of files: to it, all objects are from one.
func (p parcel) withoutFiles() *manifest.Set {
	set := &manifest.Set{}
	for _, r := range p.set.Resources {
		set.Resources = append(set.Resources, &manifest.Resource{ID: r.ID, Object: r.Object})
	}
	return set
}

func (p parcel) envelope(t *testing.T) []byte {
	t.Helper()
	input, err := json.Marshal(envelope(p.set))
	require.NoError(t, err)
	return input
}

func askCombined(_ *testing.T, conftest stock, _ []parcel) func(*testing.T, parcel) verdict {
	return func(t *testing.T, p parcel) verdict {
		v, status := conftestSays(t, conftest, "--combine", p.dir)
		assert.Equal(t, v.fails(), status == 1, p.name)
		return v
	}
}

// Without --combine conftest judges each document by itself, so that one run does for all parcels.
func askAlone(t *testing.T, conftest stock, parcels []parcel) func(*testing.T, parcel) verdict {
	var dirs []string
	for _, p := range parcels {
		dirs = append(dirs, p.dir)
	}
	all, status := conftestSays(t, conftest, dirs...)
	assert.Equal(t, all.fails(), status == 1)
	return func(_ *testing.T, p parcel) verdict {
		v := verdict{}
		for finding := range all {
			if strings.HasPrefix(finding.File, p.dir+string(filepath.Separator)) {
				v[finding] = true
			}
		}
		return v
	}
}

func askGator(t *testing.T, gator stock, _ []parcel) func(*testing.T, parcel) verdict {
	constraints := writeConstraints(t)
	return func(t *testing.T, p parcel) verdict { return gatorSays(t, gator, constraints, p.dir) }
}

func lacksAlone(rule *policy.Rule, _ said) string {
	if rule.Scope.WantsOthers() || len(rule.Needs) > 0 {
		return "other objects"
	}
	return ""
}

func lacksAtAdmission(rule *policy.Rule, finding said) string {
	switch {
	case rule.Scope == policy.Source:
		return "the source"
	case finding.Severity == "note" && rule.Severity != policy.Note:
		return "its notes" // constraints leave them to netvet lint
	case rule.Scope == policy.Workloads || len(rule.Needs) > 0:
		return "other namespaces"
	}
	return ""
}

// TestStockParity: one corpus has one verdict in all hosts. Where a host shows the rules less, they say less, and each finding that is missing is one
// of a rule that needs what the host does not show.
func TestStockParity(t *testing.T) {
	tools := map[string]stock{}
	for _, h := range hosts {
		tools[h.tool] = findStock(t, h.tool)
	}
	parcels := corpus(t)
	full := map[string]verdict{}
	table := &table{counts: map[[2]string]int{}, lacking: map[[2]string]map[string]bool{}}
	for i, p := range parcels {
		full[p.name] = netvetSays(t, p.set)
		if p.everywhere {
			table.count(netvet, full[p.name])
		}
		parcels[i].fileless = netvetSays(t, p.withoutFiles())
	}
	agreed := t.Run("hosts", func(t *testing.T) {
		for _, h := range hosts {
			t.Run(h.name, func(t *testing.T) {
				t.Parallel()
				says := h.ask(t, tools[h.tool], parcels)
				for _, p := range parcels {
					if h.few && !p.everywhere {
						continue
					}
					want, got := full[p.name], says(t, p)
					if h.fileless {
						want = p.fileless
					}
					if p.everywhere {
						table.count(h.name, got)
					}
					h.compare(t, p, want, got, table)
				}
			})
		}
	})
	if agreed {
		table.check(t)
	}
}

// TestFindingsDoNotDependOnTheOrder: nor do they on that of files and documents, unless several are of a name.
func TestFindingsDoNotDependOnTheOrder(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, p := range corpus(t) {
		if p.name == "twice" {
			continue
		}
		want := netvetSays(t, p.set)
		slices.Reverse(p.set.Resources)
		host{name: "netvet of all in reverse"}.compare(t, p, want, netvetSays(t, p.set), nil)
	}
}

// compare prints both sides of what differs.
func (h host) compare(t *testing.T, p parcel, full, got verdict, table *table) {
	t.Helper()
	told := h.told
	if told == nil {
		told = func(s said) said { return s }
	}
	stated, here := map[said]policy.Severity{}, map[said]bool{}
	for finding := range full {
		if severity, known := stated[told(finding)]; !known || finding.severity(t) < severity {
			stated[told(finding)] = finding.severity(t)
		}
	}
	for finding := range got {
		here[told(finding)] = true
	}
	// earlier says whether the finding has another for reason, of a rule of the two that speaks first, which the host does not show enough to.
	earlier := func(finding said) bool {
		for other := range full {
			if h.lacks != nil && other.Object == finding.Object && !here[told(other)] &&
				(slices.Contains(rule(finding.Rule).After, other.Rule) || slices.Contains(rule(other.Rule).After, finding.Rule)) {
				return true
			}
		}
		return false
	}
	var differing []string
	for finding := range got {
		switch severity, known := stated[told(finding)]; {
		case !known && !earlier(finding):
			differing = append(differing, fmt.Sprintf("%+v: %s alone", finding, h.name))
		case known && severity > finding.severity(t):
			differing = append(differing, fmt.Sprintf("%+v: netvet says %s", finding, severity))
		}
	}
	for finding := range full {
		if here[told(finding)] {
			continue
		}
		if h.lacks != nil {
			if lacking := h.lacks(rule(finding.Rule), finding); lacking != "" {
				table.lacks(finding.Rule, h.name, lacking)
				continue
			}
		}
		differing = append(differing, fmt.Sprintf("%+v: netvet alone", finding))
	}
	slices.Sort(differing)
	if n := len(differing); n > 0 {
		t.Errorf("%s: %d differences between netvet and %s:\n%s", p.name, n, h.name, strings.Join(differing[:min(n, 40)], "\n"))
	}
}

func rule(id string) *policy.Rule { return policy.Default().Rule(id) }

func (s said) severity(t *testing.T) policy.Severity {
	t.Helper()
	severity, err := policy.ParseSeverity(s.Severity)
	require.NoError(t, err)
	return severity
}

// table counts findings by host and rule, and keeps what a host lacked for those that it missed.
type table struct {
	sync.Mutex
	counts  map[[2]string]int
	lacking map[[2]string]map[string]bool
}

func (t *table) count(host string, v verdict) {
	t.Lock()
	defer t.Unlock()
	for finding := range v {
		t.counts[[2]string{host, finding.Rule}]++
	}
}

func (t *table) lacks(rule, host, what string) {
	t.Lock()
	defer t.Unlock()
	key := [2]string{host, rule}
	if t.lacking[key] == nil {
		t.lacking[key] = map[string]bool{}
	}
	t.lacking[key][what] = true
}

// markdown has a row for each rule.
func (t *table) markdown() string {
	var b strings.Builder
	b.WriteString("| Rule | netvet, Go")
	for _, h := range hosts {
		b.WriteString(" | " + h.name)
	}
	b.WriteString(" | Fewer for want of |\n|---|---:" + strings.Repeat("|---:", len(hosts)) + "|---|\n")
	for _, rule := range policy.Default().Rules() {
		fmt.Fprintf(&b, "| `%s` | %d", rule.ID, t.counts[[2]string{netvet, rule.ID}])
		var why []string
		for _, h := range hosts {
			fmt.Fprintf(&b, " | %d", t.counts[[2]string{h.name, rule.ID}])
			if lacking := t.lacking[[2]string{h.name, rule.ID}]; lacking != nil {
				why = append(why, fmt.Sprintf("%s: %s", h.name, strings.Join(slices.Sorted(maps.Keys(lacking)), ", ")))
			}
		}
		fmt.Fprintf(&b, " | %s |\n", strings.Join(why, "; "))
	}
	return b.String()
}

const (
	netvet    = "netvet"
	gator     = "`gator test`"
	hostsPage = "../HOSTS.md"
	tableMark = "<!-- findings by rule and host -->\n\n"
)

// check wants Gatekeeper to tell of each rule that it can, and holds the page to the table; with NETVET_WRITE_GUIDE set it writes it there.
func (t *table) check(test *testing.T) {
	for _, rule := range policy.Default().Rules() {
		if rule.Scope != policy.Source && t.counts[[2]string{netvet, rule.ID}] > 0 && !t.lacking[[2]string{gator, rule.ID}]["its notes"] {
			assert.NotZero(test, t.counts[[2]string{gator, rule.ID}], "Gatekeeper never tells of %s", rule.ID)
		}
	}
	page, err := os.ReadFile(hostsPage)
	require.NoError(test, err)
	before, _, found := strings.Cut(string(page), tableMark)
	require.True(test, found)
	filled := before + tableMark + t.markdown()
	if os.Getenv("NETVET_WRITE_GUIDE") != "" {
		require.NoError(test, os.WriteFile(hostsPage, []byte(filled), 0o644))
		return
	}
	assert.Equal(test, filled, string(page), "the page is behind: NETVET_WRITE_GUIDE=1 go test -run TestStockParity ./policy/lint, and read what changed")
}
