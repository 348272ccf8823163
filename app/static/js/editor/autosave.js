// Keeps what is being written twice: in this browser at once, at the server every few seconds. A
// lost connection, a lost session or a dead server then costs no text.
"use strict";

if (editor) {
  const { form, say, words } = editor;
  const PREFIX = "copy:";
  const COPIES = 30;
  const LOCAL_PAUSE = 300;
  const SERVER_PAUSE = 2000;
  const RETRY = 10000;
  const LEFT_OUT = ["csrf_token", "copy", "draft", "picture"];
  const fields = [...form.elements].filter((field) => field.name && !LEFT_OUT.includes(field.name));
  const name = crypto.getRandomValues(new Uint32Array(4)).reduce((all, part) => all + part.toString(36), "");
  form.elements.copy.value = name;

  function values() {
    const all = {};
    for (const field of fields) {
      if (field.type !== "checkbox") all[field.name] = field.value;
      else if (field.checked) all[field.name] = field.value;
    }
    return all;
  }

  function fill(all) {
    for (const field of fields) {
      if (field.name === "version") continue;
      if (field.type === "checkbox") field.checked = field.name in all;
      else field.value = all[field.name] ?? field.value;
    }
    form.elements.content.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const text = (all) => JSON.stringify([all.title, all.content?.trim(), all.summary]);
  const began = JSON.stringify(values());
  const beganText = text(values());

  // --- This browser's copies -------------------------------------------------------------------
  function copies() {
    const found = [];
    try {
      for (const key of Object.keys(localStorage)) {
        if (!key.startsWith(PREFIX)) continue;
        try {
          found.push({ key, ...JSON.parse(localStorage.getItem(key)) });
        } catch {
          localStorage.removeItem(key);
        }
      }
    } catch {
      // A browser that forbids storage has no copies.
    }
    return found.sort((one, other) => other.time - one.time);
  }

  function forget(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // See above.
    }
  }

  const action = form.getAttribute("action");

  function keepHere() {
    const copy = { action, writer: form.dataset.writer, time: Date.now(), values: values() };
    try {
      localStorage.setItem(PREFIX + name, JSON.stringify(copy));
      return true;
    } catch {
      for (const old of copies().slice(5)) forget(old.key);
      return false;
    }
  }

  function offer() {
    const saved = form.dataset.saved.split(" ").map((one) => PREFIX + one);
    const all = copies();
    for (const copy of all.filter((one, number) => saved.includes(one.key) || number >= COPIES)) forget(copy.key);
    const mine = all.filter((copy) => copy.action === action && copy.writer === form.dataset.writer);
    for (const copy of mine.filter((one) => text(one.values) === beganText)) forget(copy.key);
    const copy = mine.find((one) => !saved.includes(one.key) && text(one.values) !== beganText);
    if (!copy) return;
    const notice = document.getElementById("copy-offer");
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    notice.querySelector(".copy-time").textContent = `(${time.format(copy.time)})`;
    notice.querySelector('[data-do="restore"]').addEventListener("click", () => {
      fill(copy.values);
      if (keepHere()) forget(copy.key); // It is this page's own now.
      notice.hidden = true;
      form.elements.content.focus();
    });
    notice.querySelector('[data-do="forget"]').addEventListener("click", () => {
      forget(copy.key);
      notice.hidden = true;
      form.elements.title.focus();
    });
    notice.hidden = false;
  }

  // --- The server's draft ----------------------------------------------------------------------
  let sent = began;
  let busy = false;
  let leaving = false;
  let localTimer;
  let serverTimer;

  // After a new login the page's proof of origin is an old one: another page has the new one.
  async function renewToken() {
    const answer = await fetch(location.href, { redirect: "manual" });
    if (!answer.ok) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector('meta[name="csrf-token"]')?.content;
    if (!token) return false;
    const isNew = token !== form.elements.csrf_token.value;
    form.elements.csrf_token.value = token;
    return isNew;
  }

  function post(body) {
    return fetch(form.dataset.autosave, {
      method: "POST",
      body: new URLSearchParams({ ...body, csrf_token: form.elements.csrf_token.value, draft: form.elements.draft.value }),
      redirect: "manual",
      headers: { Accept: "application/json" },
    });
  }

  async function keepThere() {
    const now = JSON.stringify(values());
    if (busy || leaving || now === sent) return;
    busy = true;
    let pause = 0;
    try {
      let answer = await post(values());
      if (answer.status === 400 && (await renewToken())) answer = await post(values());
      if (answer.ok) {
        const kept = await answer.json();
        form.elements.draft.value = kept.draft;
        history.replaceState(null, "", `?draft=${kept.draft}`); // A reload goes on with it.
        sent = now;
        say(kept.message);
      } else if (answer.type === "opaqueredirect" || [400, 401].includes(answer.status)) {
        say(words.login);
        pause = RETRY;
      } else if (answer.status >= 500 || answer.status === 429) {
        say(words.offline);
        pause = RETRY;
      } else {
        say(words.refused);
      }
    } catch {
      say(words.offline);
      pause = RETRY;
    }
    busy = false;
    if (pause) schedule(pause);
    else if (JSON.stringify(values()) !== sent) schedule(SERVER_PAUSE);
  }

  function schedule(pause) {
    clearTimeout(serverTimer);
    serverTimer = setTimeout(keepThere, pause);
  }

  function changed() {
    clearTimeout(localTimer);
    localTimer = setTimeout(() => {
      if (!keepHere()) say(words.full);
    }, LOCAL_PAUSE);
    schedule(SERVER_PAUSE);
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  window.addEventListener("online", () => schedule(0));
  window.addEventListener("pagehide", () => {
    if (!leaving && JSON.stringify(values()) !== began) keepHere();
  });
  form.addEventListener("submit", (event) => {
    keepHere();
    if (event.submitter?.formTarget === "_blank") return;
    if (leaving) event.preventDefault(); // A double click must not save twice.
    leaving = true;
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
  });
  window.addEventListener("beforeunload", (event) => {
    const now = JSON.stringify(values());
    if (!leaving && now !== began && now !== sent) event.preventDefault();
  });
  offer();
}
