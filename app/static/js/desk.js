// Keeps what is being written in this browser, so that a lost session or a dead server costs no
// text, and stops a double click from saving twice. Everything works without it.
"use strict";

const form = document.querySelector("form[data-draft]");
if (form) {
  const key = `draft:${form.dataset.draft}`;
  const fields = [...form.elements].filter((field) => ["title", "content", "summary"].includes(field.name));
  const version = form.elements.version.value;
  const values = () => Object.fromEntries(fields.map((field) => [field.name, field.value]));
  const began = JSON.stringify(values());

  const stored = (name) => {
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch {
      return null;
    }
  };

  const forget = (name) => {
    try {
      localStorage.removeItem(name);
    } catch {
      // A browser that forbids storage has nothing to forget.
    }
  };

  // What was just saved as a new article is no draft any more.
  for (const name of [key, "draft:/desk/posts/new"]) {
    const draft = stored(name);
    const outdated = draft && name === key && draft.version !== version;
    if (draft && (outdated || draft.values.content === values().content)) forget(name);
  }

  const draft = stored(key);
  if (draft) {
    const notice = document.getElementById("draft-notice");
    notice.hidden = false;
    notice.querySelector("button").addEventListener("click", () => {
      for (const field of fields) field.value = draft.values[field.name] ?? field.value;
      notice.hidden = true;
    });
  }

  let saving = false;
  form.addEventListener("input", () => {
    try {
      localStorage.setItem(key, JSON.stringify({ version, values: values() }));
    } catch {
      // Without room the text is kept in the page alone, as without this script.
    }
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget === "_blank") return;
    if (saving) event.preventDefault();
    saving = true;
  });
  window.addEventListener("pageshow", () => {
    saving = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!saving && JSON.stringify(values()) !== began) event.preventDefault();
  });
}
