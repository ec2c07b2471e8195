/** The box in which a question is typed. */

import { el, icon, ICONS } from "./dom.js";

/** @typedef {import("./chat-strings.js").ChatStrings} Strings */

/** As many code points as the service takes. */
const MOST = 2000;
/** Milliseconds after which one may stop; an answer is there sooner as a rule, and nothing flickers. */
const SLOW = 300;

export class Composer {
  /**
   * @param {Strings} strings
   * @param {{ask: (question: string) => void, stop: () => void}} does
   */
  constructor(strings, { ask, stop }) {
    this.strings = strings;
    this.asking = false;
    this.slow = 0;
    this.box = el("textarea", {
      id: "question", part: "input", rows: 1, dir: "auto", placeholder: strings.placeholder, enterkeyhint: "send",
      "aria-describedby": "limit", input: () => this.#fit(),
      keydown: (/** @type {KeyboardEvent} */ event) => {
        // Enter also takes a word that an input method offers; Safari ends the composing first, with this code.
        if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
        event.preventDefault();
        send();
      },
    });
    this.button = el("button", { type: "submit", class: "send", part: "send" });
    this.limit = el("p", { id: "limit", class: "limit" });
    const send = () => {
      const question = this.box.value.trim();
      if (!question || this.asking || [...question].length > MOST) return;
      this.value = "";
      ask(question);
    };
    this.element = el("form", {
      class: "ask", part: "form",
      submit: (/** @type {Event} */ event) => {
        event.preventDefault();
        if (this.button.classList.contains("stop")) stop();
        else send();
        this.box.focus();
      },
    }, el("label", { class: "unseen", for: "question" }, strings.question), this.box, this.button, this.limit);
    this.busy = false;
  }

  get value() {
    return this.box.value;
  }

  set value(text) {
    this.box.value = text;
    this.#fit();
  }

  /** @param {boolean} asking  Whether an answer is waited for. */
  set busy(asking) {
    clearTimeout(this.slow);
    this.asking = asking;
    this.#offer(false);
    if (asking) this.slow = setTimeout(() => this.#offer(true), SLOW);
  }

  /** @param {boolean} stop */
  #offer(stop) {
    this.button.classList.toggle("stop", stop);
    this.button.setAttribute("aria-label", stop ? this.strings.stop : this.strings.ask);
    this.button.replaceChildren(icon(stop ? ICONS.stop : ICONS.ask));
  }

  #fit() {
    const { box } = this;
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
    const length = [...box.value.trim()].length;
    const over = length > MOST;
    this.limit.textContent = length > MOST * 0.9 ? `${over ? `${this.strings.tooLong(MOST)} ` : ""}${length} / ${MOST}` : "";
    this.limit.classList.toggle("bad", over);
    box.setAttribute("aria-invalid", String(over));
  }
}
