package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// Rules of an explanation beside those of the planner.
const (
	ruleTranscript = "transcript" // a line of a note
	ruleStub       = "stub"       // the desk refused it: a note stands for it
)

// explain tells, at the end of a dry look, what the look saw of its pair: each entry of both sides, with its fate and the
// rule behind it. It reads what the look left behind and changes nothing of it.
func (l *look) explain(ctx context.Context) {
	x := explainer{look: l, unread: l.readRest(ctx), shown: map[state.EntryKey]bool{}}
	out := &report.Explanation{Pair: string(l.ledger.Pair), Home: string(l.sides[l.homeNow()].desk), Waiting: l.onAgenda(ctx), Ended: endOf(l.outcome.item), Rows: []report.ExplainedRow{}}
	plans := [2]entryPlan{l.planEntries(0, 1), l.planEntries(1, 0)}
	for _, i := range []int{l.origin(), 1 - l.origin()} { // of entries of one moment, the original's come first
		x.nativeRows(i, plans[i])
	}
	for _, i := range []int{l.origin(), 1 - l.origin()} {
		x.bridgeRows(i)
	}
	for i := range l.sides {
		out.Sides = append(out.Sides, x.side(i))
	}
	slices.SortStableFunc(x.rows, func(a, b explainedRow) int { return a.at.Compare(b.at) })
	for _, r := range x.rows {
		out.Rows = append(out.Rows, r.ExplainedRow)
	}
	l.mu.Lock()
	l.explanation = out
	l.mu.Unlock()
}

// readRest gives why a side could not be read. A look ends at the first one; what stands on the other desk is still to be
// shown, so that one is read here.
func (l *look) readRest(ctx context.Context) (unread [2]*state.Item) {
	ended := l.outcome
	if ended.item == nil {
		return unread
	}
	for i, ref := range l.refs() {
		switch {
		case ref.IsZero() || l.fresh[i]:
		case unread == [2]*state.Item{}:
			unread[i] = ended.item
		default:
			l.outcome = outcome{}
			if err := l.readSide(ctx, i, ref); err != nil {
				unread[i] = l.outcome.item
			}
		}
	}
	l.outcome = ended
	return unread
}

// homeNow is the side on which the customer is answered after all that was said.
func (s *scene) homeNow() int {
	if s.opts.Home != "auto" && s.opts.Home != "" {
		return s.index(mapping.Desk(s.opts.Home))
	}
	home, latest := s.origin(), time.Time{}
	for i, v := range s.sides {
		for _, e := range s.natives(i) {
			if ownWords(e) && s.current(i, e) && !v.merged[e.ID] && v.real(e.At).After(latest) {
				home, latest = i, v.real(e.At)
			}
		}
	}
	return home
}

// onAgenda tells why the pair waits, as the store remembers it.
func (l *look) onAgenda(ctx context.Context) *report.Waiting {
	items, err := l.store.Agenda(ctx)
	if err != nil {
		return nil
	}
	for _, it := range items {
		if it.Pair == l.ledger.Pair {
			return waitingOf(&it)
		}
	}
	return nil
}

func waitingOf(it *state.Item) *report.Waiting {
	if it == nil {
		return nil
	}
	return &report.Waiting{Parked: it.Parked, Reason: it.Reason, Detail: it.Detail, Since: it.Since, RetryAt: it.RetryAt, Tries: it.Tries}
}

// endOf is why a dry look ended. It stores nothing, so there is no time of a next try.
func endOf(it *state.Item) *report.Waiting {
	if it == nil {
		return nil
	}
	return &report.Waiting{Parked: it.Parked, Reason: it.Reason, Detail: it.Detail}
}

// explainer collects the rows of one explanation.
type explainer struct {
	*look
	rows    []explainedRow
	entries [2]report.Entries
	unread  [2]*state.Item          // why a side could not be read
	shown   map[state.EntryKey]bool // entries of the bridge that stand beside their originals
}

// explainedRow is a row with its real time.
type explainedRow struct {
	report.ExplainedRow
	at time.Time
}

// nativeRows adds the native entries of side i, counted as the report counts them.
func (x *explainer) nativeRows(i int, plan entryPlan) {
	homes, notes := x.homes(i), x.transcripts(i)
	for n, e := range x.natives(i) {
		bucket, rule := x.bucketOf(plan.fates[n])
		count(&x.entries[i], bucket)
		how := x.carriage(i, e, bucket, rule, homes[e.ID], plan)
		if !x.sides[i].side.Send && (bucket == fatePending || bucket == fateParked) {
			bucket, how = report.FateNotSent, Carriage{}
		}
		r, _ := x.record(i, e.ID)
		if bucket == fateFolded && notes[e.ID] != "" {
			r.Twins = append(slices.Clone(r.Twins), notes[e.ID])
		}
		x.rows = append(x.rows, explainedRow{at: x.sides[i].real(e.At), ExplainedRow: report.ExplainedRow{
			ShownEntry: x.show(i, e), Fate: bucket, Rule: how.Rule, As: string(how.Author), Class: string(how.Class), Losses: once(how.Losses),
			Historic: x.historic(i, e), Home: string(x.sides[homes[e.ID]].desk), Twins: x.twins(i, bucket, r.Twins),
		}})
	}
}

// carriage tells by which rule an entry of side i is in its bucket, and what is lost with it. Rule is never empty when
// that is known.
func (x *explainer) carriage(i int, e mapping.Entry, bucket, rule string, home int, plan entryPlan) Carriage {
	switch bucket {
	case fateSkipped:
		return Carriage{Rule: rule, Losses: e.Losses}
	case fateCovered:
		return x.covered(i, e)
	case fateFolded:
		return named(Carriage{Folded: true, Acts: isAct(e), Losses: foldedLosses(e, x.sides[1-i].features)})
	case fateMirrored:
		return x.carried(i, e, home)
	}
	if rule != "" && x.outcome.item != nil { // the look ended before its plan was sure
		return Carriage{Rule: rule}
	}
	if x.unresolved(1-i, e.ID) {
		return Carriage{Rule: reasonUnresolved}
	}
	c, _ := carriageIn(plan.drafts, e, x.sides[1-i].features)
	if plan.opens && len(plan.drafts) > 0 && slices.Contains(plan.drafts[0].entries, e.ID) {
		c.Kind = sinks.OpenConversation
	}
	return named(c)
}

// unresolved reports whether a write of an entry was sent to side `to` and its outcome is not known.
func (x *explainer) unresolved(to int, id mapping.EntryID) bool {
	for _, in := range x.ledger.Intents {
		if in.Desk == x.sides[to].desk && slices.Contains(in.Entries, id) {
			return true
		}
	}
	return false
}

// named gives a carriage that writes something the name of its rule.
func named(c Carriage) Carriage {
	switch {
	case c.Rule != "":
	case c.Acts:
		c.Rule = ruleActivity
	case c.Folded:
		c.Rule = ruleTranscript
	default:
		c.Rule = string(c.Kind)
	}
	return c
}

// carried tells how an entry that has a twin was carried: by the rules for its circumstances, unless the twin shows that
// it went otherwise (too late to be delivered, say). The losses are those that were recorded with the write, if any were.
func (x *explainer) carried(from int, e mapping.Entry, home int) Carriage {
	r, _ := x.record(from, e.ID)
	if r.Refused {
		return Carriage{Rule: ruleStub, Kind: sinks.PostNote, Class: sinks.Silent, Author: mapping.Agent, Losses: []mapping.Loss{mapping.LossEntryRefused}}
	}
	src, dst := x.sides[from], x.sides[1-from]
	_, mapped := x.scene.counterpart(from, e.Author)
	mapped = mapped || x.signed(1-from, r)
	now := Circumstances{From: src.desk, To: dst.desk, Features: dst.features, History: dst.side.History, Historic: x.historic(from, e), Home: x.sides[home].desk, Unmapped: !mapped}
	alike := e
	if x.current(from, e) {
		alike.Author.ID = "" // whoever the present customer is
	}
	c := Carry(now, alike)
	for _, t := range dst.entries() {
		if len(r.Twins) == 0 || t.ID != r.Twins[0] {
			continue
		}
		switch {
		case t.Opening:
			c = Carriage{Kind: sinks.OpenConversation, Class: sinks.Quiet, Author: mapping.Customer, Losses: c.Losses}
		case c.Rule != "" || c.Folded || (t.Kind == mapping.Note) != (c.Kind == sinks.PostNote):
			c = asItStands(t)
		}
	}
	if c.Rule != "" { // nothing would be written today, and yet something was
		c = Carriage{}
	}
	if len(r.Losses) > 0 {
		c.Losses = r.Losses
	}
	return named(c)
}

// signed reports whether what stands of an entry on side i stands in an agent's own name, as it did by the rules of its day.
func (x *explainer) signed(i int, r state.EntryRecord) bool {
	return slices.ContainsFunc(x.sides[i].entries(), func(t mapping.Entry) bool {
		return len(r.Twins) > 0 && t.ID == r.Twins[0] && t.Author.Role == mapping.Agent && t.Author.ID != "" && t.Author.ID != x.sides[i].side.Fallback
	})
}

// asItStands is what a twin alone tells about how its original was carried.
func asItStands(twin mapping.Entry) Carriage {
	if twin.Kind == mapping.Note {
		return Carriage{Kind: sinks.PostNote, Class: sinks.Silent, Author: twin.Author.Role}
	}
	return Carriage{Kind: sinks.PostMessage, Author: twin.Author.Role}
}

func (v sideView) entries() []mapping.Entry {
	if v.conv == nil {
		return nil
	}
	return v.conv.Entries
}

// twins shows what stands for an entry of side i on the other desk.
func (x *explainer) twins(i int, bucket string, ids []mapping.EntryID) (out []report.ShownEntry) {
	other := x.sides[1-i]
	for _, id := range ids {
		if id == "" {
			continue // not written yet
		}
		k := slices.IndexFunc(other.entries(), func(t mapping.Entry) bool { return t.ID == id })
		if k < 0 {
			out = append(out, report.ShownEntry{Desk: string(other.desk), Entry: string(id), Missing: true})
			continue
		}
		twin := x.show(1-i, other.entries()[k])
		if bucket == fateFolded { // a transcript stands for several, and has its own row
			twin.Text = ""
		} else {
			x.shown[state.EntryKey{Desk: other.desk, ID: id}] = true
		}
		out = append(out, twin)
	}
	return out
}

// show is an entry as its desk shows it.
func (x *explainer) show(i int, e mapping.Entry) report.ShownEntry {
	s := report.ShownEntry{Desk: string(x.sides[i].desk), Entry: string(e.ID), Native: e.Native, Kind: string(e.Kind), At: e.At.UTC(), Text: e.Body.Text(), Removed: e.Removed,
		Author: report.ShownBy{Role: string(e.Author.Role), ID: string(e.Author.ID), Name: e.Author.NameForTeam()}}
	for _, f := range e.Files {
		s.Files = append(s.Files, strings.Trim(fileLine(f, "").Text(), "[]"))
	}
	return s
}

// transcripts gives, for the entries of side i that are lines of a note, the note on the other desk.
func (x *explainer) transcripts(i int) map[mapping.EntryID]mapping.EntryID {
	notes := map[mapping.EntryID]mapping.EntryID{}
	if x.sides[i].conv == nil {
		return notes
	}
	a := adopter{scene: &x.scene, from: i, to: 1 - i, entries: x.natives(i), byID: map[mapping.EntryID]int{}}
	for n, e := range a.entries {
		a.byID[e.ID] = n
	}
	ours := x.ledger.OursOn(x.sides[1-i].desk)
	for _, t := range x.sides[1-i].entries() {
		tok, ok := mapping.FindToken(t.Body.Text())
		if !ok || !ours[t.ID] || !tok.Fold && !tok.IsActs() || tok.Source != x.sides[i].conv.Ref {
			continue
		}
		for _, id := range a.toldBy(tok) {
			notes[id] = t.ID
		}
		if tok.IsActs() {
			continue
		}
		for _, id := range a.between(tok.First, tok.Last) {
			notes[id] = t.ID
		}
	}
	return notes
}

// bridgeRows adds what the bridge wrote on side i and what stands beside no original: notes about the pair, above all.
func (x *explainer) bridgeRows(i int) {
	v := x.sides[i]
	ours := x.ledger.OursOn(v.desk)
	for _, e := range v.entries() {
		if ours[e.ID] && !x.shown[state.EntryKey{Desk: v.desk, ID: e.ID}] {
			x.rows = append(x.rows, explainedRow{at: v.real(e.At), ExplainedRow: report.ExplainedRow{ShownEntry: x.show(i, e), Bridge: x.workOf(i, e)}})
		}
	}
}

// workOf names a piece of the bridge's own work.
func (x *explainer) workOf(i int, e mapping.Entry) string {
	text := e.Body.Text()
	tok, ok := mapping.FindToken(text)
	what, about := x.ledger.Ours[state.EntryKey{Desk: x.sides[i].desk, ID: e.ID}]
	switch link := ok && tok.Copy != ""; {
	case link && tok.Fold:
		return "back-link and transcript"
	case ok && tok.Fold:
		return ruleTranscript
	case ok && tok.IsActs():
		return "activities"
	case link:
		return "back-link"
	case about:
		return what
	}
	return "twin of an entry that cannot be read"
}

// side sums up one conversation.
func (x *explainer) side(i int) report.ExplainedSide {
	v := x.sides[i]
	s := report.ExplainedSide{Desk: string(v.desk), Conversation: string(x.refs()[i].ID), Began: i == x.origin(), Read: v.conv != nil, Unread: endOf(x.unread[i]), Gone: x.ledger.Desks[v.desk].Gone}
	if v.side.Send {
		s.Entries = &x.entries[i]
	}
	if v.conv == nil {
		return s
	}
	f := v.conv.Fields.Normal()
	s.URL, s.Customer, s.Truncated = v.url(), v.conv.Customer.Name, v.conv.Truncated
	s.State, s.Until, s.Tags, s.Title = string(f.State), f.Until, f.Tags, f.Title
	s.Assignee, s.Team = string(f.Assignee), f.Team
	s.NotGiven = x.notGiven(i)
	for _, a := range v.conv.Agents {
		if a.ID == f.Assignee && a.NameForTeam() != "" {
			s.Assignee = a.NameForTeam()
		}
	}
	p := planner{scene: &x.scene, from: 1 - i, to: i, natives: x.natives(1 - i)}
	s.UnverifiableBefore = p.unreadableBefore()
	return s
}

// once gives each loss once, in their order.
func once(losses []mapping.Loss) (out []mapping.Loss) {
	for _, l := range losses {
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}
