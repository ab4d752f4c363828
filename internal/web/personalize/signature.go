package personalize

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
)

// signatureLife is how far a signature's time may be from ours, either way.
const signatureLife = 5 * time.Minute

const (
	algorithm   = "AWS4-HMAC-SHA256"
	terminator  = "aws4_request"
	amzTime     = "20060102T150405Z"
	maxHeaders  = 64
	neededHosts = "host"
	neededDate  = "x-amz-date"
)

// checkSignature verifies a request that is signed in its headers with AWS
// Signature Version 4 (AWS, "Signature Version 4 signing process"), over the
// bytes that came, and returns the id of the access key. A body that is not
// signed, and a signature in the query, are refused.
func checkSignature(r *http.Request, body []byte, secrets map[string]string, service string, now time.Time) (string, error) {
	refused := func(detail string) (string, error) {
		return "", &tactful.Error{Kind: tactful.Refused, Field: "Authorization", Detail: detail,
			Remedy: "Sign with an access key of doors.personalize, for the service " + service + "."}
	}
	given, ok := readAuthorization(r.Header.Get("Authorization"))
	if !ok || len(r.Header.Values("Authorization")) != 1 {
		return refused("The request is not signed with AWS Signature Version 4 in its headers.")
	}
	if given.service != service || given.end != terminator {
		return refused("The signature is for another service.")
	}
	if !slices.Contains(given.headers, neededHosts) || !slices.Contains(given.headers, neededDate) || len(r.Header.Values(neededDate)) != 1 {
		return refused("The signature does not cover host and x-amz-date.")
	}
	date := r.Header.Get(neededDate)
	at, err := time.Parse(amzTime, date)
	if err != nil || at.Format("20060102") != given.day {
		return refused("The signature's time cannot be read.")
	}
	if off := now.Sub(at); off > signatureLife || off < -signatureLife {
		return refused("The signature is too old, or of the future: are the clocks right?")
	}
	sum := sha256.Sum256(body)
	payload := hex.EncodeToString(sum[:])
	if said := r.Header.Get("X-Amz-Content-Sha256"); said != "" && said != payload {
		return refused("The body is not the one that was signed.")
	}
	canonical, ok := canonicalRequest(r, given.headers, payload)
	if !ok {
		return refused("The request cannot be brought into its canonical form.")
	}
	hashed := sha256.Sum256([]byte(canonical))
	scope := strings.Join([]string{given.day, given.region, given.service, given.end}, "/")
	secret, known := secrets[given.key]
	sign := sum256(signingKey(secret, given), strings.Join([]string{algorithm, date, scope, hex.EncodeToString(hashed[:])}, "\n"))
	signature, err := hex.DecodeString(given.signature)
	if right := hmac.Equal(signature, sign); !right || err != nil || !known {
		return refused("The signature is wrong, or the access key unknown.")
	}
	return given.key, nil
}

func sum256(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func signingKey(secret string, a authorization) []byte {
	key := sum256([]byte("AWS4"+secret), a.day)
	key = sum256(key, a.region)
	key = sum256(key, a.service)
	return sum256(key, a.end)
}

type authorization struct {
	key, day, region, service, end string
	headers                        []string
	signature                      string
}

// readAuthorization reads "AWS4-HMAC-SHA256 Credential=.../..., SignedHeaders=a;b, Signature=...".
func readAuthorization(text string) (a authorization, ok bool) {
	rest, ok := strings.CutPrefix(text, algorithm+" ")
	if !ok {
		return a, false
	}
	seen := map[string]string{}
	for _, part := range strings.Split(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if _, again := seen[name]; !ok || again {
			return a, false
		}
		seen[name] = value
	}
	scope := strings.Split(seen["Credential"], "/")
	if len(seen) != 3 || len(scope) != 5 || slices.Contains(scope, "") || seen["SignedHeaders"] == "" {
		return a, false
	}
	a = authorization{key: scope[0], day: scope[1], region: scope[2], service: scope[3], end: scope[4],
		headers: strings.Split(seen["SignedHeaders"], ";"), signature: seen["Signature"]}
	return a, len(a.headers) <= maxHeaders && slices.IsSorted(a.headers)
}

// canonicalRequest writes what was signed. It fails for a header that is named
// as signed and is not there.
func canonicalRequest(r *http.Request, signed []string, payload string) (string, bool) {
	var b strings.Builder
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	query, ok := canonicalQuery(r.URL.RawQuery)
	if !ok {
		return "", false
	}
	b.WriteString(r.Method + "\n" + escape(path, "/") + "\n" + query + "\n")
	for _, name := range signed {
		values := r.Header.Values(name)
		switch name {
		case "host":
			values = []string{r.Host}
		case "content-length":
			values = []string{strconv.FormatInt(r.ContentLength, 10)} // Go takes it out of the headers
		}
		if name != strings.ToLower(name) || len(values) == 0 {
			return "", false
		}
		trimmed := make([]string, len(values))
		for i, value := range values {
			trimmed[i] = strings.Join(strings.Fields(value), " ")
		}
		b.WriteString(name + ":" + strings.Join(trimmed, ",") + "\n")
	}
	b.WriteString("\n" + strings.Join(signed, ";") + "\n" + payload)
	return b.String(), true
}

func canonicalQuery(raw string) (string, bool) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return "", false
	}
	var parts []string
	for name, all := range values {
		for _, value := range all {
			parts = append(parts, escape(name, "")+"="+escape(value, ""))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "&"), true
}

// escape writes all but the unreserved characters of RFC 3986, and those kept, as %XX.
func escape(text, keep string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~"+keep, c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return b.String()
}
