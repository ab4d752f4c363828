package retail

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/tactful/tactful"
)

// Setting says when and from which seed the customers are made.
type Setting struct {
	Now     time.Time                         // the day before becomes the last day of the data
	Seed    io.Reader                         // 32 bytes are read
	Notices map[tactful.Purpose]NoticeVersion // what the simulated consents name as the text shown
}

// NoticeVersion names a consent text.
type NoticeVersion struct {
	Version, Hash, Language string
}

// Customer is one customer of the data with everything they did, oldest first.
type Customer struct {
	Number  uint32
	Alias   tactful.Alias
	Level   tactful.Level     // simulated choice; LevelUnknown if never answered
	Answers []tactful.Consent // simulated; none if never answered
	Events  []tactful.Event   // real with Source "import", simulated with Source "simulated"
}

// Sources and methods that tell real from made up.
const (
	SourceReal      = "import"
	SourceSimulated = "simulated"
	MethodSimulated = "simulated"
)

// Alias returns how the engine knows a customer number.
func Alias(number uint32) tactful.Alias {
	return tactful.Alias{Kind: tactful.UserID, ID: strconv.FormatUint(uint64(number), 10)}
}

// Customers gives the customers one by one, by number, so that only one is in
// memory at a time. Each is drawn from the seed and their number alone: the
// order in which they are asked for changes nothing.
func (d *Data) Customers(s Setting) (iter.Seq[Customer], error) {
	var seed [32]byte
	if _, err := io.ReadFull(s.Seed, seed[:]); err != nil {
		return nil, fmt.Errorf("read the seed: %w", err)
	}
	start := d.start(s.Now)
	agreed := map[uint32]bool{}
	for _, p := range d.People() {
		agreed[p.Number] = true
	}
	return func(yield func(Customer) bool) {
		for i := range d.shoppers {
			sh := &d.shoppers[i]
			r := draw(seed, sh.Number)
			c := Customer{Number: sh.Number, Alias: Alias(sh.Number)}
			said := drawConsent(r)
			if agreed[sh.Number] {
				said = consentDraw{level: tactful.Personal, recommendations: tactful.Granted, improvement: tactful.Granted}
			}
			c.Events = d.events(sh, start, r)
			asked := start
			if len(c.Events) > 0 {
				asked = c.Events[0].Time.Add(-10 * time.Minute)
			}
			c.Level, c.Answers = said.level, said.answers(asked, s.Notices)
			if !yield(c) {
				return
			}
		}
	}, nil
}

// start returns minute 0 moved by whole days so that the last order was
// yesterday: spacing and time of day stay as they were.
func (d *Data) start(now time.Time) time.Time {
	lastDay := epoch.Add(time.Duration(d.last) * time.Minute).Truncate(24 * time.Hour)
	yesterday := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -1)
	return epoch.Add(yesterday.Sub(lastDay))
}

// events returns the real lines of a shopper and the simulated visits around them.
func (d *Data) events(sh *Shopper, start time.Time, r *rand.Rand) []tactful.Event {
	v := visits{data: d, number: sh.Number, r: r}
	for _, o := range sh.Orders {
		when := start.Add(time.Duration(o.Minute) * time.Minute)
		action, prefix := tactful.Purchased, ""
		if o.Kind == Cancellation {
			action, prefix = tactful.Returned, "C"
		} else {
			v.before(&o, when)
		}
		name := prefix + strconv.FormatUint(uint64(o.Number), 10)
		for i, l := range o.Lines {
			v.events = append(v.events, tactful.Event{
				MessageID: "invoice-" + name + "-" + strconv.Itoa(i), Action: action, Item: d.items[l.Item].ID,
				Quantity: int32(max(l.Quantity, 1)), Value: int64(l.Pence), Order: name,
				Source: SourceReal, Time: when, Provenance: tactful.Observed,
			})
		}
	}
	slices.SortStableFunc(v.events, func(a, b tactful.Event) int { return a.Time.Compare(b.Time) })
	return v.events
}

// draw makes the generator of one customer.
func draw(seed [32]byte, number uint32) *rand.Rand {
	return rand.New(rand.NewChaCha8(sha256.Sum256(binary.BigEndian.AppendUint32(seed[:], number))))
}
