package reach

import (
	"cmp"
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

const namespaceName = "kubernetes.io/metadata.name"

// elsewhere is a namespace that nobody has seen: no namespace can have this name.
const elsewhere = "*"

// class is pods that no policy tells apart: of one namespace, with equal labels as far as any selector asks for them,
// equal named ports, and addresses in the same blocks as far as any policy names blocks.
type class struct {
	namespace string
	labels    map[string]string
	exempt    bool // policies do not concern them
	named     []namedPort
	namedKey  string
	addresses []netip.Addr // the first ones of the parts, into which the blocks cut the address space, where the pods' are
	pods      []*Pod       // none: a pod without labels that there could be
}

// universe is the classes of a cluster, numbered, so that those of one namespace are neighbours, and what finds them.
type universe struct {
	classes    []*class
	real       set // classes that have pods
	selectable set // classes that selectors match
	everything set

	spans           map[string]set // classes of each namespace
	namespaces      []string       // sorted
	labels          *labelIndex    // of classes
	ofNames         *labelIndex    // of namespaces
	byNamed         map[string]set // classes by their named ports
	namedKeys       []string       // keys of byNamed, sorted
	byAddress       map[netip.Addr]set
	addresses       []netip.Addr                 // keys of byAddress, sorted
	namespaceLabels map[string]map[string]string // as the API server sees them
	unlabelled      map[string]int               // the class of pods without labels that there could be, by namespace
}

// vocabulary is what policies ask of pods.
type vocabulary struct {
	keys  map[string]bool
	names map[portName]bool

	// The blocks together, and where their parts start; empty if blocks match no pods.
	blocks addresses
	starts []netip.Addr
}

func newUniverse(workloads []*Workload, policies []*Policy, namespaceLabels map[string]map[string]string, options Options) *universe {
	words := vocabularyOf(policies, options)
	byKey := map[string]*class{}
	names := map[string]bool{}
	put := func(c *class, pod *Pod) {
		names[c.namespace] = true
		key := c.key()
		if byKey[key] == nil {
			byKey[key] = c
		}
		if pod != nil {
			byKey[key].pods = append(byKey[key].pods, pod)
		}
	}
	for _, w := range workloads {
		for _, pod := range w.Pods {
			put(words.classOf(pod), pod)
		}
	}
	for _, p := range policies {
		names[p.Namespace] = true
	}
	for name := range namespaceLabels {
		names[name] = true
	}
	names[elsewhere] = true
	for name := range names {
		put(&class{namespace: name}, nil)
	}

	u := &universe{
		spans:           map[string]set{},
		namespaces:      slices.Sorted(maps.Keys(names)),
		labels:          newLabelIndex(),
		ofNames:         newLabelIndex(),
		byNamed:         map[string]set{},
		byAddress:       map[netip.Addr]set{},
		unlabelled:      map[string]int{},
		namespaceLabels: map[string]map[string]string{},
	}
	keys := slices.SortedFunc(maps.Keys(byKey), func(a, b string) int {
		return cmp.Or(strings.Compare(byKey[a].namespace, byKey[b].namespace), strings.Compare(a, b))
	})
	for i, key := range keys {
		u.enter(i, byKey[key])
	}
	u.everything = below(len(keys))
	u.namedKeys = slices.Sorted(maps.Keys(u.byNamed))
	u.addresses = slices.SortedFunc(maps.Keys(u.byAddress), netip.Addr.Compare)
	for i, name := range u.namespaces {
		labels := maps.Clone(namespaceLabels[name])
		if labels == nil {
			labels = map[string]string{}
		}
		labels[namespaceName] = name
		u.namespaceLabels[name] = labels
		u.ofNames.add(i, labels)
	}
	return u
}

func (u *universe) enter(i int, c *class) {
	u.classes = append(u.classes, c)
	for _, pod := range c.pods {
		pod.class = i
	}
	if len(c.pods) > 0 {
		u.real.add(i)
	}
	into := func(sets map[string]set, key string) {
		s := sets[key]
		s.add(i)
		sets[key] = s
	}
	into(u.spans, c.namespace)
	if !c.exempt {
		u.selectable.add(i)
		u.labels.add(i, c.labels)
		into(u.byNamed, c.namedKey)
		if len(c.labels) == 0 && len(c.named) == 0 && len(c.addresses) == 0 {
			u.unlabelled[c.namespace] = i
		}
	}
	for _, a := range c.addresses {
		s := u.byAddress[a]
		s.add(i)
		u.byAddress[a] = s
	}
}

func vocabularyOf(policies []*Policy, options Options) (v vocabulary) {
	v.keys, v.names = map[string]bool{}, map[portName]bool{}
	var blocks []Range
	selects := func(s selector) {
		for _, r := range s.requirements {
			v.keys[r.key] = true
		}
	}
	for _, p := range policies {
		selects(p.selector)
		for _, rules := range p.rules {
			for _, rule := range rules {
				for _, name := range rule.names {
					v.names[name] = true
				}
				for _, peer := range rule.peers {
					selects(peer.pods)
					blocks = append(blocks, peer.block...)
				}
			}
		}
	}
	if len(blocks) > 0 && !options.IPBlocksMissPods {
		v.blocks, v.starts = unite(blocks), partStarts(blocks)
	}
	return v
}

// partStarts gives the first address of each part into which the ranges cut the address space and that some range holds. Sorted.
func partStarts(ranges []Range) (starts []netip.Addr) {
	for _, r := range ranges {
		starts = append(starts, r.First)
		if next := r.Last.Next(); next.IsValid() {
			starts = append(starts, next)
		}
	}
	slices.SortFunc(starts, netip.Addr.Compare)
	return slices.Compact(starts)
}

// partOf gives the first address of the part in which an address is; invalid if no block holds it.
func (v vocabulary) partOf(a netip.Addr) (start netip.Addr) {
	if !v.blocks.has(a) {
		return start
	}
	i, found := slices.BinarySearchFunc(v.starts, a, netip.Addr.Compare)
	if !found {
		i--
	}
	return v.starts[i]
}

func (v vocabulary) classOf(pod *Pod) *class {
	c := &class{namespace: pod.workload.Namespace, exempt: pod.exempt}
	if !pod.exempt {
		for key, value := range pod.Labels {
			if v.keys[key] {
				if c.labels == nil {
					c.labels = map[string]string{}
				}
				c.labels[key] = value
			}
		}
		for _, port := range pod.named {
			if v.names[port.portName] {
				c.named = append(c.named, port)
				c.namedKey += port.name + "/" + port.protocol.String() + "=" + strconv.Itoa(port.number) + "\n"
			}
		}
	}
	for _, a := range pod.Addresses {
		if start := v.partOf(a); start.IsValid() {
			c.addresses = append(c.addresses, start)
		}
	}
	c.addresses = slices.Compact(c.addresses)
	return c
}

// key is equal for pods of one class.
func (c *class) key() string {
	var b []byte
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	text(c.namespace)
	text(c.namedKey)
	for _, key := range slices.Sorted(maps.Keys(c.labels)) {
		text(key)
		text(c.labels[key])
	}
	text("")
	for _, a := range c.addresses {
		text(a.String())
	}
	if c.exempt {
		b = append(b, 'x')
	}
	return string(b)
}
