package ingest

import "strings"

// Bounds of shapes. Face and voice templates have 128 and more numbers;
// nothing that a shop sends with an event looks like sixteen fractions.
const (
	maxFractions = 15
	maxNumbers   = 127
	minMedia     = 32  // base64 characters after a medium's first bytes
	maxRun       = 80  // unbroken base64 characters in a code that is kept
	maxAnyRun    = 512 // the same anywhere
)

// mediaHeads are the first characters of sound, picture and film files in base64 and hex.
var mediaHeads = []string{
	"UklGR", "T2dnU", "SUQzB", "SUQzA", "//uQ", "//vQ", "//uA", "//NE", "//PE", "//OE", "ZkxhQ", "Zm9ybQ", "Rk9STQ", "MThkZ", "TVRoZ", // wav, ogg, mp3, flac, aiff, midi
	"IyFBTVI", "GkXfo", "AAAAGGZ0eX", "AAAAHGZ0eX", "AAAAIGZ0eX", "AAAAFGZ0eX", "//FQ", "//lQ", // amr, webm, mp4/m4a, aac
	"iVBORw0KGg", "/9j/", "_9j_", "R0lGOD", "SUkqAA", "TU0AKg", "AAAAGGZ0eXBoZWlj", // png, jpeg, gif, tiff, heic
	"52494646", "4f676753", "664c6143", "494433", "ffd8ff", "89504e47", "1a45dfa3", "47494638",
}

// Shape refuses values that are media, templates or blobs whatever their
// field is called.
func (screens) Shape(value string) Finding {
	if len(value) < 6 {
		return Clean
	}
	v := strings.TrimSpace(plain(value))
	lower := v
	if strings.ContainsAny(v, "DATAIMGEUOVdata/") {
		lower = strings.ToLower(v)
	}
	if at := strings.Index(lower, "data:"); at >= 0 {
		rest := strings.ReplaceAll(lower[at+5:], " ", "")
		for _, kind := range [...]string{"audio/", "image/", "video/", "application/octet-stream", ";base64,"} {
			if strings.HasPrefix(rest, kind) {
				return Media
			}
		}
	}
	if mime(lower) {
		return Media
	}
	if len(v) >= minMedia {
		for _, head := range mediaHeads {
			for at := strings.Index(v, head); at >= 0; {
				if run(v[at:]) >= minMedia && (at == 0 || v[at-1] == '=' || !base64Byte(v[at-1]) || len(head) >= 6) {
					return Media
				}
				next := strings.Index(v[at+1:], head)
				if next < 0 {
					break
				}
				at += 1 + next
			}
		}
		if longest(v) > maxAnyRun {
			return Blob
		}
		if fractions(v) > maxFractions {
			return Embedding
		}
	}
	return Clean
}

// mime reports whether the whole text is a media type of sound, picture or film.
func mime(lower string) bool {
	for _, kind := range [...]string{"audio/", "image/", "video/"} {
		rest, ok := strings.CutPrefix(lower, kind)
		if !ok || rest == "" {
			continue
		}
		rest, _, _ = strings.Cut(rest, ";")
		return len(rest) <= 40 && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz0123456789.+- ") == ""
	}
	return false
}

func base64Byte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '-' || c == '_' || c == '='
}

// run counts the base64 characters at the beginning, line breaks passed over.
func run(s string) int {
	n := 0
	for i := range len(s) {
		switch {
		case base64Byte(s[i]):
			n++
		case s[i] == '\n' || s[i] == '\r':
		default:
			return n
		}
	}
	return n
}

// longest is the longest unbroken run of base64 characters.
func longest(s string) int {
	best := 0
	for i := 0; i < len(s); {
		n := 0
		for i+n < len(s) && base64Byte(s[i+n]) {
			n++
		}
		best = max(best, n)
		i += n + 1
	}
	return best
}

// fractions counts the decimal fractions in a text of numbers.
func fractions(s string) int {
	n := 0
	for i := 1; i+1 < len(s); i++ {
		if s[i] == '.' && s[i-1] >= '0' && s[i-1] <= '9' && s[i+1] >= '0' && s[i+1] <= '9' {
			n++
		}
	}
	return n
}

// Numbers refuses lists of numbers that look like a measured template.
func (screens) Numbers(count, fractions int) Finding {
	if fractions > maxFractions || count > maxNumbers {
		return Embedding
	}
	return Clean
}
