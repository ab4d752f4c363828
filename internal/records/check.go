package records

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// Checked is what opening every row of the data store found.
type Checked struct {
	People  int
	Rows    map[string]int // by the name of their section
	Faults  map[string]int // rows that do not open or cannot be read, by sentence
	Keyless []tactful.Ref  // partitions of people without a key
}

// checkedSections are those that this store has, in the order of their numbers.
var checkedSections = []struct {
	section store.Section
	name    string
}{
	{store.Subjects, "people"}, {store.Aliases, "names"}, {store.Catalogue, "catalogue"}, {store.House, "decisions about nobody"},
	{store.Duties, "duties"}, {store.Ledger, "ledger"}, {store.Cases, "requests"}, {store.Looks, "looks"}, {store.Labels, "labels"}, {store.Campaigns, "campaigns"},
	{store.Deliveries, "messages that wait"},
}

// Check opens every row with the key it must open with and, where it is of a
// person, reads it as what it claims to be. Rows of the ledger are not sealed:
// VerifyLedger judges them.
func (r *Records) Check(ctx context.Context, progress func(stage string, done, total int)) (*Checked, error) {
	c := &checker{Records: r, found: &Checked{Rows: map[string]int{}, Faults: map[string]int{}}}
	for i, s := range checkedSections {
		c.name = s.name
		for _, family := range []store.Family{store.State, store.Log} {
			c.family = family
			err := r.each(ctx, store.Range{Section: s.section, Family: family, Now: time.Unix(0, 0)}, func(p store.Partition, rows []store.Row) error {
				return c.visit(ctx, p, rows)
			})
			if err == nil {
				err = c.flush(ctx)
			}
			if err != nil {
				return nil, fmt.Errorf("check %s: %w", s.name, err)
			}
		}
		progress("open every row", i+1, len(checkedSections))
	}
	return c.found, nil
}

type checker struct {
	*Records
	found  *Checked
	name   string
	family store.Family
	refs   []tactful.Ref // people whose rows wait for their keys
	rows   [][]store.Row
	size   int
	plain  []byte
}

func (c *checker) fault(sentence string) { c.found.Faults[sentence]++ }

const checkRows = 4096 // rows held while their keys are fetched

func (c *checker) visit(ctx context.Context, p store.Partition, rows []store.Row) error {
	c.found.Rows[c.name] += len(rows)
	switch p.Section {
	case store.Subjects:
		if c.family == store.State {
			c.found.People++
		}
		c.refs, c.rows, c.size = append(c.refs, p.ID), append(c.rows, rows), c.size+len(rows)
		if len(c.refs) >= scanChunk || c.size >= checkRows {
			return c.flush(ctx)
		}
	case store.Ledger:
	case store.House:
		for _, row := range rows {
			c.house(p, row)
		}
	default:
		for _, row := range rows {
			if p.Section == store.Duties && c.family == store.Log { // a mark is its key
				if len(row.Key) != markLen {
					c.fault("a mark for the learner cannot be read")
				}
				continue
			}
			if p.Section == store.Deliveries { // so is the name of a message
				if len(row.Key) != pendingLen {
					c.fault("the name of a message that waits cannot be read")
				}
				continue
			}
			c.open(c.vault.Tenant(), p, row)
		}
	}
	return nil
}

// open opens one row; it reports whether it could.
func (c *checker) open(sealer *vault.Sealer, p store.Partition, row store.Row) bool {
	var err error
	if c.plain, err = sealer.Open(c.plain[:0], p, c.family, row.Key, row.Value); err != nil {
		c.fault("a row of " + c.name + " does not open: it was changed, or belongs elsewhere")
		return false
	}
	return true
}

// house opens a row about nobody: its key says of which day.
func (c *checker) house(p store.Partition, row store.Row) {
	if len(row.Key) < receiptKeyLen {
		c.fault("a row of " + c.name + " cannot be read")
		return
	}
	place := c.placeOf(tactful.Ref{}, row.Key[1:receiptKeyLen])
	sealer, err := c.vault.House(place.day)
	if err != nil {
		c.fault("a day of " + c.name + " has no key")
		return
	}
	if c.open(sealer, p, row) {
		c.read(row.Key)
	}
}

// flush opens the rows of the people that wait.
func (c *checker) flush(ctx context.Context) error {
	sealers, err := c.vault.Passing(ctx, c.refs)
	if err != nil { // one of them: find out which
		sealers = make([]*vault.Sealer, len(c.refs))
		for i, ref := range c.refs {
			one, err := c.vault.Passing(ctx, []tactful.Ref{ref})
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				c.fault("the key of a person does not open")
				c.rows[i] = nil
				continue
			}
			sealers[i] = one[0]
		}
	}
	for i, ref := range c.refs {
		if sealers[i] == nil {
			if c.rows[i] != nil {
				c.found.Keyless = append(c.found.Keyless, ref)
			}
			continue
		}
		for _, row := range c.rows[i] {
			if c.open(sealers[i], subjectPartition(ref), row) {
				c.read(row.Key)
			}
		}
	}
	c.refs, c.rows, c.size = c.refs[:0], c.rows[:0], 0
	return nil
}

// read reads what was opened as what its key says it is.
func (c *checker) read(key []byte) {
	var err error
	plain := c.plain
	if c.family == store.Log {
		switch key[0] {
		case eventType:
			_, err = decodeEvent(string(plain))
		case consentType:
			_, err = decodeConsent(plain)
		case receiptType:
			_, err = decodeReceipt(plain)
		case feedbackType:
			_, err = decodeFeedback(plain)
		case lookType:
			_, err = decodeLook(plain)
		case rightType:
			_, err = decodeSaid(plain)
		}
	} else {
		switch string(key) {
		case string(standingKey):
			_, err = decodeStanding(plain)
		case string(settingsKey):
			_, err = decodeSettings(plain)
		case string(preferencesKey):
			_, err = decodePreferences(plain)
		case string(aliasesKey):
			_, err = decodeAliases(plain)
		case string(contributionKey):
			_, err = decodeContribution(plain)
		case string(panelKey):
			_, err = decodePanel(plain)
		case string(outboxKey):
			_, err = decodeMessages(plain)
		case string(placeKey):
			_, err = decodePlace(plain)
		case string(recipientsKey):
			_, err = decodeRecipients(plain)
		case string(joinedKey):
			_, err = decodeJoined(plain)
		case string(inheritedKey):
			_, err = decodeInherited(plain)
		}
	}
	if err != nil {
		c.fault("a row of " + c.name + " opens and cannot be read")
	}
}

// HaveRows counts those of these people of whom anything is still stored.
func (r *Records) HaveRows(ctx context.Context, refs []tactful.Ref) (n int, err error) {
	for _, ref := range refs {
		answers, err := r.data.Read(ctx, []store.Query{
			{Partition: subjectPartition(ref), Family: store.State, Limit: 1, Now: time.Unix(0, 0)},
			{Partition: subjectPartition(ref), Family: store.Log, Limit: 1, Now: time.Unix(0, 0)},
		})
		if err != nil {
			return 0, fmt.Errorf("look for rows: %w", kindly(err))
		}
		if len(answers[0].Rows)+len(answers[1].Rows) > 0 {
			n++
		}
	}
	return n, nil
}
