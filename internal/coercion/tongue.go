package coercion

import (
	"slices"
	"strings"
	"unicode"
)

// readable are the languages whose pressing copy the model and the rules have been
// measured on. What is said in another one was read by nobody, whatever the score.
var readable = []string{"en", "de"}

// unreadWords stands in for calmer words where the reader cannot read.
const unreadWords = "Copy in this language is not read for pressure: a person who reads it decides."

// Knows reports whether the reader knows a language.
func Knows(language string) bool {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	return slices.Contains(readable, base)
}

// Foreign reports whether a text is in a language that the reader does not know: by
// the language that it is said to be in, where that is given, or by its own letters
// and small words, so that a wrong tag is no way around.
func Foreign(text, language string) bool {
	if language != "" && !Knows(language) {
		return true
	}
	letters, others := 0, 0
	for _, r := range normal(text) {
		if unicode.IsLetter(r) {
			if letters++; r > unicode.MaxLatin1 && !unicode.Is(unicode.Latin, r) {
				others++
			}
		}
	}
	if others*5 > letters {
		return true
	}
	far, near := 0, 0
	for _, w := range words(normal(text)) {
		switch {
		case nearWords[w]:
			near++
		case farWords[w]:
			far++
		}
	}
	if strings.ContainsAny(text, "¿¡ñçœãõêèàùìòÑÇŒÃÕÊÈÀÙ") {
		far++
	}
	return far >= 2 && far > near
}

// Small words of English and German, and of languages written alike that are neither,
// in the normal form, none in both lists.
var (
	nearWords = tongueWords(`i my me do no so us they them there because already any only just but the and of to is are for with you your our from by on at it this that be we not or if how what when who have has will can all new more out up
		du dich dir es ich mein man als so der die das und ist sind fur mit sie ihr ihre unser unsere von vom zum zur im auf ein eine einen nicht oder wenn wie was wir den dem aus bei auch noch nur sich haben wird`)
	farWords = tongueWords(`le la les des et est sont pour avec vous votre vos notre nos sur une dans que qui pas ne ce cette ces ou au aux plus tout tous chez deux il elle nous je
		el los las y son para con usted su sus nuestro nuestra por unos unas en del al lo se te tu esta este estos muy mas todo solo dos hoy ya
		il gli di e sono per con voi tuo tua suo nostra nostro sul una nel che chi non questo questa piu tutto solo della delle degli dei oggi
		o os as um uma nao mais voce seu sua nosso para hoje com em na dos
		het een van en met voor jouw uw onze op niet deze dit zijn naar ook nog
		w na z nie dla jest och att det som pa ar av til og ikke vi ve bir icin ile bu`)
)

func tongueWords(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}
