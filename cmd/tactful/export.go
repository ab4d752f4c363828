package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/datamap"
	"github.com/tactful/tactful/internal/files"
)

type exportCommand struct {
	Events exportEvents `cmd:"" help:"Export the events of everybody who permits a purpose now, under names that hold for this export only."`
	Items  exportItems  `cmd:"" help:"Export the catalogue."`
	Model  exportModel  `cmd:"" help:"Export which items speak for which in the model in use."`
}

// exportFlags are shared by the three kinds.
type exportFlags struct {
	configFlags
	Out  string `required:"" placeholder:"DIR" help:"Directory for the file and its data map; made if it is not there."`
	JSON bool   `name:"json" help:"Print the summary as JSON."`
}

// exportSummary is what an export wrote, printed and kept in the data map's file.
type exportSummary struct {
	Kind   string    `json:"kind"`
	File   string    `json:"file"`
	Map    string    `json:"data_map"`
	Rows   int       `json:"rows"`
	People int       `json:"people,omitempty"`
	Kept   int       `json:"kept_back,omitempty"` // weights that rest on too few people
	Model  string    `json:"model,omitempty"`
	Made   time.Time `json:"made"`
}

// exported is a data map that lies beside a file.
type exported struct {
	Export exportSummary  `json:"export"`
	Notes  []string       `json:"notes"`
	Record datamap.Record `json:"record"`
}

// write makes DIR/KIND.parquet and DIR/KIND.datamap.json. Both appear whole or
// not at all, and the file last, so that whoever finds it finds its map; a file
// that is there is not written over.
func write[T any](a *app, f *exportFlags, cfg *config.Config, kind, record string, notes []string, fill func(put func(...T) error, done *exportSummary) error) (err error) {
	if err := os.MkdirAll(f.Out, 0o700); err != nil {
		return &tactful.Error{Kind: tactful.Invalid, Field: "--out", Detail: "cannot be made", Remedy: "choose another directory", Err: err}
	}
	done := exportSummary{Kind: kind, File: kind + ".parquet", Map: kind + ".datamap.json", Made: time.Now().UTC().Truncate(time.Second)}
	path, mapPath := filepath.Join(f.Out, done.File), filepath.Join(f.Out, done.Map)
	if err := vacant(files.OS{}, path, mapPath); err != nil {
		return err
	}
	part, err := os.OpenFile(path+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return &tactful.Error{Kind: tactful.Invalid, Field: "--out", Detail: "cannot be written", Remedy: "choose another directory", Err: err}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(os.Remove(path+".part")))
		}
	}()
	out := parquet.NewGenericWriter[T](part, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(exportGroup))
	err = fill(func(rows ...T) error {
		done.Rows += len(rows)
		_, err := out.Write(rows)
		return err
	}, &done)
	if err = errors.Join(err, out.Close(), part.Sync(), part.Close()); err != nil {
		return fmt.Errorf("export %s: %w", kind, err)
	}
	declared, ok := datamap.Of(&cfg.Engine).Record(record)
	if !ok {
		return tactful.Errorf(tactful.Internal, "the data map has no record %s", record)
	}
	text, err := json.MarshalIndent(exported{Export: done, Notes: notes, Record: declared}, "", "  ")
	if err != nil {
		return err
	}
	if err = publish(files.OS{}, path, mapPath, append(text, '\n')); err != nil {
		return fmt.Errorf("export %s: %w", kind, err)
	}
	if f.JSON {
		return showJSON(a.out, done)
	}
	_, err = fmt.Fprintf(a.out, "%s: %d rows in %s; what each field is: %s\n", kind, done.Rows, path, mapPath)
	return err
}

// vacant refuses a place where an export lies. A map beside a part and no file is
// what a killed export leaves, and is no export.
func vacant(fsys files.FS, path, mapPath string) error {
	there := func(name string) bool { _, err := fsys.Stat(name); return err == nil }
	if there(path) || there(mapPath) && !there(path+".part") {
		return tactful.InvalidField("--out", "holds an export of this kind already", "choose another directory, or move it away")
	}
	return nil
}

// publish gives a whole part its name, after its map lies there whole and durable.
func publish(fsys files.FS, path, mapPath string, text []byte) error {
	if err := files.Replace(fsys, mapPath, text); err != nil {
		return err
	}
	if err := fsys.Rename(path+".part", path); err != nil {
		return errors.Join(err, ignoreMissing(fsys.Remove(mapPath)))
	}
	return fsys.SyncDir(filepath.Dir(path))
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

const exportGroup = 50_000 // rows that are held in memory

// eventRow is an event as it is exported: a name of this export, no message id,
// no session, and the query only as it is stored.
type eventRow struct {
	Person     string            `parquet:"person,dict"`
	Action     string            `parquet:"action,dict"`
	Item       string            `parquet:"item,dict,optional"`
	Quantity   int32             `parquet:"quantity"`
	Price      float64           `parquet:"price,optional"`
	Query      string            `parquet:"query,optional"`
	Source     string            `parquet:"source,dict"`
	Time       time.Time         `parquet:"time,timestamp(millisecond)"`
	Provenance string            `parquet:"provenance,dict"`
	Properties map[string]string `parquet:"properties,optional"`
}

type exportEvents struct {
	exportFlags
	operatorFlags
	Purpose string `default:"improvement" help:"What the events are exported for: only people who permit this now are in the file."`
}

// Help adds examples to --help.
func (exportEvents) Help() string {
	return `Nobody is in the file who has not said yes, said no, objects, paused, locked their data or chose a level below personal. People have
names that hold for this one file, so that two files cannot be joined. Each of them can see who exported, when and why.
A file that has left the engine is not reached by an erasure: keep it short and say to whom it goes.

Example:
  tactful export events --out export-2026-11 --as "Ada B." --reason "yearly study of the range"`
}

// Run exports events.
func (c *exportEvents) Run(a *app) error {
	a = c.act(a)
	eng, cfg, done, err := c.openWith(a)
	if err != nil {
		return err
	}
	defer done()
	bar := a.progress()
	defer bar.End()
	notes := []string{"Only people who permitted the purpose " + c.Purpose + " at the time of the export.", "person holds for this file only and cannot be turned back.",
		"Message ids, sessions and orders are left out.", "Erasures do not reach this file: remove it when its purpose is over."}
	return write(a, &c.exportFlags, cfg, "events", "event", notes, func(put func(...eventRow) error, done *exportSummary) error {
		return eng.EachConsented(a.ctx, tactful.Purpose(c.Purpose), bar.Report, func(p engine.PersonEvents) error {
			done.People++
			for i := range p.Events {
				e := &p.Events[i]
				row := eventRow{Person: p.Person, Action: e.Action.String(), Item: e.Item, Quantity: e.Quantity, Price: float64(e.Value) / 100, Query: e.Query,
					Source: e.Source, Time: e.Time, Provenance: e.Provenance.String(), Properties: e.Properties}
				if err := put(row); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// itemRow has the fields that `tactful import items` reads.
type itemRow struct {
	ID           string            `parquet:"id"`
	Title        string            `parquet:"title"`
	URL          string            `parquet:"url,optional"`
	Image        string            `parquet:"image,optional"`
	Categories   []string          `parquet:"categories,list"`
	Price        *float64          `parquet:"price,optional"`
	Currency     string            `parquet:"currency,dict,optional"`
	Availability string            `parquet:"availability,dict"`
	Stock        *int64            `parquet:"stock,optional"`
	Group        string            `parquet:"group,optional"`
	Labels       []string          `parquet:"labels,list"`
	Regions      []string          `parquet:"regions,list"`
	ValidFrom    string            `parquet:"validFrom,optional"`
	ValidUntil   string            `parquet:"validUntil,optional"`
	Attributes   map[string]string `parquet:"attributes,optional"`
}

type exportItems struct{ exportFlags }

// Help adds an example to --help.
func (exportItems) Help() string {
	return "The file can be read again by `tactful import items`.\n\nExample:\n  tactful export items --out export-2026-11"
}

const itemsAtOnce = 1000

// Run exports the catalogue.
func (c *exportItems) Run(a *app) error {
	eng, cfg, done, err := c.openWith(a)
	if err != nil {
		return err
	}
	defer done()
	return write(a, &c.exportFlags, cfg, "items", "item", []string{"The catalogue holds nothing about people."}, func(put func(...itemRow) error, _ *exportSummary) error {
		for after := ""; ; {
			if err := a.ctx.Err(); err != nil {
				return err
			}
			items, err := eng.Items(after, itemsAtOnce)
			if err != nil || len(items) == 0 {
				return err
			}
			for i := range items {
				if err := put(itemRowOf(&items[i])); err != nil {
					return err
				}
			}
			after = items[len(items)-1].ID
		}
	})
}

func itemRowOf(it *tactful.Item) itemRow {
	moment := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	row := itemRow{ID: it.ID, Title: it.Title, URL: it.URL, Image: it.Image, Categories: it.Categories, Currency: it.Currency, Availability: it.Availability.String(),
		Group: it.Group, Labels: it.Labels, Regions: it.Regions, ValidFrom: moment(it.ValidFrom), ValidUntil: moment(it.ValidUntil), Attributes: it.Attributes, Stock: it.Stock}
	if it.Price >= 0 {
		price := float64(it.Price) / 100
		row.Price = &price
	}
	return row
}

type weightRow struct {
	Item       string  `parquet:"item,dict"`
	Suggestion string  `parquet:"suggestion,dict"`
	Weight     float32 `parquet:"weight"`
	People     int32   `parquet:"people"`
}

type exportModel struct{ exportFlags }

// Help adds an example to --help.
func (exportModel) Help() string {
	return `Each row: having the item speaks for the suggestion with this weight; so many people did both. Weights that rest on fewer people than a
reason must fit (engine.guards.support) are kept back and counted.

Example:
  tactful export model --out export-2026-11`
}

// Run exports the model.
func (c *exportModel) Run(a *app) error {
	eng, cfg, done, err := c.openWith(a)
	if err != nil {
		return err
	}
	defer done()
	notes := []string{fmt.Sprintf("Only weights that rest on at least %d people.", cfg.Engine.Guards.Support)}
	return write(a, &c.exportFlags, cfg, "model", "model", notes, func(put func(...weightRow) error, done *exportSummary) error {
		hash, kept, err := eng.EachWeight(a.ctx, func(w engine.Weight) error {
			return put(weightRow{Item: w.Item, Suggestion: w.Suggestion, Weight: w.Weight, People: int32(w.People)})
		})
		if err == nil && hash == "" {
			err = &tactful.Error{Kind: tactful.NotFound, Detail: "there is no model yet", Remedy: "run `tactful train`"}
		}
		done.Model, done.Kept = hash, kept
		return err
	})
}

// openWith opens the engine and keeps the settings that it was opened with.
func (f *exportFlags) openWith(a *app) (*engine.Engine, *config.Config, func(), error) {
	cfg, err := f.load()
	if err != nil {
		return nil, nil, nil, err
	}
	if err := datamap.Check(&cfg.Engine); err != nil {
		return nil, nil, nil, err
	}
	eng, done, err := openEngine(a, &cfg, newLog(a, "warn"))
	return eng, &cfg, done, err
}
