// The same record changed here and elsewhere: both versions, question by question.
import { button, errorSummary, h, p } from "./dom.js";
import { show } from "./answers.js";

/** Texts that are equal where two answers are. */
function same(value) {
  if (Array.isArray(value)) return JSON.stringify(value.map((one) => (typeof one === "object" ? (one.photo ?? one.id) : one)));
  if (value && typeof value === "object") return JSON.stringify(Object.entries(value).sort(([one], [other]) => one.localeCompare(other)));
  return JSON.stringify(value ?? null);
}

/**
 * The questions on which the two differ, and what is offered: mine where only I changed it, theirs
 * where only they did, nothing where both did.
 */
export function differences(definition, { answers, base = {}, theirs, withheld = [] }) {
  return definition.questions
    .filter(({ id }) => !withheld.includes(id) && same(answers[id]) !== same(theirs.answers[id]))
    .map((question) => {
      const { id } = question;
      const mineChanged = same(answers[id]) !== same(base[id]);
      const theirsChanged = same(theirs.answers[id]) !== same(base[id]);
      return { question, offered: mineChanged === theirsChanged ? null : mineChanged ? "mine" : "theirs" };
    });
}

export function conflictView({ view, entry, definition, names, send, drop }, chosen = {}, faults = []) {
  const all = differences(definition, entry);
  const picked = new Map(all.map(({ question, offered }) => [question.id, chosen[question.id] ?? offered]));
  const choice = (question, who, words, answers, place) => {
    const id = place === 0 ? question.id : `${question.id}-theirs`;
    const radio = h("input", { class: "govuk-radios__input", type: "radio", id, name: question.id, value: who, on: { change: () => picked.set(question.id, who) } });
    radio.checked = picked.get(question.id) === who;
    return h("div", { class: "govuk-radios__item" }, radio,
      h("label", { class: "govuk-label govuk-radios__label", for: id }, h("strong", {}, `${words}: `), show(question, answers[question.id], names) || "not given"));
  };
  const set = ({ question }) => {
    const wrong = faults.find(([id]) => id === question.id);
    return h("div", { class: `govuk-form-group${wrong ? " govuk-form-group--error" : ""}` },
      h("fieldset", { class: "govuk-fieldset" },
        h("legend", { class: "govuk-fieldset__legend govuk-fieldset__legend--s" }, question.label),
        wrong ? h("p", { class: "govuk-error-message" }, wrong[1]) : null,
        h("div", { class: "govuk-radios" }, choice(question, "mine", "Yours", entry.answers, 0), choice(question, "theirs", "Theirs", entry.theirs.answers, 1))));
  };
  const done = () => {
    const open = all.filter(({ question }) => !picked.get(question.id)).map(({ question }) => [question.id, `Choose which answer to keep for ‘${question.short ?? question.label}’`]);
    if (open.length > 0) {
      conflictView({ view, entry, definition, names, send, drop }, Object.fromEntries(picked), open);
      return;
    }
    const answers = { ...entry.answers };
    for (const [id, who] of picked) {
      if (who !== "theirs") continue;
      if (id in entry.theirs.answers) answers[id] = entry.theirs.answers[id];
      else delete answers[id];
    }
    void send(answers);
  };
  const summary = faults.length > 0 ? errorSummary(faults) : null;
  const when = new Date(entry.theirs.changed_at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
  view("Two versions",
    h("a", { class: "govuk-back-link", href: "#/" }, "Back"), summary,
    h("h1", { class: "govuk-heading-l" }, "Two versions of one record"),
    p(`Somebody changed ‘${entry.title}’ on ${when}, while you worked without a signal. Nothing is lost: choose for each question which answer to keep.`),
    all.length > 0 ? all.map(set) : p("Both versions say the same."),
    h("div", { class: "govuk-button-group" }, button("Send with these answers", done), button("Keep theirs and remove mine", () => void drop(), { secondary: true })));
  summary?.focus();
}
