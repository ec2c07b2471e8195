/** Text with some of its places marked. */

import { el } from "./dom.js";
import { Text } from "./offsets.js";

/** @typedef {import("./types.js").Place} Place */

/**
 * Return places in order, inside a stretch, with those that touch or overlap made one.
 *
 * @param {Place[]} places
 * @param {number} start
 * @param {number} end
 * @returns {Place[]}
 */
export function merged(places, start, end) {
  /** @type {Place[]} */
  const found = [];
  const inside = places
    .map((place) => ({ start: Math.max(place.start, start), end: Math.min(place.end, end) }))
    .filter((place) => place.start < place.end)
    .sort((one, other) => one.start - other.start);
  for (const place of inside) {
    const last = found.at(-1);
    if (last && place.start <= last.end) last.end = Math.max(last.end, place.end);
    else found.push(place);
  }
  return found;
}

/**
 * Return a text in which places are marked.
 *
 * @param {string} text
 * @param {Place[]} places  In code points of the document.
 * @param {number} [start]  Where in the document the text begins.
 * @returns {DocumentFragment}
 */
export function marked(text, places, start = 0) {
  const counted = new Text(text);
  const fragment = document.createDocumentFragment();
  let done = 0;
  for (const place of merged(places, start, start + counted.length)) {
    fragment.append(counted.slice(done, place.start - start));
    fragment.append(el("mark", {}, counted.slice(place.start - start, place.end - start)));
    done = place.end - start;
  }
  fragment.append(counted.slice(done, counted.length));
  return fragment;
}
