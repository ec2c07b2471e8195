"""What a page's tree loses before it is read: what nobody sees, what is about the site, what only leads elsewhere."""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from index.formats.html.elements import HEADINGS, attribute, has, words

_UNREAD = frozenset(
    "script style template noscript head nav iframe object embed applet canvas svg audio video img picture map input"
    " select textarea datalist option button rp rt annotation annotation-xml title".split()
)
_UNREAD_ROLES = frozenset("navigation banner contentinfo search dialog alertdialog menu menubar toolbar".split())
_CONSENT = re.compile(
    r"\b(?:cookie|consent|gdpr)[-_]?(?:banner|bar|box|consent|dialog|info|law|message|modal|notice|overlay|popup)"
    r"|\bonetrust-|\bCybotCookiebot|\bcc-window\b",
    re.IGNORECASE,
)
_MACHINERY = re.compile(
    r"(?:^|\s)(?:mw-editsection|linenos|linenodiv|lineno|gutter|headerlink|sr-only-focusable)(?:\s|$)"
)
_ADMONITION = re.compile(r"note|tip|info|warning|caution|danger|important|admonition|callout", re.IGNORECASE)
_INVISIBLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_FORM_MAX_CHARACTERS = 3000

_IN_BRACKETS = re.compile(r"\[[^\]]*\]")
_EXPONENT = re.compile(r"[-+\u2212]?\d+")
_NOTE_NUMBERS = re.compile(r"\d{1,2}(?:\s?[,\u2013-]\s?\d{1,2})*")
_ENDS_IN_WORD = re.compile(r"(?<!\w)([^\W\d_]{3,})(?:['\u2019][^\W\d_]{1,2})?[.,;:!?\"'\u2019\u201d]*$")
_WORD_MAX = 40
# Shorter ones, such as km, are no words here anyway.
_TAKES_EXPONENT = frozenset(
    "sin cos tan cot sec csc sinh cosh tanh log exp mol inch inches foot feet yard yards mile miles meter meters metre"
    " metres".split()
)


def prune(root: HtmlElement) -> None:
    """Cut off what is not to be read, and put the rest as ``reader`` and the extractor understand it."""
    for element in list(root.iter(etree.Element)):
        if element.getparent() is None:
            continue
        if _is_unread(element):
            element.drop_tree()
            continue
        _say_plainly(element)
        for name in ("hidden", "aria-hidden"):  # whatever they were, it is to be read
            element.attrib.pop(name, None)


def _is_unread(element: HtmlElement) -> bool:
    if element.tag in ("html", "body", "main", "article"):
        return False
    if element.tag == "button":  # of an accordion: its words are the heading
        return not any(parent.tag in {*HEADINGS, "summary", "dt"} for parent in islice(element.iterancestors(), 3))
    machinery = element.tag in _UNREAD or _MACHINERY.search(attribute(element, "class"))
    return bool(machinery) or _is_hidden(element) or _is_reference(element) or _is_about_site(element)


def _is_hidden(element: HtmlElement) -> bool:
    if element.get("hidden", "until-found") != "until-found" or _INVISIBLE.search(attribute(element, "style")):
        return True
    # While a dialog is open, scripts hide the page behind it in this way; it may have been saved so.
    return element.get("aria-hidden") == "true" and not has(element, "main", "article", "h1")


def _is_reference(element: HtmlElement) -> bool:
    """Tell whether it only leads elsewhere: to a note, to itself, to the wiki's editor."""
    said = words(element)
    if element.tag == "sup":
        return has(element, "a") or _IN_BRACKETS.fullmatch(said) is not None or _is_note_number(element, said)
    if element.tag == "a":
        noted = element.get("role") in ("doc-noteref", "doc-backlink") or "footnote-ref" in element.get("class", "")
        return noted or (element.get("href", "").startswith("#") and not any(map(str.isalnum, said)))
    return element.tag == "span" and said.startswith("[") and said.strip("[] ") in ("edit", "edit source")


def _is_note_number(superscript: HtmlElement, said: str) -> bool:
    """Tell whether it is the number of a note, which stands behind a word; an exponent stands behind a short symbol."""
    before = superscript.getprevious()
    if before is not None and before.tag in ("sub", "var") and not before.tail:
        return False  # a name in a formula, whatever its length
    word = _ENDS_IN_WORD.search(_text_before(superscript)[-_WORD_MAX:])
    return bool(word and word[1].lower() not in _TAKES_EXPONENT and _NOTE_NUMBERS.fullmatch(said))


def _text_before(element: HtmlElement) -> str:
    before = element.getprevious()
    return (element.getparent().text if before is None else before.tail or words(before)) or ""


def _is_about_site(element: HtmlElement) -> bool:
    """Tell whether it is a form, a banner, navigation; one that holds the whole page, as on some sites, is not."""
    if element.tag == "form":
        about_site = sum(map(len, element.itertext())) <= _FORM_MAX_CHARACTERS
    else:
        name = f"{attribute(element, 'id')} {attribute(element, 'class')}"
        about_site = element.get("role") in _UNREAD_ROLES or _CONSENT.search(name) is not None
    return about_site and not has(element, "main", "article", "h1")


def _say_plainly(element: HtmlElement) -> None:
    """Put into tags and text what a plain reader, or the extractor, would take for something else."""
    tag = element.tag
    if tag == "sup" and _EXPONENT.fullmatch(words(element)):
        base = _text_before(element)
        element.text = ("^" if base[-1:].isalnum() or base.endswith(")") else "") + (element.text or "")
    elif tag in ("figcaption", "form"):
        element.tag = "div"
    elif tag == "button":
        element.tag = "span"
    elif tag == "aside" and _ADMONITION.search(f"{element.get('role', '')} {attribute(element, 'class')}"):
        element.tag = "div"
    elif tag == "header" and has(element, "h1") and not has(element, "nav"):
        element.tag = "div"  # of the document, not of the site
    elif tag == "ul" and not _is_of_links(element):
        element.tag = "ol"  # the extractor takes many a list of bullets for a menu


def _is_of_links(element: HtmlElement) -> bool:
    linked = sum(len(text) for link in element.iter("a") for text in link.itertext())
    return 2 * linked > sum(map(len, element.itertext()))
