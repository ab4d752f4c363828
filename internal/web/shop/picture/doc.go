// Package picture draws a picture for an item that has none: the data of the
// demo comes without photographs. A drawing is a plain shape for the kind of
// thing, in the colour and pattern that the title names. It is a pure function
// of the item, so that the same item looks the same everywhere.
package picture
