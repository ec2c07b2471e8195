/** What is shown where an answer should be, if there is none: what happened, and what to do next. */

import { el } from "./dom.js";

/** @typedef {import("./client.js").Problem} Problem */
/** @typedef {import("./page-strings.js").PageStrings} PageStrings */

/**
 * Return what to say of a problem.
 *
 * @param {Problem} problem
 * @param {PageStrings} strings
 * @returns {string}
 */
export function said(problem, strings) {
  if (problem.offline) return strings.offline;
  if (problem.status === 429) return strings.tooMany;
  if (problem.kind === "overloaded") return strings.overloaded;
  return problem.detail || strings.failed;
}

/**
 * Return what a problem looks like.
 *
 * @param {Problem} problem
 * @param {{strings: PageStrings, onRetry: () => void}} options
 * @returns {HTMLElement}
 */
export function fault(problem, { strings, onRetry }) {
  const known = problem.offline || problem.status === 429 || problem.kind === "overloaded";
  return el("div", { class: "fault" },
    el("p", { lang: known ? null : "en" }, said(problem, strings)),
    el("p", {}, retryButton(problem.wait ?? 0, strings, onRetry)),
    problem.requestId && !known && el("p", { class: "place" }, `${strings.requestId} ${problem.requestId}`));
}

/**
 * Return a button that counts down what is to be waited, and then can be pressed.
 *
 * @param {number} seconds
 * @param {PageStrings} strings
 * @param {() => void} onRetry
 */
function retryButton(seconds, strings, onRetry) {
  const button = el("button", { type: "button", class: "plain framed", click: onRetry });
  const until = performance.now() + seconds * 1_000;
  const show = () => {
    const left = Math.ceil((until - performance.now()) / 1_000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? strings.retryIn(left) : strings.retry;
    return left > 0;
  };
  if (show()) {
    const timer = setInterval(() => {
      if (!show() || !button.isConnected) clearInterval(timer);
    }, 250);
  }
  return button;
}

/**
 * Return how to begin, where there is nothing to ask.
 *
 * @param {string | null} collection
 * @param {PageStrings} strings
 */
export function nothingYet(collection, strings) {
  const command = `pincite index ${collection ? `--collection ${collection} ` : ""}PATH`;
  const heading = collection ? strings.nothingUnder(collection) : strings.nothingYet;
  return el("div", { class: "nothing" }, el("h2", {}, heading), el("p", {}, strings.nothingYetDo), el("pre", { dir: "ltr" }, command));
}

/**
 * Return what is shown of a question that was stopped.
 *
 * @param {PageStrings} strings
 * @param {() => void} onRetry
 */
export function stopped(strings, onRetry) {
  return el("div", { class: "fault" }, el("p", {}, strings.stopped), el("p", {}, retryButton(0, strings, onRetry)));
}
