package records

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

func anyPreferences(t *rapid.T) *tactful.Preferences {
	orNil := func(list []string) []string {
		if len(list) == 0 {
			return nil
		}
		return list
	}
	p := &tactful.Preferences{
		Languages:   orNil(rapid.SliceOfN(anyText(), 0, 3).Draw(t, "languages")),
		EasyReading: rapid.Bool().Draw(t, "easy"), Discreet: rapid.Bool().Draw(t, "discreet"), KeepOnDevice: rapid.Bool().Draw(t, "device"),
		Place:   tactful.PlaceLimit(rapid.IntRange(0, 3).Draw(t, "place")),
		Changed: anyTime(t, "changed"),
	}
	for topic, wish := range rapid.MapOfN(anyText(), rapid.IntRange(1, 3), 0, 4).Draw(t, "topics") {
		if p.Topics == nil {
			p.Topics = map[string]tactful.TopicWish{}
		}
		p.Topics[topic] = tactful.TopicWish(wish)
	}
	if needs := rapid.MapOfN(anyText(), anyText(), 0, 4).Draw(t, "needs"); len(needs) > 0 {
		p.Needs = needs
	}
	for _, occasion := range rapid.SliceOfN(anyText(), 0, 3).Draw(t, "occasions") {
		if p.Occasions == nil {
			p.Occasions = map[string]tactful.Days{}
		}
		p.Occasions[occasion] = tactful.Days{From: anyTime(t, "from"), Until: anyTime(t, "until")}
	}
	for _, channel := range rapid.SliceOfN(anyText(), 0, 3).Draw(t, "channels") {
		p.Messages.Only = append(p.Messages.Only, tactful.Channel(channel))
	}
	p.Messages.PerWeek = tactful.WeeklyLimit(rapid.IntRange(0, 3).Draw(t, "week"))
	p.Messages.LessOften = rapid.Bool().Draw(t, "less often")
	p.Messages.Quiet = tactful.Quiet{From: anyText().Draw(t, "quiet from"), Until: anyText().Draw(t, "quiet until")}
	p.Messages.Zone = anyText().Draw(t, "zone")
	return p
}

// declare writes preferences as somebody who has read them.
func (s *shop) declare(ref tactful.Ref, p tactful.Preferences) {
	s.t.Helper()
	_, version, err := s.records.ReadPreferences(s.t.Context(), ref, s.now)
	if err == nil {
		_, err = s.records.WritePreferences(s.t.Context(), ref, version, &p, s.now)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func TestPreferencesAreReadWithTheSettingsInOneRange(t *testing.T) {
	queries := Want{Preferences: true, Events: 1}.queries(tactful.Ref{1}, time.Unix(0, 0))
	if len(queries) != 2 {
		t.Fatalf("%d queries instead of the range of State and the events", len(queries))
	}
	s := newShop(t)
	ref := s.create("u-1")
	want := tactful.Preferences{Topics: map[string]tactful.TopicWish{"Toys": tactful.WishMuted}, Needs: map[string]string{"diet": "vegan"}, Changed: s.now}
	s.declare(ref, want)
	got, err := s.records.Open(t.Context(), ref, Want{Preferences: true}, s.now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, got.Preferences); diff != "" {
		t.Error(diff)
	}
	for name, other := range map[string]Want{"the standing alone": {}, "the settings": {Settings: true}, "the contribution": {Contribution: true}} {
		got, err := s.records.Open(t.Context(), ref, other, s.now)
		if err != nil || got.Preferences != nil {
			t.Errorf("who asks for %s gets preferences: %v", name, err)
		}
	}
}

func TestNothingDeclaredLeavesNoRow(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	before := everything(t, s.data, store.Subjects)
	s.declare(ref, tactful.Preferences{Discreet: true})
	s.declare(ref, tactful.Preferences{Changed: s.now})
	got, err := s.records.Open(t.Context(), ref, Want{Preferences: true}, s.now)
	if err != nil || got.Preferences != nil {
		t.Errorf("still there: %+v, %v", got.Preferences, err)
	}
	if after := everything(t, s.data, store.Subjects); after != before {
		t.Errorf("%d rows, before %d", after, before)
	}
}

func TestAPreferenceChangeInBetweenIsAConflict(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	_, version, err := s.records.ReadPreferences(t.Context(), ref, s.now)
	if err != nil {
		t.Fatal(err)
	}
	s.declare(ref, tactful.Preferences{Discreet: true})
	if _, err := s.records.WritePreferences(t.Context(), ref, version, &tactful.Preferences{}, s.now); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("a change on an old version: %v", err)
	}
	for name, expect := range map[string]store.Version{"absent": store.Absent, "blind": store.Blind} {
		if _, err := s.records.WritePreferences(t.Context(), ref, expect, &tactful.Preferences{}, s.now); tactful.KindOf(err) != tactful.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheLearnerHearsNothingOfPreferences(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	marks, err := s.records.Dirty(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	s.declare(ref, tactful.Preferences{Topics: map[string]tactful.TopicWish{"Toys": tactful.WishMore}})
	if after, err := s.records.Dirty(t.Context(), 100); err != nil || len(after) != len(marks) {
		t.Errorf("%d marks, before %d, %v", len(after), len(marks), err)
	}
	_, version, err := s.records.ReadSettings(t.Context(), ref, s.now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.records.WriteSettings(t.Context(), ref, version, map[string]Setting{"x": {Time: s.now}}, s.now); err != nil {
		t.Fatal(err)
	}
	if after, err := s.records.Dirty(t.Context(), 100); err != nil || len(after) != len(marks)+1 {
		t.Errorf("a setting leaves %d marks, before %d, %v: the test sees nothing", len(after), len(marks), err)
	}
}

func TestErasureTakesPreferencesAway(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	s.declare(ref, tactful.Preferences{Needs: map[string]string{"diet": "halal"}})
	if _, err := s.records.Drop(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	if n := everything(t, s.data, store.Subjects); n != 0 {
		t.Errorf("%d halves of subjects are left", n)
	}
}

func TestARowOfBeforeLessOftenReadsAsNotSaid(t *testing.T) {
	row := append([]byte{wireVersion, 0, 0, 0, 0, flagDiscreet | 3*flagPlace, byte(tactful.WeeklyOne), 0, 0, 0, 0}, appendTime(nil, time.Time{})...)
	got, err := decodePreferences(row)
	want := &tactful.Preferences{Discreet: true, Place: tactful.PlaceQuarter, Messages: tactful.MessageLimits{PerWeek: tactful.WeeklyOne}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	row[5] |= flagLessOften
	if got, err = decodePreferences(row); err != nil || !got.Messages.LessOften || got.Place != tactful.PlaceQuarter {
		t.Errorf("with it: %+v, %v", got, err)
	}
	row[5] |= flagsKnown
	if _, err = decodePreferences(row); err == nil {
		t.Error("a flag that nobody knows is read")
	}
}
