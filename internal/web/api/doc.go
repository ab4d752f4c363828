// Package api is the HTTP door of the document api/openapi.yaml. The document
// is read once at start: it gives the routes their scopes, and every request
// is checked against its schemas before a handler sees it, so that what is
// documented, validated and used cannot part ways.
//
// A body is parsed once: the value that was validated is the value that is
// bound into the generated types (package wire).
package api
