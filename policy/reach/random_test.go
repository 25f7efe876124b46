package reach_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
)

// TestRandomClusters holds everything that Reach says of random clusters against the naive evaluator.
func TestRandomClusters(t *testing.T) {
	eachSeed(t, 2000, compare)
}

// TestRandomControllers does so where several pods of different labels have one controller.
func TestRandomControllers(t *testing.T) {
	eachSeed(t, 400, compareControllers)
}

// TestRandomCrowds does so for rows and groups of clusters that are large enough for all ways to find them.
func TestRandomCrowds(t *testing.T) {
	eachSeed(t, 15, compareCrowd)
}

// eachSeed counts what the check counts, which must not be nothing.
func eachSeed(t *testing.T, clusters uint64, check func(*testing.T, []byte) int) {
	t.Helper()
	t.Parallel()
	if testing.Short() {
		clusters = (clusters + 9) / 10
	}
	allowed := 0
	for seed := range clusters {
		allowed += check(t, bytesOf(seed, 5000))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if allowed == 0 {
		t.Error("no connection was allowed in any cluster")
	}
}

func bytesOf(seed uint64, n int) []byte {
	random := rand.New(rand.NewPCG(seed, 7))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	return data
}

func FuzzClusters(f *testing.F) {
	f.Add([]byte("3 pods, 2 policies"))
	for seed := range uint64(20) {
		f.Add(bytesOf(seed+1e6, 600))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// As many inputs as possible: the seeds of the tests ask each for everything.
		d := &drawn{data}
		n, pods := d.cluster()
		r := reachOf(t, n)
		ends, peers := endsOf(t, n, r, pods, probedAddresses[d.below(4)*7:][:3])
		comparison{t, n, r, ends, peers}.answers()
	})
}

// drawn makes objects of bytes: each choice takes one.
type drawn struct{ bytes []byte }

func (d *drawn) below(n int) int {
	if len(d.bytes) == 0 {
		return 0
	}
	b := d.bytes[0]
	d.bytes = d.bytes[1:]
	return int(b) % n
}

func (d *drawn) chance(percent int) bool { return d.below(100) >= 100-percent }

func one[T any](d *drawn, of ...T) T { return of[d.below(len(of))] }

type fields = map[string]any

// put leaves a field out, or makes it null or empty, now and then.
func (d *drawn) put(o fields, key string, value any) {
	switch {
	case d.chance(8):
	case d.chance(4):
		o[key] = nil
	default:
		o[key] = value
	}
}

func (d *drawn) labels() fields {
	labels := fields{}
	for _, key := range []string{"app", "tier"} {
		if d.chance(70) {
			labels[key] = one(d, "a", "b", "c")
		}
	}
	return labels
}

func (d *drawn) selector() any {
	s := fields{}
	if d.chance(50) {
		d.put(s, "matchLabels", d.labels())
	}
	var expressions []any
	for d.chance(25) {
		e := fields{"key": one(d, "app", "tier", "kubernetes.io/metadata.name"), "operator": one(d, "In", "NotIn", "Exists", "DoesNotExist")}
		if e["operator"] == "In" || e["operator"] == "NotIn" || d.chance(2) {
			e["values"] = []any{one(d, "a", "b", "x", "y"), one(d, "c", "y", "z")}[:1+d.below(2)]
		}
		if d.chance(2) {
			e["operator"] = "Near"
		}
		expressions = append(expressions, e)
	}
	if expressions != nil {
		s["matchExpressions"] = expressions
	}
	if d.chance(1) {
		return []any{"app"}
	}
	return s
}

func (d *drawn) block() string {
	return one(d, "0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "10.1.2.9/24", "128.0.0.0/1", "255.255.255.255/32",
		"::/0", "fd00::/8", "fd00:1::/32", "fd00:1::5/128", "::ffff:10.1.2.0/120", "10.0.0/8")
}

func (d *drawn) peer() any {
	p := fields{}
	switch d.below(4) {
	case 0:
		block := fields{"cidr": d.block()}
		if d.chance(40) {
			block["except"] = []any{d.block(), d.block()}[:1+d.below(2)]
		}
		p["ipBlock"] = block
	case 1:
		d.put(p, "podSelector", d.selector())
	case 2:
		d.put(p, "namespaceSelector", d.selector())
	default:
		d.put(p, "namespaceSelector", d.selector())
		d.put(p, "podSelector", d.selector())
	}
	return p
}

func (d *drawn) port() any {
	p := fields{}
	if d.chance(60) {
		d.put(p, "protocol", one[any](d, "TCP", "UDP", "SCTP", "TCP", "tcp"))
	}
	switch d.below(4) {
	case 0:
		p["port"] = int64(one(d, 53, 80, 443, 8080, 65535, 1, 0))
	case 1:
		p["port"] = one(d, "http", "dns", "web-1", "80", "Http", "-a")
	case 2:
		p["port"] = int64(one(d, 79, 80, 1, 8000))
		p["endPort"] = int64(one(d, 80, 443, 65535, 3, 70000))
	}
	return p
}

func (d *drawn) items(most int, item func() any) any {
	if d.chance(4) {
		return nil
	}
	items := []any{}
	for range d.below(most + 1) {
		items = append(items, item())
	}
	return items
}

func (d *drawn) rule(peers string) any {
	r := fields{}
	if d.chance(85) {
		r[peers] = d.items(2, d.peer)
	}
	if d.chance(60) {
		r["ports"] = d.items(3, d.port)
	}
	if d.chance(1) {
		return nil
	}
	return r
}

func (d *drawn) policy(i int) fields {
	spec := fields{}
	d.put(spec, "podSelector", d.selector())
	if d.chance(50) {
		spec["policyTypes"] = d.items(2, func() any { return one(d, "Ingress", "Egress") })
	}
	if d.chance(75) {
		spec["ingress"] = d.items(3, func() any { return d.rule("from") })
	}
	if d.chance(55) {
		spec["egress"] = d.items(3, func() any { return d.rule("to") })
	}
	return fields{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": d.metadata(fmt.Sprintf("policy-%d", i), nil), "spec": spec}
}

func (d *drawn) metadata(name string, labels fields) fields {
	m := fields{"name": name}
	if labels != nil {
		m["labels"] = labels
	}
	if ns := one(d, "", "x", "x", "y", "z"); ns != "" {
		m["namespace"] = ns
	}
	return m
}

func (d *drawn) pod(i int) fields {
	var ports []any
	for d.chance(50) && len(ports) < 3 {
		p := fields{"containerPort": int64(one(d, 53, 80, 443, 8080)), "name": one(d, "http", "dns", "web-1")}
		if d.chance(40) {
			p["protocol"] = one(d, "TCP", "UDP", "SCTP")
		}
		ports = append(ports, p)
	}
	spec := fields{"containers": []any{fields{"name": "main", "ports": ports}}}
	if d.chance(10) {
		spec = fields{"initContainers": []any{fields{"name": "init", "ports": ports}, fields{"name": "sidecar", "restartPolicy": "Always", "ports": ports}}}
	}
	if d.chance(12) {
		spec["hostNetwork"] = true
	}
	pod := fields{"apiVersion": "v1", "kind": "Pod", "metadata": d.metadata(fmt.Sprintf("pod-%d", i), d.labels()), "spec": spec}
	var ips []any
	if d.chance(60) {
		ips = append(ips, fields{"ip": one(d, "10.1.2.3", "10.1.2.4", "10.9.0.1", "192.0.2.1")})
	}
	if d.chance(30) {
		ips = append(ips, fields{"ip": one(d, "fd00:1::5", "fd00:2::1", "2001:db8::1")})
	}
	if ips != nil {
		pod["status"] = fields{"podIPs": ips, "podIP": ips[0].(fields)["ip"]}
	}
	return pod
}

// cluster draws options and objects; pods are among the objects.
func (d *drawn) cluster() (naive, []fields) { return d.clusterOf(2+d.below(6), d.below(7)) }

func (d *drawn) clusterOf(podCount, policyCount int) (naive, []fields) {
	n := naive{options: reach.Options{IPBlocksMissPods: d.chance(30), HostNetworkIsolated: d.chance(20)}}
	if d.chance(20) {
		n.options.DefaultNamespace = "x"
	}
	for _, name := range []string{"x", "y"} {
		if d.chance(60) {
			n.objects = append(n.objects, fields{"apiVersion": "v1", "kind": "Namespace", "metadata": fields{"name": name, "labels": d.labels()}})
		}
	}
	var pods []fields
	for i := range podCount {
		pods = append(pods, d.pod(i))
	}
	n.objects = append(n.objects, pods...)
	for i := range policyCount {
		n.objects = append(n.objects, d.policy(i))
	}
	return n, pods
}

var (
	probedPorts     = []int{1, 2, 3, 53, 79, 80, 81, 443, 444, 8000, 8080, 65534, 65535}
	probedAddresses = func() (list []netip.Addr) {
		for _, text := range strings.Fields(`0.0.0.0 9.255.255.255 10.0.0.0 10.0.255.255 10.1.0.0 10.1.1.255 10.1.2.0 10.1.2.2 10.1.2.3 10.1.2.4
			10.1.2.255 10.1.3.0 10.1.255.255 10.2.0.0 10.255.255.255 11.0.0.0 127.255.255.255 128.0.0.0 255.255.255.254 255.255.255.255
			:: fcff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fd00:: fd00:1:: fd00:1::4 fd00:1::5 fd00:1::6 fd00:2:: fe00:: ffff::`) {
			list = append(list, netip.MustParseAddr(text))
		}
		return list
	}()
)

// compare draws a cluster and counts the allowed connections between pods.
func compare(t *testing.T, data []byte) (allowed int) {
	t.Helper()
	d := &drawn{data}
	n, pods := d.cluster()
	r := reachOf(t, n)
	ends, peers := endsOf(t, n, r, pods, probedAddresses)
	c := comparison{t, n, r, ends, peers}
	allowed = c.answers()
	c.connections()
	c.groups()
	c.exposed()
	if d.chance(40) {
		c.changes(d)
	}
	if policies := r.Policies(); len(policies) > 0 {
		p := policies[d.below(len(policies))]
		rules := append(p.Rules(reach.Ingress), p.Rules(reach.Egress)...)
		if len(rules) > 0 {
			c.without(rules[d.below(len(rules))])
		}
	}
	if t.Failed() {
		text, _ := json.MarshalIndent(n.objects, "", " ")
		t.Logf("%+v\n%s", n.options, text)
	}
	return allowed
}

func (n naive) resources() (resources []*manifest.Resource) {
	for _, o := range n.objects {
		// Not by way of manifest.Objects, which refuses some of the faults.
		id := manifest.ID{APIVersion: text(o["apiVersion"]), Kind: text(o["kind"])}
		id.Name, id.Namespace = text(object(o["metadata"])["name"]), text(object(o["metadata"])["namespace"])
		resources = append(resources, &manifest.Resource{ID: id, Object: o})
	}
	return resources
}

func reachOf(t *testing.T, n naive) *reach.Reach {
	t.Helper()
	r, err := reach.New(t.Context(), n.resources(), n.options)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func endsOf(t *testing.T, n naive, r *reach.Reach, pods []fields, outside []netip.Addr) (ends []endpoint, peers []reach.Peer) {
	for _, pod := range pods {
		found, err := r.Find(n.namespace(pod) + "/" + text(object(pod["metadata"])["name"]))
		if err != nil || len(found) != 1 {
			t.Fatalf("%v: %v", found, err)
		}
		ends, peers = append(ends, endpoint{pod: pod}), append(peers, found[0])
	}
	for _, a := range outside {
		ends, peers = append(ends, endpoint{address: a}), append(peers, reach.Peer{Addresses: reach.Range{First: a, Last: a}})
	}
	return ends, peers
}

type comparison struct {
	*testing.T
	naive naive
	reach *reach.Reach
	ends  []endpoint
	peers []reach.Peer
}

// each visits every pair with a pod in it.
func (c comparison) each(visit func(i, j int)) {
	for i := range c.ends {
		for j := range c.ends {
			if i != j && (c.ends[i].pod != nil || c.ends[j].pod != nil) {
				visit(i, j)
			}
		}
	}
}

func (c comparison) answers() (allowed int) {
	c.Helper()
	c.each(func(i, j int) {
		answer := c.reach.Between(c.peers[i], c.peers[j])
		if !answer.All.Equal(answer.Some) {
			c.Errorf("%s to %s: %v though either is one", c.peers[i], c.peers[j], answer)
		}
		ports := probedPorts
		if c.ends[i].pod == nil || c.ends[j].pod == nil {
			ports = []int{53, 80, 443, 65535} // there are so many addresses
		}
		for _, protocol := range []reach.Protocol{reach.TCP, reach.UDP, reach.SCTP} {
			for _, port := range ports {
				want := c.naive.allows(c.ends[i], c.ends[j], protocol.String(), port)
				if want && c.ends[i].pod != nil && c.ends[j].pod != nil {
					allowed++
				}
				if got := answer.All.Contains(protocol, port); got != want {
					c.Errorf("%s to %s %s %d: got %v, want %v", c.peers[i], c.peers[j], protocol, port, got, want)
				}
				if port != 80 && port != 443 {
					continue
				}
				e := c.reach.Explain(c.peers[i], c.peers[j], protocol, port)
				if e.Allowed != want || e.Partial {
					c.Errorf("want %v, but\n%s", want, e)
				}
			}
		}
	})
	return allowed
}

// connections compares the rows with single answers.
func (c comparison) connections() {
	c.Helper()
	var rows []reach.Connection
	for row := range c.reach.Connections() {
		if row.Ports.IsEmpty() || row.Partial {
			c.Errorf("unexpected row %+v", row)
		}
		rows = append(rows, row)
	}
	matches := func(p, of reach.Peer) bool {
		return p.Workload == of.Workload && (p.Workload != nil || of.Addresses.Contains(p.Addresses.First))
	}
	c.each(func(i, j int) {
		var got reach.Ports
		found := 0
		for _, row := range rows {
			if matches(c.peers[i], row.From) && matches(c.peers[j], row.To) {
				got = row.Ports
				found++
			}
		}
		if want := c.reach.Between(c.peers[i], c.peers[j]).All; !got.Equal(want) || found > 1 {
			c.Errorf("%s to %s: %d rows say %s, want %s", c.peers[i], c.peers[j], found, got, want)
		}
	})
}

// groups compares the groups with the rows, but for a pod to itself.
func (c comparison) groups() {
	c.Helper()
	rows, grouped := map[string]string{}, map[string]string{}
	for row := range c.reach.Connections() {
		rows[row.From.String()+" to "+row.To.String()] = row.Ports.String()
	}
	for group := range c.reach.Groups() {
		for _, from := range group.From {
			for _, to := range group.To {
				key := from.String() + " to " + to.String()
				if from == to {
					continue
				}
				if grouped[key] != "" {
					c.Errorf("%s is in two groups", key)
				}
				grouped[key] = group.Ports.String()
			}
		}
	}
	if !maps.Equal(rows, grouped) {
		c.Errorf("groups %v, want %v", grouped, rows)
	}
}

// without compares with a cluster whose rule names a peer that the API server refuses.
func (c comparison) without(rule reach.Rule) {
	c.Helper()
	data, err := json.Marshal(c.naive.objects)
	if err != nil {
		c.Fatal(err)
	}
	var objects []fields
	if err := json.Unmarshal(data, &objects); err != nil {
		c.Fatal(err)
	}
	key, peers := "ingress", "from"
	if rule.Direction == reach.Egress {
		key, peers = "egress", "to"
	}
	for i, o := range objects {
		if o["kind"] == "NetworkPolicy" && c.naive.namespace(o) == rule.Policy.Namespace && text(object(o["metadata"])["name"]) == rule.Policy.Name {
			object(o["spec"])[key] = slices.Clone(list(object(o["spec"])[key]))
			list(object(o["spec"])[key])[rule.Index] = fields{peers: []any{fields{}}}
			objects[i] = o
		}
	}
	want := reachOf(c.T, naive{objects, c.naive.options})
	got := c.reach.Without(rule)
	c.each(func(i, j int) {
		name := func(p reach.Peer) reach.Peer {
			if p.Workload == nil {
				return p
			}
			peers, err := want.Find(p.String())
			if err != nil {
				c.Fatal(err)
			}
			return peers[0]
		}
		g, w := got.Between(c.peers[i], c.peers[j]).All, want.Between(name(c.peers[i]), name(c.peers[j])).All
		if !g.Equal(w) {
			c.Errorf("%s to %s without %s: got %s, want %s", c.peers[i], c.peers[j], rule, g, w)
		}
	})
}

// changed draws another version of the cluster: policies, pods and labels come and go.
func (n naive) changed(d *drawn) naive {
	m := naive{options: n.options}
	for i, o := range n.objects {
		switch {
		case d.chance(15):
			if o["kind"] == "NetworkPolicy" {
				p := d.policy(i)
				p["metadata"] = o["metadata"]
				m.objects = append(m.objects, p)
			}
			continue
		case d.chance(15) && o["kind"] == "Pod":
			o = maps.Clone(o)
			o["metadata"] = maps.Clone(object(o["metadata"]))
			object(o["metadata"])["labels"] = d.labels()
		}
		m.objects = append(m.objects, o)
	}
	for i := range d.below(2) {
		m.objects = append(m.objects, d.policy(100+i))
	}
	return m
}

// changes compares a diff with single answers on both sides, and asks why.
func (c comparison) changes(d *drawn) {
	c.Helper()
	after := reachOf(c.T, c.naive.changed(d))
	diff := reach.Compare(c.reach, after)
	if !reach.Compare(c.reach, c.reach).IsEmpty() {
		c.Error("a set differs from itself")
	}
	in := func(p reach.Peer) (reach.Peer, bool) {
		peers, err := after.Find(p.String())
		return append(peers, reach.Peer{})[0], err == nil
	}
	var changes []reach.Change
	for change := range diff.Changes() {
		changes = append(changes, change)
		causes := diff.Causes(change)
		known := !slices.ContainsFunc(slices.Concat(diff.Added, diff.Removed), func(w *reach.Workload) bool {
			return w == change.From.Workload || w == change.To.Workload
		})
		if known != (len(causes) > 0) {
			c.Errorf("%+v has %d causes", change, len(causes))
		}
	}
	c.each(func(i, j int) {
		var was, is reach.Ports
		was = c.reach.Between(c.peers[i], c.peers[j]).All
		from, stays := in(c.peers[i])
		to, remains := in(c.peers[j])
		if stays && remains {
			is = after.Between(from, to).All
		}
		of := func(p, q reach.Peer) bool {
			return p.Workload == nil && q.Workload == nil && q.Addresses.Contains(p.Addresses.First) ||
				p.Workload != nil && q.Workload != nil && p.String() == q.String()
		}
		var gained, lost reach.Ports
		for _, change := range changes {
			if of(c.peers[i], change.From) && of(c.peers[j], change.To) {
				if change.Gained {
					gained = gained.Union(change.Ports)
				} else {
					lost = lost.Union(change.Ports)
				}
			}
		}
		if !gained.Equal(is.Minus(was)) || !lost.Equal(was.Minus(is)) {
			c.Errorf("%s to %s: gained %s, lost %s; was %s, is %s", c.peers[i], c.peers[j], gained, lost, was, is)
		}
	})
}

// exposed compares with pods without labels, one in each namespace and one in a namespace that no selector names.
func (c comparison) exposed() {
	c.Helper()
	stranger := func(namespace string) endpoint {
		return endpoint{pod: fields{"kind": "Pod", "metadata": fields{"name": "stranger", "namespace": namespace}}}
	}
	for _, direction := range []reach.Direction{reach.Ingress, reach.Egress} {
		exposures := c.reach.Exposed(direction)
		for i, e := range c.ends {
			if e.pod == nil {
				continue
			}
			open := map[string]reach.Ports{}
			for _, x := range exposures {
				if x.Workload != c.peers[i].Workload {
					continue
				}
				if x.Audience == reach.AllNamespaces {
					open["unseen"] = x.Ports
				}
				for _, name := range x.Namespaces {
					open[name] = x.Ports
				}
				rules := slices.ContainsFunc(c.naive.objects, func(o fields) bool { return o["kind"] == "NetworkPolicy" })
				if len(x.Rules) > 0 && !rules {
					c.Errorf("%+v has rules without policies", x)
				}
			}
			for _, name := range []string{"unseen", "x", "y"} {
				for _, protocol := range []reach.Protocol{reach.TCP, reach.UDP} {
					for _, port := range []int{53, 80, 443} {
						from, to := stranger(name), e
						if direction == reach.Egress {
							from, to = to, from
						}
						want := c.naive.allows(from, to, protocol.String(), port)
						if got := open[name].Contains(protocol, port) || open["unseen"].Contains(protocol, port); got != want && !seen(c.naive, name, want, got) {
							c.Errorf("%s of %s and pods without labels in %s, %s %d: got %v, want %v", direction, c.peers[i], name, protocol, port, got, want)
						}
					}
				}
			}
		}
	}
}

// seen excuses namespaces that have nothing in them, and those that have less than ones unseen.
func seen(n naive, name string, want, got bool) bool {
	if got && !want {
		return name != "unseen"
	}
	return !slices.ContainsFunc(n.objects, func(o fields) bool {
		return n.namespace(o) == name || o["kind"] == "Namespace" && text(object(o["metadata"])["name"]) == name
	})
}

// compareControllers gives pods of one namespace common controllers. What holds of a pair of workloads is what holds of all, or some, pairs of
// their pods.
func compareControllers(t *testing.T, data []byte) (allowed int) {
	t.Helper()
	d := &drawn{data}
	n, pods := d.cluster()
	groups := map[string][]endpoint{}
	for _, pod := range pods {
		m := object(pod["metadata"])
		name := n.namespace(pod) + "/" + text(m["name"])
		if d.chance(75) {
			m["ownerReferences"] = []any{fields{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "set", "controller": true}}
			name = n.namespace(pod) + "/set"
		}
		groups[name] = append(groups[name], endpoint{pod: pod})
	}
	bare := func(name string) bool { return !strings.HasSuffix(name, "/set") }
	names := slices.Sorted(maps.Keys(groups))
	for _, a := range probedAddresses {
		groups[a.String()] = []endpoint{{address: a}}
		names = append(names, a.String())
	}
	r := reachOf(t, n)
	after := reachOf(t, n.changed(d))
	rows := map[string]reach.Connection{}
	for c := range r.Connections() {
		rows[c.From.String()+" to "+c.To.String()] = c
	}
	changes := map[string]reach.Ports{}
	for c := range reach.Compare(r, after).Changes() {
		changes[fmt.Sprint(c.From, " to ", c.To, c.Gained)] = c.Ports
	}
	for _, from := range names {
		for _, to := range names {
			if groups[from][0].pod == nil && groups[to][0].pod == nil {
				continue
			}
			p, q := peerOf(t, r, from), peerOf(t, r, to)
			answer := r.Between(p, q)
			for _, protocol := range []reach.Protocol{reach.TCP, reach.UDP} {
				for _, port := range []int{53, 79, 80, 443} {
					all, some, pairs := true, false, 0
					for _, a := range groups[from] {
						for _, b := range groups[to] {
							if from == to && text(object(a.pod["metadata"])["name"]) == text(object(b.pod["metadata"])["name"]) &&
								(bare(from) || len(groups[from]) > 1) {
								continue
							}
							pairs++
							allows := n.allows(a, b, protocol.String(), port)
							all, some = all && allows, some || allows
						}
					}
					if pairs == 0 {
						some = true // a pod to itself
					}
					if some && groups[from][0].pod != nil && groups[to][0].pod != nil {
						allowed++
					}
					if answer.All.Contains(protocol, port) != all || answer.Some.Contains(protocol, port) != some {
						t.Errorf("%s to %s %s %d: got %v, want all %v, some %v", from, to, protocol, port, answer, all, some)
					}
					e := r.Explain(p, q, protocol, port)
					if e.Allowed != all || e.Partial != (all != some) {
						t.Errorf("want all %v, some %v, but partial is %v:\n%s", all, some, e.Partial, e)
					}
				}
			}
			if p.Workload == nil || q.Workload == nil || p == q && bare(from) {
				continue
			}
			row := rows[p.String()+" to "+q.String()]
			if !row.Ports.Equal(answer.Some) || row.Partial != !answer.All.Equal(answer.Some) {
				t.Errorf("row %+v, want %v", row, answer)
			}
			is := someAfter(after, p, q)
			gained, lost := changes[fmt.Sprint(p, " to ", q, true)], changes[fmt.Sprint(p, " to ", q, false)]
			if !gained.Equal(is.Minus(answer.Some)) || !lost.Equal(answer.Some.Minus(is)) {
				t.Errorf("%s to %s: gained %s, lost %s; was %s, is %s", p, q, gained, lost, answer.Some, is)
			}
		}
	}
	if t.Failed() {
		text, _ := json.MarshalIndent(n.objects, "", " ")
		t.Logf("%+v\n%s", n.options, text)
	}
	return allowed
}

func someAfter(after *reach.Reach, p, q reach.Peer) reach.Ports {
	from, err := after.Find(p.String())
	to, err2 := after.Find(q.String())
	if err != nil || err2 != nil {
		return reach.Ports{}
	}
	return after.Between(from[0], to[0]).Some
}

// compareCrowd compares the rows of a cluster of many pods, for two ports, and its groups. Every policy is for few pods, and few are for many.
func compareCrowd(t *testing.T, data []byte) (allowed int) {
	t.Helper()
	d := &drawn{data}
	n, pods := d.clusterOf(90, 0)
	for i, pod := range pods {
		labels(pod)["app"] = fmt.Sprint("app-", i%60)
	}
	for i := range 70 {
		p := d.policy(i)
		object(p["spec"])["podSelector"] = labelled("app", fmt.Sprint("app-", d.below(60)))
		if d.chance(60) {
			object(p["spec"])["policyTypes"] = []any{"Ingress", "Egress"}
		}
		n.objects = append(n.objects, p)
	}
	r := reachOf(t, n)
	ends, peers := endsOf(t, n, r, pods, nil)
	comparison{t, n, r, ends, peers}.groups()
	rows := map[[2]reach.Peer]reach.Ports{}
	for c := range r.Connections() {
		rows[[2]reach.Peer{c.From, c.To}] = c.Ports
	}
	for i, from := range peers {
		for j, to := range peers {
			if i == j {
				continue
			}
			ports := rows[[2]reach.Peer{from, to}]
			for _, port := range []int{80, 443} {
				want := n.allows(ends[i], ends[j], "TCP", port)
				if got := ports.Contains(reach.TCP, port); got != want {
					t.Errorf("%s to %s TCP %d: got %v, want %v", from, to, port, got, want)
				}
				if want {
					allowed++
				}
			}
		}
	}
	return allowed
}
