import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findChromium, startBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { startPageWorker, type PageWorker } from "../support/page-worker.ts";
import type { Stats } from "../../src/page/api-types.ts";
import { sampleStats } from "../support/sample-stats.ts";
import { debuggerFields, madeUpPayload } from "../support/twilio-reports.ts";

const chromium = findChromium();
if (chromium === undefined)
  console.warn("The browser tests are skipped: there is no Chromium (apt-get install chromium).");

const axe = readFileSync(
  join(import.meta.dirname, "../../node_modules/axe-core/axe.min.js"),
  "utf8",
);

/** What is answered to whoever is not signed in: a browser tells of it on its console. */
const EXPECTED_FAILURES = /\/_log\/(session|stats)(\?.*)?$/;

describe.skipIf(chromium === undefined)("the page in a browser", () => {
  let worker: PageWorker;
  let browser: Browser;
  let context: BrowserContext;
  const complaints: string[] = [];

  beforeAll(async () => {
    [worker, browser] = await Promise.all([startPageWorker(), startBrowser(chromium ?? "")]);
  });

  afterEach(async () => {
    worker.answer({});
    await context?.close();
    expect(complaints.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await worker?.close();
  });

  /** A new browser profile's page, which tells all that goes wrong on it. */
  async function openPage(
    address = "/_log",
    options: Parameters<Browser["newContext"]>[0] = {},
  ): Promise<Page> {
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    await context.addInitScript(
      `document.addEventListener("securitypolicyviolation", (event) => console.error("CSP", event.violatedDirective, event.blockedURI));`,
    );
    const page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("dialog", (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("console", (message) => {
      if (message.type() === "error" && !EXPECTED_FAILURES.test(message.location().url))
        complaints.push(`${message.text()} ${message.location().url}`);
    });
    await page.goto(`${worker.host}${address}`);
    return page;
  }

  async function signedIn(
    address = "/_log",
    {
      token = worker.adminToken,
      ...options
    }: { token?: string; viewport?: { width: number; height: number } } = {},
  ): Promise<Page> {
    const page = await openPage(address, options);
    await page.getByLabel("Token").fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("banner").waitFor();
    return page;
  }

  /** The row of a delivery, once it is in the list. */
  function rowOf(page: Page, id: string) {
    return page.locator(`[data-id="${id}"]`);
  }

  async function logged(id: string): Promise<void> {
    await eventually(`${id} in the log`, async () => {
      const response = await fetch(`${worker.host}/_log/deliveries/${id}`, {
        headers: { Authorization: `Bearer ${worker.token}` },
      });
      const found: unknown = await response.json();
      return response.ok && !JSON.stringify(found).includes('"outcome":"running"');
    });
  }

  test("signs in with a token, and out again; no script can read the session", async () => {
    const page = await openPage("/_log?outcome=refused");
    await page.getByLabel("Token").fill("a-token-that-opens-nothing-0000000000000");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("neither LOG_TOKEN nor LOG_ADMIN_TOKEN").waitFor();
    await page.getByLabel("Token").fill(worker.token);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Deliveries" }).waitFor();
    expect(new URL(page.url()).search).toBe("?outcome=refused");

    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ name: "hookswitch", httpOnly: true, sameSite: "Strict" });
    expect(
      await page.evaluate("document.cookie + JSON.stringify([localStorage, sessionStorage])"),
    ).toBe("[{},{}]");
    await page.reload();
    await page.getByText("reader", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Token").waitFor();
    expect(await context.cookies()).toEqual([]);
  });

  test("says so where the browser keeps no session", async () => {
    const page = await openPage();
    await page.route("**/_log/session", async (route) => {
      if (route.request().method() === "POST") await route.fulfill({ json: { role: "reader" } });
      else await route.continue();
    });
    await page.getByLabel("Token").fill(worker.token);
    await page.keyboard.press("Enter");
    await page.getByText("open the page by https").waitFor();
  });

  test("filters by what is typed, and the address leads a colleague to the same list", async () => {
    const [forged, answered] = [await worker.send({ isForged: true }), await worker.send()];
    await logged(answered.id);
    const page = await signedIn();
    await rowOf(page, answered.id).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("refused sms");
    await page.keyboard.press("Enter");
    await rowOf(page, answered.id).waitFor({ state: "detached" });
    expect(forged.status).toBe(403);
    expect(new URL(page.url()).search).toBe("?origin=sms&outcome=refused");
    await page.getByText("signature mismatch").first().waitFor();

    const colleague = await context.newPage();
    await colleague.goto(page.url());
    await colleague.getByText("signature mismatch").first().waitFor();
    expect(await colleague.locator("[data-id].good").count()).toBe(0);
    expect(await colleague.locator("#filter").inputValue()).toBe("origin:sms outcome:refused");
    await page.goBack();
    await rowOf(page, answered.id).waitFor();
  });

  test("finds by an exact number without a number in the address", async () => {
    const { id } = await worker.send({ parameters: { From: "+14155550777", MessageSid: "SM1" } });
    await logged(id);
    const page = await signedIn();
    await page.locator("#filter").fill("from:+14155550777");
    await page.keyboard.press("Enter");
    await page.getByText("1 matching").waitFor();
    await rowOf(page, id).waitFor();
    expect(page.url()).toBe(`${worker.host}/_log`);
  });

  test("opens a delivery; an administrator unmasks it, and Escape leads back", async () => {
    worker.answer({ body: '<Response><Say voice="alice">Good morning</Say><Hangup/></Response>' });
    const { id } = await worker.send({
      path: "/voice/menu",
      parameters: { Body: "A private text" },
    });
    await logged(id);
    const page = await signedIn();
    await rowOf(page, id).click();
    await page.getByRole("heading", { name: "Until Twilio had its answer" }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/_log/d/${id}`);
    await page.getByText("(14 characters)").waitFor();
    await page.getByText("TWILIO_AUTH_TOKEN#1").waitFor();
    expect(await page.getByText("A private text").count()).toBe(0);
    await page.getByRole("button", { name: "Unmask" }).click();
    await page.getByText("A private text").waitFor();
    expect(await page.locator(".piece-element").first().textContent()).toBe("Response");
    await page.getByText("Good morning").waitFor();
    await page.keyboard.press("Escape");
    await rowOf(page, id).waitFor();
    expect(page.url()).toBe(`${worker.host}/_log`);
  });

  test("tells why one was refused, and what to do", async () => {
    await worker.send({
      isForged: true,
      parameters: { MessageSid: "SM0123456789abcdef0123456789abcdef" },
    });
    const page = await signedIn("/_log?outcome=refused");
    await page.locator("[data-id]").first().click();
    await page.getByText("compare the auth token first").waitFor();
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByText("No single change makes it valid").waitFor();
    await page
      .getByRole("listitem")
      .filter({ hasText: "Forged: then the refusal is right" })
      .waitFor();
  });

  test("says which single change explains a refusal, to a reader too", async () => {
    const { id } = await worker.send({
      headers: { "X-Forwarded-Host": "calls.example.org" },
      signedFor: "http://calls.example.org/sms",
    });
    const page = await signedIn("/_log?outcome=refused", { token: worker.token });
    // Refusals travel once a second: until then the first row is another one's.
    await page.locator(`[data-id="${id}"]`).click();
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByText('Set public_url = "http://calls.example.org"').waitFor();
  });

  test("puts Twilio's own view beside ours, from either side", async () => {
    const sid = `SM${"e".repeat(32)}`;
    const { id } = await worker.send({ parameters: { MessageSid: sid } });
    const payload = madeUpPayload({
      url: `${worker.host}/sms`,
      resourceSid: sid,
      parameters: {},
      response: {
        headers: { "X-Twilio-WebhookError": "11203 <img src=x onerror=alert(1)>" },
        body: "<script>alert(1)</script>",
      },
    });
    const fields = debuggerFields(payload, { Timestamp: new Date().toISOString() });
    const event = await worker.send({ path: "/debugger", fields: Object.entries(fields) });
    expect(event.status).toBe(200);
    const page = await signedIn(`/_log/d/${id}`);
    const seen = page.getByRole("region", { name: "What Twilio saw" });
    await seen.getByText(/Twilio says 11200 .*11203 <img.* Hookswitch answered 200 in/).waitFor();
    await seen.getByRole("link", { name: event.id }).click();
    await page
      .getByRole("heading", { name: /debugger_error|debugger error/i })
      .first()
      .waitFor();
    await seen.getByRole("link", { name: id }).click();
    await page.waitForURL(`**/_log/d/${id}`);
  });

  test("replays a delivery once that is confirmed, and shows what became of it", async () => {
    worker.answer({ status: 500 });
    const { id } = await worker.send({ path: "/voice/late" });
    await logged(id);
    worker.answer({});
    const page = await signedIn(`/_log/d/${id}`);
    await page.getByRole("button", { name: "Replay…" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toContain("failed");
    await page.getByRole("button", { name: "Replay…" }).click();
    await page.getByRole("button", { name: "Send again" }).click();
    await page.getByText(/^Delivered: attempt 3, 200/).waitFor();
    await page.getByText("replay, attempt 3 to the origin: 200").waitFor();
  });

  test("lets a reader neither replay nor unmask", async () => {
    const { id } = await worker.send();
    await logged(id);
    const page = await signedIn(`/_log/d/${id}`, { token: worker.token });
    for (const name of ["Replay…", "Unmask"])
      expect(await page.getByRole("button", { name }).isDisabled()).toBe(true);
  });

  test("copies a delivery as commands", async () => {
    const { id } = await worker.send();
    await logged(id);
    const page = await signedIn(`/_log/d/${id}`);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy as hookswitch send" }).click();
    await page.getByText("Copied.").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toContain(
      "npx hookswitch send sms",
    );
  });

  test("shows a row that comes in while it is looked at, by the stream, and asks no more for the newest", async () => {
    const page = await signedIn();
    await page.getByRole("table").waitFor();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    const { id } = await worker.send();
    await rowOf(page, id).waitFor({ timeout: 10_000 });
    await page.getByText(/^\d+ new deliver(y|ies)$/).waitFor({ state: "attached" });
    await page.waitForTimeout(2_500);
    expect(asked.filter((path) => path === "/_log/deliveries").length).toBeLessThan(2);
  });

  test("asks every two seconds where the stream is refused", async () => {
    const page = await openPage();
    await page.route("**/_log/stream*", (route) => route.fulfill({ status: 204 }));
    await page.getByLabel("Token").fill(worker.token);
    await page.keyboard.press("Enter");
    await page.getByRole("table").waitFor();
    const { id } = await worker.send();
    await rowOf(page, id).waitFor({ timeout: 10_000 });
  });

  test("looks for a text, says how far, and goes on when it is asked to", async () => {
    const { id } = await worker.send();
    await logged(id);
    const page = await signedIn();
    await page.getByLabel("Filter deliveries").fill(`"${id.toLowerCase()}"`);
    await page.keyboard.press("Enter");
    await rowOf(page, id).waitFor();
    await page.getByText(/^Looked through [\d,]+ deliver.*, to the end of the log\./).waitFor();
    expect(new URL(page.url()).searchParams.get("q")).toBe(id.toLowerCase());
    let pages = 0;
    await page.route("**/_log/deliveries?*", async (route) => {
      pages++;
      const isFirst = !new URL(route.request().url()).searchParams.has("cursor");
      await route.fulfill({
        json: {
          deliveries: [],
          cursor: isFirst ? `${id}.1` : null,
          looked_at: { deliveries: 500, back_to: isFirst ? "2026-11-24T09:00:00.000Z" : null },
        },
      });
    });
    await page.getByLabel("Filter deliveries").fill('"nowhere to be found"');
    await page.keyboard.press("Enter");
    await page.getByText(/^Looked through 500 deliveries, back to /).waitFor();
    expect(pages).toBeLessThan(3);
    await page.getByRole("button", { name: "Look further back" }).click();
    await page.getByText("Looked through 1,000 deliveries, to the end of the log.").waitFor();
  });

  test("draws only what is in sight of hundreds of rows, and loads older ones on the way down", async () => {
    const wanted = 230;
    for (let sent = 0; sent < wanted; sent += 10)
      await Promise.all(Array.from({ length: 10 }, () => worker.send()));
    const page = await signedIn();
    await page.locator("[data-id]").first().waitFor();
    const { height, drawn } = await eventually("older rows", async () => {
      await page.mouse.wheel(0, 4_000);
      const [now, count] = await Promise.all([
        page.evaluate<number>("document.querySelector('.list .body').offsetHeight"),
        page.locator("[data-id]").count(),
      ]);
      return now >= wanted * 36 && { height: now, drawn: count };
    });
    expect(height).toBeGreaterThanOrEqual(wanted * 36);
    expect(drawn).toBeLessThan(60);
  });

  test("works without a mouse, and shows where the focus is", async () => {
    const sent = [await worker.send(), await worker.send()];
    for (const { id } of sent) await logged(id);
    const page = await openPage();
    await page.locator("#token:focus").waitFor();
    await page.keyboard.type(worker.token);
    await page.keyboard.press("Enter");
    await rowOf(page, sent[1]?.id ?? "").waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("ArrowDown");
    await page.locator(`.selected[data-id="${sent[0]?.id}"] a:focus`).waitFor();
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe(
      "solid",
    );
    await page.keyboard.press("k");
    await page.locator(`[data-id="${sent[1]?.id}"] a:focus`).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Until Twilio had its answer" }).waitFor();
    expect(page.url()).toContain(sent[1]?.id);
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await page.keyboard.press("Escape");
    await page.locator(`[data-id="${sent[1]?.id}"] a:focus`).waitFor();
    await page.keyboard.press("Shift+Tab");
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe(
      "solid",
    );
  });

  test("shows hostile content as text, whatever it is in", async () => {
    const script = "<script>alert(1)</script>";
    const image = '<img src="x" onerror="alert(2)">';
    worker.answer({
      body: `<Response><Message>&lt;script&gt;alert(3)&lt;/script&gt;<![CDATA[${image}]]></Message></Response>`,
      headers: { "X-Answer": image },
    });
    const { id } = await worker.send({
      path: `/sms/${encodeURIComponent(script)}?q=${encodeURIComponent(image)}`,
      parameters: { Body: `${script}${image}`, [image]: script, MessageStatus: script },
      headers: { "X-Evil": image, "User-Agent": script },
    });
    await logged(id);
    const page = await signedIn();
    await rowOf(page, id).getByText(script).waitFor();
    await rowOf(page, id).click();
    await page.getByRole("button", { name: "Unmask" }).click();
    await page.getByText("unmasked").waitFor();
    for (const details of await page.locator("details").all())
      await details.locator("summary").click();
    await page.getByText(`${script}${image}`).waitFor();
    await page.getByText("&lt;script&gt;alert(3)").first().waitFor();
    expect(await page.getByText(image, { exact: true }).count()).toBeGreaterThanOrEqual(3); // a query's value, a parameter's name, headers
    expect(await page.locator("main img, main script").count()).toBe(0);
    // A malformed document is shown as it is.
    worker.answer({ body: `<Response>${script}${image}`, status: 404 });
    const broken = await worker.send({ path: "/voice/broken" });
    await logged(broken.id);
    await page.goto(`${worker.host}/_log/d/${broken.id}`);
    await page.getByRole("heading", { name: "Answer to Twilio" }).waitFor();
    expect(await page.locator("main img, main script").count()).toBe(0);
  });

  test("gives an overview of what was and of how it is", async () => {
    worker.answer({ status: 503 });
    const { id } = await worker.send({ path: "/status" });
    await logged(id);
    const page = await signedIn("/_log");
    await withStats(page);
    await page.getByRole("link", { name: "Overview" }).click();
    await page.getByRole("img", { name: /^Webhooks per minute/ }).waitFor();
    await page.getByRole("img", { name: /Twilio waits 15 s$/ }).waitFor();
    const waiting = page.getByRole("row", { name: /^status .*oldest/ });
    await waiting.waitFor();
    const code = page.getByRole("link", { name: "11217", exact: true });
    expect(await code.getAttribute("href")).toBe("https://www.twilio.com/docs/api/errors/11217");
    await page.getByRole("link", { name: "7d" }).click();
    expect(new URL(page.url()).search).toBe("?since=7d");
    await page.getByRole("link", { name: "412 deliveries with error 11217" }).click();
    expect(new URL(page.url()).search).toBe("?error_code=11217&since=7d");
  });

  test("draws what the Worker has counted, and stands where nothing was measured", async () => {
    const { id } = await worker.send({ path: "/voice" });
    await logged(id);
    const page = await signedIn("/_log/overview?since=1h");
    await page.getByRole("img", { name: /Twilio waits 15 s$/ }).waitFor();
    const webhooks = page.locator(".tile", { hasText: "Webhooks" }).locator("dd");
    expect(Number((await webhooks.textContent())?.trim())).toBeGreaterThan(0);
    await page.getByRole("row", { name: /^voice/ }).waitFor();
    await page.route("**/_log/stats?*", async (route) => {
      const stats: Stats = await (await route.fetch()).json();
      const totals = { outcomes: {}, origins: {}, error_codes: [], total_ms: null };
      const points = stats.points.map((point) => ({ ...point, outcomes: {}, total_ms: null }));
      await route.fulfill({ json: { ...stats, points, totals } });
    });
    await page.getByRole("link", { name: "6h" }).click();
    await page.locator(".tile", { hasText: "p95" }).getByText("–").waitFor();
  });

  /** A day's statistics, the same on every machine. */
  async function withStats(page: Page): Promise<void> {
    await page.route("**/_log/stats?*", (route) =>
      route.fulfill({ json: sampleStats(Date.now()) }),
    );
  }

  test("fits a window of 360 px, in every view", async () => {
    worker.answer({ status: 503 });
    const path = `/voice/${"a-long-path-without-an-end/".repeat(8)}`;
    const { id } = await worker.send({ path, parameters: { Body: "x".repeat(300) } });
    await logged(id);
    const page = await signedIn("/_log", { viewport: { width: 360, height: 640 } });
    await withStats(page);
    for (const [address, sign] of [
      ["/_log", `[data-id="${id}"]`],
      [`/_log/d/${id}`, "#verification"],
      ["/_log/overview", "#storage"],
    ] as const) {
      await page.goto(`${worker.host}${address}`);
      await page.locator(sign).waitFor();
      expect(
        await page.evaluate("document.documentElement.scrollWidth - innerWidth"),
      ).toBeLessThanOrEqual(0);
    }
  });

  test.each(["light", "dark"] as const)("axe finds nothing serious, %s", async (colorScheme) => {
    worker.answer({ status: 503 });
    const failed = await worker.send({ path: "/voice/menu" });
    const queued = await worker.send({ path: "/status" });
    await worker.send({ isForged: true });
    await logged(failed.id);
    const page = await openPage("/_log", { colorScheme });
    await page.getByLabel("Token").waitFor();
    const found: string[] = await seriousIn(page, "sign-in");
    await page.getByLabel("Token").fill(worker.adminToken);
    await page.keyboard.press("Enter");
    await rowOf(page, failed.id).waitFor();
    await page.getByText("All filters").click();
    await page.keyboard.press("Escape");
    found.push(...(await seriousIn(page, "list")));
    for (const { id } of [failed, queued]) {
      await page.goto(`${worker.host}/_log/d/${id}`);
      await page.getByRole("heading", { name: "Verification" }).waitFor();
      found.push(...(await seriousIn(page, "delivery")));
    }
    await withStats(page);
    await page.goto(`${worker.host}/_log/overview`);
    await page.getByRole("heading", { name: "Errors" }).waitFor();
    found.push(...(await seriousIn(page, "overview")));
    expect(found).toEqual([]);
  });

  async function seriousIn(page: Page, view: string): Promise<string[]> {
    await page.evaluate(axe);
    const violations = await page.evaluate<
      { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[]
    >("axe.run().then(({ violations }) => violations)");
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${view}: ${id}: ${html} ${failureSummary}`),
      );
  }
});
