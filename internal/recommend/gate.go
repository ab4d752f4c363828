package recommend

import (
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// gate says which items may be candidates of a request at all: they can be had
// here and now, pass the request's filter and are not what it is about.
type gate struct {
	now    time.Time
	region string
	filter *tactful.Filter
	own    []tactful.ItemNo // what the list is about
	groups []string         // variants of it, on similar and basket
	wide   bool             // neither filter nor groups: whatever is open passes, but for its own
}

// open prepares the gate in scratch. At level generic only the page's item is
// looked at, so that the list is the same for everybody on that page; popular
// lists and search results leave nothing out.
func (s *Scratch) open(g *Ground, c *decision.Case) *gate {
	gt := &s.gate
	gt.fill(g, c)
	gt.wide = gt.reachesAll()
	return gt
}

func (gt *gate) fill(g *Ground, c *decision.Case) {
	r := c.Request
	*gt = gate{now: c.Now, region: r.Region, filter: &r.Filter, own: gt.own[:0], groups: gt.groups[:0]}
	about := r.Items
	switch r.Placement {
	case tactful.Popular, tactful.Search, tactful.PlacementUnknown:
		return
	case tactful.ForYou, tactful.Similar, tactful.Basket:
	}
	if c.Permit.Level < tactful.Context {
		if r.Placement != tactful.Similar {
			return
		}
		about = about[:min(1, len(about))]
	}
	for _, id := range about {
		item := g.snapshot.ByID(id)
		if item == nil {
			continue
		}
		gt.own = append(gt.own, item.No)
		if r.Placement != tactful.ForYou && item.Group != "" {
			gt.groups = append(gt.groups, item.Group)
		}
	}
}

func (gt *gate) reachesAll() bool { return len(gt.groups) == 0 && unfiltered(gt.filter) }

// admitsOffer is admits for a column of the model.
func (gt *gate) admitsOffer(o *offer) bool {
	if gt.wide && o.open {
		return len(gt.own) == 0 || !slices.Contains(gt.own, o.item.No)
	}
	return gt.admits(o.item)
}

func (gt *gate) admits(item *tactful.Item) bool {
	if item == nil || !item.Shown(gt.now) || slices.Contains(gt.own, item.No) {
		return false
	}
	// An item for some regions only is not offered where the region is unknown.
	if len(item.Regions) > 0 && !slices.Contains(item.Regions, gt.region) {
		return false
	}
	if item.Group != "" && slices.Contains(gt.groups, item.Group) {
		return false
	}
	return passes(gt.filter, item)
}

// unfiltered reports whether every item passes.
func unfiltered(f *tactful.Filter) bool {
	return len(f.Categories) == 0 && len(f.ExcludeCategories) == 0 && len(f.ExcludeItems) == 0 &&
		f.PriceMin == nil && f.PriceMax == nil && len(f.Attributes) == 0 && !f.AvailableOnly
}

// passes applies the request's filter: all of its parts must hold. An unknown
// price is outside every range.
func passes(f *tactful.Filter, item *tactful.Item) bool {
	if len(f.Categories) > 0 && !shares(f.Categories, item.Categories) {
		return false
	}
	if len(f.ExcludeCategories) > 0 && shares(f.ExcludeCategories, item.Categories) {
		return false
	}
	if slices.Contains(f.ExcludeItems, item.ID) {
		return false
	}
	if (f.PriceMin != nil || f.PriceMax != nil) && item.Price < 0 {
		return false
	}
	if f.PriceMin != nil && item.Price < *f.PriceMin || f.PriceMax != nil && item.Price > *f.PriceMax {
		return false
	}
	for key, values := range f.Attributes {
		value, has := item.Attributes[key]
		if !has || !slices.Contains(values, value) {
			return false
		}
	}
	return !f.AvailableOnly || item.Availability == tactful.InStock || item.Availability == tactful.Preorder
}

func shares(a, b []string) bool {
	for _, x := range b {
		if slices.Contains(a, x) {
			return true
		}
	}
	return false
}
