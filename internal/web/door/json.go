package door

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tactful/tactful"
)

// ParseJSON decodes one JSON text (RFC 8259) to nil, bool, float64, string,
// []any and map[string]any, more strictly than encoding/json: a key may not
// occur twice in an object, text must be UTF-8 without lone surrogates, and
// nesting is bounded. What two decoders could read differently is refused, so
// that what was validated is what is used.
func ParseJSON(text []byte, depth int) (any, error) {
	p := jsonParser{text: text, depth: depth}
	p.space()
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	p.space()
	if p.at < len(p.text) {
		return nil, p.wrong("has something after its end")
	}
	return v, nil
}

type jsonParser struct {
	text  []byte
	at    int
	depth int
}

func (p *jsonParser) wrong(detail string) error {
	return tactful.InvalidField("body", detail+" at byte "+strconv.Itoa(p.at), "send valid JSON in UTF-8")
}

func (p *jsonParser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

func (p *jsonParser) value() (any, error) {
	if p.at >= len(p.text) {
		return nil, p.wrong("ends too early")
	}
	switch c := p.text[p.at]; {
	case c == '"':
		return p.str()
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	case p.word("true"):
		return true, nil
	case p.word("false"):
		return false, nil
	case p.word("null"):
		return nil, nil
	}
	return nil, p.wrong("is no JSON")
}

func (p *jsonParser) word(w string) bool {
	if len(p.text)-p.at < len(w) || string(p.text[p.at:p.at+len(w)]) != w {
		return false
	}
	p.at += len(w)
	return true
}

func (p *jsonParser) enter() error {
	if p.depth--; p.depth < 0 {
		return p.wrong("nests too deep")
	}
	p.at++
	p.space()
	return nil
}

// next moves past a comma or the closing bracket and reports which it was.
func (p *jsonParser) next(closing byte) (more bool, err error) {
	p.space()
	if p.at >= len(p.text) {
		return false, p.wrong("ends too early")
	}
	switch p.text[p.at] {
	case ',':
		p.at++
		p.space()
		return true, nil
	case closing:
		p.at++
		p.depth++
		return false, nil
	}
	return false, p.wrong("lacks a comma or a closing bracket")
}

func (p *jsonParser) object() (any, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	object := map[string]any{}
	if p.at < len(p.text) && p.text[p.at] == '}' {
		p.at++
		p.depth++
		return object, nil
	}
	for {
		if p.at >= len(p.text) || p.text[p.at] != '"' {
			return nil, p.wrong("lacks a key")
		}
		key, err := p.str()
		if err != nil {
			return nil, err
		}
		if _, twice := object[key]; twice {
			return nil, p.wrong("has the same key twice")
		}
		p.space()
		if p.at >= len(p.text) || p.text[p.at] != ':' {
			return nil, p.wrong("lacks a colon")
		}
		p.at++
		p.space()
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		object[key] = v
		more, err := p.next('}')
		if err != nil {
			return nil, err
		}
		if !more {
			return object, nil
		}
	}
}

func (p *jsonParser) array() (any, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	array := []any{}
	if p.at < len(p.text) && p.text[p.at] == ']' {
		p.at++
		p.depth++
		return array, nil
	}
	for {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		array = append(array, v)
		more, err := p.next(']')
		if err != nil {
			return nil, err
		}
		if !more {
			return array, nil
		}
	}
}

// number follows the grammar; strconv alone would take "1_0", "0x1" and "inf".
func (p *jsonParser) number() (any, error) {
	from := p.at
	p.one('-')
	switch {
	case p.one('0'):
	case p.digits() > 0:
	default:
		return nil, p.wrong("has a malformed number")
	}
	if p.one('.') && p.digits() == 0 {
		return nil, p.wrong("has a malformed number")
	}
	if p.one('e') || p.one('E') {
		if !p.one('+') {
			p.one('-')
		}
		if p.digits() == 0 {
			return nil, p.wrong("has a malformed number")
		}
	}
	f, err := strconv.ParseFloat(string(p.text[from:p.at]), 64)
	if err != nil {
		return nil, p.wrong("has a number out of range")
	}
	return f, nil
}

func (p *jsonParser) one(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *jsonParser) digits() int {
	from := p.at
	for p.at < len(p.text) && '0' <= p.text[p.at] && p.text[p.at] <= '9' {
		p.at++
	}
	return p.at - from
}

func (p *jsonParser) str() (string, error) {
	p.at++
	from, ascii := p.at, true
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '"':
			raw := p.text[from:p.at]
			if !ascii && !utf8.Valid(raw) {
				return "", p.wrong("is not UTF-8")
			}
			p.at++
			return string(raw), nil
		case c == '\\':
			return p.escaped(from)
		case c < ' ':
			return "", p.wrong("has a control character in a string")
		case c >= utf8.RuneSelf:
			ascii = false
		}
		p.at++
	}
	return "", p.wrong("ends too early")
}

// escaped continues a string at its first backslash.
func (p *jsonParser) escaped(from int) (string, error) {
	out := append([]byte(nil), p.text[from:p.at]...)
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				return "", p.wrong("is not UTF-8")
			}
			p.at++
			return string(out), nil
		case c < ' ':
			return "", p.wrong("has a control character in a string")
		case c != '\\':
			out = append(out, c)
			p.at++
			continue
		}
		if p.at+1 >= len(p.text) {
			break
		}
		switch e := p.text[p.at+1]; e {
		case '"', '\\', '/':
			out = append(out, e)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, err := p.unicode()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
			continue
		default:
			return "", p.wrong("has an unknown escape")
		}
		p.at += 2
	}
	return "", p.wrong("ends too early")
}

func (p *jsonParser) unicode() (rune, error) {
	high, ok := p.hex()
	if !ok {
		return 0, p.wrong("has an unknown escape")
	}
	if !utf16.IsSurrogate(high) {
		return high, nil
	}
	low, ok := p.hex()
	if r := utf16.DecodeRune(high, low); ok && r != utf8.RuneError {
		return r, nil
	}
	return 0, p.wrong("has half a character")
}

func (p *jsonParser) hex() (rune, bool) {
	if len(p.text)-p.at < 6 || p.text[p.at] != '\\' || p.text[p.at+1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(string(p.text[p.at+2:p.at+6]), 16, 32)
	if err != nil {
		return 0, false
	}
	p.at += 6
	return rune(v), true
}
