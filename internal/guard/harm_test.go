package guard

import (
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func around(classes decision.Classes) func(*decision.Case) {
	return func(c *decision.Case) { c.Around = classes }
}

func allowNoted() decision.Verdict {
	return decision.Verdict{Ruling: decision.Allow, Detail: harmNoted}
}

var harmSamples = func() []sample {
	mine := with(tactful.ForYou, permitted(), bought)
	hoaxed := with(tactful.ForYou, permitted(), did(tactful.Clicked, hoax, day))
	search := with(tactful.Search, atLevel(tactful.Context))
	return []sample{
		{"what harms nobody is let through", labelled(mine, nil), from(shade, 50), allow()},
		{"Amazon: a hoax is not pushed", labelled(mine, nil), from(hoax, 900), withhold(harmUnsought)},
		{"not as a bestseller", labelled(with(tactful.Popular, atLevel(tactful.Generic)), nil), only(hoax, tactful.Bestseller, 900), withhold(harmUnsought)},
		{"not beside its own page", labelled(with(tactful.Similar, atLevel(tactful.Generic), here(hoax)), seeking(misinformation)), only(hoax, tactful.Filler, 9), withhold(harmUnsought)},
		{"one click on a hoax pulls towards nothing", labelled(hoaxed, nil), from(shade, 900), withhold(harmPull)},
		{"not towards its like", labelled(hoaxed, nil), from(hoax, 900), withhold(harmPull)},
		{"asking for vaccines does not open the flood", labelled(search, around(misinformation)), only(hoax, tactful.Match, 50), withhold(harmUnsought)},
		{"what is reliable comes first there", labelled(search, around(misinformation)), only(facts, tactful.Match, 50), allow()},
		{"and the rest after it", labelled(search, around(misinformation)), only(shade, tactful.Match, 50), demote(harmQualityFirst)},
		{"a search for something else has no such order", labelled(search, nil), only(shade, tactful.Match, 50), allow()},
		{"who searches for the hoax itself finds it, last", labelled(search, seeking(misinformation)), only(hoax, tactful.Match, 50), demote(harmDemoted)},
		{"who searches for another harm does not", labelled(search, seeking(weapons)), only(hoax, tactful.Match, 50), withhold(harmUnsought)},
		{"a class that is demoted comes last", labelled(mine, nil), from(crude, 50), demote(harmDemoted)},
		{"a class with a note is let through", labelled(mine, nil), from(magic, 50), allowNoted()},
		{"after what is reliable where the subject draws harm", labelled(search, around(misinformation)), only(magic, tactful.Match, 50), demote(harmNoted)},
		{"a class that no policy names is never shown", labelled(search, func(c *decision.Case) {
			strict := *labels
			strict.Searched = misinformation
			c.Labels, c.Sought = &strict, weapons
		}), only(gun, tactful.Match, 50), withhold(harmNever)},
		{"an item that nobody has looked at is refused", labelled(mine, nil), from(novice, 50), withhold(harmUnsought)},
		{"without labels all is refused", labelled(mine, func(c *decision.Case) { c.Labels = nil }), from(shade, 50), withhold(harmUnlabelled)},
	}
}()

func TestANoteIsWantedBesideWhatHarmsAndIsShown(t *testing.T) {
	c := labelled(with(tactful.ForYou, permitted(), bought), nil)
	candidates := []decision.Candidate{from(magic, 50), from(shade, 50), from(crude, 50)}
	var rulings Rulings
	if err := Run(All(settings()), &c, candidates, &rulings); err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{true, false, true} {
		if rulings.Noted(i) != want {
			t.Errorf("%s: %v", candidates[i].Item.ID, !want)
		}
	}
}

func TestAPolicyThatIsNoneIsAFault(t *testing.T) {
	s := settings()
	s.Harm["hate"] = "sometimes"
	if err := s.Validate(); err == nil {
		t.Error("it is taken")
	}
	kept := Settings{Harm: map[string]HarmPolicy{"adult": HarmNote}}
	kept.Defaults()
	if kept.Harm["adult"] != HarmNote || kept.Harm["hate"] != HarmNever {
		t.Errorf("defaults: %v", kept.Harm)
	}
}
