// Package wording fills copy for one reader. Copy is written once, with fields
// such as {{first_name}}; what stands in a field's place depends on how the
// reader and the business stand to each other. A name is said only to somebody
// who told it to us themself and who bought something or signed up here, and in
// a line that others may see only to who bought. Everybody else reads the same
// sentence without it. A field that nobody knows is never shown raw, whatever
// tool it was written for.
//
// Whoever composes a decision calls Check when copy is loaded, and refuses what
// it names; and Render for each text that goes out, with Of for where the text
// will stand:
//
//	title := wording.Render(o.Title, wording.Of(o.Channel, wording.Title), &reader, plain)
//	body := wording.Render(o.Body, wording.Of(o.Channel, wording.Body), &reader, plain)
//
// A field may bring the words that stand in for it: {{first_name|"gardener"}}.
// What was rendered is to be read for pressure once more (internal/coercion).
package wording
