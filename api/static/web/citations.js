/**
 * The citations that the address names: which one is shown, where it stands now, and the way to the others, in this
 * document and in others.
 */

import { Problem } from "./client.js";
import { readHash } from "./hash.js";
import { isPublishable, viewerUrl } from "./links.js";

/** @typedef {import("./library.js").Library} Library */
/** @typedef {import("./types.js").Document} Document */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {import("./types.js").Verification} Verification */

/**
 * @typedef {object} Shown  What the address asks to be shown.
 * @property {Place | null} place  Where it stands in the text; null where it does not.
 * @property {"" | "moved" | "stale" | "nowhere"} note  What is to be said of it.
 * @property {number} index  Which one of the answer's citations it is; -1 where it is none.
 * @property {number} count
 */

const MOST = 100; // references that the service takes at once

export class Citations {
  /**
   * @param {Library} client
   * @param {string} document  The id of the document that is shown.
   */
  constructor(client, document) {
    this.client = client;
    this.document = document;
    /** @type {Verification[]} */
    this.all = [];
    /** The references that `all` is about. */
    this.known = "";
    this.index = -1;
  }

  /** Ask what has become of those that the address names; where that is not heard, they are taken to stand as cited. */
  async verify() {
    const references = readHash(location.hash).references.slice(0, MOST);
    const wanted = references.join();
    if (!references.length || wanted === this.known) return;
    try {
      this.all = await this.client.verify(references);
      this.known = wanted;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.all = [];
    }
  }

  /**
   * Return what the address asks to be shown; null where it names no citation.
   *
   * @param {Document | null} source  Null where it could not be had.
   * @returns {Shown | null}
   */
  shown(source) {
    const { cited, unreadable } = readHash(location.hash);
    if (!cited && !unreadable) return null;
    this.index = this.all.findIndex((one) => {
      return one.document_id === this.document && one.cited_start === cited?.start && one.cited_end === cited.end;
    });
    const { state, start, end } = this.all[this.index] ?? { state: "valid", start: cited?.start, end: cited?.end };
    const inside = source && typeof start === "number" && typeof end === "number" && end <= source.characters;
    const gone = state === "stale" || state === "deleted" ? "stale" : "nowhere";
    return {
      place: inside ? { start, end } : null,
      note: inside ? (state === "moved" ? "moved" : "") : gone,
      index: this.index,
      count: this.index < 0 ? 0 : this.all.length,
    };
  }

  /**
   * Go to the citation that is so many away; behind the last comes the first.
   *
   * @param {number} step
   */
  go(step) {
    const next = this.all[(this.index + step + this.all.length) % this.all.length];
    if (next) location.assign(this.address(next));
  }

  /**
   * Return the viewer's address of a citation, with all the others, and with the rest of this page's address.
   *
   * @param {Verification} citation
   */
  address(citation) {
    const all = this.all.map((one) => ({ document: one.document_id, start: one.cited_start, end: one.cited_end, reference: one.reference }));
    const cited = /** @type {import("./links.js").Cited} */ (all[this.all.indexOf(citation)]);
    const key = isPublishable(this.client.key) ? this.client.key : null;
    const url = new URL(viewerUrl(this.client.base, cited, { all, key }));
    url.search = location.search;
    return url.href;
  }
}
