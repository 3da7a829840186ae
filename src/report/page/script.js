// The values of a chart for the keyboard: a chart that has the focus shows its last ones, arrow keys move through them.
"use strict";
const spoken = document.createElement("p");
spoken.className = "spoken";
spoken.setAttribute("role", "status");
document.querySelector("main").append(spoken);
for (const chart of document.querySelectorAll("svg.chart[tabindex]")) {
  const values = [...chart.querySelectorAll(".h")];
  const last = values.length - 1;
  let shown = -1;
  const show = (place) => {
    values[shown]?.classList.remove("on");
    shown = place;
    values[shown]?.classList.add("on");
    const lines = values[shown]?.querySelectorAll("text") ?? [];
    spoken.textContent = [...lines].map((line) => line.textContent).join(" ");
  };
  chart.addEventListener("focus", () => {
    if (chart.matches(":focus-visible")) show(last);
  });
  chart.addEventListener("blur", () => show(-1));
  // What is pointed at has the place of the values.
  chart.addEventListener("pointermove", () => show(-1));
  chart.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const before = shown < 0 ? last : Math.max(shown - 1, 0);
    const after = Math.min(shown + 1, last);
    const keys = { ArrowLeft: before, ArrowUp: before, ArrowRight: after, ArrowDown: after, Home: 0, End: last, Escape: -1 };
    if (!(event.key in keys)) return;
    event.preventDefault();
    show(keys[event.key]);
  });
}
