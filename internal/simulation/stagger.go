package simulation

import (
	"context"
	"time"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/sources"
)

// stagger gives every call of the engine to a source or a sink a moment of its own before the client sees it. Workers
// may wake at the same moment, when something ends that all of them wait for; who of them is first in the client's
// queue must not depend on the processors.
func (p *process) stagger(s engine.Side) engine.Side {
	s.Source, s.Sink = staggeredSource{s.Source, p}, staggeredSink{s.Sink, p}
	return s
}

// step waits for the moment. A process that has died, or a caller that gave up, learns so from the call that follows. What
// was drawn tells this call of the engine from every other, in the context that it gives.
func (p *process) step(ctx context.Context, d digest) context.Context {
	draw := p.draw(d)
	_ = p.nap(ctx, p.world.pace.moment(time.Now(), draw, time.Microsecond, time.Millisecond))
	return context.WithValue(ctx, callerKey{}, draw)
}

type callerKey struct{}

// callerOf tells which call of the engine makes a request.
func callerOf(ctx context.Context) uint64 {
	caller, _ := ctx.Value(callerKey{}).(uint64)
	return caller
}

type staggeredSource struct {
	sources.Source
	p *process
}

func (s staggeredSource) Account(ctx context.Context) (sources.Account, error) {
	ctx = s.p.step(ctx, newDigest("account").text(string(s.Desk())))
	return s.Source.Account(ctx)
}

func (s staggeredSource) Agents(ctx context.Context) ([]mapping.Person, error) {
	ctx = s.p.step(ctx, newDigest("agents").text(string(s.Desk())))
	return s.Source.Agents(ctx)
}

func (s staggeredSource) Changed(ctx context.Context, since sources.Cursor, floor time.Time, yield func(sources.Listing) error) (sources.Cursor, error) {
	ctx = s.p.step(ctx, newDigest("changed").text(string(s.Desk())))
	return s.Source.Changed(ctx, since, floor, yield)
}

func (s staggeredSource) Between(ctx context.Context, w sources.Window, yield func(sources.Listing) error) error {
	ctx = s.p.step(ctx, newDigest("between").text(string(s.Desk())))
	return s.Source.Between(ctx, w, yield)
}

func (s staggeredSource) Read(ctx context.Context, id mapping.ConversationID) (mapping.Conversation, error) {
	ctx = s.p.step(ctx, newDigest("read").text(string(s.Desk())).text(string(id)))
	return s.Source.Read(ctx, id)
}

func (s staggeredSource) File(ctx context.Context, f mapping.File, most int64) (sources.FileBody, error) {
	ctx = s.p.step(ctx, newDigest("file").text(string(s.Desk())).text(f.URL))
	return s.Source.File(ctx, f, most)
}

type staggeredSink struct {
	sinks.Sink
	p *process
}

func (s staggeredSink) Find(ctx context.Context, from mapping.Desk, c mapping.Contact) (sinks.Found, error) {
	ctx = s.p.step(ctx, newDigest("find").text(string(s.Desk())).text(string(c.ID)))
	return s.Sink.Find(ctx, from, c)
}

func (s staggeredSink) Ensure(ctx context.Context, from mapping.Desk, c mapping.Contact) (mapping.Contact, error) {
	ctx = s.p.step(ctx, newDigest("ensure").text(string(s.Desk())).text(string(c.ID)))
	return s.Sink.Ensure(ctx, from, c)
}

func (s staggeredSink) Do(ctx context.Context, op sinks.Operation) (sinks.Result, error) {
	ctx = s.p.step(ctx, newDigest("do").text(string(s.Desk())).text(op.ID))
	return s.Sink.Do(ctx, op)
}
