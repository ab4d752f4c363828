package records

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// What one person said under two names, joined with care: a no of either stands,
// whenever it was said, and a yes only where the person who is left said it. The
// rules are those by which a restored copy obeys what was said since (restop.go).

// belongings are a subject's State rows, opened.
type belongings struct {
	version     store.Version
	standing    *Standing
	settings    map[string]Setting
	preferences *tactful.Preferences
	told        *decision.Told
	toldUntil   time.Time
	showings    *decision.Showings
	counted     time.Time // until then the row of showings is kept
	messages    []Message
	aliases     [][16]byte
	contributed *linear.Contribution
	inherited   []*linear.Contribution
	recipients  map[string]string
	visits      []byte // as it is stored, with when it ends
	visitsUntil time.Time
	place       *Whereabouts
	placeUntil  time.Time
	joined      []Joined
}

// openBelongings opens a subject's State; without a standing there is nobody.
func openBelongings(sealer *vault.Sealer, ref tactful.Ref, answer store.Answer) (*belongings, error) {
	b := &belongings{version: answer.Version}
	p := subjectPartition(ref)
	for _, row := range answer.Rows {
		plain, err := sealer.Open(nil, p, store.State, row.Key, row.Value)
		if err == nil {
			err = b.take(row, plain)
		}
		if err != nil {
			return nil, unreadable("row of a subject", err)
		}
	}
	if b.standing == nil {
		return nil, errNoSubject()
	}
	b.standing.Version = answer.Version
	return b, nil
}

func (b *belongings) take(row store.Row, plain []byte) (err error) {
	switch string(row.Key) {
	case string(standingKey):
		b.standing, err = decodeStanding(plain)
	case string(settingsKey):
		b.settings, err = decodeSettings(plain)
	case string(preferencesKey):
		b.preferences, err = decodePreferences(plain)
	case string(toldKey):
		b.toldUntil = row.Expires
		b.told, err = decodeTold(plain)
	case string(showingsKey):
		b.counted = row.Expires
		b.showings, err = decodeShowings(plain)
	case string(outboxKey):
		b.messages, err = decodeMessages(plain)
	case string(aliasesKey):
		b.aliases, err = decodeAliases(plain)
	case string(contributionKey):
		b.contributed, err = decodeContribution(plain)
	case string(inheritedKey):
		b.inherited, err = decodeInherited(plain)
	case string(recipientsKey):
		b.recipients, err = decodeRecipients(plain)
	case string(visitsKey):
		b.visits, b.visitsUntil = plain, row.Expires
	case string(placeKey):
		var w Whereabouts
		w, err = decodePlace(plain)
		b.place, b.placeUntil = &w, row.Expires
	case string(joinedKey):
		b.joined, err = decodeJoined(plain)
	case string(panelKey): // stays where it was told
	default:
		err = fmt.Errorf("a row of a subject that a merge does not know: %x", row.Key)
	}
	return err
}

// joinedStanding is how the person stands after a merge, and the records that its
// noes rest on.
func joinedStanding(own, other *Standing, said []tactful.Consent) (Standing, []tactful.Consent) {
	next := *own
	restsOn := restrict(&next, &stop{Standing: other, Said: said})
	if other.Created.Before(next.Created) {
		next.Created = other.Created
	}
	return next, restsOn
}

// joinedSettings joins what was said of items: of the same item the later counts.
func joinedSettings(own, other map[string]Setting) (map[string]Setting, error) {
	all := maps.Clone(own)
	if all == nil {
		all = map[string]Setting{}
	}
	for item, s := range other {
		if had, both := all[item]; !both || s.Time.After(had.Time) {
			all[item] = s
		}
	}
	if len(all) > MaxSettings {
		return nil, tooMuch("settings for items", MaxSettings)
	}
	return all, nil
}

func joinedPreferences(own, other *tactful.Preferences) (*tactful.Preferences, error) {
	switch {
	case other == nil:
		return own, nil
	case own == nil:
		own = &tactful.Preferences{}
	}
	all := other.Joined(own)
	if err := all.Validate(); err != nil {
		return nil, &tactful.Error{Kind: tactful.Refused, Detail: "what both declared does not fit into one set of preferences", Remedy: "let the person take some of it back first", Err: err}
	}
	return &all, nil
}

// joinedTold counts what the lists of both told in the same week. What does not fit
// any more is over budget anyway.
func joinedTold(own, other *decision.Told) *decision.Told {
	switch {
	case other == nil, own != nil && own.Week > other.Week:
		return own
	case own == nil, other.Week > own.Week:
		return other
	}
	items := append(slices.Clone(own.Items), other.Items...)
	slices.Sort(items)
	items = slices.Compact(items)
	return &decision.Told{Week: own.Week, Items: items[:min(len(items), decision.MaxTold)]}
}

// joinedShowings adds the counts. Of more than can be kept the newest stay, and
// whoever has so many is shown nothing more until some have run out.
func joinedShowings(own, other *decision.Showings) []decision.Showing {
	var all []decision.Showing
	for _, s := range []*decision.Showings{own, other} {
		if s != nil {
			all = append(all, s.Past...)
		}
	}
	if len(all) > decision.MaxShowings {
		all = slices.DeleteFunc(all, func(s decision.Showing) bool { return !s.Fate.Counts() })
	}
	all = newestShowings(all)
	return all[:min(len(all), decision.MaxShowings)]
}

// joinedMessages joins those that were asked to be delivered. Of two that wait for the
// same place and channel one is enough; of those that are over the newest stay.
func joinedMessages(own, other []Message) ([]Message, error) {
	all := slices.Clone(own)
	for i := range other {
		m := &other[i]
		same := func(o Message) bool { return !o.State.Over() && o.Placement == m.Placement && o.Channel == m.Channel }
		if m.State != MessageWaiting || !slices.ContainsFunc(own, same) {
			all = append(all, *m)
		}
	}
	slices.SortStableFunc(all, func(a, b Message) int { return a.Queued.Compare(b.Queued) })
	for len(all) > MaxOutbox {
		over := slices.IndexFunc(all, func(m Message) bool { return m.State.Over() })
		if over < 0 {
			return nil, tooMuch("messages that wait", MaxOutbox)
		}
		all = slices.Delete(all, over, over+1)
	}
	return all, nil
}

// joinedRecipients refuses what cannot be kept: an erasure must reach both.
func joinedRecipients(own, other map[string]string) (map[string]string, error) {
	all := maps.Clone(own)
	for name, id := range other {
		if had, both := all[name]; both && had != id {
			return nil, &tactful.Error{Kind: tactful.Refused, Field: "recipients", Detail: "a recipient of data knows the two under different ids, of which only one can be kept",
				Remedy: "merge them there first, then note the id that is left for both"}
		}
		if all == nil {
			all = map[string]string{}
		}
		all[name] = id
	}
	if len(all) > MaxRecipients {
		return nil, tooMuch("ids at recipients", MaxRecipients)
	}
	return all, nil
}

// coarser is where the person is known to be after a merge: as coarsely as either
// agreed to, and nowhere if the person who is left agreed to nothing.
func coarser(own, other *belongings) (*Whereabouts, time.Time) {
	if own.place != nil && other.place != nil && other.place.Precision < own.place.Precision {
		return other.place, other.placeUntil
	}
	return own.place, own.placeUntil
}

func tooMuch(what string, most int) error {
	return &tactful.Error{Kind: tactful.Refused, Detail: fmt.Sprintf("the two have more than %d %s together", most, what), Remedy: "keep them apart, or let the person remove some first"}
}
