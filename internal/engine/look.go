package engine

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// look is one look at one pair, under its lease: read both sides, adopt, reconcile, plan, write, and again until
// nothing is left to do.
type look struct {
	*run
	scene
	lease   *keeper // nil in a dry run
	contact [2]mapping.Contact
	fresh   [2]bool // sides that were read in this round
	outcome outcome
	tries   int
	stored  bool // the pair has records
	// refetched are the files for which the source was read again, for fresh links: their places, by the writes they belong to.
	refetched map[string][]int
	elsewhere elsewhere
	copied    mapping.Ref // a conversation that names this pair's origin as its original
	moves     int         // how often a customer turned out to be somebody else by now
	strange   bool        // it was named by the request, and the store knows nothing of it
	lost      bool        // a contact of the bridge's own for the customer was merged away
	// tried are the fields that were written in this look: what a desk makes of a write is accepted.
	tried map[string]bool
	team  string // the last write of a team, until an assignment to an agent has followed it
	// fought counts the conflicts that each side lost. A round that finds both alike tells nothing about them any more.
	fought [2]int
	sought bool                 // the other desk was searched for a copy of a thread that a filter leaves out, and has none
	unlike map[mapping.Ref]bool // conversations that one search has read and found not to be the counterpart
}

// outcome is how a look ended.
type outcome struct {
	item *state.Item // nil: settled
}

const (
	maxRounds = 8
	freshFor  = 10 * time.Second
	minSkew   = 5 * time.Second
	// vagueSkew is how much the clocks may seem to be apart once more and once less: answers take their time, and tell seconds.
	vagueSkew = 2 * time.Second
)

// errLeave ends a look whose outcome is set.
var errLeave = errors.New("look ended")

// look resolves a conversation to its pair and works on it. Only what ends the whole run is returned as an error.
func (r *run) look(ctx context.Context, ref mapping.Ref) error {
	if r.stopping() {
		r.markStuck()
		return nil
	}
	origin, copied := ref, mapping.Ref{}
	for hops := 0; ; hops++ {
		pair, known, err := r.pairOf(ctx, origin)
		if err != nil {
			return err
		}
		if own := state.PairOf(origin); !known {
			pair = own
		} else if pair != own { // what was counted under its own name, before it was known to be a copy, counts there
			r.mu.Lock()
			delete(r.tallies, own)
			r.mu.Unlock()
		}
		next, err := r.lookAt(ctx, pair, copied)
		if err != nil {
			return err
		}
		if next.IsZero() || hops > 3 {
			return r.joined(ctx, copied, pair)
		}
		origin, copied = next, origin // it is the copy of another one
	}
}

// open begins a look at a pair. There is none when another process is at work on it. The look is to be shut.
func (r *run) open(ctx context.Context, pair state.Pair, copied mapping.Ref) (l *look, shut func(), err error) {
	unlock, err := r.locks.lock(ctx, pair)
	if err != nil {
		return nil, nil, err
	}
	end := unlock
	defer func() {
		if l == nil {
			end()
		}
	}()
	var lease *keeper
	if !r.req.DryRun {
		lease, err = keep(ctx, r.store, string(pair), r.opts.Lease, func() {})
		if held := (*state.HeldError)(nil); errors.As(err, &held) {
			r.markStuck() // its holder does the work; the cursor waits
			return nil, nil, nil
		}
		if err != nil {
			return nil, nil, err
		}
		end = func() {
			lease.release()
			unlock()
		}
	}
	records, err := r.recall(ctx, pair)
	if err != nil {
		return nil, nil, err
	}
	ledger, err := state.ReadLedger(pair, records)
	if err != nil {
		return nil, nil, err
	}
	if copied.IsZero() && ledger.Meta.Twin.IsZero() {
		if copied = ledger.Meta.Copied; copied.IsZero() && len(ledger.Intents) == 0 {
			copied = r.led(pair)
		}
	}
	l = &look{run: r, copied: copied, tried: map[string]bool{}, lease: lease}
	l.scene = scene{opts: &r.opts, people: r.people, ledger: ledger, unheard: map[state.EntryKey]bool{}}
	for i := range r.opts.Sides {
		s := &r.opts.Sides[i]
		l.sides[i] = sideView{side: s, desk: s.Source.Desk(), features: s.Sink.Features()}
	}
	l.setBack(time.Now())
	return l, end, nil
}

// setBack brings what the ledger says to be of the future into the present: our clock was put back since it was written, and
// nothing may wait until it has come there again.
func (l *look) setBack(now time.Time) {
	ahead := func(at time.Time, by time.Duration) bool { return at.After(now.Add(by)) }
	if m := l.ledger.Meta; ahead(m.Since, minSkew) {
		m.Since = now.UTC()
		l.ledger.SetMeta(m)
	}
	for _, v := range l.sides {
		d := l.ledger.Desks[v.desk]
		written := slices.Clone(d.Written)
		late := false
		for k, in := range written {
			if ahead(in.SentAt, v.side.Settle) {
				written[k].SentAt, late = now.UTC(), true
			}
		}
		if missing := ahead(d.MissingSince, minSkew); missing || late {
			if d.Written = written; missing {
				d.MissingSince = now.UTC()
			}
			l.ledger.SetDesk(v.desk, d)
		}
		for _, in := range l.ledger.Intents {
			if in.Desk == v.desk && ahead(in.SentAt, v.side.Settle) {
				in.SentAt, in.Adrift = now.UTC(), true
				l.ledger.SetIntent(in)
			}
		}
	}
}

// lookAt looks at a pair, of which copied may be the other half; moved names the origin when the conversation turns
// out to be a copy itself.
func (r *run) lookAt(ctx context.Context, pair state.Pair, copied mapping.Ref) (moved mapping.Ref, err error) {
	l, shut, err := r.open(ctx, pair, copied)
	if err != nil || l == nil {
		return moved, err
	}
	defer shut()
	if known, err := l.knownToWait(ctx, copied); err != nil || known {
		return moved, err
	}
	ledger := l.ledger
	if !ledger.Known() {
		origin, err := mapping.ParseRef(string(pair))
		if err != nil {
			return moved, err
		}
		ledger.Meta = state.Meta{Origin: origin, Since: time.Now().UTC()}
		l.strange = copied.IsZero() && !l.req.Explain && slices.Contains(l.req.Conversations, origin)
	}
	moved, err = l.rounds(ctx)
	if !moved.IsZero() {
		l.uncount(pair)
	}
	if errors.Is(err, errLeave) {
		err = nil
	}
	if l.req.Explain && l.req.DryRun && moved.IsZero() {
		l.explain(ctx)
	}
	switch {
	case err != nil:
		l.tally() // what was read stays accounted for: it is pending
	case moved.IsZero():
		l.glimpse()
		l.tally()
	case !l.req.DryRun:
		err = l.giveWay(ctx)
	}
	return moved, err
}

func (r *run) markStuck() {
	r.mu.Lock()
	r.stuck = true
	r.mu.Unlock()
}

func (l *look) rounds(ctx context.Context) (moved mapping.Ref, err error) {
	for round := 0; ; round++ {
		l.now = time.Now()
		if err := l.read(ctx); err != nil {
			return moved, err
		}
		if round == 0 {
			l.witness()
			if moved, err = l.namedOrigin(ctx); err != nil || !moved.IsZero() {
				return moved, err
			}
			if again, err := l.orphaned(ctx); err != nil {
				return moved, err
			} else if again {
				continue
			}
			if (l.req.Rebuild || !l.copied.IsZero()) && l.ledger.Meta.Twin.IsZero() && l.sides[l.origin()].conv != nil {
				again, err := l.seek(ctx, &moved) // even if there is nothing to write: the copy has its place
				if err != nil || !moved.IsZero() {
					return moved, err
				}
				if again {
					continue
				}
			}
		}
		if err := l.adoptAll(ctx); err != nil {
			return moved, err
		}
		if moved, err = l.resolveIntents(ctx); err != nil || !moved.IsZero() {
			return moved, err
		}
		if err := l.unmerge(ctx); err != nil {
			return moved, err
		}
		plans := [2]entryPlan{l.planEntries(0, 1), l.planEntries(1, 0)}
		if l.copyUnknown(plans[l.origin()]) {
			again, err := l.seekCopy(ctx, &moved)
			if err != nil || !moved.IsZero() {
				return moved, err
			}
			if again {
				continue
			}
		}
		var drafts [2][]draft
		for i := range plans {
			if l.sides[i].side.Send {
				drafts[i] = plans[i].drafts
			}
		}
		var fields fieldPlan
		if len(drafts[0])+len(drafts[1]) == 0 && l.sides[0].conv != nil && l.sides[1].conv != nil {
			fields = l.planFields()
			for i, n := range fields.conflicts {
				l.fought[i] = max(l.fought[i], n)
			}
			for i := range fields.writes {
				fields.writes[i] = slices.DeleteFunc(fields.writes[i], func(op sinks.Operation) bool { return l.tried[op.ID] })
			}
		}
		if len(drafts[0])+len(drafts[1])+len(fields.writes[0])+len(fields.writes[1]) == 0 {
			return moved, l.settle(ctx, fields)
		}
		if l.req.DryRun {
			again, err := l.foresee(ctx, &moved, plans)
			if err != nil || !moved.IsZero() {
				return moved, err
			}
			if !again {
				l.propose(drafts, fields)
				return moved, nil
			}
			continue
		}
		if l.req.Rebuild {
			return moved, l.rebuilt(ctx)
		}
		if round >= maxRounds {
			return moved, l.leave(ctx, false, "unsettled", "the conversation kept changing", time.Minute)
		}
		again, err := l.mayWrite(ctx, &moved, plans)
		if err != nil || !moved.IsZero() {
			return moved, err
		}
		if again {
			continue
		}
		if err := l.execute(ctx, drafts, fields); err != nil {
			return moved, err
		}
	}
}

// adoptAll records everything that is recognised as our own work.
func (l *look) adoptAll(ctx context.Context) error {
	l.adoptFields()
	for from := range l.sides {
		for _, f := range l.adopt(from, 1-from) {
			if err := l.explained(ctx, from, 1-from, f); err != nil {
				return err
			}
			in := l.ledger.Intents[f.intent]
			r, known := l.record(from, f.entry)
			l.recordAdoption(from, 1-from, f)
			l.older = l.older || l.proves(1-from, f)
			l.countAdopted(from, f.entry, in, known && r.Complete())
		}
	}
	return l.commit(ctx)
}

// settle records that nothing is left to do: what was seen, the agreed fields, and that the pair is off the agenda.
func (l *look) settle(ctx context.Context, fields fieldPlan) error {
	if l.req.DryRun {
		return nil
	}
	l.keepCustomers()
	for i, v := range l.sides {
		if v.conv == nil {
			continue
		}
		old := l.ledger.Desks[v.desk]
		d := state.DeskState{Customer: old.Customer, MissingSince: old.MissingSince, Gone: old.Gone, Base: old.Base, Unsent: old.Unsent, Known: old.Known, Held: old.Held}
		if v.side.Send { // else what is said there waits until the direction is enabled, and is listed then
			d.Seen = v.conv.Version
		}
		if l.sides[1-i].conv != nil {
			base := fields.base[i].Normal()
			d.Base, d.Unsent, d.Held = &base, l.unsent(i, base), fields.held[i]
			d.Known = nil
			for _, e := range l.natives(i) {
				d.Known = append(d.Known, e.ID)
			}
			l.lose(1-i, fields.losses[i]...)
			l.mu.Lock()
			l.fights[1-i] += l.fought[i]
			l.mu.Unlock()
		}
		if !sameState(old, d) {
			l.ledger.SetDesk(v.desk, d)
		}
	}
	if m := l.ledger.Meta; m.Unsure || m.Unread || !m.Copied.IsZero() || !l.indexed() {
		m.Unsure, m.Unread, m.Copied = false, false, mapping.Ref{}
		l.ledger.SetMeta(m)
	}
	l.noteUnread(false)
	l.ledger.Settled()
	err := l.commit(ctx)
	if err == nil {
		l.noteItem(nil)
	}
	return err
}

// indexed reports whether the pair is stored already.
func (l *look) indexed() bool {
	if !l.stored {
		_, ok, err := l.store.Resolve(l.calls, l.ledger.Meta.Origin)
		l.stored = err == nil && ok
	}
	return l.stored
}

func sameState(a, b state.DeskState) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// commit stores what the ledger collected, under the pair's lease.
func (l *look) commit(ctx context.Context) error {
	c, ok := l.ledger.Pending()
	if !ok || l.req.DryRun {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return l.store.Commit(ctx, l.lease.get(), l.ledger.Pair, c)
}
