package stage

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Act is the body of POST /_sandbox/human: one thing that a person does at the desk. Do is the name of a method of
// Human in lower case ("write", "reply", "note", …); the other fields are its arguments.
type Act struct {
	Do           string    `json:"do"`
	At           time.Time `json:"at,omitzero"` // now when absent
	Conversation string    `json:"conversation,omitempty"`
	Entry        string    `json:"entry,omitempty"`
	Customer     string    `json:"customer,omitempty"`
	Person       Customer  `json:"person,omitzero"` // of do: customer
	Agent        string    `json:"agent,omitempty"`
	To           string    `json:"to,omitempty"`
	Text         string    `json:"text,omitempty"` // also the tag and the title
	Vote         int       `json:"vote,omitempty"`
	Until        time.Time `json:"until,omitzero"`
	Files        []Upload  `json:"files,omitempty"`
}

// control serves /_sandbox/: GET log, GET dump, POST human, GET and POST knobs.
func (f *Front) control(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /_sandbox/log":
		out := struct {
			Requests      []Request      `json:"requests"`
			Notifications []Notification `json:"notifications"`
		}{f.Log.Requests(), f.Log.Notifications()}
		if out.Requests == nil {
			out.Requests = []Request{}
		}
		if out.Notifications == nil {
			out.Notifications = []Notification{}
		}
		WriteJSON(w, http.StatusOK, out)
	case "GET /_sandbox/dump":
		WriteJSON(w, http.StatusOK, f.Dump())
	case "POST /_sandbox/human":
		f.human(w, r)
	case "GET /_sandbox/knobs", "POST /_sandbox/knobs":
		change, err := io.ReadAll(r.Body)
		var now any
		if err == nil {
			now, err = f.Knobs(change)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		WriteJSON(w, http.StatusOK, now)
	default:
		http.Error(w, "the sandbox has GET log, GET dump, POST human, GET and POST knobs", http.StatusNotFound)
	}
}

func (f *Front) human(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if mistake := recover(); mistake != nil { // Human panics on unknown ids
			http.Error(w, fmt.Sprint(mistake), http.StatusBadRequest)
		}
	}()
	var a Act
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&a); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	out := perform(f.Human(a.At), a)
	WriteJSON(w, http.StatusOK, out)
}

func perform(h Human, a Act) map[string]string {
	out := map[string]string{}
	switch a.Do {
	case "customer":
		out["customer"] = h.Customer(a.Person)
	case "open":
		out["conversation"], out["entry"] = h.Open(a.Customer, a.Text, a.Files...)
	case "write":
		out["entry"] = h.Write(a.Conversation, a.Text, a.Files...)
	case "reply":
		out["entry"] = h.Reply(a.Conversation, a.Agent, a.Text, a.Files...)
	case "note":
		out["entry"] = h.Note(a.Conversation, a.Agent, a.Text, a.Files...)
	case "assign":
		h.Assign(a.Conversation, a.Agent, a.To)
	case "close":
		h.Close(a.Conversation, a.Agent)
	case "reopen":
		h.Reopen(a.Conversation, a.Agent)
	case "snooze":
		h.Snooze(a.Conversation, a.Agent, a.Until)
	case "tag":
		h.Tag(a.Conversation, a.Agent, a.Text)
	case "untag":
		h.Untag(a.Conversation, a.Agent, a.Text)
	case "title":
		h.Title(a.Conversation, a.Agent, a.Text)
	case "bot":
		out["entry"] = h.Bot(a.Conversation, a.Text)
	case "vote":
		h.Vote(a.Conversation, a.Vote, a.Text)
	case "campaign":
		out["conversation"] = h.Campaign(a.Customer, a.Text)
	case "erase":
		h.Erase(a.Conversation, a.Entry)
	case "delete":
		h.Delete(a.Conversation)
	default:
		panic(fmt.Sprintf("nobody can %q", a.Do))
	}
	return out
}
