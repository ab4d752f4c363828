package wording

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is copy as it is sent.
type Text struct {
	Text    string
	Said    []string // personal fields that were said
	Generic []string // personal fields that were left out, or for which others words stand
	Unknown []string // what could not be filled, as it was written; it is not in Text
}

// gap stands where a field was left out, until the sentence is closed over it.
const gap = '\ue000'

// Render fills copy for a reader. Plain are the values of fields that are about
// nobody. Text never holds a raw field.
func Render(text string, at Place, r *Reader, plain map[string]string) Text {
	var out Text
	note := func(list *[]string, name string) {
		if !slices.Contains(*list, name) {
			*list = append(*list, name)
		}
	}
	unknown := func(raw string) string {
		note(&out.Unknown, raw)
		return string(gap)
	}
	filled := ours.ReplaceAllStringFunc(heaped.ReplaceAllStringFunc(plainBraces(text), unknown), func(written string) string {
		m := ours.FindStringSubmatch(written)
		name, instead := m[1], m[2]
		switch {
		case slices.Contains(personalFields, name):
			if r != nil && r.May(name, at) {
				note(&out.Said, name)
				return r.Values[name].Text
			}
			note(&out.Generic, name)
		case slices.Contains(plainFields, name):
			if value := oneLine(plain[name]); value != "" {
				return value
			}
		default:
			return written
		}
		if instead = oneLine(instead); instead != "" {
			return instead
		}
		return string(gap)
	})
	out.Text = closed(filled)
	for raw(out.Text) { // what is closed over may leave another one; each round makes it shorter
		for _, written := range written {
			out.Text = closed(written.ReplaceAllStringFunc(out.Text, unknown))
		}
	}
	return out
}

// written are all ways in which a field can be written.
var written = [...]*regexp.Regexp{heaped, ours, foreign, halves}

// raw reports whether a text holds anything that looks like a field.
func raw(text string) bool {
	for _, written := range written {
		if written.MatchString(text) {
			return true
		}
	}
	return false
}

// oneLine keeps a value of the business from bringing fields or line breaks.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(plainBraces(s)), " ")
	if foreign.MatchString(s) || halves.MatchString(s) {
		return ""
	}
	return s
}

var (
	runOfGaps = regexp.MustCompile("(?:[ \t]*\ue000(?:['’]s?\\b)?)+")
	atStart   = regexp.MustCompile(`(?m)^[ \t]*` + "\ue000" + `[ \t]*[,،;؛:!.–-]*[ \t]*`)
	beforeEnd = regexp.MustCompile("\ue000" + `([,،;؛:!?؟.)]|[ \t]*$)`)
)

// closed closes sentences over what was left out: "Hi X, look" is "Hi, look",
// and "X, look" is "Look".
func closed(text string) string {
	if !strings.ContainsRune(text, gap) {
		return text
	}
	text = runOfGaps.ReplaceAllString(text, string(gap))
	for atStart.MatchString(text) {
		place := atStart.FindStringIndex(text)
		rest := text[place[1]:]
		if first, n := utf8.DecodeRuneInString(rest); n > 0 {
			rest = string(unicode.ToUpper(first)) + rest[n:]
		}
		text = text[:place[0]] + rest
	}
	text = beforeEnd.ReplaceAllString(text, "$1")
	var b strings.Builder
	for i, r := range text {
		if r != gap {
			b.WriteRune(r)
			continue
		}
		// The spaces before the gap went with it; one is put back between words.
		if next, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(gap):]); next != ' ' && next != '\t' && next != '\n' && b.Len() > 0 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}
