package engine

import (
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// asNote plans an entry as an internal note under the given line.
func (p *planner) asNote(i int, who mapping.Person, led labels, loss mapping.Loss) {
	e := p.natives[i]
	parts, losses := p.underLabel(i, led)
	losses = append(losses, ownLosses(e, p.sides[p.to].features, losses)...)
	if loss != "" {
		losses = append(losses, loss)
	}
	if e.Doubt && loss != mapping.LossDoubtAsNote {
		losses = append(losses, mapping.LossDoubtAsNote)
	}
	p.notes(i, who, parts, losses, false)
}

// stub plans the note that stands for an entry that the desk refused.
func (p *planner) stub(i int) {
	body := line("%s", p.label(p.from, p.natives[i], func(t mapping.Texts) string { return t.Refused })[0])
	p.notes(i, mapping.Person{Role: mapping.Agent, ID: p.sides[p.to].side.Fallback}, []draft{{op: sinks.Operation{Body: body}}}, []mapping.Loss{mapping.LossEntryRefused}, true)
}

func (p *planner) notes(i int, who mapping.Person, parts []draft, losses []mapping.Loss, stub bool) {
	e := p.natives[i]
	p.parts(i, parts, losses, func(n int, d *draft) {
		tok := mapping.Token{Pair: p.opts.Name, Source: p.sides[p.from].conv.Ref, First: e.ID, Last: e.ID, Part: n + 1, Of: d.of, Stub: stub}
		d.op.Kind, d.op.Class, d.op.Author = sinks.PostNote, sinks.Silent, who
		d.op.Body = d.op.Body.Append(line("%s", tok))
		d.op.At = p.chosen[e.ID]
	})
}

// note plans the transcript of entries, led by the back-link where that is still missing. Without entries it is the
// back-link alone. An entry that is too long for a transcript becomes a note of its own.
func (p *planner) note(todo []int, link bool) {
	dst, src := p.sides[p.to], p.sides[p.from]
	who := mapping.Person{Role: mapping.Agent, ID: dst.side.Fallback}
	head := mapping.Body{}
	if link {
		head = p.backLink()
	}
	limit := dst.features.BodyRunes - tokenRoom - max(200, utf8.RuneCountInString(head.Text()))
	runs, long := p.foldable(todo, limit)
	var chunks []chunk
	for _, run := range runs {
		chunks = append(chunks, transcript(run, src.desk, dst.features, limit)...)
	}
	if len(chunks) == 0 && link {
		tok := mapping.Token{Pair: p.opts.Name, Source: src.conv.Ref, Part: 1, Of: 1}
		p.drafts = append(p.drafts, draft{link: true, part: 1, of: 1, op: sinks.Operation{ID: p.markerOf(linkEntry, 1, 1), Kind: sinks.PostNote, Class: sinks.Silent, Author: who, Body: head.Append(line("%s", tok)), At: p.linkTime()}})
	}
	for n, c := range chunks {
		tok := mapping.Token{Pair: p.opts.Name, Source: src.conv.Ref, First: c.entries[0], Last: c.entries[len(c.entries)-1], Part: n + 1, Of: len(chunks), Fold: true}
		b := head.Append(line("%s", mapping.FillText(p.texts()[0].Earlier, "", deskLabel(src.desk), "")), c.body, line("%s", tok))
		head = mapping.Body{}
		p.drafts = append(p.drafts, draft{fold: true, link: link && n == 0, entries: c.entries, losses: c.losses, part: n + 1, of: len(chunks),
			op: sinks.Operation{ID: p.markerOf(foldEntry+string(c.entries[0]), n+1, len(chunks)), Kind: sinks.PostNote, Class: sinks.Silent, Author: who, Body: b, At: p.linkTime()}})
	}
	for _, i := range long {
		e := p.natives[i]
		dated := stamp(e) + ", " + p.label(p.from, e, wroteBy(e.Author))[1]
		p.asNote(i, who, labels{dated, dated}, "")
	}
}

// backLink names the original, how it came, and what the copy has no place for.
func (p *planner) backLink() mapping.Body {
	src, by := p.sides[p.from], ""
	if src.conv.Channel != "" {
		by = ", where it came by " + src.conv.Channel
	}
	head := line("This conversation continues %s in %s%s.", src.conv.Ref, deskLabel(src.desk), by)
	if title := src.conv.Fields.Title; title != "" && p.sides[p.to].features.Title == mapping.Dropped {
		head = head.Append(line("Title: %s", title))
	}
	if subject := src.conv.Subject; subject != "" {
		head = head.Append(line("Subject: %s", subject))
	}
	if link := src.url(); link != "" {
		head = head.Append(line("%s", link))
	}
	return head
}

// url is where the team opens the conversation; empty when the configuration does not say.
func (v *sideView) url() string {
	if v.conv == nil {
		return ""
	}
	return strings.ReplaceAll(v.side.Link, "{id}", url.PathEscape(string(v.conv.ID)))
}

// madeCopy has the token of a back-link name the conversation that it is written into, which may just have been opened.
func madeCopy(b mapping.Body, copied mapping.ConversationID) mapping.Body {
	last := len(b.Blocks) - 1
	tok, ok := mapping.FindToken(mapping.Body{Blocks: b.Blocks[last:]}.Text())
	if !ok {
		return b
	}
	tok.Copy = copied
	return mapping.Body{Blocks: b.Blocks[:last:last], Simplified: b.Simplified}.Append(line("%s", tok))
}

// foldable cuts entries into runs without a gap, because a transcript names its first and last entry only, and sets
// aside those that are too long.
func (p *planner) foldable(todo []int, limit int) (runs [][]mapping.Entry, long []int) {
	last := -1
	for _, i := range todo {
		e := p.natives[i]
		if limit > 0 && utf8.RuneCountInString(transcriptEntry(e, p.sides[p.from].desk).Text()) > limit {
			long = append(long, i)
			continue
		}
		gap := last < 0
		for k := last + 1; k < i && !gap; k++ {
			gap = p.natives[k].HasText() || p.natives[k].Removed
		}
		if gap {
			runs = append(runs, nil)
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], e)
		p.fates[i] = fate{bucket: fatePlanned}
		last = i
	}
	return runs, long
}

// linkTime is the chosen time of a note about the conversation: that of the opening, so that it stands at its top.
func (p *planner) linkTime() time.Time {
	if i := p.place(p.opened(p.from)); i >= 0 {
		return p.chosen[p.natives[i].ID]
	}
	if len(p.drafts) > 0 {
		return p.drafts[0].op.At
	}
	return time.Time{}
}
