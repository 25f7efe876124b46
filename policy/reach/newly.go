package reach

import "slices"

// Exposed gives what After exposes and Before does not: exposures with the ports, and the namespaces, that are new. A workload that was
// open to all namespaces is not newly open to the pods of one. Addresses of the world do not count: a port is open to it or not.
func (d *Diff) Exposed(direction Direction) (exposures []Exposure) {
	before := map[string][]Exposure{}
	for _, e := range d.Before.Exposed(direction) {
		id := e.Workload.String()
		before[id] = append(before[id], e)
	}
	for _, e := range d.After.Exposed(direction) {
		exposures = append(exposures, e.beyond(before[e.Workload.String()])...)
	}
	return exposures
}

// beyond gives the parts of an exposure that others do not cover.
func (e Exposure) beyond(others []Exposure) (parts []Exposure) {
	if e.Audience != UnlabelledPods {
		e.Ports = e.Ports.Minus(portsTo(others, func(o Exposure) bool { return o.Audience == e.Audience }))
		if e.Ports.IsEmpty() {
			return nil
		}
		return []Exposure{e}
	}
	for _, namespace := range e.Namespaces {
		part := e
		part.Namespaces = []string{namespace}
		part.Ports = e.Ports.Minus(portsTo(others, func(o Exposure) bool {
			return o.Audience == AllNamespaces || slices.Contains(o.Namespaces, namespace)
		}))
		if part.Ports.IsEmpty() {
			continue
		}
		if i := slices.IndexFunc(parts, func(p Exposure) bool { return p.Ports.Equal(part.Ports) }); i >= 0 {
			parts[i].Namespaces = append(parts[i].Namespaces, namespace)
			continue
		}
		parts = append(parts, part)
	}
	return parts
}

// portsTo gives the ports of the exposures that count.
func portsTo(exposures []Exposure, counts func(Exposure) bool) (ports Ports) {
	for _, e := range exposures {
		if counts(e) {
			ports = ports.Union(e.Ports)
		}
	}
	return ports
}
