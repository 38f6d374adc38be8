package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// errAgain asks for a new round: something that the plan did not know has come up.
var errAgain = errors.New("look again")

// errLate keeps a write back that had to wait so long that what was known when it was promised is old.
var errLate = errors.New("it had to wait too long")

// errAsked keeps a write back because the run was asked to stop.
var errAsked = errors.New("asked to stop")

// permitted is the context of one promised write. What held when it was promised must hold when it leaves, after all
// waiting for its turn and the pace: nobody asked us to stop, the lease is ours, the promise is young, so that whoever
// resolves it knows by when it left, and with careful what the plan knew of the desk is fresh.
func (l *look) permitted(to int, in state.Intent, careful bool) context.Context {
	v := l.sides[to]
	return api.WithPermit(l.calls, func() error {
		switch {
		case l.stopping():
			return errAsked
		case !l.lease.valid():
			return state.ErrLost
		case time.Now().After(v.sentBy(in)), careful && v.conv != nil && time.Since(v.readAt) > freshFor+freshFor/2:
			return errLate
		}
		return nil
	})
}

// execute does the planned writes, one after another: entries first, fields last.
func (l *look) execute(ctx context.Context, drafts [2][]draft, fields fieldPlan) error {
	for from := range drafts {
		for _, d := range drafts[from] {
			if err := l.writeEntry(ctx, from, 1-from, d); err != nil {
				return ignoreAgain(err)
			}
		}
	}
	for i := range fields.writes {
		now := teamFirst(fields.writes[i])
		for _, op := range now {
			if err := l.writeField(ctx, i, op, fields.carries); err != nil {
				return ignoreAgain(err)
			}
		}
		if err := l.restored(ctx, i, fields.restores[i] && len(now) == len(fields.writes[i])); err != nil {
			return err
		}
	}
	return nil
}

func ignoreAgain(err error) error {
	if errors.Is(err, errAgain) {
		return nil
	}
	return err
}

// ready checks everything that must hold at the moment before a write: nobody asked us to stop, the lease is ours, the
// bound on writes is not reached, and what the plan knew of the desk is fresh.
func (l *look) ready(ctx context.Context, to, calls int, careful bool) error {
	switch {
	case l.stopping():
		if cause := context.Cause(l.calls); cause != nil {
			return cause
		}
		return l.leave(ctx, false, "stopped", "", 0)
	case !l.lease.valid() || !l.run.lease.valid():
		return state.ErrLost
	}
	v := &l.sides[to]
	if careful && v.conv != nil && time.Since(v.readAt) > freshFor {
		before := v.conv.Version
		l.fresh[to] = false
		if err := l.read(ctx); err != nil {
			return err
		}
		if v.conv == nil || v.conv.Version != before {
			return errAgain
		}
		if !l.lease.valid() || !l.run.lease.valid() {
			return state.ErrLost
		}
	}
	return l.affordable(ctx, calls)
}

// affordable ends the look when the bound on write calls does not admit so many more.
func (l *look) affordable(ctx context.Context, calls int) error {
	if !l.affords(calls) {
		return l.leave(ctx, false, reasonBound, "the bound on write calls was reached", 0)
	}
	return nil
}

// writeEntry carries one draft: intent, call, record.
func (l *look) writeEntry(ctx context.Context, from, to int, d draft) error {
	op := d.op
	dst := &l.sides[to]
	if l.hopeless(to, op) && l.replaced(from, to, d, errVain) {
		if err := l.commit(ctx); err != nil {
			return err
		}
		return errAgain
	}
	if err := l.address(ctx, from, to, &op); err != nil {
		return err
	}
	if d.link {
		op.Body = madeCopy(op.Body, op.Conversation)
	}
	if err := l.fill(ctx, from, to, op, &d); err != nil {
		return err
	}
	if err := l.attach(ctx, from, to, &op, &d); err != nil {
		return err
	}
	if err := l.ready(ctx, to, 1, op.Class == sinks.Delivered); err != nil {
		return err
	}
	customer := op.Author.Role == mapping.Customer
	kind := map[sinks.Kind]string{sinks.OpenConversation: "open", sinks.PostMessage: "message", sinks.PostNote: "note", sinks.RecordEvent: "event"}[op.Kind]
	in := state.Intent{ID: op.ID, Kind: kind, Desk: dst.desk, Entries: d.entries, Part: d.part, Of: d.of,
		Print: textPrint(customer, op.Kind != sinks.PostNote, asShown(customer, op.Body, dst.features)), SentAt: time.Now().UTC(), Contact: l.contact[to]}
	if op.Kind == sinks.OpenConversation {
		in.Customer = l.sides[from].conv.Customer.ID
	} else if dst.conv != nil {
		in.Truncated = dst.conv.Truncated
	}
	timed := dst.choosesTime(customer)
	if timed {
		in.Chosen = op.At
	}
	if err := l.promise(ctx, to, in, 1); err != nil {
		return err
	}
	res, err := dst.side.Sink.Do(l.permitted(to, in, op.Class == sinks.Delivered), op)
	if left := l.doubtful(ctx, to, op, err); left != nil {
		return left
	}
	if ae, ok := asError(err); ok && ae.Class == api.Refused && !ae.NotFound && !ae.AuthorMoved && timed && !op.At.IsZero() { // it may be the time that it refuses
		l.ledger.DropIntent(op.ID)
		d.leaveTime()
		return l.writeEntry(ctx, from, to, d)
	}
	if err != nil {
		return l.entryFailed(ctx, from, to, d, op, err)
	}
	return l.recordEntry(ctx, from, to, d, op, res)
}

// promise stores an intent, and that fields may be moved by what follows, in one step.
func (l *look) promise(ctx context.Context, to int, in state.Intent, stir state.Consequence) error {
	l.ledger.SetIntent(in)
	l.keepCustomers()
	desk := l.sides[to].desk
	if s := l.ledger.Desks[desk]; s.Consequence < stir {
		if s.Consequence == state.Clean && l.sides[to].conv != nil {
			l.beforehand(to, &s)
		}
		s.Consequence = stir
		l.ledger.SetDesk(desk, s)
	}
	if !l.indexed() {
		l.ledger.SetMeta(l.ledger.Meta)
	}
	// Whatever dies from here on, the pair is looked at again, and what was tried in vain before stays counted.
	item := state.Item{Reason: reasonUnresolved, Since: l.now.UTC(), RetryAt: l.sides[to].settled(in)}
	l.stillTried(&item)
	l.ledger.Park(item)
	return l.commit(ctx)
}

// address fills in who speaks and where.
func (l *look) address(ctx context.Context, from, to int, op *sinks.Operation) error {
	dst := &l.sides[to]
	if op.Kind == sinks.RecordEvent && dst.conv != nil {
		op.Author.ID = dst.conv.Customer.ID
		return nil
	}
	if op.Kind == sinks.OpenConversation || op.Kind == sinks.RecordEvent && l.contact[to].ID == "" {
		if err := l.ready(ctx, to, 1, false); err != nil { // a contact may have to be made first
			return err
		}
		c, err := dst.side.Sink.Ensure(api.WithPermit(l.calls, l.lease.permit), l.sides[from].desk, l.sides[from].conv.Customer)
		if err != nil {
			if api.ClassOf(err) == api.MayHaveHappened { // a contact is made once by its natural key: trying later is safe
				return l.retry(ctx, "unreachable", err.Error())
			}
			if l.moved(err) { // the search for a copy did not know of all whose it may be
				return errAgain
			}
			return l.failed(ctx, err, to)
		}
		l.contact[to] = c
		op.Author = mapping.Person{Role: mapping.Customer, ID: c.ID, Name: c.Name}
		return nil
	}
	if op.Kind == sinks.RecordEvent {
		op.Author.ID = l.contact[to].ID
		return nil
	}
	if dst.conv != nil {
		op.Conversation = dst.conv.ID
		if op.Author.Role == mapping.Customer {
			op.Author.ID = dst.conv.Customer.ID
		}
		return nil
	}
	op.Conversation = l.ledger.Meta.Twin.ID // just opened in this round
	if op.Author.Role == mapping.Customer {
		op.Author.ID = l.contact[to].ID
	}
	if op.Conversation == "" {
		return errAgain
	}
	return nil
}

// entryFailed deals with a call that did not answer as hoped.
func (l *look) entryFailed(ctx context.Context, from, to int, d draft, op sinks.Operation, err error) error {
	l.fresh[to] = false
	if errors.Is(err, errLate) {
		l.ledger.DropIntent(op.ID)
		return errAgain
	}
	switch api.ClassOf(err) {
	case api.MayHaveHappened:
		l.unanswered(op.ID)
		return errAgain // the next round reads back, and adopts or waits
	case api.Refused:
		l.ledger.DropIntent(op.ID)
		if l.moved(err) {
			return errAgain
		}
		if done, err := l.voiceless(ctx, from, d, op, err); err != nil || done {
			return cmp.Or(err, errAgain)
		}
		if api.IsNotFound(err) && op.Kind != sinks.OpenConversation && op.Kind != sinks.RecordEvent {
			return errAgain // reading tells whether the conversation is gone
		}
		if d.leaveFiles() { // it may be the files that the desk refuses; the words go without them
			return l.writeEntry(ctx, from, to, d)
		}
		if l.unsigned(from, to, d, op) {
			l.log.Warn().Err(err).Str("pair", string(l.ledger.Pair)).Msg("the desk refused an entry: trying as the fallback agent, for its author may have left")
			if err := l.commit(ctx); err != nil {
				return err
			}
			return errAgain
		}
		if !l.replaced(from, to, d, err) {
			return l.leave(ctx, true, "refused", err.Error(), 24*time.Hour)
		}
		if err := l.commit(ctx); err != nil {
			return err
		}
		return errAgain
	}
	l.ledger.DropIntent(op.ID)
	if l.forbidden(from, d, op, err) {
		return errAgain
	}
	return l.failed(ctx, err, to)
}

// replaced ends what the desk does not take, if something can stand for it or nobody misses it; what is left then is planned anew.
// An opening, a transcript and the note that stands for an entry have nothing that could.
func (l *look) replaced(from, to int, d draft, err error) bool {
	if d.acts || d.op.Kind == sinks.RecordEvent {
		l.givenUp(from, d)
		return true
	}
	if d.op.Kind == sinks.OpenConversation || len(d.entries) != 1 || d.fold || l.refusedBefore(from, d.entries[0]) {
		return false
	}
	k := state.EntryKey{Desk: l.sides[from].desk, ID: d.entries[0]}
	rec := l.ledger.Entries[k]
	for _, t := range rec.Twins { // parts that stand already stay
		l.partOfRefused(to, t)
	}
	rec.Outcome, rec.Refused, rec.Twins = state.Mirrored, true, []mapping.EntryID{""}
	l.ledger.SetEntry(k, rec)
	l.log.Warn().Err(err).Str("pair", string(l.ledger.Pair)).Msg("the desk does not take an entry: a note will stand for it")
	return true
}

func (l *look) refusedBefore(from int, id mapping.EntryID) bool {
	r, ok := l.record(from, id)
	return ok && r.Refused
}

// recordEntry stores what a write made, in one step with the end of its intent.
func (l *look) recordEntry(ctx context.Context, from, to int, d draft, op sinks.Operation, res sinks.Result) error {
	l.fresh[to] = false
	dst := l.sides[to].desk
	made := mapping.EntryID("?")
	if n := len(res.Entries); n > 0 && !l.knew(to, res.Entries[n-1]) {
		made = res.Entries[n-1]
	}
	if op.Kind == sinks.OpenConversation && res.Conversation == "" || made == "?" && op.Kind != sinks.OpenConversation {
		in := l.ledger.Intents[op.ID] // it stands, under an id that reading tells
		in.Done = true
		l.ledger.SetIntent(in)
	} else {
		l.ledger.DropIntent(op.ID)
	}
	if op.Kind == sinks.OpenConversation {
		if res.Conversation == "" {
			if err := l.commit(ctx); err != nil {
				return err
			}
			return errAgain
		}
		m := l.ledger.Meta
		m.Twin = mapping.Ref{Desk: dst, ID: res.Conversation}
		m.Opened = d.entries[0]
		l.ledger.SetMeta(m)
	}
	l.markWritten(from, to, d, made)
	l.lose(from, d.losses...)
	return l.commit(ctx)
}

// knew reports whether an entry stood on side i before the write: a desk's answer may show an older one with the same
// words, and then reading tells which is ours.
func (l *look) knew(i int, id mapping.EntryID) bool {
	if c := l.sides[i].conv; c != nil && slices.ContainsFunc(c.Entries, func(e mapping.Entry) bool { return e.ID == id }) {
		return true
	}
	return l.ledger.OursOn(l.sides[i].desk)[id]
}

func (l *look) markWritten(from, to int, d draft, made mapping.EntryID) {
	src, dst := l.sides[from].desk, l.sides[to].desk
	counted := 0
	switch {
	case d.fold:
		for _, id := range d.entries {
			k := state.EntryKey{Desk: src, ID: id}
			for _, t := range l.ledger.Entries[k].Twins { // parts of it that stood already
				l.partOfRefused(to, t)
			}
			l.ledger.SetEntry(k, state.EntryRecord{Outcome: state.Folded, Text: l.sourcePrint(from, id)})
		}
		if made != "?" {
			l.ledger.SetOurs(state.EntryKey{Desk: dst, ID: made}, "note")
		}
	case d.link:
		if made != "?" {
			l.ledger.SetOurs(state.EntryKey{Desk: dst, ID: made}, "note")
		}
	default:
		k := state.EntryKey{Desk: src, ID: d.entries[0]}
		r := l.ledger.Entries[k]
		r.Outcome, r.Text = state.Mirrored, l.sourcePrint(from, d.entries[0])
		r.Voiceless = r.Voiceless || l.unheard[k]
		for len(r.Twins) < d.of {
			r.Twins = append(r.Twins, "")
		}
		r.Twins[d.part-1] = made
		r.Losses = append(r.Losses, d.losses...)
		l.ledger.SetEntry(k, r)
		if r.Complete() {
			counted = 1
		}
	}
	if d.link {
		m := l.ledger.Meta
		m.Linked = true
		l.ledger.SetMeta(m)
	}
	l.mu.Lock()
	l.written[from] += counted
	l.mu.Unlock()
}

// lose counts losses of the direction that begins at side from.
func (l *look) lose(from int, codes ...mapping.Loss) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range codes {
		if l.losses[from] == nil {
			l.losses[from] = map[mapping.Loss]int{}
		}
		l.losses[from][c]++
	}
}
