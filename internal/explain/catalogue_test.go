package explain

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/tactful/tactful"
)

func explainer(t testing.TB) *Explainer {
	t.Helper()
	e, err := New("", 20)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

func TestAllCataloguesHaveTheSameKeysAndPlaceholders(t *testing.T) {
	e := explainer(t)
	if got := strings.Join(e.Languages(), " "); got != "en ar de es fr" {
		t.Fatalf("languages: %s", got)
	}
	first := e.all[0]
	for _, other := range e.all[1:] {
		for _, key := range slices.Sorted(maps.Keys(first.Messages)) {
			text, there := other.Messages[key]
			if !there {
				t.Errorf("%s has no %s", other.Language, key)
				continue
			}
			want, got := placeholder.FindAllString(first.Messages[key], -1), placeholder.FindAllString(text, -1)
			if !slices.Equal(want, got) {
				t.Errorf("%s %s: placeholders %v, want %v", other.Language, key, got, want)
			}
		}
		for key := range other.Messages {
			if _, there := first.Messages[key]; !there {
				t.Errorf("%s has %s, which %s has not", other.Language, key, first.Language)
			}
		}
	}
}

func TestEveryMessageIsPlainCoarseText(t *testing.T) {
	for _, c := range explainer(t).all {
		if c.Direction != "ltr" && c.Direction != "rtl" || c.Name == "" {
			t.Errorf("%s has no direction or name", c.Language)
		}
		for key, text := range c.Messages {
			if text == "" || text != strings.TrimSpace(text) || !strings.HasSuffix(text, ".") {
				t.Errorf("%s %s is not a sentence: %q", c.Language, key, text)
			}
			if strings.ContainsAny(text, "<>&") || strings.ContainsFunc(text, unicode.IsControl) {
				t.Errorf("%s %s is not plain text: %q", c.Language, key, text)
			}
			if strings.ContainsFunc(text, unicode.IsDigit) {
				t.Errorf("%s %s names a number: %q", c.Language, key, text)
			}
			names := placeholder.FindAllString(text, -1)
			if len(names) > 1 || len(names) == 1 && names[0] != "{item}" && names[0] != "{category}" {
				t.Errorf("%s %s names more than one thing: %q", c.Language, key, text)
			}
			coarse := strings.HasPrefix(key, "coarse.") || key == "match.coarse"
			if coarse && !slices.Equal(names, []string{"{category}"}) {
				t.Errorf("%s %s does not name the category alone: %q", c.Language, key, text)
			}
			if strings.HasPrefix(key, "neutral.") && len(names) > 0 {
				t.Errorf("%s %s names something: %q", c.Language, key, text)
			}
		}
	}
}

// TestEveryGuardIsToldToTheCustomer reads the guards' names from their files:
// stages do not import each other.
func TestEveryGuardIsToldToTheCustomer(t *testing.T) {
	files, err := filepath.Glob("../guard/*.go")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`Name\(\) string\s*\{ return "([a-z]+)" \}`)
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range name.FindAllStringSubmatch(string(text), -1) {
			found++
			for _, key := range []string{"promise." + match[1], "leftout." + match[1]} {
				if explainer(t).all[0].Messages[key] == "" {
					t.Errorf("guard %s has no %s: write it in all message catalogues", match[1], key)
				}
			}
		}
	}
	if found < 5 {
		t.Fatalf("only %d guards found: the test looks at the wrong place", found)
	}
}

// TestEnglishReadsLikeGradeEight counts Flesch-Kincaid over each sentence with
// a short name in its place.
func TestEnglishReadsLikeGradeEight(t *testing.T) {
	for key, text := range explainer(t).all[0].Messages {
		text = placeholder.ReplaceAllString(text, "lamp")
		if grade := readingGrade(text); grade > 8 {
			t.Errorf("%s reads like grade %.1f: %q", key, grade, text)
		}
	}
}

func TestTheReadingGradeCanTellTextsApart(t *testing.T) {
	if grade := readingGrade("The cat sat on the mat."); grade > 2 {
		t.Errorf("an easy sentence reads like grade %.1f", grade)
	}
	hard := "Recommendations originate from algorithmically determined behavioural correlations between considerable numbers of participating customers."
	if grade := readingGrade(hard); grade < 14 {
		t.Errorf("a hard sentence reads like grade %.1f", grade)
	}
}

// readingGrade is Flesch-Kincaid: .39 words per sentence + 11.8 syllables per word - 15.59.
func readingGrade(text string) float64 {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' })
	sentences := max(1, strings.Count(text, ".")+strings.Count(text, "?")+strings.Count(text, "!"))
	syllables := 0
	for _, word := range words {
		syllables += syllablesOf(strings.ToLower(word))
	}
	return .39*float64(len(words))/float64(sentences) + 11.8*float64(syllables)/float64(len(words)) - 15.59
}

func syllablesOf(word string) int {
	count, before := 0, false
	for _, r := range word {
		vowel := strings.ContainsRune("aeiouy", r)
		if vowel && !before {
			count++
		}
		before = vowel
	}
	if strings.HasSuffix(word, "e") && !strings.HasSuffix(word, "le") {
		count--
	}
	return max(count, 1)
}

func TestLanguages(t *testing.T) {
	e := explainer(t)
	for tag, want := range map[string]string{
		"": "en", "en": "en", "en-GB": "en", "de": "de", "de-AT": "de", "gsw": "de", "ar": "ar", "ar-EG": "ar", "ar-Latn": "ar",
		"zh-Hant": "en", "tlh": "en", "not a tag!": "en", "de_DE": "de", "fr-CA": "fr", "es-MX": "es",
	} {
		if got := e.in(tag).Language; got != want {
			t.Errorf("%q is answered in %s, want %s", tag, got, want)
		}
	}
	for tag, want := range map[string]bool{"en": true, "en-GB": true, "de-AT": true, "ar": true, "tlh": false, "zh-Hant": false, "": false, "EN": true} {
		if e.Speaks(tag) != want {
			t.Errorf("speaks %q: %v", tag, !want)
		}
	}
	german, err := New("de", 20)
	if err != nil {
		t.Fatal(err)
	}
	if got := german.in("xx").Language; got != "de" {
		t.Errorf("the fallback is %s", got)
	}
	if _, err := New("tlh", 20); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("a fallback without a catalogue: %v", err)
	}
}

func TestNamesInSentences(t *testing.T) {
	e := explainer(t)
	en, ar := e.in("en"), e.in("ar")
	if got := en.say("because.purchased", "Lamp"); got != "Because you bought “Lamp”." {
		t.Errorf("got %q", got)
	}
	if got := ar.say("because.purchased", "Lamp"); !strings.Contains(got, "«\u2068Lamp\u2069»") {
		t.Errorf("a Latin name in Arabic is not isolated: %q", got)
	}
	if got := en.say("because.purchased", "مصباح"); !strings.Contains(got, "“\u2068مصباح\u2069”") {
		t.Errorf("an Arabic name in English is not isolated: %q", got)
	}
	if got := en.say("because.purchased", "{item} {category}"); got != "Because you bought “{item} {category}”." {
		t.Errorf("a name was read as a placeholder: %q", got)
	}
	long := en.say("because.purchased", strings.Repeat("ä", 200))
	if n := strings.Count(long, "ä"); n != nameRunes || !strings.Contains(long, "…") {
		t.Errorf("a long name has %d letters left: %q", n, long)
	}
}
