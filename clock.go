package tactful

import "time"

// Clock tells the time to everything below the doors, so that a replay of the
// same inputs gives the same bytes. Implementations return UTC.
type Clock interface {
	Now() time.Time
}

// SystemClock is the wall clock in UTC. Only doors and commands create one.
type SystemClock struct{}

// Now returns the present instant in UTC.
func (SystemClock) Now() time.Time { return time.Now().UTC() }

// FixedClock always tells the same instant. Replays and tests use it.
type FixedClock time.Time

// Now returns the fixed instant.
func (c FixedClock) Now() time.Time { return time.Time(c) }
