// Runs the tests of the harness and the journeys, these against one demo: node run.js [FILE…]
// (scripts/browser builds the program first and names it).
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDemo } from "./harness/demo.js";

process.chdir(dirname(fileURLToPath(import.meta.url)));
const tests = (folder) =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => name.endsWith(".test.js"))
    .map((name) => join(folder, name));
const named = process.argv.slice(2);
const files = named.length > 0 ? named : [...tests("harness"), ...tests("journeys")];

const environment = { ...process.env };
const demo = files.some((file) => file.includes("journeys")) ? await startDemo() : undefined;
if (demo) {
  environment.COMMONWEAL_ADDRESS = demo.address;
  environment.COMMONWEAL_SIGN_INS = JSON.stringify(demo.signIns);
}
const runner = spawn(process.execPath, ["--test", "--test-reporter=spec", "--test-timeout=300000", ...files], {
  stdio: ["ignore", "inherit", "inherit"],
  env: environment,
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => runner.kill(signal));
process.exitCode = await new Promise((resolve) => runner.once("close", (status) => resolve(status ?? 1)));
await demo?.stop();
