// Package profile reads the processor profiles that Go writes and says in a few
// lines where the time went. It knows stacks and numbers only; which function
// belongs to which area is its caller's to say.
package profile
