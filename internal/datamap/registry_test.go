package datamap

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful/engine"
)

// places are all places that the registry declares.
func places() map[string]bool {
	all := map[string]bool{}
	for _, d := range registry() {
		for _, p := range d.places {
			all[p] = true
		}
	}
	return all
}

// TestEveryStoredRowIsDeclared reads the source of the stores: each section of
// the storage contract, each State key and Log type of a subject's partition,
// and each partition of Duties must be a place in the registry.
func TestEveryStoredRowIsDeclared(t *testing.T) {
	declared := places()
	need := func(place, where string) {
		t.Helper()
		if !declared[place] {
			t.Errorf("%s stores rows at %q, which the data map does not declare: add the record to registry() in internal/datamap/registry.go", where, place)
		}
	}
	found := storedPlaces(t)
	for place, where := range found {
		need(place, where)
	}
	for _, d := range registry() {
		missing := slices.DeleteFunc(slices.Clone(d.places), func(place string) bool { return found[place] != "" || strings.HasPrefix(place, "file ") })
		switch {
		case len(missing) > 0 && d.waits == "":
			t.Errorf("the data map declares %s at %q, but nothing is stored there: take it out, or say what it waits for", d.name, missing)
		case len(missing) == 0 && d.waits != "":
			t.Errorf("%s is stored at %q, but the data map says that it waits for %s", d.name, d.places, d.waits)
		}
	}
	for _, least := range []string{"Subjects State 1", "Subjects State 2 1", "Subjects Log e", "Subjects Log r", "Duties tally", "House"} {
		if found[least] == "" {
			t.Errorf("the test did not find %q in the source: it looks at the wrong place", least)
		}
	}
}

var (
	duty    = regexp.MustCompile(`Section: store\.Duties, ID: \[16\]byte\{([^}]*)\}`)
	section = regexp.MustCompile(`Section: store\.(\w+)`)
	letter  = regexp.MustCompile(`'(.)'`)
	copied  = regexp.MustCompile(`Section: store\.Duties\}\n\s*copy\(p\.ID\[:\], "([^"]+)"\)`)
)

// storedPlaces finds where rows are stored, by the shape of the code.
func storedPlaces(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	root := filepath.Join("..", "..")
	sections := constants(t, filepath.Join(root, "store", "store.go"), "Section")
	for _, room := range []string{"engine", "internal/records", "internal/access", "internal/catalog", "internal/ledger", "internal/vault", "internal/forgotten"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(room), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, m := range section.FindAllStringSubmatch(read(t, file), -1) {
				switch _, known := sections[m[1]]; {
				case !known || m[1] == "Subjects" || m[1] == "Aliases" || m[1] == "Duties": // told apart by key
				default:
					found[m[1]] = file
				}
			}
		}
	}
	dir := filepath.Join(root, "internal", "records")
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	stateKey := regexp.MustCompile(`(?m)^\s*(?:var )?(\w+Key)\s*=\s*\[\]byte\{(\d+(?:, \d+)*)\}`)
	logType := regexp.MustCompile(`(?m)^\s*(?:const )?(\w+Type)\s*(?:byte)?\s*=\s*'(.)'`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text := read(t, file)
		for _, m := range stateKey.FindAllStringSubmatch(text, -1) {
			if m[1] == "aliasRefKey" {
				found["Aliases State "+m[2]] = file
				continue
			}
			found["Subjects State "+strings.ReplaceAll(m[2], ",", "")] = file
		}
		for _, m := range logType.FindAllStringSubmatch(text, -1) {
			switch m[1] {
			case "markType", "pendingType", "releaseType": // in Duties and in the ledger's section
				continue
			}
			found["Subjects Log "+m[2]] = file
		}
	}
	for _, room := range []string{"engine", "internal/records", "internal/access", "internal/catalog", "internal/ledger"} {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(room), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text := read(t, file)
			for _, m := range duty.FindAllStringSubmatch(text, -1) {
				var name strings.Builder
				for _, l := range letter.FindAllStringSubmatch(m[1], -1) {
					name.WriteString(l[1])
				}
				found["Duties "+name.String()] = file
			}
			for _, m := range copied.FindAllStringSubmatch(text, -1) {
				found["Duties "+m[1]] = file
			}
		}
	}
	return found
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// constants returns the constants of a type in a file, with their values.
func constants(t *testing.T, file, typeName string) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if ident, ok := spec.Type.(*ast.Ident); ok && ident.Name == typeName {
			if value, ok := spec.Values[0].(*ast.BasicLit); ok {
				out[spec.Names[0].Name] = value.Value
			}
		}
		return true
	})
	if len(out) < 5 {
		t.Fatalf("only %d constants of %s in %s: the test looks at the wrong place", len(out), typeName, file)
	}
	return out
}

// TestEveryFieldIsDeclared goes through the types that rows are made of.
func TestEveryFieldIsDeclared(t *testing.T) {
	fields := 0
	for _, d := range registry() {
		declared := map[string]bool{}
		for _, f := range d.fields {
			if declared[f.name] {
				t.Errorf("%s declares %s twice", d.name, f.name)
			}
			declared[f.name] = true
			if english(f.label) == "" {
				t.Errorf("%s.%s has no plain name: add label.%s to the message catalogues", d.name, f.name, f.label)
			}
		}
		real := map[string]bool{}
		for _, typ := range d.types {
			for _, path := range leaves(typ, "") {
				real[path] = true
				fields++
				if !declared[path] && !slices.Contains(d.skip, path) {
					t.Errorf("%v has a field %s, which the data map does not declare for record %q: say what it is in internal/datamap/registry.go", typ, path, d.name)
				}
			}
		}
		if len(d.types) > 0 {
			for _, skipped := range d.skip {
				if !real[skipped] {
					t.Errorf("%s skips %s, which is no field any more", d.name, skipped)
				}
			}
		}
	}
	if fields < 80 {
		t.Errorf("only %d fields were looked at", fields)
	}
}

// leaves are the paths of all exported fields of a type, nested ones with their
// path. A map or list of something is that something.
func leaves(typ reflect.Type, prefix string) []string {
	var out []string
	for i := range typ.NumField() {
		field := typ.Field(i)
		if !field.IsExported() {
			continue
		}
		inner := field.Type
		for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Map || inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[time.Time]() {
			out = append(out, leaves(inner, prefix+field.Name+".")...)
			continue
		}
		out = append(out, prefix+field.Name)
	}
	return out
}

func TestTheWalkOverTypesFindsAPlantedField(t *testing.T) {
	type inner struct{ Secret string }
	type planted struct {
		Known string
		Deep  map[string][]inner
		When  time.Time
	}
	if got := leaves(reflect.TypeFor[planted](), ""); !slices.Equal(got, []string{"Known", "Deep.Secret", "When"}) {
		t.Errorf("got %v", got)
	}
}

func TestEveryFieldHasPurposeSourceTermAndCategory(t *testing.T) {
	cfg := rich(t)
	seen := map[string]bool{}
	for _, r := range Of(cfg).Records {
		if seen[r.Name] {
			t.Errorf("%s stands twice", r.Name)
		}
		seen[r.Name] = true
		if r.Means == "" || r.About == "" || len(r.Places) == 0 || len(r.Fields) == 0 {
			t.Errorf("%s is not whole: %+v", r.Name, r)
		}
		for _, f := range r.Fields {
			if f.Means == "" || f.Category == "" || f.Origin == "" || len(f.Purposes) == 0 || len(f.Keep) == 0 {
				t.Errorf("%s.%s is not whole: %+v", r.Name, f.Name, f)
			}
			for _, k := range f.Keep {
				if timed := k.Until == Term || k.Until == Closed; k.Until == "" || timed != (k.For > 0) || timed && k.Setting == "" {
					t.Errorf("%s.%s: %+v is no term", r.Name, f.Name, k)
				}
			}
		}
	}
}

func TestRecipientsGetOnlyRecordsThatExist(t *testing.T) {
	cfg := rich(t)
	if err := Check(cfg); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"events", "api_key", "item"} {
		cfg.Parties.Recipients[0].Records = []string{"event", wrong}
		if err := Check(cfg); err == nil || !strings.Contains(err.Error(), "recipients["+strconv.Itoa(0)+"].records") {
			t.Errorf("%s is accepted: %v", wrong, err)
		}
	}
	r, _ := Of(rich(t)).Record("event")
	if !slices.Equal(r.Recipients, []string{"Post House"}) {
		t.Errorf("event goes to %v", r.Recipients)
	}
	var plain engine.Config
	plain.Defaults()
	for _, r := range Of(&plain).Records {
		if len(r.Recipients) > 0 {
			t.Errorf("by default %s goes to %v", r.Name, r.Recipients)
		}
	}
}
