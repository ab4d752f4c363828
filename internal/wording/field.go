package wording

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Fields that copy may have. The personal ones are about the reader.
const (
	FirstName  = "first_name"
	LastName   = "last_name"
	Salutation = "salutation"

	Category = "category" // of what is advertised
	Shop     = "shop"     // how the business is called
	Ends     = "ends"     // the last day of the offer, in words
)

var personalFields = []string{FirstName, LastName, Salutation}
var plainFields = []string{Category, Shop, Ends}

// Fields returns the names of all fields. The slice is the caller's.
func Fields() []string { return append(slices.Clone(personalFields), plainFields...) }

// Value is what is known of a reader, and who says so.
type Value struct {
	Text       string
	Provenance tactful.Provenance // only what the reader declared is ever said
}

// Reader is whom copy is filled for. The zero value is a stranger.
type Reader struct {
	Values   map[string]Value // by personal field
	Bought   bool             // bought something here
	SignedUp bool             // made an account here themself, or asked for these messages
}

// Place is where a text will stand. The zero value is where everybody sees it.
type Place uint8

// Places.
const (
	Elsewhere Place = iota // a page of somebody else: nothing personal, whoever reads
	Line                   // a subject, a push, a text message: others may see it
	Letter                 // the body of a mail, a letter, a page of ours
)

// Part is a part of an offer's copy.
type Part uint8

// Parts.
const (
	Title Part = iota
	Body
)

// Of says where a part of an offer's copy stands.
func Of(c decision.Channel, part Part) Place {
	switch c {
	case decision.ChannelSite, decision.ChannelLetter:
		return Letter
	case decision.ChannelMail:
		if part == Body {
			return Letter
		}
		return Line
	case decision.ChannelPush, decision.ChannelSMS:
		return Line
	case decision.ChannelAd, decision.ChannelNone:
	}
	return Elsewhere
}

// May reports whether a personal field may be said to a reader in a place.
func (r *Reader) May(field string, at Place) bool {
	value := r.Values[field]
	if value.Provenance != tactful.Declared || !plausible(value.Text) || !slices.Contains(personalFields, field) {
		return false
	}
	switch at {
	case Letter:
		return r.Bought || r.SignedUp
	case Line:
		return r.Bought
	case Elsewhere:
	}
	return false
}

// Limits of a value.
const maxRunes = 40

// placeholders are what systems write where they know no name.
var placeholders = []string{
	"null", "nil", "none", "n/a", "na", "nan", "undefined", "unknown", "test", "tester", "name", "firstname", "first name", "first_name", "lastname", "last name", "fname", "lname",
	"vorname", "nachname", "unbekannt", "kunde", "kundin", "customer", "user", "guest", "gast", "admin", "true", "false", "x", "xx", "xxx", "asdf", "anonymous", "dummy", "default",
}

// Bounds of a name: whoever fills in a sign-up form can write a sentence or an address
// into it, and have the shop mail it.
const (
	mostWords   = 3
	mostInitial = 3 // letters before a point: M., Dr., Mag
)

// plausible reports whether a value can be a name: letters of any script, and
// what stands between them. Nothing that a template, a page or a reader could take for
// an address or a message.
func plausible(s string) bool {
	if s == "" || s != strings.TrimSpace(s) || utf8.RuneCountInString(s) > maxRunes || !utf8.ValidString(s) || slices.Contains(placeholders, strings.ToLower(s)) {
		return false
	}
	parts := strings.Fields(s)
	if len(parts) > mostWords {
		return false
	}
	for _, part := range parts {
		letters := 0
		for i, r := range part {
			switch {
			case unicode.IsLetter(r):
				letters++
			case unicode.IsMark(r) || r == '-' || r == '\'' || r == '’':
			case r == '.' && letters > 0 && letters <= mostInitial && i == len(part)-1: // an initial or a title, never what a mail program makes a link of
			default:
				return false
			}
		}
		if letters == 0 {
			return false
		}
	}
	return true
}

// ours is a field as it should be written, with the words that stand in for it.
var ours = regexp.MustCompile(`\{\{\s*([a-z_]+)\s*(?:\|\s*(?:default:\s*)?"([^"{}<>]*)"\s*)?\}\}`)

// words are what fields of other tools are called by, in any of the shipped languages
// that has Latin letters.
const words = `(?:first|last|full|given|family|sur|fore|user|customer|client|contact|recipient|subscriber|member|person|your|insert|e?-?mail|name|fname|lname|salutation|greeting|company|city|` +
	`vor|nach|kunden?|kundin|empf[aä]nger|firma|anrede|stadt|pr[eé]nom|nom|nombre|apellidos?|cliente?|ville|ciudad|correo)`

// called is one or several of them, with a part after a point: first_name, recipient.x.
const called = `\s*` + words + `(?:[\s_.\-]*` + words + `)*(?:[._]\w+)?\s*`

// foreign are fields of other tools, and ours written wrongly. Braces have no other
// use in copy.
var foreign = regexp.MustCompile(`(?is)\{\{[^{}]*\}\}|\{%.*?%\}|\{#.*?#\}|<%.*?%>|\$\{[^{}]*\}|#\{[^{}]*\}|\*\|[^|]*\|\*|%%[^%\s][^%]*%%|%[a-z]*_?name%|\[\[[^\[\]]*\]\]|` +
	`\[[^\[\]]*(?:name|vorname|anrede)[^\[\]]*\]|<<[^<>]*>>|\{[^{}]*\}|@@[^@\s]+@@|__[a-z]+_?name__|\(\([^()]*name[^()]*\)\)|~\w*name~|` +
	`\[` + called + `\]|<` + called + `>|&lt;` + called + `&gt;|%` + called + `%|\|` + called + `\||##?` + called + `##?|!!` + called + `!!|:` + words + `(?:[_.\-]*` + words + `)*:|` +
	`\B\$[a-z_]\w+|\B%(?:\d\$)?(?:[sd]\b|@)|(?-i:\b(?:F|L|FIRST_?|LAST_?|VOR|NACH)NAME\b)`)

// heaped are more braces than a field of ours has.
var heaped = regexp.MustCompile(`\{{3,}[^{}]*\}{2,}|\{{2,}[^{}]*\}{3,}`)

// halves are what is left of a field that was cut.
var halves = regexp.MustCompile(`\{\{+\s*[\w.]*|[\w.]*\s*\}\}+|\{%|%\}|\*\||\|\*|<%|%>|\$\{`)

// marks are what every field has one of, but for those that are a word in capitals.
const marks = "{}｛❴﹛⦃｝❵﹜⦄%<$#*[@_(~|!:&"

// marked reports whether a text may have a field at all.
func marked(text string) bool {
	return strings.ContainsAny(text, marks) || strings.Contains(text, "NAME")
}

// Check names the fields of copy that cannot be filled, as they are written, each
// once; none for copy that can be loaded.
func Check(text string) []string {
	if !marked(text) {
		return nil
	}
	text = plainBraces(text)
	faults := heaped.FindAllString(text, -1)
	rest := ours.ReplaceAllStringFunc(heaped.ReplaceAllString(text, ""), func(written string) string {
		if name := ours.FindStringSubmatch(written)[1]; slices.Contains(personalFields, name) || slices.Contains(plainFields, name) {
			return ""
		}
		return written
	})
	for _, written := range append(foreign.FindAllString(rest, -1), halves.FindAllString(foreign.ReplaceAllString(rest, ""), -1)...) {
		if !slices.Contains(faults, written) {
			faults = append(faults, written)
		}
	}
	return faults
}

// Personal reports whether copy has a field that is about its reader.
func Personal(text string) bool {
	for _, m := range ours.FindAllStringSubmatch(plainBraces(text), -1) {
		if slices.Contains(personalFields, m[1]) {
			return true
		}
	}
	return false
}

// plainBraces writes braces that only look like ones as braces, and leaves out
// what has no width.
func plainBraces(text string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '｛', '❴', '﹛', '⦃':
			return '{'
		case '｝', '❵', '﹜', '⦄':
			return '}'
		case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\u00ad', gap:
			return -1
		}
		return r
	}, text)
}
