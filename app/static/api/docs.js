// Sends the forms of the API's page and shows what comes back, as plain text.
"use strict";

function headersOf(form) {
  const headers = { Accept: "application/json, text/csv" };
  const token = document.getElementById("api-token").value.trim();
  const formToken = document.querySelector('meta[name="csrf-token"]');
  if (token) {
    headers.Authorization = `Bearer ${token}`;
  } else if (formToken) {
    headers["X-CSRFToken"] = formToken.content;
  }
  for (const field of form.querySelectorAll('[data-in="header"]')) {
    if (field.value) headers[field.name] = field.value;
  }
  return headers;
}

function addressOf(form) {
  let path = form.dataset.path;
  for (const field of form.querySelectorAll('[data-in="path"]')) {
    path = path.replace(`{${field.name}}`, encodeURIComponent(field.value));
  }
  const query = new URLSearchParams();
  for (const field of form.querySelectorAll('[data-in="query"]')) {
    if (field.value) query.set(field.name, field.value);
  }
  return query.size ? `${path}?${query}` : path;
}

function addBody(form, options) {
  const text = form.querySelector('[data-in="body"]');
  const file = form.querySelector('[data-in="file"]');
  if (text) {
    options.headers["Content-Type"] = "application/json";
    options.body = text.value;
  } else if (file && file.files.length) {
    options.body = new FormData();
    options.body.set("file", file.files[0]);
  }
}

function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text.slice(0, 20000);
  }
}

async function send(form) {
  const answer = form.querySelector(".api-answer");
  const options = { method: form.dataset.method, headers: headersOf(form) };
  addBody(form, options);
  answer.textContent = "…";
  try {
    const response = await fetch(addressOf(form), options);
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`);
    const body = readable(await response.text());
    answer.textContent = [`${response.status} ${response.statusText}`, ...headers, "", body].join("\n");
  } catch (error) {
    answer.textContent = `No answer: ${error.message}`;
  }
}

for (const form of document.querySelectorAll(".api-try")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
}
window.addEventListener("hashchange", openTarget);
openTarget();
