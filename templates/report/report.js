
// Everything works without this script but filtering and the choice of a theme (theme.js).
(() => {
  const form = document.getElementById("filters");
  const shown = document.getElementById("shown");
  const nothing = document.getElementById("nothing");
  const sections = Array.from(document.querySelectorAll(".repository"), (section) => ({
    section,
    row: null,
    findings: Array.from(section.querySelectorAll(".finding")),
    text: null,
    unfolded: section.open,
  }));
  for (const row of document.querySelectorAll("tr[data-repository]")) {
    const entry = sections[Number(row.dataset.repository)];
    if (entry) entry.row = row;
  }
  const value = (name) => document.getElementById(`filter-${name}`).value;

  const apply = () => {
    const text = value("text").trim().toLowerCase();
    const verdict = value("verdict");
    const owner = value("owner");
    const rule = value("rule");
    const severity = value("severity");
    const byFinding = rule !== "" || severity !== "";
    let count = 0;
    for (const entry of sections) {
      const { section, row, findings } = entry;
      let matching = 0;
      for (const finding of findings) {
        const fits = (rule === "" || finding.dataset.rule === rule)
          && (severity === "" || finding.dataset.severity === severity);
        finding.hidden = !fits;
        if (fits) matching += 1;
      }
      let fits = (verdict === "" || section.dataset.verdict === verdict)
        && (owner === "" || section.dataset.owner === owner)
        && (!byFinding || matching > 0);
      if (fits && text !== "") {
        entry.text ??= section.textContent.toLowerCase();
        fits = entry.text.includes(text);
      }
      section.hidden = !fits;
      section.open = byFinding ? fits : entry.unfolded;
      if (row) row.hidden = !fits;
      if (fits) count += 1;
    }
    shown.textContent = `${count} of ${sections.length} shown`;
    nothing.hidden = count > 0 || sections.length === 0;
    form.removeAttribute("aria-busy");
  };
  form.hidden = false;
  let pending = 0;
  const applySoon = (delay) => {
    form.setAttribute("aria-busy", "true");
    clearTimeout(pending);
    pending = setTimeout(apply, delay);
  };
  form.addEventListener("input", () => applySoon(80));
  // The controls are reset only after this event.
  form.addEventListener("reset", () => applySoon(0));
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();

  const reveal = () => {
    const target = /^#repository-\d+$/.test(location.hash) && document.getElementById(location.hash.slice(1));
    if (target) target.open = true;
  };
  addEventListener("hashchange", reveal);
  reveal();
  addEventListener("beforeprint", () => {
    for (const { section } of sections) if (!section.hidden) section.open = true;
  });
})();
