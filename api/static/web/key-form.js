/** Asking for a key where the service wants one. */

import { el } from "./dom.js";

/** @typedef {import("./page-strings.js").PageStrings} PageStrings */

/**
 * Return a form for a key.
 *
 * @param {{strings: PageStrings, wrong: boolean, onKey: (key: string) => void}} options  `wrong`: one was refused.
 * @returns {HTMLFormElement}
 */
export function keyForm({ strings, wrong, onKey }) {
  const field = el("input", {
    id: "key", type: "password", autocomplete: "off", spellcheck: "false", required: true,
    "aria-describedby": wrong ? "key-wrong key-means" : "key-means", "aria-invalid": wrong && "true",
  });
  return el("form", {
    class: "key-form", "aria-labelledby": "key-heading",
    submit: (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const key = field.value.trim();
      if (key) onKey(key);
    },
  },
  el("h2", { id: "key-heading" }, strings.keyNeeded),
  wrong && el("p", { id: "key-wrong", class: "bad" }, strings.keyWrong),
  el("label", { for: "key" }, strings.key),
  el("div", { class: "key-line" }, field, el("button", { type: "submit", class: "primary" }, strings.useKey)),
  el("p", { id: "key-means", class: "place" }, strings.keyMeans));
}
