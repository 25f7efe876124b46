package lint

import (
	"net/netip"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/netvet/netvet/policy/manifest"
)

// unusual lists the policies that may hold what the API server refuses or does not know. To see that there is nothing of the kind takes Rego a
// thousand times longer. What it is that a policy holds, the rules say; a good one that is listed costs time and no more.
func unusual(resources []*manifest.Resource) *ast.Term {
	indexes := []*ast.Term{}
	for i, resource := range resources {
		if resource.ID.Kind == "NetworkPolicy" && !isUsualPolicy(resource.Object) {
			indexes = append(indexes, ast.InternedTerm(i))
		}
	}
	return ast.ArrayTerm(indexes...)
}

func isUsualPolicy(object any) bool {
	return isFields(object, func(key string, value any) bool {
		switch key {
		case "apiVersion", "kind":
			return isText(value)
		case "metadata":
			return isUsualMetadata(value)
		case "spec":
			return isFields(value, isUsualSpec)
		}
		return false
	})
}

func isUsualMetadata(value any) bool {
	object, _ := value.(map[string]any)
	name, _ := object["name"].(string)
	return isWord(name, 253, "-.", isLower) && isFields(object, func(key string, value any) bool {
		text, _ := value.(string)
		switch key {
		case "name":
			return true
		case "namespace":
			return isWord(text, 63, "-", isLower)
		case "uid", "resourceVersion":
			return isText(value)
		case "generation":
			_, isInteger := value.(int64)
			return isInteger
		case "creationTimestamp":
			_, err := time.Parse(time.RFC3339, text)
			return err == nil || value == nil
		case "labels":
			return isFields(value, isUsualLabel)
		case "annotations":
			size := 0
			return isFields(value, func(key string, value any) bool {
				text, isText := value.(string)
				size += len(key) + len(text)
				return isText && isLabelKey(key) && size < 100_000
			})
		}
		return false
	})
}

func isUsualSpec(key string, value any) bool {
	switch key {
	case "podSelector":
		return isFields(value, isUsualSelector)
	case "policyTypes":
		types, _ := value.([]any)
		return len(types) <= 2 && isList(value, func(item any) bool { return item == "Ingress" || item == "Egress" })
	case "ingress":
		return isList(value, func(item any) bool { return isUsualRule(item, "from") })
	case "egress":
		return isList(value, func(item any) bool { return isUsualRule(item, "to") })
	}
	return false
}

func isUsualRule(rule any, peers string) bool {
	return isFields(rule, func(key string, value any) bool {
		switch key {
		case peers:
			return isList(value, isUsualPeer)
		case "ports":
			return isList(value, isUsualPort)
		}
		return false
	})
}

func isUsualPeer(peer any) bool {
	fields, _ := peer.(map[string]any)
	if block, isBlock := fields["ipBlock"]; isBlock {
		return len(fields) == 1 && isUsualBlock(block)
	}
	return len(fields) > 0 && isFields(peer, func(key string, value any) bool {
		return (key == "podSelector" || key == "namespaceSelector") && isFields(value, isUsualSelector)
	})
}

func isUsualBlock(block any) bool {
	fields, _ := block.(map[string]any)
	outer, ok := prefix(fields["cidr"])
	return ok && isFields(block, func(key string, value any) bool {
		return key == "cidr" || key == "except" && isList(value, func(item any) bool {
			inner, ok := prefix(item)
			return ok && outer.Bits() < inner.Bits() && outer.Contains(inner.Addr())
		})
	})
}

func prefix(value any) (netip.Prefix, bool) {
	text, _ := value.(string)
	p, err := netip.ParsePrefix(text)
	return p, err == nil && p == p.Masked() && !p.Addr().Is4In6()
}

func isUsualPort(port any) bool {
	fields, _ := port.(map[string]any)
	number, isNumber := fields["port"].(int64)
	return isFields(port, func(key string, value any) bool {
		switch key {
		case "protocol":
			return value == "TCP" || value == "UDP" || value == "SCTP"
		case "port":
			if isNumber {
				return number >= 1 && number <= 65535
			}
			name, _ := value.(string)
			return isWord(name, 15, "-", isLower) && strings.ContainsFunc(name, func(r rune) bool { return r >= 'a' })
		case "endPort":
			last, _ := value.(int64)
			return isNumber && last >= number && last <= 65535
		}
		return false
	})
}

func isUsualSelector(key string, value any) bool {
	switch key {
	case "matchLabels":
		return isFields(value, isUsualLabel)
	case "matchExpressions":
		return isList(value, isUsualExpression)
	}
	return false
}

func isUsualExpression(expression any) bool {
	fields, _ := expression.(map[string]any)
	key, _ := fields["key"].(string)
	values, _ := fields["values"].([]any)
	wanted := 2
	switch fields["operator"] {
	case "In", "NotIn":
		wanted = 3
	case "Exists", "DoesNotExist":
	default:
		return false
	}
	return isLabelKey(key) && len(fields) == wanted && len(values) >= wanted-2 &&
		(wanted == 2 || isList(fields["values"], isLabelValue))
}

func isUsualLabel(key string, value any) bool { return isLabelKey(key) && isLabelValue(value) }

func isLabelValue(value any) bool {
	text, isText := value.(string)
	return isText && (text == "" || isWord(text, 63, "-_.", isAlphanumeric))
}

func isLabelKey(key string) bool {
	domain, name, hasDomain := strings.Cut(key, "/")
	if !hasDomain {
		return isWord(key, 63, "-_.", isAlphanumeric)
	}
	return isWord(domain, 253, "-.", isLower) && isWord(name, 63, "-_.", isAlphanumeric)
}

// isWord says whether a text is of such characters, with at most one of the others between any two.
func isWord(text string, most int, between string, is func(c byte) bool) bool {
	separated := true
	for i := range len(text) {
		switch c := text[i]; {
		case is(c):
			separated = false
		case separated || strings.IndexByte(between, c) < 0:
			return false
		default:
			separated = true
		}
	}
	return !separated && len(text) <= most
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

func isAlphanumeric(c byte) bool { return isLower(c) || c >= 'A' && c <= 'Z' }

func isText(value any) bool {
	_, ok := value.(string)
	return ok
}

func isFields(value any, of func(key string, value any) bool) bool {
	fields, ok := value.(map[string]any)
	for key, value := range fields {
		ok = ok && of(key, value)
	}
	return ok
}
