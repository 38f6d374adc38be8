package simulation

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
)

// Finish proves that a world is at rest and hurt nobody: a pass that writes nothing, a dry run that finds nothing to do
// and every entry in one bucket, nothing open in the memory of the bridge, nothing written twice, no note and no history
// shown to a customer. Nothing dies meanwhile.
func (w *World) Finish() error {
	w.mu.Lock()
	w.finishing = true
	w.mu.Unlock()
	if err := w.Idle(1); err != nil {
		return err
	}
	rep, err := w.Audit()
	if err != nil {
		return err
	}
	w.buckets = bucketsOf(rep)
	return errors.Join(w.nothingOpen(), w.nothingLost(), w.nobodyHurt())
}

// nothingOpen looks into the memory of the bridge.
func (w *World) nothingOpen() error {
	items, err := w.Agenda()
	if err != nil {
		return err
	}
	aside, err := w.setAside()
	if err != nil {
		return err
	}
	for _, it := range items {
		if !it.Parked {
			return fmt.Errorf("in the end %s is on the agenda: %s %s", it.Pair, it.Reason, it.Detail)
		}
	}
	ledgers, err := w.Ledgers()
	for _, l := range ledgers {
		if waits := aside[string(l.Pair)]; waits && w.settings.parted {
			continue // a commit may have been torn between the agenda and an intent: it is resolved at the next try
		} else if len(l.Intents) > 0 {
			return fmt.Errorf("in the end %s has %d open intents", l.Pair, len(l.Intents))
		}
		for k, r := range l.Entries {
			if !r.Complete() && !aside[string(l.Pair)] {
				return fmt.Errorf("in the end %s %s of %s has not all of its twins", k.Desk, k.ID, l.Pair)
			}
		}
	}
	return err
}

// said is a text that people have written in one conversation.
type said struct {
	times, copies int
	visible       bool // to the customer, at least once
	live          bool // at least once after the start
}

// ErrHurt is in every error about what a customer must never see: a note, or history that is delivered.
var ErrHurt = errors.New("a customer was hurt")

// nobodyHurt compares both halves of every pair: nothing stands twice, and nothing that ErrHurt is about has happened.
func (w *World) nobodyHurt() error {
	threads := map[mapping.Ref]stage.Thread{}
	for _, desk := range []mapping.Desk{dashlyDesk, intercomDesk} {
		for _, t := range w.front(desk).Dump() {
			threads[mapping.Ref{Desk: desk, ID: mapping.ConversationID(t.ID)}] = t
		}
	}
	ledgers, err := w.Ledgers()
	errs := []error{err}
	for _, l := range ledgers {
		for _, way := range [][2]mapping.Ref{{l.Meta.Origin, l.Meta.Twin}, {l.Meta.Twin, l.Meta.Origin}} {
			from, ok := threads[way[0]]
			to, both := threads[way[1]]
			if ok && both {
				lives := func(r mapping.Ref) bool { _, ok := threads[r]; return ok }
				if err := w.carried(way[0].Desk, from, to, lives); err != nil {
					errs = append(errs, fmt.Errorf("%s: %w\n%s", l.Pair, err, w.picture(dashlyDesk)+"\n"+w.picture(intercomDesk)))
				}
			}
		}
	}
	return errors.Join(errs...)
}

// carried compares what people wrote in one half with what the bridge wrote in the other. What was said in an earlier half,
// which does not live any more, is no copy of this one's.
func (w *World) carried(desk mapping.Desk, from, to stage.Thread, lives func(mapping.Ref) bool) error {
	start := w.began.Add(-w.settings.start).Truncate(time.Second)
	skew := time.Until(w.front(desk).Now())
	texts := map[string]*said{}
	for _, e := range from.Entries {
		text := strings.TrimSpace(e.Text)
		if e.ByBridge || text == "" || e.Side == stage.SideSystem {
			continue
		}
		s := texts[text]
		if s == nil {
			s = &said{}
			texts[text] = s
		}
		s.times++
		s.visible = s.visible || e.Visible
		s.live = s.live || !e.At.Add(-skew).Before(start.Truncate(time.Second))
	}
	sent := w.sent(to)
	told, acts := transcripts{}, activities{}
	var errs []error
	for _, e := range to.Entries {
		if !e.ByBridge {
			continue
		}
		if token, ok := mapping.FindToken(e.Text); ok && !token.Source.IsZero() && !lives(token.Source) {
			continue
		}
		if token, ok := mapping.FindToken(e.Text); ok && token.Fold {
			errs = append(errs, told.once(from, token))
			continue
		}
		if token, ok := mapping.FindToken(e.Text); ok && token.IsActs() {
			errs = append(errs, acts.once(token))
			continue
		}
		text, s := original(texts, e)
		if s == nil {
			continue
		}
		if s.copies++; s.copies > s.times {
			errs = append(errs, fmt.Errorf("%q was written %d times by people and stands %d times in the copy", text, s.times, s.copies))
		}
		switch {
		case e.Visible && !s.visible:
			errs = append(errs, fmt.Errorf("%w: the note %q is shown to the customer", ErrHurt, text))
		case sent[e.ID] && !s.live:
			errs = append(errs, fmt.Errorf("%w: %q is history and was delivered", ErrHurt, text))
		}
	}
	return errors.Join(errs...)
}

// sent are the entries of a thread that the bridge had delivered.
func (w *World) sent(t stage.Thread) map[string]bool {
	out := map[string]bool{}
	for _, n := range w.Log.Notifications() {
		if n.Conversation == t.ID && n.By == stage.ByBridge {
			out[n.Entry] = true
		}
	}
	return out
}

// original finds what people wrote behind an entry of the bridge: the longest text at its end that begins a line or
// follows the name of an author.
func original(texts map[string]*said, e stage.Entry) (string, *said) {
	rest := strings.TrimSpace(e.Text)
	if !e.Visible {
		rest = untoken(rest)
	}
	for {
		if s, ok := texts[rest]; ok {
			return rest, s
		}
		i := strings.IndexAny(rest, "\n:")
		if i < 0 {
			return "", nil
		}
		rest = strings.TrimSpace(rest[i+1:])
	}
}

// transcripts are the entries that transcripts of one copy hold.
type transcripts map[string]bool

// once fails when another transcript holds an entry already.
func (told transcripts) once(from stage.Thread, token mapping.Token) error {
	in := false
	for _, e := range from.Entries {
		in = in || e.ID == string(token.First)
		if in && !e.ByBridge && e.Side != stage.SideSystem {
			if told[e.ID] {
				return fmt.Errorf("%q stands in two transcripts", strings.TrimSpace(e.Text))
			}
			told[e.ID] = true
		}
		if e.ID == string(token.Last) {
			break
		}
	}
	return nil
}

// activities are the events, in their states, that the activity notes of one copy tell.
type activities map[string]bool

// once fails when another activity note tells an event already.
func (told activities) once(token mapping.Token) error {
	for check := range strings.SplitSeq(strings.TrimPrefix(string(token.First), "="), "+") {
		if told[check] {
			return fmt.Errorf("the event %s is told in two activity notes", check)
		}
		told[check] = true
	}
	return nil
}
