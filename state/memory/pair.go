package memory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// Load implements state.Store.
func (s *Store) Load(ctx context.Context, p state.Pair) (state.Records, error) {
	c, err := s.read(ctx, "load "+string(p))
	if err != nil {
		return nil, err
	}
	records, _ := c.records.get(string(p))
	count, size := 0, 0
	for _, value := range records.from("") {
		count, size = count+1, size+len(value)
	}
	r, all := make(state.Records, count), make([]byte, 0, size) // one piece of memory for all values
	for key, value := range records.from("") {
		begin := len(all)
		all = append(all, value...)
		r[key] = all[begin:len(all):len(all)]
	}
	return r, nil
}

// Commit implements state.Store. All of the step is one write, unless the disk is Parted.
func (s *Store) Commit(ctx context.Context, l state.Lease, p state.Pair, ch state.Change) error {
	doing := "commit " + string(p)
	if l.Name != string(p) {
		return fmt.Errorf("%s under lease %s: %w", doing, l.Name, state.ErrLost)
	}
	if s.disk.manner.Parted {
		return s.commitParted(ctx, doing, l, p, ch)
	}
	return s.write(ctx, doing, func(c *contents, now time.Time) error {
		if _, err := c.own(l, now); err != nil {
			return err
		}
		c.announce(p, ch)
		c.step(p, ch)
		if ch.Done {
			c.agenda = c.agenda.without(string(p))
		}
		return nil
	})
}

// commitParted does a step as state/redis does: what must not be later than the records first, what must not be
// earlier last.
func (s *Store) commitParted(ctx context.Context, doing string, l state.Lease, p state.Pair, ch state.Change) error {
	var done *state.Item // the item that this step is to take off
	if ch.Done {
		c, err := s.read(ctx, doing+": its item")
		if err != nil {
			return err
		}
		done, _ = c.agenda.get(string(p))
	}
	if len(ch.Index) > 0 || ch.Agenda != nil && !ch.Done {
		if err := s.check(ctx, doing, l); err != nil {
			return err
		}
		if err := s.write(ctx, doing+": index and item", func(c *contents, _ time.Time) error {
			c.announce(p, ch)
			return nil
		}); err != nil {
			return err
		}
	}
	if err := s.write(ctx, doing, func(c *contents, now time.Time) error {
		_, err := c.own(l, now)
		if err == nil {
			c.step(p, ch)
		}
		return err
	}); err != nil || done == nil {
		return err
	}
	return s.write(ctx, doing+": item done", func(c *contents, _ time.Time) error {
		if now, ok := c.agenda.get(string(p)); ok && *now == *done { // else it is another step's
			c.agenda = c.agenda.without(string(p))
		}
		return nil
	})
}

// announce stores by what the pair is found.
func (c *contents) announce(p state.Pair, ch state.Change) {
	for _, ref := range ch.Index {
		c.index = c.index.with(ref.String(), p)
	}
	if ch.Agenda != nil && !ch.Done {
		item := *ch.Agenda
		item.Pair = p
		c.put(item)
	}
}

// put stores an item, its times to be read as the other stores read them.
func (c *contents) put(item state.Item) {
	item.Since, item.RetryAt = item.Since.Round(0).UTC(), item.RetryAt.Round(0).UTC()
	c.agenda = c.agenda.with(string(item.Pair), &item)
}

// step changes the records.
func (c *contents) step(p state.Pair, ch state.Change) {
	had, _ := c.records.get(string(p))
	records := had
	for _, key := range ch.Del {
		records = records.without(key)
	}
	for key, value := range ch.Put {
		records = records.with(key, string(value))
	}
	switch {
	case records == had:
	case records.root == nil:
		c.records = c.records.without(string(p))
	default:
		c.records = c.records.with(string(p), records)
	}
}

// Resolve implements state.Store. A conversation that has records of its own is an origin, whatever the index says.
func (s *Store) Resolve(ctx context.Context, r mapping.Ref) (state.Pair, bool, error) {
	own := state.PairOf(r)
	c, err := s.read(ctx, "find the pair of "+string(own))
	if err != nil {
		return "", false, err
	}
	if _, ok := c.records.get(string(own)); ok {
		return own, true, nil
	}
	p, ok := c.index.get(string(own))
	return p, ok, nil
}

// Agenda implements state.Store. Items of the same time come in the order of their names.
func (s *Store) Agenda(ctx context.Context) ([]state.Item, error) {
	c, err := s.read(ctx, "read the agenda")
	var items []state.Item
	for _, item := range c.agenda.from("") {
		items = append(items, *item)
	}
	slices.SortStableFunc(items, func(a, b state.Item) int { return a.RetryAt.Compare(b.RetryAt) })
	return items, err
}

// Reschedule implements state.Store.
func (s *Store) Reschedule(ctx context.Context, p state.Pair, at time.Time) (bool, error) {
	found := false
	err := s.write(ctx, "reschedule "+string(p), func(c *contents, _ time.Time) error {
		old, ok := c.agenda.get(string(p))
		if found = ok; ok {
			item := *old
			item.RetryAt = at
			c.put(item)
		}
		return nil
	})
	return found, err
}

// Forget implements state.Store, in one write. On a Parted disk it is one write a pair, and one for index and agenda.
func (s *Store) Forget(ctx context.Context, l state.Lease) error {
	const doing = "forget all pairs"
	if !s.disk.manner.Parted {
		return s.write(ctx, doing, func(c *contents, now time.Time) error {
			_, err := c.own(l, now)
			if err == nil {
				*c = contents{leases: c.leases, values: c.values}
			}
			return err
		})
	}
	if err := s.check(ctx, doing, l); err != nil {
		return err
	}
	if err := s.Pairs(ctx, func(p state.Pair) error {
		return s.write(ctx, doing+": "+string(p), func(c *contents, _ time.Time) error {
			c.records = c.records.without(string(p))
			return nil
		})
	}); err != nil {
		return err
	}
	return s.write(ctx, doing+": index and agenda", func(c *contents, _ time.Time) error {
		*c = contents{leases: c.leases, values: c.values, records: c.records}
		return nil
	})
}

// Pairs implements state.Store. It lists those that were there when it began, sorted; yield may use the store.
func (s *Store) Pairs(ctx context.Context, yield func(state.Pair) error) error {
	c, err := s.read(ctx, "list pairs")
	if err != nil {
		return err
	}
	for p := range c.records.from("") {
		if err := yield(state.Pair(p)); err != nil {
			return err
		}
	}
	return nil
}
