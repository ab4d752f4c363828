package client

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/tactful/tactful"
)

const maxItems = 500 // of one call; the server takes 1000

// PutItems lists or changes items, in parts if they are many: each part whole or not at all.
func (c *Client) PutItems(ctx context.Context, items ...tactful.Item) error {
	for len(items) > 0 {
		part := items[:min(len(items), maxItems)]
		items = items[len(part):]
		in := struct {
			Items []itemBody `json:"items"`
		}{make([]itemBody, len(part))}
		for i := range part {
			in.Items[i] = bodyOf(&part[i])
		}
		if err := c.do(ctx, call{method: http.MethodPost, path: []string{"v1", "items"}, in: in, repeat: freely}); err != nil {
			return fmt.Errorf("put items: %w", err)
		}
	}
	return nil
}

// Item returns what is listed under an id.
func (c *Client) Item(ctx context.Context, id string) (tactful.Item, error) {
	var out itemBody
	if err := c.do(ctx, call{method: http.MethodGet, path: []string{"v1", "items", id}, out: &out, repeat: freely}); err != nil {
		return tactful.Item{}, fmt.Errorf("get an item: %w", err)
	}
	return out.item(), nil
}

// DeleteItem takes an item off the list.
func (c *Client) DeleteItem(ctx context.Context, id string) error {
	if err := c.do(ctx, call{method: http.MethodDelete, path: []string{"v1", "items", id}, repeat: untaken}); err != nil {
		return fmt.Errorf("delete an item: %w", err)
	}
	return nil
}

type itemBody struct {
	ID           string            `json:"id"`
	Title        string            `json:"title"`
	URL          string            `json:"url,omitempty"`
	Image        string            `json:"image,omitempty"`
	Categories   []string          `json:"categories,omitempty"`
	Price        *int64            `json:"price,omitempty"`
	Currency     string            `json:"currency,omitempty"`
	Availability string            `json:"availability,omitempty"`
	Stock        *int64            `json:"stock,omitempty"`
	Group        string            `json:"group,omitempty"`
	Attributes   map[string]string `json:"attributes,omitempty"`
	Labels       []string          `json:"labels,omitempty"`
	ValidFrom    time.Time         `json:"validFrom,omitzero"`
	ValidUntil   time.Time         `json:"validUntil,omitzero"`
	Regions      []string          `json:"regions,omitempty"`
}

func bodyOf(it *tactful.Item) itemBody {
	b := itemBody{ID: it.ID, Title: it.Title, URL: it.URL, Image: it.Image, Categories: it.Categories, Currency: it.Currency, Availability: it.Availability.String(),
		Group: it.Group, Attributes: it.Attributes, Labels: it.Labels, ValidFrom: it.ValidFrom, ValidUntil: it.ValidUntil, Regions: it.Regions, Stock: it.Stock}
	if it.Price >= 0 {
		b.Price = &it.Price
	}
	return b
}

func (b *itemBody) item() tactful.Item {
	it := tactful.Item{ID: b.ID, Title: b.Title, URL: b.URL, Image: b.Image, Categories: b.Categories, Price: -1, Currency: b.Currency,
		Group: b.Group, Attributes: b.Attributes, Labels: b.Labels, ValidFrom: b.ValidFrom, ValidUntil: b.ValidUntil, Regions: b.Regions, Stock: b.Stock}
	it.Availability, _ = tactful.ParseAvailability(b.Availability) // a word of a newer server stays unknown
	if b.Price != nil {
		it.Price = *b.Price
	}
	return it
}
