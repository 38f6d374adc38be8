package engine

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// Rules that the choices for kinds of entries lead to, or that hold before them.
const (
	ruleDropped    = "dropped_by_rule"
	ruleByOperator = "dropped_by_operator"
	ruleActivity   = "activity"         // a line of an activity note
	ruleActRefused = "activity_refused" // the desk refused the note
	ruleEventLost  = "event_refused"    // the desk refused the dated event of the customer
)

// actEntry stands for an activity note in the place of an entry's id within a marker.
const actEntry = "@act"

// actsInNote bounds the events of one activity note: its token names each of them.
const actsInNote = 30

// nameInLine bounds a name in a line of an activity note.
const nameInLine = 100

// choice is what the configuration makes of entries of e's kind. It never concerns the customer's own messages: with one
// of them a conversation is opened, and they decide where its home is.
func (s *scene) choice(i int, e mapping.Entry) mapping.Choice {
	if ownWords(e) {
		return ""
	}
	return s.opts.Kinds[s.sides[i].desk][e.ChooseFor()]
}

// dropped reports whether an entry is left out by choice. What a field carries is not.
func (s *scene) dropped(i int, e mapping.Entry) bool {
	return s.choice(i, e) == mapping.ChooseDrop && (e.Kind != mapping.Event || e.Covers == "")
}

// actDone tells the fate of an event that a record says was told. In a new state it is to be told again.
func (s *scene) actDone(i int, e mapping.Entry, r state.EntryRecord) (fate, bool) {
	switch {
	case r.Outcome != state.Folded:
		return fate{}, false
	case e.Act.Mutable && e.Act.Text != "" && s.choice(i, e) == mapping.ChooseActivity && r.Text != actPrint(e):
		return fate{}, false
	case r.Refused && isAct(e):
		return fate{bucket: fateSkipped, rule: ruleActRefused}, true
	case r.Refused:
		return fate{bucket: fateSkipped, rule: ruleEventLost}, true
	}
	return fate{bucket: fateFolded}, true
}

// actPrint is what the record of an event that was told remembers of its state.
func actPrint(e mapping.Entry) mapping.Print { return mapping.Print(e.ActCheck()) }

// isAct reports whether an entry is told as an activity, not by its words.
func isAct(e mapping.Entry) bool { return e.Kind == mapping.Event && !e.Removed && e.Act.Text != "" }

// toBeTold reports whether an event that no field carries becomes a line of an activity note: it was chosen, a person
// caused it, not a program, ours included, and its time is looked at.
func (p *planner) toBeTold(i int, f fate) bool {
	e := p.natives[i]
	src, dst := p.sides[p.from], p.sides[p.to]
	unheld := f.bucket == fateCovered && p.unheld(i)
	if f.bucket != fateSkipped && !unheld || !isAct(e) || p.choice(p.from, e) != mapping.ChooseActivity {
		return false
	}
	switch {
	case f.rule == ruleActRefused || f.rule == ruleByOperator || p.unverifiable(i):
		return false
	case p.historic(p.from, e) && (!p.included(p.from, e) || dst.side.History != "native" && dst.side.History != "transcript"):
		return false
	case e.Made == mapping.ByAPI:
		return false
	case e.Author.Role == mapping.Agent && e.Author.ID == src.side.Fallback:
		return false // it may be what our own writes caused, whatever the desk tells of how it came by now
	}
	r, ok := p.record(p.from, e.ID)
	return !ok || r.Outcome != state.Folded || r.Text != actPrint(e) && e.Act.Mutable
}

// unheld reports whether the field that covers an event did not carry it: the other desk has no call for it, or no
// counterpart of what it names. The latter is asked of what is new since the fields were agreed only: what was carried then
// is so, whoever has left and whatever the rules say since.
func (p *planner) unheld(i int) bool {
	e, from, to := p.natives[i], p.sides[p.from].desk, p.sides[p.to]
	switch {
	case e.Act.Needs == "":
		return false
	case to.features.Level(e.Act.Needs) != mapping.Full:
		return true
	case slices.Contains(p.ledger.Desks[from].Known, e.ID):
		return false
	case e.Act.Agent == mapping.Nobody:
		return p.assignmentTold(i)
	case e.Act.Agent != "":
		who, known := p.counterpart(p.from, mapping.Person{Role: mapping.Agent, ID: e.Act.Agent})
		return !known || p.ledger.Desks[to.desk].Held[mapping.Assignee] == string(who.ID)
	case e.Act.Team != "":
		_, mapped := p.otherTeam(p.from, e.Act.Team)
		return !mapped
	case e.Act.Needs == mapping.ToTag:
		return len(p.unheldTags(e.Tagged))+len(p.unheldTags(e.Untagged)) > 0
	}
	return false
}

// assignmentTold reports whether the assignment that an event ended stands in a note, or is about to: the other desk shows
// nobody all along, but who reads the note would wait for them.
func (p *planner) assignmentTold(i int) bool {
	for k := i - 1; k >= 0; k-- {
		if e := p.natives[k]; e.Act.Agent != "" {
			r, ok := p.record(p.from, e.ID)
			return ok && r.Outcome == state.Folded || e.Act.Agent != mapping.Nobody && p.toBeTold(k, fate{bucket: fateCovered})
		}
	}
	return false
}

// unheldTags are those that are carried and that the other desk cannot be given.
func (p *planner) unheldTags(tags []string) (names []string) {
	for _, tag := range tags {
		name, carried := p.opts.Tags.carried(tag, p.sides[p.from].desk, p.sides[p.to].desk)
		if carried && !p.sides[p.to].features.HoldsTag(name) {
			names = append(names, tag)
		}
	}
	return names
}

// activity plans the notes that tell events: one, as long as it holds them all.
func (p *planner) activity(told []int) {
	dst, src := p.sides[p.to], p.sides[p.from]
	head := line("%s", mapping.FillText(p.texts()[0].Meanwhile, "", deskLabel(src.desk), ""))
	limit := dst.features.BodyRunes - tokenRoom - utf8.RuneCountInString(head.Text()) - 1
	var notes []actNote
	for _, i := range told {
		e := p.natives[i]
		b := p.actLine(e)
		if n := len(notes) - 1; n >= 0 && len(notes[n].told) < actsInNote && utf8.RuneCountInString(notes[n].body.Append(b).Text()) <= limit {
			notes[n].body, notes[n].told = notes[n].body.Append(b), append(notes[n].told, e)
		} else {
			notes = append(notes, actNote{body: b, told: []mapping.Entry{e}})
		}
		p.fates[i] = fate{bucket: fatePlanned}
	}
	for n, note := range notes {
		tok := mapping.ActsToken(p.opts.Name, src.conv.Ref, note.told, n+1, len(notes))
		d := draft{fold: true, acts: true, part: n + 1, of: len(notes), op: sinks.Operation{
			ID: p.markerOf(actEntry+string(tok.First), n+1, len(notes)), Kind: sinks.PostNote, Class: sinks.Silent,
			Author: mapping.Person{Role: mapping.Agent, ID: dst.side.Fallback}, Body: head.Append(note.body, line("%s", tok)), At: note.told[len(note.told)-1].At}}
		for _, e := range note.told {
			d.entries = append(d.entries, e.ID)
			d.losses = append(d.losses, mapping.LossActAsNote)
			d.op.Historic = d.op.Historic || p.historic(p.from, e)
		}
		p.drafts = append(p.drafts, d)
	}
}

type actNote struct {
	body mapping.Body
	told []mapping.Entry
}

// actLine is the dated, attributed line of an event, with the names of whom and what it is about.
func (p *planner) actLine(e mapping.Entry) mapping.Body {
	who, what := inLine(personLabel(e.Author)), e.Act.Text
	if e.Act.Needs == mapping.ToTag {
		what = mapping.NewAct(what, [2]string{"added", strings.Join(p.unheldTags(e.Tagged), "; ")}, [2]string{"taken away", strings.Join(p.unheldTags(e.Untagged), "; ")}).Text
	}
	if e.Author.Role != mapping.Agent && e.Author.Role != mapping.Customer {
		who += " (" + strings.ToLower(string(e.Author.Role)) + ")"
	}
	if id := e.Act.Agent; id != "" && id != mapping.Nobody {
		what += " to " + inLine(cmp.Or(p.people.Known(p.sides[p.from].desk, id).NameForTeam(), string(id)))
	}
	b := line("%s, %s: %s", stamp(e), who, what)
	b.Blocks[0].Kind = mapping.ListItem
	return b
}

// inLine cuts a name to what a line of an activity note has room for.
func inLine(name string) string {
	if r := []rune(name); len(r) > nameInLine {
		return string(r[:nameInLine]) + "…"
	}
	return name
}

// toldBy gives the entries that an activity note tells, by its token.
func (a *adopter) toldBy(tok mapping.Token) (ids []mapping.EntryID) {
	for _, e := range a.entries {
		if isAct(e) && tok.Tells(e) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// givenUp ends what the desk refuses although nobody misses it in the conversation: the events that an activity note was to
// tell, an entry of the history that was to be a dated event. Nothing else waits for them.
func (l *look) givenUp(from int, d draft) {
	for _, id := range d.entries {
		k := state.EntryKey{Desk: l.sides[from].desk, ID: id}
		l.ledger.SetEntry(k, state.EntryRecord{Outcome: state.Folded, Refused: true, Text: l.sourcePrint(from, id)})
	}
	l.lose(from, slices.Repeat([]mapping.Loss{mapping.LossEntryRefused}, len(d.entries))...)
}
