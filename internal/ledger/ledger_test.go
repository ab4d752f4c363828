package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// book is a ledger over real stores in memory.
type book struct {
	*Ledger
	t testing.TB
}

func newBook(t testing.TB) *book {
	t.Helper()
	open := func(name string) store.Store {
		d, err := disk.Open(name, disk.Options{FS: vfs.NewMem(), CacheBytes: 4 << 20})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		return d
	}
	return bookOver(t, open("data"), open("keys"))
}

func bookOver(t testing.TB, data, beside store.Store) *book {
	return &book{Ledger: New(data, beside, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))), t: t}
}

func leafNo(n int) Leaf { return sha256.Sum256([]byte(fmt.Sprint("leaf ", n))) }

func leavesTo(from, to int) []Leaf {
	var all []Leaf
	for n := from; n < to; n++ {
		all = append(all, leafNo(n))
	}
	return all
}

func (b *book) add(from, to int) Head {
	b.t.Helper()
	head, err := b.Append(context.Background(), leavesTo(from, to), noon)
	if err != nil {
		b.t.Fatal(err)
	}
	return head
}

func (b *book) verify(kept string) Report {
	b.t.Helper()
	r, err := b.Verify(context.Background(), kept, func(int, int) {})
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// rootOf is RFC 6962's own definition, written out a second time.
func rootOf(leaves []Leaf) Hash {
	switch n := len(leaves); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, leaves[0][:]...))
	default:
		k := 1
		for k*2 < n {
			k *= 2
		}
		left, right := rootOf(leaves[:k]), rootOf(leaves[k:])
		return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
	}
}

func TestEachLeafGetsOneIndexInOrderAndTheRootIsThatOfRFC6962(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := bookOver(t, newMemory(), newMemory())
		var order []Leaf
		seen := map[Leaf]bool{}
		for range rapid.IntRange(1, 6).Draw(rt, "batches") {
			var batch []Leaf
			for range rapid.IntRange(0, 20).Draw(rt, "leaves") {
				batch = append(batch, leafNo(rapid.IntRange(0, 60).Draw(rt, "leaf"))) // also again, also twice in one batch
			}
			head, err := b.Append(context.Background(), batch, noon)
			if err != nil {
				rt.Fatal(err)
			}
			for _, leaf := range batch {
				if !seen[leaf] {
					seen[leaf], order = true, append(order, leaf)
				}
			}
			if head.Size != uint64(len(order)) || head.Root != rootOf(order) {
				rt.Fatalf("after %d leaves: size %d, root %x", len(order), head.Size, head.Root)
			}
		}
		places, err := b.Find(context.Background(), order)
		if err != nil {
			rt.Fatal(err)
		}
		for i, place := range places {
			if place != int64(i) {
				rt.Fatalf("leaf %d stands at %d", i, place)
			}
		}
		if r := b.verify(""); len(r.Faults) > 0 {
			rt.Fatal(r.Faults)
		}
	})
}

// flaky fails writes, some of them only after they were done.
type flaky struct {
	store.Store
	fail func(n int) (before, after bool)
	n    int
}

var errCut = errors.New("power cut")

func (f *flaky) Write(ctx context.Context, batches []store.Batch) ([]store.Result, error) {
	before, after := f.fail(f.n)
	f.n++
	if before {
		return nil, errCut
	}
	results, err := f.Store.Write(ctx, batches)
	if after {
		return nil, errCut
	}
	return results, err
}

func TestCutShortAtAnyWriteNoLeafIsLostAndNoneStandsTwice(t *testing.T) {
	cuts := 0
	for _, beside := range []bool{false, true} {
		for nth := range 3 {
			for _, done := range []bool{false, true} {
				b := newBook(t)
				b.add(0, 5)
				broken := func(n int) (bool, bool) { return n == nth && !done, n == nth && done }
				cut := New(&flaky{Store: b.data, fail: func(n int) (bool, bool) { return false, false }}, b.beside, b.signer.key)
				if beside {
					cut.beside = &flaky{Store: b.beside, fail: broken}
				} else {
					cut.data = &flaky{Store: b.data, fail: broken}
				}
				for from := 5; from < 14; from += 3 {
					if _, err := cut.Append(context.Background(), leavesTo(from, from+3), noon); err != nil {
						if !errors.Is(err, errCut) {
							t.Fatal(err)
						}
						cuts++
					}
				}
				if head := b.add(0, 14); head.Size != 14 { // all of it again, as after a start
					t.Fatalf("%d leaves", head.Size)
				}
				if r := b.verify(""); len(r.Faults) > 0 {
					t.Fatalf("cut at %d, done %v, beside %v: %v", nth, done, beside, r.Faults)
				}
			}
		}
	}
	if cuts < 12 {
		t.Fatalf("only %d cuts", cuts)
	}
}

func TestManyAppendAtOnceAndEachLeafStandsOnce(t *testing.T) {
	b := newBook(t)
	var wait sync.WaitGroup
	for w := range 6 {
		wait.Go(func() {
			for n := 0; n < 60; n += 10 {
				from := (n + 10*w) % 60 // everybody brings the same leaves, in another order
				if _, err := b.Append(context.Background(), leavesTo(from, from+10), noon); tactful.KindOf(err) != tactful.Conflict && err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if head := b.add(0, 60); head.Size != 60 {
		t.Fatalf("%d leaves of 60", head.Size)
	}
	if r := b.verify(""); len(r.Faults) > 0 {
		t.Fatal(r.Faults)
	}
}

// row is one stored row, with its place.
type row struct {
	store     store.Store
	partition store.Partition
	family    store.Family
	key       []byte
	value     []byte
}

// all reads every row of the ledger, beside the keys too.
func (b *book) all() []row {
	b.t.Helper()
	var rows []row
	for _, at := range []struct {
		s store.Store
		p store.Partition
	}{{b.data, treePartition}, {b.beside, witnessPartition}} {
		for _, family := range []store.Family{store.State, store.Log} {
			answers, err := at.s.Read(context.Background(), []store.Query{{Partition: at.p, Family: family, Now: noon}})
			if err != nil {
				b.t.Fatal(err)
			}
			for _, r := range answers[0].Rows {
				rows = append(rows, row{at.s, at.p, family, r.Key, r.Value})
			}
		}
	}
	return rows
}

// set replaces a row, as somebody would who can write to the store but has no
// key; a nil key takes it out.
func (b *book) set(old row, key, value []byte) {
	b.t.Helper()
	version := func() store.Version {
		answers, err := old.store.Read(context.Background(), []store.Query{{Partition: old.partition, Family: store.State, Limit: 1, Now: noon}})
		if err != nil {
			b.t.Fatal(err)
		}
		return answers[0].Version
	}
	write := func(batch store.Batch) {
		batch.Partition, batch.Expect = old.partition, version()
		results, err := old.store.Write(context.Background(), []store.Batch{batch})
		if err != nil || results[0].Err != nil {
			b.t.Fatal(err, results)
		}
	}
	if old.key != nil {
		write(store.Batch{Delete: []store.FamilyKey{{Family: old.family, Key: old.key}}})
	}
	if key == nil {
		return
	}
	fresh := []store.Row{{Family: old.family, Key: key, Value: value}}
	if old.family == store.State {
		write(store.Batch{State: fresh})
	} else {
		write(store.Batch{Log: fresh})
	}
}

// faulty reports whether a verification finds anything, or refuses to read at all.
func (b *book) faulty() bool {
	r, err := b.Verify(context.Background(), "", func(int, int) {})
	return err != nil || len(r.Faults) > 0
}

func TestOneFlippedBitAnywhereInTheLedgerIsFound(t *testing.T) {
	data, beside := newMemory(), newMemory()
	b := bookOver(t, data, beside)
	for from := 0; from < 11; from += 4 {
		b.add(from, min(from+4, 11))
	}
	if b.faulty() {
		t.Fatalf("an untouched ledger is faulty: %v", b.verify("").Faults)
	}
	kinds, rows, flips := map[string]int{}, 0, 0
	for _, m := range []*memory{data, beside} {
		for _, at := range m.places() {
			rows++
			kept := m.of(at.partition).rows[at.family]
			value := kept[at.key]
			delete(kept, at.key)
			if !b.faulty() {
				t.Errorf("a row of kind %q was taken out unseen", at.key[0])
			}
			for i := range len(at.key) + len(value) {
				key, changed := []byte(at.key), bytes.Clone(value)
				if i < len(key) {
					key[i] ^= 1 << (i % 8)
				} else {
					changed[i-len(key)] ^= 1 << (i % 8)
				}
				if _, taken := kept[string(key)]; taken {
					continue // it would land on another row: as if taken out, above
				}
				kept[string(key)] = changed
				if !b.faulty() {
					t.Errorf("byte %d of %d+%d in a row of kind %q (family %d) was flipped unseen", i, len(key), len(value), at.key[0], at.family)
				}
				delete(kept, string(key))
				flips++
			}
			kept[at.key] = value
			kinds[fmt.Sprintf("%q/%d/%q", at.partition.ID[0], at.family, at.key[0])]++
		}
	}
	if b.faulty() {
		t.Fatalf("it is not as it was: %v", b.verify("").Faults)
	}
	t.Logf("%d flips in %d rows of %d kinds, each found; each row taken out, each found", flips, rows, len(kinds))
	if len(kinds) != 5 { // edge, nodes, indexes, heads; the witness
		t.Errorf("kinds of rows: %v", kinds)
	}
	data.of(treePartition).rows[store.Log]["z"] = []byte("from nowhere")
	if !b.faulty() {
		t.Error("a row that nobody put there was not seen")
	}
}

func TestACutOrRewrittenLedgerIsFoundByTheHeadBesideTheKeysAndByOneThatWasKept(t *testing.T) {
	for name, later := range map[string]func(b *book){
		"cut":                   func(*book) {},
		"cut and gone on":       func(b *book) { b.add(100, 103) },
		"cut and longer by now": func(b *book) { b.add(100, 120) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBook(t)
			b.add(0, 6)
			old := b.all()
			b.add(6, 9)
			_, kept, err := b.Head(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range b.all() { // the data store as it was before; the keys are not restored with it
				if r.store == b.data {
					b.set(r, nil, nil)
				}
			}
			for _, r := range old {
				if r.store == b.data {
					fresh := r
					fresh.key = nil
					b.set(fresh, r.key, r.value)
				}
			}
			later(b)
			missing, err := b.Missing(context.Background())
			if err != nil || missing == "" {
				t.Fatalf("a start sees nothing: %q, %v", missing, err)
			}
			r := b.verify("")
			if len(r.Faults) != 1 {
				t.Fatalf("without a kept head: %v", r.Faults)
			}
			if _, err := b.Accept(context.Background(), "restored from Tuesday", noon); err != nil {
				t.Fatal(err)
			}
			if r = b.verify(""); len(r.Faults) > 0 || len(r.Losses) != 1 || r.Losses[0].Size != 9 || r.Losses[0].Reason != "restored from Tuesday" {
				t.Fatalf("after somebody said why: %v %+v", r.Faults, r.Losses)
			}
			if r = b.verify(kept); len(r.Faults) != 1 || !strings.Contains(r.Faults[0], "you kept") {
				t.Fatalf("whoever kept a head must still see it: %v", r.Faults)
			}
			b.add(200, 202)
			if missing, err := b.Missing(context.Background()); err != nil || missing != "" {
				t.Fatalf("%q %v", missing, err)
			}
		})
	}
}

func TestALedgerThatIsGoneIsMissed(t *testing.T) {
	b := newBook(t)
	b.add(0, 6)
	for _, r := range b.all() {
		if r.store == b.data {
			b.set(r, nil, nil)
		}
	}
	if missing, err := b.Missing(context.Background()); err != nil || !strings.Contains(missing, "gone") {
		t.Fatalf("%q %v", missing, err)
	}
	if !b.faulty() {
		t.Error("verify finds nothing")
	}
}

func TestAProofNeedsNothingButThePublicKeyAndHoldsForOneRecordOnly(t *testing.T) {
	b := newBook(t)
	record := []byte("granted: recommendations")
	nonce := [NonceBytes]byte{1, 2, 3}
	b.add(0, 5)
	if _, err := b.Append(context.Background(), []Leaf{LeafOf(nonce, record)}, noon); err != nil {
		t.Fatal(err)
	}
	b.add(5, 13)
	p, err := b.Prove(context.Background(), nonce, record)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ParsePublicKey(b.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	if head, err := p.Check(public); err != nil || head.Size != 14 || p.Index != 5 {
		t.Fatalf("%+v, %v", head, err)
	}
	for name, change := range map[string]func(*Proof){
		"another answer":      func(p *Proof) { p.Record = []byte("denied: recommendations") },
		"another nonce":       func(p *Proof) { p.Nonce[31] ^= 1 },
		"another place":       func(p *Proof) { p.Index++ },
		"a place behind":      func(p *Proof) { p.Index = 14 },
		"a shorter way":       func(p *Proof) { p.Path = p.Path[1:] },
		"a longer way":        func(p *Proof) { p.Path = append(p.Path, Hash{}) },
		"a changed way":       func(p *Proof) { p.Path = append([]Hash{{1}}, p.Path[1:]...) },
		"a head of more":      func(p *Proof) { p.Head = strings.Replace(p.Head, "\n14\n", "\n15\n", 1) },
		"a head without sign": func(p *Proof) { p.Head, _, _ = strings.Cut(p.Head, "\n\n") },
	} {
		other := p
		other.Path = append([]Hash(nil), p.Path...)
		change(&other)
		if _, err := other.Check(public); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	stranger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	if _, err := p.Check(stranger); err == nil {
		t.Error("another ledger's key accepts it")
	}
	if _, err := b.Prove(context.Background(), nonce, []byte("never said")); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("a record that is not there: %v", err)
	}
}

func TestAHeadIsRefusedWhenAnyByteOfItsTextChanges(t *testing.T) {
	b := newBook(t)
	b.add(0, 3)
	_, text, err := b.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(text) {
		for bit := range 8 {
			changed := []byte(text)
			changed[i] ^= 1 << bit
			if _, err := OpenHead(string(changed), b.public()); err == nil {
				t.Fatalf("byte %d, bit %d", i, bit)
			}
		}
		if _, err := OpenHead(text[:i], b.public()); err == nil {
			t.Fatalf("cut at %d", i)
		}
	}
	if _, err := OpenHead(text+"\n", b.public()); err == nil {
		t.Error("a line more is accepted")
	}
}

func FuzzOpenHead(f *testing.F) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	s := newSigner(key)
	f.Add(s.sign(&Head{Size: 3, Time: noon, Before: 1}))
	f.Add("tactful-consents-0\n1\nAAAA\ntime x\nbefore 0\n\n\u2014 x y\n")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := OpenHead(text, key.Public().(ed25519.PublicKey))
		if err == nil && s.sign(&h) != text {
			t.Fatal("a second spelling of a head is accepted")
		}
	})
}

func FuzzParsePublicKey(f *testing.F) {
	f.Add(PublicKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)).Public().(ed25519.PublicKey)))
	f.Add("a+b+c")
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := ParsePublicKey(text); err == nil && PublicKey(key) != strings.TrimSpace(text) {
			t.Fatal("a second spelling of a key is accepted")
		}
	})
}

func FuzzDecodeEdge(f *testing.F) {
	f.Add(binary.BigEndian.AppendUint64(nil, 0))
	f.Add(append(binary.BigEndian.AppendUint64(nil, 1), make([]byte, 32)...))
	f.Fuzz(func(t *testing.T, plain []byte) {
		size, hashes, err := decodeEdge(plain)
		if err == nil && !bytes.Equal(plain, append(binary.BigEndian.AppendUint64(nil, size), bytes.Join(hashes, nil)...)) {
			t.Fatal("a second spelling of an edge is accepted")
		}
	})
}
