package sinktest

import (
	"net/http"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

func (x *exam) found(c mapping.Contact) sinks.Found {
	x.Helper()
	f, err := x.sink.Find(x.Context(), other, c)
	require.NoError(x, err)
	return f
}

func (x *exam) ensured(c mapping.Contact) mapping.Contact {
	x.Helper()
	got, err := x.sink.Ensure(x.Context(), other, c)
	require.NoError(x, err)
	require.NotEmpty(x, got.ID)
	return got
}

func (x *exam) contacts() int { return x.desk.Facts.Customers() }

// find: it names the counterpart and all of its conversations, and leaves no trace.
func find(x *exam) {
	h := x.human(30 * time.Minute)
	second, _ := h.Open(x.customer, "A second thing")
	mail := h.Customer(stage.Customer{Own: "crm-7", Name: "Bea", Email: "bea@example.org", Confirmed: true})
	before, people := x.everything(), x.contacts()
	for range 2 {
		got := x.found(mapping.Contact{ID: "77", ExternalID: "crm-1", Name: "Somebody", Identified: true})
		require.Equal(x, mapping.PersonID(x.customer), got.Contact.ID, "by the site owner's own id")
		require.Equal(x, "Ann", got.Contact.Name)
		require.Len(x, got.Conversations, 2)
		require.Equal(x, mapping.ConversationID(second), got.Conversations[0].ID, "newest first")

		got = x.found(mapping.Contact{ID: "78", Email: "bea@example.org", Identified: true})
		require.Equal(x, mapping.PersonID(mail), got.Contact.ID, "by the address that one identified contact has")
		require.Empty(x, got.Conversations)

		for _, c := range []mapping.Contact{
			{ID: "79"}, {ID: "79", ExternalID: "nobody"}, {ID: "79", Email: "nobody@example.org", Identified: true}, {ID: "79", ExternalID: "crm 1/?#%2F&é"}, {},
		} {
			got = x.found(c)
			require.Empty(x, got.Contact.ID)
			require.Empty(x, got.Conversations)
		}
	}
	require.Equal(x, people, x.contacts(), "Find makes nobody")
	require.Equal(x, before, x.everything())
	require.Empty(x, x.told())
}

// ensure: one contact, however often it is asked for and by however many sinks, that Find knows too.
func ensure(x *exam) {
	people := x.contacts()
	c := mapping.Contact{ID: "501", ExternalID: "", Name: "Cy", Email: "cy@example.org", Phone: "+15550101", Identified: true}
	first := x.ensured(c)
	require.Equal(x, people+1, x.contacts())
	for range 2 {
		require.Equal(x, first.ID, x.ensured(c).ID)
		x.reopen()
	}
	require.Equal(x, first.ID, x.found(c).Contact.ID)
	c.Email, c.Name = "changed@example.org", "Cyril"
	require.Equal(x, first.ID, x.ensured(c).ID, "the same customer, whatever else has changed")
	require.Equal(x, people+1, x.contacts())
	require.Equal(x, "Cy", x.found(c).Contact.Name, "a name that is there is not overwritten")

	existing := x.ensured(mapping.Contact{ID: "502", ExternalID: "crm-1", Name: "Other Name", Email: "other@example.org", Identified: true})
	require.Equal(x, mapping.PersonID(x.customer), existing.ID)
	existing = x.found(mapping.Contact{ID: "502", ExternalID: "crm-1"}).Contact
	require.Equal(x, "Ann", existing.Name)
	require.Empty(x, existing.Email, "no address is set on a contact that was there")
	require.Equal(x, people+1, x.contacts())

	op := sinks.Operation{ID: "db1:exam:other:9:9:0:1/1", Kind: sinks.OpenConversation, Class: sinks.Quiet, Author: mapping.Person{Role: mapping.Customer, ID: first.ID}, Body: mapping.PlainBody("Hi")}
	opened, err := x.sink.Do(x.Context(), op)
	if err != nil { // some desks do not know a new contact everywhere at once
		require.Equal(x, api.TryLater, api.ClassOf(err), "%v", err)
		time.Sleep(time.Minute) //nolint:forbidigo // simulated time
		opened, err = x.sink.Do(x.Context(), op)
	}
	require.NoError(x, err, "a contact that was made can speak")
	time.Sleep(x.desk.Facts.Lag()) //nolint:forbidigo // simulated time: a list may be late, but no later
	require.Equal(x, []mapping.Ref{{Desk: x.sink.Desk(), ID: opened.Conversation}}, x.found(c).Conversations)
	require.Empty(x, x.told())
}

// ensureAtOnce: eight that do not know of each other make one contact.
func ensureAtOnce(x *exam) {
	people := x.contacts()
	c := mapping.Contact{ID: "601", Name: "Dee", Email: "dee@example.org", Identified: true}
	x.wire.aside = func(_ int, r *http.Request, next http.RoundTripper) (*http.Response, error) {
		time.Sleep(time.Second) //nolint:forbidigo // simulated time: all eight go in step
		return next.RoundTrip(r)
	}
	var wg sync.WaitGroup
	ids, errs := make([]mapping.PersonID, 8), make([]error, 8)
	for i := range ids {
		sink, _ := x.open(Access{URL: address, HTTP: &http.Client{Transport: x.wire}})
		wg.Go(func() {
			got, err := sink.Ensure(x.Context(), other, c)
			ids[i], errs[i] = got.ID, err
		})
	}
	wg.Wait()
	x.wire.aside = nil
	for i := range ids {
		require.NoError(x, errs[i])
		require.NotEmpty(x, ids[i])
		require.Equal(x, ids[0], ids[i])
	}
	require.Equal(x, people+1, x.contacts())
}

// nothingTyped: what a visitor typed identifies nobody and is not carried; blanks wipe nothing out.
func nothingTyped(x *exam) {
	typed := x.ensured(mapping.Contact{ID: "701", Name: "Eve", Email: "eve@example.org", Phone: "+15550102"})
	require.Empty(x, typed.Email, "an address that was only typed is not carried")
	require.Empty(x, typed.Phone)
	require.False(x, typed.Identified, "nor does the bridge's own key identify anybody")
	blank := x.ensured(mapping.Contact{ID: "701"})
	require.Equal(x, typed.ID, blank.ID)
	require.Equal(x, "Eve", blank.Name, "a blank wipes nothing out")
	nameless := x.ensured(mapping.Contact{ID: "702", Name: "  ", Identified: true})
	require.NotEqual(x, typed.ID, nameless.ID)
	known := x.ensured(mapping.Contact{ID: "703", ExternalID: "crm-1", Identified: true})
	require.Equal(x, "Ann", known.Name)
	identified := x.ensured(mapping.Contact{ID: "704", Name: "Fay", Email: "fay@example.org", Identified: true})
	require.Equal(x, "fay@example.org", identified.Email, "a vouched-for address is carried")
	_, err := x.sink.Ensure(x.Context(), other, mapping.Contact{Name: "Nobody"})
	require.Error(x, err, "a customer without an id has no natural key")
}

// neverConfused: two people are one only if both sides vouch for it.
func neverConfused(x *exam) {
	h := x.human(time.Minute)
	visitor := h.Customer(stage.Customer{Name: "Visitor", Email: "shared@example.org"})
	h.Open(visitor, "I typed an address")
	one := x.ensured(mapping.Contact{ID: "801", Name: "One", Email: "shared@example.org"})
	two := x.ensured(mapping.Contact{ID: "802", Name: "Two", Email: "shared@example.org"})
	vouched := x.ensured(mapping.Contact{ID: "803", Name: "Three", Email: "shared@example.org", Identified: true})
	x.allDifferent(mapping.PersonID(visitor), one.ID, two.ID, vouched.ID)

	// The desk's contact is vouched for, the customer is not; then both are.
	owner := h.Customer(stage.Customer{Own: "crm-8", Name: "Owner", Email: "owner@example.org", Confirmed: true})
	thief := x.ensured(mapping.Contact{ID: "804", Name: "Thief", Email: "owner@example.org"})
	require.NotEqual(x, mapping.PersonID(owner), thief.ID, "typing somebody's address makes nobody that person")
	require.Equal(x, mapping.PersonID(owner), x.ensured(mapping.Contact{ID: "805", Email: "owner@example.org", Identified: true}).ID)

	// The same address with another own id is another person.
	cousin := x.ensured(mapping.Contact{ID: "806", ExternalID: "crm-9", Name: "Cousin", Email: "owner@example.org", Identified: true})
	require.NotEqual(x, mapping.PersonID(owner), cousin.ID, "two own ids are two people")

	// An address that two have names neither.
	a := h.Customer(stage.Customer{Own: "crm-10", Name: "A", Email: "family@example.org", Confirmed: true})
	b := h.Customer(stage.Customer{Own: "crm-11", Name: "B", Email: "family@example.org", Confirmed: true})
	require.Empty(x, x.found(mapping.Contact{ID: "807", Email: "family@example.org", Identified: true}).Contact.ID)
	c := x.ensured(mapping.Contact{ID: "807", Name: "C", Email: "family@example.org", Identified: true})
	x.allDifferent(mapping.PersonID(a), mapping.PersonID(b), c.ID)
	require.Equal(x, mapping.PersonID(b), x.ensured(mapping.Contact{ID: "808", ExternalID: "crm-11", Email: "family@example.org", Identified: true}).ID, "the own id decides")
}

func (x *exam) allDifferent(ids ...mapping.PersonID) {
	x.Helper()
	seen := map[mapping.PersonID]bool{}
	for _, id := range ids {
		require.NotEmpty(x, id)
		require.False(x, seen[id], "%s stands for two people", id)
		seen[id] = true
	}
}
