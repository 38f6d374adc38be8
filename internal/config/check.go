package config

import (
	"cmp"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/deskbridge/deskbridge/internal/schedule"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state/redis"
)

// Versions of Intercom's API that the bridge speaks: 2.<oldest> to 2.<newest>. From 2.<dated> on, replies and notes can
// carry their own time and stay silent (intercom-api.md 1.1).
const oldest, newest, dated = 7, 16, 15

// leastCalls is how many calls must find room within dashly.settle: a write leaves within a quarter of it, or never, and half of
// that goes by for its turn (engine.MostWorkers is 1 then).
const leastCalls = 8

// siteAllowed is how a Dashly site is named (dashly-api.md 2).
var siteAllowed = regexp.MustCompile(`^(\$self_app|[1-9][0-9]{0,19})$`)

var nameAllowed = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$`)

// check says what is wrong with values that could be read, and fills in what follows from others.
func (l *loader) check(c *Config) {
	if c.Version != 1 {
		l.wrong("only version 1 exists: write version: 1", "version")
	}
	if !nameAllowed.MatchString(c.Name) {
		l.wrong("a name has 1 to 32 letters, digits, - and _, and begins with a letter or digit: it is part of every marker and key", "name")
	}
	l.checkDashly(&c.Dashly)
	l.checkIntercom(&c.Intercom)
	l.checkState(&c.State)
	l.checkSync(&c.Sync)
	l.checkHistory(c)
	l.oneOf(c.Delivery.Home, []string{"auto", "dashly", "intercom"}, "delivery", "home")
	l.oneOf(c.Delivery.ReachableOnBoth, []string{"deliver", "note"}, "delivery", "reachable_on_both")
	if c.Delivery.MaxAge <= 0 {
		l.wrong("it must be longer than nothing: write it like 24h", "delivery", "max_age")
	}
	l.oneOf(c.Contacts.Match, []string{"identified", "email", "none"}, "contacts", "match")
	l.checkProperties(c)
	l.checkAgents(c)
	l.checkTeams(c)
	winners := []string{"newest", "dashly", "intercom"}
	l.oneOf(c.Conflicts.Status, winners, "conflicts", "status")
	l.oneOf(c.Conflicts.Assignee, winners, "conflicts", "assignee")
	l.oneOf(c.Conflicts.Tags, append([]string{"merge"}, winners...), "conflicts", "tags")
	l.checkFilters(&c.Filters)
	l.checkTags(&c.Tags)
	l.checkStates(c.Status)
	l.checkAttributes(c)
	l.checkKinds(c.Kinds)
	l.checkTexts(c.Texts)
	l.checkFiles(&c.Files)
	l.oneOf(c.Log.Level, []string{"trace", "debug", "info", "warn", "error"}, "log", "level")
}

func (l *loader) checkDashly(d *DashlyDesk) {
	l.token(d.Token, "dashly")
	l.web(d.BaseURL, "dashly", "base_url")
	l.settle(d.Settle, "dashly")
	l.panel(d.ConversationURL, "dashly")
	if !siteAllowed.MatchString(string(d.AppID)) {
		l.wrong(l.shown("dashly", "app_id")+" is no site: write $self_app, or the number of the site", "dashly", "app_id")
	}
	if !(d.MaxRate >= 0.2 && d.MaxRate <= 1000) { // slower ones would come later than a delivery may after it was looked at
		l.wrong("it is a number of calls a second from 0.2: 2 is safe, the desk may ban a token that asks more", "dashly", "max_rate")
	} else if least := (time.Duration(leastCalls/d.MaxRate*float64(time.Second)) + 9*time.Millisecond).Truncate(10 * time.Millisecond); d.Settle > 0 && d.Settle.Std() < least {
		l.wrong(fmt.Sprintf("it is too short to write anything at dashly.max_rate %v: write at least %s", d.MaxRate, least), "dashly", "settle")
	}
}

func (l *loader) checkIntercom(i *IntercomDesk) {
	l.token(i.Token, "intercom")
	l.settle(i.Settle, "intercom")
	l.panel(i.ConversationURL, "intercom")
	switch {
	case i.Region != "" && i.BaseURL != "":
		l.wrong("region and base_url exclude each other: keep one", "intercom", "base_url")
	case i.BaseURL != "":
		l.web(i.BaseURL, "intercom", "base_url")
	default:
		i.Region = cmp.Or(i.Region, "us")
		l.oneOf(i.Region, []string{"us", "eu", "au"}, "intercom", "region")
	}
	minor, ok := i.minor()
	if !ok || minor < oldest || minor > newest {
		l.wrong(fmt.Sprintf("%s is not supported: write \"2.%d\" to \"2.%d\", in quotation marks", l.shown("intercom", "version"), oldest, newest), "intercom", "version")
	}
}

// panel makes sure that an address of conversations can be filled in.
func (l *loader) panel(address, desk string) {
	if address == "" {
		return
	}
	u, err := url.Parse(strings.ReplaceAll(address, "{id}", "1"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.Count(address, "{id}") != 1 {
		l.wrong("it is not the address of a conversation: copy one from the browser, and write {id} in the place of its id", desk, "conversation_url")
	}
}

// minor gives 15 for "2.15".
func (i IntercomDesk) minor() (int, bool) {
	text, ok := strings.CutPrefix(i.Version, "2.")
	n, err := strconv.Atoi(text)
	return n, ok && err == nil && strconv.Itoa(n) == text
}

var storeSchemes = []string{"redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster", "unix"}

func (l *loader) checkState(s *State) {
	if path, ok := s.URL.file(); ok {
		if path == "" || strings.HasSuffix(path, "/") {
			l.wrong("file: must be followed by the path of a file, like file:deskbridge.db", "state", "url")
			return
		}
		if strings.Contains(s.URL.value, "?") {
			l.wrong("a file has no options: take ? and what follows away", "state", "url")
			return
		}
		abs, err := filepath.Abs(l.beside(path))
		if err != nil {
			abs = l.beside(path)
		}
		s.URL.value = "file:" + abs
	} else if scheme, rest, _ := strings.Cut(s.URL.value, "://"); !slices.Contains(storeSchemes, scheme) || rest == "" {
		l.wrong("it must begin with file:, redis://, rediss://, redis+sentinel://, redis+cluster:// or unix://", "state", "url")
	} else if err := redis.CheckURL(s.URL.value); err != nil {
		l.wrong(err.Error(), "state", "url")
	}
	if s.Lease < Duration(time.Second) {
		l.wrong("it must be at least 1s: a shorter one is lost over any pause of this machine", "state", "lease")
	}
}

func (l *loader) checkSync(s *Sync) {
	if l.node("sync", "directions") == nil {
		s.Directions = []string{DashlyToIntercom, IntercomToDashly}
	}
	if len(s.Directions) == 0 {
		l.wrong("no direction is enabled: write dashly_to_intercom, intercom_to_dashly or both", "sync", "directions")
	}
	for i, d := range s.Directions {
		k := strconv.Itoa(i)
		if l.oneOf(d, []string{DashlyToIntercom, IntercomToDashly}, "sync", "directions", k); slices.Contains(s.Directions[:i], d) {
			l.wrong(fmt.Sprintf("%s stands here for the second time: keep one", l.shown("sync", "directions", k)), "sync", "directions", k)
		}
	}
	l.times(s.Schedule, "schedule")
	if s.Sweep != Off {
		l.times(s.Sweep, "sweep")
	}
	if _, err := time.LoadLocation(s.Timezone); err != nil || s.Timezone == "" {
		l.wrong(l.shown("sync", "timezone")+" is not a time zone: write a name like UTC or Europe/Berlin", "sync", "timezone")
	}
	if s.Start.IsZero() {
		l.wrong("sync.start is missing: write the moment of the cut-over, like 2026-11-01T00:00:00Z; entries older than this are history", "sync", "start")
	}
	if s.Workers < 1 || s.Workers > 64 {
		l.wrong("it is the number of conversations at once: 1 to 64", "sync", "workers")
	}
}

// times checks the times of a schedule.
func (l *loader) times(spec, key string) {
	_, err := schedule.Parse(spec)
	switch {
	case err == nil:
	case strings.Contains(strings.ToUpper(spec), "TZ="):
		l.wrong("the zone does not belong here: take TZ= away and write sync.timezone", "sync", key)
	default:
		why := ": " + err.Error()
		if l.secret("sync", key) {
			why = ""
		}
		l.wrong(fmt.Sprintf("%s are not times%s: write five fields, like \"*/2 * * * *\", or @every 2m", l.shown("sync", key), why), "sync", key)
	}
}

func (l *loader) checkHistory(c *Config) {
	minor, _ := c.Intercom.minor()
	if h := &c.History; h.ToIntercom == "" {
		h.ToIntercom = "native"
		if minor < dated {
			h.ToIntercom = "transcript"
		}
	} else if h.ToIntercom == "native" && minor < dated && minor >= oldest {
		l.wrong(fmt.Sprintf("native needs Intercom 2.%d or newer, this is 2.%d: write transcript, or raise intercom.version", dated, minor), "history", "to_intercom")
	}
	c.History.ToDashly = cmp.Or(c.History.ToDashly, "transcript")
	l.oneOf(c.History.ToIntercom, []string{"native", "transcript", "none"}, "history", "to_intercom")
	l.oneOf(c.History.ToDashly, []string{"transcript", "events", "none"}, "history", "to_dashly")
	if since := c.History.Include.Since; !since.IsZero() && !c.Sync.Start.IsZero() && since.After(c.Sync.Start.Time) {
		l.wrong("it is later than sync.start: write none, or an earlier time", "history", "include")
	}
}

// desk checks a key that names a desk.
func (l *loader) desk(d mapping.Desk, keys ...string) bool {
	if d == Dashly || d == Intercom {
		return true
	}
	l.wrong(strconv.Quote(string(d))+" is no desk: write dashly or intercom", keys...)
	return false
}

func (l *loader) checkAgents(c *Config) {
	for desk := range c.Agents.Fallback {
		l.desk(desk, "agents", "fallback", string(desk))
	}
	for _, desk := range []mapping.Desk{Dashly, Intercom} {
		direction := map[mapping.Desk]string{Intercom: DashlyToIntercom, Dashly: IntercomToDashly}[desk]
		if c.Sync.Enabled(direction) && c.Agents.Fallback[desk] == "" {
			l.wrong(fmt.Sprintf("the fallback agent of %s is missing: write agents: {fallback: {%s: ID}}, the id of the agent who posts what has no counterpart there", desk, desk), "agents", "fallback", string(desk))
		}
	}
	l.checkPairs(c.Agents.Map, "agents", "this agent stands in entry %d of the map already: an agent is one person",
		"an entry names one person on both desks, like {dashly: \"14709\", intercom: \"25\"}")
}

func (l *loader) checkTeams(c *Config) {
	l.checkPairs(c.Teams.Map, "teams", "this one stands in entry %d of the map already: a channel is one team",
		"an entry names a channel of Dashly and a team of Intercom, like {dashly: \"1234\", intercom: \"5017691\"}")
	for i, same := range c.Teams.Map {
		for desk, id := range same {
			if id == "0" {
				l.wrong("0 is no channel and no team: both desks call it so when there is none", "teams", "map", strconv.Itoa(i), string(desk))
			}
		}
	}
}

// checkPairs checks a map of ids that are the same on both desks: nothing twice, nothing alone.
func (l *loader) checkPairs(list []map[mapping.Desk]ID, block, again, half string) {
	seen := map[string]int{}
	for i, same := range list {
		k := strconv.Itoa(i)
		known := 0
		for desk, id := range same {
			if !l.desk(desk, block, "map", k, string(desk)) {
				continue
			}
			known++
			who := string(desk) + " " + string(id)
			if first, there := seen[who]; there {
				l.wrong(fmt.Sprintf(again, first+1), block, "map", k, string(desk))
			}
			seen[who] = i
		}
		if n := l.node(block, "map", k); known == len(same) && known < 2 && (n == nil || len(n.Content) < 4) { // else one of the two is no id
			l.wrong(half, block, "map", k)
		}
	}
}

func (l *loader) token(s Secret, desk string) {
	switch text := s.value; {
	case text == "":
		l.wrong(desk+".token is missing: write ${"+strings.ToUpper(desk)+"_TOKEN} and set that variable, or ${file:PATH}", desk, "token")
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }):
		l.wrong("the token has a space, a line break or a letter outside of ASCII in it: copy it again", desk, "token")
	}
}

func (l *loader) settle(d Duration, desk string) {
	if d <= 0 {
		l.wrong("it must be longer than nothing: write it like 120s", desk, "settle")
	}
}

// web checks the address of an API.
func (l *loader) web(text string, keys ...string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "":
		l.wrong(l.shown(keys...)+" is not the address of an API: write it like https://api.example.com", keys...)
	case u.User != nil:
		l.wrong("an address holds no user or password: take what stands before @ away", keys...)
	case u.RawQuery != "" || u.Fragment != "":
		l.wrong("an address ends before ? and #: take the rest away", keys...)
	}
}

func (l *loader) oneOf(value string, allowed []string, keys ...string) {
	if !slices.Contains(allowed, value) {
		n := len(allowed) - 1
		l.wrong(fmt.Sprintf("%s is not known: write %s or %s", l.shown(keys...), strings.Join(allowed[:n], ", "), allowed[n]), keys...)
	}
}

// wrong notes a problem at a key, or, when the file does not have it, where it would stand.
func (l *loader) wrong(what string, keys ...string) {
	for n := len(keys); n >= 0; n-- {
		if node := l.node(keys[:n]...); node != nil {
			where := at(node)
			if n == len(keys) {
				l.say(where, what)
				return
			}
			l.broken[where] = true // several things may be missing here: each is told
			l.problems = append(l.problems, Problem{File: l.file, Line: where.line, Column: where.column, Key: spelled(keys[:n]), What: what})
			return
		}
	}
}

// spelled writes keys as one: "agents.map[1].dashly".
func spelled(keys []string) string {
	var out strings.Builder
	for i, key := range keys {
		switch _, err := strconv.Atoi(key); {
		case err == nil:
			out.WriteString("[" + key + "]")
		case i > 0:
			out.WriteString("." + key)
		default:
			out.WriteString(key)
		}
	}
	return out.String()
}

// node finds the value of a key; list items are numbered from 0. It is nil when the file has none.
func (l *loader) node(keys ...string) *yaml.Node {
	n := l.root
	for _, key := range keys {
		if n = child(resolve(n), key); n == nil {
			return nil
		}
	}
	return resolve(n)
}

func child(n *yaml.Node, key string) *yaml.Node {
	switch n.Kind {
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(key); err == nil && i < len(n.Content) {
			return n.Content[i]
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1]
			}
		}
	}
	return nil
}

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func (l *loader) secret(keys ...string) bool { return l.expanded[l.node(keys...)] }

// shown quotes a value for a message, unless it came from a variable or a file and may be somebody's secret.
func (l *loader) shown(keys ...string) string {
	n := l.node(keys...)
	if n == nil || n.Kind != yaml.ScalarNode {
		return strconv.Quote(keys[len(keys)-1])
	}
	if l.expanded[n] {
		return "the value of the variable"
	}
	if text := []rune(n.Value); len(text) > 40 {
		return strconv.Quote(string(text[:40]) + "…")
	}
	return strconv.Quote(n.Value)
}
