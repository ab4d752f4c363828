package guard

import (
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func saying(title, body string) func(*decision.Candidate) {
	return func(x *decision.Candidate) { x.Offer.Title, x.Offer.Body = title, body }
}

var bigLamp = &tactful.Item{ID: "lamp-9", No: 9, Title: "Brass reading lamp", Categories: []string{"Home", "Light"}}

func lookedAt(channel decision.Channel) decision.Case {
	c := offering(channel)
	c.Evidence.Pieces = []decision.Piece{did(tactful.Viewed, bigLamp, day)}
	return c
}

var strangerSamples = []sample{
	{"an item is none of its business", with(tactful.ForYou, permitted()), only(lamp, tactful.Filler, 9), allow()},
	{"a name that wording can leave out is let through", offering(mail), offer(mail, saying("News", "Hi {{first_name}}, our range is here.")), allow()},
	{"a field that nobody knows is refused", offering(mail), offer(mail, saying("News", "Hi {{last_viewed_item}}")), withhold(strangerField)},
	{"a field of another tool too", offering(mail), offer(mail, saying("*|FNAME|*, look", "News")), withhold(strangerField)},
	{"a mail may name a category", lookedAt(mail), offer(mail, saying("Lamps", "From our range of lamps.")), allow()},
	{"a mail does not show what was looked at", lookedAt(mail), offer(mail, about(bigLamp)), withhold(strangerProduct)},
	{"nor say it", lookedAt(mail), offer(mail, saying("Your lamp", "The BRASS Reading-Lamp is waiting.")), withhold(strangerProduct)},
	{"nor does a page of somebody else come back to an item", lookedAt(decision.ChannelAd), offer(decision.ChannelAd, retarget, about(coffee)), withhold(strangerProduct)},
	{"nor by the name of marketing", lookedAt(decision.ChannelAd), offer(decision.ChannelAd, restsOn(0), about(coffee)), withhold(strangerProduct)},
	{"it may come back to a category", lookedAt(decision.ChannelAd), offer(decision.ChannelAd, retarget, category("Light")), allow()},
	{"our own page may show it", lookedAt(site), offer(site, retarget, about(bigLamp)), allow()},
	{"a mail may show what nobody looked at", lookedAt(mail), offer(mail, about(coffee)), allow()},
	{"a service message says which thing is recalled", lookedAt(mail), offer(mail, kind(decision.KindService), about(bigLamp)), allow()},
}

func TestAShortTitleIsAWordLikeAnyOther(t *testing.T) {
	c := offering(mail)
	c.Evidence.Pieces = []decision.Piece{did(tactful.Viewed, lamp, day)}
	out := make([]decision.Verdict, 1)
	if err := (Stranger{}).Judge(&c, []decision.Candidate{offer(mail, saying("Lamps", "A lamp for each room."))}, out); err != nil || out[0] != allow() {
		t.Errorf("%+v, %v", out[0], err)
	}
}
