package api

import (
	"math"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tactful/tactful"
)

// decisionAnswer writes a decision. It is the one answer that is given
// thousands of times a second, and encoding/json took more than a third of the
// door's time for it; a test holds both to the same values.
type decisionAnswer struct {
	server   *server
	decision *tactful.Decision
}

// VisitRecommendResponse writes the answer.
func (a decisionAnswer) VisitRecommendResponse(w http.ResponseWriter) error {
	buf, _ := a.server.buffers.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	defer a.server.buffers.Put(buf)
	text, ok := appendDecision((*buf)[:0], a.decision)
	*buf = text
	if !ok {
		return tactful.Errorf(tactful.Internal, "a score is no number")
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(text) // the caller is gone; the access log has the status
	return nil
}

// appendDecision writes the schema Decision. It reports false if a number
// cannot be written as JSON.
func appendDecision(b []byte, d *tactful.Decision) ([]byte, bool) {
	ok := true
	b = appendText(append(b, `{"id":`...), d.ID)
	b = append(b, `,"time":"`...)
	b = d.Time.UTC().AppendFormat(b, time.RFC3339Nano)
	b = appendText(append(b, `","placement":`...), d.Placement.String())
	b = appendText(append(b, `,"level":`...), d.Level.String())
	b = append(b, `,"suggestions":[`...)
	for i := range d.Suggestions {
		if i > 0 {
			b = append(b, ',')
		}
		s := &d.Suggestions[i]
		b = appendItem(append(b, `{"item":`...), &s.Item)
		b = appendNumber(append(b, `,"score":`...), s.Score, &ok)
		b = appendText(append(b, `,"origin":`...), s.Origin.String())
		b = appendReason(append(b, `,"reason":`...), &s.Reason, &ok)
		b = append(b, '}')
	}
	b = append(b, `],"withheld":[`...)
	for i, w := range d.Withheld {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(append(b, `{"guard":`...), w.Guard)
		b = strconv.AppendInt(append(b, `,"count":`...), int64(w.Count), 10)
		b = append(b, '}')
	}
	b = appendIfSet(append(b, ']'), `,"note":`, d.Note)
	if d.GPC {
		b = append(b, `,"gpc":"honoured"`...)
	}
	return append(b, '}'), ok
}

func appendItem(b []byte, it *tactful.Item) []byte {
	b = appendText(append(b, `{"id":`...), it.ID)
	b = appendText(append(b, `,"title":`...), it.Title)
	b = appendIfSet(b, `,"url":`, it.URL)
	b = appendIfSet(b, `,"image":`, it.Image)
	b = appendTexts(b, `,"categories":[`, it.Categories)
	if it.Price >= 0 {
		b = strconv.AppendInt(append(b, `,"price":`...), it.Price, 10)
	}
	b = appendIfSet(b, `,"currency":`, it.Currency)
	b = appendText(append(b, `,"availability":`...), it.Availability.String())
	return append(b, '}')
}

func appendReason(b []byte, r *tactful.Reason, ok *bool) []byte {
	b = appendText(append(b, `{"key":`...), r.Key)
	b = appendText(append(b, `,"sentence":`...), r.Sentence)
	b = appendText(append(b, `,"language":`...), r.Language)
	b = appendTexts(b, `,"items":[`, r.Items)
	if r.Share != 0 {
		b = appendNumber(append(b, `,"share":`...), r.Share, ok)
	}
	return append(b, '}')
}

func appendIfSet(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return appendText(append(b, name...), text)
}

func appendTexts(b []byte, open string, all []string) []byte {
	if len(all) == 0 {
		return b
	}
	b = append(b, open...)
	for i, text := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendText(b, text)
	}
	return append(b, ']')
}

func appendNumber(b []byte, v float64, ok *bool) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		*ok = false
		return append(b, '0')
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

// asItIs are the bytes that a JSON string holds unchanged.
var asItIs = func() (table [256]bool) {
	for c := byte(' '); c < utf8.RuneSelf; c++ {
		table[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
	}
	return table
}()

// appendText writes a string, with <, > and & escaped so that the answer may
// be put into a page, and what is not UTF-8 replaced.
func appendText(b []byte, text string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := 0; i < len(text); {
		c := text[i]
		if asItIs[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, text[from:i]...), `\ufffd`...)
				from = i + 1
			}
			i += size
			continue
		}
		b = append(b, text[from:i]...)
		if c == '"' || c == '\\' {
			b = append(b, '\\', c)
		} else {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		from = i
	}
	return append(append(b, text[from:]...), '"')
}
