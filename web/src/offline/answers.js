// Answers as people type them, and whether they fit: the same rules and messages as
// crates/forms/src/answers (typed.rs, fits.rs, wording.rs). The server checks again.
import { Facts, isEmpty } from "./expression.js";

/** 'Date found' within a sentence; 'UPRN' and 'Neighbourhood Watch' keep their capitals. */
function lowerFirst(text) {
  const [first = "", ...rest] = [...text];
  return rest.some((letter) => letter !== letter.toLowerCase()) ? text : first.toLowerCase() + rest.join("");
}

const subject = (question) => question.short ?? `The answer to ‘${question.label}’`;
const object = (question) => (question.short ? lowerFirst(question.short) : `an answer to ‘${question.label}’`);
const must = (question, rule) => `${subject(question)} must ${rule}`;

const SELECTED = ["yes_no", "choice", "choices", "scale", "agency", "person", "record"];

/** The message where a required question has no answer. */
export function missing(question) {
  const what = object(question);
  if (SELECTED.includes(question.kind.is)) return `Select ${what}`;
  if (question.kind.is !== "files") return `Enter ${what}`;
  return question.short ? `Add ${what}` : `Add a file for ‘${question.label}’`;
}

const CONTROL = /\p{Cc}/gu;
const oneLine = (text) => text.trim().split(/\s+/u).join(" ").replace(CONTROL, "");
const lines = (text) => text.replace(/\r\n?/g, "\n").replace(/[^\P{Cc}\n\t]/gu, "").trim();
const letters = (text) => [...text].length;

const MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

function typedDate(question, { day, month, year }) {
  const parts = [["a day", day], ["a month", month], ["a year", year]];
  if (parts.every(([, text]) => text === "")) return null;
  const absent = parts.filter(([, text]) => text === "").map(([name]) => name);
  if (absent.length > 0) throw new Error(must(question, `include ${absent.join(" and ")}`));
  if (!/^\d{4}$/.test(year) || Number(year) < 1800) {
    throw new Error(must(question, "have a year of four numbers, like 2026"));
  }
  const named = month.length >= 3 ? MONTHS.findIndex((name) => name.startsWith(month.toLowerCase())) + 1 : 0;
  const numbers = [Number(year), /^\d+$/.test(month) ? Number(month) : named, /^\d+$/.test(day) ? Number(day) : 0];
  const real = new Date(Date.UTC(numbers[0], numbers[1] - 1, numbers[2]));
  if (numbers[1] < 1 || real.getUTCMonth() !== numbers[1] - 1 || real.getUTCDate() !== numbers[2]) {
    throw new Error(must(question, "be a real date"));
  }
  return real.toISOString().slice(0, 10);
}

function typedTime(question, text) {
  const wrong = () => new Error(must(question, "be a time, like 5:30pm or 17:30"));
  const plain = text.toLowerCase().replace(/\s+/g, "");
  if (plain === "midday" || plain === "noon") return "12:00";
  if (plain === "midnight") return "00:00";
  const half = plain.endsWith("am") ? 0 : plain.endsWith("pm") ? 12 : null;
  const digits = half === null ? plain : plain.slice(0, -2);
  const found = /^(\d{2})(\d{2})$/.exec(digits) ?? /^(\d{1,2})[:.](\d{2})(?:[:.].*)?$/.exec(digits) ?? (half === null ? null : /^(\d{1,2})()$/.exec(digits));
  if (!found) throw wrong();
  let [hour, minute] = [Number(found[1]), Number(found[2] || "0")];
  if (half !== null) {
    if (hour < 1 || hour > 12) throw wrong();
    hour = (hour % 12) + half;
  }
  if (hour > 23 || minute > 59) throw wrong();
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

function typedNumber(question, text) {
  const plain = text.replaceAll("\u2212", "-").replace(/[,\s]/g, "");
  const read = /^-?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : NaN;
  if (!Number.isFinite(read)) throw new Error(must(question, "be a number, like 12"));
  return read;
}

function typedMoney(question, text) {
  const plain = text.replaceAll("\u2212", "-").replace(/[,£\s]/g, "");
  if (!/^-?\d{1,13}(\.\d{1,2})?$/.test(plain)) throw new Error(must(question, "be an amount of money, like 12.50"));
  return Number(plain);
}

const POSTCODE = /^([A-Z]\d|[A-Z]\d\d|[A-Z]{2}\d|[A-Z]{2}\d\d|[A-Z]\d[A-Z]|[A-Z]{2}\d[A-Z])(\d[A-Z]{2})$/;

/** A postcode in its usual writing, or null. */
export function postcode(text) {
  const found = POSTCODE.exec(text.replace(/[\s.\-\u00a0]/g, "").toUpperCase());
  return found ? `${found[1]} ${found[2]}` : null;
}

const EMAIL = /^[^\s@<>"]+@[^\s@<>".]+(\.[^\s@<>".]+)+$/;
const PHONE = /^\+?[\d\s().\/-]+$/;
const WRONG_PHONE = "Enter a telephone number, like 01632 960 001 or +44 7700 900 123";
const WRONG_EMAIL = "Enter an email address, like name@example.org";

function phone(text) {
  const digits = text.replace(/\D/g, "");
  if (!PHONE.test(text) || digits.length < 9 || digits.length > 15) throw new Error(WRONG_PHONE);
  return text;
}

function formatted(question, format, text) {
  switch (format) {
    case "email":
      if (!EMAIL.test(text)) throw new Error(WRONG_EMAIL);
      return text;
    case "telephone":
      return phone(text);
    case "postcode": {
      const code = postcode(text);
      if (!code) throw new Error(must(question, "be a full UK postcode, like DH1 5UL"));
      return code;
    }
    case "link":
      if (!/^https:\/\/[^.\s][^\s<>"'\\]*\.[^\s<>"'\\]+$/i.test(text)) throw new Error(must(question, "be a web address that starts with https://"));
      return text;
    case "uprn": {
      const digits = text.replace(/\s/g, "").replace(/^0+/, "");
      if (!/^\d{1,12}$/.test(digits)) throw new Error(must(question, "be 1 to 12 digits"));
      return digits;
    }
    default:
      return text;
  }
}

/** 'lat, lon' as typed, or null. */
export function coordinates(text) {
  const found = /^(-?\d+(?:\.\d+)?)[,\s]\s*(-?\d+(?:\.\d+)?)$/.exec(text.trim());
  if (!found) return null;
  const [latitude, longitude] = [Number(found[1]), Number(found[2])];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}

function typedLocation(fields) {
  const text = oneLine(fields.text);
  if (text !== "" && text !== fields.deviceText) {
    const place = coordinates(text);
    return place ? { ...place, how: "coordinates", text: "", accuracy: null } : { text };
  }
  return fields.device ?? null;
}

/**
 * One question's fields as an answer; null where nothing was entered. Throws what is wrong.
 * `fields` is what render.js reads: a text, a list of values, or an object of parts.
 */
export function typed(question, fields) {
  const { kind } = question;
  switch (kind.is) {
    case "text": {
      const text = oneLine(fields);
      return text === "" ? null : formatted(question, kind.format, text);
    }
    case "long_text":
      return lines(fields) || null;
    case "number":
      return oneLine(fields) === "" ? null : typedNumber(question, fields);
    case "money":
      return oneLine(fields) === "" ? null : typedMoney(question, fields);
    case "date":
      return typedDate(question, fields);
    case "time":
      return oneLine(fields) === "" ? null : typedTime(question, fields);
    case "yes_no":
      return fields === "" ? null : fields === "yes";
    case "scale":
      return fields === "" ? null : fields === "unsure" ? "unsure" : Number(fields);
    case "choices":
      return fields.length > 0 ? kind.options.map((one) => one.value).filter((one) => fields.includes(one)) : null;
    case "location":
      return typedLocation(fields);
    case "address":
    case "contact": {
      const parts = Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, oneLine(text)]));
      if (Object.values(parts).every((text) => text === "")) return null;
      if (parts.postcode) {
        parts.postcode = postcode(parts.postcode);
        if (!parts.postcode) throw new Error(must(question, "have a full UK postcode, like DH1 5UL"));
      }
      if (parts.telephone) phone(parts.telephone);
      if (parts.email && !EMAIL.test(parts.email)) throw new Error(WRONG_EMAIL);
      return parts;
    }
    case "files":
      return fields.length > 0 ? fields : null;
    case "record":
      if (fields === "") return null;
      return fields.startsWith("waiting:") ? { delivery: fields.slice(8) } : fields;
    case "person":
      return oneLine(fields) || null;
    default:
      return fields || null;
  }
}

const grouped = (number) => number.toLocaleString("en-GB");
const decimal = (number, places) => number.toLocaleString("en-GB", { minimumFractionDigits: 0, maximumFractionDigits: places });
const pounds = (pence) => `£${(pence / 100).toLocaleString("en-GB", { minimumFractionDigits: pence % 100 === 0 ? 0 : 2, maximumFractionDigits: 2 })}`;

function within(question, value, min, max, shown) {
  const outside = (min !== null && value < min) || (max !== null && value > max);
  if (!outside) return null;
  if (min !== null && max !== null) return must(question, `be between ${shown(min)} and ${shown(max)}`);
  return must(question, min === null ? `be ${shown(max)} or less` : `be ${shown(min)} or more`);
}

function length(question, { min, max }, text) {
  const count = letters(text);
  if (count > max) return must(question, `be ${grouped(max)} characters or fewer`);
  return count < min ? must(question, `be ${min} characters or more`) : null;
}

function chosen(question, { options, min, max }, values) {
  const alone = options.find((one) => one.alone && values.includes(one.value));
  if (alone && values.length > 1) return `Select either ‘${alone.text}’ or the others, not both`;
  if (min !== null && values.length < min && !alone) return `Select at least ${min} for ${object(question)}`;
  return max !== null && values.length > max ? `Select at most ${max} for ${object(question)}` : null;
}

function fits(question, answer, today) {
  const { kind } = question;
  switch (kind.is) {
    case "text":
    case "long_text":
      return length(question, kind, answer);
    case "number": {
      const shifted = answer * 10 ** kind.decimals;
      if (Math.abs(shifted - Math.round(shifted)) > 1e-6 * Math.max(Math.abs(shifted), 1)) {
        if (kind.decimals === 0) return must(question, "be a whole number");
        return must(question, kind.decimals === 1 ? "have one decimal place or none" : `have ${kind.decimals} decimal places or fewer`);
      }
      return within(question, answer, kind.min, kind.max, (limit) => decimal(limit, kind.decimals));
    }
    case "money":
      return within(question, Math.round(answer * 100), kind.min, kind.max, pounds);
    case "date":
      if (!kind.future && answer > today) return must(question, "be today or in the past");
      return !kind.past && answer < today ? must(question, "be today or in the future") : null;
    case "choices":
      return chosen(question, kind, answer);
    case "address":
      if (!answer.line1) return must(question, "have a first line, such as the number and the street");
      if (!answer.town) return must(question, "have a town or city");
      return [answer.line1, answer.line2, answer.town].some((line) => letters(line ?? "") > 120) ? must(question, "have lines of 120 characters or fewer") : null;
    case "contact":
      if (!answer.name && !answer.telephone && !answer.email) return must(question, "have a name, a telephone number or an email address");
      return letters(answer.name ?? "") > 120 || letters(answer.safe ?? "") > 500 ? must(question, "have a name of 120 characters or fewer, and 500 or fewer on what is safe") : null;
    case "files": {
      if (answer.length > kind.most) return must(question, `be ${kind.most} ${kind.most === 1 ? "file" : "files"} or fewer`);
      const large = answer.find((file) => file.size > kind.megabytes * 1_000_000);
      return large ? `The file ‘${large.name}’ must be smaller than ${kind.megabytes} MB` : null;
    }
    default:
      return null;
  }
}

/** What is wrong with the answer to one question that is shown, or null. */
export function fault(question, answer, today) {
  if (isEmpty(answer)) return question.required ? missing(question) : null;
  return fits(question, answer, today);
}

/** Everything that is wrong with the answers to the questions that are shown: [id, message]. */
export function check(definition, answers, today, state = definition.state) {
  const facts = new Facts(definition, answers, state);
  return definition.questions
    .filter((question) => facts.question(question.id))
    .map((question) => [question.id, fault(question, answers[question.id], today)])
    .filter(([, message]) => message !== null);
}

/** The answers without those of hidden questions. */
export function stripped(definition, answers) {
  const facts = new Facts(definition, answers);
  return Object.fromEntries(Object.entries(answers).filter(([id, answer]) => facts.question(id) && !isEmpty(answer)));
}

/** The day in the United Kingdom, as text. */
export function today(now = new Date()) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/London" }).format(now);
}

const shownDate = (text) => new Date(`${text}T12:00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

/** An answer in words. `names`: names of agencies and records by id. */
export function show(question, answer, names = {}) {
  if (isEmpty(answer)) return "";
  const { kind } = question;
  const option = (value) => kind.options.find((one) => one.value === value)?.text ?? value;
  switch (kind.is) {
    case "number":
      return kind.unit ? `${decimal(answer, kind.decimals)} ${kind.unit}` : decimal(answer, kind.decimals);
    case "money":
      return pounds(Math.round(answer * 100));
    case "date":
      return shownDate(answer);
    case "yes_no":
      return answer ? "Yes" : "No";
    case "choice":
      return option(answer);
    case "choices":
      return answer.map(option).join(", ");
    case "scale":
      if (answer === "unsure") return "Do not know or rather not say";
      return answer === kind.from ? `${answer} (${kind.low})` : answer === kind.to ? `${answer} (${kind.high})` : String(answer);
    case "location": {
      if (answer.latitude === undefined) return answer.text;
      const place = `${answer.latitude.toFixed(5)}, ${answer.longitude.toFixed(5)}`;
      const near = answer.accuracy ? `, within ${Math.max(1, Math.round(answer.accuracy))} metres` : "";
      return answer.how === "device" ? `Where this device was: ${place}${near}` : `${answer.text ? `${answer.text}: ` : ""}${place}`;
    }
    case "address":
      return [answer.line1, answer.line2, answer.town, answer.postcode].filter(Boolean).join("\n");
    case "contact":
      return [answer.name, answer.telephone, answer.email, answer.safe].filter(Boolean).join("\n");
    case "files":
      return answer.length === 1 ? "1 file" : `${answer.length} files`;
    case "record":
      return names[typeof answer === "object" ? answer.delivery : answer] ?? "A record";
    case "agency":
    case "person":
      return names[answer] ?? answer;
    default:
      return String(answer);
  }
}

/** A line that names a record on this device. */
export function titleOf(definition, answers, names) {
  const parts = definition.title_of.map((id) => {
    const question = definition.questions.find((one) => one.id === id);
    return question ? show(question, answers[id], names).split("\n")[0] : "";
  });
  return parts.filter(Boolean).join(", ") || definition.singular;
}
