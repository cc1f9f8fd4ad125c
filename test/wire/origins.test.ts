import { createServer } from "node:http";
import express, { type Express, type Request } from "express";
import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { close, listen } from "../support/loopback.ts";
import { authToken, startRig, type Rig } from "../support/rig.ts";
import {
  forged,
  formWebhook,
  getWebhook,
  jsonWebhook,
  smsFields,
  type SentWebhook,
} from "../support/sign.ts";

const publicHost = "hooks.example.net";

/** What an application did with a request. */
interface Verdict {
  readonly path: string;
  readonly isAccepted: boolean;
  readonly verifiedHeader: string | undefined;
}

/** How an application finds the URL that it checks the signature against. */
const checks = {
  /** The official middleware as it comes: its own host and the protocol that Express tells. */
  middleware: twilio.webhook(authToken),
  /** The same, told the public host; the protocol is what Express tells. */
  "middleware with host": twilio.webhook({ host: publicHost }, authToken),
  /** The same, told the public host and protocol. */
  "middleware with host and protocol": twilio.webhook(
    { host: publicHost, protocol: "https" },
    authToken,
  ),
  rack: (request: Request, response: express.Response, next: express.NextFunction): void => {
    const url = rackUrl(request);
    const signature = request.header("x-twilio-signature") ?? "";
    const isValid = url.includes("bodySHA256=")
      ? twilio.validateRequestWithBody(authToken, signature, url, rawBodies.get(request) ?? "")
      : twilio.validateRequest(authToken, signature, url, request.body ?? {});
    if (isValid) {
      next();
    } else {
      response.sendStatus(403);
    }
  },
} as const;
type Check = keyof typeof checks;

const rawBodies = new WeakMap<object, string>();

/** `Rack::Request#url`: what a proxy says goes before the request's own host and scheme. */
function rackUrl(request: Request): string {
  const last = (name: string): string | undefined =>
    request.header(name)?.split(",").at(-1)?.trim();
  const scheme = last("x-forwarded-scheme") ?? last("x-forwarded-proto") ?? "http";
  const authority = last("x-forwarded-host") ?? request.header("host") ?? "";
  const [host = "", ownPort] = authority.split(":");
  const defaultPort = scheme === "https" ? "443" : "80";
  const port = ownPort ?? last("x-forwarded-port") ?? defaultPort;
  return `${scheme}://${host}${port === defaultPort ? "" : `:${port}`}${request.originalUrl}`;
}

/** Every check under a path of its own; the path is the public one, as `keep` asks for. */
function application(trustProxy: boolean, verdicts: Verdict[]): Express {
  const app = express();
  app.set("trust proxy", trustProxy);
  app.use((request, response, next) => {
    const { path } = request; // A router further down would cut its own off it.
    response.on("finish", () =>
      verdicts.push({
        path,
        isAccepted: response.statusCode === 200,
        verifiedHeader: request.header("hookswitch-verified"),
      }),
    );
    next();
  });
  app.use(express.urlencoded({ extended: false }));
  app.use(
    express.json({
      verify: (request, _, body) => {
        rawBodies.set(request, body.toString());
        Object.assign(request, { rawBody: body.toString() }); // Where Twilio's middleware looks.
      },
    }),
  );
  for (const [name, check] of Object.entries(checks)) {
    app.use(`/:verify/:sign/:trust/${slug(name)}`, check, (_, response) => {
      const answer = new twilio.twiml.MessagingResponse();
      answer.message("Hi");
      response.type("text/xml").send(answer.toString());
    });
  }
  return app;
}

function slug(name: string): string {
  return name.replaceAll(" ", "-");
}

// Which check fits which way of signing. Under `twilio` the origin's own URL is signed and nothing is forwarded that
// would lead an application away from it; under `keep` an application has to know the public one, or be told.
const fits: readonly (readonly [sign: "twilio" | "keep", trustProxy: boolean, check: Check])[] = [
  ["twilio", false, "middleware"],
  ["twilio", true, "middleware"],
  ["twilio", false, "rack"],
  ["keep", false, "middleware with host and protocol"],
  ["keep", true, "middleware with host and protocol"],
  ["keep", true, "middleware with host"],
  ["keep", false, "rack"],
];

const webhooks: Readonly<Record<string, (url: string) => SentWebhook>> = {
  form: (url) => formWebhook({ token: authToken, url: `${url}?tenant=7`, fields: smsFields() }),
  GET: (url) => getWebhook({ token: authToken, url, fields: smsFields("it's 5 o'clock @ home") }),
  JSON: (url) => jsonWebhook({ token: authToken, url: `${url}?a=b`, body: '{ "a": "ü" }' }),
};

let rig: Rig;
const verdicts: Verdict[] = [];
const servers = [false, true].map((trustProxy) => createServer(application(trustProxy, verdicts)));
beforeAll(async () => {
  const [off, on] = await Promise.all(servers.map(listen));
  const origins: Record<string, unknown> = {};
  for (const verify of ["enforce", "observe"]) {
    for (const sign of ["twilio", "keep"]) {
      for (const [trust, port] of Object.entries({ off, on })) {
        const path = `/${verify}/${sign}/${trust}/*`;
        const url = `http://127.0.0.1:${port}${path}`;
        origins[`${verify}-${sign}-${trust}`] = { path, url, sign, verify };
      }
    }
  }
  rig = await startRig({ origins: () => origins });
});
afterAll(async () => {
  await rig.stop();
  await Promise.all(servers.map(close));
});

async function send(
  webhook: SentWebhook,
): Promise<{ readonly status: number; readonly verdicts: readonly Verdict[] }> {
  const before = verdicts.length;
  const { status } = await rig.deliver(webhook);
  return { status, verdicts: verdicts.slice(before) };
}

describe.each(fits)("under sign = %s, with trust proxy %s, the %s", (sign, trustProxy, check) => {
  const pathUnder = (verify: string): string =>
    `/${verify}/${sign}/${trustProxy ? "on" : "off"}/${slug(check)}`;

  test.each(Object.entries(webhooks))("accepts a %s webhook", async (_, make) => {
    const path = pathUnder("enforce");
    const { status, verdicts: said } = await send(make(`https://${publicHost}${path}`));
    expect(said).toEqual([{ path, isAccepted: true, verifiedHeader: "yes" }]);
    expect(status).toBe(200);
  });

  test.each(Object.entries(webhooks))(
    "accepts a %s webhook under verify = observe",
    async (_, make) => {
      const path = pathUnder("observe");
      const { status, verdicts: said } = await send(make(`https://${publicHost}${path}`));
      expect(said).toEqual([{ path, isAccepted: true, verifiedHeader: "yes" }]);
      expect(status).toBe(200);
    },
  );

  test.each(Object.entries(webhooks))(
    "refuses a forged %s webhook that verify = observe lets through",
    async (_, make) => {
      const path = pathUnder("observe");
      const { status, verdicts: said } = await send(forged(make(`https://${publicHost}${path}`)));
      expect(said).toEqual([{ path, isAccepted: false, verifiedHeader: "no" }]);
      expect(status).toBeGreaterThanOrEqual(400);
    },
  );

  test.each(Object.entries(webhooks))(
    "never sees a forged %s webhook under verify = enforce",
    async (_, make) => {
      const path = pathUnder("enforce");
      const { status, verdicts: said } = await send(forged(make(`https://${publicHost}${path}`)));
      expect(said).toEqual([]);
      expect(status).toBe(403);
    },
  );
});
