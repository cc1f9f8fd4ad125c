import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ended, startCommand, type Surroundings } from "./command.ts";
import { eventually } from "./eventually.ts";
import { answer, answerTwiml } from "./misbehaving-origin.ts";
import { adminToken, authToken, logToken, publicBase, type Rig, startRig } from "./rig.ts";
import { formWebhook, forged, smsFields } from "./sign.ts";

/** A whole Hookswitch, and the command that asks it. */
export interface CommandRig {
  readonly rig: Rig;
  readonly base: string;
  /** Where and with what the command is run: an empty folder, address and tokens of the Hookswitch. */
  readonly surroundings: Surroundings;
  /** Runs the command without a terminal, with what stands on its standard input. */
  readonly run: (args: readonly string[], input?: string) => Promise<Ended>;
  /** Sends a message with a text to a path, and gives its delivery's id once it is in the log. */
  readonly sms: (text: string, sent?: Sent) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/** How a message differs. */
export interface Sent {
  readonly path?: string;
  readonly from?: string;
  readonly token?: string;
  readonly isForged?: boolean;
}

/** Starts one with the origins `sms`, `broken`, which fails with 503, and `status`, which queues, and `more`. */
export async function startCommandRig(
  vars: Readonly<Record<string, unknown>> = {},
  more: Readonly<Record<string, unknown>> = {},
): Promise<CommandRig> {
  const folder = await mkdtemp(join(tmpdir(), "hookswitch-command-"));
  const rig = await startRig({
    origins: (base) => ({
      sms: { path: "/sms/*", url: `${base}/sms/*` },
      broken: { path: "/broken", url: `${base}/broken#rc=0` },
      status: { path: "/status", url: `${base}/status`, mode: "queue" },
      ...more,
    }),
    vars: () => ({ LOG_ADMIN_TOKEN: adminToken, ...vars }),
    otherwise: (socket, request) =>
      (request.path === "/broken" ? answer({ status: 503, body: "no" }) : answerTwiml())(
        socket,
        request,
      ),
  });
  const base = `http://127.0.0.1:${rig.worker.plain.port}`;
  const surroundings = {
    cwd: folder,
    env: {
      HOOKSWITCH_URL: base,
      LOG_TOKEN: logToken,
      LOG_ADMIN_TOKEN: adminToken,
      TWILIO_AUTH_TOKEN: authToken,
    },
  };
  return {
    rig,
    base,
    surroundings,
    run: (args, input) =>
      startCommand(args, input === undefined ? surroundings : { ...surroundings, input }).ended,
    sms: async (text, { path = "/sms/in", from, token = authToken, isForged = false } = {}) => {
      const fields = smsFields(text).map(
        ([name, value]) => [name, name === "From" && from !== undefined ? from : value] as const,
      );
      const webhook = formWebhook({ token, url: `${publicBase}${path}`, fields });
      const answered = await rig.deliver(isForged ? forged(webhook) : webhook);
      if (isForged) return "";
      return eventually(`"${text}" is in the log`, async () => {
        const id = answered.header("hookswitch-delivery") ?? "";
        const found = await rig.log(`/deliveries/${id}`);
        return found.status === 200 && !found.body.includes('"running"') ? id : undefined;
      });
    },
    stop: async () => {
      await rig.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
