/** The source viewer, `documents/{id}`: a document set for reading, with what is cited marked in it. */

import { Bar } from "./bar.js";
import { leave } from "./answer.js";
import { Citations } from "./citations.js";
import { Problem } from "./client.js";
import { contents } from "./contents.js";
import { copied } from "./copy.js";
import { el } from "./dom.js";
import { heading, footer } from "./frame.js";
import { keepKey, storedKey } from "./key.js";
import { readHash } from "./hash.js";
import { Library } from "./library.js";
import { isPublishable, originalUrl, viewerUrl } from "./links.js";
import { failure, keyForm } from "./notices.js";
import { Reading } from "./reading.js";
import { sheet, theme } from "./theme.js";
import { viewerStringsFor } from "./viewer-strings.js";

const base = new URL("../../", import.meta.url).href; // a version lies between, see api/pages.py
const query = new URLSearchParams(location.search);
const strings = viewerStringsFor(query.get("lang") ?? navigator.language);
const id = idIn(location.pathname.slice(new URL("documents/", base).pathname.length));
const given = readHash(location.hash).key;
const client = new Library({ base, collection: query.get("collection"), key: isPublishable(given) ? given : storedKey() });
const citations = new Citations(client, id);
const main = el("main", { id: "main" });
const bar = new Bar(strings, { step: (by) => citations.go(by), back: () => toMark(), copy, close });
/** @type {Reading | null} */
let reading = null;
/** @type {HTMLElement | null} */
let mark = null;

document.adoptedStyleSheets = [sheet(theme(":root"))];
document.documentElement.lang = strings.language;
document.title = strings.documentPage(id);
const skip = (/** @type {Event} */ event) => {
  event.preventDefault();
  main.querySelector("h1")?.focus();
};
document.body.prepend(
  el("a", { class: "skip", href: "#main", click: skip }, strings.skip),
  el("header", { class: "top" }, el("a", { href: base, class: "brand" },
    el("img", { src: new URL("./icon.svg", import.meta.url).href, alt: "", width: 24, height: 24 }), "Pincite")),
  main,
  bar.element,
);
addEventListener("hashchange", () => moved());
document.addEventListener("selectionchange", () => bar.offer(selected() !== null));
void open();

/** Ask for the document, and show it or say why not. */
async function open() {
  main.setAttribute("aria-busy", "true");
  main.replaceChildren(el("p", { class: "notice loading", role: "status" }, strings.loading));
  const verified = citations.verify();
  try {
    const source = await client.document(id);
    await verified;
    if (client.key && !isPublishable(client.key)) keepKey(client.key);
    await show(source);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    await verified;
    refuse(error);
  } finally {
    main.removeAttribute("aria-busy");
  }
}

/** @param {import("./types.js").Document} source */
async function show(source) {
  document.title = strings.documentPage(source.title);
  reading = new Reading(source, strings);
  const side = contents(reading, strings);
  const article = el("article", { class: source.pages?.length ? "document paged" : "document", lang: "" }, heading(reading, strings), reading.element);
  const forget = storedKey() ? forgetKey : null;
  main.replaceChildren(...(side ? [side] : []), article, footer({ strings, forget, keys: citations.all.length > 1 && bar.keySwitch() }));
  main.classList.toggle("with-contents", side !== null);
  await reading.build();
  await moved();
}

/** @param {Problem} problem */
function refuse(problem) {
  if (problem.status === 401 || problem.status === 403) {
    const use = async (/** @type {string} */ key) => {
      client.key = key;
      await open();
      if (!mark) main.querySelector("h1")?.focus();
    };
    main.replaceChildren(keyForm({ strings, refused: Boolean(client.key), use }));
    main.querySelector("input")?.focus();
    bar.show(null, null);
    return;
  }
  const retry = async () => {
    await open();
    if (!mark) main.querySelector("h1")?.focus(); // the button has gone
  };
  main.replaceChildren(failure(problem, { id, strings, retry }));
  const shown = citations.shown(null);
  // The answer's other citations may stand in documents that are there.
  bar.show(shown && shown.count > 1 ? { ...shown, note: "" } : null, null);
}

/** Show what the address names. */
async function moved() {
  if (!reading) return;
  const { paragraph } = readHash(location.hash);
  if (paragraph !== null) {
    reading.blockAt(paragraph)?.element.scrollIntoView();
    return; // what is cited stays marked
  }
  await citations.verify();
  const shown = citations.shown(reading.source);
  mark = reading.mark(shown?.place ? [shown.place] : []);
  const quote = shown?.place ? reading.text.slice(shown.place.start, shown.place.end) : "";
  const outside = quote && originalUrl(reading.source.url, quote);
  bar.show(shown, outside ? leave(outside, strings.original, strings) : null);
  toMark();
}

/** Bring what is marked to the middle of the window, and the focus to it. */
function toMark() {
  if (!mark) return;
  const fits = mark.getBoundingClientRect().height < innerHeight * 0.6;
  mark.scrollIntoView({ block: fits ? "center" : "start" });
  mark.focus({ preventScroll: true });
}

/** Return the place that somebody has selected. */
function selected() {
  const selection = getSelection();
  return reading && selection?.rangeCount && !selection.isCollapsed ? reading.placeOf(selection.getRangeAt(0)) : null;
}

/** Copy the address of what is selected, or else of what is cited; tell whether it could be. */
async function copy() {
  const place = selected();
  if (!place) return copied(location.href);
  const url = new URL(viewerUrl(base, { document: id, ...place }));
  url.search = location.search;
  const done = await copied(url.href);
  if (!done) history.replaceState(null, "", url); // where it can be copied by hand
  return done;
}

/** Take away mark, selection and bar. */
function close() {
  getSelection()?.removeAllRanges();
  history.replaceState(null, "", location.pathname + location.search);
  void moved();
  main.querySelector("h1")?.focus({ preventScroll: true });
}

function forgetKey() {
  keepKey(null);
  client.key = null;
  reading = null;
  bar.show(null, null);
  void open();
}

/** @param {string} path */
function idIn(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
