package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRowsArePlayedWithAChosenSeedAndDrawn plays the row that costs least, and
// draws what it printed.
func TestRowsArePlayedWithAChosenSeedAndDrawn(t *testing.T) {
	var out, errOut strings.Builder
	if code := run(t.Context(), []string{"replay", "--rows", "cases", "--json"}, &out, &errOut); code != 0 {
		t.Fatalf("code %d: %s", code, errOut.String())
	}
	said, rest, _ := strings.Cut(strings.TrimPrefix(errOut.String(), "seed "), "\n")
	if !strings.Contains(out.String(), `"seeds":[`+said+`]`) || said == "0" || said == "" || strings.Contains(rest, "seed") {
		t.Errorf("the seed that was told is %q, the row is %s", said, out.String())
	}
	dir := t.TempDir()
	from, svg, table := filepath.Join(dir, "rows.jsonl"), filepath.Join(dir, "rows.svg"), filepath.Join(dir, "rows.md")
	if err := os.WriteFile(from, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	errOut.Reset()
	if code := run(t.Context(), []string{"replay", "--from", from, "--svg", svg, "--table", table}, &out, &errOut); code != 0 {
		t.Fatalf("code %d: %s", code, errOut.String())
	}
	for path, want := range map[string]string{svg: "expectations that failed", table: "| **cases** |"} {
		if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s has no %q (%v)", filepath.Base(path), want, err)
		}
	}
	if code := run(t.Context(), []string{"replay", "--from", from}, &out, &errOut); code != 1 || !strings.Contains(errOut.String(), "--svg") {
		t.Errorf("rows that go nowhere: code %d, %s", code, errOut.String())
	}
}
