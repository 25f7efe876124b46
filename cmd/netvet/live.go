package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netvet/netvet/policy"
	kube "github.com/netvet/netvet/policy/cluster"
	"github.com/netvet/netvet/policy/manifest"
)

// liveFlags name a cluster to read in place of files.
type liveFlags struct {
	context    string
	kubeconfig string
	all        bool
}

func (f *liveFlags) define(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.context, "context", "", "read the cluster of this `CONTEXT` of your kubeconfig instead of files")
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "read the cluster of this kubeconfig `FILE`")
	flags.BoolVarP(&f.all, "all-namespaces", "A", false, "read all namespaces of the cluster")
	completeBy(cmd, "context", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		names, err := kube.Contexts(f.kubeconfig)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	})
}

// given says whether a cluster is to be read.
func (f liveFlags) given() bool { return f.context != "" || f.kubeconfig != "" || f.all }

// check refuses files beside a cluster.
func (f liveFlags) check(paths []string) error {
	if f.given() && len(paths) > 0 {
		return errors.New("either files or a cluster: leave out the paths, or --context, --kubeconfig and -A")
	}
	return nil
}

// load reads what the rules look at, and the other kinds of policy, which the report names.
func (f liveFlags) load(ctx context.Context, rules []*policy.Rule, namespace string) (*manifest.Set, error) {
	wanted := map[string]bool{}
	for _, rule := range rules {
		for _, kind := range slices.Concat(rule.Kinds, rule.Needs) {
			wanted[kind] = true
		}
	}
	kinds := slices.DeleteFunc(manifest.Kinds(), func(kind manifest.Kind) bool {
		return !wanted[kind.Name] && !strings.HasSuffix(kind.Name, "Policy")
	})
	return kube.Load(ctx, kinds, kube.Options{
		Kubeconfig:    f.kubeconfig,
		Context:       f.context,
		Namespace:     namespace,
		AllNamespaces: f.all,
	})
}
