package retail

import (
	"sort"

	"github.com/tactful/tactful"
)

// Person is one of the five customers that the demo shop can be seen as. The
// data knows them by number only, and so does the shop.
type Person struct {
	Number uint32
	Alias  tactful.Alias
	Taste  string // the category that sets them apart
	Orders int
	Items  int // different items bought
}

// What makes a customer worth showing: enough to go by, not a wholesaler, and
// still with us.
const (
	peopleShown              = 5
	fewestOrders, mostOrders = 6, 40
	fewestItems, mostItems   = 60, 250
	stillHere                = 60 * 24 * 60 // minutes before the end of the data
)

// People picks five customers by rule, so that nobody was hand-picked: for each
// category the customer who buys most of it beyond what everybody does, among
// those with 6 to 40 orders and 60 to 250 different items whose last order is
// at most 60 days old; then the five most marked ones.
func (d *Data) People() []Person {
	top, names := d.topCategories()
	everyone, sum := make([]float64, len(names)), 0.0
	for i := range d.shoppers {
		for _, o := range d.shoppers[i].Orders {
			for _, l := range o.Lines {
				everyone[top[l.Item]]++
				sum++
			}
		}
	}
	for i := range everyone {
		everyone[i] /= max(sum, 1)
	}
	best := make([]Person, len(names))
	excess := make([]float64, len(names))
	for i := range d.shoppers {
		s := &d.shoppers[i]
		orders, items, last, share := s.habits(top, len(names))
		if orders < fewestOrders || orders > mostOrders || items < fewestItems || items > mostItems || last+stillHere < d.last {
			continue
		}
		theme := 0
		for c := range share {
			if share[c]-everyone[c] > share[theme]-everyone[theme] {
				theme = c
			}
		}
		if over := share[theme] - everyone[theme]; over > excess[theme] {
			excess[theme] = over
			best[theme] = Person{s.Number, Alias(s.Number), names[theme], orders, items}
		}
	}
	order := make([]int, 0, len(names))
	for c := range best {
		if best[c].Number != 0 && names[c] != "Other" {
			order = append(order, c)
		}
	}
	sort.SliceStable(order, func(a, b int) bool { return excess[order[a]] > excess[order[b]] })
	people := make([]Person, 0, peopleShown)
	for _, c := range order[:min(len(order), peopleShown)] {
		people = append(people, best[c])
	}
	sort.Slice(people, func(a, b int) bool { return people[a].Number < people[b].Number })
	return people
}

// topCategories numbers the general category of every item.
func (d *Data) topCategories() (of []int, names []string) {
	number := map[string]int{}
	of = make([]int, len(d.items))
	for i, it := range d.items {
		name := "Other"
		if len(it.Categories) > 0 {
			name = it.Categories[0]
		}
		n, ok := number[name]
		if !ok {
			n = len(names)
			number[name] = n
			names = append(names, name)
		}
		of[i] = n
	}
	return of, names
}

// habits counts a shopper's purchases: orders, different items, minute of the
// last one, and the share of lines in each category.
func (s *Shopper) habits(top []int, categories int) (orders, items int, last uint32, share []float64) {
	share = make([]float64, categories)
	seen := map[uint32]bool{}
	n := 0.0
	for _, o := range s.Orders {
		if o.Kind != Purchase {
			continue
		}
		orders++
		last = max(last, o.Minute)
		for _, l := range o.Lines {
			seen[l.Item] = true
			share[top[l.Item]]++
			n++
		}
	}
	for c := range share {
		share[c] /= max(n, 1)
	}
	return orders, len(seen), last, share
}
