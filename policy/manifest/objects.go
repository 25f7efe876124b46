package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Objects makes a set of objects that are decoded already, for programs that hold them. The objects may have any Go values that JSON
// has a form for; they are copied to the types that Resource.Object names. Lists are expanded. The name stands for the file in
// errors and findings, which have no lines and columns.
//
// An object that is none (without apiVersion, kind or name, or with values of the wrong type) is in Set.Errors.
func Objects(name string, objects ...map[string]any) *Set {
	set := &Set{}
	for i, object := range objects {
		data, err := json.Marshal(object)
		if err != nil {
			set.Errors = append(set.Errors, &Error{Span: Span{File: name}, Err: fmt.Errorf("object %d: %w", i, err)})
			continue
		}
		options := Options{MaxFileBytes: int64(len(data))}.withDefaults()
		one := decode(name, data, options, true)
		for _, r := range one.Resources {
			r.tree = nil
		}
		for _, e := range one.Errors {
			e.Span = Span{File: name}
			if len(objects) > 1 {
				e.Err = fmt.Errorf("object %d: %w", i, e.Err)
			}
		}
		set.Resources = append(set.Resources, one.Resources...)
		set.Errors = append(set.Errors, one.Errors...)
		set.objects += one.objects
	}
	if len(objects) == 0 {
		set.Errors = append(set.Errors, &Error{Span: Span{File: name}, Err: errors.New("there are no objects")})
	}
	return set
}
