package simulation

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
)

// step is one line of a script, understood.
type step struct {
	line int
	text string
	run  func(w *World) error
	// atDesk: it begins with the name of a desk, where somebody acts or something is shown.
	atDesk bool
}

// token is a word of a line, a text in quotes or what stands in parentheses.
type token struct {
	kind byte // 'w', '"' or '('
	text string
}

func (t token) String() string {
	switch t.kind {
	case '"':
		return strconv.Quote(t.text)
	case '(':
		return "(" + t.text + ")"
	}
	return t.text
}

// tokens cuts a line into words, quoted texts (with the escapes of Go) and parentheses.
func tokens(line string) ([]token, error) {
	var out []token
	for rest := strings.TrimSpace(line); rest != ""; rest = strings.TrimSpace(rest) {
		switch rest[0] {
		case '"':
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, fmt.Errorf("a text has no end: %s", rest)
			}
			text, _ := strconv.Unquote(quoted)
			out, rest = append(out, token{'"', text}), rest[len(quoted):]
		case '(':
			end := strings.IndexByte(rest, ')')
			if end < 0 {
				return nil, fmt.Errorf("a parenthesis has no end: %s", rest)
			}
			out, rest = append(out, token{'(', strings.TrimSpace(rest[1:end])}), rest[end+1:]
		case '#':
			return out, nil
		default:
			end := strings.IndexAny(rest, " \t\"(")
			if end < 0 {
				end = len(rest)
			}
			out, rest = append(out, token{'w', rest[:end]}), rest[end:]
		}
	}
	return out, nil
}

// words are the values that the placeholders of a pattern have taken, in order.
type words []string

// pattern is a sentence with placeholders in capitals: TEXT is in quotes, NUMBER, SPAN (a duration) and NAME are words,
// REST is the rest of the line.
type pattern []string

func newPattern(s string) pattern { return strings.Fields(s) }

func (p pattern) String() string { return strings.Join(p, " ") }

// match gives the values of the placeholders and the tokens behind the sentence.
func (p pattern) match(in []token) (got words, rest []token, ok bool) {
	for i, word := range p {
		if word == "REST" {
			var all []string
			for _, t := range in {
				all = append(all, t.String())
			}
			return append(got, strings.Join(all, " ")), nil, len(all) > 0
		}
		if i >= len(p) || len(in) == 0 {
			return nil, nil, false
		}
		t := in[0]
		in = in[1:]
		switch word {
		case "TEXT":
			ok = t.kind == '"'
		case "DETAILS":
			ok = t.kind == '('
		case "NUMBER":
			_, err := strconv.Atoi(t.text)
			ok = t.kind == 'w' && err == nil
		case "SPAN":
			_, err := span(t.text)
			ok = t.kind == 'w' && err == nil
		case "NAME":
			ok = t.kind == 'w'
		default:
			if t.kind != 'w' || t.text != word {
				return nil, nil, false
			}
			continue
		}
		if !ok {
			return nil, nil, false
		}
		got = append(got, t.text)
	}
	return got, in, true
}

func (w words) number(i int) int { n, _ := strconv.Atoi(w[i]); return n }

func (w words) span(i int) time.Duration { d, _ := span(w[i]); return d }

// mistake is an error in a scenario, with its place.
type mistake struct {
	file string
	line int
	err  error
}

func (m *mistake) Error() string { return fmt.Sprintf("%s:%d: %v", m.file, m.line, m.err) }
func (m *mistake) Unwrap() error { return m.err }

// parser reads a script.
type parser struct {
	// customers and agents are the people that the script may name, labels the conversations.
	customers map[string]*person
	agents    map[mapping.Desk]map[string]bool
	labels    map[string]bool
	used      map[string]bool // sentences, by their patterns
}

func newParser() *parser {
	p := &parser{customers: map[string]*person{}, agents: map[mapping.Desk]map[string]bool{}, labels: map[string]bool{}, used: map[string]bool{}}
	for desk, names := range staff {
		p.agents[desk] = map[string]bool{}
		for name := range names {
			p.agents[desk][name] = true
		}
	}
	return p
}

// script reads the lines of a script; first is the number of the first line in its file.
func (p *parser) script(file, source string, first int) ([]step, error) {
	var steps []step
	var errs []error
	for i, line := range strings.Split(source, "\n") {
		in, err := tokens(line)
		if err == nil && len(in) == 0 {
			continue
		}
		var run func(*World) error
		if err == nil {
			run, err = p.sentence(in)
		}
		if err != nil {
			errs = append(errs, &mistake{file, first + i, err})
			continue
		}
		_, atDesk := deskOf(strings.TrimSuffix(in[0].text, ":"))
		steps = append(steps, step{first + i, strings.TrimSpace(line), run, atDesk})
	}
	return steps, errors.Join(errs...)
}

// sentence reads one line.
func (p *parser) sentence(in []token) (func(*World) error, error) {
	head := in[0].text
	if desk, ok := deskOf(strings.TrimSuffix(head, ":")); ok {
		if strings.HasSuffix(head, ":") {
			return p.act(desk, 0, in[1:])
		}
		if len(in) > 3 && strings.TrimSuffix(in[2].text, ":") == "ago" && strings.HasSuffix(in[2].text, ":") {
			back, err := span(in[1].text)
			if err != nil {
				return nil, err
			}
			return p.act(desk, back, in[3:])
		}
		return p.expectation(desk, in[1:])
	}
	if head == "repeat" {
		return p.repeat(in[1:])
	}
	return choose(p, in, commands, func(c command, got words) (func(*World) error, error) { return c.read(got) })
}

func deskOf(name string) (mapping.Desk, bool) {
	d := mapping.Desk(name)
	return d, d == dashlyDesk || d == intercomDesk
}

// repeat reads "repeat 700 …" and "repeat 10 every 2s …". {n} in a text is the number of the turn.
func (p *parser) repeat(in []token) (func(*World) error, error) {
	got, rest, ok := newPattern("NUMBER every SPAN").match(in)
	if !ok {
		got, rest, ok = newPattern("NUMBER").match(in)
	}
	if !ok || len(rest) == 0 {
		return nil, errors.New("write \"repeat 700 dashly: …\" or \"repeat 10 every 2s dashly: …\"")
	}
	inner, err := p.sentence(rest)
	if err != nil {
		return nil, err
	}
	times, every := got.number(0), time.Duration(0)
	if len(got) > 1 {
		every = got.span(1)
	}
	return func(w *World) error {
		defer func() { w.n, w.every = 0, 0 }()
		for n := 1; n <= times; n++ {
			w.n, w.every = n, every
			if err := inner(w); err != nil {
				return err
			}
			if every > 0 && !w.backdated && n < times {
				w.Sleep(every)
			}
		}
		return nil
	}, nil
}

// sentenceOf is what the rows of all tables of sentences have in common.
type sentenceOf interface{ pattern() pattern }

// choose finds the row whose pattern fits a whole line.
func choose[R sentenceOf](p *parser, in []token, table []R, read func(R, words) (func(*World) error, error)) (func(*World) error, error) {
	for _, row := range table {
		if got, rest, ok := row.pattern().match(in); ok && len(rest) == 0 {
			p.used[row.pattern().String()] = true
			return read(row, got)
		}
	}
	return nil, notUnderstood(in, table)
}

// notUnderstood names what is allowed: the sentences that begin or go on alike, else all of them.
func notUnderstood[R sentenceOf](in []token, table []R) error {
	var line []string
	words := map[string]bool{}
	for _, t := range in {
		line = append(line, t.String())
		words[t.text] = words[t.text] || t.kind == 'w'
	}
	var near, all []string
	for _, row := range table {
		all = append(all, "  "+row.pattern().String())
		if slices.ContainsFunc(row.pattern(), func(w string) bool { return words[w] }) {
			near = append(near, "  "+row.pattern().String())
		}
	}
	if len(near) == 0 {
		near = all
	}
	return fmt.Errorf("not understood: %s\nallowed is:\n%s", strings.Join(line, " "), strings.Join(near, "\n"))
}
