package shop

import (
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/page"
)

func catalogue(t *testing.T) *page.Catalogue {
	t.Helper()
	c, err := page.Open(os.DirFS("messages"), "en")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var placeholder = regexp.MustCompile(`\{\d\}`)

func TestEveryLanguageHasTheSamePlaceholders(t *testing.T) {
	c := catalogue(t)
	if got := strings.Join(c.Languages(), " "); got != "en ar de es fr" {
		t.Errorf("languages: %s", got)
	}
	for _, key := range c.Keys("en") {
		en, err := c.Text("en", key)
		if err != nil {
			t.Fatal(err)
		}
		want := placeholder.FindAllString(en, -1)
		slices.Sort(want)
		for _, tag := range c.Languages() {
			other, err := c.Text(tag, key)
			if err != nil {
				t.Fatal(err)
			}
			got := placeholder.FindAllString(other, -1)
			slices.Sort(got)
			if !slices.Equal(got, want) || en != "" && other == "" {
				t.Errorf("%s in %s: %q for %q", key, tag, other, en)
			}
		}
	}
}

// TestNoSentenceIsLeftInEnglish: a text of five words and more that reads the
// same in two languages was not translated.
func TestNoSentenceIsLeftInEnglish(t *testing.T) {
	c := catalogue(t)
	for _, key := range c.Keys("en") {
		en, err := c.Text("en", key)
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range c.Languages()[1:] {
			other, err := c.Text(tag, key)
			if err != nil {
				t.Fatal(err)
			}
			if len(strings.Fields(en)) >= 5 && other == en {
				t.Errorf("%s in %s: %q", key, tag, other)
			}
		}
	}
}

// Keys that are put together at run time: one for each value of an enum.
func TestEveryValueHasItsWord(t *testing.T) {
	c := catalogue(t)
	var keys []string
	for a := range tactful.Actions {
		keys = append(keys, "action."+tactful.Action(a).String())
	}
	for l := tactful.LevelUnknown; l <= tactful.Full; l++ {
		keys = append(keys, "level."+l.String())
	}
	for o := tactful.OriginUnknown; o <= tactful.Match; o++ {
		keys = append(keys, "origin."+o.String())
	}
	for k := tactful.Internal; k <= tactful.Unavailable; k++ {
		keys = append(keys, "error."+k.String(), "error."+k.String()+".title")
	}
	for k := keptNobody; k <= keptYes; k++ {
		keys = append(keys, "view."+k.String(), "said.added."+k.String(), "said.removed."+k.String(), "said.bought."+k.String())
	}
	for _, key := range keys {
		if !c.Known(key) {
			t.Errorf("there is no text for %s", key)
		}
	}
}

// The texts are for everybody: at most school grade 8 by Flesch and Kincaid
// for each of at least six words, and at most 6 for all of them together.
func TestTextsAreEasyToRead(t *testing.T) {
	c := catalogue(t)
	var all []string
	for _, key := range c.Keys("en") {
		text, err := c.Text("en", key)
		if err != nil {
			t.Fatal(err)
		}
		text = placeholder.ReplaceAllString(text, "mug")
		if len(strings.Fields(text)) < 6 {
			continue
		}
		all = append(all, text)
		if g := grade(text); g > 8 {
			t.Errorf("%s reads at grade %.1f: %s", key, g, text)
		}
	}
	if g := grade(strings.Join(all, ". ")); g > 6 {
		t.Errorf("together they read at grade %.1f", g)
	}
}

// grade is the Flesch-Kincaid grade, with syllables counted as groups of vowels.
func grade(text string) float64 {
	sentences, words, syllables := 0, 0, 0
	for s := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(".?!:", r) }) {
		fields := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' })
		if len(fields) == 0 {
			continue
		}
		sentences++
		for _, w := range fields {
			words++
			syllables += vowelGroups(strings.ToLower(w))
		}
	}
	if words == 0 {
		return 0
	}
	return 0.39*float64(words)/float64(sentences) + 11.8*float64(syllables)/float64(words) - 15.59
}

func vowelGroups(word string) int {
	n, inside := 0, false
	for _, r := range word {
		vowel := strings.ContainsRune("aeiouy", r)
		if vowel && !inside {
			n++
		}
		inside = vowel
	}
	if strings.HasSuffix(word, "e") && !strings.HasSuffix(word, "le") || strings.HasSuffix(word, "ed") && !strings.HasSuffix(word, "ted") && !strings.HasSuffix(word, "ded") {
		n--
	}
	return int(math.Max(1, float64(n)))
}
