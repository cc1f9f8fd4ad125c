// `npm run screenshots`: pictures of the page's main views for the README, of deliveries that were made up.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { findChromium, startBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { startPageWorker, type PageWorker } from "../support/page-worker.ts";
import { sampleStats } from "../support/sample-stats.ts";
import { sidOf, smsFields, voiceFields } from "../support/sign.ts";

const folder = join(import.meta.dirname, "../../docs/images");

const chromium = findChromium();
if (chromium === undefined) {
  console.error("There is no Chromium: apt-get install chromium, or name one in CHROMIUM.");
  process.exit(1);
}
const [worker, browser] = await Promise.all([startPageWorker(), startBrowser(chromium)]);
try {
  await mkdir(folder, { recursive: true });
  const told = await someDeliveries(worker);
  await pictures("wide", { colorScheme: "light", viewport: { width: 1280, height: 800 } }, told);
  await pictures("narrow", { colorScheme: "dark", viewport: { width: 390, height: 844 } }, told);
} finally {
  await browser.close();
  await worker.close();
}
process.exit(0);

async function pictures(
  size: string,
  options: Parameters<typeof browser.newContext>[0],
  delivery: string,
): Promise<void> {
  const context = await browser.newContext({ ...options, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.route("**/_log/stats?*", (route) => route.fulfill({ json: sampleStats(Date.now()) }));
  await page.goto(`${worker.host}/_log`);
  await page.getByLabel("Token").waitFor();
  await page.getByLabel("Token").fill(worker.adminToken);
  await page.keyboard.press("Enter");
  await page.locator("[data-id]").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.locator(".selected a:focus").waitFor();
  await page.screenshot({ path: join(folder, `list-${size}.png`) });
  await show(page, `/_log/d/${delivery}`, "Verification");
  await page.screenshot({ path: join(folder, `delivery-${size}.png`) });
  await show(page, "/_log/overview", "Storage");
  await page.screenshot({ path: join(folder, `overview-${size}.png`), fullPage: size === "wide" });
  await context.close();
}

async function show(page: Page, address: string, heading: string): Promise<void> {
  await page.goto(`${worker.host}${address}`);
  await page.getByRole("heading", { name: heading }).waitFor();
  // What comes after it: the list of the related ones.
  await page.waitForLoadState("networkidle");
}

/** Some minutes of an application, and the id of a call's step that took its time. */
async function someDeliveries({ send, answer }: PageWorker): Promise<string> {
  const call = sidOf("CA", "a call");
  const calling = (status: string) => ({
    path: status === "in-progress" ? "/voice/menu" : "/voice/incoming",
    fields: voiceFields(call),
    parameters: { CallStatus: status },
  });
  const texting = (number: number) => ({
    fields: smsFields("Where is my order?", sidOf("SM", `text ${number}`)),
    headers: { "I-Twilio-Idempotency-Token": `text-${number}` },
  });
  const status = (number: number, word: string) => ({
    path: "/status",
    fields: [
      ["MessageSid", sidOf("SM", `sent ${number}`)],
      ["MessageStatus", word],
      ["AccountSid", "AC0123456789abcdef0123456789abcdef"],
    ] as const,
  });
  for (const number of [1, 2, 3]) {
    await send(texting(number));
    await send(status(number, "sent"));
  }
  answer({
    body: "<Response><Play>welcome.mp3</Play><Redirect>/voice/menu</Redirect></Response>",
    delayMs: 38,
  });
  await send(calling("ringing"));
  answer({ status: 503, delayMs: 1_480 });
  const slow = send(calling("in-progress"));
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  answer({
    body: '<Response><Gather input="dtmf speech" action="/voice/choice" timeout="4"><Say voice="alice">Press one for your order, two for anything else.</Say></Gather><Hangup/></Response>',
    delayMs: 1_960,
  });
  const { id } = await slow;
  answer({ delayMs: 61 });
  await send({ ...texting(3) });
  await send(status(1, "delivered"));
  await send({ ...texting(4), isForged: true });
  answer({ status: 500, delayMs: 12 });
  await send(texting(5));
  await send({ path: "/voice/late", fields: voiceFields(sidOf("CA", "late")) });
  for (const number of [2, 3]) await send(status(number, "delivered"));
  answer({ delayMs: 24 });
  await send(texting(6));
  await send({ path: "/none", fields: smsFields("Hello", sidOf("SM", "unrouted")) });
  await eventually("the delivery in the log", async () => {
    const headers = { Authorization: `Bearer ${worker.token}` };
    const response = await fetch(`${worker.host}/_log/deliveries/${id}`, { headers });
    return (await response.text()).includes('"outcome": "answered"');
  });
  return id;
}
