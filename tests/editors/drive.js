// Opens files in yaml-language-server, as an editor does, and holds what it says to what a person is to see.
//
//   node drive.js FOLDER EXPECTED.json
//
// In: the folder that is opened, and for each file of it what is expected: part of a diagnostic's message with its line
// (from 0), a label that completion offers at a place, part of what hovering shows there. A file without `diagnostic` must
// have none. Out: a line for each thing tried; exits with 1 when one was not as it should be.
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const folder = path.resolve(process.argv[2]);
const expected = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));
const server = require.resolve('yaml-language-server/bin/yaml-language-server', { paths: [process.cwd()] });
const child = spawn(process.execPath, [server, '--stdio'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });

const waiting = new Map();
const diagnostics = new Map();
let heard = () => {};
let last = 0;

const send = (message) => {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message });
  child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
};
const ask = (method, params) => {
  last += 1;
  const id = last;
  send({ id, method, params });
  return new Promise((resolve) => waiting.set(id, resolve));
};
const tell = (method, params) => send({ method, params });

let unread = Buffer.alloc(0);
child.stdout.on('data', (data) => {
  unread = Buffer.concat([unread, data]);
  for (;;) {
    const end = unread.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(unread.subarray(0, end).toString())[1]);
    if (unread.length < end + 4 + length) return;
    const message = JSON.parse(unread.subarray(end + 4, end + 4 + length).toString());
    unread = unread.subarray(end + 4 + length);
    if (message.method === 'textDocument/publishDiagnostics') {
      diagnostics.set(message.params.uri, message.params.diagnostics);
      heard();
    } else if (message.method && message.id !== undefined) {
      // What the server asks of an editor: its settings are all defaults, and schemas come from files alone.
      const settings = (item) => (item.section === 'yaml' ? { schemaStore: { enable: false }, validate: true, hover: true, completion: true } : null);
      const answer = message.method === 'workspace/configuration' ? message.params.items.map(settings) : null;
      send({ id: message.id, result: answer });
    } else if (waiting.has(message.id)) {
      waiting.get(message.id)(message.error ? { error: message.error } : message.result);
      waiting.delete(message.id);
    }
  }
});

let failed = 0;
let tried = 0;
const hold = (what, holds, seen) => {
  tried += 1;
  if (holds) {
    console.log(`ok    ${what}`);
  } else {
    failed += 1;
    console.log(`FAIL  ${what}\n      ${JSON.stringify(seen)}`);
  }
};
const said = (uri) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error(`no diagnostics of ${uri} in 30 seconds`)), 30000);
  heard = () => {
    if (diagnostics.has(uri)) {
      clearTimeout(timer);
      resolve(diagnostics.get(uri));
    }
  };
  heard();
});

const main = async () => {
  const rootUri = pathToFileURL(folder).href;
  await ask('initialize', {
    processId: process.pid,
    rootUri,
    workspaceFolders: [{ uri: rootUri, name: 'fleet' }],
    capabilities: {
      workspace: { configuration: true, workspaceFolders: true },
      textDocument: {
        publishDiagnostics: {},
        hover: { contentFormat: ['markdown'] },
        completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown'] } },
      },
    },
  });
  tell('initialized', {});
  tell('workspace/didChangeConfiguration', { settings: { yaml: { schemaStore: { enable: false }, validate: true, hover: true, completion: true } } });
  for (const [name, wanted] of Object.entries(expected)) {
    const file = path.join(folder, name);
    const uri = pathToFileURL(file).href;
    const text = fs.readFileSync(file, 'utf8');
    tell('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } });
    const found = await said(uri);
    if (wanted.diagnostic) {
      const [line, part] = wanted.diagnostic;
      const is = (one) => one.range.start.line === line && one.message.includes(part);
      hold(`${name}:${line + 1}: says "${part}"`, found.some(is), found.map((one) => [one.range.start.line, one.message]));
    } else {
      hold(`${name}: nothing is wrong`, found.length === 0, found.map((one) => [one.range.start.line, one.message]));
    }
    const at = (place) => ({ textDocument: { uri }, position: { line: place[0], character: place[1] } });
    for (const [line, character, label] of wanted.completion || []) {
      const offered = await ask('textDocument/completion', at([line, character]));
      const labels = (offered && (offered.items || offered)).map((item) => item.label);
      hold(`${name}:${line + 1}: offers "${label}"`, labels.includes(label), labels);
    }
    for (const [line, character, part] of wanted.hover || []) {
      const shown = await ask('textDocument/hover', at([line, character]));
      const words = JSON.stringify(shown && shown.contents);
      hold(`${name}:${line + 1}: shows "${part}"`, Boolean(words) && words.includes(part), words);
    }
  }
};

main().then(
  () => {
    console.log(`${tried - failed} passed, ${failed} failed`);
    child.kill();
    process.exit(failed > 0 || tried === 0 ? 1 : 0);
  },
  (error) => {
    console.error(error);
    child.kill();
    process.exit(1);
  },
);
