package engine

import (
	"context"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
)

// sinceErasure is a change without what was said before somebody was erased:
// messages come again, and an old yes must not bring back who has gone.
func sinceErasure(change consent.Change, erased time.Time) consent.Change {
	old := func(t time.Time) bool { return !t.IsZero() && !t.After(erased) }
	granted, dropped := false, false
	change.Answers = slices.DeleteFunc(slices.Clone(change.Answers), func(a tactful.Consent) bool {
		late := a.Answer == tactful.Granted && old(a.Time)
		granted, dropped = granted || a.Answer == tactful.Granted && !late, dropped || late
		return late
	})
	if old(change.Time) || dropped && !granted {
		change.Level = tactful.LevelUnknown
	}
	return change
}

// erasedUnder says when somebody was erased under a name that is nobody's now;
// zero if that is not remembered.
func (e *Engine) erasedUnder(ctx context.Context, a tactful.Alias, now time.Time) (time.Time, error) {
	erased, suppressed, err := e.forgotten.SuppressedSince(ctx, a, now)
	if err != nil || !suppressed {
		return time.Time{}, err
	}
	return erased, nil
}

// errErasedSince is of a yes from before the erasure.
func errErasedSince() error {
	return &tactful.Error{Kind: tactful.Refused, Field: "answers", Detail: "they were given before the person was erased, and do not count any more",
		Remedy: "ask the person again; a yes from after the erasure counts"}
}
