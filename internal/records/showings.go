package records

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/store"
)

// What somebody was shown and sent, over all channels and devices, lies in one
// State row: one counter, changed only from what was read. So two decisions at
// the same moment cannot both take the last place under a cap.

// Booking is what a decision about offers leaves behind: its receipt, and the
// showings that it reserves.
type Booking struct {
	Showings []decision.Showing // what they are of; Reserve fills ID, At and Fate
	Receipt  *tactful.Receipt   // of the decision; gets its id
	Expires  time.Time          // when the receipt is forgotten
	Term     time.Duration      // for how long showings count: that of the longest cap

	Message *Message  // that the decision releases, nil for none: it gets the receipt's id
	Outbox  []Message // as they were read (Want.Outbox), it among them
}

// Reserve keeps the receipt of a decision and reserves what it shows, in one
// atomic write, if the subject's State still has the version that the decision
// was made from (Want.Showings reads both). So there is no reservation without a
// receipt and no receipt of a showing that is not counted, whatever is killed
// when. Anything that changed in between, a showing or a consent, is a Conflict:
// decide again. A decision that shows nothing only keeps its receipt.
func (r *Records) Reserve(ctx context.Context, ref tactful.Ref, expect store.Version, past *decision.Showings, b *Booking, now time.Time) error {
	if len(b.Showings) == 0 {
		return r.AppendReceipt(ctx, ref, b.Receipt, b.Expires)
	}
	if expect == store.Absent || expect == store.Blind {
		return errNoSubject() // only Create makes subjects
	}
	if past == nil || b.Term <= 0 {
		return tactful.Errorf(tactful.Internal, "showings are reserved without knowing those before")
	}
	id, place, err := r.newReceiptID(ref, b.Receipt.Time)
	if err != nil {
		return err
	}
	kept := within(past.Past, now.Add(-b.Term))
	if len(kept)+len(b.Showings) > decision.MaxShowings {
		return tactful.Errorf(tactful.Refused, "so much was shown that no more can be counted")
	}
	b.Receipt.ID = id
	all := make([]decision.Showing, 0, len(kept)+len(b.Showings))
	for i := range b.Showings {
		s := &b.Showings[i]
		s.ID, s.At, s.Fate = showingID(place.key), now.UTC().Truncate(time.Millisecond), decision.Reserved
		all = append(all, *s)
	}
	all = newestShowings(append(all, kept...))
	release := r.holds.hold(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return fmt.Errorf("reserve: %w", err)
	}
	w := r.writers.Get().(*receiptWriter)
	w.receipt(b.Receipt)
	batch := store.Batch{
		Partition: place.partition, Expect: expect,
		Log:   []store.Row{sealedRow(sealer, place.partition, store.Log, place.key, w.dst, b.Expires)},
		State: []store.Row{sealedRow(sealer, place.partition, store.State, showingsKey, appendShowings(nil, all), now.Add(b.Term))},
	}
	if b.Message != nil {
		b.Message.Decision = id
		plain, expires := appendMessages(b.outbox(), now)
		batch.State = append(batch.State, sealedRow(sealer, place.partition, store.State, outboxKey, plain, expires))
	}
	w.forget()
	r.writers.Put(w)
	if _, err := r.write(ctx, batch); err != nil {
		return fmt.Errorf("reserve: %w", err)
	}
	return nil
}

// outbox is what was read, with the message as it is now.
func (b *Booking) outbox() []Message {
	all := slices.Clone(b.Outbox)
	for i := range all {
		if all[i].ID == b.Message.ID {
			all[i] = *b.Message
		}
	}
	return all
}

// MarkShowings says what became of the showings of a decision, or of one
// creative of it, and returns those that changed. What is not there any more is
// NotFound. Saying the same twice changes nothing, and a reservation of which
// nobody says anything stays one, and counts.
func (r *Records) MarkShowings(ctx context.Context, decisionID, campaign, creative string, fate decision.Fate, now time.Time) ([]decision.Showing, error) {
	place, release, err := r.holdPlace(ctx, decisionID)
	if err != nil {
		return nil, err
	}
	defer release()
	if place.ref.IsZero() {
		return nil, nil // shown to nobody in particular: not counted
	}
	id := showingID(place.key)
	var changed []decision.Showing
	err = retry("mark a showing", func() error {
		changed = changed[:0]
		past, expires, version, err := r.showings(ctx, place.ref, now)
		if err != nil {
			return err
		}
		found := false
		for i := range past.Past {
			s := &past.Past[i]
			if s.ID != id || campaign != "" && s.Campaign != campaign || creative != "" && s.Creative != creative {
				continue
			}
			found = true
			if s.Fate.Becomes(fate) {
				if fate == decision.Released && givenBack(past.Past, id, now) {
					return errGivenBack()
				}
				s.Fate, s.Heard = fate, now.UTC().Truncate(time.Millisecond)
				changed = append(changed, *s)
			}
		}
		if !found {
			return tactful.Errorf(tactful.NotFound, "there is no such showing")
		}
		if len(changed) == 0 {
			return nil
		}
		sealer, err := r.sealer(ctx, place.ref)
		if err != nil {
			return err
		}
		_, err = r.write(ctx, store.Batch{Partition: place.partition, Expect: version,
			State: []store.Row{sealedRow(sealer, place.partition, store.State, showingsKey, appendShowings(nil, past.Past), expires)}})
		return err
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// ReleaseShowings gives back what a decision reserved and nobody was shown. What
// was reported shown stays, and so does, as a Conflict, what is beyond the few that
// anybody's caps may lose: a release must not be a way around them.
func (r *Records) ReleaseShowings(ctx context.Context, decisionID string, now time.Time) error {
	_, err := r.MarkShowings(ctx, decisionID, "", "", decision.Released, now)
	return err
}

// Of one person one decision in a day and two in a week are given back.
const (
	releasesDaily  = 1
	releasesWeekly = 2
)

// givenBack reports whether as much was given back of a person as may be, other than
// by this decision. What was shown all the same afterwards is counted as it is.
func givenBack(past []decision.Showing, but decision.ShowingID, now time.Time) bool {
	const day = 24 * time.Hour
	daily, weekly := map[decision.ShowingID]bool{}, map[decision.ShowingID]bool{}
	for i := range past {
		if s := &past[i]; s.Fate == decision.Released && s.ID != but {
			if age := now.Sub(s.Heard); age < 7*day {
				weekly[s.ID] = true
				if age < day {
					daily[s.ID] = true
				}
			}
		}
	}
	return len(daily) >= releasesDaily || len(weekly) >= releasesWeekly
}

func errGivenBack() error {
	return &tactful.Error{Kind: tactful.Conflict, Detail: "so much of this person was given back lately that it counts as shown", Remedy: "ask for an offer when it can be shown at once"}
}

// ReadShowings returns what somebody was shown, with their own limits.
func (r *Records) ReadShowings(ctx context.Context, ref tactful.Ref, now time.Time) (*decision.Showings, error) {
	s, err := r.Open(ctx, ref, Want{Showings: true}, now)
	if err != nil {
		return nil, fmt.Errorf("read showings: %w", err)
	}
	return s.Showings, nil
}

// showings reads the row alone.
func (r *Records) showings(ctx context.Context, ref tactful.Ref, now time.Time) (*decision.Showings, time.Time, store.Version, error) {
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return nil, time.Time{}, 0, err
	}
	answers, err := r.data.Read(ctx, []store.Query{stateQuery(ref, showingsKey, after(showingsKey), now)})
	if err != nil {
		return nil, time.Time{}, 0, kindly(err)
	}
	if len(answers[0].Rows) == 0 {
		return &decision.Showings{}, time.Time{}, answers[0].Version, nil
	}
	row := answers[0].Rows[0]
	plain, err := sealer.Open(nil, subjectPartition(ref), store.State, showingsKey, row.Value)
	var s *decision.Showings
	if err == nil {
		s, err = decodeShowings(plain)
	}
	if err != nil {
		return nil, time.Time{}, 0, unreadable("list of showings", err)
	}
	return s, row.Expires, answers[0].Version, nil
}

// countFor joins what was shown with what the person said about being shown things.
func (s *Subject) countFor() {
	if s.Showings == nil {
		s.Showings = &decision.Showings{}
	}
	if s.Preferences != nil {
		s.Showings.Limits = &s.Preferences.Messages
	}
}

// ShowingIDOf is the id of the showings of a decision.
func (r *Records) ShowingIDOf(decisionID string) (decision.ShowingID, error) {
	_, tail, err := r.openReceiptID(decisionID)
	if err != nil {
		return decision.ShowingID{}, err
	}
	return showingID(tail), nil
}

func showingID(receiptKey []byte) decision.ShowingID {
	return decision.ShowingID(receiptKey[len(receiptKey)-receiptRandom:])
}

// within leaves out what is older than every cap. What was given back is kept: it may
// have been shown all the same, and is counted against giving back more.
func within(past []decision.Showing, since time.Time) []decision.Showing {
	kept := make([]decision.Showing, 0, len(past))
	for i := range past {
		if past[i].At.After(since) {
			kept = append(kept, past[i])
		}
	}
	return kept
}

// newestShowings sorts: a clock that was set back must not hide anything.
func newestShowings(all []decision.Showing) []decision.Showing {
	slices.SortStableFunc(all, func(a, b decision.Showing) int { return b.At.Compare(a.At) })
	return all
}

// appendShowings writes words once, in a table, and each showing by its places
// in it and by how long it was before the one after.
func appendShowings(dst []byte, all []decision.Showing) []byte {
	var table []string
	for i := range all {
		for _, word := range wordsOf(&all[i]) {
			if at, there := slices.BinarySearch(table, *word); !there {
				table = slices.Insert(table, at, *word)
			}
		}
	}
	dst = binary.AppendUvarint(append(dst, wireVersion), uint64(len(table)))
	for _, word := range table {
		dst = appendText(dst, word)
	}
	dst = binary.AppendUvarint(dst, uint64(len(all)))
	last := int64(0)
	for i := range all {
		s := &all[i]
		at := s.At.UnixMilli()
		if i == 0 {
			dst = appendSigned(dst, at)
		} else {
			dst = binary.AppendUvarint(dst, uint64(last-at))
		}
		last = at
		dst = append(dst, s.ID[:]...)
		for _, word := range wordsOf(s) {
			place, _ := slices.BinarySearch(table, *word)
			dst = binary.AppendUvarint(dst, uint64(place))
		}
		dst = binary.AppendUvarint(dst, uint64(s.Item))
		flags := byte(s.Channel)<<3 | byte(s.Fate)
		if s.Service {
			flags |= showingService
		}
		dst = appendTime(append(dst, flags), s.Heard)
	}
	return dst
}

const (
	showingService  = 1 << 6
	showingMinBytes = 1 + 8 + 4 + 1 + 1 + 1
)

func wordsOf(s *decision.Showing) [4]*string {
	return [...]*string{&s.Campaign, &s.Creative, &s.Group, &s.Category}
}

func decodeShowings(plain []byte) (*decision.Showings, error) {
	r := read(plain)
	table := make([]string, r.count(1))
	for i := range table {
		if table[i] = r.text(); i > 0 && table[i] <= table[i-1] {
			r.fail()
		}
	}
	used := make([]bool, len(table))
	n := r.count(showingMinBytes)
	if n > decision.MaxShowings {
		r.fail()
		n = 0
	}
	s := &decision.Showings{}
	if n > 0 {
		s.Past = make([]decision.Showing, n)
	}
	last := int64(0)
	for i := range s.Past {
		one := &s.Past[i]
		if i == 0 {
			last = r.signed()
		} else {
			step := r.uvarint()
			if step > lastMilli-firstMilli {
				r.fail()
			}
			last -= int64(step)
		}
		if last <= firstMilli || last > lastMilli {
			r.fail()
			return nil, errWire
		}
		one.At = time.UnixMilli(last).UTC()
		copy(one.ID[:], r.take(8))
		for _, word := range wordsOf(one) {
			at := r.uvarint()
			if at >= uint64(len(table)) {
				return nil, errWire
			}
			*word, used[at] = table[at], true
		}
		no := r.uvarint()
		flags := r.below(showingService << 1)
		one.Item, one.Service = tactful.ItemNo(no), flags&showingService != 0
		one.Channel, one.Fate = decision.Channel(flags>>3&7), decision.Fate(flags&7)
		if no > 1<<32-1 || one.Channel >= decision.Channels || one.Fate > decision.Released {
			return nil, errWire
		}
		one.Heard = r.time()
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	if slices.Contains(used, false) {
		return nil, errWire
	}
	return s, nil
}
