package api

import "bytes"

// Readable tells whether a JSON value can be the text of an entry: a string, a number, null, or nothing at all. What is
// neither would be taken for an empty text by a lenient reader, and words of a person would be lost.
func Readable(raw []byte) bool {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return true
	}
	return raw[0] == '"' || raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9'
}
