package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/law"
	"github.com/tactful/tactful/internal/rights"
)

// Rights sets up requests for rights.
type Rights struct {
	Zone          string        `yaml:"zone" doc:"zone in which the law's days are counted (IANA, such as Europe/Berlin): where the business is; '': the earliest date of any zone"`
	Erasures      int           `yaml:"erasures" doc:"erasures that one key, with the links it made, may ask for in an hour; further ones wait for a second operator"`
	ErasuresInAll int           `yaml:"erasures_in_all" doc:"the same for all keys and visits together, so that a new key is no way around it"`
	Keep          time.Duration `yaml:"keep" doc:"how long a closed request is kept, as proof that it was answered"`
	Check         time.Duration `yaml:"check" doc:"how often the queue is looked at for what is due"`
	Links         time.Duration `yaml:"links" doc:"how long a single-use link opens somebody's centre"`
	Visit         time.Duration `yaml:"visit" doc:"how long a visit to the centre lasts that such a link began"`
	Token         Token         `yaml:"token" doc:"tokens of the business's own server that say who somebody is"`
}

// Token sets up the business's signed tokens (compact JWS).
type Token struct {
	Algorithm string `yaml:"algorithm" doc:"EdDSA or HS256, and no other; '': no tokens"`
	KeyFile   string `yaml:"key_file" doc:"file with the Ed25519 public key (PEM) or the shared secret of 32 bytes or more (base64)"`
	Audience  string `yaml:"audience" doc:"what a token must name as its audience: this shop and no other"`
}

// Defaults fills what is not set.
func (c *Rights) Defaults() {
	set(&c.Erasures, 20)
	set(&c.ErasuresInAll, 200)
	set(&c.Keep, 3*365*24*time.Hour)
	set(&c.Check, 15*time.Minute)
	set(&c.Links, 15*time.Minute)
	set(&c.Visit, 30*time.Minute)
}

// Validate returns all faults.
func (c *Rights) Validate() (faults []error) {
	between := func(field string, value, low, high time.Duration) {
		if value < low || value > high {
			faults = append(faults, tactful.InvalidField("engine.rights."+field, "is out of range", fmt.Sprintf("between %s and %s", low, high)))
		}
	}
	between("keep", c.Keep, 24*time.Hour, 10*366*24*time.Hour)
	between("check", c.Check, time.Second, 24*time.Hour)
	between("links", c.Links, time.Minute, 24*time.Hour)
	between("visit", c.Visit, time.Minute, 24*time.Hour)
	for _, most := range []struct {
		field string
		value int
	}{{"erasures", c.Erasures}, {"erasures_in_all", c.ErasuresInAll}} {
		if most.value < 1 || most.value > 100_000 { // 0 would be read as no limit by one and as none by the other
			faults = append(faults, tactful.InvalidField("engine.rights."+most.field, "is out of range", "between 1 and 100000; a large number for as good as no limit"))
		}
	}
	if _, err := c.location(); err != nil {
		faults = append(faults, tactful.InvalidField("engine.rights.zone", "is not a zone", `name one of the IANA database, such as "Europe/Berlin"`))
	}
	switch c.Token.Algorithm {
	case "":
	case "EdDSA", "HS256":
		if c.Token.KeyFile == "" {
			faults = append(faults, tactful.InvalidField("engine.rights.token.key_file", "is missing", "name the file with the key"))
		}
		if c.Token.Audience == "" || len(c.Token.Audience) > 200 {
			faults = append(faults, tactful.InvalidField("engine.rights.token.audience", "is missing or too long", "name this shop, so that a token for another one does not open it"))
		}
	default:
		faults = append(faults, tactful.InvalidField("engine.rights.token.algorithm", "is unknown", "EdDSA or HS256"))
	}
	return faults
}

// location is the zone in which days are counted; nil where none was named.
// "Local" is refused: what the law says must not hang on a machine's setting.
func (c *Rights) location() (*time.Location, error) {
	switch c.Zone {
	case "":
		return nil, nil
	case "Local":
		return nil, errNoZone
	}
	return time.LoadLocation(c.Zone)
}

var errNoZone = errors.New("the machine's own zone is none of the database")

// lawClock is the clock of the law where the person lives, in the days of the
// place where the business is.
func (c *Rights) lawClock(kind rights.Kind, region string, received time.Time) rights.Due {
	right := law.Right(kind.String())
	zone, err := c.location()
	var due law.Due
	if zone == nil || err != nil {
		due = law.EarliestDeadline(region, right, received)
	} else {
		due = law.Deadline(region, right, received, zone)
	}
	return rights.Due{Confirm: due.Confirm.UTC(), Answer: due.Answer.UTC(), Extended: due.Extended.UTC(), Law: due.Row}
}
