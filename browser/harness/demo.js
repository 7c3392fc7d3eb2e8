// Starts the built program with a made-up partnership of its own, and stops it again.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const READY_SECONDS = 180;
const STOP_SECONDS = 15;

/** A sign-in as `commonweal demo` prints it: role, e-mail address, password, two or more spaces between. */
const SIGN_IN = /^\s*([a-z][a-z-]*(?: [a-z-]+)*)\s{2,}(\S+@\S+)\s{2,}(\S.*?)\s*$/i;

/** Reads what the demo prints: its address and the sign-ins by role. */
export function readLine(line, found) {
  const listening = /^Listening on (https?:\/\/\S+?)\/?$/.exec(line);
  if (listening) found.address = listening[1];
  const signIn = SIGN_IN.exec(line);
  if (signIn) found.signIns[signIn[1].toLowerCase()] = { email: signIn[2], password: signIn[3] };
}

/**
 * Starts `commonweal demo` on a free port with a new data folder.
 * @returns {Promise<{address: string, signIns: object, stop: () => Promise<void>}>}
 */
export async function startDemo(binary = process.env.COMMONWEAL_BINARY) {
  if (!binary) throw new Error("COMMONWEAL_BINARY names no program; run scripts/browser, which builds it");
  const folder = await mkdtemp(join(tmpdir(), "commonweal-demo-"));
  const server = spawn(binary, ["demo", "--data-dir", folder, "--listen", "127.0.0.1:0", "--no-open"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => server.once("close", resolve));
  const failed = new Promise((_, reject) => server.once("error", reject));
  const found = { address: "", signIns: {} };
  const last = [];
  const keep = (line) => {
    last.push(line);
    if (last.length > 40) last.shift();
  };
  createInterface({ input: server.stderr }).on("line", keep);

  const stop = async () => {
    server.kill("SIGTERM");
    const late = setTimeout(() => server.kill("SIGKILL"), STOP_SECONDS * 1000);
    await ended;
    clearTimeout(late);
    await rm(folder, { recursive: true, force: true });
  };
  const ready = new Promise((resolve) => {
    createInterface({ input: server.stdout }).on("line", (line) => {
      keep(line);
      readLine(line, found);
      // The sign-ins follow or precede the address at once; a moment gathers both.
      if (found.address) setTimeout(resolve, 200);
    });
  });
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no address after ${READY_SECONDS} s`)), READY_SECONDS * 1000);
  });
  const early = ended.then((status) => {
    throw new Error(`it ended with status ${status} before it listened`);
  });
  // These lose the race later on, when nobody looks at them any more.
  for (const loser of [late, early, failed]) loser.catch(() => {});
  try {
    await Promise.race([ready, late, early, failed]);
  } catch (error) {
    if (server.pid) await stop();
    throw new Error(`commonweal demo: ${error.message}\n${last.join("\n")}`);
  } finally {
    clearTimeout(timer);
  }
  return { ...found, stop };
}
