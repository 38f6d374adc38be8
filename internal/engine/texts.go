package engine

import "github.com/deskbridge/deskbridge/mapping"

// labels are what leads a note: as configured, and as it is without configuration.
type labels [2]string

// texts are the configured texts and the defaults.
func (s *scene) texts() [2]mapping.Texts {
	plain := mapping.DefaultTexts()
	return [2]mapping.Texts{s.opts.Texts.Or(plain), plain}
}

// label fills one of the texts for an entry of side i, for the team to read.
func (s *scene) label(i int, e mapping.Entry, which func(mapping.Texts) string) (out labels) {
	for n, t := range s.texts() {
		out[n] = mapping.FillText(which(t), personLabel(e.Author), deskLabel(s.sides[i].desk), stamp(e))
	}
	return out
}

// stamp is an entry's time as people read it.
func stamp(e mapping.Entry) string { return e.At.UTC().Format(mapping.Minute) }

// underLabel cuts an entry that is written as a note under a label. How many notes it fills does not depend on the
// configuration, which may change when a part of it stands already: what does not fit into one, under whichever label, has
// the label that never changes.
func (p *planner) underLabel(i int, led labels) (parts []draft, losses []mapping.Loss) {
	under := func(label string) ([]draft, []mapping.Loss) {
		body := p.natives[i].Body
		if label != "" {
			body = line("%s", label).Append(body)
		}
		return p.pieces(i, body, p.sides[p.to].features.BodyRunes-tokenRoom, false)
	}
	parts, losses = under(led[1])
	if led[0] != led[1] && len(parts) == 1 {
		if own, lost := under(led[0]); len(own) == 1 {
			return own, lost
		}
	}
	return parts, losses
}

// attributed is a reply with the line that names its author, for the fallback agent. The customer reads it.
func (s *scene) attributed(from int, e mapping.Entry) mapping.Body {
	e.Author = publicly(e.Author)
	return line("%s", s.label(from, e, ofMessage)[0]).Append(e.Body)
}

// wroteBy is what leads a note of somebody's: a bot is called one.
func wroteBy(author mapping.Person) func(mapping.Texts) string {
	if author.Role == mapping.Bot {
		return func(t mapping.Texts) string { return t.Bot }
	}
	return func(t mapping.Texts) string { return t.Wrote }
}

func ofMessage(t mapping.Texts) string { return t.Message }
