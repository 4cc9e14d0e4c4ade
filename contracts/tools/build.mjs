// Compiles the contracts into the artifacts that the Python package ships and the tests deploy, so that
// neither needs a compiler of its own. Only what changed is compiled.
//
//   node tools/build.mjs           writes the artifacts
//   node tools/build.mjs --check   compiles those in git anew, compares, and writes nothing
//
// An artifact names its sources and the SHA-256 over them and the compiler settings:
// for each source in the order of the names, name ‖ 0 ‖ text ‖ 0; then settings.json.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { compileStandardJson, settings, version } from "./compile.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const project = join(root, "..");

const SHIPPED = "python/corollup/l1/artifacts";
const TESTED = "tests/l1/artifacts";
/** Not in git: what only the contracts' own tests deploy. */
const LOCAL = "contracts/test/artifacts";

/** Source file, contract and folder of each artifact. */
const artifacts = [
  ["src/ManagementContract.sol", "ManagementContract", SHIPPED],
  ["src/StateContract.sol", "StateContract", SHIPPED],
  ["src/bridge/Inbox.sol", "Inbox", SHIPPED],
  ["src/bridge/Bridge.sol", "Bridge", SHIPPED],
  ["src/bridge/TokenBridge.sol", "TokenBridge", SHIPPED],
  ["src/l2/Outbox.sol", "Outbox", SHIPPED],
  ["src/l2/TokenBridgeL2.sol", "TokenBridgeL2", SHIPPED],
  ["src/l2/BridgedToken.sol", "BridgedToken", SHIPPED],
  ["src/faults/FaultContract.sol", "FaultContract", SHIPPED],
  ["src/faults/Appeals.sol", "Appeals", SHIPPED],
  ["src/faults/LagrangePoints.sol", "LagrangePoints", SHIPPED],
  ["src/faults/AccessFaults.sol", "AccessFaults", SHIPPED],
  ["src/faults/UpdateListFaults.sol", "UpdateListFaults", SHIPPED],
  ["src/faults/UpdateNodeFaults.sol", "UpdateNodeFaults", SHIPPED],
  ["src/faults/DataFaults.sol", "DataFaults", SHIPPED],
  ["src/faults/Reveals.sol", "Reveals", SHIPPED],
  ["src/devnet/DevToken.sol", "DevToken", SHIPPED],
  ["src/devnet/DevPool.sol", "DevPool", SHIPPED],
  ["harness/LibraryHarness.sol", "LibraryHarness", TESTED],
  ["harness/FaultsHarness.sol", "FaultsHarness", LOCAL],
  ["test/support/ChainStub.sol", "ChainStub", LOCAL],
  ["test/support/FaultStubs.sol", "SlasherStub", LOCAL],
  ["test/support/FaultStubs.sol", "CommitsStub", LOCAL],
  ["test/support/FaultStubs.sol", "ElectionStub", LOCAL],
];

const read = (name) => readFileSync(join(root, name), "utf8");

/** Names of a source and of all that it imports. */
function listSources(name, found = new Set()) {
  if (!found.has(name)) {
    found.add(name);
    for (const [, path] of read(name).matchAll(/^(?:import|\})[^;]*?"(\.[^"]+)";/gms)) {
      listSources(posix.join(posix.dirname(name), path), found);
    }
  }
  return [...found].sort();
}

function hashSources(names) {
  const hash = createHash("sha256");
  for (const name of names) {
    hash.update(`${name}\0${read(name)}\0`);
  }
  return hash.update(readFileSync(join(root, "tools/settings.json"))).digest("hex");
}

/** Compiles a contract with nothing but its own sources, so that no other changes its code. */
function compile([file, name]) {
  const names = listSources(file);
  const sources = Object.fromEntries(names.map((source) => [source, { content: read(source) }]));
  const wanted = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"];
  const outputSelection = { [file]: { [name]: wanted } };
  const input = { language: "Solidity", sources, settings: { ...settings, outputSelection } };
  const output = JSON.parse(compileStandardJson(JSON.stringify(input)));
  const messages = (output.errors ?? []).map((error) => error.formattedMessage);
  if (messages.length > 0) {
    throw new Error(messages.join("\n"));
  }
  const { abi, evm } = output.contracts[file][name];
  const artifact = {
    name,
    compiler: version(),
    sources: names,
    sourceHash: hashSources(names),
    abi,
    bytecode: `0x${evm.bytecode.object}`,
    deployedBytecode: `0x${evm.deployedBytecode.object}`,
  };
  return `${JSON.stringify(artifact, null, 1)}\n`;
}

const pathOf = ([, name, folder]) => join(project, folder, `${name}.json`);

function isFresh(item) {
  try {
    const { compiler, sourceHash } = JSON.parse(readFileSync(pathOf(item), "utf8"));
    return compiler === version() && sourceHash === hashSources(listSources(item[0]));
  } catch {
    return false; // Absent, or with the marks of a merge.
  }
}

function build() {
  for (const item of artifacts.filter((each) => !isFresh(each))) {
    mkdirSync(dirname(pathOf(item)), { recursive: true });
    writeFileSync(pathOf(item), compile(item));
    console.log(`compiled ${item[1]}`);
  }
}

function check() {
  const stale = artifacts
    .filter(([, , folder]) => folder !== LOCAL)
    .filter((item) => !existsSync(pathOf(item)) || readFileSync(pathOf(item), "utf8") !== compile(item))
    .map((item) => relative(project, pathOf(item)));
  if (stale.length > 0) {
    throw new Error(`stale artifacts, run "npm run build" in contracts: ${stale.join(", ")}`);
  }
}

try {
  if (process.argv.includes("--check")) check();
  else build();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
