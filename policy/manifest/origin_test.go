package manifest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSource(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"helm", "---\n# Source: shop/templates/web.yaml\n" + pod, "shop/templates/web.yaml"},
		{"without separator", "# Source: shop/templates/web.yaml\n" + pod, "shop/templates/web.yaml"},
		{"CRLF", "# Source: shop/templates/web.yaml\r\n" + pod, "shop/templates/web.yaml"},
		{"part of a chart", "# Source: shop/charts/db/templates/sub dir/x.yaml\n" + pod, "shop/charts/db/templates/sub dir/x.yaml"},
		{"custom resource definition", "# Source: shop/crds/x.yaml\n" + pod, "shop/crds/x.yaml"},
		{"after other comments", "\n# a licence\n\n# Source: shop/templates/web.yaml\n" + pod, "shop/templates/web.yaml"},
		{"a page", "# Source: https://example.com/templates/x.yaml\n" + pod, ""},
		{"prose", "# Source: my head\n" + pod, ""},
		{"inside", pod + "# Source: shop/templates/web.yaml\n", ""},
		{"none", pod, ""},
	} {
		set := Decode("x.yaml", []byte(c.text), Options{})
		if assert.Len(t, set.Resources, 1, c.name) {
			assert.Equal(t, c.want, set.Resources[0].Source, c.name)
		}
	}
}

func TestSourceIsThatOfTheDocument(t *testing.T) {
	list := "apiVersion: v1\nkind: List\nitems:\n  - " + strings.ReplaceAll(strings.TrimSpace(named("c")), "\n", "\n    ") + "\n"
	set := Decode("x.yaml", []byte("# Source: s/templates/a.yaml\n"+named("a")+"---\n"+named("b")+"---\n# Source: s/templates/c.yaml\n"+list), Options{})
	var sources []string
	for _, r := range set.Resources {
		sources = append(sources, r.ID.Name+" "+r.Source)
	}
	assert.Equal(t, []string{"a s/templates/a.yaml", "b ", "c s/templates/c.yaml"}, sources)
}
