# METADATA
# title: A policy in the cluster comes from no repository
# description: |
#   A policy that was read from a cluster bears no mark of a tool that keeps it as a repository has it. Somebody applied it by hand: nobody reviewed it, its
#   history is lost, and the next who rebuilds the namespace will not have it.
#   Marks are those of Helm, Argo CD, Flux, Kustomize, Config Sync, Fleet, kapp, Pulumi and the like, the label `app.kubernetes.io/managed-by`, an owner
#   that made the policy, and the keys of the parameter repository_marks. `kubectl apply` leaves its own annotation whoever runs it, which is no mark.
#   A manifest that is read from a file is not told.
# related_resources:
#   - ref: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/
#   - ref: https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
#   - ref: https://helm.sh/docs/chart_best_practices/labels/
# custom:
#   severity: note
#   category: practice
#   scope: object
#   kinds: [NetworkPolicy]
#   needs: []
#   after: []
#   guide: [practice 9]
#   parameters:
#     repository_marks:
#       type: array
#       description: >-
#         Keys of labels or annotations, besides the known ones, that only objects from a repository carry; one that ends in a slash stands for all
#         keys below it.
#       default: []
#   remediation: |
#     Put the policy into the repository that the namespace comes from, and let its tool apply it; or say who owns it:
#
#     metadata:
#       labels:
#         app.kubernetes.io/managed-by: platform-team
package netvet.rules.unmanaged_in_cluster

import data.lib.netvet.finding
import data.lib.netvet.host
import data.lib.netvet.networkpolicy

metadata := rego.metadata.chain()

violation contains finding.at(i, ["metadata", "name"], "the policy is in the cluster and bears no mark of a repository that it comes from") if {
	some i in networkpolicy.reviewed
	_kept(i)
	not _owned(i)
	not _marked(i)
}

# The API server gives what it keeps an identity, before admission already.
_kept(i) if host.object_at(i).metadata.uid

_kept(i) if host.object_at(i).metadata.resourceVersion

_owned(i) if host.object_at(i).metadata.ownerReferences[_]

_marked(i) if {
	some kind in ["labels", "annotations"]
	some key, value in host.object_at(i).metadata[kind]
	not value in {"", null}
	_mark(key)
}

_mark(key) if key in _marks

_mark(key) if {
	some prefix in _marks
	endswith(prefix, "/")
	startswith(key, prefix)
}

# By their own documentation. Argo CD's older label is that of Kubernetes, app.kubernetes.io/instance.
_marks := {
	"app.kubernetes.io/managed-by",
	"app.kubernetes.io/instance",
	"meta.helm.sh/",
	"helm.sh/",
	"argocd.argoproj.io/",
	"kustomize.toolkit.fluxcd.io/",
	"helm.toolkit.fluxcd.io/",
	"config.kubernetes.io/origin",
	"configmanagement.gke.io/",
	"configsync.gke.io/",
	"fleet.cattle.io/",
	"objectset.rio.cattle.io/",
	"kapp.k14s.io/",
	"pulumi.com/",
	"apps.open-cluster-management.io/",
	"olm.owner",
	"addonmanager.kubernetes.io/mode",
} | {key | some key in host.parameter("repository_marks", [])}
