/** The page at `/`: somebody asks, and sees the answer beside the passages that it comes from. */

import { addressOf, readAddress } from "./address.js";
import { ANSWER_STYLE } from "./answer-style.js";
import { AskBox } from "./ask-box.js";
import { Problem } from "./client.js";
import { append, el } from "./dom.js";
import { evidence } from "./evidence.js";
import { meanings, timings } from "./explain.js";
import { fault, nothingYet, said, stopped } from "./fault.js";
import { keepKey, storedKey } from "./key.js";
import { keyForm } from "./key-form.js";
import { Library } from "./library.js";
import { Options } from "./options.js";
import { pageStringsFor } from "./page-strings.js";
import { result } from "./result.js";
import { curlFold, tagFold } from "./snippets.js";
import { languages } from "./strings.js";
import { sheet, theme } from "./theme.js";

/** @typedef {import("./address.js").Asked} Asked */
/** @typedef {import("./dom.js").Child} Child */

const base = new URL(".", location.href.split(/[?#]/)[0]).href;
const wanted = new URLSearchParams(location.search).get("lang") ?? navigator.language;
const strings = pageStringsFor(wanted);
document.documentElement.lang = languages().find((one) => one === wanted.toLowerCase().split("-")[0]) ?? "en";
document.adoptedStyleSheets = [sheet(theme(":root"), ANSWER_STYLE)];

const client = new Library({ base, key: storedKey() });
let asked = readAddress(location.search);
/** What is being asked. @type {AbortController | null} */
let running = null;

const status = el("div", { role: "status", class: "unseen" });
const say = (/** @type {string} */ text) => {
  status.textContent = text;
};
const options = new Options({ client, strings, onChange: (chosen) => change(chosen) });
const box = new AskBox({
  strings, options,
  onAsk: (question) => change({ question }),
  onStop: () => running?.abort(),
  onCollection: (collection) => {
    change({ collection, filters: {} }); // the filters were those of other documents
    void begin();
  },
  onFilters: (filters) => change({ filters }),
});
const forget = el("button", { type: "button", class: "plain", click: () => useKey(null) }, strings.forgetKey);
const intro = el("div", { class: "intro" }, el("h1", {}, strings.heading), el("p", { class: "tagline" }, strings.tagline));
const examples = el("section", { class: "examples", "aria-labelledby": "examples-heading" });
const answering = el("section", { class: "answering", "aria-labelledby": "asked" });
const aside = el("div", { class: "beside" });
const foot = el("footer", { class: "foot" });
for (const part of [examples, answering, aside]) part.hidden = true;

document.body.append(
  el("header", { class: "top" },
    el("a", { class: "brand", href: base },
      el("img", { src: new URL("./icon.svg", import.meta.url).href, alt: "", width: 24, height: 24 }), "Pincite"),
    el("nav", {}, forget, el("a", { href: new URL("docs", base).href }, strings.docs))),
  el("main", {}, el("div", { class: "asking" }, intro, box.element, examples, answering), aside),
  foot, status);
addEventListener("popstate", () => {
  asked = readAddress(location.search);
  box.field.value = asked.question;
  if (client.collection === asked.collection) show();
  else void start();
});
void start();
if (!asked.question && hasKeyboard()) box.field.focus();

/** Show what the address says. */
async function start() {
  forget.hidden = !client.key;
  box.field.value ||= asked.question;
  box.show(asked);
  if (await begin()) show();
}

/**
 * Look which collections there are, and what may be asked to begin with.
 *
 * @returns {Promise<boolean>} Whether questions can be answered.
 */
async function begin() {
  client.collection = asked.collection;
  try {
    const names = await collections();
    box.offerCollections(names, client.collection);
    const { collection, questions } = await client.beginning().catch((error) => {
      const other = error.kind === "collection-not-found" && !client.collection && names[0];
      if (!other) throw error;
      asked = { ...asked, collection: other };
      client.collection = other;
      return client.beginning();
    });
    box.offerCollections(names, collection);
    foot.replaceChildren(tagFold(asked.collection && collection, { base, strings, key: client.key, say }));
    offerExamples(questions);
    return true;
  } catch (error) {
    refuse(error, start);
    return false;
  }
}

/** @returns {Promise<string[]>} The names of those that answer; none where one may not know. */
async function collections() {
  try {
    const listed = await client.collections();
    return listed.collections.filter(({ state }) => state === "ready").map(({ name }) => name);
  } catch (error) {
    if (error instanceof Problem && error.status === 403) return [];
    throw error;
  }
}

/** @param {string[]} questions */
function offerExamples(questions) {
  const items = questions.map((question) => el("li", {}, el("button", {
    type: "button", dir: "auto", click: () => {
      box.field.value = question;
      change({ question });
      box.field.focus();
    },
  }, question)));
  examples.replaceChildren(el("h2", { id: "examples-heading" }, strings.examples), el("ul", {}, ...items));
  examples.hidden = Boolean(asked.question) || items.length === 0;
}

/**
 * Take what has changed in the question or how it is asked; ask, if there is a question.
 *
 * @param {Partial<Asked>} changes
 */
function change(changes) {
  const began = Boolean(asked.question);
  asked = { ...asked, ...changes };
  const address = addressOf(asked, location.search);
  if (address !== location.search) {
    history[began || asked.question ? "pushState" : "replaceState"](null, "", `${location.pathname}${address}`);
  }
  show();
}

/** Show what was asked, and ask it. */
function show() {
  client.collection = asked.collection;
  box.show(asked);
  // Their ids say little: with the titles, they are shown again.
  if (asked.filters.document_ids || !options.element.hidden) void options.offer().then(() => box.show(asked));
  if (asked.question) void ask();
  else clear();
}

/** Go back to how the page begins. */
function clear() {
  running?.abort();
  document.title = "Pincite";
  document.body.classList.remove("asked");
  answering.hidden = aside.hidden = true;
  examples.hidden = !examples.querySelector("li");
}

/** Ask, and show what comes of it. */
async function ask() {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const now = asked;
  // What stands in the box need not be read twice.
  const heading = el("h2", { id: "asked", class: box.field.value.trim() === now.question && "unseen", dir: "auto" }, now.question);
  const put = (/** @type {Child[]} */ ...parts) => {
    answering.replaceChildren();
    append(answering, heading, ...parts);
  };
  document.title = `${now.question} · Pincite`;
  document.body.classList.add("asked");
  examples.hidden = true;
  // What is only asked in another way stays to be read until the new answer is there.
  if (aside.hidden || document.getElementById("asked")?.textContent !== now.question) put(el("p", { class: "looking" }, strings.looking));
  answering.hidden = false;
  answering.setAttribute("aria-busy", "true");
  box.setBusy(true);
  if (!hasKeyboard()) box.field.blur();
  try {
    const { k, explain, filters } = now;
    const answer = await client.ask(now.question, { k, explain, filters, signal: mine.signal });
    const view = { base, strings, key: client.key, say };
    put(result(answer, view), ...(explain ? [timings(answer, strings), meanings(answer.passages, strings)] : []), curlFold(now, view));
    const focused = document.activeElement?.id;
    aside.replaceChildren(evidence(answer, { ...view, explain, onExplain: (wanted) => change({ explain: wanted }) }));
    aside.hidden = false;
    if (focused === "explain-now") document.getElementById(focused)?.focus();
    say(answer.answerable ? `${strings.answered(answer.citations.length)} ${answer.answer}` : strings.noAnswer);
  } catch (error) {
    if (running !== mine || !asked.question) return; // something else is shown by now
    aside.hidden = true;
    if (mine.signal.aborted) put(stopped(strings, ask));
    else refuse(error, ask, put);
  } finally {
    if (running === mine) {
      running = null;
      answering.removeAttribute("aria-busy");
      box.setBusy(false);
    }
  }
}

/**
 * Show what went wrong: whether a key is missing, or documents are, or something else.
 *
 * @param {unknown} error
 * @param {() => void} onRetry
 * @param {(part: HTMLElement) => void} [put]  Where it is shown.
 */
function refuse(error, onRetry, put = (part) => answering.replaceChildren(part)) {
  if (!(error instanceof Problem)) throw error;
  aside.hidden = examples.hidden = true;
  answering.hidden = false;
  if (error.status === 401) {
    askForKey(client.key !== null);
  } else if (error.kind === "collection-not-found") {
    put(nothingYet(client.collection, strings));
    say(strings.nothingYet);
  } else {
    put(fault(error, { strings, onRetry }));
    say(said(error, strings));
  }
}

/** @param {boolean} wrong  Whether one was refused. */
function askForKey(wrong) {
  setKey(null);
  answering.replaceChildren(keyForm({ strings, wrong, onKey: useKey }));
  answering.querySelector("input")?.focus();
  say(wrong ? strings.keyWrong : strings.keyNeeded);
}

/**
 * Ask with another key from now on, or with none.
 *
 * @param {string | null} key
 */
function useKey(key) {
  if (key && !/^[\x21-\x7e]+$/.test(key)) return askForKey(true); // no header can carry it
  setKey(key);
  options.forget();
  answering.replaceChildren();
  box.field.focus();
  void start();
}

/** @param {string | null} key */
function setKey(key) {
  client.key = key;
  keepKey(key);
  forget.hidden = !key;
}

/** Whether there is a real keyboard: where there is none, a focus would bring up one that hides the half of the page. */
function hasKeyboard() {
  return matchMedia("(hover: hover) and (pointer: fine)").matches;
}
