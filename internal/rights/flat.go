package rights

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Flat is a copy as a list of values, for tables: each with its section, the
// number of its entry, and its path in the entry.
type Flat struct {
	Section string
	Entry   int // from 1
	Path    string
	Value   string
}

// sections are the fields of Copy that hold records, in their order.
func sections() (names []string, at []int) {
	typ := reflect.TypeFor[Copy]()
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		if typ.Field(i).Type.Kind() == reflect.Slice && name != "explained" {
			names, at = append(names, name), append(at, i)
		}
	}
	return names, at
}

// Flatten lists every value of a copy. Empty values are left out; of an entry
// that is all empty its number stays.
func (c *Copy) Flatten() []Flat {
	var out []Flat
	names, at := sections()
	for n, name := range names {
		list := reflect.ValueOf(c).Elem().Field(at[n])
		for i := range list.Len() {
			before := len(out)
			flatten(list.Index(i), "", func(path, value string) {
				out = append(out, Flat{Section: name, Entry: i + 1, Path: path, Value: value})
			})
			if len(out) == before {
				out = append(out, Flat{Section: name, Entry: i + 1})
			}
		}
	}
	return out
}

func flatten(v reflect.Value, path string, put func(path, value string)) {
	under := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	if t, ok := v.Interface().(time.Time); ok {
		if !t.IsZero() {
			put(path, t.UTC().Format(time.RFC3339Nano))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			flatten(v.Field(i), under(name), put)
		}
	case reflect.Slice:
		for i := range v.Len() {
			flatten(v.Index(i), under(strconv.Itoa(i+1)), put)
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			flatten(v.MapIndex(key), under(key.String()), put)
		}
	case reflect.Bool:
		if v.Bool() {
			put(path, "true")
		}
	default:
		if !v.IsZero() {
			put(path, fmt.Sprint(v.Interface()))
		}
	}
}

// explainer finds what a value means.
type explainer map[string]Explained

func (c *Copy) explainer() explainer {
	all := explainer{}
	for _, record := range c.Explained {
		all[record.Record] = record
	}
	return all
}

// means is what the value at a path means in plain words; "" if the map says
// nothing. Numbers of list entries, and the names that people gave, are passed over.
func (e explainer) means(section, path string) string {
	var field *ExplainedField
	bare := path
	for bare != "" && field == nil {
		field = e.field(section, bare)
		if field == nil {
			field = e.field(section, unnumbered(bare))
		}
		i := strings.LastIndexByte(bare, '.')
		bare = bare[:max(i, 0)]
	}
	if field == nil {
		return ""
	}
	return field.Means
}

func (e explainer) field(section, path string) *ExplainedField {
	fields := e[section].Fields
	for i := range fields {
		if strings.EqualFold(fields[i].Name, path) || strings.EqualFold(fields[i].Name, section+"."+path) {
			return &fields[i]
		}
	}
	return nil
}

func unnumbered(path string) string {
	parts := strings.Split(path, ".")
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { _, err := strconv.Atoi(s); return err == nil }), ".")
}
