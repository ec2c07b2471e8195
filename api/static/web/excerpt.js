/** The part of a passage that is worth a look: what is marked, and the words around it. */

import { marked } from "./marks.js";
import { Text } from "./offsets.js";

/** @typedef {import("./types.js").Passage} Passage */

const AROUND = 140;
/** So much more than the part has to be there before anything is left out. */
const WORTHWHILE = 120;

/**
 * Return a passage's text around what is marked in it, from word to word.
 *
 * @param {Passage} passage
 * @returns {DocumentFragment}
 */
export function excerpt({ text, start, highlights }) {
  const counted = new Text(text);
  const first = Math.min(...highlights.map((place) => place.start), start + counted.length) - start;
  const last = Math.max(...highlights.map((place) => place.end), start) - start;
  const from = wordStart(counted, first - AROUND);
  const to = wordEnd(counted, last + AROUND);
  if (first >= last || to - from > counted.length - WORTHWHILE) return marked(text, highlights, start);
  const fragment = document.createDocumentFragment();
  if (from > 0) fragment.append("… ");
  fragment.append(marked(counted.slice(from, to), highlights, start + from));
  if (to < counted.length) fragment.append(" …");
  return fragment;
}

/**
 * @param {Text} text
 * @param {number} point
 */
function wordStart(text, point) {
  if (point <= 0) return 0;
  const near = text.slice(point, point + AROUND);
  const space = near.search(/\s/);
  return space < 0 ? point : point + new Text(near.slice(0, space + 1)).length;
}

/**
 * @param {Text} text
 * @param {number} point
 */
function wordEnd(text, point) {
  if (point >= text.length) return text.length;
  const near = text.slice(point - AROUND, point);
  const space = near.search(/\s\S*$/);
  return space < 0 ? point : point - AROUND + new Text(near.slice(0, space)).length;
}
