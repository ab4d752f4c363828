package report

import (
	"slices"

	"github.com/tactful/tactful"
)

// Unit is what all families protect: everything that one person adds to a report.
const Unit = "one person"

// Source says where a family's groups come from.
type Source uint8

// Sources.
const (
	Events    Source = iota + 1 // what people did, of those who agreed to the purpose improvement
	Decisions                   // receipts and what was said about them, of the same people
	Standings                   // the answers of everybody whose data is not locked
	Reached                     // which offers people were shown, of those who agreed to the purpose improvement
	Tested                      // which variant people got and what they did, of those who agreed to the purpose experiments
)

// Names of the families.
const (
	Popular = "popular"
	Trends  = "trends"

	Bestsellers = "bestsellers"
	Funnel      = "funnel"
	OptIn       = "opt_in"
	Guards      = "guards"
	Creepy      = "creepy"
	Places      = "places"

	Campaigns   = "campaigns"
	Experiments = "experiments"
)

// Family is one kind of report. All of it is known before anybody is counted.
type Family struct {
	Name     string
	Title    string // what it is about
	Counts   string // what one number is
	Source   Source
	Days     int    // of an answer where the question names none; 0: it is about now
	MostDays int    // longest that may be asked for
	Ranked   bool   // rows are the largest groups only
	Tells    string // what a reader may conclude
	Hides    string // and what not
}

// Families are all there are, in the order in which they are listed.
func Families() []Family {
	return []Family{
		{
			Name: Popular, Title: "Popular items", Counts: "people who bought the item", Source: Events, Days: 30, MostDays: 730, Ranked: true,
			Tells: "which items many people bought, within the margin; two items whose numbers differ by less than the margin are alike",
			Hides: "how many pieces were sold, and whether any one person bought; a person counts for a few of their items only, drawn by lot, so the numbers are below the true ones",
		},
		{
			Name: Bestsellers, Title: "The public list of bestsellers", Counts: "people who bought the item", Source: Events, Days: 365, MostDays: 730, Ranked: true,
			Tells: "which items are popular, about in this order; it is released once a month, with the whole budget, and only if it keeps enough of the true list",
			Hides: "whether any one person bought; what changed from one month to the next says as little",
		},
		{
			Name: Trends, Title: "Trends by week", Counts: "people who did this in the week", Source: Events, Days: 56, MostDays: 182,
			Tells: "whether more or fewer people view, add and buy than in the weeks before, if the difference is above twice the margin",
			Hides: "how often each person came",
		},
		{
			Name: Funnel, Title: "From view to purchase", Counts: "people who got this far", Source: Events, Days: 30, MostDays: 365,
			Tells: "how many of those who viewed also put something into the basket and bought, within the margin",
			Hides: "who stopped where, and of which item; people whose earlier steps were not seen count for the steps that were",
		},
		{
			Name: OptIn, Title: "Opt-in rates", Counts: "people with this answer", Source: Standings,
			Tells: "which uses people agree to; the share is yes by all who are known",
			Hides: "who said what; people whose data is locked are not counted",
		},
		{
			Name: Guards, Title: "Blocks by guard", Counts: "people from whose lists the guard kept something", Source: Decisions, Days: 30, MostDays: 90,
			Tells: "which promises act on how many people",
			Hides: "how often, on whom and what was kept out; lists that are the same for everybody are not counted",
		},
		{
			Name: Creepy, Title: "What people say about their lists", Counts: "people who said so at least once", Source: Decisions, Days: 30, MostDays: 90,
			Tells: "how many people found a list creepy or wrong, clicked or sent something away, within the margin",
			Hides: "who complained, and how often; below the margin a number says nothing",
		},
		{
			Name: Campaigns, Title: "Reach of campaigns", Counts: "people who got this far with the campaign", Source: Reached, Days: 30, MostDays: 60,
			Tells: "how many people each campaign was shown to, and how many of them clicked, sent it away or bought, within the margin; what nobody reported counts as shown",
			Hides: "who was shown what, and how often; a difference below the margin says nothing of a campaign, and none says that it caused anything",
		},
		{
			Name: Experiments, Title: "Outcomes of experiments", Counts: "people with this variant who did this", Source: Tested,
			Tells: "how many people got each variant and how many of them did what the experiment measures, within the margin; for everybody who may read it",
			Hides: "who got which variant and what they did; whether a variant is better is for tactful experiment results to say, which looks at any time without fooling itself",
		},
		{
			Name: Places, Title: "Where the crowd is", Counts: "people who were last in this cell", Source: Standings,
			Tells: "in which quarters and towns many people are, of those who agreed to location and to improvement",
			Hides: "who, where they live, the way they took, and every group that is alone somewhere; cells with few people are told together or not at all",
		},
	}
}

// ByName finds a family.
func ByName(name string) (Family, error) {
	all := Families()
	i := slices.IndexFunc(all, func(f Family) bool { return f.Name == name })
	if i < 0 {
		return Family{}, tactful.InvalidField("report", "is unknown", "ask for one that tactful report list shows")
	}
	return all[i], nil
}
