package lint_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
)

// parcel is a folder of manifests that hosts judge as one set.
type parcel struct {
	name, dir string
	set       *manifest.Set

	everywhere bool    // all hosts judge it
	fileless   verdict // what netvet says of it without knowing the files
}

// corpus writes what hosts are held against each other by: the rules' fixtures, the guide, what the scripts and tables of tests are about, policies that
// the API server refuses or just takes, and random sets, tidy ones and odd ones.
func corpus(t *testing.T) (parcels []parcel) {
	t.Helper()
	add := func(name string, write func(w *writing)) {
		w := &writing{dir: filepath.Join(t.TempDir(), name), seen: map[manifest.ID]bool{}}
		require.NoError(t, os.Mkdir(w.dir, 0o777))
		write(w)
		parcels = append(parcels, parcel{name: name, dir: w.dir, set: read(t, w.dir), everywhere: name == "bad" || name == "random"})
		require.NotEmpty(t, parcels[len(parcels)-1].set.Resources)
	}
	for _, name := range []string{"bad", "good"} {
		add(name, func(w *writing) {
			files, err := filepath.Glob("../netvet/rules/*/" + name + ".yaml")
			require.NoError(t, err)
			for _, file := range files {
				w.add(t, filepath.Base(filepath.Dir(file)), read(t, file).Resources)
			}
		})
	}
	// conftest --combine keeps the order of a few documents, but not that of many in one file.
	add("twice", func(w *writing) {
		w.twice = true
		w.add(t, "duplicate_policy", read(t, "../netvet/rules/duplicate_policy/bad.yaml").Resources)
	})
	add("scripts", func(w *writing) {
		for _, pattern := range []string{"../../testdata/script/*.txtar", "../reach/testdata/*.txtar"} {
			archives, err := filepath.Glob(pattern)
			require.NoError(t, err)
			require.NotEmpty(t, archives)
			for _, archive := range archives {
				w.add(t, strings.TrimSuffix(filepath.Base(archive), ".txtar"), archived(t, archive))
			}
		}
	})
	add("refusable", func(w *writing) {
		for i, policy := range frozen(t) {
			if i%8 != 0 {
				continue // the rest differs from these in a value
			}
			w.add(t, policy.name, manifest.Decode(policy.name, []byte(policy.text), manifest.Options{}).Resources)
		}
	})
	for _, c := range []struct {
		name  string
		tidy  bool
		seeds [2]uint64
	}{{"random", true, [2]uint64{0, 5}}, {"more", true, [2]uint64{5, 15}}, {"odd", false, [2]uint64{0, 12}}} {
		add(c.name, func(w *writing) {
			for seed := c.seeds[0]; seed < c.seeds[1]; seed++ {
				r := &randomness{rand.New(rand.NewPCG(seed, 6)), c.tidy}
				w.add(t, fmt.Sprint(seed), r.world())
			}
		})
	}
	dir, err := filepath.Abs(guideDir) // as it is, comments and all
	require.NoError(t, err)
	parcels = append(parcels, parcel{name: "guide", dir: dir, set: read(t, dir), everywhere: true})
	slices.SortFunc(parcels, func(a, b parcel) int { return strings.Compare(a.name, b.name) })
	return parcels
}

// archived gives the manifests in a txtar archive, those without faults.
func archived(t *testing.T, file string) (resources []*manifest.Resource) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	require.NoError(t, err)
	for _, member := range archive.Files {
		if filepath.Ext(member.Name) == ".yaml" {
			resources = append(resources, manifest.Decode(member.Name, member.Data, manifest.Options{}).Resources...)
		}
	}
	return resources
}

// writing is a parcel to which sets of objects are added.
type writing struct {
	dir   string
	sets  int
	seen  map[manifest.ID]bool // in the sets before
	twice bool                 // a set may hold two objects of a name
}

// Namespaces that mean something to rules, and therefore keep their names.
var meaningful = strings.Fields("default kube-system openshift-dns openshift-monitoring istio-system linkerd ingress-nginx monitoring prometheus")

// add writes a set of objects to a file of its own. Other namespaces than those that mean something get names of their own, so that sets do not mix.
// A cluster holds one object of a name: what a set before holds is left out.
func (w *writing) add(t *testing.T, name string, resources []*manifest.Resource) {
	t.Helper()
	w.sets++
	own := map[string]string{}
	for _, r := range resources {
		namespace := r.ID.Namespace
		if r.ID.Kind == "Namespace" {
			namespace = r.ID.Name
		}
		if namespace != "" && !slices.Contains(meaningful, namespace) {
			own[namespace] = fmt.Sprintf("%s-%d", namespace, w.sets)
		}
	}
	var text bytes.Buffer
	fresh := map[manifest.ID]bool{}
	for _, r := range resources {
		object := reworded(r.Object, own).(fields)
		metadata, _ := object["metadata"].(fields)
		if name, isText := metadata["name"].(string); isText && r.ID.Namespace == "" && r.ID.Kind != "Namespace" {
			metadata["name"] = fmt.Sprintf("%s-%d", name, w.sets)
		}
		encoded, err := json.Marshal(object)
		require.NoError(t, err)
		again := manifest.Decode(name, encoded, manifest.Options{})
		if len(again.Errors) > 0 || len(again.Resources) != 1 {
			continue
		}
		id := again.Resources[0].ID
		if w.seen[id] || fresh[id] && !w.twice {
			continue
		}
		fresh[id] = true
		fmt.Fprintf(&text, "---\n%s\n", encoded)
	}
	maps.Copy(w.seen, fresh)
	if text.Len() > 0 {
		require.NoError(t, os.WriteFile(filepath.Join(w.dir, strings.TrimSuffix(name, ".yaml")+".yaml"), text.Bytes(), 0o600))
	}
}

// reworded copies a value with other texts in place of some.
func reworded(value any, own map[string]string) any {
	switch value := value.(type) {
	case fields:
		copied := fields{}
		for key, member := range value {
			copied[key] = reworded(member, own)
		}
		return copied
	case []any:
		copied := []any{}
		for _, member := range value {
			copied = append(copied, reworded(member, own))
		}
		return copied
	case string:
		if other, renamed := own[value]; renamed {
			return other
		}
	}
	return value
}

// world is a cluster with Services, Ingresses, a policy that the server names, DNS, and a policy that means DNS.
func (r *randomness) world() []*manifest.Resource {
	resources := r.cluster(reach.Options{})
	add := func(apiVersion, kind string, metadata, spec fields) {
		object := fields{"apiVersion": apiVersion, "kind": kind, "metadata": metadata, "spec": spec}
		id := manifest.ID{APIVersion: apiVersion, Kind: kind}
		id.Name, _ = metadata["name"].(string)
		id.Namespace, _ = metadata["namespace"].(string)
		resources = append(resources, &manifest.Resource{ID: id, Object: object})
	}
	for i := range r.IntN(4) {
		port := fields{"port": int64(pick(r, 53, 80, 443))}
		r.put(port, "targetPort", pick[any](r, int64(8080), int64(80), "http", "dns"))
		spec := fields{"type": pick(r, "ClusterIP", "NodePort", "LoadBalancer"), "clusterIP": pick(r, "10.1.2.3", "fd00:1::5", "None")}
		r.put(port, "nodePort", int64(30000+r.IntN(2768)))
		r.put(spec, "selector", r.labels())
		spec["ports"] = r.odd([]any{port})
		add("v1", "Service", r.metadata(fmt.Sprint("service", i)), spec)
		if r.one(3) {
			backend := fields{"service": fields{"name": fmt.Sprint("service", i), "port": fields{"number": port["port"]}}}
			add("networking.k8s.io/v1", "Ingress", r.metadata(fmt.Sprint("ingress", i)), fields{"defaultBackend": r.odd(backend)})
		}
	}
	if r.one(2) {
		add("networking.k8s.io/v1", "NetworkPolicy", fields{"generateName": "web-", "namespace": pick(r, "shop", "bank")}, r.policy())
	}
	if r.one(2) {
		labels := fields{"k8s-app": "kube-dns", "app": "coredns"}
		template := fields{"metadata": fields{"labels": labels}, "spec": fields{"containers": []any{fields{"name": "dns"}}}}
		add("apps/v1", "Deployment", fields{"name": "dns", "namespace": "kube-system"}, fields{"template": template})
	}
	dns := fields{"namespaceSelector": fields{"matchLabels": fields{"kubernetes.io/metadata.name": "kube-system"}}}
	if r.one(2) {
		dns["podSelector"] = fields{"matchLabels": fields{pick(r, "k8s-app", "app"): pick(r, "kube-dns", "coredns", "dns")}}
	}
	add("networking.k8s.io/v1", "NetworkPolicy", r.metadata("dns"), fields{
		"podSelector": r.selector(),
		"policyTypes": []any{"Egress"},
		"egress":      []any{fields{"to": []any{dns}, "ports": r.items(2, func() any { return fields{"protocol": "UDP", "port": int64(53)} })}},
	})
	return resources
}
