// The benchmark's peer in Node: fastify and mysql2, one process for each core.
import cluster from 'node:cluster';
import crypto from 'node:crypto';
import fs from 'node:fs';
import fastify from 'fastify';
import mysql from 'mysql2/promise';

const API_VERSION = 'bindplane.observiq.com/v1';
const ATTEMPTS = 4;
const env = process.env;

const sha256 = text => crypto.createHash('sha256').update(text);
// Hashes of the two specs without secrets, which are always the same.
const ORGANIZATION_HASH = sha256('{"parameters":[]}').digest('hex');
const PROJECT_HASH = sha256('{}').digest('hex');

// --- resources --------------------------------------------------------------

// The driver leaves a fraction of nothing but zeros out.
const timeOf = column => `${(column.includes('.') ? column : `${column}.`)
	.padEnd(23, '0').slice(0, 23).replace(' ', 'T')}Z`;

// When an id was made: its first ten characters are milliseconds.
function timeOfId(id) {
	let ms = 0;
	for (let i = 0; i < 10; i++)
		ms = ms * 32 + ALPHABET.indexOf(id[i]);
	return new Date(ms).toISOString();
}

function resource(kind, row, hash, spec) {
	const [id, name, displayName, labels, version, modifiedAt] = row;
	return { apiVersion: API_VERSION, kind,
		metadata: { id, name, displayName, labels: JSON.parse(labels), version,
			dateCreated: timeOfId(id), dateModified: timeOf(modifiedAt),
			hash },
		spec, status: {} };
}

const organizationOf = row =>
	resource('Organization', row, ORGANIZATION_HASH, { parameters: [] });

const projectOf = row => resource('Account', row, PROJECT_HASH, row[8]
	? { secretKey: row[6], alternateSecretKeys: JSON.parse(row[7]) } : {});

// --- the database -----------------------------------------------------------

// The program's own statements: reading ones, and what it sends for a write.
const reads = JSON.parse(fs.readFileSync(env.BENCH_READS));
const works = JSON.parse(fs.readFileSync(env.BENCH_WORKS));

const pool = mysql.createPool({
	socketPath: env.DB_SOCKET, user: env.DB_USER, password: env.DB_PASSWORD,
	database: env.DB_NAME, connectionLimit: Number(env.DB_CONNECTIONS),
	charset: 'utf8mb4', dateStrings: true, supportBigNumbers: true,
});

class Failure extends Error {
	constructor(status, title) {
		super(title);
		this.status = status;
	}
}

const badRequest = () => new Failure(400, 'Bad request');
const notFound = () => new Failure(404, 'Not found');
const forbidden = () => new Failure(403, 'Forbidden');

function callerOf(statement, row) {
	const caller = {};
	statement.caller.forEach((name, i) => { caller[name] = row[i]; });
	return caller;
}

function isAdmin(caller) {
	const organization = caller.organization_id;
	const bound = caller.key_organization_id;
	const role = caller.key_role;
	if (!organization || (bound && bound !== organization) ||
	    caller.key_project_id || (role && role !== 'admin'))
		return false;
	return Boolean(caller.is_system_admin) ||
		caller.organization_role === 'admin';
}

const isMember = caller => Boolean(caller.organization_id &&
	(caller.is_system_admin || caller.organization_role));

// The caller, permitted, and the rows without the caller's columns.
async function read(request, name, values, permit) {
	const statement = reads[name];
	const key = sha256(request.headers['x-api-key'] ?? '').digest();
	const [rows] = await pool.execute(
		{ sql: statement.text, rowsAsArray: true }, [key, ...values]);
	if (rows.length === 0)
		throw new Failure(401, 'Unauthenticated');
	const caller = callerOf(statement, rows[0]);
	permit?.(caller);
	const skipped = statement.caller.length;
	return { caller, rows: rows.map(row => row.slice(skipped)) };
}

function permitAdmin(caller) {
	if (!isAdmin(caller))
		throw forbidden();
}

async function transact(body) {
	for (let attempt = 1; ; attempt++) {
		const connection = await pool.getConnection();
		try {
			await connection.beginTransaction();
			const result = await body(connection);
			await connection.commit();
			return result;
		} catch (error) {
			await connection.rollback();
			if (error.code === 'ER_DUP_ENTRY')
				throw new Failure(409, 'Name in use');
			if (error.code !== 'ER_LOCK_DEADLOCK' ||
			    attempt === ATTEMPTS)
				throw error;
		} finally {
			connection.release();
		}
	}
}

// Runs the steps of a work in the program's order.
async function runSteps(work, values) {
	await transact(async connection => {
		for (const step of works[work]) {
			if (!(step.name in values))
				continue; // read before, outside of the transaction
			const [result] = await connection.execute(step.text,
				values[step.name]);
			if (result.affectedRows === 0)
				throw new Failure(409, `Stale: ${step.name}`);
		}
	});
}

// The two statements of a row of the trail: the chain goes on, it is entered.
function trail(row) {
	const { id, at, user, key, organization, action, request, detail } = row;
	const change = JSON.stringify(row.change);
	const text = [id, organization, user, key, '', action, 'Organization',
		organization, '', request, detail, change].join('\n');
	return {
		audit_raise: [`tenantry-audit-1\n${organization}\n`, text,
			organization],
		audit_enter: [id, at, user, organization, action, 'Organization',
			organization, request, detail, key, null, null, change,
			organization],
	};
}

// --- names and ids ----------------------------------------------------------

function nameOf(text) {
	if (typeof text !== 'string')
		throw badRequest();
	const display = text.trim();
	if (display === '' || display.length > 100)
		throw badRequest();
	return { display, key: display.normalize('NFKC').toLowerCase() };
}

function slugOf(key, id) {
	const slug = key.match(/[a-z0-9]+/g)?.join('-') ?? '';
	return slug === '' || slug.length > 63 ? id.toLowerCase() : slug;
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

function newId(now) {
	const random = crypto.randomBytes(16);
	let id = '';
	for (let i = 9, ms = now; i >= 0; i--, ms = Math.floor(ms / 32))
		id = ALPHABET[ms % 32] + id;
	for (const byte of random)
		id += ALPHABET[byte & 31];
	return id;
}

// The signing key that a licence names; nothing is signed with it.
const KID = 'K'.repeat(43);

const sqlTime = now => new Date(now).toISOString().slice(0, 23)
	.replace('T', ' ');

// --- routes -----------------------------------------------------------------

const BASE = '/v1/organizations';

async function listOrganizations(request) {
	const { rows } = await read(request, 'organization_list', []);
	return { organizations: rows.filter(row => row[0] !== null)
		.map(organizationOf) };
}

async function verify(request) {
	const { key } = nameOf(request.body?.organizationName);
	const { rows } = await read(request, 'organization_verify',
		[Buffer.from(key)]);
	return { inUse: Boolean(rows[0][0]) };
}

async function listProjects(request) {
	const { rows } = await read(request, 'project_list',
		[null, null, null, null],
		permitAdmin);
	return { accounts: rows.filter(row => row[0] !== null).map(projectOf) };
}

async function listTree(request) {
	const { rows } = await read(request, 'organization_tree', []);
	const organizations = [];
	let last = null;
	for (const row of rows) {
		if (row[0] === null)
			continue;
		if (last?.organization.metadata.id !== row[0]) {
			last = { organization: organizationOf(row), accounts: [] };
			organizations.push(last);
		}
		if (row[6] !== null)
			last.accounts.push(projectOf(row.slice(6)));
	}
	return { organizations };
}

async function create(request, reply) {
	const body = request.body ?? {};
	const name = nameOf(body.organizationName);
	const account = nameOf(body.accountName);
	if (body.eulaAccepted !== true)
		throw badRequest();
	const { caller } = await read(request, 'caller_self', [], found => {
		if (found.key_organization_id)
			throw forbidden();
	});
	const now = Date.now();
	const at = sqlTime(now);
	const user = caller.user_id;
	const id = newId(now);
	const projectId = newId(now);
	const jti = newId(now);
	const organization = [id, slugOf(name.key, id), name.display, '{}', 1, at];
	const project = [projectId, slugOf(account.key, projectId),
		account.display, '{}', 1, at, newId(now), '[]', true];
	const { audit_raise: hashed, audit_enter: entered } = trail({
		id: newId(now), at, user, key: caller.key_id, organization: id,
		action: 'organization.create', request: request.id,
		detail: name.display,
		change: { licenseType: 'free', limits: { projects: 1, users: 0 },
			name: name.display,
			project: { id: projectId, name: account.display },
			role: 'admin' } });
	await runSteps('R3', {
		organization_insert: [id, organization[1], name.display,
			Buffer.from(name.key), at, at, user, hashed[0], hashed[1]],
		project_insert: [projectId, id, project[1], account.display,
			Buffer.from(account.key), project[6], at, at, '{}'],
		claim_insert: [jti, id, at],
		licence_insert: [id, newId(now), jti, KID, 'free', 1, 0, at, null,
			at],
		organization_bind: [user, id, at],
		project_bind: [projectId, at, user, id],
		audit_enter: entered,
	});
	reply.header('Location', `${BASE}/${id}`);
	return { organization: organizationOf(organization),
		account: projectOf(project) };
}

async function rename(request, reply) {
	const { id } = request.params;
	const name = nameOf(request.body?.displayName);
	const { caller } = await read(request, 'caller_named', [id, id],
		found => {
			if (!isMember(found))
				throw notFound();
			permitAdmin(found);
		});
	const now = Date.now();
	const at = sqlTime(now);
	const key = Buffer.from(name.key);
	await runSteps('R6', {
		lock: [id, null, caller.key_id, caller.user_id,
			Number(caller.is_system_admin), caller.key_id,
			caller.organization_role, null, 0],
		organization_rename: [at, name.display, key, id, name.display, key],
		...trail({ id: newId(now), at, user: caller.user_id,
			key: caller.key_id, organization: id,
			action: 'organization.rename', request: request.id,
			detail: name.display, change: { name: name.display } }),
	});
	reply.header('Content-Length', '0');
	return reply.send();
}

// --- server -----------------------------------------------------------------

async function serve() {
	const log = fs.createWriteStream(env.BENCH_LOG, { flags: 'a' });
	const app = fastify({ bodyLimit: 64 << 10,
		genReqId: () => newId(Date.now()) });

	app.addHook('onRequest', async (request, reply) => {
		reply.header('X-Request-Id', request.id);
		reply.header('Cache-Control', 'private, no-cache');
	});
	app.addHook('onResponse', async (request, reply) => {
		log.write(`id=${request.id} method=${request.method}` +
			` path=${request.url} status=${reply.statusCode}` +
			` us=${Math.round(reply.elapsedTime * 1000)}\n`);
	});
	app.setErrorHandler((error, request, reply) => {
		const status = error.status ?? error.statusCode ?? 500;
		if (status === 500)
			log.write(`${error.stack}\n`);
		reply.code(status).type('application/problem+json').send({
			type: 'about:blank', title: error.message, status,
			errors: [error.message] });
	});
	app.get(BASE, listOrganizations);
	app.post(BASE, create);
	app.put(`${BASE}/verify`, verify);
	app.get(`${BASE}/projects`, listProjects);
	app.get(`${BASE}/projects/all`, listTree);
	app.patch(`${BASE}/:id/metadata`, rename);
	await app.listen({ host: '127.0.0.1', port: Number(env.PORT) });
}

if (cluster.isPrimary) {
	for (let i = 0; i < Number(env.PROCESSES); i++)
		cluster.fork();
	process.on('SIGTERM', () => {
		for (const worker of Object.values(cluster.workers))
			worker.kill();
		process.exit();
	});
} else {
	await serve();
}
