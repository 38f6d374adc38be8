package intercom

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/mapping"
	wire "github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
)

// addTag attaches a tag by its name. One that the workspace lacks is made first: making it is idempotent by its name,
// so this second write may be repeated.
func (s *Sink) addTag(ctx context.Context, op sinks.Operation, act apiintercom.Act) error {
	id, err := s.tagFor(ctx, op.Tag, act)
	if err != nil {
		return err
	}
	err = s.client.AttachTag(ctx, string(op.Conversation), id, string(op.Author.ID), act)
	if !api.IsNotFound(err) {
		return err
	}
	s.forgetTags() // the tag may have been deleted since it was listed, and be made anew since
	again, listErr := s.tagFor(ctx, op.Tag, act)
	if listErr != nil || again == id {
		return cmp.Or(listErr, err)
	}
	return s.client.AttachTag(ctx, string(op.Conversation), again, string(op.Author.ID), act)
}

// tagFor gives the id of a tag, which is made if it is not there.
func (s *Sink) tagFor(ctx context.Context, name string, act apiintercom.Act) (string, error) {
	id, known, err := s.tagID(ctx, name)
	if err != nil || known {
		return id, err
	}
	return s.makeTag(ctx, name, act.Historic)
}

// removeTag detaches a tag by its name. One that the conversation does not bear is gone already. The list of tags may be
// older than the tag or its name: where it does not lead to the tag, the conversation itself tells under which id it
// bears it.
func (s *Sink) removeTag(ctx context.Context, op sinks.Operation, act apiintercom.Act) error {
	id, known, err := s.tagID(ctx, op.Tag)
	if err != nil {
		return err
	}
	if known {
		err = s.client.DetachTag(ctx, string(op.Conversation), id, string(op.Author.ID), act)
		if !api.IsNotFound(err) {
			return err
		}
	}
	s.forgetTags()
	borne, readErr := s.client.ConversationTags(ctx, string(op.Conversation)) // is it the tag that is missing, or the conversation?
	if readErr != nil {
		return cmp.Or(err, readErr)
	}
	switch now := named(borne, op.Tag); {
	case now == "":
		return nil
	case known && now == id:
		return err
	default:
		return s.client.DetachTag(ctx, string(op.Conversation), now, string(op.Author.ID), act)
	}
}

// named gives the id of a tag by its name, or by another spelling of it; empty when there is none.
func named(tags []wire.Tag, name string) (id string) {
	for _, t := range tags {
		if string(t.Name) == name {
			return string(t.ID)
		}
		if mapping.TagKey(string(t.Name)) == mapping.TagKey(name) {
			id = string(t.ID)
		}
	}
	return id
}

// tagsAge is how long the list of tags is believed: teammates rename them.
const tagsAge = 10 * time.Minute

// tagID looks a tag up by its exact name in the list of the workspace's, which is read again when it is old, and after
// somebody who did not find a tag by it forgot it.
func (s *Sink) tagID(ctx context.Context, name string) (id string, known bool, err error) {
	s.mu.Lock()
	id, known = s.tags[name]
	fresh := s.tags != nil && time.Since(s.listed) <= tagsAge
	s.mu.Unlock()
	if fresh {
		return id, known && id != "", nil
	}
	list, err := s.client.Tags(ctx) // not under the lock: others may go on meanwhile
	if err != nil {
		return "", false, err
	}
	tags := make(map[string]string, len(list))
	for _, t := range list {
		tags[string(t.Name)] = string(t.ID)
	}
	s.mu.Lock()
	s.tags, s.listed = tags, time.Now()
	s.mu.Unlock()
	id, known = tags[name]
	return id, known && id != "", nil
}

// makeTag creates a tag. A desk that takes "VIP" and "vip" for one refuses the second: then the one it has is used.
func (s *Sink) makeTag(ctx context.Context, name string, historic bool) (string, error) {
	t, err := s.client.CreateTag(ctx, name, apiintercom.Act{Reach: api.Silent, Historic: historic})
	if e, ok := errors.AsType[*api.Error](err); ok && e.Class == api.Refused {
		s.forgetTags()
		if id, ok := s.similarTag(ctx, name); ok {
			return id, nil
		}
	}
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tags != nil {
		s.tags[name] = string(t.ID)
	}
	return string(t.ID), nil
}

func (s *Sink) similarTag(ctx context.Context, name string) (string, bool) {
	if id, known, err := s.tagID(ctx, name); err == nil && known {
		return id, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for have, id := range s.tags {
		if strings.EqualFold(have, name) {
			ids = append(ids, id)
		}
	}
	if len(ids) != 1 {
		return "", false
	}
	return ids[0], true
}

func (s *Sink) forgetTags() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tags = nil
}
