package gatekeeper_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/netvet/netvet/bundle/gatekeeper"
	"github.com/netvet/netvet/policy"
)

// audit lets Gatekeeper find what was there before, and holds its findings against netvet's of the same cluster.
func (c *cluster) audit(t *testing.T, all []fixture) {
	c.startAudit(t)
	before := maps.Clone(c.kept)
	missing := map[string]bool{}
	for _, f := range all {
		for _, s := range f.samples {
			refused := slices.ContainsFunc(c.results[f.rule].untested, func(why string) bool { return strings.HasPrefix(why, s.name) })
			if s.noted && !refused {
				missing[f.rule] = true
			}
		}
	}
	delete(missing, "api-server-blocked") // its fixture is faulty by a RoleBinding, a kind that is not synchronised
	for round := 1; len(missing) > 0 && round <= 4; round++ {
		for _, f := range all {
			if missing[f.rule] && !f.good {
				fresh := slices.DeleteFunc(slices.Clone(f.samples), func(s sample) bool {
					_, there := c.kept[identity(s.object)]
					return there && s.object["kind"] != "Namespace"
				})
				c.loadAll(t, fresh)
			}
		}
		linted := c.linted(t, "-A")
		var audited map[finding]bool
		var alone []finding
		for range 2 { // the audit's inventory may lag behind
			since := time.Now().UTC().Truncate(time.Second).Add(time.Second)
			time.Sleep(time.Until(since))
			audited, alone = c.audited(t, since), nil
			for f := range audited {
				if !linted[f] {
					alone = append(alone, f)
				}
			}
			if len(alone) == 0 {
				break
			}
		}
		for f := range audited {
			if r := c.results[f.rule]; r != nil && missing[f.rule] {
				r.audited++
			}
		}
		for f := range audited {
			delete(missing, f.rule)
		}
		t.Logf("audit %d: %d violations, netvet lint -A finds all of them but %q; still none of %v", round, len(audited), alone, slices.Sorted(maps.Keys(missing)))
		c.restore(t, before)
	}
	assert.Empty(t, missing, "audit tells nothing of them")
}

// finding is the same of Gatekeeper's audit and of netvet, up to the length that audit cuts messages to.
type finding struct{ rule, object, message string }

func (c *cluster) audited(t *testing.T, since time.Time) map[finding]bool {
	found := map[finding]bool{}
	for _, rule := range policy.Default().Rules() {
		if rule.Scope == policy.Source {
			continue
		}
		var items []any
		c.eventually(t, "audit of "+rule.ID, func() bool {
			items, _ = c.must(t, loader, http.MethodGet, "/apis/constraints.gatekeeper.sh/v1beta1/"+strings.ToLower(gatekeeper.Kind(rule)), nil)["items"].([]any)
			return !slices.ContainsFunc(items, func(item any) bool {
				stamp, _ := at(item, "status", "auditTimestamp").(string)
				when, err := time.Parse(time.RFC3339, stamp)
				return err != nil || when.Before(since)
			})
		})
		for _, item := range items {
			violations, _ := at(item, "status", "violations").([]any)
			assert.EqualValues(t, len(violations), at(item, "status", "totalViolations"), rule.ID)
			for _, v := range violations {
				found[finding{rule.ID, fmt.Sprintf("%v %v/%v", at(v, "kind"), orEmpty(at(v, "namespace")), at(v, "name")), cut(at(v, "message").(string))}] = true
			}
		}
	}
	return found
}

func cut(message string) string {
	message = strings.TrimSuffix(message, "...")
	return message[:min(len(message), 250)]
}

// linted gives what netvet finds when a user asks who may no more than the documented role allows.
func (c *cluster) linted(t *testing.T, args ...string) map[finding]bool {
	output, err := c.netvet(t, append([]string{"lint", "-f", "json", "-l", "none", "--kubeconfig", c.kubeconfig(t, reader, c.url)}, args...)...)
	require.NoError(t, err, output)
	return findings(t, output)
}

func findings(t *testing.T, output string) map[finding]bool {
	var report struct {
		Findings []struct {
			Rule, Message string
			Object        struct{ Kind, Namespace, Name string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(output), &report), output)
	found := map[finding]bool{}
	for _, f := range report.Findings {
		if policy.Default().Rule(f.Rule).Scope != policy.Source {
			found[finding{f.Rule, f.Object.Kind + " " + f.Object.Namespace + "/" + f.Object.Name, cut(f.Message)}] = true
		}
	}
	return found
}
