package shop

import (
	"io"
	"net/http"
	"strings"

	"github.com/tactful/tactful"
)

// Guests knows the shop's visitors by its cookies, for the privacy centre that
// stands beside it.
type Guests struct {
	People  []Person
	Entropy io.Reader // for the number of somebody who said yes; safe for concurrent use
}

// Who returns the person that a request is by; the zero Alias for nobody in particular.
func (g Guests) Who(r *http.Request) tactful.Alias {
	a, _ := g.who(r)
	return a
}

func (g Guests) who(r *http.Request) (tactful.Alias, *Person) {
	kind, id, _ := strings.Cut(cookie(r, cookieWho), ".")
	switch {
	case kind == "c":
		for i := range g.People {
			if g.People[i].Number == id {
				return g.People[i].Alias, &g.People[i]
			}
		}
	case kind == "v" && visitorID.MatchString(id):
		return tactful.Alias{Kind: tactful.Anonymous, ID: id}, nil
	}
	return tactful.Alias{}, nil
}

// Said returns the level that nobody in particular chose, at most context, and
// whether they said no.
func (g Guests) Said(r *http.Request) (tactful.Level, bool) {
	level, ok := tactful.ParseLevel(cookie(r, cookieLevel))
	if who, _ := g.who(r); !ok || level > tactful.Context || who.Kind != tactful.NoAlias {
		level = tactful.LevelUnknown
	}
	return level, cookie(r, cookieNo) == "1"
}

// Note remembers a level and a no without giving anybody a number.
func (g Guests) Note(w http.ResponseWriter, r *http.Request, level tactful.Level, no bool) {
	word := ""
	if level != tactful.LevelUnknown && level <= tactful.Context {
		word = level.String()
	}
	set(w, r, cookieLevel, word, 0)
	if no {
		set(w, r, cookieNo, "1", rememberNo)
	} else {
		set(w, r, cookieNo, "", 0)
	}
}

// Join gives somebody who said yes a random number.
func (g Guests) Join(w http.ResponseWriter, r *http.Request) (tactful.Alias, error) {
	id, err := draw(g.Entropy)
	if err != nil {
		return tactful.Alias{}, err
	}
	g.Note(w, r, tactful.LevelUnknown, false)
	set(w, r, cookieWho, "v."+id, 0)
	return tactful.Alias{Kind: tactful.Anonymous, ID: id}, nil
}

// Leave forgets the number: the next request is by nobody.
func (g Guests) Leave(w http.ResponseWriter, r *http.Request) {
	for _, name := range []string{cookieWho, cookieLevel, cookieBasket} {
		set(w, r, name, "", 0)
	}
}

// Language is the name of the cookie that holds the language chosen in the shop.
const Language = cookieTongue

// Tell leaves a message for the next page of the shop. A key that the shop has
// no words for says nothing.
func Tell(w http.ResponseWriter, r *http.Request, key, item string) {
	set(w, r, cookieSaid, notice{key: key, item: item}.encode(), 0)
}

// PictureOf and PageOf are where the shop draws and shows an item.
func PictureOf(it tactful.Item) string { return "/img/" + it.ID + ".svg" }

// PageOf is the page of an item.
func PageOf(it tactful.Item) string { return "/item/" + it.ID }
