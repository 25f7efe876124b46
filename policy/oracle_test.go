package policy_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Random inputs are judged by the libraries and by an oracle that shares nothing with them: Kubernetes' own selectors,
// net/netip, and counting over every label set, pod, address and port that could tell two answers apart.

func prepare(t testing.TB, query string) rego.PreparedEvalQuery {
	t.Helper()
	dirs := []string{"lib/netvet/selector", "lib/netvet/cidr", "lib/netvet/peer", "lib/netvet/port"}
	options := []func(*rego.Rego){rego.Query(query), rego.StrictBuiltinErrors(true)}
	for _, module := range parse(t, ast.ParserOptions{}, slices.DeleteFunc(regoFiles(t, dirs...), isTest)...) {
		options = append(options, rego.ParsedModule(module))
	}
	prepared, err := rego.New(options...).PrepareForEval(t.Context())
	require.NoError(t, err)
	return prepared
}

// ask evaluates the expression over c for each case; a run-time error is a failure. The second result tells whether it is defined.
func ask[C any](t *testing.T, expression string, cases []C) (values []any, defined []bool) {
	t.Helper()
	query := prepare(t, fmt.Sprintf("answers := [answer | some c in input; answer := [x | x := %s]]", expression))
	results, err := query.Eval(t.Context(), rego.EvalInput(cases))
	require.NoError(t, err, expression)
	answers := results[0].Bindings["answers"].([]any)
	require.Len(t, answers, len(cases))
	for _, answer := range answers {
		value := append(answer.([]any), nil)[0]
		values, defined = append(values, value), append(defined, len(answer.([]any)) > 0)
	}
	return values, defined
}

// holds is ask for a predicate.
func holds[C any](t *testing.T, expression string, cases []C) []bool {
	t.Helper()
	_, defined := ask(t, expression, cases)
	return defined
}

func source() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func pick[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

// junk is a JSON value that is mostly out of place. It names no label and no value that sound input doesn't: the universes stay exact.
func junk(r *rand.Rand) any {
	return pick[any](r, nil, true, false, 0, 1.5, "a", []any{}, []any{nil}, []any{"a"}, []any{1}, map[string]any{}, map[string]any{"a": "a"})
}

func document(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// randomSelector gives mostly sound selectors over the keys and values; oddity is the share of each part that is junk.
func randomSelector(r *rand.Rand, keys, values []string, oddity float64) any {
	odd := func(v any) any {
		if r.Float64() < oddity {
			return junk(r)
		}
		return v
	}
	selector := map[string]any{}
	if r.IntN(3) > 0 {
		pairs := map[string]any{}
		for range r.IntN(3) {
			pairs[pick(r, keys...)] = odd(pick(r, values...))
		}
		selector["matchLabels"] = odd(pairs)
	}
	if r.IntN(3) > 0 {
		expressions := []any{}
		for range r.IntN(4) {
			e := map[string]any{"key": odd(pick(r, keys...)), "operator": odd(pick(r, "In", "NotIn", "Exists", "DoesNotExist"))}
			if op := e["operator"]; op == "In" || op == "NotIn" || r.IntN(10) == 0 {
				listed := []any{}
				for range 1 + r.IntN(3) {
					listed = append(listed, odd(pick(r, values...)))
				}
				e["values"] = odd(listed)
			}
			expressions = append(expressions, odd(e))
		}
		selector["matchExpressions"] = odd(expressions)
	}
	return odd(selector)
}

// kubernetes gives the API server's reading of a selector; what it refuses matches nothing.
func kubernetes(selector any) labels.Selector {
	parsed := &metav1.LabelSelector{}
	if selector == nil || json.Unmarshal([]byte(document(selector)), parsed) != nil {
		return labels.Nothing()
	}
	converted, err := metav1.LabelSelectorAsSelector(parsed)
	if err != nil {
		return labels.Nothing()
	}
	return converted
}

// labelSets gives every combination of each key being absent or having one of the values.
func labelSets(keys, values []string) []labels.Set {
	sets := []labels.Set{{}}
	for _, key := range keys {
		for _, set := range slices.Clone(sets) {
			for _, value := range values {
				with := maps.Clone(set)
				with[key] = value
				sets = append(sets, with)
			}
		}
	}
	return sets
}

var (
	selectorKeys   = []string{"a", "tier"}
	selectorValues = []string{"", "a", "b"}
	// A value that no selector names stands for all those.
	everyLabelSet = labelSets(selectorKeys, append([]string{"unnamed"}, selectorValues...))
)

type selection struct {
	A, B     any
	selected [2][]bool // of everyLabelSet
}

func randomSelections(n int, oddity float64) (cases []selection) {
	r := source()
	for range n {
		c := selection{
			A: randomSelector(r, selectorKeys, selectorValues, oddity),
			B: randomSelector(r, selectorKeys, selectorValues, oddity),
		}
		for i, s := range []any{c.A, c.B} {
			selector := kubernetes(s)
			for _, set := range everyLabelSet {
				c.selected[i] = append(c.selected[i], selector.Matches(set))
			}
		}
		cases = append(cases, c)
	}
	return cases
}

func TestSelectorMatchesAsKubernetes(t *testing.T) {
	for _, oddity := range []float64{0, 0.02, 0.3} {
		type c struct {
			A      any
			Labels labels.Set
		}
		var cases []c
		var want []bool
		for _, s := range randomSelections(200, oddity) {
			for i, set := range everyLabelSet {
				cases, want = append(cases, c{s.A, set}), append(want, s.selected[0][i])
			}
		}
		for i, got := range holds(t, "data.lib.netvet.selector.matches(c.A, c.Labels)", cases) {
			if got != want[i] {
				t.Errorf("%s matches %s: %v, want %v", document(cases[i].A), cases[i].Labels, got, want[i])
			}
		}
		assert.Contains(t, want, true)
		assert.Contains(t, want, false)
	}
}

func TestSelectorsCompareAsTheirLabelSets(t *testing.T) {
	cases := slices.Concat(randomSelections(1000, 0), randomSelections(500, 0.05))
	implies := holds(t, "data.lib.netvet.selector.implies(c.A, c.B)", cases)
	overlaps := holds(t, "data.lib.netvet.selector.overlaps(c.A, c.B)", cases)
	contradictory := holds(t, "data.lib.netvet.selector.contradictory(c.A)", cases)
	equal, _ := ask(t, "data.lib.netvet.selector.normal(c.A) == data.lib.netvet.selector.normal(c.B)", cases)
	for i, c := range cases {
		everyOne, anyOne := true, false
		for j := range everyLabelSet {
			everyOne = everyOne && (!c.selected[0][j] || c.selected[1][j])
			anyOne = anyOne || c.selected[0][j] && c.selected[1][j]
		}
		about := fmt.Sprintf("%s and %s", document(c.A), document(c.B))
		assert.Equal(t, everyOne, implies[i], "implies: %s", about)
		assert.Equal(t, anyOne, overlaps[i], "overlaps: %s", about)
		assert.Equal(t, !slices.Contains(c.selected[0], true), contradictory[i], "contradictory: %s", about)
		assert.Equal(t, slices.Equal(c.selected[0], c.selected[1]), equal[i], "normal: %s", about)
	}
}

func TestSelectorAnchorsHoldEveryMatch(t *testing.T) {
	cases := randomSelections(2000, 0.02)
	anchors, defined := ask(t, "data.lib.netvet.selector.anchors(c.A)", cases)
	for i, c := range cases {
		// An anchor exists where all that match have some key in common, and values for it that are named.
		want := false
		for _, key := range selectorKeys {
			common := true
			for j, set := range everyLabelSet {
				value, has := set[key]
				common = common && (!c.selected[0][j] || has && value != "unnamed")
			}
			want = want || common
		}
		assert.Equal(t, want, defined[i], document(c.A))
		if !defined[i] {
			continue
		}
		for j, set := range everyLabelSet {
			carries := slices.ContainsFunc(anchors[i].([]any), func(pair any) bool {
				value, has := set[pair.([]any)[0].(string)]
				return has && value == pair.([]any)[1]
			})
			assert.True(t, carries || !c.selected[0][j], "%s: %v are no anchors of %v", document(c.A), anchors[i], set)
		}
	}
}

func TestSelectorIsDescribedAsKubectlDoes(t *testing.T) {
	var cases []any
	var want []string
	for _, c := range randomSelections(2000, 0.03) {
		parsed := &metav1.LabelSelector{}
		if c.A == nil || json.Unmarshal([]byte(document(c.A)), parsed) != nil {
			continue
		}
		seen := map[string]bool{}
		repeated := false
		for key := range parsed.MatchLabels {
			seen[key] = true
		}
		for _, e := range parsed.MatchExpressions {
			repeated = repeated || seen[e.Key]
			seen[e.Key] = true
		}
		if !repeated { // kubectl leaves their order open
			cases, want = append(cases, c.A), append(want, strings.TrimPrefix(metav1.FormatLabelSelector(parsed), "<none>"))
		}
	}
	got, _ := ask(t, "data.lib.netvet.selector.describe(c)", cases)
	for i := range cases {
		assert.Equal(t, want[i], got[i], document(cases[i]))
	}
	assert.Greater(t, len(cases), 500)
}

// An address block as its first and last address.
type span struct{ first, last *big.Int }

func spanOf(p netip.Prefix) span {
	first := new(big.Int).SetBytes(p.Masked().Addr().AsSlice())
	size := new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-p.Bits()))
	return span{first, new(big.Int).Sub(new(big.Int).Add(first, size), big.NewInt(1))}
}

func (s span) has(n *big.Int) bool { return s.first.Cmp(n) <= 0 && n.Cmp(s.last) <= 0 }

var mapped = netip.MustParsePrefix("::ffff:0:0/96")

// block reads a CIDR as the API does.
func block(text string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(text)
	return p, err == nil && !p.Addr().Is4In6()
}

// randomBlock gives blocks that often nest: few addresses, near the ends of the families and around the mapped ones.
func randomBlock(r *rand.Rand, family int) string {
	bases := []string{"0.0.0.0", "10.0.0.0", "10.1.128.0", "192.168.1.0", "255.255.255.255"}
	if family == 6 {
		bases = []string{"::", "2001:db8::", "2001:db8:0:8000::1", "::fffe:0:0", "::1:0:0:0", "fc00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}
	}
	address := netip.MustParseAddr(pick(r, bases...))
	bytes := address.AsSlice()
	length := r.IntN(address.BitLen() + 1)
	if r.IntN(2) == 0 { // differ in the last bits within the block
		for range r.IntN(3) {
			bit := max(0, length-1-r.IntN(4))
			bytes[bit/8%len(bytes)] ^= 0x80 >> (bit % 8)
		}
	}
	address, _ = netip.AddrFromSlice(bytes)
	return netip.PrefixFrom(address, length).String()
}

func randomBlocks(r *rand.Rand, n int) []string {
	list := []string{}
	family := pick(r, 4, 6)
	for range n {
		if r.IntN(20) == 0 {
			family = 10 - family
		}
		text := randomBlock(r, family)
		if _, ok := block(text); ok {
			list = append(list, text)
		}
	}
	return list
}

func TestCIDRIsValidAsInTheAPI(t *testing.T) {
	r := source()
	var cases []string
	for range 4000 {
		text := []byte(randomBlock(r, pick(r, 4, 6)))
		for range r.IntN(3) {
			switch at := r.IntN(len(text)); r.IntN(3) {
			case 0:
				text[at] = pick(r, []byte("0123456789abcdefF:./%x ")...)
			case 1:
				text = slices.Insert(text, at, pick(r, []byte("0012f:./")...))
			default:
				text = slices.Delete(text, at, at+1)
			}
		}
		cases = append(cases, string(text))
	}
	cases = append(cases, "::ffff:0:0/96", "::ffff:1.2.3.4/128", "0:0:0:0:0:ffff::/90", "::1.2.3.4/100", "1.2.3.4/032", "::1%1/128", "::/0/")
	valid := holds(t, "data.lib.netvet.cidr.valid(c)", cases)
	family, _ := ask(t, "data.lib.netvet.cidr.family(c)", cases)
	sound := 0
	for i, text := range cases {
		p, ok := block(text)
		assert.Equal(t, ok, valid[i], text)
		if ok {
			sound++
			assert.Equal(t, json.Number(map[int]string{32: "4", 128: "6"}[p.Addr().BitLen()]), family[i], text)
		}
	}
	assert.Greater(t, sound, 500)
	assert.Greater(t, len(cases)-sound, 500)
}

func TestCIDRComparesAsNetip(t *testing.T) {
	r := source()
	type c struct{ A, B, Address string }
	var cases []c
	for len(cases) < 4000 {
		if pair := randomBlocks(r, 2); len(pair) == 2 {
			address := netip.MustParsePrefix(pair[1]).Addr()
			cases = append(cases, c{pair[0], pair[1], address.String()})
		}
	}
	includes := holds(t, "data.lib.netvet.cidr.includes(c.A, c.B)", cases)
	includesAddress := holds(t, "data.lib.netvet.cidr.includes(c.A, c.Address)", cases)
	overlaps := holds(t, "data.lib.netvet.cidr.overlaps(c.A, c.B)", cases)
	for i, c := range cases {
		a, b := netip.MustParsePrefix(c.A).Masked(), netip.MustParsePrefix(c.B).Masked()
		assert.Equal(t, a.Bits() <= b.Bits() && a.Contains(b.Addr()), includes[i], "%s includes %s", a, b)
		assert.Equal(t, a.Contains(netip.MustParseAddr(c.Address)), includesAddress[i], "%s includes %s", a, c.Address)
		assert.Equal(t, a.Overlaps(b), overlaps[i], "%s overlaps %s", a, b)
	}
	assert.Contains(t, includes, true)
}

func TestCIDRSubtractsAndCoversExactly(t *testing.T) {
	r := source()
	type c struct {
		Block   string
		Excepts []string
	}
	var cases []c
	for len(cases) < 500 {
		if blocks := randomBlocks(r, 1+r.IntN(6)); len(blocks) > 0 {
			cases = append(cases, c{blocks[0], blocks[1:]})
			if halves, ok := block(blocks[0]); ok && halves.Bits() < halves.Addr().BitLen() && r.IntN(4) == 0 { // cover it by its halves
				s := spanOf(halves)
				last, _ := netip.AddrFromSlice(s.last.FillBytes(make([]byte, halves.Addr().BitLen()/8)))
				for _, half := range []netip.Addr{halves.Masked().Addr(), last} {
					if text := netip.PrefixFrom(half, halves.Bits()+1).Masked().String(); !half.Is4In6() {
						cases[len(cases)-1].Excepts = append(cases[len(cases)-1].Excepts, text)
					}
				}
			}
		}
	}
	rest, defined := ask(t, "data.lib.netvet.cidr.subtract(c.Block, c.Excepts)", cases)
	covers := holds(t, "data.lib.netvet.cidr.covers(c.Excepts, c.Block)", cases)
	for i, c := range cases {
		about := fmt.Sprintf("%s less %s is %s", c.Block, c.Excepts, rest[i])
		require.True(t, defined[i], about)
		whole := netip.MustParsePrefix(c.Block)
		var parts, excepts []netip.Prefix
		for _, text := range rest[i].([]any) {
			p := netip.MustParsePrefix(text.(string))
			assert.Equal(t, p.Masked().String(), text, about)
			for _, other := range parts {
				assert.False(t, p.Overlaps(other), "%s: %s and %s overlap", about, p, other)
			}
			parts = append(parts, p)
		}
		for _, text := range c.Excepts {
			excepts = append(excepts, netip.MustParsePrefix(text))
		}
		empty := true
		for _, n := range tellingAddresses(slices.Concat([]netip.Prefix{whole}, parts, excepts), whole.Addr().BitLen()) {
			in := func(p netip.Prefix) bool { return p.Addr().BitLen() == whole.Addr().BitLen() && spanOf(p).has(n) }
			want := in(whole) && !slices.ContainsFunc(excepts, in) && !in(mapped)
			empty = empty && !want
			assert.Equal(t, want, slices.ContainsFunc(parts, in) && !in(mapped), "%s: address %x", about, n)
		}
		assert.Equal(t, empty, covers[i], "covers: %s", about)
	}
	assert.Contains(t, covers, true)
	assert.Contains(t, covers, false)
}

// tellingAddresses gives the first and last address of each block and the neighbours of both: between two of them nothing changes.
func tellingAddresses(blocks []netip.Prefix, bits int) (addresses []*big.Int) {
	for _, p := range append(blocks, mapped) {
		if p.Addr().BitLen() != bits {
			continue
		}
		s, one := spanOf(p), big.NewInt(1)
		addresses = append(addresses, s.first, s.last, new(big.Int).Sub(s.first, one), new(big.Int).Add(s.last, one))
	}
	return addresses
}

var (
	protocols     = []string{"TCP", "UDP", "SCTP"}
	portNames     = []string{"http", "dns"}
	namesOfAny    = append([]string{"tcp", "a", "8080-x"}, portNames...) // those of junk that are sound included
	portNumbers   = []int{1, 2, 3, 4, 5, 6, 7, 8, 65533, 65534, 65535}
	containerPort = func(name, protocol string, number int) map[string]any {
		return map[string]any{"name": name, "protocol": protocol, "containerPort": number}
	}
)

func randomPort(r *rand.Rand, oddity float64) any {
	port := map[string]any{}
	if r.IntN(3) > 0 {
		port["protocol"] = pick(r, "TCP", "TCP", "UDP", "SCTP")
	}
	switch r.IntN(6) {
	case 0:
		port["port"] = pick(r, portNames...)
	case 1: // all ports
	default:
		from := r.IntN(len(portNumbers))
		port["port"] = portNumbers[from]
		if r.IntN(2) == 0 {
			port["endPort"] = portNumbers[from+r.IntN(len(portNumbers)-from)]
		}
	}
	for _, key := range []string{"protocol", "port", "endPort"} {
		if r.Float64() < oddity {
			port[key] = pick[any](r, junk(r), "tcp", "8", "HTTP", "a--b", "8080-x", "-a", "a-very-long-name", 0, 8, 3.5, 65536, -1)
		}
	}
	if r.Float64() < oddity {
		return junk(r)
	}
	return port
}

func randomPorts(r *rand.Rand, oddity float64) any {
	if r.IntN(12) == 0 {
		return pick[any](r, nil, []any{})
	}
	ports := []any{}
	for range 1 + r.IntN(5) {
		ports = append(ports, randomPort(r, oddity))
	}
	return ports
}

// admitted is the oracle's reading of one port. The number is that of the pod, names what its container ports are called.
func admitted(port any, protocol string, number int, names []string) bool {
	var p struct {
		Protocol *string
		Port     any
		EndPort  *int32
	}
	if port == nil || json.Unmarshal([]byte(document(port)), &p) != nil {
		return false
	}
	if p.Protocol != nil && !slices.Contains(protocols, *p.Protocol) {
		return false
	}
	if p.Protocol == nil && protocol != "TCP" || p.Protocol != nil && *p.Protocol != protocol {
		return false
	}
	switch v := p.Port.(type) {
	case nil:
		return p.EndPort == nil
	case string:
		return p.EndPort == nil && len(validation.IsValidPortName(v)) == 0 && slices.Contains(names, v)
	case float64:
		from, to := int(v), int(v)
		if p.EndPort != nil {
			to = int(*p.EndPort)
		}
		return float64(from) == v && len(validation.IsValidPortNum(from)) == 0 && len(validation.IsValidPortNum(to)) == 0 && from <= number && number <= to
	}
	return false
}

func listAdmits(ports any, protocol string, number int, names []string) bool {
	list, _ := ports.([]any)
	return len(list) == 0 || slices.ContainsFunc(list, func(port any) bool { return admitted(port, protocol, number, names) })
}

func TestPortsAdmitAsCounted(t *testing.T) {
	r := source()
	type c struct {
		Ports      any
		Protocol   string
		Number     int
		Containers []any
		names      []string
	}
	var cases []c
	for i := range 3000 {
		one := c{
			Ports: randomPorts(r, float64(i%3)*0.1), Protocol: pick(r, protocols...), Number: pick(r, portNumbers...),
			Containers: []any{map[string]any{"containerPort": 8}, map[string]any{"name": "junk", "containerPort": "8"}},
		}
		for range r.IntN(4) {
			name, protocol, number := pick(r, append(portNames, "8", "HTTP")...), pick(r, protocols...), pick(r, portNumbers...)
			port := containerPort(name, protocol, number)
			if protocol == "TCP" && r.IntN(2) == 0 {
				port["protocol"] = nil
			}
			one.Containers = append(one.Containers, port)
			if protocol == one.Protocol && number == one.Number {
				one.names = append(one.names, name)
			}
		}
		cases = append(cases, one)
	}
	admits := holds(t, "data.lib.netvet.port.admits(c.Ports, c.Protocol, c.Number, c.Containers)", cases)
	could := holds(t, "data.lib.netvet.port.could_admit(c.Ports, c.Protocol, c.Number)", cases)
	ranges, _ := ask(t, "data.lib.netvet.port.ranges(c.Ports, c.Protocol)", cases)
	for i, c := range cases {
		about := fmt.Sprintf("%s %s/%d on %s", document(c.Ports), c.Protocol, c.Number, document(c.Containers))
		assert.Equal(t, listAdmits(c.Ports, c.Protocol, c.Number, c.names), admits[i], "admits: %s", about)
		assert.Equal(t, listAdmits(c.Ports, c.Protocol, c.Number, namesOfAny), could[i], "could_admit: %s", about)
		inRanges := slices.ContainsFunc(ranges[i].([]any), func(r any) bool {
			from, _ := r.([]any)[0].(json.Number).Int64()
			to, _ := r.([]any)[1].(json.Number).Int64()
			return int(from) <= c.Number && c.Number <= int(to)
		})
		assert.Equal(t, listAdmits(c.Ports, c.Protocol, c.Number, nil), inRanges, "ranges: %s", about)
	}
	assert.Contains(t, admits, true)
	assert.Contains(t, admits, false)
}

func TestPortsCompareAsCounted(t *testing.T) {
	r := source()
	type c struct{ A, B any }
	var cases []c
	for i := range 1000 {
		cases = append(cases, c{randomPorts(r, float64(i%3)*0.05), randomPorts(r, float64(i%3)*0.05)})
	}
	// Every protocol and number, on pods where no name or one name is theirs. Only a list that admits everything admits what has no ports.
	want := func(c c) bool {
		a, _ := c.A.([]any)
		b, _ := c.B.([]any)
		if len(a) == 0 && len(b) > 0 {
			return false
		}
		for _, protocol := range protocols {
			for _, number := range append(portNumbers, 9, 1000) {
				for _, names := range [][]string{nil, {"http"}, {"dns"}, {"tcp"}, {"a"}, {"8080-x"}} {
					if listAdmits(c.A, protocol, number, names) && !listAdmits(c.B, protocol, number, names) {
						return false
					}
				}
			}
		}
		return true
	}
	meet := func(c c) bool {
		return slices.ContainsFunc(protocols, func(protocol string) bool {
			return slices.ContainsFunc(portNumbers, func(number int) bool {
				return listAdmits(c.A, protocol, number, namesOfAny) && listAdmits(c.B, protocol, number, namesOfAny)
			})
		})
	}
	implies := holds(t, "data.lib.netvet.port.implies(c.A, c.B)", cases)
	overlaps := holds(t, "data.lib.netvet.port.overlaps(c.A, c.B)", cases)
	implied := 0
	for i, c := range cases {
		assert.Equal(t, want(c), implies[i], "%s implies %s", document(c.A), document(c.B))
		assert.Equal(t, meet(c), overlaps[i], "%s overlaps %s", document(c.A), document(c.B))
		if implies[i] {
			implied++
		}
	}
	assert.Greater(t, implied, 100)
	assert.Contains(t, overlaps, false)
}

const nameLabel = "kubernetes.io/metadata.name"

// Values that a random peer's selectors name.
var peerValues = []string{"a", "b", "shop"}

type pod struct {
	Namespace       string     `json:"namespace"`
	NamespaceLabels labels.Set `json:"namespace_labels"`
	Labels          labels.Set `json:"labels"`
}

// everyPod gives a pod of each namespace, whatever other labels that has, with each label set.
func everyPod() (pods []pod) {
	values := append([]string{"unnamed"}, peerValues...)
	for _, namespace := range values {
		for _, set := range labelSets([]string{"team"}, values) {
			set[nameLabel] = namespace
			for _, own := range labelSets([]string{"app"}, values) {
				pods = append(pods, pod{namespace, set, own})
			}
		}
	}
	return pods
}

func randomPeer(r *rand.Rand, oddity float64) any {
	peer := map[string]any{}
	if r.IntN(3) == 0 {
		block := map[string]any{"cidr": smallBlock(r)}
		if r.IntN(2) == 0 {
			excepts := []any{}
			for range r.IntN(4) {
				excepts = append(excepts, smallBlock(r))
			}
			block["except"] = excepts
		}
		peer["ipBlock"] = block
	} else {
		if r.IntN(3) > 0 {
			peer["namespaceSelector"] = randomSelector(r, []string{"team", nameLabel}, peerValues, 0)
		}
		if r.IntN(3) > 0 {
			peer["podSelector"] = randomSelector(r, []string{"app"}, peerValues, 0)
		}
	}
	for _, key := range []string{"namespaceSelector", "podSelector", "ipBlock"} {
		if r.Float64() < oddity {
			peer[key] = pick[any](r, junk(r), nil, map[string]any{"cidr": junk(r)}, map[string]any{"cidr": "10.0.0.0/8", "except": junk(r)},
				map[string]any{"matchExpressions": junk(r)})
		}
	}
	return peer
}

// smallBlock is one of the blocks within 10.0.0.0/27, so that every address can be counted.
func smallBlock(r *rand.Rand) string {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(r.IntN(32))}), 27+r.IntN(6)).Masked().String()
}

func everyAddress() (addresses []string) {
	for last := range 33 {
		addresses = append(addresses, netip.AddrFrom4([4]byte{10, 0, 0, byte(last)}).String())
	}
	return append(addresses, "10.200.0.1", "::1")
}

// oraclePeer reads a peer as the API does; nil if it is refused.
type oraclePeer struct {
	PodSelector, NamespaceSelector *metav1.LabelSelector
	IPBlock                        *struct {
		CIDR   string
		Except []string
	}
}

func readPeer(peer any) *oraclePeer {
	p := &oraclePeer{}
	if peer == nil || json.Unmarshal([]byte(document(peer)), p) != nil {
		return nil
	}
	selectors := p.PodSelector != nil || p.NamespaceSelector != nil
	if selectors == (p.IPBlock != nil) {
		return nil
	}
	if p.IPBlock != nil {
		whole, ok := block(p.IPBlock.CIDR)
		if !ok {
			return nil
		}
		for _, text := range p.IPBlock.Except {
			e, ok := block(text)
			if !ok || e.Bits() <= whole.Bits() || !whole.Masked().Contains(e.Masked().Addr()) {
				return nil
			}
		}
	}
	for _, s := range []*metav1.LabelSelector{p.PodSelector, p.NamespaceSelector} {
		if _, err := metav1.LabelSelectorAsSelector(s); err != nil {
			return nil
		}
	}
	return p
}

func (p *oraclePeer) admitsPod(namespace string, pod pod) bool {
	if p == nil || p.IPBlock != nil {
		return false
	}
	if p.NamespaceSelector == nil && pod.Namespace != namespace {
		return false
	}
	matches := func(s *metav1.LabelSelector, set labels.Set) bool {
		selector, err := metav1.LabelSelectorAsSelector(s)
		return s == nil || err == nil && selector.Matches(set)
	}
	return matches(p.NamespaceSelector, pod.NamespaceLabels) && matches(p.PodSelector, pod.Labels)
}

func (p *oraclePeer) admitsAddress(text string) bool {
	if p == nil || p.IPBlock == nil {
		return false
	}
	address := netip.MustParseAddr(text)
	return netip.MustParsePrefix(p.IPBlock.CIDR).Contains(address) &&
		!slices.ContainsFunc(p.IPBlock.Except, func(e string) bool { return netip.MustParsePrefix(e).Contains(address) })
}

func TestPeerAdmitsAsCounted(t *testing.T) {
	r := source()
	type c struct {
		Peer    any
		Pod     pod
		Address string
	}
	var cases []c
	for i := range 3000 {
		cases = append(cases, c{randomPeer(r, float64(i%3)*0.1), pick(r, everyPod()...), pick(r, everyAddress()...)})
	}
	pods := holds(t, `data.lib.netvet.peer.admits_pod(c.Peer, "shop", c.Pod)`, cases)
	addresses := holds(t, "data.lib.netvet.peer.admits_address(c.Peer, c.Address)", cases)
	for i, c := range cases {
		oracle := readPeer(c.Peer)
		assert.Equal(t, oracle.admitsPod("shop", c.Pod), pods[i], "%s admits %s", document(c.Peer), document(c.Pod))
		assert.Equal(t, oracle.admitsAddress(c.Address), addresses[i], "%s admits %s", document(c.Peer), c.Address)
	}
	assert.Contains(t, pods, true)
	assert.Contains(t, addresses, true)
}

func TestPeersImplyAsCounted(t *testing.T) {
	r := source()
	type c struct{ A, B any }
	var cases []c
	for i := range 1000 {
		cases = append(cases, c{randomPeer(r, float64(i%3)*0.05), randomPeer(r, float64(i%3)*0.05)})
	}
	implied := 0
	for i, got := range holds(t, `data.lib.netvet.peer.implies(c.A, c.B, "shop")`, cases) {
		a, b, want := readPeer(cases[i].A), readPeer(cases[i].B), true
		for _, p := range everyPod() {
			want = want && (!a.admitsPod("shop", p) || b.admitsPod("shop", p))
		}
		for _, address := range everyAddress() {
			want = want && (!a.admitsAddress(address) || b.admitsAddress(address))
		}
		assert.Equal(t, want, got, "%s implies %s", document(cases[i].A), document(cases[i].B))
		if got {
			implied++
		}
	}
	assert.Greater(t, implied, 100)
}
