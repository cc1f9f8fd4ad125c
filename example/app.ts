import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import express from "express";
import twilio from "twilio";

/** The example application while it runs. */
export interface ExampleApp {
  /** Ends it, open connections too. */
  readonly close: () => Promise<void>;
}

/**
 * Starts an ordinary Twilio application: Express, and the official package unchanged.
 *
 * It knows nothing of Hookswitch. `twilio.webhook()` validates each webhook for this application's
 * own URL, which is what the proxy signs for.
 *
 * @param input.port Of 127.0.0.1 only.
 * @param input.authToken What `twilio.webhook()` validates with.
 * @param input.log Told of each webhook, one line each.
 * @returns Rejects when the port is in use.
 */
export async function startApp(input: {
  readonly port: number;
  readonly authToken: string;
  readonly log: (line: string) => void;
}): Promise<ExampleApp> {
  const app = express();
  const server = createServer(app);
  let reopening: NodeJS.Timeout | undefined;

  const listen = async (): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject).listen(input.port, "127.0.0.1", resolve);
    await promise.finally(() => server.off("error", reject));
  };

  // Outside of the validated routes, and no part of an ordinary application: closes the listening
  // socket, so that the proxy meets a refused connection, and opens it again by itself.
  app.post("/_off", (request, response) => {
    const seconds = Math.min(Math.max(Number(request.query["seconds"]) || 20, 1), 3600);
    server.close();
    input.log(`down for ${seconds} s`);
    response.set("Connection", "close").send(`The application is down for ${seconds} s.\n`);
    response.once("close", () => server.closeAllConnections());
    reopening = setTimeout(() => {
      listen().then(
        () => input.log("up again"),
        (error: unknown) => input.log(`cannot come up again: ${String(error)}`),
      );
    }, seconds * 1000);
  });

  // And this makes status callbacks fail until it is mended: what a queue is for.
  let isFailing = false;
  for (const [path, fails] of [
    ["/_fail", true],
    ["/_mend", false],
  ] as const) {
    app.post(path, (_request, response) => {
      isFailing = fails;
      input.log(fails ? "status callbacks fail" : "status callbacks are taken again");
      response.send(fails ? "Status callbacks are answered 503.\n" : "Mended.\n");
    });
  }

  // The validator needs parsed forms and, for JSON, the bytes that were hashed.
  app.use(express.urlencoded({ extended: false, verify: keepRawBody }));
  app.use(express.json({ verify: keepRawBody }));
  app.use(twilio.webhook(input.authToken));

  let messages = 0;

  app.all("/sms", (request, response) => {
    messages += 1;
    const text = field(request, "Body");
    input.log(`message ${messages}: ${text}`);
    const twiml = new twilio.twiml.MessagingResponse();
    twiml.message(`You said: ${text} (message ${messages} that reached the application)`);
    response.type("text/xml").send(twiml.toString());
  });

  app.all("/voice", (request, response) => {
    input.log(`call from ${field(request, "From")}`);
    const twiml = new twilio.twiml.VoiceResponse();
    // A relative action: Twilio resolves it against the URL it called, which is the proxy's.
    const gather = twiml.gather({ numDigits: 1, action: "voice/menu" });
    gather.say("Press one to hear this again.");
    twiml.say("Goodbye.");
    response.type("text/xml").send(twiml.toString());
  });

  app.all("/voice/menu", (request, response) => {
    input.log(`menu: ${field(request, "Digits")}`);
    const twiml = new twilio.twiml.VoiceResponse();
    if (field(request, "Digits") === "1") twiml.redirect("../voice");
    else twiml.say("Goodbye.");
    response.type("text/xml").send(twiml.toString());
  });

  app.all("/status", (request, response) => {
    if (isFailing) return void response.status(503).end();
    input.log(`status: ${field(request, "MessageStatus") || field(request, "CallStatus")}`);
    return void response.status(204).end();
  });

  app.post("/events", (_request, response) => {
    input.log("event");
    response.status(204).end();
  });

  await listen();
  return {
    close: async () => {
      clearTimeout(reopening);
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve()); // That it was closed already, under `_off`, is fine.
      server.closeAllConnections();
      await promise;
    },
  };
}

/** Where `twilio.webhook()` looks for the bytes that `bodySHA256` is the hash of. */
function keepRawBody(request: IncomingMessage, _response: ServerResponse, body: Buffer): void {
  Object.assign(request, { rawBody: body });
}

/** A parameter, of the query for GET and of the form for POST; `""` when it is missing. */
function field(request: express.Request, name: string): string {
  const fields: unknown = request.method === "GET" ? request.query : request.body;
  if (typeof fields !== "object" || fields === null || !(name in fields)) return "";
  const value: unknown = Object.entries(fields).find(([key]) => key === name)?.[1];
  return typeof value === "string" ? value : "";
}
