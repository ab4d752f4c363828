package label

import (
	"os"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

func TestAMeterCountsWhatIsFoundMissedAndWrong(t *testing.T) {
	l := labeller(t, nil)
	truth, err := readTruth("# x\nA\talcohol\nB\tbeer\talcohol,health\nB\t-\n", l.tax)
	if err != nil {
		t.Fatal(err)
	}
	m := NewMeter(l)
	m.Add(item("Red wine", nil), truth.Of("A", ""))
	m.Add(item("Drink", nil), truth.Of("A", ""))
	m.Add(item("Beer", nil), truth.Of("B", "other"))
	m.Add(item("Lamp", nil), truth.Of("C", ""))
	m.Add(item("Beer", nil), truth.Of("B", "beer"))
	got := m.Sum()
	if got.Items != 5 || len(got.Figures) != 2 || got.Figures[0] != (Figure{Class: "alcohol", Items: 3, Found: 2, Wrong: 1, Recall: 2.0 / 3, Precision: 2.0 / 3}) {
		t.Errorf("%+v", got)
	}
	if got.Figures[1] != (Figure{Class: "health", Items: 1, Precision: 1}) || got.All.Found != 2 || got.All.Items != 4 {
		t.Errorf("%+v", got)
	}
	for _, bad := range []string{"A\n", "A\tb\tc\td\n", "A\tnothing\n"} {
		if _, err := readTruth(bad, l.tax); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

// The floor under the shipped words: the demo shop, whose true classes were
// decided by hand. The words were looked over with it, so read it as fitted.
func TestTheDemoShopIsLabelledAsByHand(t *testing.T) {
	l := labeller(t, nil)
	truth, err := TruthOf("shop", l.tax)
	if err != nil {
		t.Fatal(err)
	}
	m := NewMeter(l)
	shelves := map[string]string{}
	read := func(name string, each func(fields []string)) {
		text, err := os.ReadFile("../retail/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			each(strings.Split(strings.TrimRight(line, "\r\n"), "\t"))
		}
	}
	read("categories.tsv", func(f []string) { shelves[f[0]] = f[1] })
	read("items.tsv", func(f []string) {
		m.Add(&tactful.Item{ID: f[0], Title: f[2], Categories: strings.Split(shelves[f[0]], "/")}, truth.Of(f[0], ""))
	})
	got := m.Sum()
	t.Logf("%+v", got)
	if got.Items < 3600 || got.All.Items < 60 || got.All.Recall < 0.95 || got.All.Precision < 0.8 {
		t.Errorf("of %d labels %.3f are found, and %.3f of those given are right", got.All.Items, got.All.Recall, got.All.Precision)
	}
	for _, name := range Truths() {
		if _, err := TruthOf(name, l.tax); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
