// Whether the JSON Schema says of every test manifest what the reader says of it. A document of a bad file
// that JSON Schema cannot judge carries the comment "# schema: cannot say", and must be accepted.
//
// node check.mjs SCHEMA ROOT_OF_DATA EXAMPLES; ends with 77 where ajv or yaml is not installed.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const notInstalled = 77;
let Ajv, YAML;
try {
  ({ default: Ajv } = await import("ajv"));
  YAML = await import("yaml");
} catch {
  console.log("skipped: run npm install in tests/manifests/schema first");
  process.exit(notInstalled);
}

const [schemaFile, data, examples] = process.argv.slice(2);
const schema = JSON.parse(readFileSync(schemaFile, "utf8"));
const validate = new Ajv({ allErrors: true, strict: false }).compile(schema);

// The documents of a file as text: what stands between lines that start with ---.
function documents(file) {
  const bytes = readFileSync(file);
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return [{ text: "", refused: "not UTF-8" }];
  }
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\r(?!\n)/.test(text)) {
    return [{ text, refused: "a control character" }];
  }
  return text.split(/^---(?=\s)/m).map((part) => judge(part));
}

function judge(text) {
  const document = YAML.parseDocument(text, { version: "1.2" });
  if (document.errors.length > 0) return { text, refused: document.errors[0].message };
  if (document.contents === null || isForeign(document)) return { text, skipped: true };
  let value;
  try {
    value = document.toJS();
  } catch (error) {
    return { text, refused: error.message };
  }
  const valid = validate(value);
  return { text, refused: valid ? undefined : new Ajv().errorsText(validate.errors) };
}

function isForeign(document) {
  const version = YAML.isMap(document.contents) ? document.get("apiVersion") : undefined;
  return typeof version === "string" && version !== "" && !version.toLowerCase().startsWith("fairway");
}

let checked = 0;
const failures = [];
function check(folder, verdict) {
  for (const name of readdirSync(folder).filter((n) => /\.(ya?ml|json)$/.test(n)).sort()) {
    documents(join(folder, name)).forEach((document, index) => {
      if (document.skipped) return;
      checked += 1;
      const complaint = verdict(document);
      if (complaint) failures.push(`${join(folder, name)}, document ${index + 1}: ${complaint}`);
    });
  }
}

const accepted = ({ refused }) => refused && `refused: ${refused}`;
check(join(data, "good"), accepted);
check(examples, accepted);
check(join(data, "bad"), ({ text, refused }) => {
  const cannotSay = text.includes("# schema: cannot say");
  if (cannotSay) return refused && `refused although marked "cannot say": ${refused}`;
  return refused ? undefined : "accepted";
});

// Hover texts: every property that takes a value of its own has a title, a description and examples.
function undocumented(node, path) {
  if (typeof node !== "object" || node === null) return;
  if (node.properties && node.title) {
    for (const [key, property] of Object.entries(node.properties)) {
      for (const word of ["title", "description", "examples"]) {
        if (!property[word]) failures.push(`the schema gives no ${word} for ${path}.${key}`);
      }
      (property.examples ?? []).forEach((example) => checkExample(property, example, `${path}.${key}`));
      undocumented(property, `${path}.${key}`);
    }
  }
  if (node.items) undocumented(node.items, `${path}[]`);
}
function checkExample(property, example, path) {
  if (!new Ajv({ strict: false }).compile(property)(example)) {
    failures.push(`the schema's example ${JSON.stringify(example)} does not fit ${path}`);
  }
}
undocumented(schema, "");

failures.forEach((failure) => console.log(failure));
console.log(`${checked} documents checked, ${failures.length} failures`);
process.exit(failures.length > 0 || checked === 0 ? 1 : 0);
