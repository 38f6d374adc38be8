package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// warned are the warnings of a check about rules, as "about: message".
func warned(r report.Report) (out []string) {
	for _, f := range r.Findings {
		if f.Level == report.Warning && (strings.HasPrefix(f.About, "filters") || strings.HasPrefix(f.About, "tags")) {
			out = append(out, f.About+": "+f.Message)
		}
	}
	return out
}

func listsOfTeams(w *world) (paths []string) {
	for _, c := range w.log.Requests() {
		path, _, _ := strings.Cut(c.Path, "?")
		if strings.HasSuffix(path, "/channels") || path == "/teams" {
			paths = append(paths, path)
		}
	}
	return paths
}

func TestCheckWarnsOfRulesThatFitNothing(t *testing.T) {
	const (
		noTeam    = "filters.teams.only[0]: intercom has no team or channel 404, so no conversation is in it; there are: 5017691 Support, 5017692 Sales"
		noChannel = "filters.teams.except[0]: dashly has no team or channel 404, so no conversation is in it; there are: "
		oneWay    = "sync: {start: 2026-11-01T00:00:00Z, directions: [intercom_to_dashly]}\n"
		noWay     = "can never match, as far as the documents tell: no desk that something is carried from has a channel "
		allWays   = "chat, email, facebook, instagram, phone_call, phone_switch, push, sms, telegram, twitter, viber, vk, whatsapp, yandex_dialogs"
		asYet     = ": intercom lists 1, and none of that name"
	)
	for name, c := range map[string]struct {
		rules string
		want  []string
		lists int // of teams that are asked for
	}{
		"none":                         {"", nil, 0},
		"rules that fit":               {"filters: {tags: {only: [vip, gold], except: [\"internal-*\"]}, teams: {only: [\"intercom:*\", \"dashly:*\"]}, created_after: 2026-01-01T00:00:00Z}\ntags: {map: [{dashly: vip-gold, intercom: \"vip, gold\"}], drop: [secret]}", nil, 0},
		"tag wanted and not":           {"filters: {tags: {only: [vip, internal-audit], except: [\"Internal-*\"]}}", []string{"filters.tags.only[1]: internal-audit is excepted too: no conversation is carried because of it"}, 0},
		"team wanted and not":          {"filters: {teams: {only: [\"intercom:5017691\", \"dashly:*\"], except: [\"intercom:*\"]}}", []string{"filters.teams.only[0]: intercom:5017691 is excepted too: no conversation is carried because of it"}, 1},
		"a desk of which all is left":  {"filters: {teams: {only: [\"intercom:*\"]}}", []string{"filters.teams.only: it names nothing of dashly: no conversation that begins there is carried; add dashly:* if all of them are to be"}, 0},
		"unless it is not read anyway": {"sync: {start: 2026-11-01T00:00:00Z, directions: [intercom_to_dashly]}\nfilters: {teams: {only: [\"intercom:*\"]}}", nil, 0},
		"teams that are there":         {"filters: {teams: {only: [intercom:5017691, dashly:77, dashly:78], except: [intercom:5017692]}}", nil, 2},
		"teams that are not":           {"filters: {teams: {only: [intercom:404, \"dashly:*\"], except: [dashly:404]}}", []string{noChannel + "75 E-mail, 77 Support, 78 Telegram", noTeam}, 2},
		"a time to come":               {"filters: {created_after: 2999-01-01T00:00:00Z}", []string{"filters.created_after: it is a time to come: until then no conversation is carried"}, 0},
		"tag mapped and dropped":       {"tags: {map: [{dashly: vip, intercom: internal-vip}], drop: [\"internal-*\"]}", []string{"tags.map[0].intercom: tags.drop keeps internal-vip on its desk: this entry does nothing"}, 0},
		"tags that are there":          {oneWay + "filters: {tags: {only: [V*], except: [gold, v*p]}}\ntags: {map: [{dashly: VIP, intercom: vip}]}", []string{"filters.tags.except[0]: no tag fits gold" + asYet}, 0},
		"tags that are not": {oneWay + "filters: {tags: {only: [gold], except: [\"internal-*\"]}}\ntags: {map: [{dashly: a, intercom: b}], drop: [secret]}", []string{
			"filters.tags.only[0]: no tag fits gold" + asYet, "filters.tags.except[0]: no tag fits internal-*" + asYet, "tags.map[0].intercom: no tag fits b" + asYet,
		}, 0},
		"tag that is too long":       {"tags: {map: [{dashly: " + strings.Repeat("a", 256) + ", intercom: ab}]}", []string{"tags.map[0].dashly: dashly cannot be given a tag of more than 255 characters: it is not carried there"}, 0},
		"tag that cannot be written": {"tags: {map: [{dashly: \"a,b\", intercom: ab}]}", []string{"tags.map[0].dashly: dashly cannot be given a tag with a comma: it is not carried there"}, 0},
		"a time before the other":    {"filters: {created_after: 2026-02-01T00:00:00Z, created_before: 2026-02-01T00:00:00Z}", []string{"filters.created_before: can never match: it is not later than filters.created_after, so no conversation is carried"}, 0},
		"times that fit":             {"filters: {created_after: 2026-02-01T00:00:00Z, created_before: 2026-02-01T00:00:01Z}", nil, 0},
		"a channel that is not":      {"filters: {channels: {only: [chat, E-Mail], except: [Viber, sms]}}", []string{"filters.channels.only[1]: " + noWay + "E-Mail; there are: " + allWays}, 0},
		"capitals do not count":      {"filters: {channels: {only: [Chat, EMAIL, WhatsApp]}}", nil, 0},
		"channel wanted and not":     {"filters: {channels: {only: [email, whatsapp], except: [Email]}}", []string{"filters.channels.only[0]: email is excepted too: no conversation is carried because of it"}, 0},
		"channel of the other desk":  {oneWay + "filters: {channels: {only: [email], except: [viber]}}", []string{"filters.channels.except[0]: " + noWay + "viber; there are: chat, email, facebook, instagram, phone_call, phone_switch, push, sms, twitter, whatsapp"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 2, "1s")
			w.tags("vip")
			w.configure(t, c.rules)
			w.log.Reset()
			r := w.run(t, "check")
			require.Equal(t, report.Done, r.Status, "%+v", r.Error)
			require.Zero(t, r.ExitCode, "warnings are no failure")
			require.Equal(t, c.want, warned(r))
			require.Len(t, listsOfTeams(w), c.lists)
		})
	}
}

// tags makes tags of Intercom's.
func (w *world) tags(names ...string) {
	hand := w.intercom.People()
	id, _ := hand.Open(hand.Customer(stage.Customer{Name: "Nobody"}), "A conversation with tags")
	for _, name := range names {
		hand.Tag(id, intercom.Jane, name)
	}
}

// configure puts blocks of keys into the configuration, in place of those of the same name.
func (w *world) configure(t *testing.T, blocks string) {
	t.Helper()
	text, err := os.ReadFile(w.config)
	require.NoError(t, err)
	for line := range strings.Lines(blocks) {
		key, _, _ := strings.Cut(line, ":")
		text = regexp.MustCompile(`(?m)^`+key+`:.*\n`).ReplaceAll(text, nil)
	}
	require.NoError(t, os.WriteFile(w.config, append(text, blocks+"\n"...), 0o600))
}

func TestCheckReadsChannelsWhateverTheirPages(t *testing.T) {
	w := newWorld(t, 2, "1s")
	w.configure(t, `filters: {teams: {only: [dashly:75, dashly:77, dashly:78, "intercom:*"]}}`)
	w.dashly.SetKnobs(func(k *dashly.Knobs) { k.ChannelList = "paged" })
	w.log.Reset()
	require.Empty(t, warned(w.run(t, "check")))
	require.Len(t, listsOfTeams(w), 3)
}

func TestCheckGoesOnWithoutAListOfTeams(t *testing.T) {
	w := newWorld(t, 2, "1s")
	front := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/channels") {
			out.WriteHeader(http.StatusNotFound)
			return
		}
		w.dashly.ServeHTTP(out, r)
	}))
	t.Cleanup(front.Close)
	w.configure(t, `dashly: {token: secret-of-dashly, base_url: "`+front.URL+`", max_rate: 1000, settle: 1s}
filters: {teams: {except: [dashly:77, intercom:404]}}`)
	r := w.run(t, "check")
	require.Zero(t, r.ExitCode)
	require.Len(t, warned(r), 1, "the other desk is looked at all the same")
	found := false
	for _, f := range r.Findings {
		found = found || f.About == "dashly teams" && f.Level == report.Info && strings.HasPrefix(f.Message, "whether those of filters.teams exist cannot be seen: ")
	}
	require.True(t, found, "%+v", r.Findings)
}
