import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

/** Where distributions put it; `CHROMIUM` names another. */
const places = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** The path of a Chromium on this machine; `undefined` where there is none. */
export function findChromium(): string | undefined {
  return places.find((path) => path !== undefined && existsSync(path));
}

/** Starts it; nothing of it goes anywhere but to the pages it is told to open. */
export async function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
