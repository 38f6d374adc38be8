package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/deskbridge/deskbridge/mapping"
)

// Filters tell which conversations are carried: those for which all of them hold.
type Filters struct {
	Tags          TagFilter       `yaml:"tags" json:"tags"`
	Teams         TeamFilter      `yaml:"teams" json:"teams"`
	Channels      ChannelFilter   `yaml:"channels" json:"channels"`
	Status        []mapping.State `yaml:"status" json:"status"` // loaded: never empty
	CreatedAfter  Moment          `yaml:"created_after" json:"created_after"`
	CreatedBefore Moment          `yaml:"created_before" json:"created_before"`
	WithoutPeople string          `yaml:"without_people" json:"without_people"` // carry, skip
}

// TagFilter lists patterns of tags of which a conversation must have one, and of which it must have none.
type TagFilter struct {
	Only   []TagName `yaml:"only" json:"only"`
	Except []TagName `yaml:"except" json:"except"`
}

// TeamFilter lists teams and channels of which a conversation must be in one, and of which it must be in none.
type TeamFilter struct {
	Only   []TeamRef `yaml:"only" json:"only"`
	Except []TeamRef `yaml:"except" json:"except"`
}

// ChannelFilter lists channels of which a conversation must have come by one, and by none.
type ChannelFilter struct {
	Only   []ChannelName `yaml:"only" json:"only"`
	Except []ChannelName `yaml:"except" json:"except"`
}

// Tags tell under which names tags are carried, and which stay on their desk.
type Tags struct {
	Map  []map[mapping.Desk]TagName `yaml:"map" json:"map"`
	Drop []TagName                  `yaml:"drop" json:"drop"` // patterns
}

// States are all of filters.status.
var States = []mapping.State{mapping.Open, mapping.Snoozed, mapping.Closed}

// TagName is the name of a tag, or a pattern of names, without outer blanks.
type TagName string

// UnmarshalYAML takes any scalar as text.
func (t *TagName) UnmarshalYAML(n *yaml.Node) error {
	text, err := scalar(n)
	if err != nil {
		return err
	}
	text = strings.TrimSpace(text)
	if text == "" || strings.ContainsAny(text, "\r\n\t") {
		return errors.New("this is not the name of a tag: it is empty, or more than one line")
	}
	*t = TagName(text)
	return nil
}

// ChannelName is the name of a channel as a desk spells it, without outer blanks: "email", "whatsapp"; "chat" is the desk's own.
type ChannelName string

// UnmarshalYAML takes any scalar as text.
func (c *ChannelName) UnmarshalYAML(n *yaml.Node) error {
	text, err := scalar(n)
	if err != nil {
		return err
	}
	text = strings.TrimSpace(text)
	if text == "" || strings.ContainsAny(text, "\r\n\t") {
		return errors.New("this is not the name of a channel: it is empty, or more than one line")
	}
	*c = ChannelName(text)
	return nil
}

// TeamRef names a team or channel: "intercom:5017691", "dashly:77"; "*" in place of the id means every conversation that
// began on the desk.
type TeamRef string

// UnmarshalYAML takes any scalar as text.
func (t *TeamRef) UnmarshalYAML(n *yaml.Node) error {
	text, err := scalar(n)
	*t = TeamRef(text)
	return err
}

// Split gives the desk and the id. The form was checked when the file was read.
func (t TeamRef) Split() (desk mapping.Desk, id string) {
	d, id, _ := strings.Cut(string(t), ":")
	return mapping.Desk(d), id
}

// Moment is a time, or none.
type Moment struct{ time.Time }

func (m Moment) String() string {
	if m.IsZero() {
		return "none"
	}
	return m.Format(time.RFC3339)
}

func (m Moment) MarshalJSON() ([]byte, error) { return json.Marshal(m.String()) }

// UnmarshalYAML reads none, or RFC 3339.
func (m *Moment) UnmarshalYAML(n *yaml.Node) error {
	text, err := scalar(n)
	if err != nil {
		return err
	}
	if text == "none" {
		*m = Moment{}
		return nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.IsZero() {
		return errors.New("this is neither none nor a time: write it with its zone, like 2026-01-01T00:00:00Z")
	}
	m.Time = at
	return nil
}

func (l *loader) checkFilters(f *Filters) {
	none(&f.Tags.Only)
	none(&f.Tags.Except)
	none(&f.Teams.Only)
	none(&f.Teams.Except)
	none(&f.Channels.Only)
	none(&f.Channels.Except)
	for list, teams := range map[string][]TeamRef{"only": f.Teams.Only, "except": f.Teams.Except} {
		for i, team := range teams {
			l.team(team, "filters", "teams", list, strconv.Itoa(i))
		}
	}
	if n := l.node("filters", "status"); n == nil || n.ShortTag() == "!!null" {
		f.Status = slices.Clone(States)
	}
	if len(f.Status) == 0 {
		l.wrong("no state is named, so that nothing would be carried: write open, snoozed, closed or several of them", "filters", "status")
	}
	for i, s := range f.Status {
		k := strconv.Itoa(i)
		if l.oneOf(string(s), []string{"open", "snoozed", "closed"}, "filters", "status", k); slices.Contains(f.Status[:i], s) {
			l.wrong(fmt.Sprintf("%s stands here for the second time: keep one", l.shown("filters", "status", k)), "filters", "status", k)
		}
	}
	l.oneOf(f.WithoutPeople, []string{"carry", "skip"}, "filters", "without_people")
}

func (l *loader) team(t TeamRef, keys ...string) {
	desk, id := t.Split()
	switch {
	case desk != Dashly && desk != Intercom:
		l.wrong(l.shown(keys...)+" names no team: write its desk and its id, like intercom:5017691 or dashly:77", keys...)
	case id == "" || strings.ContainsAny(id, " \t\r\n"):
		l.wrong(l.shown(keys...)+" has no id: write it like intercom:5017691, or intercom:* for all conversations that began there", keys...)
	}
}

func (l *loader) checkTags(t *Tags) {
	none(&t.Map)
	none(&t.Drop)
	seen := map[string]int{}
	for i, same := range t.Map {
		k := strconv.Itoa(i)
		known := 0
		for _, desk := range []mapping.Desk{Dashly, Intercom} {
			if same[desk] == "" {
				continue
			}
			known++
			name := string(desk) + " " + mapping.TagKey(string(same[desk]))
			if first, again := seen[name]; again {
				l.wrong(fmt.Sprintf("this tag stands in entry %d of the map already: a tag has one name on the other desk (capitals do not count)", first+1), "tags", "map", k, string(desk))
				continue
			}
			seen[name] = i
		}
		stranger := false
		for desk := range same {
			stranger = !l.desk(desk, "tags", "map", k, string(desk)) || stranger
		}
		if known < 2 && !stranger {
			l.wrong("an entry names one tag on both desks, like {dashly: vip, intercom: VIP customer}", "tags", "map", k)
		}
	}
}

// none makes an empty list the same as no list.
func none[T any](list *[]T) {
	if len(*list) == 0 {
		*list = nil
	}
}
