package coercion

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Facts are what copy about an offer may lean on.
type Facts struct {
	Stock int64     // pieces left, below 0: not known
	Ends  time.Time // when the offer ends, zero: it does not, or nobody knows
	Now   time.Time
}

// Truth is what the facts say of a claim.
type Truth uint8

// Truths.
const (
	Unproved Truth = iota // no fact says so: such a claim may not be made
	True
	False
)

var truthWords = [...]string{"unproved", "true", "false"}

func (t Truth) String() string { return truthWords[t] }

// Claim is something the copy says of the world.
type Claim struct {
	Words string // as written
	Of    Category
	Truth Truth
}

// The claims, over the text in lower case with its digits.
var (
	stockClaim = regexp.MustCompile(`\b(?:only|just|nur(?: noch)?|noch)\s+(\d{1,6})\b(?:\s+\p{L}+){0,3}?\s+(?:left|remaining|available|in stock|übrig|verfügbar|auf lager|vorrätig|da|stück|exemplare)\b|\b(\d{1,6})\s+(?:\p{L}+\s+){0,2}?(?:left|remaining)(?:\s+in stock)?\b`)
	fewClaim   = regexp.MustCompile(`\b(?:almost|nearly) (?:gone|sold out)\b|\blow (?:in )?stock\b|\b(?:only|just) a few (?:left|remaining)\b|\b(?:fast|beinahe) ausverkauft\b|\bnur noch wenige\b|\blast (?:one|pair|piece|few)\b|\bletzte[sn]? (?:stück|exemplare?)\b`)
	todayClaim = regexp.MustCompile(`\b(?:ends|ending|expires|closes) (?:tonight|today|at midnight)\b|\b(?:today|tonight) only\b|\bonly today\b|\b(?:endet|läuft) heute\b|\bnur (?:noch )?heute\b`)
	hoursClaim = regexp.MustCompile(`\b(?:ends|ending|expires|closes|endet|läuft|only|just|nur noch|noch)\s+(?:in\s+)?(\d{1,4})\s*(hours?|hrs?|stunden?|std|minutes?|mins?|minuten?|days?|tagen?|tage)\b|\b(\d{1,4})\s*(hours?|hrs?|minutes?|mins?|days?) (?:left|remaining|to go)\b`)
)

// fewLeft is the most pieces that may be called few.
const fewLeft = 5

// slack is how far a stated time may lie from the true one.
const slack = 1.25

// claims finds what a text says of stock and time and weighs it.
func claims(text string, facts *Facts) []Claim {
	lower := strings.ToLower(text)
	var found []Claim
	for _, m := range stockClaim.FindAllStringSubmatch(lower, 16) {
		n, err := strconv.ParseInt(m[1]+m[2], 10, 64)
		truth := Unproved
		if facts != nil && facts.Stock >= 0 && err == nil {
			truth = truthOf(facts.Stock == n)
		}
		found = append(found, Claim{m[0], Scarcity, truth})
	}
	for _, m := range fewClaim.FindAllString(lower, 16) {
		truth := Unproved
		if facts != nil && facts.Stock >= 0 {
			truth = truthOf(facts.Stock > 0 && facts.Stock <= fewLeft)
		}
		found = append(found, Claim{m, Scarcity, truth})
	}
	left := func() (time.Duration, bool) {
		if facts == nil || facts.Ends.IsZero() || facts.Now.IsZero() {
			return 0, false
		}
		return facts.Ends.Sub(facts.Now), true
	}
	for _, m := range todayClaim.FindAllString(lower, 16) {
		truth := Unproved
		if d, known := left(); known {
			y, month, day := facts.Now.Date()
			ey, emonth, eday := facts.Ends.Add(-time.Nanosecond).In(facts.Now.Location()).Date()
			truth = truthOf(d > 0 && y == ey && month == emonth && day == eday)
		}
		found = append(found, Claim{m, Urgency, truth})
	}
	for _, m := range hoursClaim.FindAllStringSubmatch(lower, 16) {
		n, err := strconv.ParseInt(m[1]+m[3], 10, 64)
		unit := time.Hour
		switch word := m[2] + m[4]; {
		case strings.HasPrefix(word, "m"):
			unit = time.Minute
		case strings.HasPrefix(word, "d") || strings.HasPrefix(word, "t"):
			unit = 24 * time.Hour
		}
		truth := Unproved
		if d, known := left(); known && err == nil {
			said := float64(n) * float64(unit)
			truth = truthOf(float64(d) >= said/slack && float64(d) <= said*slack)
		}
		found = append(found, Claim{m[0], Urgency, truth})
	}
	return found
}

func truthOf(is bool) Truth {
	if is {
		return True
	}
	return False
}
