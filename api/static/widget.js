/**
 * The chat widget: `<script type="module" src="https://HOST/widget.js" data-title="…"></script>` puts one on a page, and
 * without any data-* only makes `<pincite-chat>` known, for whoever places it by hand.
 */

// All modules by name, so that the browser asks for them at once and not one behind the other.
import "./web/answer-style.js";
import "./web/answer.js";
import { ATTRIBUTES, PinciteChat } from "./web/chat.js";
import "./web/chat-strings.js";
import "./web/chat-style.js";
import "./web/client.js";
import "./web/composer.js";
import "./web/conversation.js";
import "./web/dom.js";
import "./web/events.js";
import "./web/excerpt.js";
import "./web/links.js";
import "./web/marks.js";
import "./web/offsets.js";
import "./web/panel.js";
import "./web/strings.js";
import "./web/theme.js";
import "./web/thread.js";
import "./web/turn.js";

// A page may load this twice, under two addresses.
if (!customElements.get("pincite-chat")) {
  PinciteChat.base = new URL(".", import.meta.url).href;
  customElements.define("pincite-chat", PinciteChat);
  // A module does not know its tag: `document.currentScript` is null.
  const tag = [...document.scripts].find((script) => script.src === import.meta.url);
  const given = ATTRIBUTES.filter((name) => tag?.hasAttribute(`data-${name}`));
  if (tag && given.length) {
    const chat = document.createElement("pincite-chat");
    for (const name of given) chat.setAttribute(name, tag.getAttribute(`data-${name}`) ?? "");
    if (tag.dataset["position"] === "inline" && document.body?.contains(tag)) tag.after(chat);
    else if (document.body) document.body.append(chat);
    else addEventListener("DOMContentLoaded", () => document.body.append(chat)); // it was loaded with async
  }
}
