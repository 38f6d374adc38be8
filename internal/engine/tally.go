package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// tally is what one pair contributes to the report: the state of its entries at the end of its last look.
type tally [2]sideTally

type sideTally struct {
	conversations int
	entries       report.Entries
	skipped       map[string]int
	parked        map[string]int
	truncated     bool
}

// tally counts the native entries of both sides by what became of them. Every entry is in exactly one bucket.
func (l *look) tally() {
	var t tally
	for i, v := range l.sides {
		if v.conv == nil || !v.side.Send {
			continue
		}
		s := sideTally{skipped: map[string]int{}, parked: map[string]int{}, truncated: v.conv.Truncated > 0}
		fates := l.planEntries(i, 1-i).fates
		for _, f := range fates {
			bucket, rule := l.bucketOf(f)
			count(&s.entries, bucket)
			switch bucket {
			case fateSkipped:
				s.skipped[rule]++
			case fateParked:
				s.parked[rule]++
			}
		}
		if len(fates) > 0 {
			s.conversations = 1
		}
		t[i] = s
	}
	l.mu.Lock()
	l.tallies[l.ledger.Pair] = t
	l.mu.Unlock()
}

// recallParked learns, for a dry run, which pairs are set aside: they stay so, whatever it would write into them.
func (r *run) recallParked(ctx context.Context) error {
	if !r.req.DryRun || r.blank() {
		return nil
	}
	items, err := r.store.Agenda(ctx)
	for _, it := range items {
		if it.Parked {
			r.parked[it.Pair] = it.Reason
		}
	}
	return err
}

// bucketOf gives the bucket of the report that a fate is counted in at the end of the look, and why.
func (l *look) bucketOf(f fate) (bucket, rule string) {
	item := l.outcome.item
	decided := f.bucket == fateMirrored || f.bucket == fateFolded || f.bucket == fateCovered || f.bucket == fateSkipped
	switch {
	case decided && !f.doubtful(item != nil):
		return f.bucket, f.rule
	case item == nil && l.parked[l.ledger.Pair] != "":
		return fateParked, l.parked[l.ledger.Pair]
	case item == nil:
		return fatePending, ""
	case item.Parked:
		return fateParked, item.Reason
	}
	return fatePending, item.Reason
}

// count adds an entry to its bucket.
func count(e *report.Entries, bucket string) {
	e.Read++
	switch bucket {
	case fateMirrored:
		e.Mirrored++
	case fateFolded:
		e.Folded++
	case fateCovered:
		e.Covered++
	case fateSkipped:
		e.Skipped++
	case fateParked:
		e.Parked++
	default:
		e.Pending++
	}
}

// countAdopted counts a twin that a write of this run made although its answer never came.
func (l *look) countAdopted(from int, id mapping.EntryID, in state.Intent, before bool) {
	r := l.ledger.Entries[state.EntryKey{Desk: l.sides[from].desk, ID: id}]
	if before || in.ID == "" || in.Done || in.SentAt.Before(l.began) || !r.Complete() {
		return
	}
	l.mu.Lock()
	l.written[from]++
	l.mu.Unlock()
}

// propose lists what a dry run would write.
func (l *look) propose(drafts [2][]draft, fields fieldPlan) {
	l.mu.Lock()
	defer l.mu.Unlock()
	add := func(to int, op sinks.Operation, entries []mapping.EntryID) {
		o := report.Operation{Pair: string(l.ledger.Pair), Desk: string(l.sides[to].desk), Conversation: string(op.Conversation), Kind: string(op.Kind),
			Class: string(op.Class), Historic: op.Historic, Text: firstRunes(op.Body.Text(), 60), At: op.At}
		if o.Conversation == "" {
			o.Conversation = string(l.ledger.Meta.Twin.ID)
			if to == l.origin() {
				o.Conversation = string(l.ledger.Meta.Origin.ID)
			}
		}
		for _, e := range entries {
			o.Entries = append(o.Entries, string(e))
		}
		if o.Text == "" {
			o.Text = fieldValue(op)
		}
		l.ops[l.ledger.Pair] = append(l.ops[l.ledger.Pair], o)
	}
	delete(l.ops, l.ledger.Pair) // of an earlier look at the same pair
	for from := range drafts {
		for _, d := range drafts[from] {
			add(1-from, d.op, d.entries)
		}
	}
	for i := range fields.writes {
		for _, op := range fields.writes[i] {
			add(i, op, nil)
		}
	}
}

func firstRunes(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

// report sums up the run.
func (r *run) report(started time.Time) report.Report {
	rep := report.Report{Schema: report.Schema, Run: r.id, Command: r.req.Command, Bounded: r.req.bounded(), StartedAt: started, DurationS: time.Since(started).Seconds(),
		Directions: map[string]*report.Direction{}, APICalls: map[string]*report.Calls{}}
	rep.Explanation = r.explanation
	if r.req.DryRun && !r.req.Explain {
		rep.Operations = []report.Operation{}
	}
	for _, p := range slices.Sorted(maps.Keys(r.ops)) {
		rep.Operations = append(rep.Operations, r.ops[p]...)
	}
	before, after := r.before, r.meters()
	for i, s := range r.opts.Sides {
		rep.APICalls[string(s.Source.Desk())] = &report.Calls{Read: after[i].Read - before[i].Read, Write: after[i].Write - before[i].Write, Throttled: after[i].Throttled - before[i].Throttled}
		rep.Visible.Live += after[i].VisibleLive - before[i].VisibleLive
		rep.Visible.History += after[i].VisibleHistory - before[i].VisibleHistory
		if !s.Send {
			continue
		}
		d := &report.Direction{SkippedBy: map[string]int{}, ParkedBy: map[string]int{}, Losses: map[mapping.Loss]int{}, Conflicts: r.fights[i]}
		maps.Copy(d.Losses, r.losses[i])
		for _, t := range r.tallies {
			d.Conversations += t[i].conversations
			e := t[i].entries
			d.Entries.Read += e.Read
			d.Entries.Mirrored += e.Mirrored
			d.Entries.Folded += e.Folded
			d.Entries.Covered += e.Covered
			d.Entries.Skipped += e.Skipped
			d.Entries.Parked += e.Parked
			d.Entries.Pending += e.Pending
			for k, n := range t[i].skipped {
				d.SkippedBy[k] += n
			}
			for k, n := range t[i].parked {
				d.ParkedBy[k] += n
			}
			if t[i].truncated {
				d.Losses[mapping.LossSourceTruncated]++
			}
		}
		d.Entries.Written = r.written[i]
		other := r.opts.Sides[1-i].Source.Desk()
		rep.Directions[fmt.Sprintf("%s_to_%s", s.Source.Desk(), other)] = d
	}
	return rep
}

// StoreReplaced is the code of the failure of a run whose store is not what was opened any more: only a new start helps.
const StoreReplaced = "store_replaced"

// conclude puts the end of the run into words and into its status.
func (r *run) conclude(rep *report.Report, err error) {
	var held *state.HeldError
	var foreign *ForeignStoreError
	var other *OtherNameError
	var desk *deskError
	switch {
	case errors.As(err, &held):
		rep.Conclude(report.Locked, &report.Failure{Code: "locked", Message: held.Error() + ": wait until it has ended, or stop it", Where: "state.url"})
	case errors.As(err, &foreign):
		rep.Conclude(report.Config, &report.Failure{Code: "foreign_store", Message: foreign.Error(), Where: "state.url"})
	case errors.As(err, &other):
		rep.Conclude(report.Config, &report.Failure{Code: "other_name", Message: other.Error(), Where: "name"})
	case errors.Is(err, errRival):
		rep.Conclude(report.Locked, &report.Failure{Code: SecondBridge, Message: err.Error(), Where: "state.url"})
	case errors.Is(err, state.ErrLost):
		rep.Conclude(report.Locked, &report.Failure{Code: "lease_lost", Message: "the lease was lost while working: another run has taken over", Where: "state.lease"})
	case r.asked() && (err == nil || errors.Is(err, context.Canceled)):
		rep.Conclude(report.Stopped, nil)
	case errors.As(err, &desk):
		f := &report.Failure{Code: string(api.ClassOf(err)), Message: err.Error(), Where: string(desk.desk)}
		if api.ClassOf(err) == api.Denied {
			f.Where = string(desk.desk) + ".token"
			f.Message += ": the desk does not accept " + f.Where
		}
		status := report.Incomplete
		if len(r.tallies) == 0 { // nothing could run
			status = report.Failed
		}
		rep.Conclude(status, f)
	case errors.Is(err, state.ErrReplaced):
		rep.Conclude(report.Failed, &report.Failure{Code: StoreReplaced, Message: err.Error(), Where: "state.url"})
	case err != nil:
		rep.Conclude(report.Failed, &report.Failure{Code: "store", Message: err.Error(), Where: "state.url"})
	case len(r.unknown) > 0:
		rep.Conclude(r.nobodyKnows())
	case r.stuck:
		rep.Conclude(report.Incomplete, &report.Failure{Code: "unfinished", Message: "some conversations could not be looked at; the next run takes them up", Where: ""})
	case r.waiting > 0:
		rep.Conclude(report.Incomplete, &report.Failure{Code: "pending", Message: fmt.Sprintf("conversations that wait for their next try: %d; a later run takes them up", r.waiting), Where: ""})
	case r.setAside > 0:
		rep.Conclude(report.Parked, nil)
	default:
		rep.Conclude(report.Done, nil)
	}
}

// nobodyKnows is the outcome of a request that names conversations which nobody knows: failed, or incomplete if it names
// others, too.
func (r *run) nobodyKnows() (report.Status, *report.Failure) {
	names := make([]string, len(r.unknown))
	for i, ref := range r.unknown {
		names[i] = ref.String()
	}
	slices.Sort(names)
	status := report.Failed
	if slices.ContainsFunc(r.req.Conversations, func(ref mapping.Ref) bool { return !slices.Contains(r.unknown, ref) }) {
		status = report.Incomplete
	}
	list := strings.Join(names, ", ")
	return status, &report.Failure{Code: reasonNotFound, Message: list + ": " + saysNotFound, Where: list}
}

// await counts what is left on the agenda and shows in no count of entries: conversations that a complete pass did not
// look at, because their time has not come, and those of which only fields are left to write.
func (r *run) await(ctx context.Context) error {
	if r.req.DryRun || r.req.Rebuild {
		return nil
	}
	items, err := r.store.Agenda(ctx)
	for _, it := range items {
		switch {
		case r.req.bounded() && !r.tallied(it.Pair) || r.tallies[it.Pair].open():
		case it.Parked:
			r.setAside++
		default:
			r.waiting++
		}
	}
	return err
}

// open reports whether entries are counted as pending or parked.
func (t tally) open() bool {
	return t[0].entries.Pending+t[0].entries.Parked+t[1].entries.Pending+t[1].entries.Parked > 0
}

// remember stores the report in the run history and closes the term.
func (r *run) remember(ctx context.Context, rep report.Report) {
	if r.lease == nil || !r.lease.valid() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	rep.Operations = nil
	data, err := json.Marshal(rep)
	n := 0
	if err == nil {
		n, err = r.counted(ctx)
	}
	if err == nil {
		err = r.store.Put(ctx, r.lease.get(), fmt.Sprintf("%s%03d", KeyRun, n%runsKept), data)
	}
	if err == nil {
		err = r.store.Put(ctx, r.lease.get(), keyRuns, []byte(strconv.Itoa(n+1)))
	}
	if err == nil && (rep.Status != report.Failed || len(r.unknown) > 0 && rep.Error.Code == reasonNotFound) {
		err = r.store.Put(ctx, r.lease.get(), keyOpen, []byte("0"))
	}
	if err != nil {
		r.log.Warn().Err(err).Msg("the run could not be recorded in the history")
	}
}

// Unfinished reports whether the last run that worked with a store was killed, or failed.
func Unfinished(ctx context.Context, store state.Store) (bool, error) {
	open, _, err := store.Get(ctx, keyOpen)
	return string(open) == "1", err
}

// counted is how many reports were stored before.
func (r *run) counted(ctx context.Context) (int, error) {
	v, ok, err := r.store.Get(ctx, keyRuns)
	if err != nil || !ok {
		return 0, err
	}
	n, err := strconv.Atoi(string(v))
	if err != nil || n < 0 {
		return 0, nil // begins anew
	}
	return n, nil
}
