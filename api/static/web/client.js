/** Asking the service: requests, answers as they come, and what may go wrong. */

import { eventsOf } from "./events.js";

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").Citation} Citation */
/** @typedef {import("./types.js").Filters} Filters */
/** @typedef {import("./types.js").Passage} Passage */
/** @typedef {import("./types.js").Vote} Vote */

/** What the service said instead of an answer, or that nothing was heard of it. */
export class Problem extends Error {
  /**
   * @param {{status?: number, kind?: string, detail?: string, request_id?: string, wait?: number | null}} fields
   */
  constructor({ status = 0, kind = "", detail = "", request_id = "", wait = null }) {
    super(detail);
    this.name = "Problem";
    /** Of the response; 0 where there was none. */
    this.status = status;
    /** The last part of the problem's `type`: docs/errors.md lists them. */
    this.kind = kind;
    this.detail = detail;
    this.requestId = request_id;
    /** Seconds after which it may be tried again, where the service said so. */
    this.wait = wait;
  }

  /** Whether nothing was heard of the service. */
  get offline() {
    return this.status === 0;
  }
}

/** A service, as one page asks it. */
export class Client {
  /**
   * @param {{base: string, key?: string | null, collection?: string | null}} options  `base` is where Pincite is, with a
   *   slash at its end.
   */
  constructor({ base, key = null, collection = null }) {
    this.base = base;
    this.key = key;
    this.collection = collection;
  }

  /**
   * Ask, and tell what comes as it comes.
   *
   * @param {string} question
   * @param {{k?: number, explain?: boolean, filters?: Filters | null, signal?: AbortSignal,
   *   onPassages?: (passages: Passage[]) => void, onCitation?: (citation: Citation) => void,
   *   onText?: (delta: string) => void}} [options]
   * @returns {Promise<Answer>}
   * @throws {Problem} It was not answered.
   */
  async ask(question, { k, explain, filters, signal, onPassages, onCitation, onText } = {}) {
    const body = { question, collection: this.collection ?? undefined, k, explain, filters: filters ?? undefined };
    const response = await this.send("v1/ask", { method: "POST", body, signal, accept: "text/event-stream" });
    if (!response.headers.get("Content-Type")?.startsWith("text/event-stream") || !response.body) {
      return response.json();
    }
    try {
      for await (const { name, data } of eventsOf(response.body)) {
        const value = JSON.parse(data);
        if (name === "search_results") onPassages?.(value.passages);
        else if (name === "citation") onCitation?.(value);
        else if (name === "message") onText?.(value.delta);
        else if (name === "final_answer") return value;
        else if (name === "error") throw problemOf(value, null);
      }
    } catch (error) {
      throw error instanceof Problem || signal?.aborted ? error : new Problem({});
    }
    throw new Problem({}); // cut off
  }

  /**
   * Tell whether an answer helped.
   *
   * @param {Vote} vote
   */
  async vote(vote) {
    await this.send("v1/feedback", { method: "POST", body: { ...vote, collection: this.collection ?? undefined } });
  }

  /** @returns {Promise<string[]>} Questions to begin with. */
  async examples() {
    return (await this.get("v1/examples")).questions;
  }

  /**
   * Get what is of the collection.
   *
   * @param {string} path
   * @param {Record<string, string>} [query]
   * @returns {Promise<any>}
   */
  async get(path, query = {}) {
    const values = new URLSearchParams(this.collection ? { ...query, collection: this.collection } : query).toString();
    return (await this.send(values ? `${path}?${values}` : path, {})).json();
  }

  /**
   * @param {string} path
   * @param {{method?: string, body?: object, signal?: AbortSignal | undefined, accept?: string}} options
   * @returns {Promise<Response>}
   */
  async send(path, { method = "GET", body, signal, accept = "application/json" }) {
    /** @type {Record<string, string>} */
    const headers = { Accept: accept };
    if (body) headers["Content-Type"] = "application/json";
    if (this.key) headers["X-API-Key"] = this.key;
    let response;
    try {
      response = await fetch(new URL(path, this.base), {
        method, headers, signal: signal ?? null, body: body ? JSON.stringify(body) : null, credentials: "omit",
        referrerPolicy: "no-referrer",
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Problem({}); // the browser does not tell pages why
    }
    if (response.ok) return response;
    const wait = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
    const problem = await response.json().catch(() => ({})); // a proxy's page, perhaps
    throw problemOf({ status: response.status, ...problem }, Number.isNaN(wait) ? null : wait);
  }
}

/**
 * @param {{status?: number, type?: string, detail?: string, request_id?: string}} body
 * @param {number | null} wait
 */
function problemOf(body, wait) {
  return new Problem({ ...body, kind: body.type?.split(":").at(-1) ?? "", wait });
}
