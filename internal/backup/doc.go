// Package backup knows what a copy of a directory is: its files, each with its
// checksum, named in one manifest that is written last. It copies a whole one
// back, or nothing. What the files mean is for others to know.
package backup
