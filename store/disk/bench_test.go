//go:build unix

package disk

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tactful/tactful/store"
)

// benchPartition spreads over the key space like the random ids of subjects.
func benchPartition(n int) store.Partition {
	p := store.Partition{Section: store.Subjects}
	binary.BigEndian.PutUint64(p.ID[:], uint64(n)*0x9E3779B97F4A7C15)
	binary.BigEndian.PutUint64(p.ID[8:], uint64(n))
	return p
}

// benchStore has 50,000 subjects with 300 bytes of State and 20 events each.
func benchStore(b *testing.B) *Disk {
	const n, atOnce = 50_000, 1000
	d := open(b, b.TempDir(), Options{CacheBytes: 256 << 20})
	for i := 0; i < n; i += atOnce {
		batches := make([]store.Batch, atOnce)
		for j := range batches {
			batches[j] = store.Batch{Partition: benchPartition(i + j), State: []store.Row{{Key: []byte("s"), Value: make([]byte, 300)}}}
			for k := range 20 {
				batches[j].Log = append(batches[j].Log, store.Row{Key: fmt.Appendf(nil, "e%014d", k), Value: make([]byte, 100)})
			}
		}
		mustWrite(b, d, batches...)
	}
	if err := d.db.Compact(b.Context(), []byte{1}, []byte{2}, true); err != nil { // or it would go on under the measurement
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := d.Close(); err != nil {
			b.Error(err)
		}
	})
	return d
}

func BenchmarkReadState(b *testing.B) {
	d := benchStore(b)
	numbers := rand.New(rand.NewPCG(1, 1))
	for _, size := range []int{1, 1000} {
		b.Run(fmt.Sprintf("%d-at-once", size), func(b *testing.B) {
			queries := make([]store.Query, size)
			b.ReportAllocs()
			for b.Loop() {
				for i := range queries {
					queries[i] = store.Query{Partition: benchPartition(numbers.IntN(5000)), Family: store.State}
				}
				if _, err := d.Read(b.Context(), queries); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/read")
		})
	}
	b.Run("20-events", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			q := store.Query{Partition: benchPartition(numbers.IntN(5000)), Family: store.Log, Reverse: true, Limit: 20}
			if _, err := d.Read(b.Context(), []store.Query{q}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func blind(n, rows int) []store.Batch {
	batches := make([]store.Batch, rows)
	for i := range batches {
		batches[i] = store.Batch{Partition: benchPartition(i), Expect: store.Blind,
			Log: []store.Row{{Key: fmt.Appendf(nil, "d%015d", n), Value: make([]byte, 150)}}}
	}
	return batches
}

func BenchmarkWriteBlind500(b *testing.B) {
	d := open(b, b.TempDir(), Options{})
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		mustWrite(b, d, blind(n, 500)...)
	}
	b.ReportMetric(float64(b.N*500)/b.Elapsed().Seconds(), "events/s")
	if err := d.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkWriteConcurrent(b *testing.B) {
	d := open(b, b.TempDir(), Options{})
	var n atomic.Int64
	b.SetParallelism(32) // 64 writers on two cores
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			batch := batchOf(0)
			batch.Partition = benchPartition(int(n.Add(1)))
			mustWrite(b, d, batch)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
	if err := d.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkReadHistory reads what a decision reads of a person: first one row of
// State, then another and 60 events, while newer rows lie in other tables.
func BenchmarkReadHistory(b *testing.B) {
	d := benchStore(b)
	for n := range 5000 {
		batch := store.Batch{Partition: benchPartition(n), Expect: store.Blind}
		for k := range 40 {
			batch.Log = append(batch.Log, store.Row{Key: fmt.Appendf(nil, "e%014d", 100+k), Value: make([]byte, 100)})
		}
		for k := range 10 {
			batch.Log = append(batch.Log, store.Row{Key: fmt.Appendf(nil, "r%014d", k), Value: make([]byte, 400)})
		}
		mustWrite(b, d, batch)
	}
	numbers := rand.New(rand.NewPCG(1, 1))
	b.ReportAllocs()
	begun := processor()
	for b.Loop() {
		p := benchPartition(numbers.IntN(5000))
		first := store.Query{Partition: p, Family: store.State, From: []byte("s"), To: []byte("s\x00")}
		rest := []store.Query{
			{Partition: p, Family: store.State, From: []byte("s\x00"), To: []byte("t")},
			{Partition: p, Family: store.Log, From: []byte("e"), To: []byte("f"), Reverse: true, Limit: 5016},
		}
		if _, err := d.Read(b.Context(), []store.Query{first}); err != nil {
			b.Fatal(err)
		}
		answers, err := d.Read(b.Context(), rest)
		if err != nil || len(answers[1].Rows) != 60 {
			b.Fatalf("%d rows, %v", len(answers[1].Rows), err)
		}
	}
	b.ReportMetric(float64(processor()-begun)/float64(time.Microsecond)/float64(b.N), "cpu-µs/op")
}

// processor is the time that all threads of this process have used: other work
// on the machine changes it less than the time on the wall.
func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
