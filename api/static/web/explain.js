/** Why the passages stand where they do, and where the time went. */

import { bars } from "./bars.js";
import { el } from "./dom.js";
import { merged } from "./marks.js";
import { Text } from "./offsets.js";

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Passage} Passage */
/** @typedef {import("./page-strings.js").PageStrings} PageStrings */

/**
 * Return a passage's text with its sentence nearest to the question shaded and the question's words underlined.
 *
 * @param {Passage} passage
 * @returns {DocumentFragment}
 */
export function explainedText(passage) {
  const text = new Text(passage.text);
  const fragment = document.createDocumentFragment();
  if (!passage.explanation) {
    fragment.append(passage.text);
    return fragment;
  }
  const [start, end] = [passage.start, passage.start + text.length];
  const best = merged([passage.explanation.best_span], start, end);
  const words = merged(passage.explanation.matches, start, end);
  const cuts = new Set([start, end, ...[...best, ...words].flatMap((place) => [place.start, place.end])]);
  const places = [...cuts].sort((one, other) => one - other);
  /** @type {Node} */
  let into = fragment;
  places.slice(0, -1).forEach((from, index) => {
    const shaded = best.some((place) => place.start <= from && from < place.end);
    if (!shaded) into = fragment;
    else if (into === fragment) into = fragment.appendChild(el("mark"));
    const piece = text.slice(from - start, /** @type {number} */ (places[index + 1]) - start);
    const word = words.some((place) => place.start <= from && from < place.end);
    into.appendChild(word ? el("u", { class: "word" }, piece) : document.createTextNode(piece));
  });
  return fragment;
}

/**
 * Return what a passage's score was made of.
 *
 * @param {Passage} passage
 * @param {PageStrings} strings
 * @returns {HTMLElement | null}
 */
export function signals(passage, strings) {
  if (!passage.explanation) return null;
  const found = Object.entries(passage.explanation.signals);
  if (!found.length) return el("p", { class: "place" }, strings.tooFarDown);
  const named = /** @type {Record<string, string>} */ (strings.signals);
  return bars(strings.score, [strings.signal, strings.value], [
    { label: strings.score, shown: number(passage.score, 2), length: passage.score, whole: true },
    ...found.map(([name, value]) => ({ label: named[name] ?? name, shown: number(value, 2), length: value })),
  ]);
}

/**
 * Return where the time went, each stage beginning where the one before ended.
 *
 * @param {Answer} answer
 * @param {PageStrings} strings
 * @returns {HTMLElement}
 */
export function timings(answer, strings) {
  const spent = Object.entries(answer.timings_ms);
  const total = spent.reduce((sum, [, value]) => sum + value, 0);
  const named = /** @type {Record<string, string>} */ (strings.stages);
  let done = 0;
  const rows = spent.map(([name, value]) => {
    const row = { label: named[name] ?? name, shown: inMs(value, strings), from: done / (total || 1), length: value / (total || 1) };
    done += value;
    return row;
  });
  return el("details", { class: "fold", open: true },
    el("summary", {}, strings.time, el("span", { class: "aside" }, inMs(total, strings))),
    bars(strings.time, [strings.stage, strings.time], rows));
}

/**
 * Return what the signals of these passages mean.
 *
 * @param {Passage[]} passages
 * @param {PageStrings} strings
 * @returns {HTMLElement | null}
 */
export function meanings(passages, strings) {
  const names = new Set(passages.flatMap((passage) => Object.keys(passage.explanation?.signals ?? {})));
  const named = /** @type {Record<string, string>} */ (strings.signals);
  const meant = /** @type {Record<string, string>} */ (strings.meanings);
  const known = [...names].filter((name) => meant[name]);
  if (!known.length) return null;
  return el("details", { class: "fold" }, el("summary", {}, strings.signalsMean),
    el("dl", { class: "meanings" }, ...known.flatMap((name) => [el("dt", {}, named[name]), el("dd", {}, meant[name])])));
}

/**
 * @param {number} value
 * @param {PageStrings} strings
 */
function inMs(value, strings) {
  return strings.milliseconds(number(value, value < 10 ? 1 : 0));
}

/**
 * Return a number as the page's language writes it.
 *
 * @param {number} value
 * @param {number} digits  After the point.
 */
function number(value, digits) {
  const exactly = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString(document.documentElement.lang, exactly);
}
