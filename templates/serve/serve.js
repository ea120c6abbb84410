// Everything works without this script: then the page loads itself again every minute.
(() => {
  // Times are told as ages, and stay in the tooltip as they are.
  const ago = (then) => {
    const seconds = Math.max(0, (Date.now() - then) / 1000);
    if (seconds < 60) return "just now";
    const [count, unit] = seconds < 5400 ? [seconds / 60, "minute"]
      : seconds < 129600 ? [seconds / 3600, "hour"] : [seconds / 86400, "day"];
    const whole = Math.round(count);
    return `${whole} ${unit}${whole === 1 ? "" : "s"} ago`;
  };
  const tellAges = () => {
    for (const time of document.querySelectorAll("#live time[datetime]")) {
      const then = Date.parse(time.dateTime);
      if (Number.isNaN(then)) continue;
      time.title = time.dateTime;
      time.textContent = ago(then);
    }
  };
  tellAges();

  const live = document.getElementById("live");
  const every = Number(live.dataset.every) * 1000;
  if (!every) return;
  let tag = null;
  const stale = (is) => {
    const sign = document.getElementById("stale");
    if (!is) return sign?.remove();
    if (sign) return;
    const made = document.createElement("p");
    made.id = "stale";
    made.setAttribute("role", "status");
    made.textContent = "The server does not answer: this page may be out of date.";
    document.body.append(made);
  };
  const exchange = (text) => {
    const next = new DOMParser().parseFromString(text, "text/html").getElementById("live");
    if (!next) return;
    const focused = document.activeElement?.id;
    const scrolled = Array.from(live.querySelectorAll(".matrix-frame, .standings-frame"), (it) => [it.scrollLeft, it.scrollTop]);
    live.replaceChildren(...next.childNodes);
    live.querySelectorAll(".matrix-frame, .standings-frame").forEach((frame, index) => {
      if (scrolled[index]) [frame.scrollLeft, frame.scrollTop] = scrolled[index];
    });
    if (focused && document.activeElement === document.body) {
      document.getElementById(focused)?.focus({ preventScroll: true });
    }
    live.dataset.renewed = String(Number(live.dataset.renewed ?? 0) + 1);
  };
  // What somebody is about to press is not exchanged under their hands.
  const isBusy = () => live.contains(document.activeElement)
    && document.activeElement.matches("button, input, select") && !document.activeElement.id;
  const look = async () => {
    if (document.hidden || isBusy()) return;
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const response = await fetch(location.pathname, { headers, redirect: "manual" });
      // Somebody who is no longer signed in is led to the door.
      if (response.type === "opaqueredirect" || response.status === 401) return location.reload();
      if (response.status === 200) {
        tag = response.headers.get("ETag");
        exchange(await response.text());
      }
      stale(!response.ok && response.status !== 304);
    } catch {
      stale(true);
    }
    tellAges();
  };
  setInterval(look, every);
  document.addEventListener("visibilitychange", look);
})();
