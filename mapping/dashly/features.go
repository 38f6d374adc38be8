package dashly

import (
	"fmt"
	"regexp"

	"github.com/deskbridge/deskbridge/mapping"
)

var speaks = regexp.MustCompile(`^2(\.[0-9]+){0,2}$`)

// Features gives what Dashly can do in an API version; empty means 2, the only one that the bridge speaks.
func Features(version string) (mapping.Features, error) {
	if version == "" {
		version = "2"
	}
	if !speaks.MatchString(version) {
		return mapping.Features{}, fmt.Errorf("version %q: the bridge speaks version 2", version)
	}
	return mapping.Features{
		Version:       version,
		SilentReply:   mapping.Dropped, // U25: no silent flag
		ChosenTime:    mapping.Dropped, // dashly-api.md 8.4
		Marker:        mapping.Full,    // external_id, dashly-api.md 8.16
		NoteMarker:    mapping.Dropped, // U37: perhaps not allowed on notes
		Reopen:        mapping.Dropped, // dashly-api.md 8.7
		Snooze:        mapping.Dropped, // U29
		Unassign:      mapping.Full,    // dashly-api.md 8.5
		Team:          mapping.Dropped, // U29: a channel can be read, and no call sets it
		Tags:          mapping.Full,    // dashly-api.md 8.8
		Title:         mapping.Dropped, // dashly-api.md 9.1
		Rating:        mapping.Dropped, // dashly-api.md 9.1: conversations have no attributes
		Events:        mapping.Full,    // dashly-api.md 8.14
		HTML:          mapping.Dropped, // U43
		FilesPerEntry: 1,
		FileBytes:     10 << 20, // dashly-api.md 8.11, assumed for replies too (U23)
		FileTypes:     []string{"jpg", "jpeg", "png", "gif", "pdf", "rar", "zip", "html", "csv", "docx", "doc", "xlsx", "xls", "txt", "sig"},
		BodyRunes:     10000,           // U8: a careful guess
		CommaInTags:   mapping.Dropped, // U27
		TagRunes:      255,             // dashly-api.md 8.8
		FindByTime:    mapping.Partial, // dashly-api.md 8.1: newest change first, no filter by time
	}, nil
}
