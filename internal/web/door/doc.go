// Package door is what every HTTP door shares: who may enter, how much may be
// carried in, how long and how many at once, what is written down about it
// (route, status, duration; never ids, bodies or queries), and how a refusal
// reads (RFC 9457). Doors wrap their routes in a Frame; nothing here knows
// what a route does.
package door
