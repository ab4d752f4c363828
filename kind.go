package tactful

import (
	"errors"
	"fmt"
)

// Kind is the closed set of ways in which a call can fail. Doors map a Kind to
// a status code in one table; nothing else about an error decides that.
type Kind uint8

// The zero Kind is Internal: an error nobody classified is ours, not the caller's.
const (
	Internal    Kind = iota // our fault; the sentence says nothing about internals
	Invalid                 // the input is wrong; Field names what to change
	Refused                 // understood and declined: consent, a guard, a scope, a law
	NotFound                // no such subject, item, decision or receipt
	Conflict                // somebody changed it in between; read again and retry
	Unavailable             // not now: overload, closing, storage away; retry later
)

var kindNames = [...]string{"internal", "invalid", "refused", "not_found", "conflict", "unavailable"}

// String returns the word used in problem documents and metrics.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "internal"
}

// Error is the one error type that crosses package borders with meaning. It
// never contains subject data: Field is the name of a field, never its value.
type Error struct {
	Kind   Kind
	Field  string // JSON path of the offending field, "" if none
	Detail string // one plain sentence for the caller
	Remedy string // what to do about it, "" if nothing can be said
	Err    error  // the cause, for logs; never shown to users
}

// Error renders the sentence with the field in front.
func (e *Error) Error() string {
	text := e.Detail
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error of the given kind without field or remedy.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// InvalidField makes an Invalid error that names the field and the remedy.
func InvalidField(field, detail, remedy string) *Error {
	return &Error{Kind: Invalid, Field: field, Detail: detail, Remedy: remedy}
}

// KindOf returns the kind of the first Error in the chain, Internal if there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
