package api

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tactful/tactful"
	document "github.com/tactful/tactful/api"
)

func load(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(document.Document())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestTheDoorOpensWithTheDocumentThatShips(t *testing.T) {
	opt := Options{Engine: &fakeEngine{}, Keys: keyRing(), KeyTable: &fakeEngine{}, Map: defaultMap(), Log: slog.New(slog.DiscardHandler), Clock: tactful.FixedClock(noon)}
	if _, err := New(opt); err != nil {
		t.Fatal(err)
	}
	opt.Keys = nil
	if _, err := New(opt); err == nil {
		t.Fatal("a door without keys was built")
	}
}

func TestTheDocumentIsSound(t *testing.T) {
	if err := load(t).Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestTheCommittedServerIsTheGeneratedOne regenerates from the document.
func TestTheCommittedServerIsTheGeneratedOne(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(root, "api", "codegen.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const output = "output: ../internal/web/api/wire/wire.gen.go"
	if !bytes.Contains(config, []byte(output)) {
		t.Fatal("codegen.yaml does not say where the code goes as this test expects")
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "wire.gen.go")
	elsewhere := filepath.Join(dir, "codegen.yaml")
	if err := os.WriteFile(elsewhere, bytes.Replace(config, []byte(output), []byte("output: "+out), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "tool", "oapi-codegen", "-config", elsewhere, "openapi.yaml")
	cmd.Dir = filepath.Join(root, "api")
	if message, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("generate: %v\n%s", err, message)
	}
	fresh, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	committed, err := os.ReadFile(filepath.Join("wire", "wire.gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(fresh, committed) {
		t.Fatal("wire.gen.go is not what openapi.yaml gives: run go generate ./api and commit both")
	}
}

// eachSchema visits every schema of the document once, with a path to it.
func eachSchema(t testing.TB, visit func(where string, s *openapi3.Schema)) {
	t.Helper()
	doc := load(t)
	seen := map[*openapi3.Schema]bool{}
	var walk func(where string, ref *openapi3.SchemaRef)
	walk = func(where string, ref *openapi3.SchemaRef) {
		if ref == nil || ref.Value == nil || seen[ref.Value] {
			return
		}
		s := ref.Value
		seen[s] = true
		visit(where, s)
		for name, p := range s.Properties {
			walk(where+"."+name, p)
		}
		walk(where+"[]", s.Items)
		walk(where+".*", s.AdditionalProperties.Schema)
	}
	for name, s := range doc.Components.Schemas {
		walk(name, s)
	}
	for path, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			for _, p := range append(append(openapi3.Parameters{}, item.Parameters...), o.Parameters...) {
				walk(path+"?"+p.Value.Name, p.Value.Schema)
			}
		}
	}
	if len(seen) < 100 {
		t.Fatalf("only %d schemas visited: the test looks at the wrong place", len(seen))
	}
}

func TestEverySchemaIsBoundedAndClosed(t *testing.T) {
	eachSchema(t, func(where string, s *openapi3.Schema) {
		switch {
		case s.Type.Is("string"):
			if s.MaxLength == nil && len(s.Enum) == 0 {
				t.Errorf("%s: text without maxLength", where)
			}
		case s.Type.Is("array"):
			if s.MaxItems == nil {
				t.Errorf("%s: list without maxItems", where)
			}
		case s.Type.Is("integer"):
			if s.Min == nil {
				t.Errorf("%s: integer without minimum", where)
			}
		case s.Type.Is("object"):
			closed := s.AdditionalProperties.Has != nil && !*s.AdditionalProperties.Has
			bounded := s.MaxProps != nil                                                                       // events may carry more, which is dropped
			if !strings.HasPrefix(where, "Event") && where != "Copy" && s.AdditionalProperties.Schema == nil { // nor is a copy read here
				bounded = false
			}
			if !closed && !bounded {
				t.Errorf("%s: object that takes unknown fields without bound", where)
			}
		case s.Type.Is("boolean"), s.Type.Is("number"):
		default:
			t.Errorf("%s: no type", where)
		}
	})
}

// TestTheValidatorKnowsEveryKeywordInUse: bodies are checked by kin-openapi's
// own visitor, which ignores keywords that only version 3.1 has.
func TestTheValidatorKnowsEveryKeywordInUse(t *testing.T) {
	eachSchema(t, func(where string, s *openapi3.Schema) {
		if s.Const != nil || s.If != nil || s.Then != nil || s.Else != nil || len(s.PrefixItems) > 0 || s.Contains != nil ||
			len(s.PatternProperties) > 0 || s.PropertyNames != nil || len(s.DependentSchemas) > 0 || len(s.DependentRequired) > 0 ||
			s.UnevaluatedItems.Schema != nil || s.UnevaluatedItems.Has != nil || s.UnevaluatedProperties.Schema != nil || s.UnevaluatedProperties.Has != nil {
			t.Errorf("%s uses a keyword that admit would ignore: use another, or extend admit", where)
		}
	})
}

func TestEveryOperationSaysItsScopesAndStatuses(t *testing.T) {
	for path, item := range load(t).Paths.Map() {
		for method, o := range item.Operations() {
			if o.OperationID == "getDocument" {
				continue
			}
			if o.Extensions["x-scopes"] == nil {
				t.Errorf("%s %s has no x-scopes", method, path)
			}
			for _, status := range []int{400, 401, 403, 429, 500, 503} {
				if status == 401 && o.Security != nil && len(*o.Security) == 0 { // needs no key
					continue
				}
				if o.Responses.Status(status) == nil {
					t.Errorf("%s %s does not document %d", method, path, status)
				}
			}
			if o.RequestBody != nil && (o.Responses.Status(413) == nil || o.Responses.Status(415) == nil) {
				t.Errorf("%s %s takes a body and does not document 413 and 415", method, path)
			}
		}
	}
}

func TestTheDefaultsAreTheDocuments(t *testing.T) {
	doc := load(t)
	for path, want := range map[string]int{"/v1/items": defaultItems, "/v1/subjects/{subjectId}/history": defaultHistory, "/v1/subjects/{subjectId}/receipts": defaultReceipts, "/v1/subjects/{subjectId}/looks": defaultLooks,
		"/v1/subjects/{subjectId}/events": defaultEvents, "/v1/requests": defaultQueue} {
		limit := doc.Paths.Value(path).Get.Parameters.GetByInAndName("query", "limit")
		if got := fmt.Sprint(limit.Schema.Value.Default); got != fmt.Sprint(want) {
			t.Errorf("%s: the document's default is %s, the handler's is %d", path, got, want)
		}
	}
}
