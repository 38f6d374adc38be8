package simulation

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
)

// staff are the people that the stand-in desks begin with.
var staff = map[mapping.Desk]map[string]string{
	dashlyDesk:   {"Jane": dashly.Jane, "Tom": dashly.Tom, "Olga": dashly.Olga, "Max": dashly.Max},
	intercomDesk: {"Jane": intercom.Jane, "Tom": intercom.Tom, "Olga": intercom.Olga, "Lena": intercom.Lena},
}

// teams are the teams and channels of the stand-in desks.
var teams = map[mapping.Desk]map[string]string{
	dashlyDesk:   {"E-mail": "75", "Support": "77", "Telegram": "78", "none": "0"},
	intercomDesk: {"Support": "5017691", "Sales": "5017692", "none": "0"},
}

// person is a customer as the script introduces them.
type person struct {
	name    string
	details stage.Customer
}

// act is what somebody does at a desk, as the script has it.
type act struct {
	desk  mapping.Desk
	back  time.Duration // before the world began; 0: now
	label string        // in or as
	files []upload
	who   string // who acts, by name
	person
	heir *person // whom somebody becomes
}

type upload struct {
	name, content string
	size          int
	inline        bool
}

// doing is an act at its moment.
type doing struct {
	*act
	w        *World
	human    stage.Human
	dashly   dashly.Hand
	intercom intercom.Hand
	got      words
	files    []stage.Upload
}

func unknown[V any](what, name string, known map[string]V) error {
	return fmt.Errorf("no %s %q here; there are %s", what, name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
}

// act reads what somebody does.
func (p *parser) act(desk mapping.Desk, back time.Duration, in []token) (func(*World) error, error) {
	a := &act{desk: desk, back: back}
	in, err := p.introduce(in)
	if err != nil {
		return nil, err
	}
	main, err := a.modifiers(in)
	if err != nil {
		return nil, err
	}
	row, got, err := find(desk, main)
	if err != nil {
		return nil, err
	}
	if err := p.check(desk, row, a, &got); err != nil {
		return nil, err
	}
	p.used[row.form] = true
	if opens := strings.HasPrefix(row.form, "CUSTOMER opens") || strings.HasPrefix(row.form, "campaign"); !opens && a.label != "" && !p.labels[a.label] {
		return nil, unknown("conversation", a.label, p.labels)
	} else if opens {
		if a.label == "" {
			a.label = fmt.Sprintf("%d", len(p.labels)+1)
		}
		if p.labels[a.label] {
			return nil, fmt.Errorf("there is a conversation %q already", a.label)
		}
		p.labels[a.label] = true
	}
	subject := newDigest(row.form).text(strings.Join(got, "\x00")).sum()
	return func(w *World) (err error) {
		d := &doing{act: a, w: w, got: got}
		defer func() {
			if wrong := recover(); wrong != nil { // the stand-in desks panic on unknown ids
				err = fmt.Errorf("%v", wrong)
			}
		}()
		at := d.at()
		w.backdated = back > 0
		d.dashly, d.intercom = w.Dashly.At(at), w.Intercom.At(at)
		d.human = d.dashly
		if desk == intercomDesk {
			d.human = d.intercom
		}
		for _, f := range a.files {
			d.files = append(d.files, stage.Upload{Name: f.name, Content: f.bytes(), Inline: f.inline})
		}
		w.trace.add(string(desk), subject, uint64(w.n), func() string { return row.form + " " + strings.Join(got, ", ") })
		return row.do(d)
	}, nil
}

func find(desk mapping.Desk, in []token) (deed, words, error) {
	var here []deed
	for _, row := range deeds {
		if row.desk != "" && row.desk != desk {
			continue
		}
		here = append(here, row)
		if got, rest, ok := row.pattern().match(in); ok && len(rest) == 0 {
			return row, got, nil
		}
	}
	return deed{}, nil, notUnderstood(in, here)
}

// check makes sure that everybody who is named is known, and takes the actor out of the values.
func (p *parser) check(desk mapping.Desk, row deed, a *act, got *words) error {
	values := *got
	n := 0
	for i, word := range strings.Fields(row.form) {
		switch word {
		case "CUSTOMER":
			who, ok := p.customers[values[n]]
			if !ok {
				return fmt.Errorf("nobody knows %s; introduce them: customer %s (crm-1) …; known are %s", values[n], values[n], strings.Join(slices.Sorted(maps.Keys(p.customers)), ", "))
			}
			a.person = *who
			*got = slices.Delete(slices.Clone(values), n, n+1)
			if strings.HasSuffix(row.form, "becomes NAME") {
				return a.becomes(p, (*got)[n])
			}
			return nil
		case "AGENT":
			if !p.agents[desk][values[n]] {
				return unknown("agent", values[n], p.agents[desk])
			}
			a.who = values[n]
			*got = slices.Delete(slices.Clone(values), n, n+1)
			return nil
		case "NAME", "TEXT", "NUMBER", "SPAN", "DETAILS":
			switch {
			case strings.HasSuffix(row.form, "becomes NAME"):
				return a.becomes(p, values[n])
			case i == 1 && strings.HasPrefix(row.form, "hire"):
				p.agents[desk][values[n]] = true
			case i == 1 && strings.HasPrefix(row.form, "dismiss") && !p.agents[desk][values[n]]:
				return unknown("agent", values[n], p.agents[desk])
			}
			n++
		}
	}
	return nil
}

// introduce takes "customer NAME (details)" for NAME, wherever it stands.
func (p *parser) introduce(in []token) ([]token, error) {
	i := slices.IndexFunc(in, func(t token) bool { return t.kind == 'w' && t.text == "customer" })
	if i < 0 || i+1 >= len(in) {
		return in, nil
	}
	who := &person{name: in[i+1].text}
	who.details.Name = who.name
	end := i + 2
	if end < len(in) && in[end].kind == '(' {
		for _, d := range strings.Split(in[end].text, ",") {
			switch d = strings.TrimSpace(d); {
			case d == "confirmed":
				who.details.Confirmed = true
			case d == "anonymous":
			case strings.Contains(d, "@"):
				who.details.Email = d
			case strings.HasPrefix(d, "+"):
				who.details.Phone = d
			case d == "" || strings.ContainsAny(d, " "):
				return nil, fmt.Errorf("%q is nothing that a customer has: write an own id, an address, a number that begins with +, confirmed or anonymous", d)
			default:
				who.details.Own = d
			}
		}
		end++
	}
	if have, ok := p.customers[who.name]; ok && *have != *who {
		return nil, fmt.Errorf("%s was introduced otherwise before", who.name)
	}
	p.customers[who.name] = who
	return append(append(slices.Clone(in[:i]), in[i+1]), in[end:]...), nil
}

// modifiers takes what may follow every sentence: in LABEL, as LABEL, with file TEXT [TEXT | of NUMBER], with
// image TEXT for one that is pasted where the sentence has the sign for it.
func (a *act) modifiers(in []token) ([]token, error) {
	for i := 1; i < len(in); i++ {
		if in[i].kind != 'w' || in[i].text != "in" && in[i].text != "as" && in[i].text != "with" {
			continue
		}
		rest := in[i:]
		if next := rest[1:]; rest[0].text == "with" && (len(next) == 0 || next[0].text != "file" && next[0].text != "image") {
			continue // it belongs to the sentence
		}
		for len(rest) > 0 {
			if got, after, ok := newPattern("with file TEXT TEXT").match(rest); ok {
				a.files, rest = append(a.files, upload{name: got[0], content: got[1]}), after
			} else if got, after, ok := newPattern("with file TEXT of NUMBER").match(rest); ok {
				a.files, rest = append(a.files, upload{name: got[0], size: got.number(1)}), after
			} else if got, after, ok := newPattern("with file TEXT").match(rest); ok {
				a.files, rest = append(a.files, upload{name: got[0], content: "content of " + got[0]}), after
			} else if got, after, ok := newPattern("with image TEXT").match(rest); ok {
				a.files, rest = append(a.files, upload{name: got[0], content: "content of " + got[0], inline: true}), after
			} else if got, after, ok := newPattern(rest[0].text + " NAME").match(rest); ok && rest[0].text != "with" {
				a.label, rest = got[0], after
			} else {
				return nil, errors.New("after the sentence may stand: in LABEL, as LABEL, with file \"name\", with file \"name\" \"content\", with file \"name\" of 1000, with image \"name\"")
			}
		}
		return in[:i], nil
	}
	return in, nil
}

func (u upload) bytes() []byte {
	if u.size == 0 {
		return []byte(u.content)
	}
	out := make([]byte, 0, u.size+sha256.Size)
	for sum := sha256.Sum256([]byte(u.name)); len(out) < u.size; sum = sha256.Sum256(sum[:]) {
		out = append(out, sum[:]...)
	}
	return out[:u.size]
}

// at is when the act takes place, by the desk's clock.
func (d *doing) at() time.Time {
	now := d.w.front(d.desk).Now()
	if d.back == 0 {
		return now
	}
	return now.Add(-d.w.Now() - d.back).Add(time.Duration(max(d.w.n-1, 0)) * d.w.every)
}

// manyWords stands in a text for so many numbered words.
var manyWords = regexp.MustCompile(`\{(\d+) words\}`)

// text is a text of the sentence; {n} in it is the number of the turn, and {500 words} are 500 different words.
func (d *doing) text(i int) string {
	text := manyWords.ReplaceAllStringFunc(d.got[i], func(m string) string {
		n, _ := strconv.Atoi(manyWords.FindStringSubmatch(m)[1])
		words := make([]string, n)
		for i := range words {
			words[i] = fmt.Sprintf("word%d", i+1)
		}
		return strings.Join(words, " ")
	})
	if d.w.n == 0 {
		return text
	}
	return strings.ReplaceAll(text, "{n}", strconv.Itoa(d.w.n))
}

// agent is the desk's id of an agent, empty when there is none of that name.
func (d *doing) agent(name string) string {
	return cmp.Or(d.w.hired[d.desk][name], staff[d.desk][name])
}

// customer is the desk's id of who acts. A customer without own id is somebody else on each desk.
func (d *doing) customer() string {
	ids := d.w.known[d.name]
	if ids == nil {
		ids = map[mapping.Desk]string{}
		d.w.known[d.name] = ids
	}
	if ids[d.desk] == "" {
		ids[d.desk] = d.human.Customer(d.details)
	}
	return ids[d.desk]
}

// begin notes a new conversation.
func (d *doing) begin(id string) error {
	d.w.talks[d.label] = &talk{desk: d.desk, ids: map[mapping.Desk]string{d.desk: id}}
	d.w.last = d.label
	return nil
}

// inside does something in the conversation that the sentence is about.
func (d *doing) inside(do func(conversation string)) error {
	c, err := d.in()
	if err == nil {
		do(c)
	}
	return err
}

// entry does something to the latest entry with a text.
func (d *doing) entry(text int, do func(conversation, entry string)) error {
	c, err := d.in()
	if err != nil {
		return err
	}
	t, _ := d.w.thread(d.desk, c)
	for _, e := range slices.Backward(t.Entries) {
		if strings.TrimSpace(e.Text) == d.text(text) {
			do(c, e.ID)
			d.w.rewritten[e.ID] = true
			return nil
		}
	}
	return fmt.Errorf("no entry says %q in the conversation on %s", d.text(text), d.desk)
}
