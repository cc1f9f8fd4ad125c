import { env, exports } from "cloudflare:workers";
import { reset } from "cloudflare:test";
import { afterEach, describe, expect, test } from "vitest";

afterEach(() => reset());

const host = "https://hooks.example.net";

function ask(path: string, init: RequestInit = {}, at = host): Promise<Response> {
  return exports.default.fetch(new Request(`${at}${path}`, init));
}

function signIn(token: string, at = host): Promise<Response> {
  return ask("/_log/session", { method: "POST", body: JSON.stringify({ token }) }, at);
}

/** `name=value` of the session that a token opens. */
async function sessionOf(token: string, at = host): Promise<string> {
  return (await signIn(token, at)).headers.get("Set-Cookie")?.split(";")[0] ?? "";
}

describe("the page", () => {
  test.each([
    "/_log",
    "/_log/",
    "/_log?outcome=failed",
    "/_log/overview",
    "/_log/d/01M85R4ERE00HACPH6B0CBCHVE",
  ])("is given to anybody at %s, with nothing allowed but its own files", async (path) => {
    const response = await ask(path);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<div id="page">');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
  });

  test("has no inline script or style, and its files are served for good", async () => {
    const html = await (await ask("/_log")).text();
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/i);
    const files = [...html.matchAll(/(?:src|href)="(\/_log\/assets\/[^"]+)"/g)].map(
      ([, file = ""]) => file,
    );
    expect(files.map((file) => file.replace(/.*\./, "")).toSorted()).toEqual(["css", "js"]);
    for (const file of files) {
      const response = await ask(file);
      expect(response.status).toBe(200);
      expect(response.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
      expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
      await response.arrayBuffer();
    }
  });

  test.each(["/_log/assets/none.js", "/_log/assets/..%2findex.html", "/_log/assets/index.html"])(
    "%s is no file of it: 404",
    async (path) => {
      const response = await ask(path);
      expect(response.status).toBe(404);
      await response.text();
    },
  );

  test("is only read: 405", async () => {
    const response = await ask("/_log", { method: "POST" });
    expect(response.status).toBe(405);
    expect(response.headers.get("Allow")).toBe("GET, HEAD");
    await response.text();
  });

  test("does not take over the paths of webhooks", async () => {
    const response = await ask("/index.html");
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain("<html");
  });
});

describe("/_log/session", () => {
  test.each([
    [env.LOG_TOKEN, "reader"],
    [env.LOG_ADMIN_TOKEN, "admin"],
  ])("opens a session for a token's role (%#)", async (token, role) => {
    const response = await signIn(token);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ role });
    const cookie = response.headers.get("Set-Cookie") ?? "";
    expect(cookie).toMatch(
      /^__Host-hookswitch=[^;]+; HttpOnly; Secure; SameSite=Strict; Path=\/; Max-Age=43200$/,
    );
    expect(cookie).not.toContain(token);
    const headers = { Cookie: cookie.split(";")[0] ?? "" };
    expect(await (await ask("/_log/session", { headers })).json()).toMatchObject({
      role,
      by: "token",
    });
    expect((await ask("/_log/deliveries", { headers })).status).toBe(200);
  });

  test("has a cookie without Secure on http of this machine only", async () => {
    expect(await sessionOf(env.LOG_TOKEN, "http://127.0.0.1:8787")).toMatch(/^hookswitch=/);
    expect(await sessionOf(env.LOG_TOKEN, "http://localhost:8787")).toMatch(/^hookswitch=/);
    expect(await sessionOf(env.LOG_TOKEN, "http://hooks.example.net")).toMatch(/^__Host-/);
  });

  test.each(["wrong", "", `${env.LOG_TOKEN}x`])(
    "refuses a token that is none: %j",
    async (token) => {
      const response = await signIn(token);
      expect(response.status).toBe(401);
      expect(response.headers.has("Set-Cookie")).toBe(false);
      await response.text();
    },
  );

  test.each(["", "{", "[]", '{"token":1}', "x".repeat(5_000)])(
    "refuses a body that is not its JSON: 400 (%#)",
    async (body) => {
      const response = await ask("/_log/session", { method: "POST", body });
      expect(response.status).toBe(400);
      await response.text();
    },
  );

  test("says 401 to whoever has none", async () => {
    const response = await ask("/_log/session");
    expect(response.status).toBe(401);
    await response.text();
  });

  test("ends with DELETE, from the page alone", async () => {
    const Cookie = await sessionOf(env.LOG_TOKEN);
    const foreign = await ask("/_log/session", { method: "DELETE", headers: { Cookie } });
    expect(foreign.status).toBe(403);
    await foreign.text();
    const own = await ask("/_log/session", { method: "DELETE", headers: { Cookie, Origin: host } });
    expect(own.status).toBe(204);
    expect(own.headers.get("Set-Cookie")).toContain("__Host-hookswitch=; ");
    expect(own.headers.get("Set-Cookie")).toContain("Max-Age=0");
  });

  test("answers no other method: 405", async () => {
    const response = await ask("/_log/session", { method: "PUT" });
    expect(response.status).toBe(405);
    await response.text();
  });
});

describe("a session at the API", () => {
  const id = "01M85R4ERE00HACPH6B0CBCHVE";

  test.each<[string, Record<string, string>, number]>([
    ["nothing that says where it is from", {}, 403],
    ["another site", { "Sec-Fetch-Site": "cross-site" }, 403],
    ["another host of the site", { "Sec-Fetch-Site": "same-site" }, 403],
    ["another origin", { Origin: "https://evil.example.net" }, 403],
    ["the page, by Sec-Fetch-Site", { "Sec-Fetch-Site": "same-origin" }, 404],
    ["the page, by Origin", { Origin: host }, 404],
  ])("lets a POST from %s through, or not", async (_from, headers, status) => {
    const Cookie = await sessionOf(env.LOG_ADMIN_TOKEN);
    const response = await ask(`/_log/deliveries/${id}/replay`, {
      method: "POST",
      headers: { Cookie, ...headers },
    });
    expect(response.status).toBe(status);
    await response.text();
  });

  test("is a reader's where a reader signed in", async () => {
    const response = await ask(`/_log/deliveries/${id}/replay`, {
      method: "POST",
      headers: { Cookie: await sessionOf(env.LOG_TOKEN), Origin: host },
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: "admin_only" } });
  });

  test("does not make up for a wrong token", async () => {
    const headers = { Cookie: await sessionOf(env.LOG_TOKEN), Authorization: "Bearer wrong" };
    const response = await ask("/_log/deliveries", { headers });
    expect(response.status).toBe(401);
    await response.text();
  });

  test("is not one under the other name", async () => {
    const session = await sessionOf(env.LOG_TOKEN);
    const response = await ask("/_log/deliveries", {
      headers: { Cookie: session.replace("__Host-", "") },
    });
    expect(response.status).toBe(401);
    await response.text();
  });
});
