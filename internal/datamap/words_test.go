package datamap

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/ingest"
)

var placeholder = regexp.MustCompile(`\{\d\}`)

func TestEveryLanguageSaysEverything(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("messages", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(Languages()) || Languages()[0] != fallback {
		t.Fatalf("%d files, languages %v", len(files), Languages())
	}
	plain := in(fallback).Messages
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		w := new(words)
		if err := json.Unmarshal(text, w); err != nil || in(w.Language).Language != w.Language {
			t.Fatalf("%s cannot be used: %v", file, err)
		}
		if w.Name == "" || w.Right != (w.Language == "ar") || w.Reviewed != (w.Language == fallback) {
			t.Errorf("%s: name %q, right to left %v, reviewed %v", file, w.Name, w.Right, w.Reviewed)
		}
		for _, key := range slices.Sorted(maps.Keys(plain)) {
			if w.Messages[key] == "" {
				t.Errorf("%s lacks %q", file, key)
			}
			want, got := placeholder.FindAllString(plain[key], -1), placeholder.FindAllString(w.Messages[key], -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%s: %s has the places %v, want %v", file, key, got, want)
			}
		}
		for key := range w.Messages {
			if _, ok := plain[key]; !ok {
				t.Errorf("%s has %q, which English has not", file, key)
			}
		}
	}
}

// TestEveryMessageThatTheCodeNamesIsThere covers the keys that are put together.
func TestEveryMessageThatTheCodeNamesIsThere(t *testing.T) {
	var keys []string
	for _, r := range registry() {
		if r.about == Person {
			keys = append(keys, "record."+r.name)
		}
	}
	for _, u := range []Until{Term, Closed, Leave, Erased, WithYes, WithEvent, Replaced, Done, Revoked, Stays, WithTerm} {
		keys = append(keys, "keep."+string(u))
	}
	for _, o := range []Origin{FromPerson, FromUse, FromEngine, FromBusiness} {
		keys = append(keys, "origin."+string(o))
	}
	var cfg ingest.Config
	cfg.Defaults()
	for action := range cfg.Retention {
		keys = append(keys, "action."+action)
	}
	for _, form := range []ingest.PropertyForm{ingest.Word, ingest.Number, ingest.Flag} {
		keys = append(keys, "property.form."+string(form))
	}
	for _, key := range keys {
		if !in(fallback).has(key) {
			t.Errorf("there is no text for %s", key)
		}
	}
}

// TestNoticesAreEasyToRead holds each English line of at least six words to
// school grade 8 by Flesch and Kincaid, and a whole document to 6.
func TestNoticesAreEasyToRead(t *testing.T) {
	var cfg engine.Config
	cfg.Defaults()
	m := Of(&cfg)
	for _, d := range []*Document{m.Notice("en"), m.HowItWorks("en")} {
		var all []string
		for _, l := range d.Lines() {
			if len(strings.Fields(l.Text)) < 6 || strings.HasPrefix(l.ID, "purposes.") && strings.HasSuffix(l.ID, ".text") {
				continue // the question itself is the consent stage's text, quoted
			}
			all = append(all, l.Text)
			if g := grade(l.Text); g > 8 {
				t.Errorf("%s reads at grade %.1f: %s", l.ID, g, l.Text)
			}
		}
		if len(all) < 20 {
			t.Fatalf("only %d lines of %s were measured", len(all), d.Kind)
		}
		whole := grade(strings.Join(all, " "))
		t.Logf("%s: grade %.1f over %d lines", d.Kind, whole, len(all))
		if whole > 6 {
			t.Errorf("%s as a whole reads at grade %.1f", d.Kind, whole)
		}
	}
	if g := grade("The aforementioned personalization methodology necessitates unambiguous authorization notwithstanding contradictory jurisdictional considerations."); g < 12 {
		t.Errorf("hard words measure %.1f: the measure measures nothing", g)
	}
}

// grade is the Flesch-Kincaid grade, with syllables counted as groups of vowels.
// A list counts as one sentence for each of its parts, as it is read.
func grade(text string) float64 {
	sentences, all, syllables := 0, 0, 0
	for s := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(".?!:;", r) }) {
		fields := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '’' })
		if len(fields) == 0 {
			continue
		}
		sentences++
		if strings.Count(s, ",") > 3 {
			sentences += strings.Count(s, ",") / 3
		}
		for _, w := range fields {
			all++
			inside := false
			for _, r := range strings.ToLower(w) {
				vowel := strings.ContainsRune("aeiouy", r)
				if vowel && !inside {
					syllables++
				}
				inside = vowel
			}
		}
	}
	if all == 0 {
		return 0
	}
	return 0.39*float64(all)/float64(sentences) + 11.8*float64(syllables)/float64(all) - 15.59
}
