package intercom

import (
	"context"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/mapping"
	wire "github.com/deskbridge/deskbridge/mapping/intercom"
)

// Fill writes what the contact lacks. An attribute that does not exist, or has another type, is refused with all others:
// then each is written by itself (intercom-api.md 11, 12).
func (s *Sink) Fill(ctx context.Context, contact mapping.PersonID, of mapping.Contact, values []mapping.PropertyValue) (unheld int, err error) {
	external, has, custom, err := s.client.Attributes(ctx, string(contact))
	if err != nil || !of.Identified && !strings.HasPrefix(external, wire.ContactKey(s.opts.Name, "")) {
		return 0, err
	}
	all := apiintercom.Filling{Attributes: map[string]any{}}
	if has == "" {
		all.Name = strings.TrimSpace(of.Name)
	}
	for _, v := range values {
		if raw, there := custom[v.Name]; !there || raw == "null" || raw == `""` {
			all.Attributes[v.Name] = spelt(v)
		}
	}
	if all.Name == "" && len(all.Attributes) == 0 {
		return 0, nil
	}
	err = s.client.FillContact(ctx, string(contact), all)
	if api.ClassOf(err) != api.Refused || api.IsNotFound(err) {
		return 0, err
	}
	if all.Name != "" {
		if err := s.client.FillContact(ctx, string(contact), apiintercom.Filling{Name: all.Name}); err != nil && api.ClassOf(err) != api.Refused {
			return 0, err
		}
	}
	for _, v := range values {
		value, missing := all.Attributes[v.Name]
		if !missing {
			continue
		}
		err := s.client.FillContact(ctx, string(contact), apiintercom.Filling{Attributes: map[string]any{v.Name: value}})
		switch {
		case api.ClassOf(err) == api.Refused && err != nil:
			unheld++
		case err != nil:
			return unheld, err
		}
	}
	return unheld, nil
}

// spelt is a value as the desk takes it: dates are unix seconds.
func spelt(v mapping.PropertyValue) any { return v.Spelt(func(at time.Time) any { return at.Unix() }) }
