/** Stands in for the source viewer. */

document.body.dataset["ready"] = "";
