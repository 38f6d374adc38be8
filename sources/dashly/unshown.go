package dashly

import (
	"sync"

	"github.com/deskbridge/deskbridge/mapping"
)

// unshown remembers how many parts of a conversation the desk counts and does not show, where there are any.
type unshown struct {
	mu    sync.Mutex
	parts map[mapping.ConversationID]int
}

// unshownRoom is for so many conversations. When it is full all are forgotten, at the cost of one more reading of each.
const unshownRoom = 10000

func (u *unshown) of(id mapping.ConversationID) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.parts[id]
}

func (u *unshown) set(id mapping.ConversationID, n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if n == 0 {
		delete(u.parts, id)
		return
	}
	if u.parts == nil || len(u.parts) >= unshownRoom {
		u.parts = map[mapping.ConversationID]int{}
	}
	u.parts[id] = n
}
