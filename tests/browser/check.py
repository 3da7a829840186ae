"""Makes pages with the program and checks each of them in Chromium, in light and dark and at two widths.

- The console is silent, and nothing is requested but the file itself.
- The verdict and every chart that belongs to the page are there, and no chart is empty or wider than the screen.
- Pointing at a chart shows a value that was hidden, and arrow keys show the values of a chart that has the focus.
- No text of a chart lies over another or beyond its edge, the values that pointing shows among them.
- All columns of the tables of significance are in sight.
- axe-core finds no violation: contrast, names of charts, order of headings, focus.
- A ticker named <script>alert(1)</script> is shown as text.
- Without JavaScript the same is there: the only script of a page is that of the arrow keys.

Screenshots are left beside the pages.
"""

import pathlib
import shutil
import subprocess
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

EVIL = "<script>alert(1)</script>"
WIDTHS = (1280, 400)
# Texts beyond the edge of their chart, and texts that lie over others.
TEXTS = """() => {
  const faults = [];
  const box = (text) => ({ text: text.textContent, ...text.getBoundingClientRect().toJSON() });
  for (const chart of document.querySelectorAll("svg")) {
    const edge = chart.getBoundingClientRect();
    if (!edge.width) continue;
    const texts = [...chart.querySelectorAll("text")];
    for (const one of texts.map(box)) {
      const beyond = Math.max(edge.left - one.left, one.right - edge.right, edge.top - one.top, one.bottom - edge.bottom);
      if (one.width && beyond > 1) faults.push(`a text ends ${Math.round(beyond)} pixels beyond its chart: ${one.text}`);
    }
    const shown = texts.filter((text) => getComputedStyle(text).visibility === "visible").map(box);
    shown.forEach((one, place) => shown.slice(0, place).forEach((other) => {
      const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (across > 1 && down > 0.45 * Math.min(one.height, other.height)) faults.push(`${one.text} lies over ${other.text}`);
    }));
  }
  return faults.slice(0, 5);
}"""
SCHEMES = ("light", "dark")


def make_pages(program, folder):
    """The pages, each with the sections that it must have."""
    data = pathlib.Path("data")
    evil = folder / "evil.csv"
    rows = data.joinpath("fb.csv").read_text().splitlines()
    evil.write_text("\n".join(["Ticker," + rows[0]] + [f"{EVIL},{row}" for row in rows[1:]]) + "\n")
    two = folder / "two.csv"
    two.write_text("\n".join(
        ["Ticker," + rows[0]] + [f"{ticker},{row}" for ticker in ("ONE", EVIL) for row in rows[-150:]]) + "\n")
    model = folder / "model.safetensors"
    path = folder / "path.safetensors"
    subprocess.run([program, "train", data / "fb.csv", "-m", path, "--topology", "many-to-many", "--horizon", "3", "--layers",
                    "2", "--epochs", "2", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    for cell, *more in [("conv",), ("dense", "--topology", "one-to-many", "--horizon", "3")]:
        subprocess.run([program, "train", data / "fb.csv", "-m", folder / f"{cell}.safetensors", "--cell", cell, *more,
                        "--epochs", "2", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    quick = ["--refit-every", "126", "--test-days", "60", "--quiet"]
    runs = {
        "train": (["train", data / "fb.csv", "-m", model, "--quiet"], "price losses skill test network card command"),
        "random": (["train", data / "fb.csv", "-m", model, "--init-from", "random", "--epochs", "6", "--quiet"],
                   "price losses skill test card command"),
        "predict": (["predict", data / "aapl.csv", "--pretrained"], "price numbers network card command"),
        "explain": (["explain", data / "aapl.csv", "--pretrained", "--window", "9", "--units"],
                    "network inputs gates influence gradient-norms numbers card command"),
        "decoder": (["explain", data / "fb.csv", "-m", path], "network inputs gates command"),
        "conv": (["explain", data / "fb.csv", "-m", folder / "conv.safetensors"], "network inputs gates influence gradient-norms card"),
        "dense": (["explain", data / "fb.csv", "-m", folder / "dense.safetensors"], "network inputs gates influence card"),
        "backtest": (["backtest", data / "fb.csv", "--brier", "+2%,-2%", "--audit=2", *quick],
                     "price returns skill intervals coverage error scores moves audit model command"),
        "evil": (["backtest", evil, *quick], "price returns skill intervals coverage error scores model command"),
        "several": (["predict", two, "--pretrained", "--path", "5"],
                    "overview series-1 series-1-price series-2 series-2-price series-2-card command"),
    }
    pages = {}
    for name, (arguments, sections) in runs.items():
        page = folder / f"{name}.html"
        command = [program, *map(str, arguments), "--report", str(page)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        pages[name] = (page, sections.split())
    return pages


def check(browser, name, page_file, sections, scheme, width, folder):
    """The faults of one page in one scheme and width."""
    faults = []
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.on("console", lambda message: faults.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(page_file.resolve().as_uri())
    page.wait_for_timeout(100)
    if len(requests) != 1:
        faults.append(f"requests: {requests[1:]}")
    if not page.locator(".verdict .answer").first.inner_text().strip():
        faults.append("no verdict")
    for section in sections:
        if page.locator(f"section#{section}").count() != 1:
            faults.append(f"no section {section}")
    faults.extend(check_charts(page, width))
    faults.extend(page.evaluate(TEXTS))
    if page.evaluate("[...document.querySelectorAll('.compact, .stacked')].some(t => t.parentElement.scrollWidth > t.parentElement.clientWidth)"):
        faults.append("columns of a table of significance are out of sight")
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if overflow > 0:
        faults.append(f"the page is {overflow} pixels wider than the screen")
    if name == "evil" and (EVIL not in page.inner_text("body") or page.locator("script").count() != 1):
        faults.append("the ticker is not shown as text")
    page.screenshot(path=folder / f"{name}-{scheme}-{width}.png", full_page=True)
    # Each scheme and each width once: axe takes longer than all the rest.
    if (scheme, width) in zip(SCHEMES, WIDTHS):
        faults.extend(check_with_axe(page))
    context.close()
    return faults


def check_with_axe(page):
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    violations = Axe().run(page).response["violations"]
    places = lambda violation: [node["target"] for node in violation["nodes"][:3]]
    return [f"axe: {one['id']}: {one['help']}: {places(one)}" for one in violations]


def check_charts(page, width):
    """Charts are seen, have names, and show values when they are pointed at."""
    faults = []
    charts = [chart for chart in page.locator("svg[role=img]").all() if chart.is_visible()]
    if not charts:
        return ["no chart"]
    for number, chart in enumerate(charts):
        name = (chart.get_attribute("aria-label") or "")[:60]
        box = chart.bounding_box()
        if not name or chart.locator("path, rect, circle").count() < 4:
            faults.append(f"chart {number} is empty: {name}")
        if box["width"] > width or box["height"] < 100:
            faults.append(f"chart {number} has the size {box}: {name}")
        faults.extend(check_hover(page, chart, name))
        faults.extend(check_keyboard(page, chart, name))
    return faults


def check_keyboard(page, chart, name):
    """The values of a chart that has the focus: the last ones first, then those that arrow keys lead to."""
    shown = lambda: chart.evaluate("element => [...element.querySelectorAll('.h')].findIndex(one => one.matches('.on'))")
    page.mouse.move(0, 0)
    chart.focus()
    last = chart.locator("g.h").count() - 1
    places = []
    for key in ("End", "ArrowLeft", "ArrowLeft", "ArrowRight", "Home", "ArrowUp", "ArrowDown", "Escape"):
        page.keyboard.press(key)
        places.append(shown())
    before = max(last - 1, 0)
    expected = [last, before, max(last - 2, 0), before if last > 1 else min(1, last), 0, 0, min(1, last), -1]
    faults = [] if places == expected else [f"arrow keys lead to {places}, not {expected}: {name}"]
    if chart.evaluate("element => getComputedStyle(element).outlineStyle") == "none":
        faults.append(f"the focus is not seen: {name}")
    page.keyboard.press("Home")
    text = chart.locator("g.h").first.locator("text").first
    if text.evaluate("element => getComputedStyle(element).visibility") != "visible":
        faults.append(f"the keyboard shows no value: {name}")
    elif page.locator(".spoken").inner_text().split() != " ".join(chart.locator("g.h").first.locator("text").all_text_contents()).split():
        faults.append(f"the value is not spoken: {name}")
    chart.evaluate("element => element.blur()")
    return faults


def check_hover(page, chart, name):
    hovers = chart.locator("g.h")
    if not hovers.count():
        return [f"nothing to point at: {name}"]
    chart.scroll_into_view_if_needed()
    # Away from every chart: the pointer stays where it was while the page scrolls.
    page.mouse.move(0, 0)
    # One in the middle.
    hover = hovers.nth(hovers.count() // 2)
    text = hover.locator("text").first
    visible = "element => getComputedStyle(element).visibility"
    if text.evaluate(visible) != "hidden":
        return [f"values are shown before: {name}"]
    box = hover.locator("rect").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown = text.evaluate(visible) == "visible" and any(c.isdigit() for c in text.text_content())
    return [] if shown else [f"no value is shown: {name}"]


def check_without_script(browser, page_file):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.resolve().as_uri())
    charts = page.locator("svg[role=img]").count()
    context.close()
    return [] if charts else ["without script there is no chart"]


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pages = make_pages(program, folder)
    failed = False
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox", "--disable-gpu"])
        for name, (page_file, sections) in pages.items():
            size = page_file.stat().st_size // 1000
            faults = check_without_script(browser, page_file)
            for scheme in SCHEMES:
                for width in WIDTHS:
                    found = check(browser, name, page_file, sections, scheme, width, folder)
                    faults.extend(f"{scheme}, {width} pixels: {fault}" for fault in found)
            print(f"{name}: {size} kB, {'passed' if not faults else f'{len(faults)} faults'}")
            for fault in faults:
                print(f"  {fault}")
            failed = failed or bool(faults)
        browser.close()
    sys.exit(1 if failed else 0)


main()
