/** What Pincite's own pages ask the service besides questions: the widget loads none of it. */

import { Client } from "./client.js";
import { pathOf } from "./links.js";

/** @typedef {import("./types.js").Document} Document */
/** @typedef {import("./types.js").DocumentSummary} DocumentSummary */
/** @typedef {import("./types.js").Verification} Verification */

/** A service, with its documents. */
export class Library extends Client {
  /** @returns {Promise<{collection: string, questions: string[]}>} Which collection is asked, and questions to begin with. */
  async beginning() {
    return this.get("v1/examples");
  }

  /**
   * @param {string} id
   * @returns {Promise<Document>}
   */
  async document(id) {
    return this.get(`v1/documents/${pathOf(id)}`);
  }

  /**
   * Tell what became of citations.
   *
   * @param {string[]} references
   * @returns {Promise<Verification[]>}
   */
  async verify(references) {
    const response = await this.send("v1/citations/verify", { method: "POST", body: { references } });
    return (await response.json()).verifications;
  }

  /**
   * @param {Record<string, string>} [query]
   * @returns {Promise<{documents: DocumentSummary[], total: number, next: string | null}>}
   */
  async documents(query = {}) {
    return this.get("v1/documents", query);
  }

  /** @returns {Promise<{collections: {name: string, state: string, documents: number, passages: number}[]}>} */
  async collections() {
    return (await this.send("v1/collections", {})).json();
  }
}
