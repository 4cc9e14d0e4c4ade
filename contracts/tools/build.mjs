// Compiles the contracts into the artifacts that the Python package ships, so that it needs no Node.
//
//   node tools/build.mjs           writes the artifacts
//   node tools/build.mjs --check   compares them with a fresh compilation and writes nothing
//
// An artifact names its sources and the SHA-256 over them and the compiler settings:
// for each source in the order of the names, name ‖ 0 ‖ text ‖ 0; then settings.json.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { compileStandardJson, settings, version } from "./compile.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const project = join(root, "..");

/** Source file, contract and folder of each artifact. */
const artifacts = [
  ["src/ManagementContract.sol", "ManagementContract", "python/corollup/l1/artifacts"],
  ["src/StateContract.sol", "StateContract", "python/corollup/l1/artifacts"],
  ["src/l2/Outbox.sol", "Outbox", "python/corollup/l1/artifacts"],
  ["src/l2/TokenBridgeL2.sol", "TokenBridgeL2", "python/corollup/l1/artifacts"],
  ["src/l2/BridgedToken.sol", "BridgedToken", "python/corollup/l1/artifacts"],
  ["src/faults/FaultContract.sol", "FaultContract", "python/corollup/l1/artifacts"],
  ["src/faults/Appeals.sol", "Appeals", "python/corollup/l1/artifacts"],
  ["src/faults/LagrangePoints.sol", "LagrangePoints", "python/corollup/l1/artifacts"],
  ["src/faults/AccessFaults.sol", "AccessFaults", "python/corollup/l1/artifacts"],
  ["src/faults/UpdateListFaults.sol", "UpdateListFaults", "python/corollup/l1/artifacts"],
  ["src/faults/UpdateNodeFaults.sol", "UpdateNodeFaults", "python/corollup/l1/artifacts"],
  ["src/faults/DataFaults.sol", "DataFaults", "python/corollup/l1/artifacts"],
  ["src/faults/Reveals.sol", "Reveals", "python/corollup/l1/artifacts"],
  ["src/devnet/DevToken.sol", "DevToken", "python/corollup/l1/artifacts"],
  ["src/devnet/DevPool.sol", "DevPool", "python/corollup/l1/artifacts"],
  ["test/LibraryHarness.sol", "LibraryHarness", "tests/l1/artifacts"],
];

function listSources(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".sol"))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)));
}

function compile(names) {
  const sources = Object.fromEntries(
    names.map((name) => [name, { content: readFileSync(join(root, name), "utf8") }]),
  );
  const outputSelection = {
    "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "metadata"] },
  };
  const input = { language: "Solidity", sources, settings: { ...settings, outputSelection } };
  const output = JSON.parse(compileStandardJson(JSON.stringify(input)));
  const messages = (output.errors ?? []).map((error) => error.formattedMessage);
  if (messages.length > 0) {
    throw new Error(messages.join("\n"));
  }
  return output.contracts;
}

function hashSources(names) {
  const hash = createHash("sha256");
  for (const name of names) {
    hash.update(`${name}\0${readFileSync(join(root, name), "utf8")}\0`);
  }
  return hash.update(readFileSync(join(root, "tools/settings.json"))).digest("hex");
}

function makeArtifact(name, contract) {
  const sources = Object.keys(JSON.parse(contract.metadata).sources).sort();
  return {
    name,
    compiler: version(),
    sources,
    sourceHash: hashSources(sources),
    abi: contract.abi,
    bytecode: `0x${contract.evm.bytecode.object}`,
    deployedBytecode: `0x${contract.evm.deployedBytecode.object}`,
  };
}

function main(isCheck) {
  const harnesses = artifacts.map(([file]) => file).filter((file) => file.startsWith("test/"));
  const contracts = compile([...listSources("src"), ...harnesses]);
  const stale = [];
  for (const [file, name, folder] of artifacts) {
    const path = join(project, folder, `${name}.json`);
    const text = `${JSON.stringify(makeArtifact(name, contracts[file][name]), null, 1)}\n`;
    if (isCheck) {
      if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
        stale.push(relative(project, path));
      }
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }
  if (stale.length > 0) {
    throw new Error(`stale artifacts, run "npm run build" in contracts: ${stale.join(", ")}`);
  }
}

try {
  main(process.argv.includes("--check"));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
