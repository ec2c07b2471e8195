/** How the chat looks. Sizes are in em, since pages set that of rem; physical sides stand only where a position is named. */

export const CHAT_STYLE = `
:host {
  all: initial; color-scheme: light dark; font-family: var(--pincite-font, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif);
  line-height: 1.5; -webkit-text-size-adjust: 100%;
}
:host([hidden]) { display: none; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.chat { font-size: .9375em; color: var(--ink); text-align: start; }
button, textarea { font: inherit; color: inherit; }
button { cursor: pointer; touch-action: manipulation; }
h2, h3, p, ul { margin: 0; padding: 0; }
.launcher, .panel {
  position: fixed; z-index: var(--pincite-z-index, 2147483000); bottom: calc(var(--pincite-inset, 20px) + env(safe-area-inset-bottom));
  inset-inline-end: var(--pincite-inset, 20px); box-shadow: 0 8px 32px rgb(0 0 0 / .18);
}
:host([position="bottom-right"]) :is(.launcher, .panel) { inset-inline: auto; right: var(--pincite-inset, 20px); }
:host([position="bottom-left"]) :is(.launcher, .panel) { inset-inline: auto; left: var(--pincite-inset, 20px); }
.launcher {
  width: 56px; height: 56px; display: grid; place-items: center; border: 0; border-radius: 50%;
  background: var(--accent); color: var(--on-accent);
}
.launcher svg { width: 24px; height: 24px; }
.panel {
  display: flex; flex-direction: column; width: min(var(--pincite-width, 400px), 100vw - 2 * var(--pincite-inset, 20px));
  height: min(var(--pincite-height, 640px), 100dvh - 2 * var(--pincite-inset, 20px)); overflow: hidden;
  border: 1px solid var(--line); border-radius: var(--pincite-radius, 16px); background: var(--ground);
}
:host([position="inline"]) { display: block; }
:host([position="inline"]) .panel { position: static; width: auto; height: var(--pincite-height, 640px); box-shadow: none; }
.head { display: flex; align-items: center; gap: 4px; padding: 8px 8px 8px 16px; border-bottom: 1px solid var(--line); }
.head:dir(rtl) { padding: 8px 16px 8px 8px; }
.head h2 { flex: 1; min-width: 0; font-size: 1em; font-weight: 600; overflow-wrap: anywhere; }
.head .quiet { width: 36px; height: 36px; }
.log { position: relative; flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 16px; display: flex; flex-direction: column; gap: 24px; }
.log:focus-visible { outline-offset: -2px; }
.greeting { color: var(--quiet); overflow-wrap: anywhere; }
.suggestions { list-style: none; display: grid; gap: 8px; }
.suggestions .plain { width: 100%; text-align: start; min-height: 44px; }
.turn { display: grid; grid-template-columns: minmax(0, 1fr); gap: 12px; }
.question {
  justify-self: end; max-width: 85%; padding: 8px 12px; border-radius: 12px; background: var(--tint);
  font-size: 1em; font-weight: 500; overflow-wrap: anywhere; white-space: pre-line;
}
.reply { display: grid; grid-template-columns: minmax(0, 1fr); gap: 8px; }
.waiting { color: var(--quiet); animation: appear 0s .3s backwards; }
.waiting::before { content: ""; display: inline-block; width: 8px; height: 8px; margin-inline-end: 8px; border-radius: 50%; background: var(--accent-text); }
.problem { color: var(--bad); overflow-wrap: anywhere; }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: 4px; font-size: .875em; color: var(--quiet); }
.actions .quiet { width: 32px; height: 32px; }
.actions svg { width: 18px; height: 18px; }
.quiet[aria-pressed="true"] { color: var(--accent-text); background: var(--tint); }
.plain {
  border: 1px solid var(--line); border-radius: 10px; background: var(--raised); padding: 6px 12px; min-height: 36px;
  color: var(--ink); overflow-wrap: anywhere;
}
.plain:hover:not(:disabled) { border-color: var(--accent-text); }
.plain:disabled { color: var(--quiet); cursor: default; }
.plain[aria-pressed="true"] { background: var(--tint); border-color: var(--accent-text); }
.ask {
  display: grid; grid-template-columns: minmax(0, 1fr) auto; align-items: end; gap: 4px 8px;
  padding: 12px 12px calc(12px + env(safe-area-inset-bottom)); border-top: 1px solid var(--line);
}
textarea {
  resize: none; border: 1px solid var(--edge); border-radius: 10px; background: var(--raised); padding: 9px 12px; margin: 0;
  line-height: 24px; min-height: 44px; max-height: 140px;
}
textarea:focus-visible { outline-offset: -1px; }
textarea::placeholder { color: var(--quiet); opacity: 1; }
.send { width: 44px; height: 44px; display: grid; place-items: center; border: 0; border-radius: 10px; background: var(--accent); color: var(--on-accent); }
.send:dir(rtl) svg { scale: -1 1; }
.limit { grid-column: 1 / -1; font-size: .8125em; color: var(--quiet); }
.limit:empty { display: none; }
.limit.bad { color: var(--bad); }
@keyframes appear { from { opacity: 0; } }
@media (prefers-reduced-motion: no-preference) {
  .panel:not([hidden]) { animation: appear .12s; }
  .waiting::before { animation: appear .9s infinite alternate; }
}
@media (max-width: 560px), (max-height: 480px) {
  :host(:not([position="inline"])) .panel {
    inset: var(--above, 0) 0 auto; width: 100vw; height: var(--seen, 100dvh); border: 0; border-radius: 0;
    padding-top: env(safe-area-inset-top);
  }
  .chat textarea { font-size: max(16px, 1em); }
  .head .quiet { width: 44px; height: 44px; }
}
@media (pointer: coarse) {
  .actions .quiet { width: 44px; height: 44px; }
  .plain { min-height: 44px; }
  .others summary { padding-block: 11px; }
}
@media (forced-colors: active) {
  .chat :is(button, .question) { border: 1px solid; }
  .chat [aria-pressed="true"] { border-width: 3px; }
}
@media print {
  :host(:not([position="inline"])) { display: none; }
}
`;
