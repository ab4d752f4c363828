package records

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

const month = 31 * 24 * time.Hour

func anyShowings(t *rapid.T) []decision.Showing {
	words := []string{"", "spring", "autumn", "Garden", "tools"}
	at := time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "at")).UTC()
	var all []decision.Showing
	for range rapid.IntRange(0, 12).Draw(t, "n") {
		word := func() string { return rapid.SampledFrom(words).Draw(t, "word") }
		s := decision.Showing{
			At: at, Campaign: word(), Creative: word(), Group: word(), Category: word(), Item: tactful.ItemNo(rapid.Uint32().Draw(t, "item")),
			Channel: decision.Channel(rapid.IntRange(0, decision.Channels-1).Draw(t, "channel")), Service: rapid.Bool().Draw(t, "service"),
			Fate: decision.Fate(rapid.IntRange(0, int(decision.Released)).Draw(t, "fate")),
		}
		if s.Fate != decision.Reserved {
			s.Heard = at.Add(time.Duration(rapid.Int64Range(0, 1e9).Draw(t, "heard")) * time.Millisecond)
		}
		copy(s.ID[:], rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "id"))
		all = append(all, s)
		at = at.Add(-time.Duration(rapid.Int64Range(0, 1e10).Draw(t, "step")) * time.Millisecond)
	}
	return all
}

func TestShowingsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := anyShowings(t)
		plain := appendShowings(nil, all)
		got, err := decodeShowings(plain)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(all, got.Past); diff != "" {
			t.Fatal(diff)
		}
		if _, err := decodeShowings(append(bytes.Clone(plain), 0)); err == nil {
			t.Error("a byte too many was accepted")
		}
		if _, err := decodeShowings(plain[:rapid.IntRange(0, len(plain)-1).Draw(t, "cut")]); err == nil {
			t.Error("a cut row was accepted")
		}
	})
}

func FuzzDecodeShowings(f *testing.F) {
	f.Add(appendShowings(nil, nil))
	f.Add(appendShowings(nil, []decision.Showing{{At: time.UnixMilli(5).UTC(), Campaign: "a", Creative: "b"}, {At: time.UnixMilli(3).UTC(), Campaign: "a", Channel: decision.ChannelAd, Fate: decision.Clicked}}))
	f.Fuzz(func(t *testing.T, plain []byte) {
		s, err := decodeShowings(plain)
		if err != nil {
			return
		}
		if again := appendShowings(nil, s.Past); !bytes.Equal(again, plain) {
			t.Errorf("%x is written %x", plain, again)
		}
	})
}

// show decides as often as it meets a conflict, and shows if there is a place.
func (s *shop) show(ref tactful.Ref, most int, one decision.Showing, now time.Time) (string, error) {
	for {
		subject, err := s.records.Open(s.t.Context(), ref, Want{Showings: true}, now)
		if err != nil {
			return "", err
		}
		counts := slices.DeleteFunc(within(subject.Showings.Past, now.Add(-month)), func(s decision.Showing) bool { return !s.Fate.Counts() })
		if len(counts) >= most {
			return "", tactful.Errorf(tactful.Refused, "the cap is reached")
		}
		b := Booking{Showings: []decision.Showing{one}, Receipt: &tactful.Receipt{Time: now, Placement: tactful.ForYou, Level: tactful.Personal}, Expires: now.Add(month), Term: month}
		err = s.records.Reserve(s.t.Context(), ref, subject.Standing.Version, subject.Showings, &b, now)
		if tactful.KindOf(err) != tactful.Conflict || err == nil {
			return b.Receipt.ID, err
		}
	}
}

func (s *shop) shown(ref tactful.Ref, now time.Time) []decision.Showing {
	s.t.Helper()
	all, err := s.records.ReadShowings(s.t.Context(), ref, now)
	if err != nil {
		s.t.Fatal(err)
	}
	return all.Past
}

func TestOfManyDecisionsAtOnceOnlyAsManyShowAsTheCapAllows(t *testing.T) {
	s := newShop(t)
	ref := s.create("anna")
	var shown atomic.Int32
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			_, err := s.show(ref, 5, decision.Showing{Campaign: "c", Creative: fmt.Sprint(i % 3), Channel: decision.ChannelSite}, s.now)
			switch {
			case err == nil:
				shown.Add(1)
			case tactful.KindOf(err) != tactful.Refused:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if shown.Load() != 5 || len(s.shown(ref, s.now)) != 5 {
		t.Errorf("%d were shown and %d counted, where 5 may", shown.Load(), len(s.shown(ref, s.now)))
	}
	if receipts, err := s.records.Receipts(t.Context(), ref, 0, s.now); err != nil || len(receipts) != 5 {
		t.Errorf("%d receipts, %v", len(receipts), err)
	}
}

func TestAReservationCountsUntilItIsGivenBack(t *testing.T) {
	s := newShop(t)
	ref := s.create("anna")
	one := decision.Showing{Campaign: "spring", Creative: "a", Category: "Garden", Channel: decision.ChannelMail, Item: 7}
	id, err := s.show(ref, 9, one, s.now)
	if err != nil {
		t.Fatal(err)
	}
	mark := func(id, campaign string, fate decision.Fate) (int, tactful.Kind) {
		changed, err := s.records.MarkShowings(t.Context(), id, campaign, "", fate, s.now)
		if err != nil {
			return 0, tactful.KindOf(err)
		}
		return len(changed), 0
	}
	for _, c := range []struct {
		name, campaign string
		fate           decision.Fate
		changed        int
		want           decision.Fate
	}{
		{"another campaign's is not touched", "autumn", decision.Shown, 0, decision.Reserved},
		{"it is shown", "spring", decision.Shown, 1, decision.Shown},
		{"said twice is said once", "", decision.Shown, 0, decision.Shown},
		{"what was shown is not given back", "", decision.Released, 0, decision.Shown},
		{"it is sent away", "", decision.Dismissed, 1, decision.Dismissed},
		{"what was sent away is not only shown", "", decision.Shown, 0, decision.Dismissed},
	} {
		if n, kind := mark(id, c.campaign, c.fate); n != c.changed || c.campaign == "autumn" && kind != tactful.NotFound {
			t.Errorf("%s: %d changed, %v", c.name, n, kind)
		}
		if got := s.shown(ref, s.now)[0]; got.Fate != c.want || got.Item != 7 || got.Channel != decision.ChannelMail {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	second, err := s.show(ref, 9, one, s.now.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.records.ReleaseShowings(t.Context(), second, s.now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.show(ref, 2, one, s.now.Add(2*time.Minute)); err != nil {
		t.Errorf("what was given back still counts: %v", err)
	}
	if n := len(s.shown(ref, s.now.Add(2*time.Minute))); n != 3 { // what was given back may have been shown all the same
		t.Errorf("%d showings are kept", n)
	}
	if _, kind := mark("bm90IGEgcmVjZWlwdA", "", decision.Shown); kind != tactful.NotFound {
		t.Errorf("an id that was never given: %v", kind)
	}
}

func TestShowingsEndWithTheirTermAndWithThePerson(t *testing.T) {
	s := newShop(t)
	ref := s.create("anna")
	id, err := s.show(ref, 9, decision.Showing{Campaign: "spring", Creative: "a"}, s.now)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(s.shown(ref, s.now.Add(month-time.Minute))); n != 1 {
		t.Errorf("%d showings before the term", n)
	}
	if n := len(s.shown(ref, s.now.Add(month+time.Minute))); n != 0 {
		t.Errorf("%d showings after the term", n)
	}
	if _, err := s.records.Drop(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if _, err := s.records.ReadShowings(t.Context(), ref, s.now); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("after an erasure: %v", err)
	}
	if _, err := s.records.MarkShowings(t.Context(), id, "", "", decision.Clicked, s.now); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("a report after an erasure: %v", err)
	}
	b := Booking{Showings: []decision.Showing{{Campaign: "spring"}}, Receipt: &tactful.Receipt{Time: s.now}, Expires: s.now.Add(month), Term: month}
	if err := s.records.Reserve(t.Context(), ref, 1, &decision.Showings{}, &b, s.now); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("a reservation after an erasure: %v", err)
	}
}

func TestNobodyIsShownMoreThanCanBeCounted(t *testing.T) {
	s := newShop(t)
	ref := s.create("anna")
	subject, err := s.records.Open(t.Context(), ref, Want{Showings: true}, s.now)
	if err != nil {
		t.Fatal(err)
	}
	book := func(n int, past *decision.Showings) error {
		b := Booking{Receipt: &tactful.Receipt{Time: s.now, Placement: tactful.ForYou, Level: tactful.Personal}, Expires: s.now.Add(month), Term: month}
		for i := range n {
			b.Showings = append(b.Showings, decision.Showing{Campaign: fmt.Sprintf("campaign-%d", i%20), Creative: fmt.Sprintf("creative-%d", i%60), Channel: decision.ChannelSite})
		}
		return s.records.Reserve(t.Context(), ref, subject.Standing.Version, past, &b, s.now)
	}
	if err := book(decision.MaxShowings+1, subject.Showings); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("one too many: %v", err)
	}
	if err := book(decision.MaxShowings, nil); tactful.KindOf(err) != tactful.Internal {
		t.Errorf("without knowing those before: %v", err)
	}
	if err := book(decision.MaxShowings, subject.Showings); err != nil {
		t.Fatal(err)
	}
	all := s.shown(ref, s.now)
	plain := appendShowings(nil, all)
	t.Logf("%d showings take %d bytes", len(all), len(plain))
	if len(plain) > 12*1024 {
		t.Error("the row takes too much of a subject's State")
	}
}
