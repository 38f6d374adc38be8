package engine

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// fieldPlan is what the three-way merge of the fields comes to.
type fieldPlan struct {
	writes [2][]sinks.Operation // on each side
	// base is what is agreed once the writes are done, per desk in its own vocabulary.
	base      [2]mapping.Fields
	held      [2]map[mapping.Field]string
	losses    [2][]mapping.Loss // of the direction that leads to this side
	conflicts [2]int            // lost by this side
	restores  [2]bool           // a write restores what our own entries moved
	// carries is, by the ids of the writes that do not restore, the other side's value.
	carries map[string]string
}

// planFields merges the fields of both sides: a side changed only if it differs from its own base. It is pure.
func (s *scene) planFields() fieldPlan {
	p := fieldPlan{carries: map[string]string{}}
	for i, v := range s.sides {
		p.base[i] = v.conv.Fields
		p.held[i] = map[mapping.Field]string{}
		for f, val := range s.ledger.Desks[v.desk].Held {
			p.held[i][f] = val
		}
	}
	m := merger{scene: s, plan: &p}
	m.bases, m.befores = s.agreed()
	m.team()
	m.assignee()
	m.title()
	m.tags()
	m.rating()
	m.backlink()
	m.state() // last: an assignment may open what is closed
	for i := range s.sides {
		maps.DeleteFunc(p.held[i], func(f mapping.Field, value string) bool { return s.past(1-i, f, value) })
	}
	return p
}

// past reports whether what the other side of i could not be given is wanted no longer: then it may be tried again when it is.
func (s *scene) past(i int, f mapping.Field, value string) bool {
	here, there := s.sides[i].conv.Fields, s.sides[1-i].conv.Fields
	switch f {
	case mapping.Status:
		return !differentStates(&here, &there)
	case mapping.Assignee:
		who, ok := s.counterpart(i, mapping.Person{Role: mapping.Agent, ID: here.Assignee})
		return value != unmapped+string(here.Assignee) && (value != string(who.ID) || !ok && here.Assignee != "")
	case mapping.Tags:
		return len(value) > 0 && s.givesTag(i, value[1:]) != strings.HasPrefix(value, "+")
	}
	return false
}

// givesTag reports whether side i shows a tag that is carried under that name.
func (s *scene) givesTag(i int, name string) bool {
	return slices.ContainsFunc(s.sides[i].conv.Fields.Tags, func(tag string) bool {
		there, ok := s.opts.Tags.carried(tag, s.sides[i].desk, s.sides[1-i].desk)
		return ok && mapping.TagKey(there) == mapping.TagKey(name)
	})
}

type merger struct {
	*scene
	plan           *fieldPlan
	bases, befores [2]*mapping.Fields // see agreed
}

// baseOf is the agreed value of a side, nil when nothing was ever agreed.
func (m merger) baseOf(i int) *mapping.Fields { return m.bases[i] }

// decide says which side's value counts: 0, 1, or -1 when nothing changed. cur and base are one field's text.
func (m merger) decide(f mapping.Field, differs func(a, b *mapping.Fields) bool) (winner int, conflict bool) {
	var changed [2]bool
	for i := range m.sides {
		base := m.baseOf(i)
		if base == nil {
			continue
		}
		claim, earlier := m.claim(i, f, differs)
		changed[i] = differs(base, &claim) && (earlier || !m.consequence(i, f))
	}
	if m.baseOf(0) == nil || m.baseOf(1) == nil {
		return m.first(f), false
	}
	switch {
	case changed[0] && changed[1]:
		return m.policy(f), true
	case changed[0]:
		return 0, false
	case changed[1]:
		return 1, false
	}
	return -1, false
}

// claim gives the fields that side i stands for. earlier tells that a field differed from the base before our own writes
// began: that is somebody's change, and it holds even if our writes have moved the field since, unless the desk shows
// what people did after that, or the other side has spoken later.
func (m merger) claim(i int, f mapping.Field, differs func(a, b *mapping.Fields) bool) (claim mapping.Fields, earlier bool) {
	cur, base, before := m.sides[i].conv.Fields, m.bases[i], m.befores[i]
	if m.ledger.Desks[m.sides[i].desk].Consequence == state.Clean || before == nil || !movable(f) || base != nil && !differs(base, before) {
		return cur, false
	}
	if !differs(before, &cur) || m.explained(i, f, func(e mapping.Entry) bool { return m.later(i, e) }) || m.spokeLast(1-i, f) {
		return cur, true
	}
	return *before, true
}

// first decides while nothing was agreed yet: a copy that only the bridge has touched follows its original; else the
// newer word counts.
func (m merger) first(f mapping.Field) int {
	for i := range m.sides {
		if i != m.origin() && len(m.natives(i)) == 0 {
			return 1 - i
		}
	}
	touched := false
	for _, e := range m.natives(1 - m.origin()) {
		// What automation did at our opening is our doing.
		touched = touched || ownWords(e) || e.Author.Role == mapping.Agent && !m.maybeOurs(1-m.origin(), e)
	}
	if !touched {
		return m.origin()
	}
	return m.policy(f)
}

func (m merger) policy(f mapping.Field) int {
	switch p := m.opts.Conflicts[f]; p {
	case "", "newest", "merge":
	default:
		return m.index(mapping.Desk(p))
	}
	if m.spokeLast(1, f) {
		return 1
	}
	return 0
}

// spokeLast reports whether side i said something about a field after the other side did. Where a clock is off, it is known
// to a second or two by how much: what lies nearer was said at the same time.
func (m merger) spokeLast(i int, f mapping.Field) bool {
	by := m.spokenAt(i, f).Sub(m.spokenAt(1-i, f))
	if m.sides[0].skew != 0 || m.sides[1].skew != 0 {
		return by > vagueSkew
	}
	return by > 0
}

// spokenAt is when a side last said something about a field; zero: it never did. What a desk's automation did to it after our
// own writes is our doing, and so is, while nothing was agreed, what a bot did in a copy before anybody acted there.
func (m merger) spokenAt(i int, f mapping.Field) (at time.Time) {
	stirred := m.ledger.Desks[m.sides[i].desk].Consequence != state.Clean
	alone := i != m.origin() && (m.baseOf(0) == nil || m.baseOf(1) == nil)
	for _, e := range m.natives(i) {
		if m.maybeOurs(i, e) {
			continue
		}
		alone = alone && e.Author.Role == mapping.Bot
		if e.Kind == mapping.Event && (alone || stirred && !byPeople(e, f) && m.later(i, e)) {
			continue
		}
		if (about(e, f) || f == mapping.Status && ownWords(e)) && e.At.After(at) {
			at = e.At
		}
	}
	if at.IsZero() {
		return at
	}
	return m.sides[i].real(at)
}

// maybeOurs reports whether a system entry may be the bridge's own, of which no answer told, or which a lost store knew.
func (m merger) maybeOurs(i int, e mapping.Entry) bool {
	if e.Made != mapping.ByAPI || e.Kind != mapping.Event {
		return false
	}
	v := m.sides[i]
	d := m.ledger.Desks[v.desk]
	return v.real(e.At).Before(m.ledger.Meta.Since) || d.Consequence != state.Clean && m.later(i, e)
}

// beforehand records what side i showed before the first of the writes that may move its fields.
func (s *scene) beforehand(i int, d *state.DeskState) {
	v := s.sides[i]
	before := v.conv.Fields.Normal()
	d.Before, d.BeforeAt, d.BeforeShown = &before, v.deskNow(v.readAt).UTC(), nil
	for _, e := range s.natives(i) {
		if recent(*d, e) {
			d.BeforeShown = append(d.BeforeShown, e.ID)
		}
	}
}

// later reports whether an entry came after the fields were read that our own writes may have moved: that reading did not
// show it, and it is not from long before. Times alone do not tell, for desks count in seconds.
func (s *scene) later(i int, e mapping.Entry) bool {
	d := s.ledger.Desks[s.sides[i].desk]
	return recent(d, e) && !slices.Contains(d.Known, e.ID) && !slices.Contains(d.BeforeShown, e.ID)
}

// recent reports whether an entry may have come after Before, by its time: how far a desk's clock is off is known to a few
// seconds.
func recent(d state.DeskState, e mapping.Entry) bool { return !e.At.Before(d.BeforeAt.Add(-minSkew)) }

// movable reports whether our own entries may move a field. Tags and titles are moved by nobody but people and automation,
// and leave no entry.
func movable(f mapping.Field) bool {
	return f == mapping.Status || f == mapping.Assignee || f == mapping.Team
}

// consequence reports whether a difference of a field is our own doing: we wrote entries since the base was read, and
// nothing that the desk shows since then explains the change.
func (m merger) consequence(i int, f mapping.Field) bool {
	d := m.ledger.Desks[m.sides[i].desk]
	if d.Consequence == state.Clean || !movable(f) {
		return false
	}
	return !m.explained(i, f, func(e mapping.Entry) bool { return !slices.Contains(d.Known, e.ID) })
}

// explained reports whether one of the later entries tells that people changed a field.
func (m merger) explained(i int, f mapping.Field, later func(mapping.Entry) bool) bool {
	return slices.ContainsFunc(m.natives(i), func(e mapping.Entry) bool { return later(e) && byPeople(e, f) })
}

// want writes a value on side i unless it is there; restoring tells that our own writes moved it.
func (m merger) want(i int, op sinks.Operation, restoring bool) {
	if restoring && m.ledger.Desks[m.sides[i].desk].Consequence == state.Restored {
		return // written once more already: what the desk made of it is accepted
	}
	if !m.sides[1-i].side.Send && !restoring {
		return
	}
	op.Conversation = m.sides[i].conv.ID
	op.Class = sinks.Quiet
	op.Historic = false
	if op.Author.ID == "" {
		op.Author = mapping.Person{Role: mapping.Agent, ID: m.sides[i].side.Fallback}
	}
	value := fieldValue(op)
	field := fieldOf(op.Kind)
	if held, ok := m.plan.held[i][field]; ok && held == value {
		return
	}
	op.ID = mapping.Marker{Pair: m.opts.Name, Source: m.sides[1-i].conv.Ref, Entry: mapping.EntryID(fieldEntry + string(field) + "=" + value), Part: 1, Of: 1}.String()
	m.plan.writes[i] = append(m.plan.writes[i], op)
	if !restoring {
		m.plan.carries[op.ID] = m.carried(1-i, op)
	}
	m.plan.restores[i] = m.plan.restores[i] || restoring
}

// What begins a value that is held because the other desk has no such field, or no counterpart of it.
const (
	notGiven = "unset:"
	unmapped = "unmapped:"
)

// hold records once that side i cannot hold a value.
func (m merger) hold(i int, f mapping.Field, value string, loss mapping.Loss) {
	if m.plan.held[i][f] != value {
		m.plan.held[i][f] = value
		m.plan.losses[i] = append(m.plan.losses[i], loss)
	}
}

func fieldOf(k sinks.Kind) mapping.Field {
	switch k {
	case sinks.SetState:
		return mapping.Status
	case sinks.SetAssignee:
		return mapping.Assignee
	case sinks.SetTeam:
		return mapping.Team
	case sinks.SetTitle:
		return mapping.Title
	case sinks.SetRating:
		return mapping.Rating
	case sinks.SetBacklink:
		return mapping.Backlink
	}
	return mapping.Tags
}

func fieldValue(op sinks.Operation) string {
	switch op.Kind {
	case sinks.SetState:
		if op.State == mapping.Snoozed {
			return string(op.State) + "@" + op.Until.UTC().Format(time.RFC3339)
		}
		return string(op.State)
	case sinks.SetAssignee:
		return string(op.Assignee)
	case sinks.SetTeam:
		return op.Team
	case sinks.AddTag:
		return "+" + op.Tag
	case sinks.RemoveTag:
		return "-" + op.Tag
	case sinks.SetRating:
		return op.Rating
	case sinks.SetBacklink:
		return op.Backlink
	}
	return op.Title
}

// lost has a side follow the other one. It is a conflict when it had changed too, to something else.
func (m merger) lost(i int, conflict bool, follow func()) {
	before := len(m.plan.writes[i])
	if follow(); conflict && len(m.plan.writes[i]) > before {
		m.plan.conflicts[i]++
	}
}

func (m merger) setState(i int, want mapping.Fields, restoring bool) {
	cur, can := m.sides[i].conv.Fields, m.sides[i].features
	target, until := want.State, want.Until
	if target == mapping.Snoozed && can.Snooze != mapping.Full {
		if !restoring {
			m.hold(i, mapping.Status, "snoozed", mapping.LossSnoozeUnsupported)
		}
		target, until = mapping.Open, time.Time{}
		if cur.State == mapping.Snoozed {
			return
		}
	}
	if target == mapping.Snoozed && !until.IsZero() && !until.After(m.sides[i].deskNow(m.now)) {
		target, until = mapping.Open, time.Time{} // the time has come meanwhile
	}
	if cur.State == target && (target != mapping.Snoozed || cur.Until.Equal(until)) {
		return
	}
	if target == mapping.Open && can.Reopen != mapping.Full {
		if !restoring {
			m.hold(i, mapping.Status, "open", mapping.LossReopenUnsupported)
		}
		return
	}
	m.want(i, sinks.Operation{Kind: sinks.SetState, State: target, Until: until}, restoring)
}

func (m merger) assignee() {
	differs := different[mapping.Assignee]
	w, conflict := m.decide(mapping.Assignee, differs)
	if w < 0 {
		for i, v := range m.sides {
			if base := m.baseOf(i); base != nil && differs(base, &v.conv.Fields) {
				m.setAssignee(i, base.Assignee, true)
			}
		}
		return
	}

	claim, earlier := m.claim(w, mapping.Assignee, differs)
	id := claim.Assignee
	if earlier {
		m.setAssignee(w, id, true)
	}
	if id == "" {
		m.lost(1-w, conflict, func() { m.setAssignee(1-w, "", false) })
		return
	}
	who, ok := m.counterpart(w, mapping.Person{Role: mapping.Agent, ID: id})
	if !ok { // the fallback agent is for authorship, never for assignment
		m.hold(1-w, mapping.Assignee, unmapped+string(id), mapping.LossUnmappedAgent)
		return
	}
	m.lost(1-w, conflict, func() { m.setAssignee(1-w, who.ID, false) })
}

func (m merger) setAssignee(i int, id mapping.PersonID, restoring bool) {
	if m.sides[i].conv.Fields.Assignee == id {
		return
	}
	m.want(i, sinks.Operation{Kind: sinks.SetAssignee, Assignee: id}, restoring)
}

func (m merger) title() {
	for i, v := range m.sides {
		if v.features.Title != mapping.Full {
			m.untitled(i)
			return
		}
	}
	w, conflict := m.decide(mapping.Title, different[mapping.Title])
	if w < 0 {
		return
	}
	if t := m.sides[w].conv.Fields.Title; t != m.sides[1-w].conv.Fields.Title && t != "" {
		m.lost(1-w, conflict, func() { m.want(1-w, sinks.Operation{Kind: sinks.SetTitle, Title: t}, false) })
	}
}

// untitled counts, once for each change, a title of the other side that side i cannot be given. The first one, while nothing
// is agreed, is named in the note that begins a copy.
func (m merger) untitled(i int) {
	other, base := m.sides[1-i], m.baseOf(1-i)
	if other.features.Title != mapping.Full || !other.side.Send || base == nil {
		return
	}
	if title := other.conv.Fields.Title; title != base.Title {
		m.hold(i, mapping.Title, notGiven+title, mapping.LossFieldUnset)
	}
}
