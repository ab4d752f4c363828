package retail

import "slices"

// Bought lists, for each customer by number, the items that they bought and did
// not only cancel: numbers from 1 in order of code, ascending, each once. It is
// what accuracy is measured on.
func (d *Data) Bought() [][]uint32 { return d.BoughtWithin(0) }

// BoughtWithin is Bought of the last so many days of the data; 0 is all of it.
func (d *Data) BoughtWithin(days int) [][]uint32 {
	all := make([][]uint32, len(d.shoppers))
	for i := range d.shoppers {
		var items []uint32
		for _, order := range d.shoppers[i].Orders {
			if order.Kind != Purchase || days > 0 && int(d.last-order.Minute) >= days*24*60 {
				continue
			}
			for _, line := range order.Lines {
				items = append(items, line.Item+1)
			}
		}
		slices.Sort(items)
		all[i] = slices.Compact(items)
	}
	return all
}
