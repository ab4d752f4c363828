package records

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/store"
)

func someMessage(place string, now time.Time) Message {
	return Message{Subject: tactful.Alias{Kind: tactful.UserID, ID: "u"}, Channel: decision.ChannelMail, Placement: place, Queued: now, Until: now.Add(time.Hour), State: MessageWaiting, Next: now}
}

var day0 = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func FuzzDecodeMessages(f *testing.F) {
	none, _ := appendMessages(nil, day0)
	one, _ := appendMessages([]Message{someMessage("home", day0)}, day0)
	f.Add(none)
	f.Add(one)
	f.Fuzz(func(t *testing.T, plain []byte) {
		all, err := decodeMessages(plain)
		if err != nil {
			return
		}
		again, _ := appendMessages(all, time.Time{})
		back, err := decodeMessages(again)
		if err != nil || !cmp.Equal(all, back) && len(all)+len(back) > 0 {
			t.Errorf("%q becomes %q: %v", plain, again, err)
		}
	})
}

func TestAMessageThatIsOverWaitsNoMoreAndIsForgottenAfterAWeek(t *testing.T) {
	s := newShop(t)
	ref := s.create("u")
	add := func(place string, now time.Time) *Message {
		t.Helper()
		m, err := s.records.AddMessage(t.Context(), ref, someMessage(place, now), now)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	first := add("home", day0)
	if again := add("home", day0); again.Name != first.Name {
		t.Error("asked twice, it waits twice")
	}
	found, of, err := s.records.MessageNamed(t.Context(), first.Name, day0)
	if err != nil || of != ref || found.ID != first.ID {
		t.Fatalf("%+v %v", found, err)
	}
	over := func(m *Message) { m.State, m.Done = MessageSent, day0 }
	p := Pending{ref, first.ID}
	if _, err := s.records.ChangeMessage(t.Context(), p, store.Version(1<<40), day0, over); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("of another version: %v", err)
	}
	if _, err := s.records.ChangeMessage(t.Context(), p, store.Blind, day0, over); err != nil {
		t.Fatal(err)
	}
	if list, err := s.records.PendingMessages(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%v %v", list, err)
	}
	later := day0.Add(MessageKept + time.Hour)
	second := add("basket", later)
	all, err := s.records.Messages(t.Context(), ref, later)
	if err != nil || len(all) != 1 || all[0].ID != second.ID {
		t.Errorf("%+v %v", all, err)
	}
	for i := range MaxOutbox - 1 {
		add("place"+string(rune('a'+i)), later)
	}
	if _, err := s.records.AddMessage(t.Context(), ref, someMessage("more", later), later); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("one more than may wait: %v", err)
	}
	if list, err := s.records.PendingOf(t.Context(), ref); err != nil || len(list) != MaxOutbox {
		t.Errorf("%v %v", list, err)
	}
	if _, _, err := s.records.MessageNamed(t.Context(), "made up", later); tactful.KindOf(err) != tactful.NotFound {
		t.Error(err)
	}
	if plain, _ := appendMessages(all, later); bytes.Contains(plain, []byte(first.Name)) {
		t.Error("what was over long ago is still there")
	}
}
