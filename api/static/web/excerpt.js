/** The part of a passage that is worth a look: what is highlighted in it, and some words around that. */

import { marked } from "./marks.js";
import { Text } from "./offsets.js";

/** @typedef {import("./types.js").Passage} Passage */

/** Code points on each side of what is highlighted. */
const AROUND = 140;
/** As many more there have to be before any is left out. */
const WORTHWHILE = 120;

/**
 * Return a passage's text around what is highlighted in it, from word to word.
 *
 * @param {Passage} passage
 * @returns {DocumentFragment}
 */
export function excerpt({ text, start, highlights }) {
  const whole = new Text(text);
  const first = Math.min(...highlights.map((place) => place.start - start), whole.length);
  const last = Math.max(...highlights.map((place) => place.end - start), 0);
  const before = /\s(.*)$/s.exec(whole.slice(first - AROUND, first))?.[1] ?? "";
  const after = /^(.*)\s/s.exec(whole.slice(last, last + AROUND))?.[1] ?? "";
  const from = first > AROUND ? first - new Text(before).length : 0;
  const to = last + AROUND < whole.length ? last + new Text(after).length : whole.length;
  if (first > last || whole.length - (to - from) < WORTHWHILE) return marked(text, highlights, start);
  const fragment = marked(whole.slice(from, to), highlights, start + from);
  if (from > 0) fragment.prepend("… ");
  if (to < whole.length) fragment.append(" …");
  return fragment;
}
