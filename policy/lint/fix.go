package lint

import (
	"fmt"
	"maps"
	"slices"

	"github.com/netvet/netvet/policy/manifest"
)

// Operation is one step of a fix, as in JSON Patch (RFC 6902): Op is "add", "remove" or "replace".
type Operation struct {
	Op    string
	Path  manifest.Path // from the object's root
	Value any           // of "add" and "replace"; JSON types, with numbers as int64 or float64
}

// Apply gives the object as the operations leave it, one after the other. The object itself stays as it is. "add" puts an item before the one of
// that number, or last under the number of items; parents must exist. It fails on an operation whose path does not.
func Apply(object map[string]any, operations []Operation) (map[string]any, error) {
	var root any = object
	for _, operation := range operations {
		var err error
		if root, err = operation.apply(root, operation.Path); err != nil {
			return nil, fmt.Errorf("%s %s: %w", operation.Op, operation.Path, err)
		}
	}
	mended, isObject := root.(map[string]any)
	if !isObject {
		return nil, fmt.Errorf("the object became %T", root)
	}
	return mended, nil
}

// apply gives the value with the operation done at the path below it.
func (o Operation) apply(value any, path manifest.Path) (any, error) {
	if len(path) == 0 {
		return nil, fmt.Errorf("no place in an object")
	}
	switch parent := value.(type) {
	case map[string]any:
		key, isKey := path[0].(string)
		child, exists := parent[key]
		if !isKey || !exists && (len(path) > 1 || o.Op != "add") {
			return nil, fmt.Errorf("there is no %v", path[0])
		}
		parent = maps.Clone(parent)
		if len(path) == 1 {
			if o.Op == "remove" {
				delete(parent, key)
			} else {
				parent[key] = o.Value
			}
			return parent, nil
		}
		below, err := o.apply(child, path[1:])
		parent[key] = below
		return parent, err
	case []any:
		i, isNumber := path[0].(int)
		beyond := len(parent)
		if len(path) == 1 && o.Op == "add" {
			beyond++
		}
		if !isNumber || i < 0 || i >= beyond {
			return nil, fmt.Errorf("there is no item %v", path[0])
		}
		parent = slices.Clone(parent)
		switch {
		case len(path) > 1:
			below, err := o.apply(parent[i], path[1:])
			parent[i] = below
			return parent, err
		case o.Op == "remove":
			return slices.Delete(parent, i, i+1), nil
		case o.Op == "add":
			return slices.Insert(parent, i, o.Value), nil
		default:
			parent[i] = o.Value
			return parent, nil
		}
	default:
		return nil, fmt.Errorf("there is no %v", path[0])
	}
}

// operations reads the fix of an answer.
func operations(answer any) ([]Operation, error) {
	steps, _ := answer.([]any)
	var fix []Operation
	for _, step := range steps {
		fields, _ := step.(map[string]any)
		path, _ := fields["path"].([]any)
		op := text(fields["op"])
		if !slices.Contains([]string{"add", "remove", "replace"}, op) || len(path) == 0 {
			return nil, fmt.Errorf("a fix that is no list of operations: %v", answer)
		}
		fix = append(fix, Operation{Op: op, Path: pathOf(path), Value: plain(fields["value"])})
	}
	return fix, nil
}

// pathOf makes ints of OPA's numbers.
func pathOf(steps []any) manifest.Path {
	path := make(manifest.Path, len(steps))
	for i, step := range steps {
		path[i] = step
		if n, isInteger := integer(step); isInteger {
			path[i] = n
		}
	}
	return path
}

// plain makes int64 or float64 of OPA's numbers, as manifests have them.
func plain(value any) any {
	switch value := value.(type) {
	case map[string]any:
		made := make(map[string]any, len(value))
		for key, item := range value {
			made[key] = plain(item)
		}
		return made
	case []any:
		made := make([]any, len(value))
		for i, item := range value {
			made[i] = plain(item)
		}
		return made
	case interface {
		Int64() (int64, error)
		Float64() (float64, error)
	}:
		if n, err := value.Int64(); err == nil {
			return n
		}
		f, _ := value.Float64()
		return f
	default:
		return value
	}
}
