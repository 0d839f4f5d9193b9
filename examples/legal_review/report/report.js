"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const byId = (id) => document.getElementById(id);
  const rows = all("#table tbody tr");
  const cards = all(".card");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const behavior = still ? "auto" : "smooth";
  const marksOf = (id) => all(`[data-findings~="${id}"]`);
  let current = null;

  const into = (node, block) => {
    const box = node.closest(".paper");
    if (box && box.scrollHeight > box.clientHeight + 4) {
      const from = node.getBoundingClientRect().top - box.getBoundingClientRect().top;
      box.scrollTo({ top: box.scrollTop + from - box.clientHeight / 3, behavior });
    } else {
      node.scrollIntoView({ block, behavior });
    }
  };
  const choose = (id) => {
    all(".now").forEach((node) => node.classList.remove("now"));
    current = id;
    byId(id).classList.add("now");
    marksOf(id).forEach((node) => node.classList.add("now"));
    rows.forEach((row) => row.toggleAttribute("aria-current", row.dataset.finding === id));
  };
  const showCard = (id) => {
    const card = byId(id);
    if (!card) return;
    card.hidden = false;
    choose(id);
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "start", behavior });
    const first = byId(`mark-${id}-1`);
    if (first && first.closest(".paper").scrollHeight > first.closest(".paper").clientHeight + 4) into(first, "center");
  };
  const showMark = (anchor, id) => {
    choose(id);
    into(anchor, "center");
  };

  all(".mark, .picture a").forEach((mark) => mark.addEventListener("click", (event) => {
    event.preventDefault();
    const ids = mark.dataset.findings.split(" ");
    showCard(ids[(ids.indexOf(current) + 1) % ids.length]);
  }));
  all(".to-mark").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    showMark(byId(link.getAttribute("href").slice(1)), link.closest(".card").id);
  }));
  all(".to-picture").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    const picture = byId(link.getAttribute("href").slice(1));
    picture.open = true;
    showMark(picture, link.closest(".card").id);
  }));
  all("#table a").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    showCard(link.getAttribute("href").slice(1));
  }));

  const filter = () => {
    const risk = byId("by-risk").value;
    const status = byId("by-status").value;
    const text = byId("by-text").value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const card = byId(row.dataset.finding);
      const hit = (!risk || row.dataset.risk === risk) && (!status || row.dataset.status === status) &&
        (!text || card.textContent.toLowerCase().includes(text));
      row.hidden = card.hidden = !hit;
      marksOf(card.id).forEach((node) => node.classList.toggle("off", node.dataset.findings.split(" ").every((id) => byId(id).hidden)));
      shown += hit ? 1 : 0;
    }
    byId("shown").textContent = shown === rows.length ? "" : `${shown} of ${rows.length} shown`;
  };
  ["by-risk", "by-status", "by-text"].forEach((id) => byId(id).addEventListener("input", filter));

  all("#table th button").forEach((button, column) => {
    button.addEventListener("click", () => {
      const head = button.parentNode;
      const down = head.getAttribute("aria-sort") !== "ascending";
      all("#table th[aria-sort]").forEach((each) => each.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", down ? "ascending" : "descending");
      const key = (row) => row.cells[column].dataset.sort || row.cells[column].textContent;
      rows.sort((a, b) => key(a).localeCompare(key(b), undefined, { numeric: true }) * (down ? 1 : -1));
      rows.forEach((row) => row.parentNode.appendChild(row));
    });
  });

  const store = `agentkit-review-${document.body.dataset.document}`;
  let decisions = {};
  try { decisions = JSON.parse(localStorage.getItem(store)) || {}; } catch { decisions = {}; }
  const keep = () => {
    try { localStorage.setItem(store, JSON.stringify(decisions)); } catch { /* a viewer without storage: export still works */ }
    let decided = 0;
    for (const card of cards) {
      const { decision = "open", note = "" } = decisions[card.id] || {};
      all(".decide button", card).forEach((button) => button.setAttribute("aria-pressed", String(decision === button.value)));
      const input = card.querySelector(".decide input");
      if (document.activeElement !== input) input.value = note || input.defaultValue;
      card.dataset.decision = decision;
      const cell = document.querySelector(`tr[data-finding="${card.id}"] .decided`);
      cell.textContent = decision === "open" ? "" : decision;
      decided += decision === "open" ? 0 : 1;
    }
    byId("progress").textContent = decided ? `${decided} of ${cards.length} decided` : "";
  };
  const decide = (id, decision) => {
    const known = decisions[id] || {};
    decisions[id] = { ...known, decision: known.decision === decision ? "open" : decision };
    keep();
  };
  all(".decide").forEach((box) => {
    const id = box.dataset.finding;
    all("button", box).forEach((button) => button.addEventListener("click", () => decide(id, button.value)));
    box.querySelector("input").addEventListener("input", (event) => {
      decisions[id] = { decision: "open", ...decisions[id], note: event.target.value };
      keep();
    });
  });
  keep();
  byId("export").addEventListener("click", () => {
    const link = document.createElement("a");
    const all = { document_sha256: document.body.dataset.document, decisions };
    link.href = URL.createObjectURL(new Blob([JSON.stringify(all, null, 1)], { type: "application/json" }));
    link.download = "decisions.json";
    link.click();
    URL.revokeObjectURL(link.href);
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (event.key === "/") {
      event.preventDefault();
      byId("by-text").focus();
    } else if (event.key === "j" || event.key === "k") {
      const open = cards.filter((card) => !card.hidden);
      const at = open.findIndex((card) => card.id === current);
      const next = open[event.key === "j" ? Math.min(open.length - 1, at + 1) : Math.max(0, at - 1)];
      if (next) showCard(next.id);
    } else if (current && (event.key === "a" || event.key === "r")) {
      decide(current, event.key === "a" ? "accepted" : "rejected");
    }
  });
  addEventListener("beforeprint", () => all("details:not(.facsimile)").forEach((node) => { node.open = true; }));
  if (/^#[FXI]\d+$/.test(location.hash)) showCard(location.hash.slice(1));
})();
