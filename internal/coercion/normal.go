package coercion

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxText bounds what is read of one text, in bytes. Copy for a creative is far
// shorter; what lies beyond is a reason to refuse and not to read on.
const MaxText = 16 << 10

// Normal writes a text as the reader sees it, for whoever looks for words in it.
func Normal(text string) string { return normal(text) }

// Undisguised is Normal with digits inside words as the letters they stand in for.
func Undisguised(text string) string {
	runes := []rune(text)
	for i, r := range runes {
		near := i > 0 && unicode.IsLetter(runes[i-1]) || i+1 < len(runes) && unicode.IsLetter(runes[i+1])
		if as := strings.IndexRune("0134578", r); as >= 0 && near {
			runes[i] = rune("oieastb"[as])
		}
	}
	return normal(string(runes))
}

// normal writes a text as the reader sees it: one alphabet, one case, one kind of
// space, numbers without their value. What a person reads the same must come out
// the same, or a look-alike letter would be a way around.
func normal(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	gap := true
	for _, r := range norm.NFKD.String(text) {
		r = unicode.ToLower(r)
		if plain, ok := lookalike[r]; ok {
			r = plain
		}
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError:
			continue // accents and invisible characters
		case unicode.IsDigit(r):
			r = '0'
		case unicode.IsSpace(r) || r == '_':
			r = ' '
		case unicode.Is(unicode.Pd, r):
			r = '-'
		case r == '’' || r == '‘' || r == '`' || r == '´':
			r = '\''
		}
		if r == ' ' {
			if !gap {
				b.WriteByte(' ')
			}
			gap = true
			continue
		}
		gap = false
		b.WriteRune(r)
	}
	return unspaced(strings.TrimSuffix(b.String(), " "))
}

// lookalike maps letters of other alphabets that are drawn like Latin ones (from
// Unicode TR 39's confusables, the lower-case ones that occur in fonts).
var lookalike = map[rune]rune{
	'а': 'a', 'в': 'b', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'ё': 'e', 'һ': 'h', 'і': 'i', 'ї': 'i', 'ј': 'j', 'к': 'k', 'ӏ': 'l', 'м': 'm', 'н': 'h', 'о': 'o', 'р': 'p',
	'ԛ': 'q', 'г': 'r', 'ѕ': 's', 'т': 't', 'у': 'y', 'ү': 'y', 'ѵ': 'v', 'ԝ': 'w', 'х': 'x', 'ʜ': 'h', 'п': 'n', 'и': 'u',
	'α': 'a', 'β': 'b', 'ϲ': 'c', 'ε': 'e', 'η': 'n', 'ι': 'i', 'κ': 'k', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'σ': 'o', 'τ': 't', 'υ': 'u', 'χ': 'x', 'γ': 'y', 'ω': 'w', 'ϳ': 'j',
	'ı': 'i', 'ɩ': 'i', 'ɡ': 'g', 'ո': 'n', 'օ': 'o', 'ս': 'u', 'հ': 'h', 'ց': 'g', 'զ': 'q',
	'ꜱ': 's', 'ʏ': 'y', 'ʟ': 'l', 'ɴ': 'n', 'ɪ': 'i', 'ʀ': 'r', 'ᴀ': 'a', 'ᴄ': 'c', 'ᴅ': 'd', 'ᴇ': 'e', 'ᴏ': 'o', 'ᴘ': 'p', 'ᴛ': 't', 'ᴜ': 'u', 'ᴠ': 'v', 'ᴡ': 'w', 'ᴋ': 'k', 'ᴍ': 'm', 'ᴊ': 'j', 'ɢ': 'g', 'ʙ': 'b', 'ғ': 'f',
	'ø': 'o', 'đ': 'd', 'ł': 'l', 'ß': 's', '¡': 'i',
}

// unspaced joins words that were written letter by letter ("o n l y").
func unspaced(text string) string {
	words := strings.Split(text, " ")
	var out []string
	for i := 0; i < len(words); {
		j := i
		for j < len(words) && utf8.RuneCountInString(words[j]) == 1 && isLetter(words[j]) {
			j++
		}
		if j-i >= 3 {
			out = append(out, strings.Join(words[i:j], ""))
			i = j
			continue
		}
		out = append(out, words[i])
		i++
	}
	return strings.Join(out, " ")
}

func isLetter(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.IsLetter(r)
}

// words cuts a normal text into words: runs of letters with apostrophes inside,
// numbers as one "0", and each mark of punctuation that presses by itself.
func words(text string) []string {
	var out []string
	from := -1
	end := func(i int) {
		if from >= 0 {
			out = append(out, strings.Trim(text[from:i], "'"))
			from = -1
		}
	}
	digit := false
	for i, r := range text {
		letter := unicode.IsLetter(r) || r == '\''
		switch {
		case letter:
			if digit {
				end(i)
			}
			if from < 0 {
				from = i
			}
			digit = false
		case r == '0':
			if !digit {
				end(i)
				out = append(out, "0")
			}
			digit = true
		default:
			end(i)
			if !digit || r != ',' && r != '.' && r != ':' {
				digit = false
			}
			if strings.ContainsRune("!?%$€£|+#", r) {
				out = append(out, string(r))
			}
		}
	}
	end(len(text))
	kept := out[:0]
	for _, w := range out {
		if w != "" {
			kept = append(kept, w)
		}
	}
	return kept
}
