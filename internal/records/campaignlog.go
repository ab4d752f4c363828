package records

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tactful/tactful/store"
)

// CampaignEntry is one change of a campaign that came by the API. It is written with
// the change, in one batch: there is none without who made it.
type CampaignEntry struct {
	No       uint64    `json:"no"`
	Time     time.Time `json:"time"`
	Campaign string    `json:"campaign"`
	Change   string    `json:"change"` // added, changed or deleted
	By       string    `json:"by"`
	Key      string    `json:"key,omitempty"` // that they came with
	Why      string    `json:"why,omitempty"`
	Text     string    `json:"text,omitempty"` // as it was from then on; "" once deleted
}

// MaxCampaignEntries bounds the log; the oldest make room.
const MaxCampaignEntries = 1000

func campaignEntryKey(no uint64) []byte { return binary.BigEndian.AppendUint64([]byte{'c'}, no) }

// CampaignLog returns the newest changes of campaigns, newest first.
func (r *Records) CampaignLog(ctx context.Context, limit int) ([]CampaignEntry, error) {
	answers, err := r.data.Read(ctx, []store.Query{{Partition: campaignTexts, Family: store.Log, Limit: min(max(limit, 1), MaxCampaignEntries), Reverse: true}})
	if err != nil {
		return nil, fmt.Errorf("read the log of campaigns: %w", kindly(err))
	}
	all := make([]CampaignEntry, len(answers[0].Rows))
	for i, row := range answers[0].Rows {
		plain, err := r.vault.Tenant().Open(nil, campaignTexts, store.Log, row.Key, row.Value)
		if err == nil {
			err = json.Unmarshal(plain, &all[i])
		}
		if err != nil {
			return nil, unreadable("change of a campaign", err)
		}
	}
	return all, nil
}

// noteCampaign adds a change to the batch that makes it. Whoever else changes any
// campaign in between makes the batch fail, so the number is free.
func (r *Records) noteCampaign(ctx context.Context, b *store.Batch, entry CampaignEntry) error {
	last, err := r.CampaignLog(ctx, 1)
	if err != nil {
		return err
	}
	entry.No = 1
	if len(last) > 0 {
		entry.No = last[0].No + 1
	}
	plain, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	b.Log = append(b.Log, sealedRow(r.vault.Tenant(), b.Partition, store.Log, campaignEntryKey(entry.No), plain, time.Time{}))
	if entry.No > MaxCampaignEntries {
		b.Delete = append(b.Delete, store.FamilyKey{Family: store.Log, Key: campaignEntryKey(entry.No - MaxCampaignEntries)})
	}
	return nil
}
