/** The passages nearest to a question, beside its answer: which of them are cited, and why each stands where it does. */

import { leave, place } from "./answer.js";
import { el } from "./dom.js";
import { excerpt } from "./excerpt.js";
import { explainedText, signals } from "./explain.js";
import { viewerUrl } from "./links.js";
import { marked } from "./marks.js";

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Passage} Passage */
/** @typedef {import("./page-strings.js").PageStrings} PageStrings */

/**
 * @typedef {object} Options
 * @property {string} base  Where Pincite is, with a slash at its end.
 * @property {PageStrings} strings
 * @property {string | null} key
 * @property {boolean} explain
 * @property {(explain: boolean) => void} onExplain  Somebody wants it explained, or no longer.
 */

/**
 * Return the passages of an answer.
 *
 * @param {Answer} answer
 * @param {Options} options
 * @returns {HTMLElement}
 */
export function evidence(answer, options) {
  const { strings, explain } = options;
  const toggle = el("button", {
    type: "button", class: "plain framed", id: "explain-now", "aria-pressed": String(explain), click: () => options.onExplain(!explain),
  }, strings.explain);
  return el("section", { class: "evidence", "aria-labelledby": "evidence-heading" },
    el("div", { class: "evidence-head" },
      el("h2", { id: "evidence-heading" }, answer.answerable ? strings.passages : strings.nearest), toggle),
    explain && answer.passages.length > 0 && el("p", { class: "place" }, strings.legend),
    answer.passages.length > 0
      ? el("ol", { class: "found" }, ...answer.passages.map((passage) => item(passage, answer, options)))
      : el("p", { class: "place" }, strings.noPassages));
}

/**
 * @param {Passage} passage
 * @param {Answer} answer
 * @param {Options} options
 */
function item(passage, answer, { base, strings, key, explain }) {
  const source = viewerUrl(base, { document: passage.document_id, start: passage.start, end: passage.end }, {
    collection: answer.collection, key,
  });
  const numbers = answer.citations.flatMap((citation, index) => citation.passage_id === passage.id ? [index + 1] : []);
  const text = el("p", { class: "passage-text", dir: "auto" });
  text.append(explain ? explainedText(passage) : excerpt(passage));
  return el("li", { class: "found-passage" },
    el("p", { class: "card-title", dir: "auto" }, passage.document_title),
    el("div", { class: "found-place" },
      ...numbers.map((number) => el("span", { class: "badge" }, strings.cited(number))), place(passage, strings)),
    text, explain && signals(passage, strings),
    el("p", { class: "card-links" }, leave(source, strings.openSource, strings),
      text.textContent !== passage.text && unfold(text, passage, strings)));
}

/**
 * Return a button that shows the whole of a passage, and its part again.
 *
 * @param {HTMLElement} text
 * @param {Passage} passage
 * @param {PageStrings} strings
 */
function unfold(text, passage, strings) {
  const button = el("button", {
    type: "button", class: "link", "aria-expanded": "false", click: () => {
      const whole = button.getAttribute("aria-expanded") === "false";
      text.replaceChildren(whole ? marked(passage.text, passage.highlights, passage.start) : excerpt(passage));
      button.setAttribute("aria-expanded", String(whole));
    },
  }, strings.wholePassage);
  return button;
}
