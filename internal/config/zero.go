package config

import (
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// keepZeros puts back the numbers and durations that the text sets to zero, and
// that Defaults has taken for unset: what is written is what holds, or is
// refused by name. Elements of lists and maps are their own package's matter.
func keepZeros(node *yaml.Node, read, completed reflect.Value) {
	for node.Kind == yaml.DocumentNode || node.Kind == yaml.AliasNode {
		if node.Kind == yaml.AliasNode {
			node = node.Alias
		} else if len(node.Content) == 1 {
			node = node.Content[0]
		} else {
			return
		}
	}
	if node.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Value == "<<" {
			keepZeros(value, read, completed)
			continue
		}
		at, ok := fieldOf(read.Type(), key.Value)
		if !ok {
			continue
		}
		was, is := read.FieldByIndex(at), completed.FieldByIndex(at)
		switch {
		case was.Kind() == reflect.Struct:
			keepZeros(value, was, is)
		case number(was.Kind()) && was.IsZero() && value.Tag != "!!null":
			is.SetZero()
		}
	}
}

// fieldOf finds a field by its key, also in inlined structs.
func fieldOf(t reflect.Type, key string) (index []int, ok bool) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		switch {
		case !field.IsExported() || name == "-":
		case strings.Contains(options, "inline"):
			if inner, ok := fieldOf(field.Type, key); ok {
				return append([]int{i}, inner...), true
			}
		case name == key:
			return []int{i}, true
		}
	}
	return nil, false
}

func number(k reflect.Kind) bool {
	return reflect.Int <= k && k <= reflect.Int64 || reflect.Uint <= k && k <= reflect.Uint64 || k == reflect.Float32 || k == reflect.Float64
}
