package explain

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Explainer renders sentences. Safe for concurrent use.
type Explainer struct {
	all     []catalogue // fallback first
	matcher language.Matcher
	support uint32
}

// New loads the embedded catalogues. fallback is the language of requests that
// name none we have, "en" if empty; an item is listed behind a reason only if
// at least support people stand behind the pair.
func New(fallback string, support uint32) (*Explainer, error) {
	if fallback == "" {
		fallback = "en"
	}
	all, err := load(fallback)
	if err != nil {
		return nil, err
	}
	known := make([]language.Tag, len(all))
	for i, c := range all {
		tag, err := language.Parse(c.Language)
		if err != nil {
			return nil, tactful.Errorf(tactful.Internal, "a message catalogue has no valid language")
		}
		known[i] = tag
	}
	return &Explainer{all: all, matcher: language.NewMatcher(known), support: support}, nil
}

// Speaks reports whether there is a catalogue for a BCP 47 tag.
func (e *Explainer) Speaks(tag string) bool {
	base, _, _ := strings.Cut(tag, "-")
	found, fallback := e.in(tag).Language, e.all[0].Language
	return found != fallback || strings.EqualFold(base, fallback)
}

// Languages returns the tags there are, fallback first. The slice is the caller's.
func (e *Explainer) Languages() []string { return tags(e.all) }

// Precision bounds what a reason may name: it is guard.Rulings.Coarse.
type Precision struct {
	Coarse   bool   // no item of the person's may be named
	Category string // the category to name instead, "" for none
	Noted    bool   // a note stands beside it, see guard.Harm
}

// itemsNamed is how many of the person's own items a reason lists.
const itemsNamed = 3

// Reason says why a candidate is in the list, in the request's language.
func (e *Explainer) Reason(c *decision.Case, candidate *decision.Candidate, precision Precision) tactful.Reason {
	tag := ""
	if c.Request != nil {
		tag = c.Request.Language
	}
	words := e.in(tag)
	reason := tactful.Reason{Language: words.Language}
	piece := named(c, candidate)
	var name string
	reason.Key, name = keyFor(c, candidate, piece, precision)
	reason.Sentence = words.say(reason.Key, name)
	if wish := wishKey(c, candidate); wish != "" {
		reason.Sentence += " " + words.say(wish, decision.TopicName(candidate.Topic))
	}
	if key := nearKey(c, candidate); key != "" {
		reason.Sentence += " " + words.say(key, "")
	}
	if piece != nil {
		reason.Share = share(c, candidate, precision)
		if !precision.Coarse {
			reason.Items = e.items(c, candidate)
		}
		if candidate.Origin == tactful.Boosted {
			reason.Sentence += " " + words.say("and.boosted", "")
		}
		if opposed(candidate) {
			reason.Sentence += " " + words.say("and.against", "")
		}
	}
	if precision.Noted {
		reason.Sentence += " " + words.say("and.harm", "")
	}
	return reason
}

// named returns the piece behind the largest contribution, nil if the
// candidate rests on no evidence.
func named(c *decision.Case, candidate *decision.Candidate) *decision.Piece {
	switch candidate.Origin {
	case tactful.Ranked, tactful.Boosted, tactful.Match:
	case tactful.OriginUnknown, tactful.Filler, tactful.Pinned, tactful.Bestseller:
		return nil
	}
	if len(candidate.Contributions) == 0 {
		return nil
	}
	at := int(candidate.Contributions[0].Piece)
	if at < 0 || at >= len(c.Evidence.Pieces) {
		return nil
	}
	return &c.Evidence.Pieces[at]
}

// keyFor picks the message and the name in it.
func keyFor(c *decision.Case, candidate *decision.Candidate, piece *decision.Piece, precision Precision) (key, name string) {
	switch candidate.Origin {
	case tactful.Pinned:
		return "pinned", ""
	case tactful.Bestseller:
		if precision.Coarse {
			return "bestseller.neutral", ""
		}
		return "bestseller", ""
	case tactful.Filler:
		key = "filler"
		if wishKey(c, candidate) != "" {
			key = "filler.asked" // it was picked for them a little, by what they asked for
		}
		if precision.Coarse {
			key += ".neutral"
		}
		return key, ""
	case tactful.Match:
		return matchKey(piece, precision)
	case tactful.Boosted:
		if piece == nil {
			return "boosted", ""
		}
	case tactful.Ranked, tactful.OriginUnknown:
	}
	if piece == nil {
		return "filler.neutral", "" // a guard has refused it; nothing is claimed
	}
	source := sourceOf(c, piece)
	switch {
	case precision.Coarse && precision.Category != "":
		if source == "history" && piece.Action == tactful.Purchased {
			return "coarse.purchased", precision.Category
		}
		return "coarse." + source, precision.Category
	case precision.Coarse || piece.Listed == nil:
		return "neutral." + source, ""
	case source == "history":
		return "because." + actionKey(piece.Action), piece.Listed.Title
	}
	return "because." + source, piece.Listed.Title
}

// wishKey picks the sentence about a wish that changed the candidate's place, ""
// if none did. Where others see the screen it names no topic.
func wishKey(c *decision.Case, candidate *decision.Candidate) string {
	key := ""
	switch candidate.Wish {
	case tactful.WishMore:
		key = "and.more"
	case tactful.WishLess:
		key = "and.less"
	case tactful.WishNone, tactful.WishMuted:
	}
	if key != "" && c.Wishes != nil && c.Wishes.Discreet {
		key += ".neutral"
	}
	return key
}

func matchKey(piece *decision.Piece, precision Precision) (key, name string) {
	switch {
	case piece == nil || precision.Coarse && precision.Category == "" || !precision.Coarse && piece.Listed == nil:
		return "match", ""
	case precision.Coarse:
		return "match.coarse", precision.Category
	case piece.Origin == decision.FromHistory:
		return "match.history", piece.Listed.Title
	}
	return "match.session", piece.Listed.Title
}

// sourceOf says where the person can see the piece: in their history, on this
// page, in the basket or on this visit.
func sourceOf(c *decision.Case, piece *decision.Piece) string {
	if piece.Origin != decision.FromRequest {
		return "history"
	}
	if c.Request != nil {
		switch c.Request.Placement {
		case tactful.Similar:
			return "page"
		case tactful.Basket:
			return "basket"
		case tactful.ForYou, tactful.Search, tactful.Popular, tactful.PlacementUnknown:
		}
	}
	return "session"
}

func actionKey(action tactful.Action) string {
	switch action {
	case tactful.Purchased, tactful.Viewed, tactful.Added, tactful.Saved, tactful.Clicked:
		return action.String()
	case tactful.ActionUnknown, tactful.Removed, tactful.Returned, tactful.Declined, tactful.Dismissed, tactful.Searched:
	}
	return "other"
}

// share is what part of the score the sentence names: the item's contribution,
// or for a category those of all its items. It is cut at 1, which it can pass
// only where other evidence speaks against the candidate.
func share(c *decision.Case, candidate *decision.Candidate, precision Precision) float64 {
	if candidate.Score <= 0 {
		return 0
	}
	part := candidate.Contributions[0].Value
	if precision.Coarse && precision.Category != "" {
		part = 0
		for _, k := range candidate.Contributions {
			if k.Piece < 0 || int(k.Piece) >= len(c.Evidence.Pieces) {
				continue
			}
			if item := c.Evidence.Pieces[k.Piece].Listed; item != nil && slices.Contains(item.Categories, precision.Category) {
				part += k.Value
			}
		}
	}
	return min(max(part/candidate.Score, 0), 1)
}

// items returns the ids of the person's own items behind the reason, largest
// first. An item that only few people share with the suggestion is not listed.
func (e *Explainer) items(c *decision.Case, candidate *decision.Candidate) []string {
	var ids []string
	var last *decision.Contribution
	for len(ids) < itemsNamed {
		if last = e.next(c, candidate, last); last == nil {
			break
		}
		ids = append(ids, c.Evidence.Pieces[last.Piece].Listed.ID)
	}
	return ids
}

// next returns the largest contribution behind the last one that may be named,
// of equal ones that of the first piece, nil if there is none.
func (e *Explainer) next(c *decision.Case, candidate *decision.Candidate, last *decision.Contribution) (next *decision.Contribution) {
	before := func(a, b *decision.Contribution) bool {
		return a.Value > b.Value || a.Value == b.Value && a.Piece < b.Piece
	}
	for i := range candidate.Contributions {
		k := &candidate.Contributions[i]
		if k.Value <= 0 || k.Support < e.support || k.Piece < 0 || int(k.Piece) >= len(c.Evidence.Pieces) ||
			c.Evidence.Pieces[k.Piece].Listed == nil {
			continue
		}
		if (last == nil || before(last, k)) && (next == nil || before(k, next)) {
			next = k
		}
	}
	return next
}

// opposed reports whether what the person did not want takes a noticeable part
// of the score away: a quarter of it.
func opposed(candidate *decision.Candidate) bool {
	against := 0.0
	for i := range candidate.Contributions {
		against -= min(candidate.Contributions[i].Value, 0)
	}
	return against > 0 && against >= candidate.Score/4
}

// LeftOut says to the customer why a guard stopped an item; detail is the
// verdict's.
func (e *Explainer) LeftOut(guard string, detail uint8, tag string) string {
	words := e.in(tag)
	key := "leftout." + guard
	if detail == failed {
		key = "leftout.failed"
	}
	for _, k := range [...]string{key + "." + strconv.Itoa(int(detail)), key, "leftout"} {
		if text, known := words.Messages[k]; known {
			return text
		}
	}
	return ""
}

// failed is the detail of a guard that could not judge.
const failed = 255

// Promise says to the customer what a guard promises, "" for an unknown guard.
func (e *Explainer) Promise(guard, tag string) string {
	return e.in(tag).Messages["promise."+guard]
}
