<?php
// The benchmark's peer in PHP: PHP-FPM, mysqli with persistent connections.
declare(strict_types=1);

const API_VERSION = 'bindplane.observiq.com/v1';
const BASE = '/v1/organizations';
const ATTEMPTS = 4;
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
// The signing key that a licence names; nothing is signed with it.
const KID = 'KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK';
const DUPLICATE = 1062;
const DEADLOCK = 1213;
// Hashes of the two specs without secrets, which are always the same.
const ORGANIZATION_HASH =
    'c7c69ffea7e3e6af99994c9347a2f29c4a558bdf8854ac3b61df817cbadcd1f7';
const PROJECT_HASH =
    '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';

final class Failure extends Exception
{
}

// --- resources ---------------------------------------------------------------

// When an id was made: its first ten characters are milliseconds.
function time_of_id(string $id): string
{
    $ms = 0;
    for ($i = 0; $i < 10; $i++) {
        $ms = $ms << 5 | strpos(ALPHABET, $id[$i]);
    }
    return gmdate('Y-m-d\TH:i:s', intdiv($ms, 1000))
        . sprintf('.%03dZ', $ms % 1000);
}

function resource(string $kind, array $row, string $hash, object|array $spec): array
{
    [$id, $name, $display, $labels, $version, $modified] = $row;
    return ['apiVersion' => API_VERSION, 'kind' => $kind,
        'metadata' => ['id' => $id, 'name' => $name,
            'displayName' => $display, 'labels' => json_decode($labels),
            'version' => $version,
            'dateCreated' => time_of_id($id),
            'dateModified' => str_replace(' ', 'T', $modified) . 'Z',
            'hash' => $hash],
        'spec' => $spec, 'status' => new stdClass()];
}

function organization_of(array $row): array
{
    return resource('Organization', $row, ORGANIZATION_HASH,
        ['parameters' => []]);
}

function project_of(array $row): array
{
    return resource('Account', $row, PROJECT_HASH, $row[8]
        ? ['secretKey' => $row[6], 'alternateSecretKeys' => json_decode($row[7])]
        : new stdClass());
}

// --- the database ------------------------------------------------------------

function db(): mysqli
{
    static $db = null;
    return $db ??= new mysqli('p:localhost', getenv('DB_USER'),
        getenv('DB_PASSWORD'), getenv('DB_NAME'), 0, getenv('DB_SOCKET'));
}

// The program's own statements, reading ones and those of writes, stand in a
// PHP file, which opcache keeps.
function statements(): array
{
    static $statements = null;
    return $statements ??= require getenv('BENCH_STATEMENTS_PHP');
}

// The caller, permitted, and the rows without the caller's columns.
function read_rows(string $name, array $values, ?callable $permit = null): array
{
    $statement = statements()['reads'][$name];
    $key = hash('sha256', $_SERVER['HTTP_X_API_KEY'] ?? '', true);
    $rows = db()->execute_query($statement['text'], [$key, ...$values])
        ->fetch_all(MYSQLI_NUM);
    if ($rows === []) {
        throw new Failure('Unauthenticated', 401);
    }
    $skipped = count($statement['caller']);
    $caller = array_combine($statement['caller'],
        array_slice($rows[0], 0, $skipped));
    if ($permit !== null) {
        $permit($caller);
    }
    return [$caller, $rows, $skipped];
}

function is_admin(array $caller): bool
{
    $organization = $caller['organization_id'];
    $bound = $caller['key_organization_id'];
    if (!$organization || ($bound && $bound !== $organization)
        || $caller['key_project_id']
        || ($caller['key_role'] && $caller['key_role'] !== 'admin')) {
        return false;
    }
    return $caller['is_system_admin']
        || $caller['organization_role'] === 'admin';
}

function permit_admin(array $caller): void
{
    if (!is_admin($caller)) {
        throw new Failure('Forbidden', 403);
    }
}

// Runs the steps of a work in the program's order.
function run_steps(string $work, array $values): void
{
    transact(function () use ($work, $values): void {
        foreach (statements()['works'][$work] as $step) {
            if (!isset($values[$step['name']])) {
                continue; // read before, outside of the transaction
            }
            $statement = db()->prepare($step['text']);
            $statement->execute($values[$step['name']]);
            if ($statement->affected_rows === 0) {
                throw new Failure("Stale: {$step['name']}", 409);
            }
        }
    });
}

// The two statements of a row of the trail: the chain goes on, it is entered.
function trail(string $id, string $at, array $caller, string $organization,
    string $action, string $request, string $detail, array $change): array
{
    $user = $caller['user_id'];
    $key = $caller['key_id'];
    $change = json_encode($change,
        JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
    $text = implode("\n", [$id, $organization, $user, $key, '', $action,
        'Organization', $organization, '', $request, $detail, $change]);
    return [
        'audit_raise' => ["tenantry-audit-1\n$organization\n", $text,
            $organization],
        'audit_enter' => [$id, $at, $user, $organization, $action,
            'Organization', $organization, $request, $detail, $key, null, null,
            $change, $organization],
    ];
}

function transact(callable $body): void
{
    for ($attempt = 1; ; $attempt++) {
        db()->begin_transaction();
        try {
            $body();
            db()->commit();
            return;
        } catch (mysqli_sql_exception $error) {
            db()->rollback();
            if ($error->getCode() === DUPLICATE) {
                throw new Failure('Name in use', 409);
            }
            if ($error->getCode() !== DEADLOCK || $attempt === ATTEMPTS) {
                throw $error;
            }
        } catch (Failure $failure) {
            db()->rollback();
            throw $failure;
        }
    }
}

// --- names and ids -----------------------------------------------------------

function body(): array
{
    $body = json_decode(file_get_contents('php://input'), true);
    if (!is_array($body)) {
        throw new Failure('Bad request', 400);
    }
    return $body;
}

// The benchmark's names are ASCII, for which this is NFKC and case folding.
function name_of(mixed $text): array
{
    $display = is_string($text) ? trim($text) : '';
    if ($display === '' || strlen($display) > 100) {
        throw new Failure('Bad request', 400);
    }
    return [$display, strtolower($display)];
}

function slug_of(string $key, string $id): string
{
    $slug = trim(preg_replace('/[^a-z0-9]+/', '-', $key), '-');
    return $slug === '' || strlen($slug) > 63 ? strtolower($id) : $slug;
}

function now_ms(): int
{
    return (int) (microtime(true) * 1000);
}

function new_id(int $ms): string
{
    $id = '';
    for ($i = 0; $i < 10; $i++, $ms >>= 5) {
        $id = ALPHABET[$ms & 31] . $id;
    }
    foreach (str_split(random_bytes(16)) as $byte) {
        $id .= ALPHABET[ord($byte) & 31];
    }
    return $id;
}

function sql_time(int $ms): string
{
    return gmdate('Y-m-d H:i:s', intdiv($ms, 1000))
        . sprintf('.%03d', $ms % 1000);
}

// --- routes ------------------------------------------------------------------

function list_organizations(): array
{
    [, $rows, $at] = read_rows('organization_list', []);
    $list = [];
    foreach ($rows as $row) {
        if ($row[$at] !== null) {
            $list[] = organization_of(array_slice($row, $at));
        }
    }
    return ['organizations' => $list];
}

function verify(): array
{
    [, $key] = name_of(body()['organizationName'] ?? null);
    [, $rows, $at] = read_rows('organization_verify', [$key]);
    return ['inUse' => (bool) $rows[0][$at]];
}

function list_projects(): array
{
    [, $rows, $at] = read_rows('project_list', [null, null, null, null],
        'permit_admin');
    $list = [];
    foreach ($rows as $row) {
        if ($row[$at] !== null) {
            $list[] = project_of(array_slice($row, $at));
        }
    }
    return ['accounts' => $list];
}

function list_tree(): array
{
    [, $rows, $at] = read_rows('organization_tree', []);
    $list = [];
    $last = null;
    foreach ($rows as $row) {
        if ($row[$at] === null) {
            continue;
        }
        if ($row[$at] !== $last) {
            $last = $row[$at];
            $list[] = ['organization' => organization_of(
                array_slice($row, $at, 6)), 'accounts' => []];
        }
        if ($row[$at + 6] !== null) {
            $list[count($list) - 1]['accounts'][] = project_of(
                array_slice($row, $at + 6));
        }
    }
    return ['organizations' => $list];
}

function create(string $request): array
{
    $body = body();
    [$name, $key] = name_of($body['organizationName'] ?? null);
    [$account, $account_key] = name_of($body['accountName'] ?? null);
    if (($body['eulaAccepted'] ?? null) !== true) {
        throw new Failure('Bad request', 400);
    }
    [$caller] = read_rows('caller_self', [], function (array $caller): void {
        if ($caller['key_organization_id']) {
            throw new Failure('Forbidden', 403);
        }
    });
    $now = now_ms();
    $at = sql_time($now);
    $user = $caller['user_id'];
    $id = new_id($now);
    $project_id = new_id($now);
    $jti = new_id($now);
    $organization = [$id, slug_of($key, $id), $name, '{}', 1, $at];
    $project = [$project_id, slug_of($account_key, $project_id), $account,
        '{}', 1, $at, new_id($now), '[]', true];
    $trail = trail(new_id($now), $at, $caller, $id, 'organization.create',
        $request, $name, ['licenseType' => 'free',
            'limits' => ['projects' => 1, 'users' => 0], 'name' => $name,
            'project' => ['id' => $project_id, 'name' => $account],
            'role' => 'admin']);
    run_steps('R3', [
        'organization_insert' => [$id, $organization[1], $name, $key, $at, $at,
            $user, $trail['audit_raise'][0], $trail['audit_raise'][1]],
        'project_insert' => [$project_id, $id, $project[1], $account,
            $account_key, $project[6], $at, $at, '{}'],
        'claim_insert' => [$jti, $id, $at],
        'licence_insert' => [$id, new_id($now), $jti, KID, 'free', 1, 0, $at,
            null, $at],
        'organization_bind' => [$user, $id, $at],
        'project_bind' => [$project_id, $at, $user, $id],
        'audit_enter' => $trail['audit_enter'],
    ]);
    header('Location: ' . BASE . "/$id");
    return ['organization' => organization_of($organization),
        'account' => project_of($project)];
}

function rename_organization(string $id, string $request): void
{
    [$name, $key] = name_of(body()['displayName'] ?? null);
    [$caller] = read_rows('caller_named', [$id, $id],
        function (array $caller): void {
            if (!$caller['organization_id'] || (!$caller['is_system_admin']
                && !$caller['organization_role'])) {
                throw new Failure('Not found', 404);
            }
            permit_admin($caller);
        });
    $now = now_ms();
    $at = sql_time($now);
    run_steps('R6', [
        'lock' => [$id, null, $caller['key_id'], $caller['user_id'],
            $caller['is_system_admin'], $caller['key_id'],
            $caller['organization_role'], null, 0],
        'organization_rename' => [$at, $name, $key, $id, $name, $key],
        ...trail(new_id($now), $at, $caller, $id, 'organization.rename',
            $request, $name, ['name' => $name]),
    ]);
}

function answer(string $request): ?array
{
    $path = $_SERVER['REQUEST_URI'];
    $method = $_SERVER['REQUEST_METHOD'];
    switch ("$method $path") {
    case 'GET ' . BASE:
        return list_organizations();
    case 'POST ' . BASE:
        return create($request);
    case 'PUT ' . BASE . '/verify':
        return verify();
    case 'GET ' . BASE . '/projects':
        return list_projects();
    case 'GET ' . BASE . '/projects/all':
        return list_tree();
    }
    if ($method === 'PATCH' && preg_match(
        '#^' . BASE . '/([^/]+)/metadata$#', $path, $match)) {
        rename_organization($match[1], $request);
        return null;
    }
    throw new Failure('Not found', 404);
}

function main(): void
{
    $start = hrtime(true);
    $request = new_id(now_ms());
    $status = 200;
    $type = 'application/json';
    try {
        $document = answer($request);
    } catch (Failure $failure) {
        $status = $failure->getCode();
        $type = 'application/problem+json';
        $title = $failure->getMessage();
        $document = ['type' => 'about:blank', 'title' => $title,
            'status' => $status, 'errors' => [$title]];
    }
    $text = $document === null ? '' : json_encode($document,
        JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
    http_response_code($status);
    header("Status: $status"); // else nginx makes a Location a redirect
    header("Content-Type: $type");
    header("X-Request-Id: $request");
    header('Cache-Control: private, no-cache');
    header('Content-Length: ' . strlen($text));
    echo $text;
    error_log(sprintf("id=%s method=%s path=%s status=%d us=%d\n", $request,
        $_SERVER['REQUEST_METHOD'], $_SERVER['REQUEST_URI'], $status,
        intdiv(hrtime(true) - $start, 1000)), 3, getenv('BENCH_LOG'));
}

main();
