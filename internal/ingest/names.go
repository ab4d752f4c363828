package ingest

import (
	"strings"

	"github.com/tactful/tactful/internal/decision"
)

// Finding names what a screen has seen. The zero value is nothing.
type Finding uint8

// Findings.
const (
	Clean Finding = iota
	Biometric
	Voice
	Face
	ThirdParty
	Media
	Embedding
	Fingerprint
	Blob
	EMail
	Phone
	Card
	Account
	Identity
	Place
	Control
	Terms
)

var findingWords = [...]string{
	"nothing", "biometrics", "voice", "face", "third parties", "sound or images", "a measured template",
	"a device fingerprint", "an encoded blob", "an e-mail address", "a phone number", "a card number",
	"a bank account", "an identity number", "an exact place", "control characters",
	"credit, or a price of one person's own",
}

// String returns words for a sentence.
func (f Finding) String() string {
	if int(f) < len(findingWords) {
		return findingWords[f]
	}
	return findingWords[0]
}

// Screen looks at the parts of an event. The one that ships is built in.
type Screen interface {
	Name(name string) Finding                 // a field's name, anywhere
	Source(value string) Finding              // the value of a field that names where data came from
	Shape(value string) Finding               // any text value, anywhere
	Numbers(count, fractions int) Finding     // a list of numbers
	ID(value string) Finding                  // a code that is kept: item, order, session
	Text(value string) (kept string, n int)   // free text that is kept: redacted, and in how many places
	Property(value string) (f Finding)        // a declared word that is kept
	Declared(name string, declared bool) bool // whether a property is kept at all
}

// screens is the Screen that ships.
type screens struct{}

var _ Screen = screens{}

// Declared keeps what is declared and nothing else.
func (screens) Declared(_ string, declared bool) bool { return declared }

// Words that refuse a field wherever they stand alone in its name.
var refusedWords = map[string]Finding{
	"face": Face, "faces": Face, "facial": Face, "selfie": Face, "selfies": Face, "gesicht": Face, "gesichter": Face,
	"visage": Face, "rostro": Face, "viso": Face, "وجه": Face, "الوجه": Face, "лицо": Face, "emotion": Face, "emotions": Face,
	"voice": Voice, "voices": Voice, "speech": Voice, "utterance": Voice, "utterances": Voice, "microphone": Voice, "mic": Voice,
	"stimme": Voice, "sprachaufnahme": Voice, "mikrofon": Voice, "voix": Voice, "voz": Voice, "voce": Voice, "صوت": Voice, "الصوت": Voice,
	"audio": Voice, "eavesdrop": Voice, "overheard": Voice, "transcript": Voice, "wiretap": Voice,
	"biometric": Biometric, "biometrics": Biometric, "biometry": Biometric, "biometrie": Biometric, "biométrique": Biometric, "بصمة": Biometric,
	"fingerprint": Biometric, "fingerprints": Biometric, "fingerabdruck": Biometric, "thumbprint": Biometric, "handprint": Biometric,
	"palmprint": Biometric, "earprint": Biometric, "retinal": Biometric, "gait": Biometric, "heartbeat": Biometric, "heartrate": Biometric,
	"ecg": Biometric, "ekg": Biometric, "eeg": Biometric, "dna": Biometric, "genome": Biometric, "genomic": Biometric, "genotype": Biometric,
	"broker": ThirdParty, "brokers": ThirdParty, "dmp": ThirdParty, "lookalike": ThirdParty, "enriched": ThirdParty, "enrichment": ThirdParty,
	"acxiom": ThirdParty, "experian": ThirdParty, "liveramp": ThirdParty, "bluekai": ThirdParty, "clearbit": ThirdParty, "zoominfo": ThirdParty,
	"equifax": ThirdParty, "transunion": ThirdParty, "epsilon": ThirdParty, "lotame": ThirdParty, "datalogix": ThirdParty, "tapad": ThirdParty,
	"drittanbieter": ThirdParty, "adresshändler": ThirdParty,
}

// Stems that refuse a field wherever they occur in its letters, run together
// or pulled apart. They are long enough not to sit inside harmless words.
var refusedStems = []struct {
	stem string
	f    Finding
}{
	{"biometr", Biometric}, {"fingerprint", Biometric}, {"fingerabdr", Biometric}, {"irisscan", Biometric}, {"iriscode", Biometric},
	{"iristemplate", Biometric}, {"irispattern", Biometric}, {"irishash", Biometric}, {"retinascan", Biometric}, {"retinatemplate", Biometric},
	{"palmprint", Biometric}, {"veinpattern", Biometric}, {"handgeometry", Biometric}, {"keystrokedynamic", Biometric}, {"typingdynamic", Biometric},
	{"typingrhythm", Biometric}, {"mousedynamic", Biometric}, {"gaitanalys", Biometric}, {"gaitpattern", Biometric}, {"touchid", Biometric},
	{"heartrate", Biometric}, {"bodyscan", Biometric}, {"gazetrack", Biometric}, {"eyetrack", Biometric},
	{"faceid", Face}, {"faceprint", Face}, {"facetemplate", Face}, {"facevector", Face}, {"faceembed", Face}, {"facescan", Face}, {"faceimage", Face},
	{"facedata", Face}, {"facehash", Face}, {"facemap", Face}, {"facelandmark", Face}, {"facerecog", Face}, {"facedetect", Face}, {"facegeometr", Face},
	{"facialrecog", Face}, {"facialexpr", Face}, {"facialfeat", Face}, {"faceencoding", Face}, {"facefeature", Face}, {"facephoto", Face},
	{"emotionscore", Face}, {"emotiondetect", Face}, {"gesichtsdaten", Face}, {"gesichtserk", Face}, {"gesichtsvek", Face}, {"selfie", Face},
	{"voiceprint", Voice}, {"voiceid", Voice}, {"voicesample", Voice}, {"voicerecord", Voice}, {"voiceclip", Voice}, {"voicedata", Voice}, {"voicememo", Voice},
	{"voicehash", Voice}, {"voicetemplate", Voice}, {"voiceembed", Voice}, {"voicevector", Voice}, {"voicenote", Voice}, {"voicebiometr", Voice},
	{"speechsample", Voice}, {"speechrecog", Voice}, {"speakerid", Voice}, {"speakerembed", Voice}, {"speakerprint", Voice}, {"audioclip", Voice},
	{"audiosample", Voice}, {"audiorecord", Voice}, {"audiodata", Voice}, {"audiobuffer", Voice}, {"audiobase", Voice}, {"audioblob", Voice},
	{"micrecord", Voice}, {"micinput", Voice}, {"micsample", Voice}, {"micaudio", Voice}, {"microphone", Voice}, {"ambientsound", Voice}, {"stimmprofil", Voice}, {"stimmabdruck", Voice},
	{"thirdparty", ThirdParty}, {"3rdparty", ThirdParty}, {"erdparty", ThirdParty}, {"databroker", ThirdParty}, {"purchasedlist", ThirdParty}, {"purchaseddata", ThirdParty},
	{"boughtlist", ThirdParty}, {"boughtdata", ThirdParty}, {"appendeddata", ThirdParty}, {"dataappend", ThirdParty}, {"partnerdata", ThirdParty}, {"partnerfeed", ThirdParty},
	{"partnersegment", ThirdParty}, {"externalsegment", ThirdParty}, {"externalprofile", ThirdParty}, {"externaldata", ThirdParty}, {"lookalikeaud", ThirdParty},
	{"creditscore", ThirdParty}, {"liveramp", ThirdParty}, {"acxiom", ThirdParty}, {"experian", ThirdParty}, {"bluekai", ThirdParty}, {"clearbit", ThirdParty},
	{"socialgraphimport", ThirdParty}, {"scrapedprofile", ThirdParty}, {"drittanbieter", ThirdParty}, {"canvashash", Fingerprint}, {"webglhash", Fingerprint}, {"audiohash", Fingerprint},
	{"fontlisthash", Fingerprint}, {"devicehash", Fingerprint}, {"browserhash", Fingerprint},
}

// Words of goods that hold a refused stem when their neighbour is run into them ("invoice id").
var harmlessWords = set(`invoice invoices surface surfaces interface interfaces typeface preface facet facets faceted choice choices voicemail`)

// Pairs of words that are about goods, not about people.
var harmlessPairs = map[string]bool{
	"face value": true, "face cream": true, "face wash": true, "face mask": true, "face care": true, "face serum": true, "face oil": true,
	"face lotion": true, "watch face": true, "clock face": true, "type face": true, "hard face": true, "face plate": true, "face up": true,
	"voice assistant": true, "voice control": true, "voice over": true, "speech bubble": true, "audio format": true, "audio jack": true,
	"audio output": true, "audio input": true, "audio channels": true, "audio codec": true, "audio book": true, "audio language": true,
	"audio system": true, "audio type": true, "fingerprint resistant": true, "anti fingerprint": true, "fingerprint sensor": true, "fingerprint reader": true, "mic type": true, "mic jack": true,
}

// safeNames are names of the interface, of Segment and of shops, known to be
// harmless: they need no reading.
var safeNames = set(`messageId userId anonymousId action item quantity price currency order session source time query
	properties consent answers level purpose answer noticeVersion noticeHash language method jurisdiction provenance
	type event context traits timestamp originalTimestamp sentAt receivedAt integrations previousId groupId name category
	page path referrer search title url userAgent userAgentData brands brand version mobile platform locale library
	campaign timezone ip product_id sku variant coupon position image_url products order_id checkout_id total revenue
	shipping tax discount affiliation cart_id list_id filters sorts value id color colour size material screen width
	height density os device network categoryPreferences consentManagement allowedConsentIds deniedConsentIds
	resolutionStrategy provider wishlist_id wishlist_name subtotal plan medium term content writeKey channel`)

// spoken are the names that Dropped may count by name.
var spoken = set(`ip userAgent userAgentData referrer search url campaign timezone locale page screen device network os
	traits email phone name location latitude longitude advertisingId library integrations context properties other
	image_url coupon position brand variant category color size material`)

func set(names string) map[string]bool {
	all := make(map[string]bool)
	for _, n := range strings.Fields(names) {
		all[n] = true
	}
	return all
}

// Name refuses names that speak of biometrics, voice, face or third parties in
// any case, with any separators, in look-alike letters and with digits for letters.
func (screens) Name(name string) Finding {
	if safeNames[name] {
		return Clean
	}
	parts := words(name)
	single := 0
	var all strings.Builder
	for i, w := range parts {
		if len(w) <= 1 {
			single++
		}
		if harmlessWords[w] {
			all.WriteByte(' ')
			continue
		}
		all.WriteString(w)
		if f := refusedWord(w); f != Clean {
			before, after := "", ""
			if i > 0 {
				before = parts[i-1] + " " + w
			}
			if i+1 < len(parts) {
				after = w + " " + parts[i+1]
			}
			if !harmlessPairs[before] && !harmlessPairs[after] {
				return f
			}
		}
	}
	for _, reading := range readings(all.String()) {
		for _, s := range refusedStems {
			if strings.Contains(reading, s.stem) && !harmlessPairs[strings.Join(parts, " ")] {
				return s.f
			}
		}
		// Letters pulled apart ("f.a.c.e") hide short words from the reading above.
		if single >= 3 {
			for w, f := range refusedWords {
				if len(w) >= 3 && strings.Contains(reading, w) {
					return f
				}
			}
		}
		if f := refusedWords[reading]; f != Clean && len(parts) > 1 && !harmlessPairs[strings.Join(parts, " ")] {
			return f
		}
	}
	if about := decision.OwnTerms(name); about != "" && about != decision.AboutEligibility { // "free_shipping_eligible" is about goods
		return Terms
	}
	return Clean
}

func refusedWord(w string) Finding {
	for _, reading := range readings(w) {
		if f := refusedWords[reading]; f != Clean {
			return f
		}
		if f := refusedWords[strings.Trim(reading, "0123456789")]; f != Clean {
			return f
		}
	}
	return Clean
}

// readings are the ways in which letters and digits can be read as a word.
func readings(w string) []string {
	if !strings.ContainsAny(w, "0123456789@$!") {
		return []string{w}
	}
	return []string{w, leet(w, 'i'), leet(w, 'l'), strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, w)}
}

// sourceNames are the names of fields that say where data came from.
var sourceNames = set(`source datasource provenance origin provider dataprovider supplier datasupplier vendor obtainedfrom
	acquiredfrom collectedby collectedfrom sourcedfrom sourcetype sourcename dataorigin herkunft quelle`)

// namesSource reports whether a field says where data came from.
func namesSource(name string) bool {
	if safeNames[name] {
		return sourceNames[name]
	}
	return sourceNames[strings.Join(words(name), "")]
}

var foreignWords = set(`third party 3rd thirdparty 3rdparty broker brokers databroker purchased bought licensed rented scraped
	partner partners affiliate dmp lookalike append appended enriched enrichment acxiom experian liveramp bluekai clearbit
	zoominfo equifax transunion epsilon lotame datalogix tapad drittanbieter adresshändler`)

// Source refuses a source that is somebody else.
func (screens) Source(value string) Finding {
	if len(value) > 256 {
		value = value[:256]
	}
	for _, w := range words(value) {
		for _, reading := range readings(w) {
			if foreignWords[reading] {
				return ThirdParty
			}
		}
	}
	all := strings.Join(words(value), "")
	if strings.Contains(all, "thirdparty") || strings.Contains(all, "databroker") {
		return ThirdParty
	}
	return Clean
}

// personalFields are names that a property cannot be declared under.
var personalFields = set(`email mail emailaddress phone phonenumber telephone mobile mobilenumber fax firstname lastname surname
	fullname name username nickname address street streetaddress postcode zip zipcode postalcode city birthday birthdate
	dateofbirth dob ssn socialsecuritynumber nationalid passport passportnumber taxid iban bic cardnumber creditcard cvv pan
	ip ipaddress useragent referrer referer latitude longitude lat lng lon long coordinates geo geohash gps location deviceid
	advertisingid idfa gaid imei mac macaddress gender sex race ethnicity religion health diagnosis pregnancy pregnant disability
	sexuality orientation politics party union ageband age income salary`)

// personalName reports whether a name means a person, a place or a protected trait.
func personalName(name string) bool {
	parts := words(name)
	for _, w := range parts {
		if personalFields[w] && w != "name" && w != "long" && w != "mobile" && w != "party" && w != "union" && w != "age" {
			return true
		}
	}
	return personalFields[strings.Join(parts, "")]
}
