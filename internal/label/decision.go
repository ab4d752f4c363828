package label

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
)

// Answer is what an operator says of an item and a class.
type Answer uint8

// Answers. The zero value decides nothing.
const (
	Open  Answer = iota
	Is           // the item is of the class
	IsNot        // it is not
)

var answerWords = [...]string{"open", "is", "is_not"}

// String returns the wire word.
func (a Answer) String() string {
	if int(a) < len(answerWords) {
		return answerWords[a]
	}
	return answerWords[0]
}

// ParseAnswer reads a wire word.
func ParseAnswer(word string) (Answer, bool) {
	for i, name := range answerWords {
		if i > 0 && name == word {
			return Answer(i), true
		}
	}
	return Open, false
}

// Vote is one operator's answer, kept for good.
type Vote struct {
	Answer   Answer
	Operator string // name, as the key or the command gave it
	Key      string // id of the API key, "" if none was used
	Person   string // folded, so that one human with two keys votes once; see access.PersonID
	Reason   string
	Time     time.Time
	Print    string // of the item as it was looked at, see Fingerprint
}

// Decision is all that operators said of one item and one class, oldest first.
type Decision struct {
	Item  string
	Class string
	Votes []Vote
}

// MaxVotes bounds a decision; older votes than these make room.
const MaxVotes = 16

// Stands returns what the votes amount to for an item that looks as print says.
// The last vote counts. A "is not" takes a label away only while the item is what
// was looked at, and a sensitive one only if two people said so in a row: one
// tired click must not show a pregnancy test to a stranger.
func (d *Decision) Stands(kind Kind, print string) Answer {
	if len(d.Votes) == 0 {
		return Open
	}
	last := d.last()
	switch last.Answer {
	case Is:
		return Is
	case IsNot:
		if last.Print != print {
			return Open
		}
		if kind != Sensitive {
			return IsNot
		}
		for _, v := range d.Released(print) {
			if v.Person != last.Person && v.Person != "" && last.Person != "" {
				return IsNot
			}
		}
	case Open:
	}
	return Open
}

// Released returns the votes that take the label away together from an item that
// looks as print says: the last ones in a row, without one on anything else between
// them. Whoever adds to them is compared with each of them, so no other may count.
func (d *Decision) Released(print string) []Vote {
	i := len(d.Votes)
	for i > 0 && d.Votes[i-1].Answer == IsNot && d.Votes[i-1].Print == print {
		i--
	}
	return d.Votes[i:]
}

// Waits reports whether one person took the label away and a second one must.
func (d *Decision) Waits(kind Kind, print string) bool {
	return len(d.Votes) > 0 && d.last().Answer == IsNot && d.last().Print == print && d.Stands(kind, print) == Open
}

func (d *Decision) last() *Vote { return &d.Votes[len(d.Votes)-1] }

// Add appends a vote.
func (d *Decision) Add(v Vote) {
	d.Votes = append(d.Votes, v)
	if over := len(d.Votes) - MaxVotes; over > 0 {
		d.Votes = slices.Delete(d.Votes, 0, over)
	}
}

// Fingerprint names what an item looks like: a label that was taken away comes
// back when the item has become another thing.
func Fingerprint(item *tactful.Item) string {
	var b strings.Builder
	part := func(text string) {
		b.WriteString(text)
		b.WriteByte(0)
	}
	part(item.Title)
	for _, list := range [][]string{item.Categories, item.Labels} {
		for _, text := range list {
			part(text)
		}
		part("")
	}
	for _, key := range slices.Sorted(maps.Keys(item.Attributes)) {
		part(key)
		part(item.Attributes[key])
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:8])
}
