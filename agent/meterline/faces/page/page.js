"use strict";

// Asks POST /v1/ask and draws the answer. Everything that comes from data is set as text, never as markup.

const EXAMPLES = [
  "Morning coffee",
  "Which accounts moved the most this month?",
  "How much did we sell over the last 30 days?",
  "Who is ahead of quota and who is behind?",
];
const conversation = document.getElementById("conversation");
const form = document.getElementById("ask");
const input = document.getElementById("question");
const send = document.getElementById("send");
const fresh = document.getElementById("fresh");
let threadId = null;
let turns = 0;

/** An element with attributes and children; a child that is a string becomes text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// The Markdown that answers are written in: paragraphs, headings, quotations, lists, tables, footnotes. ---------

const PUNCTUATION = /[!-/:-@[-`{-~]/;

/** Inline text with **bold**, *italics*, backslash escapes and footnote references. */
function inline(source, turn) {
  const out = document.createDocumentFragment();
  const open = [out];
  let text = "";
  const flush = () => { if (text) open.at(-1).append(text); text = ""; };
  const toggle = (tag) => {
    flush();
    if (open.at(-1).nodeName === tag.toUpperCase()) open.pop();
    else { const element = make(tag); open.at(-1).append(element); open.push(element); }
  };
  for (let at = 0; at < source.length; at += 1) {
    const note = source.slice(at).match(/^\[\^(\d+)\]/);
    if (source[at] === "\\" && PUNCTUATION.test(source[at + 1] ?? "")) { at += 1; text += source[at]; }
    else if (note) { flush(); open.at(-1).append(reference(note[1], turn)); at += note[0].length - 1; }
    else if (source.startsWith("**", at)) { toggle("strong"); at += 1; }
    else if (source[at] === "*") toggle("em");
    else text += source[at];
  }
  flush();
  return out;
}

function reference(number, turn) {
  const show = () => {
    const note = document.getElementById(`note-${turn}-${number}`);
    if (note) { note.open = true; note.querySelector("summary").focus(); note.scrollIntoView({ block: "nearest" }); }
  };
  return make("button", { type: "button", class: "ref", "aria-label": `Footnote ${number}: where this comes from`, onclick: show }, `[${number}]`);
}

/** Cells of a table line; an escaped bar belongs to its cell. */
function cells(line) {
  const parts = [""];
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === "|") parts.push("");
    else if (line[at] === "\\") { parts[parts.length - 1] += line.slice(at, at + 2); at += 1; }
    else parts[parts.length - 1] += line[at];
  }
  return parts.slice(1, -1).map((part) => part.trim());
}

function table(lines, turn) {
  const [head, rule, ...rows] = lines.map(cells);
  const right = rule.map((cell) => cell.endsWith(":"));
  const draw = (tag, values) => make("tr", {}, ...head.map((_, i) => make(tag, right[i] ? { class: "right" } : {}, inline(values[i] ?? "", turn))));
  const body = make("tbody", {}, ...rows.map((row) => draw("td", row)));
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table" }, make("table", {}, make("thead", {}, draw("th", head)), body));
}

/** Blocks are set apart by empty lines; a fenced block keeps its own. */
function blocksOf(text) {
  const pieces = text.split(/^(```\w*\n[^]*?\n```)$/m);
  return pieces.flatMap((piece) => (piece.startsWith("```") ? [piece] : piece.split(/\n{2,}/).map((part) => part.trim()))).filter(Boolean);
}

function block(source, turn) {
  const lines = source.split("\n");
  if (source.startsWith("```")) return make("pre", { tabindex: "0" }, lines.slice(1, -1).join("\n"));
  if (source.startsWith("#")) return make("h2", {}, inline(source.replace(/^#+\s*/, ""), turn));
  if (source.startsWith("|")) return table(lines, turn);
  if (source.startsWith(">")) return make("blockquote", {}, inline(lines.map((line) => line.replace(/^>\s?/, "")).join(" "), turn));
  if (source.startsWith("- ")) return make("ul", {}, ...lines.map((line) => make("li", {}, inline(line.slice(2), turn))));
  return make("p", {}, inline(lines.join(" "), turn));
}

// Answers -------------------------------------------------------------------------------------------------------

function draw(answer, turn) {
  const blocks = blocksOf(answer.text);
  const isNotes = (source) => source.startsWith("[^");
  return make("article", { class: "answer", "aria-label": "Answer" },
    ...blocks.filter((source) => !isNotes(source)).map((source) => block(source, turn)),
    ...charts(answer),
    answer.clarification ? options(answer.clarification, answer.headline) : null,
    asides(answer),
    footnotes(blocks.filter(isNotes), answer, turn),
    make("p", { class: "provenance" }, provenance(answer)));
}

/** The charts, drawn by the service as pictures of the width there is. */
function charts(answer) {
  const width = Math.max(240, Math.min(720, conversation.clientWidth - 40));
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  return answer.charts.map((chart) => make("img", {
    class: "chart", width: String(width), alt: `Chart: ${chart.title.text.join(" ")}. Its values stand in the answer and its receipts.`,
    src: `/v1/threads/${encodeURIComponent(answer.thread_id)}/charts/${chart.usermeta.meterline.id}.svg?width=${width}&dark=${dark}`,
  }));
}

/** Readings to choose from; the question stands above them unless it is the headline already. */
function options(clarification, headline) {
  const choose = (option) => make("li", {}, make("button", { type: "button", class: "quiet", onclick: () => ask(option.value, option.label) },
    option.label, option.hint ? make("small", {}, option.hint) : null));
  const question = clarification.question === headline ? null : make("p", {}, clarification.question);
  return make("div", {}, question, make("ul", { class: "options" }, ...clarification.options.map(choose)));
}

function asides(answer) {
  const groups = [
    ["Next", answer.next_steps],
    ["Assumed", answer.assumptions],
    ["Not available", answer.not_available],
    ["Withheld", answer.withheld.map((item) => `${item.text} (${item.reason})`)],
  ].filter(([, lines]) => lines.length);
  if (!groups.length) return null;
  return make("dl", { class: "aside" }, ...groups.flatMap(([title, lines]) => [make("dt", {}, title), make("dd", {}, ...lines.map((line) => make("div", {}, line)))]));
}

/** Footnotes that open: a figure's shows its receipt, a quotation's the words. */
function footnotes(sources, answer, turn) {
  const lines = sources.flatMap((source) => source.split("\n"));
  const notes = lines.map((line) => line.match(/^\[\^(\d+)\]:\s*(.*)$/)).filter(Boolean).map(([, number, text]) => {
    const named = text.match(/receipt (R\d+)$/);
    const receipt = named && answer.receipts.find((candidate) => candidate.id === named[1]);
    const summary = make("summary", {}, `[${number}] `, inline(text, turn));
    return make("details", { id: `note-${turn}-${number}` }, summary, receipt ? opened(receipt) : quoted(text, answer));
  });
  return notes.length ? make("section", { class: "notes", "aria-label": "Footnotes" }, ...notes) : null;
}

/** The words a footnote stands for. */
function quoted(text, answer) {
  const shown = inline(text, 0).textContent;
  const citation = answer.citations.find((candidate) => shown.includes(candidate.source_id));
  if (!citation) return null;
  const who = [citation.speaker, citation.side, citation.date].filter(Boolean).join(", ");
  return make("blockquote", {}, `“${citation.quote.trim()}” (${who})`);
}

function opened(receipt) {
  const parameters = Object.entries(receipt.params).map(([name, value]) => `${name} = ${value}`).join("\n");
  const rows = receipt.rows.slice(0, 10);
  const numeric = receipt.columns.map((_, i) => rows.every((row) => row[i] === null || typeof row[i] === "number"));
  const cell = (tag, value, i) => make(tag, numeric[i] ? { class: "right" } : {}, value === null ? "" : String(value));
  const left = Math.max(receipt.row_count, receipt.rows.length) - rows.length;
  return make("div", {},
    make("p", {}, `${receipt.id}: ${receipt.tool}, ${receipt.row_count} rows${receipt.truncated ? " (cut)" : ""}, ${Math.round(receipt.elapsed_ms)} ms`),
    receipt.sql ? make("pre", { tabindex: "0" }, receipt.sql) : null,
    parameters ? make("pre", { tabindex: "0" }, parameters) : null,
    rows.length ? make("div", { class: "scroll", tabindex: "0" }, make("table", {},
      make("thead", {}, make("tr", {}, ...receipt.columns.map((name, i) => cell("th", name, i)))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((value, i) => cell("td", value, i))))))) : null,
    left > 0 ? make("p", {}, `… and ${left} more`) : null);
}

/** "2026-06-14…" reads "14 Jun 2026". */
function day(iso) {
  return new Date(`${iso.slice(0, 10)}T00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
}

function provenance(answer) {
  const model = answer.model === "offline" ? "built-in analyst, no language model" : answer.model;
  const seconds = answer.elapsed_ms >= 1000 ? `${(answer.elapsed_ms / 1000).toFixed(1)} s` : `${Math.round(answer.elapsed_ms)} ms`;
  return ["Asked as local admin", answer.d1 && `data to ${day(answer.d1)}`, answer.known_at && `as known on ${day(answer.known_at)} ${answer.known_at.slice(11, 16)} UTC`, model, seconds]
    .filter(Boolean).join(" · ");
}

// The conversation ----------------------------------------------------------------------------------------------

/** Sends JSON and gives the JSON that comes back, or an error with the service's own words; `told` hears of each step on the way. */
async function call(path, body, method = "POST", told = null) {
  let response;
  try {
    response = await fetch(path, body === undefined ? { method } : {
      method, headers: { "Content-Type": "application/json", ...(told ? { Accept: "text/event-stream" } : {}) }, body: JSON.stringify(body),
    });
  } catch {
    throw new Error("Meterline cannot be reached. Is `meterline serve` still running?");
  }
  if (response.status === 204) return null;
  if (told && response.ok) return lastEvent(response.body, told);
  const reply = await response.json().catch(() => null);
  if (!response.ok || !reply) throw new Error(reply?.error?.text ?? `The service answered ${response.status}.`);
  return reply;
}

/** Reads a stream of events to its end: the answer, or the error it ends with. */
async function lastEvent(stream, told) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read().catch(() => ({ done: true }));
    if (done) throw new Error("The connection broke off. Ask again.");
    const events = (held + value).split("\n\n");
    held = events.pop();
    for (const event of events) {
      const [, kind, data] = event.match(/^event: (\w+)\ndata: ([^]*)$/) ?? [];
      if (kind === "progress") told(JSON.parse(data).step);
      if (kind === "answer") return JSON.parse(data);
      if (kind === "error") throw new Error(JSON.parse(data).error.text);
    }
  }
}

/** One turn on the page: what was asked, a sign of waiting, then what `work` draws, or the error. */
async function converse(shown, work) {
  if (send.disabled) return false;
  turns += 1;
  document.getElementById("welcome").hidden = true;
  send.disabled = true;
  const waiting = make("p", { class: "waiting", role: "status" }, "Working it out");
  const asked = make("p", { class: "question" }, shown);
  conversation.append(asked, waiting);
  asked.scrollIntoView({ block: "start" });
  try {
    waiting.replaceWith(await work((step) => { waiting.textContent = `Working it out: ${step}`; }));
    fresh.hidden = false;
    return true;
  } catch (problem) {
    waiting.replaceWith(make("p", { class: "error", role: "alert" }, problem.message));
    return false;
  } finally {
    send.disabled = false;
    asked.scrollIntoView({ block: "start" });
    input.focus({ preventScroll: true });
  }
}

async function ask(question, shown = question) {
  const told = await converse(shown, async (step) => {
    const answer = await call("/v1/ask", { question, thread_id: threadId }, "POST", step);
    threadId = answer.thread_id || threadId;
    const article = draw(answer, turns);
    if (!answer.clarification && !answer.answer_type.startsWith("REFUSE")) article.append(pinForm(threadId));
    return article;
  });
  if (!told && !send.disabled) input.value ||= question;
}

function fit() {
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight + 2}px`;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = input.value.trim();
  if (!question || send.disabled) return;
  input.value = "";
  fit();
  ask(question);
});
input.addEventListener("input", fit);
input.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
});
fresh.addEventListener("click", () => {
  threadId = null;
  fresh.hidden = true;
  conversation.replaceChildren(document.getElementById("welcome"));
  document.getElementById("welcome").hidden = false;
  listPins();
  input.focus();
});
for (const question of EXAMPLES) {
  document.getElementById("examples").append(make("li", {}, make("button", { type: "button", class: "quiet", onclick: () => ask(question) }, question)));
}
fetch("/healthz").then((response) => response.json()).then((health) => {
  document.getElementById("status").textContent = health.error?.text ?? [health.company, health.d1 && `data to ${day(health.d1)}`, "asked as local admin"].filter(Boolean).join(" · ");
}).catch(() => { document.getElementById("status").textContent = "Meterline cannot be reached."; });
