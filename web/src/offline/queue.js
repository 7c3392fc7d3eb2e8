// Sending what waits: oldest first, photographs before the answers that name them, each confirmed
// before the copy on this device goes. Whatever breaks off in between is done again: the server
// takes the same delivery twice as one.

const LOCK = "commonweal-offline-send";
const STATES = ["waiting", "refused", "conflict"];

/** In hexadecimal. */
export async function sha256(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Broke off for a reason that ends the whole run: no signal, no sign-in, a busy server. */
class Stop extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** What the server refused, by question; `_` for what concerns no question. */
class Refused extends Error {
  constructor(errors) {
    super("refused");
    this.errors = errors;
  }
}

async function ask(fetch, path, options = {}) {
  let response;
  try {
    response = await fetch(path, {
      credentials: "same-origin",
      cache: "no-store",
      redirect: "manual",
      ...options,
      headers: { accept: "application/json", ...options.headers },
    });
  } catch {
    throw new Stop("no-signal");
  }
  if (response.type === "opaqueredirect" || response.status === 401 || (response.status >= 300 && response.status < 400)) throw new Stop("sign-in");
  if (response.status >= 500 || response.status === 429 || response.status === 408) throw new Stop("busy");
  let body;
  try {
    body = await response.json();
  } catch {
    // A page of somebody's Wi-Fi, or an answer that broke off.
    throw new Stop(response.ok ? "no-signal" : "busy");
  }
  return { status: response.status, body };
}

function refusedBy({ status, body }) {
  if (status === 422 && body.errors) return new Refused(body.errors);
  if (status === 413) return new Refused({ _: body.detail ?? "It is too large to be sent." });
  if (status === 404) return new Refused({ _: "You may not add or change this any more, or it is gone. Speak to an administrator, or remove it here." });
  return new Refused({ _: body.detail ?? "The server did not take it." });
}

/** Who is signed in, and a fresh token; throws Stop. */
export async function session(fetch) {
  const { status, body } = await ask(fetch, "/offline/session.json");
  if (status !== 200 || !body.user) throw new Stop(status === 403 ? "not-allowed" : "sign-in");
  return body;
}

/** The deliveries that an entry's answers name. */
function needs(entry) {
  return Object.values(entry.answers)
    .filter((answer) => answer && typeof answer === "object" && answer.delivery)
    .map((answer) => answer.delivery);
}

async function sendPhotos(fetch, store, token, entry) {
  for (const files of Object.values(entry.answers)) {
    if (!Array.isArray(files)) continue;
    for (const file of files) {
      if (typeof file !== "object" || !file.photo || file.id) continue;
      const bytes = await store.photo(file.photo);
      if (!bytes) throw new Refused({ _: `The photograph ‘${file.name}’ is not on this device any more. Take it again, or remove it.` });
      const form = new FormData();
      form.append("csrf_token", token);
      form.append("about", JSON.stringify({
        delivery: entry.id,
        user: store.user,
        definition: entry.definition,
        version: entry.version,
        question: file.question,
        name: file.name,
      }));
      form.append("file", new Blob([bytes], { type: file.type }), file.name);
      const answer = await ask(fetch, "/offline/files", { method: "POST", body: form });
      if (answer.status === 403) throw new Stop("busy");
      if (answer.status !== 200) throw refusedBy(answer);
      if (answer.body.received !== (await sha256(bytes))) throw new Stop("busy");
      file.id = answer.body.id;
      // So that it is not sent again where the rest breaks off.
      await store.put(entry);
    }
  }
}

/** The answers as the server reads them. */
function sent(answers) {
  const plain = (answer) =>
    Array.isArray(answer) && answer.some((one) => typeof one === "object") ? answer.map(({ id }) => ({ id })) : answer;
  return Object.fromEntries(Object.entries(answers).map(([id, answer]) => [id, plain(answer)]));
}

async function sendEntry(fetch, store, token, entry, now) {
  await sendPhotos(fetch, store, token, entry);
  const body = JSON.stringify({
    delivery: entry.id,
    user: store.user,
    definition: entry.definition,
    version: entry.version,
    answers: sent(entry.answers),
    written_at: entry.made_at,
    record: entry.record ?? null,
    expected: entry.expected ?? null,
  });
  const answer = await ask(fetch, "/offline/deliveries", {
    method: "POST",
    body,
    headers: { "content-type": "application/json", "x-csrf-token": token, "x-device-clock": String(now()) },
  });
  if (answer.status === 403) throw new Stop("busy");
  if (answer.status === 409 && answer.body.answers) {
    await store.put({ ...entry, state: "conflict", theirs: answer.body, errors: {} });
    return null;
  }
  if (answer.status !== 200) throw refusedBy(answer);
  const hash = await sha256(new TextEncoder().encode(body));
  const kept = await ask(fetch, `/offline/deliveries/${entry.id}`);
  if (answer.body.received !== hash || kept.status !== 200 || kept.body.received !== hash) {
    // Something else arrived under this key: the copy here stays.
    throw new Refused({ _: `The server holds another version of this (${answer.body.reference}). Compare the two; then remove one.` });
  }
  await store.remove(entry.id);
  return kept.body;
}

/**
 * Sends everything of this user that waits. Gives { state, delivered, left }, state being `done`,
 * or why it stopped: `no-signal`, `sign-in`, `busy`, `other-user`, `not-allowed`.
 */
export async function send(store, { fetch = globalThis.fetch.bind(globalThis), now = Date.now } = {}) {
  const delivered = [];
  const count = async () => (await store.all()).filter((entry) => STATES.includes(entry.state)).length;
  try {
    const all = (await store.all()).filter((entry) => entry.state === "waiting");
    if (all.length === 0) return { state: "done", delivered, left: await count() };
    const { user, token } = await session(fetch);
    if (user !== store.user) return { state: "other-user", delivered, left: all.length };
    const first = (one, other) => Number(needs(one).length > 0) - Number(needs(other).length > 0);
    for (const listed of all.sort(first)) {
      const here = new Set((await store.all()).map((one) => one.id));
      // Changed, taken back or removed since the run began.
      const entry = await store.get(listed.id);
      if (entry?.state !== "waiting") continue;
      if (needs(entry).some((id) => here.has(id))) continue;
      try {
        const receipt = await sendEntry(fetch, store, token, entry, now);
        if (receipt) {
          const line = { ...receipt, title: entry.title, definition: entry.definition, id: entry.id, at: new Date(now()).toISOString() };
          delivered.push(line);
          await store.keep("sent", [line, ...((await store.kept("sent")) ?? [])].slice(0, 60));
        }
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        await store.put({ ...entry, state: "refused", errors: error.errors });
      }
    }
    return { state: "done", delivered, left: await count() };
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    return { state: error.reason, delivered, left: await count() };
  }
}

/** As send, by one tab or worker at a time; null where another is at it. */
export function sendAlone(store, options) {
  if (!globalThis.navigator?.locks) return send(store, options);
  return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? send(store, options) : null));
}

/** How long ago, in words. A clock that was put back gives 'just now'. */
export function age(from, now = Date.now()) {
  const minutes = Math.floor(Math.max(0, now - Date.parse(from)) / 60_000);
  const words = (count, unit) => `${count} ${unit}${count === 1 ? "" : "s"} ago`;
  if (minutes < 1) return "just now";
  if (minutes < 60) return words(minutes, "minute");
  if (minutes < 48 * 60) return words(Math.floor(minutes / 60), "hour");
  return words(Math.floor(minutes / 1440), "day");
}

/** What waits, in a sentence; empty where nothing does. */
export function summary(entries, now = Date.now()) {
  if (entries.length === 0) return "";
  const oldest = entries.map((entry) => entry.made_at).sort()[0];
  const count = entries.length === 1 ? "1 record waits" : `${entries.length} records wait`;
  return `${count} on this device, the oldest entered ${age(oldest, now)}`;
}
