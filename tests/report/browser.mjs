// Opens a page as a reader would and prints what it found, as JSON: [playwright-core, axe-core, browser, file…].
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [playwright, axe, browser, ...files] = process.argv.slice(2);
const { chromium } = await import(pathToFileURL(join(playwright, "node_modules/playwright-core/index.mjs")));
const rules = readFileSync(join(axe, "node_modules/axe-core/axe.min.js"), "utf8");
const opened = await chromium.launch({
  executablePath: browser,
  args: [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});

const found = [];
const views = [["light", 1200], ["dark", 360], ["dark", 1200], ["light", 360]];
for (const [number, file] of files.entries()) {
  for (const [colorScheme, width] of number ? views.slice(0, 2) : views) {
    const context = await opened.newContext({ colorScheme, viewport: { width, height: 900 } });
    const page = await context.newPage();
    const said = [];
    const asked = [];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(error.message));
    page.on("dialog", (dialog) => { said.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    const told = { file, colorScheme, width, said, asked };
    told.wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    told.keyboard = await walk(page);
    // An isolated world: the page's own policy stops foreign scripts, as it should.
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
    const session = await context.newCDPSession(page);
    const { frameTree } = await session.send("Page.getFrameTree");
    const world = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "axe" });
    await session.send("Runtime.evaluate", { expression: rules, contextId: world.executionContextId });
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
      expression: "axe.run().then((r) => ({ passes: r.passes.length, violations: r.violations.map((v) => "
        + "({ id: v.id, impact: v.impact, nodes: v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200) + ' ' + n.failureSummary) })) }))",
      contextId: world.executionContextId, awaitPromise: true, returnByValue: true,
    });
    told.axe = result.value ?? { failed: exceptionDetails };
    found.push(told);
    await context.close();
  }
}
await opened.close();
console.log(JSON.stringify(found));

// By keys alone: to the filters, hide a kind, search, show all again, open a finding, follow a link to one.
async function walk(page) {
  const told = { passed: [] };
  const shown = () => page.locator("details.finding:visible").count();
  const at = () => page.evaluate(() => {
    const here = document.activeElement;
    return here.name || here.id || here.tagName.toLowerCase();
  });
  await page.keyboard.press("Tab");
  told.first = await page.evaluate(() => document.activeElement.getAttribute("href"));
  await page.keyboard.press("Enter");
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    told.passed.push(await at());
    if (told.passed.at(-1) === "summary") break;
  }
  told.before = await shown();
  await page.locator("input[name=weight]").first().focus();
  await page.keyboard.press("Space");
  told.without = await shown();
  await page.keyboard.press("Space");
  told.again = await shown();
  await page.locator("#filter-text").focus();
  await page.keyboard.type("zzz nothing is like this");
  told.none = await shown();
  told.status = await page.locator("#shown").textContent();
  await page.locator("button[type=reset]").focus();
  await page.keyboard.press("Enter");
  await page.waitForTimeout(50);
  told.all = await shown();
  await page.locator("details.finding:visible > summary").first().focus();
  await page.keyboard.press("Enter");
  told.opened = await page.locator("details.finding[open]").count();
  const link = page.locator("main a[href^='#']:not([href='#findings'])").first();
  if (await link.count()) {
    const target = (await link.getAttribute("href")).slice(1);
    await page.evaluate(() => document.querySelector("input[name=weight]").click());
    await link.focus();
    await page.keyboard.press("Enter");
    await page.waitForTimeout(50);
    told.led = await page.evaluate((id) => {
      const entry = document.getElementById(id);
      return entry.open && entry.contains(document.activeElement);
    }, target);
  }
  return told;
}
