package records

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Campaigns that came by the API lie in one partition under the tenant key, so
// that a change of any sees the change of every other. What of a budget is leased
// lies in a partition of its campaign.

// MaxCampaignBytes bounds the text of one campaign.
const MaxCampaignBytes = 64 << 10

func campaignPartition(name string) store.Partition {
	p := store.Partition{Section: store.Campaigns}
	sum := sha256.Sum256([]byte(name))
	copy(p.ID[:], sum[:])
	return p
}

var (
	campaignTexts = campaignPartition("texts")
	leasedKey     = []byte("leased")
)

// Campaigns returns the texts by id, and the version of them all.
func (r *Records) Campaigns(ctx context.Context) (map[string][]byte, store.Version, error) {
	answers, err := r.data.Read(ctx, []store.Query{{Partition: campaignTexts, Family: store.State}})
	if err != nil {
		return nil, 0, fmt.Errorf("read campaigns: %w", kindly(err))
	}
	all := map[string][]byte{}
	for _, row := range answers[0].Rows {
		plain, err := r.vault.Tenant().Open(nil, campaignTexts, store.State, row.Key, row.Value)
		if err == nil && (len(plain) < 2 || plain[0] != wireVersion) {
			err = errWire
		}
		if err != nil {
			return nil, 0, unreadable("campaign", err)
		}
		all[string(row.Key)] = plain[1:]
	}
	return all, answers[0].Version, nil
}

// WriteCampaign stores the text of a campaign, or removes it where text is nil, if
// nobody changed any since; else Conflict. Who did it is written with it.
func (r *Records) WriteCampaign(ctx context.Context, id string, text []byte, entry CampaignEntry, expect store.Version) error {
	if len(id) == 0 || len(id) > store.MaxKeyBytes || len(text) > MaxCampaignBytes {
		return tactful.InvalidField("campaign", "is too large", fmt.Sprintf("send at most %d bytes", MaxCampaignBytes))
	}
	b := store.Batch{Partition: campaignTexts, Expect: expect}
	if text == nil {
		b.Delete = []store.FamilyKey{{Family: store.State, Key: []byte(id)}}
	} else {
		b.State = []store.Row{sealedRow(r.vault.Tenant(), campaignTexts, store.State, []byte(id), append([]byte{wireVersion}, text...), time.Time{})}
	}
	if err := r.noteCampaign(ctx, &b, entry); err != nil {
		return err
	}
	if _, err := r.write(ctx, b); err != nil {
		return fmt.Errorf("write a campaign: %w", err)
	}
	return nil
}

// LeaseBudget takes up to want of what is left of a campaign's budget in a period,
// of which there are most. It returns 0 where nothing is left. What is leased is
// never given back, so that whatever is killed, no budget is overrun.
func (r *Records) LeaseBudget(ctx context.Context, campaign, period string, most, want int64) (got int64, err error) {
	p := campaignPartition("budget/" + campaign)
	err = retry("lease a budget", func() error {
		spent, version, err := r.leased(ctx, p, period)
		if err != nil {
			return err
		}
		if got = min(want, most-spent); got <= 0 {
			got = 0
			return nil
		}
		plain := binary.AppendUvarint(appendText([]byte{wireVersion}, period), uint64(spent+got))
		_, err = r.write(ctx, store.Batch{Partition: p, Expect: version, State: []store.Row{sealedRow(r.vault.Tenant(), p, store.State, leasedKey, plain, time.Time{})}})
		return err
	})
	return got, err
}

// leased says how much of a period's budget is leased; of any other period, nothing.
func (r *Records) leased(ctx context.Context, p store.Partition, period string) (int64, store.Version, error) {
	answers, err := r.data.Read(ctx, []store.Query{{Partition: p, Family: store.State}})
	if err != nil {
		return 0, 0, kindly(err)
	}
	for _, row := range answers[0].Rows {
		plain, err := r.vault.Tenant().Open(nil, p, store.State, row.Key, row.Value)
		if err != nil {
			return 0, 0, unreadable("budget", err)
		}
		read := read(plain)
		of, n := read.text(), read.uvarint()
		if err := read.end(); err != nil || n > 1<<62 {
			return 0, 0, unreadable("budget", errWire)
		}
		if of == period {
			return int64(n), answers[0].Version, nil
		}
	}
	return 0, answers[0].Version, nil
}
