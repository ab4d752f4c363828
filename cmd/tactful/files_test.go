package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/tactful/tactful"
)

const feedRSS = `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title><link>https://shop.example</link>
<item><g:id>A1</g:id><title>Cup &amp; saucer</title><link>https://shop.example/a1</link><g:image_link>https://shop.example/a1.jpg</g:image_link>
 <g:price>12.50 EUR</g:price><g:availability>in stock</g:availability><g:product_type>Kitchen &gt; Cups</g:product_type><g:brand>Acme</g:brand>
 <g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping><g:description>dropped</g:description></item>
<item><g:id>A2</g:id><g:title>Pan</g:title><g:price>lots</g:price></item>
<item><g:id>A3</g:id><g:title>Wine</g:title><g:price>EUR 9</g:price><g:availability>out_of_stock</g:availability><g:adult>yes</g:adult></item>
</channel></rss>`

const feedAtom = `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>
<entry><g:id>B1</g:id><title>Lamp</title><link href="https://shop.example/b1"/><g:google_product_category>Home &gt; Light</g:google_product_category></entry></feed>`

// listed exports the catalogue and reads it back.
func (s *shell) listed(dir string) map[string]itemRow {
	s.Helper()
	s.on("export", "items", "--out", filepath.Join(s.dir, dir))
	rows, err := parquet.ReadFile[itemRow](filepath.Join(s.dir, dir, "items.parquet"))
	if err != nil {
		s.Fatal(err)
	}
	all := map[string]itemRow{}
	for _, r := range rows {
		all[r.ID] = r
	}
	return all
}

func TestProductFeedsBecomeItems(t *testing.T) {
	s := newShell(t)
	sum := parse[importSummary](t, s.on("import", "items", s.write("merchant.xml", feedRSS), "--json"))
	if sum.Accepted != 2 || sum.Refused != 1 {
		t.Errorf("%+v", sum)
	}
	s.on("import", "items", s.write("more.atom", feedAtom))
	s.on("import", "items", s.write("feed.txt", "id\ttitle\tlink\timage link\tprice\tavailability\titem group id\nC1\tBowl\thttps://shop.example/c1\thttps://shop.example/c.jpg\t3.00 GBP\tpreorder\tbowls\n"), "--format", "google-tsv")
	got := s.listed("out")
	if a := got["A1"]; len(got) != 4 || a.Title != "Cup & saucer" || a.URL != "https://shop.example/a1" || *a.Price != 12.5 || a.Currency != "EUR" || a.Availability != "in_stock" ||
		strings.Join(a.Categories, "/") != "Kitchen/Cups" || a.Attributes["brand"] != "Acme" {
		t.Errorf("%+v", got)
	}
	if a := got["A3"]; a.Availability != "out_of_stock" || *a.Price != 9 || strings.Join(a.Labels, "") != "adult" {
		t.Errorf("%+v", a)
	}
	if b := got["B1"]; b.URL != "https://shop.example/b1" || strings.Join(b.Categories, "/") != "Home/Light" || b.Price != nil {
		t.Errorf("%+v", b)
	}
	if c := got["C1"]; c.Image != "https://shop.example/c.jpg" || c.Group != "bowls" || c.Availability != "preorder" {
		t.Errorf("%+v", c)
	}
	if _, errOut, code := s.run(append([]string{"import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", filepath.Join(s.dir, "merchant.xml")}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "product feed") {
		t.Errorf("a feed as events: %d %s", code, errOut)
	}
}

func TestAFeedKeepsGooglesCategoryBesideTheShopsOwn(t *testing.T) {
	const number = "<g:google_product_category>1680</g:google_product_category>"
	const path = "<g:google_product_category>Health &amp; Beauty &gt; Health Care &gt; Medical Tests &gt; Pregnancy Tests</g:google_product_category>"
	const own = "<g:product_type>Drugstore &gt; Tests</g:product_type>"
	s := newShell(t)
	var feed strings.Builder
	feed.WriteString(`<rss xmlns:g="http://base.google.com/ns/1.0"><channel>`)
	for id, said := range map[string]string{"number": number + own, "path": own + path, "alone": number, "none": own} {
		fmt.Fprintf(&feed, "<item><g:id>%s</g:id><title>Quarto</title>%s</item>", id, said)
	}
	feed.WriteString("</channel></rss>")
	s.on("import", "items", s.write("merchant.xml", feed.String()))
	s.on("import", "items", s.write("feed.txt", "id\ttitle\tproduct type\tgoogle product category\nrow\tQuarto\tDrugstore > Tests\t1680\n"), "--format", "google-tsv")
	got := s.listed("out")
	for id, categories := range map[string]string{"number": "Drugstore/Tests", "path": "Drugstore/Tests", "row": "Drugstore/Tests", "none": "Drugstore/Tests", "alone": ""} {
		why := s.on("labels", "why", id, "--as", "Ben")
		if labelled := strings.Contains(why, "pregnancy"); labelled != (id != "none") || strings.Join(got[id].Categories, "/") != categories {
			t.Errorf("%s: categories %v, %s", id, got[id].Categories, why)
		}
	}
}

func TestAClassThatIsNotThereCostsItsRowOnly(t *testing.T) {
	s := newShell(t)
	sum := parse[importSummary](t, s.on("import", "items", s.write("items.csv", "id,title,labels\nA1,Quarto,class:pregnant\nA2,Quarto,class:pregnancy\nA3,Quarto,gift\n"), "--json"))
	if got := s.listed("out"); sum.Accepted != 2 || sum.Refused != 1 || len(got) != 2 || got["A1"].ID != "" {
		t.Errorf("%+v, %v", sum, got)
	}
}

// endless gives the same text for ever and counts what was taken.
type endless struct {
	begin, text string
	given       int
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if e.given < len(e.begin) {
			p[n] = e.begin[e.given]
		} else {
			p[n] = e.text[(e.given-len(e.begin))%len(e.text)]
		}
		e.given++
		n++
	}
	return n, nil
}

func TestFeedsThatWouldUnfoldOrNeverEndAreRefused(t *testing.T) {
	read := func(r *rowReader) error {
		for range 10 {
			if _, err := r.next(); err != nil {
				return err
			}
		}
		return nil
	}
	for name, text := range map[string]string{
		"a billion laughs":     `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><rss><channel><item><title>&lol2;</title></item></channel></rss>`,
		"an outside entity":    `<!DOCTYPE x SYSTEM "file:///etc/passwd"><rss/>`,
		"an unknown entity":    `<rss><item><title>&lol;</title></item></rss>`,
		"nested without end":   `<rss><item>` + strings.Repeat("<a>", 100),
		"another encoding":     `<?xml version="1.0" encoding="UTF-7"?><rss><item></item></rss>`,
		"cut off in a product": `<rss><item><title>x`,
	} {
		r := &rowReader{}
		r.merchantXML(strings.NewReader(text))
		if err := read(r); err == nil || err.Error() == "EOF" {
			t.Errorf("%s was read: %v", name, err)
		}
	}
	for name, e := range map[string]*endless{"a text": {begin: "<rss><item><title>", text: "x"}, "a comment": {begin: "<rss><!--", text: "x"}, "attributes": {begin: "<rss><item ", text: `a="b" `}, "a name": {begin: "<", text: "x"}} {
		r := &rowReader{}
		r.merchantXML(e)
		if err := read(r); err == nil || e.given > 4*maxProductBytes {
			t.Errorf("%s without end: %v after %d bytes", name, err, e.given)
		}
	}
}

// orderRow is a table as a warehouse would write it.
type orderRow struct {
	Customer string    `parquet:"customer"`
	Action   string    `parquet:"action"`
	Item     string    `parquet:"item"`
	Quantity int32     `parquet:"quantity"`
	Price    int64     `parquet:"price,decimal(2:18)"`
	Time     time.Time `parquet:"time,timestamp(microsecond)"`
}

func TestParquetGoesInAndOut(t *testing.T) {
	s := newShell(t)
	s.on("import", "items", s.write("items.jsonl", `{"id":"A1","title":"First","price":2.5,"currency":"EUR","categories":["Kitchen","Cups"],"attributes":{"size":"m"},"regions":["DE","AT"],"validUntil":"2030-01-02T03:04:05Z"}`+"\n"+`{"id":"A2","title":"Second"}`+"\n"))
	s.agree("anna", "bert")
	var buf bytes.Buffer
	w := parquet.NewGenericWriter[orderRow](&buf, parquet.MaxRowsPerRowGroup(2))
	at := time.Date(2026, 10, 1, 10, 0, 0, 0, time.UTC)
	rows := []orderRow{{"anna", "purchased", "A1", 2, 295, at}, {"anna", "viewed", "A2", 1, 0, at.Add(time.Hour)}, {"bert", "viewed", "A1", 1, 0, at}, {"carl", "viewed", "A1", 1, 0, at}}
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := s.write("orders.parquet", buf.String())
	for range 2 { // again, and it is known already
		s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", file, "--map", "userId=customer")
	}
	sum := parse[importSummary](t, s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", file, "--map", "userId=customer", "--json"))
	if sum.Rows != 4 || sum.Duplicates != 3 || sum.Refused != 1 {
		t.Errorf("%+v", sum)
	}

	// The catalogue that went out is the one that comes in.
	first := s.listed("one")
	other := newShell(t)
	other.on("import", "items", filepath.Join(s.dir, "one", "items.parquet"))
	if again := other.listed("two"); fmt.Sprint(show(again)) != fmt.Sprint(show(first)) || len(again) != 2 || again["A1"].Attributes["size"] != "m" || *again["A1"].Price != 2.5 || len(again["A1"].Regions) != 2 {
		t.Errorf("%s\nbecame\n%s", show(first), show(again))
	}

	// Who took the yes back is not in the file; the others see who exported.
	out := filepath.Join(s.dir, "events")
	args := append([]string{"export", "events", "--purpose", "recommendations", "--out", out}, s.stores()...)
	if _, errOut, code := s.run(args...); code != 1 || !strings.Contains(errOut, "--as") {
		t.Errorf("without a name: %d %s", code, errOut)
	}
	var no strings.Builder
	for _, purpose := range []tactful.Purpose{tactful.Recommendations, tactful.Improvement} {
		fmt.Fprintf(&no, `{"userId":"bert","purpose":%q,"answer":"withdrawn","time":"2026-02-02T10:00:00Z","method":"paper"}`+"\n", purpose)
	}
	s.on("import", "consents", "--as", "Ada B.", "--reason", "the answers of our old shop", s.write("no.jsonl", no.String()))
	s.on("export", "events", "--purpose", "recommendations", "--out", out, "--as", "Ada B.", "--reason", "a study of the range")
	got, err := parquet.ReadFile[eventRow](filepath.Join(out, "events.parquet"))
	if err != nil || len(got) != 2 || got[0].Person == "" || got[0].Person != got[1].Person || strings.Contains(fmt.Sprint(got), "anna") {
		t.Fatalf("%+v %v", got, err)
	}
	for _, r := range got {
		if r.Action == "purchased" && (r.Item != "A1" || r.Quantity != 2 || r.Price != 2.95 || !r.Time.Equal(at)) {
			t.Errorf("%+v", r)
		}
	}
	var beside exported
	if err := json.Unmarshal([]byte(s.read(filepath.Join(out, "events.datamap.json"))), &beside); err != nil || beside.Record.Name != "event" || len(beside.Record.Fields) < 5 || beside.Export.People != 1 || beside.Export.Rows != 2 {
		t.Errorf("%+v %v", beside.Export, err)
	}
	if looks := s.on("looks", "anna", "--as", "Ada B.", "--reason", "to see who looked"); !strings.Contains(looks, "a study of the range") {
		t.Errorf("anna cannot see the export:\n%s", looks)
	}
	second := filepath.Join(s.dir, "events-2")
	s.on("export", "events", "--purpose", "recommendations", "--out", second, "--as", "Ada B.", "--reason", "a study of the range")
	if more, err := parquet.ReadFile[eventRow](filepath.Join(second, "events.parquet")); err != nil || more[0].Person == got[0].Person {
		t.Errorf("two files name a person alike: %v", err)
	}
	if _, errOut, code := s.run(append([]string{"export", "events", "--out", out, "--as", "Ada B.", "--reason", "a study of the range"}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "already") {
		t.Errorf("over an export that is there: %d %s", code, errOut)
	}
	if _, errOut, code := s.run(append([]string{"export", "model", "--out", out}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "no model") {
		t.Errorf("a model that is not there: %d %s", code, errOut)
	}
	if left, err := filepath.Glob(filepath.Join(out, "*.part")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func show(rows map[string]itemRow) string {
	text, err := json.Marshal(rows)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func TestTheModelGoesOutWithoutWhatRestsOnFew(t *testing.T) {
	s := newShell(t)
	items, events := "id,title\n", "userId,action,item,time\n"
	for i := range 6 {
		items += fmt.Sprintf("A%d,Thing %d\n", i, i)
	}
	var people []string
	for i := range 20 {
		who := fmt.Sprintf("p%d", i)
		people = append(people, who)
		for n := range 3 {
			if i < 4 {
				events += fmt.Sprintf("%s,purchased,A%d,2026-10-01\n", who, 3+n) // a small crowd
			} else {
				events += fmt.Sprintf("%s,purchased,A%d,2026-10-01\n", who, n)
			}
		}
	}
	s.on("import", "items", s.write("items.csv", items))
	s.agree(people...)
	s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", s.write("events.csv", events))
	file := s.write("tactful.yaml", "engine: {learn: {support: 2}, guards: {support: 10}}\n")
	s.on("train", "--config", file)
	sum := parse[exportSummary](t, s.on("export", "model", "--config", file, "--out", filepath.Join(s.dir, "out"), "--json"))
	rows, err := parquet.ReadFile[weightRow](filepath.Join(s.dir, "out", "model.parquet"))
	if err != nil || len(rows) == 0 || len(rows) != sum.Rows || sum.Kept == 0 || len(sum.Model) != 64 {
		t.Fatalf("%+v %d rows %v", sum, len(rows), err)
	}
	for _, r := range rows {
		if r.People < 10 || r.Item > "A2" || r.Suggestion > "A2" {
			t.Errorf("%+v rests on few", r)
		}
	}
}

// FuzzMerchantFeed holds that no feed makes the reader panic or run on.
func FuzzMerchantFeed(f *testing.F) {
	f.Add([]byte(feedRSS))
	f.Add([]byte(feedAtom))
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY b "c">]><item>&b;</item>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := &rowReader{}
		r.merchantXML(bytes.NewReader(text))
		for range len(text) + 2 {
			got, err := r.next()
			if err != nil {
				return
			}
			if got.fault == "" {
				_, _ = itemOf(got.fields) // may refuse, may not panic
			}
		}
		t.Fatal("more products than bytes")
	})
}

// FuzzParquet holds that no file makes the reader panic.
// TestAFileThatClaimsAHugeFooterCostsNothing opens twelve bytes that say that they
// end in a footer of four gigabytes.
func TestAFileThatClaimsAHugeFooterCostsNothing(t *testing.T) {
	file := []byte("PAR1\xff\xff\xff\xffPAR1")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := parquetRowsOf(bytes.NewReader(file), int64(len(file)), nil)
	runtime.ReadMemStats(&after)
	if tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("%v", err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Errorf("%d bytes were made room for", grown)
	}
}

func FuzzParquet(f *testing.F) {
	var buf bytes.Buffer
	price := 1.5
	if err := parquet.Write(&buf, []itemRow{{ID: "A1", Title: "T", Categories: []string{"a", "b"}, Price: &price, Attributes: map[string]string{"k": "v"}}}); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Add([]byte("PAR1PAR1"))
	f.Add([]byte("PAR1\x00\x00\x00\xf0PAR1"))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := parquetRowsOf(bytes.NewReader(file), int64(len(file)), nil)
		if err != nil {
			return
		}
		for range 1000 {
			got, err := r.next()
			if err != nil {
				return
			}
			_, _ = itemOf(got.fields) // may refuse, may not panic
		}
	})
}
