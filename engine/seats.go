package engine

import (
	"context"
	"runtime"

	"github.com/tactful/tactful"
)

// seatsEach is how many decisions are made at once for each processor: more than
// one, as some wait for the disk to read, and few, so that who came first is done
// first and their working memory stays near the processor. Waiting for the receipt
// to be durable needs no seat.
const seatsEach = 4

// seats bounds the decisions that are being made; who waits is served in turn.
type seats chan struct{}

func newSeats() seats { return make(seats, seatsEach*runtime.NumCPU()) }

// sit waits for a seat and its working memory.
func (e *Engine) sit(ctx context.Context) (*bench, error) {
	select {
	case e.seats <- struct{}{}:
	default:
		select {
		case e.seats <- struct{}{}:
		case <-ctx.Done():
			return nil, &tactful.Error{Kind: tactful.Unavailable, Detail: "too many decisions are being made", Remedy: "try again in a moment", Err: ctx.Err()}
		}
	}
	return e.benches.Get().(*bench), nil
}

// rise gives both back; nothing of the memory may be looked at afterwards.
func (e *Engine) rise(work *bench) {
	work.forget()
	e.benches.Put(work)
	<-e.seats
}
