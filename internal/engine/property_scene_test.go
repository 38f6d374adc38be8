package engine

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// talk names what customers and agents say on each desk.
var talk = map[mapping.Desk][2]string{dashly.Desk: {"reply_user", "reply_admin"}, intercom.Desk: {"comment", "comment"}}

// actingKinds are those of each desk whose acts a note may tell.
var actingKinds = map[mapping.Desk][]string{
	dashly.Desk:   slices.DeleteFunc(slices.Clone(dashly.Kinds()), func(kind string) bool { return !slices.Contains(first(dashly.Choices(kind)), mapping.ChooseActivity) }),
	intercom.Desk: slices.DeleteFunc(slices.Clone(intercom.PartTypes()), func(kind string) bool { return !slices.Contains(first(intercom.Choices(kind)), mapping.ChooseActivity) }),
}

// aScene draws a conversation of one desk in any state of being carried: not at all, opened, or carried in part; with
// entries of every kind of the desk's table, by anybody, as history and live. The planner is to carry it from side 0. Three of
// four are such as there is something to carry: the customer begins and talks on, and no filter leaves them out.
func aScene(t *rapid.T) *scene {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	yes := func(label string) bool { return rapid.Bool().Draw(t, label) }
	from, to := dashly.Desk, intercom.Desk
	kinds, features := dashly.Kinds(), func() (mapping.Features, error) {
		return intercom.Features(rapid.SampledFrom(intercom.Versions).Draw(t, "version"))
	}
	row := func(native string, author mapping.Role, words bool) (mapping.Kind, mapping.Field, string, bool) {
		r, _ := dashly.RowFor(native, author, words)
		return r.Kind, r.Covers, r.Rule, r.Doubt
	}
	choices := dashly.Choices
	if yes("from Intercom") {
		from, to = to, from
		kinds, features = intercom.PartTypes(), func() (mapping.Features, error) { return dashly.Features("") }
		row = func(native string, author mapping.Role, words bool) (mapping.Kind, mapping.Field, string, bool) {
			r := intercom.RowOf(native, author, words)
			return r.Kind, r.Covers, r.Rule, r.Doubt
		}
		choices = intercom.Choices
	}
	chosen := map[string]mapping.Choice{}
	for range rapid.IntRange(0, 8).Draw(t, "chosen kinds") {
		kind := rapid.SampledFrom(append(kinds, "unheard_of")).Draw(t, "chosen kind")
		if allowed, _ := choices(kind); len(allowed) > 0 {
			chosen[kind] = rapid.SampledFrom(allowed).Draw(t, "choice")
		}
	}
	acting := actingKinds[from]
	if yes("acts are told") {
		for _, kind := range acting {
			if _, ok := chosen[kind]; !ok && yes("this one, too") {
				chosen[kind] = mapping.ChooseActivity
			}
		}
	}
	can, err := features()
	require.NoError(t, err)
	if yes("short bodies") {
		can.BodyRunes = 1000
	}
	opts := &Options{Name: "main", Start: now.Add(-time.Hour), HistoryAll: yes("all history"), AutomationOff: yes("automation is off"),
		Home:   rapid.SampledFrom([]string{"auto", string(dashly.Desk), string(intercom.Desk)}).Draw(t, "home"),
		MaxAge: 24 * time.Hour, ReachableOnBoth: rapid.SampledFrom([]string{"deliver", "note"}).Draw(t, "reachable on both"),
		AgentMap: []map[mapping.Desk]mapping.PersonID{{from: "jane", to: "jane2"}, {from: "tom", to: "fallback"}},
		Kinds:    map[mapping.Desk]map[string]mapping.Choice{from: chosen}}
	if yes("in Russian") {
		opts.Texts = mapping.Texts{Wrote: "В {desk} пишет {name}:", Replied: "{name} ответил ({desk}):", Bot: "Бот {name}, {desk}:", Participant: "Участник {name}:", Earlier: "Раньше в {desk}:", Meanwhile: "Тем временем в {desk}:"}
	}
	opts.Sides = [2]Side{{Send: true, Fallback: "olga"}, {Send: true, Fallback: "fallback", History: rapid.SampledFrom([]string{"native", "transcript", "events", "none"}).Draw(t, "history")}}
	people := []mapping.Person{
		{Role: mapping.Customer, ID: "alice", Name: "Alice"}, {Role: mapping.Customer, ID: "bob", Name: "Bob"},
		{Role: mapping.Agent, ID: "jane", Name: "Jane"}, {Role: mapping.Agent, ID: "tom", Name: "Tom"}, {Role: mapping.Agent, ID: "olga", Name: "Olga"},
		{Role: mapping.Bot, Name: "Robot"}, {Role: mapping.System}, {Role: mapping.Customer}, {Role: mapping.Agent, Name: "Anna"}, // a team
	}
	ours, theirs := someAgents(t, "a"), someAgents(t, "b")
	people = append(people, ours...)
	if len(ours) > 0 && len(theirs) > 0 && yes("some of them are configured") {
		opts.AgentMap = append(opts.AgentMap, map[mapping.Desk]mapping.PersonID{from: ours[0].ID, to: theirs[0].ID})
	}
	met := meetAgents(t, meetAgents(t, NewPeople(opts.AgentMap), from, ours), to, theirs)
	customer := rapid.SampledFrom([]mapping.PersonID{"alice", "alice", "bob", "carol"}).Draw(t, "customer")
	conv := mapping.Conversation{Ref: mapping.Ref{Desk: from, ID: "1"}, Customer: mapping.Contact{ID: customer}, Agents: slices.Concat(ours, theirs), Fields: mapping.Fields{State: mapping.Open}}
	conv.Channel = rapid.SampledFrom([]string{"", "", "email", "whatsapp"}).Draw(t, "channel")
	if yes("others take part") {
		conv.Others = []mapping.Contact{{ID: "dave"}}
	}
	conv.Joined = len(conv.Others) > 0 || yes("somebody has left")
	if yes("has an address") {
		conv.Customer.Email = "alice@example.org"
	}
	ordinary := rapid.IntRange(0, 3).Draw(t, "out of the ordinary") > 0
	at := now.Add(-time.Duration(rapid.SampledFrom([]int{0, 1, 1, 2, 3, 12, 25, 72}).Draw(t, "hours ago")) * time.Hour)
	for n := range rapid.IntRange(1, 12).Draw(t, "entries") {
		at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 60, 3600}).Draw(t, "later")) * time.Second)
		e := mapping.Entry{ID: mapping.EntryID(fmt.Sprint(n + 1)), At: at, Opening: n == 0, Native: rapid.SampledFrom(append(kinds, "unheard_of")).Draw(t, "kind"),
			Author: rapid.SampledFrom(people).Draw(t, "author"), Made: rapid.SampledFrom([]mapping.Provenance{mapping.Unknown, mapping.ByHuman, mapping.ByAPI}).Draw(t, "made")}
		if rapid.IntRange(0, 3).Draw(t, "an act") == 0 {
			e.Native = rapid.SampledFrom(acting).Draw(t, "kind of the act")
		}
		words := yes("words")
		if ordinary && (n == 0 || yes("the customer talks")) {
			e.Author, e.Native, words = mapping.Person{Role: mapping.Customer, ID: customer, Name: "Customer of " + string(customer)}, talk[from][0], true
		}
		if len(ours) > 0 && n > 0 && rapid.IntRange(0, 2).Draw(t, "one of the team talks") == 0 {
			e.Author, words = rapid.SampledFrom(ours).Draw(t, "who talks"), true
			e.Native = rapid.SampledFrom([]string{"note", talk[from][1]}).Draw(t, "talk")
		}
		if words {
			e.Body, e.Files = someWords(t, n+1)
		}
		if e.Kind, e.Covers, e.Skip, e.Doubt = row(e.Native, e.Author.Role, words); !words && yes("taken away") {
			e.Removed = true
		}
		if e.Kind == mapping.Event && !e.Removed && slices.Contains(acting, e.Native) {
			e.Act = mapping.NewAct("deed"+fmt.Sprint(n+1), [2]string{"value", strings.Repeat(rapid.StringMatching(`[a-z]{0,200}`).Draw(t, "value"), rapid.SampledFrom([]int{1, 1, 10}).Draw(t, "long"))})
			e.Act.Mutable = yes("changed in place")
			e.Act.Needs = rapid.SampledFrom([]mapping.Ability{"", mapping.ToReopen, mapping.ToSnooze, mapping.ToSetTeam}).Draw(t, "needs")
		}
		conv.Entries = append(conv.Entries, e)
	}
	opts.Tags = someTagRules(t, from, to)
	if !ordinary {
		opts.Filters = someFilters(t, now)
	}
	conv.Created = conv.Entries[0].At
	conv.Fields.Tags, conv.Fields.Team = someTags(t, "tags"), rapid.SampledFrom([]string{"", "7", "8"}).Draw(t, "team")
	conv.Fields.State = rapid.SampledFrom(someStates).Draw(t, "state")
	ledger, err := state.ReadLedger(state.PairOf(conv.Ref), nil)
	require.NoError(t, err)
	ledger.SetMeta(state.Meta{Origin: conv.Ref, Since: now.Add(-80 * time.Hour)})
	return &scene{opts: opts, people: met, ledger: ledger, now: now, sides: [2]sideView{
		{side: &opts.Sides[0], desk: from, conv: &conv}, {side: &opts.Sides[1], desk: to, features: can},
	}}
}

// someForms are the forms in which desks show words, as HTML around them: plain, marked, lists and forms with buttons,
// quotations, code, an article with pictures within and at its end, a film.
var someForms = []string{
	"<p>%s</p>", "<p><b>%s</b> and <i>so</i> <code>on</code></p>", "<ul><li>%s</li><li>No</li></ul>", "<p>%s</p><ol><li>Yes</li><li>No</li></ol>",
	"<blockquote>%s</blockquote><p>So it was</p>", "<pre>%s\n  indented</pre>", `<p>%s <a href="https://example.org/help?a=1&amp;b=2">this page</a></p>`,
	`<h1>How to</h1><p>%s</p><img src="https://files.example/step.png"><table><tr><td>one</td><td>two</td></tr></table><p>Done</p><img src="https://files.example/end.gif">`,
	`<p>%s</p><ul><li>outer<ol><li>inner</li></ol></li></ul>`, `<p><s>%s</s></p><iframe src="https://video.example/1"></iframe>`, `<p>%s</p><p>[order 17]</p>`,
}

// someStubs are bodies of entries that say nothing but that there is something: in HTML, as they are shown.
var someStubs = []string{"[article]", "<p>[step.png]</p>", "<p>" + mapping.ImagePlace + "</p>", `<img src="https://files.example/only.png" alt="A picture">`, "<p>?</p>"}

// someFiles are attachments that a desk takes, takes not, has no link for, and does not name.
var someFiles = []mapping.File{
	{ID: "1", Name: "a.png", Type: "image/png", Size: 2000, URL: "https://files.example/a.png", Attached: true},
	{ID: "2", Name: "b.pdf", URL: "https://files.example/b", Attached: true},
	{ID: "3", Name: "c.exe", Size: 10, URL: "https://files.example/c.exe", Attached: true},
	{ID: "4", Name: "d.zip", Size: 1 << 40, URL: "https://files.example/d.zip", Attached: true},
	{ID: "5", Name: "e.txt", Attached: true},
	{URL: "https://files.example/f", Attached: true},
}

// someWords draws what an entry holds: words as plain text or in a form, files besides or alone, or a stub.
func someWords(t *rapid.T, n int) (b mapping.Body, files []mapping.File) {
	what := rapid.IntRange(0, 15).Draw(t, "what it holds")
	if what == 14 {
		b, files = mapping.HTMLBody(rapid.SampledFrom(someStubs).Draw(t, "stub"))
	}
	if what >= 12 {
		files = append(files, rapid.SliceOfN(rapid.SampledFrom(someFiles), 1, 12).Draw(t, "files")...)
	}
	if what >= 14 {
		return b, files
	}
	text := fmt.Sprintf("secret%d %s", n, rapid.StringMatching(`[a-zа-я😀 .,\n<>&]{0,15}`).Draw(t, "text"))
	if rapid.IntRange(0, 3).Draw(t, "long") == 3 {
		text += strings.Repeat(" and so on", 150)
	}
	if what < 6 {
		return mapping.PlainBody(text), files
	}
	b, within := mapping.HTMLBody(fmt.Sprintf(rapid.SampledFrom(someForms).Draw(t, "form"), strings.ReplaceAll(html.EscapeString(text), "\n", "<br>")))
	return b, append(within, files...)
}

// apply records what a plan writes as done, as the ledger has it after a pass.
func (s *scene) apply(p entryPlan) {
	m := s.ledger.Meta
	if p.opens {
		m.Twin, m.Opened = mapping.Ref{Desk: s.sides[1].desk, ID: "1"}, p.drafts[0].entries[0]
		s.sides[1].conv = &mapping.Conversation{Ref: m.Twin, Customer: mapping.Contact{ID: "alice2"}, Fields: mapping.Fields{State: mapping.Open}}
	}
	for _, d := range p.drafts {
		m.Linked = m.Linked || d.link
		written := mapping.Entry{ID: mapping.EntryID("w " + d.op.ID), Kind: mapping.Message, Author: d.op.Author, At: d.op.At, Body: d.op.Body, Files: d.files}
		if d.op.Kind == sinks.PostNote {
			written.Kind = mapping.Note
		}
		if s.sides[1].conv != nil {
			s.sides[1].conv.Entries = append(s.sides[1].conv.Entries, written)
		}
		for _, id := range d.entries {
			k := state.EntryKey{Desk: s.sides[0].desk, ID: id}
			r := s.ledger.Entries[k]
			r.Outcome = state.Mirrored
			if d.fold {
				r.Outcome, r.Text = state.Folded, s.sourcePrint(0, id)
			}
			for len(r.Twins) < d.of && !d.fold {
				r.Twins = append(r.Twins, "")
			}
			if !d.fold {
				r.Twins[d.part-1] = written.ID
			}
			s.ledger.SetEntry(k, r)
		}
	}
	s.ledger.SetMeta(m)
}

// carried draws a scene of which a first part may have been carried already, and plans the rest.
func carried(t *rapid.T) (*scene, entryPlan) {
	s := aScene(t)
	if all := s.sides[0].conv.Entries; rapid.Bool().Draw(t, "carried in part") {
		s.sides[0].conv.Entries = all[:rapid.IntRange(1, len(all)).Draw(t, "so far")]
		s.apply(s.planEntries(0, 1))
		s.sides[0].conv.Entries = all
	}
	return s, s.planEntries(0, 1)
}

// standing draws a scene of a conversation that has its copy, whoever began it, with a first part that may have been carried.
func standing(t *rapid.T) (*scene, entryPlan) {
	s := aScene(t)
	m := s.ledger.Meta
	m.Twin, m.Linked = mapping.Ref{Desk: s.sides[1].desk, ID: "1"}, true
	s.ledger.SetMeta(m)
	s.sides[1].conv = &mapping.Conversation{Ref: m.Twin, Customer: mapping.Contact{ID: "alice2"}, Fields: mapping.Fields{State: mapping.Open}}
	if all := s.sides[0].conv.Entries; rapid.Bool().Draw(t, "carried in part") {
		s.sides[0].conv.Entries = all[:rapid.IntRange(1, len(all)).Draw(t, "so far")]
		s.apply(s.planEntries(0, 1))
		s.sides[0].conv.Entries = all
	}
	return s, s.planEntries(0, 1)
}
