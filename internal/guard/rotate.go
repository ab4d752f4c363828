package guard

import (
	"time"

	"github.com/tactful/tactful/internal/decision"
)

// twiceRunning is for how long the last showing is remembered as the last one.
const twiceRunning = 7 * day

// rotate rules on an offer by what was shown last. Service messages say what has
// to be said, and people whom nobody knows have no last showing.
func rotate(c *decision.Case, x *decision.Candidate) decision.Verdict {
	allow := decision.Verdict{Ruling: decision.Allow}
	if c.Showings == nil || x.Offer.Kind == decision.KindService {
		return allow
	}
	last := lastOffer(c.Showings.Past, c.Now)
	switch {
	case last == nil:
		return allow
	case last.Campaign == x.Offer.Campaign && last.Creative == x.Offer.Creative:
		return decision.Verdict{Ruling: decision.Withhold, Detail: diverseTwice}
	case last.Category != "" && last.Category == categoryOf(x):
		return decision.Verdict{Ruling: decision.Demote, Detail: diverseCategory}
	}
	return allow
}

// lastOffer is the newest showing that was no service message, nil if there is
// none of late.
func lastOffer(past []decision.Showing, now time.Time) *decision.Showing {
	for i := range past {
		if s := &past[i]; s.Fate.Counts() && !s.Service {
			if now.Sub(s.At) >= twiceRunning {
				return nil
			}
			return s
		}
	}
	return nil
}

// anyOffer reports whether a list is one of offers.
func anyOffer(candidates []decision.Candidate, order []int) bool {
	return len(order) > 0 && candidates[order[0]].Offer != nil
}

// rotateList leaves out what stands in the list twice, and puts something of
// another category in between where there is something.
func rotateList(candidates []decision.Candidate, line Line, out []decision.Verdict) []int {
	type name struct{ campaign, creative string }
	seen := map[name]bool{}
	rest := make([]int, 0, len(line.Order))
	for _, i := range line.Order {
		of := name{candidates[i].Offer.Campaign, candidates[i].Offer.Creative}
		if seen[of] {
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: diverseTwice}
			continue
		}
		seen[of] = true
		rest = append(rest, i)
	}
	list := line.Order[:0]
	for len(rest) > 0 {
		at := 0
		if len(list) > 0 {
			last := categoryOf(&candidates[list[len(list)-1]])
			for k, i := range rest {
				if line.demoted(i) != line.demoted(rest[0]) {
					break // what is demoted stays behind
				}
				if last == "" || categoryOf(&candidates[i]) != last {
					at = k
					break
				}
			}
		}
		list = append(list, rest[at])
		rest = append(rest[:at], rest[at+1:]...)
	}
	return list
}
