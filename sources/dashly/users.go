package dashly

import (
	"context"
	"sync"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/mapping/dashly"
)

// users keeps what was read of users for a while: a busy customer would cost one call with every read otherwise.
type users struct {
	mu   sync.Mutex
	kept map[dashly.ID]keptUser
}

type keptUser struct {
	user  dashly.User // its id is empty when the desk does not know the user
	until time.Time
}

const (
	userAge  = 15 * time.Minute
	userRoom = 10000
)

// customer completes the user of a header where that is worth a call: when only the id is shown (U16), and when only the
// status of the e-mail address can tell whether the user is identified. One who was merged is followed, where the desk
// answers with the one who is left.
func (s *Source) customer(ctx context.Context, u dashly.User) (dashly.User, error) {
	bare := u.Props == nil
	merged := bool(u.Removed) || s.client.Heir(string(u.ID)) != ""
	if u.ID == "" || !merged && !bare && (u.Email() == "" || u.Identified()) {
		return u, nil
	}
	full, err := s.user(ctx, u.ID)
	if err != nil {
		return u, err
	}
	switch {
	case full.ID != "" && full.ID != u.ID: // merged into this one (U32)
		return full, nil
	case full.ID == "": // gone in the meantime: what the header shows is all there is
	case bare && u.UserID == "":
		return full, nil
	case full.Email() == u.Email(): // the status belongs to this address
		u.EmailStatus = full.EmailStatus
	}
	return u, nil
}

// others finds out who the authors are whose id is not the conversation's user: the same user under an id from before
// they were merged (U32), or somebody else. A conversation has one user (dashly-api.md 9.1), so that where the one whom it
// shows is gone, the only other one who speaks in it as the user is the one who is left.
func (s *Source) others(ctx context.Context, in *dashly.Input) error {
	now := in.Conversation.User.Value.ID
	if in.User.ID != "" {
		now = in.User.ID
	}
	in.Same, in.Others = map[dashly.ID]bool{}, map[dashly.ID]dashly.User{}
	var left dashly.User
	for _, p := range in.Parts { // newest first
		id := p.From.ID
		if p.Type != "reply_user" || id == "" || p.From.Form != dashly.BareID && p.From.Form != dashly.UserSender {
			continue
		}
		if _, met := in.Others[id]; met || id == now || now == "" || in.Same[id] {
			continue
		}
		u, err := s.user(ctx, id)
		if err != nil {
			return err
		}
		if u.ID == "" || u.ID == now || bool(u.Removed) {
			in.Same[id] = true
			continue
		}
		in.Others[id], left = u, u
	}
	for _, u := range in.Others {
		if u.ID != left.ID {
			return nil
		}
	}
	if left.ID == "" {
		return nil
	}
	shown, err := s.user(ctx, now)
	if err != nil || shown.ID != "" && !bool(shown.Removed) {
		return err
	}
	in.User, in.Same[now] = left, true
	for id := range in.Others {
		in.Same[id] = id != left.ID
	}
	delete(in.Same, left.ID)
	clear(in.Others)
	return nil
}

// user reads a user, with the status of the e-mail address. A user that the desk does not know has no id.
func (s *Source) user(ctx context.Context, id dashly.ID) (dashly.User, error) {
	s.users.mu.Lock()
	kept, ok := s.users.kept[id]
	s.users.mu.Unlock()
	heir := s.client.Heir(string(id))
	if ok && s.opts.Now().Before(kept.until) && (heir == "" || heir == string(kept.user.ID)) {
		return kept.user, nil
	}
	u, err := s.client.User(ctx, apidashly.UserRef{ID: string(id)}, true)
	if err != nil && !api.IsNotFound(err) {
		return dashly.User{}, err
	}
	if err != nil {
		u = dashly.User{}
	}
	s.users.mu.Lock()
	defer s.users.mu.Unlock()
	if len(s.users.kept) >= userRoom {
		clear(s.users.kept)
	}
	s.users.kept[id] = keptUser{user: u, until: s.opts.Now().Add(userAge)}
	return u, nil
}
