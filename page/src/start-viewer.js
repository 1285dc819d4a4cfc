// Shows the description of the API at /docs. The bundle before it defines SwaggerUIBundle.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  // Its badge would send the description to another host.
  validatorUrl: null,
});
