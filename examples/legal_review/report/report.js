"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const rows = all("#table tbody tr");
  const show = (id, jump) => {
    all(".now").forEach((node) => node.classList.remove("now"));
    const card = document.getElementById(id);
    const mark = document.querySelector(`.mark[data-finding="${id}"]`);
    for (const node of [card, mark]) {
      if (node) { node.classList.add("now"); node.scrollIntoView({ block: node === card ? "nearest" : "center" }); }
    }
    if (jump && card) card.focus({ preventScroll: true });
  };
  all(".mark").forEach((mark) => mark.addEventListener("click", (event) => { event.preventDefault(); show(mark.dataset.finding, true); }));
  all(".to-mark").forEach((link) => link.addEventListener("click", (event) => { event.preventDefault(); show(link.closest(".card").id, false); }));
  all("#table a").forEach((link) => link.addEventListener("click", (event) => { event.preventDefault(); show(link.getAttribute("href").slice(1), true); }));
  const filter = () => {
    const risk = document.getElementById("by-risk").value;
    const status = document.getElementById("by-status").value;
    const text = document.getElementById("by-text").value.toLowerCase();
    for (const row of rows) {
      const hit = (!risk || row.dataset.risk === risk) && (!status || row.dataset.status === status) && row.textContent.toLowerCase().includes(text);
      row.hidden = !hit;
      document.getElementById(row.querySelector("a").getAttribute("href").slice(1)).hidden = !hit;
    }
  };
  ["by-risk", "by-status", "by-text"].forEach((id) => document.getElementById(id).addEventListener("input", filter));
  all("#table th button").forEach((button, column) => {
    let down = true;
    button.addEventListener("click", () => {
      const key = (row) => row.cells[column].dataset.sort || row.cells[column].textContent;
      rows.sort((a, b) => key(a).localeCompare(key(b), undefined, { numeric: true }) * (down ? 1 : -1));
      down = !down;
      rows.forEach((row) => row.parentNode.appendChild(row));
    });
  });
  document.addEventListener("keydown", (event) => {
    if (!["j", "k"].includes(event.key) || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const cards = all(".card:not([hidden])");
    const now = cards.findIndex((card) => card.classList.contains("now"));
    const next = cards[event.key === "j" ? Math.min(cards.length - 1, now + 1) : Math.max(0, now - 1)];
    if (next) show(next.id, true);
  });
  const decisions = {};
  all(".decide button").forEach((button) => button.addEventListener("click", () => {
    const id = button.parentNode.dataset.finding;
    decisions[id] = decisions[id] === button.value ? "open" : button.value;
    all("button", button.parentNode).forEach((each) => each.setAttribute("aria-pressed", String(decisions[id] === each.value)));
  }));
  document.getElementById("export").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(decisions, null, 1)], { type: "application/json" }));
    link.download = "decisions.json";
    link.click();
  });
})();
