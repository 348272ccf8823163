// The toolbar above the text, its shortcuts, and what the other scripts of the editor use to write
// into the text and to say something. The form works without all of them.
"use strict";

const editor = (() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return null;
  const text = form.elements.content;
  const status = form.querySelector(".desk-status");

  // By the browser's own command, so that undo keeps working.
  function insert(words, from = text.selectionStart, to = text.selectionEnd) {
    text.focus();
    text.setSelectionRange(from, to);
    if (!document.execCommand("insertText", false, words)) {
      text.setRangeText(words, from, to, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  function say(words) {
    if (status.textContent !== words) status.textContent = words;
  }

  return { form, text, insert, say, words: status.dataset };
})();

if (editor) {
  const { form, text, insert } = editor;
  const isHtml = form.dataset.format === "html";
  const bar = form.querySelector(".toolbar");
  const buttons = [...bar.querySelectorAll("button")];

  // Around the selection; once more takes the marks away again.
  function wrap(before, after = before) {
    const { selectionStart: from, selectionEnd: to, value } = text;
    const inner = value.slice(from, to);
    const isMarked = value.slice(from - before.length, from) === before && value.slice(to, to + after.length) === after;
    if (isMarked) {
      insert(inner, from - before.length, to + after.length);
      text.setSelectionRange(from - before.length, to - before.length);
    } else {
      insert(before + inner + after);
      text.setSelectionRange(from + before.length, to + before.length);
    }
  }

  function startLines(sign) {
    const from = text.value.lastIndexOf("\n", text.selectionStart - 1) + 1;
    const end = text.value.indexOf("\n", text.selectionEnd);
    const to = end === -1 ? text.value.length : end;
    const lines = text.value.slice(from, to).split("\n");
    const all = lines.map((line, number) => {
      const mark = typeof sign === "function" ? sign(number) : sign;
      return line.startsWith(mark) ? line.slice(mark.length) : mark + line;
    });
    insert(all.join("\n"), from, to);
  }

  const element = (name) => wrap(`<${name}>`, `</${name}>`);

  function link() {
    const { selectionStart: from, selectionEnd: to, value } = text;
    const words = value.slice(from, to);
    const isAddress = /^https?:\/\/\S+$/.test(words);
    if (isHtml) {
      insert(`<a href="${isAddress ? words : "https://"}">${words}</a>`);
    } else {
      insert(`[${isAddress ? "" : words}](${isAddress ? words : "https://"})`);
      const place = isAddress ? from + 1 : from + words.length + 3;
      text.setSelectionRange(place, isAddress ? place : place + "https://".length);
    }
  }

  const marks = {
    strong: () => (isHtml ? element("strong") : wrap("**")),
    em: () => (isHtml ? element("em") : wrap("*")),
    heading: () => (isHtml ? element("h2") : startLines("## ")),
    link,
    quote: () => (isHtml ? element("blockquote") : startLines("> ")),
    bullets: () => (isHtml ? element("li") : startLines("- ")),
    numbers: () => (isHtml ? element("li") : startLines((number) => `${number + 1}. `)),
    code: () => {
      const block = text.value.slice(text.selectionStart, text.selectionEnd).includes("\n");
      if (isHtml) element(block ? "pre" : "code");
      else if (block) wrap("```\n", "\n```");
      else wrap("`");
    },
  };

  for (const button of buttons) {
    const mark = marks[button.dataset.mark];
    if (mark) button.addEventListener("click", mark);
  }

  // One stop for the Tab key; the arrows lead from button to button.
  buttons.forEach((button, number) => {
    button.tabIndex = number ? -1 : 0;
  });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const ends = { Home: 0, End: buttons.length - 1 };
    const now = buttons.indexOf(document.activeElement);
    const next = step ? (now + step + buttons.length) % buttons.length : ends[event.key];
    if (next === undefined) return;
    event.preventDefault();
    for (const button of buttons) button.tabIndex = -1;
    buttons[next].tabIndex = 0;
    buttons[next].focus();
  });
  bar.hidden = false;

  const shortcuts = { b: "strong", i: "em", k: "link" };
  text.addEventListener("keydown", (event) => {
    const name = (event.ctrlKey || event.metaKey) && !event.altKey && shortcuts[event.key.toLowerCase()];
    if (!name) return;
    event.preventDefault();
    marks[name]();
  });
}
