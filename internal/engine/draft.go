package engine

import (
	"cmp"
	"fmt"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// draft is one write that carries an entry, or a part of it, to the other desk. It is a pure function of the entry and
// the rules; ids of files and people are resolved when it is sent.
type draft struct {
	op      sinks.Operation
	entries []mapping.EntryID // of the source that it stands for
	part    int               // 1-based
	of      int
	fold    bool
	acts    bool // it tells events, and folds them
	link    bool // it is, or holds, the back-link note
	files   []mapping.File
	losses  []mapping.Loss
	chosen  time.Time // the time that was taken off it, because it may be what the desk refuses
}

// tokenRoom is what the token line of a note may take of its length.
const tokenRoom = 400

// deskLabel is how a desk is named in texts that people read.
func deskLabel(d mapping.Desk) string {
	if d == "" {
		return ""
	}
	return strings.ToUpper(string(d[:1])) + string(d[1:])
}

// personLabel is how somebody is named in what the team alone reads.
func personLabel(p mapping.Person) string {
	switch {
	case p.NameForTeam() != "":
		return p.NameForTeam()
	case p.Role == mapping.Bot:
		return "Bot"
	case p.Role == mapping.Customer:
		return "Customer"
	case p.Role == mapping.System:
		return "Unknown author"
	case p.ID != "":
		return "Agent " + string(p.ID)
	}
	return "Agent"
}

// publicly is somebody as customers may know them.
func publicly(p mapping.Person) mapping.Person {
	p.NameInternal = ""
	return p
}

// labelsOf are the names under which the bridge may have named somebody: of an agent who lacks a public name, that of the
// panel too, in notes, and over replies which older versions posted.
func labelsOf(p mapping.Person) []string {
	return slices.Compact([]string{personLabel(publicly(p)), personLabel(p)})
}

func line(format string, args ...any) mapping.Body {
	return mapping.Body{Blocks: []mapping.Block{{Runs: []mapping.Run{{Text: fmt.Sprintf(format, args...)}}}}}
}

// fileLine stands for a file where it is not carried, and for one that travels without words.
func fileLine(f mapping.File, reason string) mapping.Body {
	name := f.Name
	if name == "" {
		name = "file"
	}
	switch {
	case reason == "":
		return line("[%s]", name)
	case f.Size > 0:
		return line("[%s, %s: %s]", name, size(f.Size), reason)
	}
	return line("[%s: %s]", name, reason)
}

func size(n int64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// aboveToken appends a line, before the token where there is one: that must stay the last.
func aboveToken(b, more mapping.Body) mapping.Body {
	if last := len(b.Blocks) - 1; last >= 0 {
		token := mapping.Body{Blocks: b.Blocks[last:]}
		if _, ours := mapping.FindToken(token.Text()); ours {
			return mapping.Body{Blocks: b.Blocks[:last], Simplified: b.Simplified}.Append(more, token)
		}
	}
	return b.Append(more)
}

func largerThan(limit int64) string { return "larger than " + size(limit) }

const notTaken = "this desk does not take files of this kind"

// carriable tells why a desk cannot take a file; empty when it can.
func carriable(f mapping.File, to mapping.Features) string {
	switch {
	case to.FilesPerEntry == 0:
		return "this desk takes no files"
	case to.FileBytes > 0 && f.Size > to.FileBytes:
		return largerThan(to.FileBytes)
	case to.FileTypes != nil && path.Ext(f.Name) != "" && !slices.Contains(to.FileTypes, extension(f.Name)): // without one its bytes tell
		return notTaken
	case f.URL == "":
		return "the file has no link"
	}
	return ""
}

func extension(name string) string { return strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".") }

// withExtension names a file that has no extension by what it is, where a desk decides by extensions: by its media type, or else
// by its first bytes.
func withExtension(name, kind string, content []byte, to mapping.Features) string {
	if to.FileTypes == nil || path.Ext(name) != "" {
		return name
	}
	for _, t := range []string{kind, http.DetectContentType(content)} {
		known, err := mime.ExtensionsByType(t)
		if err != nil {
			continue
		}
		for _, ext := range to.FileTypes {
			if slices.Contains(known, "."+ext) {
				return cmp.Or(name, "file") + "." + ext
			}
		}
	}
	return name
}

// pieces cuts an entry's words and files into the parts that the other desk takes one by one. alone keeps files out of
// the first part: an opening cannot carry them.
func pieces(body mapping.Body, files []mapping.File, to mapping.Features, room int, alone bool) (parts []draft, losses []mapping.Loss) {
	return cutPieces(continued, body, files, to, room, alone)
}

func cutPieces(cut func(mapping.Body, int) []mapping.Body, body mapping.Body, files []mapping.File, to mapping.Features, room int, alone bool) (parts []draft, losses []mapping.Loss) {
	var carried []mapping.File
	if slices.ContainsFunc(files, func(f mapping.File) bool { return f.Within }) {
		losses = append(losses, mapping.LossImageMoved)
	}
	for _, f := range files {
		if why := carriable(f, to); why != "" {
			body = body.Append(fileLine(f, why))
			losses = append(losses, mapping.LossFileNotCarried)
			continue
		}
		carried = append(carried, f)
	}
	if !body.IsEmpty() {
		for _, b := range cut(body, room) {
			parts = append(parts, draft{op: sinks.Operation{Body: b}})
		}
		if parts[0].op.Body.Simplified && !body.Simplified {
			losses = append(losses, mapping.LossFormatting)
		}
	} else if alone && len(carried) > 0 {
		parts = append(parts, draft{op: sinks.Operation{Body: fileLine(carried[0], "")}})
	}
	for len(carried) > 0 {
		n := min(to.FilesPerEntry, len(carried))
		batch := carried[:n]
		carried = carried[n:]
		if last := len(parts) - 1; last >= 0 && parts[last].files == nil && !(alone && last == 0) {
			parts[last].files = batch
			continue
		}
		var names mapping.Body
		for _, f := range batch {
			names = names.Append(fileLine(f, ""))
		}
		parts = append(parts, draft{op: sinks.Operation{Body: names}, files: batch})
	}
	return parts, losses
}

// wordsOf is the text that fingerprints are made of. Bracketed lines, which stand for files and tokens, do not count, nor
// does what stands in brackets at the end, unless there is nothing else: a desk may show a line of ours within the
// paragraph before it. Of nothing but brackets the names of files count, not why one of them is not there.
func wordsOf(b mapping.Body) string {
	all := b.Words()
	var kept []string
	for l := range strings.SplitSeq(all, "\n") {
		if t := strings.TrimSpace(l); !strings.HasPrefix(t, "[") || !strings.HasSuffix(t, "]") {
			kept = append(kept, l)
		}
	}
	words := strings.Join(kept, "\n")
	if strings.HasSuffix(strings.TrimSpace(words), "]") {
		words = bracketsAtEnd.ReplaceAllString(words, "")
	}
	if strings.TrimSpace(words) == "" {
		return namesOf(all)
	}
	return words
}

// namesOf leaves out of a text that is nothing but brackets the lines for files that another one names before.
func namesOf(brackets string) string {
	var names []string
	return oneBracket.ReplaceAllStringFunc(brackets, func(bracket string) string {
		said := bracket[1 : len(bracket)-1]
		for _, name := range names {
			if strings.HasPrefix(said, name+", ") || strings.HasPrefix(said, name+": ") {
				return ""
			}
		}
		names = append(names, said)
		return bracket
	})
}

var (
	oneBracket      = regexp.MustCompile(`\[[^\[\]]*\]`)
	bracketsAtEnd   = regexp.MustCompile(`(\s*\[[^\[\]]*\])+\s*$`)
	spacesAndBreaks = regexp.MustCompile(`\s+`)
)

// textPrint is the fingerprint without a time.
func textPrint(customer, visible bool, b mapping.Body) mapping.Print {
	return mapping.PrintOf(customer, visible, time.Time{}, wordsOf(b))
}

// asShown is a message's text as the other desk shows it: where it is sent as plain text, lists and quotations are marked
// by signs, and the addresses of links stand behind their labels.
func asShown(customer bool, b mapping.Body, to mapping.Features) mapping.Body {
	if customer || to.HTML != mapping.Full {
		return mapping.PlainBody(b.Text())
	}
	return b
}

// transcript renders entries as the dated, attributed lines of a note.
func transcript(entries []mapping.Entry, from mapping.Desk, to mapping.Features, limit int) (chunks []chunk) {
	for _, e := range entries {
		b := transcriptEntry(e, from)
		losses := lineLosses(e, to)
		if n := len(chunks); n > 0 && chunks[n-1].body.Append(b).Length() <= limit {
			chunks[n-1].body = chunks[n-1].body.Append(b)
			chunks[n-1].entries = append(chunks[n-1].entries, e.ID)
			chunks[n-1].losses = append(chunks[n-1].losses, losses...)
			continue
		}
		chunks = append(chunks, chunk{body: b, entries: []mapping.EntryID{e.ID}, losses: losses})
	}
	return chunks
}

type chunk struct {
	body    mapping.Body
	entries []mapping.EntryID
	losses  []mapping.Loss
}

// lineLosses are those of an entry as a line of a transcript, which only names its files.
func lineLosses(e mapping.Entry, to mapping.Features) []mapping.Loss {
	return append(slices.Repeat([]mapping.Loss{mapping.LossFileNotCarried}, len(e.Files)), formless(e, to)...)
}

// foldedLosses are those of an entry that shares a note with others: as an activity, or as a line of a transcript.
func foldedLosses(e mapping.Entry, to mapping.Features) []mapping.Loss {
	if isAct(e) {
		return []mapping.Loss{mapping.LossActAsNote}
	}
	return lineLosses(e, to)
}

// ownLosses are those of an entry however it is written; a lost form is none where it is counted already.
func ownLosses(e mapping.Entry, to mapping.Features, counted []mapping.Loss) []mapping.Loss {
	own := slices.DeleteFunc(slices.Clone(e.Losses), func(l mapping.Loss) bool { return l == mapping.LossFormatting })
	return append(own, formless(e, to, counted...)...)
}

// formless is the loss of an entry whose form was lost as it was read, or that a desk does not hold; none where it is counted already.
func formless(e mapping.Entry, to mapping.Features, counted ...mapping.Loss) []mapping.Loss {
	lost := e.Body.Simplified || to.HTML != mapping.Full && e.Body.Formatted() || slices.Contains(e.Losses, mapping.LossFormatting)
	if !lost || slices.Contains(counted, mapping.LossFormatting) {
		return nil
	}
	return []mapping.Loss{mapping.LossFormatting}
}

func transcriptEntry(e mapping.Entry, from mapping.Desk) mapping.Body {
	what := map[mapping.Role]string{mapping.Customer: "customer", mapping.Agent: "agent", mapping.Bot: "bot", mapping.System: "system"}[e.Author.Role]
	if e.Kind == mapping.Note {
		what += ", internal note"
	}
	b := mapping.Body{Blocks: []mapping.Block{{Runs: []mapping.Run{{Text: fmt.Sprintf("%s, %s (%s):", stamp(e), personLabel(e.Author), what), Bold: true}}}}}
	b = b.Append(e.Body)
	for _, f := range e.Files {
		b = b.Append(fileLine(f, "see the original conversation"))
	}
	return b
}
