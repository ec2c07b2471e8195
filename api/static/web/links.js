/**
 * Addresses: of a document as Pincite shows it, with what is cited in it, and of the same place in the original.
 *
 * The viewer's address is `documents/{id}?collection=NAME#c=START-END`; `&with=` lists all citations of the same answer, in
 * order, each `START-END`, with `DOCUMENT:` in front where it lies in another document; `&key=` is a publishable key,
 * which is no secret. What stands behind the # is never sent to a server.
 */

import { safeUrl } from "./dom.js";

/** @typedef {import("./types.js").Citation} Citation */
/** @typedef {{document: string, start: number, end: number}} Cited */

/**
 * Return the address of a citation in the source viewer.
 *
 * @param {string} base  Where Pincite is, with a slash at its end.
 * @param {Cited} cited
 * @param {{collection?: string | null, all?: Cited[], key?: string | null}} [options]  `all` are the answer's citations.
 * @returns {string}
 */
export function viewerUrl(base, cited, { collection, all = [], key } = {}) {
  const path = cited.document.split("/").map(encodeURIComponent).join("/");
  const query = collection ? `?${new URLSearchParams({ collection })}` : "";
  const parts = [`c=${cited.start}-${cited.end}`];
  if (all.length > 1) {
    const places = all.map(({ document, start, end }) => {
      const other = document === cited.document ? "" : `${encodeURIComponent(document)}:`;
      return `${other}${start}-${end}`;
    });
    parts.push(`with=${places.join(",")}`);
  }
  if (isPublishable(key)) parts.push(`key=${encodeURIComponent(/** @type {string} */ (key))}`);
  return `${base}documents/${path}${query}#${parts.join("&")}`;
}

/**
 * Return the place of a citation.
 *
 * @param {Citation} citation
 * @returns {Cited}
 */
export function citedBy({ document_id: document, start, end }) {
  return { document, start, end };
}

/**
 * Read what stands behind the # of a viewer's address; what cannot be read is left out.
 *
 * @param {string} hash
 * @param {string} document  The id of the document that is shown.
 * @returns {{cited: Cited | null, all: Cited[], key: string | null}}
 */
export function readHash(hash, document) {
  const values = new Map();
  for (const part of hash.replace(/^#/, "").split(":~:")[0]?.split("&") ?? []) {
    const [name, ...rest] = part.split("=");
    values.set(name, rest.join("="));
  }
  const cited = readPlace(values.get("c") ?? "", document);
  const all = (values.get("with") ?? "").split(",").flatMap((/** @type {string} */ part) => readPlace(part, document) ?? []);
  return { cited, all: all.length || !cited ? all : [cited], key: decoded(values.get("key") ?? "") || null };
}

/**
 * @param {string} text
 * @param {string} document
 * @returns {Cited | null}
 */
function readPlace(text, document) {
  const found = /^(?:(.+):)?(\d{1,12})-(\d{1,12})$/.exec(text);
  if (!found) return null;
  const [start, end] = [Number(found[2]), Number(found[3])];
  const name = found[1] === undefined ? document : decoded(found[1]);
  return name && start < end ? { document: name, start, end } : null;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/**
 * Return the address of the original with a text fragment, which browsers scroll to and mark; null where there is none.
 *
 * @param {string | null} address
 * @param {string} quote
 * @returns {string | null}
 */
export function originalUrl(address, quote) {
  const url = safeUrl(address);
  if (!url) return null;
  const words = quote.trim().split(/\s+/);
  // Long texts are named by how they begin and end: the whole may be broken by markup that we do not know.
  const pieces = words.length > 12 ? [words.slice(0, 5), words.slice(-5)] : [words];
  const fragment = pieces.map((piece) => encodeURIComponent(piece.join(" ")).replaceAll("-", "%2D")).join(",");
  return `${url}${url.includes("#") ? "" : "#"}:~:text=${fragment}`;
}

/**
 * Tell whether a key may stand in a page.
 *
 * @param {string | null | undefined} key
 */
export function isPublishable(key) {
  return Boolean(key?.startsWith("pincite_pk_"));
}
