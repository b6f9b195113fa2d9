// The benchmark's peer in Go: net/http, database/sql, go-sql-driver/mysql.
package main

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

const (
	apiVersion     = "bindplane.observiq.com/v1"
	maxBody        = 64 << 10
	errorDuplicate = 1062
	errorDeadlock  = 1213
	attempts       = 4
)

// Hashes of the two specs without secrets, which are always the same.
var (
	organizationHash = digestOf(`{"parameters":[]}`)
	projectHash      = digestOf(`{}`)
)

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// --- resources ---------------------------------------------------------------

type metadata struct {
	ID           string          `json:"id"`
	Name         string          `json:"name"`
	DisplayName  string          `json:"displayName"`
	Labels       json.RawMessage `json:"labels"`
	Version      int64           `json:"version"`
	DateCreated  string          `json:"dateCreated"`
	DateModified string          `json:"dateModified"`
	Hash         string          `json:"hash"`
}

type resource struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   metadata `json:"metadata"`
	Spec       any      `json:"spec"`
	Status     struct{} `json:"status"`
}

type organizationSpec struct {
	Parameters []string `json:"parameters"`
}

type projectSpec struct {
	SecretKey           string          `json:"secretKey,omitempty"`
	AlternateSecretKeys json.RawMessage `json:"alternateSecretKeys,omitempty"`
}

type adminProjectSpec struct {
	SecretKey           string          `json:"secretKey"`
	AlternateSecretKeys json.RawMessage `json:"alternateSecretKeys"`
}

// The columns of an organization, and of a project, as scanned.
type row struct {
	id, name, displayName, labels, modifiedAt sql.NullString
	secretKey, alternateKeys                  sql.NullString
	version                                   sql.NullInt64
	isAdmin                                   sql.NullBool
}

func (r *row) organizationFields() []any {
	return []any{&r.id, &r.name, &r.displayName, &r.labels, &r.version,
		&r.modifiedAt}
}

func (r *row) projectFields() []any {
	return append(r.organizationFields(), &r.secretKey, &r.alternateKeys,
		&r.isAdmin)
}

func timeOf(column string) string {
	return strings.Replace(column, " ", "T", 1) + "Z"
}

// When an id was made: its first ten characters are milliseconds.
func timeOfID(id string) string {
	var ms int64
	for i := 0; i < 10 && i < len(id); i++ {
		ms = ms<<5 | int64(strings.IndexByte(alphabet, id[i]))
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z")
}

func (r *row) resource(kind, hash string, spec any) resource {
	return resource{apiVersion, kind, metadata{ID: r.id.String,
		Name: r.name.String, DisplayName: r.displayName.String,
		Labels:       json.RawMessage(r.labels.String),
		Version:      r.version.Int64,
		DateCreated:  timeOfID(r.id.String),
		DateModified: timeOf(r.modifiedAt.String), Hash: hash}, spec,
		struct{}{}}
}

func (r *row) organization() resource {
	return r.resource("Organization", organizationHash,
		organizationSpec{[]string{}})
}

func (r *row) project() resource {
	if !r.isAdmin.Bool {
		return r.resource("Account", projectHash, projectSpec{})
	}
	return r.resource("Account", projectHash,
		adminProjectSpec{r.secretKey.String,
			json.RawMessage(r.alternateKeys.String)})
}

// --- the database ------------------------------------------------------------

// A reading statement of the program.
type statement struct {
	text     *sql.Stmt
	Text     string   `json:"text"`
	Caller   []string `json:"caller"`
	Columns  []string `json:"columns"`
	position map[string]int
}

type service struct {
	db    *sql.DB
	reads map[string]*statement
	works map[string][]*step // by what the program sends for a request
	log   *log.Logger
}

func readJSON(path string, into any) {
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func (s *service) prepare() {
	var err error

	readJSON(os.Getenv("BENCH_READS"), &s.reads)
	readJSON(os.Getenv("BENCH_WORKS"), &s.works)
	for _, read := range s.reads {
		if read.text, err = s.db.Prepare(read.Text); err != nil {
			log.Fatal(err)
		}
		read.position = map[string]int{}
		for i, name := range read.Caller {
			read.position[name] = i
		}
	}
	for _, steps := range s.works {
		for _, step := range steps {
			if step.stmt, err = s.db.Prepare(step.Text); err != nil {
				log.Fatal(err)
			}
		}
	}
}

type caller struct {
	statement *statement
	columns   []sql.NullString
}

func (c *caller) get(name string) string {
	if i, ok := c.statement.position[name]; ok {
		return c.columns[i].String
	}
	return ""
}

func (c *caller) member() member {
	return member{c.get("user_id"), c.get("key_id"),
		c.get("organization_id"), c.get("organization_role"),
		c.get("is_system_admin")}
}

func (c *caller) isAdmin() bool {
	organization := c.get("organization_id")
	bound := c.get("key_organization_id")
	role := c.get("key_role")
	if organization == "" || (bound != "" && bound != organization) ||
		c.get("key_project_id") != "" ||
		(role != "" && role != "admin") {
		return false
	}
	return c.get("is_system_admin") == "1" ||
		c.get("organization_role") == "admin"
}

func (c *caller) isMember() bool {
	return c.get("organization_id") != "" &&
		(c.get("is_system_admin") == "1" ||
			c.get("organization_role") != "")
}

// --- requests ----------------------------------------------------------------

type failure struct {
	status int
	title  string
}

func (f failure) Error() string { return f.title }

var (
	unauthenticated = failure{401, "Unauthenticated"}
	forbidden       = failure{403, "Forbidden"}
	notFound        = failure{404, "Not found"}
	badRequest      = failure{400, "Bad request"}
	nameInUse       = failure{409, "Name in use"}
)

type call struct {
	*service
	rq *http.Request
	w  http.ResponseWriter
	id string
}

// Runs a caller's statement and gives each row to `each`; the first row says
// who calls and `permit` whether he may.
func (c *call) read(name string, values []any, fields []any,
	permit func(*caller) error, each func() error) error {
	st := c.reads[name]
	who := &caller{st, make([]sql.NullString, len(st.Caller))}
	into := make([]any, 0, len(st.Caller)+len(fields))
	for i := range who.columns {
		into = append(into, &who.columns[i])
	}
	into = append(into, fields...)

	key := sha256.Sum256([]byte(c.rq.Header.Get("X-Api-Key")))
	rows, err := st.text.QueryContext(c.rq.Context(),
		append([]any{key[:]}, values...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	isFirst := true
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if isFirst {
			if err := permit(who); err != nil {
				return err
			}
		}
		isFirst = false
		if err := each(); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if isFirst {
		return unauthenticated
	}
	return nil
}

func anyone(*caller) error { return nil }

func (c *call) body(into any) error {
	data, err := io.ReadAll(io.LimitReader(c.rq.Body, maxBody))
	if err != nil || json.Unmarshal(data, into) != nil {
		return badRequest
	}
	return nil
}

func (c *call) respond(document any) error {
	return c.respondWith(200, document)
}

func (c *call) respondWith(status int, document any) error {
	data, err := json.Marshal(document)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	c.w.WriteHeader(status)
	_, err = c.w.Write(data)
	return err
}

func listOrganizations(c *call) error {
	var r row
	list := []resource{}
	err := c.read("organization_list", nil, r.organizationFields(), anyone,
		func() error {
			if r.id.Valid {
				list = append(list, r.organization())
			}
			return nil
		})
	if err != nil {
		return err
	}
	return c.respond(map[string]any{"organizations": list})
}

// --- names -------------------------------------------------------------------

// The benchmark's names are ASCII, for which this is NFKC and case folding.
func nameOf(text string) (display, key string, err error) {
	display = strings.TrimSpace(text)
	if display == "" || len(display) > 100 {
		return "", "", badRequest
	}
	return display, strings.ToLower(display), nil
}

func slugOf(key, id string) string {
	words := strings.FieldsFunc(key, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	slug := strings.Join(words, "-")
	if slug == "" || len(slug) > 63 {
		return strings.ToLower(id)
	}
	return slug
}

func verify(c *call) error {
	var in struct {
		OrganizationName string `json:"organizationName"`
	}
	var inUse bool
	if err := c.body(&in); err != nil {
		return err
	}
	_, key, err := nameOf(in.OrganizationName)
	if err != nil {
		return err
	}
	err = c.read("organization_verify", []any{[]byte(key)}, []any{&inUse},
		anyone, func() error { return nil })
	if err != nil {
		return err
	}
	return c.respond(map[string]any{"inUse": inUse})
}

func listProjects(c *call) error {
	var r row
	list := []resource{}
	err := c.read("project_list", make([]any, 4), r.projectFields(),
		func(who *caller) error {
			if !who.isAdmin() {
				return forbidden
			}
			return nil
		},
		func() error {
			if r.id.Valid {
				list = append(list, r.project())
			}
			return nil
		})
	if err != nil {
		return err
	}
	return c.respond(map[string]any{"accounts": list})
}

type branch struct {
	Organization resource   `json:"organization"`
	Accounts     []resource `json:"accounts"`
}

func listTree(c *call) error {
	var o, p row
	list := []*branch{}
	err := c.read("organization_tree", nil,
		append(o.organizationFields(), p.projectFields()...), anyone,
		func() error {
			n := len(list)
			if !o.id.Valid {
				return nil
			}
			if n == 0 ||
				list[n-1].Organization.Metadata.ID != o.id.String {
				list = append(list,
					&branch{o.organization(), []resource{}})
				n++
			}
			if p.id.Valid {
				last := list[n-1]
				last.Accounts = append(last.Accounts, p.project())
			}
			return nil
		})
	if err != nil {
		return err
	}
	return c.respond(map[string]any{"organizations": list})
}

// --- writes ------------------------------------------------------------------

// The signing key that a licence names; nothing is signed with it.
var kid = strings.Repeat("K", 43)

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func newID(now time.Time) string {
	var b [17]byte // one byte in front, so that 26 groups of 5 bits fit
	ms := now.UnixMilli()
	for i := 0; i < 6; i++ {
		b[6-i] = byte(ms >> (8 * i))
	}
	rand.Read(b[7:])
	out := make([]byte, 26)
	for i := range out {
		bit := 6 + 5*i
		pair := uint(b[bit/8]) << 8
		if bit/8+1 < len(b) {
			pair |= uint(b[bit/8+1])
		}
		out[i] = alphabet[pair>>(11-bit%8)&31]
	}
	return string(out)
}

func (c *call) transact(body func(tx *sql.Tx) error) error {
	var err error
	for i := 0; i < attempts; i++ {
		var tx *sql.Tx
		tx, err = c.db.BeginTx(c.rq.Context(), nil)
		if err != nil {
			return err
		}
		if err = body(tx); err == nil {
			return tx.Commit()
		}
		tx.Rollback()
		if number, ok := err.(*mysql.MySQLError); !ok ||
			number.Number != errorDeadlock {
			return err
		}
	}
	return err
}

func (c *call) write(tx *sql.Tx, stmt *sql.Stmt, values ...any) (int64, error) {
	result, err := tx.Stmt(stmt).Exec(values...)
	if err != nil {
		if number, ok := err.(*mysql.MySQLError); ok &&
			number.Number == errorDuplicate {
			return 0, nameInUse
		}
		return 0, err
	}
	return result.RowsAffected()
}

func sqlTime(now time.Time) string {
	return now.UTC().Format("2006-01-02 15:04:05.000")
}

func textOf(value string) sql.NullString {
	return sql.NullString{String: value, Valid: true}
}

func newRow(id, name, slug, at string) row {
	return row{id: textOf(id), name: textOf(slug), displayName: textOf(name),
		labels: textOf("{}"), alternateKeys: textOf("[]"),
		modifiedAt: textOf(at), version: sql.NullInt64{Int64: 1, Valid: true}}
}

func create(c *call) error {
	var in struct {
		OrganizationName string `json:"organizationName"`
		AccountName      string `json:"accountName"`
		EulaAccepted     bool   `json:"eulaAccepted"`
	}
	var who member
	if err := c.body(&in); err != nil {
		return err
	}
	name, key, err := nameOf(in.OrganizationName)
	if err != nil {
		return err
	}
	accountName, accountKey, err := nameOf(in.AccountName)
	if err != nil || !in.EulaAccepted {
		return badRequest
	}
	err = c.read("caller_self", nil, nil, func(found *caller) error {
		if found.get("key_organization_id") != "" {
			return forbidden
		}
		who = found.member()
		return nil
	}, func() error { return nil })
	if err != nil {
		return err
	}
	now := time.Now()
	at := sqlTime(now)
	organization := newRow(newID(now), name, "", at)
	project := newRow(newID(now), accountName, "", at)
	id, projectID := organization.id.String, project.id.String
	organization.name = textOf(slugOf(key, id))
	project.name = textOf(slugOf(accountKey, projectID))
	project.secretKey = textOf(newID(now))
	project.isAdmin = sql.NullBool{Bool: true, Valid: true}
	jti := newID(now)
	entry := trail{newID(now), at, who.user, who.key, id,
		"organization.create", "Organization", id, c.id, name, "",
		changeOf(map[string]any{"licenseType": "free",
			"limits": json.RawMessage(`{"projects":1,"users":0}`),
			"name":   name, "project": map[string]any{
				"id": projectID, "name": accountName},
			"role": "admin"})}
	err = c.steps("R3", map[string][]any{
		"organization_insert": append([]any{id, organization.name, name,
			[]byte(key), at, at, who.user}, entry.raise()[:2]...),
		"project_insert": {projectID, id, project.name, accountName,
			[]byte(accountKey), project.secretKey, at, at, "{}"},
		"claim_insert": {jti, id, at},
		"licence_insert": {id, newID(now), jti, kid, "free", 1, 0, at, nil,
			at},
		"organization_bind": {who.user, id, at},
		"project_bind":      {projectID, at, who.user, id},
		"audit_enter":       entry.enter(),
	})
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", "/v1/organizations/"+id)
	return c.respond(map[string]any{"organization": organization.organization(),
		"account": project.project()})
}

func rename(c *call, id string) error {
	var in struct {
		DisplayName string `json:"displayName"`
	}
	var who member
	if err := c.body(&in); err != nil {
		return err
	}
	name, key, err := nameOf(in.DisplayName)
	if err != nil {
		return err
	}
	err = c.read("caller_named", []any{id, id}, nil,
		func(found *caller) error {
			if !found.isMember() {
				return notFound
			}
			if !found.isAdmin() {
				return forbidden
			}
			who = found.member()
			return nil
		}, func() error { return nil })
	if err != nil {
		return err
	}
	now := time.Now()
	at := sqlTime(now)
	entry := trail{newID(now), at, who.user, who.key, id,
		"organization.rename", "Organization", id, c.id, name, "",
		changeOf(map[string]any{"name": name})}
	err = c.steps("R6", map[string][]any{
		"lock":                c.lock(who),
		"organization_rename": {at, name, []byte(key), id, name, []byte(key)},
		"audit_raise":         entry.raise(),
		"audit_enter":         entry.enter(),
	})
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Length", "0")
	return nil
}

// --- main --------------------------------------------------------------------

func (c *call) route() error {
	const base = "/v1/organizations"
	path, method := c.rq.URL.Path, c.rq.Method
	switch {
	case path == base && method == "GET":
		return listOrganizations(c)
	case path == base && method == "POST":
		return create(c)
	case path == base+"/verify" && method == "PUT":
		return verify(c)
	case path == base+"/projects" && method == "GET":
		return listProjects(c)
	case path == base+"/projects/all" && method == "GET":
		return listTree(c)
	case path == base+"/users" && method == "GET":
		return listUsers(c)
	case path == "/v1/api-keys" && method == "GET":
		return listKeys(c)
	case path == "/v1/audit-events" && method == "GET":
		return listEvents(c)
	case path == "/v1/projects" && method == "POST":
		return createProject(c)
	case path == "/v1/invitations" && method == "POST":
		return createInvitation(c)
	case path == "/v1/check" && method == "POST":
		return checkKey(c)
	case method == "GET" && strings.HasPrefix(path, base+"/") &&
		strings.HasSuffix(path, "/changes"):
		return listChanges(c, path[len(base)+1:len(path)-len("/changes")])
	case method == "PATCH" && strings.HasPrefix(path, base+"/") &&
		strings.HasSuffix(path, "/metadata"):
		return rename(c, path[len(base)+1:len(path)-len("/metadata")])
	}
	return notFound
}

func (s *service) ServeHTTP(w http.ResponseWriter, rq *http.Request) {
	start := time.Now()
	c := &call{s, rq, w, newID(start)}
	head := w.Header()
	head.Set("Content-Type", "application/json")
	head.Set("X-Request-Id", c.id)
	head.Set("Cache-Control", "private, no-cache")
	status := 200
	if err := c.route(); err != nil {
		problem, ok := err.(failure)
		if !ok {
			s.log.Print(err)
			problem = failure{500, "Internal error"}
		}
		status = problem.status
		head.Set("Content-Type", "application/problem+json")
		head.Del("Content-Length")
		c.respondWith(status, map[string]any{"type": "about:blank",
			"title": problem.title, "status": status,
			"errors": []string{problem.title}})
	}
	s.log.Printf("id=%s method=%s path=%s status=%d us=%d", c.id, rq.Method,
		rq.URL.Path, status, time.Since(start).Microseconds())
}

func main() {
	file, err := os.OpenFile(os.Getenv("BENCH_LOG"),
		os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0600)
	if err != nil {
		log.Fatal(err)
	}
	s := &service{log: log.New(file, "", log.LstdFlags)}
	s.db, err = sql.Open("mysql", fmt.Sprintf("%s:%s@unix(%s)/%s?charset=utf8mb4",
		os.Getenv("DB_USER"), os.Getenv("DB_PASSWORD"),
		os.Getenv("DB_SOCKET"), os.Getenv("DB_NAME")))
	if err != nil {
		log.Fatal(err)
	}
	connections, _ := strconv.Atoi(os.Getenv("DB_CONNECTIONS"))
	s.db.SetMaxOpenConns(connections)
	s.db.SetMaxIdleConns(connections)
	s.prepare()
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), s))
}
