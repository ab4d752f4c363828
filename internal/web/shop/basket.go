package shop

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tactful/tactful"
)

type basketPage struct {
	frame
	Items []tactful.Item
	Total tactful.Item // a price with its currency
	Often *list        // nil for an empty basket
}

func (s *shop) basket(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := s.frame(w, r, v, "title.basket")
	if err != nil {
		return err
	}
	p := basketPage{frame: f, Items: s.listed(v.basket)}
	ids := make([]string, 0, len(p.Items))
	for _, it := range p.Items {
		ids = append(ids, it.ID)
		p.Total.Price += max(it.Price, 0)
		p.Total.Currency = it.Currency
	}
	if len(ids) > 0 {
		if p.Often, err = s.suggest(r.Context(), v, &f, wish{key: "often", placement: tactful.Basket, items: ids, count: listLength}); err != nil {
			return err
		}
	}
	return s.show(w, v, "basket", p)
}

// listed returns the items that are still for sale, in the order given.
func (s *shop) listed(codes []string) []tactful.Item {
	var items []tactful.Item
	for _, code := range codes {
		if it, err := s.engine.Item(code); err == nil {
			items = append(items, it)
		}
	}
	return items
}

// changeBasket puts an item in or takes it out.
func (s *shop) changeBasket(w http.ResponseWriter, r *http.Request, v *visitor) error {
	in := form(r.PostForm)
	code, err := in.item()
	if err != nil {
		return err
	}
	it, err := s.engine.Item(code)
	if err != nil {
		return fmt.Errorf("find the item: %w", err)
	}
	action, word := tactful.Added, "added"
	if in.get("do") == "remove" {
		action, word = tactful.Removed, "removed"
		v.basket = slices.DeleteFunc(v.basket, func(c string) bool { return c == code })
	} else if !slices.Contains(v.basket, code) {
		if len(v.basket) >= maxBasket {
			return s.done(w, r, "/basket", notice{key: "full"})
		}
		v.basket = append(v.basket, code)
	}
	set(w, r, cookieBasket, strings.Join(v.basket, "."), 0)
	became, err := s.keep(r.Context(), v, action, "", it)
	if err != nil {
		return err
	}
	return s.done(w, r, in.back(), notice{key: word + "." + became.String(), item: code})
}

// order buys one item, or all that is in the basket. Nothing is really sold.
func (s *shop) order(w http.ResponseWriter, r *http.Request, v *visitor) error {
	in := form(r.PostForm)
	items := s.listed(v.basket)
	if in.get("item") != "" {
		code, err := in.item()
		if err != nil {
			return err
		}
		items = s.listed([]string{code})
		v.basket = slices.DeleteFunc(v.basket, func(c string) bool { return c == code })
	} else {
		v.basket = nil
	}
	if len(items) == 0 {
		return s.done(w, r, "/basket", notice{key: "nothing"})
	}
	became, err := s.buy(r.Context(), v, items)
	if err != nil {
		return err
	}
	set(w, r, cookieBasket, strings.Join(v.basket, "."), 0)
	return s.done(w, r, "/basket", notice{key: "bought." + became.String()})
}

func (s *shop) buy(ctx context.Context, v *visitor, items []tactful.Item) (kept, error) {
	number, err := s.token()
	if err != nil {
		return keptNobody, err
	}
	return s.keep(ctx, v, tactful.Purchased, "shop-"+number[:12], items...)
}
