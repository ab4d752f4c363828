// Package model is the model file: one immutable, checksummed array of weights,
// written whole, read whole, and scored without allocation. learn writes it,
// recommend and explain read it. It holds item numbers, weights and counts of
// people: nothing about any person, no time, no counter, so that the same data
// give the same file, and the file's hash is its name.
package model
