// Package forgotten keeps the journal of erasures: which are under way and how
// far they have come, what remains of those that are done, and whose old yes no
// longer counts. It lives in the store of the keys and not with the data, so
// that a restored backup of the data meets the erasures that it does not know.
package forgotten
