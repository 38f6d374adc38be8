// Package config reads the configuration file, and says everything that is wrong with it at once, each with its place.
package config

import (
	"time"
	_ "time/tzdata" // sync.timezone must work on machines that have no zone database

	"github.com/deskbridge/deskbridge/mapping"
)

// The two desks that a configuration can name.
const (
	Dashly   mapping.Desk = "dashly"
	Intercom mapping.Desk = "intercom"
)

// Directions of sync.directions.
const (
	DashlyToIntercom = "dashly_to_intercom"
	IntercomToDashly = "intercom_to_dashly"
)

// Config is one pair of desks and the rules between them. config.example.yaml tells what each key is for.
type Config struct {
	Version   int            `yaml:"version" json:"version"`
	Name      string         `yaml:"name" json:"name"`
	Dashly    DashlyDesk     `yaml:"dashly" json:"dashly"`
	Intercom  IntercomDesk   `yaml:"intercom" json:"intercom"`
	State     State          `yaml:"state" json:"state"`
	Sync      Sync           `yaml:"sync" json:"sync"`
	History   History        `yaml:"history" json:"history"`
	Delivery  Delivery       `yaml:"delivery" json:"delivery"`
	Contacts  Contacts       `yaml:"contacts" json:"contacts"`
	Agents    Agents         `yaml:"agents" json:"agents"`
	Teams     Teams          `yaml:"teams" json:"teams"`
	Conflicts ConflictPolicy `yaml:"conflicts" json:"conflicts"`
	Filters   Filters        `yaml:"filters" json:"filters"`
	Tags      Tags           `yaml:"tags" json:"tags"`
	Status    StateRules     `yaml:"status" json:"status"`
	Ratings   Ratings        `yaml:"ratings" json:"ratings"`
	Backlinks Backlinks      `yaml:"backlinks" json:"backlinks"`
	Kinds     Kinds          `yaml:"kinds" json:"kinds"`
	Texts     Texts          `yaml:"texts" json:"texts"`
	Files     Files          `yaml:"files" json:"files"`
	Log       Log            `yaml:"log" json:"log"`
}

// DashlyDesk is the account at Dashly or Carrot quest.
type DashlyDesk struct {
	BaseURL string   `yaml:"base_url" json:"base_url"`
	Token   Secret   `yaml:"token" json:"token"`
	AppID   ID       `yaml:"app_id" json:"app_id"`
	MaxRate float64  `yaml:"max_rate" json:"max_rate"` // calls a second
	Settle  Duration `yaml:"settle" json:"settle"`
	// ConversationURL is where the team opens a conversation, with "{id}" in it; empty: not known.
	ConversationURL string `yaml:"conversation_url" json:"conversation_url,omitempty"`
}

// IntercomDesk is the workspace at Intercom. One of Region and BaseURL is set.
type IntercomDesk struct {
	Region  string   `yaml:"region" json:"region,omitempty"`
	BaseURL string   `yaml:"base_url" json:"base_url,omitempty"`
	Token   Secret   `yaml:"token" json:"token"`
	Version string   `yaml:"version" json:"version"`
	Settle  Duration `yaml:"settle" json:"settle"`
	// ConversationURL is as that of DashlyDesk.
	ConversationURL string `yaml:"conversation_url" json:"conversation_url,omitempty"`
}

// State tells where the bridge remembers. The path of a file: URL is absolute once loaded.
type State struct {
	URL   StoreURL `yaml:"url" json:"url"`
	Lease Duration `yaml:"lease" json:"lease"`
}

// Sync tells what runs, when, and from when on an entry is live.
type Sync struct {
	Directions []string `yaml:"directions" json:"directions"`
	Schedule   string   `yaml:"schedule" json:"schedule"`
	Sweep      string   `yaml:"sweep" json:"sweep"` // Off: no sweep
	Timezone   string   `yaml:"timezone" json:"timezone"`
	Start      Time     `yaml:"start" json:"start"`
	Workers    int      `yaml:"workers" json:"workers"`
}

// Off in place of the times of the sweep switches it off.
const Off = "off"

// History tells what becomes of what is older than sync.start.
type History struct {
	Include       Include `yaml:"include" json:"include"`
	ToIntercom    string  `yaml:"to_intercom" json:"to_intercom"` // native, transcript, none
	ToDashly      string  `yaml:"to_dashly" json:"to_dashly"`     // transcript, events, none
	AutomationOff bool    `yaml:"automation_off" json:"automation_off"`
}

// Delivery tells how an agent's reply reaches the customer.
type Delivery struct {
	Home            string   `yaml:"home" json:"home"` // auto or a desk
	MaxAge          Duration `yaml:"max_age" json:"max_age"`
	ReachableOnBoth string   `yaml:"reachable_on_both" json:"reachable_on_both"` // deliver, note
}

// Contacts tells when two customers are taken for one.
type Contacts struct {
	Match string `yaml:"match" json:"match"` // identified, email, none
	// Properties are custom properties that both desks know.
	Properties []Property `yaml:"properties" json:"properties"`
}

// Property is a custom property of customers, by the name that each desk has for it.
type Property struct {
	Dashly   string `yaml:"dashly" json:"dashly"`
	Intercom string `yaml:"intercom" json:"intercom"`
	Type     string `yaml:"type" json:"type"` // text, number, boolean, date
}

// Rules are the properties as the bridge reads them.
func (c Contacts) Rules() []mapping.Property {
	var rules []mapping.Property
	for _, p := range c.Properties {
		rules = append(rules, mapping.Property{Names: map[mapping.Desk]string{Dashly: p.Dashly, Intercom: p.Intercom}, Type: mapping.PropertyType(p.Type)})
	}
	return rules
}

// Agents tells who is who in the two teams.
type Agents struct {
	Fallback map[mapping.Desk]ID   `yaml:"fallback" json:"fallback"`
	Map      []map[mapping.Desk]ID `yaml:"map" json:"map"`
}

// Teams tells which channels of Dashly and teams of Intercom stand for each other.
type Teams struct {
	Map []map[mapping.Desk]ID `yaml:"map" json:"map"`
}

// ConflictPolicy tells who wins when both desks changed a field: newest, or a desk; for tags also merge.
type ConflictPolicy struct {
	Status   string `yaml:"status" json:"status"`
	Assignee string `yaml:"assignee" json:"assignee"`
	Tags     string `yaml:"tags" json:"tags"`
}

// Kinds tells what becomes of the entries of a desk, by their native kinds: message, note, activity or drop.
type Kinds map[mapping.Desk]map[string]mapping.Choice

// Log tells how much is logged.
type Log struct {
	Level string `yaml:"level" json:"level"` // trace, debug, info, warn, error
}

// defaults is what an empty file with the required keys means.
func defaults() *Config {
	return &Config{
		Version:   1,
		Name:      "main",
		Dashly:    DashlyDesk{BaseURL: "https://api.dashly.app", AppID: "$self_app", MaxRate: 2, Settle: Duration(2 * time.Minute)},
		Intercom:  IntercomDesk{Version: "2.15", Settle: Duration(2 * time.Minute)},
		State:     State{URL: StoreURL{"file:deskbridge.db"}, Lease: Duration(10 * time.Second)},
		Sync:      Sync{Schedule: "*/2 * * * *", Sweep: "17 3 * * *", Timezone: "UTC", Workers: 4},
		History:   History{},
		Delivery:  Delivery{Home: "auto", MaxAge: Duration(24 * time.Hour), ReachableOnBoth: "deliver"},
		Contacts:  Contacts{Match: "identified", Properties: []Property{}},
		Conflicts: ConflictPolicy{Status: "newest", Assignee: "newest", Tags: "merge"},
		Filters:   Filters{WithoutPeople: "carry"},
		Status:    StateRules{ToIntercom: map[mapping.State]mapping.State{}, ToDashly: map[mapping.State]mapping.State{}},
		Kinds:     Kinds{},
		Texts:     Texts(mapping.DefaultTexts()),
		Log:       Log{Level: "info"},
	}
}

// Enabled reports whether a direction is on.
func (s Sync) Enabled(direction string) bool {
	for _, d := range s.Directions {
		if d == direction {
			return true
		}
	}
	return false
}

// Location is the zone of the schedules. It was checked when the file was read.
func (s Sync) Location() *time.Location {
	if zone, err := time.LoadLocation(s.Timezone); err == nil {
		return zone
	}
	return time.UTC
}

// SQLite gives the path of the embedded store, if the URL names one.
func (s State) SQLite() (path string, ok bool) { return s.URL.file() }
