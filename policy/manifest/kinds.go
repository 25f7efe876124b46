package manifest

import (
	"cmp"
	"slices"
)

// Kind is where the API server serves a kind.
type Kind struct {
	Name     string // Deployment
	Group    string // apps; "" for the core group
	Version  string // v1
	Resource string // deployments: what paths and roles call it
	Scope    Scope

	// BuiltIn kinds are in every cluster; the others come with what is installed there.
	BuiltIn bool
}

// Scope says whether objects of a kind live in namespaces.
type Scope string

// The scopes.
const (
	Namespaced Scope = "Namespaced"
	Cluster    Scope = "Cluster"
)

// APIVersion is the apiVersion of the kind's objects.
func (k Kind) APIVersion() string {
	if k.Group == "" {
		return k.Version
	}
	return k.Group + "/" + k.Version
}

// Kinds lists the kinds that rules speak of or look at, and the other kinds of policy, by name and group.
func Kinds() []Kind {
	all := slices.Clone(kinds[:])
	slices.SortFunc(all, func(a, b Kind) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Group, b.Group)) })
	return all
}

// By the API reference of Kubernetes 1.37, and the CustomResourceDefinitions of the projects named by their groups.
var kinds = [...]Kind{
	{"CronJob", "batch", "v1", "cronjobs", Namespaced, true},
	{"DaemonSet", "apps", "v1", "daemonsets", Namespaced, true},
	{"Deployment", "apps", "v1", "deployments", Namespaced, true},
	{"Ingress", "networking.k8s.io", "v1", "ingresses", Namespaced, true},
	{"Job", "batch", "v1", "jobs", Namespaced, true},
	{"Namespace", "", "v1", "namespaces", Cluster, true},
	{"NetworkPolicy", "networking.k8s.io", "v1", "networkpolicies", Namespaced, true},
	{"Pod", "", "v1", "pods", Namespaced, true},
	{"ReplicaSet", "apps", "v1", "replicasets", Namespaced, true},
	{"ReplicationController", "", "v1", "replicationcontrollers", Namespaced, true},
	{"Service", "", "v1", "services", Namespaced, true},
	{"StatefulSet", "apps", "v1", "statefulsets", Namespaced, true},

	{"DeploymentConfig", "apps.openshift.io", "v1", "deploymentconfigs", Namespaced, false},
	{"GRPCRoute", "gateway.networking.k8s.io", "v1", "grpcroutes", Namespaced, false},
	{"Gateway", "gateway.networking.k8s.io", "v1", "gateways", Namespaced, false},
	{"HTTPRoute", "gateway.networking.k8s.io", "v1", "httproutes", Namespaced, false},
	{"PodMonitor", "monitoring.coreos.com", "v1", "podmonitors", Namespaced, false},
	{"Rollout", "argoproj.io", "v1alpha1", "rollouts", Namespaced, false},
	{"Route", "route.openshift.io", "v1", "routes", Namespaced, false},
	{"ServiceMonitor", "monitoring.coreos.com", "v1", "servicemonitors", Namespaced, false},
	{"TCPRoute", "gateway.networking.k8s.io", "v1alpha2", "tcproutes", Namespaced, false},
	{"TLSRoute", "gateway.networking.k8s.io", "v1alpha2", "tlsroutes", Namespaced, false},

	{"AdminNetworkPolicy", "policy.networking.k8s.io", "v1alpha1", "adminnetworkpolicies", Cluster, false},
	{"BaselineAdminNetworkPolicy", "policy.networking.k8s.io", "v1alpha1", "baselineadminnetworkpolicies", Cluster, false},
	{"CiliumClusterwideNetworkPolicy", "cilium.io", "v2", "ciliumclusterwidenetworkpolicies", Cluster, false},
	{"CiliumNetworkPolicy", "cilium.io", "v2", "ciliumnetworkpolicies", Namespaced, false},
	{"ClusterNetworkPolicy", "crd.antrea.io", "v1beta1", "clusternetworkpolicies", Cluster, false},
	{"ClusterNetworkPolicy", "policy.networking.k8s.io", "v1alpha2", "clusternetworkpolicies", Cluster, false},
	{"GlobalNetworkPolicy", "crd.projectcalico.org", "v1", "globalnetworkpolicies", Cluster, false},
	{"NetworkPolicy", "crd.antrea.io", "v1beta1", "networkpolicies", Namespaced, false},
	{"NetworkPolicy", "crd.projectcalico.org", "v1", "networkpolicies", Namespaced, false},
}
