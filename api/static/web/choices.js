/** What there is to choose from in a collection: its documents, their authors, their tags. */

/** @typedef {import("./library.js").Library} Library */
/** @typedef {import("./types.js").DocumentSummary} DocumentSummary */
/** @typedef {{value: string, label: string, count: number}} Choice */

/**
 * @typedef {object} Choices
 * @property {Choice[]} document_ids
 * @property {Choice[]} authors
 * @property {Choice[]} tags
 * @property {number} read  Documents of which these are.
 * @property {number} total  Documents that there are.
 */

const PAGE = "1000";
const MAX_PAGES = 5;

/**
 * List the documents, a page at a time, of very many the first ones, and gather what is known of them.
 *
 * @param {Library} client
 * @returns {Promise<Choices>}
 * @throws {import("./client.js").Problem} They cannot be listed.
 */
export async function gather(client) {
  /** @type {DocumentSummary[]} */
  const documents = [];
  /** @type {string | null} */
  let cursor = null;
  let total = 0;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await client.documents({ sort: "title", limit: PAGE, ...(cursor && { cursor }) });
    documents.push(...page.documents);
    total = page.total;
    cursor = page.next;
    if (!cursor) break;
  }
  return {
    document_ids: documents.map(asChoice),
    // As the service takes them: each of the names that commas separate.
    authors: counted(documents.flatMap(({ author }) => author?.split(",") ?? [])),
    tags: counted(documents.flatMap(({ tags }) => tags)),
    read: documents.length,
    total,
  };
}

/**
 * Find documents by their titles among all that there are.
 *
 * @param {Library} client
 * @param {string} title  What their titles hold.
 * @returns {Promise<Choice[]>}
 * @throws {import("./client.js").Problem} They cannot be listed.
 */
export async function findDocuments(client, title) {
  return (await client.documents({ sort: "title", limit: "50", title })).documents.map(asChoice);
}

/**
 * @param {DocumentSummary} document
 * @returns {Choice}
 */
function asChoice({ id, title }) {
  return { value: id, label: title || id, count: 1 };
}

/**
 * Count names, in whichever case, the most frequent first.
 *
 * @param {string[]} names
 * @returns {Choice[]}
 */
function counted(names) {
  /** @type {Map<string, Choice>} */
  const found = new Map();
  for (const name of names.map((one) => one.trim()).filter(Boolean)) {
    const choice = found.get(name.toLowerCase());
    if (choice) choice.count++;
    else found.set(name.toLowerCase(), { value: name, label: name, count: 1 });
  }
  return [...found.values()].sort((one, other) => other.count - one.count || one.label.localeCompare(other.label));
}
