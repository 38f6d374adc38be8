package sinktest

import (
	"errors"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// opened opens a conversation as a contact, however long the desk takes to know a new one.
func (x *exam) opened(as mapping.PersonID, words string) mapping.ConversationID {
	x.Helper()
	op := sinks.Operation{ID: "db1:exam:other:9:" + words + ":0:1/1", Kind: sinks.OpenConversation, Class: sinks.Quiet, Author: mapping.Person{Role: mapping.Customer, ID: as}, Body: mapping.PlainBody(words)}
	res, err := x.sink.Do(x.Context(), op)
	for range 3 {
		if api.ClassOf(err) != api.TryLater {
			break
		}
		time.Sleep(time.Minute) //nolint:forbidigo // simulated time
		res, err = x.sink.Do(x.Context(), op)
	}
	require.NoError(x, err)
	time.Sleep(x.desk.Facts.Lag()) //nolint:forbidigo // simulated time
	if res.Conversation == "" {    // the answer does not tell: reading does
		for _, t := range x.desk.Dump() {
			if t.Entries[0].Text == words {
				res.Conversation = mapping.ConversationID(t.ID)
			}
		}
	}
	return res.Conversation
}

// mergedAway: a message in the name of a contact who was merged into another is refused and leaves nothing; the error
// says that the customer has moved, and as whom the conversation then shows it can be said. Whoever reads does not take
// the conversation for gone.
func mergedAway(x *exam) {
	c := mapping.Contact{ID: "901", Name: "Gil"}
	made := x.ensured(c)
	conv := x.opened(made.ID, "I am Gil")
	h := x.human(0)
	heir := h.Customer(stage.Customer{Own: "crm-12", Name: "Hal"})
	time.Sleep(2 * time.Hour) //nolint:forbidigo // simulated time: nobody is new any more
	x.desk.Facts.Merge(string(made.ID), heir)
	x.conversation = string(conv)

	op := sinks.Operation{ID: "db1:exam:other:9:10:0:1/1", Kind: sinks.PostMessage, Class: sinks.Quiet, Conversation: conv, Author: mapping.Person{Role: mapping.Customer, ID: made.ID}, Body: mapping.PlainBody("And more")}
	before := x.everything()
	for range 3 {
		x.wire.count()
		_, err := x.sink.Do(x.Context(), op)
		e, ok := errors.AsType[*api.Error](err)
		if err == nil {
			break // said as whoever the desk takes for the visitor
		}
		require.True(x, ok)
		require.Equal(x, api.Refused, e.Class, "%v", err)
		require.False(x, e.NotFound, "the conversation is there")
		require.True(x, e.AuthorMoved, "%v", err)
		require.Equal(x, before, x.everything(), "a refused message leaves nothing")
		require.Equal(x, 1, x.wire.wrote)
		read, err := x.source.Read(x.Context(), conv)
		require.NoError(x, err)
		op.Author.ID = read.Customer.ID
	}
	said := 0
	for _, e := range x.thread().Entries {
		if e.Text == "And more" {
			said++
			require.Equal(x, stage.SideCustomer, e.Side)
		}
	}
	require.Equal(x, 1, said, "said once, in the end")
	require.Equal(x, "crm-12", x.thread().Customer)
	require.Empty(x, x.told())
}

// mergedThenAsked: who is found or made for a customer whose contact was merged away can speak. Nobody is named who is
// gone, and what stands in the heir's name stays as it was.
func mergedThenAsked(x *exam) {
	c := mapping.Contact{ID: "902", Name: "Ida", Email: "ida@example.org", Identified: true}
	made := x.ensured(c)
	x.opened(made.ID, "I am Ida")
	h := x.human(0)
	heir := h.Customer(stage.Customer{Own: "crm-13", Name: "Jon", Email: "jon@example.org", Confirmed: true})
	time.Sleep(2 * time.Hour) //nolint:forbidigo // simulated time
	x.desk.Facts.Merge(string(made.ID), heir)
	for range 2 {
		require.NotEqual(x, made.ID, x.found(c).Contact.ID, "who was merged away is nobody's counterpart")
		again := x.ensured(c)
		require.NotEqual(x, made.ID, again.ID)
		require.Equal(x, again.ID, x.ensured(c).ID, "however often it is asked")
		x.reopen()
	}
	x.opened(x.ensured(c).ID, "I am back")
	jon := x.found(mapping.Contact{ID: "903", ExternalID: "crm-13"}).Contact
	require.Equal(x, mapping.PersonID(heir), jon.ID)
	require.Equal(x, "Jon", jon.Name)
	require.Equal(x, "jon@example.org", jon.Email)
	require.Empty(x, x.told())
}
