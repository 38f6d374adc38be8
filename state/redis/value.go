package redis

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/deskbridge/deskbridge/state"
)

// Get implements state.Store.
func (s *Store) Get(ctx context.Context, key string) ([]byte, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	value, err := s.client.HGet(ctx, s.key("values"), key).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, s.failed("get a value of "+kindOf(key), err)
	}
	return value, true, nil
}

// Put implements state.Store. Under a pair's lease the lease is compared just before the value is written, not in the
// same moment, because the two may be on different machines.
func (s *Store) Put(ctx context.Context, l state.Lease, key string, value []byte) error {
	lease, _ := s.leaseKeys(l.Name)
	values, keys := s.key("values"), s.key("keys")
	var err error
	if !isPair(l.Name) {
		_, err = s.guarded(ctx, put, l, []string{lease, values, keys}, key, value)
	} else if _, err = s.guarded(ctx, check, l, []string{lease}); err == nil {
		ctx, cancel := context.WithTimeout(ctx, callWithin)
		defer cancel()
		_, err = s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.HSet(ctx, values, key, value)
			pipe.ZAdd(ctx, keys, redis.Z{Member: key})
			return nil
		})
	}
	return s.failed("put a value of "+kindOf(key), err)
}

// Others implements state.Shared. It scans the names of all keys of the server, or of each master of a cluster.
func (s *Store) Others(ctx context.Context, key string) (map[string][]byte, error) {
	found := map[string][]byte{}
	var one sync.Mutex // masters are asked side by side
	scan := func(ctx context.Context, c redis.Cmdable) error {
		var cursor uint64
		for {
			keys, next, err := scanSome(ctx, c, cursor)
			if err != nil {
				return err
			}
			one.Lock()
			for _, k := range keys {
				if name := strings.TrimSuffix(strings.TrimPrefix(k, "db1:{"), "}:values"); name != s.name && !strings.Contains(name, ":") {
					found[name] = nil
				}
			}
			one.Unlock()
			if cursor = next; cursor == 0 {
				return nil
			}
		}
	}
	var err error
	if c, ok := s.client.(*redis.ClusterClient); ok {
		err = c.ForEachMaster(ctx, func(ctx context.Context, m *redis.Client) error { return scan(ctx, m) })
	} else {
		err = scan(ctx, s.client)
	}
	if err != nil {
		return nil, s.failed("look for other names", err)
	}
	for name := range found {
		other := Store{client: s.client, name: name, where: s.where}
		value, ok, err := other.Get(ctx, key)
		if err != nil {
			return nil, err
		}
		if found[name] = value; !ok {
			delete(found, name)
		}
	}
	return found, nil
}

func scanSome(ctx context.Context, c redis.Cmdable, cursor uint64) ([]string, uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	return c.Scan(ctx, cursor, "db1:{*}:values", 10*page).Result()
}

// List implements state.Store. The keys come sorted by their bytes; yield may use the store.
func (s *Store) List(ctx context.Context, prefix string, yield func(key string, value []byte) error) error {
	from := "[" + prefix
	for {
		keys, values, err := s.listPage(ctx, from, "("+prefix+"\xff") // no text has this byte
		if err != nil {
			return s.failed("list the values of "+kindOf(prefix), err)
		}
		for i, key := range keys {
			value, ok := values[i].(string)
			if !ok {
				continue
			}
			if err := yield(key, []byte(value)); err != nil {
				return err
			}
		}
		if len(keys) < page {
			return nil
		}
		from = "(" + keys[len(keys)-1]
	}
}

func (s *Store) listPage(ctx context.Context, from, to string) ([]string, []any, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	keys, err := s.client.ZRangeByLex(ctx, s.key("keys"), &redis.ZRangeBy{Min: from, Max: to, Count: page}).Result()
	if err != nil || len(keys) == 0 {
		return nil, nil, err
	}
	values, err := s.client.HMGet(ctx, s.key("values"), keys...).Result()
	return keys, values, err
}

// kindOf is what an error may tell of a key: its end can be an id that a customer chose, an address even.
func kindOf(key string) string {
	k, _, _ := strings.Cut(key, ":")
	return k
}
