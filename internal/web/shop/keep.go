package shop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// event is one event in the native form of the event door.
type event struct {
	MessageID   string      `json:"messageId"`
	UserID      string      `json:"userId,omitempty"`
	AnonymousID string      `json:"anonymousId,omitempty"`
	Action      string      `json:"action"`
	Item        string      `json:"item"`
	Quantity    int         `json:"quantity"`
	Price       json.Number `json:"price,omitempty"` // of one
	Currency    string      `json:"currency,omitempty"`
	Order       string      `json:"order,omitempty"`
	Source      string      `json:"source"`
	Time        string      `json:"time"`
}

// kept says what became of what a visitor did; the page tells them.
type kept uint8

const (
	keptNobody kept = iota // there is nobody to keep it for, so nothing was sent
	keptNot                // the engine refused, as it must
	keptYes
)

// String returns the end of a message key.
func (k kept) String() string {
	switch k {
	case keptYes:
		return "kept"
	case keptNot:
		return "refused"
	case keptNobody:
		return "nobody"
	}
	return "nobody"
}

// keep offers what a visitor did to the engine, which takes it only if they
// allowed that. For somebody without a number nothing is sent at all.
func (s *shop) keep(ctx context.Context, v *visitor, action tactful.Action, order string, items ...tactful.Item) (kept, error) {
	if !v.somebody() || len(items) == 0 {
		return keptNobody, nil
	}
	now := s.clock.Now()
	delivery := struct {
		Events []event `json:"events"`
	}{}
	for _, it := range items {
		e := event{Action: action.String(), Item: it.ID, Quantity: 1, Price: decimal(it.Price), Currency: it.Currency, Order: order, Source: "web", Time: now.Format(time.RFC3339)}
		if v.alias.Kind == tactful.UserID {
			e.UserID = v.alias.ID
		} else {
			e.AnonymousID = v.alias.ID
		}
		if action == tactful.Viewed {
			e.MessageID = viewID(v.alias, it.ID, now)
		} else {
			id, err := s.token()
			if err != nil {
				return keptNobody, err
			}
			e.MessageID = "shop-" + id
		}
		delivery.Events = append(delivery.Events, e)
	}
	body, err := json.Marshal(delivery)
	if err != nil {
		return keptNobody, fmt.Errorf("write an event: %w", err)
	}
	outcomes, err := s.engine.Ingest(ctx, engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: body, GPC: v.gpc})
	if err != nil {
		return keptNobody, fmt.Errorf("send what was done to the engine: %w", err)
	}
	for _, o := range outcomes {
		if o.Status != engine.OutcomeAccepted && o.Status != engine.OutcomeDuplicate {
			return keptNot, nil
		}
	}
	return keptYes, nil
}

// decimal writes a price as the event door reads it, "" for none.
func decimal(price int64) json.Number {
	if price < 0 {
		return ""
	}
	return json.Number(fmt.Sprintf("%d.%02d", price/100, price%100))
}

// viewID is the same for one visitor, item and hour: loading a page again is not a second view.
func viewID(a tactful.Alias, item string, now time.Time) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", a.ID, item, now.Unix()/3600))
	return "view-" + hex.EncodeToString(sum[:16])
}
