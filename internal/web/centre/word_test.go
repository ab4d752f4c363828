package centre

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// labelled returns the section with a heading of this id.
func labelled(t *testing.T, doc *html.Node, id string) *html.Node {
	t.Helper()
	for _, s := range find(doc, "section", "") {
		if attr(s, "aria-labelledby") == id {
			return s
		}
	}
	t.Fatalf("there is no section %q", id)
	return nil
}

// english returns what is marked as English in a part of a page.
func english(n *html.Node) []string {
	var found []string
	for d := range n.Descendants() {
		if attr(d, "lang") == "en" {
			found = append(found, text(d))
		}
	}
	return found
}

func TestAnErasureIsToldInTheReadersLanguage(t *testing.T) {
	for _, tag := range []string{"en", "de", "fr", "es", "ar"} {
		w := newWorld(t)
		w.header.Set("Accept-Language", tag)
		say := func(key string) string {
			s, err := w.centre.texts.Text(tag, key)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		doc := w.press(w.get(Root+"/data/erase"), say("erase.do"))
		steps, remains := labelled(t, doc, "steps"), labelled(t, doc, "remains")
		if n := len(find(steps, "li", "")); n != 7 {
			t.Errorf("%s: %d steps", tag, n)
		}
		for _, s := range []string{"freeze", "cancel", "unlearn", "purge", "tell", "shred", "scan"} {
			if begins, _, _ := strings.Cut(say("gone.step."+s), "{1}"); !strings.Contains(text(steps), strings.TrimSpace(begins)) {
				t.Errorf("%s: the step %s is not told: %s", tag, s, text(steps))
			}
		}
		for _, r := range []string{"this_receipt", "tombstone", "suppression", "older_backups", "consent_ledger_leaves", "counts_of_looks_and_of_requests"} {
			if !strings.Contains(text(remains), say("gone.left."+r)) {
				t.Errorf("%s: %s is not told: %s", tag, r, text(remains))
			}
		}
		if rest := append(english(steps), english(remains)...); len(rest) > 0 {
			t.Errorf("%s: left in English: %q", tag, rest)
		}
	}
}

func TestTheTermsOfADecisionAreToldInTheReadersLanguage(t *testing.T) {
	w := newWorld(t)
	ctx := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	w.header.Set("Accept-Language", "fr")
	seen := map[string]bool{}
	terms := func(r *tactful.Request) string {
		d, err := w.engine.Decide(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		rc, err := w.engine.Receipt(ctx, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{rc.Integrity.Sender, rc.Integrity.Subject, rc.Integrity.InformationType, rc.Integrity.Principle} {
			seen[word] = true
		}
		part := labelled(t, w.get(Root+"/why/"+d.ID), "terms")
		if rest := english(part); len(rest) > 0 {
			t.Errorf("left in English: %q", rest)
		}
		return text(part)
	}
	if got := terms(&tactful.Request{Subject: ada, Placement: tactful.ForYou, Count: 5}); !strings.Contains(got, "Ce que vous avez fait dans cette boutique") || !strings.Contains(got, "Votre oui à : Choisir des articles pour vous") {
		t.Error(got)
	}
	if got := terms(&tactful.Request{Placement: tactful.ForYou, Count: 5}); !strings.Contains(got, "La même chose pour tous") {
		t.Error(got)
	}
	if got := terms(&tactful.Request{Placement: tactful.Similar, Items: []string{"item-3"}, Count: 5}); !strings.Contains(got, "Les articles de cette page ou du panier") {
		t.Error(got)
	}
	if _, err := w.engine.PatchPreferences(ctx, ada, tactful.PreferencesPatch{Topics: map[string]tactful.TopicWish{"Garden": tactful.WishMuted}}); err != nil {
		t.Fatal(err)
	}
	if got := terms(&tactful.Request{Subject: ada, Placement: tactful.ForYou, Count: 5}); !strings.Contains(got, "ce que vous nous avez dit") {
		t.Error(got)
	}
	for word := range seen {
		if w.centre.word("flow", word) == "" && consented(word) == "" {
			t.Errorf("there is no text for %q", word)
		}
	}
}

// TestAWordThatNobodyTranslatedIsMarkedAsEnglish: what a newer engine adds is
// shown all the same.
func TestAWordThatNobodyTranslatedIsMarkedAsEnglish(t *testing.T) {
	w := newWorld(t)
	page := gonePage{Receipt: &engine.ErasureReceipt{
		Steps:   []engine.ErasureStep{{Step: "polish", Time: noon, Count: 3, What: "the floor was polished; counted: tiles"}},
		Remains: []engine.ErasureRemains{{What: "a smell", Why: "of polish", Until: noon.Add(time.Hour)}},
	}}
	page.frame = w.centre.frame(&visit{lang: "ar"}, "title.gone", "")
	out := httptest.NewRecorder()
	if err := w.centre.show(out, &visit{lang: "ar"}, "gone", page); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := english(labelled(t, doc, "steps")); len(got) != 1 || got[0] != "the floor was polished; counted: tiles: 3" {
		t.Errorf("%q", got)
	}
	if got := english(labelled(t, doc, "remains")); len(got) != 1 || got[0] != "a smell. of polish" {
		t.Errorf("%q", got)
	}
}
