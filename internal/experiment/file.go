package experiment

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tactful/tactful"
)

// File is what an operator writes: flags, and experiments on them.
type File struct {
	Flags       []Flag         `yaml:"flags"`
	Experiments []Registration `yaml:"experiments"`

	lines map[string]int // field: line
}

// Limits of a file.
const (
	MaxFileBytes   = 256 << 10
	MaxFlags       = 200
	MaxExperiments = 50
)

// Read reads a file. Unknown keys, second documents and wrong types are faults,
// each with its line. It says nothing of whether the content may be: see Judge.
func Read(text []byte) (*File, error) {
	if len(text) > MaxFileBytes {
		return nil, tactful.InvalidField("file", "is too large", fmt.Sprintf("write at most %d bytes", MaxFileBytes))
	}
	f := &File{}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(f); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, tactful.InvalidField("file", "is empty", "see tactful experiment check --help for an example")
		}
		return nil, unread(err)
	}
	if err := decoder.Decode(&File{}); !errors.Is(err, io.EOF) {
		return nil, tactful.InvalidField("file", "holds a second document", "write one document a file")
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, unread(err)
	}
	f.lines = map[string]int{}
	note(f.lines, "", &root, 0)
	if len(f.Flags) > MaxFlags || len(f.Experiments) > MaxExperiments || len(f.Flags) == 0 {
		return nil, tactful.InvalidField("file", fmt.Sprintf("holds %d flags and %d experiments", len(f.Flags), len(f.Experiments)),
			fmt.Sprintf("write 1 to %d flags and at most %d experiments", MaxFlags, MaxExperiments))
	}
	return f, nil
}

func unread(err error) error {
	detail := strings.TrimPrefix(err.Error(), "yaml: ")
	var many *yaml.TypeError
	if errors.As(err, &many) && len(many.Errors) > 0 {
		detail = many.Errors[0]
	}
	return &tactful.Error{Kind: tactful.Invalid, Field: "file", Detail: "cannot be read: " + clip(strings.TrimSpace(detail)), Remedy: "see tactful experiment check --help for an example", Err: err}
}

func clip(text string) string {
	if line, _, cut := strings.Cut(text, "\n"); cut {
		text = line
	}
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "") + "…"
	}
	return text
}

// note remembers the line of every field.
func note(lines map[string]int, path string, node *yaml.Node, depth int) {
	if depth > 64 {
		return
	}
	switch node.Kind {
	case yaml.DocumentNode:
		for _, one := range node.Content {
			note(lines, path, one, depth+1)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			inner := node.Content[i].Value
			if path != "" {
				inner = path + "." + inner
			}
			lines[inner] = node.Content[i].Line
			note(lines, inner, node.Content[i+1], depth+1)
		}
	case yaml.SequenceNode:
		for i, one := range node.Content {
			inner := fmt.Sprintf("%s[%d]", path, i)
			lines[inner] = one.Line
			note(lines, inner, one, depth+1)
		}
	case yaml.ScalarNode, yaml.AliasNode:
	}
}

// Judge names everything for which the file may not be registered, by line.
func (f *File) Judge(rules *Rules) error {
	out := &faults{lines: f.lines}
	keys, names := map[string]bool{}, map[string]bool{}
	for i := range f.Flags {
		at := fmt.Sprintf("flags[%d].", i)
		f.Flags[i].judge(out, at, rules)
		if keys[f.Flags[i].Key] {
			out.wrong(at+"key", "is there twice", "give each flag a key of its own")
		}
		keys[f.Flags[i].Key] = true
	}
	for i := range f.Experiments {
		at, r := fmt.Sprintf("experiments[%d].", i), &f.Experiments[i]
		r.judge(out, at, f.flag(r.Flag), rules)
		if names[r.Name] {
			out.wrong(at+"name", "is there twice", "give each experiment a name of its own")
		}
		names[r.Name] = true
	}
	return errors.Join(out.found...)
}

func (f *File) flag(key string) *Flag {
	for i := range f.Flags {
		if f.Flags[i].Key == key {
			return &f.Flags[i]
		}
	}
	return &Flag{}
}

// Documents pairs each experiment with its flag.
func (f *File) Documents() []Document {
	out := make([]Document, len(f.Experiments))
	for i := range f.Experiments {
		out[i] = Document{Flag: *f.flag(f.Experiments[i].Flag), Registration: f.Experiments[i]}
	}
	return out
}
