package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/tactful/tactful"
)

// Scalar is one setting by its path, with its value as YAML writes it.
type Scalar struct {
	Path  []string
	Value string
}

// Amend sets single settings in a configuration file and leaves the rest, its
// comments among it, as it is. It makes the file if there is none, refuses to
// leave one behind that would not start, and writes all or nothing.
func Amend(path string, set []Scalar) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return &tactful.Error{Kind: tactful.Invalid, Field: "--write", Detail: "cannot be read", Remedy: "check the path", Err: err}
	}
	if _, err := Parse(old); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	text, err := amended(old, set)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if bytes.Equal(text, old) || len(set) == 0 {
		return nil
	}
	if _, err := Parse(text); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return replaceFile(path, text)
}

func amended(old []byte, set []Scalar) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(old, &document); err != nil {
		return nil, tactful.InvalidField("--write", "is not YAML", "check the file with tactful config --check")
	}
	var text bytes.Buffer
	if len(document.Content) == 0 || document.Content[0].Kind != yaml.MappingNode { // empty, or comments only
		document = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}}
		if text.Write(old); len(old) > 0 && old[len(old)-1] != '\n' {
			text.WriteByte('\n')
		}
	}
	for _, s := range set {
		at := document.Content[0]
		for _, name := range s.Path {
			at = child(at, name)
		}
		*at = yaml.Node{Kind: yaml.ScalarNode, Value: s.Value, LineComment: at.LineComment, HeadComment: at.HeadComment, FootComment: at.FootComment}
	}
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(&document); err != nil {
		return nil, fmt.Errorf("write the settings: %w", err)
	}
	return text.Bytes(), nil
}

// child is the value under a name, made if it is not there.
func child(of *yaml.Node, name string) *yaml.Node {
	if of.Kind != yaml.MappingNode { // "engine:" with nothing under it
		*of = yaml.Node{Kind: yaml.MappingNode, HeadComment: of.HeadComment, FootComment: of.FootComment}
	}
	for i := 0; i+1 < len(of.Content); i += 2 {
		if of.Content[i].Value == name {
			return of.Content[i+1]
		}
	}
	value := new(yaml.Node)
	of.Content = append(of.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, value)
	return value
}

// replaceFile writes beside the file and renames, so that a stop leaves the old
// one or the new one. A new file is for its owner only.
func replaceFile(path string, text []byte) error {
	mode := os.FileMode(0o600)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".tactful-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}
