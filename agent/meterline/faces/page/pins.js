"use strict";

// Pinned questions: kept from the newest answer, listed on the first page, asked again with what changed since.

/** A button below an answer that turns into a field for the pin's name. Only the newest answer has one. */
function pinForm(thread) {
  document.querySelectorAll(".pin").forEach((old) => old.remove());
  const holder = make("div", { class: "pin" });
  const offer = make("button", { type: "button", class: "quiet", onclick: () => holder.replaceChildren(naming) }, "Pin this question");
  const name = make("input", { type: "text", maxlength: "60", required: "", "aria-label": "Name of the pin", placeholder: "monday" });
  const naming = make("form", {}, name, make("button", { type: "submit", class: "quiet" }, "Pin"));
  naming.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const pin = await call("/v1/pins", { name: name.value, thread_id: thread });
      holder.replaceChildren(make("p", { role: "status" }, `Pinned as “${pin.name}”: it stands on the first page.`));
    } catch (problem) {
      holder.querySelector(".error")?.remove();
      holder.append(make("p", { class: "error", role: "alert" }, problem.message));
    }
  });
  holder.append(offer);
  return holder;
}

async function listPins() {
  const list = document.getElementById("pins");
  const pins = await call("/v1/pins", undefined, "GET").catch(() => []);
  list.replaceChildren(...pins.map((pin) => make("li", {},
    make("button", { type: "button", class: "quiet", onclick: () => runPin(pin) }, pin.name, make("small", {}, pin.question)),
    make("button", { type: "button", class: "quiet", "aria-label": `Remove the pin ${pin.name}`, onclick: () => removePin(pin) }, "×"))));
  list.parentElement.hidden = !pins.length;
}

function runPin(pin) {
  return converse(pin.question, async () => {
    const run = await call(`/v1/pins/${encodeURIComponent(pin.name)}/run`);
    threadId = run.answer.thread_id || threadId;
    const article = draw(run.answer, turns);
    article.append(changes(run));
    return article;
  });
}

async function removePin(pin) {
  await call(`/v1/pins/${encodeURIComponent(pin.name)}`, undefined, "DELETE").catch(() => null);
  listPins();
}

/** What reads differently since the last run. */
function changes(run) {
  if (!run.since) return make("p", { class: "since" }, "First look: changes are shown from the next one on.");
  const when = `${day(run.since)} ${run.since.slice(11, 16)} UTC`;
  if (!run.changes.length) return make("p", { class: "since" }, `Nothing changed since ${when}.`);
  const rows = run.changes.slice(0, 12).map((change) => make("tr", {}, make("td", {}, change.label),
    make("td", { class: "right" }, change.before), make("td", { class: "right" }, change.after), make("td", {}, change.why)));
  const left = run.changes.length - rows.length;
  return make("section", { class: "since" }, make("h2", {}, `Changed since ${when}`),
    make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Changes" }, make("table", {},
      make("thead", {}, make("tr", {}, make("th", {}, "What"), make("th", { class: "right" }, "Before"), make("th", { class: "right" }, "Now"), make("th", {}, "Why"))),
      make("tbody", {}, ...rows))),
    left > 0 ? make("p", {}, `… and ${left} more`) : null);
}

listPins();
