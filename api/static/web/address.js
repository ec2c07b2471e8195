/**
 * What the page was asked, and how, as it stands in its address: the parameters are those of `GET /v1/ask`. So an answer
 * can be linked to, and back and forward work.
 */

/** @typedef {import("./types.js").Filters} Filters */
/** @typedef {"document_ids" | "authors" | "tags"} ListName */
/** @typedef {"published_from" | "published_to"} DayName */

/**
 * @typedef {object} Asked
 * @property {string} question  Empty where nothing is asked yet.
 * @property {string | null} collection  Null stands for the service's own default.
 * @property {number} k  How many passages are listed.
 * @property {boolean} explain
 * @property {Filters} filters  Holds no empty list.
 */

export const DEFAULT_K = 5;
export const MAX_K = 100;

/** What a collection may be called. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
/** Fields of filters that hold several values, and their parameters. @type {[ListName, string][]} */
export const LISTS = [["document_ids", "document_id"], ["authors", "author"], ["tags", "tag"]];
/** @type {DayName[]} */
export const DAYS = ["published_from", "published_to"];

/**
 * Read an address; what cannot be used in it is left out.
 *
 * @param {string} search  What stands behind the question mark.
 * @returns {Asked}
 */
export function readAddress(search) {
  const query = new URLSearchParams(search);
  const k = Number(query.get("k"));
  return {
    question: (query.get("q") ?? "").trim(),
    collection: NAME.exec(query.get("collection") ?? "")?.[0] ?? null,
    k: Number.isInteger(k) && k >= 1 && k <= MAX_K ? k : DEFAULT_K,
    explain: ["1", "true"].includes(query.get("explain") ?? ""),
    filters: cleaned({
      ...Object.fromEntries(LISTS.map(([field, name]) => [field, query.getAll(name)])),
      ...Object.fromEntries(DAYS.map((name) => [name, query.get(name) ?? ""])),
    }),
  };
}

/**
 * Return the address, from the question mark on, at which something is asked.
 *
 * @param {Asked} asked
 * @param {string} [search]  The present one: the language that it names stays.
 * @returns {string}
 */
export function addressOf(asked, search = "") {
  const query = new URLSearchParams();
  const language = new URLSearchParams(search).get("lang");
  if (asked.question) query.set("q", asked.question);
  if (asked.collection) query.set("collection", asked.collection);
  if (asked.k !== DEFAULT_K) query.set("k", String(asked.k));
  if (asked.explain) query.set("explain", "1");
  for (const [field, name] of LISTS) for (const value of asked.filters[field] ?? []) query.append(name, value);
  for (const name of DAYS) if (asked.filters[name]) query.set(name, asked.filters[name]);
  if (language) query.set("lang", language);
  return `?${query}`;
}

/**
 * Return filters without what restricts nothing, or is no day.
 *
 * @param {Filters} filters
 * @returns {Filters}
 */
export function cleaned(filters) {
  /** @type {Filters} */
  const kept = {};
  for (const [field] of LISTS) {
    const values = [...new Set(filters[field] ?? [])].filter((value) => value.trim());
    if (values.length) kept[field] = values;
  }
  for (const name of DAYS) {
    const day = filters[name] ?? "";
    if (/^\d{4}-\d{2}-\d{2}$/.test(day)) kept[name] = day;
  }
  return kept;
}

/**
 * Return each value that restricts what is searched.
 *
 * @param {Filters} filters
 * @returns {{field: ListName | DayName, value: string}[]}
 */
export function restrictions(filters) {
  return [
    ...LISTS.flatMap(([field]) => (filters[field] ?? []).map((value) => ({ field, value }))),
    ...DAYS.flatMap((field) => filters[field] ? [{ field, value: filters[field] }] : []),
  ];
}

/**
 * Return filters without one of their values.
 *
 * @param {Filters} filters
 * @param {{field: ListName | DayName, value: string}} one
 * @returns {Filters}
 */
export function without(filters, { field, value }) {
  if (field === "published_from" || field === "published_to") return cleaned({ ...filters, [field]: "" });
  return cleaned({ ...filters, [field]: (filters[field] ?? []).filter((other) => other !== value) });
}
