package engine

import (
	"encoding/binary"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/campaign"
	"github.com/tactful/tactful/internal/decision"
)

// arms is how people who agreed to experiments responded to creatives. It is counted
// from what is stored of them and never kept: whoever is erased or takes the yes back
// is in it no more after the next count.
type arms struct {
	counts map[[2]string]campaign.Arm // by campaign and creative
}

// of returns the arms of a campaign's creatives, empty ones where nothing is known.
func (a *arms) of(id string, options []int, candidates []decision.Candidate) []campaign.Arm {
	list := make([]campaign.Arm, len(options))
	if a == nil {
		return list
	}
	for k, i := range options {
		list[k] = a.counts[[2]string{id, candidates[i].Offer.Creative}]
	}
	return list
}

// held reports whether somebody is of the holdout of a campaign. It is the same at
// every decision, differs from campaign to campaign, and is stored nowhere.
func (e *Engine) held(ref tactful.Ref, id string) bool {
	sum := e.vault.MessageID("holdout/" + id + "/" + string(ref[:]))
	return float64(binary.BigEndian.Uint32(sum[:4])) < e.cfg.Campaigns.Holdout*(1<<32)
}
