// Trims GitHub's OpenAPI description to the routes that the sandbox serves.
//
//   node tests/forge/trim-openapi.js node_modules/@octokit/openapi > tests/forge/openapi/github.json
//
// In: the npm package `@octokit/openapi` and the tables of routes in `src/sandbox/rest/*.rs`. Out: methods, paths, query
// parameters, request bodies, and responses of 2xx and 4xx, with every schema that is reached from them;
// descriptions and examples are dropped.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const folder = process.argv[2];
const { version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
const whole = JSON.parse(fs.readFileSync(path.join(folder, 'generated/api.github.com.json'), 'utf8'));
const subjects = path.join(__dirname, '../../src/sandbox/rest');
const sources = fs.readdirSync(subjects).filter((name) => name.endsWith('.rs')).sort();
const tables = sources.map((name) => fs.readFileSync(path.join(subjects, name), 'utf8')).join('\n');
const anonymous = (route) => route.replace(/\{[^}]*\}/g, '{}');

const resolve = (pointer) => pointer.slice(2).split('/').reduce((at, key) => at[key], whole);
const followed = (it) => (it && it.$ref ? resolve(it.$ref) : it);

// A property may be called `description` or `example`: names in `properties` are kept.
const trimmed = (it, names = false) => {
  if (Array.isArray(it)) return it.map((one) => trimmed(one));
  if (it === null || typeof it !== 'object') return it;
  const kept = {};
  for (const [key, value] of Object.entries(it)) {
    if (!names && (/^(description|example|examples|title|externalDocs|deprecated)$/.test(key) || key.startsWith('x-'))) continue;
    kept[key] = trimmed(value, !names && key === 'properties');
  }
  // OpenAPI 3.0 says so; JSON Schema says it by a type.
  if (!names && kept.nullable === true) {
    delete kept.nullable;
    return { anyOf: [kept, { type: 'null' }] };
  }
  return kept;
};

const schemas = {};
const reach = (it) => {
  if (it === null || typeof it !== 'object') return;
  if (typeof it.$ref === 'string') {
    const name = it.$ref.split('/').pop();
    if (!(name in schemas)) {
      schemas[name] = trimmed(resolve(it.$ref));
      reach(schemas[name]);
    }
  }
  Object.values(it).forEach(reach);
};
const schemaOf = (content) => {
  const schema = content?.['application/json']?.schema;
  if (!schema) return null;
  const kept = trimmed(schema);
  reach(kept);
  return kept;
};

// What every route may answer when it refuses; GitHub does not repeat it for each.
reach({ $ref: '#/components/schemas/basic-error' });

const routes = {};
for (const [, method, template] of tables.matchAll(/^ {4}([A-Z]+) "([^"]+)", .* => \w+;$/gm)) {
  const found = Object.keys(whole.paths).find(
    (it) => anonymous(it) === anonymous(template) && whole.paths[it][method.toLowerCase()],
  );
  // The contents of the root are the same operation with an empty path.
  const name = found || (template.endsWith('/contents') ? `${template}/{path}` : null);
  const operation = name && whole.paths[name]?.[method.toLowerCase()];
  if (!operation) throw new Error(`GitHub has no ${method} ${template}`);
  const parameters = [...(whole.paths[name].parameters || []), ...(operation.parameters || [])].map(followed);
  const responses = {};
  for (const [status, response] of Object.entries(operation.responses)) {
    if (/^[24]/.test(status)) responses[status] = schemaOf(followed(response).content);
  }
  // `{path*}` is the sandbox's mark of a parameter that holds slashes; its log has none.
  routes[`${method} ${template.replaceAll('*}', '}')}`] = {
    query: parameters.filter((it) => it.in === 'query').map((it) => it.name).sort(),
    body: schemaOf(followed(operation.requestBody)?.content),
    responses,
  };
}
const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
process.stdout.write(`${JSON.stringify({ package: `@octokit/openapi ${version}`, routes, components: { schemas: sorted } })}\n`);
