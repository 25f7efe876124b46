package main

import (
	"github.com/spf13/cobra"

	"github.com/netvet/netvet/policy/reach"
)

// What the API leaves to the cluster's network.
const (
	blocksMissPods      = "ipblocks-miss-pods"
	hostNetworkIsolated = "host-network-isolated"
)

// cluster is the flags that say what the manifests leave open.
type cluster struct {
	namespace string
	assume    choices
}

// define adds the flags; in says what else may name no namespace.
func (c *cluster) define(cmd *cobra.Command, in string) {
	c.assume.among = []string{blocksMissPods, hostNetworkIsolated}
	cmd.Flags().StringVar(&c.namespace, "namespace", "default", "the `NAMESPACE` of "+in+" that name none")
	cmd.Flags().Var(&c.assume, "assume", "what the cluster's network does, other than most: an ipBlock matches no pod, as with Cilium; "+
		"policies isolate pods with hostNetwork, too")
	completeBy(cmd, "namespace", cobra.NoFileCompletions)
	complete(cmd, "assume", c.assume.among)
}

func (c *cluster) options() reach.Options {
	return reach.Options{
		DefaultNamespace:    c.namespace,
		IPBlocksMissPods:    c.assume.has(blocksMissPods),
		HostNetworkIsolated: c.assume.has(hostNetworkIsolated),
	}
}
