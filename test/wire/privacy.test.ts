// What is personal or secret is looked for in every byte that the log gives out and, with LOG_KEY, in every byte
// that is stored.
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, mapLimited } from "../support/eventually.ts";
import {
  asIs,
  bounded,
  fieldNames,
  listed,
  markedOrigins,
  placements,
  queued,
  sayings,
  sendMarked,
  shapeOf,
  spellings,
  withoutKeypad,
  type Marked,
} from "../support/marked-webhooks.ts";
import { drawMarkers, markerKinds, shapes, type MarkerKind } from "../support/markers.ts";
import { exchange, requestBytes, type RawResponse } from "../support/raw-http.ts";
import { adminToken, startRig, type Rig } from "../support/rig.ts";

const neverKept: readonly MarkerKind[] = ["keypad", "secret", "queuedSecret"];
const outcomes = "answered fell_back failed refused unrouted duplicate queued delivered dead".split(
  " ",
);
const endings = [...listed, ...bounded];
/** Of the property: each sends a webhook. */
const RUNS = 60;

const markers = drawMarkers();

/** Bytes, and where they are from. */
type Piece = readonly [where: string, bytes: Buffer];

/** Markers of these kinds; a hundred of them tell no more than ten. */
function found(pieces: readonly Piece[], kinds: readonly MarkerKind[]): readonly unknown[] {
  return pieces
    .flatMap(([where, bytes]) => markers.find(bytes, kinds).map((each) => ({ where, ...each })))
    .slice(0, 10);
}

async function get(rig: Rig, target: string, token: string): Promise<RawResponse> {
  const headers = [["Authorization", `Bearer ${token}`]] as const;
  return exchange(
    rig.worker.plain,
    requestBytes({ method: "GET", target, host: "hooks.example.net", headers }),
  );
}

async function unmasked(rig: Rig, { answered }: Marked): Promise<Buffer> {
  const id = answered.header("hookswitch-delivery");
  const { status, body } = await get(rig, `/_log/deliveries/${id}?unmask=1`, adminToken);
  expect(status).toBe(200);
  return body;
}

/** Once they are over, or wait for their next attempt. */
async function settled(rig: Rig, { ending, answered }: Marked): Promise<void> {
  if (bounded.includes(ending)) return;
  const id = answered.header("hookswitch-delivery");
  await eventually(`${id} is over`, async () => {
    const { outcome, under_way: isUnderWay } = parsed(await rig.log(`/deliveries/${id}`));
    return outcome !== undefined && outcome !== "running" && isUnderWay !== true;
  });
}

/** All that the log gives to whoever may read it, and what it says of what an administrator does. */
async function givenOut(rig: Rig): Promise<readonly Piece[]> {
  const given: Piece[] = [];
  const take = (where: string, response: RawResponse): Record<string, unknown> => {
    const headers = response.headers.map((header) => header.join(": ")).join("\n");
    given.push([where, Buffer.concat([Buffer.from(`${headers}\n`), response.body])]);
    return parsed(response);
  };
  const read = async (path: string): Promise<Record<string, unknown>> =>
    take(path, await rig.log(path));
  const post = async (path: string, body?: unknown): Promise<Record<string, unknown>> =>
    take(path, await rig.post(path, body));

  const ids: string[] = [];
  for (let cursor = ""; ;) {
    const page = await read(`/deliveries?limit=200${cursor}`);
    ids.push(...idsOf(page));
    if (typeof page["cursor"] !== "string") break;
    cursor = `&cursor=${page["cursor"]}`;
  }
  await mapLimited(ids, 8, (id) => read(`/deliveries/${id}`));
  await mapLimited(ids, 8, (id) => post(`/deliveries/${id}/explain`));

  const number = markers.make("personal", "number").value;
  await post("/search", { from: number });
  const { id: plan } = await post("/replays?origin=failed");
  await post(`/replays/${String(plan)}/run?rate=100`);
  await eventually("the plan is done", async () => {
    const { state } = await read(`/replays/${String(plan)}`);
    return state === "done";
  });
  await post(`/replays/${String(plan)}/cancel`);
  await mapLimited(ids.slice(0, 30), 4, (id) => post(`/deliveries/${id}/replay`));
  await post("/erase", { number });
  for (const path of ["/export", "/stats?since=1h&by=minute", "/stats?since=1d&by=hour"])
    await read(path);
  for (const path of ["/metrics", "/health", "/audits", "/replays", "/session"]) await read(path);
  take("/_health", await get(rig, "/_health", ""));
  given.push(["the console", Buffer.from(rig.worker.lines.join("\n"))]);
  return given;
}

/** JSON, where it is that: not of NDJSON, OpenMetrics, nothing. */
function parsed(response: RawResponse): Record<string, unknown> {
  try {
    return JSON.parse(response.body.toString());
  } catch {
    return {};
  }
}

function idsOf({ deliveries }: Record<string, unknown>): readonly string[] {
  return Array.isArray(deliveries) ? deliveries.map(({ id }) => String(id)) : [];
}

describe.each([
  { sealed: "without a LOG_KEY", logKey: undefined },
  { sealed: "with a LOG_KEY", logKey: "uT9wXe3Qm7Zr1KpLs5Vb8NcHj2Fd6GaY" },
])("$sealed", ({ logKey }) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      origins: markedOrigins,
      vars: () => ({ LOG_KEY: logKey, LOG_ADMIN_TOKEN: adminToken }),
    });
  });
  afterAll(() => rig.stop());

  test("every field, in every place and however the webhook ends, can be unmasked, but for what is not kept", async () => {
    const cases = endings.flatMap((ending) =>
      // What holds digits is not queued where nothing seals it: both are sent.
      (queued.includes(ending) ? [fieldNames, withoutKeypad] : [fieldNames]).flatMap((names) =>
        placements.map((placement) => ({ ending, names, placement })),
      ),
    );
    const sent = await mapLimited(cases, 8, ({ ending, names, placement }, n) => {
      const fields = names.map((name) => [name, asIs, shapeOf(name)] as const);
      const saying = sayings[n % sayings.length];
      if (saying === undefined) throw new Error("There is nothing to say");
      return sendMarked({ ending, placement, saying, fields }, rig, markers);
    });
    // The same again is a duplicate.
    for (const { webhook } of sent.filter(({ ending }) => ending === "answered"))
      expect((await rig.deliver(webhook)).header("hookswitch-outcome")).toBe("duplicate");
    await mapLimited(sent, 8, (each) => settled(rig, each));

    await mapLimited(sent, 8, async (each) => {
      if (bounded.includes(each.ending)) return;
      const bytes = await unmasked(rig, each);
      expect(each.shown.filter((mark) => !bytes.includes(mark))).toEqual([]);
      expect(found([["unmasked", bytes]], neverKept)).toEqual([]);
    });
  });

  test("any fields, however they are spelled and look, are masked in list and delivery", async () => {
    const webhook = fc.record({
      ending: fc.constantFrom(...listed),
      placement: fc.constantFrom(...placements),
      saying: fc.constantFrom(...sayings),
      fields: fc.uniqueArray(
        fc.tuple(
          fc.constantFrom(...fieldNames),
          fc.constantFrom(...spellings),
          fc.constantFrom(...shapes),
        ),
        { minLength: 1, maxLength: 6, selector: ([name]) => name },
      ),
    });
    await fc.assert(
      fc.asyncProperty(webhook, async (made) => {
        const sent = await sendMarked(made, rig, markers);
        await settled(rig, sent);
        const id = sent.answered.header("hookswitch-delivery");
        const [delivery, list] = [await rig.log(`/deliveries/${id}`), await rig.log("/deliveries")];
        const masked: readonly Piece[] = [
          ["the delivery", delivery.body],
          ["the list", list.body],
        ];
        expect(found(masked, markerKinds)).toEqual([]);
        const bytes = await unmasked(rig, sent);
        expect(sent.shown.filter((mark) => !bytes.includes(mark))).toEqual([]);
        expect(found([["unmasked", bytes]], neverKept)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  test("no marker is in any byte that the log gives out", async () => {
    await eventually("refusals are listed", async () => {
      const refused = parsed(await rig.log("/deliveries?outcome=refused"));
      return idsOf(refused).length === placements.length;
    });
    const given = await givenOut(rig);
    // It is not looked for in vain: whatever there can be is there.
    const text = given.map(([, bytes]) => bytes.toString()).join("\n");
    const wanted = [
      ...outcomes.map((outcome) => `"outcome": "${outcome}"`),
      ...endings.filter((each) => each !== "unrouted").map((origin) => `"origin": "${origin}"`),
    ];
    expect(wanted.filter((each) => !text.includes(each))).toEqual([]);
    expect(found(given, markerKinds)).toEqual([]);
  });

  test(`of what is stored ${logKey === undefined ? "digits, card data and credentials are" : "all but the path is"} not in the clear`, async () => {
    await rig.worker.kill();
    const files = await rig.worker.storageFiles();
    expect(files.some(([name]) => name.endsWith(".sqlite-wal"))).toBe(true);
    const kv = [...rig.kv.entries].map(([name, { value, metadata = "" }]): Piece => [
      "KV",
      Buffer.concat([Buffer.from(name), value, Buffer.from(metadata)]),
    ]);
    expect(kv.length).toBeGreaterThan(0);
    const kindsIn = (pieces: readonly Piece[]): readonly MarkerKind[] =>
      markerKinds.filter((kind) => found(pieces, [kind]).length > 0);
    expect({ storage: kindsIn(files), kv: kindsIn(kv) }).toEqual(
      logKey === undefined
        ? // Credentials of what is queued until it is over; then they may remain in free pages.
          { storage: ["queuedSecret", "personal", "answer", "path"], kv: ["answer"] }
        : { storage: ["path"], kv: [] },
    );
  });
});
