// Trims GitHub's GraphQL schema to what the sandbox serves.
//
//   node trim-graphql.js @octokit/graphql-schema/schema.json served-graphql.txt > schema.graphql
//
// In: the introspection of the whole schema, and the fields that are served. Out: SDL in which those
// fields, their arguments, and every input and enum they need stand as GitHub publishes them. A name
// that GitHub does not have is an error, so that the list cannot claim what is not there.
"use strict";
const fs = require("fs");

const [source, list] = process.argv.slice(2);
const types = new Map(JSON.parse(fs.readFileSync(source)).__schema.types.map((type) => [type.name, type]));
const served = new Map();
for (const line of fs.readFileSync(list, "utf8").split("\n")) {
  if (!line.trim() || line.startsWith("#")) continue;
  const [name, rest] = line.split(/:(.*)/s);
  const fields = new Map();
  for (const [, field, , argumentList] of rest.matchAll(/(\w+)(\(([^)]*)\))?/g)) {
    fields.set(field, (argumentList || "").split(/\s+/).filter(Boolean));
  }
  served.set(name, fields);
}

const fail = (message) => {
  console.error(message);
  process.exit(1);
};
const written = (type) =>
  type.kind === "NON_NULL" ? `${written(type.ofType)}!` : type.kind === "LIST" ? `[${written(type.ofType)}]` : type.name;
const inner = (type) => (type.ofType ? inner(type.ofType) : type.name);
const builtIn = new Set(["String", "Int", "Float", "Boolean", "ID"]);
const needed = new Set();
const need = (type) => {
  const name = inner(type);
  if (!builtIn.has(name)) needed.add(name);
};
const input = (value) => {
  need(value.type);
  const otherwise = value.defaultValue == null ? "" : ` = ${value.defaultValue}`;
  return `${value.name}: ${written(value.type)}${otherwise}`;
};
const find = (items, name, where) => items.find((item) => item.name === name) || fail(`GitHub has no ${where}.${name}`);

const shown = new Map();
const show = (name) => {
  const type = types.get(name) || fail(`GitHub has no type ${name}`);
  const kept = served.get(name);
  if (type.kind === "SCALAR") return `scalar ${name}`;
  if (type.kind === "ENUM") {
    const values = kept ? [...kept.keys()].map((value) => find(type.enumValues, value, name)) : type.enumValues;
    return `enum ${name} {\n${values.map((value) => `  ${value.name}\n`).join("")}}`;
  }
  if (type.kind === "INPUT_OBJECT") {
    const fields = kept ? [...kept.keys()].map((field) => find(type.inputFields, field, name)) : type.inputFields;
    return `input ${name} {\n${fields.map((field) => `  ${input(field)}\n`).join("")}}`;
  }
  if (!kept) fail(`${name} is needed, and served-graphql.txt does not say what of it is served`);
  if (type.kind === "UNION") {
    for (const member of kept.keys()) find(type.possibleTypes, member, name);
    return `union ${name} = ${[...kept.keys()].join(" | ")}`;
  }
  const fields = [...kept].map(([field, names]) => {
    const found = find(type.fields, field, name);
    need(found.type);
    // What GitHub demands stays; of the rest, what is served.
    const args = found.args.filter((arg) => names.includes(arg.name) || arg.type.kind === "NON_NULL");
    for (const arg of names) find(found.args, arg, `${name}.${field}`);
    const list = args.length ? `(${args.map(input).join(", ")})` : "";
    return `  ${field}${list}: ${written(found.type)}\n`;
  });
  const interfaces = (type.interfaces || []).map((one) => one.name).filter((one) => served.has(one));
  const keyword = type.kind === "INTERFACE" ? "interface" : "type";
  const implemented = interfaces.length ? ` implements ${interfaces.join(" & ")}` : "";
  return `${keyword} ${name}${implemented} {\n${fields.join("")}}`;
};
for (const name of served.keys()) shown.set(name, show(name));
for (let todo = [...needed].filter((name) => !shown.has(name)); todo.length; ) {
  for (const name of todo) shown.set(name, show(name));
  todo = [...needed].filter((name) => !shown.has(name));
}
process.stdout.write("# Made by tests/forge/trim-graphql.js; schema.NOTICE.md says of what.\n");
process.stdout.write("schema {\n  query: Query\n  mutation: Mutation\n}\n");
for (const name of [...shown.keys()].sort()) process.stdout.write(`\n${shown.get(name)}\n`);
