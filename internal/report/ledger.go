package report

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
)

// Ledger is what one family has told, by month. Costs only ever rise: it is
// written together with the answer that it pays for, so no crash gives any back.
type Ledger struct {
	Spent  map[string]noise.Cost `json:"spent"`
	Latest string                `json:"latest,omitempty"` // newest question: of bestsellers the one whose list is in use, of what is about today the one that is given on once the budget is spent
}

// monthsKept bounds the ledger; older months have told what they told.
const monthsKept = 120

// Left is what may still be told in the month of now.
func (l *Ledger) Left(s *Settings, now time.Time) noise.Cost {
	return max(0, s.Budget()-l.Spent[Month(now)])
}

// Affords refuses an answer that the month's budget does not cover.
func (l *Ledger) Affords(s *Settings, family string, now time.Time) error {
	if l.Left(s, now) >= s.Each(family) {
		return nil
	}
	return &tactful.Error{
		Kind: tactful.Refused, Detail: "this report has told as much of each person this month as it may",
		Remedy: fmt.Sprintf("ask again from %s, or for an answer that was given before: those are free (tactful report budget)", Renews(now).Format(Dated)),
	}
}

// Charge takes the cost of one answer.
func (l *Ledger) Charge(s *Settings, family string, now time.Time) error {
	if err := l.Affords(s, family, now); err != nil {
		return err
	}
	l.add(s.Each(family), now)
	return nil
}

func (l *Ledger) add(cost noise.Cost, now time.Time) {
	if l.Spent == nil {
		l.Spent = map[string]noise.Cost{}
	}
	l.Spent[Month(now)] += cost
	if len(l.Spent) > monthsKept {
		oldest := Month(now)
		for month := range l.Spent {
			oldest = min(oldest, month)
		}
		delete(l.Spent, oldest)
	}
}

// Encode writes the ledger as its row.
func (l *Ledger) Encode() ([]byte, error) { return json.Marshal(l) }

// DecodeLedger reads what Encode wrote. A ledger that cannot be read affords
// nothing: the caller must not answer.
func DecodeLedger(text []byte) (*Ledger, error) {
	var l Ledger
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("read a ledger of reports: %w", err)
	}
	for month, cost := range l.Spent {
		if _, err := time.Parse("2006-01", month); err != nil || cost < 0 || cost > noise.MaxCost {
			return nil, tactful.Errorf(tactful.Internal, "a ledger of reports is damaged")
		}
	}
	return &l, nil
}
