package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

// shop is people of two groups who choose half of their items from shelves of
// their own, with lists that are made from what they chose, or are the same for all.
func shop(t testing.TB, telling bool) *Data {
	t.Helper()
	rng := rand.New(rand.NewPCG(7, 7))
	var items, history, lists, attribute strings.Builder
	items.WriteString("item,title,categories\n")
	for i := range 60 {
		fmt.Fprintf(&items, "i%d,Item %d,%s\n", i, i, []string{"Left;All", "Right;All", "Middle"}[i%3])
	}
	history.WriteString("person,item\n")
	lists.WriteString("person,place,item\n")
	attribute.WriteString("person,value\n")
	for u := range 300 {
		fmt.Fprintf(&attribute, "p%d,%s\n", u, []string{"a", "b"}[u%2])
		for range 12 {
			shelf := []int{u % 2, 2}[rng.IntN(2)]
			fmt.Fprintf(&history, "p%d,i%d\n", u, 3*rng.IntN(20)+shelf)
		}
		for place, i := range rng.Perm(20)[:8] {
			shelf := 2
			if telling && place%2 == 0 {
				shelf = u % 2
			}
			if !telling {
				i = place
			}
			fmt.Fprintf(&lists, "p%d,%d,i%d\n", u, place+1, 3*i+shelf)
		}
	}
	d := New()
	for _, err := range []error{d.ReadItems(strings.NewReader(items.String())), d.ReadHistory(strings.NewReader(history.String())),
		d.ReadLists(strings.NewReader(lists.String())), d.ReadAttribute(strings.NewReader(attribute.String()))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func figureOf(t testing.TB, r *Report, name string) Figure {
	t.Helper()
	for _, f := range r.Figures {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("there is no figure %q", name)
	return Figure{}
}

func TestListsThatTellAreToldFromListsThatDoNot(t *testing.T) {
	told, err := Measure(context.Background(), shop(t, true), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f := figureOf(t, told, "AUC of the strongest attacker"); f.Value < 0.95 || *f.Met || told.Met() {
		t.Errorf("lists that tell: %+v", f)
	}
	same, err := Measure(context.Background(), shop(t, false), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f := figureOf(t, same, "AUC of the strongest attacker"); f.Value < 0.499 || f.Value > 0.501 || !*f.Met {
		t.Errorf("lists that are the same for all: %+v", f)
	}
	if f := figureOf(t, same, "AUC of the whole history, for comparison"); f.Value < 0.95 {
		t.Errorf("the attack finds nothing where there is something: %+v", f)
	}
	if f := figureOf(t, same, "different lists"); f.Value != 1.0/300 {
		t.Errorf("different lists: %+v", f)
	}
	if f := figureOf(t, same, "items never shown"); *f.Met || f.Value < 0.8 {
		t.Errorf("never shown: %+v", f)
	}
	again, err := Measure(context.Background(), shop(t, true), 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if one, other := text(t, told), text(t, again); one != other {
		t.Errorf("the same seed says another thing:\n%s\n%s", one, other)
	}
}

func text(t testing.TB, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestFiguresThatWereCountedByHand measures two lists that fit on a line.
func TestFiguresThatWereCountedByHand(t *testing.T) {
	d := New()
	for _, err := range []error{
		d.ReadItems(strings.NewReader("item,category\na,X\nb,X\nc,Y\nd,Y\n")), d.ReadHistory(strings.NewReader("user,item\nu,a\nu,b\nv,c\n")),
		d.ReadLists(strings.NewReader("user,item,rank\nu,c,2\nu,a,1\nv,a,1\n")), d.ReadHeld(strings.NewReader("user,item\nu,c\n")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := Measure(context.Background(), d, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{
		"longest list": 2, "shortened lists": 0.5, "items never shown": 0.5, "had already": 1.0 / 3, "different lists": 1, "categories in a list": 1.5,
		"Recall@2": 1, "NDCG@2": 0.6309, "popularity lift": 0,
	} {
		if f := figureOf(t, r, name); f.Value < want-1e-4 || f.Value > want+1e-4 {
			t.Errorf("%s is %.4f, want %.4f", name, f.Value, want)
		}
	}
}

func TestTheReportIsWholeInEveryForm(t *testing.T) {
	d := shop(t, true)
	d.Title[1] = "<script>alert(1)</script>"
	r, err := Measure(context.Background(), d, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := r.WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.String(), "<svg") || !strings.Contains(page.String(), `id="t0"`) || strings.Contains(page.String(), "<script") || strings.Contains(page.String(), "p17") {
		t.Errorf("%.300s", page.String())
	}
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Figures {
		if !strings.Contains(text(t, r), f.Name) || !strings.Contains(page.String(), f.Name) || !strings.Contains(string(raw), f.Name) || f.Means == "" {
			t.Errorf("%s is not in every form", f.Name)
		}
	}
}

func TestFilesThatCannotBeOnesAreFaultsWithTheirRow(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "no line of column names",
		"person\np":                      "no column item",
		"person,item\np,\n":              "row 2",
		"person,item\n,i\n":              "row 2",
		"person,item\np,i\np,i\n":        "row 3",
		"person,item,place\np,i,x\n":     "row 2",
		"person,item,place\np,i,99999\n": "row 2",
		"person,item\np,\"i\n":           "row 2",
		"person,item\np,\xff\n":          "row 2",
		"person,item\np," + strings.Repeat("x", 600) + "\n": "row 2",
	} {
		if err := New().ReadLists(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--lists") {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

// repeating gives a beginning and then the same text, up to a bound, and counts what was taken.
type repeating struct {
	begin, text string
	given, most int
}

func (r *repeating) Read(p []byte) (int, error) {
	if r.given >= r.most {
		return 0, io.EOF
	}
	for i := range p {
		if r.given < len(r.begin) {
			p[i] = r.begin[r.given]
		} else {
			p[i] = r.text[(r.given-len(r.begin))%len(r.text)]
		}
		r.given++
	}
	return len(p), nil
}

func TestARowThatDoesNotEndIsNotSwallowed(t *testing.T) {
	const much = 8 * maxRecord
	for name, c := range map[string]struct{ begin, text, row string }{
		"a line of names":    {"", "\x00", "row 1"},
		"a line":             {"item\n", "x", "row 2"},
		"a quoted cell":      {"item\na\n\"", "x\n", "row 3"},
		"one after many":     {"item\n" + strings.Repeat("a\n", maxRecord), "x", "row " + strconv.Itoa(maxRecord+2)},
		"nothing but blanks": {"item\n", "\n", "row 2"},
	} {
		r := &repeating{begin: c.begin, text: c.text, most: len(c.begin) + much}
		err := New().ReadItems(r)
		if tactful.KindOf(err) != tactful.Invalid || !strings.Contains(err.Error(), c.row) || !strings.Contains(err.Error(), "too long") || r.given > len(c.begin)+2*maxRecord {
			t.Errorf("%s: %d bytes were taken: %v", name, r.given-len(c.begin), err)
		}
	}
	r := &repeating{begin: "item\n", text: "a long enough code\n", most: much}
	if err := New().ReadItems(r); err != nil || r.given < much {
		t.Errorf("a long file of short rows: %d, %v", r.given, err)
	}
}

func TestListsThatAreWrittenHoldNoFormulaAndAreReadAgain(t *testing.T) {
	d := New()
	if err := d.ReadHistory(strings.NewReader("person,item\n=cmd(),@x\n+1,-2\np,i\n")); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := d.WriteLists(&out, [][]uint32{{1, 2}, {3}, nil}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		for cell := range strings.SplitSeq(strings.TrimSpace(line), ",") {
			if strings.ContainsAny(cell[:1], "=+-@") {
				t.Errorf("%q is a formula", cell)
			}
		}
	}
	if err := d.ReadLists(&out); err != nil || fmt.Sprint(d.Lists) != "[[1 2] [3] []]" || d.People != 3 {
		t.Errorf("%v, %v, %d people", d.Lists, err, d.People)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("person,item,place\np,i,1\nq,=1+1,2\n")
	f.Add("\ufeffuser,item\n\"a\"\"b\",c\n")
	f.Add("person,value\np,x\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, read := range []func(*Data, string) error{
			func(d *Data, s string) error { return d.ReadItems(strings.NewReader(s)) },
			func(d *Data, s string) error { return d.ReadHistory(strings.NewReader(s)) },
			func(d *Data, s string) error { return d.ReadLists(strings.NewReader(s)) },
			func(d *Data, s string) error { return d.ReadAttribute(strings.NewReader(s)) },
		} {
			d := New()
			if read(d, text) != nil {
				continue
			}
			if len(d.History) != d.People || len(d.Lists) != d.People || len(d.Attribute) != d.People || len(d.Title) != d.Items || len(d.Categories) != d.Items {
				t.Fatalf("%d people, %d items: %+v", d.People, d.Items, d)
			}
			for _, list := range d.Lists {
				for _, item := range list {
					if item == 0 || int(item) >= d.Items {
						t.Fatalf("item %d of %d", item, d.Items)
					}
				}
			}
		}
	})
}
