// Package reference serves the API's document as a page that people can read:
// /docs, made once from /openapi.yaml by the server itself, with nothing from
// elsewhere and no script.
package reference
