/** A question in the thread, and below it what came of it: an answer with what can be done with it, or what went wrong. */

import { plainAnswer, renderAnswer } from "./answer.js";
import { el, icon, ICONS } from "./dom.js";

/** @typedef {import("./client.js").Problem} Problem */
/** @typedef {import("./thread.js").Turn} Turn */

/**
 * @typedef {object} Does  What a turn needs of the chat that it is in.
 * @property {import("./answer.js").Options & {strings: import("./chat-strings.js").ChatStrings}} options
 * @property {(text: string) => void} say  To who does not see it.
 * @property {() => void} again  Ask the question once more.
 * @property {(helpful: boolean) => Promise<unknown>} vote
 */

export class TurnView {
  /**
   * @param {Turn} turn
   * @param {Does} does
   */
  constructor(turn, does) {
    this.turn = turn;
    this.does = does;
    this.reply = el("div", { class: "reply", part: "reply" });
    this.element = el("article", { class: "turn", part: "turn" },
      el("h3", { class: "question", part: "question", dir: "auto" }, turn.question), this.reply);
  }

  /** @returns {(delta: string) => void}  Shows a part of the answer as it comes. */
  wait() {
    const text = el("p", { class: "text" });
    this.reply.replaceChildren(el("p", { class: "waiting" }, this.does.options.strings.waiting), text);
    return (delta) => text.append(delta);
  }

  /** Show what came; what had not yet when the page was left, can be asked for again. */
  show() {
    const { answer } = this.turn;
    if (answer) this.reply.replaceChildren(renderAnswer(answer, this.does.options), this.#actions(answer));
    else this.stopped();
  }

  stopped() {
    const { strings } = this.does.options;
    this.#show(strings.stopped, this.#button(strings.askAgain, this.does.again));
  }

  /** @param {Problem} problem */
  problem({ offline, status, wait, detail, requestId }) {
    const { strings } = this.does.options;
    const retry = this.#button(strings.retry, this.does.again);
    if (offline && !navigator.onLine) this.#show(strings.offline, retry, this.#whenOnline());
    else if (offline) this.#show(strings.unreachable, retry);
    else if (status === 422) this.#show(detail);
    else if (status === 429 || wait) this.#countDown(wait ?? 0, retry);
    else if (status >= 400 && status < 500 && status !== 408) this.#show(strings.refused);
    else this.#show(`${strings.failed} (${requestId || status})`, retry);
  }

  #whenOnline() {
    const { again, options } = this.does;
    const button = this.#button(options.strings.whenOnline, () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") === "false"));
      look();
    });
    button.setAttribute("aria-pressed", "false");
    const look = () => {
      if (!button.isConnected) removeEventListener("online", look);
      else if (navigator.onLine && button.getAttribute("aria-pressed") === "true") again();
    };
    addEventListener("online", look);
    return button;
  }

  /**
   * @param {number} seconds
   * @param {HTMLButtonElement} retry
   */
  #countDown(seconds, retry) {
    const { strings } = this.does.options;
    const end = Date.now() + seconds * 1000;
    const text = this.#show(seconds ? strings.busyFor(seconds) : strings.busy, retry);
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      retry.disabled = left > 0;
      text.textContent = left > 0 ? strings.busyFor(left) : strings.busy;
      if (left <= 0 || !retry.isConnected) clearInterval(timer);
    };
    const timer = setInterval(tick, 1000);
    tick();
  }

  /**
   * @param {string} text
   * @param {...HTMLElement} buttons
   */
  #show(text, ...buttons) {
    const said = el("p", { class: "problem", part: "problem" }, text);
    this.reply.replaceChildren(said, el("p", { class: "actions" }, ...buttons));
    return said;
  }

  /**
   * @param {string} label
   * @param {() => void} click
   */
  #button(label, click) {
    return el("button", { type: "button", class: "plain", part: "button", click }, label);
  }

  /** @param {import("./types.js").Answer} answer */
  #actions(answer) {
    const { options, say, vote } = this.does;
    const { strings } = options;
    const said = el("span", { class: "said" });
    const tell = (/** @type {string} */ text) => {
      said.textContent = text;
      say(text);
    };
    const copy = async () => tell((await copied(plainAnswer(answer, options), said)) ? strings.copied : strings.notCopied);
    const votes = [true, false].map((helpful) => {
      const label = helpful ? strings.helpful : strings.unhelpful;
      return action(label, helpful ? ICONS.up : ICONS.down, async () => {
        const before = this.turn.helpful;
        this.turn.helpful = helpful;
        press();
        try {
          await vote(helpful);
          tell(strings.thanks);
        } catch {
          this.turn.helpful = before;
          press();
          tell(strings.notSent);
        }
      });
    });
    const press = () => votes.forEach((button, index) => button.setAttribute("aria-pressed", String(this.turn.helpful === !index)));
    press();
    return el("p", { class: "actions" }, action(strings.copy, ICONS.copy, copy), ...votes, said);
  }
}

/**
 * @param {string} label
 * @param {string} path
 * @param {() => void} click
 */
function action(label, path, click) {
  return el("button", { type: "button", class: "quiet", part: "action", title: label, "aria-label": label, click }, icon(path));
}

/**
 * Put a text on the clipboard, and tell whether that was let.
 *
 * @param {string} text
 * @param {HTMLElement} near
 */
async function copied(text, near) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages without TLS have no clipboard, and frames need leave; the older way may do.
    const from = /** @type {ShadowRoot} */ (near.getRootNode()).activeElement;
    const box = el("textarea", { class: "unseen" });
    box.value = text;
    near.after(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    if (from instanceof HTMLElement) from.focus();
    return done;
  }
}
