package retail

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

func setting(seed string) Setting {
	return Setting{
		Now: day, Seed: strings.NewReader(strings.Repeat(seed, 32)),
		Notices: map[tactful.Purpose]NoticeVersion{tactful.Recommendations: {Version: "1", Hash: "ab", Language: "en"}},
	}
}

func customers(t testing.TB, d *Data, s Setting) []Customer {
	t.Helper()
	seq, err := d.Customers(s)
	if err != nil {
		t.Fatal(err)
	}
	var all []Customer
	for c := range seq {
		all = append(all, c)
	}
	return all
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	d := loaded(t)
	sum := func(seed string) [32]byte {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		for i, c := range customers(t, d, setting(seed)) {
			if i%64 == 0 {
				if err := enc.Encode(c); err != nil {
					t.Fatal(err)
				}
			}
		}
		return sha256.Sum256(b.Bytes())
	}
	first, again, other := sum("a"), sum("a"), sum("b")
	if first != again {
		t.Error("two runs differ")
	}
	if first == other {
		t.Error("the seed changes nothing")
	}
}

func TestSimulatedPartsSayThatTheyAre(t *testing.T) {
	d := loaded(t)
	real, simulated := 0, 0
	ids := map[string]bool{}
	for _, c := range customers(t, d, setting("a")) {
		last := time.Time{}
		for _, e := range c.Events {
			switch e.Action {
			case tactful.Purchased, tactful.Returned:
				real++
				if e.Source != SourceReal || e.Order == "" {
					t.Fatalf("a real event: %+v", e)
				}
			case tactful.Viewed, tactful.Added, tactful.Removed:
				simulated++
				if e.Source != SourceSimulated || e.Order != "" {
					t.Fatalf("a simulated event: %+v", e)
				}
			default:
				t.Fatalf("action %s", e.Action)
			}
			if ids[e.MessageID] || e.Time.Before(last) || e.Time.After(day) || e.Quantity < 1 || e.Provenance != tactful.Observed {
				t.Fatalf("message id, time, quantity or provenance of %+v", e)
			}
			ids[e.MessageID], last = true, e.Time
		}
		for _, a := range c.Answers {
			if a.Method != MethodSimulated || len(c.Events) > 0 && !a.Time.Before(c.Events[0].Time) {
				t.Fatalf("answer %+v", a)
			}
		}
	}
	t.Logf("%d real, %d simulated", real, simulated)
	if real != d.Lines() || simulated < 50_000 || simulated > 150_000 {
		t.Errorf("%d real, %d simulated events", real, simulated)
	}
}

func TestLastDayOfTheDataIsYesterday(t *testing.T) {
	d := loaded(t)
	var last time.Time
	for _, c := range customers(t, d, setting("a")) {
		if n := len(c.Events); n > 0 && c.Events[n-1].Time.After(last) {
			last = c.Events[n-1].Time
		}
	}
	if want := time.Date(2026, 3, 4, 12, 50, 0, 0, time.UTC); !last.Equal(want) {
		t.Errorf("last event %s, want %s", last, want)
	}
}

func TestConsentsHaveTheStatedShares(t *testing.T) {
	d := loaded(t)
	levels := map[tactful.Level]float64{}
	improve := 0.0
	for _, c := range customers(t, d, setting("a")) {
		levels[c.Level]++
		granted := false
		for _, a := range c.Answers {
			granted = granted || a.Purpose == tactful.Recommendations && a.Answer == tactful.Granted
			if a.Purpose == tactful.Improvement && a.Answer == tactful.Granted {
				improve++
			}
		}
		if granted != (c.Level >= tactful.Personal) {
			t.Fatalf("customer at level %s without the grant, or the grant without the level", c.Level)
		}
	}
	n := float64(d.Shoppers())
	near := func(name string, got, want float64) {
		if got/n < want-.02 || got/n > want+.02 {
			t.Errorf("%s: %.3f, want about %.2f", name, got/n, want)
		}
	}
	near("personal", levels[tactful.Personal], .70)
	near("full", levels[tactful.Full], .12)
	near("never answered", levels[tactful.LevelUnknown], .08)
	near("improvement", improve, .70)
}

func TestThePeopleOfTheDemoAgreed(t *testing.T) {
	d := loaded(t)
	shown := map[uint32]bool{}
	for _, p := range d.People() {
		shown[p.Number] = true
	}
	for _, c := range customers(t, d, setting("c")) {
		if shown[c.Number] && (c.Level != tactful.Personal || len(c.Answers) != 2 || c.Answers[0].Answer != tactful.Granted) {
			t.Errorf("a person of the demo: level %s, answers %v", c.Level, c.Answers)
		}
	}
}

func TestAShortSeedIsRefused(t *testing.T) {
	if _, err := loaded(t).Customers(Setting{Now: day, Seed: strings.NewReader("short")}); err == nil {
		t.Error("was taken")
	}
}
