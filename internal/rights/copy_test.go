package rights

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// filled sets every field of a value to something, lists to one entry.
func filled(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(noon.Add(time.Duration(*n) * time.Second)))
			return
		}
		for i := range v.NumField() {
			filled(v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		filled(v.Index(0), n)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		value := reflect.New(v.Type().Elem()).Elem()
		filled(value, n)
		v.SetMapIndex(reflect.ValueOf("name"), value)
	case reflect.String:
		v.SetString(strings.Repeat("x", *n%7+1))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(float64(*n) / 8)
	case reflect.Uint32:
		v.SetUint(uint64(*n))
	default:
		v.SetInt(int64(*n))
	}
}

func everything() *Copy {
	c, n := &Copy{}, 0
	filled(reflect.ValueOf(c).Elem(), &n)
	return c
}

// leaves counts the values of a JSON document.
func leaves(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		for _, inner := range v {
			n += leaves(inner)
		}
	case []any:
		for _, inner := range v {
			n += leaves(inner)
		}
	default:
		n = 1
	}
	return n
}

func TestTheTableAndThePageHoldWhatTheDocumentHolds(t *testing.T) {
	c := everything()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	want := 0
	for name, section := range document {
		if _, ok := section.([]any); ok && name != "explained" {
			want += leaves(section)
		}
	}
	flat := c.Flatten()
	if len(flat) != want || want < 90 {
		t.Errorf("%d values in the document, %d in the table", want, len(flat))
	}
	var table, page bytes.Buffer
	if err := c.WriteCSV(&table); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil || len(rows) < want {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	for _, language := range Languages() {
		page.Reset()
		if err := c.WriteHTML(&page, language); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(page.String(), "<td><bdi>"); n != want {
			t.Errorf("%s: %d values on the page, want %d", language, n, want)
		}
	}
}

func TestEveryLanguageHasEveryWord(t *testing.T) {
	first, err := wordsOf("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range Languages() {
		w, err := wordsOf(tag)
		if err != nil || len(w.Messages) != len(first.Messages) {
			t.Errorf("%s: %d words, %v", tag, len(w.Messages), err)
		}
		for key := range first.Messages {
			if strings.TrimSpace(w.Messages[key]) == "" {
				t.Errorf("%s lacks %s", tag, key)
			}
		}
		names, _ := sections()
		for _, name := range names {
			if w.Messages["section."+name] == "" {
				t.Errorf("%s has no heading for %s", tag, name)
			}
		}
		if w.Reviewed != (tag == "en") {
			t.Errorf("%s is marked as reviewed by somebody whose language it is", tag)
		}
	}
	for wish, want := range map[string]string{"de-AT": "de", "pt": "en", "": "en", "ar-EG": "ar", "x": "en"} {
		if got := MatchLanguage(wish); got != want {
			t.Errorf("%q: %s", wish, got)
		}
	}
}

func TestCellsThatASpreadsheetWouldRun(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "plain": "plain", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "\rx": "'\rx", "\nx": "'\nx",
		"＝1": "'＝1", "＠x": "'＠x", "a=1": "a=1", "'=1": "'=1", "\"=1": "\"=1",
	} {
		if got := Harmless(cell); got != want {
			t.Errorf("%q became %q", cell, got)
		}
	}
}

func TestEachValueIsExplainedByItsPath(t *testing.T) {
	c := &Copy{Explained: []Explained{
		{Record: "receipt", Fields: []ExplainedField{{Name: "Evidence.Item", Means: "which thing"}, {Name: "Shown.Reason.Items", Means: "what it rests on"}}},
		{Record: "panel", Fields: []ExplainedField{{Name: "Panel.gender", Means: "your gender"}}},
		{Record: "preferences", Fields: []ExplainedField{{Name: "Topics", Means: "topics"}}},
	}}
	explain := c.explainer()
	for at, want := range map[[2]string]string{
		{"receipt", "evidence.3.item"}: "which thing", {"receipt", "shown.1.reason.items.2"}: "what it rests on", {"panel", "gender"}: "your gender",
		{"preferences", "topics.Garden/Tools"}: "topics", {"receipt", "shown.1.item"}: "", {"none", "x"}: "",
	} {
		if got := explain.means(at[0], at[1]); got != want {
			t.Errorf("%v: %q", at, got)
		}
	}
}

func FuzzReadPortable(f *testing.F) {
	p := PortableOf(everything())
	var text bytes.Buffer
	if err := p.Write(&text); err != nil {
		f.Fatal(err)
	}
	f.Add(text.Bytes())
	f.Add([]byte(`{"format":"tactful-portable/1"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ReadPortable(bytes.NewReader(text))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if p.Write(&again) != nil {
			return // a year that JSON cannot write
		}
		q, err := ReadPortable(&again)
		if err != nil || !reflect.DeepEqual(p, q) && q.Format != p.Format {
			t.Fatalf("%v", err)
		}
	})
}
