//go:build unix

package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tactful/tactful"
)

// The benchmarks tell processor time, which other work on the machine changes
// less than the time on the wall, and set the decisions in relation to the
// cheapest list there is, measured in the same run.

const (
	benchItems   = 3000
	benchCrowd   = 300 // who the model is learned from
	benchPeople  = 64  // who ask
	benchHistory = 50
)

// benchWorld is a shop where each person buys within one of 10 interests,
// mostly, on many days.
func benchWorld(b *testing.B) *world {
	b.Helper()
	w := newWorld(b, nil)
	w.stock(benchItems)
	rng := rand.New(rand.NewPCG(2, 20261122))
	for n := range benchCrowd + benchPeople {
		id := benchName(n)
		w.agree(id, tactful.Personal)
		body := benchBody(rng, benchHistory, "purchased", 360, func() string { return id })
		outcomes, err := w.Ingest(context.Background(), Delivery{Trust: Trusted, Form: Native, Body: body})
		if err != nil {
			b.Fatal(err)
		}
		for _, o := range outcomes {
			if o.Status != OutcomeAccepted {
				b.Fatalf("%+v", o)
			}
		}
	}
	w.train()
	return w
}

func benchName(n int) string { return fmt.Sprintf("person-%d", n) }

// benchBody is a native delivery of n events, each of a person and at some hour
// of the last days, about an item of an interest that the person's name decides.
func benchBody(rng *rand.Rand, n int, action string, days int, who func() string) []byte {
	type event struct {
		MessageID string `json:"messageId"`
		UserID    string `json:"userId"`
		Action    string `json:"action"`
		Item      string `json:"item"`
		Source    string `json:"source"`
		Time      string `json:"time"`
	}
	events := make([]event, n)
	for i := range events {
		id := who()
		interest := 0
		for _, c := range []byte(id) {
			interest = interest*31 + int(c)
		}
		item := rng.IntN(benchItems)
		if rng.IntN(3) > 0 {
			item = (interest%10 + 10*rng.IntN(benchItems/10)) % benchItems
		}
		events[i] = event{
			MessageID: fmt.Sprintf("%x", rng.Uint64()), UserID: id, Action: action, Item: fmt.Sprintf("item-%d", item+1), Source: "web",
			Time: noon.Add(-time.Duration(rng.IntN(days*24)) * time.Hour).Format(time.RFC3339),
		}
	}
	body, err := json.Marshal(map[string]any{"events": events})
	if err != nil {
		panic(err) // of our own structure: cannot be
	}
	return body
}

// processor is the time that all threads of this process have used.
func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkDecide decides for people with 50 purchases each, with all guards
// and durable receipts. "x-popular" is its cost over that of a popular list at
// level generic, which reads nobody and scores nothing, but keeps its receipt.
func BenchmarkDecide(b *testing.B) {
	w := benchWorld(b)
	var turn atomic.Int64
	run := func(b *testing.B, clients int, ask func(n int) tactful.Request) float64 {
		b.ReportAllocs()
		b.SetParallelism(clients)
		var mu sync.Mutex
		var walls []time.Duration
		begun := processor()
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			var own []time.Duration
			for pb.Next() {
				r := ask(int(turn.Add(1)))
				began := time.Now()
				if _, err := w.Decide(context.Background(), &r); err != nil {
					b.Error(err)
					return
				}
				own = append(own, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			walls = append(walls, own...)
		})
		b.StopTimer()
		slices.Sort(walls)
		b.ReportMetric(float64(walls[len(walls)/2])/float64(time.Microsecond), "p50-µs")
		b.ReportMetric(float64(walls[len(walls)*99/100])/float64(time.Microsecond), "p99-µs")
		each := float64(processor()-begun) / float64(time.Microsecond) / float64(b.N)
		b.ReportMetric(each, "cpu-µs/op")
		return each
	}
	popular := 0.0
	b.Run("popular", func(b *testing.B) {
		popular = run(b, 8, func(int) tactful.Request {
			return tactful.Request{Placement: tactful.Popular, Count: 10}
		})
	})
	for _, clients := range []int{1, 8} { // for each processor
		b.Run(fmt.Sprintf("clients-%d", clients), func(b *testing.B) {
			each := run(b, clients, func(n int) tactful.Request {
				return tactful.Request{Subject: user(benchName(benchCrowd + n%benchPeople)), Placement: tactful.ForYou, Count: 10}
			})
			if popular > 0 {
				b.ReportMetric(each/popular, "x-popular")
			}
		})
	}
}

// BenchmarkIngest takes durable events in batches of 500 and one by one, of
// many people each.
func BenchmarkIngest(b *testing.B) {
	w := benchWorld(b)
	rng := rand.New(rand.NewPCG(3, 20261122))
	for _, size := range []int{500, 1} {
		b.Run(fmt.Sprintf("batch-%d", size), func(b *testing.B) {
			bodies := make([][]byte, b.N)
			for i := range bodies {
				bodies[i] = benchBody(rng, size, "viewed", 30, func() string { return benchName(rng.IntN(benchCrowd)) })
			}
			var turn atomic.Int64
			b.ReportAllocs()
			b.SetParallelism(4)
			begun := processor()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					outcomes, err := w.Ingest(context.Background(), Delivery{Trust: Trusted, Form: Native, Body: bodies[turn.Add(1)-1]})
					if err != nil || outcomes[size-1].Status != OutcomeAccepted {
						b.Errorf("not taken: %v", err)
						return
					}
				}
			})
			b.StopTimer()
			b.ReportMetric(float64(processor()-begun)/float64(time.Microsecond)/float64(b.N*size), "cpu-µs/event")
		})
	}
}
