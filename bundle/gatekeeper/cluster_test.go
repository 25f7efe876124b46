package gatekeeper_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/netvet/netvet/bundle/gatekeeper"
	"github.com/netvet/netvet/policy"
	"github.com/netvet/netvet/policy/manifest"
)

// TestCluster installs everything in a Gatekeeper that a real API server asks, and lints that API server: make cluster.
func TestCluster(t *testing.T) {
	if os.Getenv("NETVET_CLUSTER") == "" {
		t.Skip("did not run: it starts etcd, kube-apiserver and Gatekeeper, which make cluster builds")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Minute)
	defer cancel()
	c := &cluster{apiServer: startAPIServer(t, ctx), kept: map[string]string{}, actions: map[string]string{}, results: map[string]*outcome{}}
	c.startGatekeeper(t)
	c.installKinds(t)
	dir := filepath.Join(t.TempDir(), "gatekeeper")
	c.install(t, dir)
	c.watchInventory(t)
	all := fixtures(t, dir)
	c.grant(t)
	t.Run("fixtures", func(t *testing.T) { c.judgeFixtures(t, all) })
	t.Run("changes", c.judgeChanges)
	t.Run("order", c.judgeOrders)
	t.Run("audit", func(t *testing.T) { c.audit(t, all) })
	c.print(t)
	t.Run("stream", func(t *testing.T) { c.installStream(t, dir) })
	t.Run("lint", c.lint)
}

// cluster is an API server with Gatekeeper, and what Gatekeeper should have at hand.
type cluster struct {
	*apiServer
	kept    map[string]string   // resource versions by identity
	actions map[string]string   // of the constraints by name
	denying []string            // where the API server has those that deny
	results map[string]*outcome // by rule
}

type fields = map[string]any

func identity(o fields) string {
	return fmt.Sprintf("%v %v %v/%v", o["apiVersion"], o["kind"], orEmpty(at(o, "metadata", "namespace")), at(o, "metadata", "name"))
}

func orEmpty(v any) any {
	if v == nil {
		return ""
	}
	return v
}

// kindOf knows where an object is served. It does not know the kinds that nobody looks at.
func kindOf(o fields) *manifest.Kind {
	for _, kind := range manifest.Kinds() {
		if kind.Name == o["kind"] && kind.APIVersion() == o["apiVersion"] {
			return &kind
		}
	}
	return nil
}

// collection is the path of the objects beside o.
func collection(o fields) string {
	kind := kindOf(o)
	prefix := "/apis/" + kind.Group + "/" + kind.Version
	if kind.Group == "" {
		prefix = "/api/" + kind.Version
	}
	if namespace, ok := at(o, "metadata", "namespace").(string); ok && kind.Scope == manifest.Namespaced {
		prefix += "/namespaces/" + namespace
	}
	return prefix + "/" + kind.Resource
}

func location(o fields) string { return collection(o) + "/" + at(o, "metadata", "name").(string) }

// installKinds defines those that not every cluster has.
func (c *cluster) installKinds(t *testing.T) {
	for _, kind := range manifest.Kinds() {
		if kind.BuiltIn {
			continue
		}
		c.must(t, loader, http.MethodPost, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", fields{
			"metadata": fields{
				"name":        kind.Resource + "." + kind.Group,
				"annotations": fields{"api-approved.kubernetes.io": "unapproved, a test"},
			},
			"spec": fields{
				"group": kind.Group,
				"scope": string(kind.Scope),
				"names": fields{"kind": kind.Name, "listKind": kind.Name + "List", "plural": kind.Resource, "singular": strings.ToLower(kind.Name)},
				"versions": []any{fields{
					"name": kind.Version, "served": true, "storage": true,
					"schema": fields{"openAPIV3Schema": fields{"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
				}},
			},
		})
	}
	c.kubectl(t, "", "wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
}

// install does what the README says.
func (c *cluster) install(t *testing.T, dir string) {
	output, err := c.run("", built(t, "netvet"), "gatekeeper", "-o", dir)
	require.NoError(t, err, output)
	c.kubectl(t, "", "apply", "-k", dir+"/templates")
	c.kubectl(t, "", "wait", "--for=jsonpath={.status.created}=true", "constrainttemplates", "-l", "app.kubernetes.io/part-of=netvet", "--timeout=120s")
	c.kubectl(t, "", "apply", "-k", dir)
	c.enforced(t)
}

// enforced waits until each template and each constraint says that it is, without error.
func (c *cluster) enforced(t *testing.T) {
	list := func(group, resource string) (items []any) {
		items, _ = c.must(t, loader, http.MethodGet, "/apis/"+group+"/"+resource, nil)["items"].([]any)
		return items
	}
	made := generate(t, gatekeeper.Options{})
	wanted := map[string]string{}
	for _, m := range slices.Concat(made.Templates, made.Constraints) {
		wanted[m.Name] = "not there"
	}
	start := time.Now()
	c.eventually(t, "all templates and constraints are enforced", func() bool {
		waiting := maps.Clone(wanted)
		for _, template := range list("templates.gatekeeper.sh/v1", "constrainttemplates") {
			if at(template, "status", "created") == true {
				c.examine(t, template, waiting)
			}
			kind := at(template, "metadata", "name").(string)
			for _, constraint := range list("constraints.gatekeeper.sh/v1beta1", kind) {
				name := at(constraint, "metadata", "name").(string)
				c.actions[name] = at(constraint, "spec", "enforcementAction").(string)
				if place := "/apis/constraints.gatekeeper.sh/v1beta1/" + kind + "/" + name; c.actions[name] == "deny" && !slices.Contains(c.denying, place) {
					c.denying = append(c.denying, place)
				}
				c.examine(t, constraint, waiting)
			}
		}
		return len(waiting) == 0
	})
	t.Logf("%d templates and %d constraints are enforced without error (%v)", len(made.Templates), len(made.Constraints), time.Since(start).Round(time.Second))
}

func (c *cluster) examine(t *testing.T, o any, waiting map[string]string) {
	name := at(o, "metadata", "name").(string)
	pods, _ := at(o, "status", "byPod").([]any)
	for _, pod := range pods {
		require.Empty(t, at(pod, "errors"), name)
		if at(pod, "observedGeneration") == at(o, "metadata", "generation") && at(pod, "enforced") != false {
			delete(waiting, name)
		}
	}
}

func (c *cluster) print(t *testing.T) {
	var text strings.Builder
	fmt.Fprintf(&text, "%-32s %7s %7s %7s %7s | %8s %8s | %s\n", "bad | good", "refused", "warned", "silent", "audited", "admitted", "at warn", "not tested")
	for _, rule := range slices.Sorted(maps.Keys(c.results)) {
		r := c.results[rule]
		fmt.Fprintf(&text, "%-32s %7d %7d %7d %7d | %8d %8d | %d\n", rule, r.refused, r.warned, r.silent, r.audited, r.admitted, r.refusedByOthers, len(r.untested))
		for _, why := range r.untested {
			fmt.Fprintf(&text, "    %.160s\n", why)
		}
	}
	t.Log(text.String())
}

const inventoryRego = `package inventory

violation contains {"msg": concat("\n", sort(objects))}

objects contains line if {
	object := data.inventory.namespace[namespace][version][kind][name]
	line := sprintf("%s %s %s/%s %s", [version, kind, namespace, name, object.metadata.resourceVersion])
}

objects contains line if {
	object := data.inventory.cluster[version][kind][name]
	line := sprintf("%s %s /%s %s", [version, kind, name, object.metadata.resourceVersion])
}
`

// watchInventory installs a template that tells what is synchronised, and has the kinds synchronised that not every cluster has.
func (c *cluster) watchInventory(t *testing.T) {
	var kinds []any
	for _, kind := range manifest.Kinds() {
		if !kind.BuiltIn {
			kinds = append(kinds, fields{"group": kind.Group, "version": kind.Version, "kind": kind.Name})
		}
		list := c.must(t, loader, http.MethodGet, collection(fields{"apiVersion": kind.APIVersion(), "kind": kind.Name}), nil)
		items, _ := list["items"].([]any)
		for _, item := range items {
			o := item.(fields)
			o["apiVersion"], o["kind"] = kind.APIVersion(), kind.Name
			c.keep(o)
		}
	}
	c.must(t, loader, http.MethodPost, "/apis/syncset.gatekeeper.sh/v1alpha1/syncsets", fields{
		"apiVersion": "syncset.gatekeeper.sh/v1alpha1", "kind": "SyncSet", "metadata": fields{"name": "installed"}, "spec": fields{"gvks": kinds},
	})
	c.must(t, loader, http.MethodPost, "/apis/templates.gatekeeper.sh/v1/constrainttemplates", fields{
		"apiVersion": "templates.gatekeeper.sh/v1", "kind": "ConstraintTemplate", "metadata": fields{"name": "inventory"},
		"spec": fields{
			"crd": fields{"spec": fields{"names": fields{"kind": "Inventory"}}},
			"targets": []any{fields{
				"target": "admission.k8s.gatekeeper.sh",
				"code":   []any{fields{"engine": "Rego", "source": fields{"version": "v1", "rego": inventoryRego}}},
			}},
		},
	})
	c.kubectl(t, "", "wait", "--for=jsonpath={.status.created}=true", "constrainttemplates/inventory", "--timeout=120s")
	c.eventually(t, "the kind Inventory is served", func() bool {
		return c.ask(t, loader, http.MethodPost, "/apis/constraints.gatekeeper.sh/v1beta1/inventory", fields{
			"apiVersion": "constraints.gatekeeper.sh/v1beta1", "kind": "Inventory", "metadata": fields{"name": "inventory"},
			"spec": fields{"match": fields{
				"kinds": []any{fields{"apiGroups": []any{""}, "kinds": []any{"ConfigMap"}}},
				"name":  "inventory",
			}},
		}).status < 300
	})
	c.eventually(t, "the template Inventory is enforced", func() bool { return c.inventory(t) != nil })
}

// inventory is what Gatekeeper has at hand.
func (c *cluster) inventory(t *testing.T) map[string]string {
	a := c.ask(t, admin, http.MethodPost, "/api/v1/namespaces/default/configmaps?dryRun=All", fields{"metadata": fields{"name": "inventory"}})
	_, text, found := strings.Cut(a.message, "[inventory] ")
	if !found {
		return nil
	}
	all := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		i := strings.LastIndex(line, " ")
		all[line[:i]] = line[i+1:]
	}
	return all
}

// settle waits until Gatekeeper has at hand what there is.
func (c *cluster) settle(t *testing.T) {
	t.Helper()
	c.eventually(t, "Gatekeeper has everything at hand", func() bool { return maps.Equal(c.inventory(t), c.kept) })
}

func (c *cluster) keep(o fields) fields {
	c.kept[identity(o)] = at(o, "metadata", "resourceVersion").(string)
	return o
}

// load brings an object in, whatever Gatekeeper thinks of it. It gives the reason for which the API server itself refuses.
func (c *cluster) load(t *testing.T, o fields) (refused string) {
	t.Helper()
	if kindOf(o) == nil {
		return fmt.Sprintf("the kind %v is not synchronised", o["kind"])
	}
	if namespace, ok := at(o, "metadata", "namespace").(string); ok && kindOf(o).Scope == manifest.Namespaced {
		ns := fields{"apiVersion": "v1", "kind": "Namespace", "metadata": fields{"name": namespace}}
		if c.kept[identity(ns)] == "" {
			if refused = c.load(t, ns); refused != "" {
				return refused
			}
		}
	}
	if at(o, "metadata", "name") == nil {
		return "" // there would be more and more of it
	}
	var a answer
	c.eventually(t, "the API server has forgotten the namespace that was there before", func() bool {
		a = c.ask(t, loader, http.MethodPost, collection(o), o)
		return a.status < 300 || !strings.Contains(a.message, "being terminated") && a.status != http.StatusNotFound
	})
	if a.status == http.StatusConflict && o["kind"] == "Namespace" {
		labels, _ := at(o, "metadata", "labels").(fields)
		c.keep(c.must(t, loader, http.MethodPatch, location(o), fields{"metadata": fields{"labels": labels}}))
		return ""
	}
	if a.status >= 300 {
		return a.message
	}
	c.keep(a.object)
	return ""
}

// remove takes an object away, for good.
func (c *cluster) remove(t *testing.T, o fields) {
	t.Helper()
	if at(o, "metadata", "name") == nil {
		return
	}
	left := c.must(t, loader, http.MethodDelete, location(o), fields{"gracePeriodSeconds": 0, "propagationPolicy": "Background"})
	if at(left, "metadata", "finalizers") != nil {
		c.must(t, loader, http.MethodPatch, location(o), fields{"metadata": fields{"finalizers": nil}})
	}
	if o["kind"] == "Namespace" { // no controller does it here
		name := at(o, "metadata", "name")
		c.must(t, loader, http.MethodPut, location(o)+"/finalize", fields{"metadata": fields{"name": name}, "spec": fields{"finalizers": []any{}}})
	}
	delete(c.kept, identity(o))
}

// restore makes all as it was.
func (c *cluster) restore(t *testing.T, before map[string]string) {
	t.Helper()
	for _, namespaces := range []bool{false, true} { // what is in them first
		for id := range maps.Clone(c.kept) {
			parts := strings.Fields(id)
			namespace, name, _ := strings.Cut(parts[2], "/")
			o := fields{"apiVersion": parts[0], "kind": parts[1], "metadata": fields{"name": name}}
			if namespace != "" {
				at(o, "metadata").(fields)["namespace"] = namespace
			}
			switch version, was := before[id]; {
			case (o["kind"] == "Namespace") != namespaces:
			case !was:
				c.remove(t, o)
			case version != c.kept[id]:
				labels := fields{} // those that a fixture gave a namespace of every cluster
				for label := range at(c.must(t, loader, http.MethodGet, location(o), nil), "metadata", "labels").(fields) {
					if label != "kubernetes.io/metadata.name" {
						labels[label] = nil
					}
				}
				c.keep(c.must(t, loader, http.MethodPatch, location(o), fields{"metadata": fields{"labels": labels}}))
				before[id] = c.kept[id]
			}
		}
	}
}

// said gives what the constraints of those names said.
func (a answer) said(names []string) (lines []string) {
	all := slices.Clone(a.warnings)
	if _, denied, ok := strings.Cut(a.message, "denied the request: "); ok {
		all = append(all, strings.Split(denied, "\n")...)
	}
	for _, line := range all {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "["), "]")
		if slices.Contains(names, name) {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

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

// faulty and sound have no namespace of their own.
const (
	faulty = `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: egress}, spec: {podSelector: {}, policyTypes: [Ingress], egress: [{}]}}`
	sound  = `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: egress}, spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}`
	denial = "[netvet-rules-without-policy-type] policyTypes leaves out Egress"
)

// judgeChanges is about what was there before, and about requests that are unlike others.
func (c *cluster) judgeChanges(t *testing.T) {
	before := maps.Clone(c.kept)
	defer c.restore(t, before)
	var old fields
	require.NoError(t, yaml.Unmarshal([]byte(faulty), &old))
	old["metadata"].(fields)["namespace"] = "team"
	refused := func(input string, args ...string) {
		t.Helper()
		output, err := c.tryKubectl(t, input, args...)
		assert.Error(t, err, "kubectl %q", args)
		assert.Contains(t, output, denial, "kubectl %q", args)
	}

	require.Empty(t, c.load(t, old))
	refused("", "label", "-n", "team", "networkpolicy/egress", "a=b")
	c.kubectl(t, "", "delete", "-n", "team", "networkpolicy/egress")
	delete(c.kept, identity(old))

	require.Empty(t, c.load(t, old))
	assert.Contains(t, c.kubectl(t, sound, "apply", "-n", "team", "-f", "-"), "configured", "what was bad is mended")
	refused(faulty, "apply", "-n", "team", "-f", "-")
	c.kubectl(t, "", "delete", "-n", "team", "networkpolicy/egress")
	delete(c.kept, identity(old))

	// Its namespace is that of the request. A dry run is judged, and leaves nothing.
	refused(faulty, "create", "-n", "team", "-f", "-")
	refused(faulty, "apply", "-n", "team", "--dry-run=server", "-f", "-")
	assert.Contains(t, c.kubectl(t, sound, "apply", "-n", "team", "--dry-run=server", "-f", "-"), "created (server dry run)")
	assert.Empty(t, c.kubectl(t, "", "get", "-n", "team", "networkpolicies", "-o", "name"))

	// The server makes the name after admission.
	refused(strings.Replace(faulty, "name:", "generateName:", 1), "create", "-n", "team", "-f", "-")
	assert.Contains(t, c.kubectl(t, strings.Replace(sound, "name:", "generateName:", 1), "create", "-n", "team", "-f", "-"), "created")
	c.kubectl(t, "", "delete", "-n", "team", "networkpolicies", "--all")

	// What depends on other objects warns, and is let in.
	const client = `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: client}, spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}}`
	output := c.kubectl(t, client, "apply", "-n", "team", "-f", "-")
	assert.Contains(t, output, "Warning: [netvet-missing-dns] no policy lets any pod in namespace team ask the cluster's DNS")
	assert.Contains(t, output, "created")
	c.kubectl(t, "", "delete", "-n", "team", "networkpolicies", "--all")
}

// judgeOrders applies the guide's sound manifests, and workloads for their policies, in several orders. Nothing is ever refused.
func (c *cluster) judgeOrders(t *testing.T) {
	var all []fields
	for _, file := range guide(t, "sound.yaml") {
		for _, resource := range decode(t, file) {
			all = append(all, resource)
			labels, _ := at(resource, "spec", "podSelector", "matchLabels").(fields)
			if len(labels) == 0 || resource["kind"] != "NetworkPolicy" {
				continue
			}
			metadata := fields{"name": "run-" + at(resource, "metadata", "name").(string), "namespace": at(resource, "metadata", "namespace")}
			workload := fields{
				"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
				"spec": fields{"selector": fields{"matchLabels": labels}, "template": fields{"metadata": fields{"labels": labels}}},
			}
			complete(workload)
			all = append(all, workload)
		}
	}
	before := maps.Clone(c.kept)
	for seed := range uint64(3) {
		order := slices.Clone(all)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(order), func(i, k int) { order[i], order[k] = order[k], order[i] })
		warnings := 0
		for _, o := range order {
			require.Empty(t, c.load(t, fields{"apiVersion": "v1", "kind": "Namespace", "metadata": fields{"name": at(o, "metadata", "namespace")}}))
		}
		for _, o := range order {
			a := c.ask(t, admin, http.MethodPost, collection(o), o)
			require.Less(t, a.status, 300, "seed %d: %s: %s", seed, identity(o), a.message)
			warnings += len(a.warnings)
			c.keep(a.object)
		}
		c.settle(t)
		late := 0
		for _, o := range order {
			a := c.ask(t, admin, http.MethodPut, location(o)+"?dryRun=All", c.must(t, loader, http.MethodGet, location(o), nil))
			require.Less(t, a.status, 300, "seed %d: %s: %s", seed, identity(o), a.message)
			late += len(a.warnings)
		}
		t.Logf("order %d: %d objects, none refused; %d warnings on the way, %d of the same objects once all are there", seed, len(all), warnings, late)
		c.restore(t, before)
		c.settle(t)
	}
}

func guide(t *testing.T, name string) []string {
	files, err := filepath.Glob("../../testdata/guide/*/" + name)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func decode(t *testing.T, file string) (all []fields) {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	set := manifest.Decode(file, text, manifest.Options{})
	require.Empty(t, set.Errors)
	for _, resource := range set.Resources {
		all = append(all, resource.Object)
	}
	return all
}

// audit lets Gatekeeper find what was there before, and holds its findings against netvet's of the same cluster.
func (c *cluster) audit(t *testing.T, all []fixture) {
	c.startAudit(t)
	before := maps.Clone(c.kept)
	missing := map[string]bool{}
	for _, f := range all {
		for _, s := range f.samples {
			refused := slices.ContainsFunc(c.results[f.rule].untested, func(why string) bool { return strings.HasPrefix(why, s.name) })
			if s.noted && !refused {
				missing[f.rule] = true
			}
		}
	}
	delete(missing, "api-server-blocked") // its fixture is faulty by a RoleBinding, a kind that is not synchronised
	for round := 1; len(missing) > 0 && round <= 4; round++ {
		for _, f := range all {
			if missing[f.rule] && !f.good {
				fresh := slices.DeleteFunc(slices.Clone(f.samples), func(s sample) bool {
					_, there := c.kept[identity(s.object)]
					return there && s.object["kind"] != "Namespace"
				})
				c.loadAll(t, fresh)
			}
		}
		linted := c.linted(t, "-A")
		var audited map[finding]bool
		var alone []finding
		for range 2 { // the audit's inventory may lag behind
			since := time.Now().UTC().Truncate(time.Second).Add(time.Second)
			time.Sleep(time.Until(since))
			audited, alone = c.audited(t, since), nil
			for f := range audited {
				if !linted[f] {
					alone = append(alone, f)
				}
			}
			if len(alone) == 0 {
				break
			}
		}
		for f := range audited {
			if r := c.results[f.rule]; r != nil && missing[f.rule] {
				r.audited++
			}
		}
		for f := range audited {
			delete(missing, f.rule)
		}
		t.Logf("audit %d: %d violations, netvet lint -A finds all of them but %q; still none of %v", round, len(audited), alone, slices.Sorted(maps.Keys(missing)))
		c.restore(t, before)
	}
	assert.Empty(t, missing, "audit tells nothing of them")
}

// finding is the same of Gatekeeper's audit and of netvet, up to the length that audit cuts messages to.
type finding struct{ rule, object, message string }

func (c *cluster) audited(t *testing.T, since time.Time) map[finding]bool {
	found := map[finding]bool{}
	for _, rule := range policy.Default().Rules() {
		if rule.Scope == policy.Source {
			continue
		}
		var items []any
		c.eventually(t, "audit of "+rule.ID, func() bool {
			items, _ = c.must(t, loader, http.MethodGet, "/apis/constraints.gatekeeper.sh/v1beta1/"+strings.ToLower(gatekeeper.Kind(rule)), nil)["items"].([]any)
			return !slices.ContainsFunc(items, func(item any) bool {
				stamp, _ := at(item, "status", "auditTimestamp").(string)
				when, err := time.Parse(time.RFC3339, stamp)
				return err != nil || when.Before(since)
			})
		})
		for _, item := range items {
			violations, _ := at(item, "status", "violations").([]any)
			assert.EqualValues(t, len(violations), at(item, "status", "totalViolations"), rule.ID)
			for _, v := range violations {
				found[finding{rule.ID, fmt.Sprintf("%v %v/%v", at(v, "kind"), orEmpty(at(v, "namespace")), at(v, "name")), cut(at(v, "message").(string))}] = true
			}
		}
	}
	return found
}

func cut(message string) string {
	message = strings.TrimSuffix(message, "...")
	return message[:min(len(message), 250)]
}

// linted gives what netvet finds when a user asks who may no more than the documented role allows.
func (c *cluster) linted(t *testing.T, args ...string) map[finding]bool {
	output, err := c.netvet(t, append([]string{"lint", "-f", "json", "-l", "none", "--kubeconfig", c.kubeconfig(t, reader, c.url)}, args...)...)
	require.NoError(t, err, output)
	return findings(t, output)
}

func findings(t *testing.T, output string) map[finding]bool {
	var report struct {
		Findings []struct {
			Rule, Message string
			Object        struct{ Kind, Namespace, Name string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(output), &report), output)
	found := map[finding]bool{}
	for _, f := range report.Findings {
		if policy.Default().Rule(f.Rule).Scope != policy.Source {
			found[finding{f.Rule, f.Object.Kind + " " + f.Object.Namespace + "/" + f.Object.Name, cut(f.Message)}] = true
		}
	}
	return found
}

// grant gives the documented role to one user, and what is left of it without Services to another.
func (c *cluster) grant(t *testing.T) {
	c.kubectl(t, "", "apply", "-f", "../../policy/cluster/rbac.yaml")
	c.kubectl(t, "", "create", "clusterrolebinding", "netvet", "--clusterrole=netvet", "--user="+reader)
	role, err := os.ReadFile("../../policy/cluster/rbac.yaml")
	require.NoError(t, err)
	less := strings.NewReplacer("name: netvet", "name: partial", ", services]", "]").Replace(string(role))
	c.kubectl(t, less, "apply", "-f", "-")
	c.kubectl(t, "", "create", "clusterrolebinding", "partial", "--clusterrole=partial", "--user="+partial)
}

// installStream does without files, after everything is taken away.
func (c *cluster) installStream(t *testing.T, dir string) {
	c.kubectl(t, "", "delete", "-k", dir)
	for _, name := range strings.Fields(c.kubectl(t, "", "get", "crd", "-o", "name")) {
		if strings.Contains(name, "/netvet") { // no garbage collector does it here
			c.must(t, loader, http.MethodDelete, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"+strings.TrimPrefix(name, "customresourcedefinition.apiextensions.k8s.io/"), nil)
		}
	}
	stream, err := c.netvet(t, "gatekeeper")
	require.NoError(t, err)
	output, err := c.tryKubectl(t, stream, "apply", "-f", "-")
	if err != nil { // Gatekeeper may not yet have made all kinds of constraints
		assert.Contains(t, output, `no matches for kind "Netvet`)
	}
	c.kubectl(t, "", "wait", "--for=jsonpath={.status.created}=true", "constrainttemplates", "-l", "app.kubernetes.io/part-of=netvet", "--timeout=120s")
	c.kubectl(t, stream, "apply", "-f", "-")
	c.enforced(t)
	c.eventually(t, "a faulty policy is refused again", func() bool {
		output, err := c.tryKubectl(t, faulty, "apply", "-n", "default", "--dry-run=server", "-f", "-")
		return err != nil && strings.Contains(output, denial)
	})
}

func read(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, into))
}
