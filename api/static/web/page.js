/** Stands in for the page to ask on. */

document.body.dataset["ready"] = "";
