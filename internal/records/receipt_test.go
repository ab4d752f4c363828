package records

import (
	"fmt"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// typicalReceipt has 10 suggestions and 50 used pieces, with the codes,
// sentences and words of a shop.
func typicalReceipt() *tactful.Receipt {
	now := time.Date(2026, 3, 4, 15, 16, 17, 891_000_000, time.UTC)
	titles := []string{"white hanging heart t-light holder", "regency cakestand 3 tier", "jumbo bag red retrospot", "party bunting",
		"lunch bag red retrospot", "assorted colour bird ornament", "set of 3 cake tins pantry design", "pack of 72 retrospot cake cases"}
	r := &tactful.Receipt{
		Time: now, Placement: tactful.ForYou, Level: tactful.Personal,
		ModelVersion:  "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		PolicyVersion: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
		ConsentID:     "0195f2c4-7b1e-7c33-9a54-1f6f5d0c2b11",
		Integrity: tactful.Integrity{
			Sender: "you, by what you did in this shop", Recipient: "this shop", Subject: "you",
			InformationType: "purchases and views", Principle: "your consent to recommendations",
		},
		Withheld: []tactful.Withheld{
			{Guard: "purchased", Count: 31, Items: []string{"85123A", "22423", "85099B"}},
			{Guard: "fresh", Count: 4, Items: []string{"47566"}},
			{Guard: "specific", Count: 2, Items: []string{"20725"}},
		},
	}
	for i := range 50 {
		r.Evidence = append(r.Evidence, tactful.Used{
			Item: fmt.Sprint(20000 + (i*7919)%9000), Action: tactful.Action(1 + i%4), Provenance: tactful.Observed,
			Day: now.AddDate(0, 0, -(i*i)/7).Truncate(24 * time.Hour), Share: float64((i*i*48271)%40000) / 1e6,
		})
	}
	for i := range 10 {
		title := titles[i%len(titles)]
		r.Shown = append(r.Shown, tactful.Shown{
			Item: fmt.Sprint(21000 + (i*6151)%9000), Score: 1 / (3.7 + float64(i)*1.13), Origin: tactful.Ranked,
			Reason: tactful.Reason{
				Key: "because.purchased", Sentence: "Because you bought " + title + " with us.", Language: "en",
				Items: []string{r.Evidence[i].Item, r.Evidence[i+9].Item}, Share: float64(400000-i*31000) / 1e6,
			},
		})
	}
	return r
}

func TestATypicalReceiptTakesAtMostTwoKilobytes(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	sealer, err := s.records.sealer(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	plain := appendReceipt(nil, typicalReceipt())
	row := sealedRow(sealer, subjectPartition(ref), store.Log, make([]byte, receiptKeyLen), plain, time.Time{})
	t.Logf("receipt of 10 suggestions and 50 pieces: %d bytes encoded, %d bytes stored with its key", len(plain), len(row.Value)+len(row.Key))
	if size := len(row.Value) + len(row.Key); size > 2048 {
		t.Errorf("%d bytes", size)
	}
}

func BenchmarkEncodeReceipt(b *testing.B) {
	r := typicalReceipt()
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		dst = appendReceipt(dst[:0], r)
	}
}

func BenchmarkDecodeReceipt(b *testing.B) {
	plain := appendReceipt(nil, typicalReceipt())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeReceipt(plain); err != nil {
			b.Fatal(err)
		}
	}
}
