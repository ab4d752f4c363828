package api

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tactful/tactful"
)

// schemaFault says in a sentence what a schema found, and where. It repeats
// names of fields, never values.
func schemaFault(base string, err error) error {
	var found *openapi3.SchemaError
	if !errors.As(err, &found) || found.Schema == nil {
		return tactful.InvalidField(orBody(base), "does not fit the schema", "compare with /openapi.yaml")
	}
	field := orBody(pathOf(base, found.JSONPointer()))
	s := found.Schema
	switch found.SchemaField {
	case "properties":
		return tactful.InvalidField(unknownIn(base, found), "is an unknown field", "leave it out: "+known(s))
	case "required":
		return tactful.InvalidField(field, "is missing", "send it")
	case "type":
		return tactful.InvalidField(field, "has the wrong type", "send "+article(s))
	case "nullable":
		return tactful.InvalidField(field, "is null", "send "+article(s)+" or leave it out")
	case "enum":
		return tactful.InvalidField(field, "is not one of the known words", "send "+words(s.Enum))
	case "minLength", "maxLength":
		least, most := s.MinLength, "any number of"
		if s.MaxLength != nil {
			most = strconv.FormatUint(*s.MaxLength, 10)
		}
		return tactful.InvalidField(field, "is too short or too long", fmt.Sprintf("send %d to %s characters", least, most))
	case "minItems", "maxItems":
		most := "any number of"
		if s.MaxItems != nil {
			most = strconv.FormatUint(*s.MaxItems, 10)
		}
		return tactful.InvalidField(field, "has too few or too many entries", fmt.Sprintf("send %d to %s", s.MinItems, most))
	case "minProperties", "maxProperties":
		return tactful.InvalidField(field, "has too few or too many fields", "compare with /openapi.yaml")
	case "minimum", "maximum":
		return tactful.InvalidField(field, "is out of range", "send "+span(s))
	case "pattern":
		return tactful.InvalidField(field, "has a form that is not taken", "it must match "+s.Pattern)
	case "format":
		return tactful.InvalidField(field, "is not in the form "+s.Format, "compare with /openapi.yaml")
	}
	return tactful.InvalidField(field, "does not fit the schema", "compare with /openapi.yaml")
}

func orBody(path string) string {
	if path == "" {
		return "body"
	}
	return path
}

// pathOf writes steps as items[3].price.
func pathOf(base string, steps []string) string {
	var b strings.Builder
	b.WriteString(base)
	for _, step := range steps {
		if _, err := strconv.Atoi(step); err == nil {
			b.WriteString("[" + step + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(clipName(step))
	}
	return b.String()
}

// unknownIn names the first field that the schema does not know.
func unknownIn(base string, found *openapi3.SchemaError) string {
	steps := found.JSONPointer()
	if object, ok := found.Value.(map[string]any); ok {
		var unknown []string
		for name := range object {
			if found.Schema.Properties[name] == nil {
				unknown = append(unknown, name)
			}
		}
		if sort.Strings(unknown); len(unknown) > 0 {
			steps = append(append([]string{}, steps...), unknown[0])
		}
	}
	return orBody(pathOf(base, steps))
}

func known(s *openapi3.Schema) string {
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	sort.Strings(names)
	return "known are " + strings.Join(names, ", ")
}

func words(enum []any) string {
	all := make([]string, len(enum))
	for i, v := range enum {
		all[i] = fmt.Sprint(v)
	}
	return strings.Join(all, ", ")
}

func article(s *openapi3.Schema) string {
	switch {
	case s.Type.Is(openapi3.TypeInteger):
		return "a whole number"
	case s.Type.Is(openapi3.TypeArray):
		return "a list"
	case s.Type.Is(openapi3.TypeObject):
		return "an object"
	case s.Type.Is(openapi3.TypeBoolean):
		return "true or false"
	case s.Type.Is(openapi3.TypeNumber):
		return "a number"
	}
	return "text"
}

func span(s *openapi3.Schema) string {
	least, most := "less", "more"
	if s.Min != nil {
		least = strconv.FormatFloat(*s.Min, 'f', -1, 64)
	}
	if s.Max != nil {
		most = strconv.FormatFloat(*s.Max, 'f', -1, 64)
	}
	return least + " to " + most
}

// clipName keeps a name that a caller invented from filling the answer.
func clipName(name string) string {
	const most = 64
	if !utf8.ValidString(name) {
		return "?"
	}
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return name
}
