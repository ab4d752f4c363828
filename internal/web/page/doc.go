// Package page has what every page of ours needs and nothing about any one of
// them: message catalogues, templates bound to a language, the headers that
// keep a page shut, and the check that a way back is our own.
package page
