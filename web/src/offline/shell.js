// The page for work without a signal: what is ready, what is being filled in, what waits.
import { button, errorSummary, h, inset, link, p, warning } from "./dom.js";
import { check, show, stripped, titleOf, today } from "./answers.js";
import { conflictView } from "./conflict.js";
import { Facts, isEmpty } from "./expression.js";
import { field } from "./fields.js";
import { again, draftLine, editLine, queueLine, readPage, signedOutView } from "./lines.js";
import { prepare } from "./photos.js";
import { age, sendAlone, session, summary } from "./queue.js";
import { changes, currentUser, Full, openDatabase, setCurrentUser, Store, waiting } from "./store.js";

const EVERY = 30_000;
const FULL = "This device is full. Nothing that was saved before is lost, but the last change is not saved. Free some room (photographs, films, apps), then continue.";
const REASONS = {
  "no-signal": "There is no signal, or the server cannot be reached. It is sent when there is one.",
  "sign-in": "Sign in to send.",
  busy: "The server could not take it just now. It is tried again.",
  "other-user": "Somebody else is signed in. It waits until the person who entered it signs in.",
  "not-allowed": "You may not add records any more. Speak to an administrator.",
};

const root = document.querySelector("[data-offline]");
let database, store, ready, person;
let state = "done";
let leave = async () => {};
let pause = 1_000;

/** Definitions of every version that entries on this device were made with. */
const versions = new Map();
async function definitionOf(entry) {
  const name = `definition:${entry.definition}:${entry.version}`;
  if (!versions.has(name)) versions.set(name, await store.kept(name));
  return versions.get(name);
}

const go = (path) => {
  if (location.hash === `#/${path}`) void route();
  else location.hash = `#/${path}`;
};

/** Runs what a press does; says plainly what went wrong. */
function safely(work) {
  return async (...given) => {
    try {
      return await work(...given);
    } catch (error) {
      failed(error);
      return undefined;
    }
  };
}

function failed(error) {
  root.querySelector("[data-failure]")?.remove();
  const words = error instanceof Full ? FULL : `Something went wrong on this device: ${error.message}. What was saved is still here.`;
  const said = errorSummary([["_", words]]);
  said.dataset.failure = "";
  root.prepend(said);
  said.focus();
}

/** Shows a view. */
function view(title, ...content) {
  document.title = `${title} – ${document.title.split(" – ").slice(1).join(" – ")}`;
  root.replaceChildren(status(), ...content.flat(Infinity).filter(Boolean));
  window.scrollTo(0, 0);
  void refreshStatus();
}

const statusBox = h("div", { role: "status", "data-offline-status": true });
const status = () => statusBox;

async function refreshStatus() {
  const all = await waiting(database);
  const own = all.filter((entry) => entry.user === store?.user);
  const others = all.length - own.length;
  const lines = [];
  if (own.length > 0) {
    const reason = REASONS[state] ?? (navigator.onLine ? "" : REASONS["no-signal"]);
    lines.push(h("p", { class: "govuk-body govuk-!-font-weight-bold govuk-!-margin-bottom-1", "data-offline-count": own.length }, `${summary(own)}.`));
    if (reason) lines.push(h("p", { class: "govuk-body govuk-!-margin-bottom-1" }, state === "sign-in" ? link("/sign-in?next=/offline", "Sign in to send") : reason));
  }
  if (others > 0) lines.push(p(`${others === 1 ? "1 record" : `${others} records`} entered by somebody else ${others === 1 ? "waits" : "wait"} on this device. ${others === 1 ? "It is" : "They are"} sent when that person signs in.`));
  statusBox.replaceChildren(...(lines.length > 0 ? [inset(lines)] : []));
}

async function names() {
  const all = {};
  for (const { id, name } of ready?.agencies ?? []) all[id] = name;
  for (const list of Object.values(ready?.records ?? {})) for (const one of list) all[one.id] = `${one.title} (${one.reference})`;
  for (const one of await sentBefore()) {
    all[one.record] ??= `${one.title} (${one.reference})`;
    all[one.id] = `${one.title} (${one.reference})`;
  }
  for (const entry of await store.all()) all[entry.id] = `${entry.title} (on this device)`;
  return all;
}

// ---- sending ----

const sendNow = safely(async () => {
  if (!store) return;
  const result = navigator.onLine ? await sendAlone(store) : { state: "no-signal", delivered: [], left: 0 };
  if (!result) {
    setTimeout(() => void sendNow(), 2_000); // another tab or the service worker is at it, and may give up
    return;
  }
  state = result.state;
  // A signal that has just come is often not quite there yet: soon again, then more and more rarely.
  const again = ["no-signal", "busy"].includes(state) && navigator.onLine && result.left > 0;
  pause = again ? Math.min(EVERY, pause * 2) : 1_000;
  if (again && pause < EVERY) setTimeout(() => void sendNow(), pause);
  await follow();
});

/** What the list of the first page stands for. */
const mark = async () => [ready?.made_at, ...(await store.all()).map(({ id, state: now, made_at: at }) => `${id} ${now} ${at}`)].join();
let listed = "";

const sentBefore = async () => (await store?.kept("sent")) ?? [];
const lastSent = async () => (await sentBefore())[0]?.record;
let takenAfter; // what was sent last, here or by the service worker, when the lists were taken along

/** Shows what has become of entries, here, in another tab or in the service worker. */
async function follow() {
  if (store && ready && navigator.onLine && (await lastSent()) !== takenAfter) await takeAlong().catch(() => {});
  if (store && ["", "#/", "#"].includes(location.hash) && (await mark()) !== listed) await route();
  else await refreshStatus();
}

async function askLater() {
  const registration = await navigator.serviceWorker?.getRegistration("/");
  await registration?.sync?.register("commonweal-offline").catch(() => {});
  void sendNow();
}

// ---- making ready ----

async function takeAlong() {
  const before = await lastSent();
  const response = await fetch("/offline/definitions.json", { headers: { accept: "application/json" }, cache: "no-store" });
  if (!response.ok || response.redirected) throw new Error("the server could not be reached; sign in and try again");
  const found = await response.json();
  person = { id: found.user, name: found.name };
  await setCurrentUser(database, person);
  store = await Store.of(database, found.user);
  for (const definition of found.definitions) await store.keep(`definition:${definition.key}:${definition.version}`, definition);
  await store.keep("ready", found);
  takenAfter = before;
  ready = found;
}

const makeReady = safely(async () => {
  statusBox.replaceChildren(p("Making ready …"));
  if (!("serviceWorker" in navigator)) throw new Error("this browser cannot keep pages (a private window?)");
  await takeAlong();
  const registration = await navigator.serviceWorker.register("/sw.js", { scope: "/" });
  await new Promise((resolve, reject) => {
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    const look = () => {
      if (registration.active) resolve();
      else if (worker.state === "redundant") reject(new Error("the page could not be kept on this device"));
    };
    worker.addEventListener("statechange", look);
    look();
  });
  await navigator.storage?.persist?.();
  await route();
});

// ---- views ----

async function home() {
  listed = await mark();
  const all = await store.all();
  const drafts = all.filter((entry) => entry.state === "draft");
  const queue = all.filter((entry) => entry.state !== "draft");
  const sent = (await sentBefore()).slice(0, 10);
  const known = await navigator.serviceWorker?.getRegistration("/");
  view("Work without a signal",
    h("h1", { class: "govuk-heading-l" }, "Work without a signal"),
    ready && known?.active
      ? p(`Ready for ${person.name}. Questions and lists are those of ${new Date(ready.made_at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })}.`)
      : warning("This device is not ready yet. Make it ready while you have a signal."),
    navigator.onLine ? button(ready ? "Make ready again" : "Make ready for use without a signal", makeReady, { secondary: Boolean(ready) }) : null,
    ready ? [h("h2", { class: "govuk-heading-m" }, "Start"), starts()] : null,
    drafts.length > 0 ? [h("h2", { class: "govuk-heading-m" }, "Not finished"), h("ul", { class: "govuk-list govuk-list--spaced" }, drafts.map(draftLine))] : null,
    h("h2", { class: "govuk-heading-m" }, "Waiting to be sent"),
    queue.length > 0 ? [h("ul", { class: "govuk-list govuk-list--spaced", "data-offline-queue": true }, queue.map(queueLine)), button("Send now", sendNow, { secondary: true })] : p("Nothing waits on this device."),
    ready?.editable.length > 0 ? [h("h2", { class: "govuk-heading-m" }, "Your open records"), h("ul", { class: "govuk-list govuk-list--spaced" }, ready.editable.map(editLine))] : null,
    sent.length > 0 ? [h("h2", { class: "govuk-heading-m" }, "Sent"), h("ul", { class: "govuk-list" }, sent.map((one) => h("li", {}, link(one.href, one.reference), ` ${one.title}, ${age(one.at)}`)))] : null);
}

function starts() {
  const entry = (definition) => h("li", {}, link(`#/new/${definition.key}`, `${definition.title}: add one`));
  return h("ul", { class: "govuk-list govuk-list--spaced" }, ready.definitions.map(entry));
}

async function begin(key, parent) {
  const definition = ready?.definitions.find((one) => one.key === key);
  if (!definition) return go("");
  const answers = {};
  if (parent && definition.parent) answers[definition.parent.question] = parent.startsWith("waiting-") ? { delivery: parent.slice(8) } : parent;
  const entry = { id: crypto.randomUUID(), made_at: new Date().toISOString(), state: "draft", definition: key, version: definition.version, answers, title: definition.singular };
  await store.put(entry);
  history.replaceState(null, "", `#/entry/${entry.id}`);
  return route();
}

async function edit(id) {
  const record = ready?.editable.find((one) => one.id === id);
  const definition = record && ready.definitions.find((one) => one.key === record.definition);
  if (!definition) return go("");
  const here = (await store.all()).find((entry) => entry.record === id);
  const entry = here ?? {
    id: crypto.randomUUID(), made_at: new Date().toISOString(), state: "draft", definition: record.definition, version: definition.version,
    record: id, expected: record.version, answers: record.answers, base: record.answers, withheld: record.withheld, stands: record.state, title: record.title || record.reference,
  };
  if (!here) await store.put(entry);
  history.replaceState(null, "", `#/entry/${entry.id}/check`);
  return route();
}

/** The state of the record: a new one's is the first. */
const stateOf = (definition, entry) => entry.stands ?? definition.state;
const factsOf = (definition, entry) => new Facts(definition, entry.answers, stateOf(definition, entry));
const pagesOf = (definition, facts) => definition.pages.map((page, place) => ({ ...page, place })).filter((page) => facts.page(page.place));

async function around(entry, definition) {
  const [known, all] = [await names(), await store.all()];
  const sent = await sentBefore();
  return {
    names: known,
    today: today(),
    agencies: ready?.agencies ?? [],
    records(register) {
      const here = all.filter((one) => one.definition === register && !one.record && one.state !== "draft").map((one) => ({ value: `waiting:${one.id}`, text: known[one.id] }));
      const listed = (ready?.records[register] ?? []).map((one) => ({ value: one.id, text: known[one.id] }));
      const later = sent.filter((one) => one.definition === register && !listed.some(({ value }) => value === one.record)).map((one) => ({ value: one.record, text: known[one.record] }));
      const answered = Object.values(entry.answers).find((answer) => answer?.delivery && !here.some(({ value }) => value === `waiting:${answer.delivery}`));
      const gone = answered ? [{ value: `waiting:${answered.delivery}`, text: known[answered.delivery] ?? "The one that was sent" }] : [];
      return [...here, ...gone, ...later, ...listed];
    },
    photo: (id) => store.photo(id),
    async addFile(question, file, given) {
      const made = await prepare(file, question, given.length + 1);
      const photo = crypto.randomUUID();
      try {
        await store.putPhoto(photo, entry.id, made.bytes);
        const row = { photo, question: question.id, name: made.name, type: made.type, size: made.size, sha256: made.sha256 };
        await change(entry.id, (now) => ({ [question.id]: [...(now[question.id] ?? []), row] }));
        return row;
      } catch (error) {
        await store.removePhoto(photo).catch(() => {});
        throw error instanceof Full ? new Error(FULL) : error;
      }
    },
    async removeFile(question, file) {
      await change(entry.id, (now) => ({ [question.id]: (now[question.id] ?? []).filter((one) => (one.photo ?? one.id) !== (file.photo ?? file.id)) }));
      if (file.photo) await store.removePhoto(file.photo);
    },
    definition,
  };
}

// One change after another, so that none is written over by an older one.
let line = Promise.resolve();
function change(id, work, state = null) {
  const next = line.then(async () => {
    const entry = await store.get(id);
    if (!entry) throw new Error("this was sent or removed in another tab");
    const answers = { ...entry.answers, ...work(entry.answers) };
    for (const [name, answer] of Object.entries(answers)) if (isEmpty(answer)) delete answers[name];
    const definition = await definitionOf(entry);
    const changed = { ...entry, answers, title: titleOf(definition, answers, await names()) };
    // What is changed is not sent half-way: it waits again when it is saved.
    if (state === null && entry.state !== "conflict") changed.state = entry.state === "refused" ? "refused" : "draft";
    if (state !== null) Object.assign(changed, { state, errors: {}, made_at: new Date().toISOString() });
    await store.put(changed);
    return changed;
  });
  line = next.catch(() => {});
  return next;
}

async function ask(entry, key, errors = {}, raw = {}) {
  const definition = await definitionOf(entry);
  const facts = factsOf(definition, entry);
  const pages = pagesOf(definition, facts);
  const page = pages.find((one) => one.key === key) ?? pages[0];
  const near = await around(entry, definition);
  const fields = new Map();
  const place = h("div", {});
  // Every question of the page is made once; what is hidden by answers on the same page is hidden here.
  for (const id of page.questions) {
    const question = definition.questions.find((one) => one.id === id);
    if (entry.withheld?.includes(id)) {
      place.append(inset(p(h("strong", {}, question.label), " Withheld. It stays as it is.")));
      continue;
    }
    const made = field(question, id in raw ? raw[id] : entry.answers[id], errors[id], near);
    fields.set(id, { ...made, question });
    place.append(made.element);
  }
  const typing = () => {
    const [typedNow] = readPage(fields);
    return { ...entry.answers, ...typedNow };
  };
  const reveal = () => {
    const now = factsOf(definition, { ...entry, answers: typing() });
    for (const [id, { element }] of fields) element.hidden = !now.question(id);
  };
  reveal();
  let timer;
  const save = () => {
    clearTimeout(timer);
    const [now] = readPage(fields);
    // Files are saved as they are chosen.
    for (const [id, { question }] of fields) if (question.kind.is === "files") delete now[id];
    return change(entry.id, () => now);
  };
  const later = () => {
    reveal();
    clearTimeout(timer);
    timer = setTimeout(() => void safely(save)(), 400);
  };
  leave = async () => {
    if (timer) await safely(save)();
  };
  const proceed = safely(async (event) => {
    event.preventDefault();
    await Promise.all([...fields.values()].map((one) => one.settled?.()));
    clearTimeout(timer);
    const [, faults] = readPage(fields);
    const kept = await save();
    timer = null;
    const now = factsOf(definition, kept);
    const wrong = new Map(check(definition, kept.answers, today(), stateOf(definition, kept)).filter(([id]) => fields.has(id)));
    for (const [id, message] of faults) wrong.set(id, message);
    const found = page.questions.filter((id) => now.question(id) && wrong.has(id)).map((id) => [id, wrong.get(id)]);
    if (found.length > 0) {
      const typedWrong = Object.fromEntries(faults.map(([id]) => [id, again(fields.get(id).question, fields.get(id).read())]));
      await ask(kept, page.key, Object.fromEntries(found), typedWrong);
      const said = errorSummary(found);
      root.querySelector(".govuk-back-link").after(said);
      document.title = `Error: ${document.title}`;
      said.focus();
      return;
    }
    const shown = pagesOf(definition, now);
    const next = shown[shown.findIndex((one) => one.key === page.key) + 1];
    go(next && !fromCheck ? `entry/${entry.id}/${next.key}` : `entry/${entry.id}/check`);
  });
  const fromCheck = checked.has(entry.id);
  const before = pages[pages.indexOf(page) - 1];
  const first = pages[0] === page;
  view(page.title,
    h("a", { class: "govuk-back-link", href: before ? `#/entry/${entry.id}/${before.key}` : "#/" }, "Back"),
    h("span", { class: "govuk-caption-l" }, `${definition.title}, page ${pages.indexOf(page) + 1} of ${pages.length}`),
    h("h1", { class: "govuk-heading-l" }, page.title),
    first ? definition.intro.map((text) => p(text)) : null,
    first && definition.privacy ? inset(definition.privacy) : null,
    page.intro.map((text) => p(text)),
    h("form", { novalidate: true, autocomplete: "off", on: { submit: proceed, input: later, change: later } }, place,
      h("div", { class: "govuk-button-group" }, h("button", { class: "govuk-button", type: "submit" }, "Continue"), link("#/", "Finish later"))));
}

// Entries whose answers were looked at as a whole: after a change one goes back there.
const checked = new Set();

async function checkView(entry, faults = []) {
  checked.add(entry.id);
  const definition = await definitionOf(entry);
  const facts = factsOf(definition, entry);
  const known = await names();
  const told = Object.entries(entry.errors ?? {});
  const all = faults.length > 0 ? faults : told;
  const row = (page, id) => {
    const question = definition.questions.find((one) => one.id === id);
    const withheld = entry.withheld?.includes(id);
    const text = withheld ? "Withheld" : show(question, entry.answers[id], known);
    const wrong = all.find(([name]) => name === id);
    return h("div", { class: "govuk-summary-list__row", id, tabindex: "-1" },
      h("dt", { class: "govuk-summary-list__key" }, question.short ?? question.label),
      h("dd", { class: "govuk-summary-list__value" }, wrong ? h("p", { class: "govuk-error-message" }, wrong[1]) : null, text.split("\n").flatMap((part, place) => (place ? [h("br"), part] : [part])), text ? null : "Not given"),
      h("dd", { class: "govuk-summary-list__actions" }, withheld ? null : link(`#/entry/${entry.id}/${page.key}`, "Change", h("span", { class: "govuk-visually-hidden" }, ` ${question.short ?? question.label}`))));
  };
  const sections = pagesOf(definition, facts).map((page) => [
    h("h2", { class: "govuk-heading-m" }, page.title),
    h("dl", { class: "govuk-summary-list" }, page.questions.filter((id) => facts.question(id)).map((id) => row(page, id))),
  ]);
  const save = safely(async () => {
    const now = await store.get(entry.id);
    const found = check(definition, now.answers, today(), stateOf(definition, now)).filter(([id]) => !now.withheld?.includes(id));
    if (found.length > 0) return checkView(now, found);
    await change(entry.id, () => (now.record ? {} : Object.fromEntries(definition.questions.filter(({ id }) => !(id in stripped(definition, now.answers))).map(({ id }) => [id, null]))), "waiting");
    void askLater();
    return go(`saved/${entry.id}/${definition.key}`);
  });
  const remove = safely(async () => {
    if (!window.confirm("Remove this from the device? It has not been sent.")) return;
    await store.remove(entry.id);
    go("");
  });
  const summaryBox = all.length > 0 ? errorSummary(all) : null;
  view("Check your answers",
    h("a", { class: "govuk-back-link", href: "#/" }, "Back"), summaryBox,
    h("h1", { class: "govuk-heading-l" }, "Check your answers"), sections,
    h("div", { class: "govuk-button-group" }, button(entry.record ? "Save this change" : (definition.submit ?? "Save"), save), button("Remove from this device", remove, { warning: true })));
  summaryBox?.focus();
}

async function savedView(id, key) {
  const [entry, definition] = [await store.get(id), ready?.definitions.find((one) => one.key === key)];
  const sent = (await sentBefore()).find((one) => one.id === id);
  const parentOf = (one) => one.parent?.register === key;
  const own = entry ? `waiting-${id}` : (sent?.record ?? null);
  const question = definition?.parent?.question;
  const answer = entry?.answers[question];
  const again = question ? (answer?.delivery ? `waiting-${answer.delivery}` : typeof answer === "string" ? answer : null) : null;
  const buttons = (ready?.definitions ?? []).filter(parentOf).map((one) => button(`Add one of the ${one.plural}`, `#/new/${one.key}/${own}`));
  view("Saved on this device",
    h("div", { class: "govuk-panel govuk-panel--confirmation" }, h("h1", { class: "govuk-panel__title" }, sent && !entry ? "Sent" : "Saved on this device"),
      sent && !entry ? h("div", { class: "govuk-panel__body" }, "Reference ", h("strong", {}, sent.reference)) : null),
    sent && !entry ? null : p("It is sent by itself when there is a signal. Until then it is on this device only."),
    (definition?.next ?? []).map((text) => p(text)),
    h("div", { class: "govuk-button-group" }, buttons, definition ? button(`Add another ${definition.singular}`, `#/new/${key}${again ? `/${again}` : ""}`, { secondary: buttons.length > 0 }) : null, link("#/", "See everything on this device")));
}

async function conflict(entry) {
  const definition = await definitionOf(entry);
  conflictView({
    view, entry, definition, names: await names(),
    send: safely(async (answers) => {
      await store.put({ ...entry, answers, base: entry.theirs.answers, expected: entry.theirs.version, theirs: null, state: "waiting", errors: {} });
      void askLater();
      go("");
    }),
    drop: safely(async () => {
      await store.remove(entry.id);
      await takeAlong().catch(() => {});
      go("");
    }),
  });
}

async function route() {
  await leave();
  leave = async () => {};
  // The skip link and links of error summaries are not ours.
  if (location.hash !== "" && !location.hash.startsWith("#/")) return;
  if (!store) return signedOutView(view);
  const [name = "", id = "", more = ""] = location.hash.slice(2).split("/");
  if (name === "new") return begin(id, more);
  if (name === "edit") return edit(id);
  if (name === "saved") return savedView(id, more);
  const entry = id ? await store.get(id) : null;
  if (entry && name === "conflict" && entry.theirs) return conflict(entry);
  if (entry && name === "entry") return more === "check" ? checkView(entry) : ask(entry, more);
  return home();
}

async function start() {
  database = await openDatabase();
  person = await currentUser(database);
  if (navigator.onLine) {
    try {
      const found = await session(window.fetch.bind(window));
      if (found.user !== person?.id) {
        person = { id: found.user, name: found.name };
        await setCurrentUser(database, person);
      }
    } catch (error) {
      state = error.reason ?? "busy";
    }
  }
  if (person) {
    store = await Store.of(database, person.id);
    ready = await store.kept("ready");
    if (ready && navigator.onLine && state === "done") await takeAlong().catch(() => {});
  }
  window.addEventListener("hashchange", () => void safely(route)());
  window.addEventListener("online", () => void sendNow());
  window.addEventListener("offline", () => void refreshStatus());
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && void leave());
  changes?.addEventListener("message", () => void follow());
  window.addEventListener("commonweal-offline", () => void refreshStatus());
  setInterval(async () => {
    if (store && (await store.all()).some((entry) => entry.state === "waiting")) await sendNow();
    else await follow();
  }, EVERY);
  await route();
  void sendNow();
}

start().catch(() => {
  root.querySelector("[data-offline-start]")?.replaceChildren(
    warning("This browser keeps nothing on this device, so forms work with a signal only. A private window or a setting may be the reason."),
    p(link("/registers", "Forms and registers")));
});
