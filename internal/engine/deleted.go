package engine

import (
	"context"
	"slices"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
)

// deletedCopy gives the copy that the origin's own entries name and that its desk does not find: somebody deleted it, and
// the store has forgotten that. As the twin it is read again until it counts as gone, and is not opened a second time. Of a
// copy in which nobody of its desk has spoken the origin tells nothing.
func (l *look) deletedCopy(ctx context.Context) (mapping.Ref, error) {
	from := l.origin()
	if _, merged := lastMerge(*l.sides[from].conv); merged { // what it names may be another one's copy
		return mapping.Ref{}, nil
	}
	for _, ref := range l.heardFrom(*l.sides[from].conv) {
		other, err := l.ledgerOf(ctx, ref)
		if err != nil {
			return mapping.Ref{}, err
		}
		if other != nil && !other.Meta.Twin.IsZero() {
			continue // it belongs to another pair with two sides
		}
		_, err = l.sides[1-from].side.Source.Read(l.calls, ref.ID)
		if api.IsNotFound(err) {
			return ref, nil
		}
		if err != nil {
			return mapping.Ref{}, err
		}
	}
	return mapping.Ref{}, nil
}

// heardFrom are the conversations of the other desk from which entries of c were copied, as markers tell and notes that a
// program wrote, in their order.
func (l *look) heardFrom(c mapping.Conversation) (all []mapping.Ref) {
	for _, e := range c.Entries {
		var from mapping.Ref
		if m, ok := mapping.ParseMarker(l.opts.Name, e.Marker); ok && e.Made != mapping.ByHuman {
			from = m.Source
		} else if t, ok := mapping.FindToken(e.Body.Text()); ok && e.Kind == mapping.Note && e.Made == mapping.ByAPI && t.Pair == l.opts.Name {
			from = t.Source
		}
		if !from.IsZero() && from.Desk != c.Desk && !slices.Contains(all, from) {
			all = append(all, from)
		}
	}
	return all
}
