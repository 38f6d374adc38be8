package engine

import (
	"context"
	"slices"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
)

// said names what somebody said, whenever it was.
type said struct {
	by    mapping.PersonID
	words mapping.Print
	files string // their names: many a message has no words
}

func saidIn(e mapping.Entry) said {
	s := said{by: e.Author.ID, words: textPrint(ownWords(e), true, e.Body)}
	for _, f := range e.Files {
		s.files += f.Name + "\n"
	}
	return s
}

// unmerge finds what stands in a conversation only because another one of the same customer was merged into it: some desks
// may copy the messages. It reached the customer where it was said. Other conversations are read when there is a reply
// to carry in a pair with a merge, and only then.
func (l *look) unmerge(ctx context.Context) error {
	if !slices.ContainsFunc([]int{0, 1}, l.repliesToCarry) {
		return nil
	}
	for i := range l.sides {
		v, other := &l.sides[i], l.sides[1-i]
		if v.conv == nil || other.conv == nil || v.merged != nil {
			continue
		}
		merge, ok := lastMerge(*v.conv)
		if !ok {
			continue
		}
		elsewhere, err := l.saidElsewhere(ctx, *v, other.conv.Customer)
		if err != nil {
			return err
		}
		v.merged = map[mapping.EntryID]bool{}
		for _, e := range v.conv.Entries {
			first, found := elsewhere[saidIn(e)]
			v.merged[e.ID] = found && !e.Opening && !e.At.After(merge.At) && !first.At.After(e.At)
		}
	}
	return nil
}

// repliesToCarry reports whether a side has an agent's reply that was not carried.
func (l *look) repliesToCarry(i int) bool {
	return slices.ContainsFunc(l.natives(i), func(e mapping.Entry) bool {
		r, known := l.record(i, e.ID)
		return e.Kind == mapping.Message && e.Author.Role == mapping.Agent && !(known && r.Complete())
	})
}

func lastMerge(c mapping.Conversation) (merge mapping.Entry, ok bool) {
	for _, e := range slices.Backward(c.Entries) {
		if e.Skip == mapping.SkipMerge {
			return e, true
		}
	}
	return merge, false
}

// saidElsewhere gives the first entry of each kind of words that the customer's other conversations of a desk hold. c is
// the customer as the other desk knows them.
func (l *look) saidElsewhere(ctx context.Context, v sideView, c mapping.Contact) (map[said]mapping.Entry, error) {
	i := l.index(v.desk)
	found, err := v.side.Sink.Find(l.calls, l.sides[1-i].desk, c)
	if err != nil {
		return nil, l.unread(ctx, err, i)
	}
	elsewhere := map[said]mapping.Entry{}
	for _, ref := range found.Conversations {
		if ref == v.conv.Ref {
			continue
		}
		c, err := v.side.Source.Read(l.calls, ref.ID)
		if api.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, l.unread(ctx, err, i)
		}
		for _, e := range c.Entries {
			if e.Kind != mapping.Message || !e.HasText() {
				continue
			}
			if first, ok := elsewhere[saidIn(e)]; !ok || e.At.Before(first.At) {
				elsewhere[saidIn(e)] = e
			}
		}
	}
	return elsewhere, nil
}
