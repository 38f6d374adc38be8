package dashly

import (
	"context"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/mapping"
)

// Fill sets with set_once, which never overwrites (dashly-api.md 8.13). An address is never set: that may make one user of
// two (U35).
func (s *Sink) Fill(ctx context.Context, contact mapping.PersonID, of mapping.Contact, values []mapping.PropertyValue) (unheld int, err error) {
	own, has, custom, err := s.client.Custom(ctx, string(contact))
	if err != nil || !of.Identified && !strings.HasPrefix(own, s.keyHead()) {
		return 0, err
	}
	var missing []apidashly.Property
	if name := strings.TrimSpace(of.Name); has == "" && name != "" {
		missing = append(missing, apidashly.Property{Key: "$name", Value: name})
	}
	for _, v := range values {
		if raw, there := custom[v.Name]; !there || raw == "null" || raw == `""` {
			missing = append(missing, apidashly.Property{Key: v.Name, Value: spelt(v)})
		}
	}
	if len(missing) == 0 {
		return 0, nil
	}
	return s.client.SetOnce(ctx, apidashly.UserRef{ID: string(contact)}, missing, apidashly.Write{Reach: api.Quiet})
}

// spelt is a value as the desk takes it: dates are ISO 8601 without a zone (dashly-api.md 8.13).
func spelt(v mapping.PropertyValue) any {
	return v.Spelt(func(at time.Time) any { return at.Format("2006-01-02T15:04:05") })
}
