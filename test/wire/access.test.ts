import { createServer, type Server } from "node:http";
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type CryptoKey,
  type JWTPayload,
} from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/eventually.ts";
import { close, closedPort, listen } from "../support/loopback.ts";
import { answerTwiml } from "../support/misbehaving-origin.ts";
import { exchange, requestBytes, type RawResponse } from "../support/raw-http.ts";
import { authToken, publicBase, startRig, type Rig } from "../support/rig.ts";
import { formWebhook, smsFields } from "../support/sign.ts";

const AUDIENCE = "a1".repeat(32);
const ADMIN = "ops@example.com";

let rig: Rig;
let team: Server;
let issuer: string;
let key: CryptoKey;
let publicKey: CryptoKey;
let asked = 0;
let isDown = false;

beforeAll(async () => {
  ({ privateKey: key, publicKey } = await generateKeyPair("RS256"));
  const jwk = { ...(await exportJWK(publicKey)), kid: "one", alg: "RS256", use: "sig" };
  team = createServer((request, response) => {
    asked++;
    if (isDown || request.url !== "/cdn-cgi/access/certs") return response.writeHead(500).end();
    return response
      .writeHead(200, { "Content-Type": "application/json" })
      .end(JSON.stringify({ keys: [jwk] }));
  });
  issuer = `http://127.0.0.1:${await listen(team)}`;
  rig = await startRig({
    origins: (base) => ({ sms: { path: "/sms", url: `${base}/sms` } }),
    otherwise: answerTwiml(),
    vars: () => ({
      ACCESS: { team: issuer, audience: AUDIENCE, admins: ["Ops@Example.com", "robot.access"] },
    }),
  });
});
afterAll(async () => {
  await rig.stop();
  await close(team);
});

interface Claims {
  readonly payload?: JWTPayload;
  readonly audience?: string;
  readonly issuer?: string;
  readonly expires?: string;
  readonly kid?: string;
  readonly key?: CryptoKey;
}

/** A JWT as Access makes it for an application, but for what a test says. */
function jwt(claims: Claims = {}): Promise<string> {
  return new SignJWT({ type: "app", email: "reader@example.com", ...claims.payload })
    .setProtectedHeader({ alg: "RS256", kid: claims.kid ?? "one", typ: "JWT" })
    .setIssuer(claims.issuer ?? issuer)
    .setAudience([claims.audience ?? AUDIENCE])
    .setIssuedAt("-1 minute")
    .setExpirationTime(claims.expires ?? "5 minutes")
    .sign(claims.key ?? key);
}

function ask(
  path: string,
  token: string,
  more: {
    readonly method?: string;
    readonly headers?: readonly (readonly [string, string])[];
    readonly from?: Rig;
  } = {},
): Promise<RawResponse> {
  return exchange(
    (more.from ?? rig).worker.plain,
    requestBytes({
      method: more.method ?? "GET",
      target: `/_log${path}`,
      host: "hooks.example.net",
      headers: [["Cf-Access-Jwt-Assertion", token], ...(more.headers ?? [])],
    }),
  );
}

function json({ body }: RawResponse) {
  return JSON.parse(body.toString());
}

async function sent(): Promise<string> {
  const webhook = formWebhook({ token: authToken, url: `${publicBase}/sms`, fields: smsFields() });
  const answer = await rig.deliver(webhook);
  await rig.delivery(answer);
  return answer.header("hookswitch-delivery") ?? "";
}

describe("a JWT of Cloudflare Access", () => {
  test("lets everybody read whom Access lets in, and administer who is listed", async () => {
    const id = await sent();
    const reader = await jwt();
    expect((await ask("/deliveries", reader)).status).toBe(200);
    expect((await ask(`/deliveries/${id}?unmask=1`, reader)).status).toBe(403);
    expect(json(await ask("/session", reader))).toEqual({
      role: "reader",
      who: "reader@example.com",
      by: "access",
    });
    const admin = await jwt({ payload: { email: "OPS@example.com" } });
    expect(json(await ask(`/deliveries/${id}?unmask=1`, admin))).toMatchObject({ masked: false });
    const [audit] = json(await ask("/audits", reader)).audits;
    expect(audit).toMatchObject({ who: ADMIN, action: "unmask", about: id });
  });

  test("of a service token is that of its client id", async () => {
    const payload = { email: undefined, common_name: "robot.access", sub: "" };
    expect(json(await ask("/session", await jwt({ payload })))).toMatchObject({
      role: "admin",
      who: "robot.access",
    });
  });

  test("that is not good for this application is none", async () => {
    const { privateKey: others } = await generateKeyPair("RS256");
    const secret = new TextEncoder().encode(await exportSPKI(publicKey));
    const good = await jwt();
    const [head = "", , signature = ""] = good.split(".");
    const swapped = Buffer.from(JSON.stringify({ email: ADMIN, aud: AUDIENCE })).toString(
      "base64url",
    );
    const jwts: readonly (readonly [string, string])[] = [
      ["of another application", await jwt({ audience: "b2".repeat(32) })],
      ["of another team", await jwt({ issuer: "https://other.cloudflareaccess.com" })],
      ["that is over", await jwt({ expires: "-1 second" })],
      ["by another key", await jwt({ key: others })],
      ["of an unknown key", await jwt({ kid: "two" })],
      ["that names nobody", await jwt({ payload: { email: "" } })],
      [
        "without an end",
        await new SignJWT({ email: ADMIN })
          .setProtectedHeader({ alg: "RS256", kid: "one" })
          .setIssuer(issuer)
          .setAudience(AUDIENCE)
          .sign(key),
      ],
      [
        "by the public key as a secret",
        await new SignJWT({ email: ADMIN })
          .setProtectedHeader({ alg: "HS256", kid: "one" })
          .setIssuer(issuer)
          .setAudience(AUDIENCE)
          .setExpirationTime("5 minutes")
          .sign(secret),
      ],
      [
        "without a signature",
        new UnsecuredJWT({ email: ADMIN })
          .setIssuer(issuer)
          .setAudience(AUDIENCE)
          .setExpirationTime("5 minutes")
          .encode(),
      ],
      ["with another payload", `${head}.${swapped}.${signature}`],
      ["that is none", "x"],
      ["that is empty", ""],
    ];
    const before = asked;
    for (const [what, token] of jwts)
      expect([what, (await ask("/deliveries", token)).status]).toEqual([what, 401]);
    // Whoever makes up key ids has nobody ask for keys each time.
    expect(asked - before).toBeLessThan(2);
  });

  test("does not make up for a wrong token, and changes nothing for another site", async () => {
    const admin = await jwt({ payload: { email: ADMIN } });
    const bearer = ["Authorization", "Bearer wrong"] as const;
    expect((await ask("/deliveries", admin, { headers: [bearer] })).status).toBe(401);
    const id = await sent();
    const replay = (headers: readonly (readonly [string, string])[]) =>
      ask(`/deliveries/${id}/replay`, admin, { method: "POST", headers });
    for (const [name, value] of [
      ["Origin", "https://evil.example"],
      ["Origin", "null"],
      ["Sec-Fetch-Site", "cross-site"],
      ["Sec-Fetch-Site", "same-site"],
    ] as const)
      expect(json(await replay([[name, value]])).error.code).toBe("cross_site");
    expect((await replay([["Sec-Fetch-Site", "same-origin"]])).status).toBe(200);
    expect((await replay([])).status).toBe(200);
  });

  test("opens nothing while the team's keys cannot be had, and says so", async () => {
    isDown = true;
    const vars = (address: string) => () => ({ ACCESS: { team: address, audience: AUDIENCE } });
    const origins = (base: string) => ({ sms: { path: "/sms", url: `${base}/sms` } });
    const failing = await startRig({ origins, vars: vars(issuer) });
    const away = await startRig({ origins, vars: vars(`http://127.0.0.1:${await closedPort()}`) });
    try {
      const token = await jwt();
      for (const from of [failing, away]) {
        const refused = await ask("/deliveries", token, { from });
        expect([refused.status, json(refused).error.code]).toEqual([503, "access_unreachable"]);
      }
      isDown = false;
      await eventually("the keys are there again", async () => {
        return (await ask("/deliveries", token, { from: failing })).status === 200;
      });
    } finally {
      isDown = false;
      await failing.stop();
      await away.stop();
    }
  });

  test("is nothing where Access is not configured", async () => {
    const other = await startRig({
      origins: (base) => ({ sms: { path: "/sms", url: `${base}/sms` } }),
    });
    expect((await ask("/deliveries", await jwt(), { from: other })).status).toBe(401);
    await other.stop();
  });
});
