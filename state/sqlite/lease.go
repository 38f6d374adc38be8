package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/internal/holder"
)

// Acquire implements state.Store. Leases run by the wall clock of the host.
func (s *Store) Acquire(ctx context.Context, name string, ttl time.Duration) (state.Lease, error) {
	if ttl < time.Millisecond {
		return state.Lease{}, fmt.Errorf("take lease %s: a ttl of %s is too short", name, ttl)
	}
	me := holder.New()
	text, err := json.Marshal(me)
	if err != nil {
		return state.Lease{}, fmt.Errorf("take lease %s: %w", name, err)
	}
	l := state.Lease{Name: name, Token: me.Token, TTL: ttl}
	var other *state.HeldError
	err = s.write(ctx, "take lease "+name, func(tx *sql.Tx) error {
		now := time.Now() // only now has every other writer finished
		l.Expires = now.Add(ttl)
		var err error
		if other, err = s.held(ctx, tx, name, now); err != nil || other != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `
			INSERT INTO lease (name, lease, token, fence, holder, ttl_ms, expires_ms) VALUES (?, ?, ?, 1, ?, ?, ?)
			ON CONFLICT DO UPDATE SET token = excluded.token, fence = fence + 1, holder = excluded.holder,
			  ttl_ms = excluded.ttl_ms, expires_ms = excluded.expires_ms
			RETURNING fence`,
			s.name, name, me.Token, string(text), ttl.Milliseconds(), l.Expires.UnixMilli()).Scan(&l.Fence)
	})
	switch {
	case err != nil:
		return state.Lease{}, err
	case other != nil:
		return state.Lease{}, other
	}
	return l, nil
}

// held tells who has the lease, nil when it may be taken.
func (s *Store) held(ctx context.Context, tx *sql.Tx, name string, now time.Time) (*state.HeldError, error) {
	h, left, ttl, err := s.present(ctx, tx, name, now)
	if h == nil {
		return nil, err
	}
	if left > ttl {
		// The clock was put back. A dead holder must not be waited for longer than its ttl.
		_, err = tx.ExecContext(ctx, `UPDATE lease SET expires_ms = ? WHERE name = ? AND lease = ?`,
			now.UnixMilli()+ttl, s.name, name)
	}
	return &state.HeldError{Name: name, Holder: *h}, err
}

// present reads who has the lease, nil when it may be taken, with the milliseconds that are left and those of its ttl.
func (s *Store) present(ctx context.Context, from interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, name string, now time.Time) (h *state.Holder, left, ttl int64, err error) {
	var token, text string
	var expires int64
	err = from.QueryRowContext(ctx, `SELECT token, holder, ttl_ms, expires_ms FROM lease WHERE name = ? AND lease = ?`,
		s.name, name).Scan(&token, &text, &ttl, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, 0, nil
	}
	left = expires - now.UnixMilli()
	if err != nil || token == "" || left <= 0 {
		return nil, 0, 0, err
	}
	h = &state.Holder{}
	if err := json.Unmarshal([]byte(text), h); err != nil {
		return nil, 0, 0, fmt.Errorf("read its holder: %w", err)
	}
	if holder.Gone(*h) {
		return nil, 0, 0, nil
	}
	return h, left, ttl, nil
}

// Holder implements state.Watcher.
func (s *Store) Holder(ctx context.Context, name string) (*state.Holder, error) {
	h, _, _, err := s.present(ctx, s.reader, name, time.Now())
	if err != nil {
		return nil, fmt.Errorf("read lease %s: %w", name, plain(err))
	}
	return h, nil
}

// Renew implements state.Store.
func (s *Store) Renew(ctx context.Context, l state.Lease) (state.Lease, error) {
	err := s.write(ctx, "renew lease "+l.Name, func(tx *sql.Tx) error {
		now := time.Now()
		if err := s.holds(ctx, tx, l, now); err != nil {
			return err
		}
		l.Expires = now.Add(l.TTL)
		_, err := tx.ExecContext(ctx, `UPDATE lease SET ttl_ms = ?, expires_ms = ? WHERE name = ? AND lease = ?`,
			l.TTL.Milliseconds(), l.Expires.UnixMilli(), s.name, l.Name)
		return err
	})
	return l, err
}

// Release implements state.Store. The row stays, for its fence.
func (s *Store) Release(ctx context.Context, l state.Lease) error {
	return s.write(ctx, "give back lease "+l.Name, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE lease SET token = '', expires_ms = 0 WHERE name = ? AND lease = ? AND token = ?`,
			s.name, l.Name, l.Token)
		return err
	})
}

// holds is state.ErrLost unless the lease is ours and has not run out.
func (s *Store) holds(ctx context.Context, tx *sql.Tx, l state.Lease, now time.Time) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM lease WHERE name = ? AND lease = ? AND token = ? AND token <> '' AND expires_ms > ?`,
		s.name, l.Name, l.Token, now.UnixMilli()).Scan(&n)
	if err == nil && n == 0 {
		err = state.ErrLost
	}
	return err
}
