// Shows the description of the service that serves this page.
SwaggerUIBundle({
	url: new URL("../v1/openapi.json", document.baseURI).href,
	dom_id: "#api",
	deepLinking: true,
	defaultModelsExpandDepth: 0,
	displayOperationId: false,
	supportedSubmitMethods: ["get", "post", "put", "patch", "delete"],
	validatorUrl: null, // asks nobody else
});
