package retail

import (
	"math/rand/v2"
	"sort"
	"strings"

	"github.com/tactful/tactful"
)

// shelves are the items of each narrow category with how often they were
// ordered, for drawing what somebody may have looked at besides.
type shelves struct {
	of    []int // item index -> shelf
	shelf []shelf
}

type shelf struct {
	items []uint32
	upTo  []int // running sum of orders + 1
}

func fillShelves(items []tactful.Item, shoppers []Shopper) shelves {
	ordered := make([]int, len(items))
	for _, s := range shoppers {
		for _, o := range s.Orders {
			if o.Kind == Purchase {
				for _, l := range o.Lines {
					ordered[l.Item]++
				}
			}
		}
	}
	all := shelves{of: make([]int, len(items))}
	number := map[string]int{}
	for i, it := range items {
		path := strings.Join(it.Categories, "/")
		n, ok := number[path]
		if !ok {
			n = len(all.shelf)
			number[path] = n
			all.shelf = append(all.shelf, shelf{})
		}
		all.of[i] = n
		sh := &all.shelf[n]
		sum := ordered[i] + 1
		if len(sh.upTo) > 0 {
			sum += sh.upTo[len(sh.upTo)-1]
		}
		sh.items, sh.upTo = append(sh.items, uint32(i)), append(sh.upTo, sum)
	}
	return all
}

// beside draws an item from the same shelf, popular ones more often.
func (s *shelves) beside(item uint32, r *rand.Rand) uint32 {
	sh := &s.shelf[s.of[item]]
	at := r.IntN(sh.upTo[len(sh.upTo)-1])
	return sh.items[sort.SearchInts(sh.upTo, at+1)]
}
