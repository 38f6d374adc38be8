package sqlite

import "context"

// LimitPages makes the file as full as it is: what a disk without room does.
func (s *Store) LimitPages(ctx context.Context) error {
	_, err := s.writer.ExecContext(ctx, `PRAGMA max_page_count = 1`) // no less than it has
	return err
}
