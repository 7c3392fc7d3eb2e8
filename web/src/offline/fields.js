// The fields of a question in the markup of the GOV.UK Design System. Each gives its element and a
// function that reads what is entered, as answers.js `typed` takes it.
import { button, h, hidden, p } from "./dom.js";
import { preview } from "./photos.js";

const hintOf = (question) => (question.hint ? h("div", { class: "govuk-hint", id: `${question.id}-hint` }, question.hint) : null);
const errorOf = (id, error) => (error ? h("p", { class: "govuk-error-message", id: `${id}-error` }, hidden("Error: "), error) : null);
const label = (question) => (question.required ? question.label : `${question.label} (optional)`);

function described(question, error) {
  return [question.hint && `${question.id}-hint`, error && `${question.id}-error`].filter(Boolean).join(" ") || null;
}

function group(question, error, ...children) {
  return h("div", { class: `govuk-form-group${error ? " govuk-form-group--error" : ""}`, id: `${question.id}-group` }, ...children);
}

function set(question, error, ...children) {
  return group(question, error,
    h("fieldset", { class: "govuk-fieldset", "aria-describedby": described(question, error) },
      h("legend", { class: "govuk-fieldset__legend govuk-fieldset__legend--s" }, label(question)),
      hintOf(question), errorOf(question.id, error), ...children));
}

function input(id, value, attributes = {}) {
  const { width = "", ...rest } = attributes;
  return h("input", { class: `govuk-input${width ? ` govuk-input--width-${width}` : ""}`, id, name: id, type: "text", value, ...rest });
}

function line(question, error, value, attributes = {}, { prefix, suffix } = {}) {
  const field = input(question.id, value, { "aria-describedby": described(question, error), ...attributes });
  if (error) field.classList.add("govuk-input--error");
  const fix = (text, end) => h("div", { class: `govuk-input__${end}`, "aria-hidden": "true" }, text);
  const wrapped = prefix || suffix
    ? h("div", { class: "govuk-input__wrapper" }, prefix && fix(prefix, "prefix"), field, suffix && fix(suffix, "suffix"))
    : field;
  const element = group(question, error,
    h("label", { class: "govuk-label govuk-label--s", for: question.id }, label(question)),
    hintOf(question), errorOf(question.id, error), wrapped);
  return { element, read: () => field.value };
}

function parts(question, error, names, value) {
  const fields = names.map(([name, text, attributes]) => [name, text, input(`${question.id}-${name}`, value?.[name] ?? "", attributes)]);
  const element = set(question, error, fields.map(([, text, field]) =>
    h("div", { class: "govuk-form-group" }, h("label", { class: "govuk-label", for: field.id }, text), field)));
  element.querySelector("input").id = question.id;
  element.querySelector("label").setAttribute("for", question.id);
  return { element, read: () => Object.fromEntries(fields.map(([name, , field]) => [name, field.value.trim()])) };
}

function items(question, error, type, options, value) {
  const kind = type === "radio" ? "radios" : "checkboxes";
  const made = options.map((option, place) => {
    const id = place === 0 ? question.id : `${question.id}-${place}`;
    const field = h("input", { class: `govuk-${kind}__input`, id, name: question.id, type, value: option.value, "aria-describedby": option.hint ? `${id}-more` : null });
    field.checked = Array.isArray(value) ? value.includes(option.value) : value === option.value;
    return { field, element: h("div", { class: `govuk-${kind}__item` }, field,
      h("label", { class: `govuk-label govuk-${kind}__label`, for: id }, option.text),
      option.hint ? h("div", { class: `govuk-hint govuk-${kind}__hint`, id: `${id}-more` }, option.hint) : null) };
  });
  for (const { field } of made.filter(() => type === "checkbox")) {
    field.addEventListener("change", () => {
      const alone = (one) => options.find((option) => option.value === one.value).alone;
      for (const other of made) if (field.checked && other.field !== field && (alone(field) || alone(other.field))) other.field.checked = false;
    });
  }
  const element = set(question, error, h("div", { class: `govuk-${kind}` }, made.map((one) => one.element)));
  const chosen = () => made.filter(({ field }) => field.checked).map(({ field }) => field.value);
  return { element, read: () => (type === "radio" ? (chosen()[0] ?? "") : chosen()) };
}

function select(question, error, options, value) {
  const field = h("select", { class: "govuk-select", id: question.id, name: question.id, "aria-describedby": described(question, error) },
    h("option", { value: "" }, "Choose one"),
    options.map((option) => h("option", { value: option.value, selected: option.value === value }, option.text)));
  const element = group(question, error,
    h("label", { class: "govuk-label govuk-label--s", for: question.id }, label(question)),
    hintOf(question), errorOf(question.id, error), field);
  return { element, read: () => field.value };
}

function location(question, error, value) {
  let device = value?.latitude === undefined ? null : value;
  const words = (place) => `${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}`;
  let deviceText = device ? words(device) : "";
  const field = input(question.id, value?.text && !device ? value.text : deviceText, { autocomplete: "off", "aria-describedby": `${question.id}-how${error ? ` ${question.id}-error` : ""}` });
  const said = h("p", { class: "govuk-body", role: "status" }, device?.accuracy ? `Within ${Math.max(1, Math.round(device.accuracy))} metres.` : "");
  const here = () => {
    said.textContent = "Finding where this device is …";
    if (!navigator.geolocation) {
      said.textContent = "This device cannot say where it is. Enter a postcode or co-ordinates.";
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        device = { latitude: coords.latitude, longitude: coords.longitude, how: "device", text: "", accuracy: coords.accuracy };
        deviceText = words(device);
        field.value = deviceText;
        said.textContent = `Found, within ${Math.max(1, Math.round(coords.accuracy))} metres.`;
        field.dispatchEvent(new Event("change", { bubbles: true }));
      },
      ({ code }) => {
        said.textContent = code === 1
          ? "This device may not say where it is: allow it in the browser's settings, or enter a postcode or co-ordinates."
          : "Where this device is could not be found. Try again in the open, or enter a postcode or co-ordinates.";
      },
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 0 },
    );
  };
  const element = group(question, error,
    h("label", { class: "govuk-label govuk-label--s", for: question.id }, label(question)),
    h("div", { class: "govuk-hint", id: `${question.id}-how` }, question.hint ? `${question.hint} ` : "", "Choose ‘Use where I am now’, or enter a full postcode or co-ordinates like 54.777, -1.575."),
    errorOf(question.id, error), field, h("div", { class: "govuk-button-group govuk-!-margin-top-3" }, button("Use where I am now", here, { secondary: true })), said);
  return { element, read: () => ({ text: field.value, device, deviceText }) };
}

function files(question, error, value, { addFile, removeFile, photo }) {
  let given = [...(value ?? [])];
  const list = h("ul", { class: "govuk-list" });
  const said = h("p", { class: "govuk-body", role: "status" });
  const problem = h("p", { class: "govuk-error-message", role: "alert" });
  const draw = async () => {
    const rows = await Promise.all(given.map(async (file) => {
      const bytes = file.photo ? await photo(file.photo) : null;
      const remove = async () => {
        await removeFile(question, file);
        given = given.filter((one) => one !== file);
        await draw();
      };
      return h("li", {}, bytes ? await preview(bytes, file.name) : null, " ", file.name, " ",
        h("button", { type: "button", class: "cw-link-button govuk-link", on: { click: remove } }, "Remove", hidden(` ${file.name}`)));
    }));
    list.replaceChildren(...rows);
  };
  const field = h("input", {
    class: "govuk-file-upload", id: question.id, name: question.id, type: "file", multiple: question.kind.most > 1,
    accept: question.kind.types === "photographs" ? "image/*" : null, "aria-describedby": described(question, error),
  });
  let work = Promise.resolve();
  field.addEventListener("change", () => {
    const chosen = [...field.files];
    work = work.then(async () => {
      problem.textContent = "";
      for (const file of chosen) {
        if (given.length >= question.kind.most) {
          problem.textContent = `You can add ${question.kind.most} at most. ‘${file.name}’ was not added.`;
          break;
        }
        said.textContent = `Saving ${file.name} …`;
        try {
          given.push(await addFile(question, file, given));
        } catch (fault) {
          problem.textContent = fault.message;
        }
        await draw();
      }
      said.textContent = problem.textContent ? "" : "Saved on this device.";
      field.value = "";
    });
  });
  void draw();
  const element = group(question, error,
    h("label", { class: "govuk-label govuk-label--s", for: question.id }, label(question)),
    hintOf(question), errorOf(question.id, error), list, field, said, problem);
  return { element, read: () => given, settled: () => work };
}

const CONTACT = [["name", "Name", { autocomplete: "off" }], ["telephone", "Telephone number", { type: "tel", width: "20" }], ["email", "Email address", { type: "email", spellcheck: "false" }], ["safe", "When and how is it safe to get in touch?", {}]];
const ADDRESS = [["line1", "Address line 1", {}], ["line2", "Address line 2 (optional)", {}], ["town", "Town or city", {}], ["postcode", "Postcode", { width: "10" }]];
const DATE = [["day", "Day", { width: "2", inputmode: "numeric" }], ["month", "Month", { width: "2", inputmode: "numeric" }], ["year", "Year", { width: "4", inputmode: "numeric" }]];
const TYPES = { email: "email", telephone: "tel", link: "url" };

/** A question as an element with `read()`. `around`: what this device knows and can do with files. */
export function field(question, value, error, around) {
  const { kind } = question;
  const text = value === undefined || value === null ? "" : String(value);
  switch (kind.is) {
    case "text":
      return line(question, error, text, { type: TYPES[kind.format] ?? "text", spellcheck: kind.format === "any" ? null : "false" });
    case "long_text": {
      const area = h("textarea", { class: `govuk-textarea${error ? " govuk-textarea--error" : ""}`, id: question.id, name: question.id, rows: 5, "aria-describedby": described(question, error) });
      area.value = text;
      return { read: () => area.value, element: group(question, error, h("label", { class: "govuk-label govuk-label--s", for: question.id }, label(question)), hintOf(question), errorOf(question.id, error), area) };
    }
    case "number":
      return line(question, error, text, { inputmode: kind.decimals ? "decimal" : "numeric", width: "10", spellcheck: "false" }, { suffix: kind.unit });
    case "money":
      return line(question, error, text, { inputmode: "decimal", width: "10", spellcheck: "false" }, { prefix: "£" });
    case "time":
      return line(question, error, text, { width: "10", placeholder: null });
    case "person":
      if (!kind.staff) return { element: group(question, null, h("p", { class: "govuk-label govuk-label--s" }, question.label), p("This can be answered with a signal only.")), read: () => text };
      return line({ ...question, hint: [question.hint, "Enter the colleague's whole name or email address."].filter(Boolean).join(" ") }, error, around.names[text] ?? text, { autocomplete: "off" });
    case "date": {
      const [year = "", month = "", day = ""] = text.split("-");
      const number = (part) => part.replace(/^0+/, "");
      const made = parts(question, error, DATE, { year, month: number(month), day: number(day) });
      const inputs = h("div", { class: "govuk-date-input" });
      made.element.querySelectorAll(".govuk-form-group").forEach((one) => inputs.append(h("div", { class: "govuk-date-input__item" }, one)));
      const now = button("Today", () => {
        const fields = inputs.querySelectorAll("input");
        around.today.split("-").reverse().forEach((part, place) => (fields[place].value = place === 2 ? part : number(part)));
        fields[0].dispatchEvent(new Event("change", { bubbles: true }));
      }, { secondary: true });
      made.element.querySelector("fieldset").append(inputs, h("div", { class: "govuk-button-group govuk-!-margin-top-3" }, now));
      return made;
    }
    case "yes_no":
      return items(question, error, "radio", [{ value: "yes", text: "Yes" }, { value: "no", text: "No" }], value === true ? "yes" : value === false ? "no" : "");
    case "choice":
      return items(question, error, "radio", kind.options, text);
    case "choices":
      return items(question, error, "checkbox", kind.options, value ?? []);
    case "scale": {
      const points = Array.from({ length: kind.to - kind.from + 1 }, (_, place) => kind.from + place);
      const words = (point) => (point === kind.from ? `${point}: ${kind.low}` : point === kind.to ? `${point}: ${kind.high}` : String(point));
      const options = points.map((point) => ({ value: String(point), text: words(point) }));
      if (kind.unsure) options.push({ value: "unsure", text: "Do not know or rather not say" });
      return items(question, error, "radio", options, text);
    }
    case "location":
      return location(question, error, value);
    case "address":
      return parts(question, error, ADDRESS, value);
    case "contact":
      return parts(question, error, CONTACT, value);
    case "files":
      return files(question, error, value, around);
    case "agency":
      return select(question, error, around.agencies.map(({ id, name }) => ({ value: id, text: name })), text);
    default:
      return select(question, error, around.records(kind.register), value?.delivery ? `waiting:${value.delivery}` : text);
  }
}
