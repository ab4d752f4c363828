package api

import (
	"context"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// What the document gives as defaults.
const (
	defaultItems    = 100
	defaultHistory  = 100
	defaultReceipts = 20
)

// ListItems pages through the catalogue.
func (s *server) ListItems(_ context.Context, r wire.ListItemsRequestObject) (wire.ListItemsResponseObject, error) {
	limit := orDefault(r.Params.Limit, defaultItems)
	// One more than asked tells whether there is a next page.
	items, err := s.opt.Engine.Items(r.Params.After, limit+1)
	if err != nil {
		return nil, err
	}
	var page wire.ListItems200JSONResponse
	if len(items) > limit {
		items = items[:limit]
		page.Next = items[limit-1].ID
	}
	page.Items = make([]wire.Item, len(items))
	for i := range items {
		page.Items[i] = itemOut(&items[i])
	}
	return page, nil
}

// PutItems lists or changes items.
func (s *server) PutItems(ctx context.Context, r wire.PutItemsRequestObject) (wire.PutItemsResponseObject, error) {
	items := make([]tactful.Item, len(r.Body.Items))
	for i := range r.Body.Items {
		items[i] = itemIn(&r.Body.Items[i])
	}
	if err := s.opt.Engine.PutItems(ctx, items); err != nil {
		return nil, err
	}
	return wire.PutItems200JSONResponse{Listed: int32(len(items))}, nil
}

// GetItem returns a listed item.
func (s *server) GetItem(_ context.Context, r wire.GetItemRequestObject) (wire.GetItemResponseObject, error) {
	item, err := s.opt.Engine.Item(r.ItemId)
	if err != nil {
		return nil, err
	}
	return wire.GetItem200JSONResponse(itemOut(&item)), nil
}

// DeleteItem takes an item off the list.
func (s *server) DeleteItem(ctx context.Context, r wire.DeleteItemRequestObject) (wire.DeleteItemResponseObject, error) {
	if err := s.opt.Engine.DeleteItem(ctx, r.ItemId); err != nil {
		return nil, err
	}
	return wire.DeleteItem204Response{}, nil
}

func orDefault(limit int32, otherwise int) int {
	if limit == 0 {
		return otherwise
	}
	return int(limit)
}

func itemIn(in *wire.Item) tactful.Item {
	availability, _ := tactful.ParseAvailability(string(in.Availability)) // the schema knows the words
	item := tactful.Item{
		ID: in.Id, Title: in.Title, URL: in.Url, Image: in.Image, Categories: in.Categories,
		Price: -1, Currency: in.Currency, Availability: availability, Group: in.Group,
		Attributes: in.Attributes, Labels: in.Labels, Regions: in.Regions,
		ValidFrom: utc(in.ValidFrom), ValidUntil: utc(in.ValidUntil),
	}
	if in.Price != nil {
		item.Price = *in.Price
	}
	item.Stock = in.Stock
	return item
}

func itemOut(item *tactful.Item) wire.Item {
	return wire.Item{
		Id: item.ID, Title: item.Title, Url: item.URL, Image: item.Image, Categories: item.Categories,
		Price: priceOut(item.Price), Currency: item.Currency, Availability: wire.ItemAvailability(item.Availability.String()),
		Group: item.Group, Attributes: item.Attributes, Labels: item.Labels, Regions: item.Regions,
		ValidFrom: item.ValidFrom, ValidUntil: item.ValidUntil, Stock: item.Stock,
	}
}

// priceOut leaves an unknown price out.
func priceOut(price int64) *int64 {
	if price < 0 {
		return nil
	}
	return &price
}

// utc keeps the zero time, which means "not set".
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}
