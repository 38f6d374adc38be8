// Package sandbox is two stateful stand-in desks over real HTTP, with people who work at them and faults on demand.
package sandbox

import (
	"net/http"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// Names that callers need, in one place.
type (
	DashlyDesk   = dashly.Desk
	IntercomDesk = intercom.Desk
	Human        = stage.Human
	Customer     = stage.Customer
	Upload       = stage.Upload
	Thread       = stage.Thread
	Entry        = stage.Entry
	Notification = stage.Notification
	Log          = stage.Log
	Fault        = stage.Fault
)

// Options of one desk. The zero value is a desk with the default staff and knobs that accepts any non-empty token.
type Options struct {
	Token    string
	Now      func() time.Time // time.Now when nil
	Log      *Log             // shared when given
	Dashly   *dashly.Knobs    // nil: dashly.DefaultKnobs
	Intercom *intercom.Knobs  // nil: intercom.DefaultKnobs
}

// NewDashly makes an empty Dashly desk. It serves under /v2 and without prefix.
func NewDashly(o Options) *DashlyDesk {
	return dashly.New(dashly.Options{Token: o.Token, Now: o.Now, Log: o.Log, Knobs: o.Dashly})
}

// NewIntercom makes an empty Intercom workspace.
func NewIntercom(o Options) *IntercomDesk {
	return intercom.New(intercom.Options{Token: o.Token, Now: o.Now, Log: o.Log, Knobs: o.Intercom})
}

// NewPair makes both desks with one log.
func NewPair(o Options) (*DashlyDesk, *IntercomDesk) {
	if o.Log == nil {
		o.Log = &Log{}
	}
	return NewDashly(o), NewIntercom(o)
}

// Hosts under which Client reaches the two desks.
const (
	DashlyURL   = "https://dashly.sandbox"
	IntercomURL = "https://intercom.sandbox"
)

// Client is an http.Client that reaches the two desks under DashlyURL and IntercomURL without opening a socket, so that
// it works inside testing/synctest.
func Client(d *DashlyDesk, i *IntercomDesk) *http.Client {
	return &http.Client{Transport: stage.Transport{"dashly.sandbox": d, "intercom.sandbox": i}}
}
