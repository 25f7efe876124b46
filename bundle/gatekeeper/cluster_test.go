package gatekeeper_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/netvet/netvet/bundle/gatekeeper"
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
