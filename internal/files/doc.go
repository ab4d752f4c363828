// Package files is the file system under the few files that lie beside the
// stores: the model, the key set, and copies. It is a seam, so that tests can crash
// and fail these files together with the stores; it knows nothing of their content.
package files
