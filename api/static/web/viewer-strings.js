/** Every word that the source viewer says, beside those of `strings.js`, in the same languages. */

import { stringsFor } from "./strings.js";

const en = {
  language: "en",
  skip: "Skip to the text",
  loading: "Loading…",
  documentPage: (/** @type {string} */ title) => `${title} · Pincite`,
  contents: "Contents",
  tags: "Tags",
  table: "Table",
  originalAt: (/** @type {string} */ host) => `Original at ${host}`,
  cited: "Cited passage",
  citationOf: (/** @type {number} */ number, /** @type {number} */ count) => `Citation ${number} of ${count}`,
  previousCitation: "Previous citation",
  nextCitation: "Next citation",
  copyLink: "Copy link",
  copySelection: "Copy link to selection",
  copied: "The link is copied.",
  notCopied: "The browser lets nothing be copied here; the address of this page is the link.",
  closeBar: "Take away the mark",
  moved: "The document has changed since it was cited. The passage is marked where it stands now.",
  stale: "The document has changed since it was cited, and no longer holds the passage.",
  nowhere: "The link names a place that this document does not have.",
  singleKeys: "The keys n and p step through the citations",
  keyNeeded: "This document takes a key",
  key: "Key",
  keyHint: "It is kept in this browser, for Pincite’s own pages alone, until you forget it here.",
  keyRefused: "That key does not open this document.",
  open: "Open",
  keyKept: "A key is kept in this browser.",
  forgetKey: "Forget it",
  retry: "Try again",
  offline: "Pincite cannot be reached",
  offlineDetail: "Perhaps this device is offline, or the service is not running.",
  damaged: "The index is damaged",
  damagedDetail: "Nothing is shown from it until whoever runs the service has indexed again or gone back to an earlier state.",
  noDocument: "There is no such document",
  noDocumentDetail: (/** @type {string} */ id) => `The collection holds no document “${id}”. It may have been deleted, or renamed.`,
  tooMany: "Too many requests",
  tooManyDetail: (/** @type {number | null} */ wait) => (wait ? `Try again in ${wait} seconds.` : "Try again in a minute."),
  failed: "The document cannot be shown",
  failedDetail: (/** @type {number} */ status) => `The service answered with status ${status}.`,
  requestId: (/** @type {string} */ request) => `Request ${request}`,
};

/** @typedef {typeof en} Own */
/** @typedef {import("./strings.js").Strings & Own} ViewerStrings */

/** @type {Own} */
const de = {
  language: "de",
  skip: "Zum Text",
  loading: "Wird geladen …",
  documentPage: (title) => `${title} · Pincite`,
  contents: "Inhalt",
  tags: "Schlagwörter",
  table: "Tabelle",
  originalAt: (host) => `Original bei ${host}`,
  cited: "Zitierte Stelle",
  citationOf: (number, count) => `Beleg ${number} von ${count}`,
  previousCitation: "Voriger Beleg",
  nextCitation: "Nächster Beleg",
  copyLink: "Link kopieren",
  copySelection: "Link zur Auswahl kopieren",
  copied: "Der Link ist kopiert.",
  notCopied: "Der Browser lässt hier nichts kopieren; die Adresse dieser Seite ist der Link.",
  closeBar: "Markierung entfernen",
  moved: "Das Dokument wurde geändert, seit es zitiert wurde. Die Stelle ist dort markiert, wo sie jetzt steht.",
  stale: "Das Dokument wurde geändert, seit es zitiert wurde, und enthält die Stelle nicht mehr.",
  nowhere: "Der Link nennt eine Stelle, die es in diesem Dokument nicht gibt.",
  singleKeys: "Die Tasten n und p führen durch die Belege",
  keyNeeded: "Dieses Dokument braucht einen Schlüssel",
  key: "Schlüssel",
  keyHint: "Er bleibt in diesem Browser, nur für Pincites eigene Seiten, bis Sie ihn hier vergessen lassen.",
  keyRefused: "Dieser Schlüssel öffnet das Dokument nicht.",
  open: "Öffnen",
  keyKept: "In diesem Browser liegt ein Schlüssel.",
  forgetKey: "Vergessen",
  retry: "Noch einmal versuchen",
  offline: "Pincite ist nicht erreichbar",
  offlineDetail: "Vielleicht ist dieses Gerät offline, oder der Dienst läuft nicht.",
  damaged: "Der Index ist beschädigt",
  damagedDetail: "Nichts wird daraus gezeigt, bis der Betreiber neu indexiert hat oder zu einem früheren Stand zurückgekehrt ist.",
  noDocument: "Dieses Dokument gibt es nicht",
  noDocumentDetail: (id) => `Die Sammlung enthält kein Dokument „${id}“. Vielleicht wurde es gelöscht oder umbenannt.`,
  tooMany: "Zu viele Anfragen",
  tooManyDetail: (wait) => (wait ? `Versuchen Sie es in ${wait} Sekunden noch einmal.` : "Versuchen Sie es in einer Minute noch einmal."),
  failed: "Das Dokument kann nicht gezeigt werden",
  failedDetail: (status) => `Der Dienst antwortete mit Status ${status}.`,
  requestId: (request) => `Anfrage ${request}`,
};

/** @type {Record<string, Own>} */
const LANGUAGES = { en, de };

/**
 * Return what the viewer says in a language; English where it is not known.
 *
 * @param {string} wanted  As `lang` has it, such as `de-AT`.
 * @returns {ViewerStrings}
 */
export function viewerStringsFor(wanted) {
  const own = LANGUAGES[wanted.toLowerCase().split("-")[0] ?? ""] ?? en;
  return { ...stringsFor(own.language), ...own };
}
