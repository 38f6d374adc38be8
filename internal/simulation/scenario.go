package simulation

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// Scenario is a story with its settings and the pictures of both desks at its end. It does not change while it is
// played, so that many runs may share one.
type Scenario struct {
	Name     string // of the file, without .txtar
	File     string
	Title    string // the first line of the comment
	Comment  string
	settings Settings
	steps    []step
	pictures map[string]string // by the name of the section
	archive  *txtar.Archive
	used     map[string]bool // sentences of the language
}

// Sections of a scenario file.
const (
	sectionSettings  = "settings"
	sectionScript    = "script"
	sectionDashly    = "dashly"
	sectionIntercom  = "intercom"
	sectionDelivered = "delivered"
)

// Load reads all scenarios of a folder, in the order of their names.
func Load(dir string) ([]*Scenario, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no scenarios in %s", dir)
	}
	slices.Sort(files)
	var all []*Scenario
	var errs []error
	for _, f := range files {
		s, err := LoadFile(f)
		all, errs = append(all, s), append(errs, err)
	}
	return all, errors.Join(errs...)
}

// LoadFile reads one scenario.
func LoadFile(path string) (*Scenario, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse reads a scenario: a comment (a line that names it, a paragraph that tells what it is about), then the sections
// settings (may be absent), script, and dashly, intercom and delivered for the end. Every mistake is reported with its
// line and with what is allowed.
func Parse(path string, data []byte) (*Scenario, error) {
	a := txtar.Parse(data)
	s := &Scenario{File: path, Name: strings.TrimSuffix(filepath.Base(path), ".txtar"), settings: defaults(), pictures: map[string]string{}, archive: a}
	title, comment, _ := strings.Cut(strings.TrimSpace(string(a.Comment)), "\n")
	s.Title, s.Comment = strings.TrimSpace(title), strings.TrimSpace(comment)
	if s.Title == "" || s.Comment == "" {
		return nil, &mistake{path, 1, errors.New("a scenario begins with a line that names it and a paragraph that tells what it is about")}
	}
	var errs []error
	line := 1 + bytes.Count(a.Comment, []byte("\n"))
	p := newParser()
	s.used = p.used
	for _, f := range a.Files {
		line++ // the marker
		text := string(f.Data)
		switch f.Name {
		case sectionSettings:
			for i, setting := range strings.Split(text, "\n") {
				if setting = strings.TrimSpace(setting); setting == "" || strings.HasPrefix(setting, "#") {
					continue
				}
				if err := s.settings.Set(setting); err != nil {
					errs = append(errs, &mistake{path, line + i, err})
				}
			}
		case sectionScript:
			steps, err := p.script(path, text, line)
			s.steps, errs = steps, append(errs, err)
		case sectionDashly, sectionIntercom, sectionDelivered:
			s.pictures[f.Name] = text
		default:
			errs = append(errs, &mistake{path, line - 1, fmt.Errorf("unknown section %q: there are settings, script, dashly, intercom and delivered", f.Name)})
		}
		line += strings.Count(text, "\n")
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if len(s.steps) == 0 {
		return nil, &mistake{path, 1, errors.New("the script is empty")}
	}
	return s, nil
}

// rewrite stores new pictures in the file.
func (s *Scenario) rewrite(pictures map[string]string) error {
	a := &txtar.Archive{Comment: s.archive.Comment}
	for _, f := range s.archive.Files {
		if f.Name == sectionSettings || f.Name == sectionScript {
			a.Files = append(a.Files, f)
		}
	}
	for _, name := range []string{sectionDashly, sectionIntercom, sectionDelivered} {
		a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(pictures[name])})
	}
	return os.WriteFile(s.File, txtar.Format(a), 0o600)
}

// Lines is the number of lines of the script.
func (s *Scenario) Lines() int { return len(s.steps) }

// Line is the text of a line of the script, counted from 0.
func (s *Scenario) Line(n int) string { return s.steps[n].text }
