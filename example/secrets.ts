import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { bearerToken } from "../src/cli/init/tokens.ts";

/**
 * Writes `.dev.vars` with random secrets where there is none, readable by its owner only.
 *
 * @returns Whether it was written; an existing file is never touched.
 */
export function writeSecrets(file: string): boolean {
  if (existsSync(file)) return false;
  const lines = [
    "# Written by npm start, random. For webhooks of your own account put its auth token here.",
    `TWILIO_AUTH_TOKEN=${randomBytes(16).toString("hex")}`,
    "# Bearer tokens of the log: to read it, and to unmask what is personal.",
    `LOG_TOKEN=${bearerToken()}`,
    `LOG_ADMIN_TOKEN=${bearerToken()}`,
    "# Seals what is stored of a webhook and of its answer.",
    `LOG_KEY=${bearerToken()}`,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600, flag: "wx" });
  return true;
}
