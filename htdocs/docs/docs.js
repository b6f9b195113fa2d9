// Shows the description of the service that serves this page.  Its server is
// where the browser sees this page, since a proxy may have added a path.
const mount = new URL("..", document.baseURI).href.replace(/\/$/, "");

function show(description) {
	SwaggerUIBundle({
		spec: { ...description, servers: [{ url: mount }] },
		dom_id: "#api",
		deepLinking: true,
		defaultModelsExpandDepth: 0,
		displayOperationId: false,
		supportedSubmitMethods: ["get", "post", "put", "patch", "delete"],
		validatorUrl: null, // asks nobody else
	});
}

async function load() {
	const answer = await fetch(mount + "/v1/openapi.json");

	if (!answer.ok)
		throw new Error("it answers " + answer.status);
	return answer.json();
}

load().then(show).catch((error) => {
	document.getElementById("api").textContent =
		"The description of the service cannot be read: " + error.message;
});
