package guard

import (
	"math"
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Judged writes down what every guard said of every candidate, the moves of
// those that arranged the list among them. It takes a few slices in all, none for
// a verdict; nothing of it lives in the rulings.
func (r *Rulings) Judged(candidates []decision.Candidate) *tactful.Judged {
	n := len(candidates)
	if n != len(r.overall) {
		return nil // not judged
	}
	j := &tactful.Judged{Guards: make([]string, len(r.guards)), Count: n}
	for g, guard := range r.guards {
		j.Guards[g] = guard.Name()
	}
	if n == 0 {
		return j
	}
	order := r.named(j, candidates)
	ruled := 0
	for _, v := range r.verdicts {
		if v.Ruling != decision.Allow {
			ruled++
		}
	}
	room := make([]int32, 0, ruled)
	j.Rulings = make([]tactful.Ruled, 0, min(ruled, len(r.guards)))
	for g, guard := range r.guards {
		left := 0
		for _, v := range r.verdicts[g*n : (g+1)*n] {
			if v.Ruling != decision.Allow {
				left++
			}
		}
		first := len(j.Rulings)
		for from := 0; from < len(order) && left > 0; from++ {
			v := r.known(g, order[from])
			if v.Ruling == decision.Allow || lined(j.Rulings[first:], v) {
				continue
			}
			begin := len(room)
			for at := from; at < len(order); at++ {
				if r.known(g, order[at]) == v {
					room = append(room, int32(at))
				}
			}
			left -= len(room) - begin
			j.Rulings = append(j.Rulings, tactful.Ruled{Guard: guard.Name(), Ruling: v.Ruling.String(), Detail: v.Detail, At: room[begin:len(room):len(room)]})
		}
	}
	return j
}

// known is a verdict in words that receipts have; another one is none, which refuses.
func (r *Rulings) known(g, i int) decision.Verdict {
	v := r.Verdict(g, i)
	if v.Ruling > decision.Withhold {
		v.Ruling = decision.Unruled
	}
	return v
}

// lined reports whether a verdict has its line already.
func lined(lines []tactful.Ruled, v decision.Verdict) bool {
	for i := range lines {
		if lines[i].Ruling == v.Ruling.String() && lines[i].Detail == v.Detail {
			return true
		}
	}
	return false
}

// named names the candidates, and returns them in the order of their names. Of
// offers only those are named that somebody had something to say about.
func (r *Rulings) named(j *tactful.Judged, candidates []decision.Candidate) []int {
	r.before = slices.Grow(r.before[:0], len(candidates))
	order := r.before
	if candidates[0].Offer != nil {
		for i := range candidates {
			if len(order) < tactful.MaxJudgedOffers && r.ruled(i) {
				order = append(order, i)
				j.Offers = append(j.Offers, candidates[i].Offer.Campaign+"/"+candidates[i].Offer.Creative)
			}
		}
		return order
	}
	r.keys = zeroed(r.keys, len(candidates)) // number and place in one, to be sorted
	for i := range candidates {
		r.keys[i] = uint64(i)
		if candidates[i].Item != nil {
			r.keys[i] |= uint64(candidates[i].Item.No) << 32
		}
	}
	slices.Sort(r.keys)
	j.Items = make([]tactful.ItemNo, len(r.keys))
	for at, key := range r.keys {
		j.Items[at] = tactful.ItemNo(key >> 32)
		order = append(order, int(key&math.MaxUint32))
	}
	return order
}

// ruled reports whether a candidate got anything but a plain yes.
func (r *Rulings) ruled(i int) bool {
	for g := range r.guards {
		if r.Verdict(g, i).Ruling != decision.Allow {
			return true
		}
	}
	return false
}
