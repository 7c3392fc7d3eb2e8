// The demo is started, understood and stopped; what it says is shown when it does not start.
import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readLine, startDemo } from "./demo.js";

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "commonweal-harness-"));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A stand-in for the program. */
async function program(lines) {
  const path = join(folder, "commonweal");
  await writeFile(path, `#!/bin/sh\n${lines}\n`);
  await chmod(path, 0o755);
  return path;
}

test("address and sign-ins come from what the demo prints", async () => {
  const binary = await program(
    `[ "$1 $4 $5 $6" = "demo --listen 127.0.0.1:0 --no-open" ] || exit 9
    echo "Listening on http://127.0.0.1:8080/"
    echo "  officer   officer@demo.example   correct horse"
    exec sleep 60`,
  );
  const demo = await startDemo(binary);
  await demo.stop();
  assert.equal(demo.address, "http://127.0.0.1:8080");
  assert.deepEqual(demo.signIns, { officer: { email: "officer@demo.example", password: "correct horse" } });
});

test("a demo that ends at once says why", async () => {
  const binary = await program("echo 'the port is taken' >&2; exit 3");
  await assert.rejects(startDemo(binary), /status 3 before it listened[^]*the port is taken/);
});

test("a demo that is not built says so", async () => {
  await assert.rejects(startDemo(join(folder, "none")), /ENOENT/);
});

test("roles of several words are read, and other lines are not", () => {
  const found = { address: "", signIns: {} };
  for (const line of ["Sign in as:", "  call-taker  calls@demo.example  a b", "  data protection officer  dpo@demo.example  c"]) {
    readLine(line, found);
  }
  assert.deepEqual(Object.keys(found.signIns), ["call-taker", "data protection officer"]);
});
