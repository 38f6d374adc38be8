package redis

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

type kind int

const (
	single kind = iota
	sentinel
	cluster
)

// address is a store's URL. It is read by hand: net/url knows one host only, and its errors repeat what they could not
// read, a password for instance.
type address struct {
	kind           kind
	socket, secure bool
	hosts          []string
	user, password string
	master         string
	db             int
}

var schemes = map[string]address{
	"redis":           {kind: single},
	"rediss":          {kind: single, secure: true},
	"unix":            {kind: single, socket: true},
	"redis+sentinel":  {kind: sentinel},
	"rediss+sentinel": {kind: sentinel, secure: true},
	"redis+cluster":   {kind: cluster},
	"rediss+cluster":  {kind: cluster, secure: true},
}

// CheckURL tells what is wrong with the URL of a store, without its credentials. It calls nobody.
func CheckURL(text string) error {
	_, err := parse(text)
	return err
}

func parse(text string) (address, error) {
	scheme, rest, ok := strings.Cut(text, "://")
	a, known := schemes[scheme]
	if !ok || !known {
		return a, errors.New("its URL must begin with redis://, rediss://, redis+sentinel://, redis+cluster:// or unix://")
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		if err := a.credentials(rest[:at]); err != nil {
			return a, err
		}
		rest = rest[at+1:]
	}
	rest, query, _ := strings.Cut(rest, "?")
	path := ""
	if a.socket {
		a.hosts = []string{rest}
		if !strings.HasPrefix(rest, "/") {
			return a, errors.New("unix:// needs the whole path of a socket")
		}
	} else {
		var hosts string
		hosts, path, _ = strings.Cut(rest, "/")
		if err := a.setHosts(hosts); err != nil {
			return a, err
		}
	}
	return a, a.database(strings.TrimSuffix(path, "/"), query)
}

func (a *address) credentials(text string) error {
	user, password, ok := strings.Cut(text, ":")
	if !ok {
		return errors.New("its URL has an '@' but no ':' before it: a password is written as :password@host")
	}
	var err1, err2 error
	a.user, err1 = url.PathUnescape(user)
	a.password, err2 = url.PathUnescape(password)
	if err1 != nil || err2 != nil {
		return errors.New("its URL has a user or a password with a '%' that begins no escape: write %25")
	}
	return nil
}

func (a *address) setHosts(text string) error {
	port := "6379"
	if a.kind == sentinel {
		port = "26379"
	}
	for h := range strings.SplitSeq(text, ",") {
		host, p, err := net.SplitHostPort(h)
		if err != nil { // no port
			host, p = strings.Trim(h, "[]"), port
		}
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 || host == "" || strings.ContainsAny(host, " /") {
			return errors.New("its URL has a host that cannot be read: write host:port")
		}
		a.hosts = append(a.hosts, net.JoinHostPort(host, p))
	}
	if a.kind == single && len(a.hosts) > 1 {
		return errors.New("its URL names several hosts: use redis+sentinel:// or redis+cluster://")
	}
	return nil
}

func (a *address) database(path, query string) error {
	q, err := url.ParseQuery(query)
	if err != nil {
		return errors.New("its URL has options that cannot be read")
	}
	db := q.Get("db")
	switch {
	case a.kind == sentinel:
		if a.master = path; a.master == "" {
			return errors.New("its URL lacks the name of the master: redis+sentinel://host:port/master")
		}
	case path != "":
		db = path
	}
	for option := range q {
		if option != "db" {
			return fmt.Errorf("its URL has an unknown option %q", option)
		}
	}
	if db == "" {
		return nil
	}
	if a.db, err = strconv.Atoi(db); err != nil || a.db < 0 {
		return errors.New("its URL names a database that is not a number")
	}
	if a.kind == cluster && a.db != 0 {
		return errors.New("its URL names a database: a cluster has only 0")
	}
	return nil
}

// String gives the address without credentials.
func (a address) String() string {
	s := strings.Join(a.hosts, ",")
	if a.master != "" {
		s += "/" + a.master
	}
	return s
}

// connect makes the client. A call is repeated once: every script can be. With these times it cannot last longer than a
// few seconds when Redis does not answer.
func (a address) connect() redis.UniversalClient {
	o := redis.UniversalOptions{
		Addrs: slices.Clone(a.hosts), DB: a.db, Username: a.user, Password: a.password, MasterName: a.master,
		DialTimeout: 2 * time.Second, DialerRetries: 1, ReadTimeout: 3 * time.Second, WriteTimeout: 3 * time.Second,
		PoolTimeout: 4 * time.Second, MaxRetries: 1, MaxRedirects: 3, ContextTimeoutEnabled: true,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	if a.secure {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	switch a.kind {
	case sentinel:
		return redis.NewFailoverClient(o.Failover())
	case cluster:
		return redis.NewClusterClient(o.Cluster())
	}
	one := o.Simple()
	if a.socket {
		one.Network = "unix"
	}
	return redis.NewClient(one)
}
