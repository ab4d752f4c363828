package door

import (
	"net/http"
	"time"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

// Limits bound what one caller can ask of a door. The zero value is filled by
// Defaults with the careful choice.
type Limits struct {
	Body        int64         // bytes of a body, before and after decompression
	EventsBody  int64         // the same for deliveries of events
	ItemsBody   int64         // the same for items
	HeaderBytes int           // bytes of all headers
	Depth       int           // nesting of JSON
	AtOnce      int           // requests of one door at the same time; more wait a moment, then are answered 429
	HeavyAtOnce int           // of these, requests with a large body; and as many that read a great deal
	Connections int           // open at once
	Patience    time.Duration // how long a request beyond AtOnce waits for its place, as many as there are places
	Slow        int           // bodies that are read outside of the places, because they come slowly; half of them for one key
	SlowBytes   int64         // that these may have together; half of them for one key
	Grace       time.Duration // before a body must keep the pace
	Pace        int64         // bytes a second at which a body comes at least, on average since it began
	Handling    time.Duration // time limit of a request
	Training    time.Duration // time limit of a training run
	ReadHeader  time.Duration
	Read        time.Duration
	Write       time.Duration
	Idle        time.Duration
}

// Defaults fills what is not set.
func (l Limits) Defaults() Limits {
	def := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	count := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	lasting := func(v *time.Duration, d time.Duration) {
		if *v <= 0 {
			*v = d
		}
	}
	def(&l.Body, 1*mib)
	def(&l.EventsBody, 500*kib)
	def(&l.ItemsBody, 8*mib)
	count(&l.HeaderBytes, 16*kib)
	count(&l.Depth, 32)
	count(&l.AtOnce, 256)
	count(&l.HeavyAtOnce, 8)
	count(&l.Connections, 2048)
	count(&l.Slow, 1024)
	def(&l.SlowBytes, 256*mib)
	def(&l.Pace, 4*kib)
	lasting(&l.Grace, 5*time.Second)
	lasting(&l.Patience, 100*time.Millisecond)
	lasting(&l.Handling, 10*time.Second)
	lasting(&l.Training, time.Hour)
	lasting(&l.ReadHeader, 5*time.Second)
	lasting(&l.Read, 30*time.Second)
	lasting(&l.Write, 30*time.Second)
	lasting(&l.Idle, 2*time.Minute)
	return l
}

// Server returns a server for a handler with these limits. The caller sets the
// address, serves and shuts it down.
func (l Limits) Server(h http.Handler) *http.Server {
	l = l.Defaults()
	return &http.Server{
		Handler:           h,
		MaxHeaderBytes:    l.HeaderBytes,
		ReadHeaderTimeout: l.ReadHeader,
		ReadTimeout:       l.Read,
		WriteTimeout:      l.Write,
		IdleTimeout:       l.Idle,
	}
}
