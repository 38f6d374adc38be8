package probe_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/probe"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/thin"
)

// readings are answers by the name of the probe. Empty: cannot be seen.
type readings = map[string]string

// likely are the answers of desks with the default knobs.
var likely = map[string]readings{
	"dashly": {
		"version 2": "answered", "$self_app in paths": "accepted", "ids in cursors": "numbers", "end of a list": "null",
		"length of pages": "as asked", "empty pages before the end": "", "cursor of a user's list": "next_before_position",
		"ids of parts": "grow with time", "attachments of a part": "come by themselves", "user of a conversation": "an object",
		"undocumented parameters": "refused", "unassigned conversations without asking": "are listed",
		"untagged conversations without asking": "are listed",
		"messages that nobody answered":         "are left out", "a conversation that does not exist": "400", "removed conversations": "",
		"blanks around tags": "", "capitals in tags": "exist", "commas in tags": "exist", "list of leads": "an object",
		"external_id of replies": "is echoed", "sent_via of customers' replies over the API": "api",
		"sent_via of system parts over the API": "api", "files": "open", "times": "seconds", "clock": "agrees",
		"last_update after a note": "stays", "last_update after a system part": "stays",
		"author of system parts over the API": "the person", "author of people's system parts": "the person",
		"bodies of customers": "text", "bodies of the team": "text", "operators who left": "", "ids": "beyond 2^53",
		"ids of authors under id_as_string": "text", "channel of a conversation": "shown, null where there is none", "list of channels": "whole",
	},
	"intercom": {
		"order of parts": "by time", "total_count of a long thread": "counts all parts", "parts that can be read": "a limit (500)",
		"time of customers' replies": "honoured", "time of agents' replies": "honoured", "clock": "agrees",
		"updated_at after a note": "moves", "updated_at after a change of state": "moves", "updated_at after an assignment": "moves",
		"updated_at after a tag": "moves", "bounds of a search": "inclusive", "total_count of a search": "exact",
		"delay of the index": "short", "length of pages": "as asked", "authors after a merge of contacts": "old ids",
		"a tag twice": "", "names of tags that differ by case": "", "sort ascending": "honoured",
		"life of links to files": "told (about 30m0s)", "the pinned version": "served", "calls in a window": "told (1666)",
		"nobody as assignee": "null", "ids of assignees": "numbers", "statistics": "count all parts", "source.id": "given",
		"app_package_code of what the bridge wrote": "names the app", "app_package_code of people": "null",
		"parts of tags": "are there", "author.type of a contact": "user or lead",
	},
}

// other are the answers that differ under a quirk. What hides behind it may be unseen besides, and never wrong.
var other = map[string]readings{
	"the app must be named by its id":                 {"$self_app in paths": "refused"},
	"cursors are text":                                {"ids in cursors": "text"},
	"lists end without a key":                         {"end of a list": "no key"},
	"lists end with an empty page":                    {"end of a list": "an empty page"},
	"lists end with the same cursor":                  {"end of a list": "the same cursor"},
	"one conversation a page":                         {"length of pages": "shorter"},
	"pages may be empty in the middle":                {"length of pages": "shorter", "empty pages before the end": "there are some"},
	"old cursor of a user's list":                     {"cursor of a user's list": "next_after"},
	"ids do not grow":                                 {"ids of parts": "do not grow"},
	"optional fields only when asked":                 {"attachments of a part": "come when asked for"},
	"a conversation shows its user's id only":         {"user of a conversation": "a bare id"},
	"undocumented parameters are ignored":             {"undocumented parameters": "ignored"},
	"unassigned are hidden":                           {"unassigned conversations without asking": "are left out"},
	"untagged are hidden":                             {"untagged conversations without asking": "are left out"},
	"campaigns are listed":                            {"messages that nobody answered": "are listed"},
	"a missing conversation is forbidden":             {"a conversation that does not exist": "403"},
	"a missing conversation is 404":                   {"a conversation that does not exist": "404"},
	"removed conversations are listed":                {"removed conversations": "are listed"},
	"tags keep their blanks":                          {"blanks around tags": "exist"},
	"tags become lower case":                          {"capitals in tags": ""},
	"leads as an array":                               {"list of leads": "an array"},
	"external ids of replies are not echoed":          {"external_id of replies": "is not echoed"},
	"external ids are not echoed":                     {"external_id of replies": "is not echoed"},
	"no external ids, answers name the assignment":    {"external_id of replies": "is not echoed"},
	"the token may not write as the user":             {"external_id of replies": "", "sent_via of customers' replies over the API": ""},
	"own user replies look like the web":              {"sent_via of customers' replies over the API": "web_user"},
	"own system parts come from the system":           {"sent_via of system parts over the API": "system"},
	"own system parts look like the panel":            {"sent_via of system parts over the API": "web_panel"},
	"files need the token":                            {"files": "closed without the token"},
	"times have microseconds":                         {"times": "microseconds"},
	"times are text":                                  {"times": "text"},
	"times are text in local time":                    {"times": "text"},
	"times are text with a zone":                      {"times": "text"},
	"the clock of Dashly is ahead":                    {"clock": "is ahead"},
	"notes move last_update":                          {"last_update after a note": "moves"},
	"everything moves last_update":                    {"last_update after a note": "moves", "last_update after a system part": "moves"},
	"system parts move last_update":                   {"last_update after a system part": "moves"},
	"every part moves last_update":                    {"last_update after a note": "moves", "last_update after a system part": "moves"},
	"own system parts are by nobody":                  {"author of system parts over the API": "nobody"},
	"own system parts are by the site":                {"author of system parts over the API": "the site"},
	"own system parts name an id only":                {"author of system parts over the API": "a bare id"},
	"system parts of people name nobody":              {"author of people's system parts": "nobody"},
	"authors are numbers":                             {"ids of authors under id_as_string": "numbers"},
	"ids beyond 2^63":                                 {"ids": "beyond 2^63"},
	"bodies are HTML":                                 {"bodies of customers": "HTML", "bodies of the team": "HTML"},
	"bodies of the team are HTML":                     {"bodies of the team": "HTML"},
	"who left is nobody":                              {"operators who left": "nobody"},
	"who left is an id":                               {"operators who left": "a bare id"},
	"parts come newest first":                         {"order of parts": "newest first"},
	"parts come by id":                                {"order of parts": "by id"},
	"total_count ends at what is shown":               {"total_count of a long thread": "ends at what is shown"},
	"two hundred parts can be read":                   {"parts that can be read": "a limit (200)"},
	"the time of contacts is not honoured":            {"time of customers' replies": "not honoured"},
	"the time of admins is not honoured":              {"time of agents' replies": "not honoured"},
	"the clock of Intercom is behind":                 {"clock": "is behind"},
	"only comments move updated_at":                   {"updated_at after a note": "stays", "updated_at after a change of state": "stays", "updated_at after an assignment": "stays", "updated_at after a tag": "stays"},
	"bounds are strict":                               {"bounds of a search": "strict"},
	"total_count of a search is short":                {"total_count of a search": "wrong"},
	"a search has no total_count":                     {"total_count of a search": "missing"},
	"the index lags":                                  {"delay of the index": "seen"},
	"one conversation a page of Intercom":             {"length of pages": "shorter"},
	"cursors die after a minute":                      {"length of pages": "shorter"},
	"a search shows forty conversations, five a page": {"length of pages": "shorter"},
	"a merge of contacts changes the authors":         {"authors after a merge of contacts": ""},
	"tagging twice duplicates":                        {"a tag twice": "duplicates"},
	"tags are told apart by case":                     {"names of tags that differ by case": "are two tags"},
	"sort is ignored":                                 {"sort ascending": "ignored"},
	"links die after a minute":                        {"life of links to files": "told (about 1m0s)"},
	"twenty calls in ten seconds":                     {"calls in a window": "told (20)"},
	"Retry-After is told":                             {"calls in a window": "told (20)"},
	"unassigned is zero":                              {"nobody as assignee": "0"},
	"assignees are text":                              {"ids of assignees": "text"},
	"there are no statistics":                         {"statistics": "are missing"},
	"statistics count messages":                       {"statistics": "count fewer"},
	"source has no id":                                {"source.id": "null for some"},
	"no app is named":                                 {"app_package_code of what the bridge wrote": "null"},
	"parts of people have no app field":               {"app_package_code of people": "missing"},
	"tags leave no parts":                             {"parts of tags": "are not there"},
	"contacts are called contacts":                    {"author.type of a contact": "contact"},
	"system parts by the system":                      {"sent_via of system parts over the API": "system", "author of system parts over the API": "nobody", "author of people's system parts": "nobody"},
	"no time is honoured":                             {"time of customers' replies": "not honoured", "time of agents' replies": "not honoured"},
	"no time is honoured and no app is named":         {"time of customers' replies": "not honoured", "time of agents' replies": "not honoured", "app_package_code of what the bridge wrote": "null"},
	"clocks differ":                                   {"clock": "is ahead"},
	"lists show no channel":                           {"channel of a conversation": "not shown in lists"},
	"no key where there is no channel":                {"channel of a conversation": "shown where there is one"},
	"no channel is shown":                             {"channel of a conversation": ""},
	"channels come one by one":                        {"list of channels": "paged"},
	"channels may not be listed":                      {"list of channels": ""},
	"clocks differ and no time lies in the future":    {"clock": "is ahead"},
}

// figures are the probes whose detail is part of the answer.
var figures = map[string]bool{"parts that can be read": true, "life of links to files": true, "calls in a window": true}

func answer(r probe.Result) string {
	if r.Detail != "" && figures[r.Name] {
		return r.Is + " (" + r.Detail + ")"
	}
	return r.Is
}

// agree holds an answer to what is known, if there is one. Where little was seen, one order of parts is as good as another.
func agree(t *testing.T, want string, r probe.Result) {
	t.Helper()
	if r.Is != "" && !(r.Name == "order of parts" && r.Is == "oldest first") {
		require.Equal(t, want, answer(r), r.Name)
	}
}

// seen are the answers of a desk under a quirk. Some questions of Intercom can be answered only where there are few
// conversations.
func seen(t *testing.T, q sandbox.Quirk, desk string) map[string]probe.Result {
	out := map[string]probe.Result{}
	fills := map[string][]func(*world){"dashly": {(*world).busyDashly}, "intercom": {(*world).busyIntercom, (*world).few}}
	for _, fill := range fills[desk] {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, q)
			fill(w)
			for name, r := range w.ask(desk) {
				if out[name].Is == "" {
					out[name] = r
				}
			}
		})
	}
	return out
}

// quirksOf are the readings that a desk can have.
func quirksOf(desk string) (out []sandbox.Quirk) {
	for _, q := range sandbox.Quirks() {
		if desk == "dashly" && q.Dashly != nil || desk == "intercom" && q.Intercom != nil {
			out = append(out, q)
		}
	}
	return out
}

// TestProbesSeeWhatHolds asks desks under every quirk: each answer that the quirk changes is the right one, and no other
// answer is another one.
func TestProbesSeeWhatHolds(t *testing.T) {
	used := readings{}
	for desk, base := range likely {
		plain := readings{}
		for name, r := range seen(t, sandbox.Quirk{}, desk) {
			plain[name] = answer(r)
		}
		require.Equal(t, base, plain)
		for _, q := range quirksOf(desk) {
			used[q.Name] = desk
		}
		for _, q := range thin.Few(quirksOf(desk)...) {
			t.Run(q.Name, func(t *testing.T) {
				for name, r := range seen(t, q, desk) {
					want, ok := other[q.Name][name]
					switch {
					case desk == "intercom" && name == "clock" && strings.HasPrefix(q.Name, "clocks differ"):
						require.Equal(t, "is behind", r.Is) // the other desk's is ahead
					case ok:
						require.Equal(t, want, answer(r), name)
					default:
						agree(t, base[name], r)
					}
				}
			})
		}
	}
	for name := range other {
		require.Contains(t, used, name, "no quirk has this name")
	}
}

// TestAnEndIsNoShorterPage: a workspace with few conversations has one page, whatever that says of the next.
func TestAnEndIsNoShorterPage(t *testing.T) {
	for _, how := range []string{"missing", "null", "bare", "cursor"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, sandbox.Quirk{Intercom: func(k *intercom.Knobs) { k.LastPage = how }})
			w.few()
			require.Empty(t, w.ask("intercom")["length of pages"].Is, how)
		})
	}
}

// TestAnAppThatIsNamed: with the id of the site all else is seen, also where $self_app is refused.
func TestAnAppThatIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Quirk{Dashly: func(k *dashly.Knobs) { k.SelfApp = "refuse" }})
		w.app = "12"
		w.busyDashly()
		for name, r := range w.ask("dashly") {
			want := likely["dashly"][name]
			if name == "$self_app in paths" {
				want = "refused"
			}
			require.Equal(t, want, r.Is, name)
		}
		w.dashly.SetKnobs(func(k *dashly.Knobs) { k.SelfApp = "accept" })
		require.Equal(t, "accepted", w.ask("dashly")["$self_app in paths"].Is)
	})
}

func TestVersionsAndHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Quirk{Intercom: func(k *intercom.Knobs) { k.RateLimit = 0 }})
		w.busyIntercom()
		require.Equal(t, "untold", w.ask("intercom")["calls in a window"].Is)
		w.version = "2.12"
		all := w.ask("intercom")
		require.Equal(t, "served", all["the pinned version"].Is)
		require.Contains(t, all["app_package_code of people"].Unseen, "2.13")
		w.version = "9.9"
		all = w.ask("intercom")
		require.Equal(t, "refused", all["the pinned version"].Is)
		require.Contains(t, all["bounds of a search"].Unseen, "intercom_version_invalid")
	})
}
