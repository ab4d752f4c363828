package main

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/tactful/tactful/internal/campaign"
)

type campaignDiffCommand struct {
	Old  string `arg:"" help:"File of campaigns, or a directory."`
	New  string `arg:"" help:"The other one."`
	JSON bool   `name:"json" help:"Print as JSON."`
	campaignFlags
}

// Help adds an example to --help.
func (campaignDiffCommand) Help() string {
	return `Both are read wholly first; with a fault in either nothing is compared. Lines and comments do not count.

Example:
  tactful campaign diff live/ next/ --json`
}

type campaignDifference struct {
	Campaign string   `json:"campaign"`
	Change   string   `json:"change"` // added, removed or changed
	Parts    []string `json:"parts,omitempty"`
}

// Run compares.
func (c *campaignDiffCommand) Run(a *app) error {
	before, err := c.read([]string{c.Old})
	if err != nil {
		return err
	}
	after, err := c.read([]string{c.New})
	if err != nil {
		return err
	}
	all := campaignDiff(before, after)
	if c.JSON {
		return showJSON(a.out, all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(a.out, "There is no difference.")
		return err
	}
	rows := [][]string{{"CAMPAIGN", "CHANGE", "PARTS"}}
	for _, d := range all {
		rows = append(rows, []string{d.Campaign, d.Change, strings.Join(d.Parts, ", ")})
	}
	return showTable(a.out, rows)
}

// campaignDiff names what is different, in the order of the new set, then what is gone.
func campaignDiff(before, after *campaign.Set) []campaignDifference {
	all := []campaignDifference{}
	for i := range after.Len() {
		now := after.At(i)
		at, there := before.Find(now.ID)
		if !there {
			all = append(all, campaignDifference{Campaign: now.ID, Change: "added"})
			continue
		}
		if parts := campaignParts(before.At(at), now); len(parts) > 0 {
			all = append(all, campaignDifference{now.ID, "changed", parts})
		}
	}
	for i := range before.Len() {
		if _, there := after.Find(before.At(i).ID); !there {
			all = append(all, campaignDifference{Campaign: before.At(i).ID, Change: "removed"})
		}
	}
	return all
}

func campaignParts(a, b *campaign.Campaign) (parts []string) {
	for _, part := range []struct {
		name string
		same bool
	}{
		{"kind", a.Kind == b.Kind}, {"group", a.Group == b.Group}, {"priority", a.Priority == b.Priority},
		{"schedule", sameSchedule(&a.Schedule, &b.Schedule)}, {"budget", a.Budget == b.Budget},
		{"audience", reflect.DeepEqual(a.Audience, b.Audience)}, {"placements", reflect.DeepEqual(a.Placements, b.Placements)}, {"caps", reflect.DeepEqual(a.Caps, b.Caps)},
	} {
		if !part.same {
			parts = append(parts, part.name)
		}
	}
	find := func(c *campaign.Campaign, id string) (campaign.Creative, bool) {
		for _, v := range c.Creatives {
			if v.ID == id {
				v.Line = 0
				return v, true
			}
		}
		return campaign.Creative{}, false
	}
	for _, v := range b.Creatives {
		now, _ := find(b, v.ID)
		if was, there := find(a, v.ID); !there {
			parts = append(parts, "creative "+v.ID+" added")
		} else if was != now {
			parts = append(parts, "creative "+v.ID)
		}
	}
	for _, v := range a.Creatives {
		if _, there := find(b, v.ID); !there {
			parts = append(parts, "creative "+v.ID+" removed")
		}
	}
	return parts
}

func sameSchedule(a, b *campaign.Schedule) bool {
	return a.Start.Equal(b.Start) && a.End.Equal(b.End) && a.Days == b.Days && a.From == b.From && a.Until == b.Until && a.Zone.String() == b.Zone.String()
}

type campaignWorthCommand struct {
	casework
	Campaign string `arg:"" help:"Id of the campaign."`
	JSON     bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (campaignWorthCommand) Help() string {
	return `Counted from what is stored now of people who agreed, so that whoever is erased is in it no more. A number is
left out ("few") where fewer than 20 people, also none, or all but fewer than 20 stand behind it. REVENUE, to two digits, is of what the
campaign advertises, bought after the first showing in that placement: who was shown it in two placements counts in both. The last line
compares people who agreed to experiments with the holdout among them (engine.campaigns.holdout), whoever was really shown something: how
many more of a hundred bought what the campaign advertises, with a 95 % interval.

Examples:
  tactful campaign worth garden-spring --as "Ada B."
  TACTFUL_KEY=tk_… tactful campaign worth garden-spring --url http://127.0.0.1:8080 --json`
}

// Run prints it.
func (c *campaignWorthCommand) Run(a *app) error {
	var w struct {
		Placements []struct {
			Placement, Channel                                                 string
			Few                                                                bool
			Fewer                                                              []string
			People, Showings, Clicks, Dismissals, Creepy, Conversions, OptOuts int
			Revenue                                                            int64
		}
		ShownGroup, Holdout *struct {
			People, Buyers int
			Revenue        int64
		}
		Lift *struct{ Buyers, Low, High, Revenue float64 }
	}
	text, err := c.call(a, http.MethodGet, "/v1/campaigns/"+url.PathEscape(c.Campaign)+"/worth", nil, &w)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	rows := [][]string{{"PLACEMENT", "CHANNEL", "PEOPLE", "SHOWN", "CLICKED", "SENT AWAY", "CREEPY", "CONVERTED", "OPTED OUT", "REVENUE"}}
	for _, p := range w.Placements {
		row := []string{p.Placement, p.Channel}
		for _, n := range []struct{ name, text string }{
			{"people", strconv.Itoa(p.People)}, {"showings", strconv.Itoa(p.Showings)}, {"clicks", strconv.Itoa(p.Clicks)}, {"dismissals", strconv.Itoa(p.Dismissals)},
			{"creepy", strconv.Itoa(p.Creepy)}, {"conversions", strconv.Itoa(p.Conversions)}, {"optOuts", strconv.Itoa(p.OptOuts)}, {"revenue", fmt.Sprintf("%.2f", float64(p.Revenue)/100)},
		} {
			if p.Few || slices.Contains(p.Fewer, n.name) {
				n.text = "few"
			}
			row = append(row, n.text)
		}
		rows = append(rows, row)
	}
	if err := showTable(a.out, rows); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(a.out, "few: fewer than 20 people, or all but fewer than 20. Revenue counts from the first showing in a placement; who was shown it in two counts in both."); err != nil {
		return err
	}
	if w.Lift == nil {
		_, err := fmt.Fprintln(a.out, "There are too few people, or too few of them bought (or all but a few), in the holdout or beside it, to compare.")
		return err
	}
	_, err = fmt.Fprintf(a.out, "Of %d people %d bought; of the %d of the holdout %d. More of a hundred: %.1f (95 %%: %.1f to %.1f). More for each person: %.2f\n",
		w.ShownGroup.People, w.ShownGroup.Buyers, w.Holdout.People, w.Holdout.Buyers, w.Lift.Buyers, w.Lift.Low, w.Lift.High, w.Lift.Revenue/100)
	return err
}
