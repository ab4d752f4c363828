package profile

import "encoding/binary"

// The wire types of protocol buffers.
const (
	wireNumber = 0
	wireFixed8 = 1
	wireBytes  = 2
	wireFixed4 = 5
)

// fields hands out the fields of one message: a number, or the bytes of what
// has a length.
func fields(text []byte, each func(number int, value uint64, body []byte) error) error {
	for len(text) > 0 {
		tag, n := binary.Uvarint(text)
		if n <= 0 || tag>>3 == 0 || tag>>3 > 1<<28 {
			return errProfile
		}
		text = text[n:]
		var value uint64
		var body []byte
		switch tag & 7 {
		case wireNumber:
			if value, n = binary.Uvarint(text); n <= 0 {
				return errProfile
			}
			text = text[n:]
		case wireBytes:
			length, n := binary.Uvarint(text)
			if n <= 0 || length > uint64(len(text)-n) {
				return errProfile
			}
			body, text = text[n:n+int(length)], text[n+int(length):]
		case wireFixed8, wireFixed4:
			size := 8
			if tag&7 == wireFixed4 {
				size = 4
			}
			if len(text) < size {
				return errProfile
			}
			text = text[size:]
			continue
		default:
			return errProfile
		}
		if err := each(int(tag>>3), value, body); err != nil {
			return err
		}
	}
	return nil
}

// numbers appends what a repeated number holds, one by one or packed.
func numbers(to []uint64, value uint64, body []byte) ([]uint64, error) {
	if body == nil {
		to = append(to, value)
	}
	for len(body) > 0 {
		v, n := binary.Uvarint(body)
		if n <= 0 {
			return nil, errProfile
		}
		to, body = append(to, v), body[n:]
	}
	if len(to) > maxDepth {
		return nil, errProfile
	}
	return to, nil
}
