package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// hidden stands for a secret wherever it would be shown.
const hidden = "***"

// Secret is a token. No way of printing or encoding it shows it; only Reveal gives it.
type Secret struct{ value string }

// Reveal gives the token, for the Authorization header and nothing else.
func (s Secret) Reveal() string { return s.value }

func (s Secret) String() string               { return hidden }
func (s Secret) GoString() string             { return hidden }
func (s Secret) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(hidden)) }
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// UnmarshalYAML takes any scalar as text.
func (s *Secret) UnmarshalYAML(n *yaml.Node) error {
	text, err := scalar(n)
	s.value = text
	return err
}

// StoreURL is the address of the store. It may carry a password, which is never shown.
type StoreURL struct{ value string }

// Reveal gives the whole address, password included.
func (u StoreURL) Reveal() string { return u.value }

func (u StoreURL) String() string {
	scheme, rest, ok := strings.Cut(u.value, "://")
	if !ok {
		return u.value
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = hidden + rest[at:]
	}
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://" + rest
}

func (u StoreURL) GoString() string             { return u.String() }
func (u StoreURL) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(u.String())) }
func (u StoreURL) MarshalJSON() ([]byte, error) { return json.Marshal(u.String()) }
func (u StoreURL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalYAML takes any scalar as text.
func (u *StoreURL) UnmarshalYAML(n *yaml.Node) error {
	text, err := scalar(n)
	u.value = text
	return err
}

func (u StoreURL) file() (string, bool) {
	path, ok := strings.CutPrefix(u.value, "file:")
	if rest, slashes := strings.CutPrefix(path, "//"); slashes { // file:///absolute/path
		path = rest
		if plain, err := url.PathUnescape(path); err == nil {
			path = plain
		}
	}
	return path, ok
}

// ID is a desk's id: text, also where the file has a number. Ids of 18 digits and more are not numbers to anybody.
type ID string

// UnmarshalYAML takes text and whole numbers as they stand in the file.
func (id *ID) UnmarshalYAML(n *yaml.Node) error {
	text, err := scalar(n)
	if err != nil {
		return err
	}
	tag := n.ShortTag()
	if n.Style == 0 && tag != "!!str" && tag != "!!int" {
		return errors.New("this is not an id: write it in quotation marks, like \"25\"")
	}
	if text == "" || strings.ContainsAny(text, " \t\r\n") {
		return errors.New("this is not an id: it is empty or has a space in it")
	}
	*id = ID(text)
	return nil
}

// Duration is a length of time, written like 90s, 2m or 24h.
type Duration time.Duration

// UnmarshalYAML reads Go's spelling of durations. Negative ones are refused.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	text, err := scalar(n)
	if err != nil {
		return err
	}
	v, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return errors.New("this is not a duration: write it like 90s, 2m or 24h (there is no unit for days)")
	case v < 0:
		return errors.New("a duration cannot be negative: write it like 90s, 2m or 24h")
	}
	*d = Duration(v)
	return nil
}

func (d Duration) String() string               { return time.Duration(d).String() }
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// Std gives the duration as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// Time is a moment with its zone.
type Time struct{ time.Time }

// UnmarshalYAML reads RFC 3339, the zone included.
func (t *Time) UnmarshalYAML(n *yaml.Node) error {
	text, err := scalar(n)
	if err != nil {
		return err
	}
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return errors.New("this is not a time: write it with its zone, like 2026-11-01T00:00:00Z")
	}
	t.Time = v
	return nil
}

// Include tells how far back history is looked for. The zero value is none.
type Include struct {
	All   bool
	Since time.Time
}

// Any reports whether there is history to look for.
func (i Include) Any() bool { return i.All || !i.Since.IsZero() }

func (i Include) String() string {
	switch {
	case i.All:
		return "all"
	case i.Since.IsZero():
		return "none"
	}
	return i.Since.Format(time.RFC3339)
}

func (i Include) MarshalJSON() ([]byte, error) { return json.Marshal(i.String()) }

// UnmarshalYAML reads none, all, or a moment.
func (i *Include) UnmarshalYAML(n *yaml.Node) error {
	text, err := scalar(n)
	if err != nil {
		return err
	}
	switch text {
	case "none":
		*i = Include{}
		return nil
	case "all":
		*i = Include{All: true}
		return nil
	}
	since, err := time.Parse(time.RFC3339, text)
	if err != nil || since.IsZero() {
		return errors.New("this tells no beginning: write none, all, or a time like 2026-01-01T00:00:00Z")
	}
	*i = Include{Since: since}
	return nil
}

func scalar(n *yaml.Node) (string, error) {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		return "", errors.New("a single value belongs here, not a list or a block")
	}
	return n.Value, nil
}
