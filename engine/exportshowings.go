package engine

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/rights"
)

// copyShowings gives the offers that somebody was shown or sent.
func (e *Engine) copyShowings(ctx context.Context, c *rights.Copy, ref tactful.Ref, now time.Time) error {
	all, err := e.records.ReadShowings(ctx, ref, now)
	if err != nil {
		return err
	}
	items := e.ground.Load().items
	for i := range all.Past {
		s := &all.Past[i]
		out := rights.Showing{
			ID: hex.EncodeToString(s.ID[:]), At: s.At, Campaign: s.Campaign, Creative: s.Creative, Group: s.Group, Category: s.Category,
			Channel: s.Channel.String(), Service: s.Service, Fate: s.Fate.String(), Heard: s.Heard,
		}
		if s.Item != 0 {
			out.Item = fmt.Sprintf("item number %d", s.Item)
			if item := items.ByNo(s.Item); item != nil {
				out.Item = item.ID
			}
		}
		c.Showings = append(c.Showings, out)
	}
	return nil
}

// copyJoined says when second histories of the person were joined to theirs.
func (e *Engine) copyJoined(ctx context.Context, c *rights.Copy, ref tactful.Ref, now time.Time) error {
	joined, err := e.records.Joined(ctx, ref, now)
	for _, j := range joined {
		c.Joined = append(c.Joined, rights.Joined{Time: j.Time})
	}
	return err
}
