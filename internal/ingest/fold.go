package ingest

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// lookalikes maps letters of other scripts to the Latin letter they pass for.
// NFKC has already folded full-width, mathematical and circled forms.
var lookalikes = map[rune]rune{
	// Cyrillic
	'а': 'a', 'в': 'b', 'е': 'e', 'ё': 'e', 'з': '3', 'і': 'i', 'ї': 'i', 'ј': 'j', 'к': 'k', 'м': 'm', 'н': 'h', 'о': 'o',
	'р': 'p', 'с': 'c', 'т': 't', 'у': 'y', 'х': 'x', 'ѕ': 's', 'ԁ': 'd', 'ԛ': 'q', 'ԝ': 'w', 'һ': 'h', 'ѵ': 'v', 'г': 'r', 'п': 'n', 'ь': 'b',
	// Greek
	'α': 'a', 'β': 'b', 'γ': 'y', 'ε': 'e', 'η': 'n', 'ι': 'i', 'κ': 'k', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'σ': 'o', 'ς': 'c', 'τ': 't', 'υ': 'u', 'χ': 'x', 'ϲ': 'c', 'ω': 'w',
	// Armenian, Latin and others
	'ա': 'w', 'օ': 'o', 'ս': 'u', 'ց': 'g', 'հ': 'h', 'ո': 'n', 'ı': 'i', 'ɑ': 'a', 'ɡ': 'g', 'ɩ': 'i', 'ʋ': 'v', 'ƒ': 'f', 'ł': 'l', 'ø': 'o',
	'đ': 'd', 'ħ': 'h', 'ŧ': 't', 'ᴀ': 'a', 'ᴄ': 'c', 'ᴇ': 'e', 'ꜰ': 'f', 'ɪ': 'i', 'ᴏ': 'o', 'ᴠ': 'v', 'ꓝ': 'f', 'ꓮ': 'a', 'ꓚ': 'c', 'ꓰ': 'e', 'ϝ': 'f', 'ǀ': 'l', 'ӏ': 'l', 'ɴ': 'n',
}

// plain brings text to a form in which digits are ASCII and nothing is hidden:
// compatibility forms folded, format characters and marks removed, the decimal
// digits of all scripts mapped. Case and letters stay.
func plain(s string) string {
	if ascii(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	number := false // the last rune was a digit: marks on it are decoration, not spelling
	for _, r := range norm.NFKC.String(s) {
		switch {
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r):
		case number && (unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r)):
		case unicode.Is(unicode.Nd, r):
			number = true
			b.WriteByte('0' + digit(r))
			continue
		case unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		case unicode.Is(unicode.Pd, r) || r == '−':
			b.WriteByte('-')
		default:
			b.WriteRune(r)
		}
		number = false
	}
	return b.String()
}

// digit is the value of a decimal digit of any script: the digits 0 to 9 of a
// script follow each other, and each block of Nd begins at a zero.
func digit(r rune) byte {
	if r < utf8.RuneSelf {
		return byte(r - '0')
	}
	zero := r
	for zero > r-9 && unicode.Is(unicode.Nd, zero-1) {
		zero--
	}
	// Mathematical digits follow each other in runs of ten without a gap.
	if r >= 0x1D7CE && r <= 0x1D7FF {
		return byte((r - 0x1D7CE) % 10)
	}
	return byte((r - zero) % 10)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// words splits a field name as people read it: at separators and where a
// capital begins, lower case, look-alikes folded, accents off.
func words(name string) []string {
	folded := plain(name)
	if !ascii(folded) {
		folded = norm.NFD.String(folded)
	}
	var all []string
	var word strings.Builder
	flush := func() {
		// A sign at the end of a word is decoration ("$face"), inside it stands for a letter ("f@ce").
		if w := strings.Trim(word.String(), "@$!"); w != "" {
			all = append(all, w)
		}
		word.Reset()
	}
	var before rune
	for _, r := range folded {
		lower := unicode.ToLower(r)
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '@' && r != '$' && r != '!':
			flush()
		default:
			if unicode.IsUpper(r) && unicode.IsLower(before) {
				flush()
			}
			if latin, ok := lookalikes[lower]; ok {
				lower = latin
			}
			word.WriteRune(lower)
		}
		before = r
	}
	flush()
	return all
}

// leet reads digits and signs as the letters they stand for; one says what a 1 is.
func leet(s string, one rune) string {
	if !strings.ContainsAny(s, "0123456789@$!") {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '0':
			return 'o'
		case '1', '!':
			return one
		case '2':
			return 'z'
		case '3':
			return 'e'
		case '4', '@':
			return 'a'
		case '5', '$':
			return 's'
		case '6', '9':
			return 'g'
		case '7':
			return 't'
		case '8':
			return 'b'
		}
		return r
	}, s)
}
