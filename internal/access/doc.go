// Package access holds the API keys: who may call which door. A key is shown
// once, when it is created; afterwards only its SHA-256 exists, sealed, in one
// partition of the store. Doors ask Check before they read a body.
package access
