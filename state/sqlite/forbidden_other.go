//go:build !unix

package sqlite

func forbidden(string) string { return "" }
