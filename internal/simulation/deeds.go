package simulation

import (
	"strings"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
)

// deed is a row of the table of what people can do. A CUSTOMER or AGENT at the beginning is who does it.
type deed struct {
	form string
	desk mapping.Desk // empty: both
	do   func(d *doing) error
}

func (d deed) pattern() pattern {
	return newPattern(strings.NewReplacer("CUSTOMER", "NAME", "AGENT", "NAME").Replace(d.form))
}

// in gives the conversation that an act is about.
func (d *doing) in() (string, error) { return d.w.conversation(d.label, d.desk) }

// deeds are all that people, bots and campaigns can do. Sentences that begin with a word of their own come first.
var deeds = []deed{
	{"bot says TEXT", "", func(d *doing) error { return d.inside(func(c string) { d.human.Bot(c, d.text(0)) }) }},
	{"bot asks TEXT", dashlyDesk, func(d *doing) error {
		return d.inside(func(c string) { d.dashly.Ask(c, d.text(0), "Yes", "No") })
	}},
	{"desk answers TEXT", dashlyDesk, func(d *doing) error {
		return d.inside(func(c string) { d.dashly.AutoReply(c, d.text(0)) })
	}},
	{"writer becomes NAME", "", func(d *doing) error { return d.inside(func(c string) { d.merge(d.writer(c)) }) }},
	{"writer is archived", intercomDesk, func(d *doing) error {
		return d.inside(func(c string) { d.intercom.Archive(d.writer(c)) })
	}},
	{"writer is blocked", intercomDesk, func(d *doing) error {
		return d.inside(func(c string) { d.intercom.Block(d.writer(c)) })
	}},
	{"writer is taken out", intercomDesk, func(d *doing) error {
		return d.inside(func(c string) { d.intercom.TakeOut(c, d.writer(c)) })
	}},
	{"writer is deleted", intercomDesk, func(d *doing) error {
		return d.inside(func(c string) { d.intercom.DeleteContact(d.writer(c)) })
	}},
	{"CUSTOMER becomes NAME", "", func(d *doing) error { d.merge(d.customer()); return nil }},
	{"CUSTOMER opens TEXT", "", func(d *doing) error {
		id, _ := d.human.Open(d.customer(), d.text(0), d.files...)
		return d.begin(id)
	}},
	{"CUSTOMER says TEXT", "", func(d *doing) error {
		return d.inside(func(c string) { d.human.Write(c, d.text(0), d.files...) })
	}},
	{"CUSTOMER says TEXT via NAME", dashlyDesk, func(d *doing) error {
		return d.inside(func(c string) { d.dashly.WriteVia(c, d.text(0), d.got[1], d.files...) })
	}},
	{"CUSTOMER joins with TEXT", intercomDesk, func(d *doing) error {
		return d.inside(func(c string) { d.intercom.WriteAs(c, d.customer(), d.text(0)) })
	}},
	{"CUSTOMER votes NUMBER", "", func(d *doing) error {
		return d.inside(func(c string) { d.human.Vote(c, d.got.number(0), "") })
	}},
	{"CUSTOMER votes NUMBER TEXT", "", func(d *doing) error {
		return d.inside(func(c string) { d.human.Vote(c, d.got.number(0), d.text(1)) })
	}},
	{"campaign TEXT to CUSTOMER", "", func(d *doing) error { return d.begin(d.human.Campaign(d.customer(), d.text(0))) }},
	{"AGENT replies TEXT", "", func(d *doing) error {
		return d.inside(func(c string) { d.human.Reply(c, d.agent(d.who), d.text(0), d.files...) })
	}},
	{"AGENT replies TEXT via NAME", dashlyDesk, func(d *doing) error {
		return d.inside(func(c string) { d.dashly.ReplyVia(c, d.agent(d.who), d.text(0), d.got[1], d.files...) })
	}},
	{"AGENT replies TEXT the old way", dashlyDesk, func(d *doing) error {
		return d.inside(func(c string) { d.dashly.Legacy(c, d.agent(d.who), d.text(0)) })
	}},
	{"AGENT notes TEXT", "", func(d *doing) error {
		return d.inside(func(c string) { d.human.Note(c, d.agent(d.who), d.text(0), d.files...) })
	}},
	{"AGENT sends article TEXT", dashlyDesk, func(d *doing) error {
		return d.inside(func(c string) { d.dashly.Article(c, d.agent(d.who), d.text(0)) })
	}},
	{"AGENT assigns to team NAME", intercomDesk, func(d *doing) error {
		team, ok := teams[intercomDesk][d.got[0]]
		if !ok {
			return unknown("team", d.got[0], teams[intercomDesk])
		}
		return d.inside(func(c string) { d.intercom.AssignWith(c, d.agent(d.who), "team", team, "") })
	}},
	{"AGENT assigns to nobody", "", func(d *doing) error {
		return d.inside(func(c string) { d.human.Assign(c, d.agent(d.who), "") })
	}},
	{"AGENT assigns to NAME", "", func(d *doing) error {
		if d.agent(d.got[0]) == "" {
			return unknown("agent", d.got[0], staff[d.desk])
		}
		return d.inside(func(c string) { d.human.Assign(c, d.agent(d.who), d.agent(d.got[0])) })
	}},
	{"AGENT assigns to NAME saying TEXT", intercomDesk, func(d *doing) error {
		return d.inside(func(c string) { d.intercom.AssignWith(c, d.agent(d.who), "admin", d.agent(d.got[0]), d.text(1)) })
	}},
	{"AGENT moves to channel NAME", dashlyDesk, func(d *doing) error {
		channel, ok := teams[dashlyDesk][d.got[0]]
		if !ok {
			return unknown("channel", d.got[0], teams[dashlyDesk])
		}
		return d.inside(func(c string) { d.dashly.Move(c, d.agent(d.who), channel) })
	}},
	{"AGENT closes", "", func(d *doing) error { return d.inside(func(c string) { d.human.Close(c, d.agent(d.who)) }) }},
	{"AGENT closes saying TEXT", intercomDesk, func(d *doing) error {
		return d.inside(func(c string) { d.intercom.CloseWith(c, d.agent(d.who), d.text(0)) })
	}},
	{"AGENT reopens", "", func(d *doing) error { return d.inside(func(c string) { d.human.Reopen(c, d.agent(d.who)) }) }},
	{"AGENT snoozes for SPAN", "", func(d *doing) error {
		return d.inside(func(c string) { d.human.Snooze(c, d.agent(d.who), d.at().Add(d.got.span(0))) })
	}},
	{"AGENT tags TEXT", "", func(d *doing) error {
		return d.inside(func(c string) { d.human.Tag(c, d.agent(d.who), d.text(0)) })
	}},
	{"AGENT untags TEXT", "", func(d *doing) error {
		return d.inside(func(c string) { d.human.Untag(c, d.agent(d.who), d.text(0)) })
	}},
	{"AGENT titles TEXT", "", func(d *doing) error {
		return d.inside(func(c string) { d.human.Title(c, d.agent(d.who), d.text(0)) })
	}},
	{"merge into NAME", intercomDesk, func(d *doing) error {
		into, err := d.w.conversation(d.got[0], d.desk)
		if err != nil {
			return err
		}
		return d.inside(func(c string) { d.intercom.MergeConversations(c, into) })
	}},
	{"AGENT takes the priority away", intercomDesk, func(d *doing) error {
		return d.inside(func(c string) { d.intercom.Prioritise(c, d.agent(d.who), false) })
	}},
	{"AGENT prioritises", intercomDesk, func(d *doing) error {
		return d.inside(func(c string) { d.intercom.Prioritise(c, d.agent(d.who), true) })
	}},
	{"event NAME", intercomDesk, func(d *doing) error { return d.inside(func(c string) { d.intercom.Event(c, d.got[0]) }) }},
	{"service NAME TEXT", dashlyDesk, func(d *doing) error {
		return d.inside(func(c string) { d.dashly.Service(c, d.got[0], d.text(1)) })
	}},
	{"erase TEXT", "", func(d *doing) error {
		return d.entry(0, func(c, entry string) { d.human.Erase(c, entry) })
	}},
	{"edit TEXT to TEXT", dashlyDesk, func(d *doing) error {
		return d.entry(0, func(c, entry string) { d.dashly.Edit(c, entry, d.text(1)) })
	}},
	{"delete the conversation", "", func(d *doing) error { return d.inside(func(c string) { d.human.Delete(c) }) }},
	{"hire NAME DETAILS", "", func(d *doing) error {
		a := stage.Agent{Name: d.got[0], Email: d.got[1]}
		id := ""
		if d.desk == dashlyDesk {
			id = d.w.Dashly.Hire(a)
		} else {
			id = d.w.Intercom.Hire(a)
		}
		if d.w.hired[d.desk] == nil {
			d.w.hired[d.desk] = map[string]string{}
		}
		d.w.hired[d.desk][a.Name] = id
		return nil
	}},
	{"dismiss NAME", "", func(d *doing) error {
		if d.desk == dashlyDesk {
			d.w.Dashly.Dismiss(d.agent(d.got[0]))
		} else {
			d.w.Intercom.Dismiss(d.agent(d.got[0]))
		}
		return nil
	}},
}
