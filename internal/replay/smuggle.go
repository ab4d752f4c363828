package replay

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
)

// canary is one piece of data that must not be stored, with needles by which
// it is recognised wherever it went.
type canary struct {
	class   string   // biometric, voice, third party, personal
	text    []string // needleBytes of lower-case text each
	digits  string   // a number, as at least digitNeedle plain digits
	event   map[string]any
	segment bool // travels as a Segment call
}

// needleBytes is the length of a text needle.
const needleBytes = 12

// smuggler makes canaries. It has words and disguises of its own: the screens
// must not be tested with their own vocabulary.
type smuggler struct {
	rng *rand.Rand
	n   int
}

var contraband = map[string][]string{
	"biometric":   {"face template", "face", "facial features", "fingerprint", "finger print hash", "iris scan", "iris code", "retina scan", "biometric id", "biometrics", "palm print", "gait", "heart rate", "dna", "face embedding", "selfie", "face vector", "eye tracking", "touch id", "keystroke dynamics"},
	"voice":       {"voice", "voice print", "voice sample", "speech", "audio clip", "microphone", "voice recording", "utterance", "audio recording", "speaker id", "voice memo", "mic recording", "speech sample", "audio data", "ambient sound"},
	"third party": {"third party segments", "third party", "data broker", "broker score", "credit score", "acxiom id", "experian group", "live ramp id", "purchased list", "partner data", "lookalike audience", "enrichment", "3rd party score", "external profile", "blue kai"},
	"personal":    {"email", "phone", "first name", "address", "date of birth", "home town", "card number", "passport", "latitude", "ip address", "device id", "income"},
}

var classes = []string{"biometric", "voice", "third party", "personal"}

// next makes one event that carries one canary.
func (s *smuggler) next() canary {
	s.n++
	c := canary{class: classes[s.rng.IntN(len(classes))], segment: s.rng.IntN(3) == 0}
	e := map[string]any{"messageId": fmt.Sprintf("c%d", s.n), "userId": person(s.rng.IntN(people)), "action": "viewed", "item": product(s.rng)}
	c.event = e
	switch s.rng.IntN(5) {
	case 0, 1:
		s.named(&c)
	case 2:
		s.shaped(&c)
	case 3:
		if c.class == "personal" {
			s.personal(&c)
		} else {
			s.shaped(&c)
		}
	default:
		s.personal(&c)
		c.class = "personal"
	}
	if c.segment {
		c.event = asSegment(c.event)
	}
	return c
}

// token makes a word that occurs nowhere else.
func (s *smuggler) token(c *canary) string {
	b := []byte("kanarie")
	for range needleBytes - len(b) {
		b = append(b, byte('a'+s.rng.IntN(26)))
	}
	c.text = append(c.text, string(b))
	return string(b)
}

// named puts a token under a forbidden name, disguised and anywhere.
func (s *smuggler) named(c *canary) {
	names := contraband[c.class]
	name := s.disguise(names[s.rng.IntN(len(names))])
	token := s.token(c)
	var value any = token
	switch s.rng.IntN(6) {
	case 0:
		value = []any{token}
	case 1:
		value = map[string]any{"raw": map[string]any{"data": token}}
	case 2:
		value = "v=" + token + ";q=1"
	}
	s.place(c.event, name, value)
}

// disguise writes a name in another way that a person still reads.
func (s *smuggler) disguise(name string) string {
	parts := strings.Fields(name)
	join := func(sep string) string { return strings.Join(parts, sep) }
	camel := func() string {
		out := parts[0]
		for _, p := range parts[1:] {
			out += strings.ToUpper(p[:1]) + p[1:]
		}
		return out
	}
	swap := func(s string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(s) }
	switch s.rng.IntN(16) {
	case 0:
		return join("_")
	case 1:
		return join("-")
	case 2:
		return camel()
	case 3:
		return strings.ToUpper(join("_"))
	case 4:
		return join(".")
	case 5:
		return join(" ")
	case 6:
		return "user_" + join("_")
	case 7:
		return camel() + "V2"
	case 8:
		return swap(join("_"), "a", "4", "e", "3", "o", "0")
	case 9:
		return swap(join("_"), "a", "а", "e", "е", "o", "о", "c", "с") // Cyrillic
	case 10:
		return strings.Map(func(r rune) rune { // full width
			if r > ' ' && r < 127 {
				return r + 0xFEE0
			}
			return r
		}, join("_"))
	case 11:
		return strings.Join(strings.Split(join(""), ""), "_")
	case 12:
		return strings.Join(strings.Split(join("_"), ""), "\u200b")
	case 13:
		return swap(join("_"), "i", "í", "e", "é", "a", "ä")
	case 14:
		return "$" + camel()
	}
	return strings.ToUpper(parts[0][:1]) + parts[0][1:] + strings.Join(parts[1:], "")
}

// place puts a member somewhere into an event.
func (s *smuggler) place(e map[string]any, name string, value any) {
	leaf := map[string]any{name: value}
	text, _ := json.Marshal(leaf)
	switch s.rng.IntN(14) {
	case 0:
		e[name] = value
	case 1, 2:
		e["properties"] = leaf
	case 3:
		e["properties"] = map[string]any{"details": map[string]any{"more": []any{1, leaf}}}
	case 4:
		e["properties"] = map[string]any{"list": []any{[]any{[]any{leaf}}}}
	case 5:
		e["traits"] = leaf
	case 6:
		e["context"] = map[string]any{"traits": leaf}
	case 7:
		e["context"] = map[string]any{"device": leaf, "page": map[string]any{"url": "https://shop.example/p?x=1"}}
	case 8:
		e["properties"] = map[string]any{"payload": string(text)}
	case 9:
		e["properties"] = map[string]any{"blob": base64.StdEncoding.EncodeToString(text)}
	case 10:
		e["properties"] = map[string]any{"pairs": []any{map[string]any{"key": name, "value": value}}}
	case 11:
		e["properties"] = map[string]any{"shelf": string(text)} // a declared property that swallows JSON
	case 12:
		e["properties"] = map[string]any{"shelf": leaf}
	default:
		e["consent"] = map[string]any{"answers": []any{map[string]any{"purpose": "offers", "answer": "denied", "method": fmt.Sprint(value), "noticeVersion": fmt.Sprint(value), "language": fmt.Sprint(value)}}}
	}
}

// shaped puts data that is recognised by its look under a harmless name, or
// into a field that is kept.
func (s *smuggler) shaped(c *canary) {
	noise := make([]byte, 60+s.rng.IntN(400))
	for i := range noise {
		noise[i] = byte(s.rng.Uint32())
	}
	heads := [][]byte{[]byte("RIFF\x24\x00\x00\x00WAVEfmt "), []byte("OggS\x00\x02\x00\x00"), []byte("ID3\x04\x00"), []byte("fLaC\x00"), {0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 'J', 'F'}, []byte("\x89PNG\r\n\x1a\n"), {0x1A, 0x45, 0xDF, 0xA3, 1, 0, 0, 0}}
	if c.class == "third party" {
		token := s.token(c)
		sources := []string{"third party", "data broker", "purchased", "partner feed", "Experian", "scraped", "THIRD_PARTY", "3rd-party", "brоker"}
		s.place(c.event, "audience", map[string]any{"source": sources[s.rng.IntN(len(sources))], "group": token})
		return
	}
	if c.class == "personal" {
		s.personal(c)
		return
	}
	encoded := base64.StdEncoding.EncodeToString(append(slices.Clone(heads[s.rng.IntN(len(heads))]), noise...))
	c.text = append(c.text, strings.ToLower(encoded[24:24+needleBytes]))
	var value any = encoded
	switch s.rng.IntN(6) {
	case 0:
		value = "data:audio/wav;base64," + encoded
	case 1:
		value = "data:image/jpeg;base64," + encoded
	case 2:
		value = "clip: " + encoded
	case 3: // a template of numbers
		c.text = nil
		numbers := make([]any, 64+s.rng.IntN(64))
		for i := range numbers {
			numbers[i] = json.Number(fmt.Sprintf("0.%010d", s.rng.Uint64N(1e10)))
		}
		c.text = append(c.text, string(numbers[7].(json.Number)))
		value = numbers
		if s.rng.IntN(2) == 0 {
			value = strings.Trim(fmt.Sprint(numbers), "[]")
		}
	}
	if text, ok := value.(string); ok && s.rng.IntN(2) == 0 {
		s.keep(c.event, text)
		return
	}
	s.place(c.event, []string{"extra", "data", "v", "misc"}[s.rng.IntN(4)], value)
}

// keep puts a text into a field whose value is stored when it passes.
func (s *smuggler) keep(e map[string]any, value string) {
	switch s.rng.IntN(6) {
	case 0:
		e["item"] = value
	case 1:
		e["session"] = value
	case 2:
		e["order"] = value
	case 3:
		e["properties"] = map[string]any{"shelf": value}
	case 4:
		e["messageId"] = value
	default:
		delete(e, "item")
		e["action"], e["query"] = "searched", "lamp "+value+" red"
	}
}

// personal writes numbers and addresses of people into fields that are kept.
func (s *smuggler) personal(c *canary) {
	token := func() string { return s.token(c) }
	random := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('0' + s.rng.IntN(10))
		}
		return string(b)
	}
	var value string
	switch s.rng.IntN(9) {
	case 0:
		value = token() + "@example.com"
	case 1:
		value = strings.ToUpper(token()) + "＠mail.example．org"
	case 2:
		value = token() + " (at) example (dot) com"
	case 3:
		c.digits = "49170" + random(8)
		value = "+49 170 " + c.digits[5:8] + "-" + c.digits[8:]
	case 4:
		c.digits = luhn("4" + random(14))
		value = s.script(c.digits[:4] + " " + c.digits[4:8] + " " + c.digits[8:12] + " " + c.digits[12:])
	case 5:
		c.digits = luhn("51" + random(13))
		value = s.script(c.digits)
	case 6:
		account := random(18)
		value = iban("DE", account)
		c.digits = value[2:]
		value = value[:4] + " " + value[4:8] + " " + value[8:]
	case 7:
		place := fmt.Sprintf("52.%010d", s.rng.Uint64N(1e10))
		c.text = append(c.text, place[:needleBytes])
		value = place + ", 13.404954"
	default:
		n := "1" + random(8)
		for n[3:5] == "00" || n[5:] == "0000" {
			n = "1" + random(8)
		}
		value = "no. " + n[:3] + "-" + n[3:5] + "-" + n[5:]
		c.text = append(c.text, value[len(value)-needleBytes:])
	}
	if s.rng.IntN(5) == 0 {
		s.place(c.event, []string{"email", "phone", "contact", "note"}[s.rng.IntN(4)], value)
		return
	}
	s.keep(c.event, value)
}

// script writes digits in one of several scripts.
func (s *smuggler) script(digits string) string {
	zero := []rune{'0', '0', '٠', '०', '０', '𝟎'}[s.rng.IntN(6)]
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return zero + r - '0'
		}
		return r
	}, digits)
}

// luhn appends the check digit.
func luhn(n string) string {
	sum := 0
	for i := range len(n) {
		d := int(n[len(n)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return n + string(rune('0'+(10-sum%10)%10))
}

// iban makes a German account number valid.
func iban(country, account string) string {
	rest := 0
	for _, r := range account + "131400" { // D, E, check digits 00
		rest = (rest*10 + int(r-'0')) % 97
	}
	return fmt.Sprintf("%s%02d%s", country, 98-rest, account)
}

// asSegment sends the same as a Segment call.
func asSegment(e map[string]any) map[string]any {
	properties, _ := e["properties"].(map[string]any)
	if properties == nil {
		properties = map[string]any{}
	}
	call := map[string]any{"type": "track", "event": "Product Viewed", "messageId": e["messageId"], "userId": e["userId"], "properties": properties}
	for name, value := range e {
		switch name {
		case "messageId", "userId", "action", "properties":
		case "item":
			properties["product_id"] = value
		case "order":
			properties["order_id"] = value
		case "query":
			call["event"], properties["query"] = "Products Searched", value
		case "consent":
			call["context"] = map[string]any{"consent": map[string]any{"categoryPreferences": value}}
		default:
			call[name] = value
		}
	}
	return call
}
