package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/records"
)

// Erase forgets a subject: frozen first, so that no decision reads any more;
// then unlearned, so that the model equals one that never saw them; then
// dropped with their key, purged from the files, and verified to be gone.
func (e *Engine) Erase(ctx context.Context, a tactful.Alias) error {
	if err := e.enter(); err != nil {
		return err
	}
	defer e.leave()
	now := e.clock.Now()
	ref, err := e.find(ctx, a, now)
	if err != nil {
		return err
	}
	if ref.IsZero() {
		return tactful.Errorf(tactful.NotFound, "nobody is known by that name")
	}
	if err := e.freeze(ctx, ref, now); err != nil {
		return err
	}
	e.school.lesson.Lock()
	defer e.school.lesson.Unlock()
	if err := e.unlearn(ctx, ref, now); err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	partitions, err := e.records.Drop(ctx, ref)
	if err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	if err := e.records.Purge(ctx, partitions); err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	return e.verifyGone(ctx, a, ref, now)
}

// freeze restricts all processing of a subject.
func (e *Engine) freeze(ctx context.Context, ref tactful.Ref, now time.Time) error {
	for range writeTries {
		standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
		if err != nil {
			return fmt.Errorf("freeze: %w", err)
		}
		if standings[0] == nil || standings[0].Frozen {
			return nil
		}
		frozen := *standings[0]
		frozen.Frozen = true
		_, err = e.records.WriteStanding(ctx, ref, frozen.Version, frozen, nil, now)
		if tactful.KindOf(err) == tactful.Conflict {
			continue
		}
		if err != nil {
			return fmt.Errorf("freeze: %w", err)
		}
		return nil
	}
	return tactful.Errorf(tactful.Conflict, "the subject is changing too fast; try again")
}

// unlearn takes a frozen subject's stored contribution out of the sums and
// publishes the model without it. The lesson is held.
func (e *Engine) unlearn(ctx context.Context, ref tactful.Ref, now time.Time) error {
	subject, err := e.records.Open(ctx, ref, records.Want{Contribution: true}, now)
	if tactful.KindOf(err) == tactful.NotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("unlearn: %w", err)
	}
	if subject.Contribution.Empty() && e.ground.Load().model == nil {
		return nil
	}
	if e.school.learner == nil || e.school.learner.Parameters().ID != e.parameters(now).ID {
		if err := e.rebuild(ctx, e.parameters(now), now); err != nil {
			return fmt.Errorf("unlearn: %w", err)
		}
	}
	if err := e.studyAll(ctx, []tactful.Ref{ref}, now); err != nil { // frozen: nothing may be learned, so it becomes empty
		return fmt.Errorf("unlearn: %w", err)
	}
	if subject.Contribution.Empty() {
		return nil
	}
	result, err := e.school.learner.Refit(ctx, linear.Day(now), nil)
	if err != nil {
		return fmt.Errorf("unlearn: %w", err)
	}
	if err := e.publish(ctx, result); err != nil {
		return fmt.Errorf("unlearn: %w", err)
	}
	return nil
}

// verifyGone looks for what should not be there any more.
func (e *Engine) verifyGone(ctx context.Context, a tactful.Alias, ref tactful.Ref, now time.Time) error {
	left, err := e.find(ctx, a, now)
	if err != nil {
		return fmt.Errorf("verify the erasure: %w", err)
	}
	standings, err := e.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
	if err != nil {
		return fmt.Errorf("verify the erasure: %w", err)
	}
	if left == ref || standings[0] != nil {
		return tactful.Errorf(tactful.Internal, "the erasure left something behind; repeat it")
	}
	return nil
}
