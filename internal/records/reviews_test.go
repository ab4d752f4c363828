package records

import (
	"testing"
	"time"

	"github.com/tactful/tactful"
)

func TestWhatHumansDecideAboutCopyIsKeptAndNeverOverwrittenBlindly(t *testing.T) {
	s := newShop(t)
	one := Review{Print: [16]byte{1}, Campaign: "spring", Creative: "a", Allowed: true, By: "Ada", Why: "it is true", Category: "urgency", Score: 0.6, Time: s.now}
	all, version, err := s.records.Reviews(t.Context())
	if err != nil || len(all) != 0 {
		t.Fatalf("%v, %v", all, err)
	}
	if err := s.records.WriteReview(t.Context(), one, version); err != nil {
		t.Fatal(err)
	}
	if err := s.records.WriteReview(t.Context(), one, version); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("over what somebody else decided: %v", err)
	}
	if all, version, err = s.records.Reviews(t.Context()); err != nil || len(all) != 1 || all[0] != one {
		t.Fatalf("%+v, %v", all, err)
	}
	again := one
	again.Allowed, again.Time = false, s.now.Add(time.Hour)
	if err := s.records.WriteReview(t.Context(), again, version); err != nil {
		t.Fatal(err)
	}
	if all, _, err = s.records.Reviews(t.Context()); err != nil || len(all) != 1 || all[0].Allowed {
		t.Errorf("the same words have two answers: %+v, %v", all, err)
	}
}
