// Package catalog keeps the items that can be recommended: sealed rows in the
// store, an immutable Snapshot in memory behind one atomic pointer, and a feed
// of changes. An item's number is given once, in order of first listing, and
// never reused; a deleted item leaves a tombstone that keeps its number.
//
// Rows are keyed by number and sealed under the tenant key, so that no product
// code can be read in the files.
package catalog
