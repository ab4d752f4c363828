package tactful

import "fmt"

// Significant refuses a request for a decision that would differ from person to
// person about price, eligibility or credit (GDPR 22; CCPA regulations 7200 to
// 7222). No configuration lifts it. Doors answer it with 422.
type Significant struct{ Problem *Error }

// Error says what is refused.
func (s *Significant) Error() string { return s.Problem.Error() }

// Unwrap returns the refusal with its kind and field.
func (s *Significant) Unwrap() error { return s.Problem }

// RefuseSignificant refuses the field that asks for such a decision; about names
// it: "prices", "eligibility" or "credit".
func RefuseSignificant(field, about string) error {
	return &Significant{&Error{
		Kind: Refused, Field: field, Detail: fmt.Sprintf("asks for a decision about %s that would differ from person to person", about),
		Remedy: "this engine decides no prices, no eligibility and no credit for single people; set them by rules that are the same for everybody, or have a human decide",
	}}
}
