package reach

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Protocol is a transport protocol that NetworkPolicies tell apart. What they say of others, such as ICMP, the API leaves open.
type Protocol uint8

// The protocols.
const (
	TCP Protocol = iota
	UDP
	SCTP
)

const maxPort = 65535

var protocolNames = [...]string{TCP: "TCP", UDP: "UDP", SCTP: "SCTP"}

// String gives "TCP", "UDP" or "SCTP".
func (p Protocol) String() string {
	if int(p) >= len(protocolNames) {
		return fmt.Sprintf("Protocol(%d)", p)
	}
	return protocolNames[p]
}

// MarshalText writes the protocol's name.
func (p Protocol) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// ParseProtocol reads "TCP", "UDP" or "SCTP", in upper or lower case.
func ParseProtocol(text string) (Protocol, error) {
	for p, name := range protocolNames {
		if strings.EqualFold(name, text) {
			return Protocol(p), nil
		}
	}
	return 0, fmt.Errorf("unknown protocol %q: want TCP, UDP or SCTP", text)
}

// ParsePort reads a port and its protocol: "8080/tcp", or "8080", which is TCP as in the API.
func ParsePort(text string) (Protocol, int, error) {
	number, name, found := strings.Cut(text, "/")
	if !found {
		name = "TCP"
	}
	protocol, err := ParseProtocol(name)
	if err != nil {
		return 0, 0, fmt.Errorf("port %q: %w", text, err)
	}
	port, err := strconv.Atoi(number)
	if err != nil || port < 1 || port > maxPort {
		return 0, 0, fmt.Errorf("port %q: want a number from 1 to %d", text, maxPort)
	}
	return protocol, port, nil
}

// ParsePortName reads the name of a port and its protocol: "http/tcp", or "http", which is TCP as in the API.
func ParsePortName(text string) (Protocol, string, error) {
	name, word, found := strings.Cut(text, "/")
	if !found {
		word = "TCP"
	}
	protocol, err := ParseProtocol(word)
	switch {
	case err != nil:
		return 0, "", fmt.Errorf("port %q: %w", text, err)
	case !isPortName(name):
		return 0, "", fmt.Errorf("port %q: a name has up to 15 lower-case letters, digits and hyphens, and a letter", text)
	}
	return protocol, name, nil
}

// Interval is the port numbers from First to Last, both included.
type Interval struct{ First, Last int }

// String gives "80" or "9000-9010".
func (i Interval) String() string {
	if i.First == i.Last {
		return strconv.Itoa(i.First)
	}
	return strconv.Itoa(i.First) + "-" + strconv.Itoa(i.Last)
}

// Ports is a set of ports of each protocol. It is immutable; the zero value is empty.
type Ports struct {
	by [len(protocolNames)][]Interval // sorted, disjoint, not adjacent
}

// everyPort of every protocol.
var everyPort = Ports{by: [...][]Interval{TCP: {{1, maxPort}}, UDP: {{1, maxPort}}, SCTP: {{1, maxPort}}}}

// AllPorts is every port of every protocol.
func AllPorts() Ports { return everyPort }

// PortsOf is the ports of one protocol in the intervals, which may overlap. What lies outside 1 to 65535 is left out.
func PortsOf(protocol Protocol, intervals ...Interval) Ports {
	var p Ports
	p.by[protocol] = merge(slices.Clone(intervals))
	return p
}

// merge sorts intervals in place and joins those that meet.
func merge(list []Interval) []Interval {
	for i := range list {
		list[i] = Interval{max(list[i].First, 1), min(list[i].Last, maxPort)}
	}
	list = slices.DeleteFunc(list, func(i Interval) bool { return i.First > i.Last })
	slices.SortFunc(list, func(a, b Interval) int { return cmp.Compare(a.First, b.First) })
	var merged []Interval
	for _, i := range list {
		if n := len(merged); n > 0 && i.First <= merged[n-1].Last+1 {
			merged[n-1].Last = max(merged[n-1].Last, i.Last)
		} else {
			merged = append(merged, i)
		}
	}
	return merged
}

// Of gives the ports of one protocol, sorted, neither overlapping nor adjacent.
func (p Ports) Of(protocol Protocol) []Interval { return slices.Clone(p.by[protocol]) }

// Contains tells whether the port is in the set.
func (p Ports) Contains(protocol Protocol, port int) bool {
	for _, i := range p.by[protocol] {
		if i.First <= port && port <= i.Last {
			return true
		}
	}
	return false
}

// IsEmpty tells whether no port is in the set.
func (p Ports) IsEmpty() bool { return p.Equal(Ports{}) }

// IsAll tells whether every port of every protocol is in the set.
func (p Ports) IsAll() bool { return p.Equal(everyPort) }

// Equal tells whether both sets have the same ports.
func (p Ports) Equal(q Ports) bool {
	for protocol := range p.by {
		if !slices.Equal(p.by[protocol], q.by[protocol]) {
			return false
		}
	}
	return true
}

// Union is the ports in either set.
func (p Ports) Union(q Ports) Ports {
	for protocol := range p.by {
		switch {
		case len(q.by[protocol]) == 0:
		case len(p.by[protocol]) == 0:
			p.by[protocol] = q.by[protocol]
		default:
			p.by[protocol] = merge(slices.Concat(p.by[protocol], q.by[protocol]))
		}
	}
	return p
}

// Intersect is the ports in both sets.
func (p Ports) Intersect(q Ports) Ports {
	for protocol := range p.by {
		p.by[protocol] = meet(p.by[protocol], q.by[protocol])
	}
	return p
}

// Minus is the ports in p that are not in q.
func (p Ports) Minus(q Ports) Ports {
	for protocol := range p.by {
		if len(q.by[protocol]) > 0 {
			p.by[protocol] = meet(p.by[protocol], gaps(q.by[protocol]))
		}
	}
	return p
}

func meet(a, b []Interval) (both []Interval) {
	whole := func(list []Interval) bool { return len(list) == 1 && list[0] == Interval{1, maxPort} }
	switch {
	case whole(a):
		return b
	case whole(b):
		return a
	}
	for len(a) > 0 && len(b) > 0 {
		if i := (Interval{max(a[0].First, b[0].First), min(a[0].Last, b[0].Last)}); i.First <= i.Last {
			both = append(both, i)
		}
		if a[0].Last < b[0].Last {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return both
}

// gaps gives the ports between the intervals.
func gaps(list []Interval) (between []Interval) {
	next := 1
	for _, i := range list {
		if next < i.First {
			between = append(between, Interval{next, i.First - 1})
		}
		next = i.Last + 1
	}
	if next <= maxPort {
		between = append(between, Interval{next, maxPort})
	}
	return between
}

// key is equal for equal sets.
func (p Ports) key() string {
	var b []byte
	for protocol, list := range p.by {
		for _, i := range list {
			b = append(b, byte(protocol), byte(i.First>>8), byte(i.First), byte(i.Last>>8), byte(i.Last))
		}
	}
	return string(b)
}

// String gives "all", "none", as "TCP 80,9000-9010; UDP 53", or as "all but TCP 80" where that is shorter.
func (p Ports) String() string {
	listed := p.list()
	switch rest := everyPort.Minus(p).list(); {
	case rest == "":
		return "all"
	case listed == "":
		return "none"
	case len("all but ")+len(rest) < len(listed):
		return "all but " + rest
	}
	return listed
}

func (p Ports) list() string {
	var parts []string
	for protocol, texts := range p.each {
		parts = append(parts, protocol.String()+" "+strings.Join(texts, ","))
	}
	return strings.Join(parts, "; ")
}

// MarshalJSON writes {"TCP": ["80", "9000-9010"], "UDP": ["53"]}; protocols without ports are left out.
func (p Ports) MarshalJSON() ([]byte, error) {
	object := map[string][]string{}
	for protocol, texts := range p.each {
		object[protocol.String()] = texts
	}
	return json.Marshal(object)
}

// each gives the intervals of each protocol that has any, as texts.
func (p Ports) each(yield func(Protocol, []string) bool) {
	for protocol, list := range p.by {
		if len(list) > 0 && !yield(Protocol(protocol), texts(list)) {
			return
		}
	}
}

func texts(list []Interval) []string {
	texts := make([]string, len(list))
	for i, interval := range list {
		texts[i] = interval.String()
	}
	return texts
}
