package page

import (
	"slices"
	"testing"
	"testing/fstest"
	"time"
)

func TestEveryLanguageHasItsOwnPluralForms(t *testing.T) {
	for tag, want := range map[string][]string{
		"en": {"one", "other"}, "de": {"one", "other"}, "fr": {"one", "other"}, "es": {"one", "other"},
		"ar": {"few", "many", "one", "other", "two", "zero"},
	} {
		if got := forms(tag); !slices.Equal(got, want) {
			t.Errorf("%s: %v", tag, got)
		}
	}
	for _, c := range []struct {
		tag  string
		n    int
		form string
	}{{"en", 0, "other"}, {"en", 1, "one"}, {"fr", 0, "one"}, {"ar", 0, "zero"}, {"ar", 2, "two"}, {"ar", 10, "few"}, {"ar", 11, "many"}, {"ar", 100, "other"}, {"ar", 103, "few"}} {
		if got := form(c.tag, c.n); got != c.form {
			t.Errorf("%s %d: %s, want %s", c.tag, c.n, got, c.form)
		}
	}
}

func TestCountTakesTheFormOfTheNumber(t *testing.T) {
	c, err := Open(fstest.MapFS{
		"en.json": {Data: []byte(`{"n#one":"{1} thing of {2}","n#other":"{1} things of {2}"}`)},
		"ar.json": {Data: []byte(`{"n#zero":"z","n#one":"o","n#two":"t","n#few":"{1} f","n#many":"m","n#other":"x"}`)},
	}, "en")
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]string{0: "0 things of 9", 1: "1 thing of 9", 1234: "1,234 things of 9"} {
		if got, err := c.Count("en", "n", n, 9); err != nil || got != want {
			t.Errorf("%q, %v", got, err)
		}
	}
	if got, err := c.Count("ar", "n", 5); err != nil || got != "\u2068٥\u2069 f" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAPluralFormTooFewOrTooManyIsRefused(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"too few":   {"en.json": {Data: []byte(`{"n#one":"x"}`)}},
		"too many":  {"en.json": {Data: []byte(`{"n#one":"x","n#other":"x","n#few":"x"}`)}},
		"none in a": {"en.json": {Data: []byte(`{"n#one":"x","n#other":"x"}`)}, "ar.json": {Data: []byte(`{"n":"x"}`)}},
	} {
		if _, err := Open(files, "en"); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestDatesAreWrittenAsTheLanguageDoes(t *testing.T) {
	day := time.Date(2026, 3, 1, 9, 5, 0, 0, time.UTC)
	for tag, want := range map[string]string{
		"en": "1 March 2026", "de": "1. März 2026", "fr": "1er mars 2026", "es": "1 de marzo de 2026", "ar": "١ مارس ٢٠٢٦", "xx": "2026-03-01",
	} {
		if got := Date(tag, day); got != want {
			t.Errorf("%s: %q", tag, got)
		}
	}
	if got := Moment("en", day); got != "1 March 2026, 09:05 UTC" {
		t.Errorf("%q", got)
	}
	if got := Moment("ar", day); got != "١ مارس ٢٠٢٦، ٠٩:٠٥ UTC" {
		t.Errorf("%q", got)
	}
	if Date("en", time.Time{}) != "" || Moment("en", time.Time{}) != "" {
		t.Error("no day has words")
	}
}
