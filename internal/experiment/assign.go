package experiment

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"math"
	"slices"
)

// Slots is how finely a layer is cut; an experiment has a run of them.
const Slots = 10_000

// Span is a run of slots, To excluded.
type Span struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// draw is a keyed hash that says, of a person's reference, where they stand. The
// same key, word and reference always give the same: nothing has to be kept.
func draw(key []byte, word, name string, ref [16]byte) uint64 {
	h := hmac.New(sha256.New, key)
	h.Write(binary.AppendUvarint(nil, uint64(len(word))))
	h.Write([]byte(word))
	h.Write(binary.AppendUvarint(nil, uint64(len(name))))
	h.Write([]byte(name))
	h.Write(ref[:])
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// Slot is where a person stands in a layer.
func Slot(key []byte, layer string, ref [16]byte) int {
	return int(draw(key, "layer", layer, ref) % Slots) // 2^64 over 10,000: the slots differ by less than 10^-15
}

// Has reports whether a slot is in the run.
func (s Span) Has(slot int) bool { return slot >= s.From && slot < s.To }

// Free finds a run of so many slots that none of the others has; false if there
// is no such run.
func Free(width int, taken []Span) (Span, bool) {
	sorted := slices.Clone(taken)
	slices.SortFunc(sorted, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	at := 0
	for _, s := range sorted {
		if s.From-at >= width {
			break
		}
		at = max(at, s.To)
	}
	return Span{at, at + width}, width > 0 && at+width <= Slots
}

// Width is how many slots a share of those who agreed takes.
func (p *Population) Width() int { return int(math.Round(p.Share * Slots)) }

// Arm returns the variant that a person gets in the experiment with this lock,
// drawn apart from the slot, so that neighbouring experiments do not share arms.
func (d *Document) Arm(key []byte, lock string, ref [16]byte) string {
	names := d.Names()
	total := 0
	for _, name := range names {
		total += d.Registration.Arms[name]
	}
	if total <= 0 {
		return d.Flag.Control
	}
	at := int(draw(key, "arm", lock, ref) % uint64(total))
	for _, name := range names {
		if at -= d.Registration.Arms[name]; at < 0 {
			return name
		}
	}
	return d.Flag.Control
}

func (r *Registration) names(control string) []string {
	names := slices.Sorted(maps.Keys(r.Arms))
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case a == control && b != control:
			return -1
		case b == control && a != control:
			return 1
		}
		return 0
	})
	return names
}

// Shares returns the arms' shares in the order of Names.
func (d *Document) Shares() []float64 {
	names := d.Names()
	shares, total := make([]float64, len(names)), 0.0
	for i, name := range names {
		shares[i] = float64(d.Registration.Arms[name])
		total += shares[i]
	}
	for i := range shares {
		shares[i] /= total
	}
	return shares
}

// In reports whether the context puts somebody into the population.
func (p *Population) In(context map[string]any) bool { return hold(p.Where, context) }
