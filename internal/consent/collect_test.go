package consent

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func TestCollectStoresOnlyForALiveGrantAndAChosenLevel(t *testing.T) {
	p := testPolicy(t, Config{})
	recommend, improve := yes(p, tactful.Recommendations), yes(p, tactful.Improvement)
	denied, withdrawn := recommend, improve
	denied.Answer, withdrawn.Answer = tactful.Denied, tactful.Withdrawn
	stale := recommend
	stale.NoticeHash = HashText("older")
	expired := recommend
	expired.Expires = noon
	frozen := standing(tactful.Full, recommend)
	frozen.Frozen = true
	cases := []struct {
		name string
		s    Standing
		word string
	}{
		{"nobody", Standing{}, "no_subject"},
		{"restricted", frozen, "frozen"},
		{"nothing on record", standing(tactful.Full), "no_record"},
		{"another purpose alone", standing(tactful.Full, yes(p, tactful.Offers)), "no_record"},
		{"asked and refused", standing(tactful.Full, denied), "denied"},
		{"taken back", standing(tactful.Full, withdrawn), "withdrawn"},
		{"run out", standing(tactful.Full, expired), "expired"},
		{"on an older text", standing(tactful.Full, stale), "notice_changed"},
		{"granted but at level context", standing(tactful.Context, recommend), "level"},
		{"granted but no level chosen", standing(tactful.LevelUnknown, recommend), "level"},
		{"recommendations granted", standing(tactful.Personal, recommend), "allowed"},
		{"improvement granted, recommendations refused", standing(tactful.Personal, denied, improve), "allowed"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := p.Collect(c.s, noon)
			if got.Because.String() != c.word {
				t.Fatalf("got %q, want %q", got.Because, c.word)
			}
			if got.Allowed() == (len(got.Purposes) == 0) {
				t.Fatalf("%v with purposes %v", got.Because, got.Purposes)
			}
		})
	}
	if (Collection{}).Allowed() {
		t.Fatal("the zero collection stores")
	}
}

func TestCollectAgreesWithPermit(t *testing.T) {
	p := testPolicy(t, Config{})
	rapid.Check(t, func(t *rapid.T) {
		s := drawStanding(t, p)
		got := p.Collect(s, noon)
		for _, purpose := range p.Purposes() {
			if got.Covers(purpose) != (got.Allowed() && p.Permit(s, Ask{Purpose: purpose}, noon).Allowed) {
				t.Fatalf("%s: stored for it %v, may be used %v", purpose, got.Covers(purpose), !got.Covers(purpose))
			}
		}
		if got.Allowed() && got.Because != decision.BecauseAllowed {
			t.Fatal("allowed for a reason to refuse")
		}
	})
}
