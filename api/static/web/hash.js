/** Reading what stands behind the # of the viewer's address, which `links.js` writes. */

/**
 * @typedef {object} Place
 * @property {{start: number, end: number} | null} cited
 * @property {boolean} unreadable  Whether a place is named that is none.
 * @property {number | null} paragraph  Where the paragraph begins that is named instead.
 * @property {string[]} references
 * @property {string | null} key
 */

/**
 * Read what stands behind the # of a viewer's address.
 *
 * @param {string} hash
 * @returns {Place}
 */
export function readHash(hash) {
  const values = new Map();
  for (const part of hash.replace(/^#/, "").split(":~:")[0]?.split("&") ?? []) {
    const [name, ...rest] = part.split("=");
    values.set(name, decoded(rest.join("=")));
  }
  const [, start, end] = /^(\d{1,12})-(\d{1,12})$/.exec(values.get("c") ?? "") ?? [];
  const cited = start && end && Number(start) < Number(end) ? { start: Number(start), end: Number(end) } : null;
  const paragraph = /^#?p-(\d{1,12})(&|$)/.exec(hash)?.[1];
  return {
    cited,
    unreadable: values.has("c") && !cited,
    paragraph: paragraph ? Number(paragraph) : null,
    references: (values.get("with") ?? "").split(",").filter(Boolean),
    key: values.get("key") || null,
  };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
