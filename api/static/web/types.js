/**
 * The shapes of the API's responses, as docs/http.md has them. This module has types alone.
 *
 * @typedef {object} Place  A place in a document's text.
 * @property {number} start  In Unicode code points.
 * @property {number} end  After the last one.
 *
 * @typedef {object} Citation
 * @property {string} id
 * @property {string} reference
 * @property {string} document_id
 * @property {string} document_title
 * @property {string} document_sha256
 * @property {string | null} published
 * @property {string | null} url
 * @property {string[]} headings
 * @property {number | null} page
 * @property {string} passage_id
 * @property {number} start
 * @property {number} end
 * @property {string} cited_text
 * @property {number} answer_start
 * @property {number} answer_end
 *
 * @typedef {object} Match  A word that a passage shares with the question.
 * @property {string} term
 * @property {number} start
 * @property {number} end
 *
 * @typedef {object} Explanation
 * @property {Record<string, number>} signals
 * @property {Match[]} matches
 * @property {Place} best_span
 *
 * @typedef {object} Passage
 * @property {string} id
 * @property {number} rank
 * @property {string} document_id
 * @property {string} document_title
 * @property {string} text
 * @property {number} start
 * @property {number} end
 * @property {string[]} headings
 * @property {number | null} page
 * @property {Place[]} highlights
 * @property {number} score
 * @property {{dense: number, lexical: number}} scores
 * @property {{document_id: string, document_title: string, passage_id: string, start: number, end: number}[]} duplicates
 * @property {Explanation | null} explanation
 *
 * @typedef {object} Part  What the documents say to one part of a question.
 * @property {string} question
 * @property {boolean} answerable
 * @property {number} confidence
 * @property {string[]} citations
 *
 * @typedef {object} Answer
 * @property {string} question
 * @property {string} answer
 * @property {boolean} answerable
 * @property {number} confidence
 * @property {Part[]} parts
 * @property {string} collection
 * @property {string} generation
 * @property {Citation[]} citations
 * @property {Passage[]} passages
 * @property {Record<string, number>} timings_ms
 *
 * @typedef {object} DocumentSummary
 * @property {string} id
 * @property {string} title
 * @property {string | null} author
 * @property {string | null} published
 * @property {string | null} url
 * @property {string[]} tags
 * @property {string | null} source
 * @property {string} sha256
 * @property {number} characters
 * @property {number} passage_count
 *
 * @typedef {object} Heading
 * @property {number} level
 * @property {string} text
 * @property {number} start
 * @property {number} end
 *
 * @typedef {object} Region  A list, a table or code.
 * @property {number} start
 * @property {number} end
 * @property {"list" | "table" | "code"} kind
 *
 * @typedef {DocumentSummary & {collection: string, text: string, headings: Heading[], blocks: Region[], pages: number[],
 *   passages: {id: string, start: number, end: number}[]}} Document  `pages` is where each page begins.
 *
 * @typedef {object} Verification  What became of a citation; where it stands now is null where it stands no more.
 * @property {"valid" | "moved" | "stale" | "deleted"} state
 * @property {string} reference
 * @property {string} collection
 * @property {string} document_id
 * @property {number} cited_start
 * @property {number} cited_end
 * @property {number | null} start
 * @property {number | null} end
 * @property {string | null} cited_text
 *
 * @typedef {object} Filters
 * @property {string[]} [document_ids]
 * @property {string[]} [authors]
 * @property {string[]} [tags]
 * @property {string} [published_from]
 * @property {string} [published_to]
 *
 * @typedef {object} Vote
 * @property {string} id  The client's own; the same again takes the earlier one's place.
 * @property {string} question
 * @property {boolean} helpful
 * @property {string} [answer]
 * @property {string[]} [citations]  Their references.
 * @property {string} [generation]
 */

export {};
