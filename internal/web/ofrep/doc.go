// Package ofrep is the door for OpenFeature's Remote Evaluation Protocol, version
// 0.3.0: clients of OpenFeature ask here for the values of flags. A person who has
// not agreed to tests gets the explicit value of control and the reason DISABLED,
// and is not recorded; the spec allows to leave the value out, but its server
// provider takes that for an error and loses the reason.
//
// Answers depend on consent, so nobody may keep them: the ETag is over the values
// with their reasons, and each request reads consent anew. The web provider keeps
// values in localStorage by default: set cacheMode to 'disabled' until somebody
// agreed.
package ofrep
