package coercion

import "testing"

// TestOurOwnTextsAreTold prints how the shipped readers do on texts that they
// have not seen, and holds them to it.
func TestOurOwnTextsAreTold(t *testing.T) {
	texts := OwnTexts()
	if len(texts) != 267 {
		t.Fatalf("%d texts of our own", len(texts))
	}
	m := model(t)
	score, pressing := make([]float64, len(texts)), make([]bool, len(texts))
	var calm, stopped, asked, passed int
	for i, e := range texts {
		f := m.Read(e.Text, "en", nil)
		score[i], pressing[i] = f.Score, e.Category != Calm
		switch {
		case !pressing[i]:
			calm++
			if f.Ruling == Stop {
				stopped++
			} else if f.Ruling == Ask {
				asked++
			}
		case f.Ruling == Pass:
			passed++
		}
	}
	s := Measure(score, pressing, 0.5)
	t.Logf("own texts: %+v; of %d calm ones %d are stopped and %d put before a person; of %d others %d pass", s, calm, stopped, asked, len(texts)-calm, passed)
	if s.AUC < 0.92 || s.Accuracy < 0.82 || stopped > calm/20 || passed > (len(texts)-calm)/4 {
		t.Error("the readers got worse")
	}
}

// TestTextsThatWereWrittenBlindAreTold prints the figure that owes nothing to its
// author. The floors lie under what was measured once, so that a change of the
// readers cannot lose much of it unseen.
func TestTextsThatWereWrittenBlindAreTold(t *testing.T) {
	texts := BlindTexts()
	if len(texts) != 133 {
		t.Fatalf("%d texts that were written blind", len(texts))
	}
	m := model(t)
	score, pressing := make([]float64, len(texts)), make([]bool, len(texts))
	for i, e := range texts {
		score[i], pressing[i] = m.Read(e.Text, "en", nil).Score, e.Category != Calm
	}
	s := Measure(score, pressing, 0.5)
	t.Logf("texts that were written blind: %+v", s)
	if s.AUC < 0.75 || s.Accuracy < 0.69 {
		t.Error("the readers got worse")
	}
}
