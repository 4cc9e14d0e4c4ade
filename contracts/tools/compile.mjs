// The compiler as both build.mjs and forge use it: solc-js, so that no native binary is needed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const solc = require("solc");

export const settings = JSON.parse(readFileSync(new URL("settings.json", import.meta.url), "utf8"));

/** The compiler's version, as in `solc --version`. */
export const version = () => solc.version();

/** Compiles a standard JSON input, given and returned as text. */
export const compileStandardJson = (input) => solc.compile(input);
