package engine

import (
	"context"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
)

// Words of a CampaignEntry's Change.
const (
	campaignAdded   = "added"
	campaignChanged = "changed"
	campaignDeleted = "deleted"
)

// maxCampaignLog bounds one answer: an entry may carry 64 kB of text.
const maxCampaignLog = 100

// CampaignEntry is one change of a campaign that came by the API.
type CampaignEntry = records.CampaignEntry

// CampaignLog returns who changed the campaigns that came by the API, when, why and
// to what, newest first.
func (e *Engine) CampaignLog(ctx context.Context, limit int) ([]CampaignEntry, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	return e.records.CampaignLog(ctx, min(limit, maxCampaignLog))
}

// signed is a change of a campaign by whoever acts. What goes out to customers is
// changed by nobody who does not say who they are.
func signed(ctx context.Context, id, change string, text []byte, now time.Time) (CampaignEntry, error) {
	by := tactful.ActorOf(ctx)
	entry := CampaignEntry{Time: now.UTC(), Campaign: id, Change: change, By: by.Name, Key: by.Key, Why: by.Reason, Text: string(text)}
	if entry.By == "" {
		entry.By = by.Key
	}
	if entry.By == "" {
		return entry, &tactful.Error{Kind: tactful.Refused, Detail: "a change of campaigns needs a name", Remedy: "act under your own name"}
	}
	return entry, nil
}
