package engine

import (
	"slices"
	"time"

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
	// What is planned is counted at the end of a look as one of these.
	fatePending = "pending"
	fateParked  = "parked"
)

// entryPlan is the ordered writes of one direction and the fate of each native entry.
type entryPlan struct {
	drafts []draft
	fates  []fate // in the order of natives
	// opens is set when the first draft opens the conversation on the other desk.
	opens bool
	// filtered is set when a filter leaves the conversation out.
	filtered bool
}

// planEntries is pure: the same scene gives the same writes. from and to are positions of sides.
func (s *scene) planEntries(from, to int) entryPlan {
	p := planner{scene: s, from: from, to: to, natives: s.natives(from), chosen: s.chosenTimes(from), homes: s.homes(from)}
	p.unreadable, p.carried = p.unreadableBefore(), p.lastCarried()
	p.fates = make([]fate, len(p.natives))
	if rule := s.filteredBy(); rule != "" && s.origin() == from {
		p.leaveOut(rule)
		return p.entryPlan
	}
	var todo, told []int
	for i, e := range p.natives {
		if f, done := p.settled(i, e); done {
			p.fates[i] = f
			if p.toBeTold(i, f) {
				told = append(told, i)
			}
			continue
		}
		todo = append(todo, i)
	}
	if s.sides[from].conv == nil {
		return p.entryPlan // gone: there is nothing to say, not even where it continues
	}
	target := s.sides[to]
	if target.side.History == "events" && target.features.Events == mapping.Full && p.opts.AutomationOff { // a user may have to be made first
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
		p.activity(told)
	}
	p.drafts = append(p.drafts, events...)
	return p.entryPlan
}

// asEvents plans the history that is looked at as dated events of the customer, and gives what is left.
func (p *planner) asEvents(todo []int) (left []int) {
	for _, i := range todo {
		e := p.natives[i]
		if !p.historic(p.from, e) || !p.included(p.from, e) {
			left = append(left, i)
			continue
		}
		can := p.sides[p.to].features
		parts, _ := pieces(transcriptEntry(e, p.sides[p.from].desk), nil, can, can.BodyRunes, false)
		losses := lineLosses(e, mapping.Features{}) // the parameters of an event are plain text
		p.parts(i, parts, append(losses, mapping.LossAsEvent), func(_ int, d *draft) {
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
	// unreadable is the time before which the other side may hold what nobody can read; zero when all is readable.
	unreadable time.Time
	// carried is the position of the last native whose twin can be read among the parts: a copy of what follows it would
	// be younger, and could be read too. Without any, nobody knows: it is behind the last one then.
	carried int
}

// settled tells the fate of entries that need no write; i is the entry's position.
func (p *planner) settled(i int, e mapping.Entry) (fate, bool) {
	if r, ok := p.record(p.from, e.ID); ok {
		f, done := p.actDone(p.from, e, r)
		switch {
		case done:
			return f, true
		case len(r.Twins) > 0 && r.Complete():
			return fate{bucket: fateMirrored}, true
		}
	}
	switch {
	case !p.ledger.Meta.DroppedAt.IsZero() && !p.sides[p.from].real(e.At).After(p.ledger.Meta.DroppedAt):
		return fate{bucket: fateSkipped, rule: ruleByOperator}, true
	case p.unverifiable(i) && e.HasText():
		return fate{bucket: fateSkipped, rule: "unverifiable"}, true
	case p.dropped(p.from, e):
		return fate{bucket: fateSkipped, rule: ruleDropped}, true
	case e.HasText() && e.Kind != mapping.Event:
		return fate{}, false
	case e.Removed:
		return fate{bucket: fateSkipped, rule: "removed"}, true
	case e.Covers == mapping.Team && len(p.opts.TeamMap) == 0: // nobody says which team is which
		return fate{bucket: fateSkipped, rule: "team_not_carried"}, true
	case e.Covers != "":
		return fate{bucket: fateCovered}, true
	case e.Also == mapping.Rating && p.sides[p.to].features.Rating == mapping.Full && p.choice(p.from, e) != mapping.ChooseActivity:
		return fate{bucket: fateCovered}, true
	case e.Skip != "":
		return fate{bucket: fateSkipped, rule: e.Skip}, true
	case e.HasText(): // an event with words that no rule names: never dropped
		return fate{}, false
	}
	return fate{bucket: fateSkipped, rule: "empty"}, true
}

// unverifiable reports whether an entry may stand on the other side where nobody can read it. In a gap may stand what comes
// before an entry whose copy can be read, because copies are written in order.
func (p *planner) unverifiable(i int) bool {
	e := p.natives[i]
	hidden := e.At.Before(p.unreadable) && i <= p.carried || gap(p.sides[p.to].conv) && i < p.carried && p.carried < len(p.natives)
	return hidden && p.sides[p.from].real(e.At).Before(p.ledger.Meta.Since)
}

// mayStandUnseen reports whether an entry may have been written before the memory was lost, and be what the other desk counts and does
// not show.
func (p *planner) mayStandUnseen(e mapping.Entry) bool {
	return gap(p.sides[p.to].conv) && p.sides[p.from].real(e.At).Before(p.ledger.Meta.Since)
}

func (p *planner) lastCarried() int {
	parts := p.readableParts()
	for i, e := range slices.Backward(p.natives) {
		r, _ := p.record(p.from, e.ID)
		if slices.ContainsFunc(r.Twins, func(id mapping.EntryID) bool { return parts[id] }) {
			return i
		}
	}
	return len(p.natives)
}

// readableParts are the entries of the other side but for its opening, which can be read however long the thread is.
func (p *planner) readableParts() map[mapping.EntryID]bool {
	parts := map[mapping.EntryID]bool{}
	if t := p.sides[p.to]; t.conv != nil {
		for _, e := range t.conv.Entries {
			parts[e.ID] = !e.Opening
		}
	}
	return parts
}

// unreadableBefore finds it: what is older and has no record may stand there, and is not written. Where the times there are not ours to compare,
// it is the time of the first entry whose twin can be read, because copies are written in order; without any, nothing
// from before the oldest entry that can be read is certain.
func (p *planner) unreadableBefore() (before time.Time) {
	src, t := p.sides[p.from], p.sides[p.to]
	if t.conv == nil || t.conv.Truncated == 0 {
		return before
	}
	for _, e := range t.conv.Entries {
		if !e.Opening && (before.IsZero() || e.At.Before(before)) {
			before = e.At
		}
	}
	if t.features.ChosenTime == mapping.Full || before.IsZero() {
		return before
	}
	parts := p.readableParts()
	for _, e := range p.natives {
		r, _ := p.record(p.from, e.ID)
		if slices.ContainsFunc(r.Twins, func(id mapping.EntryID) bool { return parts[id] }) {
			return e.At
		}
	}
	return before.Add(src.skew - t.skew)
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
	first := p.firstWords(todo, func(e mapping.Entry) bool { return !p.historic(p.from, e) })
	early := p.firstWords(todo, func(e mapping.Entry) bool { return p.included(p.from, e) })
	hasLive := slices.ContainsFunc(todo, func(i int) bool { return !p.historic(p.from, p.natives[i]) })
	withHistory := early >= 0 && p.historic(p.from, p.natives[early]) && p.opts.AutomationOff && p.sides[p.to].side.History != "none" && (native || first < 0)
	switch {
	case withHistory:
		first = early
	case first >= 0:
	case hasLive:
		p.skip(todo, "awaiting_customer")
		return
	case early < 0 && slices.ContainsFunc(todo, func(i int) bool { return p.included(p.from, p.natives[i]) }):
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
		case i > first && p.historic(p.from, p.natives[i]) && !native:
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

func (p *planner) current(e mapping.Entry) bool { return p.scene.current(p.from, e) }

// carry plans the writes into a conversation that exists.
func (p *planner) carry(todo []int) {
	link := p.origin() == p.from && !p.ledger.Meta.Linked && p.unreadable.IsZero()
	opened := p.place(p.opened(p.from))
	var old, live []int
	for _, i := range todo {
		// What was said before the opening is told in notes, also where a pass ended before all of them were written. The opening
		// itself goes on as what it is, unless it became history for which the desk's automation is not known to be off.
		if i < opened || (i != opened || !p.opts.AutomationOff) && p.historic(p.from, p.natives[i]) && !p.nativeHistory() {
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
	if t.side.History != "native" || t.features.ChosenTime != mapping.Full || t.features.SilentReply != mapping.Full || !p.opts.AutomationOff {
		return false
	}
	opened := p.place(p.opened(p.from))
	return opened >= 0 && p.historic(p.from, p.natives[opened])
}

// place is where an entry stands among those of the side from which is carried; -1 where it is not among them.
func (p *planner) place(id mapping.EntryID) int {
	return slices.IndexFunc(p.natives, func(e mapping.Entry) bool { return id != "" && e.ID == id })
}

func (p *planner) each(todo []int) {
	for _, i := range todo {
		p.entry(i)
	}
}

// entry plans the writes of one entry by who wrote it and where its customer is at home.
func (p *planner) entry(i int) {
	e, dst := p.natives[i], p.sides[p.to]
	wrote := p.label(p.from, e, wroteBy(e.Author))
	r, _ := p.record(p.from, e.ID)
	if r.Refused {
		p.stub(i)
		return
	} else if r.Voiceless || p.unheard[state.EntryKey{Desk: p.sides[p.from].desk, ID: e.ID}] || ownWords(e) && p.current(e) && dst.takenOut() && !r.Begun() {
		p.asNote(i, mapping.Person{Role: mapping.Agent, ID: dst.side.Fallback}, wrote, mapping.LossCustomerGone)
		return
	}
	who, mapped := p.counterpart(p.from, e.Author)
	if mapped = mapped && e.Author.Role == mapping.Agent && !r.Unsigned; !mapped {
		who = mapping.Person{Role: mapping.Agent, ID: dst.side.Fallback}
	}
	switch {
	case e.Kind == mapping.Note && mapped:
	case e.Kind == mapping.Note:
		p.asNote(i, who, wrote, mapping.LossAuthorFallback)
		return
	case e.Doubt:
		p.asNote(i, who, wrote, mapping.LossDoubtAsNote)
		return
	case e.Author.Role == mapping.Customer && p.current(e) && !r.Begun() && p.mayStandUnseen(e):
		p.asNote(i, who, wrote, mapping.LossDoubtAsNote)
		return
	case e.Author.Role == mapping.Customer && p.current(e):
		p.message(i, sinks.PostMessage, sinks.Quiet, mapping.Person{Role: mapping.Customer, ID: dst.customer()}, e.Body, nil)
		return
	case e.Author.Role == mapping.Customer:
		p.asNote(i, who, p.label(p.from, e, func(t mapping.Texts) string { return t.Participant }), mapping.LossOtherParticipant)
		return
	case e.Author.Role != mapping.Agent:
		p.asNote(i, who, wrote, mapping.LossBotAsNote)
		return
	default:
		p.agentMessage(i, who, mapped)
		return
	}
	p.asNote(i, who, labels{}, "")
}

// agentMessage decides how an agent's reply reaches the other desk: silently where the customer has read it already,
// as a real reply where the customer is at home.
func (p *planner) agentMessage(i int, who mapping.Person, mapped bool) {
	e, src, dst := p.natives[i], p.sides[p.from], p.sides[p.to]
	replied := p.label(p.from, e, func(t mapping.Texts) string { return t.Replied })
	body, losses := e.Body, []mapping.Loss(nil)
	if !mapped {
		body, losses = p.attributed(p.from, e), []mapping.Loss{mapping.LossAuthorFallback}
	}
	atHome := p.homes[e.ID] == p.from
	r, _ := p.record(p.from, e.ID)
	switch {
	case p.choice(p.from, e) == mapping.ChooseNote:
		p.asNote(i, who, replied, mapping.LossNoteForReply)
	case dst.takenOut() && !r.Begun():
		p.asNote(i, who, replied, mapping.LossCustomerGone)
	case p.historic(p.from, e) || atHome:
		if dst.features.SilentReply == mapping.Full {
			p.message(i, sinks.PostMessage, sinks.Silent, who, body, losses)
			return
		}
		p.asNote(i, who, replied, mapping.LossNoteForReply)
	case src.merged[e.ID]:
		p.asNote(i, who, replied, mapping.LossNoteForReply) // it was delivered where it was said
	case e.Made == mapping.ByAPI && src.real(e.At).Before(p.ledger.Meta.Since):
		// It came over the API before this ledger began, and may be the bridge's own from before a lost memory.
		p.asNote(i, who, replied, mapping.LossDoubtAsNote)
	case p.mayStandUnseen(e):
		p.asNote(i, who, replied, mapping.LossDoubtAsNote)
	case src.deskNow(p.now).Sub(e.At) > p.opts.MaxAge || !p.deliverable(p.from, e):
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

// message plans the parts of a message that are not written yet.
func (p *planner) message(i int, kind sinks.Kind, class sinks.Class, who mapping.Person, body mapping.Body, losses []mapping.Loss) {
	e, dst := p.natives[i], p.sides[p.to]
	if p.begunAsNotes(i) {
		p.asNote(i, mapping.Person{Role: mapping.Agent, ID: dst.side.Fallback}, labels{}, mapping.LossNoteForReply)
		return
	}
	opening := kind == sinks.OpenConversation || e.ID == p.opened(p.from)
	parts, lost := p.pieces(i, body, dst.features.BodyRunes, opening)
	losses = append(losses, lost...)
	customer := e.Author.Role == mapping.Customer
	if dst.features.ChosenTime == mapping.Dropped || dst.features.ChosenTime == mapping.Partial && customer {
		losses = append(losses, mapping.LossTimeNow)
	}
	can := dst.features
	if customer { // whose words are written as plain text everywhere
		can.HTML = mapping.Dropped
	}
	losses = append(losses, ownLosses(e, can, losses)...)
	p.parts(i, parts, losses, func(n int, d *draft) {
		d.op.Kind, d.op.Class, d.op.Author = kind, class, who
		if n > 0 && kind == sinks.OpenConversation {
			d.op.Kind = sinks.PostMessage
		}
		d.op.At = p.chosen[e.ID]
	})
}

func (p *planner) parts(i int, parts []draft, losses []mapping.Loss, finish func(int, *draft)) {
	e := p.natives[i]
	p.fates[i] = fate{bucket: fateMirrored} // it was cut shorter after its first parts had been written
	r, _ := p.record(p.from, e.ID)
	for n, d := range parts {
		if n < len(r.Twins) && r.Twins[n] != "" {
			continue
		}
		p.fates[i] = fate{bucket: fatePlanned}
		d.entries, d.part, d.of = []mapping.EntryID{e.ID}, n+1, len(parts)
		d.op.Historic = p.historic(p.from, e)
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
