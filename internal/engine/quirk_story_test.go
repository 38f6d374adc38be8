package engine_test

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

// telling is a story in two halves.
type telling = struct {
	setup setup
	tell  func(w *world) (second func())
}

// questionable are the stories that are told under each reading: those of every death, and such as touch what the
// documents leave open.
func questionable() map[string]telling {
	all := maps.Clone(tellings)
	for name, tell := range map[string]func(w *world) func(){
		"crowded": crowded, "crowded back": crowdedBack, "refusing": refusing, "ping-pong": pingPong,
		"fields": fieldsMove, "erased and deleted": erasing, "people merge": merging, "agents leave": leaving,
		"one address": oneAddress, "lines and links": lined, "three threads": threeThreads,
	} {
		all[name] = telling{tell: tell}
	}
	return all
}

// thatSays gives the thread of a desk with these words in it.
func thatSays(w *world, threads []sandbox.Thread, words string) sandbox.Thread {
	w.t.Helper()
	for _, t := range threads {
		if slices.ContainsFunc(t.Entries, func(e sandbox.Entry) bool { return strings.Contains(e.Text, words) }) {
			return t
		}
	}
	w.t.Fatalf("no thread says %q:\n%s", words, w.picture())
	return sandbox.Thread{}
}

// fieldsMove has every field move on both desks, by hand and by what is written.
func fieldsMove(w *world) func() {
	d, i := w.dashly.People(), w.intercom.People()
	conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello, where is it?")
	d.Tag(conv, dashly.Jane, " Late ")
	d.Assign(conv, dashly.Jane, dashly.Tom)
	d.Close(conv, dashly.Tom)
	back, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Where is mine?")
	i.Tag(back, intercom.Jane, "Lost")
	i.Snooze(back, intercom.Jane, time.Now().Add(time.Hour))
	return func() {
		twin, home := thatSays(w, w.intercom.Dump(), "where is it"), thatSays(w, w.dashly.Dump(), "Where is mine")
		w.pause(time.Minute)
		d.Write(conv, "Anybody there?")
		d.Snooze(home.ID, dashly.Jane, time.Now().Add(2*time.Hour))
		i.Note(back, intercom.Jane, "asked the carrier")
		w.persist()
		w.pause(time.Minute)
		i.Close(twin.ID, intercom.Jane)
		i.Tag(twin.ID, intercom.Jane, "late")
		d.Note(home.ID, dashly.Jane, "the carrier knows nothing")
		d.Close(home.ID, dashly.Jane)
		w.persist()
		w.pause(time.Minute)
		d.Reply(conv, dashly.Jane, "It is on its way")
		i.Write(back, "Hello?")
		i.Assign(back, intercom.Jane, intercom.Jane)
	}
}

// erasing takes entries and a conversation away that were carried.
func erasing(w *world) func() {
	d, i := w.dashly.People(), w.intercom.People()
	alice := d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"})
	conv, _ := d.Open(alice, "My card number is secret")
	said := d.Write(conv, "Please forget it")
	answer := d.Reply(conv, dashly.Jane, "It costs 5 euro")
	other, _ := d.Open(alice, "A second matter")
	back, first := i.Open(i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "I said too much")
	more := i.Write(back, "Far too much")
	return func() {
		w.pause(3 * time.Minute)
		d.Erase(conv, said)
		d.Edit(conv, answer, "It costs 6 euro")
		d.Delete(other)
		i.Erase(back, first)
		i.Erase(back, more)
		w.pause(time.Minute)
		d.Write(conv, "thank you")
		i.Write(back, "thanks")
		twin := thatSays(w, w.intercom.Dump(), "A second matter")
		i.Note(twin.ID, intercom.Jane, "where has it gone?")
	}
}

// merging makes one person of two on both desks.
func merging(w *world) func() {
	d, i := w.dashly.People(), w.intercom.People()
	visitor := d.Customer(sandbox.Customer{Name: "Visitor"})
	conv, _ := d.Open(visitor, "Do you have this in blue?")
	lead := i.Customer(sandbox.Customer{Name: "Lead"})
	back, _ := i.Open(lead, "And in green?")
	return func() {
		w.pause(3 * time.Minute)
		d.Merge(visitor, d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}))
		i.MergeContacts(lead, i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}))
		d.Write(conv, "Never mind, I have signed in")
		i.Write(back, "I have signed in too")
		w.pause(time.Minute)
		i.Reply(thatSays(w, w.intercom.Dump(), "in blue").ID, intercom.Jane, "In blue, yes")
		d.Reply(thatSays(w, w.dashly.Dump(), "in green").ID, dashly.Jane, "In green, no")
	}
}

// leaving has agents leave both desks after they spoke.
func leaving(w *world) func() {
	d, i := w.dashly.People(), w.intercom.People()
	conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Can I speak to Max?")
	d.Reply(conv, dashly.Max, "Max here")
	d.Assign(conv, dashly.Max, dashly.Max)
	d.Note(conv, dashly.Tom, "he will go soon")
	return func() {
		w.pause(3 * time.Minute)
		w.dashly.Dismiss(dashly.Max)
		w.dashly.Dismiss(dashly.Tom)
		w.intercom.Dismiss(intercom.Tom)
		d.Write(conv, "Max?")
		twin := thatSays(w, w.intercom.Dump(), "speak to Max")
		i.Reply(twin.ID, intercom.Jane, "Max has left us")
	}
}

// oneAddress has people on both desks who share an address, not all of whom have proved it.
func oneAddress(w *world) func() {
	d, i := w.dashly.People(), w.intercom.People()
	stranger := d.Customer(sandbox.Customer{Name: "Mallory", Email: "alice@example.org"})
	d.Open(stranger, "I am a stranger")
	known := i.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice", Email: "alice@example.org", Confirmed: true})
	back, _ := i.Open(known, "My salary is 3000")
	i.Open(i.Customer(sandbox.Customer{Own: "crm-2", Name: "Alice's twin", Email: "alice@example.org", Confirmed: true}), "Mine is 4000")
	return func() {
		w.pause(3 * time.Minute)
		d.Reply(thatSays(w, w.dashly.Dump(), "3000").ID, dashly.Jane, "That is not bad")
		i.Write(back, "Nor good")
	}
}

// lined has texts that a desk may break, join, link or take for mark-up.
func lined(w *world) func() {
	d, i := w.dashly.People(), w.intercom.People()
	conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Look:\nhttps://example.org/a?b=1&c=2\n\n- one\n- two")
	d.Write(conv, "1 < 2 & 3 > 2, <b>bold</b> &amp; so on")
	d.Reply(conv, dashly.Jane, "See https://example.org/help and\r\nread it")
	d.Note(conv, dashly.Jane, "line one\nline two https://example.org/x")
	return func() {
		w.pause(3 * time.Minute)
		twin := thatSays(w, w.intercom.Dump(), "Look")
		i.Reply(twin.ID, intercom.Jane, "Thanks:\n<script>alert(1)</script>\nhttps://example.org/y")
		i.Note(twin.ID, intercom.Jane, "a\n\nb")
		i.Write(twin.ID, "ok <i>then</i>\nbye")
	}
}

// threeThreads has several conversations of one customer on each desk, two of which are made one.
func threeThreads(w *world) func() {
	d, i := w.dashly.People(), w.intercom.People()
	alice := d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"})
	d.Open(alice, "First matter")
	second, _ := d.Open(alice, "Second matter")
	d.Reply(second, dashly.Jane, "Noted")
	bob := i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"})
	third, _ := i.Open(bob, "Third matter")
	i.Open(bob, "Fourth matter")
	return func() {
		w.pause(3 * time.Minute)
		i.Reply(thatSays(w, w.intercom.Dump(), "Second matter").ID, intercom.Jane, "We look into it")
		w.pause(3 * time.Minute)
		w.persist()
		i.MergeConversations(thatSays(w, w.intercom.Dump(), "Second matter").ID, thatSays(w, w.intercom.Dump(), "First matter").ID)
		w.pause(time.Minute)
		d.Write(second, "Anything new?")
		i.Write(third, "And here?")
	}
}
