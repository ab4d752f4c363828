package access

import (
	"strings"

	"github.com/tactful/tactful"
)

// Scopes is the set of things a key may do. The zero value may do nothing.
type Scopes uint8

// Scopes. Admin includes all others but Browser, which stands alone: a key that
// sits in a page is readable by everyone.
const (
	Write   Scopes = 1 << iota // send events and items
	Decide                     // ask for decisions, read receipts and notices
	Rights                     // consents, history, receipts and erasure of subjects
	Admin                      // train, doctor, and everything above
	Browser                    // send events and ask for context decisions, from listed origins only
)

// scopeWords lists the scopes with their words and key letters, strongest
// first; a key carries the letter of its strongest scope.
var scopeWords = [...]struct {
	scope  Scopes
	word   string
	letter byte
}{
	{Admin, "admin", 'a'},
	{Rights, "rights", 'r'},
	{Decide, "decide", 'd'},
	{Write, "write", 'w'},
	{Browser, "browser", 'b'},
}

// ParseScopes reads words such as "write" and "decide".
func ParseScopes(words []string) (Scopes, error) {
	var all Scopes
	for _, word := range words {
		scope := scopeOf(strings.TrimSpace(word))
		if scope == 0 {
			return 0, tactful.InvalidField("scopes", "names an unknown scope", "use write, decide, rights, admin or browser")
		}
		all |= scope
	}
	return all, all.validate()
}

func scopeOf(word string) Scopes {
	for _, s := range scopeWords {
		if s.word == word {
			return s.scope
		}
	}
	return 0
}

// Words returns the words of the set, strongest first.
func (s Scopes) Words() []string {
	var words []string
	for _, w := range scopeWords {
		if s&w.scope != 0 {
			words = append(words, w.word)
		}
	}
	return words
}

// String joins the words.
func (s Scopes) String() string { return strings.Join(s.Words(), ",") }

// Allows reports whether the set has one of the wanted scopes. Browser is
// never among the wanted: doors ask Grant.Browser where such keys may enter.
func (s Scopes) Allows(wanted Scopes) bool {
	if s&Admin != 0 {
		return true
	}
	return s&wanted&^Browser != 0
}

func (s Scopes) validate() error {
	switch {
	case s == 0:
		return tactful.InvalidField("scopes", "is empty", "use write, decide, rights, admin or browser")
	case s&^(Write|Decide|Rights|Admin|Browser) != 0:
		return tactful.InvalidField("scopes", "names an unknown scope", "use write, decide, rights, admin or browser")
	case s&Browser != 0 && s != Browser:
		return tactful.InvalidField("scopes", "mixes browser with other scopes", "make a key of its own for browsers: everyone can read it")
	}
	return nil
}

func (s Scopes) letter() byte {
	for _, w := range scopeWords {
		if s&w.scope != 0 {
			return w.letter
		}
	}
	return 'x'
}
