// Lines of the lists of what is on this device, and a page's fields as answers.
import { typed } from "./answers.js";
import { button, h, link, p } from "./dom.js";
import { age } from "./queue.js";

/** An entry that is not finished. */
export const draftLine = (entry) => h("li", {}, link(`#/entry/${entry.id}`, entry.title), `, begun ${age(entry.made_at)} `);

/** An entry that waits, was refused or is in conflict. */
export function queueLine(entry) {
  const wrong = Object.values(entry.errors ?? {});
  const words = { waiting: `entered ${age(entry.made_at)}`, refused: "was not taken", conflict: "was changed by somebody else" }[entry.state];
  return h("li", {}, h("strong", {}, entry.title), `: ${words}`,
    wrong.length > 0 ? h("ul", { class: "govuk-list govuk-list--bullet" }, wrong.map((one) => h("li", {}, one))) : null,
    h("div", {}, entry.state === "conflict" ? link(`#/conflict/${entry.id}`, "Compare the two versions") : link(`#/entry/${entry.id}/check`, entry.state === "refused" ? "Correct it" : "Look at it or change it"),
      h("span", { class: "govuk-visually-hidden" }, ` ${entry.title}`)));
}

/** A record that can be changed without a signal. */
export function editLine(record) {
  return h("li", {}, link(`#/edit/${record.id}`, `${record.title || record.reference}`), ` (${record.reference})`);
}

/** The answers of a page as typed, and what cannot be understood: [answers, faults]. */
export function readPage(fields) {
  const [answers, faults] = [{}, []];
  for (const [id, { read, question }] of fields) {
    try {
      answers[id] = typed(question, read());
    } catch (error) {
      faults.push([id, error.message]);
    }
  }
  return [answers, faults];
}

/** What was typed and is wrong, as a value that the field shows again. */
export function again({ kind }, raw) {
  if (kind.is === "date") return `${raw.year}-${raw.month}-${raw.day}`;
  if (kind.is === "location") return raw.text === raw.deviceText ? raw.device : { text: raw.text };
  return raw;
}

/** What is shown while nobody is signed in. */
export function signedOutView(view) {
  view("Work without a signal",
    h("h1", { class: "govuk-heading-l" }, "Work without a signal"),
    p(navigator.onLine ? "Sign in to use this page." : "Nobody is signed in on this device. Sign in when you have a signal."),
    navigator.onLine ? button("Sign in", "/sign-in?next=/offline") : null);
}
