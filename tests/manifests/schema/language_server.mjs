// What an editor shows through the real yaml-language-server: no complaint about the examples, complaints at the right
// lines of bad manifests, completion, and a text for every key under the mouse. The manifests name the schema in their
// first line, as README tells authors to do.
//
// node language_server.mjs SCHEMA EXAMPLES; ends with 77 where yaml-language-server is not installed.
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const notInstalled = 77;
const here = dirname(fileURLToPath(import.meta.url));
const program = join(here, "node_modules/yaml-language-server/bin/yaml-language-server");
if (!existsSync(program)) {
  console.log("skipped: run npm install in tests/manifests/schema first");
  process.exit(notInstalled);
}
const [schemaFile, examples] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "fairway-editor-"));
copyFileSync(schemaFile, join(folder, "fairway.schema.json"));

// ---- the protocol: JSON messages behind a header that tells their length

const server = spawn(process.execPath, [program, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const settings = {
  yaml: { validate: true, hover: true, completion: true, schemaStore: { enable: false } },
};
const answers = new Map();
const diagnostics = new Map();
let received = Buffer.alloc(0);
let lastId = 0;

function send(message) {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
function ask(method, params) {
  const id = ++lastId;
  send({ id, method, params });
  return new Promise((resolve, reject) => answers.set(id, { resolve, reject }));
}
function take(message) {
  if (message.method === "textDocument/publishDiagnostics") {
    diagnostics.get(message.params.uri)?.(message.params.diagnostics);
  } else if (message.method && message.id !== undefined) {
    const configuration = message.method === "workspace/configuration";
    const result = configuration ? message.params.items.map(({ section }) => settings[section] ?? {}) : null;
    send({ id: message.id, result });
  } else if (answers.has(message.id)) {
    const { resolve, reject } = answers.get(message.id);
    message.error ? reject(new Error(message.error.message)) : resolve(message.result);
  }
}
server.stdout.on("data", (chunk) => {
  received = Buffer.concat([received, chunk]);
  for (;;) {
    const header = received.indexOf("\r\n\r\n");
    if (header < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(received.subarray(0, header))[1]);
    if (received.length < header + 4 + length) return;
    const body = received.subarray(header + 4, header + 4 + length);
    received = received.subarray(header + 4 + length);
    take(JSON.parse(body));
  }
});

// ---- documents

let opened = 0;
// Opens a document, and gives its address and what the server says of it.
async function open(text) {
  const uri = pathToFileURL(join(folder, `manifest-${++opened}.yaml`)).href;
  const said = new Promise((resolve) => diagnostics.set(uri, resolve));
  send({
    method: "textDocument/didOpen",
    params: { textDocument: { uri, languageId: "yaml", version: 1, text } },
  });
  return { uri, complaints: await said };
}

const modeline = "# yaml-language-server: $schema=./fairway.schema.json\n";
const head = `${modeline}apiVersion: fairway/v1\nkind: VpcChannel\nmetadata:\n  name: shop\n`;
const failures = [];
let checks = 0;
function expect(what, holds, shown) {
  checks += 1;
  if (!holds) failures.push(`${what}: ${JSON.stringify(shown)}`);
}

async function checkExamples() {
  for (const name of readdirSync(examples).filter((name) => name.endsWith(".yaml"))) {
    // Each document needs the line that names the schema.
    const text = readFileSync(join(examples, name), "utf8").replaceAll("$schema=../", "$schema=./");
    const { uri, complaints } = await open(text);
    expect(`${name} is fine`, complaints.length === 0, complaints);
    await checkHovers(name, uri, text);
  }
}

// Every key at the beginning of a line has a text. What labels and annotations hold is the author's own.
async function checkHovers(name, uri, text) {
  for (const [line, content] of text.split("\n").entries()) {
    const key = /^\s*(- )?([A-Za-z_]+):/.exec(content);
    if (!key) continue;
    const character = content.indexOf(key[2]) + 1;
    const hover = await ask("textDocument/hover", { textDocument: { uri }, position: { line, character } });
    const shown = hover?.contents?.value ?? "";
    expect(`${name}:${line + 1}: a text for ${key[2]}`, shown.length > 20, shown);
  }
}

async function checkComplaints() {
  const good = await open(`${head}spec:\n  port: 22\n  instance_ids: [a]\n`);
  expect("a good manifest is fine", good.complaints.length === 0, good.complaints);
  const bad = [
    ["a port out of range", "spec:\n  port: 70000\n  instance_ids: [a]\n", 6, "65535"],
    ["an unknown key", "spec:\n  port: 22\n  instance_ids: [a]\n  prot: 1\n", 8, "prot"],
    ["a missing key", "spec:\n  port: 22\n  member_groups: [{member_group_weight: 1}]\n", 7, "member_group_name"],
    ["a word that is none", "spec:\n  port: 22\n  instance_ids: [a]\n  member_type: iq\n", 8, "ip"],
    ["a literal password", "spec:\n  port: 22\n  instance_ids: [a]\n  vpc_channel_type: microservice\n" +
      "  microservice_info:\n    nacos_info:\n      service_name: s\n" +
      "      server_config: [{ip_address: 192.168.0.9, port: 8848}]\n" +
      "      user_info: {user_name: reader, password: hunter2}\n", 13, "Password"],
  ];
  for (const [what, spec, line, word] of bad) {
    const { complaints } = await open(head + spec);
    const there = complaints.filter(({ range, message }) => range.start.line === line && message.includes(word));
    expect(what, there.length > 0, complaints);
  }
}

async function completionAt(text) {
  const { uri } = await open(text);
  const lines = text.split("\n");
  const position = { line: lines.length - 1, character: lines.at(-1).length };
  const result = await ask("textDocument/completion", { textDocument: { uri }, position });
  return (result?.items ?? result ?? []).map(({ label }) => label);
}

async function checkCompletion() {
  const keys = await completionAt(`${head}spec:\n  port: 22\n  `);
  for (const key of ["instance_ids", "members", "vpc_health_config", "balance_strategy"]) {
    expect(`${key} is offered below spec`, keys.includes(key), keys);
  }
  expect("what is there already is not offered", !keys.includes("port"), keys);
  const words = await completionAt(`${head}spec:\n  port: 22\n  balance_strategy: `);
  for (const word of ["wrr", "wlc", "sh", "uri"]) expect(`${word} is offered`, words.includes(word), words);
  const member = await completionAt(`${head}spec:\n  port: 22\n  instance_ids: [a]\n  members:\n    - `);
  expect("host is offered for a member", member.some((label) => label.includes("host")), member);
}

async function checkHover() {
  const text = `${head}spec:\n  port: 22\n  instance_ids: [a]\n  vpc_health_config:\n    timeout: 5\n`;
  const { uri } = await open(text);
  const position = { line: 9, character: 6 };
  const hover = await ask("textDocument/hover", { textDocument: { uri }, position });
  const shown = hover?.contents?.value ?? "";
  expect("the text for timeout is the schema's", shown.includes("less than"), shown);
}

const patience = setTimeout(() => finish(["the language server did not answer within two minutes"]), 120_000);
function finish(found) {
  clearTimeout(patience);
  server.kill();
  rmSync(folder, { recursive: true });
  found.forEach((failure) => console.log(failure));
  console.log(`${checks} checks, ${found.length} failures`);
  process.exit(found.length > 0 || checks === 0 ? 1 : 0);
}
server.on("exit", (code) => finish([`the language server ended with ${code}`]));

await ask("initialize", {
  processId: process.pid,
  rootUri: pathToFileURL(folder).href,
  capabilities: {
    workspace: { configuration: true },
    textDocument: { hover: { contentFormat: ["markdown"] }, completion: { completionItem: {} } },
  },
});
send({ method: "initialized", params: {} });
send({ method: "workspace/didChangeConfiguration", params: { settings } });
await checkComplaints();
await checkExamples();
await checkCompletion();
await checkHover();
server.removeAllListeners("exit");
finish(failures);
