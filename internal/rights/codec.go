package rights

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/tactful/tactful"
)

// requestRow is the stored form. Fields may be added; none changes meaning.
type requestRow struct {
	Kind     string `json:"kind"`
	Channel  string `json:"channel"`
	State    string `json:"state"`
	Why      string `json:"why,omitempty"`
	Region   string `json:"region,omitempty"`
	Law      string `json:"law,omitempty"`
	Received int64  `json:"received"`
	Since    int64  `json:"since,omitempty"`
	Confirm  int64  `json:"confirm,omitempty"`
	Heard    int64  `json:"heard,omitempty"`
	Due      int64  `json:"due"`
	Latest   int64  `json:"latest,omitempty"`
	Moved    bool   `json:"moved,omitempty"`
	Closed   int64  `json:"closed,omitempty"`
	Ground   string `json:"ground,omitempty"`
	Opened   byRow  `json:"opened"`
	Told     byRow  `json:"told,omitzero"`
	Taken    byRow  `json:"taken,omitzero"`
	Released byRow  `json:"released,omitzero"`
	Ended    byRow  `json:"ended,omitzero"`
}

type byRow struct {
	Kind uint8  `json:"kind"`
	Name string `json:"name,omitempty"`
	Key  string `json:"key,omitempty"`
}

func (b By) row() byRow { return byRow{uint8(b.Kind), b.Name, b.Key} }
func (b byRow) by() By  { return By{tactful.ActorKind(b.Kind), b.Name, b.Key} }

func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Encode writes a request as it is stored.
func (r *Request) Encode() ([]byte, error) {
	return json.Marshal(requestRow{
		Kind: r.Kind.String(), Channel: r.Channel.String(), State: r.State.String(), Why: r.Why.String(), Region: r.Region, Law: r.Law,
		Received: milli(r.Received), Since: milli(r.Since), Confirm: milli(r.Confirm), Heard: milli(r.Heard), Due: milli(r.Due), Latest: milli(r.Latest), Moved: r.Moved, Closed: milli(r.Closed), Ground: r.Ground.String(),
		Opened: r.Opened.row(), Told: r.Told.row(), Taken: r.Taken.row(), Released: r.Released.row(), Ended: r.Ended.row(),
	})
}

// Decode reads what Encode wrote. A state, kind or channel that is not known
// is refused: a damaged request is never taken for one that may go on.
func Decode(plain []byte) (Request, error) {
	var row requestRow
	if err := strict(plain, &row); err != nil {
		return Request{}, err
	}
	r := Request{
		Region: row.Region, Law: row.Law, Received: moment(row.Received), Since: moment(row.Since), Confirm: moment(row.Confirm), Heard: moment(row.Heard), Due: moment(row.Due), Latest: moment(row.Latest), Moved: row.Moved,
		Closed: moment(row.Closed), Opened: row.Opened.by(), Told: row.Told.by(), Taken: row.Taken.by(), Released: row.Released.by(), Ended: row.Ended.by(),
	}
	var known [5]bool
	r.Kind, known[0] = ParseKind(row.Kind)
	r.Channel, known[1] = ParseChannel(row.Channel)
	r.State, known[2] = ParseState(row.State)
	why, ok := whyWords.parse(row.Why)
	r.Why, known[3] = Why(why), ok || row.Why == ""
	r.Ground, known[4] = ParseGround(row.Ground)
	known[4] = known[4] || row.Ground == ""
	for _, k := range known {
		if !k {
			return Request{}, tactful.Errorf(tactful.Internal, "a stored request says something unknown")
		}
	}
	return r, nil
}

// strict decodes one JSON value, all of it, and knows every field.
func strict(plain []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return tactful.Errorf(tactful.Invalid, "there is something after its end")
	}
	return nil
}
