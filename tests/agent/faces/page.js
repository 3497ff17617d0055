// The page's own code in node, with just enough of a document: elements hold attributes, children and text, and nothing is drawn.
"use strict";
const fs = require("node:fs");
const vm = require("node:vm");

class Element {
  constructor(tag) { Object.assign(this, { nodeName: tag.toUpperCase(), attributes: {}, children: [], style: {}, value: "", clientWidth: 800 }); }
  append(...children) { this.children.push(...children); }
  replaceChildren(...children) { this.children = children; }
  setAttribute(name, value) { this.attributes[name] = value; }
  addEventListener() {}
  focus() {}
  get parentElement() { return (this.above ??= new Element("div")); }
  get textContent() { return this.children.map((child) => child.textContent ?? child).join(this.nodeName === "FRAGMENT" ? "" : " "); }
  set textContent(text) { this.children = [text]; }
}
const byId = {};
globalThis.document = {
  createElement: (tag) => new Element(tag),
  createDocumentFragment: () => new Element("fragment"),
  getElementById: (id) => (byId[id] ??= new Element("div")),
};
globalThis.matchMedia = () => ({ matches: false });
globalThis.fetch = async () => ({ ok: true, status: 200, json: async () => [] });

const [folder, work] = process.argv.slice(2);
for (const file of ["page.js", "pins.js"]) vm.runInThisContext(fs.readFileSync(`${folder}/${file}`, "utf-8"));
const given = JSON.parse(fs.readFileSync(0, "utf-8"));
if (work === "draw") console.log(JSON.stringify({ text: vm.runInThisContext("draw")(given, 1).textContent }));
if (work === "events") {
  const steps = [];
  const pieces = new ReadableStream({
    start(controller) { for (const piece of given.pieces) controller.enqueue(Buffer.from(piece, "base64")); controller.close(); },
  });
  vm.runInThisContext("lastEvent")(pieces, (step) => steps.push(step))
    .then((answer) => console.log(JSON.stringify({ steps, answer })), (problem) => console.log(JSON.stringify({ steps, problem: problem.message })));
}
