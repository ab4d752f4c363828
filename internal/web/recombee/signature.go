package recombee

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
)

// signatureLife is how far a signature's time may be from ours, either way.
const signatureLife = 5 * time.Minute

const (
	signPart = "&hmac_sign="
	maxSign  = 2 * sha1.Size // as hex digits
)

// checkSignature holds a request's target against its signature: HMAC-SHA1,
// under the private token, over everything before "&hmac_sign=". SHA-1 is the
// wire's choice; for an HMAC it is not broken. An unknown database (an empty
// token) is refused in the same words and time as a wrong signature.
func checkSignature(target, token string, now time.Time) error {
	refused := func(detail string) error {
		return &tactful.Error{Kind: tactful.Refused, Field: "hmac_sign", Detail: detail,
			Remedy: "Sign with the private token of this database, as Recombee's server clients do; see doors.recombee in `tactful config`."}
	}
	at := strings.LastIndex(target, signPart)
	if at < 0 || len(target)-at-len(signPart) != maxSign {
		return refused("The request is not signed.")
	}
	signed := target[:at]
	given, err := hex.DecodeString(target[at+len(signPart):])
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(signed))
	if right := hmac.Equal(given, mac.Sum(nil)); err != nil || !right || token == "" {
		return refused("The signature is not this database's.")
	}
	_, query, _ := strings.Cut(signed, "?")
	values, err := url.ParseQuery(query)
	if err != nil || len(values["hmac_timestamp"]) != 1 {
		return refused("The signature has no time.")
	}
	seconds, err := strconv.ParseInt(values.Get("hmac_timestamp"), 10, 64)
	if err != nil {
		return refused("The signature's time is no number.")
	}
	if off := now.Sub(time.Unix(seconds, 0)); off > signatureLife || off < -signatureLife {
		return refused("The signature is too old, or of the future: are the clocks right?")
	}
	return nil
}
