package door

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tactful/tactful"
)

func TestParseJSONTakesWhatIsJSON(t *testing.T) {
	for text, want := range map[string]any{
		`null`: nil, ` true `: true, "\tfalse\r\n": false, `0`: 0.0, `-0.5e+3`: -500.0, `12E2`: 1200.0,
		`""`: "", `"a\"\\\/\b\f\n\r\t\u00fc\ud83d\ude00ü"`: "a\"\\/\b\f\n\r\tü😀ü", `[]`: []any{}, `{}`: map[string]any{},
		`[1,[2],{"a":{"b":null}}]`: []any{1.0, []any{2.0}, map[string]any{"a": map[string]any{"b": nil}}},
		`{"a":1,"A":2}`:            map[string]any{"a": 1.0, "A": 2.0},
	} {
		got, err := ParseJSON([]byte(text), 8)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, %v", text, got, err)
		}
	}
}

func TestParseJSONRefusesWhatCouldBeReadInTwoWays(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "a word": "nul", "an open list": "[1", "an open object": `{"a":1`, "a comma too many": "[1,]", "a key without quotes": "{a:1}",
		"the same key twice": `{"a":1,"b":2,"a":3}`, "the same key twice, once escaped": `{"a":1,"\u0061":2}`, "a second text": "1 2",
		"a leading zero": "01", "a hexadecimal number": "0x1", "an underscore": "1_0", "infinity": "1e999", "a lone sign": "-", "a bare point": "1.", "a bare exponent": "1e",
		"half a surrogate": `"\ud83d"`, "two high halves": `"\ud83d\ud83d"`, "a low half": `"\ude00"`, "a control character": "\"a\nb\"", "an unknown escape": `"\x41"`, "a short escape": `"\u00`,
		"bytes that are not UTF-8": "\"\xff\"", "the same behind an escape": "\"\\n\xff\"", "a lone quote": `"`, "a lone backslash": `"\`, "no colon": `{"a" 1}`, "a byte order mark": "\ufeff{}",
	} {
		_, err := ParseJSON([]byte(text), 8)
		var known *tactful.Error
		if !errors.As(err, &known) || known.Kind != tactful.Invalid || known.Field != "body" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseJSONBoundsDepthButNotLength(t *testing.T) {
	nest := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	if _, err := ParseJSON(nest(8), 8); err != nil {
		t.Error(err)
	}
	if _, err := ParseJSON(nest(9), 8); err == nil {
		t.Error("nine deep was taken")
	}
	flat := []byte("[" + strings.Repeat("[],{},", 1000) + "[]]")
	if _, err := ParseJSON(flat, 2); err != nil {
		t.Errorf("closed brackets count as open ones: %v", err)
	}
	if _, err := ParseJSON([]byte(strings.Repeat("[", 1<<20)), 32); err == nil {
		t.Error("a million brackets were taken")
	}
}

func TestDepthWithinLooksOutsideStringsOnly(t *testing.T) {
	for text, want := range map[string]bool{
		`[[]]`: true, `[[[]]]`: false, `["[[[\"[[["]`: true, `[],[],[]`: true, `"\\"[[[`: false, `"\`: true, `]]][[`: true,
	} {
		if got := DepthWithin([]byte(text), 2); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}

// FuzzParseJSON holds that ours takes nothing that the standard library
// refuses, reads it the same way, and refuses beyond that only what it says.
func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e-3,"x\u00e9\ud83d\ude00",true,null,{}]}`, `{"a":1,"a":2}`, `"\ud800"`, "[[[[", "\"\xff\"", `-0`, `1E400`, " \n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ParseJSON(text, 16)
		if DepthWithin(text, 16) == false && err == nil {
			t.Fatal("the two depth checks part ways")
		}
		var want any
		stdErr := json.Unmarshal(text, &want)
		if err == nil {
			if stdErr != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%q: ours %#v, standard %#v (%v)", text, got, want, stdErr)
			}
			return
		}
		stricter := !utf8.Valid(text) || bytes.Contains(text, []byte(`\u`)) || strings.Contains(err.Error(), "same key twice") || strings.Contains(err.Error(), "too deep")
		if stdErr == nil && !stricter {
			t.Fatalf("%q: refused without need: %v", text, err)
		}
	})
}
