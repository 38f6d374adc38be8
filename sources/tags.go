package sources

import "context"

// TagLister is a source that can list the tags of its desk, each as it is spelled there. The list is whole, or there is an
// error: Denied where the token may not read it. It may be repeated.
type TagLister interface {
	Tags(ctx context.Context) ([]string, error)
}
