package storetest

import (
	"bytes"
	"testing"

	"github.com/tactful/tactful/store"
)

func readCases() []testCase {
	return []testCase{
		{"ranges, limits, directions and More", "", ranges},
		{"any bytes are a key and keep their order", "", binaryKeys},
		{"neighbouring partitions, sections and families do not leak into a range", "", neighbours},
		{"no queries give no answers and no batches no results", "", nothing},
	}
}

func ranges(t *testing.T, s *suite) {
	db, p := s.fresh(t), subject(1)
	content := rows("b", "1", "bb", "2", "c", "3", "d", "4", "e", "5")
	put(t, db, store.Batch{Partition: p, State: content, Log: content})
	for _, c := range []struct {
		name  string
		query store.Query
		want  string
		more  bool
	}{
		{"all", store.Query{}, "b=1 bb=2 c=3 d=4 e=5", false},
		{"all, largest first", store.Query{Reverse: true}, "e=5 d=4 c=3 bb=2 b=1", false},
		{"from is inclusive", store.Query{From: []byte("c")}, "c=3 d=4 e=5", false},
		{"to is exclusive", store.Query{To: []byte("c")}, "b=1 bb=2", false},
		{"bounds that are no keys", store.Query{From: []byte("ba"), To: []byte("cc")}, "bb=2 c=3", false},
		{"bounds, largest first", store.Query{From: []byte("bb"), To: []byte("e"), Reverse: true}, "d=4 c=3 bb=2", false},
		{"an empty range", store.Query{From: []byte("c"), To: []byte("c")}, "", false},
		{"an inverted range", store.Query{From: []byte("d"), To: []byte("c")}, "", false},
		{"an inverted range, largest first", store.Query{From: []byte("d"), To: []byte("c"), Reverse: true}, "", false},
		{"before everything", store.Query{To: []byte("a")}, "", false},
		{"behind everything", store.Query{From: []byte("f")}, "", false},
		{"an empty to is before everything", store.Query{To: []byte{}}, "", false},
		{"a limit that cuts", store.Query{Limit: 2}, "b=1 bb=2", true},
		{"a limit that cuts, largest first", store.Query{Limit: 2, Reverse: true}, "e=5 d=4", true},
		{"a limit that just fits", store.Query{Limit: 5}, "b=1 bb=2 c=3 d=4 e=5", false},
		{"a limit that just fits a range", store.Query{Limit: 2, To: []byte("c")}, "b=1 bb=2", false},
		{"a limit that just fits a range, largest first", store.Query{Limit: 2, From: []byte("d"), Reverse: true}, "e=5 d=4", false},
		{"one key", store.Query{From: []byte("b"), To: []byte("b\x00")}, "b=1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, family := range []store.Family{store.State, store.Log} {
				q := c.query
				q.Partition, q.Family = p, family
				a := read(t, db, q)
				if text(a.Rows) != c.want || a.More != c.more || a.Version != 1 {
					t.Errorf("family %d: %q, more %v, version %d; want %q, more %v, version 1",
						family, text(a.Rows), a.More, a.Version, c.want, c.more)
				}
			}
		})
	}
}

func binaryKeys(t *testing.T, s *suite) {
	db, p := s.fresh(t), subject(1)
	keys := [][]byte{
		{0}, {0, 0}, {0, 1}, {0, 0xFF}, {1}, {1, 0}, []byte("a"), {0x7F}, {0x80},
		{0xFE, 0xFF}, {0xFF}, {0xFF, 0}, {0xFF, 0xFF}, bytes.Repeat([]byte{0xFF}, store.MaxKeyBytes),
	}
	batch := store.Batch{Partition: p}
	for i := range keys {
		key := keys[(i*5)%len(keys)] // 5 and 14 have no common factor: every key once, unsorted
		batch.State = append(batch.State, store.Row{Key: key, Value: key})
		batch.Log = append(batch.Log, store.Row{Key: key, Value: key})
	}
	put(t, db, batch)
	for _, family := range []store.Family{store.State, store.Log} {
		a := read(t, db, store.Query{Partition: p, Family: family})
		if len(a.Rows) != len(keys) {
			t.Fatalf("%d rows, want %d", len(a.Rows), len(keys))
		}
		for i, r := range a.Rows {
			if !bytes.Equal(r.Key, keys[i]) || !bytes.Equal(r.Value, keys[i]) {
				t.Errorf("row %d has key %x and value %x, want %x", i, r.Key, r.Value, keys[i])
			}
		}
		a = read(t, db, store.Query{Partition: p, Family: family, From: []byte{0xFF}, Reverse: true})
		if len(a.Rows) != 4 {
			t.Errorf("%d rows from FF on, want 4", len(a.Rows))
		}
	}
}

func neighbours(t *testing.T, s *suite) {
	db := s.fresh(t)
	middle := store.Partition{Section: store.Aliases}
	for i := range middle.ID {
		middle.ID[i] = 0xFF
	}
	before, after := middle, store.Partition{Section: store.Catalogue}
	before.ID[15] = 0xFE
	for _, p := range []store.Partition{before, middle, after, {Section: store.Subjects, ID: middle.ID}} {
		value := string([]byte{'a' + byte(p.Section), p.ID[15]})
		put(t, db, store.Batch{Partition: p, State: rows("\x00", value, "\xFF", value), Log: rows("\x00", "l"+value, "\xFF", "l"+value)})
	}
	value := string([]byte{'a' + byte(store.Aliases), 0xFF})
	for _, reverse := range []bool{false, true} {
		for family, mark := range map[store.Family]string{store.State: "", store.Log: "l"} {
			a := read(t, db, store.Query{Partition: middle, Family: family, Reverse: reverse})
			if len(a.Rows) != 2 || string(a.Rows[0].Value) != mark+value || string(a.Rows[1].Value) != mark+value {
				t.Errorf("family %d, reverse %v: %q", family, reverse, text(a.Rows))
			}
		}
	}
	seen := 0
	_, err := db.Scan(t.Context(), store.Range{Section: store.Aliases, Family: store.Log}, store.Cursor{},
		func(p store.Partition, rows []store.Row) error {
			seen++
			if p.Section != store.Aliases || len(rows) != 2 || rows[0].Value[0] != 'l' {
				t.Errorf("a scan of the section's Log handed out section %d with %q", p.Section, text(rows))
			}
			return nil
		})
	if err != nil || seen != 2 {
		t.Errorf("the scan saw %d partitions, want 2; %v", seen, err)
	}
}

func nothing(t *testing.T, s *suite) {
	db := s.fresh(t)
	if answers, err := db.Read(t.Context(), nil); err != nil || len(answers) != 0 {
		t.Errorf("read of nothing: %d answers, %v", len(answers), err)
	}
	if results, err := db.Write(t.Context(), nil); err != nil || len(results) != 0 {
		t.Errorf("write of nothing: %d results, %v", len(results), err)
	}
	put(t, db, store.Batch{Partition: subject(1), Expect: store.Blind})
	wantRows(t, db, subject(1), store.Log, store.Absent, "")
}
