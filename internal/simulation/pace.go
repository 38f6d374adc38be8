package simulation

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// pace gives everything that happens a moment of its own. How long a call or a step of the store takes is drawn from
// the seed, from what it is and from how often the same was seen before; so two goroutines never wake at the same
// nanosecond, their order follows from the seed alone, and it is the same on any number of processors.
type pace struct {
	seed  uint64
	mu    sync.Mutex
	seen  map[uint64]uint64
	taken map[int64]bool
	lines map[uint64][]*turn
}

// turn is that of one of those who do the same at the same moment.
type turn struct {
	caller uint64
	draw   uint64
	drawn  bool
}

func newPace(seed uint64) *pace {
	return &pace{seed: seed, seen: map[uint64]uint64{}, taken: map[int64]bool{}, lines: map[uint64][]*turn{}}
}

// draw is the number that this occurrence of something draws.
func (p *pace) draw(what uint64) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next(what)
}

func (p *pace) next(what uint64) uint64 {
	n := p.seen[what]
	p.seen[what] = n + 1
	return mix(mix(p.seed+0x9e3779b97f4a7c15) ^ mix(what+n*0xd1b54a32d192ed03))
}

// queue notes who is about to draw.
func (p *pace) queue(what, caller uint64) *turn {
	p.mu.Lock()
	defer p.mu.Unlock()
	mine := &turn{caller: caller}
	p.lines[what] = append(p.lines[what], mine)
	return mine
}

// turn gives the number of one of the queue. The first who asks draws for all of them, in the order of their callers.
func (p *pace) turn(what uint64, mine *turn) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !mine.drawn {
		line := p.lines[what]
		delete(p.lines, what)
		slices.SortStableFunc(line, func(a, b *turn) int { return cmp.Compare(a.caller, b.caller) })
		for _, one := range line {
			one.draw, one.drawn = p.next(what), true
		}
	}
	return mine.draw
}

// moment books a nanosecond that nobody else has, at least so long after from and at most spread later. The span is
// wide against the number of those who draw at one moment, so that next to never one has to step aside.
func (p *pace) moment(from time.Time, draw uint64, least, spread time.Duration) time.Time {
	at := from.Add(least + time.Duration(draw%uint64(spread)))
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.taken[at.UnixNano()] {
		at = at.Add(1)
	}
	p.taken[at.UnixNano()] = true
	return at
}

// mix spreads the bits of a number (splitmix64).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// digest is a running hash of what something is (FNV-1a). It is the same in every process, other than that of maphash.
type digest uint64

func newDigest(kind string) digest { return digest(14695981039346656037).text(kind) }

func (d digest) text(s string) digest {
	for i := range len(s) {
		d = (d ^ digest(s[i])) * 1099511628211
	}
	return (d ^ 0x1ff) * 1099511628211 // a border that no byte is
}

func (d digest) bytes(b []byte) digest {
	for _, c := range b {
		d = (d ^ digest(c)) * 1099511628211
	}
	return (d ^ 0x1ff) * 1099511628211
}

func (d digest) number(n int64) digest { return (d^digest(mix(uint64(n))))*1099511628211 ^ 0x2ff }

func (d digest) sum() uint64 { return mix(uint64(d)) }
