// Package explain turns a candidate into the honest reason for it. Sentences
// come from message catalogues (messages/*.json: en, de, fr, es, ar), are plain text
// and stay coarse: they name at most one item or one category, and no time,
// count, place or amount. The named reason is the largest contribution, so that
// taking it away changes the score by its share. It is pure.
package explain
