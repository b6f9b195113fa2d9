// What the peer does beside the first six routes: pages of 100, two writes,
// and the check of a key.  Every statement is the program's own, as the
// database was sent it (capture.py), with its values in the same order.
package main

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"log"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const noID = "-"                           // behind which a first page begins
const noEnd = "9999-12-31 23:59:59.999999" // and one with the newest row first

// --- statements --------------------------------------------------------------

// One statement of a request; its columns are known after its first answer.
type step struct {
	Name string `json:"name"`
	Text string `json:"text"`
	stmt *sql.Stmt
}

// The columns of a row by their names.
type record struct {
	names []string
	cells []sql.NullString
	into  []any
}

func (r *record) get(name string) string {
	for i, known := range r.names {
		if known == name {
			return r.cells[i].String
		}
	}
	log.Panicf("no column %s", name)
	return ""
}

// The last of that name: the caller's columns come first.
func (r *record) own(name string) sql.NullString {
	for i := len(r.names) - 1; i >= 0; i-- {
		if r.names[i] == name {
			return r.cells[i]
		}
	}
	log.Panicf("no column %s", name)
	return sql.NullString{}
}

func (c *call) step(work, name string) *step {
	for _, step := range c.works[work] {
		if step.Name == name {
			return step
		}
	}
	log.Panicf("%s has no step %s", work, name)
	return nil
}

// Runs a reading statement; `each` has one row at a time.
func (c *call) rows(stmt *sql.Stmt, values []any,
	each func(*record) error) error {
	rows, err := stmt.QueryContext(c.rq.Context(), values...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var r record
	if r.names, err = rows.Columns(); err != nil {
		return err
	}
	r.cells = make([]sql.NullString, len(r.names))
	r.into = make([]any, len(r.names))
	for i := range r.cells {
		r.into[i] = &r.cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(r.into...); err != nil {
			return err
		}
		if err := each(&r); err != nil {
			return err
		}
	}
	return rows.Err()
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func digestOfKey(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:]
}

func (c *call) digest() []byte {
	return digestOfKey(c.rq.Header.Get("X-Api-Key"))
}

// What a caller's statement takes in the context of the headers.
func (c *call) inContext(values ...any) []any {
	organization := orNull(c.rq.Header.Get("X-Organization-ID"))
	return append([]any{c.digest(), nil, nil, organization, organization},
		values...)
}

type member struct {
	user, key, organization, role, system string
}

func (r *record) member() member {
	return member{r.get("user_id"), r.get("key_id"),
		r.get("organization_id"), r.get("organization_role"),
		r.get("is_system_admin")}
}

func (r *record) isAdmin() bool {
	bound, role := r.get("key_organization_id"), r.get("key_role")
	organization := r.get("organization_id")
	if organization == "" || r.get("key_project_id") != "" ||
		(bound != "" && bound != organization) ||
		(role != "" && role != "admin") {
		return false
	}
	return r.get("is_system_admin") == "1" ||
		r.get("organization_role") == "admin"
}

// The caller, who must be an admin, and each row.
func (c *call) asAdmin(work, name string, values []any,
	each func(*record) error) (member, error) {
	var who *member
	err := c.rows(c.step(work, name).stmt, values, func(r *record) error {
		if who == nil {
			if !r.isAdmin() {
				return forbidden
			}
			found := r.member()
			who = &found
		}
		if each == nil {
			return nil
		}
		return each(r)
	})
	if err != nil {
		return member{}, err
	}
	if who == nil {
		return member{}, unauthenticated
	}
	return *who, nil
}

func (c *call) limit() (int, error) {
	limit, err := strconv.Atoi(c.rq.URL.Query().Get("limit"))
	if err != nil || limit < 1 || limit > 1000 {
		return 0, badRequest
	}
	return limit, nil
}

// --- shapes ------------------------------------------------------------------

type described struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Metadata   metadata        `json:"metadata"`
	Spec       json.RawMessage `json:"spec"`
	Status     any             `json:"status"`
}

// With the hash of its spec in it.
func describe(kind string, m metadata, spec, status any) (described, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return described{}, err
	}
	m.Hash = digestOf(string(text))
	return described{apiVersion, kind, m, text, status}, nil
}

func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

func timeOrNull(column sql.NullString) any {
	if !column.Valid {
		return nil
	}
	return timeOf(column.String)
}

var noLabels = json.RawMessage("{}")

type userSpec struct {
	Email            string `json:"email"`
	ActiveAccount    string `json:"activeAccount"`
	NextLoginAccount string `json:"nextLoginAccount"`
	RequestedMFA     bool   `json:"requestedMFA"`
	Role             string `json:"role,omitempty"`
}

func userOf(r *record) (described, error) {
	return describe("User", metadata{ID: r.get("id"), Name: r.get("name"),
		DisplayName: r.get("display_name"), Labels: noLabels,
		Version:      number(r.get("version")),
		DateCreated:  timeOfID(r.get("id")),
		DateModified: timeOf(r.get("modified_at"))},
		userSpec{r.get("email"), r.own("active_project_id").String,
			r.get("next_login_project_id"), false, r.own("role").String},
		struct{}{})
}

type keySpec struct {
	Description    string `json:"description"`
	Hint           string `json:"hint"`
	Owner          string `json:"owner"`
	Role           string `json:"role"`
	OrganizationID string `json:"organizationId"`
	ProjectID      string `json:"projectId"`
	Manage         bool   `json:"manage"`
	ExpiresAt      any    `json:"expiresAt"`
}

type keyStatus struct {
	CreatedBy  string `json:"createdBy"`
	MadeBy     string `json:"madeBy,omitempty"`
	CreatedAt  string `json:"createdAt"`
	LastUsedOn any    `json:"lastUsedOn"`
	State      string `json:"state"`
}

func keyOf(r *record) (described, error) {
	var used any
	if day := r.get("last_used_on"); day != "" {
		used = day
	}
	return describe("APIKey", metadata{ID: r.get("id"), Name: r.get("name"),
		DisplayName: r.get("description"), Labels: noLabels,
		Version:      number(r.get("version")),
		DateCreated:  timeOfID(r.get("id")),
		DateModified: timeOf(r.get("modified_at"))},
		keySpec{r.get("description"), r.get("hint"), r.get("owner"),
			r.own("role").String, r.own("organization_id").String,
			r.own("project_id").String, r.get("manage") == "1",
			timeOrNull(r.own("expires_at"))},
		keyStatus{r.get("created_by"), r.get("made_by"),
			timeOf(r.get("created_at")), used, r.get("state")})
}

type event struct {
	ID            string `json:"id"`
	Timestamp     string `json:"timestamp"`
	ResourceName  string `json:"resourceName"`
	Description   string `json:"description"`
	ResourceKind  string `json:"resourceKind"`
	Configuration string `json:"configuration"`
	Action        string `json:"action"`
	User          string `json:"user"`
	Account       string `json:"account"`
	Seq           int64  `json:"seq"`
	Hash          string `json:"hash"`
	RequestID     string `json:"requestId"`
}

type change struct {
	Seq      int64           `json:"seq"`
	At       string          `json:"at"`
	Hash     string          `json:"hash"`
	ID       string          `json:"id"`
	User     string          `json:"user,omitempty"`
	Key      string          `json:"key,omitempty"`
	Session  string          `json:"session,omitempty"`
	Action   string          `json:"action"`
	Kind     string          `json:"kind"`
	Resource string          `json:"resource"`
	Project  string          `json:"project,omitempty"`
	Request  string          `json:"request"`
	Change   json.RawMessage `json:"change"`
}

// --- pages -------------------------------------------------------------------

// A page: one row more is read, which says whether there is a next one.
func (c *call) page(work, many, id string, filters int,
	of func(*record) (described, error)) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}
	values := c.inContext(noID)
	for i := 0; i < filters; i++ {
		values = append(values, nil)
	}
	list := make([]described, 0, limit)
	_, err = c.asAdmin(work, "page", append(values, limit+1),
		func(r *record) error {
			if len(list) == limit || !r.own(id).Valid {
				return nil
			}
			one, err := of(r)
			list = append(list, one)
			return err
		})
	if err != nil {
		return err
	}
	return c.respond(map[string]any{many: list})
}

func listUsers(c *call) error {
	return c.page("R7", "users", "id", 6, userOf)
}

func listKeys(c *call) error {
	return c.page("R8", "apiKeys", "id", 3, keyOf)
}

func listEvents(c *call) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}
	who, err := c.asAdmin("R12", "caller", c.inContext(), nil)
	if err != nil {
		return err
	}
	list := make([]event, 0, limit)
	err = c.rows(c.step("R12", "page").stmt, []any{who.organization, nil, nil,
		nil, noEnd, noEnd, noID, nil, nil, nil, nil, nil, nil, nil, nil,
		nil, limit + 1}, func(r *record) error {
		if len(list) < limit {
			list = append(list, event{r.get("id"), r.get("timestamp"),
				r.get("resource_name"), r.get("description"),
				r.get("resource_kind"), r.get("configuration"),
				r.get("action"), r.get("user"), r.get("account"),
				number(r.get("seq")), r.get("hash"),
				r.get("request_id")})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.respond(map[string]any{"auditEvents": list})
}

func listChanges(c *call, id string) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}
	after := number(c.rq.URL.Query().Get("after"))
	who, err := c.asAdmin("R13", "caller", []any{c.digest(), id, id}, nil)
	if err != nil {
		return err
	}
	var newest, next int64 = 0, after
	err = c.step("R13", "newest").stmt.QueryRowContext(c.rq.Context(),
		who.organization).Scan(&newest)
	if err != nil {
		return err
	}
	list := make([]change, 0, limit)
	if newest > after {
		err = c.rows(c.step("R13", "page").stmt,
			[]any{who.organization, after, limit},
			func(r *record) error {
				next = number(r.get("seq"))
				list = append(list, change{next, r.get("at"),
					r.get("hash"), r.get("id"), r.get("user"),
					r.get("key"), r.get("session"), r.get("action"),
					r.get("kind"), r.get("resource"),
					r.get("project"), r.get("request"),
					json.RawMessage(r.get("change"))})
				return nil
			})
	}
	if err != nil {
		return err
	}
	return c.respond(struct {
		Changes []change `json:"changes"`
		Next    int64    `json:"next"`
	}{list, next})
}

// --- the check of a key --------------------------------------------------------

type counts struct {
	Projects int64 `json:"projects"`
	Users    int64 `json:"users"`
}

type licence struct {
	LicenseType string `json:"licenseType"`
	State       string `json:"state"`
	Limits      counts `json:"limits"`
	Usage       counts `json:"usage"`
}

type checked struct {
	Allowed      bool     `json:"allowed"`
	Reason       string   `json:"reason"`
	User         string   `json:"user,omitempty"`
	Key          string   `json:"key,omitempty"`
	Organization string   `json:"organization,omitempty"`
	Role         any      `json:"role"`
	ProjectRole  any      `json:"projectRole"`
	License      *licence `json:"license,omitempty"`
}

var ranks = map[string]int{"viewer": 1, "user": 2, "admin": 3}

// The least of the role that the holder has and that of the key.
func roleOf(r *record) string {
	role, key := r.get("asked_role"), r.get("asked_key_role")
	if r.get("asked_is_system_admin") == "1" {
		role = "admin"
	}
	if key != "" && ranks[key] < ranks[role] {
		return key
	}
	return role
}

func reasonOf(r *record, need string) string {
	switch {
	case r.get("is_disabled") == "1":
		return "disabled"
	case r.get("is_expired") == "1" && r.get("is_rotated") == "1":
		return "rotated"
	case r.get("is_expired") == "1":
		return "expired"
	case ranks[roleOf(r)] < ranks[need]:
		return "role"
	case r.get("is_revoked") != "0" || (r.own("expires_at").Valid &&
		timeOf(r.get("expires_at")) < timeOf(sqlTime(time.Now()))):
		return "license"
	}
	return "ok"
}

func checkKey(c *call) error {
	var in struct {
		Credential string `json:"credential"`
		Need       string `json:"need"`
	}
	if err := c.body(&in); err != nil {
		return err
	}
	if in.Credential == "" || ranks[in.Need] < ranks["user"] {
		return badRequest
	}
	out := checked{Reason: "unknown"}
	_, err := c.asAdmin("R11", "check", c.inContext(nil,
		digestOfKey(in.Credential)), func(r *record) error {
		if r.get("asked_key") == "" ||
			(r.get("asked_organization") == "" &&
				r.get("asked_role") == "") {
			return nil
		}
		reason := reasonOf(r, in.Need)
		out = checked{reason == "ok", reason, r.get("asked_user"),
			r.get("asked_key"), r.get("organization_id"), roleOf(r), nil,
			&licence{r.get("licence_type"), "active",
				counts{number(r.get("limit_projects")),
					number(r.get("limit_users"))},
				counts{number(r.get("projects")),
					number(r.get("users"))}}}
		return nil
	})
	if err != nil {
		return err
	}
	if out.Reason == "unknown" {
		return c.respond(map[string]any{"allowed": false,
			"reason": "unknown"})
	}
	return c.respond(out)
}

// --- writes ------------------------------------------------------------------

const (
	auditFormat  = "tenantry-audit-1"
	letters      = "0123456789abcdefghjkmnpqrstvwxyz"
	lifeOfInvite = 24 * time.Hour
)

// A row of the trail, and what it needs of the request.
type trail struct {
	id, at, user, key, organization string
	action, kind, resource, request string
	detail, project, change         string
}

// The values of its two statements: the chain goes on, the row is entered.
func (t trail) raise() []any {
	text := strings.Join([]string{t.id, t.organization, t.user, t.key, "",
		t.action, t.kind, t.resource, t.project, t.request, t.detail,
		t.change}, "\n")
	return []any{auditFormat + "\n" + t.organization + "\n", text,
		t.organization}
}

func (t trail) enter() []any {
	return []any{t.id, t.at, t.user, t.organization, t.action, t.kind,
		t.resource, t.request, t.detail, t.key, orNull(t.project), nil,
		t.change, t.organization}
}

// An object with sorted members, as the trail has it.
func changeOf(members map[string]any) string {
	text, _ := json.Marshal(members)
	return string(text)
}

// Runs the steps of a work in the program's order, all of which are known.
func (c *call) steps(work string, values map[string][]any) error {
	return c.transact(func(tx *sql.Tx) error {
		for _, step := range c.works[work] {
			bound, ok := values[step.Name]
			if !ok {
				continue // read before, outside of the transaction
			}
			if err := c.take(tx, step, bound); err != nil {
				return err
			}
		}
		return nil
	})
}

// What changes no row although it must is stale.
var mayBeNone = map[string]bool{"give_way": true}

func (c *call) take(tx *sql.Tx, step *step, values []any) error {
	if step.Name == "projects_there" {
		rows, err := tx.Stmt(step.stmt).Query(values...)
		if err == nil {
			err = rows.Close()
		}
		return err
	}
	n, err := c.write(tx, step.stmt, values...)
	if err == nil && n == 0 && !mayBeNone[step.Name] {
		return failure{409, "Stale: " + step.Name}
	}
	return err
}

func (c *call) lock(who member) []any {
	return []any{who.organization, nil, who.key, who.user, who.system,
		who.key, who.role, nil, 0}
}

func createProject(c *call) error {
	var in struct {
		DisplayName string `json:"displayName"`
	}
	if err := c.body(&in); err != nil {
		return err
	}
	name, key, err := nameOf(in.DisplayName)
	if err != nil {
		return err
	}
	slug := slugOf(key, "")
	who, err := c.asAdmin("R9", "names", c.inContext(orNull(slug)), nil)
	if err != nil {
		return err
	}
	now := time.Now()
	at := sqlTime(now)
	project := newRow(newID(now), name, "", at)
	id := project.id.String
	project.name = textOf(slugOf(key, id))
	project.secretKey = textOf(newID(now))
	project.isAdmin = sql.NullBool{Bool: true, Valid: true}
	entry := trail{newID(now), at, who.user, who.key, who.organization,
		"project.create", "Account", id, c.id, name, id, changeOf(
			map[string]any{"labels": noLabels, "name": name,
				"role": "admin"})}
	err = c.steps("R9", map[string][]any{
		"lock":  c.lock(who),
		"count": {who.organization, at},
		"project_insert": {id, who.organization, project.name, name,
			[]byte(key), project.secretKey, at, at, "{}"},
		"project_bind": {id, at, who.user, who.organization},
		"audit_raise":  entry.raise(),
		"audit_enter":  entry.enter(),
	})
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", "/v1/projects/"+id)
	return c.respondWith(201, map[string]any{"account": project.project()})
}

type invitationSpec struct {
	Email    string   `json:"email"`
	Role     string   `json:"role"`
	Projects []string `json:"projects"`
	Delivery string   `json:"delivery"`
}

type invitationStatus struct {
	State     string          `json:"state"`
	MailState string          `json:"mailState"`
	ExpiresAt string          `json:"expiresAt"`
	InvitedBy json.RawMessage `json:"invitedBy"`
}

func newToken(id string) string {
	var bytes [32]byte
	rand.Read(bytes[:])
	for i := range bytes {
		bytes[i] = letters[bytes[i]&31]
	}
	return id + "_" + string(bytes[:])
}

func createInvitation(c *call) error {
	var in struct {
		Email string `json:"email"`
		Role  string `json:"role"`
	}
	if err := c.body(&in); err != nil {
		return err
	}
	if !strings.Contains(in.Email, "@") || ranks[in.Role] < ranks["user"] {
		return badRequest
	}
	key := []byte(strings.ToLower(in.Email))
	var by, refused string
	who, err := c.asAdmin("R10", "place", c.inContext(key, nil),
		func(r *record) error {
			by = r.get("caller")
			if r.get("member_id") != "" || r.get("pending_id") != "" {
				refused = "Already invited"
			}
			return nil
		})
	if err == nil && refused != "" {
		err = failure{409, refused}
	}
	if err != nil {
		return err
	}
	now := time.Now()
	at, end := sqlTime(now), sqlTime(now.Add(lifeOfInvite))
	id := newID(now)
	token := newToken(id)
	entry := trail{newID(now), at, who.user, who.key, who.organization,
		"invitation.create", "Invitation", id, c.id,
		in.Role + " of the organization", "", changeOf(map[string]any{
			"expiresAt": timeOf(end), "role": in.Role,
			"state": "pending"})}
	err = c.steps("R10", map[string][]any{
		"lock": c.lock(who),
		"keep_place": {who.organization, 0, nil, 1, who.user, 0, 1, nil,
			0},
		"give_way": {who.organization, id},
		"invitation_insert": {id, in.Email, key, key, in.Role, "link",
			"none", nil, digestOfKey(token), at, at, at, end,
			int(lifeOfInvite.Seconds()), who.user, nil,
			who.organization, key},
		"projects_there": {id},
		"audit_raise":    entry.raise(),
		"audit_enter":    entry.enter(),
	})
	if err != nil {
		return err
	}
	invitation, err := describe("Invitation", metadata{ID: id,
		Name: strings.ToLower(id), DisplayName: in.Email, Labels: noLabels,
		Version: 1, DateCreated: timeOfID(id),
		DateModified: timeOf(at)},
		invitationSpec{in.Email, in.Role, []string{}, "link"},
		invitationStatus{"pending", "none", timeOf(end),
			json.RawMessage(by)})
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", "/v1/invitations/"+id)
	return c.respondWith(201, map[string]any{"invitation": invitation,
		"link": "/#/accept/" + url.PathEscape(token)})
}
