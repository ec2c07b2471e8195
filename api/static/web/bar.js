/** The bar at the foot of the window: which citation is shown, the way to the others, and links to it. */

import { append, el, icon, ICONS } from "./dom.js";

/** @typedef {import("./citations.js").Shown} Shown */
/** @typedef {import("./viewer-strings.js").ViewerStrings} Strings */

const KEYS = "pincite-single-keys";

export class Bar {
  /**
   * @param {Strings} strings
   * @param {{step: (by: number) => void, back: () => void, copy: () => Promise<boolean>, close: () => void}} actions
   */
  constructor(strings, actions) {
    this.strings = strings;
    this.actions = actions;
    /** @type {Shown | null} */
    this.shown = null;
    this.selection = false;
    this.status = el("p", { role: "status", class: "status" });
    this.count = el("span", { class: "count" });
    const step = (/** @type {number} */ by, /** @type {string} */ label, /** @type {string} */ key, /** @type {string} */ path) => {
      return el("button", {
        type: "button", class: "step", "aria-label": label, "aria-keyshortcuts": key, title: `${label} (${key})`, click: () => actions.step(by),
      }, icon(path));
    };
    this.steps = el("div", { class: "steps" },
      step(-1, strings.previousCitation, "p", "M15 5l-7 7 7 7"), this.count, step(1, strings.nextCitation, "n", "M9 5l7 7-7 7"));
    this.back = el("button", { type: "button", class: "text-button", click: actions.back }, strings.cited);
    this.copyLabel = el("span", {}, strings.copyLink);
    this.copy = el("button", { type: "button", class: "text-button", click: () => this.#copied() }, icon(ICONS.copy), this.copyLabel);
    this.original = el("span", { class: "original" });
    this.element = el("section", { class: "bar", "aria-label": strings.cited, hidden: true },
      this.status,
      el("div", { class: "row" }, this.steps, this.back, this.copy, this.original),
      el("button", { type: "button", class: "step close", "aria-label": strings.closeBar, click: actions.close }, icon(ICONS.close)));
    addEventListener("keydown", (event) => this.#pressed(event));
  }

  /**
   * Tell what is shown.
   *
   * @param {Shown | null} shown
   * @param {Node | null} original  A link to the same place in the original.
   */
  show(shown, original) {
    const { strings } = this;
    this.shown = shown;
    const several = shown !== null && shown.count > 1;
    this.steps.hidden = !several;
    this.back.hidden = several || !shown?.place;
    this.offer(this.selection);
    if (!shown) {
      this.original.replaceChildren();
      this.say("");
      return;
    }
    this.count.textContent = several ? strings.citationOf(shown.index + 1, shown.count) : "";
    this.original.replaceChildren();
    append(this.original, original);
    const notes = { "": "", moved: strings.moved, stale: strings.stale, nowhere: strings.nowhere };
    this.say(notes[shown.note], several ? strings.citationOf(shown.index + 1, shown.count) : "");
  }

  /**
   * Say something; who sees the bar does not need all of it.
   *
   * @param {string} text
   * @param {string} [unseen]
   */
  say(text, unseen = "") {
    this.status.replaceChildren(el("span", { class: "unseen" }, unseen ? `${unseen}. ` : ""), text);
    this.status.classList.toggle("unseen", !text);
  }

  /**
   * Tell what copying would copy; for a selection alone the bar comes, too.
   *
   * @param {boolean} selection  Whether somebody has selected a part of the text.
   */
  offer(selection) {
    if (selection && !this.selection && !this.shown) this.say("");
    this.selection = selection;
    this.element.hidden = !this.shown && !selection;
    this.copy.hidden = !this.shown?.place && !selection;
    this.copyLabel.textContent = selection ? this.strings.copySelection : this.strings.copyLink;
  }

  /** Return the switch for the keys: single letters must be possible to turn off (WCAG 2.1.4). */
  keySwitch() {
    const box = el("input", { type: "checkbox", checked: singleKeys(), change: () => keepSingleKeys(box.checked) });
    return el("label", { class: "keys" }, box, " ", this.strings.singleKeys);
  }

  async #copied() {
    this.say((await this.actions.copy()) ? this.strings.copied : this.strings.notCopied);
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const typing = event.target instanceof Element && event.target.closest("input:not([type=checkbox]), textarea, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || this.element.hidden || this.steps.hidden || !singleKeys()) return;
    if (event.key === "n") this.actions.step(1);
    else if (event.key === "p") this.actions.step(-1);
  }
}

function singleKeys() {
  try {
    return localStorage.getItem(KEYS) !== "off";
  } catch {
    return true;
  }
}

/** @param {boolean} on */
function keepSingleKeys(on) {
  try {
    if (on) localStorage.removeItem(KEYS);
    else localStorage.setItem(KEYS, "off");
  } catch {
    // the browser lets nothing be kept
  }
}
