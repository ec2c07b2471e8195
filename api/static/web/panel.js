/** What the chat is shown in: the button that opens it, and the dialog with its head, the thread, and the box to type in. */

import { el, icon, ICONS } from "./dom.js";

/** @typedef {import("./chat-strings.js").ChatStrings} Strings */

export class Panel {
  /**
   * @param {{title: string, inline: boolean, strings: Strings, foot: HTMLElement, open: () => void,
   *   close: () => void, clear: () => void}} parts  `inline`: it stands in the page, and is always open.
   */
  constructor({ title, inline, strings, foot, open, close, clear }) {
    this.launcher = el("button", {
      type: "button", class: "launcher", part: "launcher", "aria-label": strings.open, "aria-expanded": "false", click: open,
    }, icon(ICONS.chat));
    this.again = this.#button(strings.again, ICONS.new, clear);
    this.log = el("div", { class: "log", part: "log", role: "group", "aria-label": strings.conversation, tabindex: 0 });
    this.status = el("p", { class: "unseen", role: "status" });
    this.dialog = el("div", {
      class: "panel", part: "panel", role: inline ? null : "dialog", "aria-labelledby": inline ? null : "title", hidden: !inline,
      keydown: (/** @type {KeyboardEvent} */ event) => {
        if (inline || event.isComposing) return;
        if (event.key === "Escape") close();
        if (event.key === "Tab") this.#keep(event);
      },
    },
      el("div", { class: "head", part: "header" },
        el("h2", { id: "title", part: "title", dir: "auto" }, title), this.again, !inline && this.#button(strings.close, ICONS.close, close)),
      this.log, foot, this.status);
    // An empty title, since that of the element would else be shown as a tip over all of it.
    this.element = el("section", { class: "chat", lang: strings.language, title: "", "aria-label": title }, !inline && this.launcher, this.dialog);
  }

  /** @param {boolean} open */
  show(open) {
    this.dialog.hidden = !open;
    this.launcher.hidden = open;
    this.launcher.setAttribute("aria-expanded", String(open));
    this.fit();
  }

  /** Leave to the panel what a phone's keyboard leaves to be seen: no length of CSS knows of it everywhere. */
  fit() {
    if (!visualViewport || visualViewport.scale !== 1) return;
    this.dialog.style.setProperty("--seen", `${visualViewport.height}px`);
    this.dialog.style.setProperty("--above", `${visualViewport.offsetTop}px`);
  }

  /**
   * Say something to who does not see it, once.
   *
   * @param {string} text
   */
  say(text) {
    this.status.textContent = text;
  }

  /** @param {KeyboardEvent} event */
  #keep(event) {
    const stops = [...this.dialog.querySelectorAll("a[href], button, textarea, summary, [tabindex]")].filter((stop) => {
      return stop.checkVisibility() && !(/** @type {HTMLButtonElement} */ (stop).disabled);
    });
    const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    if (/** @type {ShadowRoot} */ (this.dialog.getRootNode()).activeElement !== from) return;
    event.preventDefault();
    /** @type {HTMLElement} */ (to).focus();
  }

  /**
   * @param {string} label
   * @param {string} path
   * @param {() => void} click
   */
  #button(label, path, click) {
    return el("button", { type: "button", class: "quiet", part: "action", title: label, "aria-label": label, click }, icon(path));
  }
}
