package redis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// Load implements state.Store.
func (s *Store) Load(ctx context.Context, p state.Pair) (state.Records, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	got, err := s.client.HGetAll(ctx, s.pairKey(p, "records")).Result()
	if err != nil {
		return nil, s.failed("load "+string(p), err)
	}
	r := make(state.Records, len(got))
	for key, value := range got {
		r[key] = []byte(value)
	}
	return r, nil
}

// Commit implements state.Store. Only the records change in the moment that the lease is compared.
func (s *Store) Commit(ctx context.Context, l state.Lease, p state.Pair, c state.Change) error {
	doing := "commit " + string(p)
	if l.Name != string(p) {
		return fmt.Errorf("%s under lease %s: %w", doing, l.Name, state.ErrLost)
	}
	var done string // the item that this step is to take off
	if c.Done {
		var err error
		if done, err = s.item(ctx, p); err != nil {
			return s.failed(doing, err)
		}
	}
	announced := len(c.Index) > 0 || c.Agenda != nil && !c.Done
	if announced {
		if err := s.announce(ctx, l, p, c); err != nil {
			return s.failed(doing, err)
		}
	}
	known, err := s.step(ctx, l, p, c, announced)
	if err == nil && !known {
		if err = s.announce(ctx, l, p, c); err == nil {
			_, err = s.step(ctx, l, p, c, true)
		}
	}
	if err == nil && done != "" {
		_, err = s.swap(ctx, p, done, "")
	}
	return s.failed(doing, err)
}

// announce stores what must not be later than the step: that there is such a pair, its index, its agenda item. A lease
// that is lost by then stops it; one that is lost just after it leaves an item too many, and nothing else.
func (s *Store) announce(ctx context.Context, l state.Lease, p state.Pair, c state.Change) error {
	lease, _ := s.leaseKeys(l.Name)
	if _, err := s.guarded(ctx, check, l, []string{lease}); err != nil {
		return err
	}
	item := ""
	if c.Agenda != nil && !c.Done {
		i := *c.Agenda
		i.Pair = p
		text, err := json.Marshal(i)
		if err != nil {
			return err
		}
		item = string(text)
	}
	args := []any{string(p), item}
	for _, ref := range c.Index {
		args = append(args, ref.String())
	}
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	return announce.Run(ctx, s.client, []string{s.key("pairs"), s.key("index"), s.key("agenda")}, args...).Err()
}

// step changes the records. known is false, and nothing is done, when the pair has to be announced first.
func (s *Store) step(ctx context.Context, l state.Lease, p state.Pair, c state.Change, announced bool) (known bool, err error) {
	flag := "0"
	if announced {
		flag = "1"
	}
	args := []any{flag, len(c.Del)}
	for _, key := range c.Del {
		args = append(args, key)
	}
	for key, value := range c.Put {
		args = append(args, key, value)
	}
	lease, _ := s.leaseKeys(l.Name)
	answer, err := s.guarded(ctx, commit, l, []string{lease, s.pairKey(p, "records")}, args...)
	return answer != "new", err
}

// Resolve implements state.Store. A conversation that has records of its own is an origin, whatever the index says.
func (s *Store) Resolve(ctx context.Context, r mapping.Ref) (state.Pair, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	own := state.Pair(r.String())
	var origin *redis.IntCmd
	var indexed *redis.StringCmd
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		origin = pipe.Exists(ctx, s.pairKey(own, "records"))
		indexed = pipe.HGet(ctx, s.key("index"), r.String())
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", false, s.failed("find the pair of "+r.String(), err)
	}
	if origin.Val() > 0 {
		return own, true, nil
	}
	return state.Pair(indexed.Val()), indexed.Err() == nil, nil
}

// Agenda implements state.Store. Items of the same time come in the order of their names.
func (s *Store) Agenda(ctx context.Context) ([]state.Item, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	got, err := s.client.HVals(ctx, s.key("agenda")).Result()
	if err != nil {
		return nil, s.failed("read the agenda", err)
	}
	var items []state.Item
	for _, text := range got {
		var item state.Item
		if err := json.Unmarshal([]byte(text), &item); err != nil {
			return nil, s.failed("read the agenda", err)
		}
		items = append(items, item)
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
	doing := "reschedule " + string(p)
	for {
		old, err := s.item(ctx, p)
		if err != nil || old == "" {
			return false, s.failed(doing, err)
		}
		var item state.Item
		if err := json.Unmarshal([]byte(old), &item); err != nil {
			return false, s.failed(doing, err)
		}
		item.RetryAt = at
		text, err := json.Marshal(item)
		if err != nil {
			return false, s.failed(doing, err)
		}
		moved, err := s.swap(ctx, p, old, string(text))
		if err != nil || moved {
			return moved, s.failed(doing, err)
		}
	}
}

// item reads a pair's agenda item as it is stored, "" when there is none.
func (s *Store) item(ctx context.Context, p state.Pair) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	text, err := s.client.HGet(ctx, s.key("agenda"), string(p)).Result()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	return text, err
}

// swap replaces a pair's agenda item, or removes it when replacement is "", unless it has changed meanwhile.
func (s *Store) swap(ctx context.Context, p state.Pair, old, replacement string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	answer, err := swap.Run(ctx, s.client, []string{s.key("agenda")}, string(p), old, replacement).Text()
	return answer == "ok", err
}

// Forget implements state.Store, pair by pair. The lease is compared before each lot.
func (s *Store) Forget(ctx context.Context, l state.Lease) error {
	const doing = "forget all pairs"
	lease, _ := s.leaseKeys(l.Name)
	var cursor uint64
	for {
		if _, err := s.guarded(ctx, check, l, []string{lease}); err != nil {
			return s.failed(doing, err)
		}
		next, err := s.forgetSome(ctx, cursor)
		if err != nil {
			return s.failed(doing, err)
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	if _, err := s.guarded(ctx, check, l, []string{lease}); err != nil {
		return s.failed(doing, err)
	}
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	return s.failed(doing, s.client.Del(ctx, s.key("index"), s.key("agenda"), s.key("pairs")).Err())
}

// forgetSome takes away the records of some pairs.
func (s *Store) forgetSome(ctx context.Context, cursor uint64) (next uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	names, next, err := s.client.SScan(ctx, s.key("pairs"), cursor, "", page).Result()
	if err != nil || len(names) == 0 {
		return next, err
	}
	_, err = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, p := range names {
			pipe.Unlink(ctx, s.pairKey(state.Pair(p), "records"))
		}
		return nil
	})
	return next, err
}

// Pairs implements state.Store. yield may use the store.
func (s *Store) Pairs(ctx context.Context, yield func(state.Pair) error) error {
	seen := map[string]bool{} // a scan may give a name twice
	var cursor uint64
	for {
		names, next, err := s.scanPairs(ctx, cursor)
		if err != nil {
			return s.failed("list pairs", err)
		}
		for _, p := range names {
			if seen[p] {
				continue
			}
			seen[p] = true
			if err := yield(state.Pair(p)); err != nil {
				return err
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// scanPairs reads some names, without those that were announced but have no records.
func (s *Store) scanPairs(ctx context.Context, cursor uint64) ([]string, uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	names, next, err := s.client.SScan(ctx, s.key("pairs"), cursor, "", page).Result()
	if err != nil || len(names) == 0 {
		return nil, next, err
	}
	there := make([]*redis.IntCmd, len(names))
	_, err = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, p := range names {
			there[i] = pipe.Exists(ctx, s.pairKey(state.Pair(p), "records"))
		}
		return nil
	})
	var have []string
	for i, p := range names {
		if there[i].Val() > 0 {
			have = append(have, p)
		}
	}
	return have, next, err
}
