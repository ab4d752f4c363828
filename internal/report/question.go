package report

import (
	"fmt"
	"strconv"
	"time"

	"github.com/tactful/tactful"
)

// Question asks one family about so many days before one. Whole days, so that
// there are few questions and each is asked again rather than anew.
type Question struct {
	Report string
	Days   int       // 0: as the family has it
	Until  time.Time // first moment that does not count; zero: the beginning of today
}

const day = 24 * time.Hour

// Dated is how dates are written.
const Dated = "2006-01-02"

// Settle completes a question as of now, or refuses it.
func (q Question) Settle(now time.Time) (Question, Family, error) {
	f, err := ByName(q.Report)
	if err != nil {
		return q, f, err
	}
	today := now.UTC().Truncate(day)
	if q.Until.IsZero() {
		q.Until = today
	}
	q.Until = q.Until.UTC()
	switch {
	case !q.Until.Equal(q.Until.Truncate(day)):
		return q, f, tactful.InvalidField("until", "is not the beginning of a day", "send a date such as 2026-11-26")
	case q.Until.After(today):
		return q, f, tactful.InvalidField("until", "is in the future", "ask up to today; a day that is not over has no number yet")
	case q.Until.Before(today.AddDate(-10, 0, 0)):
		return q, f, tactful.InvalidField("until", "is too long ago", "ask for the last ten years")
	case f.MostDays == 0 && (q.Days != 0 || !q.Until.Equal(today)):
		return q, f, tactful.InvalidField("days", "is not taken by this report", "it is about today; leave days and until out")
	}
	if q.Days == 0 {
		q.Days = f.Days
	}
	if f.MostDays > 0 && (q.Days < 1 || q.Days > f.MostDays) {
		return q, f, tactful.InvalidField("days", "is out of range", fmt.Sprintf("ask for 1 to %d days", f.MostDays))
	}
	if f.Name == Trends && q.Days%7 != 0 {
		return q, f, tactful.InvalidField("days", "is not a number of weeks", "ask for 7, 14, 21, ... days")
	}
	return q, f, nil
}

// From is the first moment that counts.
func (q Question) From() time.Time { return q.Until.AddDate(0, 0, -q.Days) }

// Key names a settled question: the same question has the same key.
func (q Question) Key() string {
	return q.Report + "/" + strconv.Itoa(q.Days) + "/" + q.Until.Format(Dated)
}

// Month names the month whose budget pays for what is asked now.
func Month(now time.Time) string { return now.UTC().Format("2006-01") }

// Renews is when a budget that is spent now is whole again.
func Renews(now time.Time) time.Time {
	y, m, _ := now.UTC().Date()
	return time.Date(y, m+1, 1, 0, 0, 0, 0, time.UTC)
}
