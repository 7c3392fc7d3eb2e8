// Elements without any text being read as markup.

/** h("p", { class: "govuk-body" }, "words", element, …); `on` holds listeners, null children are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const p = (...children) => h("p", { class: "govuk-body" }, ...children);
export const link = (href, ...children) => h("a", { class: "govuk-link", href }, ...children);
export const hidden = (text) => h("span", { class: "govuk-visually-hidden" }, text);

/** A button that does something here, or a link that looks like one. */
export function button(text, press, { secondary = false, warning = false } = {}) {
  const classes = `govuk-button${secondary ? " govuk-button--secondary" : ""}${warning ? " govuk-button--warning" : ""}`;
  return typeof press === "string"
    ? h("a", { class: classes, href: press, role: "button", draggable: "false" }, text)
    : h("button", { class: classes, type: "button", on: { click: press } }, text);
}

/** The summary of what is wrong: [id, message] each; ids are those of fields on the page. */
export function errorSummary(faults) {
  const item = ([id, message]) => {
    const target = () => document.getElementById(id) ?? document.getElementById(`${id}-group`);
    const go = (event) => {
      event.preventDefault();
      target()?.scrollIntoView();
      target()?.focus();
    };
    return h("li", {}, id === "_" ? message : h("a", { href: `#${id}`, on: { click: go } }, message));
  };
  return h("div", { class: "govuk-error-summary", tabindex: "-1" },
    h("div", { role: "alert" },
      h("h2", { class: "govuk-error-summary__title" }, "There is a problem"),
      h("div", { class: "govuk-error-summary__body" }, h("ul", { class: "govuk-list govuk-error-summary__list" }, faults.map(item)))));
}

export function warning(text) {
  return h("div", { class: "govuk-warning-text" },
    h("span", { class: "govuk-warning-text__icon", "aria-hidden": "true" }, "!"),
    h("strong", { class: "govuk-warning-text__text" }, hidden("Warning"), text));
}

export const inset = (...children) => h("div", { class: "govuk-inset-text" }, ...children);
