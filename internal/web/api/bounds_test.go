package api

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tactful/tactful"
)

// most are the largest bounds that any endpoint may have: a list or a text that
// needs more comes in parts, or is a file that has a bound of its own.
const (
	mostElements = 10_000
	mostText     = 64 << 10
	mostDepth    = 12
)

// larger are what may be longer or deeper, with the reason.
var larger = map[string]string{
	"ImportRequest.document": "a person's whole copy; the body has a bound of its own",
	"Exposure.affected":      "one of 256 parts of all people, for admins",
	"ExperimentFile.file":    "flags and experiments of a whole shop; the body has a bound of its own",
	"Interest":               "in answers only: as deep as the shop's own categories",
}

// TestNoEndpointTakesOrGivesWithoutBound walks the document: each list, map and
// text of each request and answer has a bound, no schema holds itself, and each
// number and text of an address ends somewhere.
func TestNoEndpointTakesOrGivesWithoutBound(t *testing.T) {
	operations, lists := 0, 0
	asked := "" // the body or answer that the walk is in
	var walk func(where string, s *openapi3.Schema, above []*openapi3.Schema)
	walk = func(where string, s *openapi3.Schema, above []*openapi3.Schema) {
		name := strings.TrimPrefix(where, "schema ")
		if slices.Contains(above, s) || len(above) > mostDepth {
			if larger[name] != "" && !strings.HasSuffix(asked, " body") {
				return
			}
			t.Errorf("%s holds itself, or lies deeper than %d: no bound on its depth", where, mostDepth)
			return
		}
		above = append(above, s)
		switch {
		case s.Type.Is("array"):
			lists++
			if s.MaxItems == nil || *s.MaxItems > mostElements && larger[name] == "" {
				t.Errorf("%s: a list of more than %d elements, or without bound", where, mostElements)
			}
		case s.Type.Is("string"):
			if len(s.Enum) == 0 && (s.MaxLength == nil || *s.MaxLength > mostText) && larger[name] == "" {
				t.Errorf("%s: a text of more than %d characters, or without bound", name, mostText)
			}
		case s.Type.Is("object"):
			open := s.AdditionalProperties.Schema != nil || s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has
			if open && s.AdditionalProperties.Schema != nil && (s.MaxProps == nil || *s.MaxProps > mostElements) {
				t.Errorf("%s: a map of more than %d entries, or without bound", where, mostElements)
			}
		}
		for name, p := range s.Properties {
			walk(nameOf(p, where+"."+name), p.Value, above)
		}
		if s.Items != nil {
			walk(nameOf(s.Items, where+"[]"), s.Items.Value, above)
		}
		if more := s.AdditionalProperties.Schema; more != nil {
			walk(nameOf(more, where+".*"), more.Value, above)
		}
	}
	for path, item := range load(t).Paths.Map() {
		for method, o := range item.Operations() {
			operations++
			for _, p := range append(append(openapi3.Parameters{}, item.Parameters...), o.Parameters...) {
				s := p.Value.Schema.Value
				if s.Type.Is("integer") && (s.Min == nil || s.Max == nil) || s.Type.Is("string") && len(s.Enum) == 0 && s.MaxLength == nil {
					t.Errorf("%s %s: the parameter %s has no bound", method, path, p.Value.Name)
				}
			}
			if o.RequestBody != nil {
				for _, media := range o.RequestBody.Value.Content {
					asked = method + " " + path + " body"
					walk(nameOf(media.Schema, asked), media.Schema.Value, nil)
				}
			}
			for status, response := range o.Responses.Map() {
				if media := response.Value.Content["application/json"]; media != nil && status < "300" {
					asked = method + " " + path + " " + status
					walk(nameOf(media.Schema, asked), media.Schema.Value, nil)
				}
			}
		}
	}
	if operations < 60 || lists < 60 {
		t.Fatalf("only %d operations and %d lists were seen: the walk looks at the wrong place", operations, lists)
	}
}

// nameOf is a schema's own name where it has one.
func nameOf(ref *openapi3.SchemaRef, otherwise string) string {
	if at := strings.LastIndex(ref.Ref, "/"); at >= 0 {
		return "schema " + ref.Ref[at+1:]
	}
	return otherwise
}

// TestEveryBodyIsRefusedThatIsTooDeep sends each endpoint that takes a body one
// that is nested far deeper than any of ours.
func TestEveryBodyIsRefusedThatIsTooDeep(t *testing.T) {
	v := newWitness(t)
	d := newDesk(t, quiet)
	d.engine.items = []tactful.Item{{ID: "a/b", Title: "T"}}
	for _, deep := range []string{strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), strings.Repeat("[", 5000) + strings.Repeat("]", 5000)} {
		seen := map[string]bool{}
		for _, g := range good {
			path, _, _ := strings.Cut(g.target, "?")
			if g.target == "/openapi.yaml" {
				continue
			}
			route, _, err := v.router.FindRoute(httptest.NewRequest(g.method, path, nil))
			if err != nil {
				t.Fatal(err)
			}
			id := route.Operation.OperationID
			if route.Operation.RequestBody == nil || seen[id] || id == "postEvents" { // whose body the engine reads: internal/ingest TestUnreadableDeliveriesAreRefusedWhole
				continue
			}
			seen[id] = true
			if w := d.call(g.method, g.target, g.key, deep); w.Code != 400 {
				t.Errorf("%s %s: %d for a body of depth %d", g.method, g.target, w.Code, strings.Count(deep, "{")+strings.Count(deep, "["))
			}
		}
		if len(seen) < 20 {
			t.Fatalf("only %d endpoints were tried", len(seen))
		}
	}
}

// TestEveryListOfABodyIsRefusedThatIsTooLong fills each list of each body with
// one element more than it may have.
func TestEveryListOfABodyIsRefusedThatIsTooLong(t *testing.T) {
	known, err := readOnce()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for pattern, op := range known {
		if op.body == nil {
			continue
		}
		for name, p := range op.body.Properties {
			if !p.Value.Type.Is("array") || p.Value.MaxItems == nil {
				continue
			}
			tried++
			list := make([]any, *p.Value.MaxItems+1)
			for i := range list {
				list[i] = fmt.Sprintf("x%d", i)
			}
			err := p.Value.VisitJSON(list, openapi3.VisitAsRequest(), openapi3.MultiErrors())
			if err == nil || !strings.Contains(err.Error(), "items") {
				t.Errorf("%s: %s takes %d elements: %v", pattern, name, len(list), err)
			}
		}
	}
	if tried < 5 {
		t.Fatalf("only %d lists were tried", tried)
	}
}
