package gatekeeper_test

import (
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fixture is a bad.yaml or good.yaml, object by object, with what the constraints of its rule have to say of each.
type fixture struct {
	rule        string
	good        bool
	constraints []string
	samples     []sample
	only        string // the sample that is meant; "" for all
}

type sample struct {
	name   string
	object fields
	review bool     // whether the rule is asked about it
	want   []string // each with its constraint's name
	noted  bool     // whether a constraint tells of it, be it to audit alone
}

// fixtures reads the suites that netvet gatekeeper wrote.
func fixtures(t *testing.T, dir string) (all []fixture) {
	suites, err := filepath.Glob(dir + "/suites/*/suite.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, suites)
	for _, file := range suites {
		folder := filepath.Dir(file)
		var suite struct {
			Tests []struct {
				Name, Constraint string
				Cases            []struct {
					Object     string
					Assertions []struct{ Message string }
				}
			}
		}
		read(t, file, &suite)
		for _, name := range []string{"bad", "good"} {
			f := fixture{rule: filepath.Base(folder), good: name == "good"}
			files, err := filepath.Glob(folder + "/samples/" + name + "-*.yaml")
			require.NoError(t, err)
			for _, file := range files {
				s := sample{name: filepath.Base(file)}
				read(t, file, &s.object)
				complete(s.object)
				for _, test := range suite.Tests {
					var constraint fields
					read(t, filepath.Join(folder, test.Constraint), &constraint)
					for _, c := range test.Cases {
						if filepath.Base(c.Object) != s.name {
							continue
						}
						s.review = true
						for _, a := range c.Assertions {
							s.noted = s.noted || a.Message != ""
							if a.Message != "" && at(constraint, "spec", "enforcementAction") != "dryrun" {
								s.want = append(s.want, "["+test.Name+"] "+literal(a.Message))
							}
						}
					}
				}
				slices.Sort(s.want)
				s.want = slices.Compact(s.want)
				f.samples = append(f.samples, s)
			}
			for _, test := range suite.Tests {
				f.constraints = append(f.constraints, test.Name)
			}
			all = append(all, f)
		}
	}
	return all
}

var escaped = regexp.MustCompile(`\\(.)`)

// literal is the text of which a suite's pattern was made.
func literal(pattern string) string {
	return escaped.ReplaceAllString(strings.TrimSuffix(strings.TrimPrefix(pattern, "^"), "$"), "$1")
}

// complete adds what the API server takes no object without, and no rule looks at.
func complete(o fields) {
	var steps []string
	switch o["kind"] {
	case "Pod":
		steps = []string{"spec"}
	case "CronJob":
		below(o, "spec")["schedule"] = "@daily"
		steps = []string{"spec", "jobTemplate", "spec", "template", "spec"}
	case "Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "Job":
		steps = []string{"spec", "template", "spec"}
	case "Service":
		if addresses, _ := at(o, "spec", "clusterIPs").([]any); len(addresses) == 2 {
			below(o, "spec")["ipFamilyPolicy"] = "RequireDualStack"
		}
		return
	default:
		return
	}
	pod := below(o, steps...)
	if pod["containers"] == nil {
		pod["containers"] = []any{fields{"name": "some", "image": "some"}}
	}
	if o["kind"] == "Job" || o["kind"] == "CronJob" {
		pod["restartPolicy"] = "Never"
	}
}

func below(o fields, steps ...string) fields {
	for _, step := range steps {
		if o[step] == nil {
			o[step] = fields{}
		}
		o = o[step].(fields)
	}
	return o
}

// loadAll brings in what the API server takes, and gives the reasons for the rest.
func (c *cluster) loadAll(t *testing.T, samples []sample) (refused map[string]string) {
	refused = map[string]string{}
	for _, namespaces := range []bool{true, false} {
		for _, s := range samples {
			if (s.object["kind"] == "Namespace") == namespaces {
				if why := c.load(t, s.object); why != "" {
					refused[s.name] = why
				}
			}
		}
	}
	return refused
}

// outcome counts what came of the fixtures of a rule.
type outcome struct {
	refused, warned, silent, audited int
	admitted, refusedByOthers        int
	untested                         []string
}

// elsewise are samples of which a whole cluster says something else than a suite, and why.
var elsewise = map[string]string{
	"default-deny-missing bad-06.yaml": "every namespace has a Namespace, of which the rule tells instead",
	"default-deny-missing bad-08.yaml": "every namespace has a Namespace, of which the rule tells instead",
	"default-deny-missing bad-09.yaml": "every namespace has a Namespace, of which the rule tells instead",
	"namespace-not-found good-04.yaml": "every Namespace is in sight",
	"one-sided-allow good-07.yaml":     "the API server fills in policyTypes",
	"peer-selects-no-pod good-04.yaml": "the kind Prometheus is not synchronised",
	"selects-no-pod good-07.yaml":      "the kind Cluster is not synchronised",
}

// judgeFixtures creates, updates and deletes each object of each fixture where all others are.
func (c *cluster) judgeFixtures(t *testing.T, all []fixture) {
	start := maps.Clone(c.kept)
	require.Empty(t, c.load(t, fields{
		"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": fields{"name": "elsewhere", "namespace": "elsewhere"},
		"spec": fields{"podSelector": fields{}},
	}))
	before := maps.Clone(c.kept)
	var blocked []fixture
	for _, f := range all {
		result := c.results[f.rule]
		if result == nil {
			result = &outcome{}
			c.results[f.rule] = result
		}
		refused := c.loadAll(t, f.samples)
		samples := slices.DeleteFunc(slices.Clone(f.samples), func(s sample) bool { return !s.review || refused[s.name] != "" })
		for _, s := range f.samples {
			if why := refused[s.name]; why != "" {
				result.untested = append(result.untested, s.name+": "+why)
			}
		}
		c.settle(t)
		for _, s := range samples {
			if at(s.object, "metadata", "name") == nil {
				continue
			}
			there := c.must(t, loader, http.MethodGet, location(s.object), nil)
			update := c.ask(t, admin, http.MethodPut, location(s.object)+"?dryRun=All", there)
			c.expect(t, f, s, "UPDATE", update)
			deletion := c.ask(t, admin, http.MethodDelete, location(s.object), fields{"dryRun": []any{"All"}, "gracePeriodSeconds": 0, "propagationPolicy": "Background"})
			assert.Empty(t, deletion.warnings, "DELETE %s %s", f.rule, s.name)
			if strings.HasSuffix(deletion.message, "this namespace may not be deleted") {
				refused[s.name] = "creation: there is a namespace of that name in every cluster"
				result.untested = append(result.untested, s.name+": "+refused[s.name])
				continue
			}
			assert.Less(t, deletion.status, 300, "DELETE %s %s: %s", f.rule, s.name, deletion.message)
		}
		samples = slices.DeleteFunc(samples, func(s sample) bool { return refused[s.name] != "" })
		for i, s := range samples {
			if i > 0 {
				require.Empty(t, c.load(t, samples[i-1].object))
			}
			c.remove(t, s.object)
			c.settle(t)
			creation := c.ask(t, admin, http.MethodPost, collection(s.object)+"?dryRun=All", s.object)
			c.expect(t, f, s, "CREATE", creation)
			said := creation.said(f.constraints)
			switch {
			case f.good && creation.status < 300:
				result.admitted++
			case f.good:
				result.refusedByOthers++
				blocked = append(blocked, fixture{rule: f.rule, good: true, constraints: f.constraints, samples: f.samples, only: s.name})
			case len(said) == 0:
				result.silent++
			case creation.status < 300:
				result.warned++
			default:
				result.refused++
			}
		}
		if len(samples) > 0 {
			require.Empty(t, c.load(t, samples[len(samples)-1].object))
		}
		c.restore(t, before)
	}

	// Near misses of one rule are faults to another. They are let in once nothing denies.
	c.turn(t, "deny", "warn")
	for _, f := range blocked {
		c.loadAll(t, f.samples)
		for _, s := range f.samples {
			if s.name == f.only {
				c.remove(t, s.object)
				c.settle(t)
				creation := c.ask(t, admin, http.MethodPost, collection(s.object)+"?dryRun=All", s.object)
				assert.Less(t, creation.status, 300, "%s %s: %s", f.rule, s.name, creation.message)
				c.expect(t, f, s, "CREATE", creation)
			}
		}
		c.restore(t, before)
	}
	c.turn(t, "warn", "deny")
	c.restore(t, start)
}

// turn gives the constraints that deny another action, and waits until it is in force.
func (c *cluster) turn(t *testing.T, from, to string) {
	waiting := map[string]string{}
	for _, place := range c.denying {
		assert.Equal(t, from, at(c.must(t, admin, http.MethodGet, place, nil), "spec", "enforcementAction"), place)
		c.must(t, admin, http.MethodPatch, place, fields{"spec": fields{"enforcementAction": to}})
		waiting[filepath.Base(place)] = place
		c.actions[filepath.Base(place)] = to
	}
	c.eventually(t, "what denied is to "+to, func() bool {
		for _, place := range maps.Clone(waiting) {
			c.examine(t, c.must(t, admin, http.MethodGet, place, nil), waiting)
		}
		return len(waiting) == 0
	})
}

// expect holds an answer against what the suite says. The API server cuts warnings where there are many.
func (c *cluster) expect(t *testing.T, f fixture, s sample, operation string, got answer) {
	t.Helper()
	assert.True(t, got.status < 300 || strings.Contains(got.message, "denied the request"), "%s %s %s: %d %s", operation, f.rule, s.name, got.status, got.message)
	said := got.said(f.constraints)
	so := slices.EqualFunc(s.want, said, func(want, got string) bool {
		return want == got || len([]rune(got)) == 256 && strings.HasPrefix(want, got)
	})
	if why, differs := elsewise[f.rule+" "+s.name]; differs {
		assert.False(t, so, "%s %s is as the suite says again: %s", f.rule, s.name, why)
		return
	}
	assert.True(t, so, "%s %s %s: %d %s\nwant %q\ngot  %q", operation, f.rule, s.name, got.status, got.message, s.want, said)
	for _, line := range said {
		name, _, _ := strings.Cut(line[1:], "]")
		assert.True(t, c.actions[name] == "warn" || got.status == http.StatusForbidden, "%s %s %s: %s", operation, f.rule, s.name, line)
	}
}
