package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// Load implements state.Store.
func (s *Store) Load(ctx context.Context, p state.Pair) (state.Records, error) {
	r := state.Records{}
	err := s.rows(ctx, func(rows *sql.Rows) error {
		var key string
		var value []byte
		err := rows.Scan(&key, &value)
		r[key] = filled(value)
		return err
	}, `SELECT key, value FROM record WHERE name = ? AND pair = ?`, s.name, string(p))
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", p, err)
	}
	return r, nil
}

// Commit implements state.Store. All of the step is one transaction, index and agenda too.
func (s *Store) Commit(ctx context.Context, l state.Lease, p state.Pair, c state.Change) error {
	doing := "commit " + string(p)
	if l.Name != string(p) {
		return fmt.Errorf("%s under lease %s: %w", doing, l.Name, state.ErrLost)
	}
	return s.write(ctx, doing, func(tx *sql.Tx) error {
		if err := s.holds(ctx, tx, l, time.Now()); err != nil {
			return err
		}
		for _, key := range c.Del {
			if _, err := tx.ExecContext(ctx, `DELETE FROM record WHERE name = ? AND pair = ? AND key = ?`, s.name, string(p), key); err != nil {
				return err
			}
		}
		for key, value := range c.Put {
			if _, err := tx.ExecContext(ctx, `INSERT INTO record (name, pair, key, value) VALUES (?, ?, ?, ?)
				ON CONFLICT DO UPDATE SET value = excluded.value`, s.name, string(p), key, filled(value)); err != nil {
				return err
			}
		}
		for _, ref := range c.Index {
			if _, err := tx.ExecContext(ctx, `INSERT INTO conversation (name, ref, pair) VALUES (?, ?, ?)
				ON CONFLICT DO UPDATE SET pair = excluded.pair`, s.name, ref.String(), string(p)); err != nil {
				return err
			}
		}
		return s.setAgenda(ctx, tx, p, c)
	})
}

func (s *Store) setAgenda(ctx context.Context, tx *sql.Tx, p state.Pair, c state.Change) error {
	if c.Done {
		_, err := tx.ExecContext(ctx, `DELETE FROM agenda WHERE name = ? AND pair = ?`, s.name, string(p))
		return err
	}
	if c.Agenda == nil {
		return nil
	}
	item := *c.Agenda
	item.Pair = p
	return s.putItem(ctx, tx, item)
}

func (s *Store) putItem(ctx context.Context, tx *sql.Tx, item state.Item) error {
	text, err := json.Marshal(item)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO agenda (name, pair, item) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET item = excluded.item`, s.name, string(item.Pair), string(text))
	return err
}

// Resolve implements state.Store. A conversation that has records of its own is an origin, whatever the index says.
func (s *Store) Resolve(ctx context.Context, r mapping.Ref) (state.Pair, bool, error) {
	var p string
	err := s.reader.QueryRowContext(ctx, `
		SELECT ?2 WHERE EXISTS (SELECT 1 FROM record WHERE name = ?1 AND pair = ?2)
		UNION ALL SELECT pair FROM conversation WHERE name = ?1 AND ref = ?2
		LIMIT 1`, s.name, r.String()).Scan(&p)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("find the pair of %s: %w", r, plain(err))
	}
	return state.Pair(p), true, nil
}

// Agenda implements state.Store. Items of the same time come in the order of their names.
func (s *Store) Agenda(ctx context.Context) ([]state.Item, error) {
	var items []state.Item
	err := s.rows(ctx, func(rows *sql.Rows) error {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		var item state.Item
		if err := json.Unmarshal([]byte(text), &item); err != nil {
			return err
		}
		items = append(items, item)
		return nil
	}, `SELECT item FROM agenda WHERE name = ?`, s.name)
	if err != nil {
		return nil, fmt.Errorf("read the agenda: %w", err)
	}
	slices.SortFunc(items, func(a, b state.Item) int {
		if n := a.RetryAt.Compare(b.RetryAt); n != 0 {
			return n
		}
		return strings.Compare(string(a.Pair), string(b.Pair))
	})
	return items, nil
}

// Reschedule implements state.Store.
func (s *Store) Reschedule(ctx context.Context, p state.Pair, at time.Time) (bool, error) {
	found := false
	err := s.write(ctx, "reschedule "+string(p), func(tx *sql.Tx) error {
		var text string
		err := tx.QueryRowContext(ctx, `SELECT item FROM agenda WHERE name = ? AND pair = ?`, s.name, string(p)).Scan(&text)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		var item state.Item
		if err := json.Unmarshal([]byte(text), &item); err != nil {
			return err
		}
		found = true
		item.RetryAt = at
		return s.putItem(ctx, tx, item)
	})
	return found && err == nil, err
}

// Forget implements state.Store, in one transaction.
func (s *Store) Forget(ctx context.Context, l state.Lease) error {
	return s.write(ctx, "forget all pairs", func(tx *sql.Tx) error {
		if err := s.holds(ctx, tx, l, time.Now()); err != nil {
			return err
		}
		for _, table := range []string{"record", "conversation", "agenda"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE name = ?`, s.name); err != nil { //nolint:gosec // one of three words
				return err
			}
		}
		return nil
	})
}

// Pairs implements state.Store. The names come sorted; yield may use the store.
func (s *Store) Pairs(ctx context.Context, yield func(state.Pair) error) error {
	last := ""
	for {
		var names []string
		err := s.rows(ctx, func(rows *sql.Rows) error {
			var p string
			err := rows.Scan(&p)
			names = append(names, p)
			return err
		}, `SELECT DISTINCT pair FROM record WHERE name = ? AND pair > ? ORDER BY pair LIMIT ?`, s.name, last, page)
		if err != nil {
			return fmt.Errorf("list pairs: %w", err)
		}
		for _, p := range names {
			if err := yield(state.Pair(p)); err != nil {
				return err
			}
		}
		if len(names) < page {
			return nil
		}
		last = names[len(names)-1]
	}
}

// rows feeds every row of a query to scan and gives the connection back.
func (s *Store) rows(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return plain(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return plain(err)
		}
	}
	return plain(rows.Err())
}

// filled keeps an empty value apart from none: nil would be stored as NULL.
func filled(value []byte) []byte {
	if value == nil {
		return []byte{}
	}
	return value
}
