package reference

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// view is the page.
type view struct {
	Title, Version string
	About          []block
	Groups         []group
	Schemas        []schema
}

type group struct {
	Name       string
	Operations []operation
}

type operation struct {
	ID, Method, Path, Summary string
	About                     []block
	Scopes                    string
	Browsers                  bool // keys that sit in pages may call it
	Open                      bool // needs no key
	Parameters                []field
	Body                      *field
	Answers                   []answer
}

type answer struct {
	Status string
	About  []block
	Body   *field
}

// schema is one named shape.
type schema struct {
	Name   string
	About  []block
	Kind   string // of what is no object
	Fields []field
}

// field is a property, parameter or body.
type field struct {
	Name     string
	In       string // path, query, header; "" for a property
	Kind     string
	Link     string // name of the schema that it is, or has many of
	Needed   bool
	About    []block
	Contents []field // of an object that has no name
}

// methods in the order in which they are read.
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

func read(doc *openapi3.T) view {
	v := view{Title: doc.Info.Title, Version: doc.Info.Version, About: blocks(doc.Info.Description)}
	byTag := map[string][]operation{}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		item := doc.Paths.Value(path)
		for _, method := range methods {
			o := item.GetOperation(method)
			if o == nil {
				continue
			}
			tag := "other"
			if len(o.Tags) > 0 {
				tag = o.Tags[0]
			}
			byTag[tag] = append(byTag[tag], readOperation(path, method, item, o))
		}
	}
	for _, tag := range doc.Tags {
		v.Groups = append(v.Groups, group{tag.Name, byTag[tag.Name]})
		delete(byTag, tag.Name)
	}
	for _, tag := range slices.Sorted(maps.Keys(byTag)) {
		v.Groups = append(v.Groups, group{tag, byTag[tag]})
	}
	if doc.Components == nil {
		return v
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Schemas)) {
		s := doc.Components.Schemas[name].Value
		one := schema{Name: name, About: blocks(s.Description)}
		if fields := properties(s); len(fields) > 0 {
			one.Fields = fields
		} else {
			one.Kind, _ = kind(&openapi3.SchemaRef{Value: s})
		}
		v.Schemas = append(v.Schemas, one)
	}
	return v
}

func readOperation(path, method string, item *openapi3.PathItem, o *openapi3.Operation) operation {
	op := operation{ID: o.OperationID, Method: method, Path: path, Summary: o.Summary, About: blocks(o.Description),
		Browsers: o.Extensions["x-browser-keys"] == "welcome", Open: o.Security != nil && len(*o.Security) == 0}
	var words []string
	if text, err := json.Marshal(o.Extensions["x-scopes"]); err == nil && json.Unmarshal(text, &words) == nil {
		op.Scopes = strings.Join(words, " or ")
	}
	for _, ref := range append(append(openapi3.Parameters{}, item.Parameters...), o.Parameters...) {
		p := ref.Value
		f := fieldOf(p.Name, p.Schema, p.Required)
		f.In = p.In
		if p.Description != "" {
			f.About = blocks(p.Description)
		}
		op.Parameters = append(op.Parameters, f)
	}
	if o.RequestBody != nil {
		op.Body = bodyOf(o.RequestBody.Value.Content)
	}
	for _, status := range slices.Sorted(maps.Keys(o.Responses.Map())) {
		r := o.Responses.Value(status).Value
		a := answer{Status: status, Body: bodyOf(r.Content)}
		if r.Description != nil {
			a.About = blocks(*r.Description)
		}
		op.Answers = append(op.Answers, a)
	}
	return op
}

func bodyOf(content openapi3.Content) *field {
	for _, media := range slices.Sorted(maps.Keys(content)) {
		if content[media].Schema == nil {
			continue
		}
		f := fieldOf(media, content[media].Schema, true)
		return &f
	}
	return nil
}

func properties(s *openapi3.Schema) []field {
	var all []field
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		all = append(all, fieldOf(name, s.Properties[name], slices.Contains(s.Required, name)))
	}
	slices.SortStableFunc(all, func(a, b field) int { // what is needed first
		switch {
		case a.Needed == b.Needed:
			return 0
		case a.Needed:
			return -1
		}
		return 1
	})
	return all
}

func fieldOf(name string, ref *openapi3.SchemaRef, needed bool) field {
	f := field{Name: name, Needed: needed}
	f.Kind, f.Link = kind(ref)
	if ref.Ref == "" {
		f.About = blocks(ref.Value.Description)
		f.Contents = properties(ref.Value)
	}
	return f
}

// kind says in words what a value is, with its limits, and which schema it is.
func kind(ref *openapi3.SchemaRef) (words, link string) {
	if ref == nil || ref.Value == nil {
		return "anything", ""
	}
	s := ref.Value
	if named, ok := strings.CutPrefix(ref.Ref, "#/components/schemas/"); ok {
		return named, named
	}
	var limits []string
	add := func(text string, args ...any) { limits = append(limits, fmt.Sprintf(text, args...)) }
	switch {
	case len(s.Enum) > 0:
		all := make([]string, len(s.Enum))
		for i, word := range s.Enum {
			all[i] = fmt.Sprint(word)
		}
		return "one of " + strings.Join(all, ", "), ""
	case s.Type.Is("array"):
		words, link = kind(s.Items)
		words = "list of " + words
		if s.MinItems > 0 {
			add("at least %d", s.MinItems)
		}
		if s.MaxItems != nil {
			add("at most %d", *s.MaxItems)
		}
	case s.Type.Is("string"):
		words = "text"
		if s.Format != "" {
			words += " (" + s.Format + ")"
		}
		if s.MinLength > 0 && s.MaxLength != nil {
			add("%d to %d characters", s.MinLength, *s.MaxLength)
		} else if s.MaxLength != nil {
			add("at most %d characters", *s.MaxLength)
		}
		if s.Pattern != "" {
			add("like %s", s.Pattern)
		}
	case s.Type.Is("integer"), s.Type.Is("number"):
		words = map[bool]string{true: "whole number", false: "number"}[s.Type.Is("integer")]
		if s.Min != nil {
			add("from %s", number(*s.Min))
		}
		if s.Max != nil {
			add("to %s", number(*s.Max))
		}
	case s.Type.Is("boolean"):
		words = "true or false"
	case s.Type.Is("object"):
		words = "object"
		if more := s.AdditionalProperties.Schema; more != nil {
			var what string
			what, link = kind(more)
			words = "object of " + what
		}
	default:
		words = "anything"
	}
	if s.Default != nil {
		add("otherwise %v", s.Default)
	}
	if len(limits) > 0 {
		words += ", " + strings.Join(limits, ", ")
	}
	return words, link
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// block is a paragraph, or the entry of a list.
type block struct {
	Entry bool
	Spans []span
}

type span struct {
	Text string
	Code bool
}

// blocks reads the little of Markdown that the document uses: paragraphs, lists
// and code.
func blocks(text string) []block {
	var all []block
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		entry := false
		for i, part := range strings.Split("\n"+paragraph, "\n- ") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			entry = i > 0
			b := block{Entry: entry}
			for n, piece := range strings.Split(strings.Join(strings.Fields(part), " "), "`") {
				if piece != "" {
					b.Spans = append(b.Spans, span{Text: piece, Code: n%2 == 1})
				}
			}
			all = append(all, b)
		}
	}
	return all
}
