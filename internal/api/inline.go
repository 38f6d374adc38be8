package api

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// inlineScheme begins an address that is a file itself: an image within a text may be one (RFC 2397).
const inlineScheme = "data:"

func isInline(link string) bool {
	return len(link) >= len(inlineScheme) && strings.EqualFold(link[:len(inlineScheme)], inlineScheme)
}

// inline reads a file of at most so many bytes out of its address, and the media type that this names, which may be empty.
// Refused: it cannot be read, or it is TooLarge.
func inline(desk, link string, most int64) ([]byte, string, error) {
	refused := &Error{Class: Refused, Desk: desk, Call: "fetch file", Reason: "an inline image that cannot be read"}
	head, data, ok := strings.Cut(link[len(inlineScheme):], ",")
	if !ok {
		return nil, "", refused
	}
	kind, coded := head, false
	if i := strings.LastIndexByte(head, ';'); i >= 0 && strings.EqualFold(strings.TrimSpace(head[i+1:]), "base64") {
		kind, coded = strings.TrimSpace(head[:i]), true
	}
	text, err := url.PathUnescape(data)
	if err != nil {
		return nil, "", refused
	}
	content := []byte(text)
	if coded {
		digits := strings.TrimRight(strings.Join(strings.Fields(text), ""), "=")
		if content, err = base64.RawStdEncoding.DecodeString(digits); err != nil {
			return nil, "", refused
		}
	}
	if size := int64(len(content)); size > most {
		return nil, "", NewTooLarge(desk, most, size)
	}
	return content, kind, nil
}
