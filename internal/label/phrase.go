package label

import (
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/catalog"
	"github.com/tactful/tactful/internal/decision"
)

const (
	maxPhraseWords = 8
	leastPart      = 3 // letters beside a star
)

// part is one word of a phrase, or how one begins or ends.
type part struct {
	text  string
	shape shape
}

type shape uint8

const (
	whole shape = iota
	begins
	ends
)

func (p part) fits(word string) bool {
	switch p.shape {
	case whole:
		return p.text == word
	case begins:
		return strings.HasPrefix(word, p.text)
	case ends:
		return strings.HasSuffix(word, p.text)
	}
	return false
}

// parsePhrase reads a phrase as it is written in the catalogues.
func parsePhrase(text string) ([]part, error) {
	var parts []part
	for field := range strings.FieldsSeq(text) {
		bare := strings.Trim(field, "*")
		if strings.Contains(bare, "*") {
			return nil, tactful.Errorf(tactful.Invalid, "a star stands in the wrong place")
		}
		words := catalog.Words(nil, bare)
		if strings.HasSuffix(field, "*") && len(words) > 0 {
			// A beginning keeps its last s, which is no plural.
			words = catalog.Words(nil, bare+"x")
			words[len(words)-1] = strings.TrimSuffix(words[len(words)-1], "x")
		}
		if len(words) == 0 {
			return nil, tactful.Errorf(tactful.Invalid, "a phrase has a word without letters")
		}
		if field != bare && len(words[len(words)-1]) < leastPart { // of the word, without the signs around it
			return nil, tactful.Errorf(tactful.Invalid, "a star stands in the wrong place")
		}
		for _, word := range words {
			parts = append(parts, part{text: word})
		}
		switch {
		case field == bare:
		case strings.HasPrefix(field, "*") && !strings.HasSuffix(field, "*") && len(words) == 1:
			parts[len(parts)-1].shape = ends
		case strings.HasSuffix(field, "*") && !strings.HasPrefix(field, "*"):
			parts[len(parts)-1].shape = begins
		default:
			return nil, tactful.Errorf(tactful.Invalid, "a star stands in the wrong place")
		}
	}
	if len(parts) == 0 || len(parts) > maxPhraseWords {
		return nil, tactful.Errorf(tactful.Invalid, "a phrase has no words, or too many")
	}
	return parts, nil
}

// phraseSort says what finding a phrase means.
type phraseSort uint8

const (
	says   phraseSort = iota // the item is of the class
	except                   // only looks like it
	around                   // a search for it is about the subject of the class
)

type phrase struct {
	class decision.Class
	sort  phraseSort
	text  string // as written, for the explanation
	parts []part
}

// phrases finds whole phrases in text. Phrases whose first word is whole are
// found by it; the others by the first letters of that word, or one by one.
type phrases struct {
	byWord  map[string][]*phrase
	byStart map[string][]*phrase // by the first leastPart bytes of a beginning
	byEnd   map[string][]*phrase // by the last leastPart bytes of an ending
}

func newPhrases() *phrases {
	return &phrases{byWord: map[string][]*phrase{}, byStart: map[string][]*phrase{}, byEnd: map[string][]*phrase{}}
}

func (p *phrases) add(x phrase) {
	first := x.parts[0]
	switch first.shape {
	case whole:
		p.byWord[first.text] = append(p.byWord[first.text], &x)
	case begins:
		key := first.text[:leastPart]
		p.byStart[key] = append(p.byStart[key], &x)
	case ends:
		key := first.text[len(first.text)-leastPart:]
		p.byEnd[key] = append(p.byEnd[key], &x)
	}
}

// match is a phrase with the words it covers: [from, to).
type match struct {
	*phrase
	from, to int
}

// find appends every phrase that stands in the words.
func (p *phrases) find(dst []match, words []string) []match {
	for i, word := range words {
		dst = try(dst, p.byWord[word], words, i)
		if len(word) >= leastPart {
			dst = try(dst, p.byStart[word[:leastPart]], words, i)
			dst = try(dst, p.byEnd[word[len(word)-leastPart:]], words, i)
		}
	}
	return dst
}

func try(dst []match, list []*phrase, words []string, at int) []match {
	for _, x := range list {
		if at+len(x.parts) > len(words) {
			continue
		}
		fits := true
		for i := range x.parts {
			if !x.parts[i].fits(words[at+i]) {
				fits = false
				break
			}
		}
		if fits {
			dst = append(dst, match{x, at, at + len(x.parts)})
		}
	}
	return dst
}

// covered reports whether a match lies inside one of its class that only looks like it.
func covered(m match, all []match) bool {
	for _, other := range all {
		if other.sort == except && other.class == m.class && other.from <= m.from && m.to <= other.to {
			return true
		}
	}
	return false
}
