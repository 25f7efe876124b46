package lint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/lint"
	"github.com/netvet/netvet/policy/manifest"
)

const guideDir = "../../testdata/guide"

// What is wrong with each of the guide's blocks as it is written, by the rules that exist. That its namespace has no policy for every pod
// (default-deny-missing) is left out here, each block shows one policy and leaves the rest of the namespace to the reader; and so is that none says
// what it is for (undocumented).
var guideFaults = map[string][]string{
	"01-namespace-isolation/faulty.yaml": {"all-ports", "missing-dns", "name-contradicts-effect", "namespace-label"},
	"02-tiers/faulty.yaml":               {"allow-all-ingress", "dns-one-protocol", "namespace-label", "or-peers", "policy-types-missing"},
	"03-microservice/faulty.yaml":        {"dns-one-protocol", "namespace-label", "or-peers", "policy-types-missing"},
	"04-database-access/faulty.yaml":     {"policy-types-missing"},
	"05-across-namespaces/faulty.yaml":   {"egress-only-blocks-ingress", "missing-dns", "namespace-label", "or-peers", "policy-types-missing"},
	"06-external-only/faulty.yaml":       {"ipv4-only-world", "policy-types-missing", "private-range-incomplete"},
	"07-deny-then-allow/faulty.yaml":     {"dns-one-protocol", "namespace-label", "one-sided-allow", "or-peers", "policy-types-missing"},
	"08-service-mesh/faulty.yaml":        {"mesh-ports", "missing-dns", "namespace-label", "policy-types-missing"},
	"09-forgotten-dns/faulty.yaml":       {"egress-only-blocks-ingress", "missing-dns"},
	"09-forgotten-dns/mended.yaml":       {"dns-one-protocol", "egress-only-blocks-ingress", "namespace-label", "or-peers"},
	"10-too-permissive/faulty.yaml":      {"allow-all-ingress", "policy-types-missing"},
	"11-health-checks/faulty.yaml":       {"probe-port-open-to-peers", "policy-types-missing"},
	"11-health-checks/forgotten.yaml":    {"probe-port-blocked"},
}

// TestGuide holds what netvet says of the guide's manifests, as `make demo` asks it: all of them at once.
func TestGuide(t *testing.T) {
	set := read(t, guideDir)
	report, err := newLinter(t, lint.Config{}).Lint(t.Context(), set)
	require.NoError(t, err)
	said := map[string][]string{}
	rules := map[string][]string{}
	for _, finding := range report.Findings {
		file := guideFile(t, finding.Span.File)
		said[file] = append(said[file], fmt.Sprintf("%d %s %s %q", finding.Span.Start.Line, finding.Severity, finding.Rule.ID, finding.Message))
		if !slices.Contains([]string{"default-deny-missing", "undocumented"}, finding.Rule.ID) && !slices.Contains(rules[file], finding.Rule.ID) {
			rules[file] = append(rules[file], finding.Rule.ID)
		}
	}
	files, err := filepath.Glob(filepath.Join(guideDir, "*", "*.yaml"))
	require.NoError(t, err)
	for _, path := range files {
		file := guideFile(t, path)
		t.Run(file, func(t *testing.T) {
			assertExplained(t, path)
			assert.ElementsMatch(t, guideWants(t, path), said[file])
			if faults, faulty := guideFaults[file]; faulty {
				assert.ElementsMatch(t, faults, rules[file])
			} else {
				assert.Equal(t, "sound.yaml", filepath.Base(file), "not in the table of faults")
				assertSound(t, said[file])
			}
		})
	}
}

// TestGuideBlocks: every block is there as it is written and as it should be, and what is sound is so without the other files.
func TestGuideBlocks(t *testing.T) {
	linter := newLinter(t, lint.Config{})
	blocks := names(t, guideDir)
	assert.Len(t, blocks, 11, "eight patterns and three mistakes")
	for _, block := range blocks {
		assert.Contains(t, guideFaults, block+"/faulty.yaml")
		t.Run(block, func(t *testing.T) {
			report, err := linter.Lint(t.Context(), read(t, filepath.Join(guideDir, block, "sound.yaml")))
			require.NoError(t, err)
			var said []string
			for _, finding := range report.Findings {
				said = append(said, fmt.Sprintf("%d %s %s", finding.Span.Start.Line, finding.Severity, finding.Rule.ID))
			}
			assertSound(t, said)
		})
	}
}

// TestGuidePatterns: what is sound claims the guide's pattern, and is of it. As the guide has them, most blocks are not; that the third cannot
// resolve names is told at its peers, and the fourth and the seventh are what they claim as far as it goes.
func TestGuidePatterns(t *testing.T) {
	const annotation = "netvet.dev/pattern"
	linter := newLinter(t, lint.Config{Enable: []string{"pattern-mismatch"}})
	for block, pattern := range map[string]string{
		"01-namespace-isolation": "namespace-isolation",
		"02-tiers":               "tier-isolation",
		"03-microservice":        "microservice-isolation",
		"04-database-access":     "database-access",
		"05-across-namespaces":   "multi-namespace",
		"06-external-only":       "external-only",
		"07-deny-then-allow":     "deny-all",
		"08-service-mesh":        "service-mesh",
	} {
		t.Run(block, func(t *testing.T) {
			claims := map[any]bool{}
			sound := read(t, filepath.Join(guideDir, block, "sound.yaml"))
			for _, resource := range sound.Resources {
				annotations, _ := resource.Object["metadata"].(map[string]any)["annotations"].(map[string]any)
				claims[annotations[annotation]] = true
			}
			delete(claims, nil)
			assert.Equal(t, map[any]bool{pattern: true}, claims)
			report, err := linter.Lint(t.Context(), sound)
			require.NoError(t, err)
			assert.Empty(t, report.Findings)

			faulty := read(t, filepath.Join(guideDir, block, "faulty.yaml"))
			for _, resource := range faulty.Resources {
				resource.Object["metadata"].(map[string]any)["annotations"] = map[string]any{annotation: pattern}
				if pattern == "deny-all" {
					break // its other policies allow
				}
			}
			report, err = linter.Lint(t.Context(), faulty)
			require.NoError(t, err)
			isWhatItClaims := slices.Contains([]string{"microservice-isolation", "database-access", "deny-all"}, pattern)
			assert.Equal(t, isWhatItClaims, len(report.Findings) == 0)
		})
	}
}

const guidePage = "../README.md"

// TestGuidePage holds the page about the guide to the manifests, to what netvet says of them, and to the rules' annotations. With NETVET_WRITE_GUIDE
// set it writes these into the page.
func TestGuidePage(t *testing.T) {
	page, err := os.ReadFile(guidePage)
	require.NoError(t, err)
	filled, parts := fillGuide(t, string(page))
	if os.Getenv("NETVET_WRITE_GUIDE") != "" {
		require.NoError(t, os.WriteFile(guidePage, []byte(filled), 0o644))
		return
	}
	assert.Equal(t, filled, string(page), "the page is behind: NETVET_WRITE_GUIDE=1 go test -run TestGuidePage ./policy/lint, and read what changed")

	for _, rule := range policy.Default().Rules() {
		for _, part := range rule.Guide {
			assert.Contains(t, parts, part, "%s: guide", rule.ID)
		}
	}
	for _, link := range guideLink.FindAllStringSubmatch(filled, -1) {
		assert.NotNil(t, policy.Default().Rule(link[1]), "no rule is called %s", link[1])
		assert.Equal(t, strings.ReplaceAll(link[1], "-", "_"), link[2])
	}
	blocks := names(t, guideDir)
	for _, block := range blocks {
		assert.Equal(t, 1, strings.Count(filled, "\n[testdata/guide/"+block+"/sound.yaml]"), "%s on the page", block)
	}
}

var (
	guideParts   = map[string]string{"pattern": "Patterns", "practice": "Practices", "mistake": "Mistakes"}
	guideLink    = regexp.MustCompile(`\[([a-z-]+)\]\(netvet/rules/([a-z_]+)\)`)
	guideSection = regexp.MustCompile(`(?m)^### (\d+)\. `)
	guideEmbed   = regexp.MustCompile(`(?s)(\n\[testdata/guide/([0-9a-z-]+)/sound\.yaml\][^\n]*\n\n\x60{3}yaml\n).*?(\x60{3}\n)`)
	guideTold    = regexp.MustCompile(`(?m)^Told of it: [^\n]*$`)
	guideHeld    = regexp.MustCompile(`(?m)^Held by [^\n]*$`)
)

// fillGuide writes into the page what stands elsewhere: the sound manifests, the rules that speak of the faulty ones, and those that name the section.
// It lists the sections, "pattern 1" and so on.
func fillGuide(t *testing.T, page string) (filled string, parts []string) {
	t.Helper()
	for kind, title := range guideParts {
		head, rest, found := strings.Cut(page, "\n## "+title+"\n")
		require.True(t, found, "the page has no part %s", title)
		part, tail, _ := strings.Cut(rest, "\n## ")
		starts := guideSection.FindAllStringSubmatchIndex(part, -1)
		filled := part[:starts[0][0]]
		for i, start := range starts {
			end := len(part)
			if i+1 < len(starts) {
				end = starts[i+1][0]
			}
			parts = append(parts, kind+" "+part[start[2]:start[3]])
			filled += fillSection(t, parts[len(parts)-1], part[start[0]:end])
		}
		page = head + "\n## " + title + "\n" + filled
		if tail != "" {
			page += "\n## " + tail
		}
	}
	return page, parts
}

func fillSection(t *testing.T, part, section string) string {
	t.Helper()
	block := ""
	section = guideEmbed.ReplaceAllStringFunc(section, func(text string) string {
		match := guideEmbed.FindStringSubmatch(text)
		block = match[2]
		manifest, err := os.ReadFile(filepath.Join(guideDir, block, "sound.yaml"))
		require.NoError(t, err)
		return match[1] + string(manifest) + match[3]
	})
	var holding []string
	for _, rule := range policy.Default().Rules() {
		if slices.Contains(rule.Guide, part) {
			holding = append(holding, rule.ID)
		}
	}
	assert.Equal(t, len(holding) > 0, guideHeld.MatchString(section), "%s: Held by %v", part, holding)
	section = guideHeld.ReplaceAllLiteralString(section, "Held by "+links(holding)+".")
	return guideTold.ReplaceAllLiteralString(section, "Told of it: "+links(guideFaults[block+"/faulty.yaml"])+".")
}

func links(rules []string) string {
	var list []string
	for _, id := range slices.Sorted(slices.Values(rules)) {
		list = append(list, fmt.Sprintf("[%s](netvet/rules/%s)", id, strings.ReplaceAll(id, "-", "_")))
	}
	return strings.Join(list, ", ")
}

// TestGuideGlued: without the lines of three dashes between its objects a file is no answer, and says where they belong.
func TestGuideGlued(t *testing.T) {
	for _, block := range []string{"07-deny-then-allow", "10-too-permissive"} {
		t.Run(block, func(t *testing.T) {
			path := filepath.Join(guideDir, block, "glued.txt")
			assertExplained(t, path)
			set, err := manifest.Load(t.Context(), []string{path}, manifest.Options{})
			require.NoError(t, err)
			var said []string
			for _, err := range set.Errors {
				said = append(said, fmt.Sprintf("%d error reader %q", err.Span.Start.Line, err.Err.Error()))
			}
			assert.ElementsMatch(t, guideWants(t, path), said)
			assert.Empty(t, set.Resources)

			glued, err := os.ReadFile(path)
			require.NoError(t, err)
			faulty, err := os.ReadFile(filepath.Join(guideDir, block, "faulty.yaml"))
			require.NoError(t, err)
			assert.Equal(t, objectLines(faulty), objectLines(glued), "the two differ in more than the dashes")
		})
	}
}

// A line may expect several findings: # want missing-dns "message" warning or-peers "another". A severity that is left out is the rule's.
var guideWant = regexp.MustCompile(`^\s*(error|warning|note)?\s*([a-z0-9-]+) ("(?:[^"\\]|\\.)*")`)

func guideWants(t *testing.T, path string) []string {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var want []string
	for i, line := range strings.Split(string(data), "\n") {
		_, rest, _ := strings.Cut(line, "# want ")
		for strings.TrimSpace(rest) != "" {
			item := guideWant.FindStringSubmatch(rest)
			require.NotNil(t, item, "%s:%d: not an expectation: %s", path, i+1, rest)
			severity := item[1]
			if rule := policy.Default().Rule(item[2]); severity == "" && rule != nil {
				severity = rule.Severity.String()
			} else if severity == "" {
				severity = policy.Error.String()
			}
			message, err := strconv.Unquote(item[3])
			require.NoError(t, err)
			want = append(want, fmt.Sprintf("%d %s %s %q", i+1, severity, item[2], message))
			rest = rest[len(item[0]):]
		}
	}
	return want
}

func assertSound(t *testing.T, said []string) {
	for _, line := range said {
		assert.Contains(t, line, " note ", "a sound manifest draws notes at most")
	}
}

// assertExplained: the file begins with what such a manifest really does.
func assertExplained(t *testing.T, path string) {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(data), "# "), "%s does not begin with a comment that says what it does", path)
}

// objectLines gives the lines that are neither comment nor dashes nor blank, without their comments.
func objectLines(data []byte) []string {
	var kept []string
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimRight(line, " \n"); line != "" && line != "---" {
			kept = append(kept, line)
		}
	}
	return kept
}

func guideFile(t *testing.T, path string) string {
	file, err := filepath.Rel(guideDir, path)
	require.NoError(t, err)
	return filepath.ToSlash(file)
}
