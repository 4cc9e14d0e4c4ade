// Plants one bug at a time in a copy of the contracts and sees that the random calls find it: an invariant that
// finds none of them would promise nothing.
//
//   node tools/mutants.mjs [WORD]   only the bugs with WORD in their name
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const project = join(root, "..");
const FORGE = "node_modules/@foundry-rs/forge-linux-amd64/bin/forge";
const RUNS = "60";

/** Name, test, what it says when it finds the bug, and the edits: file, text, other text. */
const bugs = [
  [
    "a claim does not lower what is unclaimed",
    "NetworkInvariants",
    "solvency of the State Contract",
    ["src/FeeLedger.sol", "_payouts[slot].unclaimed -= Narrow.toUint96(paid);", ""],
  ],
  [
    "a withdrawal takes half of what it pays",
    "NetworkInvariants",
    "solvency of the State Contract",
    ["src/FeeLedger.sol", "account.balance -= amount;", "account.balance -= amount / 2;"],
  ],
  [
    "more stake is noted than was sent",
    "NetworkInvariants",
    "solvency of the Management Contract",
    ["src/MemberTables.sol", "member.stake + msg.value;", "member.stake + 2 * msg.value;"],
  ],
  [
    "a reset keeps the head",
    "NetworkInvariants",
    "number of the head",
    ["src/StateContract.sol", "_head = parent;", ""],
  ],
  [
    "a signer is paid again",
    "NetworkInvariants",
    "a seat counted twice",
    ["src/FeeLedger.sol", " || claimed.contains(position)", ""],
  ],
  [
    "a member is slashed again",
    "NetworkInvariants",
    "slashed above the stake",
    [
      "src/SlashQueue.sol",
      "member.operator == address(0) || member.ejectedBlock != 0",
      "member.operator == address(0)",
    ],
  ],
  [
    "half of a committee suffices",
    "NetworkInvariants",
    "accepted without a quorum",
    ["src/libraries/Committees.sol", "return (2 * size + 2) / 3;", "return size / 2;"],
  ],
  [
    "a quorum is one member more",
    "NetworkInvariants",
    "refused with a quorum",
    ["src/libraries/Committees.sol", "return (2 * size + 2) / 3;", "return (2 * size + 5) / 3;"],
  ],
  [
    "an entry loops over storage",
    "NetworkInvariants",
    "gas bound",
    [
      "src/FeeLedger.sol",
      "FeeAccount storage account = _accounts[producer];\n        uint88 balance",
      "FeeAccount storage account = _accounts[producer];\n        for (uint160 i = 1; i < 4000; ++i) " +
        "rewardsOf[address(i)] += 0;\n        uint88 balance",
    ],
  ],
  [
    "open cases keep nothing from being final",
    "NetworkInvariants",
    "a final packet was taken back",
    ["src/CommitReader.sol", "if (appealed <= number) number = appealed - 1;", "appealed;"],
    [
      "src/CommitReader.sol",
      "if (header.number <= finalizedNumber()) revert PacketIsFinal(header.number);",
      "",
    ],
  ],
];

/** A copy without history, in which only what changes is compiled again. */
function copyProject() {
  const copy = mkdtempSync(join(tmpdir(), "mutants-"));
  const skip = new Set(["node_modules", "out", "cache"].map((name) => join(root, name)));
  cpSync(root, join(copy, "contracts"), { recursive: true, filter: (path) => !skip.has(path) });
  symlinkSync(join(root, "node_modules"), join(copy, "contracts/node_modules"));
  for (const folder of ["python/corollup/l1/artifacts", "tests/l1/artifacts", "tests/vectors"]) {
    cpSync(join(project, folder), join(copy, folder), { recursive: true });
  }
  return join(copy, "contracts");
}

function run(folder, command, args) {
  const env = { ...process.env, FOUNDRY_INVARIANT_RUNS: RUNS };
  const { stdout, stderr, status } = spawnSync(command, args, { cwd: folder, env, encoding: "utf8" });
  return { output: stdout + stderr, status };
}

/** Whether the test finds the bug, by the words of its invariant. */
function isFound([, test, words, ...edits]) {
  const folder = copyProject();
  try {
    for (const [file, text, other] of edits) {
      const source = readFileSync(join(folder, file), "utf8");
      if (!source.includes(text)) throw new Error(`${file} has no "${text}"`);
      writeFileSync(join(folder, file), source.replace(text, () => other));
    }
    const built = run(folder, "node", ["tools/build.mjs"]);
    if (built.status !== 0) throw new Error(built.output);
    const { output, status } = run(folder, FORGE, ["test", "--match-contract", test, "--match-test", "invariant_"]);
    return status !== 0 && output.includes(words);
  } finally {
    rmSync(dirname(folder), { recursive: true });
  }
}

const word = process.argv[2] ?? "";
const missed = bugs.filter(([name]) => name.includes(word)).filter((bug) => {
  const found = isFound(bug);
  console.log(`${found ? "found" : "MISSED"}: ${bug[0]} (${bug[2]})`);
  return !found;
});
process.exit(missed.length === 0 ? 0 : 1);
