package config

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
	"time"
)

// Setting describes one key: its path, its default and what it means.
type Setting struct {
	Key     string `json:"key"`
	Type    string `json:"type"`
	Default string `json:"default"`
	Meaning string `json:"meaning"`
}

// Describe lists every setting with its default, in the order of the struct.
func Describe() []Setting {
	var c Config
	c.Defaults()
	var out []Setting
	each(reflect.ValueOf(c), "", func(key string, value reflect.Value, tag reflect.StructTag) {
		out = append(out, Setting{Key: key, Type: typeName(value.Type()), Default: show(value), Meaning: tag.Get("doc")})
	})
	return out
}

// each visits every setting of a configuration, under its whole key.
func each(v reflect.Value, prefix string, visit func(key string, value reflect.Value, tag reflect.StructTag)) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if name == "-" || !field.IsExported() {
			continue
		}
		value := v.Field(i)
		if strings.Contains(options, "inline") {
			each(value, prefix, visit)
			continue
		}
		key := prefix + name
		if value.Kind() == reflect.Struct && value.Type() != reflect.TypeFor[time.Time]() {
			each(value, key+".", visit)
			continue
		}
		visit(key, value, field.Tag)
	}
}

func typeName(t reflect.Type) string {
	if t == reflect.TypeFor[time.Duration]() {
		return "duration"
	}
	switch t.Kind() {
	case reflect.Slice:
		return "list of " + typeName(t.Elem())
	case reflect.Map:
		return "map of " + typeName(t.Elem())
	case reflect.Struct:
		var keys []string
		for i := range t.NumField() {
			if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "" && name != "-" {
				keys = append(keys, name)
			}
		}
		return "{" + strings.Join(keys, ", ") + "}"
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "whole number"
	case reflect.Float64, reflect.Float32:
		return "number"
	case reflect.Bool:
		return "yes or no"
	default:
		return "text"
	}
}

func show(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Map:
		keys := v.MapKeys()
		parts := make([]string, 0, len(keys))
		for _, key := range keys {
			parts = append(parts, fmt.Sprintf("%v: %s", key, show(v.MapIndex(key))))
		}
		sort.Strings(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	case reflect.Slice:
		parts := make([]string, 0, v.Len())
		for i := range v.Len() {
			parts = append(parts, show(v.Index(i)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case reflect.Pointer:
		if v.IsNil() {
			return ""
		}
		return show(v.Elem())
	case reflect.Struct:
		var parts []string
		for i := range v.NumField() {
			if name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ","); name != "" && name != "-" && !v.Field(i).IsZero() {
				parts = append(parts, name+": "+show(v.Field(i)))
			}
		}
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		return fmt.Sprint(v.Interface())
	}
}
