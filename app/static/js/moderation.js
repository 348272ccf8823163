// Lets a moderator go through the queue by keyboard; every key presses a button of the page.
"use strict";

const rows = [...document.querySelectorAll(".moderation .row[id]")];
const box = (row) => row.querySelector("input");
const current = () => rows.findIndex((row) => row.contains(document.activeElement));

function go(step) {
  const next = rows[Math.min(rows.length - 1, Math.max(0, current() + step))];
  if (next) box(next).focus();
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("textarea, select, input:not([type=checkbox])");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = rows[current()];
  if (event.key === "j") go(1);
  else if (event.key === "k") go(-1);
  else if (event.key === "x" && row) box(row).click();
  else if (row) row.querySelector(`button[data-key="${CSS.escape(event.key)}"]`)?.click();
});

const keys = document.querySelector(".moderation-keys");
if (keys) keys.hidden = false;
