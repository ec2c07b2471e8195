/** A document's canonical text as the blocks that it is made of: headings, paragraphs, lists, tables and code. */

/** @typedef {import("./types.js").Document} Document */
/** @typedef {import("./offsets.js").Text} Text */

/**
 * @typedef {object} Block
 * @property {number} start  In code points of the document, as everything here.
 * @property {number} end
 * @property {"heading" | "paragraph" | "list" | "table" | "code"} kind
 * @property {number} level  Of a heading as of HTML's, 1 for the title; 0 for what is no heading.
 */

/** @typedef {import("./types.js").Heading & {depth: number}} Section  `depth` is how many it stands under, and itself. */

/**
 * Return the blocks of a document, in order.
 *
 * @param {Document} source
 * @param {Text} text  Its text.
 * @returns {Block[]}
 */
export function blocksOf(source, text) {
  const levels = new Map(sectionsOf(source).map(({ start, depth }) => [start, Math.min(depth + 1, 6)]));
  if (beginsWithTitle(source)) levels.set(0, 1);
  const kinds = new Map((source.blocks ?? []).map(({ start, kind }) => [start, kind]));
  /** @type {Block[]} */
  const blocks = [];
  for (let begin = 0, end = 0; begin < text.text.length; begin = end + 2) {
    end = text.text.indexOf("\n\n", begin);
    if (end < 0) end = text.text.length;
    const start = text.point(begin);
    const level = levels.get(start) ?? 0;
    blocks.push({ start, end: text.point(end), level, kind: level ? "heading" : kinds.get(start) ?? "paragraph" });
  }
  return blocks;
}

/**
 * Tell whether a text begins with its title, which need not be said twice.
 *
 * @param {Document} source
 */
export function beginsWithTitle({ headings, title }) {
  return headings[0]?.start === 0 && headings[0].text === title;
}

/**
 * Return the headings below the title, each with how deep it stands: one more than the one that it stands under, whatever
 * levels they state.
 *
 * @param {Document} source
 * @returns {Section[]}
 */
export function sectionsOf(source) {
  /** @type {number[]} */
  const above = [];
  return source.headings.slice(beginsWithTitle(source) ? 1 : 0).map((heading) => {
    while (above.length && /** @type {number} */ (above.at(-1)) >= heading.level) above.pop();
    above.push(heading.level);
    return { ...heading, depth: above.length };
  });
}

/**
 * Return how many of some ascending numbers are at most a limit.
 *
 * @template T
 * @param {T[]} values
 * @param {number} limit
 * @param {(value: T) => number} key
 */
export function countUpTo(values, limit, key) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(/** @type {T} */ (values[middle])) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
