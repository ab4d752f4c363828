package retail

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/tactful/tactful"
)

// Shares of the simulated part, in percent. They are made up: the data has
// purchases only. docs: internal/retail/README.md.
const (
	grantPersonal     = 70 // grant recommendations, level personal
	grantFull         = 12 // grant recommendations, level full
	refuse            = 10 // answer no; the other 8 never answered
	improveIfGranted  = 80 // of those who granted recommendations
	improveIfRefused  = 44 // of those who refused: "count me, but do not pick for me"
	abandonedBasket   = 12 // visits before an order that end without one
	maxViewsOfBought  = 3
	maxViewsOfRelated = 2
)

// consentDraw is what one simulated person said.
type consentDraw struct {
	level                        tactful.Level
	recommendations, improvement tactful.Answer
}

func drawConsent(r *rand.Rand) consentDraw {
	who, improve, quiet := r.IntN(100), r.IntN(100), r.IntN(2)
	yes := func(percent int) tactful.Answer {
		if improve < percent {
			return tactful.Granted
		}
		return tactful.Denied
	}
	switch {
	case who < grantPersonal:
		return consentDraw{tactful.Personal, tactful.Granted, yes(improveIfGranted)}
	case who < grantPersonal+grantFull:
		return consentDraw{tactful.Full, tactful.Granted, yes(improveIfGranted)}
	case who < grantPersonal+grantFull+refuse:
		return consentDraw{tactful.Generic + tactful.Level(quiet), tactful.Denied, yes(improveIfRefused)}
	}
	return consentDraw{}
}

// answers writes what was said as records; Method says that nobody really said it.
func (c consentDraw) answers(when time.Time, notices map[tactful.Purpose]NoticeVersion) []tactful.Consent {
	if c.recommendations == tactful.NoAnswer {
		return nil
	}
	record := func(p tactful.Purpose, a tactful.Answer) tactful.Consent {
		n := notices[p]
		return tactful.Consent{
			Purpose: p, Answer: a, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language,
			Method: MethodSimulated, Jurisdiction: "GB", Time: when,
		}
	}
	return []tactful.Consent{record(tactful.Recommendations, c.recommendations), record(tactful.Improvement, c.improvement)}
}

// visits collects the events of one shopper.
type visits struct {
	data   *Data
	number uint32
	r      *rand.Rand
	made   int
	events []tactful.Event
}

// before adds what may have been looked at before an order: some of what was
// bought, something beside it, and now and then a basket given up days earlier.
func (v *visits) before(o *Order, when time.Time) {
	if len(o.Lines) == 0 {
		return
	}
	bought := map[uint32]bool{}
	for _, l := range o.Lines {
		bought[l.Item] = true
	}
	at := when.Add(-time.Duration(10+v.r.IntN(20)) * time.Minute)
	for range 1 + v.r.IntN(maxViewsOfBought) {
		v.add(tactful.Viewed, o.Lines[v.r.IntN(len(o.Lines))].Item, at)
		at = at.Add(time.Minute)
	}
	for range v.r.IntN(maxViewsOfRelated + 1) {
		other := v.data.shelves.beside(o.Lines[v.r.IntN(len(o.Lines))].Item, v.r)
		if !bought[other] {
			v.add(tactful.Viewed, other, at)
			at = at.Add(time.Minute)
		}
	}
	if v.r.IntN(100) >= abandonedBasket {
		return
	}
	at = when.AddDate(0, 0, -2-v.r.IntN(14))
	other := v.data.shelves.beside(o.Lines[v.r.IntN(len(o.Lines))].Item, v.r)
	v.add(tactful.Viewed, other, at)
	v.add(tactful.Added, other, at.Add(time.Minute))
	if v.r.IntN(2) == 0 {
		v.add(tactful.Removed, other, at.Add(6*time.Minute))
	}
}

func (v *visits) add(a tactful.Action, item uint32, when time.Time) {
	v.made++
	it := &v.data.items[item]
	v.events = append(v.events, tactful.Event{
		MessageID: "simulated-" + strconv.FormatUint(uint64(v.number), 10) + "-" + strconv.Itoa(v.made),
		Action:    a, Item: it.ID, Quantity: 1, Value: max(it.Price, 0),
		Source: SourceSimulated, Time: when, Provenance: tactful.Observed,
	})
}
