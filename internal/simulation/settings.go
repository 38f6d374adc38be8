package simulation

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/mapping"
	wiredashly "github.com/deskbridge/deskbridge/mapping/dashly"
	wireintercom "github.com/deskbridge/deskbridge/mapping/intercom"
)

// Names of the two desks.
const (
	dashlyDesk   = wiredashly.Desk
	intercomDesk = wireintercom.Desk
)

// Settings are the configuration of the bridge, the readings of the two desks and how the store keeps what it is given.
// The keys are those of the configuration file.
type Settings struct {
	version       string
	rate          float64
	settle, lease time.Duration
	toIntercom    bool // directions
	toDashly      bool
	start         time.Duration // before the world begins
	workers       int
	schedule      string
	sweep         string
	includeAll    bool
	includeSince  time.Duration // before the world begins; 0: not before start
	historyTo     map[mapping.Desk]string
	automationOff bool
	home          string
	maxAge        time.Duration
	reachable     string
	match         string
	fallback      map[mapping.Desk]mapping.PersonID
	agents        []map[mapping.Desk]mapping.PersonID
	teams         []map[mapping.Desk]string
	conflicts     map[mapping.Field]string
	rules
	kinds          map[mapping.Desk]map[string]mapping.Choice
	texts          mapping.Texts
	rating         string // the attribute
	backlink       string // likewise
	knobs          []knob
	lossy, parted  bool
	elsewhere      bool // each new process is on another host
	restart        time.Duration
	restartOnError time.Duration
}

// knob is a reading of one desk, as JSON.
type knob struct {
	desk   mapping.Desk
	change string // {"name": value}
}

// defaults are those of the program; TestDefaultsAreThoseOfTheProgram compares them.
func defaults() Settings {
	return Settings{
		version: "2.15", rate: 2, settle: 2 * time.Minute, lease: 10 * time.Second, toIntercom: true, toDashly: true,
		start: 24 * time.Hour, workers: 4, schedule: "*/2 * * * *", sweep: "17 3 * * *",
		historyTo: map[mapping.Desk]string{dashlyDesk: "transcript", intercomDesk: "native"},
		home:      "auto", maxAge: 24 * time.Hour, reachable: "deliver", match: "identified",
		fallback:  map[mapping.Desk]mapping.PersonID{dashlyDesk: "default_admin", intercomDesk: "25"},
		conflicts: map[mapping.Field]string{mapping.Status: "newest", mapping.Assignee: "newest", mapping.Tags: "merge"},
		texts:     mapping.DefaultTexts(),
		restart:   time.Second, restartOnError: 2 * time.Minute,
	}
}

// copied gives settings of one's own.
func (s Settings) copied() Settings {
	s.historyTo, s.fallback, s.conflicts = maps.Clone(s.historyTo), maps.Clone(s.fallback), maps.Clone(s.conflicts)
	s.agents, s.knobs, s.teams = slices.Clip(s.agents), slices.Clip(s.knobs), slices.Clip(s.teams)
	s.tags.Map = slices.Clip(s.tags.Map)
	kinds := map[mapping.Desk]map[string]mapping.Choice{}
	for desk, choices := range s.kinds {
		kinds[desk] = maps.Clone(choices)
	}
	s.kinds = kinds
	return s
}

// settingKeys are all keys with what they set. A value that does not fit is an error that says what does.
var settingKeys = map[string]func(s *Settings, value string) error{
	"intercom.version":          text(func(s *Settings) *string { return &s.version }),
	"dashly.max_rate":           number(func(s *Settings) *float64 { return &s.rate }),
	"settle":                    duration(func(s *Settings) *time.Duration { return &s.settle }),
	"state.lease":               duration(func(s *Settings) *time.Duration { return &s.lease }),
	"state.lossy":               yes(func(s *Settings) *bool { return &s.lossy }),
	"state.parted":              yes(func(s *Settings) *bool { return &s.parted }),
	"sync.start":                ago(func(s *Settings) *time.Duration { return &s.start }),
	"sync.workers":              whole(func(s *Settings) *int { return &s.workers }),
	"sync.schedule":             text(func(s *Settings) *string { return &s.schedule }),
	"sync.sweep":                text(func(s *Settings) *string { return &s.sweep }),
	"sync.directions":           setDirections,
	"history.include":           setInclude,
	"history.to_intercom":       oneOf(func(s *Settings, v string) { s.historyTo[intercomDesk] = v }, "native", "transcript", "none"),
	"history.to_dashly":         oneOf(func(s *Settings, v string) { s.historyTo[dashlyDesk] = v }, "transcript", "events", "none"),
	"history.automation_off":    yes(func(s *Settings) *bool { return &s.automationOff }),
	"delivery.home":             oneOf(func(s *Settings, v string) { s.home = v }, "auto", "dashly", "intercom"),
	"delivery.max_age":          duration(func(s *Settings) *time.Duration { return &s.maxAge }),
	"delivery.reachable":        oneOf(func(s *Settings, v string) { s.reachable = v }, "deliver", "note"),
	"contacts.match":            oneOf(func(s *Settings, v string) { s.match = v }, "identified", "email", "none"),
	"agents.fallback.dashly":    func(s *Settings, v string) error { s.fallback[dashlyDesk] = mapping.PersonID(v); return nil },
	"agents.fallback.intercom":  func(s *Settings, v string) error { s.fallback[intercomDesk] = mapping.PersonID(v); return nil },
	"agents.map":                setAgents,
	"teams.map":                 setTeams,
	"conflicts.status":          oneOf(func(s *Settings, v string) { s.conflicts[mapping.Status] = v }, "newest", "dashly", "intercom"),
	"conflicts.assignee":        oneOf(func(s *Settings, v string) { s.conflicts[mapping.Assignee] = v }, "newest", "dashly", "intercom"),
	"conflicts.tags":            oneOf(func(s *Settings, v string) { s.conflicts[mapping.Tags] = v }, "merge", "dashly", "intercom"),
	"filters.tags.only":         patterns(func(s *Settings) *[]string { return &s.filters.Tags.Only }),
	"filters.tags.except":       patterns(func(s *Settings) *[]string { return &s.filters.Tags.Except }),
	"filters.teams.only":        inTeams(func(s *Settings) *[]engine.Team { return &s.filters.Teams.Only }),
	"filters.teams.except":      inTeams(func(s *Settings) *[]engine.Team { return &s.filters.Teams.Except }),
	"filters.status":            setStatus,
	"filters.created_after":     ago(func(s *Settings) *time.Duration { return &s.createdAfter }),
	"filters.without_people":    oneOf(func(s *Settings, v string) { s.filters.WithPeople = v == "skip" }, "carry", "skip"),
	"tags.map":                  setTags,
	"tags.drop":                 patterns(func(s *Settings) *[]string { return &s.tags.Drop }),
	"status":                    setStates,
	"ratings":                   text(func(s *Settings) *string { return &s.rating }),
	"backlinks":                 text(func(s *Settings) *string { return &s.backlink }),
	"kinds":                     setKinds,
	"texts.message":             text(func(s *Settings) *string { return &s.texts.Message }),
	"texts.wrote":               text(func(s *Settings) *string { return &s.texts.Wrote }),
	"texts.replied":             text(func(s *Settings) *string { return &s.texts.Replied }),
	"texts.bot":                 text(func(s *Settings) *string { return &s.texts.Bot }),
	"texts.participant":         text(func(s *Settings) *string { return &s.texts.Participant }),
	"texts.earlier":             text(func(s *Settings) *string { return &s.texts.Earlier }),
	"texts.meanwhile":           text(func(s *Settings) *string { return &s.texts.Meanwhile }),
	"texts.refused":             text(func(s *Settings) *string { return &s.texts.Refused }),
	"processes on another host": yes(func(s *Settings) *bool { return &s.elsewhere }),
	"restart after":             duration(func(s *Settings) *time.Duration { return &s.restart }),
	"next pass after":           duration(func(s *Settings) *time.Duration { return &s.restartOnError }),
}

// Set applies one line "key: value".
func (s *Settings) Set(line string) error {
	key, value, ok := strings.Cut(line, ":")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	if !ok || value == "" {
		return fmt.Errorf("a setting is written \"key: value\", not %q", line)
	}
	if desk, name, ok := strings.Cut(key, " knob "); ok {
		k, err := newKnob(desk, name, value)
		if err == nil {
			s.knobs = append(s.knobs, k)
		}
		return err
	}
	set, ok := settingKeys[key]
	if !ok {
		return fmt.Errorf("unknown setting %q; there are: %s, and \"dashly knob NAME\", \"intercom knob NAME\"", key, strings.Join(slices.Sorted(maps.Keys(settingKeys)), ", "))
	}
	if err := set(s, value); err != nil {
		return fmt.Errorf("setting %s: %w", key, err)
	}
	return nil
}

// newKnob checks a knob on a desk that nobody uses.
func newKnob(desk, name, value string) (knob, error) {
	raw := json.RawMessage(value)
	if !json.Valid(raw) {
		raw, _ = json.Marshal(value)
	}
	change, err := json.Marshal(map[string]json.RawMessage{strings.TrimSpace(name): raw})
	if err != nil {
		return knob{}, err
	}
	k := knob{mapping.Desk(strings.TrimSpace(desk)), string(change)}
	switch k.desk {
	case dashlyDesk:
		_, err = sandbox.NewDashly(sandbox.Options{}).Knobs([]byte(k.change))
	case intercomDesk:
		_, err = sandbox.NewIntercom(sandbox.Options{}).Knobs([]byte(k.change))
	default:
		err = errors.New("a knob is dashly's or intercom's")
	}
	return k, err
}

func text(at func(*Settings) *string) func(*Settings, string) error {
	return func(s *Settings, v string) error { *at(s) = v; return nil }
}

func number(at func(*Settings) *float64) func(*Settings, string) error {
	return func(s *Settings, v string) (err error) { *at(s), err = strconv.ParseFloat(v, 64); return err }
}

func whole(at func(*Settings) *int) func(*Settings, string) error {
	return func(s *Settings, v string) (err error) { *at(s), err = strconv.Atoi(v); return err }
}

func yes(at func(*Settings) *bool) func(*Settings, string) error {
	return func(s *Settings, v string) (err error) { *at(s), err = strconv.ParseBool(v); return err }
}

func duration(at func(*Settings) *time.Duration) func(*Settings, string) error {
	return func(s *Settings, v string) (err error) { *at(s), err = span(v); return err }
}

func ago(at func(*Settings) *time.Duration) func(*Settings, string) error {
	return func(s *Settings, v string) (err error) {
		d, ok := strings.CutSuffix(v, " ago")
		if !ok {
			return errors.New("write for example \"24h ago\"")
		}
		*at(s), err = span(d)
		return err
	}
}

// span reads a duration that may be in days.
func span(v string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(v, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no duration: write 90s, 3m, 24h or 5d", v)
	}
	return d, nil
}

func oneOf(set func(*Settings, string), allowed ...string) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		if !slices.Contains(allowed, v) {
			return fmt.Errorf("%q is none of %s", v, strings.Join(allowed, ", "))
		}
		set(s, v)
		return nil
	}
}

func setDirections(s *Settings, v string) error {
	s.toIntercom, s.toDashly = v != "intercom_to_dashly", v != "dashly_to_intercom"
	if !slices.Contains([]string{"both", "dashly_to_intercom", "intercom_to_dashly"}, v) {
		return errors.New("write both, dashly_to_intercom or intercom_to_dashly")
	}
	return nil
}

func setInclude(s *Settings, v string) error {
	s.includeAll, s.includeSince = v == "all", 0
	if v == "all" || v == "none" {
		return nil
	}
	return ago(func(s *Settings) *time.Duration { return &s.includeSince })(s, v)
}

// setAgents reads "dashly 14712 = intercom 28" and adds it.
func setAgents(s *Settings, v string) error {
	row := map[mapping.Desk]mapping.PersonID{}
	err := sameOnBoth(v, func(desk mapping.Desk, id string) error { row[desk] = mapping.PersonID(id); return nil })
	s.agents = append(s.agents, row)
	return err
}

// setTeams reads "dashly Support = intercom Sales", with the names of the stand-in desks' channels and teams, and adds it.
func setTeams(s *Settings, v string) error {
	row := map[mapping.Desk]string{}
	err := sameOnBoth(v, func(desk mapping.Desk, name string) error {
		id, ok := teams[desk][name]
		if !ok {
			return unknown("team or channel", name, teams[desk])
		}
		row[desk] = id
		return nil
	})
	s.teams = append(s.teams, row)
	return err
}

// sameOnBoth reads "dashly X = intercom Y".
func sameOnBoth(v string, take func(mapping.Desk, string) error) error {
	for _, side := range strings.Split(v, "=") {
		f := strings.Fields(side)
		if len(f) != 2 || f[0] != string(dashlyDesk) && f[0] != string(intercomDesk) {
			return errors.New("write for example \"dashly 14712 = intercom 28\"")
		}
		if err := take(mapping.Desk(f[0]), f[1]); err != nil {
			return err
		}
	}
	return nil
}

// setKinds reads "dashly vote = activity" and adds it.
func setKinds(s *Settings, v string) error {
	left, choice, ok := strings.Cut(v, "=")
	f := strings.Fields(left)
	if !ok || len(f) != 2 || f[0] != string(dashlyDesk) && f[0] != string(intercomDesk) {
		return errors.New("write for example \"dashly vote = activity\"")
	}
	allowed, named := wiredashly.Choices(f[1])
	if f[0] == string(intercomDesk) {
		allowed, named = wireintercom.Choices(f[1])
	}
	c := mapping.Choice(strings.TrimSpace(choice))
	if !named || !slices.Contains(allowed, c) {
		return fmt.Errorf("%q is no choice for %s of %s, there are %q", c, f[1], f[0], allowed)
	}
	if s.kinds == nil {
		s.kinds = map[mapping.Desk]map[string]mapping.Choice{}
	}
	if s.kinds[mapping.Desk(f[0])] == nil {
		s.kinds[mapping.Desk(f[0])] = map[string]mapping.Choice{}
	}
	s.kinds[mapping.Desk(f[0])][f[1]] = c
	return nil
}
