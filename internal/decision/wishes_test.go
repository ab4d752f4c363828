package decision

import (
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

var (
	mug  = &tactful.Item{ID: "mug", Categories: []string{"Kitchen", "Cups", "Mugs"}, Labels: []string{"gift"}}
	spa  = &tactful.Item{ID: "spa", Categories: []string{"Garden", "Garden"}, Attributes: map[string]string{"fragrance": "none, mild"}}
	cake = &tactful.Item{ID: "cake", Categories: []string{"Food", "Cake"}, Attributes: map[string]string{"diet": "vegetarian"}}
	ham  = &tactful.Item{ID: "ham", Categories: []string{"Food"}}
	odd  = &tactful.Item{ID: "odd", Categories: []string{"Bed/Bath", "Towels"}}
	long = &tactful.Item{ID: "long", Categories: []string{"A", strings.Repeat("b", 200), "C"}, Labels: []string{strings.Repeat("l", 300)}}
	bare = &tactful.Item{ID: "bare"}
)

func TestWhatAPersonObjectsTo(t *testing.T) {
	muted := func(topic string) *Wishes {
		return &Wishes{Topics: map[string]tactful.TopicWish{topic: tactful.WishMuted}}
	}
	vegetarian := &Wishes{Needs: []Need{{Attribute: "diet", Serve: []string{"vegetarian", "vegan"}, Categories: []string{"Food"}}}}
	for _, test := range []struct {
		name string
		w    *Wishes
		item *tactful.Item
		want Objection
	}{
		{"nobody objects to anything", nil, mug, NoObjection},
		{"the most general category", muted("Kitchen"), mug, ObjectMuted},
		{"a category in the middle", muted("Cups"), mug, ObjectMuted},
		{"the most special category", muted("Mugs"), mug, ObjectMuted},
		{"a whole path", muted("Kitchen/Cups/Mugs"), mug, ObjectMuted},
		{"the beginning of a path", muted("Kitchen/Cups"), mug, ObjectMuted},
		{"a path that begins elsewhere", muted("Garden/Cups"), mug, NoObjection},
		{"a path with a gap", muted("Kitchen/Mugs"), mug, NoObjection},
		{"the beginning of a name", muted("Kitch"), mug, NoObjection},
		{"a longer path", muted("Kitchen/Cups/Mugs/Red"), mug, NoObjection},
		{"a label", muted("label:gift"), mug, ObjectMuted},
		{"a label is no category", muted("gift"), mug, NoObjection},
		{"a category is no label", muted("label:Mugs"), mug, NoObjection},
		{"a category that has its parent's name", muted("Garden/Garden"), spa, ObjectMuted},
		{"a name with a slash in it", muted("Bed/Bath"), odd, ObjectMuted},
		{"a path with such a name", muted("Bed/Bath/Towels"), odd, ObjectMuted},
		{"a very long path", muted("A/" + strings.Repeat("b", 200) + "/C"), long, ObjectMuted},
		{"a name after a very long one", muted("C"), long, ObjectMuted},
		{"a very long label", muted("label:" + strings.Repeat("l", 300)), long, ObjectMuted},
		{"an item without topics", muted("Kitchen"), bare, NoObjection},
		{"more of it is no objection", &Wishes{Topics: map[string]tactful.TopicWish{"Kitchen": tactful.WishMore}}, mug, NoObjection},
		{"a mute outranks more of what is inside", &Wishes{Topics: map[string]tactful.TopicWish{"Kitchen": tactful.WishMuted, "Mugs": tactful.WishMore}}, mug, ObjectMuted},
		{"an occasion", &Wishes{Skipped: map[string]bool{"label:gift": true}}, mug, ObjectSkipped},
		{"a need that is met", vegetarian, cake, NoObjection},
		{"a need that is not known to be met", vegetarian, ham, ObjectNeed},
		{"a need where it does not matter", vegetarian, mug, NoObjection},
		{"a need that is not met", &Wishes{Needs: []Need{{Attribute: "diet", Serve: []string{"vegan"}, Categories: []string{"Food"}}}}, cake, ObjectNeed},
		{"a need that one of several values meets", &Wishes{Needs: []Need{{Attribute: "fragrance", Serve: []string{"mild"}}}}, spa, NoObjection},
		{"a need on items that have the attribute", &Wishes{Needs: []Need{{Attribute: "fragrance", Serve: []string{"strong"}}}}, spa, ObjectNeed},
		{"and not on others", &Wishes{Needs: []Need{{Attribute: "fragrance", Serve: []string{"strong"}}}}, mug, NoObjection},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.w.Objects(test.item); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
	if muted("Kitchen").Objects(nil) != NoObjection {
		t.Error("an item that is not there")
	}
}

func TestTheMostExactWishCounts(t *testing.T) {
	all := map[string]tactful.TopicWish{
		"Kitchen/Cups/Mugs": tactful.WishMore, "Mugs": tactful.WishLess, "Kitchen/Cups": tactful.WishLess, "Cups": tactful.WishMore,
		"Kitchen": tactful.WishLess, "label:gift": tactful.WishMore, "Garden": tactful.WishMore,
	}
	for _, topic := range []string{"Kitchen/Cups/Mugs", "Mugs", "Kitchen/Cups", "Cups", "Kitchen", "label:gift", ""} {
		got, wish := (&Wishes{Topics: all}).Wish(mug)
		if got != topic || wish != all[topic] {
			t.Errorf("%q counts instead of %q", got, topic)
		}
		delete(all, topic)
	}
	var nobody *Wishes
	if topic, wish := nobody.Wish(mug); topic != "" || wish != tactful.WishNone {
		t.Error("nobody wishes")
	}
}

func TestFactorsAreBoundedAndPowersOfTwo(t *testing.T) {
	for wish, want := range map[tactful.TopicWish]float64{tactful.WishNone: 1, tactful.WishMore: 2, tactful.WishLess: 0.5, tactful.WishMuted: 1, 9: 1} {
		if got := Factor(wish); got != want {
			t.Errorf("%s: %v", wish, got)
		}
	}
}

func TestNamesOfTopics(t *testing.T) {
	for topic, want := range map[string]string{"Kitchen": "Kitchen", "Kitchen/Mugs": "Mugs", "label:gift": "gift", "": ""} {
		if got := TopicName(topic); got != want {
			t.Errorf("%q is called %q", topic, got)
		}
	}
}

func BenchmarkObjects(b *testing.B) {
	w := &Wishes{Topics: map[string]tactful.TopicWish{"Garden": tactful.WishMuted, "Toys": tactful.WishMore}}
	b.ReportAllocs()
	for b.Loop() {
		if w.Objects(mug) != NoObjection {
			b.Fatal("wrong")
		}
	}
}
