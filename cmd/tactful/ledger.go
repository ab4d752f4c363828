package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// ledgerCommand is about the record of what people permitted.
type ledgerCommand struct {
	Verify  ledgerVerifyCommand  `cmd:"" help:"Compute the ledger again and open every consent record: one changed bit is found."`
	Head    ledgerHeadCommand    `cmd:"" help:"Print the signed head and the public key; keep the one, publish the other."`
	Log     ledgerLogCommand     `cmd:"" help:"List one person's consent records with their places in the ledger."`
	Receipt ledgerReceiptCommand `cmd:"" help:"Print one record as ISO/IEC TS 27560 has it, or as Kantara had."`
	Prove   ledgerProveCommand   `cmd:"" help:"Print the proof that one person's record is in the ledger."`
	Check   ledgerCheckCommand   `cmd:"" help:"Check such a proof, offline: no store, no server."`
	Accept  ledgerAcceptCommand  `cmd:"" help:"Say why a part of the ledger is missing, after a restored backup."`
}

type ledgerVerifyCommand struct {
	configFlags
	serverFlags
	Head string `type:"existingfile" placeholder:"FILE" help:"A signed head that you kept: the ledger must continue it."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (ledgerVerifyCommand) Help() string {
	return `Computes the Merkle tree from its leaves, compares every node and every signed head, opens every consent record with its nonce,
and accounts for each leaf: by a record, or by an erasure. Exit 1 if anything does not fit.

Examples:
  tactful ledger verify --config tactful.yaml
  tactful ledger verify --head head-of-march.txt
  TACTFUL_KEY=tk_… tactful ledger verify --url http://127.0.0.1:8080 --json`
}

// ledgerHead is a head as it is printed, and as the API gives it.
type ledgerHead struct {
	Size      uint64    `json:"size"`
	Root      string    `json:"root"`
	Time      time.Time `json:"time"`
	Signed    string    `json:"signed"`
	PublicKey string    `json:"publicKey"`
}

// ledgerReport is what a verification found.
type ledgerReport struct {
	Head     ledgerHead   `json:"head"`
	Heads    int          `json:"heads"`
	People   int          `json:"people"`
	Records  int          `json:"records"`
	Released int          `json:"released"`
	Faults   []string     `json:"faults"`
	Losses   []ledgerLoss `json:"losses"`
	Seconds  float64      `json:"seconds"`
}

type ledgerLoss struct {
	Time   time.Time `json:"time"`
	Size   uint64    `json:"size"`
	Reason string    `json:"reason"`
}

// Run verifies.
func (c *ledgerVerifyCommand) Run(a *app) error {
	kept := ""
	if c.Head != "" {
		text, err := os.ReadFile(c.Head)
		if err != nil {
			return fmt.Errorf("read the head: %w", err)
		}
		kept = string(text)
	}
	r, err := c.find(a.work(), kept)
	if err != nil {
		return err
	}
	if c.JSON {
		err = showJSON(a.out, r)
	} else {
		err = r.show(a.out)
	}
	if err == nil && len(r.Faults) > 0 {
		return errGoalMissed
	}
	return err
}

func (c *ledgerVerifyCommand) find(a *app, kept string) (r ledgerReport, err error) {
	if c.URL != "" {
		body := map[string]string{}
		if kept != "" {
			body["head"] = kept
		}
		_, err := c.ask(a, http.MethodPost, "/v1/ledger/verify", body, &r)
		return r, err
	}
	bar := a.progress()
	defer bar.End()
	found, err := inside(&c.configFlags, a, func(e *engine.Engine) (engine.LedgerReport, error) { return e.VerifyLedger(a.ctx, kept, bar.Report) })
	if err != nil {
		return r, err
	}
	r = ledgerReport{Head: ledgerHead(found.LedgerHead), Heads: found.Heads, People: found.People, Records: found.Records, Released: found.Released,
		Faults: append([]string{}, found.Faults...), Losses: []ledgerLoss{}, Seconds: found.Took.Seconds()}
	for _, loss := range found.Losses {
		r.Losses = append(r.Losses, ledgerLoss(loss))
	}
	return r, nil
}

func (r *ledgerReport) show(w io.Writer) error {
	for _, fault := range r.Faults {
		fmt.Fprintln(w, "FAULT:", fault)
	}
	for _, loss := range r.Losses {
		fmt.Fprintf(w, "accepted on %s: %d leaves had been signed; %s\n", loss.Time.Format(time.RFC3339), loss.Size, loss.Reason)
	}
	verdict := "everything fits"
	if len(r.Faults) > 0 {
		verdict = "it does NOT fit"
	}
	_, err := fmt.Fprintf(w, "%s: %d records of %d people and %d leaves of erased people, %d signed heads, root %.16s… of %d leaves, signed %s; %.1fs\npublic key: %s\n",
		verdict, r.Records, r.People, r.Released, r.Heads, r.Head.Root, r.Head.Size, r.Head.Time.Format(time.RFC3339), r.Seconds, r.Head.PublicKey)
	return err
}

type ledgerHeadCommand struct {
	configFlags
	serverFlags
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (ledgerHeadCommand) Help() string {
	return `The head is a signed note (c2sp.org/tlog-checkpoint). Keep it somewhere else: "tactful ledger verify --head FILE" then shows that
nothing before it was taken out or changed. The public key goes to the error stream; publish it for those who check proofs.

Examples:
  tactful ledger head > head-of-march.txt
  TACTFUL_KEY=tk_… tactful ledger head --url http://127.0.0.1:8080 --json`
}

// Run prints the head.
func (c *ledgerHeadCommand) Run(a *app) error {
	head, err := c.find(a.work())
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, head)
	}
	fmt.Fprintln(a.err, "public key:", head.PublicKey)
	_, err = fmt.Fprint(a.out, head.Signed)
	return err
}

func (c *ledgerHeadCommand) find(a *app) (head ledgerHead, err error) {
	if c.URL != "" {
		_, err = c.ask(a, http.MethodGet, "/v1/ledger/head", nil, &head)
		return head, err
	}
	found, err := inside(&c.configFlags, a, func(e *engine.Engine) (engine.LedgerHead, error) { return e.LedgerHead(a.ctx) })
	return ledgerHead(found), err
}

// recordFlags name one person and one of their records.
type recordFlags struct {
	configFlags
	serverFlags
	operatorFlags
	Person    string `arg:"" help:"The id by which the shop knows the person."`
	Anonymous bool   `help:"The id is a browser's, not an account's."`
}

func (f *recordFlags) alias() tactful.Alias {
	if f.Anonymous {
		return tactful.Alias{Kind: tactful.Anonymous, ID: f.Person}
	}
	return tactful.Alias{Kind: tactful.UserID, ID: f.Person}
}

// path is the person's place in the API.
func (f *recordFlags) path(rest string, query url.Values) string {
	if f.Anonymous {
		query.Set("kind", "anonymous")
	}
	path := "/v1/subjects/" + url.PathEscape(f.Person) + "/consents/" + rest
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

type ledgerLogCommand struct {
	recordFlags
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (ledgerLogCommand) Help() string {
	return "Newest first.\n\nExamples:\n  tactful ledger log u-1042 --as \"Ada B.\" --reason \"she asks what she agreed to\"\n  TACTFUL_KEY=tk_… tactful ledger log u-1042 --reason \"she asks what she agreed to\" --url http://127.0.0.1:8080 --json"
}

// logLine is one record as it is printed.
type logLine struct {
	engine.ConsentRecord
	Index *int64 `json:"index,omitempty"`
	Leaf  string `json:"leaf"`
}

// Run lists the records.
func (c *ledgerLogCommand) Run(a *app) error {
	lines, err := c.log(c.act(a))
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, lines)
	}
	rows := [][]string{{"TIME", "PURPOSE", "ANSWER", "TEXT", "HOW", "INDEX", "RECORD"}}
	for _, l := range lines {
		index := "soon"
		if l.Index != nil {
			index = fmt.Sprint(*l.Index)
		}
		rows = append(rows, []string{l.Time.Format(time.RFC3339), l.Purpose, l.Answer, l.NoticeVersion + " " + l.Language, l.Method, index, l.ID})
	}
	return showTable(a.out, rows)
}

const mostRecords = 1000

func (f *recordFlags) log(a *app) (lines []logLine, err error) {
	lines = []logLine{}
	if f.URL != "" {
		var answer struct {
			Entries []struct {
				Purpose string
				Record  engine.ConsentRecord
				Index   *int64
				Leaf    string
			}
		}
		if _, err := f.ask(a, http.MethodGet, f.path("log", url.Values{"limit": {fmt.Sprint(mostRecords)}}), nil, &answer); err != nil {
			return nil, err
		}
		for _, e := range answer.Entries {
			e.Record.Purpose = e.Purpose
			lines = append(lines, logLine{e.Record, e.Index, e.Leaf})
		}
		return lines, nil
	}
	eng, done, err := f.open(a)
	if err != nil {
		return nil, err
	}
	defer done()
	entries, err := eng.ConsentLog(a.ctx, f.alias(), mostRecords)
	for _, e := range entries {
		line := logLine{ConsentRecord: engine.InWords(e.Consent), Leaf: e.Leaf}
		if e.Index >= 0 {
			line.Index = &e.Index
		}
		lines = append(lines, line)
	}
	return lines, err
}

type ledgerReceiptCommand struct {
	recordFlags
	Record string `arg:"" help:"The id of the record, from tactful ledger log."`
	Form   string `enum:"iso27560,kantara" default:"iso27560" help:"iso27560 (JSON-LD in terms of the Data Privacy Vocabulary) or kantara (1.1)."`
	JSON   bool   `name:"json" help:"As it is: a receipt is JSON in both forms."`
}

// Help adds examples to --help.
func (ledgerReceiptCommand) Help() string {
	return "It is JSON in both forms.\n\nExamples:\n  tactful ledger receipt u-1042 5f0c… --as \"Ada B.\" --reason \"she asks for a copy\"\n  tactful ledger receipt u-1042 5f0c… --form kantara --as \"Ada B.\" --reason \"she asks for a copy\""
}

// Run prints the receipt.
func (c *ledgerReceiptCommand) Run(a *app) error {
	act := c.act(a)
	if c.URL != "" {
		text, err := c.ask(act, http.MethodGet, c.path(url.PathEscape(c.Record)+"/receipt", url.Values{"form": {c.Form}}), nil, nil)
		if err == nil {
			_, err = a.out.Write(text)
		}
		return err
	}
	text, err := inside(&c.configFlags, act, func(e *engine.Engine) ([]byte, error) {
		return e.ConsentReceiptAs(act.ctx, c.alias(), c.Record, engine.ReceiptForm(c.Form))
	})
	if err == nil {
		_, err = a.out.Write(text)
	}
	return err
}

type ledgerProveCommand struct {
	recordFlags
	Record string `arg:"" optional:"" help:"The id of the record; the newest one if left out."`
	JSON   bool   `name:"json" help:"As it is: a proof is JSON."`
}

// Help adds examples to --help.
func (ledgerProveCommand) Help() string {
	return "The proof is JSON and holds everything: the record, its nonce, the way to the root, the signed head.\n\nExamples:\n  tactful ledger prove u-1042 --as \"Ada B.\" --reason \"her lawyer asks for proof\" > proof.json\n  tactful ledger check proof.json --key tactful-consents-…"
}

// Run prints the proof.
func (c *ledgerProveCommand) Run(a *app) error {
	act := c.act(a)
	if c.Record == "" {
		lines, err := c.log(act)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			return tactful.Errorf(tactful.NotFound, "there is no consent record of anybody by that name")
		}
		c.Record = lines[0].ID
	}
	proof, err := c.find(act)
	if err != nil {
		return err
	}
	return showJSON(a.out, proof)
}

func (c *ledgerProveCommand) find(a *app) (proof engine.ConsentProof, err error) {
	if c.URL != "" {
		_, err = c.ask(a, http.MethodGet, c.path(url.PathEscape(c.Record)+"/proof", url.Values{}), nil, &proof)
		return proof, err
	}
	return inside(&c.configFlags, a, func(e *engine.Engine) (engine.ConsentProof, error) { return e.ProveConsent(a.ctx, c.alias(), c.Record) })
}

type ledgerCheckCommand struct {
	File string `arg:"" type:"existingfile" help:"The proof, as tactful ledger prove wrote it."`
	Key  string `placeholder:"KEY" help:"The public key of the ledger, as its owner published it; the proof's own if left out."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (ledgerCheckCommand) Help() string {
	return "Needs neither store nor server. Exit 1 if the proof does not hold.\n\nExamples:\n  tactful ledger check proof.json --key tactful-consents-…\n  tactful ledger check proof.json --json"
}

// Run checks.
func (c *ledgerCheckCommand) Run(a *app) error {
	file, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("read the proof: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, engine.MaxProofBytes+1))
	if err != nil {
		return fmt.Errorf("read the proof: %w", err)
	}
	checked, err := engine.CheckConsentProof(text, c.Key)
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, map[string]any{"says": checked.Says, "index": checked.Index, "size": checked.Size, "time": checked.Time, "keyGiven": checked.Known})
	}
	says, err := json.MarshalIndent(checked.Says, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "This record is number %d of the %d in the ledger that was signed on %s:\n%s\n", checked.Index, checked.Size, checked.Time.Format(time.RFC3339), says)
	if !checked.Known {
		fmt.Fprintln(a.err, "tactful: the key came with the proof. Anybody can make such a pair: compare it with the published one, or give it with --key.")
	}
	return nil
}

type ledgerAcceptCommand struct {
	configFlags
	Reason string `required:"" placeholder:"TEXT" help:"Why leaves are missing; it stays on record."`
	JSON   bool   `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (ledgerAcceptCommand) Help() string {
	return "After a data store was restored from an older copy, verify goes on saying that leaves are missing, until somebody says why. Run it\nwhile no server holds the stores.\n\nExample:\n  tactful ledger accept --reason \"disk failed on 3 March, restored the copy of 2 March\""
}

// Run accepts.
func (c *ledgerAcceptCommand) Run(a *app) error {
	a = a.work()
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	loss, err := eng.AcceptLedgerLoss(a.ctx, c.Reason)
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, ledgerLoss(loss))
	}
	_, err = fmt.Fprintf(a.out, "on record: %d leaves had been signed; the ledger goes on as it is\n", loss.Size)
	return err
}
