/** A conversation: kept in the browser's tab, so that it is still there after a change of page. */

/** @typedef {import("./types.js").Answer} Answer */

/**
 * @typedef {object} Turn  A question, and what came of it.
 * @property {string} id  Made up at random.
 * @property {string} question
 * @property {Answer | null} answer  Null as long as there is none.
 * @property {boolean | null} helpful  What somebody said of the answer.
 */

const MOST_TURNS = 30;
const MOST_CHARACTERS = 400_000;

/** The conversation with one collection. */
export class Thread {
  /** @param {string} name  Tells it from others of the same tab. */
  constructor(name) {
    this.name = `pincite-chat-1 ${name}`;
    /** @type {Turn[]} */
    this.turns = [];
    this.open = false;
    try {
      const { open, turns } = JSON.parse(sessionStorage.getItem(this.name) ?? "");
      this.turns = turns.filter((/** @type {Turn} */ turn) => typeof turn.question === "string");
      this.open = Boolean(open);
    } catch {
      // there is none, or it cannot be read
    }
  }

  /**
   * @param {string} question
   * @returns {Turn}
   */
  add(question) {
    // randomUUID is missing from pages without TLS.
    const id = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
    const turn = { id, question, answer: null, helpful: null };
    this.turns.push(turn);
    this.save();
    return turn;
  }

  clear() {
    this.turns = [];
    this.save();
  }

  /** Keep what there is room for, the latest first. */
  save() {
    let kept = this.turns.slice(-MOST_TURNS);
    for (;;) {
      const text = JSON.stringify({ open: this.open, turns: kept });
      try {
        if (text.length > MOST_CHARACTERS) throw new RangeError();
        sessionStorage.setItem(this.name, text);
        return;
      } catch {
        if (!kept.length) return; // the browser lets nothing be kept
        kept = kept.slice(1);
      }
    }
  }
}
