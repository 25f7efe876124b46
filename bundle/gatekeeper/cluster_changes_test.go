package gatekeeper_test

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/netvet/netvet/policy/manifest"
)

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
