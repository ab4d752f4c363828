package page

import (
	"testing"
	"testing/fstest"
)

func texts(en, ar string) fstest.MapFS {
	return fstest.MapFS{"en.json": {Data: []byte(en)}, "ar.json": {Data: []byte(ar)}}
}

func TestLanguagesWithDifferentKeysAreRefused(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"a key too few":  texts(`{"a":"x","b":"y"}`, `{"a":"x"}`),
		"a key too many": texts(`{"a":"x"}`, `{"a":"x","b":"y"}`),
		"no fallback":    {"de.json": {Data: []byte(`{}`)}},
		"no JSON":        texts(`{`, `{}`),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Open(files, "en"); err == nil {
				t.Error("was taken")
			}
		})
	}
}

func TestTextPutsArgumentsInPlace(t *testing.T) {
	c, err := Open(texts(`{"two":"{2} and {1}"}`, `{"two":"{2} و {1}"}`), "en")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Text("en", "two", "mug", "cup"); err != nil || got != "cup and mug" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := c.Text("ar", "two", "mug", "cup"); err != nil || got != "\u2068cup\u2069 و \u2068mug\u2069" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := c.Text("en", "three"); err == nil {
		t.Error("a text that is not there was found")
	}
	if c.Match("ar-EG,en;q=0.5") != "ar" || c.Match("fr") != "en" || c.Match("%%%") != "en" {
		t.Error("languages are matched wrongly")
	}
}
