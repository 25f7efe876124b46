# METADATA
# description: The visible Services that select pods.
package lib.netvet.service

import data.lib.netvet.cidr
import data.lib.netvet.host
import data.lib.netvet.port

# The Services by index. Their selector is a plain set of labels.
all := {i: service |
	some i in host.of_kind.Service
	object := host.resources[i]
	object.apiVersion == "v1"
	is_object(object.spec.selector)
	count(object.spec.selector) > 0
	service := {
		"name": host.names[i],
		"namespace": host.namespaces[i],
		"selector": object.spec.selector,
		"ports": [entry | some entry in object.spec.ports],
	}
}

# The Services, by index, that select pods of these labels.
selecting(namespace, labels) := {i |
	some key, value in labels
	some i in _by_pair[[namespace, [key, value]]]
	object.subset(labels, all[i].selector)
}

# The Services of each namespace, by index.
in_namespace := {name: {row[1] | some row in _namespace_rows; row[0] == name} | some name in {row[0] | some row in _namespace_rows}}

_namespace_rows := [[service.namespace, i] | some i, service in all]

# Each by [namespace, name]: the last of two is what the cluster keeps.
by_name := {key: max({row[1] | some row in _name_rows; row[0] == key}) | some key in {row[0] | some row in _name_rows}}

_name_rows := [[[service.namespace, service.name], i] | some i, service in all]

# The Services in sight, those without a selector too, by the addresses that the cluster gives them, as blocks of one: address -> index. Manifests may
# give an address to several: the first by name stands for them.
by_address := {address: min({row[1] | some row in _address_rows; row[0] == address})[2] | some address in {row[0] | some row in _address_rows}}

_address_rows := [[cidr.canonical(address), [host.namespaces[i], host.names[i], i]] |
	some i in host.of_kind.Service
	object := host.resources[i]
	object.apiVersion == "v1"
	some address in ({object.spec.clusterIP} | {address | some address in object.spec.clusterIPs})
]

# The Services, by index, of which a node hands on what it receives on that port: number -> indexes.
by_node_port := {number: {row[1] | some row in _node_port_rows; row[0] == number} | some number in {row[0] | some row in _node_port_rows}}

_node_port_rows := [[entry.nodePort, i] | some i, service in all; some entry in service.ports; is_number(entry.nodePort)]

# The [protocol, port] of Services that lead to another port of their pods, or to one by name.
shifted := {[port.protocol(entry), entry.port] |
	some service in all
	some entry in service.ports
	not object.get(entry, "targetPort", 0) in {0, null, entry.port}
}

# The port may be one of them.
shifts(transport, number) if {
	host.sparing
	some name in host.wanted
	some id, k
	host.kept(name).v1.Service[id].spec.ports[k].port == number
	entry := host.kept(name).v1.Service[id].spec.ports[k]
	port.protocol(entry) == transport
	not object.get(entry, "targetPort", 0) in {0, null, number}
}

shifts(transport, number) if {
	not host.sparing
	[transport, number] in shifted
}

# Where a port of a Service leads: the number on pods with these container ports.
pod_port(entry, _) := entry.port if object.get(entry, "targetPort", 0) in {0, null}

pod_port(entry, _) := entry.targetPort if {
	is_number(entry.targetPort)
	entry.targetPort > 0
}

pod_port(entry, container_ports) := min(numbers) if {
	is_string(entry.targetPort)
	numbers := {declared.containerPort |
		some declared in container_ports
		declared.name == entry.targetPort
		port.protocol(declared) == port.protocol(entry)
	}
}

# Each Service under the rarest label of its selector.
_by_pair := {key: {row[1] | some row in _rows; row[0] == key} | some key in {row[0] | some row in _rows}}

_rows := [[min({[count(_asking[place]), place] | some place in places})[1], i] | some i, places in _places]

_places := {i: {[service.namespace, [key, value]] | some key, value in service.selector} | some i, service in all}

_asking := {place: {row[1] | some row in _place_rows; row[0] == place} | some place in {row[0] | some row in _place_rows}}

_place_rows := [[place, i] | some i, places in _places; some place in places]
