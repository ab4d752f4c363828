package experiment

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
)

func people(n int) [][16]byte {
	r := rand.New(rand.NewPCG(16, 1))
	refs := make([][16]byte, n)
	for i := range refs {
		binary.LittleEndian.PutUint64(refs[i][:8], r.Uint64())
		binary.LittleEndian.PutUint64(refs[i][8:], r.Uint64())
	}
	return refs
}

// far is how far a chi-square of so many degrees may lie: once in 100,000.
func far(degrees float64) float64 { return degrees + 4.265*math.Sqrt(2*degrees) + 8 }

func TestArmsAreBalanced(t *testing.T) {
	d := document(t)
	d.Registration.Arms = map[string]int{"control": 2, "calm": 1}
	key := []byte("a key of the tests")
	for _, lock := range []string{"one", "another"} {
		counts := map[string]float64{}
		refs := people(100_000)
		for _, ref := range refs {
			counts[d.Arm(key, lock, ref)]++
		}
		chi := 0.0
		for i, name := range d.Names() {
			want := d.Shares()[i] * float64(len(refs))
			chi += (counts[name] - want) * (counts[name] - want) / want
		}
		t.Logf("%s: %v of 100,000, chi-square %.2f of 1 degree", lock, counts, chi)
		if chi > far(1) {
			t.Errorf("chi-square %.2f", chi)
		}
	}
}

func TestSlotsAreBalancedAndApartFromArms(t *testing.T) {
	d := document(t)
	key := []byte("a key of the tests")
	const cells = 20
	slots, both := [cells]float64{}, [cells][2]float64{}
	refs := people(100_000)
	for _, ref := range refs {
		cell := Slot(key, "checkout", ref) * cells / Slots
		slots[cell]++
		if d.Arm(key, "lock", ref) == "calm" {
			both[cell][1]++
		} else {
			both[cell][0]++
		}
	}
	even, apart := 0.0, 0.0
	for c := range slots {
		want := float64(len(refs)) / cells
		even += (slots[c] - want) * (slots[c] - want) / want
		for _, n := range both[c] {
			apart += (n - slots[c]/2) * (n - slots[c]/2) / (slots[c] / 2)
		}
	}
	t.Logf("slots: chi-square %.1f of %d degrees; arms within slots: %.1f of %d", even, cells-1, apart, cells)
	if even > far(cells-1) || apart > far(cells) {
		t.Error("the hash is not even")
	}
}

// TestALopsidedHashIsNoticed is the control of the tests above.
func TestALopsidedHashIsNoticed(t *testing.T) {
	counts := [2]float64{}
	for _, ref := range people(100_000) {
		if ref[0] < 131 { // .512
			counts[0]++
		} else {
			counts[1]++
		}
	}
	if chi := 2 * (counts[0] - 50_000) * (counts[0] - 50_000) / 50_000; chi < far(1) {
		t.Errorf("a hash that is 1.2 %% off passes with chi-square %.1f", chi)
	}
}

func TestAnArmSticksAndNeedsTheKey(t *testing.T) {
	d := document(t)
	same, other := 0, 0
	refs := people(2000)
	for _, ref := range refs {
		arm := d.Arm([]byte("key"), "lock", ref)
		if d.Arm([]byte("key"), "lock", ref) != arm {
			t.Fatal("somebody changes arms")
		}
		if d.Arm([]byte("another key"), "lock", ref) == arm {
			same++
		}
		if d.Arm([]byte("key"), "another lock", ref) == arm {
			other++
		}
	}
	for _, n := range []int{same, other} {
		if n < 880 || n > 1120 {
			t.Errorf("of 2000 people %d have the same arm under another key or lock", n)
		}
	}
}

func TestExperimentsOfALayerShareNobody(t *testing.T) {
	var taken []Span
	for _, width := range []int{3000, 2500, 4000} {
		span, free := Free(width, taken)
		if !free {
			t.Fatalf("no room for %d beside %v", width, taken)
		}
		taken = append(taken, span)
	}
	if _, free := Free(1000, taken); free {
		t.Error("there is room for 10,500 of 10,000 slots")
	}
	if span, free := Free(500, taken); !free || span.From != 9500 {
		t.Errorf("%v, %v", span, free)
	}
	if span, free := Free(2000, []Span{taken[0], taken[2]}); !free || span.From != 3000 {
		t.Errorf("the gap of one that ended is not used: %v", span)
	}
	for _, ref := range people(10_000) {
		in := 0
		for _, span := range taken {
			if span.Has(Slot([]byte("key"), "layer", ref)) {
				in++
			}
		}
		if in > 1 {
			t.Fatalf("somebody is in %d experiments of one layer", in)
		}
	}
}
