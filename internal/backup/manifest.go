package backup

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/files"
)

// Kind is what a copy is of.
type Kind string

// Kinds. The two are never in one copy: keys beside the data they open would
// make every erasure undone by one theft.
const (
	Data Kind = "data"
	Keys Kind = "keys"
)

// ManifestName is the file that makes a directory a copy. It is written last.
const ManifestName = "TACTFUL-BACKUP.json"

const (
	manifestFormat   = 1
	maxManifestBytes = 64 << 20
	maxFiles         = 1 << 18
)

// Manifest names the files of a copy.
type Manifest struct {
	Format int       `json:"format"`
	Kind   Kind      `json:"kind"`
	Made   time.Time `json:"made"`
	Model  string    `json:"model,omitempty"` // in use when the copy was made
	Files  []File    `json:"files"`
}

// File is one file of a copy.
type File struct {
	Path   string `json:"path"` // relative, with slashes
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Bytes is the size of all files.
func (m *Manifest) Bytes() (sum int64) {
	for _, f := range m.Files {
		sum += f.Bytes
	}
	return sum
}

// parseManifest reads a manifest; every path in it stays inside the copy.
func parseManifest(text []byte) (*Manifest, error) {
	var m Manifest
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&m); err != nil {
		return nil, broken("its manifest cannot be read", err)
	}
	switch {
	case m.Format > manifestFormat:
		return nil, &tactful.Error{Kind: tactful.Invalid, Detail: "the copy was made by a newer tactful", Remedy: "run the tactful that made it"}
	case m.Format < 1 || m.Kind != Data && m.Kind != Keys || len(m.Files) == 0 || len(m.Files) > maxFiles:
		return nil, broken("its manifest is not one", nil)
	}
	seen := make(map[string]bool, len(m.Files))
	for _, f := range m.Files {
		sum, err := hex.DecodeString(f.SHA256)
		if err != nil || len(sum) != 32 || f.Bytes < 0 || seen[f.Path] || f.Path == ManifestName || !fs.ValidPath(f.Path) || f.Path == "." || !filepath.IsLocal(filepath.FromSlash(f.Path)) {
			return nil, broken("its manifest names a file that cannot be in it", err)
		}
		seen[f.Path] = true
	}
	return &m, nil
}

func broken(what string, err error) error {
	return &tactful.Error{Kind: tactful.Invalid, Detail: "the copy is damaged: " + what, Remedy: "use another copy", Err: err}
}

// Read reads the manifest of a copy.
func Read(fsys files.FS, dir string) (*Manifest, error) {
	path := filepath.Join(dir, ManifestName)
	info, err := fsys.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &tactful.Error{Kind: tactful.Invalid, Detail: "that is not a whole copy: " + ManifestName + " is not in it", Remedy: "name a directory that `tactful backup` made and finished", Err: err}
	}
	if err == nil && info.Size() > maxManifestBytes {
		return nil, broken("its manifest is too large", nil)
	}
	if err != nil {
		return nil, broken("its manifest cannot be read", err)
	}
	text, err := files.Read(fsys, path)
	if err != nil {
		return nil, broken("its manifest cannot be read", err)
	}
	return parseManifest(text)
}
