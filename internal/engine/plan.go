package engine

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// fate is what becomes of one native entry of a side.
type fate struct {
	bucket string // mirrored, folded, covered, skipped, planned
	rule   string // why it is skipped
}

const (
	fateMirrored = "mirrored"
	fateFolded   = "folded"
	fateCovered  = "covered"
	fateSkipped  = "skipped"
	fatePlanned  = "planned"
)

// entryPlan is the ordered writes of one direction and the fate of each native entry.
type entryPlan struct {
	drafts []draft
	fates  []fate // in the order of natives
	// opens is set when the first draft opens the conversation on the other desk.
	opens bool
}

// planEntries is pure: the same scene gives the same writes. from and to are positions of sides.
func (s *scene) planEntries(from, to int) entryPlan {
	p := planner{scene: s, from: from, to: to, natives: s.natives(from), chosen: s.chosenTimes(from), homes: s.homes(from)}
	p.fates = make([]fate, len(p.natives))
	var todo []int
	for i, e := range p.natives {
		if f, done := p.settled(e); done {
			p.fates[i] = f
			continue
		}
		todo = append(todo, i)
	}
	target := s.sides[to]
	if target.side.History == "events" && target.features.Events == mapping.Full {
		todo = p.asEvents(todo)
	}
	events := p.drafts
	p.drafts = nil
	switch {
	case s.ledger.Desks[target.desk].Gone:
		p.skip(todo, "twin_gone")
	case s.ledger.Meta.Twin.IsZero() && s.origin() == from:
		p.open(todo)
	default:
		p.carry(todo)
	}
	p.drafts = append(p.drafts, events...)
	return p.entryPlan
}

// asEvents plans the history that is looked at as dated events of the customer, and gives what is left.
func (p *planner) asEvents(todo []int) (left []int) {
	for _, i := range todo {
		e := p.natives[i]
		if !p.historic(e) || !p.included(e) {
			left = append(left, i)
			continue
		}
		p.parts(i, []draft{{op: sinks.Operation{Body: transcriptEntry(e, p.sides[p.from].desk)}}}, []mapping.Loss{mapping.LossAsEvent}, func(_ int, d *draft) {
			d.op.Kind, d.op.Class, d.op.Author = sinks.RecordEvent, sinks.Silent, mapping.Person{Role: mapping.Customer}
			d.op.At, d.op.Title = e.At, deskLabel(p.sides[p.from].desk)+" "+string(e.Kind)
		})
	}
	return left
}

type planner struct {
	*scene
	entryPlan
	from, to int
	natives  []mapping.Entry
	chosen   map[mapping.EntryID]time.Time
	homes    map[mapping.EntryID]int
}

// settled tells the fate of entries that need no write.
func (p *planner) settled(e mapping.Entry) (fate, bool) {
	if r, ok := p.record(p.from, e.ID); ok {
		switch {
		case r.Outcome == state.Folded:
			return fate{bucket: fateFolded}, true
		case len(r.Twins) > 0 && r.Complete():
			return fate{bucket: fateMirrored}, true
		}
	}
	switch {
	case !e.At.After(p.ledger.Meta.DroppedAt.Add(p.sides[p.from].skew)):
		return fate{bucket: fateSkipped, rule: "dropped_by_operator"}, true
	case e.HasText() && e.Kind != mapping.Event:
		return fate{}, false
	case e.Removed:
		return fate{bucket: fateSkipped, rule: "removed"}, true
	case e.Covers == mapping.Team: // no field merge carries teams and channels yet
		return fate{bucket: fateSkipped, rule: "team_not_carried"}, true
	case e.Covers != "":
		return fate{bucket: fateCovered}, true
	case e.Skip != "":
		return fate{bucket: fateSkipped, rule: e.Skip}, true
	case e.HasText(): // an event with words that no rule names: never dropped
		return fate{}, false
	}
	return fate{bucket: fateSkipped, rule: "empty"}, true
}

func (p *planner) skip(todo []int, rule string) {
	for _, i := range todo {
		p.fates[i] = fate{bucket: fateSkipped, rule: rule}
	}
}

// open plans the opening of the conversation on the other desk: with the customer's own first message, and with what
// came before it in one dated note.
func (p *planner) open(todo []int) {
	if p.sides[p.from].conv == nil {
		return
	}
	native := p.sides[p.to].side.History == "native" && p.sides[p.to].features.ChosenTime == mapping.Full && p.sides[p.to].features.SilentReply == mapping.Full
	first := p.firstWords(todo, func(e mapping.Entry) bool { return !p.historic(e) })
	early := p.firstWords(todo, p.included)
	hasLive := slices.ContainsFunc(todo, func(i int) bool { return !p.historic(p.natives[i]) })
	withHistory := early >= 0 && p.historic(p.natives[early]) && p.opts.AutomationOff && p.sides[p.to].side.History != "none" && (native || first < 0)
	switch {
	case withHistory:
		first = early
	case first >= 0:
	case hasLive:
		p.skip(todo, "awaiting_customer")
		return
	case early < 0 && slices.ContainsFunc(todo, func(i int) bool { return p.included(p.natives[i]) }):
		p.skip(todo, "awaiting_customer")
		return
	case early >= 0 && p.sides[p.to].side.History != "none":
		p.skip(todo, "automation_not_confirmed")
		return
	default:
		p.skip(todo, "history_excluded")
		return
	}
	var before, after []int
	for _, i := range todo {
		switch {
		case i < first:
			before = append(before, i)
		case i > first && p.historic(p.natives[i]) && !native:
			before = append(before, i)
		case i > first:
			after = append(after, i)
		}
	}
	e := p.natives[first]
	p.opens = true
	p.message(first, sinks.OpenConversation, sinks.Quiet, mapping.Person{Role: mapping.Customer, ID: e.Author.ID}, e.Body, nil)
	// The back-link note is the first write after the opening: it makes the copy recognisable.
	rest := p.drafts[1:]
	p.drafts = p.drafts[:1:1]
	p.note(before, true)
	p.drafts = append(p.drafts, rest...)
	p.each(after)
}

// firstWords finds the customer's first own message among the entries that may be used.
func (p *planner) firstWords(todo []int, usable func(mapping.Entry) bool) int {
	for _, i := range todo {
		e := p.natives[i]
		if e.Kind == mapping.Message && !e.Doubt && e.Author.Role == mapping.Customer && p.current(e) && usable(e) {
			return i
		}
	}
	return -1
}

// current reports whether an entry was written by the conversation's present customer.
func (p *planner) current(e mapping.Entry) bool {
	c := p.sides[p.from].conv.Customer.ID
	return e.Author.ID == "" || c == "" || e.Author.ID == c
}

// carry plans the writes into a conversation that exists.
func (p *planner) carry(todo []int) {
	link := p.origin() == p.from && !p.ledger.Meta.Linked
	opened := slices.IndexFunc(p.natives, func(e mapping.Entry) bool { return e.ID == p.ledger.Meta.Opened })
	var old, live []int
	for _, i := range todo {
		if link && i < opened || p.historic(p.natives[i]) && !p.nativeHistory() {
			old = append(old, i)
		} else {
			live = append(live, i)
		}
	}
	if len(old) > 0 || link {
		p.note(old, link)
	}
	p.each(live)
}

// nativeHistory reports whether late history still goes entry by entry: only while a native import is under way, which
// is so as long as the opening itself was history.
func (p *planner) nativeHistory() bool {
	t := p.sides[p.to]
	if t.side.History != "native" || t.features.ChosenTime != mapping.Full || t.features.SilentReply != mapping.Full || !p.opts.AutomationOff || p.ledger.Meta.Opened == "" {
		return false
	}
	for _, e := range p.natives {
		if e.ID == p.ledger.Meta.Opened {
			return p.historic(e)
		}
	}
	return false
}

func (p *planner) each(todo []int) {
	for _, i := range todo {
		p.entry(i)
	}
}

// entry plans the writes of one entry by who wrote it and where its customer is at home.
func (p *planner) entry(i int) {
	e, src, dst := p.natives[i], p.sides[p.from], p.sides[p.to]
	if r, ok := p.record(p.from, e.ID); ok && r.Refused {
		p.stub(i)
		return
	}
	who, mapped := p.people.Counterpart(src.desk, e.Author, dst.desk)
	if !mapped {
		who = mapping.Person{Role: mapping.Agent, ID: dst.side.Fallback}
	}
	label := ""
	switch {
	case e.Kind == mapping.Note && mapped:
	case e.Kind == mapping.Note:
		p.asNote(i, who, personLabel(e.Author)+" ("+deskLabel(src.desk)+"):", mapping.LossAuthorFallback)
		return
	case e.Doubt:
		p.asNote(i, who, personLabel(e.Author)+" ("+deskLabel(src.desk)+"):", mapping.LossDoubtAsNote)
		return
	case e.Author.Role == mapping.Customer && p.current(e):
		p.message(i, sinks.PostMessage, sinks.Quiet, mapping.Person{Role: mapping.Customer, ID: dst.customer()}, e.Body, nil)
		return
	case e.Author.Role == mapping.Customer:
		p.asNote(i, who, personLabel(e.Author)+" ("+deskLabel(src.desk)+"), another participant, wrote:", mapping.LossOtherParticipant)
		return
	case e.Author.Role != mapping.Agent:
		p.asNote(i, who, personLabel(e.Author)+" (bot, "+deskLabel(src.desk)+"):", mapping.LossBotAsNote)
		return
	default:
		p.agentMessage(i, who, mapped)
		return
	}
	p.asNote(i, who, label, "")
}

// agentMessage decides how an agent's reply reaches the other desk: silently where the customer has read it already,
// as a real reply where the customer is at home.
func (p *planner) agentMessage(i int, who mapping.Person, mapped bool) {
	e, src, dst := p.natives[i], p.sides[p.from], p.sides[p.to]
	replied := personLabel(e.Author) + " (" + deskLabel(src.desk) + ") replied:"
	body, losses := e.Body, []mapping.Loss(nil)
	if !mapped {
		body, losses = p.attributed(p.from, e), []mapping.Loss{mapping.LossAuthorFallback}
	}
	atHome := p.homes[e.ID] == p.from
	switch {
	case p.historic(e) || atHome:
		if dst.features.SilentReply == mapping.Full {
			p.message(i, sinks.PostMessage, sinks.Silent, who, body, losses)
			return
		}
		p.asNote(i, who, replied, mapping.LossNoteForReply)
	case src.deskNow(p.now).Sub(e.At) > p.opts.MaxAge:
		p.asNote(i, who, replied, mapping.LossTooLateToDeliver)
	case src.conv.Customer.Email != "" && p.opts.ReachableOnBoth == "note":
		p.asNote(i, who, replied, mapping.LossNoteForReply)
	default:
		if src.conv.Customer.Email != "" {
			losses = append(losses, mapping.LossSecondDelivery)
		}
		p.message(i, sinks.PostMessage, sinks.Delivered, who, body, losses)
	}
}

// attributed is a reply with the line that names its author, for the fallback agent.
func (s *scene) attributed(from int, e mapping.Entry) mapping.Body {
	return line("%s (%s):", personLabel(e.Author), deskLabel(s.sides[from].desk)).Append(e.Body)
}

func (v sideView) customer() mapping.PersonID {
	if v.conv == nil {
		return ""
	}
	return v.conv.Customer.ID
}

// message plans the parts of a message that are not written yet.
func (p *planner) message(i int, kind sinks.Kind, class sinks.Class, who mapping.Person, body mapping.Body, losses []mapping.Loss) {
	e, dst := p.natives[i], p.sides[p.to]
	opening := kind == sinks.OpenConversation || e.ID == p.ledger.Meta.Opened
	parts, lost := pieces(body, e.Files, dst.features, dst.features.BodyRunes, opening)
	losses = append(losses, lost...)
	losses = append(losses, e.Losses...)
	customer := e.Author.Role == mapping.Customer
	if dst.features.ChosenTime == mapping.Dropped || dst.features.ChosenTime == mapping.Partial && customer {
		losses = append(losses, mapping.LossTimeNow)
	}
	if e.Body.Formatted() && (customer || dst.features.HTML != mapping.Full) {
		losses = append(losses, mapping.LossFormatting)
	}
	p.parts(i, parts, losses, func(n int, d *draft) {
		d.op.Kind, d.op.Class, d.op.Author = kind, class, who
		if n > 0 && kind == sinks.OpenConversation {
			d.op.Kind = sinks.PostMessage
		}
		d.op.At = p.chosen[e.ID]
	})
}

// asNote plans an entry as an internal note under the given line.
func (p *planner) asNote(i int, who mapping.Person, label string, loss mapping.Loss) {
	e, dst := p.natives[i], p.sides[p.to]
	body := e.Body
	if label != "" {
		body = line("%s", label).Append(body)
	}
	parts, losses := pieces(body, e.Files, dst.features, dst.features.BodyRunes-tokenRoom, false)
	losses = append(losses, e.Losses...)
	if loss != "" {
		losses = append(losses, loss)
	}
	p.notes(i, who, parts, losses)
}

// stub plans the note that stands for an entry that the desk refused.
func (p *planner) stub(i int) {
	e, src := p.natives[i], p.sides[p.from]
	body := line("%s (%s) wrote at %s; this desk refused the text. It is in the original conversation.", personLabel(e.Author), deskLabel(src.desk), e.At.UTC().Format("2006-01-02 15:04 UTC"))
	p.notes(i, mapping.Person{Role: mapping.Agent, ID: p.sides[p.to].side.Fallback}, []draft{{op: sinks.Operation{Body: body}}}, []mapping.Loss{mapping.LossEntryRefused})
}

func (p *planner) notes(i int, who mapping.Person, parts []draft, losses []mapping.Loss) {
	e := p.natives[i]
	p.parts(i, parts, losses, func(n int, d *draft) {
		tok := mapping.Token{Pair: p.opts.Name, Source: p.sides[p.from].conv.Ref, First: e.ID, Last: e.ID, Part: n + 1, Of: d.of}
		d.op.Kind, d.op.Class, d.op.Author = sinks.PostNote, sinks.Silent, who
		d.op.Body = d.op.Body.Append(line("%s", tok))
		d.op.At = p.chosen[e.ID]
	})
}

func (p *planner) parts(i int, parts []draft, losses []mapping.Loss, finish func(int, *draft)) {
	e := p.natives[i]
	p.fates[i] = fate{bucket: fatePlanned}
	r, _ := p.record(p.from, e.ID)
	for n, d := range parts {
		if n < len(r.Twins) && r.Twins[n] != "" {
			continue
		}
		d.entries, d.part, d.of = []mapping.EntryID{e.ID}, n+1, len(parts)
		d.op.Historic = p.historic(e)
		d.op.ID = p.markerOf(string(e.ID), d.part, d.of)
		finish(n, &d)
		if n == len(parts)-1 {
			d.losses = losses
		}
		p.drafts = append(p.drafts, d)
	}
}

func (p *planner) markerOf(entry string, part, of int) string {
	return mapping.Marker{Pair: p.opts.Name, Source: p.sides[p.from].conv.Ref, Entry: mapping.EntryID(entry), Part: part, Of: of}.String()
}

// note plans the transcript of entries, led by the back-link where that is still missing. Without entries it is the
// back-link alone. An entry that is too long for a transcript becomes a note of its own.
func (p *planner) note(todo []int, link bool) {
	dst, src := p.sides[p.to], p.sides[p.from]
	who := mapping.Person{Role: mapping.Agent, ID: dst.side.Fallback}
	limit := dst.features.BodyRunes - tokenRoom - 200
	runs, long := p.foldable(todo, limit)
	head := mapping.Body{}
	if link {
		head = line("This conversation continues %s in %s.", src.conv.Ref, deskLabel(src.desk))
		if src.conv.URL != "" {
			head = head.Append(line("%s", src.conv.URL))
		}
	}
	var chunks []chunk
	for _, run := range runs {
		chunks = append(chunks, transcript(run, src.desk, limit)...)
	}
	if len(chunks) == 0 && link {
		tok := mapping.Token{Pair: p.opts.Name, Source: src.conv.Ref, Part: 1, Of: 1}
		p.drafts = append(p.drafts, draft{link: true, part: 1, of: 1, op: sinks.Operation{ID: p.markerOf(linkEntry, 1, 1), Kind: sinks.PostNote, Class: sinks.Silent, Author: who, Body: head.Append(line("%s", tok)), At: p.linkTime()}})
	}
	for n, c := range chunks {
		tok := mapping.Token{Pair: p.opts.Name, Source: src.conv.Ref, First: c.entries[0], Last: c.entries[len(c.entries)-1], Part: n + 1, Of: len(chunks), Fold: true}
		b := head.Append(line("Earlier in this conversation (%s):", deskLabel(src.desk)), c.body, line("%s", tok))
		head = mapping.Body{}
		p.drafts = append(p.drafts, draft{fold: true, link: link && n == 0, entries: c.entries, part: n + 1, of: len(chunks),
			op: sinks.Operation{ID: p.markerOf(foldEntry+string(c.entries[0]), n+1, len(chunks)), Kind: sinks.PostNote, Class: sinks.Silent, Author: who, Body: b, At: p.linkTime()}})
	}
	for _, i := range long {
		e := p.natives[i]
		p.asNote(i, who, e.At.UTC().Format("2006-01-02 15:04 UTC")+", "+personLabel(e.Author)+" ("+deskLabel(src.desk)+"):", "")
	}
}

// foldable cuts entries into runs without a gap, because a transcript names its first and last entry only, and sets
// aside those that are too long.
func (p *planner) foldable(todo []int, limit int) (runs [][]mapping.Entry, long []int) {
	last := -1
	for _, i := range todo {
		e := p.natives[i]
		if limit > 0 && utf8.RuneCountInString(transcriptEntry(e, p.sides[p.from].desk).Text()) > limit {
			long = append(long, i)
			continue
		}
		gap := last < 0
		for k := last + 1; k < i && !gap; k++ {
			gap = p.natives[k].HasText() || p.natives[k].Removed
		}
		if gap {
			runs = append(runs, nil)
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], e)
		p.fates[i] = fate{bucket: fatePlanned}
		last = i
	}
	return runs, long
}

// linkTime is the chosen time of a note about the conversation: that of the opening, so that it stands at its top.
func (p *planner) linkTime() time.Time {
	for _, e := range p.natives {
		if e.ID == p.ledger.Meta.Opened {
			return p.chosen[e.ID]
		}
	}
	if len(p.drafts) > 0 {
		return p.drafts[0].op.At
	}
	return time.Time{}
}
