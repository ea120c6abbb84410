"use strict";
// The choice of a theme. What the report's page and the dashboard's have both.
(() => {
  const root = document.documentElement;
  const theme = document.getElementById("theme");
  const stored = () => {
    // Pages opened from a disk may be denied a storage.
    try { return localStorage.getItem("shipshape-theme"); } catch { return null; }
  };
  const isDark = () => root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const label = () => {
    theme.textContent = isDark() ? "Light" : "Dark";
    theme.setAttribute("aria-label", `Use the ${isDark() ? "light" : "dark"} theme`);
  };
  const known = stored();
  if (known === "dark" || known === "light") root.dataset.theme = known;
  theme.hidden = false;
  label();
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("shipshape-theme", root.dataset.theme); } catch { /* not kept */ }
    label();
  });
})();
