package memory

import (
	"hash/maphash"
	"iter"
)

// tree is a sorted map that never changes: with and without give a new one, which shares all of the old one but the
// way to the key. So keeping every version costs a few nodes each. Trees that share their root are the same. The zero
// value is empty.
type tree[V any] struct{ root *node[V] }

// node is one of a treap: sorted by key from left to right, by weight from the bottom to the top.
type node[V any] struct {
	key         string
	weight      uint64
	value       V
	left, right *node[V]
}

var seed = maphash.MakeSeed() // no order that can be seen depends on it

func (t tree[V]) get(key string) (V, bool) {
	n := t.root
	for n != nil && n.key != key {
		if key < n.key {
			n = n.left
		} else {
			n = n.right
		}
	}
	if n == nil {
		var none V
		return none, false
	}
	return n.value, true
}

func (t tree[V]) with(key string, value V) tree[V] {
	return tree[V]{t.root.insert(&node[V]{key: key, weight: maphash.String(seed, key), value: value})}
}

func (t tree[V]) without(key string) tree[V] {
	if _, ok := t.get(key); !ok {
		return t
	}
	return tree[V]{t.root.remove(key)}
}

// from yields what is at key and after it, in the order of the keys' bytes.
func (t tree[V]) from(key string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) { t.root.walk(key, yield) }
}

func (n *node[V]) insert(fresh *node[V]) *node[V] {
	switch {
	case n == nil:
		return fresh
	case fresh.key == n.key:
		fresh.left, fresh.right = n.left, n.right
		return fresh
	case fresh.weight > n.weight: // then its key is not below n
		fresh.left, fresh.right = n.split(fresh.key)
		return fresh
	}
	c := *n
	if fresh.key < n.key {
		c.left = n.left.insert(fresh)
	} else {
		c.right = n.right.insert(fresh)
	}
	return &c
}

// split parts what is before a key, that is not there, from what is after it.
func (n *node[V]) split(key string) (before, after *node[V]) {
	if n == nil {
		return nil, nil
	}
	c := *n
	if key < n.key {
		before, c.left = n.left.split(key)
		return before, &c
	}
	c.right, after = n.right.split(key)
	return &c, after
}

// remove takes out a key that is there.
func (n *node[V]) remove(key string) *node[V] {
	if n.key == key {
		return join(n.left, n.right)
	}
	c := *n
	if key < n.key {
		c.left = n.left.remove(key)
	} else {
		c.right = n.right.remove(key)
	}
	return &c
}

// join is split undone.
func join[V any](before, after *node[V]) *node[V] {
	switch {
	case before == nil:
		return after
	case after == nil:
		return before
	case before.weight > after.weight:
		c := *before
		c.right = join(before.right, after)
		return &c
	}
	c := *after
	c.left = join(before, after.left)
	return &c
}

func (n *node[V]) walk(from string, yield func(string, V) bool) bool {
	if n == nil {
		return true
	}
	if n.key >= from && (!n.left.walk(from, yield) || !yield(n.key, n.value)) {
		return false
	}
	return n.right.walk(from, yield)
}
