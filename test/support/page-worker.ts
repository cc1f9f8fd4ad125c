import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startWorker } from "../../example/worker.ts";
import { closedPort } from "./loopback.ts";
import { builtPage } from "./page.ts";
import { encodeForm, signature, smsFields, type Fields } from "./sign.ts";

const root = join(import.meta.dirname, "../..");
const authToken = "b7f0c5e91a1d4826af03c7e5b9d1f264";

/** The whole Worker with its page, on this machine, and an application behind it that does as it is told. */
export interface PageWorker {
  /** `http://127.0.0.1:<port>`. */
  readonly host: string;
  readonly token: string;
  readonly adminToken: string;
  /** Sends a webhook as Twilio would: an inbound SMS, but for what is said. */
  readonly send: (parts?: {
    /** With its query; `/sms` by default. */
    readonly path?: string;
    /** In place of the SMS's. */
    readonly fields?: Fields;
    /** Added to them, or in their place. */
    readonly parameters?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    /** Signed with another token, as somebody else would. */
    readonly isForged?: boolean;
    /** Signed for another URL than the one it is sent to. */
    readonly signedFor?: string;
  }) => Promise<{ readonly id: string; readonly status: number }>;
  /** What the application answers from now on. */
  readonly answer: (answer: ScriptedAnswer) => void;
  readonly close: () => Promise<void>;
}

/** An answer of the application. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
}

/** Starts it on free ports, with empty storage. */
export async function startPageWorker(): Promise<PageWorker> {
  builtPage();
  const folder = await mkdtemp(join(tmpdir(), "hookswitch-page-"));
  let scripted: ScriptedAnswer = {};
  const app = createServer((request, response) => answerAs(scripted, request, response));
  const [port, appPort] = [await closedPort(), await closedPort()];
  app.listen(appPort, "127.0.0.1");
  // Beside no .dev.vars of the user's.
  const shipped = await readFile(join(root, "wrangler.toml"), "utf8");
  const configFile = join(folder, "wrangler.toml");
  await writeFile(
    configFile,
    shipped
      .replace('main = "src/', `main = "${root}/src/`)
      .replace('"dist/page"', `"${root}/dist/page"`)
      .replaceAll("127.0.0.1:8788", `127.0.0.1:${appPort}`),
  );
  const tokens = {
    token: "reading-token-of-the-browser-tests-0000",
    adminToken: "administering-token-of-the-browser-tests",
  };
  const worker = await startWorker({
    configFile,
    port,
    stateFolder: join(folder, "state"),
    vars: {
      TWILIO_AUTH_TOKEN: authToken,
      LOG_TOKEN: tokens.token,
      LOG_ADMIN_TOKEN: tokens.adminToken,
      ORIGINS: originsAt(appPort),
    },
    log: () => undefined,
  });
  const host = `http://127.0.0.1:${port}`;
  return {
    host,
    ...tokens,
    answer: (answer) => void (scripted = answer),
    send: async (parts = {}) => {
      const { path = "/sms", parameters = {}, headers = {}, isForged = false, signedFor } = parts;
      const own = Object.fromEntries(parts.fields ?? smsFields());
      const fields: Fields = Object.entries({ ...own, ...parameters });
      const key = isForged ? "0123456789abcdef0123456789abcdef" : authToken;
      const response = await fetch(`${host}${path}`, {
        method: "POST",
        body: encodeForm(fields),
        headers: {
          "Content-Type": "application/x-www-form-urlencoded",
          "X-Twilio-Signature": signature(key, signedFor ?? `${host}${path}`, fields),
          ...headers,
        },
      });
      await response.arrayBuffer();
      return { id: response.headers.get("hookswitch-delivery") ?? "", status: response.status };
    },
    close: async () => {
      await worker.close();
      app.closeAllConnections();
      app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function originsAt(port: number): Readonly<Record<string, unknown>> {
  const app = `http://127.0.0.1:${port}`;
  return {
    sms: {
      path: "/sms/*",
      url: `${app}/sms/*#rc=2&rp=5xx,ct`,
      fallback_twiml: "<Response><Message>We will answer soon.</Message></Response>",
    },
    voice: { path: "/voice/*", url: `${app}/voice/*#rc=1&rp=5xx` },
    status: { path: "/status", url: `${app}/status`, mode: "queue" },
    debugger: { path: "/debugger", mode: "debugger" },
  };
}

function answerAs(
  answer: ScriptedAnswer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  request.resume();
  request.on("end", () =>
    setTimeout(() => {
      response.writeHead(answer.status ?? 200, { "Content-Type": "text/xml", ...answer.headers });
      response.end(answer.body ?? "<Response><Message>Thank you</Message></Response>");
    }, answer.delayMs ?? 0),
  );
}
