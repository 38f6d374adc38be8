// Package intercom is Intercom's wire schema, 1.x and 2.x, and its table to and from the neutral model.
package intercom

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/deskbridge/deskbridge/mapping"
)

// Desk is Intercom's name in references, keys and configuration.
const Desk mapping.Desk = "intercom"

// OwnContact begins the external_id of every contact that a bridge has made. Such a contact identifies nobody.
const OwnContact = "deskbridge:"

// ContactKey is the natural key of the bridge's own contact for a customer of the other desk: the external_id that
// makes creating it twice one contact (intercom-api.md 16).
func ContactKey(pair string, other mapping.PersonID) string {
	return OwnContact + pair + ":" + string(other)
}

// Versions are the API versions that the bridge speaks. Payloads of older ones are decoded, calls are not made.
var Versions = []string{"2.7", "2.8", "2.9", "2.10", "2.11", "2.12", "2.13", "2.14", "2.15", "2.16"}

// Minor gives the number behind the dot of a version that the bridge speaks. Versions are not decimals: 2.10 follows
// 2.9 (intercom-api.md 1.1).
func Minor(version string) (int, error) {
	for _, v := range Versions {
		if v == version {
			return strconv.Atoi(strings.TrimPrefix(v, "2."))
		}
	}
	return 0, fmt.Errorf("Intercom-Version %q is not supported: use %s to %s", version, Versions[0], Versions[len(Versions)-1])
}

// Features is what Intercom can do in one API version (intercom-api.md 2, 9, 10 and 15). Versions outside 2.7 to 2.16
// are errors. FileBytes and BodyRunes are careful guesses: no limit is documented (unknown 9).
func Features(version string) (mapping.Features, error) {
	minor, err := Minor(version)
	if err != nil {
		return mapping.Features{}, err
	}
	since := func(first int, before mapping.Level) mapping.Level {
		if minor >= first {
			return mapping.Full
		}
		return before
	}
	return mapping.Features{
		Version:       version,
		SilentReply:   since(15, mapping.Dropped),
		ChosenTime:    since(11, mapping.Partial), // below 2.11 only an admin's reply takes created_at
		Marker:        mapping.Dropped,
		NoteMarker:    mapping.Dropped,
		Reopen:        mapping.Full,
		Snooze:        mapping.Full,
		Events:        mapping.Dropped,
		Unassign:      mapping.Full,
		Team:          mapping.Full,
		Tags:          mapping.Full,
		Title:         since(13, mapping.Dropped),
		Rating:        mapping.Full, // intercom-api.md 9.4: custom_attributes, since 2.3
		Backlink:      mapping.Full, // the same
		HTML:          mapping.Full,
		FilesPerEntry: 10,
		FileBytes:     20 << 20,
		BodyRunes:     20000,
		CommaInTags:   mapping.Full,
		FindByTime:    mapping.Full, // intercom-api.md 6.2: created_at
	}, nil
}
