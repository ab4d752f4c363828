package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/campaign"
)

// sortOut returns the campaigns of files and those stored ones that today's
// catalogue, rules and settings let through, and apart from them the stored ones that
// they refuse. What was right when it was put can become wrong by a new item, a
// longer list of words or a file that takes its id, and is then out of action; it is
// no reason not to start.
func (e *Engine) sortOut(texts map[string][]byte) (all []campaign.Campaign, aside []campaign.Aside) {
	all = slices.Clone(e.campaigns.files)
	rules := e.campaignRules()
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		c, err := campaign.ReadOne(texts[id], rules)
		switch {
		case err != nil:
		case c.ID != id:
			err = tactful.InvalidField("campaign.id", "is not the one that it is kept under", "delete it, and put it anew")
		case slices.ContainsFunc(all, func(other campaign.Campaign) bool { return other.ID == id }):
			err = tactful.InvalidField("campaign.id", "is that of a campaign of the files now", "delete this one, or give the other an id of its own")
		case len(all) >= campaign.MaxCampaigns:
			err = tactful.InvalidField("campaigns", "are too many", fmt.Sprintf("keep at most %d, those of files among them", campaign.MaxCampaigns))
		default:
			err = errors.Join(e.capFaults(&c)...)
		}
		if err != nil {
			c.ID, c.File = id, ""
			aside = append(aside, campaign.Aside{Campaign: c, Fault: err})
			continue
		}
		all = append(all, c)
	}
	return all, aside
}

// faultOf returns why a campaign was set aside, nil if it was not.
func faultOf(set *campaign.Set, id string) error {
	for _, one := range set.Aside() {
		if one.Campaign.ID == id {
			return one.Fault
		}
	}
	return nil
}

// warnOfAside tells the operator at the start what does not run, and why.
func (e *Engine) warnOfAside(set *campaign.Set) {
	for _, one := range set.Aside() {
		e.log.Warn("a stored campaign is out of action: put it anew or delete it (tactful campaign delete)", "campaign", one.Campaign.ID, "why", one.Fault)
	}
}

func asideInfos(set *campaign.Set, texts map[string][]byte) []CampaignInfo {
	all := make([]CampaignInfo, 0, len(set.Aside()))
	for _, one := range set.Aside() {
		c := &one.Campaign
		all = append(all, CampaignInfo{ID: c.ID, Kind: c.Kind.String(), Group: c.Group, Priority: c.Priority, Source: "api", Text: texts[c.ID], Fault: clipped(one.Fault.Error())})
	}
	return all
}

// clipped bounds what is said of a campaign with a hundred faults.
func clipped(s string) string {
	const most = 4000
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + " …"
}
