package engine

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/tactful/tactful"
)

var updateFormat = flag.Bool("update-format", false, "write testdata/format-1.tar.gz anew; only when a format is released")

// formatOne is a data_dir and a key_dir as format 1 was written. Its keys open
// nothing else.
const formatOne = "testdata/format-1.tar.gz"

// TestAStoreOfFormatOneStillOpens opens what an earlier tactful wrote: who
// changes a row's bytes reads the old ones too, or raises the number.
func TestAStoreOfFormatOneStillOpens(t *testing.T) {
	if *updateFormat {
		writeFormatOne(t)
	}
	w := &world{t: t, clock: &clock{now: noon}, dir: t.TempDir()}
	w.cfg.Learn.Support = 1
	w.cfg.Defaults()
	unpack(t, formatOne, w.dir)
	w.open()
	t.Cleanup(w.shut)
	v := w.intact()
	if v.People != 41 || v.Items != 24 || v.Model == "" || v.Records != 82 || v.Erased != 1 || v.Rows["people"] < 100 {
		t.Errorf("%+v", v)
	}
	if got := len(w.kept(user("anna"))); got != 8 {
		t.Errorf("anna has %d events", got)
	}
	if d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou}); d.Level < tactful.Personal || len(d.Suggestions) == 0 {
		t.Errorf("level %s, %d suggestions", d.Level, len(d.Suggestions))
	}
	receipts, err := w.Receipts(context.Background(), user("anna"), 10)
	reported := 0
	for i := range receipts {
		reported += len(receipts[i].Feedback)
	}
	if err != nil || len(receipts) != 4 || reported != 3 {
		t.Errorf("%d receipts with %d reports, %v", len(receipts), reported, err)
	}
	if erasures, err := w.ErasureReceipts(context.Background(), 10); err != nil || len(erasures) != 1 {
		t.Errorf("%d receipts of erasures, %v", len(erasures), err)
	}
	w.mustSend("anna", "purchased", 9) // and it is written on
	w.train()
	w.intact()
}

func writeFormatOne(t *testing.T) {
	t.Helper()
	w := newWorld(t, nil)
	w.stock(24)
	w.crowd(40, 24)
	w.live("ben", 1, 5)
	w.live("anna", 1, 2, 6, 7)
	if _, err := w.Erase(context.Background(), user("ben")); err != nil {
		t.Fatal(err)
	}
	w.train()
	w.shut()
	file, err := os.Create(formatOne)
	if err != nil {
		t.Fatal(err)
	}
	packed := gzip.NewWriter(file)
	out := tar.NewWriter(packed)
	for _, err := range []error{out.AddFS(os.DirFS(w.dir)), out.Close(), packed.Close(), file.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.open()
}

func unpack(t *testing.T, path, dir string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	packed, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	in := tar.NewReader(packed)
	for {
		header, err := in.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.FileInfo().IsDir() || !fs.ValidPath(header.Name) {
			continue
		}
		to := filepath.Join(dir, header.Name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err == nil {
			err = os.WriteFile(to, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
