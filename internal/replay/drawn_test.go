package replay

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

func drawnRows() []Row {
	return []Row{
		{Name: "target", Number: 1, Attack: "tell | them", Metric: "AUC", Plain: 0.27, Tactful: -0.085, Interval: [2]float64{-0.1, -0.07}, Goal: "at most +0.02", Bound: 0.02, Met: true,
			N: 2000, Seeds: []uint64{4, 5, 6, 7, 8}, Beside: []Figure{{Name: "sensitive items", Goal: "0", Met: true}}},
		{Name: "cases", Metric: "expectations that failed", Plain: -1, Goal: "0", N: 9, Seeds: []uint64{4}, Beside: []Figure{{Name: "a.txt", Value: 1, Goal: "0"}}},
	}
}

func TestRowsAreReadAsTheyWereWrittenAndDrawn(t *testing.T) {
	var lines bytes.Buffer
	for _, row := range drawnRows() {
		if err := write(&lines, row, true); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := Read(&lines)
	if err != nil {
		t.Fatal(err)
	}
	was, _ := json.Marshal(drawnRows())
	if is, _ := json.Marshal(rows); !bytes.Equal(was, is) {
		t.Errorf("%s\nis not\n%s", is, was)
	}
	var svg, table strings.Builder
	if err := Draw(&svg, rows); err != nil {
		t.Fatal(err)
	}
	if err := WriteTable(&table, rows); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"target (1)", "plain 0.270", "goal: at most +0.02", ">missed<", "goal: 0; missed are 1 of 1 figures beside it"} {
		if !strings.Contains(svg.String(), want) {
			t.Errorf("the picture has no %q", want)
		}
	}
	for _, want := range []string{"| **target (1)** | AUC. Attack: tell \\| them; n 2000, seeds 4 to 8 | 0.270 | **-0.085** [-0.100, -0.070] | at most +0.02 | met |", "| **cases** |", "| | a.txt | | 1 | 0 | **missed** |"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table has no %q:\n%s", want, table.String())
		}
	}
}

func TestWhatIsNoRowIsRefused(t *testing.T) {
	for name, text := range map[string]string{"nothing": "", "no JSON": "target 0.1", "another object": `{"level":"info"}`, "an empty row": "{}"} {
		if _, err := Read(strings.NewReader(text)); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRowsAreChosenByNameOrNumber(t *testing.T) {
	got, err := chosen([]string{"1", "even", "13"})
	if err != nil || len(got) != 3 || got[0].Name != "target" || got[1].Name != "even" || got[2].Name != "forget" {
		t.Errorf("%+v %v", got, err)
	}
	for _, name := range []string{"0", "16", "nowhere"} {
		if _, err := chosen([]string{name}); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%s is chosen: %v", name, err)
		}
	}
}

func FuzzReadRows(f *testing.F) {
	f.Add(`{"name":"target","seeds":[1],"beside":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := Read(strings.NewReader(text))
		if err == nil && len(rows) == 0 {
			t.Error("no rows and no error")
		}
		if err == nil {
			var b strings.Builder
			if err := WriteTable(&b, rows); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestThePageOfReplaysSaysWhatWasMeasured holds docs/REPLAY.md and its pictures to
// the rows that were kept: none of its figures is written by hand.
func TestThePageOfReplaysSaysWhatWasMeasured(t *testing.T) {
	page, err := os.ReadFile("../../docs/REPLAY.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"synthetic", "data"} {
		file, err := os.Open("../../docs/replay/" + name + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		rows, err := Read(file)
		_ = file.Close()
		if err != nil {
			t.Fatal(err)
		}
		var table, svg strings.Builder
		if err := WriteTable(&table, rows); err != nil {
			t.Fatal(err)
		}
		if err := Draw(&svg, rows); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), table.String()) {
			t.Errorf("the table of %s is not that of its rows: tactful replay --from docs/replay/%s.jsonl --table FILE", name, name)
		}
		if drawn, err := os.ReadFile("../../docs/replay/" + name + ".svg"); err != nil || string(drawn) != svg.String() {
			t.Errorf("the picture of %s is not that of its rows (%v): tactful replay --from docs/replay/%s.jsonl --svg docs/replay/%s.svg", name, err, name, name)
		}
	}
}
