package api

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

// gate is what may be written as HTML: the elements that mapping.Body.HTML renders, with links to the web, to mailboxes and
// to telephones, and nothing else. Nothing is added either, rel="nofollow" and the like included.
var gate = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "b", "i", "code", "pre", "blockquote", "ul", "ol", "li")
	// The address is matched and not parsed: bluemonday would write a parsed one anew, in another spelling.
	p.AllowAttrs("href").Matching(regexp.MustCompile("^(?i:https?://|mailto:|tel:)[^ \t\r\n\"<>`]*$")).OnElements("a")
	return p
}()

// Clean is the last gate before a desk is sent HTML: it reports whether a sanitiser with another parser's eyes than ours
// (bluemonday) leaves the text as it is, byte for byte. It does so with everything that mapping.Body.HTML can render; what
// it would change is a fault of this program. Such a text is refused and not cleaned: nobody can say which words were taken
// out, the copy would not be known again by its words, and a refused entry leaves a note, a loss and a line in the log.
func Clean(html string) bool { return gate.Sanitize(html) == html }
