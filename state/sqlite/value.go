package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/state"
)

// Get implements state.Store.
func (s *Store) Get(ctx context.Context, key string) ([]byte, bool, error) {
	var value []byte
	err := s.reader.QueryRowContext(ctx, `SELECT value FROM value WHERE name = ? AND key = ?`, s.name, key).Scan(&value)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("get a value of %s: %w", kind(key), plain(err))
	}
	return filled(value), true, nil
}

// Put implements state.Store. Any lease will do, a pair's too.
func (s *Store) Put(ctx context.Context, l state.Lease, key string, value []byte) error {
	return s.write(ctx, "put a value of "+kind(key), func(tx *sql.Tx) error {
		if err := s.holds(ctx, tx, l, time.Now()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO value (name, key, value) VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET value = excluded.value`, s.name, key, filled(value))
		return err
	})
}

// Others implements state.Shared.
func (s *Store) Others(ctx context.Context, key string) (map[string][]byte, error) {
	found := map[string][]byte{}
	err := s.rows(ctx, func(rows *sql.Rows) error {
		var name string
		var value []byte
		err := rows.Scan(&name, &value)
		found[name] = filled(value)
		return err
	}, `SELECT name, value FROM value WHERE key = ? AND name <> ?`, key, s.name)
	if err != nil {
		return nil, fmt.Errorf("look for other names: %w", err)
	}
	return found, nil
}

// List implements state.Store. The keys come sorted by their bytes; yield may use the store.
func (s *Store) List(ctx context.Context, prefix string, yield func(key string, value []byte) error) error {
	type pair struct {
		key   string
		value []byte
	}
	from, op := prefix, ">="
	for {
		var got []pair
		err := s.rows(ctx, func(rows *sql.Rows) error {
			var p pair
			err := rows.Scan(&p.key, &p.value)
			got = append(got, p)
			return err
		}, `SELECT key, value FROM value WHERE name = ? AND key `+op+` ? ORDER BY key LIMIT ?`, s.name, from, page)
		if err != nil {
			return fmt.Errorf("list the values of %s: %w", kind(prefix), err)
		}
		for _, p := range got {
			if !strings.HasPrefix(p.key, prefix) {
				return nil
			}
			if err := yield(p.key, filled(p.value)); err != nil {
				return err
			}
		}
		if len(got) < page {
			return nil
		}
		from, op = got[len(got)-1].key, ">"
	}
}

// kind is what an error may tell of a key: its end can be an id that a customer chose, an address even.
func kind(key string) string {
	k, _, _ := strings.Cut(key, ":")
	return k
}
