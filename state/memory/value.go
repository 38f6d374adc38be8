package memory

import (
	"context"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/state"
)

// Get implements state.Store.
func (s *Store) Get(ctx context.Context, key string) ([]byte, bool, error) {
	c, err := s.read(ctx, "get "+key)
	value, ok := c.values.get(key)
	if err != nil || !ok {
		return nil, false, err
	}
	return []byte(value), true, nil
}

// Put implements state.Store. Any lease will do, a pair's too.
func (s *Store) Put(ctx context.Context, l state.Lease, key string, value []byte) error {
	doing := "put " + key
	apart := s.disk.manner.Parted && strings.Contains(l.Name, ":") // a pair's, which Redis may keep on another machine
	if apart {
		if err := s.check(ctx, doing, l); err != nil {
			return err
		}
	}
	return s.write(ctx, doing, func(c *contents, now time.Time) error {
		if !apart {
			if _, err := c.own(l, now); err != nil {
				return err
			}
		}
		c.values = c.values.with(key, string(value))
		return nil
	})
}

// List implements state.Store. It lists what was there when it began, sorted by the keys' bytes; yield may use the
// store.
func (s *Store) List(ctx context.Context, prefix string, yield func(key string, value []byte) error) error {
	c, err := s.read(ctx, "list "+prefix)
	if err != nil {
		return err
	}
	for key, value := range c.values.from(prefix) {
		if !strings.HasPrefix(key, prefix) {
			return nil
		}
		if err := yield(key, []byte(value)); err != nil {
			return err
		}
	}
	return nil
}
