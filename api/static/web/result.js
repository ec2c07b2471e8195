/** An answer on the page: its question, what the documents say, how sure that is, and how to take it along. */

import { plainAnswer, renderAnswer } from "./answer.js";
import { copyButton } from "./copy.js";
import { el } from "./dom.js";

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./page-strings.js").PageStrings} PageStrings */
/** @typedef {{base: string, strings: PageStrings, key: string | null, say: (text: string) => void}} Options */

const HIGH = 0.8;
const FAIR = 0.6;

/**
 * Return an answer without its other passages, which stand beside it.
 *
 * @param {Answer} answer
 * @param {Options} options
 * @returns {HTMLElement}
 */
export function result(answer, options) {
  const { strings } = options;
  const cited = new Set(answer.citations.map((citation) => citation.passage_id));
  const own = { ...answer, passages: answer.passages.filter((passage) => cited.has(passage.id)) };
  return el("div", { class: "result" },
    renderAnswer(own, { ...options, collection: answer.collection }),
    el("div", { class: "result-foot" },
      confidence(answer, strings),
      answer.answerable && copyButton(strings.copyAnswer, () => plainAnswer(answer, options), options),
      copyButton(strings.copyLink, () => location.href, options)));
}

/**
 * @param {Answer} answer
 * @param {PageStrings} strings
 */
function confidence({ answerable, confidence: value }, strings) {
  const level = value >= HIGH ? "high" : value >= FAIR ? "fair" : "low";
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" }).format(value);
  return el("p", { class: "confidence", title: strings.confidenceMeans },
    `${answerable ? strings.confidence : strings.chance}: `, el("strong", {}, strings.levels[level]), ` · ${percent}`);
}
