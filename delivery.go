package tactful

import "time"

// Delivery is a message on its way to the tool that sends it.
type Delivery struct {
	ID        string // "" where nothing was queued
	State     string // waiting, sending, sent, failed or dropped
	Why       string // of what is held, failed or dropped: the guard, or what is wrong
	Channel   string
	Placement string
	Queued    time.Time
	Next      time.Time // when it is looked at again, zero if never
	Until     time.Time // from then on it is not sent any more
	Decision  string    // the receipt, once it was decided
	Campaign  string
	Creative  string
	Tries     int // calls of the tool
}
