package api

import (
	"net/http"

	"github.com/tactful/tactful/internal/web/api/wire"
	"github.com/tactful/tactful/internal/web/door"
)

// readPlain reads a request for recommendations as nearly all clients write it:
// one flat object, texts in ASCII without escapes, a count in digits, a filter
// of lists and prices. Of anything else, a fault above all, it says nothing:
// then the schema decides, and finds the words. So what is read here is what
// the schema would have let through, to the same values, which a fuzz target
// holds it to; it only takes a tenth of the time.
func readPlain(text []byte) (r wire.RecommendationsRequest, ok bool) {
	p := plainReader{text: text}
	if !p.object(func(name []byte) bool { return p.request(&r, name) }) {
		return wire.RecommendationsRequest{}, false
	}
	p.space()
	if p.at != len(text) || r.Placement == "" || r.Count == 0 {
		return wire.RecommendationsRequest{}, false
	}
	return r, true
}

// The fields of a request, for the set of those that were there.
const (
	plainUser uint = 1 << iota
	plainAnonymous
	plainSession
	plainPlacement
	plainItems
	plainQuery
	plainCount
	plainLevel
	plainFilter
	plainLanguage
	plainCategories
	plainWithoutCategories
	plainWithoutItems
	plainLeast
	plainMost
	plainAvailable
)

const mostPrice = 100_000_000_000_000

// plainReader is at a place in a text. What it cannot read it leaves to others.
type plainReader struct {
	text []byte
	at   int
	seen uint
}

func (p *plainReader) request(r *wire.RecommendationsRequest, name []byte) (ok bool) {
	switch string(name) {
	case "userId":
		r.UserId, ok = p.str(plainUser, 1, 256)
	case "anonymousId":
		r.AnonymousId, ok = p.str(plainAnonymous, 1, 256)
	case "session":
		r.Session, ok = p.str(plainSession, 0, 128)
	case "query":
		r.Query, ok = p.str(plainQuery, 0, 256)
	case "placement":
		var word string
		word, ok = p.str(plainPlacement, 1, 16)
		switch r.Placement = wire.Placement(word); word {
		case "for_you", "similar", "basket", "popular", "search":
		default:
			return false
		}
	case "level":
		var word string
		word, ok = p.str(plainLevel, 1, 16)
		switch r.Level = wire.Level(word); word {
		case "generic", "context", "personal", "full":
		default:
			return false
		}
	case "language":
		r.Language, ok = p.str(plainLanguage, 0, 35)
		for i := range len(r.Language) {
			if c := r.Language[i]; c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
				return false
			}
		}
	case "count":
		var n int64
		n, ok = p.whole(plainCount, 1, 100)
		r.Count = int32(n)
	case "items":
		r.Items, ok = p.list(plainItems, 100, 128)
	case "filter":
		return p.once(plainFilter) && p.object(func(name []byte) bool { return p.filter(&r.Filter, name) })
	}
	return ok
}

func (p *plainReader) filter(f *wire.Filter, name []byte) (ok bool) {
	switch string(name) {
	case "categories":
		f.Categories, ok = p.list(plainCategories, 64, 128)
	case "excludeCategories":
		f.ExcludeCategories, ok = p.list(plainWithoutCategories, 64, 128)
	case "excludeItems":
		f.ExcludeItems, ok = p.list(plainWithoutItems, 500, 128)
	case "priceMin":
		var n int64
		n, ok = p.whole(plainLeast, 0, mostPrice)
		f.PriceMin = &n
	case "priceMax":
		var n int64
		n, ok = p.whole(plainMost, 0, mostPrice)
		f.PriceMax = &n
	case "availableOnly":
		ok = p.once(plainAvailable)
		switch {
		case p.word("true"):
			f.AvailableOnly = true
		case !p.word("false"):
			return false
		}
	}
	return ok
}

// once refuses what is there twice.
func (p *plainReader) once(field uint) bool {
	twice := p.seen&field != 0
	p.seen |= field
	return !twice
}

func (p *plainReader) space() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\n' || p.text[p.at] == '\r' || p.text[p.at] == '\t') {
		p.at++
	}
}

func (p *plainReader) one(c byte) bool {
	p.space()
	if p.at == len(p.text) || p.text[p.at] != c {
		return false
	}
	p.at++
	return true
}

func (p *plainReader) word(w string) bool {
	if p.at+len(w) > len(p.text) || string(p.text[p.at:p.at+len(w)]) != w {
		return false
	}
	p.at += len(w)
	return true
}

// object reads an object; field reads the value of one name and says whether it could.
func (p *plainReader) object(field func(name []byte) bool) bool {
	if !p.one('{') {
		return false
	}
	if p.one('}') {
		return true
	}
	for {
		name, ok := p.quoted()
		if !ok || !p.one(':') {
			return false
		}
		p.space()
		if !field(name) {
			return false
		}
		if !p.one(',') {
			return p.one('}')
		}
	}
}

// quoted reads a text of plain ASCII.
func (p *plainReader) quoted() ([]byte, bool) {
	if !p.one('"') {
		return nil, false
	}
	from := p.at
	for ; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			return p.text[from : p.at-1], true
		case c < ' ' || c == '\\' || c > '~':
			return nil, false
		}
	}
	return nil, false
}

func (p *plainReader) str(field uint, least, most int) (string, bool) {
	text, ok := p.quoted()
	if !ok || len(text) < least || len(text) > most || !p.once(field) {
		return "", false
	}
	return string(text), true
}

// whole reads a number of at most 15 digits, which every decoder reads alike.
func (p *plainReader) whole(field uint, least, most int64) (int64, bool) {
	from, n := p.at, int64(0)
	for p.at < len(p.text) && '0' <= p.text[p.at] && p.text[p.at] <= '9' && p.at-from < 16 {
		n = 10*n + int64(p.text[p.at]-'0')
		p.at++
	}
	digits := p.at - from
	if digits == 0 || digits > 15 || digits > 1 && p.text[from] == '0' || n < least || n > most || !p.once(field) {
		return 0, false
	}
	return n, true // what follows, such as a point, is no comma
}

func (p *plainReader) list(field uint, entries, length int) ([]string, bool) {
	if !p.once(field) || !p.one('[') {
		return nil, false
	}
	all := []string{}
	if p.one(']') {
		return all, true
	}
	for {
		text, ok := p.quoted()
		if !ok || len(text) < 1 || len(text) > length || len(all) == entries {
			return nil, false
		}
		all = append(all, string(text))
		if !p.one(',') {
			return all, p.one(']')
		}
	}
}

// plainBody is a body that readPlain has read.
type plainBody struct {
	validated // which errs when it is read
	request   *wire.RecommendationsRequest
}

// Recommend answers a plain request without the generated binding, which would
// bind by reflection what has its type already.
func (g *generated) Recommend(w http.ResponseWriter, r *http.Request, params wire.RecommendParams) {
	body, ok := r.Body.(plainBody)
	if !ok {
		g.ServerInterface.Recommend(w, r, params)
		return
	}
	answer, err := g.server.Recommend(r.Context(), wire.RecommendRequestObject{Params: params, Body: body.request})
	if err == nil {
		err = answer.VisitRecommendResponse(w)
	}
	if err != nil {
		door.Refuse(w, r, g.server.opt.Log, err)
	}
}
