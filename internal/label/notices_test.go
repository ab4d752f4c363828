package label

import (
	"strings"
	"testing"
	"unicode"
)

func TestEverySensitiveClassHasItsQuestionInFiveLanguages(t *testing.T) {
	for _, class := range builtIn() {
		texts := Notice(class.Name)
		if class.Kind == Quality {
			continue
		}
		seen := map[string]bool{}
		for _, language := range []string{"en", "de", "fr", "es", "ar"} {
			said := Say(class.Name, language)
			if said == "" || said == class.Name && language != "en" {
				t.Errorf("%s has no words for %s", language, class.Name)
			}
			if !strings.Contains(texts[language], said) || strings.Contains(texts[language], "%!") || strings.Contains(texts[language], "%s") {
				t.Errorf("%s asks for %s: %q", language, class.Name, texts[language])
			}
			seen[texts[language]] = true
		}
		if len(seen) != 5 {
			t.Errorf("%s is asked for in %d languages", class.Name, len(seen))
		}
		if grade := readingGrade(texts["en"]); class.Kind == Sensitive && grade > 8 {
			t.Errorf("the question for %s reads like grade %.1f: %q", class.Name, grade, texts["en"])
		}
	}
	if Notice("an own class") != nil || Say("an own class", "de") != "an own class" {
		t.Error("a class of the operator's own is asked for in our words")
	}
}

// readingGrade is Flesch-Kincaid, as the catalogues of sentences are held to it.
func readingGrade(text string) float64 {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' })
	sentences := max(1, strings.Count(text, ".")+strings.Count(text, "?"))
	syllables := 0
	for _, word := range words {
		count, before := 0, false
		for _, r := range strings.ToLower(word) {
			vowel := strings.ContainsRune("aeiouy", r)
			if vowel && !before {
				count++
			}
			before = vowel
		}
		if strings.HasSuffix(word, "e") && !strings.HasSuffix(word, "le") {
			count--
		}
		syllables += max(count, 1)
	}
	return .39*float64(len(words))/float64(sentences) + 11.8*float64(syllables)/float64(len(words)) - 15.59
}
