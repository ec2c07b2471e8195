/** What stands in place of a document that cannot be shown. */

import { el } from "./dom.js";

/** @typedef {import("./client.js").Problem} Problem */
/** @typedef {import("./viewer-strings.js").ViewerStrings} Strings */

/**
 * Say that a document is not there, and what can be done.
 *
 * @param {Problem} problem
 * @param {{id: string, strings: Strings, retry: () => void}} options
 */
export function failure(problem, { id, strings, retry }) {
  const [title, detail] = told(problem, id, strings);
  return el("section", { class: "notice", role: "alert" },
    el("h1", { tabindex: -1 }, title),
    detail && el("p", { dir: "auto" }, detail),
    el("p", {}, el("button", { type: "button", class: "main-button", click: retry }, strings.retry)),
    problem.requestId && el("p", { class: "place" }, strings.requestId(problem.requestId)));
}

/**
 * @param {Problem} problem
 * @param {string} id
 * @param {Strings} strings
 * @returns {[string, string]}
 */
function told(problem, id, strings) {
  if (problem.offline) return [strings.offline, strings.offlineDetail];
  if (problem.kind === "index-damaged") return [strings.damaged, strings.damagedDetail];
  if (problem.status === 404) return [strings.noDocument, strings.noDocumentDetail(id)];
  if (problem.status === 429) return [strings.tooMany, strings.tooManyDetail(problem.wait)];
  return [strings.failed, problem.detail || strings.failedDetail(problem.status)];
}

/**
 * Ask for a key.
 *
 * @param {{strings: Strings, refused: boolean, use: (key: string) => void}} options  `refused`: one was sent.
 */
export function keyForm({ strings, refused, use }) {
  const field = el("input", {
    id: "key", type: "password", autocomplete: "off", spellcheck: "false", required: true, dir: "ltr",
    "aria-describedby": refused ? "key-refused key-hint" : "key-hint", "aria-invalid": refused ? "true" : null,
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const key = field.value.trim();
    if (key) use(key);
  };
  return el("section", { class: "notice" },
    el("h1", {}, strings.keyNeeded),
    el("form", { submit },
      refused && el("p", { id: "key-refused", class: "bad", role: "alert" }, strings.keyRefused),
      el("label", { for: "key" }, strings.key),
      el("div", { class: "row" }, field, el("button", { class: "main-button" }, strings.open)),
      el("p", { id: "key-hint", class: "place" }, strings.keyHint)));
}
