package experiment

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// rates are the chances of each metric in an arm.
type rates [Metrics]float64

func trial(t testing.TB) Document {
	t.Helper()
	d := document(t)
	d.Registration.Guardrails = []Guardrail{{OptOut, 1}, {Creepy, 1}, {Complaint, 1}, {Conversion, .9}}
	d.Registration.Stop = Stopping{People: 1_000_000, Days: 366}
	d.Registration.Window = time.Hour
	return d
}

// playing lets people come one a minute, and looks after every tenth of them; it
// returns the first look that found something, and how many looks that took.
func playing(d *Document, r *rand.Rand, control, other rates, n int) (Look, int) {
	var all []Person
	looks := 0
	for i := range n {
		arm, chances := "control", control
		if r.IntN(2) == 1 {
			arm, chances = "calm", other
		}
		p := Person{Arm: arm, Since: start.Add(time.Duration(i) * time.Minute)}
		for m, chance := range chances {
			p.Did[m] = r.Float64() < chance
		}
		all = append(all, p)
		if i%10 != 9 {
			continue
		}
		looks++
		look := d.Observe(all, nil, start, start.Add(time.Duration(i+1)*time.Minute))
		if look.Verdict != Undecided {
			return look, looks
		}
	}
	return Look{Verdict: Undecided}, looks
}

// TestLookingAllTheTimeFindsNothingWhereThereIsNothing holds the metric and the
// four guardrails together to the five in a hundred.
func TestLookingAllTheTimeFindsNothingWhereThereIsNothing(t *testing.T) {
	d := trial(t)
	r := rand.New(rand.NewPCG(1000, 1))
	same := rates{Conversion: .2, Creepy: .02, Complaint: .02, OptOut: .05}
	found := map[Verdict]int{}
	const tests = 1000
	for range tests {
		look, _ := playing(&d, r, same, same, 600)
		if look.Verdict != Undecided {
			found[look.Verdict]++
		}
	}
	wrong := 0
	for _, n := range found {
		wrong += n
	}
	t.Logf("of %d A/A tests, looked at after every tenth of 600 people, %d found something: %v", tests, wrong, found)
	if wrong > tests/20 {
		t.Errorf("%d of %d", wrong, tests)
	}
}

// TestEvidenceBearsALookAfterEveryEvent is the same for one guardrail alone, at
// the whole of its chance, and shows that it is not simply deaf.
func TestEvidenceBearsALookAfterEveryEvent(t *testing.T) {
	r := rand.New(rand.NewPCG(1000, 2))
	const tests, alpha = 1000, .05
	passes := func(share, chance float64) (found, after int) {
		for range tests {
			in := uint64(0)
			for n := uint64(1); n <= 500; n++ {
				if r.Float64() < chance {
					in++
				}
				if Evidence(in, n, share) >= math.Log(1/alpha) {
					found, after = found+1, after+int(n)
					break
				}
			}
		}
		return found, after
	}
	for _, share := range []float64{.1, .5, .8} {
		found, _ := passes(share, share)
		t.Logf("share %.1f: %d of %d, looked at after each of 500 events", share, found, tests)
		if found > tests*5/100 {
			t.Errorf("share %.1f: %d of %d", share, found, tests)
		}
	}
	found, after := passes(.5, .75)
	t.Logf("three times as much harm: found %d of %d, after %d events on average", found, tests, after/max(1, found))
	if found < 990 || after/found > 60 {
		t.Errorf("three times as much harm is found %d times of %d, after %d events", found, tests, after/max(1, found))
	}
	naive := 0 // the control: the usual test for one look, looked at all the time
	for range tests {
		in := 0.0
		for n := 1.0; n <= 500; n++ {
			if r.Float64() < .5 {
				in++
			}
			if n > 10 && (in-n/2)/math.Sqrt(n/4) > 1.645 {
				naive++
				break
			}
		}
	}
	t.Logf("the usual test, looked at all the time: %d of %d", naive, tests)
	if naive < tests/5 {
		t.Errorf("the usual test is fooled %d times only", naive)
	}
}

func TestHarmIsSeenAtTheLookAfterIt(t *testing.T) {
	d := trial(t)
	r := rand.New(rand.NewPCG(1000, 3))
	calm, bad := rates{Conversion: .2, Creepy: .02, OptOut: .04}, rates{Conversion: .2, Creepy: .02, OptOut: .25}
	for range 20 {
		look, _ := playing(&d, r, calm, bad, 1200)
		if look.Verdict != Harmful || look.Metric != OptOut || look.Variant != "calm" || !look.Over || look.Why == "" {
			t.Fatalf("harm is not seen: %+v", look)
		}
	}
	loss := rates{Conversion: .05, Creepy: .02, OptOut: .04}
	look, _ := playing(&d, r, calm, loss, 2000)
	if look.Verdict != Harmful || look.Metric != Conversion {
		t.Errorf("a floor that is broken is not seen: %+v", look)
	}
}

func TestPeopleWhoLeftCountAsHarm(t *testing.T) {
	d := trial(t)
	var all []Person
	for i := range 200 {
		all = append(all, Person{Arm: []string{"control", "calm"}[i%2], Since: start})
	}
	look := d.Observe(all, []uint64{2, 40}, start, start.Add(time.Minute))
	if look.Verdict != Harmful || look.Metric != OptOut || look.Arms[1].People != 140 || look.Arms[1].Left != 40 {
		t.Errorf("%+v", look)
	}
	if look := d.Observe(all, []uint64{2, 3}, start, start.Add(time.Minute)); look.Verdict != Undecided {
		t.Errorf("two and three who left are harm: %+v", look)
	}
}

func TestARatioThatIsOffIsSaid(t *testing.T) {
	d := trial(t)
	var all []Person
	for i := range 1000 {
		arm := "control"
		if i%5 < 2 { // 400 of 1000
			arm = "calm"
		}
		all = append(all, Person{Arm: arm, Since: start, Did: [Metrics]bool{Conversion: arm == "calm"}})
	}
	look := d.Observe(all, nil, start, start.Add(2*time.Hour))
	if look.Verdict != Mismatched {
		t.Errorf("400 people of 1000 where 500 should be: %+v", look)
	}
}

func TestWhoseWindowIsOpenDoesNotCountYet(t *testing.T) {
	d := trial(t)
	all := []Person{{Arm: "calm", Since: start}, {Arm: "calm", Since: start.Add(time.Hour)}, {Arm: "control", Since: start.Add(3 * time.Hour)}, {Arm: "gone", Since: start}}
	look := d.Observe(all, nil, start, start.Add(90*time.Minute))
	if c := look.Arms[1]; c.People != 2 || c.Ended != 1 || look.Arms[0].People != 0 {
		t.Errorf("%+v", look.Arms)
	}
}

func TestAnExperimentEndsAsRegistered(t *testing.T) {
	d := trial(t)
	d.Registration.Stop = Stopping{People: 100, Days: 10}
	some := []Person{{Arm: "calm", Since: start}, {Arm: "control", Since: start}}
	if look := d.Observe(some, nil, start, start.AddDate(0, 0, 9)); look.Over {
		t.Errorf("it ends early: %+v", look)
	}
	if look := d.Observe(some, nil, start, start.AddDate(0, 0, 10)); !look.Over || look.Verdict != NoFinding {
		t.Errorf("it goes on: %+v", look)
	}
	r := rand.New(rand.NewPCG(1000, 4))
	d = trial(t)
	d.Registration.Guardrails = d.Registration.Guardrails[:2]
	if look, _ := playing(&d, r, rates{Conversion: .1}, rates{Conversion: .5}, 2000); look.Verdict != Better || look.Over {
		t.Errorf("%+v", look)
	}
	d.Registration.Stop.Early = true
	if look, _ := playing(&d, r, rates{Conversion: .1}, rates{Conversion: .5}, 2000); look.Verdict != Better || !look.Over {
		t.Errorf("%+v", look)
	}
}

func TestPowerGrowsWithTheDifference(t *testing.T) {
	quiet := func(string, int, int) {}
	large, err := PowerOf(t.Context(), .1, .3, 4000, 7, quiet)
	if err != nil {
		t.Fatal(err)
	}
	small, err := PowerOf(t.Context(), .1, .2, 8000, 7, quiet)
	if err != nil {
		t.Fatal(err)
	}
	none, err := PowerOf(t.Context(), .1, .1, 1000, 7, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v %+v %+v", large, small, none)
	if large.People == 0 || small.People <= large.People || none.People != 0 {
		t.Errorf("%+v %+v %+v", large, small, none)
	}
}
