# METADATA
# description: Services that are not for everybody, and peers that are everybody in the cluster.
# custom:
#   parameters:
#     sensitive_ports:
#       type: array
#       description: >-
#         The ports that nothing outside the namespace should reach without being named, each as "port/protocol service": the port by number or by name,
#         TCP where no protocol is given.
#       default:
#         - 22/TCP SSH
#         - 23/TCP Telnet
#         - 445/TCP SMB
#         - 1433/TCP SQL Server
#         - 1521/TCP Oracle Database
#         - 2049/TCP NFS
#         - 2181/TCP ZooKeeper
#         - 2375/TCP Docker
#         - 2376/TCP Docker
#         - 2379/TCP etcd
#         - 2380/TCP etcd
#         - 3306/TCP MySQL
#         - 3389/TCP RDP
#         - 3389/UDP RDP
#         - 5432/TCP PostgreSQL
#         - 5900/TCP VNC
#         - 5984/TCP CouchDB
#         - 6379/TCP Redis
#         - 9042/TCP Cassandra
#         - 9200/TCP Elasticsearch
#         - 9300/TCP Elasticsearch
#         - 10250/TCP kubelet
#         - 10255/TCP kubelet
#         - 11211/TCP memcached
#         - 11211/UDP memcached
#         - 27017/TCP MongoDB
#         - ssh/TCP SSH
#         - mysql/TCP MySQL
#         - postgres/TCP PostgreSQL
#         - postgresql/TCP PostgreSQL
#         - redis/TCP Redis
#         - mongodb/TCP MongoDB
package lib.netvet.exposure

import data.lib.netvet.host
import data.lib.netvet.namespace
import data.lib.netvet.networkpolicy
import data.lib.netvet.port
import data.lib.netvet.selector

# The services, by name, to which a port of the policy's rules leads. One that is every port leads to none of them in particular.
services(i, entry) := {row.service |
	some row in _sensitive
	port.protocol(entry) == row.protocol
	_admits(entry, row.port)
	not _elsewhere(row.service, networkpolicy.judged[i].selector)
}

_admits(entry, wanted) if {
	is_string(wanted)
	entry.port == wanted
}

_admits(entry, wanted) if {
	is_number(wanted)
	some [from, to] in (port.ranges([entry], port.protocol(entry)) - {[1, 65535]})
	from <= wanted
	wanted <= to
}

# The kubelet is no pod: on its port, pods that are chosen by their labels have something of their own.
_elsewhere("kubelet", label_selector) if selector.normal(label_selector) != {}

# How messages call the ports of a policy's rule: with the services among them.
describe(_, []) := port.describe([])

describe(i, ports) := concat(", ", [describe_one(i, entry) | some entry in ports]) if ports != []

describe_one(i, entry) := sprintf("%s (%s)", [port.describe_one(entry), concat(", ", services(i, entry))]) if {
	count(services(i, entry)) > 0
} else := port.describe_one(entry)

# The ports, by position, that are no such service's, and that the API server does not refuse.
others(i, ports) := [p | some p, entry in ports; services(i, entry) == set(); port.describe_one(entry)]

# The peers that are pods of any namespace, as rows of networkpolicy.selecting with what they are of these at the end: "every" or "some".
any_namespace := [array.concat(row, [pods]) |
	some namespaces in networkpolicy.namespace_selectors
	is_object(namespaces)
	_any(selector.normal(namespaces))
	some row in networkpolicy.by_namespace_selector[namespaces]
	pods := _pods(selector.normal(_pod_selector(row[4])))
]

_pod_selector(peer) := peer.podSelector if {
	not peer.podSelector == null
} else := {}

# Every namespace bears its name as a label.
_any({})

_any(requirements) if requirements == {namespace.name_label: {"absent": false, "not_in": set()}}

_pods(requirements) := "every" if {
	requirements == {}
} else := "some" if {
	not requirements[""]
}

_sensitive := {row |
	some text in host.parameter("sensitive_ports", [
		"22/TCP SSH",
		"23/TCP Telnet",
		"445/TCP SMB",
		"1433/TCP SQL Server",
		"1521/TCP Oracle Database",
		"2049/TCP NFS",
		"2181/TCP ZooKeeper",
		"2375/TCP Docker",
		"2376/TCP Docker",
		"2379/TCP etcd",
		"2380/TCP etcd",
		"3306/TCP MySQL",
		"3389/TCP RDP",
		"3389/UDP RDP",
		"5432/TCP PostgreSQL",
		"5900/TCP VNC",
		"5984/TCP CouchDB",
		"6379/TCP Redis",
		"9042/TCP Cassandra",
		"9200/TCP Elasticsearch",
		"9300/TCP Elasticsearch",
		"10250/TCP kubelet",
		"10255/TCP kubelet",
		"11211/TCP memcached",
		"11211/UDP memcached",
		"27017/TCP MongoDB",
		"ssh/TCP SSH",
		"mysql/TCP MySQL",
		"postgres/TCP PostgreSQL",
		"postgresql/TCP PostgreSQL",
		"redis/TCP Redis",
		"mongodb/TCP MongoDB",
	])
	row := _parsed(text)
}

_parsed(text) := {"port": _port(part[1]), "protocol": _protocol(part[2]), "service": _service(part)} if {
	some part in regex.find_all_string_submatch_n(`^(.+?)(?:/((?i)TCP|UDP|SCTP))?(?: (.+))?$`, text, 1)
}

_port(text) := to_number(text) if {
	regex.match(`^[0-9]+$`, text)
} else := text

_protocol("") := "TCP"

_protocol(text) := upper(text) if text != ""

_service(part) := part[3] if {
	part[3] != ""
} else := part[1]
