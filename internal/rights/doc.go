// Package rights is what somebody may ask of the business about their own data
// (GDPR 15 to 22 and its likes): the kinds of request, the few states one goes
// through and who may move it, and the copy of everything that is known about
// a person, in forms that machines and people read. It is pure: no storage, no
// clock, no randomness. The engine carries requests out.
package rights
