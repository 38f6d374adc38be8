// Package redis remembers in Redis, alone, behind Sentinel or as a cluster, for bridges on several machines.
package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/deskbridge/deskbridge/state"
)

// Store is a state.Store in Redis.
//
// Every key of a pair has the hash tag {<name>:<pair>}, so that one script can compare the lease and do the step; every
// key that belongs to no pair has the tag {<name>}. The two groups can be on different machines. A Commit therefore
// writes index and agenda first and takes an item off the agenda last: what a crash leaves is a look too many.
type Store struct {
	client    redis.UniversalClient
	name      string
	where     string // for messages: the address without credentials
	failsOver bool
}

var (
	_ state.Store  = (*Store)(nil)
	_ state.Shared = (*Store)(nil)
)

const (
	// openWithin bounds Open; callWithin every other call, with its repetitions.
	openWithin = 5 * time.Second
	callWithin = 10 * time.Second
	// page is how many names are read at once.
	page = 500
	// layout is the version of the keys and of what they hold.
	layout = 1
)

// silence: the client tells of failed connections on stderr by itself. Every one of them is also an error of a call.
var silence = sync.OnceFunc(logging.Disable)

// Open opens the store of a configuration; name must not contain ':', '{' or '}'. The URL is one of
//
//	redis://[user:password@]host[:port][/db]              rediss:// with TLS
//	redis+sentinel://[user:password@]host[:port],…/master[?db=0]
//	redis+cluster://[user:password@]host[:port],…         rediss+sentinel and rediss+cluster with TLS
//	unix://[user:password@]/path/of/socket[?db=0]
//
// A Redis that does not answer fails within about 5 s. No error repeats the URL's credentials.
func Open(ctx context.Context, url, name string) (*Store, error) {
	return open(ctx, url, name, (*Store).layOut)
}

// OpenReadOnly opens the store for who only reads, beside whoever writes it. Nothing is written, so that an account of
// Redis that may only read will do; a store that does not exist yet is an empty one.
func OpenReadOnly(ctx context.Context, url, name string) (*Store, error) {
	return open(ctx, url, name, (*Store).checkLayout)
}

func open(ctx context.Context, url, name string, greet func(*Store, context.Context) error) (*Store, error) {
	if name == "" || strings.ContainsAny(name, ":{}") {
		return nil, fmt.Errorf("open the store: %q cannot be a name in Redis: it must not be empty nor contain ':', '{' or '}'", name)
	}
	to, err := parse(url)
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	silence()
	s := &Store{client: to.connect(), name: name, where: to.String(), failsOver: to.kind != single}
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	if err := greet(s, ctx); err != nil {
		_ = s.client.Close()
		if late := net.Error(nil); errors.As(err, &late) && late.Timeout() {
			err = fmt.Errorf("no answer in time: %w", err)
		}
		return nil, fmt.Errorf("open the store: Redis at %s: %w", s.where, err)
	}
	return s, nil
}

// layOut proves that Redis answers and can be written, and that no later version has been at work.
func (s *Store) layOut(ctx context.Context) error {
	if err := s.client.SetNX(ctx, s.key("layout"), layout, 0).Err(); err != nil {
		return err
	}
	return s.checkLayout(ctx)
}

// checkLayout proves that Redis answers, and that no later version has been at work.
func (s *Store) checkLayout(ctx context.Context) error {
	have, err := s.client.Get(ctx, s.key("layout")).Result()
	if errors.Is(err, redis.Nil) {
		return nil // nothing has been at work
	}
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(have); err != nil || n > layout {
		return fmt.Errorf("the store was written by a newer deskbridge (layout %s, this one knows %d)", have, layout)
	}
	return nil
}

// Durable tells whether Redis syncs its log before it answers, and throws nothing away when memory runs short. It is
// false behind Sentinel and in a cluster, because a replica that takes over may not have the last commits, and where
// the server does not show its settings.
func (s *Store) Durable(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	if s.failsOver {
		return false
	}
	is := func(setting string, good ...string) bool {
		got, err := s.client.ConfigGet(ctx, setting).Result()
		if err != nil {
			return false
		}
		for _, g := range good {
			if got[setting] == g {
				return true
			}
		}
		return false
	}
	return is("appendonly", "yes") && is("appendfsync", "always") && is("no-appendfsync-on-rewrite", "no") &&
		(is("maxmemory", "0") || is("maxmemory-policy", "noeviction", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"))
}

// Close gives the connections back. Leases that are held stay held until their ttl, or until the process ends.
func (s *Store) Close() error { return s.client.Close() }

// key names what belongs to no pair.
func (s *Store) key(what string) string { return "db1:{" + s.name + "}:" + what }

// pairKey names what belongs to a pair.
func (s *Store) pairKey(p state.Pair, what string) string {
	return "db1:{" + s.name + ":" + string(p) + "}:" + what
}

// isPair reports whether a lease is a pair's: only their names are references, "desk:id".
func isPair(lease string) bool { return strings.Contains(lease, ":") }

// leaseKeys are the keys of a lease and of its fence.
func (s *Store) leaseKeys(name string) (lease, fence string) {
	if isPair(name) {
		return s.pairKey(state.Pair(name), "lease"), s.pairKey(state.Pair(name), "fence")
	}
	return s.key("lease:" + name), s.key("fence:" + name)
}

// failed says what was being done, and where.
func (s *Store) failed(doing string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, state.ErrLost) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: Redis at %s: %w", doing, s.where, err)
}
