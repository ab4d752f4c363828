package tactful_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func TestPreferencesAreChecked(t *testing.T) {
	many := func(n int) map[string]tactful.TopicWish {
		topics := map[string]tactful.TopicWish{}
		for i := range n {
			topics[fmt.Sprint("topic ", i)] = tactful.WishMuted
		}
		return topics
	}
	for _, test := range []struct {
		name  string
		p     tactful.Preferences
		field string // "" is valid
	}{
		{"nothing said", tactful.Preferences{}, ""},
		{"a category, a path and a label", tactful.Preferences{Topics: map[string]tactful.TopicWish{"Home": 1, "Home/Light": 2, "label:alcohol": 3}}, ""},
		{"as many topics as may be", tactful.Preferences{Topics: many(tactful.MaxTopics)}, ""},
		{"one topic too many", tactful.Preferences{Topics: many(tactful.MaxTopics + 1)}, "topics"},
		{"an empty topic", tactful.Preferences{Topics: map[string]tactful.TopicWish{"": 1}}, "topics"},
		{"a label without a name", tactful.Preferences{Topics: map[string]tactful.TopicWish{"label:": 1}}, "topics"},
		{"a topic that is too long", tactful.Preferences{Topics: map[string]tactful.TopicWish{strings.Repeat("x", 257): 1}}, "topics"},
		{"a topic with a line break", tactful.Preferences{Topics: map[string]tactful.TopicWish{"a\nb": 1}}, "topics"},
		{"a topic of broken text", tactful.Preferences{Topics: map[string]tactful.TopicWish{"a\xff": 1}}, "topics"},
		{"a wish that is none", tactful.Preferences{Topics: map[string]tactful.TopicWish{"Home": tactful.WishNone}}, "topics"},
		{"a wish that nobody knows", tactful.Preferences{Topics: map[string]tactful.TopicWish{"Home": 9}}, "topics"},
		{"a need", tactful.Preferences{Needs: map[string]string{"diet": "vegan"}}, ""},
		{"a need without value", tactful.Preferences{Needs: map[string]string{"diet": ""}}, "needs"},
		{"an occasion for ever", tactful.Preferences{Occasions: map[string]tactful.Days{"mothers_day": {}}}, ""},
		{"an occasion for one day", tactful.Preferences{Occasions: map[string]tactful.Days{"mothers_day": {From: date(2027, 3, 7), Until: date(2027, 3, 7)}}}, ""},
		{"an occasion backwards", tactful.Preferences{Occasions: map[string]tactful.Days{"mothers_day": {From: date(2027, 3, 8), Until: date(2027, 3, 7)}}}, "occasions"},
		{"an occasion at noon", tactful.Preferences{Occasions: map[string]tactful.Days{"mothers_day": {From: date(2027, 3, 8).Add(time.Hour)}}}, "occasions"},
		{"languages", tactful.Preferences{Languages: []string{"ar", "pt-BR"}}, ""},
		{"a language twice", tactful.Preferences{Languages: []string{"ar", "ar"}}, "languages[1]"},
		{"a language that is none", tactful.Preferences{Languages: []string{"<b>"}}, "languages[0]"},
		{"messages by one channel once a week outside the night", tactful.Preferences{Messages: tactful.MessageLimits{
			Only: []tactful.Channel{tactful.ChannelEmail}, PerWeek: tactful.WeeklyOne, Quiet: tactful.Quiet{From: "21:00", Until: "08:30"}, Zone: "Asia/Kathmandu"}}, ""},
		{"a channel that is none", tactful.Preferences{Messages: tactful.MessageLimits{Only: []tactful.Channel{"pigeon"}}}, "messages.only[0]"},
		{"a limit that is none", tactful.Preferences{Messages: tactful.MessageLimits{PerWeek: 9}}, "messages.perWeek"},
		{"quiet hours with one end", tactful.Preferences{Messages: tactful.MessageLimits{Quiet: tactful.Quiet{From: "21:00"}}}, "messages.quiet"},
		{"quiet hours at 25", tactful.Preferences{Messages: tactful.MessageLimits{Quiet: tactful.Quiet{From: "21:00", Until: "25:00"}}}, "messages.quiet"},
		{"quiet hours of no length", tactful.Preferences{Messages: tactful.MessageLimits{Quiet: tactful.Quiet{From: "21:00", Until: "21:00"}}}, "messages.quiet"},
		{"a zone that is none", tactful.Preferences{Messages: tactful.MessageLimits{Zone: "Middle/Earth"}}, "messages.zone"},
		{"a zone that is a file elsewhere", tactful.Preferences{Messages: tactful.MessageLimits{Zone: "../../etc/passwd"}}, "messages.zone"},
		{"the machine's own zone", tactful.Preferences{Messages: tactful.MessageLimits{Zone: "Local"}}, "messages.zone"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.p.Validate()
			var fault *tactful.Error
			if test.field == "" && err != nil || test.field != "" && (!errors.As(err, &fault) || fault.Kind != tactful.Invalid || fault.Field != test.field || fault.Remedy == "") {
				t.Errorf("got %v", err)
			}
			for topic := range test.p.Topics {
				if topic != "" && err != nil && len(topic) > 8 && strings.Contains(err.Error(), topic) {
					t.Errorf("the error repeats what the person said")
				}
			}
		})
	}
}

func TestDaysIncludeBothEnds(t *testing.T) {
	d := tactful.Days{From: date(2027, 3, 1), Until: date(2027, 3, 7)}
	for moment, want := range map[time.Time]bool{
		date(2027, 3, 1).Add(-time.Second): false, date(2027, 3, 1): true,
		date(2027, 3, 8).Add(-time.Second): true, date(2027, 3, 8): false,
	} {
		if d.Hold(moment) != want {
			t.Errorf("%s: %v", moment, !want)
		}
	}
	if !(tactful.Days{}).Hold(date(1999, 1, 1)) {
		t.Error("no ends do not hold for ever")
	}
}

func TestAPatchChangesOnlyWhatItSaysAndItsUndoTakesBackOnlyThat(t *testing.T) {
	yes := true
	before := tactful.Preferences{
		Topics: map[string]tactful.TopicWish{"Home": tactful.WishMore, "Toys": tactful.WishLess}, Needs: map[string]string{"diet": "vegan"},
		Occasions: map[string]tactful.Days{"easter": {Until: date(2027, 4, 1)}}, Languages: []string{"de"},
	}
	kept := before.Clone()
	after, undo := before.Patched(&tactful.PreferencesPatch{
		Topics: map[string]tactful.TopicWish{"Home": tactful.WishNone, "Garden": tactful.WishMuted}, Needs: map[string]string{"diet": "halal", "shoes": "42"},
		Occasions: map[string]*tactful.Days{"easter": nil, "mothers_day": {}}, Languages: &[]string{"ar", "en"}, Discreet: &yes,
		Messages: &tactful.MessageLimits{PerWeek: tactful.WeeklyNone},
	})
	want := tactful.Preferences{
		Topics: map[string]tactful.TopicWish{"Toys": tactful.WishLess, "Garden": tactful.WishMuted}, Needs: map[string]string{"diet": "halal", "shoes": "42"},
		Occasions: map[string]tactful.Days{"mothers_day": {}}, Languages: []string{"ar", "en"}, Discreet: true,
		Messages: tactful.MessageLimits{PerWeek: tactful.WeeklyNone},
	}
	if !reflect.DeepEqual(after, want) {
		t.Errorf("after: %+v", after)
	}
	if !reflect.DeepEqual(before, kept) {
		t.Errorf("the patch changed what it was applied to: %+v", before)
	}
	if again, _ := after.Patched(&undo); !reflect.DeepEqual(again, before) {
		t.Errorf("undone: %+v", again)
	}
	later, _ := after.Patched(&tactful.PreferencesPatch{Topics: map[string]tactful.TopicWish{"Party": tactful.WishMuted}})
	if undone, _ := later.Patched(&undo); undone.Topics["Party"] != tactful.WishMuted || undone.Topics["Garden"] != tactful.WishNone {
		t.Errorf("an undo takes a later wish with it: %+v", undone.Topics)
	}
}

func TestWordsOfWishesAndLimits(t *testing.T) {
	for _, w := range []tactful.TopicWish{tactful.WishNone, tactful.WishMore, tactful.WishLess, tactful.WishMuted} {
		if got, ok := tactful.ParseTopicWish(w.String()); !ok || got != w {
			t.Errorf("%d reads back as %d", w, got)
		}
	}
	for l := tactful.PlaceUnset; l <= tactful.PlaceQuarter; l++ {
		if got, ok := tactful.ParsePlaceLimit(l.String()); !ok || got != l {
			t.Errorf("limit %d came back as %d, %v", l, got, ok)
		}
	}
	if _, ok := tactful.ParsePlaceLimit("house"); ok || tactful.PlaceLimit(9).String() != "" {
		t.Error("an unknown limit has a meaning")
	}
	if _, ok := tactful.ParseTopicWish("loud"); ok || tactful.TopicWish(9).String() != "none" {
		t.Error("an unknown wish passes")
	}
	for _, n := range []int{0, 1, 3} {
		if w, ok := tactful.ParseWeeklyLimit(n); !ok {
			t.Errorf("%d is not taken", n)
		} else if got, set := w.Most(); !set || got != n {
			t.Errorf("%d reads back as %d", n, got)
		}
	}
	if _, ok := tactful.ParseWeeklyLimit(2); ok {
		t.Error("two a week is no choice there is")
	}
	if _, set := tactful.WeeklyUnset.Most(); set {
		t.Error("nothing set is a limit")
	}
}

func TestWhoWantedMessagesLessOftenUnderOneNameWantsItUnderBoth(t *testing.T) {
	less := tactful.Preferences{Messages: tactful.MessageLimits{LessOften: true}}
	once := tactful.Preferences{Messages: tactful.MessageLimits{PerWeek: tactful.WeeklyOne}}
	if less.IsZero() {
		t.Error("it counts for nothing said")
	}
	for name, joined := range map[string]tactful.Preferences{"said there": less.Joined(&once), "said here": once.Joined(&less)} {
		if !joined.Messages.LessOften || joined.Messages.PerWeek != tactful.WeeklyOne {
			t.Errorf("%s: %+v", name, joined.Messages)
		}
	}
}
