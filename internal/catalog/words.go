package catalog

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// tokenize appends the words of a text, folded: without case, accents,
// apostrophes and a plural s. Writing without spaces between words (Chinese,
// Thai) stays one word, which a prefix still finds.
func tokenize(dst []string, text string) []string {
	text = fold(text)
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		dst = append(dst, singular(word))
	}
	return dst
}

// singular takes off an English plural s; both sides of a comparison lose it,
// so that a wrong guess only joins two words.
func singular(word string) string {
	if len(word) > 3 && word[len(word)-1] == 's' && word[len(word)-2] != 's' {
		return word[:len(word)-1]
	}
	return word
}

func fold(text string) string {
	plain := true
	for i := range len(text) {
		if text[i] >= 0x80 || text[i] == '\'' {
			plain = false
			break
		}
	}
	if plain {
		return strings.ToLower(text)
	}
	folded := cases.Fold().String(norm.NFKD.String(text))
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || r == '\'' || r == '\u2019' {
			return -1
		}
		return r
	}, folded)
}

// Words appends the words of a text as search compares them: folded, without
// case, accents, apostrophes and a plural s.
func Words(dst []string, text string) []string { return tokenize(dst, text) }
