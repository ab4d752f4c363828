package guard

import (
	"fmt"
	"math"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Fair bounds whom and what a list favours. What is picked for a person is not
// much more popular than what they choose themselves (Abdollahpouri and others,
// 2019: popularity is what drowns niches and small groups); a few places belong
// to items that few people know, so that a good part of the catalogue is met at
// all; and the groups of items that the shop declares (sellers, regions, people
// in a market with two sides) have at least and at most their share of places.
//
// It knows no group of people: protected attributes are no evidence and reach
// no case. That lists do not tell them is the model's part (engine.protection),
// that they do not carry the leanings of a group further is the diverse guard's.
type Fair struct {
	Rules FairRules
}

var _ Arranger = Fair{}

// FairRules are the bounds.
type FairRules struct {
	Popularity float64      `yaml:"popularity" doc:"How much more popular than the person's own choices a list may be on average: 0.5 is half as much again; -1 for no bound."`
	Rare       int          `yaml:"rare" doc:"Of a list of ten, so many of the last places go to fitting items that fewest people know; -1 for none."`
	Shares     []ShareRules `yaml:"shares" doc:"Groups of items with a bounded share of every list picked for somebody."`

	// Breadth is that of the diverse guard: what is changed here keeps it.
	Breadth int `yaml:"-"`
}

// ShareRules bound what a group of items gets.
type ShareRules struct {
	Attribute string  `yaml:"attribute" doc:"The item's attribute that names the group, such as seller."`
	Value     string  `yaml:"value" doc:"The group."`
	Least     float64 `yaml:"least" doc:"At least this share of the places, as far as there is something to show."`
	Most      float64 `yaml:"most" doc:"At most this share; 0 for no bound."`
}

// maxShares bounds the declared groups.
const maxShares = 32

// The defaults were chosen on a validation cut of MovieLens 1M; docs/MEASURED.md
// says what they cost and bring.
func (r *FairRules) defaults() {
	if r.Popularity == 0 {
		r.Popularity = 1.5
	}
	if r.Rare == 0 {
		r.Rare = 1
	}
}

func (r *FairRules) validate() (faults []error) {
	fault := func(field, detail, remedy string) {
		faults = append(faults, tactful.InvalidField("fair."+field, detail, remedy))
	}
	if !(r.Popularity >= 0 && r.Popularity <= 100 || r.Popularity == -1) {
		fault("popularity", "is out of range", "set 0 to 100, or -1 for no bound; 1.5 is the default")
	}
	if r.Rare < -1 || r.Rare > 5 {
		fault("rare", "is out of range", "set 0 to 5, or -1 for none; 1 is the default")
	}
	if len(r.Shares) > maxShares {
		fault("shares", "are too many", fmt.Sprintf("declare at most %d", maxShares))
	}
	least := map[string]float64{}
	for i, s := range r.Shares {
		at := fmt.Sprintf("shares[%d].", i)
		if s.Attribute == "" || s.Value == "" {
			fault(at+"attribute", "or value is missing", "name an attribute of items and one of its values")
		}
		if !(s.Least >= 0 && s.Least <= 1) || !(s.Most >= 0 && s.Most <= 1) || s.Most > 0 && s.Most < s.Least || s.Least == 0 && s.Most == 0 {
			fault(at+"least", "and most bound nothing, or contradict each other", "set shares from 0 to 1, least below most")
		}
		if slices.ContainsFunc(r.Shares[:i], func(o ShareRules) bool { return o.Attribute == s.Attribute && o.Value == s.Value }) {
			fault(at+"value", "is bounded twice", "give each group one entry")
		}
		if least[s.Attribute] += s.Least; least[s.Attribute] > 1+1e-9 {
			fault(at+"least", "adds up to more than the whole list", "the least shares of one attribute's groups are at most 1 together")
		}
	}
	return faults
}

// Name is the guard's word.
func (Fair) Name() string { return "fair" }

// Promise is the sentence it keeps.
func (Fair) Promise() string {
	return "No group of people is favoured, and what few people know gets its place too."
}

// File is where it is decided.
func (Fair) File() string { return "internal/guard/fair.go" }

// Details of the fair guard.
const (
	fairPopular uint8 = iota + 1
	fairRare
	fairShare
	fairNothing
)

// Detail says what a verdict's code means.
func (Fair) Detail(code uint8) string {
	switch code {
	case fairPopular:
		return "moved back: the list was more popular than the person's own choices"
	case fairRare:
		return "moved back for something that fewer people know"
	case fairShare:
		return "moved back for the declared share of a group of items"
	case fairNothing:
		return "is no item"
	}
	return failedDetail(code)
}

// Judge allows every item: alone, none is favoured.
func (Fair) Judge(_ *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	for i := range candidates {
		out[i] = decision.Verdict{Ruling: decision.Allow}
		if candidates[i].Item == nil && candidates[i].Offer == nil {
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: fairNothing}
		}
	}
	return nil
}

// Turn is after the mix and before what refuses.
func (Fair) Turn() Turn { return TurnShares }

// Arrange holds a list that is picked for somebody to the bounds. What goes with
// an item or answers a search is what was asked for.
func (f Fair) Arrange(c *decision.Case, candidates []decision.Candidate, line Line, out []decision.Verdict) ([]int, error) {
	if c.Request.Placement != tactful.ForYou || anyOffer(candidates, line.Order) {
		return line.Order, nil
	}
	b := balance{c: c, candidates: candidates, line: &line, out: out, count: min(line.Count, len(line.Order)), breadth: f.Rules.Breadth}
	if f.Rules.Popularity >= 0 {
		b.bound(f.Rules.Popularity)
	}
	if f.Rules.Rare > 0 {
		b.introduce((f.Rules.Rare*b.count + 5) / 10)
	}
	b.share(f.Rules.Shares)
	return line.Order, nil
}

// balance is one list being held to the bounds.
type balance struct {
	c          *decision.Case
	candidates []decision.Candidate
	line       *Line
	out        []decision.Verdict
	count      int // of the list will be shown
	breadth    int // categories that ten of them have at least
}

// narrows reports whether the exchange of two positions would leave the first ten
// with fewer categories than they have and than they should have.
func (b *balance) narrows(at, from int) bool {
	leaves, comes := b.kind(at), b.kind(from)
	if b.breadth <= 0 || leaves == noKind || leaves == comes {
		return false
	}
	first := min(10, b.count)
	return at < first && !b.among(leaves, first, at) && (comes == noKind || b.among(comes, first, at)) && b.distinct(first) <= (b.breadth*first+9)/10
}

const noKind = -1

// kind is the most exact category at a position.
func (b *balance) kind(at int) int32 {
	shelves := b.c.Shelves.At(b.candidates[b.line.Order[at]].Item.No)
	if len(shelves) == 0 {
		return noKind
	}
	return int32(shelves[len(shelves)-1])
}

// among reports whether a category is among the first positions, but for one.
func (b *balance) among(kind int32, first, but int) bool {
	for i := range first {
		if i != but && b.kind(i) == kind {
			return true
		}
	}
	return false
}

// distinct counts the categories among the first positions.
func (b *balance) distinct(first int) (n int) {
	for i := range first {
		if k := b.kind(i); k != noKind && !b.among(k, i, noKind) {
			n++
		}
	}
	return n
}

// free reports whether something at a position may be put elsewhere. The first
// place is the best one's.
func (b *balance) free(at int) bool {
	return at > 0 && !b.line.fixed(at) && !b.line.demoted(b.line.Order[at])
}

// ready reports whether something that is not shown may come in.
func (b *balance) ready(at int) bool {
	i := b.line.Order[at]
	return !b.line.demoted(i) && b.candidates[i].Score > 0
}

// change shows what waits at one position instead of what is at another.
func (b *balance) change(at, from int, why uint8) {
	order := b.line.Order
	b.out[order[at]] = decision.Verdict{Ruling: decision.Demote, Detail: why}
	b.out[order[from]] = decision.Verdict{Ruling: decision.Allow}
	order[at], order[from] = order[from], order[at]
}

func (b *balance) touched(no tactful.ItemNo) float64 {
	if int(no) >= len(b.c.Touched) {
		return 0
	}
	return float64(b.c.Touched[no])
}

func (b *balance) people(at int) float64 { return b.touched(b.candidates[b.line.Order[at]].Item.No) }

// bound brings the mean popularity of what is picked down to what the person's
// own choices have, and a bit more. It changes the last places first, where
// accuracy has least to lose.
func (b *balance) bound(more float64) {
	own, weight := 0.0, 0.0
	for i := range b.c.Evidence.Pieces {
		if p := &b.c.Evidence.Pieces[i]; p.Weight > 0 {
			own += p.Weight * b.touched(p.Item)
			weight += p.Weight
		}
	}
	if own == 0 {
		return
	}
	limit := own / weight * (1 + more)
	sum, picked := 0.0, 0
	for at := range b.count {
		if b.candidates[b.line.Order[at]].Score > 0 {
			sum += b.people(at)
			picked++
		}
	}
	for at := b.count - 1; at > 0 && sum > limit*float64(picked); at-- {
		if !b.free(at) || b.candidates[b.line.Order[at]].Score <= 0 || b.people(at) <= limit {
			continue
		}
		best, value := -1, -1.0
		for from := b.count; from < len(b.line.Order); from++ {
			if !b.ready(from) || b.people(from) > limit {
				continue
			}
			if v := 1 + b.like(at, from) - 0.02*float64(from-b.count); v > value && !b.narrows(at, from) {
				best, value = from, v
			}
		}
		if best < 0 {
			return
		}
		sum += b.people(best) - b.people(at)
		b.change(at, best, fairPopular)
	}
}

// unlike is by how much better known something of quite other categories counts
// when a place is given away, so that the mix stays.
const unlike = 3

// like is the share of categories that two items have in common (Jaccard).
func (b *balance) like(at, from int) float64 {
	one, other := b.c.Shelves.At(b.candidates[b.line.Order[at]].Item.No), b.c.Shelves.At(b.candidates[b.line.Order[from]].Item.No)
	both := 0
	for _, shelf := range one {
		for _, s := range other {
			if s == shelf {
				both++
			}
		}
	}
	return float64(both) / float64(max(len(one)+len(other)-both, 1))
}

// introduce gives the last places to what fewest people know of all that fits.
func (b *balance) introduce(places int) {
	for at := b.count - 1; at > 0 && places > 0; at-- {
		places--
		if !b.free(at) {
			continue
		}
		best, fewest := -1, b.people(at)
		for from := b.count; from < len(b.line.Order); from++ {
			if n := b.people(from) * (1 + unlike*(1-b.like(at, from))); b.ready(from) && n < fewest && !b.narrows(at, from) {
				best, fewest = from, n
			}
		}
		if best >= 0 {
			b.change(at, best, fairRare)
		}
	}
}

// share gives the declared groups their places.
func (b *balance) share(rules []ShareRules) {
	for r := range rules {
		least := int(rules[r].Least*float64(b.count) + 1e-9)
		for b.of(&rules[r]) < least && b.exchange(rules, r, true) {
		}
	}
	for r := range rules {
		if rules[r].Most <= 0 {
			continue
		}
		most := int(math.Ceil(rules[r].Most*float64(b.count) - 1e-9))
		for b.of(&rules[r]) > most && b.exchange(rules, r, false) {
		}
	}
}

func (r *ShareRules) holds(item *tactful.Item) bool { return item.Attributes[r.Attribute] == r.Value }

// of counts what is shown of a group.
func (b *balance) of(r *ShareRules) (n int) {
	for _, i := range b.line.Order[:b.count] {
		if r.holds(b.candidates[i].Item) {
			n++
		}
	}
	return n
}

// exchange lets one more item of a group in, or takes one out, without taking
// another group below its least share or above its most. It is false where that
// cannot be done.
func (b *balance) exchange(rules []ShareRules, r int, in bool) bool {
	for at := b.count - 1; at >= 0; at-- {
		leaves := b.candidates[b.line.Order[at]].Item
		if b.line.fixed(at) || b.line.demoted(b.line.Order[at]) || rules[r].holds(leaves) == in {
			continue
		}
		for from := b.count; from < len(b.line.Order); from++ {
			comes := b.candidates[b.line.Order[from]].Item
			if b.line.demoted(b.line.Order[from]) || rules[r].holds(comes) != in || b.breaks(rules, r, leaves, comes) {
				continue
			}
			b.change(at, from, fairShare)
			return true
		}
	}
	return false
}

// breaks reports whether an exchange takes another group out of its bounds.
func (b *balance) breaks(rules []ShareRules, but int, leaves, comes *tactful.Item) bool {
	for r := range rules {
		rule := &rules[r]
		out, in := rule.holds(leaves), rule.holds(comes)
		if r == but || out == in {
			continue
		}
		n := float64(b.of(rule))
		if out && n-1 < rule.Least*float64(b.count)-1+1e-9 || in && rule.Most > 0 && n+1 > math.Ceil(rule.Most*float64(b.count)-1e-9) {
			return true
		}
	}
	return false
}
