package report

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
)

// PublicLists is the family that editions of public lists are charged to. It
// answers no questions: an edition is made when its time has come.
const PublicLists = "lists"

// MostListed bounds the items of an edition, so that it fits one row.
const MostListed = 2000

// EditionsMonthly is how many editions may be made in a month.
const EditionsMonthly = 5

// Edition is what is published: every list, as it was drawn once. It holds items
// and nothing of people but what its noise leaves.
type Edition struct {
	Given     time.Time  `json:"given"`
	Next      time.Time  `json:"next"`      // when another may be made
	Until     time.Time  `json:"until"`     // when this one stands no more, so that what somebody took back is out by then
	Least     int        `json:"least"`     // people that each item was touched by
	Deviation int        `json:"deviation"` // of the noise on each count
	Margin    int        `json:"margin"`
	Groups    int        `json:"groups"` // items of one person that count
	Cost      noise.Cost `json:"cost"`
	Items     []string   `json:"items"`
	Lists     [][]int32  `json:"lists"` // places in Items, by place
}

// Tells and Hides are what a reader of public lists may conclude.
const (
	ListsTell = "what many people of this shop touched besides an item, about in this order; a list changes only where many people came"
	ListsHide = "what any one person touched: measured by the attack tactful replay --rows lists, not proved; as a bound the cost is large"
)

// Of returns the list of an item, nil if it has none.
func (d *Edition) Of(item string) []string {
	for i, id := range d.Items {
		if id != item {
			continue
		}
		list := make([]string, len(d.Lists[i]))
		for k, at := range d.Lists[i] {
			list[k] = d.Items[at]
		}
		return list
	}
	return nil
}

// Over returns the lists as places among other items: what is not there any more
// is left out, what is new has none.
func (d *Edition) Over(items []string) [][]int32 {
	place := make(map[string]int32, len(items))
	for i, id := range items {
		place[id] = int32(i)
	}
	lists := make([][]int32, len(items))
	for i, id := range d.Items {
		of, known := place[id]
		if !known {
			continue
		}
		for _, at := range d.Lists[i] {
			if to, known := place[d.Items[at]]; known {
				lists[of] = append(lists[of], to)
			}
		}
	}
	return lists
}

// Encode writes the edition as its row.
func (d *Edition) Encode() ([]byte, error) { return json.Marshal(d) }

// DecodeEdition reads what Encode wrote.
func DecodeEdition(text []byte) (*Edition, error) {
	var d Edition
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("read public lists: %w", err)
	}
	damaged := len(d.Lists) != len(d.Items) || d.Cost <= 0
	for _, list := range d.Lists {
		for _, at := range list {
			damaged = damaged || at < 0 || int(at) >= len(d.Items)
		}
	}
	if damaged {
		return nil, tactful.Errorf(tactful.Internal, "kept public lists are damaged")
	}
	return &d, nil
}

// AffordsEdition refuses an edition beyond the budget of the month.
func (l *Ledger) AffordsEdition(set *Lists, now time.Time) error {
	if l.Spent[Month(now)]+set.Cost() <= EditionsMonthly*set.Cost() {
		return nil
	}
	return &tactful.Error{
		Kind: tactful.Refused, Detail: "public lists have told as much of each person this month as they may",
		Remedy: fmt.Sprintf("the edition before stays; publish again from %s", Renews(now).Format(Dated)),
	}
}

// ChargeEdition takes the cost of one edition.
func (l *Ledger) ChargeEdition(set *Lists, now time.Time) error {
	if err := l.AffordsEdition(set, now); err != nil {
		return err
	}
	l.add(set.Cost(), now)
	return nil
}
