package evaluate

import (
	"context"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

func TestPriceOfSupportIsPrintedAndPairsGoMissing(t *testing.T) {
	o := DefaultOptions()
	o.Settings.K = 40
	train := Synthetic(400, 200, 6000, 2)
	prices, err := Prices(context.Background(), train, o, 0.2, 1, SupportAxis, []float64{1, 3, 10, 1000})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range prices[1:] {
		if p.Edges >= prices[i].Edges {
			t.Errorf("support %g keeps %d pairs, support %g %d", prices[i].Value, prices[i].Edges, p.Value, p.Edges)
		}
	}
	if last := prices[3]; last.Edges != 0 || last.Recall != 0 {
		t.Errorf("nobody has a pair with a thousand others, yet %+v", last)
	}
	var table strings.Builder
	if err := WritePrices(&table, SupportAxis, prices); err != nil || !strings.Contains(table.String(), "support") {
		t.Fatalf("%v %s", err, table.String())
	}
	if _, err := Prices(context.Background(), train, o, 0.2, 1, NoAxis, []float64{1}); tactful.KindOf(err) != tactful.Invalid {
		t.Error(err)
	}
}
