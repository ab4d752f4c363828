package records

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// numberOf numbers items by what stands in their id, as a catalogue might.
func numberOf(id []byte) (no tactful.ItemNo) {
	for _, c := range id {
		no = no*31 + tactful.ItemNo(c)
	}
	return no
}

// deedsOf says of whole events what a decision needs.
func deedsOf(events []StoredEvent) []decision.Deed {
	var list []decision.Deed
	for _, e := range events {
		list = append(list, decision.Deed{
			Key: e.Key, Action: e.Event.Action, Provenance: e.Event.Provenance, No: numberOf([]byte(e.Event.Item)), Time: e.Event.Time,
		})
	}
	return list
}

func TestDeedsAreForgotten(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	for n := range 30 {
		s.append(ref, s.bought(n, n))
	}
	deeds := &Deeds{Number: numberOf}
	subject, err := s.records.Open(t.Context(), ref, Want{Events: AllEvents, Deeds: deeds}, s.now)
	if err != nil || len(subject.Deeds) != 30 || subject.Deeds[0].No == 0 || subject.Events != nil {
		t.Fatalf("%+v, %v", subject, err)
	}
	if _, err := s.records.Open(t.Context(), ref, Want{Events: 5, Deeds: deeds}, s.now); err != nil { // a shorter one on top
		t.Fatal(err)
	}
	deeds.Forget()
	for _, d := range deeds.list[:cap(deeds.list)] {
		if diff := cmp.Diff(decision.Deed{}, d); diff != "" {
			t.Fatal(diff)
		}
	}
	if slices.ContainsFunc(deeds.plain[:cap(deeds.plain)], func(b byte) bool { return b != 0 }) {
		t.Fatal("what was read is still there")
	}
	deeds.list = make([]decision.Deed, 0, maxRemembered+1)
	if deeds.Forget(); cap(deeds.list) != 0 {
		t.Fatal("a large memory is kept for ever")
	}
}

// FuzzDecodeDeed holds that a decision reads of an event what the event says,
// and that what is no event is no deed either.
func FuzzDecodeDeed(f *testing.F) {
	for seed := range 8 {
		_, _, plain, _ := drawn(codecs["event"].round, seed)
		f.Add(plain)
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		event, wrong := decodeEvent(string(plain))
		deed, err := decodeDeed(plain, numberOf)
		if (err == nil) != (wrong == nil) {
			t.Fatalf("%x: as a deed %v, as an event %v", plain, err, wrong)
		}
		if err == nil {
			if diff := cmp.Diff(deedsOf([]StoredEvent{{Event: event}}), []decision.Deed{deed}); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
