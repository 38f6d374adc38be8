package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// namedOrigin reads from the origin's own entries whether it is a copy: the first note of ours in every copy names the conversation
// that it stands for. That one may have another copy by now: then it says nothing.
func (l *look) namedOrigin(ctx context.Context) (mapping.Ref, error) {
	v := l.sides[l.origin()]
	if v.conv == nil || !l.ledger.Meta.Twin.IsZero() {
		return mapping.Ref{}, nil
	}
	named := l.namedIn(*v.conv)
	if named.IsZero() {
		return named, nil
	}
	other, err := l.ledgerOf(ctx, named)
	if err != nil {
		return mapping.Ref{}, err
	}
	if other != nil && !other.Meta.Twin.IsZero() && other.Meta.Twin != v.conv.Ref && other.Meta.Origin != v.conv.Ref {
		return mapping.Ref{}, nil
	}
	return named, nil
}

// namedIn gives the conversation of the other desk that a conversation's back-link names as its original. One that somebody has pasted
// from elsewhere names another copy.
func (r *run) namedIn(c mapping.Conversation) (named mapping.Ref) {
	for _, e := range c.Entries {
		if named, ok := r.opts.backLink(e, c); ok {
			return named
		}
	}
	return named
}

// backLink gives the original of which an entry makes the conversation that holds it the copy.
func (o *Options) backLink(e mapping.Entry, c mapping.Conversation) (original mapping.Ref, ok bool) {
	t, ours := mapping.FindToken(e.Body.Text())
	return t.Source, ours && e.Kind == mapping.Note && t.Pair == o.Name && t.Source.Desk != c.Desk && t.Copy == c.ID
}

// counterpart looks on the other desk for a conversation that belongs to the origin already: as its copy (twin) or as
// its original (origin). It is asked before every opening, because a store may have forgotten, or a desk may have
// answered too late.
func (l *look) counterpart(ctx context.Context) (twin, origin mapping.Ref, err error) {
	from := l.origin()
	src, dst := l.sides[from], l.sides[1-from]
	found, err := dst.side.Sink.Find(l.calls, src.desk, src.conv.Customer)
	if err != nil {
		return twin, origin, err
	}
	l.lost = found.Lost
	candidates := found.Conversations
	if l.copied.Desk == dst.desk && !slices.Contains(candidates, l.copied) {
		candidates = append([]mapping.Ref{l.copied}, candidates...)
	}
	for _, ref := range candidates {
		other, err := l.ledgerOf(ctx, ref)
		if err != nil {
			return twin, origin, err
		}
		if other != nil && other.Meta.Twin == src.conv.Ref {
			return twin, other.Meta.Origin, nil
		}
		if other != nil && !other.Meta.Twin.IsZero() {
			continue // it belongs to another pair with two sides
		}
		if other != nil && l.promised(other, *src.conv) {
			return twin, other.Meta.Origin, nil
		}
		if l.unlike[ref] {
			continue
		}
		c, err := l.candidate(l.calls, 1-from, ref)
		if api.IsNotFound(err) {
			if err := l.unfound(ctx, 1-from); err != nil {
				return twin, origin, err
			}
			continue
		}
		if err != nil {
			return twin, origin, err
		}
		itsOriginal, ours := l.namedIn(c), l.namedIn(*src.conv)
		switch {
		case itsOriginal.IsZero() && (ref == l.leads[l.ledger.Pair] || l.opensLike(from, *src.conv, c, true)) || itsOriginal == src.conv.Ref:
			return ref, origin, nil
		case !itsOriginal.IsZero(): // the copy of another one, however like it looks
		case ours == ref || l.opensLike(1-from, c, *src.conv, true) || l.continuedIn(c, *src.conv):
			return twin, ref, nil
		case l.continuedIn(*src.conv, c):
			return ref, origin, nil
		case l.opensLike(from, *src.conv, c, false):
			return ref, origin, nil
		case l.opensLike(1-from, c, *src.conv, false):
			return twin, ref, nil
		}
		l.unlike[ref] = true
	}
	return twin, origin, nil
}

// ledgerOf gives the ledger of the other pair that a conversation belongs to; nil when there is none.
func (l *look) ledgerOf(ctx context.Context, ref mapping.Ref) (*state.Ledger, error) {
	if pair, known, err := l.pairOf(ctx, ref); err != nil || !known || pair == l.ledger.Pair {
		return nil, err
	}
	return l.ledgerAt(ctx, ref)
}

// promised reports whether another pair has sent an opening whose outcome is unknown, and that c may be.
func (l *look) promised(other *state.Ledger, c mapping.Conversation) bool {
	for _, in := range other.Intents {
		if in.Kind == "open" && in.Desk == c.Desk && l.opened(l.index(c.Desk), in, c) {
			return true
		}
	}
	return false
}

// opensLike reports whether b looks like the copy that the bridge would have opened of a: its first message has the
// words of one of the customer's messages of a. Where the writing desk lets us choose the time, the times agree to the
// second; where not, b must be younger, hold no other word of a person, and the store must be one that may have
// forgotten. Then a thread of which the oldest part cannot be read may say the same, too.
func (l *look) opensLike(from int, a, b mapping.Conversation, sure bool) bool {
	if len(b.Entries) == 0 || !b.Entries[0].Opening || b.Entries[0].Author.Role != mapping.Customer || b.Entries[0].Made == mapping.ByHuman {
		return false
	}
	first := b.Entries[0]
	src, dst := l.sides[from].seenAt(a), l.sides[1-from].seenAt(b)
	chosen := dst.features.ChosenTime == mapping.Full
	words := 0
	for _, e := range b.Entries {
		if e.HasText() && e.Author.Role != mapping.Bot { // it may answer by itself
			words++
		}
	}
	times, print := mapping.ChosenTimes(a.Entries), textPrint(true, true, first.Body)
	for _, e := range a.Entries {
		if !ownWords(e) {
			continue
		}
		if !slices.ContainsFunc(slices.Concat(printsOf(true, e.Body, e.Files, dst.features, true)...), func(p partPrint) bool { return p.n == 1 && p.print == print }) {
			continue
		}
		near := first.At.Unix() >= e.At.Unix() && !first.At.After(times[e.ID])
		weak := words == 1 && l.forgets() && !dst.real(first.At).Before(src.real(e.At).Add(-dst.side.Settle))
		if chosen && near || !chosen && weak && !sure || l.forgets() && b.Truncated > 0 && l.sameWords(a, b) {
			return true
		}
	}
	return false
}

// continuedIn reports whether a note in a is our copy of what stands in b, which is so long that its own back-link cannot
// be read.
func (l *look) continuedIn(a, b mapping.Conversation) bool {
	return b.Truncated > 0 && slices.ContainsFunc(a.Entries, func(e mapping.Entry) bool {
		t, ok := mapping.FindToken(e.Body.Text())
		return ok && e.Kind == mapping.Note && e.Made != mapping.ByHuman && t.Pair == l.opts.Name && t.Source == b.Ref
	})
}

// sameWords reports whether most of what a program may have written in b says what stands in a. It is asked of a thread
// so long that its back-link cannot be read.
func (l *look) sameWords(a, b mapping.Conversation) bool {
	print := func(e mapping.Entry) mapping.Print { return textPrint(ownWords(e), true, e.Body) }
	said := map[mapping.Print]bool{}
	for _, e := range a.Entries {
		if e.HasText() {
			said[print(e)] = true
		}
	}
	all, same := 0, 0
	for _, e := range b.Entries {
		if !e.Opening && e.Kind == mapping.Message && e.Made != mapping.ByHuman && e.HasText() {
			all++
			if said[print(e)] {
				same++
			}
		}
	}
	return same > all/2
}

// resolveIntents settles what was promised and not recorded. What reading back has not shown stays pending until
// settle has passed and two read-backs after that showed nothing; then it certainly never happened, unless the desk counts more
// than it shows.
func (l *look) resolveIntents(ctx context.Context) (moved mapping.Ref, err error) {
	for pass := 0; len(l.ledger.Intents) > 0; pass++ {
		if l.req.DryRun {
			return moved, nil
		}
		var wait time.Duration
		vain := false
		for _, id := range slices.Sorted(maps.Keys(l.ledger.Intents)) {
			in := l.ledger.Intents[id]
			to := l.index(in.Desk)
			done, err := l.resolve(ctx, to, in)
			if err != nil {
				return moved, err
			}
			if done {
				if in.Kind == "field" {
					l.ledger.Confirm(in)
				}
				l.ledger.DropIntent(id)
				continue
			}
			switch left := time.Until(l.sides[to].settled(in)); {
			case left > 0:
				wait = max(wait, left)
			case in.Checks >= 1 && in.Done:
				l.ledger.DropIntent(id)
				l.vanished(to, in)
			case in.Checks >= 1 && in.Kind == "field":
				l.ledger.Confirm(in) // it may have been written and put back: an entry of a person tells
				vain = l.countVain(in) || vain
			case in.Checks >= 1 && l.mayHide(to, in):
				return moved, l.retry(ctx, "not_shown", "a write whose answer is unknown may stand where the desk shows less than it counts; it is not sent again")
			case in.Checks >= 1:
				l.log.Info().Str("pair", string(l.ledger.Pair)).Str("operation", id).Msg("two read-backs after settle show nothing: it never happened")
				l.ledger.DropIntent(id)
				vain = l.countVain(in) || vain
			default:
				in.Checks++
				l.ledger.SetIntent(in)
			}
		}
		if err := l.commit(ctx); err != nil {
			return moved, err
		}
		if vain {
			return moved, l.retry(ctx, "unreachable", errVain.Error())
		}
		if len(l.ledger.Intents) == 0 {
			return moved, nil
		}
		if wait > 0 {
			return moved, l.leave(ctx, false, reasonUnresolved, "a write was sent and no answer came; it is read back when it must have settled", wait+time.Second)
		}
		l.fresh = [2]bool{}
		if err := l.read(ctx); err != nil {
			return moved, err
		}
		if err := l.adoptAll(ctx); err != nil {
			return moved, err
		}
	}
	return moved, nil
}

// vanished deals with a write that the desk confirmed and, more than settle later, does not show although it shows
// everything: it was not kept. It is not sent again, because some desks drop what they have seen before; a note stands
// for it, as for one that was refused.
func (l *look) vanished(to int, in state.Intent) {
	v := l.sides[to]
	if in.Kind != "message" || len(in.Entries) != 1 || v.conv == nil || v.conv.Truncated > 0 {
		return
	}
	k := state.EntryKey{Desk: l.sides[1-to].desk, ID: in.Entries[0]}
	r, ok := l.ledger.Entries[k]
	if !ok || in.Part < 1 || in.Part > len(r.Twins) || r.Twins[in.Part-1] != "?" {
		return
	}
	for _, t := range r.Twins {
		l.partOfRefused(to, t)
	}
	r.Refused, r.Twins = true, []mapping.EntryID{""}
	l.ledger.SetEntry(k, r)
	l.log.Warn().Str("pair", string(l.ledger.Pair)).Msg("the desk confirmed an entry and does not keep it: a note will stand for it")
}

// resolve looks for the effect of one intent beyond what adoption has found in the two conversations.
func (l *look) resolve(ctx context.Context, to int, in state.Intent) (bool, error) {
	switch in.Kind {
	case "open":
		return l.resolveOpening(ctx, to, in)
	case "field":
		// The state as read decides anew: a field is set to a value, and setting it twice is one change. A call that
		// is still under way would make at worst a second system entry, so its time is waited for.
		return l.sides[to].conv != nil && (in.Done || l.fieldHolds(to, in.Value)), nil
	}
	return false, nil
}

func (l *look) fieldHolds(i int, value string) bool {
	f := l.sides[i].conv.Fields
	switch {
	case value == string(mapping.Status)+"="+string(f.State):
		return true
	case value == string(mapping.Assignee)+"="+string(f.Assignee):
		return true
	case value == string(mapping.Team)+"="+f.Team && !f.TeamHidden:
		return true
	case value == string(mapping.Title)+"="+f.Title:
		return true
	case value == string(mapping.Rating)+"="+l.sides[i].conv.Rating, value == string(mapping.Backlink)+"="+l.sides[i].conv.Backlink:
		return true
	}
	for _, t := range f.Tags {
		if value == string(mapping.Tags)+"=+"+t {
			return true
		}
	}
	return false
}

// resolveOpening searches the customer's conversations for the one that we may have opened.
func (l *look) resolveOpening(ctx context.Context, to int, in state.Intent) (bool, error) {
	if !l.ledger.Meta.Twin.IsZero() {
		return true, nil
	}
	dst, src := l.sides[to], l.sides[1-to]
	if src.conv == nil && (!l.ledger.Desks[src.desk].Gone || in.Contact.ID == "") {
		return false, nil
	}
	candidates, err := l.openings(to, in)
	if err != nil {
		return false, l.unread(ctx, err, to)
	}
	for _, ref := range candidates {
		other, err := l.ledgerOf(ctx, ref)
		if err != nil {
			return false, err
		}
		if other != nil && !other.Meta.Twin.IsZero() {
			continue
		}
		c, err := dst.side.Source.Read(l.calls, ref.ID)
		if api.IsNotFound(err) {
			if err := l.unfound(ctx, to); err != nil {
				return false, err
			}
			continue
		}
		if err != nil {
			return false, l.unread(ctx, err, to)
		}
		if named := l.namedIn(c); !named.IsZero() && named != l.ledger.Meta.Origin || !l.opened(to, in, c) || !l.follows(to, in, c.Entries[0]) {
			continue // the copy of another one, or nobody's
		}
		m := l.ledger.Meta
		m.Twin, m.Opened = ref, in.Entries[0]
		l.ledger.SetMeta(m)
		if err := l.commit(ctx); err != nil {
			return false, err
		}
		return true, l.adoptTwin(ctx, to, ref)
	}
	return false, nil
}

func (l *look) adoptTwin(ctx context.Context, to int, ref mapping.Ref) error {
	if err := l.readSide(ctx, to, ref); err != nil {
		return err
	}
	l.recogniseCustomers()
	return l.adoptAll(ctx)
}

// opened reports whether a conversation is the one that an intent was to open.
func (l *look) opened(to int, in state.Intent, c mapping.Conversation) bool {
	if len(c.Entries) == 0 || !c.Entries[0].Opening || textPrint(true, true, c.Entries[0].Body) != in.Print {
		return false
	}
	at, v := c.Entries[0].At, l.sides[to].seenAt(c)
	return v.near(at, in) || !in.Chosen.IsZero() && at.Unix() == in.Chosen.Unix()
}
