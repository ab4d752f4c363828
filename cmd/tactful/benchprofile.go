package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/tactful/tactful/internal/evaluate"
	"github.com/tactful/tactful/internal/profile"
)

// profileFlags are shared by the benches: where the processor's time went.
type profileFlags struct {
	Profile     bool   `help:"Print where the processor's time went."`
	ProfileFile string `name:"profile-file" placeholder:"FILE" help:"Keep the processor profile here, for go tool pprof."`
}

// effort is what a measured stretch of work cost.
type effort struct {
	Processor time.Duration   `json:"processor_ns"`
	Where     []profile.Share `json:"where,omitempty"` // the largest first; only with --profile
}

// measure does the work and tells what it cost this process, the load included.
func (f *profileFlags) measure(work func() error) (e effort, err error) {
	var raw bytes.Buffer
	wanted := f.Profile || f.ProfileFile != ""
	if wanted {
		if err := pprof.StartCPUProfile(&raw); err != nil {
			return e, err
		}
	}
	before := evaluate.ProcessorTime()
	err = work()
	e.Processor = evaluate.ProcessorTime() - before
	if !wanted {
		return e, err
	}
	pprof.StopCPUProfile()
	if err != nil {
		return e, err
	}
	if f.ProfileFile != "" {
		if err := os.WriteFile(f.ProfileFile, raw.Bytes(), 0o600); err != nil {
			return e, err
		}
	}
	if f.Profile {
		samples, err := profile.Read(&raw)
		if err != nil {
			return e, err
		}
		e.Where = profile.Shares(samples, areas)
	}
	return e, nil
}

// show prints what one of so many things cost, and where.
func (e effort) show(a *app, many int, thing string) error {
	if e.Processor == 0 || many == 0 {
		return nil
	}
	each := func(d time.Duration) string {
		return fmt.Sprintf("%.1f µs", float64(d)/float64(time.Microsecond)/float64(many))
	}
	fmt.Fprintf(a.out, "processor time: %s for each %s\n", each(e.Processor), thing)
	rows := [][]string{}
	for _, share := range e.Where {
		took := time.Duration(share.Part * float64(e.Processor))
		rows = append(rows, []string{"  " + share.Area, fmt.Sprintf("%.1f %%", 100*share.Part), each(took)})
	}
	return showTable(a.out, rows)
}

// areas say which functions belong together. The innermost function that
// belongs anywhere counts, so that copying memory counts for whoever copies.
var areas = []profile.Area{
	area("the load itself", "main.(*load)", "main.answer", "main.head", "main.discard", "main.post", "main.mixture", "main.(*bench"),
	area("the door: HTTP", "net/http.", "internal/web/door.", "internal/web/metrics."),
	area("the door: request and answer", "internal/web/api", "github.com/getkin/kin-openapi", "github.com/oapi-codegen", "encoding/json."),
	area("the door: keys", "internal/access."),
	area("reading the store", "store/disk.(*Disk).Read", "store/disk.(*reader)", "store/disk.readVersion"),
	area("writing the store", "store/disk.(*Disk).Write", "store/disk.(*writer)", "github.com/cockroachdb/pebble/v2/record.", "github.com/cockroachdb/pebble/v2.(*commitPipeline)"),
	area("flushes and compactions", "github.com/cockroachdb/pebble/v2.(*DB).compact", "github.com/cockroachdb/pebble/v2.(*DB).flush", "github.com/cockroachdb/pebble/v2.(*compaction", "github.com/cockroachdb/pebble/v2/internal/compact"),
	area("sealing and opening rows", "internal/vault."),
	area("rows to values and back", "internal/records."),
	area("consent", "internal/consent."),
	area("evidence", "internal/evidence."),
	area("scoring", "internal/model."),
	area("ranking", "internal/recommend."),
	area("guards", "internal/guard."),
	area("reasons", "internal/explain."),
	area("ingest", "internal/ingest."),
	area("learning", "internal/learn.", "internal/linear."),
	area("the catalogue", "internal/catalog."),
	area("the ledger", "internal/ledger."),
	area("the rest of the path", "engine."),
	area("collecting garbage", "runtime.gcBgMarkWorker", "runtime.gcDrain", "runtime.gcAssist", "runtime.bgsweep", "runtime.bgscavenge"),
	area("scheduling", "runtime.schedule", "runtime.mcall", "runtime.mstart", "runtime.goexit0", "runtime.park_m", "runtime.findRunnable", "runtime.sysmon"),
}

// area names rooms of this house by their path in it.
func area(name string, begins ...string) profile.Area {
	const module = "github.com/tactful/tactful/"
	for i, begin := range begins {
		for _, room := range [...]string{"internal/", "store/", "engine."} {
			if strings.HasPrefix(begin, room) {
				begins[i] = module + begin
			}
		}
	}
	return profile.Area{Name: name, Begins: begins}
}
