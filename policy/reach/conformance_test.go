package reach_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/netvet/netvet/policy/manifest"
	"github.com/netvet/netvet/policy/reach"
)

// known is what other evaluators say of a cluster.
type known struct {
	ID          string
	MatrixOrder []string
	Matrix      map[string][]string
	Facts       []fact
	Workloads   []struct{ ID string }
	Allowed     *[]struct {
		From, To end
		Ports    []struct {
			Protocol string
			From, To int
		}
	}
	MixedLabelOwners []string
}

type fact struct {
	From, To                    string
	Protocol                    string
	Port                        int
	Allow                       bool
	Disputed                    bool
	NeedsPodIPMatch             bool
	IngressAllows, EgressAllows *bool
}

type end struct {
	Namespace, Name, Kind string
	IPRange               []string
}

// TestConformance compares with clusters whose reachability other evaluators worked out: folders of manifests/ and expect.json below the
// directory that NETVET_REACH_CASES names.
func TestConformance(t *testing.T) {
	root := os.Getenv("NETVET_REACH_CASES")
	if root == "" {
		t.Skip("NETVET_REACH_CASES names no directory of known clusters")
	}
	cases, err := filepath.Glob(filepath.Join(root, "*", "*", "expect.json"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("no clusters in %s: %v", root, err)
	}
	var clusters, facts, cells, pairs, disputed int
	for _, file := range cases {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var want known
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		set, err := manifest.Load(t.Context(), []string{filepath.Join(filepath.Dir(file), "manifests")}, manifest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		clusters++
		for _, missPods := range []bool{false, true} {
			if strings.HasPrefix(want.ID, "npguard/") && !missPods {
				continue
			}
			r, err := reach.New(t.Context(), set.Resources, reach.Options{IPBlocksMissPods: missPods, HostNetworkIsolated: true})
			if err != nil {
				t.Fatal(err)
			}
			c := conformance{t, r, want.ID, map[string]reach.Peer{}}
			for _, f := range want.Facts {
				if f.Disputed {
					disputed++
					continue
				}
				allow := f.Allow && !(missPods && f.NeedsPodIPMatch)
				c.expect(f.From, f.To, f.Protocol, f.Port, allow)
				facts++
			}
			if !missPods {
				cells += c.matrix(want)
			}
			if want.Allowed != nil {
				pairs += c.table(want)
			}
		}
	}
	t.Logf("%d clusters: %d facts, %d matrix cells, %d pairs of tables; %d disputed facts left out", clusters, facts, cells, pairs, disputed)
}

type conformance struct {
	*testing.T
	*reach.Reach
	id    string
	found map[string]reach.Peer
}

func (c conformance) peer(name string) reach.Peer {
	p, ok := c.found[name]
	if !ok {
		peers, err := c.Find(name)
		if err != nil || len(peers) != 1 {
			c.Fatalf("%s: %s is %d peers: %v", c.id, name, len(peers), err)
		}
		p = peers[0]
		c.found[name] = p
	}
	return p
}

func (c conformance) expect(from, to, protocol string, port int, allow bool) {
	proto, err := reach.ParseProtocol(protocol)
	if err != nil {
		c.Fatal(err)
	}
	if got := c.Allows(c.peer(from), c.peer(to), proto, port); got != allow {
		c.Errorf("%s: %s to %s %s %d: got %v, want %v", c.id, from, to, protocol, port, got, allow)
	}
	if got := c.Explain(c.peer(from), c.peer(to), proto, port); got.Allowed != allow {
		c.Errorf("%s: %s to %s %s %d: want %v, but\n%s", c.id, from, to, protocol, port, allow, got)
	}
}

func (c conformance) matrix(want known) (cells int) {
	for label, rows := range want.Matrix {
		var protocol string
		var port int
		if _, err := fmt.Sscanf(strings.ReplaceAll(label, "/", " "), "%s %d", &protocol, &port); err != nil {
			c.Fatal(err)
		}
		for i, row := range rows {
			for j, cell := range row {
				if cell != '-' {
					c.expect(want.MatrixOrder[i], want.MatrixOrder[j], protocol, port, cell == '.')
					cells++
				}
			}
		}
	}
	return cells
}

// table compares all pairs of workloads; those that the table lacks are blocked.
func (c conformance) table(want known) (pairs int) {
	allowed := map[[2]string]reach.Ports{}
	for _, row := range *want.Allowed {
		key := [2]string{row.From.String(), row.To.String()}
		for _, p := range row.Ports {
			proto, err := reach.ParseProtocol(p.Protocol)
			if err != nil {
				c.Fatal(err)
			}
			allowed[key] = allowed[key].Union(reach.PortsOf(proto, reach.Interval{First: p.From, Last: p.To}))
		}
	}
	got := map[[2]string]reach.Ports{}
	for connection := range c.Connections() {
		if connection.From.Workload != nil && connection.To.Workload != nil && connection.From != connection.To {
			got[[2]string{connection.From.String(), connection.To.String()}] = connection.Ports
		}
	}
	for _, from := range want.Workloads {
		for _, to := range want.Workloads {
			if from.ID == to.ID || slices.Contains(want.MixedLabelOwners, from.ID) || slices.Contains(want.MixedLabelOwners, to.ID) {
				continue
			}
			pairs++
			key := [2]string{from.ID, to.ID}
			if !got[key].Equal(allowed[key]) {
				c.Errorf("%s: %s to %s: got %s, want %s", c.id, from.ID, to.ID, got[key], allowed[key])
			}
		}
	}
	for key, ports := range allowed {
		from, to := c.peer(key[0]), c.peer(key[1])
		if from.Workload != nil && to.Workload != nil {
			continue
		}
		pairs++
		if answer := c.Between(from, to); !answer.All.Equal(ports) || !answer.Some.Equal(ports) {
			c.Errorf("%s: %s to %s: got %v, want %s", c.id, key[0], key[1], answer, ports)
		}
	}
	return pairs
}

func (e end) String() string {
	if e.IPRange != nil {
		return strings.Join(e.IPRange, "-")
	}
	return e.Namespace + "/" + e.Name + "[" + e.Kind + "]"
}
