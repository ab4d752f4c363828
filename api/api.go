// Package api holds the contract of the HTTP API. openapi.yaml is written
// first; the server's types are generated from it, and the door validates
// requests against the same bytes.
package api

import _ "embed"

//go:generate go tool oapi-codegen -config codegen.yaml openapi.yaml

//go:embed openapi.yaml
var document string

// Document returns the OpenAPI document as it is served at /openapi.yaml.
func Document() []byte { return []byte(document) }
