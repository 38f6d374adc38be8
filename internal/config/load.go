package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// maxFile bounds a configuration file and a file that a value names.
const maxFile = 1 << 20

// Load reads the configuration file at path. Variables are looked up with env (os.LookupEnv). Relative paths in the
// file are relative to it. The error is of type Errors: everything that is wrong, in the order of the file. Loading
// writes nothing and calls nobody.
func Load(path string, env func(string) (string, bool)) (*Config, error) {
	text, err := readFile(path)
	if err != nil {
		hint := "cannot be read: " + reason(err)
		if errors.Is(err, fs.ErrNotExist) {
			hint = "there is no such file: copy config.example.yaml, or name another one with --config"
		}
		return nil, Errors{{File: path, What: hint}}
	}
	return parse(path, text, env)
}

// parse does the work of Load on the text of the file.
func parse(path string, text []byte, env func(string) (string, bool)) (*Config, error) {
	l := &loader{file: path, dir: filepath.Dir(path), text: string(text), env: env, expanded: map[*yaml.Node]bool{}, broken: map[place]bool{}, paths: map[place]string{}}
	cfg := l.load(text)
	if len(l.problems) > 0 {
		return nil, l.problems.sorted()
	}
	return cfg, nil
}

type loader struct {
	file, dir string
	text      string
	env       func(string) (string, bool)
	root      *yaml.Node
	expanded  map[*yaml.Node]bool // values that came from a variable or a file: messages do not repeat them
	broken    map[place]bool      // places of which something is said already: once is enough
	paths     map[place]string    // "intercom.region" by the places of the key and of its value
	problems  Errors
}

type place struct{ line, column int }

// say notes a problem, unless there is one at its place.
func (l *loader) say(at place, what string) {
	if at != (place{}) && l.broken[at] {
		return
	}
	l.broken[at] = true
	l.problems = append(l.problems, Problem{File: l.file, Line: at.line, Column: at.column, Key: l.paths[at], What: what})
}

func (l *loader) load(text []byte) *Config {
	var doc yaml.Node
	if err := yaml.Load(text, &doc); err != nil {
		l.decodeErrors(err)
		return nil
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		l.say(place{1, 1}, "this is no configuration: it must begin with keys like \"version: 1\"")
		return nil
	}
	l.root = doc.Content[0]
	l.keys(l.root, "")
	l.expand(l.root)
	cfg := defaults()
	if err := l.root.Load(cfg, yaml.WithKnownFields()); err != nil {
		l.decodeErrors(err)
	}
	l.check(cfg)
	return cfg
}

// keys finds repeated keys, and learns which key stands where. The decoder finds them too, but decodes nothing then.
func (l *loader) keys(n *yaml.Node, path string) {
	l.paths[at(n)] = path
	switch n.Kind {
	case yaml.SequenceNode:
		for i, c := range n.Content {
			l.keys(c, path+"["+strconv.Itoa(i)+"]")
		}
	case yaml.MappingNode:
		seen := map[string]int{}
		kept := n.Content[:0:0]
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			name := strings.TrimPrefix(path+"."+key.Value, ".")
			l.keys(value, name)
			l.paths[at(key)] = name
			if first, again := seen[key.Value]; again && key.Kind == yaml.ScalarNode {
				l.say(at(key), "the key stands here for the second time, first in line "+strconv.Itoa(first)+": keep one")
				continue
			}
			seen[key.Value] = key.Line
			kept = append(kept, key, value)
		}
		n.Content = kept
	}
}

func at(n *yaml.Node) place { return place{n.Line, n.Column} }

var quotedInMessage = regexp.MustCompile("cannot construct !!\\w+(?: `[^`]*`)? into (\\S+)")
var unknownField = regexp.MustCompile(`^field (.*) not found in type `)

// decodeErrors says in our words what the decoder found. Its own would repeat values, a token for instance.
func (l *loader) decodeErrors(err error) {
	var many *yaml.LoadErrors
	var one *yaml.LoadError
	var list []*yaml.LoadError
	switch {
	case errors.As(err, &many):
		list = many.Errors
	case errors.As(err, &one):
		list = []*yaml.LoadError{one}
	default:
		l.say(place{}, "this is not YAML")
	}
	for _, e := range list {
		what := e.Message
		switch m := quotedInMessage.FindStringSubmatch(what); {
		case unknownField.MatchString(what):
			path := l.paths[place{e.Mark.Line, e.Mark.Column}]
			what = "there is no such key: " + suggest(unknownField.FindStringSubmatch(what)[1], path[:max(strings.LastIndexByte(path, '.'), 0)])
		case m != nil:
			what = "this must be " + kindOf(m[1])
		case strings.Contains(what, "no documents"):
			what = "the file is empty: copy config.example.yaml"
		case strings.Contains(what, "multiple"):
			what = "the file holds more than one document: take the line \"---\" away"
		case l.root == nil: // the parser speaks of syntax, never of values
			what = "this is not YAML: " + strings.TrimPrefix(what, "yaml: ")
			if l.bracedVariable(e.Mark.Line) {
				what += ": within {…} and […], write \"${NAME}\" in quotation marks"
			}
		}
		l.say(place{e.Mark.Line, e.Mark.Column}, what)
	}
}

// bracedVariable reports whether a line has a variable without quotation marks, whose braces YAML takes for its own.
func (l *loader) bracedVariable(line int) bool {
	lines := strings.Split(l.text, "\n")
	return line >= 1 && line <= len(lines) && strings.Contains(strings.ReplaceAll(lines[line-1], `"${`, ""), "${")
}

func kindOf(goType string) string {
	switch {
	case strings.HasPrefix(goType, "int"):
		return "a whole number"
	case strings.HasPrefix(goType, "float"):
		return "a number"
	case goType == "bool":
		return "true or false"
	case strings.HasPrefix(goType, "[]"):
		return "a list, like [a, b]"
	case goType == "string", goType == "mapping.Choice", goType == "mapping.State":
		return "text"
	}
	return "a block of keys, like {key: value}"
}

var variable = regexp.MustCompile(`\$?\$\{[^}]*\}?`)
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand puts variables and files into values. Keys stay as they are, and what was put in is not looked at again.
func (l *loader) expand(n *yaml.Node) {
	switch n.Kind {
	case yaml.ScalarNode:
		l.expandValue(n)
	case yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			l.expand(n.Content[i])
		}
	case yaml.SequenceNode, yaml.DocumentNode:
		for _, c := range n.Content {
			l.expand(c)
		}
	}
}

func (l *loader) expandValue(n *yaml.Node) {
	if !strings.Contains(n.Value, "${") {
		return
	}
	n.Value = variable.ReplaceAllStringFunc(n.Value, func(m string) string {
		if strings.HasPrefix(m, "$$") {
			return m[1:] // "$${NAME}" is the text "${NAME}"
		}
		l.expanded[n] = true
		inner, closed := strings.CutSuffix(m[2:], "}")
		if !closed {
			l.say(at(n), "\"${\" is not closed: write ${NAME} or ${file:PATH}, or $${ for the characters themselves")
			return hidden
		}
		if path, ok := strings.CutPrefix(inner, "file:"); ok {
			return l.fromFile(n, path)
		}
		return l.fromEnv(n, inner)
	})
	if l.expanded[n] {
		// A number or a yes may come from a variable, in quotation marks too. Whatever else it looks like, it is text.
		n.Style, n.Tag = 0, "!!str"
		if number.MatchString(n.Value) || n.Value == "true" || n.Value == "false" {
			n.Tag = "" // the decoder finds out
		}
	}
}

var number = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

func (l *loader) fromEnv(n *yaml.Node, name string) string {
	if !variableName.MatchString(name) {
		l.say(at(n), "\"${"+name+"}\" is not the name of a variable: write ${NAME} or ${file:PATH}, or $${ for the characters themselves")
		return hidden
	}
	value, ok := l.env(name)
	switch {
	case !ok:
		l.say(at(n), "the variable "+name+" is not set: export it before deskbridge starts")
	case strings.TrimSpace(value) == "":
		l.say(at(n), "the variable "+name+" is empty: export it before deskbridge starts")
	default:
		return value
	}
	return hidden
}

func (l *loader) fromFile(n *yaml.Node, path string) string {
	if path == "" {
		l.say(at(n), "\"${file:}\" names no file: write ${file:PATH}")
		return hidden
	}
	text, err := readFile(l.beside(path))
	if err != nil {
		l.say(at(n), "the file "+path+" cannot be read: "+reason(err))
		return hidden
	}
	value := strings.TrimRight(string(text), "\r\n")
	if strings.TrimSpace(value) == "" {
		l.say(at(n), "the file "+path+" is empty")
		return hidden
	}
	return value
}

// beside makes a path of the file relative to the file.
func (l *loader) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(l.dir, path)
}

// readFile reads a whole file of sensible size. A pipe will do, a device or a directory will not.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if info.IsDir() || info.Mode()&fs.ModeDevice != 0 {
		return nil, errors.New("it is not a file")
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = errors.New("it is larger than 1 MB")
	}
	return text, err
}

// reason takes the path out of an error of the file system: the message has it already.
func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}
