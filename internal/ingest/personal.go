package ingest

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Patterns over plain text (see fold.go): ASCII digits, no hidden characters.
var (
	email      = regexp.MustCompile(`(?i)[\p{L}\p{N}._%+'\-]+\s*(?:@|[\[({]\s*(?:at|@)\s*[\])}]|\s+at\s+)\s*[\p{L}\p{N}\-]+(?:\s*(?:\.|[\[({]\s*(?:dot|\.)\s*[\])}]|\s+dot\s+)\s*[\p{L}\p{N}\-]+)*\s*(?:\.|[\[({]\s*(?:dot|\.)\s*[\])}]|\s+dot\s+)\s*\p{L}{2,}`)
	address    = regexp.MustCompile(`\S+@\S+`) // also without a domain that the world knows
	iban       = regexp.MustCompile(`(?i)\b[A-Z]{2}[ \-]?\d{2}(?:[ \-]?[A-Z0-9]){11,30}\b`)
	italian    = regexp.MustCompile(`(?i)\b[A-Z]{6}[ ]?\d{2}[A-EHLMPRST]\d{2}[ ]?[A-Z]\d{3}[A-Z]\b`)
	british    = regexp.MustCompile(`(?i)\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b`)
	american   = regexp.MustCompile(`\b\d{3}[- ]\d{2}[- ]\d{4}\b`)
	place      = regexp.MustCompile(`[-+]?\d{1,2}\.\d{3,}\s*°?\s*[NSns]?\s*[,;/ ]\s*[-+]?\d{1,3}\.\d{3,}`)
	phone      = regexp.MustCompile(`(?i)(?:\+|tel:?\s*)[\s(]*\d(?:[\s().\-/]*\d){6,14}`)
	phoneLocal = regexp.MustCompile(`(?:^|[^\dA-Za-z])(?:\(\d{2,5}\)[ \-/]?\d[\d \-/]{4,12}\d|\d{3}[-. ]\d{3}[-. ]\d{4}|0\d{1,5}[ /]\d[\d /]{3,11}\d)(?:$|[^\dA-Za-z])`)
	digits     = regexp.MustCompile(`\d(?:[\s.\-/()_,]{0,3}\d){6,}`)
	code       = regexp.MustCompile(`[A-Za-z0-9+/_=\-]{40,}|\b[0-9a-fA-F]{32,}\b`)
	link       = regexp.MustCompile(`(?i)\b(?:https?://|www\.)\S+`)
	digitGroup = regexp.MustCompile(`\d+`)
)

// ID refuses codes that are a person's number or a medium. A code stays as it
// is or is refused; redacting one would name another thing.
func (screens) ID(value string) Finding {
	for _, r := range value {
		if unicode.IsControl(r) || r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
			return Control
		}
	}
	v := plain(value)
	if simpleCode(v) {
		return Clean
	}
	switch {
	case strings.ContainsAny(v, "{}<>\"\\"):
		return Blob
	case address.MatchString(v), strings.Contains(v, "@") && email.MatchString(v), strings.Contains(strings.ToLower(v), "at") && email.MatchString(v):
		return EMail
	case place.MatchString(v):
		return Place
	case hasAccount(v):
		return Account
	case italian.MatchString(v), american.MatchString(v) && plausibleAmerican(v):
		return Identity
	case hasCard(v):
		return Card
	case phone.MatchString(v), phoneLocal.MatchString(v):
		return Phone
	case longest(v) > maxRun:
		return Blob
	}
	return (screens{}).Shape(v)
}

// simpleCode passes the common case quickly: nothing that is refused fits into
// so few characters of these kinds with so few digits.
func simpleCode(v string) bool {
	if len(v) > 14 {
		return false
	}
	digits := 0
	for i := range len(v) {
		switch c := v[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '-' || c == '_':
		default:
			return false
		}
	}
	return digits < 9 || digits == len(v) && digits < 14
}

// Text redacts free text. It prefers to redact too much: seven digits in a row
// or nearly so are a number of something, and no search needs them later.
func (screens) Text(value string) (string, int) {
	v := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, plain(value))
	n := 0
	replace := func(p *regexp.Regexp, with string) {
		v = p.ReplaceAllStringFunc(v, func(string) string { n++; return with })
	}
	if strings.Contains(v, "{") || strings.Contains(v, "[") && strings.Contains(v, "\"") {
		return "[code]", 1 // nobody types structures into a search box
	}
	if strings.ContainsAny(v, "@.") || strings.Contains(strings.ToLower(v), "dot") {
		replace(link, "[link]")
		replace(email, "[e-mail]")
		replace(address, "[e-mail]")
	}
	v = iban.ReplaceAllStringFunc(v, func(s string) string {
		if validIBAN(s) {
			n++
			return "[account]"
		}
		return s
	})
	replace(code, "[code]")
	if strings.ContainsAny(v, "0123456789") {
		replace(italian, "[number]")
		replace(british, "[number]")
		replace(place, "[place]")
		replace(digits, "[number]")
	}
	v = strings.Join(strings.Fields(v), " ")
	return cut(v, MaxQueryBytes), n
}

// Property refuses a declared word that is a code of a kind that is refused,
// or that free text would be redacted for.
func (s screens) Property(value string) Finding {
	if strings.ContainsAny(plain(value), "{}[]<>\"\\=;|") {
		return Blob // structure inside a word: whatever it is, it was not declared
	}
	if f := s.ID(value); f != Clean {
		return f
	}
	kept, n := s.Text(value)
	switch {
	case n == 0:
		return Clean
	case strings.Contains(kept, "[e-mail]"):
		return EMail
	case strings.Contains(kept, "[place]"):
		return Place
	case strings.Contains(kept, "[code]"):
		return Fingerprint
	}
	return Identity
}

// cut shortens text to at most n bytes at a rune's border.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func hasAccount(v string) bool {
	for _, s := range iban.FindAllString(v, 4) {
		if validIBAN(s) {
			return true
		}
	}
	return false
}

// accountLengths are the lengths of ISO 13616 by country; n marks those whose
// account part is digits only. Without them one in 97 session ids would be one.
var accountLengths = lengths(`AD24 AE23n AL28 AT20n AZ28 BA20n BE16n BG22 BH22 BR29 BY28 CH21 CR22n CY28 CZ24n DE22n DK18n DO28 EE20n EG29n ES24n
	FI18n FO18n FR27 GB22 GE22 GI23 GL18n GR27 GT28 HR21n HU28n IE22 IL23n IQ23 IS26n IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20n LU20 LV21 LY25n MC27
	MD24 ME22n MK19 MR27n MT31 MU30 NL18 NO15n PK24 PL28n PS29 PT25n QA29 RO24 RS22n SA24 SC31 SE24n SI19n SK24n SM27 ST25n SV28 TL23n TN24n TR26
	UA29 VA22n VG24 XK20n`)

type accountForm struct {
	length  int
	numeric bool
}

func lengths(table string) map[string]accountForm {
	all := make(map[string]accountForm)
	for _, f := range strings.Fields(table) {
		all[f[:2]] = accountForm{length: int(f[2]-'0')*10 + int(f[3]-'0'), numeric: strings.HasSuffix(f, "n")}
	}
	return all
}

// validIBAN checks ISO 13616: country, length, and the rearranged number is 1
// modulo 97. Words that the pattern took along behind it are left out.
func validIBAN(s string) bool {
	var b []byte
	for i := range len(s) {
		if c := s[i] &^ 0x20; c >= 'A' && c <= 'Z' {
			b = append(b, c)
		} else if s[i] >= '0' && s[i] <= '9' {
			b = append(b, s[i])
		}
	}
	form, known := accountLengths[string(b[:min(2, len(b))])]
	if !known || len(b) < form.length {
		return false
	}
	rest := 0
	for i := range form.length {
		c := b[(i+4)%form.length]
		switch {
		case c < 'A':
			rest = (rest*10 + int(c-'0')) % 97
		case form.numeric && i < form.length-4:
			return false
		default:
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return rest == 1
}

// hasCard looks for a payment card: groups of digits that together have a
// length and beginning that issuers use and pass the Luhn check.
func hasCard(v string) bool {
	groups := digitGroup.FindAllStringIndex(v, 64)
	for i := range groups {
		number := ""
		for j := i; j < len(groups) && len(number) < 20; j++ {
			if j > i && strings.Trim(v[groups[j-1][1]:groups[j][0]], " .-/_,()") != "" {
				break
			}
			number += v[groups[j][0]:groups[j][1]]
			if issued(number) && luhn(number) {
				return true
			}
		}
	}
	return false
}

func issued(n string) bool {
	in := func(digits, low, high int) bool {
		p := 0
		for i := range digits {
			p = p*10 + int(n[i]-'0')
		}
		return p >= low && p <= high
	}
	switch len(n) {
	case 14:
		return in(3, 300, 305) || in(2, 36, 36) || in(2, 38, 38)
	case 15:
		return in(2, 34, 34) || in(2, 37, 37)
	case 16:
		return in(1, 4, 4) || in(2, 51, 55) || in(4, 2221, 2720) || in(4, 6011, 6011) || in(2, 65, 65) || in(3, 644, 649) || in(4, 3528, 3589) || in(2, 62, 62)
	case 19:
		return in(1, 4, 4) || in(2, 62, 62) || in(4, 6011, 6011) || in(2, 65, 65)
	}
	return false
}

// luhn is the check of ISO/IEC 7812.
func luhn(n string) bool {
	sum := 0
	for i := range len(n) {
		d := int(n[len(n)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func plausibleAmerican(v string) bool {
	for _, s := range american.FindAllString(v, 8) {
		if area := s[:3]; area != "000" && area != "666" && area[0] != '9' && s[4:6] != "00" && s[7:] != "0000" {
			return true
		}
	}
	return false
}
