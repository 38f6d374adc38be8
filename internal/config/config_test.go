package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/mapping"
)

const dashlyToken, intercomToken = "secret-of-dashly: # {", "secret-of-intercom"

func env(name string) (string, bool) {
	v, ok := map[string]string{
		"DASHLY_TOKEN": strings.ReplaceAll(dashlyToken, " ", "_"), "INTERCOM_TOKEN": intercomToken,
		"EMPTY": "", "RATE": "7.5", "NULL": "null", "NESTED": "${INTERCOM_TOKEN}", "REDIS": "redis://:hunter2@cache:6379/1",
	}[name]
	return v, ok
}

// load reads a configuration from a file of its own directory, beside which a file "token" lies.
func load(t *testing.T, text string) (*config.Config, error) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "token"), []byte("from-a-file\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "blank"), []byte("\n"), 0o600))
	path := filepath.Join(dir, "deskbridge.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return config.Load(path, env)
}

const least = `version: 1
dashly: {token: "${DASHLY_TOKEN}"}
intercom: {token: "${INTERCOM_TOKEN}"}
sync: {start: 2026-11-01T00:00:00Z}
agents: {fallback: {dashly: default_admin, intercom: 25}}
`

func TestTheLeastConfiguration(t *testing.T) {
	c, err := load(t, least)
	require.NoError(t, err)
	require.Equal(t, strings.ReplaceAll(dashlyToken, " ", "_"), c.Dashly.Token.Reveal(), "what a variable holds cannot break the file")
	require.Equal(t, "https://api.dashly.app", c.Dashly.BaseURL)
	require.EqualValues(t, "$self_app", c.Dashly.AppID)
	require.Equal(t, 2*time.Minute, c.Dashly.Settle.Std())
	require.Equal(t, "us", c.Intercom.Region)
	require.Equal(t, "2.15", c.Intercom.Version)
	require.Equal(t, []string{config.DashlyToIntercom, config.IntercomToDashly}, c.Sync.Directions)
	require.Equal(t, "native", c.History.ToIntercom)
	require.Equal(t, "transcript", c.History.ToDashly)
	require.False(t, c.History.Include.Any())
	require.EqualValues(t, "25", c.Agents.Fallback[config.Intercom])
	require.Equal(t, time.UTC, c.Sync.Location())
	path, ok := c.State.SQLite()
	require.True(t, ok)
	require.True(t, filepath.IsAbs(path))
	require.Equal(t, "deskbridge.db", filepath.Base(path))
}

func TestTheExampleIsAManualOfEveryKey(t *testing.T) {
	const file = "../../config.example.yaml"
	c, err := config.Load(file, env)
	require.NoError(t, err)
	bare, err := load(t, least)
	require.NoError(t, err)
	// What the example writes is what stands without it, but for the map of agents and the place of the file.
	require.Empty(t, c.Teams.Map, "no team is carried unless the map names it")
	c.Agents.Map, c.Teams.Map, c.State = nil, nil, bare.State
	require.Equal(t, bare, c)

	var doc yaml.Node
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	// The alternative to region stands in it as a comment.
	uncommented := strings.Replace(string(text), "  # base_url:", "  base_url:", 1)
	require.NoError(t, yaml.Load([]byte(uncommented), &doc))
	require.Subset(t, keysOf(doc.Content[0], ""), config.Keys())
}

func keysOf(n *yaml.Node, prefix string) []string {
	var keys []string
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := prefix + n.Content[i].Value
			keys = append(keys, append(keysOf(n.Content[i+1], name+"."), name)...)
		}
	}
	return keys
}

func TestValues(t *testing.T) {
	for name, v := range map[string]struct {
		more  string
		check func(t *testing.T, c *config.Config)
	}{
		"ids stay text": {"agents: {fallback: {dashly: 123456789012345678, intercom: 0042}, map: [{dashly: 18446744073709551615, intercom: \"7\"}]}", func(t *testing.T, c *config.Config) {
			require.EqualValues(t, "123456789012345678", c.Agents.Fallback[config.Dashly])
			require.EqualValues(t, "0042", c.Agents.Fallback[config.Intercom])
			require.EqualValues(t, "18446744073709551615", c.Agents.Map[0][config.Dashly])
		}},
		"ids of teams stay text": {"teams: {map: [{dashly: 18446744073709551615, intercom: \"5017691\"}]}", func(t *testing.T, c *config.Config) {
			require.EqualValues(t, "18446744073709551615", c.Teams.Map[0][config.Dashly])
			require.EqualValues(t, "5017691", c.Teams.Map[0][config.Intercom])
		}},
		"a version without quotation marks keeps its zero": {"intercom: {token: t, version: 2.10}", func(t *testing.T, c *config.Config) {
			require.Equal(t, "2.10", c.Intercom.Version)
			require.Equal(t, "transcript", c.History.ToIntercom, "2.10 cannot date entries")
		}},
		"a file beside the configuration": {"dashly: {token: \"${file:token}\"}", func(t *testing.T, c *config.Config) {
			require.Equal(t, "from-a-file", c.Dashly.Token.Reveal())
		}},
		"a number from a variable": {"dashly: {token: t, max_rate: \"${RATE}\"}\nintercom:\n  token: ${NULL}", func(t *testing.T, c *config.Config) {
			require.Equal(t, "null", c.Intercom.Token.Reveal(), "a token is text, whatever it looks like")
		}},
		"a plain number from a variable": {"dashly:\n  token: t\n  max_rate: ${RATE}", func(t *testing.T, c *config.Config) {
			require.InDelta(t, 7.5, c.Dashly.MaxRate, 0)
		}},
		"what is put in is not looked at again": {"dashly: {token: \"${NESTED}\"}", func(t *testing.T, c *config.Config) {
			require.Equal(t, "${INTERCOM_TOKEN}", c.Dashly.Token.Reveal())
		}},
		"two dollars are one": {"dashly: {token: \"$${NESTED}\"}", func(t *testing.T, c *config.Config) {
			require.Equal(t, "${NESTED}", c.Dashly.Token.Reveal())
		}},
		"history since": {"history: {include: 2026-01-01T00:00:00+03:00}", func(t *testing.T, c *config.Config) {
			require.True(t, c.History.Include.Since.Equal(time.Date(2025, 12, 31, 21, 0, 0, 0, time.UTC)))
		}},
		"texts": {"texts: {replied: \"{name} ({desk}) ответил:\", message: \"{name}:\"}", func(t *testing.T, c *config.Config) {
			require.Equal(t, "{name} ({desk}) ответил:", c.Texts.Replied)
			require.Equal(t, "{name}:", c.Texts.Message)
			require.Equal(t, "{name} (bot, {desk}):", c.Texts.Bot)
		}},
		"kinds": {"kinds: {dashly: {vote: activity, chat_bot_admin: drop, reply_admin: note}, intercom: {conversation_rating_changed: activity, comment: message, of_next_year: drop}}", func(t *testing.T, c *config.Config) {
			require.Equal(t, mapping.ChooseActivity, c.Kinds[config.Dashly]["vote"])
			require.Equal(t, mapping.ChooseDrop, c.Kinds[config.Intercom]["of_next_year"])
			require.Equal(t, []string{"kinds.intercom.of_next_year"}, c.Kinds.Unnamed())
		}},
		"all of it":          {"history: {include: all}", func(t *testing.T, c *config.Config) { require.True(t, c.History.Include.All) }},
		"no sweep":           {"sync: {start: 2026-11-01T00:00:00Z, sweep: off}", func(t *testing.T, c *config.Config) { require.Equal(t, config.Off, c.Sync.Sweep) }},
		"a zone":             {"sync: {start: 2026-11-01T00:00:00Z, timezone: Asia/Tokyo}", func(t *testing.T, c *config.Config) { require.Equal(t, "Asia/Tokyo", c.Sync.Location().String()) }},
		"keys with no value": {"history:\nlog:\n  level:", func(t *testing.T, c *config.Config) { require.Equal(t, "info", c.Log.Level) }},
		"one direction needs one fallback": {"sync: {start: 2026-11-01T00:00:00Z, directions: [dashly_to_intercom]}\nagents: {fallback: {intercom: 1}}", func(t *testing.T, c *config.Config) {
			require.False(t, c.Sync.Enabled(config.IntercomToDashly))
		}},
		"filters": {"filters:\n  tags: {only: [\" VIP \", 2026], except: [\"internal-*\"]}\n  teams: {only: [intercom:5017691, \"dashly:*\"], except: [dashly:77]}\n  channels: {only: [\" WhatsApp \", chat], except: [2026]}\n  status: [closed, open]\n  created_after: 2026-01-01T00:00:00+03:00\n  created_before: 2026-02-01T00:00:00Z\n  without_people: skip", func(t *testing.T, c *config.Config) {
			f := c.Filters
			require.Equal(t, config.TagFilter{Only: []config.TagName{"VIP", "2026"}, Except: []config.TagName{"internal-*"}}, f.Tags)
			require.Equal(t, config.TeamFilter{Only: []config.TeamRef{"intercom:5017691", "dashly:*"}, Except: []config.TeamRef{"dashly:77"}}, f.Teams)
			desk, id := f.Teams.Only[0].Split()
			require.Equal(t, "intercom 5017691", string(desk)+" "+id)
			require.Equal(t, []mapping.State{mapping.Closed, mapping.Open}, f.Status)
			require.True(t, f.CreatedAfter.Equal(time.Date(2025, 12, 31, 21, 0, 0, 0, time.UTC)))
			require.Equal(t, config.ChannelFilter{Only: []config.ChannelName{"WhatsApp", "chat"}, Except: []config.ChannelName{"2026"}}, f.Channels)
			require.True(t, f.CreatedBefore.Equal(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)))
			text, err := json.Marshal(c)
			require.NoError(t, err)
			require.Contains(t, string(text), `"created_after":"2026-01-01T00:00:00+03:00","created_before":"2026-02-01T00:00:00Z","without_people":"skip"`)
		}},
		"no filters": {"filters: {tags: {only: [], except: []}, channels: {only: []}, status:, created_after: none, created_before: none}", func(t *testing.T, c *config.Config) {
			require.Equal(t, config.Filters{Status: config.States, WithoutPeople: "carry"}, c.Filters)
			text, err := json.Marshal(c)
			require.NoError(t, err)
			require.Contains(t, string(text), `"created_after":"none","created_before":"none"`)
		}},
		"tags": {"tags: {map: [{dashly: \"vip \", intercom: VIP customer}, {dashly: VIP customer, intercom: vip}], drop: [\"internal-*\", 7]}", func(t *testing.T, c *config.Config) {
			require.Equal(t, config.Tags{Map: []map[mapping.Desk]config.TagName{{"dashly": "vip", "intercom": "VIP customer"}, {"dashly": "VIP customer", "intercom": "vip"}}, Drop: []config.TagName{"internal-*", "7"}}, c.Tags)
		}},
		"an absolute file": {"state: {url: \"file:///var/lib/deskbridge.db\"}", func(t *testing.T, c *config.Config) {
			path, _ := c.State.SQLite()
			require.Equal(t, "/var/lib/deskbridge.db", path)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := load(t, replace(least, v.more))
			require.NoError(t, err)
			v.check(t, c)
		})
	}
}

// replace puts the blocks of more in place of those of the same name.
func replace(text, more string) string {
	var out []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		key, _, _ := strings.Cut(line, ":")
		if !strings.HasPrefix(more, key+":") && !strings.Contains(more, "\n"+key+":") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n") + "\n" + more + "\n"
}

func TestWhatIsWrongIsSaidWithItsPlace(t *testing.T) {
	for name, v := range map[string]struct{ more, want string }{
		"unknown key":              {"sync: {start: 2026-11-01T00:00:00Z, direction: [x]}", `5:37: sync.direction: there is no such key: is sync.directions meant?`},
		"unknown block":            {"colour: red", `6:1: colour: there is no such key: config.example.yaml lists all keys`},
		"key again":                {"log: {level: info, level: debug}", `6:20: log.level: the key stands here for the second time, first in line 6: keep one`},
		"variable not set":         {"dashly: {token: \"${NOPE}\"}", `5:17: dashly.token: the variable NOPE is not set: export it before deskbridge starts`},
		"variable empty":           {"dashly: {token: \"${EMPTY}\"}", `5:17: dashly.token: the variable EMPTY is empty: export it before deskbridge starts`},
		"not a variable":           {"dashly: {token: \"${1 x}\"}", `5:17: dashly.token: "${1 x}" is not the name of a variable: write ${NAME} or ${file:PATH}, or $${ for the characters themselves`},
		"variable not closed":      {"dashly: {token: \"${X\"}", `5:17: dashly.token: "${" is not closed: write ${NAME} or ${file:PATH}, or $${ for the characters themselves`},
		"variable within braces":   {"dashly: {token: ${X}}", `5:18: this is not YAML: did not find expected ',' or '}': within {…} and […], write "${NAME}" in quotation marks`},
		"file missing":             {"dashly: {token: \"${file:nope}\"}", `5:17: dashly.token: the file nope cannot be read: no such file or directory`},
		"file empty":               {"dashly: {token: \"${file:blank}\"}", `5:17: dashly.token: the file blank is empty`},
		"file is a directory":      {"dashly: {token: \"${file:.}\"}", `5:17: dashly.token: the file . cannot be read: it is not a file`},
		"token empty":              {"dashly: {token: \"\"}", `5:17: dashly.token: dashly.token is missing: write ${DASHLY_TOKEN} and set that variable, or ${file:PATH}`},
		"token with a space":       {"intercom: {token: \"a b\"}", `5:19: intercom.token: the token has a space, a line break or a letter outside of ASCII in it: copy it again`},
		"desk missing":             {"intercom:", `5:10: intercom: intercom.token is missing: write ${INTERCOM_TOKEN} and set that variable, or ${file:PATH}`},
		"region":                   {"intercom: {token: t, region: usa}", `5:30: intercom.region: "usa" is not known: write us, eu or au`},
		"region and address":       {"intercom: {token: t, region: us, base_url: \"http://x\"}", `5:44: intercom.base_url: region and base_url exclude each other: keep one`},
		"version too old":          {"intercom: {token: t, version: 1.4}", `5:31: intercom.version: "1.4" is not supported: write "2.7" to "2.16", in quotation marks`},
		"version rounded":          {"intercom: {token: t, version: 2.07}", `5:31: intercom.version: "2.07" is not supported: write "2.7" to "2.16", in quotation marks`},
		"version too new":          {"intercom: {token: t, version: \"2.17\"}", `5:31: intercom.version: "2.17" is not supported: write "2.7" to "2.16", in quotation marks`},
		"address without scheme":   {"dashly: {token: t, base_url: api.dashly.app}", `5:30: dashly.base_url: "api.dashly.app" is not the address of an API: write it like https://api.example.com`},
		"address with a password":  {"dashly: {token: t, base_url: \"https://u:hunter2@x\"}", `5:30: dashly.base_url: an address holds no user or password: take what stands before @ away`},
		"panel":                    {"dashly: {token: t, conversation_url: \"https://example.com/1\"}", `5:38: dashly.conversation_url: it is not the address of a conversation: copy one from the browser, and write {id} in the place of its id`},
		"app id":                   {"dashly: {token: t, app_id: mine}", `5:28: dashly.app_id: "mine" is no site: write $self_app, or the number of the site`},
		"rate":                     {"dashly: {token: t, max_rate: 0}", `5:30: dashly.max_rate: it is a number of calls a second from 0.2: 2 is safe, the desk may ban a token that asks more`},
		"rate as text":             {"dashly: {token: t, max_rate: fast}", `5:30: dashly.max_rate: this must be a number`},
		"rate that is no number":   {"dashly: {token: t, max_rate: .nan}", `5:30: dashly.max_rate: it is a number of calls a second from 0.2: 2 is safe, the desk may ban a token that asks more`},
		"settle for that rate":     {"dashly: {token: t, max_rate: 0.2, settle: 30s}", `5:43: dashly.settle: it is too short to write anything at dashly.max_rate 0.2: write at least 40s`},
		"duration":                 {"dashly: {token: t, settle: 2 days}", `5:28: dashly.settle: this is not a duration: write it like 90s, 2m or 24h (there is no unit for days)`},
		"duration below zero":      {"intercom: {token: t, settle: -5s}", `5:30: intercom.settle: a duration cannot be negative: write it like 90s, 2m or 24h`},
		"no settle":                {"intercom: {token: t, settle: 0s}", `5:30: intercom.settle: it must be longer than nothing: write it like 120s`},
		"lease":                    {"state: {lease: 10ms}", `6:16: state.lease: it must be at least 1s: a shorter one is lost over any pause of this machine`},
		"store":                    {"state: {url: mysql://x}", `6:14: state.url: it must begin with file:, redis://, rediss://, redis+sentinel://, redis+cluster:// or unix://`},
		"store without a path":     {"state: {url: \"file:\"}", `6:14: state.url: file: must be followed by the path of a file, like file:deskbridge.db`},
		"file with options":        {"state: {url: \"file:x.db?mode=ro\"}", `6:14: state.url: a file has no options: take ? and what follows away`},
		"file URL with options":    {"state: {url: \"file:///x.db?mode=ro\"}", `6:14: state.url: a file has no options: take ? and what follows away`},
		"redis port":               {"state: {url: \"redis://:hunter2@h:70000/0\"}", `6:14: state.url: its URL has a host that cannot be read: write host:port`},
		"redis database":           {"state: {url: \"redis://:hunter2@h/x\"}", `6:14: state.url: its URL names a database that is not a number`},
		"sentinel without master":  {"state: {url: \"redis+sentinel://:hunter2@h\"}", `6:14: state.url: its URL lacks the name of the master: redis+sentinel://host:port/master`},
		"no direction":             {"sync: {start: 2026-11-01T00:00:00Z, directions: []}", `5:49: sync.directions: no direction is enabled: write dashly_to_intercom, intercom_to_dashly or both`},
		"unknown direction":        {"sync: {start: 2026-11-01T00:00:00Z, directions: [to_dashly]}", `5:50: sync.directions[0]: "to_dashly" is not known: write dashly_to_intercom or intercom_to_dashly`},
		"direction again":          {"sync: {start: 2026-11-01T00:00:00Z, directions: [dashly_to_intercom, dashly_to_intercom]}", `5:70: sync.directions[1]: "dashly_to_intercom" stands here for the second time: keep one`},
		"directions as text":       {"sync: {start: 2026-11-01T00:00:00Z, directions: both}", `5:49: sync.directions: this must be a list, like [a, b]`},
		"schedule":                 {"sync: {start: 2026-11-01T00:00:00Z, schedule: often}", `5:47: sync.schedule: "often" are not times: expected exactly 5 fields, found 1: [often]: write five fields, like "*/2 * * * *", or @every 2m`},
		"schedule that panics":     {"sync: {start: 2026-11-01T00:00:00Z, schedule: TZ=UTC}", `5:47: sync.schedule: the zone does not belong here: take TZ= away and write sync.timezone`},
		"sweep with a zone":        {"sync: {start: 2026-11-01T00:00:00Z, sweep: CRON_TZ=Asia/Tokyo 0 3 * * *}", `5:44: sync.sweep: the zone does not belong here: take TZ= away and write sync.timezone`},
		"sweep never":              {"sync: {start: 2026-11-01T00:00:00Z, sweep: 0 0 30 2 *}", `5:44: sync.sweep: "0 0 30 2 *" are not times: these times never come: write five fields, like "*/2 * * * *", or @every 2m`},
		"timezone":                 {"sync: {start: 2026-11-01T00:00:00Z, timezone: Mars}", `5:47: sync.timezone: "Mars" is not a time zone: write a name like UTC or Europe/Berlin`},
		"start missing":            {"sync: {workers: 2}", `5:7: sync: sync.start is missing: write the moment of the cut-over, like 2026-11-01T00:00:00Z; entries older than this are history`},
		"start without zone":       {"sync: {start: 2026-11-01}", `5:15: sync.start: this is not a time: write it with its zone, like 2026-11-01T00:00:00Z`},
		"workers":                  {"sync: {start: 2026-11-01T00:00:00Z, workers: 0}", `5:46: sync.workers: it is the number of conversations at once: 1 to 64`},
		"history":                  {"history: {include: some}", `6:20: history.include: this tells no beginning: write none, all, or a time like 2026-01-01T00:00:00Z`},
		"history after the start":  {"history: {include: 2027-01-01T00:00:00Z}", `6:20: history.include: it is later than sync.start: write none, or an earlier time`},
		"native on an old one":     {"history: {to_intercom: native}\nintercom: {token: t, version: \"2.14\"}", `5:24: history.to_intercom: native needs Intercom 2.15 or newer, this is 2.14: write transcript, or raise intercom.version`},
		"events to Intercom":       {"history: {to_intercom: events}", `6:24: history.to_intercom: "events" is not known: write native, transcript or none`},
		"native to Dashly":         {"history: {to_dashly: native}", `6:22: history.to_dashly: "native" is not known: write transcript, events or none`},
		"home":                     {"delivery: {home: both}", `6:18: delivery.home: "both" is not known: write auto, dashly or intercom`},
		"twice":                    {"delivery: {reachable_on_both: twice}", `6:31: delivery.reachable_on_both: "twice" is not known: write deliver or note`},
		"age":                      {"delivery: {max_age: 0}", `6:21: delivery.max_age: it must be longer than nothing: write it like 24h`},
		"match":                    {"contacts: {match: phone}", `6:19: contacts.match: "phone" is not known: write identified, email or none`},
		"winner":                   {"conflicts: {status: merge}", `6:21: conflicts.status: "merge" is not known: write newest, dashly or intercom`},
		"level":                    {"log: {level: loud}", `6:14: log.level: "loud" is not known: write trace, debug, info, warn or error`},
		"unknown placeholder":      {"texts: {replied: \"{name} of {team}:\"}", `6:18: texts.replied: {team} is not known here: write {name}, {desk}`},
		"a message of nobody":      {"texts: {message: \"Answer:\"}", `6:18: texts.message: {name} is missing: nobody could tell whose words follow`},
		"time of a reply":          {"texts: {replied: \"{name} {time}:\"}", `6:18: texts.replied: {time} is not known here: write {name}, {desk}`},
		"nobody is named":          {"texts: {bot: \"Бот ({desk}):\"}", `6:14: texts.bot: {name} is missing: nobody could tell whose words follow`},
		"no desk is named":         {"texts: {earlier: Earlier}", `6:18: texts.earlier: {desk} is missing: nobody could tell whose words follow`},
		"name of a transcript":     {"texts: {earlier: \"{name} {desk}\"}", `6:18: texts.earlier: {name} is not known here: write {desk}`},
		"brace alone":              {"texts: {wrote: \"{name} {desk:\"}", `6:16: texts.wrote: a brace stands alone here: they belong to {name}, {desk} only`},
		"two lines":                {"texts: {wrote: \"{name}\\n:\"}", `6:16: texts.wrote: a text is one line of at most 120 characters`},
		"an endless line":          {"texts: {wrote: \"{name} " + strings.Repeat("x", 120) + "\"}", `6:16: texts.wrote: a text is one line of at most 120 characters`},
		"a false token":            {"texts: {wrote: \"{name} [db1]\"}", `6:16: texts.wrote: square brackets belong to the lines by which the bridge knows its notes: write (…)`},
		"empty text":               {"texts: {wrote: \"\"}", `6:16: texts.wrote: {name} is missing: nobody could tell whose words follow`},
		"kinds of a stranger":      {"kinds: {zendesk: {note: drop}}", `6:18: kinds.zendesk: "zendesk" is no desk: write dashly or intercom`},
		"unknown choice":           {"kinds: {dashly: {note: hide}}", `6:24: kinds.dashly.note: "hide" is not known: write message, note, activity or drop`},
		"choice as a list":         {"kinds: {dashly: {note: [drop]}}", `6:24: kinds.dashly.note: this must be text`},
		"a note shown":             {"kinds: {dashly: {note: message}}", `6:24: kinds.dashly.note: entries of this kind are internal, may be, or are not a person's words, so a customer never sees them: write note or drop`},
		"a bot shown":              {"kinds: {dashly: {chat_bot_admin: message}}", `6:34: kinds.dashly.chat_bot_admin: entries of this kind are internal, may be, or are not a person's words, so a customer never sees them: write note or drop`},
		"an unknown kind shown":    {"kinds: {intercom: {of_next_year: message}}", `6:34: kinds.intercom.of_next_year: entries of this kind are internal, may be, or are not a person's words, so a customer never sees them: write note or drop`},
		"an unknown kind told":     {"kinds: {intercom: {of_next_year: activity}}", `6:34: kinds.intercom.of_next_year: no row of deskbridge mapping names this kind, so nobody knows what it tells: write note or drop`},
		"the customer dropped":     {"kinds: {dashly: {reply_user: drop}}", `6:30: kinds.dashly.reply_user: the customer's own messages are always carried: write message, or take the line away`},
		"the customer as a note":   {"kinds: {dashly: {reply_user: note}}", `6:30: kinds.dashly.reply_user: the customer's own messages stay messages: write message, or take the line away`},
		"a field as a note":        {"kinds: {dashly: {closed: note}}", `6:26: kinds.dashly.closed: entries of this kind say nothing that could be a note: take the line away`},
		"a field dropped":          {"kinds: {dashly: {closed: drop}}", `6:26: kinds.dashly.closed: a field carries entries of this kind: take the line away`},
		"the desk's own act":       {"kinds: {intercom: {operator_workflow_event: activity}}", `6:45: kinds.intercom.operator_workflow_event: entries of this kind tell nothing that a person did, or a field carries it: write note or drop`},
		"version of the format":    {"version: 2", `5:10: version: only version 1 exists: write version: 1`},
		"name":                     {"name: \"a b\"", `6:7: name: a name has 1 to 32 letters, digits, - and _, and begins with a letter or digit: it is part of every marker and key`},
		"fallback missing":         {"agents: {fallback: {dashly: 1}}", `5:20: agents.fallback: the fallback agent of intercom is missing: write agents: {fallback: {intercom: ID}}, the id of the agent who posts what has no counterpart there`},
		"fallback of nobody":       {"agents: {fallback: {dashly: 1, intercom: 2, zendesk: 3}}", `5:54: agents.fallback.zendesk: "zendesk" is no desk: write dashly or intercom`},
		"id that is no id":         {"agents: {fallback: {dashly: 1, intercom: 2.5}}", `5:42: agents.fallback.intercom: this is not an id: write it in quotation marks, like "25"`},
		"unknown desk in the map":  {"agents: {fallback: {dashly: 1, intercom: 2}, map: [{dashly: 1, zendesk: 3}]}", `5:73: agents.map[0].zendesk: "zendesk" is no desk: write dashly or intercom`},
		"half an agent":            {"agents: {fallback: {dashly: 1, intercom: 2}, map: [{dashly: 1}]}", `5:52: agents.map[0]: an entry names one person on both desks, like {dashly: "14709", intercom: "25"}`},
		"unknown desk of a team":   {"teams: {map: [{dashly: 75, zendesk: 3}]}", `6:37: teams.map[0].zendesk: "zendesk" is no desk: write dashly or intercom`},
		"half a team":              {"teams: {map: [{dashly: 75, intercom: 5}, {intercom: 6}]}", `6:42: teams.map[1]: an entry names a channel of Dashly and a team of Intercom, like {dashly: "1234", intercom: "5017691"}`},
		"team in two":              {"teams: {map: [{dashly: 75, intercom: 5}, {dashly: 77, intercom: 5}]}", `6:65: teams.map[1].intercom: this one stands in entry 1 of the map already: a channel is one team`},
		"no team is no team":       {"teams: {map: [{dashly: 75, intercom: 0}]}", `6:38: teams.map[0].intercom: 0 is no channel and no team: both desks call it so when there is none`},
		"team that is no id":       {"teams: {map: [{dashly: 7.5, intercom: 5}]}", `6:24: teams.map[0].dashly: this is not an id: write it in quotation marks, like "25"`},
		"unknown key of teams":     {"teams: {mapping: []}", `6:9: teams.mapping: there is no such key: config.example.yaml lists all keys`},
		"agent in two":             {"agents: {fallback: {dashly: 1, intercom: 2}, map: [{dashly: 1, intercom: 2}, {dashly: 1, intercom: 3}]}", `5:87: agents.map[1].dashly: this agent stands in entry 1 of the map already: an agent is one person`},
		"list in place of a value": {"log: {level: [info]}", `6:14: log.level: this must be text`},
		"value in place of keys":   {"log: info", `6:6: log: this must be a block of keys, like {key: value}`},
		"tag without a name":       {"filters: {tags: {only: [vip, \" \"]}}", `6:30: filters.tags.only[1]: this is not the name of a tag: it is empty, or more than one line`},
		"tag in place of a list":   {"filters: {tags: {except: vip}}", `6:26: filters.tags.except: this must be a list, like [a, b]`},
		"tags in place of a block": {"filters: {tags: [vip]}", `6:17: filters.tags: this must be a block of keys, like {key: value}`},
		"tag that is a list":       {"tags: {drop: [[a]]}", `6:15: tags.drop[0]: a single value belongs here, not a list or a block`},
		"team without a desk":      {"filters: {teams: {only: [5017691]}}", `6:26: filters.teams.only[0]: "5017691" names no team: write its desk and its id, like intercom:5017691 or dashly:77`},
		"team of no desk":          {"filters: {teams: {except: [\"dashly:1\", \"zendesk:1\"]}}", `6:40: filters.teams.except[1]: "zendesk:1" names no team: write its desk and its id, like intercom:5017691 or dashly:77`},
		"team without an id":       {"filters: {teams: {only: [\"intercom:\"]}}", `6:26: filters.teams.only[0]: "intercom:" has no id: write it like intercom:5017691, or intercom:* for all conversations that began there`},
		"state":                    {"filters: {status: [open, done]}", `6:26: filters.status[1]: "done" is not known: write open, snoozed or closed`},
		"state again":              {"filters: {status: [open, open]}", `6:26: filters.status[1]: "open" stands here for the second time: keep one`},
		"no state":                 {"filters: {status: []}", `6:19: filters.status: no state is named, so that nothing would be carried: write open, snoozed, closed or several of them`},
		"created at no time":       {"filters: {created_after: yesterday}", `6:26: filters.created_after: this is neither none nor a time: write it with its zone, like 2026-01-01T00:00:00Z`},
		"created before no time":   {"filters: {created_before: 2026-01-01}", `6:27: filters.created_before: this is neither none nor a time: write it with its zone, like 2026-01-01T00:00:00Z`},
		"channel without a name":   {"filters: {channels: {only: [email, \" \"]}}", `6:36: filters.channels.only[1]: this is not the name of a channel: it is empty, or more than one line`},
		"channel in place of list": {"filters: {channels: {except: email}}", `6:30: filters.channels.except: this must be a list, like [a, b]`},
		"without people":           {"filters: {without_people: drop}", `6:27: filters.without_people: "drop" is not known: write carry or skip`},
		"unknown filter":           {"filters: {tag: {only: [vip]}}", `6:11: filters.tag: there is no such key: is filters.tags meant?`},
		"half a tag":               {"tags: {map: [{dashly: vip}]}", `6:14: tags.map[0]: an entry names one tag on both desks, like {dashly: vip, intercom: VIP customer}`},
		"tag of no desk":           {"tags: {map: [{dashly: vip, zendesk: VIP}]}", `6:37: tags.map[0].zendesk: "zendesk" is no desk: write dashly or intercom`},
		"tag again":                {"tags: {map: [{dashly: vip, intercom: VIP}, {dashly: \" Vip\", intercom: gold}]}", `6:53: tags.map[1].dashly: this tag stands in entry 1 of the map already: a tag has one name on the other desk (capitals do not count)`},
		"tag again over there":     {"tags: {map: [{dashly: vip, intercom: VIP}, {dashly: gold, intercom: vip}]}", `6:69: tags.map[1].intercom: this tag stands in entry 1 of the map already: a tag has one name on the other desk (capitals do not count)`},
		"two documents":            {"---\nname: x", `the file holds more than one document: take the line "---" away`},
		"tab":                      {"log:\n\tlevel: info", `7:1: this is not YAML: found character that cannot start any token`},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := load(t, replace(least, v.more))
			require.Nil(t, c)
			var wrong config.Errors
			require.ErrorAs(t, err, &wrong)
			require.Len(t, wrong, 1, "one mistake is said once: %v", err)
			_, got, _ := strings.Cut(wrong[0].String(), "deskbridge.yaml:")
			require.Equal(t, v.want, strings.TrimSpace(got))
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestEverythingIsSaidAtOnce(t *testing.T) {
	_, err := load(t, "intercom: {region: moon, colour: red}\nsync: {workers: many}\n")
	var wrong config.Errors
	require.ErrorAs(t, err, &wrong)
	var keys []string
	for _, p := range wrong {
		require.Positive(t, p.Line)
		keys = append(keys, p.What)
	}
	for _, want := range []string{"dashly.token", "intercom.token", "sync.start", "fallback agent of dashly", "fallback agent of intercom", `"moon"`, "no such key", "whole number"} {
		require.Contains(t, strings.Join(keys, "\n"), want)
	}
	require.Len(t, wrong, 8)
	for i := 1; i < len(wrong); i++ {
		require.LessOrEqual(t, wrong[i-1].Line, wrong[i].Line, "in the order of the file")
	}
}

func TestAMissingFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nope.yaml")
	_, err := config.Load(path, env)
	require.EqualError(t, err, path+": there is no such file: copy config.example.yaml, or name another one with --config")
	_, err = config.Load(filepath.Dir(path), env)
	require.ErrorContains(t, err, "cannot be read: it is not a file")
	_, err = load(t, "# nothing\n")
	require.ErrorContains(t, err, "the file is empty")
	_, err = load(t, "- a\n- b\n")
	require.ErrorContains(t, err, "this is no configuration")
}

func TestNothingShowsASecret(t *testing.T) {
	c, err := load(t, replace(least, "state:\n  url: ${REDIS}"))
	require.NoError(t, err)
	require.Equal(t, "redis://:hunter2@cache:6379/1", c.State.URL.Reveal())
	text, err := json.Marshal(c)
	require.NoError(t, err)
	dumped, err := yaml.Dump(c)
	require.NoError(t, err)
	shown := string(text) + string(dumped)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown += fmt.Sprintf(verb, *c) + fmt.Sprintf(verb, c.Dashly.Token) + fmt.Sprintf(verb, &c.Dashly.Token) + fmt.Sprintf(verb, c.State.URL)
	}
	for _, secret := range []string{c.Dashly.Token.Reveal(), intercomToken, "hunter2", fmt.Sprintf("%x", intercomToken)} {
		require.NotContains(t, shown, secret)
	}
	require.Contains(t, string(text), `"token":"***"`)
	require.Contains(t, string(text), `"url":"redis://***@cache:6379/1"`)
}

func TestAMisplacedSecretIsNotRepeated(t *testing.T) {
	for _, key := range []string{"name", "log: {level", "sync: {schedule", "intercom: {version", "dashly: {max_rate", "dashly: {settle", "state: {url", "dashly: {base_url", "version"} {
		closing := ""
		if strings.Contains(key, "{") {
			closing = "}"
		}
		_, err := load(t, key+": \"${INTERCOM_TOKEN}\""+closing+"\n")
		require.Error(t, err, key)
		require.NotContains(t, err.Error(), intercomToken, key)
	}
}

func FuzzLoad(f *testing.F) {
	example, err := os.ReadFile("../../config.example.yaml")
	require.NoError(f, err)
	for _, seed := range []string{string(example), least, "a: &a [*a]", "<<: *x", "? {a: b}\n: c", "sync: &s\n  <<: *s", "agents: {map: [[]]}", "dashly: {token: ${file:/dev/null}}", "\xff\xfe", "sync: {schedule: TZ=}", "!!binary x: y", "%YAML 9.9\n---\na: 1"} {
		f.Add(seed)
	}
	dir := f.TempDir()
	path := filepath.Join(dir, "deskbridge.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "file:") {
			return // it must not read what lies about on this machine
		}
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		c, err := config.Load(path, env)
		if err != nil {
			var wrong config.Errors
			require.ErrorAs(t, err, &wrong)
			require.NotEmpty(t, wrong)
			require.NotContains(t, err.Error(), intercomToken)
			return
		}
		again, err := json.Marshal(c)
		require.NoError(t, err)
		require.NotContains(t, string(again), intercomToken)
	})
}
