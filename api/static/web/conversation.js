/** A chat as it runs: what is typed is asked, what comes is shown, kept, told to the page, and said to who does not see it. */

import { Client, Problem } from "./client.js";
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { Panel } from "./panel.js";
import { Thread } from "./thread.js";
import { TurnView } from "./turn.js";

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./thread.js").Turn} Turn */

/**
 * @typedef {object} Options
 * @property {string} base  Where Pincite is, with a slash at its end.
 * @property {string | null} collection
 * @property {string | null} key
 * @property {string} title
 * @property {string} greeting
 * @property {string[] | null} suggestions  Null: the service's own.
 * @property {string | null} contact
 * @property {string} contactLabel
 * @property {boolean} inline  It stands in the page, and is always open.
 * @property {import("./chat-strings.js").ChatStrings} strings
 * @property {string} fault  Why it cannot work, for whoever runs the page; empty if it can.
 * @property {() => void} open
 * @property {() => void} close
 */

export class Conversation {
  #votes = Promise.resolve();
  /** @type {AbortController | null} */
  #asking = null;
  /** @type {TurnView | null} The one to be seen. */
  #last = null;

  /**
   * @param {Options} options
   * @param {(name: string, detail?: object) => void} emit  Tells the page what happens.
   */
  constructor(options, emit) {
    this.options = options;
    this.emit = emit;
    this.client = new Client(options);
    this.thread = new Thread(`${options.base} ${options.collection ?? ""}`);
    this.composer = new Composer(options.strings, { ask: (question) => this.ask(question), stop: () => this.stop() });
    this.panel = new Panel({ ...options, foot: this.composer.element, clear: () => this.clear() });
    this.suggestions = options.suggestions;
    if (options.fault) console.error(`Pincite: ${options.fault}`);
    this.#fill();
  }

  /**
   * @param {boolean} open
   */
  show(open) {
    this.panel.show(open);
    this.thread.open = open;
    this.thread.save();
    if (!open) return;
    this.#scroll();
    if (!this.suggestions && !this.thread.turns.length && !this.options.fault) this.#suggest();
  }

  /**
   * Ask, and show what comes of it.
   *
   * @param {string} question
   * @param {Turn} [turn]  It was asked before.
   * @returns {Promise<Answer | null>}  Null where no answer came.
   */
  async ask(question, turn) {
    if (this.options.fault) return null;
    this.stop();
    if (!this.thread.turns.length) this.panel.log.replaceChildren();
    const asked = turn ?? this.thread.add(question);
    const view = this.#view(asked);
    const asking = new AbortController();
    this.#asking = asking;
    this.composer.busy = true;
    const onText = view.wait();
    this.#scroll();
    this.emit("pincite-ask", { question });
    try {
      asked.answer = await this.client.ask(question, { signal: asking.signal, onText });
      this.thread.save();
      view.show();
      this.#scroll();
      this.panel.say(this.#spoken(asked.answer));
      this.emit("pincite-answer", { question, answer: asked.answer });
    } catch (error) {
      if (asking.signal.aborted) view.stopped();
      else if (error instanceof Problem) this.#fail(view, question, error);
      else throw error;
    } finally {
      if (this.#asking === asking) this.composer.busy = false;
    }
    return asked.answer;
  }

  /** Wait no longer for an answer. */
  stop() {
    this.#asking?.abort();
  }

  /** Begin anew. */
  clear() {
    this.stop();
    this.thread.clear();
    this.#fill();
    this.show(!this.panel.dialog.hidden);
    this.composer.box.focus();
  }

  #fill() {
    const { fault, greeting, strings } = this.options;
    this.#last = null;
    this.panel.log.replaceChildren(fault ? el("p", { class: "problem", part: "problem" }, strings.refused)
      : el("p", { class: "greeting", part: "greeting", dir: "auto" }, greeting));
    this.panel.again.hidden = !this.thread.turns.length;
    if (this.suggestions) this.#offer(this.suggestions);
    try {
      if (this.thread.turns.length) this.panel.log.replaceChildren();
      for (const turn of this.thread.turns) this.#view(turn).show();
    } catch {
      this.clear(); // what was kept is of another version
    }
  }

  /** @param {Turn} turn */
  #view(turn) {
    const { options } = this;
    const view = new TurnView(turn, {
      options: { ...options, onCitation: (citation) => this.emit("pincite-citation", { question: turn.question, citation }) },
      say: (text) => this.panel.say(text),
      again: () => {
        view.element.remove();
        this.ask(turn.question, turn);
        this.composer.box.focus();
      },
      vote: (helpful) => this.#vote(turn, helpful),
    });
    this.panel.log.append(view.element);
    this.panel.again.hidden = false;
    this.#last = view;
    return view;
  }

  /**
   * @param {TurnView} view
   * @param {string} question
   * @param {Problem} problem
   */
  #fail(view, question, problem) {
    view.problem(problem);
    this.panel.say(view.reply.firstChild?.textContent ?? "");
    this.#scroll();
    const { origin } = location;
    if (problem.offline && navigator.onLine) {
      console.error(`Pincite: nothing was heard of ${this.client.base}. If it runs, see that the key is one for ${origin}, and that this page's policy has it in connect-src.`);
    } else if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) {
      console.error(`Pincite: ${problem.detail} (request ${problem.requestId}). A key for this page is made by: pincite keys create --publishable --origin ${origin} --name NAME`);
    }
    const { status, kind, detail, requestId, wait } = problem;
    this.emit("pincite-error", { question, status, kind, detail, requestId, wait });
  }

  /**
   * @param {Turn} turn
   * @param {boolean} helpful
   */
  #vote(turn, helpful) {
    const { id, question, answer } = turn;
    const vote = { id, question, helpful, ...answer && {
      answer: answer.answer, generation: answer.generation, citations: answer.citations.map((one) => one.reference).slice(0, 20),
    } };
    // One after the other: the last one counts.
    const sent = this.#votes.then(() => this.client.vote(vote));
    this.#votes = sent.catch(() => {}); // who voted is told
    return sent.then(() => {
      this.thread.save();
      this.emit("pincite-vote", { question, answer, helpful });
    });
  }

  async #suggest() {
    this.suggestions = await this.client.examples().catch(() => []); // it works without
    if (!this.thread.turns.length) this.#offer(this.suggestions);
  }

  /** @param {string[]} questions */
  #offer(questions) {
    const items = questions.map((question) => el("li", {},
      el("button", { type: "button", class: "plain", part: "suggestion", dir: "auto", click: () => {
        this.ask(question);
        this.composer.box.focus();
      } }, question)));
    if (items.length) this.panel.log.append(el("ul", { class: "suggestions" }, ...items));
  }

  /** Show the last question at the top, with what came of it below. */
  #scroll() {
    if (this.#last) this.panel.log.scrollTop = this.#last.element.offsetTop - 16;
  }

  /** @param {Answer} answer */
  #spoken({ answer, answerable, citations }) {
    const { strings } = this.options;
    return answerable ? `${strings.answered(citations.length)} ${answer}` : strings.noAnswer;
  }
}
