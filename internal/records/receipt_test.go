package records

import (
	"fmt"
	"math/rand/v2"
	"slices"
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

// judgedOf is what seventeen guards said of so many candidates of a catalogue of
// 41,000: one in four stopped, one in ten moved.
func judgedOf(candidates int) *tactful.Judged {
	j := &tactful.Judged{Guards: GuardWords(), Count: candidates}
	chance := rand.New(rand.NewPCG(6, uint64(candidates)))
	for range candidates {
		j.Items = append(j.Items, tactful.ItemNo(1+chance.IntN(41_000)))
	}
	slices.Sort(j.Items)
	for n, x := range []struct {
		guard, ruling string
		detail        uint8
		each          int
	}{
		{"purchased", "withhold", 1, 9}, {"purchased", "withhold", 4, 31}, {"specific", "coarsen", 2, 17}, {"fresh", "withhold", 3, 23},
		{"declared", "withhold", 1, 41}, {"sensitive", "withhold", 2, 37}, {"diverse", "demote", 1, 13}, {"fair", "demote", 2, 67}, {"policy", "demote", 1, 29},
	} {
		line := tactful.Ruled{Guard: x.guard, Ruling: x.ruling, Detail: x.detail}
		for at := n; at < candidates; at += 1 + chance.IntN(2*x.each-1) {
			line.At = append(line.At, int32(at))
		}
		j.Rulings = append(j.Rulings, line)
	}
	return j
}

func TestATypicalReceiptTakesAtMostTwoKilobytes(t *testing.T) {
	s := newShop(t)
	ref := s.create("u-1")
	sealer, err := s.records.sealer(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	for _, candidates := range []int{0, 90, 200} {
		receipt := typicalReceipt()
		if candidates > 0 {
			receipt.Judged = judgedOf(candidates)
		}
		plain := appendReceipt(nil, receipt)
		row := sealedRow(sealer, subjectPartition(ref), store.Log, make([]byte, receiptKeyLen), plain, time.Time{})
		size := len(row.Value) + len(row.Key)
		t.Logf("receipt of 10 suggestions, 50 pieces and the verdicts on %d candidates: %d bytes encoded, %d bytes stored with its key", candidates, len(plain), size)
		if size > 2048 {
			t.Errorf("%d candidates: %d bytes", candidates, size)
		}
	}
}

func TestAReceiptFromBeforeVerdictsWereKeptIsReadAndWrittenAsItWas(t *testing.T) {
	old := typicalReceipt()
	plain := appendReceipt(nil, old)
	if plain[0] != wireVersion {
		t.Fatalf("version %d", plain[0])
	}
	got, err := decodeReceipt(plain)
	if err != nil || got.Judged != nil {
		t.Fatalf("%+v, %v", got.Judged, err)
	}
	old.Judged = judgedOf(10)
	if plain = appendReceipt(nil, old); plain[0] != receiptWithVerdicts {
		t.Fatalf("version %d", plain[0])
	}
	plain[0] = receiptWithVerdicts + 1
	if _, err := decodeReceipt(plain); err == nil {
		t.Error("a version that nobody writes is read")
	}
}

func TestAVerdictAboutNoCandidateIsNotRead(t *testing.T) {
	for name, spoil := range map[string]func(*tactful.Judged){
		"a place behind the last":  func(j *tactful.Judged) { j.Rulings[0].At = []int32{int32(len(j.Items))} },
		"a verdict with no items":  func(j *tactful.Judged) { j.Items = nil },
		"numbers that go downward": func(j *tactful.Judged) { j.Items[1], j.Items[2] = j.Items[2], j.Items[1] },
	} {
		t.Run(name, func(t *testing.T) {
			r := typicalReceipt()
			r.Judged = judgedOf(20)
			if _, err := decodeReceipt(appendReceipt(nil, r)); err != nil {
				t.Fatal(err)
			}
			spoil(r.Judged)
			if got, err := decodeReceipt(appendReceipt(nil, r)); err == nil {
				t.Errorf("%+v", got.Judged)
			}
		})
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
