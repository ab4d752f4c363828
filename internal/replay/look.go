package replay

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// folded brings text into the form in which needles are looked for.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Cf, r):
			return -1
		case unicode.Is(unicode.Nd, r) && r > 127:
			zero := r
			for zero > r-9 && unicode.Is(unicode.Nd, zero-1) {
				zero--
			}
			return '0' + (r-zero)%10
		}
		return r
	}, norm.NFKC.String(s))
}

// unfold opens JSON and base64 inside text, as a reader of the store would.
func (c *catch) unfold(s string) {
	if decoded, err := base64.StdEncoding.DecodeString(s); err == nil && json.Valid(decoded) {
		s = string(decoded)
	}
	if len(s) > 0 && (s[0] == '{' || s[0] == '[') {
		var v any
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber() // a float would lose a canary's last zero
		if d.Decode(&v) == nil {
			c.object(v)
		}
	}
}

// wilson is the 95 % interval of a share.
func wilson(k, n int) [2]float64 {
	const z = 1.96
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return [2]float64{max(0, middle-half), min(1, middle+half)}
}

// sections are the parts of the data store that are looked at.
var sections = []store.Section{store.Subjects, store.Aliases, store.Catalogue, store.House, store.Duties, store.Ledger}

// lookAt opens every row of the data store with its key and adds what it says,
// once as typed events and consents and once as bare bytes, so that nothing
// can hide from the types. A row that no key opens is an error.
func lookAt(ctx context.Context, data store.Store, v *vault.Vault, r *records.Records, now time.Time) (*catch, error) {
	c := newCatch()
	for _, section := range sections {
		for _, family := range []store.Family{store.State, store.Log} {
			_, err := data.Scan(ctx, store.Range{Section: section, Family: family, Now: now}, store.Cursor{}, func(p store.Partition, rows []store.Row) error {
				return c.rows(ctx, v, p, family, rows)
			})
			if err != nil {
				return nil, fmt.Errorf("scan section %d: %w", section, err)
			}
		}
	}
	var refs []tactful.Ref
	err := r.ScanSubjects(ctx, 0, 1, now, func(ref tactful.Ref, s *records.Standing) error {
		refs = append(refs, ref)
		for _, consent := range s.Consents.Purposes {
			c.consent(consent)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("scan subjects: %w", err)
	}
	histories, err := r.Events(ctx, refs, records.AllEvents, now)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	for i, history := range histories {
		for _, stored := range history {
			c.event(stored.Event)
		}
		log, err := r.ConsentLog(ctx, refs[i], 0, now)
		if err != nil {
			return nil, fmt.Errorf("read consents: %w", err)
		}
		for _, consent := range log {
			c.consent(consent)
		}
	}
	return c, nil
}

// rows opens sealed rows and adds their plain bytes.
func (c *catch) rows(ctx context.Context, v *vault.Vault, p store.Partition, family store.Family, rows []store.Row) error {
	sealer := v.Tenant()
	if p.Section == store.Subjects {
		sealers, err := v.Sealers(ctx, []tactful.Ref{p.ID})
		if err != nil {
			return fmt.Errorf("find a key: %w", err)
		}
		sealer = sealers[0]
	}
	for _, row := range rows {
		plain := row.Value
		if len(plain) > 0 {
			if sealer == nil {
				return tactful.Errorf(tactful.Internal, "a subject's row has no key")
			}
			opened, err := sealer.Open(nil, p, family, row.Key, row.Value)
			if err != nil && p.Section == store.Subjects {
				return fmt.Errorf("open a row: %w", err)
			}
			if err == nil {
				plain = opened
			}
		}
		c.looked++
		lower := strings.ToLower(string(row.Key) + "\x00" + string(plain))
		for i := 0; i+needleBytes <= len(lower); i++ {
			c.text[lower[i:i+needleBytes]] = true
		}
	}
	return nil
}

func (c *catch) event(e tactful.Event) {
	for _, s := range []string{e.MessageID, e.Item, e.Query, e.Order, e.Session, e.Source} {
		if s != "" {
			c.add(s)
			c.unfold(s)
		}
	}
	for name, value := range e.Properties {
		c.add(name)
		c.add(value)
		c.unfold(value)
	}
}

func (c *catch) consent(k tactful.Consent) {
	for _, s := range []string{string(k.Purpose), k.NoticeVersion, k.Language, k.Method, k.Jurisdiction} {
		if s != "" {
			c.add(s)
		}
	}
}
