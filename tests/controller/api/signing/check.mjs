// Whether the vendor's own SDK signs the requests of signing.json as the vectors there say, which the product's
// signer meets as well. The SDK signs every header and the host: vectors that sign fewer are left out, and counted.
//
// node check.mjs VECTORS FOLDER; installs the SDK into FOLDER, and ends with 77 where npm cannot be reached.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const notInstalled = 77;
const [vectors, folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
copyFileSync(join(dirname(fileURLToPath(import.meta.url)), "package.json"), join(folder, "package.json"));
const require = createRequire(join(folder, "package.json"));
const name = "@huaweicloud/huaweicloud-sdk-core";

function sdk(file) {
  return require(`${name}/${file}`);
}

let AKSKSigner;
try {
  ({ AKSKSigner } = sdk("auth/AKSKSigner.js"));
} catch {
  const arguments_ = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"];
  const npm = spawnSync("npm", arguments_, { cwd: folder, timeout: 120_000 });
  if (npm.status !== 0) {
    console.log(`skipped: npm cannot install ${name}`);
    process.exit(notInstalled);
  }
  ({ AKSKSigner } = sdk("auth/AKSKSigner.js"));
}

let equal = 0;
let leftOut = 0;
let different = 0;
for (const vector of JSON.parse(readFileSync(vectors, "utf8")).cases) {
  const names = Object.keys(vector.headers).map((header) => header.toLowerCase());
  if (names.sort().join() !== [...vector.signed_headers].sort().join()) {
    leftOut += 1;
    continue;
  }
  const headers = {};
  for (const [header, value] of Object.entries(vector.headers)) {
    if (header === "Content-Type") headers["content-type"] = value;
    else if (header !== "Host") headers[header] = value;
  }
  const queryParams = {};
  for (const [key, value] of vector.query) queryParams[key] = value;
  const request = {
    method: vector.method,
    endpoint: `https://${vector.host}${vector.path}`,
    headers,
    queryParams,
    data: vector.body === "" ? undefined : JSON.parse(vector.body),
  };
  const credential = { getAk: () => vector.access_key, getSk: () => vector.secret_key };
  const { Authorization } = AKSKSigner.sign(request, credential);
  if (Authorization === vector.authorization) {
    equal += 1;
  } else {
    different += 1;
    console.error(`${vector.name}:\n  SDK    ${Authorization}\n  vector ${vector.authorization}`);
  }
}
console.log(`${equal} equal, ${different} different, ${leftOut} sign fewer headers than the SDK does`);
process.exit(different === 0 && equal >= 5 ? 0 : 1);
