package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

type breachCommand struct {
	configFlags
	operatorFlags
	Key       string `required:"" placeholder:"ID" help:"Id or name of the leaked key, also of a revoked one."`
	Since     string `placeholder:"TIME" help:"Since when it may have been in other hands: RFC 3339, or a day. Left out: since it was made."`
	Out       string `placeholder:"FILE" help:"Where the list of people goes, one JSON object a line; breach-ID.jsonl if left out."`
	IDs       string `name:"ids" placeholder:"FILE" help:"Ids that you have, one a line: each is matched, and looked up. Needs --reason, and --as or a key."`
	Matched   string `placeholder:"FILE" help:"Where the matched ids go; breach-ID-matched.jsonl if left out."`
	Anonymous bool   `help:"The ids are browsers', not accounts'."`
	URL       string `name:"url" placeholder:"URL" help:"Ask a running server instead of opening its stores."`
	ServerKey string `name:"server-key" env:"TACTFUL_KEY" help:"API key with scope admin, for --url; better in the environment."`
	JSON      bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (breachCommand) Help() string {
	return `Lists whose data a leaked key could have read, by its scopes, and whose it is on record to have read, by kind of data: what the
notice to the authority (GDPR 33, within 72 hours) and to the people (GDPR 34) asks for. Revoke the key first.

The list names people by references that say who it is to nobody. To know whom to tell, give the ids that you have with --ids: each
gets its reference and its kinds of data. Whoever is matched has been looked up, and will see that under "who looked".

Examples:
  tactful breach --key shop --since 2026-11-20
  TACTFUL_KEY=tk_… tactful breach --key 3f2a… --since 2026-11-20T08:00:00Z --url http://127.0.0.1:8080 --json
  tactful breach --key shop --since 2026-11-20 --ids customers.txt --as "Ada B." --reason "the key was in a public repository"`
}

// exposed is what is printed, and what the API answers for each part.
type exposed struct {
	Key     knownKey     `json:"key"`
	Since   time.Time    `json:"since"`
	Until   time.Time    `json:"until"`
	Opens   []string     `json:"opens"`
	People  int          `json:"people"`
	Could   exposedCount `json:"could"`
	Did     exposedCount `json:"did"`
	Reads   uint64       `json:"reads"`
	Looks   int          `json:"looks"`
	Seconds float64      `json:"seconds"`
	List    string       `json:"list"`
	Matched *matchCount  `json:"matched,omitempty"`

	Affected []affected `json:"affected,omitempty"` // only in the server's answers
}

type exposedCount struct {
	People int            `json:"people"`
	Kinds  map[string]int `json:"kinds"`
}

type matchCount struct {
	IDs     int    `json:"ids"`
	Exposed int    `json:"exposed"`
	File    string `json:"file"`
}

// affected is one line of the list, or of the matched ids.
type affected struct {
	ID        string   `json:"id,omitempty"`
	Exposed   *bool    `json:"exposed,omitempty"`
	Reference string   `json:"reference,omitempty"`
	Could     []string `json:"could"`
	Did       []string `json:"did"`
}

// Run lists, matches and prints.
func (c *breachCommand) Run(a *app) error {
	since, err := c.since()
	if err != nil {
		return err
	}
	a = c.act(a)
	began := time.Now()
	source, done, err := c.source(a, since)
	if err != nil {
		return err
	}
	defer done()
	var total exposed
	name := func(given, suffix string) string {
		if given != "" {
			return given
		}
		return "breach-" + total.Key.ID + suffix + ".jsonl"
	}
	bar := a.progress()
	defer bar.End()
	var list *listFile
	defer func() {
		if list != nil {
			err = errors.Join(err, list.close())
		}
	}()
	for part := range engine.BreachParts {
		found, err := source.part(a, part)
		if err != nil {
			return err
		}
		total.add(&found)
		if list == nil {
			total.List = name(c.Out, "")
			if list, err = newListFile(total.List, "--out"); err != nil {
				return err
			}
		}
		for i := range found.Affected {
			if err := list.write(&found.Affected[i]); err != nil {
				return err
			}
		}
		bar.Report("whose data the key could have read", part+1, engine.BreachParts)
	}
	if c.IDs != "" {
		if total.Matched, err = c.match(a, source, name(c.Matched, "-matched"), bar); err != nil {
			return err
		}
	}
	bar.End()
	total.Seconds = time.Since(began).Seconds()
	return c.show(a, &total)
}

func (c *breachCommand) since() (time.Time, error) {
	if c.Since == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(form, c.Since); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, tactful.InvalidField("--since", "is no time", "write 2026-11-20 or 2026-11-20T08:00:00Z")
}

func (x *exposed) add(part *exposed) {
	if x.Key.ID == "" {
		x.Key, x.Since, x.Until, x.Opens = part.Key, part.Since, part.Until, part.Opens
		x.Could.Kinds, x.Did.Kinds = map[string]int{}, map[string]int{}
	}
	x.People += part.People
	x.Reads += part.Reads
	x.Looks += part.Looks
	for _, sum := range [...]struct{ into, from *exposedCount }{{&x.Could, &part.Could}, {&x.Did, &part.Did}} {
		sum.into.People += sum.from.People
		for word, n := range sum.from.Kinds {
			sum.into.Kinds[word] += n
		}
	}
}

// match looks up the ids of a file.
func (c *breachCommand) match(a *app, source breachSource, path string, bar *progress) (*matchCount, error) {
	file, err := os.Open(c.IDs)
	if err != nil {
		return nil, &tactful.Error{Kind: tactful.Invalid, Field: "--ids", Detail: "cannot be read", Remedy: "check the path", Err: err}
	}
	defer file.Close()
	out, err := newListFile(path, "--matched")
	if err != nil {
		return nil, err
	}
	counts := &matchCount{File: path}
	var ids []string
	flush := func() error {
		found, err := source.check(a, ids)
		if err != nil {
			return err
		}
		for i := range found {
			is := found[i].Reference != ""
			if is {
				counts.Exposed++
			}
			found[i].ID, found[i].Exposed = ids[i], &is
			if err := out.write(&found[i]); err != nil {
				return err
			}
		}
		counts.IDs += len(ids)
		ids = ids[:0]
		bar.Report("match ids", counts.IDs, counts.IDs)
		return a.ctx.Err()
	}
	in := bufio.NewScanner(file)
	for in.Scan() {
		if id := strings.TrimSuffix(in.Text(), "\r"); id != "" {
			ids = append(ids, id)
		}
		if len(ids) == engine.MaxBreachCheck {
			if err := flush(); err != nil {
				return nil, errors.Join(err, out.close())
			}
		}
	}
	if err = in.Err(); err == nil && len(ids) > 0 {
		err = flush()
	}
	return counts, errors.Join(err, out.close())
}

func (c *breachCommand) show(a *app, x *exposed) error {
	if c.JSON {
		return showJSON(a.out, x)
	}
	state := "in force: revoke it now (tactful keys revoke " + x.Key.ID + ")"
	if !x.Key.Revoked.IsZero() {
		state = "revoked " + x.Until.UTC().Format(time.RFC3339)
	}
	fmt.Fprintf(a.out, "Key %s (%s, %s, scopes %s), %s.\nFrom %s to %s.\n\n", x.Key.ID, x.Key.Name, x.Key.Kind, strings.Join(x.Key.Scopes, ","), state,
		x.Since.UTC().Format(time.RFC3339), x.Until.UTC().Format(time.RFC3339))
	if len(x.Opens) == 0 {
		fmt.Fprintf(a.out, "Its scopes show nothing of anybody: of %d people none could have been read. It could send false events.\n", x.People)
	} else {
		fmt.Fprintf(a.out, "Could have read %d of %d people; is on record to have read %d.\n", x.Could.People, x.People, x.Did.People)
	}
	rows := [][]string{{"KIND OF DATA", "COULD", "DID"}}
	kinds := map[string]bool{}
	for word := range x.Could.Kinds {
		kinds[word] = true
	}
	for word := range x.Did.Kinds {
		kinds[word] = true
	}
	for _, word := range slices.Sorted(maps.Keys(kinds)) {
		rows = append(rows, []string{word, strconv.Itoa(x.Could.Kinds[word]), strconv.Itoa(x.Did.Kinds[word])})
	}
	if len(rows) > 1 {
		if err := showTable(a.out, rows); err != nil {
			return err
		}
	}
	fmt.Fprintf(a.out, "\n%d lines in the key's own index (people erased since are counted there only); %d requests of a service.\nThe list: %s (%.1fs)\n", x.Looks, x.Reads, x.List, x.Seconds)
	if x.Matched != nil {
		fmt.Fprintf(a.out, "Of %d ids %d are exposed: %s\n", x.Matched.IDs, x.Matched.Exposed, x.Matched.File)
	}
	return nil
}

// breachSource is the stores, or a server that holds them.
type breachSource interface {
	part(a *app, part int) (exposed, error)
	check(a *app, ids []string) ([]affected, error)
}

func (c *breachCommand) source(a *app, since time.Time) (breachSource, func(), error) {
	if c.URL != "" {
		return &askedBreach{c, since}, func() {}, nil
	}
	eng, done, err := c.open(a)
	if err != nil {
		return nil, nil, err
	}
	return &openedBreach{c, since, eng}, done, nil
}

type openedBreach struct {
	*breachCommand
	since time.Time
	eng   *engine.Engine
}

func (o *openedBreach) part(a *app, part int) (exposed, error) {
	var x exposed
	b, err := o.eng.BreachPart(a.ctx, o.Key, o.since, part, func(found engine.Affected) error {
		x.Affected = append(x.Affected, affected{Reference: found.Reference, Could: found.Could.Words(), Did: found.Did.Words()})
		return a.ctx.Err()
	})
	if err != nil {
		return exposed{}, err
	}
	x.Key = knownKey{b.Key.ID, b.Key.Name, b.Key.Actor().Kind.String(), b.Key.Person, b.Key.Scopes.Words(), b.Key.Origins, b.Key.Maker.Name, b.Key.Maker.Key, b.Key.Created, b.Key.Revoked, b.Key.Agreed.Name, b.Key.Waits}
	x.Since, x.Until, x.Opens, x.People, x.Reads, x.Looks = b.Since, b.Until, b.Opens.Words(), b.People, b.Reads, b.Looks
	x.Could, x.Did = exposedCount(b.Could), exposedCount(b.Did)
	return x, nil
}

func (o *openedBreach) check(a *app, ids []string) ([]affected, error) {
	aliases := make([]tactful.Alias, len(ids))
	for i, id := range ids {
		aliases[i] = tactful.Alias{Kind: tactful.UserID, ID: id}
		if o.Anonymous {
			aliases[i].Kind = tactful.Anonymous
		}
	}
	found, err := o.eng.CheckBreach(a.ctx, o.Key, o.since, aliases)
	if err != nil {
		return nil, err
	}
	out := make([]affected, len(found))
	for i, f := range found {
		out[i] = affected{Reference: f.Reference, Could: f.Could.Words(), Did: f.Did.Words()}
	}
	return out, nil
}

type askedBreach struct {
	*breachCommand
	since time.Time
}

func (k *askedBreach) server() *serverFlags { return &serverFlags{URL: k.URL, Key: k.ServerKey} }

func (k *askedBreach) path() string { return "/v1/keys/" + url.PathEscape(k.Key) + "/exposure" }

func (k *askedBreach) part(a *app, part int) (x exposed, err error) {
	query := url.Values{"part": {strconv.Itoa(part)}}
	if !k.since.IsZero() {
		query.Set("since", k.since.Format(time.RFC3339))
	}
	_, err = k.server().ask(a, http.MethodGet, k.path()+"?"+query.Encode(), nil, &x)
	return x, err
}

func (k *askedBreach) check(a *app, ids []string) ([]affected, error) {
	path := k.path() + "/check"
	if k.Anonymous {
		path += "?kind=anonymous"
	}
	body := map[string]any{"ids": ids}
	if !k.since.IsZero() {
		body["since"] = k.since.Format(time.RFC3339)
	}
	var answer struct{ Found []affected }
	if _, err := k.server().ask(a, http.MethodPost, path, body, &answer); err != nil {
		return nil, err
	}
	if len(answer.Found) != len(ids) {
		return nil, tactful.Errorf(tactful.Internal, "the server answered %d of %d ids", len(answer.Found), len(ids))
	}
	return answer.Found, nil
}

// lines is a file of one JSON object a line, that only its owner can read. An
// older list is never written over.
type listFile struct {
	file   *os.File
	writer *bufio.Writer
	json   *json.Encoder
}

func newListFile(path, flag string) (*listFile, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, tactful.InvalidField(flag, "names a file that is there already", "name another, or move that one away")
	}
	if err != nil {
		return nil, &tactful.Error{Kind: tactful.Invalid, Field: flag, Detail: "cannot be written", Remedy: "check the path", Err: err}
	}
	l := &listFile{file: file, writer: bufio.NewWriter(file)}
	l.json = json.NewEncoder(l.writer)
	return l, nil
}

func (l *listFile) write(a *affected) error {
	if a.Could == nil {
		a.Could = []string{}
	}
	if a.Did == nil {
		a.Did = []string{}
	}
	return l.json.Encode(a)
}

func (l *listFile) close() error { return errors.Join(l.writer.Flush(), l.file.Close()) }
