package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/backup"
	"github.com/tactful/tactful/internal/files"
)

type backupCommand struct {
	configFlags
	serverFlags
	Dir  string `arg:"" help:"A directory that is not there yet; with --url a name, and the server makes it in its backup.dir."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (backupCommand) Help() string {
	return `Copies the data as of one moment, rows and model together, while a server goes on serving (--url). Table files are linked where
the file system can. No key is in the copy: keep "tactful keys backup" elsewhere. Delete copies after engine.erasure.backups; the
receipts of erasures promise that.

Examples:
  tactful backup /backups/monday --config tactful.yaml
  TACTFUL_KEY=tk_… tactful backup monday --url http://127.0.0.1:8080`
}

// Run makes a copy of the data.
func (c *backupCommand) Run(a *app) error {
	return runBackup(a, backup.Data, &c.configFlags, &c.serverFlags, c.Dir, c.JSON)
}

type keysBackup struct {
	configFlags
	serverFlags
	Dir  string `arg:"" help:"A directory that is not there yet; with --url a name, and the server makes it in its backup.key_dir."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (keysBackup) Help() string {
	return `Copies the wrapped keys, the key set and the journal of erasures. Keep it where no copy of the data is, and keep only the newest:
an older one holds keys that erasures have destroyed since. After "tactful keys rotate" older ones open nothing: make a new one.
A key set that is kept in the environment is not in it.

Examples:
  tactful keys backup /vault/keys-monday
  TACTFUL_KEY=tk_… tactful keys backup keys-monday --url http://127.0.0.1:8080`
}

// Run makes a copy of the keys.
func (c *keysBackup) Run(a *app) error {
	return runBackup(a, backup.Keys, &c.configFlags, &c.serverFlags, c.Dir, c.JSON)
}

// backupReport is a copy as it is printed, and as the API gives it.
type backupReport struct {
	Kind     string    `json:"kind"`
	Made     time.Time `json:"made"`
	DeleteBy time.Time `json:"deleteBy"`
	Files    int       `json:"files"`
	Bytes    int64     `json:"bytes"`
	Model    string    `json:"model,omitempty"`
	Seconds  float64   `json:"seconds"`
}

func runBackup(a *app, kind backup.Kind, stores *configFlags, server *serverFlags, dir string, asJSON bool) error {
	r, err := makeBackup(a.work(), kind, stores, server, dir)
	if err != nil {
		return err
	}
	if asJSON {
		return showJSON(a.out, r)
	}
	_, err = fmt.Fprintf(a.out, "copied the %s: %d files, %d bytes, %.1fs; delete the copy by %s\n", r.Kind, r.Files, r.Bytes, r.Seconds, r.DeleteBy.Format(time.DateOnly))
	return err
}

func makeBackup(a *app, kind backup.Kind, stores *configFlags, server *serverFlags, dir string) (r backupReport, err error) {
	if server.URL != "" {
		_, err := server.ask(a, http.MethodPost, "/v1/backups", map[string]string{"kind": string(kind), "name": dir}, &r)
		return r, err
	}
	eng, done, err := stores.open(a)
	if err != nil {
		return r, err
	}
	defer done()
	bar := a.progress()
	defer bar.End()
	make := eng.Backup
	if kind == backup.Keys {
		make = eng.BackupKeys
	}
	b, err := make(a.ctx, dir, bar.Report)
	return backupReport{string(b.Kind), b.Made, b.DeleteBy, b.Files, b.Bytes, b.Model, b.Took.Seconds()}, err
}

type restoreCommand struct {
	configFlags
	Dir  string `arg:"" type:"existingdir" help:"A copy that tactful backup made."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (restoreCommand) Help() string {
	return `Checks every byte of the copy, copies it to data_dir, which must be empty or not there, carries out again every erasure since,
fits the model anew if there was one, and verifies everything. key_dir stays as it is: it is never restored together with the data.
Answers that were given after the copy are gone; "tactful ledger accept" then says why a part of the ledger is missing.

Example:
  mv tactful-data tactful-data-broken && tactful restore /backups/monday --config tactful.yaml`
}

// Run puts a copy of the data back.
func (c *restoreCommand) Run(a *app) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	m, err := putBack(a, c.Dir, cfg.DataDir, backup.Data)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.err, "put back %d files, %d bytes, of %s\n", len(m.Files), m.Bytes(), m.Made.Format(time.RFC3339))
	return runVerify(a, &c.configFlags, c.JSON)
}

type keysRestore struct {
	configFlags
	Dir string `arg:"" type:"existingdir" help:"A copy that tactful keys backup made."`
}

// Help adds examples to --help.
func (keysRestore) Help() string {
	return `Only for a key_dir that is lost: it must be empty or not there. Whoever was erased after this copy was made is not known to it any
more. The data knows, and is refused with it: then put back a copy of the data that is no newer than these keys, and erase those
people again. With data that went on after the copy, start once with --older-keys "WHY", then look at "tactful keys list" and
revoke: API keys that were revoked since the copy are in force again.

Example:
  tactful keys restore /vault/keys-monday --key-dir tactful-keys`
}

// Run puts a copy of the keys back.
func (c *keysRestore) Run(a *app) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	m, err := putBack(a, c.Dir, cfg.KeyDir, backup.Keys)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "put back %d files of %s; erase again whoever was erased since\n", len(m.Files), m.Made.Format(time.RFC3339))
	return err
}

func putBack(a *app, from, to string, kind backup.Kind) (*backup.Manifest, error) {
	bar := a.progress()
	defer bar.End()
	return backup.Restore(a.ctx, files.OS{}, from, filepath.Clean(to), kind, func(done, total int) { bar.Report("check and copy", done, total) })
}

type verifyCommand struct {
	configFlags
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (verifyCommand) Help() string {
	return `Reads every block of every file against its checksum, opens every row with its key, computes the consent ledger again, compares the
model file with its hash, and data with keys on what was erased. Exit 1 if anything does not fit. A running server holds the
stores: stop it, or verify a copy that was put back elsewhere.

Examples:
  tactful verify --config tactful.yaml
  tactful verify --data-dir ./data --key-dir ./keys --json`
}

// Run verifies everything.
func (c *verifyCommand) Run(a *app) error { return runVerify(a, &c.configFlags, c.JSON) }

func runVerify(a *app, stores *configFlags, asJSON bool) error {
	a = a.work()
	eng, done, err := stores.open(a)
	if err != nil {
		return err
	}
	defer done()
	bar := a.progress()
	defer bar.End()
	v, err := eng.Verify(a.ctx, bar.Report)
	if err != nil {
		return err
	}
	bar.End()
	if err := showVerification(a, v, asJSON); err != nil {
		return err
	}
	if !v.Sound() {
		return errGoalMissed
	}
	return nil
}

func showVerification(a *app, v *engine.Verification, asJSON bool) error {
	if asJSON {
		return showJSON(a.out, map[string]any{
			"tables": v.Tables, "bytes": v.Bytes, "people": v.People, "rows": v.Rows, "items": v.Items, "model": v.Model, "leaves": v.Leaves,
			"consentRecords": v.Records, "erasures": v.Erased, "faults": append([]string{}, v.Faults...), "seconds": v.Took.Seconds(),
		})
	}
	for _, fault := range v.Faults {
		fmt.Fprintln(a.out, "FAULT:", fault)
	}
	verdict := "everything fits"
	if !v.Sound() {
		verdict = "it does NOT fit"
	}
	model := "no model yet"
	if v.Model != "" {
		model = "model " + v.Model[:16] + "…"
	}
	rows := 0
	for _, n := range v.Rows {
		rows += n
	}
	_, err := fmt.Fprintf(a.out, "%s: %d files, %d bytes, %d rows, %d people, %d items, %d consent records, %d leaves, %d erasures, %s; %.1fs\n",
		verdict, v.Tables, v.Bytes, rows, v.People, v.Items, v.Records, v.Leaves, v.Erased, model, v.Took.Seconds())
	return err
}
