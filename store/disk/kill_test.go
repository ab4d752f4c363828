package disk

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/tactful/tactful/store"
)

const (
	killedDir   = "DISK_KILLED_DIR"
	killedRound = "DISK_KILLED_ROUND"
	killRounds  = 14
	killWorkers = 4
)

func killedPartition(round, worker, n int) store.Partition {
	p := store.Partition{Section: store.Subjects}
	p.ID = [16]byte{byte(n * 41), byte(round), byte(worker), byte(n >> 16), byte(n >> 8), byte(n)}
	return p
}

// TestKilledChild writes until it is killed. It acknowledges on standard
// output, one line for each batch that was durable before the line was written.
func TestKilledChild(t *testing.T) {
	dir := os.Getenv(killedDir)
	if dir == "" {
		t.Skip("runs only as a child of TestKillLosesNothingAcknowledged")
	}
	round, err := strconv.Atoi(os.Getenv(killedRound))
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, dir, Options{tableBytes: 64 << 10, memTableBytes: 256 << 10})
	for worker := range killWorkers {
		go func() {
			for n := 0; ; n++ {
				if err := killedStep(t.Context(), d, round, worker, n); err != nil {
					fmt.Println("failed", err)
					return
				}
			}
		}()
	}
	select {} // until the kill
}

func killedStep(ctx context.Context, d *Disk, round, worker, n int) error {
	p := killedPartition(round, worker, n)
	value := fmt.Append(nil, round, " ", worker, " ", n)
	batches := []store.Batch{
		{Partition: p, State: []store.Row{{Key: []byte("a"), Value: value}}, Log: []store.Row{{Key: []byte("a"), Value: value}, {Key: []byte("b"), Value: make([]byte, 500)}}},
		{Partition: p, Expect: 1, State: []store.Row{{Key: []byte("b"), Value: value}}},
		{Partition: p, Expect: store.Blind, Log: []store.Row{{Key: []byte("c"), Value: value}, {Key: []byte("d"), Value: value}}},
	}
	results, err := d.Write(ctx, batches)
	if err != nil {
		return err
	}
	for _, r := range results {
		if r.Err != nil {
			return r.Err
		}
	}
	if _, err := fmt.Println("wrote", worker, n); err != nil {
		return err
	}
	if n%10 != 9 {
		return nil
	}
	victim := killedPartition(round, worker, n-5)
	if _, err := fmt.Println("dropping", worker, n-5); err != nil {
		return err
	}
	if err := d.Drop(ctx, victim); err != nil {
		return err
	}
	if n%100 == 99 {
		if err := d.Purge(ctx, []store.Partition{victim}); err != nil {
			return err
		}
	}
	_, err = fmt.Println("dropped", worker, n-5)
	return err
}

// told is what the child acknowledged about one partition.
type told struct{ wrote, dropping, dropped bool }

func TestKillLosesNothingAcknowledged(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	numbers := rand.New(rand.NewPCG(20260301, 1))
	all := make(map[store.Partition]*told)
	var wrote, dropped, unsaid int
	for round := range killRounds {
		lines := numbers.IntN(450)
		if round == 0 {
			lines = 0 // at once, in the middle of making the store
		}
		got := killChild(t, exe, dir, round, lines, all)
		w, dr, op := countKilled(t, dir, all)
		wrote, dropped, unsaid = w, dr, op
		t.Logf("round %d: killed after %d lines, %d came", round, lines, got)
	}
	t.Logf("%d kills: %d acknowledged batches there and whole, %d acknowledged drops gone, %d without an acknowledgement whole or absent",
		killRounds, wrote, dropped, unsaid)
	if wrote < 1000 || dropped < 50 {
		t.Errorf("too little was acknowledged to prove anything")
	}
}

// killChild runs a child, kills it after so many lines and notes what it said.
func killChild(t *testing.T, exe, dir string, round, lines int, all map[store.Partition]*told) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestKilledChild$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), killedDir+"="+dir, killedRound+"="+strconv.Itoa(round))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	got, killed := 0, false
	kill := func() {
		if !killed {
			killed = true
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if lines == 0 {
		kill()
	}
	reader := bufio.NewReader(out)
	for {
		line, err := reader.ReadString('\n')
		if err != nil { // a line that was cut by the kill counts for nothing
			if err != io.EOF {
				t.Log(err)
			}
			break
		}
		got++
		note(t, strings.Fields(line), round, all)
		if got >= lines {
			kill()
		}
	}
	kill()
	if err := cmd.Wait(); err == nil {
		t.Error("the child ended by itself")
	}
	return got
}

func note(t *testing.T, words []string, round int, all map[store.Partition]*told) {
	t.Helper()
	if len(words) != 3 {
		t.Errorf("the child said %q", words)
		return
	}
	worker, err := strconv.Atoi(words[1])
	if err != nil {
		t.Errorf("the child said %q", words)
		return
	}
	n, err := strconv.Atoi(words[2])
	if err != nil {
		t.Errorf("the child said %q", words)
		return
	}
	p := killedPartition(round, worker, n)
	if all[p] == nil {
		all[p] = &told{}
	}
	switch words[0] {
	case "wrote":
		all[p].wrote = true
	case "dropping":
		all[p].dropping = true
	case "dropped":
		all[p].dropped = true
	default:
		t.Errorf("the child said %q", words)
	}
}

// countKilled opens the store and compares every partition with what was told.
func countKilled(t *testing.T, dir string, all map[store.Partition]*told) (wrote, dropped, unsaid int) {
	t.Helper()
	d := open(t, dir, Options{tableBytes: 64 << 10, memTableBytes: 256 << 10})
	state := make(map[store.Partition][]store.Row)
	log := make(map[store.Partition][]store.Row)
	for family, found := range map[store.Family]map[store.Partition][]store.Row{store.State: state, store.Log: log} {
		_, err := d.Scan(t.Context(), store.Range{Section: store.Subjects, Family: family}, store.Cursor{},
			func(p store.Partition, rows []store.Row) error {
				found[p] = rows
				return nil
			})
		if err != nil {
			t.Fatal(err)
		}
	}
	for p, what := range all {
		switch there := len(state[p]) + len(log[p]); {
		case what.dropped:
			dropped++
			if there > 0 {
				t.Errorf("an acknowledged drop is undone: %d rows", there)
			}
		case what.dropping:
			unsaid++
			if there != 0 && there != 6 {
				t.Errorf("a drop under way left %d rows", there)
			}
		case what.wrote:
			wrote++
			if there != 6 {
				t.Errorf("an acknowledged call of 6 rows has %d", there)
			}
		}
	}
	// Each batch of a call is whole by itself: State rows a (with log a, b), b, and log c, d.
	for p := range log {
		if all[p] == nil {
			unsaid++
		}
		keys := ""
		for _, r := range append(state[p], log[p]...) {
			keys += string(r.Key)
		}
		switch keys {
		case "aab", "abab", "ababcd":
		default:
			t.Errorf("a batch is half there: rows %q", keys)
		}
	}
	for p := range state {
		if log[p] == nil {
			t.Error("a batch is half there: State without Log")
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return wrote, dropped, unsaid
}
