/**
 * Addresses: of a document as Pincite shows it, with what is cited in it, and of the same place in the original.
 *
 * The viewer's address is a contract, which docs/viewer.md states: `documents/{id}?collection=NAME#c=START-END`. Behind it
 * may stand `&with=`, the references of the citations of the same answer, in its order, by which the viewer sees what has
 * become of them since; and `&key=`, a publishable key, which is no secret. `#p-START` is a paragraph. What stands behind
 * the # is never sent to a server.
 */

import { safeUrl } from "./dom.js";

/** @typedef {import("./types.js").Citation} Citation */
/** @typedef {{document: string, start: number, end: number, reference?: string}} Cited */

/**
 * Return the address of a place in the source viewer.
 *
 * @param {string} base  Where Pincite is, with a slash at its end.
 * @param {Cited} cited
 * @param {{collection?: string | null, all?: Cited[], key?: string | null}} [options]  `all` are the answer's citations.
 * @returns {string}
 */
export function viewerUrl(base, cited, { collection, all = [cited], key } = {}) {
  const query = collection ? `?${new URLSearchParams({ collection })}` : "";
  const references = all.flatMap((one) => one.reference ?? []);
  const parts = [`c=${cited.start}-${cited.end}`];
  if (references.length) parts.push(`with=${references.join(",")}`);
  if (key && isPublishable(key)) parts.push(`key=${encodeURIComponent(key)}`);
  return `${base}documents/${pathOf(cited.document)}${query}#${parts.join("&")}`;
}

/**
 * Return the place of a citation.
 *
 * @param {Citation} citation
 * @returns {Cited}
 */
export function citedBy({ document_id: document, start, end, reference }) {
  return { document, start, end, reference };
}

/**
 * Return a document's id as part of an address. Slashes stay, and all else that an address has another use for is escaped;
 * so are slashes beside names of dots, which browsers would take for steps upwards.
 *
 * @param {string} id
 */
export function pathOf(id) {
  const parts = id.split("/").map(encodeURIComponent);
  return parts.join(parts.some((part) => /^\.\.?$/.test(part)) ? "%2F" : "/");
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
