package main

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The data writes titles as a till does: capitals, double spaces, cut words.
// These are written out; the first match of each wins, in this order.
var spellings = []struct {
	old *regexp.Regexp
	new string
}{
	{regexp.MustCompile(`\bS ?/ ?(\d+)`), "SET OF $1 "},
	{regexp.MustCompile(`\bSET ?/ ?(\d+)`), "SET OF $1 "},
	{regexp.MustCompile(`\bSET (\d+)\b`), "SET OF $1"},
	{regexp.MustCompile(`\bPK ?/ ?(\d+)`), "PACK OF $1 "},
	{regexp.MustCompile(`\bPACK ?/ ?(\d+)`), "PACK OF $1 "},
	{regexp.MustCompile(`\bC/COVER\b`), "CUSHION COVER"},
	{regexp.MustCompile(`\bW ?/ ?`), "WITH "},
	{regexp.MustCompile(`\sW\s`), " WITH "},
	{regexp.MustCompile(`\bASST?D?\b\.?`), "ASSORTED"},
	{regexp.MustCompile(`\bCOLS?\b\.?`), "COLOUR"},
	{regexp.MustCompile(`\bDEC\b\.?$`), "DECORATION"},
	{regexp.MustCompile(`\bB'FLY\b`), "BUTTERFLY"},
	{regexp.MustCompile(`\bP'WEIGHT\b`), "PAPERWEIGHT"},
	{regexp.MustCompile(`\bNECKLA?C?\b\.?`), "NECKLACE"},
	{regexp.MustCompile(`\bTURQ\b\.?`), "TURQUOISE"},
	{regexp.MustCompile(`\bLRGE?\b`), "LARGE"},
	{regexp.MustCompile(`\bSML\b`), "SMALL"},
	{regexp.MustCompile(`\bXMAS\b`), "CHRISTMAS"},
	{regexp.MustCompile(`\bRND\b`), "ROUND"},
	{regexp.MustCompile(`\bRECT\b`), "RECTANGULAR"},
	{regexp.MustCompile(`\bM ?O ?P\b\.?`), "MOTHER OF PEARL"},
	{regexp.MustCompile(`\bPKT\b`), "PACKET"},
	{regexp.MustCompile(`\bPCS?\b`), "PIECE"},
	{regexp.MustCompile(`(\d)PC\b`), "$1 PIECE"},
	{regexp.MustCompile(`\bLAQUERED\b`), "LACQUERED"},
	{regexp.MustCompile(`\bFUSCHIA\b`), "FUCHSIA"},
	{regexp.MustCompile(`\bTASSLE\b`), "TASSEL"},
	{regexp.MustCompile(`\bPANNETONE\b`), "PANETTONE"},
	{regexp.MustCompile(`\bCHRISTAMAS\b`), "CHRISTMAS"},
	{regexp.MustCompile(`\bCHILDRENS\b`), "CHILDREN'S"},
	{regexp.MustCompile(`\bCHILDS\b`), "CHILD'S"},
	{regexp.MustCompile(`\bT ?-? ?LIGHT`), "T-LIGHT"},
	{regexp.MustCompile(`\s*,\s*`), ", "},
	{regexp.MustCompile(`\s*\+\s*`), " + "},
	{regexp.MustCompile(`(\d+) ?CMS?\b`), "$1 CM"},
	{regexp.MustCompile(`\b5OO\b`), "500"},
}

// named words keep their own writing inside a title.
var named = writings(`T-light T-lights CD TV LED UK 3D DIY USA I A4 A5 A6 VIP NY ABC TLC
	London Paris England English Britain British French France Scottish Scottie Christmas Easter Valentine
	Halloween Santa Edwardian Victorian Danish Swiss Chinese Japanese Indian Russian Moroccan Columbian Scandinavian
	American Italian Spanish Mexican Hawaiian Parisienne Parisian Montana Acapulco Vegas Las Riviera Covent Piccadilly
	Bertie Poppy's Suki Lola Charlie Elvis George Henrietta Boudicca Bill Cinderella Noel Noah's Nile Medina Gloria
	Willie Winkie Monte Carlo Murano Bakelike Swarovski Kashmir Madras Bombay Rajasthan Sicily Venetian
	Baden Powell Georgian Mediterranean Africa African Asia Asian Brazil Monday Sunday Savoy`)

func writings(words string) map[string]string {
	table := map[string]string{}
	for w := range strings.FieldsSeq(words) {
		table[strings.ToUpper(w)] = w
	}
	return table
}

// cleanTitle writes a till's description as a shop would: "WHITE HANGING HEART
// T-LIGHT HOLDER" becomes "White hanging heart T-light holder".
func cleanTitle(raw string) string {
	title := strings.ToUpper(raw)
	for _, s := range spellings {
		title = s.old.ReplaceAllString(title, s.new)
	}
	words := strings.Fields(strings.ReplaceAll(title, "*", " "))
	for i, word := range words {
		words[i] = lower(word)
	}
	title = strings.TrimRight(strings.Join(words, " "), " .,-+")
	title = strings.TrimLeft(title, " .,-+")
	first, size := utf8.DecodeRuneInString(title)
	return string(unicode.ToUpper(first)) + title[size:]
}

// lower writes a word small unless it is a name, keeping the marks around it.
func lower(word string) string {
	core := strings.Trim(word, `"'(),.!?;:`)
	if name, ok := named[core]; ok && core != "" {
		return strings.Replace(word, core, name, 1)
	}
	if len(core) == 1 && strings.Contains(word, `"`) {
		return word // a letter of the alphabet, sold as such
	}
	if left, right, ok := strings.Cut(word, "/"); ok && left != "" && right != "" {
		return lower(left) + "/" + lower(right)
	}
	return strings.ToLower(word)
}
