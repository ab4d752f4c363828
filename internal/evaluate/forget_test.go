package evaluate

import (
	"context"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

func TestForgettingEndsAtTheModelThatNeverSawThem(t *testing.T) {
	o := DefaultOptions()
	o.Settings.K = 30
	r, err := Forget(context.Background(), tactful.SystemClock{}, Synthetic(500, 400, 8000, 6), o, 20, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Equal || r.People != 20 || r.Touched.P50 == 0 || int(r.Touched.P50) >= r.Columns {
		t.Fatalf("%+v", r)
	}
	var table strings.Builder
	if err := r.WriteTable(&table); err != nil || !strings.Contains(table.String(), "byte for byte") {
		t.Fatalf("%v\n%s", err, table.String())
	}
}

func BenchmarkErase(b *testing.B) {
	o := DefaultOptions()
	train := Synthetic(10_000, 10_000, 250_000, 1)
	r, err := Forget(context.Background(), tactful.SystemClock{}, train, o, max(b.N, 20), 1)
	if err != nil || !r.Equal {
		b.Fatal(err)
	}
	b.ReportMetric(float64(r.Wall.P50)/1e6, "p50-ms")
	b.ReportMetric(float64(r.Wall.P90)/1e6, "p90-ms")
	b.ReportMetric(float64(r.CPU.P90)/float64(r.FullCPU), "p90/full-fit")
}
