package records

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/tactful/tactful"
)

// A receipt names some items many times and repeats its words. Text is written
// once: a number n > 0 means the n-th text of the receipt again, 0 announces
// a new one. Days count from the receipt's own; shares are kept to a millionth.
// The id is not in the row: the row's place says it.

const shareUnit = 1e-6

// receiptWriter remembers the texts it wrote.
type receiptWriter struct {
	dst   []byte
	texts map[string]uint64
}

func (w *receiptWriter) text(s string) {
	if n, ok := w.texts[s]; ok {
		w.dst = binary.AppendUvarint(w.dst, n)
		return
	}
	w.texts[s] = uint64(len(w.texts)) + 1
	w.dst = appendHexText(append(w.dst, 0), s)
}

func (w *receiptWriter) list(list []string) {
	w.count(len(list))
	for _, s := range list {
		w.text(s)
	}
}

func (w *receiptWriter) count(n int) { w.dst = binary.AppendUvarint(w.dst, uint64(n)) }

func (w *receiptWriter) share(f float64) { w.dst = appendSigned(w.dst, millionths(f)) }

// millionths rounds a share; what is no number counts as nothing.
func millionths(f float64) int64 {
	if math.IsNaN(f) {
		return 0
	}
	return int64(math.Round(max(-1e6, min(1e6, f)) / shareUnit))
}

func newReceiptWriter() *receiptWriter {
	return &receiptWriter{texts: make(map[string]uint64, 64)}
}

// forget wipes what was written, so that the memory may serve another receipt.
func (w *receiptWriter) forget() {
	clear(w.texts)
	clear(w.dst)
	w.dst = w.dst[:0]
}

func appendReceipt(dst []byte, r *tactful.Receipt) []byte {
	w := newReceiptWriter()
	w.dst = dst
	w.receipt(r)
	return w.dst
}

func (w *receiptWriter) receipt(r *tactful.Receipt) {
	version := byte(wireVersion)
	if r.Judged != nil {
		version = receiptWithVerdicts
	}
	w.dst = append(w.dst, version, byte(r.Placement), byte(r.Level))
	w.dst = appendTime(w.dst, r.Time)
	for _, s := range [...]string{
		r.ModelVersion, r.PolicyVersion, r.ConsentID, r.Integrity.Sender, r.Integrity.Recipient,
		r.Integrity.Subject, r.Integrity.InformationType, r.Integrity.Principle,
	} {
		w.text(s)
	}
	day := dayNumber(r.Time)
	w.count(len(r.Evidence))
	for i := range r.Evidence {
		u := &r.Evidence[i]
		w.text(u.Item)
		w.dst = append(w.dst, byte(u.Action), byte(u.Provenance))
		if u.Day.IsZero() {
			w.count(0)
		} else {
			w.dst = binary.AppendUvarint(w.dst, zigzag(dayNumber(u.Day)-day)+1)
		}
		w.share(u.Share)
	}
	w.count(len(r.Shown))
	for i := range r.Shown {
		s := &r.Shown[i]
		w.text(s.Item)
		w.dst = binary.LittleEndian.AppendUint64(w.dst, math.Float64bits(s.Score))
		w.dst = append(w.dst, byte(s.Origin))
		w.text(s.Reason.Key)
		w.text(s.Reason.Sentence)
		w.text(s.Reason.Language)
		w.list(s.Reason.Items)
		w.share(s.Reason.Share)
	}
	w.count(len(r.Withheld))
	for i := range r.Withheld {
		h := &r.Withheld[i]
		w.text(h.Guard)
		w.dst = appendSigned(w.dst, int64(h.Count))
		w.list(h.Items)
	}
	if r.Judged != nil {
		w.judged(r.Judged)
	}
	if r.Offer != nil {
		w.offer(r.Offer)
	}
}

// offer is behind everything else and there only in receipts of offers.
func (w *receiptWriter) offer(o *tactful.OfferRecord) {
	w.text(o.Channel)
	w.text(o.Placement)
	w.count(len(o.Shown))
	for i := range o.Shown {
		s := &o.Shown[i]
		for _, text := range [...]string{s.Campaign, s.Creative, s.Item, s.Choice, s.Draw, s.Apprentice} {
			w.text(text)
		}
		w.count(len(s.Options))
		for _, option := range s.Options {
			w.text(option.Creative)
			w.dst = binary.LittleEndian.AppendUint64(w.dst, math.Float64bits(option.Propensity))
		}
	}
}

// receiptReader is a reader that remembers the texts it read.
type receiptReader struct {
	reader
	texts []string
}

func (r *receiptReader) text() string {
	n := r.uvarint()
	if n == 0 {
		r.texts = append(r.texts, r.hexText())
		n = uint64(len(r.texts))
	}
	if n > uint64(len(r.texts)) {
		r.fail()
		return ""
	}
	return r.texts[n-1]
}

func (r *receiptReader) list() []string {
	n := r.count(1)
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.text()
	}
	return list
}

func (r *receiptReader) share() float64 {
	n := r.signed()
	if n < -1e12 || n > 1e12 {
		r.fail()
	}
	return float64(n) / 1e6
}

func decodeReceipt(plain []byte) (*tactful.Receipt, error) {
	r := receiptReader{reader: reader{readerOf[string]{rest: string(plain)}}, texts: make([]string, 0, 64)}
	version := r.byte()
	if version != wireVersion && version != receiptWithVerdicts {
		return nil, errWire
	}
	out := &tactful.Receipt{
		Placement: tactful.Placement(r.below(byte(tactful.Search) + 1)),
		Level:     tactful.Level(r.below(byte(tactful.Full) + 1)),
		Time:      r.time(),
	}
	for _, s := range [...]*string{
		&out.ModelVersion, &out.PolicyVersion, &out.ConsentID, &out.Integrity.Sender, &out.Integrity.Recipient,
		&out.Integrity.Subject, &out.Integrity.InformationType, &out.Integrity.Principle,
	} {
		*s = r.text()
	}
	if n := r.count(5); n > 0 {
		out.Evidence = make([]tactful.Used, n)
		day := dayNumber(out.Time)
		for i := range out.Evidence {
			out.Evidence[i] = r.used(day)
		}
	}
	if n := r.count(14); n > 0 {
		out.Shown = make([]tactful.Shown, n)
		for i := range out.Shown {
			out.Shown[i] = r.shown()
		}
	}
	if n := r.count(3); n > 0 {
		out.Withheld = make([]tactful.Withheld, n)
		for i := range out.Withheld {
			out.Withheld[i] = tactful.Withheld{Guard: r.text(), Count: int(r.signed()), Items: r.list()}
		}
	}
	if version == receiptWithVerdicts {
		out.Judged = r.judged()
	}
	if len(r.rest) > 0 {
		out.Offer = r.offer()
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return out, nil
}

func (r *receiptReader) offer() *tactful.OfferRecord {
	o := &tactful.OfferRecord{Channel: r.text(), Placement: r.text()}
	if n := r.count(7); n > 0 {
		o.Shown = make([]tactful.OfferShown, n)
	}
	for i := range o.Shown {
		s := &o.Shown[i]
		for _, text := range [...]*string{&s.Campaign, &s.Creative, &s.Item, &s.Choice, &s.Draw, &s.Apprentice} {
			*text = r.text()
		}
		if n := r.count(9); n > 0 {
			s.Options = make([]tactful.OfferOption, n)
		}
		for j := range s.Options {
			s.Options[j] = tactful.OfferOption{Creative: r.text(), Propensity: r.float()}
		}
	}
	return o
}

func (r *receiptReader) used(day int64) tactful.Used {
	u := tactful.Used{
		Item:       r.text(),
		Action:     tactful.Action(r.below(byte(tactful.Actions))),
		Provenance: tactful.Provenance(r.below(byte(tactful.Inferred) + 1)),
	}
	if d := r.uvarint(); d > 0 {
		step := unzigzag(d - 1)
		if step < -maxDays || step > maxDays {
			r.fail()
			return u
		}
		u.Day = time.Unix((day+step)*secondsPerDay, 0).UTC()
		if u.Day.IsZero() {
			r.fail()
		}
	}
	u.Share = r.share()
	return u
}

func (r *receiptReader) shown() tactful.Shown {
	return tactful.Shown{
		Item:   r.text(),
		Score:  r.float(),
		Origin: tactful.Origin(r.below(byte(tactful.Match) + 1)),
		Reason: tactful.Reason{Key: r.text(), Sentence: r.text(), Language: r.text(), Items: r.list(), Share: r.share()},
	}
}

const (
	secondsPerDay = 24 * 60 * 60
	maxDays       = 4_000_000 // more than there are in ten thousand years
)

// dayNumber counts days since 1970-01-01, downwards before it.
func dayNumber(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	s := t.Unix()
	d := s / secondsPerDay
	if s%secondsPerDay < 0 {
		d--
	}
	return d
}
