package experiment

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// What is refused by name, in English and German, as folded words. Stems count
// wherever they stand in a word, so that compounds are found; words count alone.
var (
	moodStems = []string{
		"emotion", "mood", "sentiment", "feeling", "happi", "unhapp", "sadness", "joyful", "cheerful", "anxi", "depress", "melanchol", "euphori", "lonel", "nervous",
		"frustrat", "distress", "despair", "delight", "hatred", "wellbeing", "mentalstate", "mentalhealth", "psycholog", "psychometr", "valence", "arousal", "affective",
		"stateofmind", "frameofmind", "innerstate", "facialexpress", "smil", "crying", "morale", "contentment", "temperament",
		"stimmung", "gefuhl", "gefuehl", "glucklich", "gluecklich", "traurig", "trauer", "frohlich", "froehlich", "freude", "angstlich", "aengstlich", "einsam", "verzweif",
		"wutend", "wuetend", "zornig", "deprimier", "nervos", "frustrier", "gemutszust", "gemuetszust", "gemutslage", "gemuetslage", "seelenlage", "seelisch", "psychisch",
		"wohlbefind", "befindlich", "affektiv", "gereizt", "lacheln", "laecheln", "geistesverfass",
		"excite", "enthusias", "impatien", "satisfi", "satisfac", "begeister", "ungeduld", "zufried", "heureu", "joyeu", "humeur", "emocion", "sentimi", "felicid",
	}
	moodWords = []string{
		"feel", "feels", "happy", "happier", "happiest", "sad", "sadder", "joy", "joys", "anger", "angry", "angrier", "fear", "fears", "fearful", "stress", "stressed", "tears", "vibe", "vibes", "glee", "grief",
		"misery", "miserable", "upset", "cheer", "hate", "laune", "launen", "wut", "zorn", "hass", "angst", "angste", "aengste", "furcht", "froh", "befinden", "gluck", "glueck", "kummer", "trubsal", "truebsal", "weinen",
		"confident", "triste", "tristes", "tristesse", "peur", "colere", "feliz", "felices", "animo", "miedo", "enfado", "alegria",
	}
	moodNames = []string{"affect", "affekt", "spirits", "tone"} // in names only: in a sentence they are ordinary

	// A rule that sees who asks picks single people; one that sees a number drawn for
	// them is a test that nobody agreed to.
	singleStems = []string{
		"userid", "customerid", "visitorid", "anonymousid", "sessionid", "accountid", "deviceid", "personid", "memberid", "kundenn", "kundenid", "nutzerid", "email", "telephone", "telefon", "phonenumber",
		"ipaddress", "ipadresse", "fingerprint", "username", "surname", "familyname", "familienname", "lastname", "firstname", "nachname", "vorname", "bucket", "cohort", "kohorte", "testgroup", "testgruppe", "abgroup", "abtest", "splitgroup", "random", "zufall",
	}
	singleWords = []string{"id", "ids", "ip", "user", "customer", "visitor", "uuid", "guid", "cookie", "mail", "phone", "seed"}

	traitStems = []string{
		"gender", "geschlecht", "birth", "geburt", "ethni", "racial", "nationalit", "staatsangehor", "staatsangehoer", "herkunft", "migrant", "migrat", "skincolo", "hautfarb", "relig", "faith", "konfession",
		"glaube", "church", "kirche", "mosque", "moschee", "synagog", "disab", "handicap", "behinder", "sexual", "orientierung", "homosex", "lesbi", "transsex", "transgend", "pregnan", "schwanger",
		"health", "gesundheit", "illness", "krank", "diagnos", "medical", "genetic", "genetisch", "biometr", "tradeunion", "gewerkschaft", "politic", "politisch", "parteimit", "maritalstat", "familienstand",
		"widow", "verwitw", "divorc", "geschieden", "income", "einkommen", "salary", "gehalt", "debt", "schulden", "poverty", "armut", "ageband", "agegroup", "agerange", "altersgr", "altersklasse", "lebensalter",
		"minorit", "minderheit", "addict", "sucht", "creditscore", "bonitat", "bonitaet",
		"postcode", "postalcode", "zipcode", "postleitzahl", "codepostal", "kaufkraft", "buyingpower", "purchasingpower", "zielgruppe", // where somebody lives, and what they can pay, tell who they are
	}
	traitWords = []string{"zip", "plz", "sex", "age", "ages", "aged", "alter", "race", "races", "rasse", "gay", "trans", "union", "partei", "islam", "muslim", "christian", "jewish", "jew", "hindu", "buddhist", "caste", "kaste", "elder", "elderly", "senior", "seniors", "minor", "minors", "child", "children", "kinder", "teen", "teens", "woman", "women", "man", "men", "male", "female", "frau", "frauen", "mann", "manner", "maenner"}
)

// measuredStems are what a number in a flag's context may be: something of the page,
// the device or the basket. A number that nobody knows may be drawn by lot.
var measuredStems = []string{
	"version", "build", "width", "height", "viewport", "screen", "pixel", "zoom", "ratio", "count", "item", "basket", "cart", "page", "visit", "hour", "minute", "weekday", "day", "week", "month", "year",
	"memory", "speed", "bandwidth", "latency", "size", "quantity", "scroll", "depth", "total", "result", "position", "index", "length",
	"breite", "hohe", "hoehe", "anzahl", "artikel", "warenkorb", "seite", "besuch", "stunde", "woche", "monat", "jahr", "menge", "treffer",
}

// Words of an offer: variants that differ in them give single people terms of their
// own. A number written out is one of them beside another.
var (
	termStems = []string{"price", "discount", "rebate", "voucher", "coupon", "promocode", "cashback", "preis", "rabatt", "gutschein", "nachlass", "kostenlos", "umsonst", "gratis", "gratuit", "remise", "reduction", "descuento", "precio", "cupon", "codepromo"}
	termWords = []string{"free", "prix", "euro", "euros", "eur", "dollar", "dollars", "usd", "pound", "pounds", "gbp", "cent", "cents", "percent", "prozent", "half", "fee", "fees", "bonus", "cheaper", "billiger", "gunstiger", "guenstiger"}
	numbers   = []string{
		"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "fifteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand",
		"ein", "eine", "einen", "zwei", "drei", "vier", "funf", "fuenf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwolf", "zwoelf", "zwanzig", "dreissig", "vierzig", "funfzig", "fuenfzig", "hundert", "tausend", "halb", "halben",
		"un", "une", "deux", "trois", "quatre", "cinq", "dix", "vingt", "cent", "uno", "dos", "tres", "cuatro", "cinco", "diez", "veinte", "cien",
	}
)

// terms returns the words of a text that speak of what is paid, with the numbers
// beside them.
func terms(text string) []string {
	var found, counted []string
	for _, w := range folded(text) {
		switch {
		case named([]string{w}, termStems, termWords) != "":
			found = append(found, w)
		case slices.Contains(numbers, w):
			counted = append(counted, w)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return append(found, counted...)
}

// lookalikes maps letters and digits to the Latin letter they pass for.
var lookalikes = map[rune]rune{
	'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', '$': 's', '!': 'i', '|': 'i',
	'а': 'a', 'в': 'b', 'е': 'e', 'ё': 'e', 'і': 'i', 'ї': 'i', 'ј': 'j', 'к': 'k', 'м': 'm', 'н': 'h', 'о': 'o', 'р': 'p', 'с': 'c', 'т': 't', 'у': 'y', 'х': 'x', 'ѕ': 's', 'ԁ': 'd', 'һ': 'h', 'п': 'n', 'г': 'r',
	'α': 'a', 'β': 'b', 'ε': 'e', 'η': 'n', 'ι': 'i', 'κ': 'k', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'u', 'χ': 'x', 'ω': 'w', 'ı': 'i', 'ɑ': 'a', 'ø': 'o', 'ł': 'l', 'đ': 'd',
}

// folded splits text into words in lower case without marks, at signs and at
// capitals; what is spelled letter by letter is one word. Every digit is tried as
// the letter it passes for, inside of words only.
func folded(text string) []string {
	var words []string
	var word []rune
	letters, small := 0, false // of word; and whether the last was a small letter
	end := func() {
		if letters > 0 {
			words = append(words, latin(word))
		}
		word, letters, small = word[:0], 0, false
	}
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r):
			continue
		case r == 'ß' || r == 'ẞ':
			word, letters, small = append(word, 's', 's'), letters+2, true
			continue
		case unicode.IsLetter(r):
			if unicode.IsUpper(r) && small {
				end()
			}
			small = unicode.IsLower(r)
			word, letters = append(word, unicode.ToLower(r)), letters+1
			continue
		}
		if _, passes := lookalikes[r]; passes && r != '|' {
			word = append(word, r)
			continue
		}
		end()
	}
	end()
	return spelled(words)
}

func latin(word []rune) string {
	var b strings.Builder
	for _, r := range word {
		if l, ok := lookalikes[r]; ok {
			r = l
		}
		b.WriteRune(r)
	}
	return b.String()
}

// spelled joins runs of three or more single letters: m-o-o-d is a word.
func spelled(words []string) []string {
	var out []string
	for i := 0; i < len(words); {
		j := i
		for j < len(words) && len(words[j]) == 1 {
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
	return out
}

// named returns what a list names of the words, or of neighbours joined: the first.
func named(words, stems, whole []string) string {
	for i, w := range words {
		for _, exact := range whole {
			if w == exact {
				return w
			}
		}
		joined := w
		if i+1 < len(words) {
			joined += words[i+1]
			if i+2 < len(words) {
				joined += words[i+2]
			}
		}
		for _, stem := range stems {
			if strings.Contains(w, stem) || strings.HasPrefix(joined, stem) {
				return stem
			}
		}
	}
	return ""
}

// aboutMood returns the word by which a text asks how people feel, "" for none.
func aboutMood(text string) string { return named(folded(text), moodStems, moodWords) }

// moodName is aboutMood for a name, which has no ordinary sentence around it.
func moodName(name string) string {
	words := folded(name)
	if found := named(words, moodStems, moodWords); found != "" {
		return found
	}
	return named(words, nil, moodNames)
}

// aboutTrait returns the word by which a name or value means a protected trait or
// one of the given sensitive classes.
func aboutTrait(text string, classes []string) string {
	words := folded(text)
	if found := named(words, traitStems, traitWords); found != "" {
		return found
	}
	var own []string
	for _, class := range classes {
		own = append(own, strings.Join(folded(class), ""))
	}
	all := strings.Join(words, "")
	for i, class := range own {
		if len(class) >= 3 && (strings.Contains(all, class) || len(class) > 4 && strings.Contains(all, strings.TrimSuffix(class, "s"))) {
			return classes[i]
		}
	}
	return ""
}
