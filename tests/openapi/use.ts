// Three generated clients against the running service, with no word about its
// address but the description's: list, create, rename with If-Match, a refusal,
// and the life of an API key.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { OpenAPIClientAxios } from "openapi-client-axios";
import createClient from "openapi-fetch";
import * as oazapfts from "./oazapfts.js";
import type { components, paths } from "./types.js";
import { createApiClient } from "./zod.js";

type Problem = components["schemas"]["Problem"];

const description = JSON.parse(readFileSync("openapi.json", "utf8"));
const server: string = description.servers[0].url;
const headers = { "X-Api-Key": process.env.TENANTRY_API_KEY! };

function unique(name: string): string {
	return `${name} ${process.pid} ${Date.now()}`;
}

function expectProblem(problem: Problem, status: number, code: string): void {
	assert.equal(problem.type, `urn:tenantry:problem:${code}`);
	assert.equal(problem.status, status);
	assert.deepEqual(problem.errors, [problem.detail]);
}

async function useFetch(): Promise<void> {
	const api = createClient<paths>({ baseUrl: server, headers });
	const organizationName = unique("Fetch");
	const created = await api.POST("/v1/organizations", {
		body: { organizationName, accountName: "One", eulaAccepted: true },
	});
	const path = { id: created.data!.organization.metadata.id };
	const read = await api.GET("/v1/organizations/{id}", { params: { path } });
	const old = read.response.headers.get("ETag")!;
	const rename = (displayName: string) =>
		api.PATCH("/v1/organizations/{id}/metadata", {
			params: { path, header: { "If-Match": old } },
			body: { displayName },
		});

	assert.equal((await rename(unique("Renamed"))).response.status, 200);
	const refused = await rename(unique("Refused"));
	expectProblem(refused.error!, 412, "precondition-failed");

	const list = await api.GET("/v1/organizations");
	const mine = list.data!.organizations.find(
		(each) => each.metadata.id === path.id);
	assert.equal(mine?.metadata.version, 2);
	assert.match(mine!.metadata.displayName, /^Renamed/);
}

// An API key of a new organization, from its making to its end.
async function useKeys(): Promise<void> {
	const api = createClient<paths>({ baseUrl: server, headers });
	const created = await api.POST("/v1/organizations", {
		body: {
			organizationName: unique("Keys"),
			accountName: "One",
			eulaAccepted: true,
		},
	});
	const header = {
		"X-Organization-ID": created.data!.organization.metadata.id,
	};
	const made = await api.POST("/v1/api-keys", {
		params: { header },
		body: { description: "Deployment", expiresIn: 3600 },
	});
	const path = { id: made.data!.apiKey.metadata.id };

	assert.match(made.data!.key!, /^tny_/);
	assert.equal(made.data!.apiKey.spec.role, "");
	const changed = await api.PATCH("/v1/api-keys/{id}", {
		params: { path },
		body: { expiresIn: 60 },
	});
	assert(changed.data!.apiKey.spec.expiresAt! <
		made.data!.apiKey.spec.expiresAt!);
	const next = await api.POST("/v1/api-keys/{id}/rotate", {
		params: { path },
		body: { overlap: 0 },
	});
	assert.notEqual(next.data!.key, made.data!.key);
	const again = await api.POST("/v1/api-keys/{id}/rotate", {
		params: { path },
		body: {},
	});
	expectProblem(again.error!, 409, "already-rotated");
	const revoked = await api.DELETE("/v1/api-keys/{id}", {
		params: { path: { id: next.data!.apiKey.metadata.id } },
	});
	assert.equal(revoked.response.status, 204);
}

async function useOazapfts(): Promise<void> {
	const options = { headers };
	const body: oazapfts.CreateOrganizationBody = {
		organizationName: unique("Oazapfts"),
		accountName: "One",
		eulaAccepted: true,
	};

	assert.equal(oazapfts.defaults.baseUrl, server);
	const created = await oazapfts.createOrganization(body, {}, options);
	assert(created.status === 200);
	const { id } = created.data.organization.metadata;
	const read = await oazapfts.getOrganization(id, {}, options);
	assert(read.status === 200);
	const ifMatch = read.headers.get("ETag")!;
	const rename = (displayName: string) => oazapfts.renameOrganization(
		id, { displayName }, { ifMatch }, options);

	assert.equal((await rename(unique("Renamed"))).status, 200);
	const refused = await rename(unique("Refused"));
	assert(refused.status === 412);
	expectProblem(refused.data, 412, "precondition-failed");

	const list = await oazapfts.listOrganizations({}, options);
	assert(list.status === 200);
	assert(list.data.organizations.some((each) => each.metadata.id === id));
}

async function useAxios(): Promise<void> {
	const api = await new OpenAPIClientAxios({
		definition: description,
		axiosConfigDefaults: { headers, validateStatus: () => true },
	}).init();
	const list = await api.listOrganizations();
	const refused = await api.deleteOrganization("0".repeat(26));

	assert.equal(api.defaults.baseURL, server);
	assert.equal(list.status, 200);
	assert(Array.isArray(list.data.organizations));
	expectProblem(refused.data, 403, "forbidden");
}

// Its schemas are asked at run time: of what is sent and of what comes.  The types
// of its client recurse once for each route, deeper than the compiler goes.
async function useZod(): Promise<void> {
	const api: any = createApiClient(server, { axiosConfig: { headers } });
	const tree = await api.get("/v1/organizations/accounts/all");
	const wrong: any = 42;

	assert(tree.organizations.length > 0);
	await assert.rejects(api.put("/v1/organizations/verify", wrong),
		/Invalid Body parameter/);
}

await useFetch();
await useKeys();
await useOazapfts();
await useAxios();
await useZod();
console.log("fetch keys oazapfts axios zod");
