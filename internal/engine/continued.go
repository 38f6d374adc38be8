package engine

import (
	"slices"

	"github.com/deskbridge/deskbridge/mapping"
)

// continuedRoom is what the line that says which part of a text this is may take, where the text must be cut shorter for it.
const continuedRoom = 32

// continued cuts a text that one entry cannot hold, and says below each part which one it is. The line stands in brackets
// and at the end: so it is no word of the text for wordsOf, even where a desk shows it within the paragraph before it. A
// text is cut where it was cut before there were such lines, if they find room, so that a copy of which a part is missing
// after an update goes on where it ended; else shorter, so that nothing is missing.
func continued(body mapping.Body, room int) []mapping.Body {
	parts := body.Split(room)
	if len(parts) == 1 {
		return parts
	}
	if told, fits := numbered(parts, room); fits {
		return told
	}
	told, _ := numbered(body.Split(max(room-continuedRoom, 1)), room)
	return told
}

func numbered(parts []mapping.Body, room int) (told []mapping.Body, fits bool) {
	fits = true
	for i, p := range parts {
		p = p.Append(line("[part %d of %d]", i+1, len(parts)))
		fits = fits && p.Length() <= room
		told = append(told, p)
	}
	return told, fits
}

// partPrint is a fingerprint that a part of an entry may have on the other desk. Parts are numbered below their words, or
// they are not; a fingerprint does not tell.
type partPrint struct {
	n, of    int
	numbered bool
	print    mapping.Print
}

// printsOf are the fingerprints under which the parts of a message may stand on a desk, as they are sent or with all lines
// joined into one: cut as they are now, and as they were before parts were numbered.
func printsOf(customer bool, body mapping.Body, files []mapping.File, to mapping.Features, opening bool) (ways [][]partPrint) {
	for _, cut := range []func(mapping.Body, int) []mapping.Body{continued, mapping.Body.Split} {
		parts, _ := cutPieces(cut, body, files, to, to.BodyRunes, opening)
		var prints []partPrint
		for i, p := range parts {
			shown := asShown(customer, p.op.Body, to)
			for _, b := range []mapping.Body{shown, joinedLines(shown)} {
				prints = append(prints, partPrint{i + 1, len(parts), partAtEnd.MatchString(p.op.Body.Words()), textPrint(customer, true, b)})
			}
		}
		ways = append(ways, slices.Compact(prints))
		if len(parts) < 2 {
			break
		}
	}
	return ways
}

func joinedLines(b mapping.Body) mapping.Body {
	return mapping.Body{Blocks: []mapping.Block{{Runs: []mapping.Run{{Text: spacesAndBreaks.ReplaceAllString(b.Words(), " ")}}}}}
}

// asCut chooses the way of which more parts stand on the other desk; in doubt the present one.
func (a *adopter) asCut(ways [][]partPrint) (best []partPrint) {
	most := -1
	for _, prints := range ways {
		if parts := a.partsThere(prints); parts > most {
			best, most = prints, parts
		}
	}
	return best
}

// partsThere is how many parts stand on the other desk.
func (a *adopter) partsThere(prints []partPrint) int {
	parts := map[int]bool{}
	for _, p := range prints {
		if a.stands(p) {
			parts[p.n] = true
		}
	}
	return len(parts)
}

// standingPart is a fingerprint of what stands on a desk, and whether it is a numbered part.
type standingPart struct {
	print    mapping.Print
	numbered bool
}

// stands reports whether something in the other conversation has the fingerprint of a part, and is numbered as that is.
func (a *adopter) stands(p partPrint) bool {
	if a.standing == nil {
		a.standing = map[standingPart]bool{}
		for _, t := range a.sides[a.to].conv.Entries {
			if a.mayBeOurs(t) {
				print := textPrint(t.Author.Role == mapping.Customer, true, t.Body) // which side said it is part of it
				a.standing[standingPart{print, partAtEnd.MatchString(t.Body.Words())}] = true
			}
		}
	}
	return a.standing[standingPart{p.print, p.numbered}] || p.of == 1 && a.standing[standingPart{p.print, !p.numbered}]
}

// pieces are those of an entry of which nothing may have been written; one that was begun before parts were numbered goes
// on as it was cut.
func (p *planner) pieces(i int, body mapping.Body, room int, alone bool) (parts []draft, losses []mapping.Loss) {
	e, to := p.natives[i], p.sides[p.to].features
	parts, losses = pieces(body, e.Files, to, room, alone)
	old, lost := []draft(nil), []mapping.Loss(nil)
	if r, ok := p.record(p.from, e.ID); ok && len(r.Twins) > 1 && len(r.Twins) != len(parts) {
		if old, lost = cutPieces(mapping.Body.Split, body, e.Files, to, room, alone); len(old) != len(r.Twins) {
			old = nil
		}
	}
	if old != nil && p.asCutNow(p.standing(i), old) {
		return old, lost
	}
	if rest, lost, ok := p.goOn(i, parts, body, room); ok {
		return rest, lost
	}
	if old != nil {
		return old, lost
	}
	return parts, losses
}
