// Work without a signal, without a browser: the script's rules are the server's (vectors.json was
// made by a test of crates/forms), and nothing leaves the queue before the server has confirmed it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { check, coordinates, postcode, typed } from "../../web/src/offline/answers.js";
import { differences } from "../../web/src/offline/conflict.js";
import { Facts, number, truth } from "../../web/src/offline/expression.js";
import { age, send, sha256, summary } from "../../web/src/offline/queue.js";

const vectors = JSON.parse(readFileSync(new URL("../../web/src/offline/vectors.json", import.meta.url), "utf8"));

test("expressions are worth here what they are worth on the server", () => {
  for (const [place, one] of vectors.cases.entries()) {
    const facts = new Facts(vectors.definition, one.answers, one.state);
    const shown = vectors.definition.questions.map(({ id }) => id).filter((id) => facts.question(id));
    assert.deepEqual(shown, one.shown, `case ${place}`);
    assert.deepEqual(vectors.definition.pages.map((_, page) => page).filter((page) => facts.page(page)), one.pages);
    for (const [at, [text, tree]] of vectors.expressions.entries()) {
      assert.deepEqual([truth(tree, facts), number(tree, facts)], one.results[at], `case ${place}: ${text}`);
    }
  }
});

test("answers are checked in the server's words", () => {
  for (const [place, one] of vectors.cases.entries()) {
    assert.deepEqual(check(vectors.definition, one.answers, vectors.today), one.faults, `case ${place}`);
  }
});

test("what people type is understood as the server does", () => {
  const question = (kind) => ({ id: "q", label: "Which?", short: "It", kind });
  const reads = (kind, text) => typed(question({ is: kind, decimals: 2 }), text);
  assert.equal(reads("time", "5:30pm"), "17:30");
  assert.equal(reads("time", "0930"), "09:30");
  assert.equal(reads("time", "noon"), "12:00");
  assert.throws(() => reads("time", "25:00"), /It must be a time, like 5:30pm or 17:30/);
  assert.equal(reads("date", { day: "4", month: "May", year: "2026" }), "2026-05-04");
  assert.throws(() => reads("date", { day: "31", month: "2", year: "2026" }), /It must be a real date/);
  assert.throws(() => reads("date", { day: "", month: "2", year: "2026" }), /It must include a day/);
  assert.equal(reads("number", "1,200"), 1200);
  assert.equal(reads("money", "£1,200.50"), 1200.5);
  assert.throws(() => reads("money", "12.345"), /an amount of money/);
  assert.equal(postcode("dh1 5ul"), "DH1 5UL");
  assert.equal(postcode("Durham"), null);
  assert.deepEqual(coordinates("54.777, -1.575"), { latitude: 54.777, longitude: -1.575 });
  assert.deepEqual(reads("location", { text: "DH1 5UL", device: null, deviceText: "" }), { text: "DH1 5UL" });
});

test("age and count are plain, whatever the clock says", () => {
  const now = Date.parse("2026-05-04T12:00:00Z");
  assert.equal(age("2026-05-04T11:59:30Z", now), "just now");
  assert.equal(age("2026-05-04T10:00:00Z", now), "2 hours ago");
  assert.equal(age("2026-05-01T10:00:00Z", now), "3 days ago");
  assert.equal(age("2031-01-01T00:00:00Z", now), "just now");
  const entries = [{ made_at: "2026-05-04T11:58:00Z" }, { made_at: "2026-05-04T11:00:00Z" }];
  assert.equal(summary(entries, now), "2 records wait on this device, the oldest entered 1 hour ago");
  assert.equal(summary([], now), "");
});

/** A store in memory. */
class Memory {
  user = "me";
  entries = new Map();
  photos = new Map();
  names = new Map();
  async all() {
    return [...this.entries.values()].map((entry) => structuredClone(entry)).sort((a, b) => a.made_at.localeCompare(b.made_at));
  }
  async get(id) {
    return structuredClone(this.entries.get(id) ?? null);
  }
  async put(entry) {
    this.entries.set(entry.id, structuredClone(entry));
  }
  async remove(id) {
    this.entries.delete(id);
  }
  async photo(id) {
    return this.photos.get(id) ?? null;
  }
  async kept(name) {
    return this.names.get(name) ?? null;
  }
  async keep(name, value) {
    this.names.set(name, value);
  }
}

/** A server in memory that keeps to the protocol; `faults` are answered first, one a request. */
function server(faults = []) {
  const records = new Map();
  const log = [];
  const answer = (status, body) => new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
  const fetch = async (path, options) => {
    log.push(path);
    const fault = faults.find((one) => path.startsWith(one.path) && !one.done);
    if (fault && !fault.after) {
      fault.done = true;
      if (fault.lost) throw new TypeError("no network");
      return answer(fault.status, fault.body ?? {});
    }
    if (path === "/offline/session.json") return answer(200, { user: "me", token: "t" });
    if (path === "/offline/files") {
      const file = options.body.get("file");
      return answer(200, { id: `use-${log.length}`, received: await sha256(await file.arrayBuffer()) });
    }
    if (options.method === "POST") {
      const sent = JSON.parse(options.body);
      if (!records.has(sent.delivery)) records.set(sent.delivery, { sent, received: await sha256(new TextEncoder().encode(options.body)) });
      if (fault) {
        fault.done = true;
        throw new TypeError("the answer was lost");
      }
    }
    const id = options.method === "POST" ? JSON.parse(options.body).delivery : path.split("/").at(-1);
    const found = records.get(id);
    return found ? answer(200, { reference: `R-${id}`, href: `/r/${id}`, record: `record-${id}`, received: found.received }) : answer(404, {});
  };
  return { records, log, fetch };
}

const entry = (id, minute, answers = {}) => ({
  id, state: "waiting", made_at: `2026-05-04T10:${minute}:00Z`, definition: "street-audits", version: 1, title: id, answers,
});

async function queue(...entries) {
  const store = new Memory();
  for (const one of entries) await store.put(one);
  return store;
}

test("what waits goes oldest first, photographs and parents before the rest, and leaves the device", async () => {
  const photo = { photo: "p1", question: "before", name: "photograph-1.jpg", type: "image/jpeg", size: 3 };
  const store = await queue(entry("item", "00", { audit: { delivery: "audit" }, before: [photo] }), entry("audit", "05"));
  store.photos.set("p1", new Uint8Array([1, 2, 3]).buffer);
  const { fetch, records, log } = server();
  const result = await send(store, { fetch });
  assert.equal(result.state, "done");
  assert.deepEqual([...records.keys()], ["audit", "item"]);
  assert.equal(store.entries.size, 0);
  assert.match(records.get("item").sent.answers.before[0].id, /^use-/);
  assert.ok(log.indexOf("/offline/files") < log.lastIndexOf("/offline/deliveries"));
  assert.equal((await store.kept("sent")).length, 2);
});

test("an answer that was lost makes no second record, and the copy stays until it is confirmed", async () => {
  const store = await queue(entry("a", "00"));
  const { fetch, records } = server([{ path: "/offline/deliveries", after: true }]);
  assert.equal((await send(store, { fetch })).state, "no-signal");
  assert.deepEqual([store.entries.size, records.size], [1, 1]);
  assert.equal((await send(store, { fetch })).state, "done");
  assert.deepEqual([store.entries.size, records.size], [0, 1]);
});

test("a confirmation that does not come, or of something else, lets nothing go", async () => {
  const store = await queue(entry("a", "00"));
  const wrong = server([{ path: "/offline/deliveries/a", status: 200, body: { received: "other", reference: "R" } }]);
  await send(store, { fetch: wrong.fetch });
  assert.equal(store.entries.get("a").state, "refused");
  const lost = await queue(entry("a", "00"));
  await send(lost, { fetch: server([{ path: "/offline/deliveries/a", lost: true }]).fetch });
  assert.equal(lost.entries.get("a").state, "waiting");
});

for (const [status, body, state, left] of [
  [401, {}, "sign-in", "waiting"],
  [503, {}, "busy", "waiting"],
  [429, {}, "busy", "waiting"],
  [403, {}, "busy", "waiting"],
  [422, { errors: { name: "Enter name" } }, "done", "refused"],
  [404, {}, "done", "refused"],
  [409, { answers: { name: "Theirs" }, version: 2 }, "done", "conflict"],
]) {
  test(`status ${status} leaves it on the device: ${left}`, async () => {
    const store = await queue(entry("a", "00"), entry("b", "01"));
    const { fetch, records } = server([{ path: "/offline/deliveries", status, body }]);
    assert.equal((await send(store, { fetch })).state, state);
    assert.equal(store.entries.get("a").state, left);
    // What is wrong with one does not hold up the others.
    assert.equal(records.has("b"), left !== "waiting");
  });
}

test("nothing goes while somebody else is signed in", async () => {
  const store = await queue(entry("a", "00"));
  const { fetch, log } = server([{ path: "/offline/session.json", status: 200, body: { user: "other", token: "t" } }]);
  assert.equal((await send(store, { fetch })).state, "other-user");
  assert.deepEqual(log, ["/offline/session.json"]);
});

test("a photograph that is gone, and an item whose audit is stuck, wait for their author", async () => {
  const gone = await queue(entry("a", "00", { before: [{ photo: "none", name: "x.jpg", question: "before" }] }));
  await send(gone, { fetch: server().fetch });
  assert.match(gone.entries.get("a").errors._, /not on this device any more/);
  const stuck = await queue({ ...entry("audit", "00"), state: "refused" }, entry("item", "01", { audit: { delivery: "audit" } }));
  await send(stuck, { fetch: server().fetch });
  assert.equal(stuck.entries.get("item").state, "waiting");
});

test("of two versions only differences are asked, and only real quarrels have no suggestion", () => {
  const definition = { questions: ["a", "b", "c", "d"].map((id) => ({ id, label: id, kind: { is: "text" } })) };
  const found = differences(definition, {
    base: { a: "1", b: "1", c: "1", d: "1" },
    answers: { a: "2", b: "1", c: "2", d: "1" },
    theirs: { answers: { a: "1", b: "3", c: "3", d: "1" } },
  });
  assert.deepEqual(found.map(({ question, offered }) => [question.id, offered]), [["a", "mine"], ["b", "theirs"], ["c", null]]);
});
