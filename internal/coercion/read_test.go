package coercion

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// model is the shipped one.
func model(tb testing.TB) *Model {
	m, err := Default()
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func TestWhatPressesIsStoppedAndCalmCopyPasses(t *testing.T) {
	for _, c := range []struct {
		text     string
		ruling   Ruling
		category Category
	}{
		{"Hurry, only 2 left!", Stop, Urgency},
		{"No thanks, I hate saving money", Stop, Misdirection},
		{"We noticed you looked at running shoes last night at 22:14", Stop, Creepy},
		{"Feeling lonely? Our app can help.", Stop, Vulnerable},
		{"A good mother would never risk it", Stop, Emotion},
		{"Congratulations on your pregnancy!", Stop, Creepy},
		{"Nur noch heute: beeilen Sie sich!", Stop, Urgency},
		{"Uns ist aufgefallen, dass Sie gestern Schuhe angesehen haben", Stop, Creepy},
		{"Nein danke, ich zahle lieber den vollen Preis", Stop, Misdirection},
		{"Our new autumn range is here.", Pass, Calm},
		{"Wooden garden chairs, oiled by hand", Pass, Calm},
		{"Free delivery from 50 euros", Pass, Calm},
		{"Neue Gartenmöbel aus Holz.", Pass, Calm},
		{"Ihre Bestellung wurde versandt.", Pass, Calm},
		{"In stock", Pass, Calm},
	} {
		f := model(t).Read(c.text, "en", nil)
		if f.Ruling != c.ruling || c.ruling == Stop && (f.Category != c.category || f.Calmer == "" || len(f.Words) == 0) {
			t.Errorf("%q: %+v, want %s, %s", c.text, f, c.ruling, c.category)
		}
	}
}

func TestAClaimMustBeTrue(t *testing.T) {
	for _, c := range []struct {
		text  string
		stock int64
		ends  time.Time
		truth Truth
		worst Ruling // the mildest ruling that is right
	}{
		{"Only 3 left in stock", 3, time.Time{}, True, Ask},
		{"Only 3 left in stock", 40, time.Time{}, False, Stop},
		{"Only 3 left in stock", -1, time.Time{}, Unproved, Ask},
		{"Nur noch 3 auf Lager", 40, time.Time{}, False, Stop},
		{"Almost sold out", 400, time.Time{}, False, Stop},
		{"The sale ends tonight", -1, noon.Add(10 * time.Hour), True, Ask},
		{"The sale ends tonight", -1, noon.Add(30 * time.Hour), False, Stop},
		{"The sale ends tonight", -1, noon.Add(-time.Hour), False, Stop},
		{"Offer ends in 2 hours", -1, noon.Add(2 * time.Hour), True, Ask},
		{"Offer ends in 2 hours", -1, noon.Add(48 * time.Hour), False, Stop},
		{"Das Angebot endet heute", -1, noon.Add(30 * time.Hour), False, Stop},
	} {
		f := model(t).Read(c.text, "en", &Facts{Stock: c.stock, Ends: c.ends, Now: noon})
		if len(f.Claims) == 0 || f.Claims[0].Truth != c.truth {
			t.Errorf("%q with %d in stock: claims %+v, want %s", c.text, c.stock, f.Claims, c.truth)
			continue
		}
		if c.truth == False && f.Ruling != Stop || c.truth != False && f.Ruling == Pass {
			t.Errorf("%q (%s) is ruled %s", c.text, c.truth, f.Ruling)
		}
	}
}

func TestATrueClaimDoesNotExcuseTheRest(t *testing.T) {
	f := model(t).Read("Only 3 left! A good mother would not wait.", "en", &Facts{Stock: 3, Now: noon})
	if f.Ruling != Stop {
		t.Errorf("%+v", f)
	}
}

// TestADisguisedTextReadsTheSame changes what a person does not notice.
func TestADisguisedTextReadsTheSame(t *testing.T) {
	texts := []string{
		"Hurry up, only 4 left in stock", "No thanks, I prefer to pay the full price", "17 people are looking at this right now",
		"Wooden garden chairs, oiled by hand", "Opening hours and directions", "We noticed you were near your home yesterday",
	}
	for _, d := range Disguises() {
		for i, text := range texts {
			plain := model(t).Read(text, "en", nil)
			other := d.Change(text, rand.New(rand.NewPCG(1, uint64(i))))
			if other == text && d.Name != "digits" {
				t.Errorf("%s leaves %q as it is", d.Name, text)
			}
			if f := model(t).Read(other, "en", nil); (f.Ruling == Pass) != (plain.Ruling == Pass) {
				t.Errorf("%s: %q is ruled %s, and %s as %q", d.Name, text, plain.Ruling, f.Ruling, other)
			}
		}
	}
}

func TestAnEndlessTextIsNotReadAndNotLetThrough(t *testing.T) {
	if f := model(t).Read(strings.Repeat("calm words ", 10_000), "en", nil); f.Ruling != Stop {
		t.Errorf("%+v", f)
	}
}

func TestEveryCategoryHasCalmerWordsAndARule(t *testing.T) {
	ruled := map[string]map[Category]bool{"en": {}, "de": {}}
	for _, r := range rules() {
		ruled[r.language][r.category] = true
	}
	for language := range ruled {
		for c := Calm + 1; c < Categories; c++ {
			if calmerWords(c, language) == "" || !ruled[language][c] && !(language == "de" && c == Sneaking) {
				t.Errorf("%s, %s: no calmer words or no rule", language, c)
			}
			// What we offer instead must itself be calm: its quoted part is copy.
			if _, copy, ok := strings.Cut(calmerWords(c, language), "“"); ok && language == "en" {
				copy, _, _ = strings.Cut(copy, "”")
				if f := model(t).Read(copy, language, nil); f.Ruling == Stop {
					t.Errorf("what is offered instead of %s is stopped itself: %q %+v", c, copy, f)
				}
			}
		}
	}
}

// small makes texts that can be learnt, from a seed.
func small(n int) []Example {
	r := rand.New(rand.NewPCG(3, 3))
	calm := strings.Fields("wooden chair garden lamp cotton shirt blue green large small care guide size colour delivery")
	press := strings.Fields("hurry quick left last gone others buying regret")
	var list []Example
	for i := range n {
		var words []string
		for range 3 + r.IntN(4) {
			words = append(words, calm[r.IntN(len(calm))])
		}
		e := Example{Text: strings.Join(words, " ")}
		if i%2 == 1 {
			e = Example{Text: e.Text + " " + press[r.IntN(len(press))], Category: Urgency}
		}
		list = append(list, e)
	}
	return list
}

func TestAModelComesBackFromItsFileAsItWas(t *testing.T) {
	m, err := Train(context.Background(), small(200), Options{Seed: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	file := m.Encode()
	back, err := Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(back.Encode(), file) {
		t.Error("written again, the file is another")
	}
	again, err := Train(context.Background(), small(200), Options{Seed: 1}, nil)
	if err != nil || !slices.Equal(again.Encode(), file) {
		t.Errorf("the same texts and seed give another file: %v", err)
	}
	for _, e := range small(50) {
		if a, b := m.Read(e.Text, "en", nil), back.Read(e.Text, "en", nil); a.Score != b.Score || a.Ruling != b.Ruling {
			t.Errorf("%q: %+v before, %+v after", e.Text, a, b)
		}
	}
}

func TestFoldsTellWhatWasLearntFromWhatWasRemembered(t *testing.T) {
	learnable, err := CrossValidate(context.Background(), small(300), Options{Seed: 1}, nil)
	if err != nil || learnable.AUC < .95 {
		t.Errorf("%+v, %v", learnable, err)
	}
	// With labels by the toss of a coin there is nothing to learn, however well it
	// can be remembered.
	tossed := small(300)
	r := rand.New(rand.NewPCG(6, 6))
	for i := range tossed {
		tossed[i].Category = Category(r.IntN(2)) * Urgency
	}
	chance, err := CrossValidate(context.Background(), tossed, Options{Seed: 1}, nil)
	if err != nil || chance.AUC > .62 {
		t.Errorf("%+v, %v", chance, err)
	}
}

func TestNearTwinsShareAFold(t *testing.T) {
	texts := []string{"only 0 left in stock", "only 0 left in stock!", "hurry! only 0 left in stock", "wooden chair", "green cotton shirt", "opening hours"}
	family := families(texts)
	if family[0] != family[1] || family[3] == family[4] || family[0] == family[3] {
		t.Errorf("%v", family)
	}
	for seed := range uint64(20) {
		if fold := deal(family, 3, seed); fold[0] != fold[1] {
			t.Errorf("seed %d parts twins: %v", seed, fold)
		}
	}
}

func TestMeasuresByHand(t *testing.T) {
	s := Measure([]float64{.9, .8, .4, .4, .1}, []bool{true, false, true, false, false}, .5)
	// pairs: (.9 over three), (.4 over .1, ties .4, under .8): 4.5 of 6
	if s.AUC != .75 || s.Accuracy != .6 || s.Precision != .5 || s.Recall != .5 || s.F1 != .5 || s.RecallAt1 != .5 {
		t.Errorf("%+v", s)
	}
}

func TestJudgedTextsAreReadWithTheirLines(t *testing.T) {
	list, err := ReadTexts(strings.NewReader("text\tlabel\tcategory\nOnly 2 left\t1\tScarcity\nA chair\t0\tNot Dark Pattern\nYou left at 9\t1\tcreepy\nx\t1\t\n"))
	if err != nil || len(list) != 4 || list[0].Category != Scarcity || list[1].Category != Calm || list[2].Category != Creepy || list[3].Category == Calm {
		t.Errorf("%+v, %v", list, err)
	}
	for _, bad := range []string{"words\n", "text\tlabel\na\t2\n", "text\tlabel\n\t1\n", "text\tlabel\tcategory\na\t1\tmagic\n"} {
		if _, err := ReadTexts(strings.NewReader(bad)); tactful.KindOf(err) != tactful.Invalid || !strings.Contains(err.Error(), "line") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := Train(context.Background(), list, Options{}, nil); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("trained on four texts: %v", err)
	}
}

func FuzzDecodeWeights(f *testing.F) {
	m, err := Train(context.Background(), small(60), Options{Seed: 1}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m.Encode())
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, file []byte) {
		if m, err := Decode(file); err == nil {
			m.Read("only 2 left", "en", nil)
		}
	})
}

func FuzzReadTexts(f *testing.F) {
	f.Add("text\tlabel\tcategory\nOnly 2 left\t1\tScarcity\n")
	f.Fuzz(func(t *testing.T, file string) {
		list, err := ReadTexts(strings.NewReader(file))
		if err != nil && list != nil {
			t.Error("an error and texts")
		}
	})
}

func FuzzRead(f *testing.F) {
	m := model(f)
	f.Add("Only 3 left, ends in 2 hours")
	f.Add("о n l y 3 l e f t")
	f.Fuzz(func(t *testing.T, text string) {
		r := m.Read(text, "de", &Facts{Stock: 1, Ends: noon, Now: noon})
		if r.Ruling == Unread || !(r.Score >= 0 && r.Score <= 1) || r.Ruling != Pass && r.Calmer == "" {
			t.Errorf("%+v", r)
		}
	})
}

// BenchmarkRead reads a creative's text.
func BenchmarkRead(b *testing.B) {
	m := model(b)
	for b.Loop() {
		m.Read("Garden chairs made of oak, oiled by hand. Free delivery from 50 euros.", "en", nil)
	}
}
