package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// agree imports consents of people, from JSON lines.
func (s *shell) agree(people ...string) {
	s.Helper()
	var lines strings.Builder
	for _, who := range people {
		for _, purpose := range []tactful.Purpose{tactful.Recommendations, tactful.Improvement} {
			n := notice(s, purpose)
			fmt.Fprintf(&lines, `{"customer":%q,"purpose":%q,"answer":"granted","said_at":"2026-01-02T10:00:00Z","method":"paper","noticeVersion":%q,"noticeHash":%q,"language":"en","level":"personal"}`+"\n",
				who, purpose, n.Version, n.Hash)
		}
	}
	out := s.on("import", "consents", "--as", "Ada B.", "--reason", "the answers of our old shop", s.write("consents.jsonl", lines.String()), "--map", "userId=customer", "--map", "time=said_at", "--json")
	if sum := parse[importSummary](s, out); sum.Accepted != 2*len(people) || sum.Refused != 0 {
		s.Fatalf("consents: %s", out)
	}
}

// refusals reads a report by line.
func (s *shell) refusals(path string) map[string][]string {
	s.Helper()
	rows, err := csv.NewReader(strings.NewReader(s.read(path))).ReadAll()
	if err != nil {
		s.Fatal(err)
	}
	byLine := map[string][]string{}
	for i, row := range rows {
		if i == 0 {
			if strings.Join(row, ",") != "line,field,reason,detail,remedy" {
				s.Errorf("the heading is %q", row)
			}
			continue
		}
		if byLine[row[0]] != nil {
			s.Errorf("line %s is reported twice", row[0])
		}
		byLine[row[0]] = row[1:]
	}
	return byLine
}

// A file of somebody else's is imported, and what it refuses is opened in a
// spreadsheet: nothing of the file may run there.
func TestTheReportOfRefusedRowsRunsNothingInASpreadsheet(t *testing.T) {
	s := newShell(t)
	s.agree("anna")
	events := s.write("events.jsonl", `{"userId":"anna","action":"=1+1","item":"A1","time":"2026-10-01T10:00:00Z"}`+"\n"+
		`{"userId":"anna","action":"viewed","item":"A1","time":"2026-10-01T10:00:00Z","=HYPERLINK(\"http://evil.example\")":"x"}`+"\n"+
		`{"@SUM(A1)":"x"}`+"\n")
	s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", events, "--json")
	items := s.write("items.jsonl", `{"=1+1":"x","id":"A1","title":"T"}`+"\n"+`{"id":"=cmd()","title":"","categories":"x"}`+"\n")
	s.on("import", "items", items, "--json")
	cells, planted := 0, 0
	for _, report := range []string{events + ".refused.csv", items + ".refused.csv"} {
		rows, err := csv.NewReader(strings.NewReader(s.read(report))).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Fatalf("%s: %v, %v", report, rows, err)
		}
		for _, row := range rows {
			for _, cell := range row {
				cells++
				if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
					t.Errorf("a spreadsheet would run %q", cell)
				}
				if strings.HasPrefix(cell, "'=") || strings.HasPrefix(cell, "'@") {
					planted++
				}
			}
		}
	}
	if planted == 0 {
		t.Errorf("none of %d cells holds what was planted: the look is blind", cells)
	}
}

func TestImportsReportEveryRefusedRowWithItsLine(t *testing.T) {
	s := newShell(t)
	items := s.write("products.csv", "\ufeffStockCode,Description,price,currency,categories\n"+
		"A1,First thing,2.50,GBP,Kitchen > Mugs\n"+
		"A2,\"A thing, with\ntwo lines\",3,GBP,Kitchen\n"+ // lines 3 and 4: titles have one line
		",No id,3,GBP,Kitchen\n"+ // 5
		"A4,Bad price,cheap,GBP,Kitchen\n"+ // 6
		"A5,One field too few,3,GBP\n"+ // 7
		"A6,Last thing,3,GBP,Garden\n")
	out := s.on("import", "items", items, "--map", "id=StockCode", "--map", "title=Description", "--json")
	sum := parse[importSummary](t, out)
	if sum.Rows != 6 || sum.Accepted != 2 || sum.Refused != 4 || sum.Report != items+".refused.csv" {
		t.Errorf("items: %s", out)
	}
	lines := s.refusals(sum.Report)
	if len(lines) != 4 || lines["3"] == nil || lines["3"][0] != "title" || lines["5"] == nil || lines["5"][0] != "id" || lines["6"] == nil || lines["6"][0] != "price" || lines["7"] == nil || lines["7"][1] != "unreadable" {
		t.Errorf("items refused: %v", lines)
	}

	s.agree("anna")
	events := s.write("events.jsonl", strings.Join([]string{
		`{"who":"anna","action":"purchased","item":"A1","time":"2026-10-01T10:00:00Z","quantity":2}`,
		``,
		`{"who":"anna","action":"enjoyed","item":"A1","time":"2026-10-01T10:00:00Z"}`,
		`{"who":"stranger","action":"viewed","item":"A1","time":"2026-10-01T10:00:00Z"}`,
		`{"who":"anna","action":"viewed","item":"A2","time":"yesterday"}`,
		`not json`,
		`{"who":"anna","action":"viewed","item":"A2","time":"2026-10-02T10:00:00Z","fingerprint":"x"}`,
		`{"who":"anna","action":"viewed","item":"A2","time":"2026-10-02T10:00:00Z"}`,
		`{"who":"anna","action":"viewed","item":"A2","time":"2026-10-02T10:00:00Z"}`,
	}, "\n"))
	report := filepath.Join(s.dir, "report.csv")
	out = s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", events, "--map", "userId=who", "--report", report)
	for _, want := range []string{"events: 8 rows, 3 accepted, 0 known already, 5 refused", "refused: no_subject", report} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
	lines = s.refusals(report)
	for line, reason := range map[string]string{"3": "invalid", "4": "no_subject", "5": "invalid", "6": "unreadable", "7": "screened"} {
		if lines[line] == nil || lines[line][1] != reason || lines[line][2] == "" || lines[line][3] == "" {
			t.Errorf("line %s: %q, want %s", line, lines[line], reason)
		}
	}
	if text := s.read(report); strings.Contains(text, "stranger") || strings.Contains(text, "yesterday") {
		t.Errorf("the report repeats what the rows hold:\n%s", text)
	}
	out = s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", events, "--map", "userId=who", "--report", report, "--json")
	if sum := parse[importSummary](t, out); sum.Accepted != 0 || sum.Duplicates != 3 || sum.Refused != 5 {
		t.Errorf("imported again: %s", out)
	}
}

func TestConsentsAreImportedWithTheirEvidenceOnly(t *testing.T) {
	s := newShell(t)
	n := notice(t, tactful.Recommendations)
	file := s.write("consents.csv", "userId,purpose,answer,time,method,noticeVersion,noticeHash,level\n"+
		"a,recommendations,granted,2026-01-02,paper,"+n.Version+","+n.Hash+",personal\n"+
		"b,recommendations,granted,2026-01-02,paper,"+n.Version+","+strings.Repeat("0", 64)+",personal\n"+ // 3: a text nobody knows
		"c,recommendations,granted,2026-01-02,,"+n.Version+","+n.Hash+",personal\n"+ // 4: how?
		"d,recommendations,granted,,paper,"+n.Version+","+n.Hash+",personal\n"+ // 5: when?
		"e,world peace,granted,2026-01-02,paper,"+n.Version+","+n.Hash+",personal\n"+ // 6
		"f,recommendations,perhaps,2026-01-02,paper,"+n.Version+","+n.Hash+",personal\n"+ // 7
		"g,recommendations,denied,2026-01-02,phone,,,\n")
	sum := parse[importSummary](t, s.on("import", "consents", "--as", "Ada B.", "--reason", "the answers of our old shop", file, "--json"))
	if sum.Accepted != 2 || sum.Refused != 5 {
		t.Errorf("%+v", sum)
	}
	lines := s.refusals(sum.Report)
	for _, line := range []string{"3", "4", "5", "6", "7"} {
		if lines[line] == nil || lines[line][3] == "" {
			t.Errorf("line %s: %q", line, lines[line])
		}
	}
	diagnosis := parse[struct{ Permitted int }](t, s.on("doctor", "--json"))
	if diagnosis.Permitted != 1 {
		t.Errorf("%d people are permitted, one said yes", diagnosis.Permitted)
	}
}

// A file of events says yes for nobody, and who brings one has a name and a reason
// that the people it is about can see.
func TestEventsAreImportedUnderANameAndSayYesForNobody(t *testing.T) {
	s := newShell(t)
	s.agree("anna")
	hash := notice(t, tactful.Offers).Hash
	plain := s.write("plain.jsonl", `{"userId":"anna","action":"purchased","item":"A1","time":"2026-10-01T10:00:00Z"}`+"\n")
	for name, flags := range map[string][]string{"no name": {"--reason", "the orders of our old shop"}, "no reason": {"--as", "Ada B."}, "a reason without a word": {"--as", "Ada B.", "--reason", ".........."}} {
		if out, errOut, code := s.run(append(append([]string{"import", "events", plain, "--again"}, flags...), s.stores()...)...); code == 0 {
			t.Errorf("%s: %s%s", name, out, errOut)
		}
	}
	answers := s.write("answers.jsonl", `{"userId":"anna","action":"viewed","item":"A1","time":"2026-10-01T10:00:00Z","consent":{"level":"full","answers":[{"purpose":"offers","answer":"granted","noticeHash":"`+hash+`","method":"form","time":"2026-10-01T10:00:00Z"}]}}`+"\n")
	sum := parse[importSummary](t, s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", answers, "--json"))
	if sum.Accepted != 0 || sum.Refused != 1 {
		t.Errorf("%+v", sum)
	}
	if line := s.refusals(sum.Report)["1"]; len(line) != 4 || line[1] != "not_permitted" || !strings.Contains(line[3], "import consents") {
		t.Errorf("%q", line)
	}
	if sum := parse[importSummary](t, s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", plain, "--json")); sum.Accepted != 1 {
		t.Errorf("the positive control: %+v", sum)
	}
}

// tiring is a context that ends by itself when it has been asked so often: a
// Ctrl-C at the same moment in every run of the test.
type tiring struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

func tireAfter(n int64) *tiring {
	ctx, cancel := context.WithCancel(context.Background())
	t := &tiring{Context: ctx, cancel: cancel}
	t.left.Store(n)
	return t
}

func (t *tiring) Err() error {
	if t.left.Add(-1) < 0 {
		t.cancel()
	}
	return t.Context.Err()
}

func TestAnImportThatWasCutShortGoesOnAndTakesNothingTwice(t *testing.T) {
	const rows = 2300
	for _, after := range []int64{3, 900, 1400, 2100} {
		t.Run(fmt.Sprintf("asked %d times", after), func(t *testing.T) {
			s := newShell(t)
			s.agree("anna", "ben")
			text := new(strings.Builder)
			fmt.Fprintln(text, "userId,action,item,time")
			refused := 0
			for i := range rows {
				switch {
				case i%100 == 7:
					refused++
					fmt.Fprintln(text, "stranger,viewed,A1,2026-10-01")
				case i%100 == 9:
					refused++
					fmt.Fprintln(text, "too,few")
				case i%3 == 0: // the same row again and again: each is an event of its own
					fmt.Fprintln(text, "ben,purchased,A1,2026-10-01")
				default:
					fmt.Fprintf(text, "anna,viewed,A%d,2026-10-01\n", i%50)
				}
			}
			file := s.write("events.csv", text.String())

			tired := *s
			tired.ctx = tireAfter(after)
			_, errOut, code := tired.run(append([]string{"import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", file}, s.stores()...)...)
			if code != 130 || !strings.Contains(errOut, "interrupted") {
				t.Fatalf("exit %d: %s", code, errOut)
			}
			if after > 1000 { // a kill between the report and the journal leaves rows that come again
				report, err := os.OpenFile(file+".refused.csv", os.O_APPEND|os.O_WRONLY, 0)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := report.WriteString("2299,userId,invalid,half a li"); err != nil {
					t.Fatal(err)
				}
				if err := report.Close(); err != nil {
					t.Fatal(err)
				}
			}
			out := s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", file, "--json")
			sum := parse[importSummary](t, out)
			if after > 1000 && sum.Resumed < importBatch {
				t.Errorf("went on after row %d only", sum.Resumed)
			}
			if sum.Rows != rows || sum.Accepted+sum.Duplicates != rows-refused || sum.Refused != refused {
				t.Errorf("of %d rows, %d to be refused: %s", rows, refused, out)
			}
			if lines := s.refusals(sum.Report); len(lines) != refused {
				t.Errorf("the report names %d lines of %d", len(lines), refused)
			}
			accepted := parse[struct{ Accepted int }](t, s.on("doctor", "--json")).Accepted
			if accepted != rows-refused {
				t.Errorf("%d events are stored, %d rows are good", accepted, rows-refused)
			}
			out = s.on("import", "events", "--as", "Ada B.", "--reason", "the orders of our old shop", file, "--again", "--json")
			if sum := parse[importSummary](t, out); sum.Accepted != 0 || sum.Duplicates != rows-refused || sum.Resumed != 0 {
				t.Errorf("all of it again: %s", out)
			}
			t.Logf("stopped, went on after row %d: %d accepted, %d of them before the acknowledgement was noted", sum.Resumed, accepted, sum.Duplicates)
		})
	}
}

func TestAnImportGoesOnOnlyWithTheSameMapping(t *testing.T) {
	s := newShell(t)
	text := "a,b,title\n"
	for i := range 1200 {
		text += fmt.Sprintf("x%d,y%d,Thing\n", i, i)
	}
	file := s.write("items.csv", text)
	tired := *s
	tired.ctx = tireAfter(1000)
	args := []string{"import", "items", file, "--map", "id=a", "--map", "attribute.other=b", "--json"}
	if out, errOut, code := tired.run(append(args, s.stores()...)...); code != 130 {
		t.Fatalf("exit %d: %s%s", code, out, errOut)
	}
	other := parse[importSummary](t, s.on("import", "items", file, "--map", "id=b", "--map", "attribute.other=a", "--json"))
	if other.Resumed != 0 || other.Accepted != 1200 {
		t.Errorf("another mapping went on where the first stopped: %+v", other)
	}
	if _, errOut, code := s.run(append([]string{"import", "items", file, "--report", file}, s.stores()...)...); code != 1 || !strings.Contains(errOut, "--report") {
		t.Errorf("the report may overwrite the file: exit %d %s", code, errOut)
	}
	if s.read(file) != text {
		t.Error("the file has changed")
	}
}

func TestAnImportBeginsAnewWhenTheFileOrItsReportIsAnother(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(s *shell, file string)
		flags   []string
		resumes bool
	}{
		{"nothing has changed", func(*shell, string) {}, nil, true},
		{"another beginning of the same size", func(s *shell, file string) {
			s.write("items.csv", strings.Replace(s.read(file), "A1,", "B1,", 1))
		}, nil, false},
		{"the report is gone", func(s *shell, file string) {
			if err := os.Remove(file + ".refused.csv"); err != nil {
				s.Fatal(err)
			}
		}, nil, false},
		{"the report has another name", func(*shell, string) {}, []string{"--report", "other.csv"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShell(t)
			t.Chdir(s.dir)
			text := "id,title\nA0,\n"
			for i := range 1200 {
				text += fmt.Sprintf("A%d,Thing\n", i+1)
			}
			file := s.write("items.csv", text)
			tired := *s
			tired.ctx = tireAfter(1000)
			if _, errOut, code := tired.run(append([]string{"import", "items", file}, s.stores()...)...); code != 130 {
				t.Fatalf("exit %d: %s", code, errOut)
			}
			tt.change(s, file)
			sum := parse[importSummary](t, s.on(append([]string{"import", "items", file, "--json"}, tt.flags...)...))
			if (sum.Resumed > 0) != tt.resumes || sum.Rows != 1201 || sum.Accepted != 1200 || sum.Refused != 1 {
				t.Errorf("%+v", sum)
			}
			if lines := s.refusals(sum.Report); len(lines) != 1 || lines["2"] == nil {
				t.Errorf("%v", lines)
			}
		})
	}
}

func TestBadItemsCostThemselvesOnlyAndTheLaterOfTwoRowsHolds(t *testing.T) {
	var batch []row
	for i := range importBatch {
		fields := map[string]any{"id": fmt.Sprintf("A%d", i), "title": "Thing"}
		switch {
		case i%50 == 7:
			delete(fields, "title")
		case i%50 == 9:
			fields["price"] = "cheap"
		case i == 60:
			fields = map[string]any{"id": "A0", "title": "Other thing"}
		}
		batch = append(batch, row{line: i + 2, fields: fields})
	}
	good, refused := sortItems(batch, func([]tactful.Item) error { return nil })
	if len(good) != importBatch-20-1 || len(refused) != 20 {
		t.Fatalf("%d good, %d refused", len(good), len(refused))
	}
	if good[0].ID != "A0" || good[0].Title != "Other thing" || good[1].ID != "A1" {
		t.Errorf("%+v %+v", good[0], good[1])
	}
	if refused[0].line != 9 || refused[0].field != "title" || refused[0].remedy == "" || refused[1].line != 11 || refused[1].field != "price" {
		t.Errorf("%+v", refused[:2])
	}
}

func TestARowThatWasNotStoredIsNotReportedAsRefused(t *testing.T) {
	if !slices.Contains(engine.RefusalReasons(), notStored) {
		t.Fatalf("the engine has no reason %q", notStored)
	}
	batch := []row{{line: 2}, {line: 3}, {line: 4}}
	outcomes := []engine.Outcome{{Index: 0, Status: engine.OutcomeAccepted}, {Index: 1, Status: engine.OutcomeRefused, Reason: "invalid"}, {Index: 2, Status: engine.OutcomeDuplicate}}
	if accepted, duplicates, refused, err := eventOutcomes(batch, outcomes); err != nil || accepted != 1 || duplicates != 1 || len(refused) != 1 || refused[0].line != 3 {
		t.Errorf("%d %d %v %v", accepted, duplicates, refused, err)
	}
	outcomes[2] = engine.Outcome{Index: 2, Status: engine.OutcomeRefused, Reason: notStored}
	if _, _, refused, err := eventOutcomes(batch, outcomes); tactful.KindOf(err) != tactful.Unavailable || len(refused) != 0 {
		t.Errorf("%v %v", refused, err)
	}
}
