package records

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// receiptWithVerdicts is the version of a receipt that keeps what each guard said
// of each candidate. One without is written, and read, as version 1.
const receiptWithVerdicts = 2

// guardWords number the guards in stored receipts: add at the end, never move.
// A guard that is not here is stored by its name.
var guardWords = [...]string{
	"consent", "provenance", "minor", "declared", "sensitive", "inference", "specific", "stranger", "harm", "purchased", "frequency", "quiet",
	"diverse", "fair", "fresh", "coercive", "policy", "location",
}

// GuardWords returns the guards that receipts number, a copy.
func GuardWords() []string { return append([]string(nil), guardWords[:]...) }

// guardNumber is a guard's number from 1, 0 for one that has none.
func guardNumber(name string) int {
	for i, word := range guardWords {
		if word == name {
			return i + 1
		}
	}
	return 0
}

// judged writes verdicts by columns. Who judged is a set; the candidates are the
// steps between their item numbers; a verdict names the candidates that it is
// about by the steps between their places. A plain yes takes no room.
func (w *receiptWriter) judged(j *tactful.Judged) {
	known, others := uint64(0), 0
	for _, name := range j.Guards {
		if n := guardNumber(name); n > 0 {
			known |= 1 << (n - 1)
		} else {
			others++
		}
	}
	w.dst = binary.AppendUvarint(w.dst, known)
	w.count(others)
	for _, name := range j.Guards {
		if guardNumber(name) == 0 {
			w.text(name)
		}
	}
	w.count(j.Count)
	w.count(len(j.Items))
	last := tactful.ItemNo(0)
	for _, no := range j.Items {
		w.dst = binary.AppendUvarint(w.dst, uint64(no-last))
		last = no
	}
	w.list(j.Offers)
	w.count(len(j.Rulings))
	for i := range j.Rulings {
		r := &j.Rulings[i]
		n := guardNumber(r.Guard)
		w.count(n)
		if n == 0 {
			w.text(r.Guard)
		}
		ruling, _ := decision.ParseRuling(r.Ruling)
		w.dst = append(w.dst, byte(ruling), r.Detail)
		w.count(len(r.At))
		next := int32(0)
		for _, at := range r.At {
			w.dst = binary.AppendUvarint(w.dst, uint64(at-next))
			next = at + 1
		}
	}
}

func (r *receiptReader) judged() *tactful.Judged {
	known := r.uvarint()
	if known >= 1<<len(guardWords) {
		r.fail()
		return nil
	}
	others := r.count(1)
	j := &tactful.Judged{}
	if n := bits.OnesCount64(known) + others; n > 0 {
		j.Guards = make([]string, 0, n)
	}
	for i, word := range guardWords {
		if known>>i&1 == 1 {
			j.Guards = append(j.Guards, word)
		}
	}
	for range others {
		j.Guards = append(j.Guards, r.text())
	}
	count := r.uvarint()
	if count > math.MaxInt32 {
		r.fail()
	}
	j.Count = int(count)
	if n := r.count(1); n > 0 {
		j.Items = make([]tactful.ItemNo, n)
		last := uint64(0)
		for i := range j.Items {
			last += min(r.uvarint(), math.MaxUint32+1)
			if last > math.MaxUint32 {
				r.fail()
				return nil
			}
			j.Items[i] = tactful.ItemNo(last)
		}
	}
	j.Offers = r.list()
	if n := r.count(4); n > 0 {
		j.Rulings = make([]tactful.Ruled, n)
		for i := range j.Rulings {
			j.Rulings[i] = r.ruled(max(len(j.Items), len(j.Offers)))
		}
	}
	return j
}

// ruled reads a verdict on some of so many candidates.
func (r *receiptReader) ruled(candidates int) tactful.Ruled {
	var out tactful.Ruled
	switch n := r.uvarint(); {
	case n == 0:
		out.Guard = r.text()
	case n <= uint64(len(guardWords)):
		out.Guard = guardWords[n-1]
	default:
		r.fail()
		return out
	}
	out.Ruling = decision.Ruling(r.below(byte(decision.Withhold) + 1)).String()
	out.Detail = r.byte()
	n := r.count(1)
	if n == 0 {
		return out
	}
	out.At = make([]int32, n)
	next := uint64(0)
	for i := range out.At {
		at := next + min(r.uvarint(), math.MaxInt32)
		if at >= uint64(candidates) {
			r.fail()
			return out
		}
		out.At[i] = int32(at)
		next = at + 1
	}
	return out
}
