/**
 * The element `<pincite-chat>`: a chat over one collection, in a shadow root, on any page. docs/widget.md is its
 * documentation: attributes, methods, events, parts and custom properties.
 */

import { ANSWER_STYLE } from "./answer-style.js";
import { chatStringsFor } from "./chat-strings.js";
import { CHAT_STYLE } from "./chat-style.js";
import { Conversation } from "./conversation.js";
import { isPublishable } from "./links.js";
import { sheet, theme } from "./theme.js";

/** @typedef {import("./types.js").Answer} Answer */

export const ATTRIBUTES = [
  "accent", "collection", "contact", "contact-label", "greeting", "host", "key", "lang", "position", "suggestions", "title",
];

export class PinciteChat extends HTMLElement {
  static observedAttributes = ATTRIBUTES;
  /** Where Pincite is, unless `host` says otherwise; with a slash at its end. */
  static base = "";

  #root = this.attachShadow({ mode: "open" });
  /** @type {Conversation | null} */
  #chat = null;
  /** @type {Element | null} Where the focus was when it was opened. */
  #from = null;
  #stale = false;
  #fit = () => this.#chat?.panel.fit();

  connectedCallback() {
    this.#root.adoptedStyleSheets = [sheet(theme(":host"), ANSWER_STYLE, CHAT_STYLE)];
    visualViewport?.addEventListener("resize", this.#fit);
    visualViewport?.addEventListener("scroll", this.#fit);
    this.#build();
  }

  disconnectedCallback() {
    visualViewport?.removeEventListener("resize", this.#fit);
    visualViewport?.removeEventListener("scroll", this.#fit);
    this.#chat?.stop();
  }

  /** Those that change together are taken together. */
  attributeChangedCallback() {
    if (!this.#chat || this.#stale) return;
    this.#stale = true;
    queueMicrotask(() => {
      this.#stale = false;
      if (this.isConnected) this.#build();
    });
  }

  /** Open it, and go to the box. */
  open() {
    if (!this.#chat) return;
    if (this.#chat.panel.dialog.hidden) {
      this.#from = this.#root.activeElement ?? document.activeElement;
      this.#chat.show(true);
      this.#emit("pincite-open");
    }
    this.#chat.composer.box.focus();
  }

  /** Close it, and go back to where the focus was. */
  close() {
    if (!this.#chat || this.#chat.options.inline || this.#chat.panel.dialog.hidden) return;
    const inside = this.#root.activeElement;
    this.#chat.show(false);
    const from = this.#from;
    const back = from instanceof HTMLElement && from.isConnected && from !== document.body ? from : this.#chat.panel.launcher;
    if (inside) back.focus();
    this.#emit("pincite-close");
  }

  toggle() {
    if (this.#chat?.panel.dialog.hidden) this.open();
    else this.close();
  }

  /**
   * Open it, and ask.
   *
   * @param {string} question
   * @returns {Promise<Answer | null>}  Null where no answer came; the event `pincite-error` tells why.
   */
  async ask(question) {
    this.open();
    return question.trim() ? this.#chat?.ask(question.trim()) ?? null : null;
  }

  /** Begin a new conversation. */
  clear() {
    this.#chat?.clear();
  }

  /** What was asked, and what was answered. */
  get thread() {
    return structuredClone(this.#chat?.thread.turns ?? []);
  }

  #build() {
    const before = this.#chat;
    const typed = before?.composer.value;
    const inside = this.#root.activeElement;
    before?.stop();
    const accent = this.getAttribute("accent");
    if (accent) this.style.setProperty("--pincite-accent", accent);
    const chat = new Conversation({ ...this.#options(), open: () => this.open(), close: () => this.close() }, this.#emit);
    this.#chat = chat;
    this.#root.replaceChildren(chat.panel.element);
    chat.show(chat.options.inline || (before ? !before.panel.dialog.hidden : chat.thread.open));
    if (typed) chat.composer.value = typed;
    if (inside) (chat.panel.dialog.hidden ? chat.panel.launcher : chat.composer.box).focus();
  }

  /** Read the attributes. */
  #options() {
    const read = (/** @type {string} */ name) => this.getAttribute(name);
    const strings = chatStringsFor(read("lang") ?? document.documentElement.lang);
    const host = read("host")?.replace(/\/*$/, "/");
    const known = !host || URL.canParse(host, document.baseURI);
    const key = read("key");
    let fault = known ? "" : `the attribute host is no address: ${host}`;
    if (key && !isPublishable(key)) {
      fault = "the key in this page is not a publishable one. A secret key can be read here by everybody: revoke it with "
        + `pincite keys revoke ID, and make another with: pincite keys create --publishable --origin ${location.origin} --name NAME`;
    }
    return {
      base: host && known ? new URL(host, document.baseURI).href : PinciteChat.base,
      collection: read("collection") || null,
      key,
      title: read("title") || strings.title,
      greeting: read("greeting") || strings.greeting,
      suggestions: read("suggestions")?.split(/[\n|]/).map((one) => one.trim()).filter(Boolean) ?? null,
      contact: read("contact"),
      contactLabel: read("contact-label") ?? "",
      inline: read("position") === "inline",
      strings,
      fault,
    };
  }

  #emit = (/** @type {string} */ name, /** @type {object} */ detail = {}) => {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  };
}
