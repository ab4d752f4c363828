package replay

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
)

// readHouseholds reads the Complete Journey sample at the level of product
// types. It is CC0; it is read from where the caller put it all the same.
func readHouseholds(ctx context.Context, dir string) (*households, error) {
	return readHouseholdsOf(ctx, dir, forBabies)
}

// readHouseholdsOf is readHouseholds with other categories that tell.
func readHouseholdsOf(ctx context.Context, dir string, tells func(category string) bool) (*households, error) {
	h := &households{name: "Complete Journey", telling: []bool{false}}
	types, items := map[string]uint32{}, map[string]uint32{}
	err := readTable(ctx, filepath.Join(dir, "completejourney", "products.tsv.gz"), func(field []string) error {
		if len(field) != 7 {
			return unreadable("products.tsv.gz")
		}
		kind := field[4] + "\t" + field[5]
		no, seen := types[kind]
		if !seen {
			no = uint32(len(h.telling))
			types[kind] = no
			h.telling = append(h.telling, tells(field[4]))
			if slices.Contains(cueTypes[:], field[5]) && !tells(field[4]) {
				h.cues = append(h.cues, no)
			}
		}
		items[field[0]] = no
		return nil
	})
	if err != nil {
		return nil, err
	}
	who := map[string]int{}
	err = readTable(ctx, filepath.Join(dir, "completejourney", "transactions_sample.tsv.gz"), func(field []string) error {
		if len(field) != 11 {
			return unreadable("transactions_sample.tsv.gz")
		}
		item, listed := items[field[3]]
		if !listed { // the heading, and products that the table lacks
			return nil
		}
		u, seen := who[field[0]]
		if !seen {
			u = len(h.baskets)
			who[field[0]] = u
			h.baskets = append(h.baskets, nil)
		}
		h.baskets[u] = append(h.baskets[u], item)
		return nil
	})
	for u := range h.baskets {
		slices.Sort(h.baskets[u])
		h.baskets[u] = slices.Compact(h.baskets[u])
	}
	return h, err
}

// cueTypes are the story's own: lotion, supplements and large bags.
var cueTypes = [...]string{
	"HAND AND BODY LOTIONS", "FACIAL LOTIONS", "VITAMIN - MULTIPLE COMBIN", "VITAMIN - MINERALS", "VITAMIN - INDIVIDUAL", "VITAMIN - NON HERBAL SUPPLEMEN", "FREEZER BAGS",
}

// planted are the same households, of which those who buy for a baby bought one of
// the cues in place of so many of their other purchases. The sample has some 25
// products a household: too few for anything in it to tell, so the signal is ours
// and the baskets are real.
func (h *households) planted(seed uint64, signal float64) *households {
	rng := rand.New(rand.NewPCG(seed, 7))
	p := &households{name: h.name + ", cues planted", telling: h.telling, cues: h.cues}
	for _, basket := range h.baskets {
		buys := len(h.visible(basket)) < len(basket)
		changed := slices.Clone(basket)
		for i, no := range changed {
			if buys && !h.telling[no] && len(h.cues) > 0 && rng.Float64() < signal {
				changed[i] = h.cues[rng.IntN(len(h.cues))]
			}
		}
		slices.Sort(changed)
		p.baskets = append(p.baskets, slices.Compact(changed))
	}
	return p
}

func forBabies(category string) bool {
	return strings.Contains(category, "BABY") || strings.Contains(category, "INFANT") || strings.Contains(category, "DIAPER")
}

// The synthetic supermarket.
const (
	shopHouseholds = 1200
	shopItems      = 500
	shopTelling    = 15 // the last ones are for babies
	shopSignals    = 8  // before those: lotion, supplements and the like
	shopThemes     = 20
	shopBuyers     = 0.14
)

// supermarket makes households whose baskets follow a few themes each and the
// popularity of products. Some buy for a baby; they shop a little more than
// others, as in the real data, and with the given probability each of their
// purchases is one of the signals (Target's unscented lotion). Without signals
// nothing but the size of a basket tells of a baby: whatever else finds the
// right households is memory.
func supermarket(seed uint64, signal float64) *households {
	return supermarketOf(shopHouseholds, seed, signal)
}

// supermarketOf is a supermarket of another size.
func supermarketOf(people int, seed uint64, signal float64) *households {
	rng := rand.New(rand.NewPCG(seed, 4))
	h := &households{name: "synthetic supermarket", telling: make([]bool, shopItems+1), baskets: make([][]uint32, people)}
	usual := shopItems - shopTelling
	for item := usual + 1; item <= shopItems; item++ {
		h.telling[item] = true
	}
	draw := func(n int) int { return int(math.Pow(rng.Float64(), 2) * float64(n)) } // popular ones first
	for u := range h.baskets {
		buys := rng.Float64() < shopBuyers
		size := 6 + int(14*rng.ExpFloat64())
		if buys {
			size += size / 3
		}
		themes := [3]int{rng.IntN(shopThemes), rng.IntN(shopThemes), rng.IntN(shopThemes)}
		var basket []uint32
		for range min(size, 120) {
			item := draw(usual)
			switch {
			case buys && rng.Float64() < signal:
				item = usual - 1 - rng.IntN(shopSignals)
			case rng.IntN(2) == 0:
				item = draw(usual/shopThemes)*shopThemes + themes[rng.IntN(len(themes))]
			}
			basket = append(basket, uint32(min(item, usual-1))+1)
		}
		if buys {
			for range 1 + rng.IntN(4) {
				basket = append(basket, uint32(usual+1+draw(shopTelling)))
			}
		}
		slices.Sort(basket)
		h.baskets[u] = slices.Compact(basket)
	}
	return h
}
